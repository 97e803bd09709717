//! Git repositories, and symbolic links that lead out of the project.

use std::os::unix::fs::{chown, symlink};

use crate::fixture::{Fixture, is_root};
use crate::line::Line;

/// The `run` line of a plain project, and the line after a change.
fn before_and_after(change: impl FnOnce(&Fixture)) -> (Line, Line) {
    let fixture = Fixture::new();
    let before = fixture.build().run().line();
    change(&fixture);
    (before, fixture.build().run().line())
}

/// Makes a git repository, with the files that cross looks for.
fn repository(fixture: &Fixture, dir: &str) {
    fixture.write(&format!("{dir}/.git/HEAD"), "ref: refs/heads/main\n");
    fixture.directory(&format!("{dir}/.git/objects/info"));
}

#[test]
fn it_is_said_that_git_does_not_tell_what_its_configuration_names() {
    let fixture = Fixture::new();
    repository(&fixture, "project");
    fixture.file(".git/config", "[core]\n\texcludesFile = ../ignored\n");
    let note = "Note without the paths that `[PROJECT]/.git/config` names: git does not tell them";
    let build = || fixture.build().arg("-v").run();
    fixture.program("git", "#!/bin/sh\n");
    let told = build();
    assert!(
        !told.success().stderr.contains("git does not tell"),
        "{told}"
    );
    fixture.program("git", "#!/bin/sh\nexit 128\n");
    build().success().says(note);
}

#[test]
fn objects_that_a_repository_borrows_are_mounted() {
    let (before, after) = before_and_after(|fixture| {
        for name in ["project", "first", "second"] {
            repository(fixture, name);
        }
        // Git walks a path as it is written, also through a directory that is not shown.
        fixture.directory("elsewhere/deep");
        let second = fixture
            .root
            .join("elsewhere/deep/../../second/.git/objects")
            .display()
            .to_string();
        let lists = [
            ("project", "../../../first/.git/objects"),
            ("first", &second),
        ];
        for (name, text) in lists {
            fixture.write(&format!("{name}/.git/objects/info/alternates"), text);
        }
    });
    after.differs(
        &before,
        "
        + --mount type=bind,source=[ROOT]/first/.git/objects,target=[ROOT]/first/.git/objects,readonly
        + --mount type=bind,source=[ROOT]/second/.git/objects,target=[ROOT]/second/.git/objects,readonly
        + --tmpfs [ROOT]/elsewhere:exec,mode=1777
        + --tmpfs [ROOT]/elsewhere/deep:exec,mode=1777
        ",
    );
}

/// Expects these changes to the `run` line if a path dependency is in a repository in this
/// directory.
#[track_caller]
fn a_dependency_in(repository_dir: &str, expected: &str) {
    let (before, after) = before_and_after(|fixture| {
        let dependencies = format!("[dependencies]\nhelper.path = '../{repository_dir}/helper'\n");
        fixture.krate("project", "hello", &dependencies);
        fixture.krate(&format!("{repository_dir}/helper"), "helper", "");
        repository(fixture, repository_dir);
    });
    after.differs(&before, expected);
}

#[test]
fn a_path_dependency_brings_the_repository_that_it_is_in() {
    a_dependency_in(
        "other",
        "+ --mount type=bind,source=[ROOT]/other,target=[ROOT]/other,readonly",
    );
}

// Some users keep the settings in their home directory in a repository.
#[test]
fn a_path_dependency_in_a_home_that_is_a_repository_brings_itself() {
    a_dependency_in(
        "home",
        "+ --mount type=bind,source=[HOME]/helper,target=[HOME]/helper,readonly",
    );
}

#[test]
fn the_working_tree_of_every_kind_of_repository_is_mounted() {
    for kind in [".hg", ".jj", ".sl"] {
        let fixture = Fixture::new();
        fixture.krate("project/sub", "member", "[workspace]\n");
        let run = || fixture.build().dir("project/sub").run().line();
        let before = run();
        // An empty directory is no repository.
        fixture.directory(&format!("project/{kind}"));
        run().differs(&before, "");
        fixture.directory(&format!("project/{kind}/store"));
        run().differs(
            &before,
            "+ --mount type=bind,source=[PROJECT],target=[PROJECT],readonly",
        );
    }
}

#[test]
fn a_repository_that_shares_the_store_of_another_brings_it() {
    for (file, text, place, marker) in [
        (".hg/sharedpath", "../../main/.hg", "main/.hg", "requires"),
        (".jj/repo", "../../main/.jj/repo", "main/.jj/repo", "store"),
    ] {
        let (before, after) = before_and_after(|fixture| {
            fixture.file(file, text);
            fixture.directory(&format!("{place}/{marker}"));
        });
        let mount = format!("type=bind,source=[ROOT]/{place},target=[ROOT]/{place},readonly");
        after.differs(&before, &format!("+ --mount {mount}"));
    }
}

#[test]
#[ignore = "needs root: ci/test.sh runs it"]
fn a_tree_of_somebody_else_is_accepted_where_the_hosts_git_accepts_it() {
    assert!(is_root(), "only root can give files away");
    let fixture = Fixture::new();
    repository(&fixture, "project");
    fixture.program("git", "#!/bin/sh\nexit ${GIT_CONFIG_VALUE_0:-128}\n");
    let before = fixture.build().run().line();
    chown(&fixture.project, Some(1000), Some(1000)).expect("we are root");
    let run = |code| fixture.build().env("GIT_CONFIG_VALUE_0", code).run().line();
    run("128").differs(&before, "");
    run("0").differs(
        &before,
        "+ --mount type=bind,source=[CACHE]/files/gitconfig,target=/etc/gitconfig,readonly",
    );
    let expected = format!("[safe]\n\tdirectory = \"{}\"\n", fixture.project.display());
    assert_eq!(fixture.generated("gitconfig"), expected);
}

#[test]
fn data_behind_links_at_any_depth_is_mounted() {
    let (before, after) = before_and_after(|fixture| {
        fixture.directory("project/tests/cases");
        fixture.write("data/a", "");
        fixture.write("more/b", "");
        let link = |to: &str, at: &str| symlink(to, fixture.root.join(at)).expect("it is free");
        link("../../../data", "project/tests/cases/data");
        link("../more", "data/more");
        link("../..", "project/tests/up");
    });
    after.differs(
        &before,
        "
        + --mount type=bind,source=[ROOT]/data,target=[ROOT]/data,readonly
        + --mount type=bind,source=[ROOT]/more,target=[ROOT]/more,readonly
        ",
    );
}

#[test]
fn a_configuration_file_behind_a_link_is_filtered_where_it_is() {
    for (place, to) in [
        (".cargo/config.toml", "../../shared/config.toml"),
        (".cargo", "../shared"),
    ] {
        let fixture = Fixture::new();
        let text = "[registry]\ntoken = 's3cr3t'\n";
        fixture.write("shared/config.toml", text);
        let path = fixture.project.join(place);
        std::fs::create_dir_all(path.parent().expect("a directory")).expect("it can be made");
        symlink(to, &path).expect("it is free");
        let line = fixture.build().run().line();
        line.has("--mount type=bind,source=[CACHE]/files/cargo-config.toml,target=[ROOT]/shared/config.toml,readonly");
        line.lacks("target=[PROJECT]/.cargo");
    }
}

#[test]
fn cargos_home_in_the_project_is_a_directory_of_the_containers_own() {
    let fixture = Fixture::new();
    let run = || {
        let home = fixture.project.join(".cargo");
        fixture.build().env("CARGO_HOME", home).run().line()
    };
    fixture.file(".cargo/config.toml", "[env]\nA = 'b'\n");
    fixture.file(".cargo/credentials.toml", "[registry]\ntoken = 'secret'\n");
    fixture.file(".cargo/.global-cache", "");
    let line = run();
    let same = |path: &str| format!("source=[PROJECT]/{path},target=[PROJECT]/{path},readonly");
    line.has("--tmpfs [PROJECT]/.cargo:exec,mode=1777")
        .has(&format!("--mount type=bind,{}", same(".cargo/config.toml")))
        .has(&format!("--mount type=bind,{}", same(".cargo/registry")))
        .lacks("global-cache")
        .lacks("source=[PROJECT]/.cargo/credentials.toml");
}

#[test]
fn git_is_told_of_the_repository_that_its_variables_name() {
    let fixture = Fixture::new();
    repository(&fixture, "project");
    fixture.write("other.git/HEAD", "ref: refs/heads/main\n");
    fixture.directory("other.git/objects/info");
    fixture.directory("store/pack");
    fixture.directory("nothing");
    let plain = fixture.build().run().line();
    let line = |name: &str, value: &str| {
        let root = fixture.root.display().to_string();
        let value = value.replace("ROOT", &root);
        fixture.build().env(name, &value).run().line()
    };
    line("GIT_DIR", "ROOT/other.git").differs(
        &plain,
        "
        + --mount type=bind,source=[ROOT]/other.git,target=[ROOT]/other.git,readonly
        + --env GIT_DIR
        ",
    );
    line("GIT_OBJECT_DIRECTORY", "ROOT/store").differs(
        &plain,
        "
        + --mount type=bind,source=[ROOT]/store,target=[ROOT]/store,readonly
        + --env GIT_OBJECT_DIRECTORY
        ",
    );
    // A relative path as a hook has it, a directory that is no repository, and the home directory.
    for value in [".git", "ROOT/nothing", "ROOT/home"] {
        line("GIT_DIR", value).differs(&plain, "");
    }
}

#[test]
fn git_is_told_of_settings_that_change_what_it_says() {
    let fixture = Fixture::new();
    let plain = fixture.build().run().line();
    let mut build = fixture.build().env("GIT_CONFIG_COUNT", "4");
    for (number, (key, value)) in [
        ("http.extraHeader", "secret"),
        ("core.Abbrev", "20"),
        ("core.sshCommand", "ssh -i key"),
        ("user.name", "n"),
    ]
    .into_iter()
    .enumerate()
    {
        build = build
            .env(format!("GIT_CONFIG_KEY_{number}"), key)
            .env(format!("GIT_CONFIG_VALUE_{number}"), value);
    }
    build.run().line().differs(
        &plain,
        "
        + --env GIT_CONFIG_KEY_0=core.Abbrev
        + --env GIT_CONFIG_VALUE_0=20
        + --env GIT_CONFIG_KEY_1=user.name
        + --env GIT_CONFIG_VALUE_1=n
        + --env GIT_CONFIG_COUNT=2
        ",
    );
}

#[test]
fn the_users_own_git_settings_count_where_they_change_what_git_prints() {
    let fixture = Fixture::new();
    fixture.write(
        "home/.gitconfig",
        "[user]\n\tname = n\n[core]\n\tAbbrev = 12\n\tsshCommand = ssh -i key\n\
         [credential]\n\thelper = store\n[log]\n\tdate = iso\n",
    );
    fixture.write("home/.config/git/ignore", "*.tmp\n");
    let plain = fixture.build().run().line();
    repository(&fixture, "project");
    fixture.build().run().line().differs(
        &plain,
        "
        + --mount type=bind,source=[CACHE]/files/core.excludesfile,target=/opt/cross/git/core.excludesfile,readonly
        + --mount type=bind,source=[CACHE]/files/gitconfig,target=/etc/gitconfig,readonly
        ",
    );
    assert_eq!(
        fixture.generated("gitconfig"),
        "[core]\n\texcludesfile = \"/opt/cross/git/core.excludesfile\"\n\
         [core]\n\tabbrev = \"12\"\n[log]\n\tdate = \"iso\"\n"
    );
    assert_eq!(fixture.generated("core.excludesfile"), "*.tmp\n");
}

/// Git keeps names of files as bytes, and so does its configuration.
#[test]
fn a_repository_may_have_names_in_another_encoding() {
    let (before, after) = before_and_after(|fixture| {
        repository(fixture, "project");
        let name = b"[user]\n\tname = J\xf6rg\n";
        std::fs::write(fixture.project.join(".git/config"), name).expect("it is written");
    });
    after.differs(&before, "");
}
