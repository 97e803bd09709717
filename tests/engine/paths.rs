//! Projects at any path. Containers have them at the same path as the host.

use crate::engine::Engine;
use crate::project::Project;
use crate::row::AARCH64;
use crate::run::Run;

crate::tests![Engine:
    a_path_dependency_outside_the_project_is_found,
    a_link_to_the_root_of_all_files_is_not_walked_through,
    a_git_worktree_and_a_clone_that_borrows_know_their_commit,
    git_says_what_it_says_to_cargo_with_the_users_own_settings;
    Distinct:
    the_project_is_at_its_own_path,
    a_workspace_member_outside_the_root_is_found,
    a_member_of_a_workspace_builds_from_its_own_directory,
    a_crate_somewhere_in_a_repository_is_packaged_and_described_as_by_cargo,
    a_project_behind_a_symbolic_link_builds,
    a_project_named_by_manifest_path_builds_from_elsewhere,
    a_directory_may_have_any_name,
    a_directory_may_have_braces_in_its_name,
];

const LIBRARY: &str = "[package]\nname = \"part\"\nversion = \"0.1.0\"\nedition = \"2024\"\n";
const PART: &str = "pub fn part() -> &'static str {\n    \"part\"\n}\n";
const WHOLE: &str = "fn main() {\n    println!(\"{}\", part::part());\n}\n";

fn the_project_is_at_its_own_path(engine: &Engine) {
    let project = Project::demo(engine);
    let root = project.root();
    let outcome = project.aarch64(&["run", "--", "where"]).ok();
    outcome.stdout(&format!("{0}\n{0}\n", root.display()));
}

fn a_path_dependency_outside_the_project_is_found(engine: &Engine) {
    Project::program(engine, WHOLE)
        .manifest("[dependencies]\npart = { path = \"../parts/part\" }\n")
        .file("../parts/part/Cargo.toml", LIBRARY)
        .file("../parts/part/src/lib.rs", PART)
        .aarch64(&["run"])
        .ok()
        .stdout("part\n");
}

/// For a build script without `rerun-if-changed`, cargo searches the whole package for newer files.
fn a_link_to_the_root_of_all_files_is_not_walked_through(engine: &Engine) {
    let project = Project::program(engine, "fn main() {}\n").file("build.rs", "fn main() {}\n");
    std::os::unix::fs::symlink("/", project.path("there")).expect("a link");
    project.aarch64(&["build"]).ok();
}

fn a_workspace_member_outside_the_root_is_found(engine: &Engine) {
    let project = Project::program(engine, WHOLE)
        .manifest(
            "[dependencies]\npart = { path = \"../part\" }\n\n\
             [workspace]\nmembers = [\"../part\"]\n",
        )
        .file(
            "../part/Cargo.toml",
            &format!("{LIBRARY}workspace = \"../project\"\n"),
        )
        .file("../part/src/lib.rs", PART);
    project.aarch64(&["build", "--workspace"]).ok();
    project.aarch64(&["run"]).ok().stdout("part\n");
    let args = ["build", "--target", AARCH64.triple];
    project.cross_in(&project.path("../part"), &args).ok();
}

fn a_member_of_a_workspace_builds_from_its_own_directory(engine: &Engine) {
    let project = Project::empty(engine)
        .file(
            "Cargo.toml",
            "[workspace]\nmembers = [\"part\", \"whole\"]\nresolver = \"3\"\n",
        )
        .file("part/Cargo.toml", LIBRARY)
        .file("part/src/lib.rs", PART)
        .file(
            "whole/Cargo.toml",
            "[package]\nname = \"whole\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n\
             [dependencies]\npart = { path = \"../part\" }\n",
        )
        .file("whole/src/main.rs", WHOLE);
    let args = ["run", "--target", AARCH64.triple];
    project
        .cross_in(&project.path("whole"), &args)
        .ok()
        .stdout("part\n");
    assert!(
        project
            .path(format!("target/{}/debug/whole", AARCH64.triple))
            .exists()
    );
}

/// The history is in the directory of the worktree's repository, or in the repositories that a
/// clone borrows from.
fn a_git_worktree_and_a_clone_that_borrows_know_their_commit(engine: &Engine) {
    let script = r#"fn main() {
    let git = std::process::Command::new("git").args(["describe", "--always"]).output().unwrap();
    assert!(git.status.success(), "{}", String::from_utf8_lossy(&git.stderr));
    println!("cargo::rustc-env=COMMIT={}", String::from_utf8(git.stdout).unwrap().trim());
}
"#;
    let main = "fn main() {\n    println!(\"{}\", env!(\"COMMIT\"));\n}\n";
    let project = Project::program(engine, main).file("build.rs", script);
    let git = |args: &[&str]| {
        let identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"];
        project.host("git", &[&identity, args].concat()).ok()
    };
    git(&["init", "--quiet"]);
    git(&["add", "."]);
    git(&["commit", "--quiet", "--message", "first"]);
    git(&["clone", "--quiet", "--shared", ".", "../borrowed"]);
    git(&["clone", "--quiet", "--shared", "../borrowed", "../again"]);
    git(&[
        "-C",
        "../again",
        "worktree",
        "add",
        "--quiet",
        "../elsewhere",
    ]);
    let commit = git(&["describe", "--always"]).stdout;
    let args = ["run", "--quiet", "--target", AARCH64.triple];
    let elsewhere = project.path("../elsewhere");
    project.cross_in(&elsewhere, &args).ok().stdout(&commit);

    // A repository of another user, which git accepts because of the caller's settings.
    let again = project.path("../again");
    if project.owner().0 == 0 {
        project.host("chown", &["-R", "1000:1000", "../again"]).ok();
        let refused = project.cross_in(&again, &args).code(101);
        refused.stderr_has("dubious ownership");
    }
    project
        .cross_in(&again, &args)
        .env("GIT_CONFIG_COUNT", "1")
        .env("GIT_CONFIG_KEY_0", "safe.directory")
        .env("GIT_CONFIG_VALUE_0", "*")
        .ok()
        .stdout(&commit);
}

fn git_says_what_it_says_to_cargo_with_the_users_own_settings(engine: &Engine) {
    let script = r#"fn main() {
    for args in [&["describe", "--always"][..], &["status", "--porcelain"]] {
        let git = std::process::Command::new("git").args(args).output().unwrap();
        let text = String::from_utf8(git.stdout).unwrap();
        println!("cargo::rustc-env={}={:?}", args[0], text);
    }
}
"#;
    let main = "fn main() {\n    println!(\"{} {}\", env!(\"describe\"), env!(\"status\"));\n}\n";
    let project = Project::program(engine, main)
        .file("build.rs", script)
        .file(".gitignore", "target\nCargo.lock\n")
        .file("ignored.tmp", "")
        .file("h\u{e4}user.txt", "")
        .file("../ignore", "*.tmp\n");
    let identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"];
    let git = |args: &[&str]| project.host("git", &[&identity, args].concat()).ok();
    git(&["init", "--quiet"]);
    git(&["add", "Cargo.toml", "src", "build.rs", ".gitignore"]);
    git(&["commit", "--quiet", "--message", "first"]);
    let ignore = project.path("../ignore");
    let settings = format!(
        "[core]\n\tabbrev = 20\n\tquotePath = off\n\texcludesFile = {}\n",
        ignore.display()
    );
    let project = project.file("../gitconfig", &settings);
    let settings = project.path("../gitconfig");
    let said = |run: Run| run.env("GIT_CONFIG_GLOBAL", &settings).ok().stdout;
    let with_cargo = said(project.cargo(&["run", "--quiet"]));
    assert!(
        with_cargo.contains("h\u{e4}user") && !with_cargo.contains("tmp"),
        "{with_cargo}"
    );
    let args = ["run", "--quiet", "--target", AARCH64.triple];
    assert_eq!(said(project.cross(&args)), with_cargo);
}

/// Files that git ignores stay out of the package, git notices changes, and files beside the crate
/// are there.
fn a_crate_somewhere_in_a_repository_is_packaged_and_described_as_by_cargo(engine: &Engine) {
    let script = r#"fn main() {
    let args = ["describe", "--always", "--dirty"];
    let git = std::process::Command::new("git").args(args).output().unwrap();
    println!("cargo::rustc-env=VERSION={}", String::from_utf8(git.stdout).unwrap().trim());
}
"#;
    let main = "fn main() {\n    println!(\"{} {}\", include_str!(\"../../beside.txt\"), env!(\"VERSION\"));\n}\n";
    let project = Project::program(engine, main);
    let krate = project.path("crate");
    std::fs::create_dir_all(krate.join("src")).expect("a directory");
    for name in ["Cargo.toml", "src/main.rs"] {
        std::fs::rename(project.path(name), krate.join(name)).expect("a move");
    }
    let project = project
        .file("crate/build.rs", script)
        .file("crate/secret.txt", "secret")
        .file("beside.txt", "beside")
        .file(".gitignore", "target\nsecret.txt\n");
    let git = |args: &[&str]| {
        let identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"];
        project.host("git", &[&identity, args].concat()).ok()
    };
    project
        .host(
            "cargo",
            &["generate-lockfile", "--manifest-path", "crate/Cargo.toml"],
        )
        .ok();
    git(&["init", "--quiet"]);
    git(&["add", "."]);
    git(&["commit", "--quiet", "--message", "first"]);
    let version = git(&["describe", "--always"]).stdout;

    let run = ["run", "--quiet", "--target", AARCH64.triple];
    project
        .cross_in(&krate, &run)
        .ok()
        .stdout(&format!("beside {version}"));
    let list = project.cross_in(&krate, &["package", "--list"]).ok().stdout;
    for (name, there) in [(".cargo_vcs_info.json", true), ("secret.txt", false)] {
        assert_eq!(list.lines().any(|line| line == name), there, "{list}");
    }
    std::fs::write(krate.join("src/main.rs"), "fn main() {}\n").expect("a change");
    let package = ["package", "--no-verify", "--offline"];
    project
        .cross_in(&krate, &package)
        .code(101)
        .stderr_has("not yet committed");
}

fn a_project_behind_a_symbolic_link_builds(engine: &Engine) {
    let project = Project::demo(engine);
    let link = project.path("../link");
    std::os::unix::fs::symlink(project.root(), &link).expect("a link");
    let args = ["run", "--target", AARCH64.triple];
    project.cross_in(&link, &args).ok().stdout("aarch64\n");
    let manifest = link.join("Cargo.toml").display().to_string();
    let args = [&args[..], &["--manifest-path", &manifest]].concat();
    project
        .cross_in(&project.path(".."), &args)
        .ok()
        .stdout("aarch64\n");
    assert!(
        project
            .path(format!("target/{}/debug/demo", AARCH64.triple))
            .exists()
    );
}

fn a_project_named_by_manifest_path_builds_from_elsewhere(engine: &Engine) {
    let project = Project::demo(engine).file("../elsewhere/note", "");
    let args = [
        "--target",
        AARCH64.triple,
        "--manifest-path",
        "../project/Cargo.toml",
    ];
    let args = [&["run"], &args[..], &["--", "where"]].concat();
    let elsewhere = project.path("../elsewhere");
    let expected = format!("{}\n{}\n", project.root().display(), elsewhere.display());
    project.cross_in(&elsewhere, &args).ok().stdout(&expected);
    assert_eq!(fs_err::read_dir(elsewhere).expect("a directory").count(), 1);
}

/// Every name with which cargo itself works.
fn a_directory_may_have_any_name(engine: &Engine) {
    for name in [
        "with space",
        "a,b=c",
        "it's \"so\"",
        "$HOME ~",
        "ünïcödé",
        "-dash",
        "#1 & co",
    ] {
        let project = Project::named(engine, name).copy("demo");
        project.aarch64(&["run"]).ok().stdout("aarch64\n");
    }
    // Cargo itself refuses directories with a colon in their name.
    let project = Project::named(engine, "a:b").copy("demo");
    let reason = "path segment contains separator `:`";
    project.cargo(&["check"]).code(101).stderr_has(reason);
    project.aarch64(&["check"]).code(101).stderr_has(reason);
}

/// In the setting for the build directory, cargo takes braces for variables.
fn a_directory_may_have_braces_in_its_name(engine: &Engine) {
    let project = Project::named(engine, "{x}").copy("demo");
    project.aarch64(&["run"]).ok().stdout("aarch64\n");
}
