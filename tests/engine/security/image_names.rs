//! A project leads podman to other places of the machine: by the name of an image, and by the
//! mounts of a Dockerfile.

use std::os::unix::fs::symlink;

use crate::engine::Engine;
use crate::images;
use crate::project::Project;
use crate::row::AARCH64;

crate::tests![Main:
    a_project_opens_no_store_of_the_machine,
    a_mount_of_a_dockerfile_leads_nowhere_else,
];

/// A store of images in the directory `at` of the project, which podman makes when it opens it.
fn store(project: &Project<'_>, at: &str) -> String {
    let dir = project.path(at);
    let dir = dir.display();
    format!("containers-storage:[vfs@{dir}/root+{dir}/run]localhost/x")
}

fn a_project_opens_no_store_of_the_machine(engine: &Engine) {
    let mut project = Project::program(engine, "fn main() {}\n");
    let (named, asked) = (store(&project, "named"), store(&project, "asked"));
    let image = format!("[target.{}]\nimage = '{named}'\n", AARCH64.triple);
    let dockerfile = "[build]\ndockerfile = 'Dockerfile'\n".to_owned();
    for (config, text) in [
        (&image, String::new()),
        (&dockerfile, format!("FROM {named}\n")),
        (
            &dockerfile,
            format!("FROM scratch\nCOPY --from={named} / /\n"),
        ),
        (
            &dockerfile,
            format!("FROM scratch\nRUN --mount=from={named},target=/x true\n"),
        ),
        (
            &dockerfile,
            format!("FROM scratch\nRUN <<E\nFROM {named}\nE\n"),
        ),
    ] {
        project = project.file("Cross.toml", config).file("Dockerfile", &text);
        let outcome = project.aarch64(&["build"]).code(101);
        let is_refused = outcome.stderr.contains("is no name of an image");
        let outcome = outcome.expect(is_refused, "a refusal");
        outcome.expect(!project.path("named").exists(), "a closed store");
    }
    // The control. Docker knows no such names.
    if engine.program == "podman" {
        let asked = engine.command().args(["image", "inspect", &asked]).output();
        asked.expect("podman answers");
        assert!(project.path("asked").exists());
    }
}

/// Docker reads the link within the context, or knows no mounts at all.
fn a_mount_of_a_dockerfile_leads_nowhere_else(engine: &Engine) {
    let base = images::current(engine, AARCH64.triple).expect("the row's image");
    let text = format!(
        "FROM {base}\nRUN --mount=type=bind,source=link,target=/x,rw echo there >/x/key && exit 1\n"
    );
    let project = Project::program(engine, "fn main() {}\n")
        .file("../decoy/key", "key")
        .file("Cross.toml", "[build]\ndockerfile = 'Dockerfile'\n")
        .file("Dockerfile", &text);
    symlink(project.path("../decoy"), project.path("link")).expect("a link");
    let key = || fs_err::read_to_string(project.path("../decoy/key")).expect("a key");
    let outcome = project.aarch64(&["build"]).code(101);
    let outcome = outcome.expect(key() == "key", "the key as it was");
    if engine.program != "podman" {
        return;
    }
    let is_refused = outcome
        .stderr
        .contains("may lead to other files of this machine");
    outcome.expect(is_refused, "a refusal");
    // The control: podman 4.3 itself follows the link. Newer ones find nothing there.
    let mut build = engine.command();
    let output = build
        .args(["build", "."])
        .current_dir(project.root())
        .output();
    let said = String::from_utf8_lossy(&output.expect("podman answers").stderr).into_owned();
    let is_found = said.contains("/x/key") || said.contains("find") || said.contains("no such");
    assert!(key() == "there\n" || is_found, "{said}");
}
