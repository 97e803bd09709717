//! Projects at different places of the file system, with workspaces, dependencies and repositories
//! around them.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;

use crate::fixture::{AARCH64, Fixture, text};
use crate::line::Line;

const BUILD: &str = "build --target aarch64-unknown-linux-gnu";

/// The `run` line of a plain project, and the line after a change.
fn before_and_after(change: impl FnOnce(&Fixture)) -> (Line, Line) {
    let fixture = Fixture::new();
    let before = fixture.build().run().line();
    change(&fixture);
    (before, fixture.build().run().line())
}

#[test]
fn a_workspace_member_is_built_in_its_workspace() {
    let fixture = Fixture::new();
    fixture.krate("project", "hello", "[workspace]\nmembers = ['crates/*']\n");
    fixture.krate("project/crates/member", "member", "");
    let plain = fixture.build().run().line();
    let member = fixture.build().dir("project/crates/member").run().line();
    member.differs(
        &plain,
        "
        - --workdir [PROJECT]
        + --workdir [PROJECT]/crates/member
        ",
    );
}

/// The public cross does not mount members outside the workspace root.
#[test]
fn a_workspace_member_outside_the_root_is_mounted() {
    let (before, after) = before_and_after(|fixture| {
        fixture.krate(
            "project",
            "hello",
            "[workspace]\nmembers = ['../elsewhere']\n",
        );
        fixture.krate("elsewhere", "member", "workspace = '../project'\n");
    });
    after.differs(
        &before,
        "+ --mount type=bind,source=[ROOT]/elsewhere,target=[ROOT]/elsewhere,readonly",
    );
}

#[test]
fn a_path_dependency_outside_the_project_is_mounted() {
    let (before, after) = before_and_after(|fixture| {
        fixture.krate(
            "project",
            "hello",
            "[dependencies]\nhelper.path = '../helper'\n",
        );
        fixture.krate("helper", "helper", "");
    });
    after.differs(
        &before,
        "+ --mount type=bind,source=[ROOT]/helper,target=[ROOT]/helper,readonly",
    );
}

#[test]
fn path_dependencies_are_followed_and_bring_their_workspaces() {
    let (before, after) = before_and_after(|fixture| {
        fixture.krate(
            "project",
            "hello",
            "[target.'cfg(windows)'.build-dependencies]\nhelper.path = '../lib/helper'\n",
        );
        fixture.write(
            "lib/Cargo.toml",
            "[workspace]\nmembers = ['helper', 'inner']\n",
        );
        fixture.krate(
            "lib/helper",
            "helper",
            "[dependencies]\ninner.path = '../inner'\n",
        );
        fixture.krate(
            "lib/inner",
            "inner",
            "[dependencies]\nthird.path = '../../third'\n",
        );
        // A dependency's own tests are never built, so its dev-dependencies are not mounted.
        fixture.krate(
            "third",
            "third",
            "[dev-dependencies]\nfourth.path = '../fourth'\n",
        );
        fixture.krate("fourth", "fourth", "");
    });
    after.differs(
        &before,
        "
        + --mount type=bind,source=[ROOT]/lib,target=[ROOT]/lib,readonly
        + --mount type=bind,source=[ROOT]/third,target=[ROOT]/third,readonly
        ",
    );
}

#[test]
fn a_patch_by_path_is_mounted() {
    let (before, after) = before_and_after(|fixture| {
        let patch = "[dependencies]\nlog = '0.4'\n[patch.crates-io]\nlog.path = '../patched/log'\n";
        fixture.krate("project", "hello", patch);
        fixture.krate("patched/log", "log", "");
    });
    after.differs(
        &before,
        "+ --mount type=bind,source=[ROOT]/patched/log,target=[ROOT]/patched/log,readonly",
    );
}

#[test]
fn a_path_that_cargo_sets_a_variable_to_is_mounted() {
    let (before, after) = before_and_after(|fixture| {
        fixture.write("data/words.txt", "");
        fixture.write("other/words.txt", "");
        // `ALL` names a directory that contains the project, and with it all other projects there.
        // It is not mounted.
        let env = "[env]\nDATA = { value = '../data', relative = true }\n\
                   ALL = { value = '..', relative = true }\n\
                   NONE = { value = '../none', relative = true }\n\
                   KEYS = { value = '../../../../../../../../../etc', relative = true }\n\
                   WORD = { value = '../other' }\n";
        fixture.file(".cargo/config.toml", env);
    });
    after.differs(
        &before,
        "+ --mount type=bind,source=[ROOT]/data,target=[ROOT]/data,readonly",
    );
}

#[test]
fn a_vendored_source_outside_the_project_is_mounted() {
    let (before, after) = before_and_after(|fixture| {
        fixture.directory("vendor");
        let source =
            "[source.crates-io]\nreplace-with = 'v'\n[source.v]\ndirectory = '../vendor'\n";
        fixture.file(".cargo/config.toml", source);
    });
    after.differs(
        &before,
        "+ --mount type=bind,source=[ROOT]/vendor,target=[ROOT]/vendor,readonly",
    );
}

#[test]
fn a_dependency_that_is_not_there_is_for_cargo_to_report() {
    let (before, after) = before_and_after(|fixture| {
        fixture.krate(
            "project",
            "hello",
            "[dependencies]\ngone.path = '../gone'\n",
        );
    });
    after.differs(&before, "");
}

#[test]
fn a_git_worktree_brings_the_repository_it_belongs_to() {
    let (before, after) = before_and_after(|fixture| {
        let dir = fixture.directory("main/.git/worktrees/project");
        fixture.write("main/.git/worktrees/project/commondir", "../..\n");
        for head in ["main/.git/HEAD", "main/.git/worktrees/project/HEAD"] {
            fixture.write(head, "ref: refs/heads/main\n");
        }
        fixture.directory("main/.git/objects");
        fixture.file(".git", &format!("gitdir: {}\n", dir.display()));
    });
    after.differs(
        &before,
        "+ --mount type=bind,source=[ROOT]/main/.git,target=[ROOT]/main/.git,readonly",
    );
}

#[test]
fn a_crate_somewhere_in_a_repository_brings_the_working_tree_around_it() {
    let fixture = Fixture::new();
    fixture.krate("project/sub", "member", "[workspace]\n");
    let run = || fixture.build().dir("project/sub").run().line();
    let before = run();
    fixture.file(".git/HEAD", "ref: refs/heads/main\n");
    let after = run();
    after.differs(
        &before,
        "+ --mount type=bind,source=[PROJECT],target=[PROJECT],readonly",
    );
    let place = |what: &str| after.text().find(what).expect("a mount");
    assert!(place("target=[PROJECT],readonly") < place("target=[PROJECT]/sub,readonly"));
}

// Some users keep the settings in their home directory in a repository.
#[test]
fn a_repository_that_the_home_directory_is_in_brings_the_git_directory_only() {
    let (before, after) = before_and_after(|fixture| {
        fixture.write(".git/HEAD", "ref: refs/heads/main\n");
        fixture.write("secret.txt", "not for the container");
    });
    after.differs(
        &before,
        "+ --mount type=bind,source=[ROOT]/.git,target=[ROOT]/.git,readonly",
    );
}

#[test]
fn a_git_submodule_brings_the_git_directory_of_its_superproject() {
    let (before, after) = before_and_after(|fixture| {
        fixture.write(".git/modules/project/HEAD", "ref: refs/heads/main\n");
        fixture.directory(".git/modules/project/objects");
        fixture.file(".git", "gitdir: ../.git/modules/project\n");
    });
    after.differs(
        &before,
        "+ --mount type=bind,source=[ROOT]/.git/modules/project,target=[ROOT]/.git/modules/project,readonly",
    );
}

#[test]
fn a_member_behind_a_symbolic_link_is_mounted_where_it_really_is() {
    let (before, after) = before_and_after(|fixture| {
        fixture.krate("project", "hello", "[workspace]\nmembers = ['crates/*']\n");
        fixture.krate("real/member", "member", "");
        fixture.directory("project/crates");
        let link = fixture.root.join("project/crates/member");
        symlink("../../real/member", link).expect("the name is free");
    });
    after.differs(
        &before,
        "+ --mount type=bind,source=[ROOT]/real/member,target=[ROOT]/real/member,readonly",
    );
}

#[test]
fn a_project_reached_through_a_symbolic_link_is_where_the_system_says_it_is() {
    let fixture = Fixture::new();
    let plain = fixture.build().run().line();
    symlink("project", fixture.root.join("link")).expect("the name is free");
    fixture.build().dir("link").run().line().differs(&plain, "");
    let manifest = fixture.root.join("link/Cargo.toml");
    let elsewhere =
        fixture.cross_words(BUILD.split(' ').chain(["--manifest-path", text(&manifest)]));
    // Cargo uses the path that it was given, and the container has the project at both paths.
    let line = elsewhere.dir("home").run().line();
    line.has("--mount type=bind,source=[ROOT]/link,target=[ROOT]/link,readonly")
        .has("--mount type=bind,source=[PROJECT],target=[PROJECT],readonly")
        .has("--mount type=bind,source=[ROOT]/link/target,target=[ROOT]/link/target");
}

#[test]
fn the_manifest_can_be_named_from_elsewhere() {
    let fixture = Fixture::new();
    let plain = fixture.build().run().line();
    fixture.directory("elsewhere");
    let line = fixture
        .build()
        .arg("--manifest-path")
        .arg("../project/Cargo.toml");
    line.dir("elsewhere").run().line().differs(
        &plain,
        "
        + --tmpfs [ROOT]/elsewhere:exec,mode=1777
        - --workdir [PROJECT]
        + --workdir [ROOT]/elsewhere
        - cargo --config build.build-dir=\"[PROJECT]/target/cross/[RECIPE]\" build --target aarch64-unknown-linux-gnu
        + cargo --config build.build-dir=\"[PROJECT]/target/cross/[RECIPE]\" build --target aarch64-unknown-linux-gnu --manifest-path ../project/Cargo.toml
        ",
    );
}

#[test]
fn the_directory_cargo_is_started_in_exists_in_the_container() {
    let fixture = Fixture::new();
    fixture.directory("elsewhere");
    let cross = fixture
        .build()
        .arg("--manifest-path")
        .arg("../project/Cargo.toml");
    let line = cross
        .dir("elsewhere")
        .env("CROSS_CONTAINER_ENGINE", "podman")
        .run()
        .line();
    let text = line.text();
    let there = ["target=[ROOT]/elsewhere", "--tmpfs [ROOT]/elsewhere"];
    assert!(there.iter().any(|option| text.contains(option)), "{text}");
}

/// Moves the project to a directory with this name.
fn moved(name: &str) -> Fixture {
    let mut fixture = Fixture::new();
    let project: PathBuf = fixture.root.join(name);
    fs::rename(&fixture.project, &project).expect("the name is free");
    fixture.project = project;
    fixture
}

#[test]
fn a_path_may_hold_what_a_command_line_finds_special() {
    for name in [
        "with space",
        "c:olon",
        "s'quote",
        "$HOME",
        "é",
        "a=b",
        "-dash",
    ] {
        let fixture = moved(name);
        let line = fixture.build().run().line();
        line.has("--mount type=bind,source=[PROJECT],target=[PROJECT],readonly");
        line.has("--mount type=bind,source=[PROJECT]/target,target=[PROJECT]/target");
        line.has("--workdir [PROJECT]");
    }
    let line = moved("a,b").build().run().line();
    line.has(r#"--mount type=bind,"source=[PROJECT]","target=[PROJECT]",readonly"#);
    let fixture = moved("say \"hi\"");
    let line = fixture.build().run().line();
    let path = format!("{}/say \"\"hi\"\"", fixture.root.display());
    line.has(&fixture.generalise(&format!(
        r#"--mount type=bind,"source={path}","target={path}",readonly"#
    )));
}

#[test]
fn a_path_with_quotes_stays_one_toml_string() {
    let fixture = moved("say \"hi\"");
    let command = fixture.build().run().line().command().to_owned();
    let expected = format!(
        "cargo --config build.build-dir='[PROJECT]/target/cross/[RECIPE]' build --target {AARCH64}"
    );
    assert_eq!(command.replace("''", "'"), expected);
}

/// As cargo does, which writes the file that the link leads to.
#[test]
fn a_lock_file_that_is_a_dangling_link_is_written_where_it_leads() {
    for (link, end) in [
        ("own.lock", "project/own.lock"),
        ("../locks/own.lock", "locks/own.lock"),
    ] {
        for read_only in ["true", "false"] {
            let fixture = Fixture::new();
            fixture.directory("locks");
            fixture.remove("project/Cargo.lock");
            symlink(link, fixture.project.join("Cargo.lock")).expect("it is ours");
            let build = || {
                let build = fixture.build().env("CROSS_BUILD_READ_ONLY", read_only);
                build.run()
            };
            let ran = build();
            ran.success();
            assert_eq!(ran.calls_of("cargo generate-lockfile").len(), 1, "{ran}");
            assert!(fixture.read(end).contains("hello"), "{ran}");
            let again = build();
            again.success();
            assert!(
                again.calls_of("cargo generate-lockfile").is_empty(),
                "{again}"
            );
        }
    }
}
