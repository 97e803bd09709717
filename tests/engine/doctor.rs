//! `cross-util doctor` on a machine whose engines work, and in containers that forbid what the
//! built-in engine needs.

use std::process::Command;

use serde_json::Value;

use crate::engine::Engine;
use crate::images;
use crate::project::Project;
use crate::row::AARCH64;
use crate::run::{Outcome, Run};

crate::tests![
    Engine: the_doctor_agrees_with_what_is_there;
    Docker: the_doctor_says_what_a_container_forbids;
];

/// The status of a check, and its message and hint.
fn check(outcome: &Outcome, name: &str) -> (String, String) {
    let json: Value = serde_json::from_str(&outcome.stdout).expect("JSON");
    let checks = json["checks"].as_array().expect("a list");
    let check = checks.iter().find(|check| check["name"] == name);
    let check = check.unwrap_or_else(|| panic!("no {name}"));
    let text = |key: &str| check[key].as_str().unwrap_or_default().to_owned();
    let said = format!("{} {}", text("message"), text("hint"));
    (text("status"), said)
}

fn the_doctor_agrees_with_what_is_there(engine: &Engine) {
    let project = Project::demo(engine);
    let ran = Run::util(engine, &project.root())
        .args(["doctor", "--json"])
        .ok();
    for name in ["engine", engine.program, "toolchain", "Cargo.toml"] {
        let (status, said) = check(&ran, name);
        let ran = ran.clone();
        ran.expect(status == "ok", &format!("{name} to be ok, not: {said}"));
    }
    let (status, said) = check(&ran, "packages");
    let ran = ran.expect(status == "ok", &format!("packages to be ok, not: {said}"));
    // These checks are about the built-in engine. It makes namespaces even for users without root's
    // rights.
    if engine.is_built_in() {
        for name in ["user namespaces", "overlay"] {
            let (status, said) = check(&ran, name);
            let ran = ran.clone();
            ran.expect(status == "ok", &format!("{name} to be ok, not: {said}"));
        }
    }
    if let Some(images) = engine.images() {
        let left = fs_err::read_dir(images).expect("a directory").flatten();
        let left = left.filter(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            name.starts_with(".cross-trial-")
        });
        ran.expect(left.count() == 0, "nothing to be left behind");
    }
}

/// Docker's default seccomp profile forbids user namespaces. With `seccomp=unconfined` they are
/// allowed.
fn the_doctor_says_what_a_container_forbids(engine: &Engine) {
    let image = images::current(engine, AARCH64.triple).expect("it was prepared");
    let ask = |options: &[&str]| {
        let util = env!("CARGO_BIN_EXE_cross-util");
        let mut command = Command::new("docker");
        command
            .args(["run", "--rm", "--network=none", "--tmpfs=/cache:exec"])
            .args([
                "--env=XDG_CACHE_HOME=/cache",
                "--env=CARGO_NET_OFFLINE=true",
            ])
            .arg(format!(
                "--mount=type=bind,source={util},target=/cross-util,readonly"
            ))
            .args(options)
            .args([&image, "/cross-util", "doctor", "--json"]);
        Run::of(command).output()
    };
    let forbidden = ask(&[]).code(1);
    let (status, said) = check(&forbidden, "user namespaces");
    let forbidden = forbidden.expect(status == "warning", "a warning");
    forbidden.expect(
        said.contains("--security-opt seccomp=unconfined"),
        &format!("the way out, not: {said}"),
    );
    // AppArmor may be active as well. Docker's profile for it forbids mounts.
    let allowed = ask(&[
        "--security-opt=seccomp=unconfined",
        "--security-opt=apparmor=unconfined",
    ]);
    for name in ["user namespaces", "overlay", "sandbox"] {
        let (status, said) = check(&allowed, name);
        let allowed = allowed.clone();
        allowed.expect(status == "ok", &format!("{name} to be ok, not: {said}"));
    }
}
