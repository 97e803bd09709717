//! No program of the host trusts files that a container could have written.

use std::path::Path;

use crate::engine::{Candidate, Engine};
use crate::project::Project;
use crate::row::{AARCH64, X86_64};
use crate::run::{Outcome, text};

crate::tests![Distinct:
    cargos_caches_are_read_only,
    the_standard_library_is_fetched_by_the_host unless lacks_nightly,
    a_packed_workspace_has_a_registry_of_its_own,
    a_link_left_in_the_target_directory_is_no_target_directory,
    a_link_left_in_the_target_directory_covers_nothing,
    a_link_left_for_programs_is_not_followed,
    results_of_the_host_stay_the_hosts,
    a_program_that_calls_cargo_replaces_no_results_of_the_host,
    a_link_left_in_a_covering_directory_covers_nothing,
    settings_of_a_writable_project_are_read_only,
    nothing_is_added_that_the_hosts_programs_obey,
    what_a_writable_project_gets_elsewhere_is_told,
];

/// A build script that makes the attempts in the file `attempts`, one a line, and reports the
/// results.
const SCRIPT: &str = r#"use std::{env, fs, io, path::Path};
fn attempt(what: &str, path: &Path, other: &str) -> io::Result<String> {
    match what {
        "write" => {
            fs::create_dir_all(path.parent().unwrap())?;
            fs::write(path, "changed")?;
        }
        "read" => return fs::read_to_string(path),
        "link" => {
            if path.symlink_metadata().is_ok() {
                let mut old = path.as_os_str().to_owned();
                old.push(".old");
                fs::rename(path, old)?;
            }
            std::os::unix::fs::symlink(other, path)?;
        }
        _ => unreachable!(),
    }
    Ok("done".into())
}
fn main() {
    let out = env::var("OUT_DIR").unwrap();
    let mut report = String::new();
    for line in fs::read_to_string("attempts").unwrap_or_default().lines() {
        let words: Vec<&str> = line.split('\t').collect();
        let path = words[1].replace("$OUT_DIR", &out);
        let done = attempt(words[0], Path::new(&path), words.get(2).unwrap_or(&""));
        let done = done.unwrap_or_else(|e| e.to_string());
        report += &format!("{} {}: {done}\n", words[0], words[1]);
    }
    fs::write(Path::new(&out).join("report"), report).unwrap();
}
"#;
const MAIN: &str = "fn main() {\n    print!(\"{}\", include_str!(concat!(env!(\"OUT_DIR\"), \"/report\")));\n}\n\
    #[test]\nfn fine() {}\n";
const REFUSED: &str = "Read-only file system (os error 30)";

/// A project whose build script makes attempts, and a directory of the caller's beside it.
fn project<'a>(engine: &'a Engine, name: &str) -> Project<'a> {
    Project::named(engine, name)
        .manifest("")
        .file("src/main.rs", MAIN)
        .file("build.rs", SCRIPT)
        .file("../decoy/key", "secret")
}

/// Sets the build script's attempts. Each is an action, a path, and the target of a link.
fn attempts<'a>(project: Project<'a>, list: &[[&str; 3]]) -> Project<'a> {
    let lines = list.iter().map(|words| words.join("\t") + "\n");
    project.file("attempts", &lines.collect::<String>())
}

#[track_caller]
fn reports(outcome: Outcome, expected: &[(&str, &str)]) -> Outcome {
    expected.iter().fold(outcome, |outcome, (attempt, result)| {
        outcome.stdout_has(&format!("{attempt}: {result}\n"))
    })
}

fn names(dir: &Path) -> Vec<String> {
    let entries = fs_err::read_dir(dir).expect("a directory");
    let names = entries.map(|entry| entry.expect("an entry").file_name());
    let mut names: Vec<String> = names
        .map(|name| name.to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// The host's cargo runs git in these directories, sends tokens to the servers that they name, and
/// compiles their sources.
fn cargos_caches_are_read_only(engine: &Engine) {
    const CACHES: &[&str] = &[
        "registry/index/ours/config.json",
        "registry/cache/ours/good-1.0.0.crate",
        "registry/src/ours/good-1.0.0/src/lib.rs",
        "git/db/ours/config",
        "git/checkouts/ours/0123456/build.rs",
    ];
    let mut project = project(engine, "project");
    for path in CACHES {
        project = project.file(&format!("../home/{path}"), "the caller's");
    }
    let home = project.path("../home");
    let at = |path: &str| home.join(path).display().to_string();
    let changed: Vec<String> = CACHES.iter().map(|path| at(path)).collect();
    let new = at("registry/new");
    let mut list: Vec<[&str; 3]> = changed.iter().map(|path| ["write", path, ""]).collect();
    list.extend([["write", &new, ""], ["write", "$OUT_DIR/own", ""]]);
    let project = attempts(project, &list);
    let run = project
        .aarch64(&["run", "--quiet"])
        .env("CARGO_HOME", &home);
    let mut outcome = run.ok();
    for path in changed.iter().chain([&new]) {
        outcome = reports(outcome, &[(&format!("write {path}"), REFUSED)]);
    }
    reports(outcome, &[("write $OUT_DIR/own", "done")]);
    for path in CACHES {
        assert_eq!(text(home.join(path)), "the caller's");
    }
    assert!(!home.join("registry/new").exists());
}

/// The account has one toolchain, and no rustup that could choose another.
fn lacks_nightly(candidate: &Candidate) -> Option<String> {
    let one = candidate.lacks_rustup();
    one.or_else(|| crate::specification::lacks_nightly_source(candidate))
}

/// Cargo in the container could not fetch it, and a second build needs no network.
fn the_standard_library_is_fetched_by_the_host(engine: &Engine) {
    let project = Project::program(engine, "fn main() {\n    println!(\"built\");\n}\n");
    let home = project.path("../home");
    let project = project.file("../home/.keep", "");
    let args = ["+nightly", "run", "-Zbuild-std", "--target", X86_64.triple];
    let run = || project.cross(&args).env("CARGO_HOME", &home);
    run().ok().stdout("built\n");
    assert!(home.join("registry/cache").exists());
    fs_err::remove_dir_all(project.path("target")).expect("a directory");
    run()
        .env("CROSS_BUILD_NETWORK", "none")
        .ok()
        .stdout("built\n");
}

/// For a workspace, `cargo package` unpacks the packed crates into a registry of its own.
fn a_packed_workspace_has_a_registry_of_its_own(engine: &Engine) {
    let member = "[package]\nname = \"cross-test-part\"\nversion = \"0.1.0\"\nedition = \"2024\"\n";
    let project = Project::program(engine, "fn main() {}\n")
        .manifest(
            "[dependencies]\ncross-test-part = { path = \"part\", version = \"0.1.0\" }\n\
             [workspace]\nmembers = [\"part\"]\n",
        )
        .file("part/Cargo.toml", member)
        .file("part/src/lib.rs", "")
        .file("../home/.keep", "");
    let home = project.path("../home");
    let package = ["package", "--workspace", "--allow-dirty"];
    project.cross(&package).env("CARGO_HOME", &home).ok();
    assert!(project.path("target/package/demo-0.1.0.crate").exists());
    assert!(!home.join("registry").exists(), "it would be the caller's");
}

fn a_link_left_in_the_target_directory_is_no_target_directory(engine: &Engine) {
    let project = project(engine, "project");
    let (link, decoy) = (project.path("target/nested"), project.path("../decoy"));
    let [link_name, decoy_name] = [&link, &decoy].map(|path| path.display().to_string());
    let project = attempts(project, &[["link", &link_name, &decoy_name]]);
    let run = project.aarch64(&["run", "--quiet"]).ok();
    reports(run, &[(&format!("link {link_name}"), "done")]);
    assert!(link.is_symlink());

    let project = attempts(project, &[["read", &format!("{link_name}/key"), ""]]);
    let second = || project.aarch64(&["run", "--quiet", "--target-dir", "target/nested"]);
    second()
        .code(101)
        .stdout("")
        .stderr_has(&format!("`{link_name}` is a symbolic link"));
    assert_eq!(names(&decoy), ["key"]);
    fs_err::remove_file(&link).expect("a link");
    second().ok();
    assert!(names(&link).contains(&AARCH64.triple.to_owned()));
}

/// For a path with braces, cargo cannot be told of a build directory, so one is mounted.
fn a_link_left_in_the_target_directory_covers_nothing(engine: &Engine) {
    let project = project(engine, "br{x}");
    let at = |path: &str| project.path(path).display().to_string();
    let (decoy, debug, cross) = (at("../decoy"), at("target/debug"), at("target/cross"));
    let (scratch, key) = (at("target/scratch"), at("target/debug/key"));
    let list = [
        ["link", &debug, &decoy],
        ["link", &cross, &decoy],
        ["link", &scratch, &decoy],
    ];
    let project = attempts(project, &list);
    let run = project.aarch64(&["run", "--quiet"]).ok();
    reports(run, &[(&format!("link {scratch}"), "done")]);
    assert!(project.path("target/scratch").is_symlink());
    assert!(!project.path("target/debug").is_symlink());

    let project = attempts(project, &[["read", &key, ""], ["write", &key, ""]]);
    let run = project.aarch64(&["run", "--quiet"]).ok();
    let missing = "No such file or directory (os error 2)";
    reports(run, &[(&format!("read {key}"), missing)]);
    assert_eq!(names(&project.path("../decoy")), ["key"]);
    assert_eq!(text(project.path("../decoy/key")), "secret");
}

/// Tests look for programs beside themselves. Links are made there for them.
fn a_link_left_for_programs_is_not_followed(engine: &Engine) {
    let project = project(engine, "project");
    let decoy = project.path("../decoy");
    project.aarch64(&["test", "--quiet"]).ok();
    let images = project.path("target/cross");
    let image = names(&images).remove(0);
    let link = images.join(image).join(AARCH64.triple).join("debug");
    let [link_name, decoy_name] = [&link, &decoy].map(|path| path.display().to_string());
    let project = attempts(project, &[["link", &link_name, &decoy_name]]);
    // The build's own directory is gone, so its outcome does not matter.
    project.aarch64(&["build"]).output();
    assert!(link.is_symlink(), "no {link_name}");

    let project = attempts(project, &[]);
    let second = || project.aarch64(&["test"]);
    let refused = second().code(101);
    refused.stderr_has(&format!("`{link_name}` is a symbolic link"));
    assert_eq!(names(&decoy), ["key"]);
    fs_err::remove_file(&link).expect("a link");
    second().ok();
    assert!(link.join("demo").is_symlink());
}

/// The host's cargo takes results for its own, and starts them.
fn results_of_the_host_stay_the_hosts(engine: &Engine) {
    let main = "fn main() {\n    println!(\"the host's\");\n}\n";
    let project = project(engine, "project").file("src/main.rs", main);
    let profile = "[profile.dist]\ninherits = \"release\"\n";
    let project = project.manifest(profile);
    project
        .cargo(&["run", "--quiet"])
        .ok()
        .stdout("the host's\n");
    project
        .cargo(&["build", "--quiet", "--target", X86_64.triple])
        .ok();
    let own = format!("target/{}", AARCH64.triple);
    let other = format!("target/{}/debug/demo", X86_64.triple);
    let refused = [
        project.path("target/release/demo"),
        project.path("target/dist/demo"),
        project.path("target/.rustc_info.json"),
        project.path(other),
        project.path(format!("{own}/debug/.fingerprint/demo")),
    ]
    .map(|path| path.display().to_string());
    let covered = project.path("target/debug/demo").display().to_string();
    let scratch = project.path("target/scratch").display().to_string();
    let report = project.path("target/report").display().to_string();
    let mut list: Vec<[&str; 3]> = refused.iter().map(|path| ["write", path, ""]).collect();
    list.extend([["write", &covered, ""], ["write", &scratch, ""]]);
    let before = fs_err::read(&covered).expect("a program");

    // The build script reports to a file, as the program's output is something else.
    let script = SCRIPT.replace("Path::new(&out).join(\"report\")", &format!("{report:?}"));
    let project = attempts(project.file("build.rs", &script), &list);
    project.aarch64(&["build"]).ok();
    let found = text(&report);
    for path in &refused {
        let line = format!("write {path}: {REFUSED}\n");
        assert!(found.contains(&line), "no {line} in {found}");
    }
    assert!(
        found.contains(&format!("write {scratch}: done\n")),
        "{found}"
    );
    assert!(Path::new(&scratch).exists());
    assert!(
        fs_err::read(&covered).expect("a program") == before,
        "another program"
    );
    let project = attempts(project.file("build.rs", SCRIPT), &[]);
    project
        .cargo(&["run", "--quiet"])
        .ok()
        .stdout("the host's\n");
    project.aarch64(&["build"]).ok();
}

/// In a writable project, commands may change sources on purpose, and git shows these changes.
/// Changes to settings would not always be shown.
fn settings_of_a_writable_project_are_read_only(engine: &Engine) {
    let member = "[package]\nname = \"part\"\nversion = \"0.1.0\"\nedition = \"2024\"\n";
    let project = project(engine, "project")
        .manifest("[workspace]\nmembers = [\"part\"]\n")
        .file("part/Cargo.toml", member)
        .file("part/src/lib.rs", "")
        .file("part/.cargo/config.toml", "")
        .file("Cross.toml", "[build]\nread-only = false\n");
    project.host("git", &["init", "--quiet"]).ok();
    let refused = [
        ".git/hooks/post-checkout",
        ".git/config",
        ".cargo/config.toml",
        "part/.cargo/config.toml",
        "Cross.toml",
    ];
    let mut list: Vec<[&str; 3]> = refused.iter().map(|path| ["write", *path, ""]).collect();
    list.push(["write", "src/other.rs", ""]);
    let project = attempts(project, &list);
    let mut outcome = project.aarch64(&["run", "--quiet"]).ok();
    for path in refused {
        outcome = reports(outcome, &[(&format!("write {path}"), REFUSED)]);
    }
    reports(outcome, &[("write src/other.rs", "done")]);
    assert_eq!(text(project.path("src/other.rs")), "changed");
    fs_err::remove_file(project.path("src/other.rs")).expect("a file");
    project
        .aarch64(&["fix", "--allow-no-vcs", "--allow-dirty"])
        .ok();
}

/// rustup obeys `rust-toolchain` even beside `rust-toolchain.toml`, and starts what it names. The
/// next cross would ask that program about the toolchain.
fn nothing_is_added_that_the_hosts_programs_obey(engine: &Engine) {
    const IS_DIRECTORY: &str = "Is a directory (os error 21)";
    const BUSY: &str = "Device or resource busy (os error 16)";
    let member = "[package]\nname = \"part\"\nversion = \"0.1.0\"\nedition = \"2024\"\n";
    let project = project(engine, "project")
        .manifest("[workspace]\nmembers = [\"crates/part\"]\n")
        .file("crates/part/Cargo.toml", member)
        .file("crates/part/src/lib.rs", "")
        .file("crates/part/rust-toolchain.toml", "[toolchain]\n")
        .file("cfg/config.toml", "");
    fs_err::os::unix::fs::symlink("cfg", project.path(".cargo")).expect("a link");
    project
        .host(
            "git",
            &["init", "--quiet", "--separate-git-dir", "repo.git"],
        )
        .ok();
    let refused = [
        ["write", "rust-toolchain", IS_DIRECTORY],
        ["write", "rust-toolchain.toml", IS_DIRECTORY],
        ["write", "Cross.toml", IS_DIRECTORY],
        ["write", "crates/part/rust-toolchain.toml", REFUSED],
        ["write", ".cargo/config.toml", REFUSED],
        ["write", "cfg/config.toml", REFUSED],
        ["write", "repo.git/config", REFUSED],
        ["write", ".git", REFUSED],
        ["link", "rust-toolchain", BUSY],
        ["link", "crates/part", BUSY],
        ["link", "crates", BUSY],
    ];
    let mut list: Vec<[&str; 3]> = refused
        .iter()
        .map(|[what, path, _]| [*what, *path, "x"])
        .collect();
    list.push(["write", "crates/part/src/other.rs", ""]);
    let project = attempts(project, &list);
    let run = || {
        project
            .aarch64(&["run", "--quiet"])
            .env("CROSS_BUILD_READ_ONLY", "false")
    };
    let mut outcome = run().ok();
    for [what, path, why] in refused {
        outcome = reports(outcome, &[(&format!("{what} {path}"), why)]);
    }
    reports(outcome, &[("write crates/part/src/other.rs", "done")])
        .lacks("while the container ran");
    for cover in ["rust-toolchain", "rust-toolchain.toml", "Cross.toml"] {
        assert!(!project.path(cover).exists(), "{cover} is left");
    }
    // A killed run leaves them, and the next one passes them over.
    for cover in ["rust-toolchain", "Cross.toml"] {
        fs_err::create_dir(project.path(cover)).expect("a directory");
    }
    run().ok();
    assert!(!project.path("Cross.toml").exists());
}

/// No mount can be placed at a link, and a repository may be made in any directory.
fn what_a_writable_project_gets_elsewhere_is_told(engine: &Engine) {
    let project = project(engine, "project").file("cfg/config.toml", "");
    fs_err::os::unix::fs::symlink("cfg", project.path(".cargo")).expect("a link");
    let list = [
        ["link", ".cargo", "mine"],
        ["write", "src/.git/config", ""],
        ["link", "src/rust-toolchain", "nowhere"],
        ["write", "src/other.rs", ""],
    ];
    let project = attempts(project, &list);
    let run = || {
        project
            .aarch64(&["run", "--quiet"])
            .env("CROSS_BUILD_READ_ONLY", "false")
    };
    let told = "warning: `.cargo`, `src/.git`, `src/rust-toolchain` came or changed while the container ran";
    run().ok().stderr_has(told);
    let project = attempts(project, &[]);
    let run = project
        .aarch64(&["run", "--quiet"])
        .env("CROSS_BUILD_READ_ONLY", "false");
    run.ok().lacks("while the container ran");
}

/// Without a target, such a program writes to the directory of another profile. It must neither
/// put another directory in its place nor reach what the host's cargo takes for its own.
fn a_program_that_calls_cargo_replaces_no_results_of_the_host(engine: &Engine) {
    let main = r#"use std::fs;
fn main() {
    println!("{:?}", fs::rename("target/release", "target/other").map_err(|e| e.raw_os_error()));
    for part in [".fingerprint", "build", "deps", "examples", "incremental"] {
        fs::write(format!("target/release/{part}/forged"), "x").unwrap();
        println!("{:?}", fs::remove_dir_all(format!("target/release/{part}")).is_err());
    }
    fs::write("target/release/own", "x").unwrap();
}
"#;
    let project = Project::program(engine, main);
    project.cargo(&["build", "--release"]).ok();
    let refused = "Err(Some(16))\n".to_owned() + &"true\n".repeat(5);
    project.cross(&["run", "--quiet"]).ok().stdout(&refused);
    for part in [".fingerprint", "build", "deps", "examples", "incremental"] {
        let forged = project.path(format!("target/release/{part}/forged"));
        assert!(!forged.exists(), "{part}");
    }
    assert!(project.path("target/release/own").exists());
}

/// With a target named, the container has all of `target/debug` from a directory of the image's
/// own. Without one it has parts of it.
fn a_link_left_in_a_covering_directory_covers_nothing(engine: &Engine) {
    let project = project(engine, "project");
    let decoy = project.path("../decoy").display().to_string();
    let at = |path: &str| project.path(path).display().to_string();
    let parts = [".fingerprint", "build", "deps", "incremental"]
        .map(|part| at(&format!("target/debug/{part}")));
    project.cargo(&["build", "--quiet"]).ok();
    let list: Vec<[&str; 3]> = parts.iter().map(|part| ["link", part, &decoy]).collect();
    let project = attempts(project, &list);
    project.cross(&["build", "--target", X86_64.triple]).ok();
    let keys: Vec<String> = parts.iter().map(|part| format!("{part}/key")).collect();
    let list: Vec<[&str; 3]> = keys.iter().map(|key| ["write", key, ""]).collect();
    let project = attempts(project, &list);
    project.cross(&["run", "--quiet"]).ok();
    assert_eq!(text(project.path("../decoy/key")), "secret");
}
