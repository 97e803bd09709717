//! A project names an image by a place of the machine, as podman takes it.

use crate::engine::Engine;
use crate::project::Project;
use crate::row::AARCH64;

crate::tests![Main:
    a_project_opens_no_store_of_the_machine,
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
