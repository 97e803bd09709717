//! Dependencies in git repositories that only the caller can read.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::place::{Place, library};
use super::ssh::{Ssh, run};
use super::{Daemon, free_port};
use crate::engine::Engine;

crate::tests![Docker:
    a_private_repository_over_ssh unless super::ssh::lacks_server,
    a_private_repository_over_ssh_by_gits_own_program unless super::ssh::lacks_server,
    a_private_repository_of_a_git_daemon,
];

fn a_private_repository_over_ssh(engine: &Engine) {
    over_ssh(engine, "");
}

fn a_private_repository_over_ssh_by_gits_own_program(engine: &Engine) {
    over_ssh(engine, "[net]\ngit-fetch-with-cli = true\n");
}

fn over_ssh(engine: &Engine, config: &str) {
    let place = Place::searched(engine, "").file(".cargo/config.toml", config);
    let ssh = Ssh::start(&place.vault(), &place.secret);
    let url = ssh.url(&repository(&place));
    let place = depending_on(place, &url);
    // rustup's home would change with the home directory.
    let rustup = home::rustup_home().expect("a home");
    place.search(|run| {
        let env = ssh.env();
        let run = env
            .iter()
            .fold(run, |run, (name, value)| run.env(name, value));
        run.env("RUSTUP_HOME", &rustup)
    });
    drop(ssh);
    fs_err::remove_dir_all(place.project.path("target")).expect("a directory");
    place.cross(&["build"]).ok();
}

fn a_private_repository_of_a_git_daemon(engine: &Engine) {
    let place = Place::searched(engine, "");
    let path = repository(&place);
    let base = path.parent().expect("a directory");
    let port = free_port();
    // `git daemon` would start this program as a child that outlives it.
    let programs = run(Command::new("git").arg("--exec-path"));
    let mut daemon = Command::new(Path::new(programs.trim()).join("git-daemon"));
    daemon
        .args(["--export-all", "--reuseaddr", "--listen=127.0.0.1"])
        .arg(format!("--port={port}"))
        .arg(format!("--base-path={}", base.display()))
        // The daemon logs an error for each client that only connects.
        .stderr(Stdio::null());
    let daemon = Daemon(daemon.spawn().expect("git's daemon")).listening_at(port);
    let place = depending_on(place, &format!("git://127.0.0.1:{port}/part"));
    place.search(|run| run);
    drop(daemon);
    fs_err::remove_dir_all(place.project.path("target")).expect("a directory");
    place.cross(&["build"]).ok();
}

/// Makes the dependency's repository.
fn repository(place: &Place<'_>) -> PathBuf {
    let dir = place.project.path("../repositories/part");
    let manifest = "[package]\nname = \"part\"\nversion = \"1.0.0\"\nedition = \"2024\"\n";
    fs_err::create_dir_all(dir.join("src")).expect("a directory");
    fs_err::write(dir.join("Cargo.toml"), manifest).expect("a file");
    fs_err::write(dir.join("src/lib.rs"), library(&place.planted)).expect("a file");
    let git = |args: &[&str]| {
        let mut git = Command::new("git");
        git.args(["-c", "user.name=t", "-c", "user.email=t@example.org"]);
        run(git.args(args).current_dir(&dir))
    };
    git(&["init", "--quiet"]);
    git(&["add", "."]);
    git(&["commit", "--quiet", "--message", "first"]);
    dir
}

/// The project with a dependency from a git repository.
fn depending_on<'a>(place: Place<'a>, url: &str) -> Place<'a> {
    let manifest = crate::run::text(place.project.path("Cargo.toml"));
    let dependency = format!("\n[dependencies]\npart = {{ git = \"{url}\" }}\n");
    place.file("Cargo.toml", &(manifest + &dependency))
}
