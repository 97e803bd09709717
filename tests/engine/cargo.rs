//! Lock files, exit codes and messages are those of cargo.

use crate::engine::Engine;
use crate::project::Project;
use crate::row::AARCH64;
use crate::run::text;

crate::tests![Engine:
    a_missing_lock_file_is_created;
    Distinct:
    a_stale_lock_file_is_updated,
    a_stale_lock_file_with_locked_is_cargos_error,
    a_missing_lock_file_with_locked_is_cargos_error,
    a_directory_without_a_project_is_cargos_error,
    metadata_is_what_cargo_says,
    an_installed_plugin_runs,
    a_task_of_the_project_calls_cargo,
];

const PART: &str = "[package]\nname = \"part\"\nversion = \"0.1.0\"\nedition = \"2024\"\n";

/// A project whose lock file lacks its dependency.
fn stale(engine: &Engine) -> Project<'_> {
    let project = Project::demo(engine);
    project.cargo(&["generate-lockfile"]).ok();
    project
        .manifest("[dependencies]\npart = { path = \"part\" }\n")
        .file("part/Cargo.toml", PART)
        .file("part/src/lib.rs", "")
}

fn a_missing_lock_file_is_created(engine: &Engine) {
    let project = Project::program(engine, "fn main() {}\n");
    project.aarch64(&["build"]).ok();
    let lock = text(project.path("Cargo.lock"));
    assert!(lock.contains("name = \"demo\""), "{lock}");
    let once = project.cargo(&["metadata", "--locked", "--format-version", "1"]);
    once.ok();
}

fn a_stale_lock_file_is_updated(engine: &Engine) {
    let project = stale(engine);
    project.aarch64(&["build"]).ok();
    let lock = text(project.path("Cargo.lock"));
    assert!(lock.contains("name = \"part\""), "{lock}");
}

fn a_stale_lock_file_with_locked_is_cargos_error(engine: &Engine) {
    fails_as_under_cargo(&stale(engine));
}

fn a_missing_lock_file_with_locked_is_cargos_error(engine: &Engine) {
    let project = stale(engine);
    fs_err::remove_file(project.path("Cargo.lock")).expect("a lock file");
    fails_as_under_cargo(&project);
    assert!(!project.path("Cargo.lock").exists());
}

/// Expects the same exit code and the same error as from cargo. Only the directories that the
/// container needs may be written.
fn fails_as_under_cargo(project: &Project<'_>) {
    let args = ["build", "--locked", "--target", AARCH64.triple];
    let cargo = project.cargo(&args).code(101);
    let (lock, tree) = (text(project.path("Cargo.lock")), project.tree());
    let cross = project.cross(&args).code(101).stdout("");
    let mut lines = cargo.stderr.lines();
    // The first line may say that cargo waits for another cargo.
    let reason = lines.find(|line| !line.trim_start().starts_with("Blocking"));
    let reason = reason.unwrap_or_default();
    cross.stderr_has(reason).stderr_has("--locked");
    assert_eq!(text(project.path("Cargo.lock")), lock);
    let target = project.path("target");
    let written = project
        .tree()
        .into_iter()
        .filter(|path| !path.starts_with(&target));
    assert_eq!(written.collect::<Vec<_>>(), tree);
    // There may be the directories that cross keeps read-only, but no results in them.
    let results = crate::project::tree(target.join(AARCH64.triple));
    let results = results
        .iter()
        .filter(|path| path.is_file() && !path.ends_with("CACHEDIR.TAG"));
    assert_eq!(results.count(), 0);
}

fn a_directory_without_a_project_is_cargos_error(engine: &Engine) {
    let project = Project::empty(engine);
    let cargo = project.cargo(&["build"]).code(101);
    let cross = project.aarch64(&["build"]).code(101);
    let own = cross.stderr.strip_prefix(&cargo.stderr);
    assert_eq!(
        own,
        Some("hint: `cross` works in a project: go there, or name it with `--manifest-path`\n")
    );
    assert_eq!(project.tree(), [project.root()]);
}

fn metadata_is_what_cargo_says(engine: &Engine) {
    let project = Project::demo(engine);
    let args = ["metadata", "--format-version", "1", "--no-deps"];
    let cargo = project.cargo(&args).ok();
    project.cross(&args).ok().stdout(&cargo.stdout);
}

/// A plugin in cargo's `bin` directory that compiles.
fn an_installed_plugin_runs(engine: &Engine) {
    use std::os::unix::fs::PermissionsExt;
    // cross knows the plugin nextest by its name. This script is a plugin of the same name.
    let plugin = "#!/bin/sh\nshift\necho \"plugin $* in $(uname -s)\"\nexec cargo test \"$@\"\n";
    let project = Project::program(engine, "fn main() {}\n#[test]\nfn fine() {}\n");
    let project = project.file("../home/bin/cargo-nextest", plugin);
    let home = project.path("../home");
    let mode = std::fs::Permissions::from_mode(0o755);
    fs_err::set_permissions(home.join("bin/cargo-nextest"), mode).expect("a file");
    project
        .aarch64(&["nextest"])
        .env("CARGO_HOME", &home)
        .ok()
        .stdout_has(&format!("plugin --target {} in Linux", AARCH64.triple))
        .stdout_has("test fine ... ok");
}

/// A task as those of `xtask`: cargo's results are where this cargo puts them, each time, and the
/// host's cargo takes none of them for its own.
fn a_task_of_the_project_calls_cargo(engine: &Engine) {
    let task = r#"use std::process::Command;
fn main() {
    let target = std::env::args().nth(1).unwrap_or_default();
    for profile in ["debug", "release"] {
        let mut cargo = Command::new(std::env::var("CARGO").unwrap());
        cargo.args(["build", "--offline", "--package=part"]);
        cargo.args((profile == "release").then_some("--release"));
        if !target.is_empty() {
            cargo.args(["--target", &target]);
        }
        assert!(cargo.status().unwrap().success());
        let part = format!("target/{target}/{profile}/part");
        std::fs::copy(&part, format!("target/{profile}-dist")).unwrap();
    }
}
"#;
    let project = Project::empty(engine)
        .manifest("[workspace]\nmembers = ['part']\n")
        .file("src/main.rs", task)
        .file("part/Cargo.toml", PART)
        .file("part/build.rs", "fn main() {}\n")
        .file(
            "part/src/main.rs",
            "fn main() {\n    println!(\"a part\");\n}\n",
        );
    let part = |profile: &str| project.path(format!("target/{profile}/part"));
    for target in [AARCH64.triple, ""] {
        let args = ["run", "--target", AARCH64.triple, "--", target];
        let args = &args[..if target.is_empty() { 3 } else { 5 }];
        let first = project.cross(args).ok().stderr_has("Compiling part");
        if target.is_empty() {
            first.stderr_has("Note a program of the project has called cargo without `--target`");
        } else {
            first.lacks("called cargo without");
        }
        project.cross(args).ok().lacks("Compiling");
        let dist = project.path("target/release-dist");
        assert!(dist.exists(), "{target}");
        fs_err::remove_file(dist).expect("it is ours");
    }
    let below = format!("{}/release", AARCH64.triple);
    assert!(part(&below).exists());
    let build = ["build", "--release", "--package=part"];
    project.cargo(&build).ok().stderr_has("Compiling part");
    project
        .cargo(&["run", "--release", "--quiet", "--package=part"])
        .ok()
        .stdout("a part\n");
}
