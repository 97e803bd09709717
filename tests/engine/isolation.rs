//! What a container can learn of the host, and what it cannot.

use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::engine::Engine;
use crate::project::Project;
use crate::row::AARCH64;

crate::tests![Engine:
    the_home_directory_is_writable_and_empty,
    the_user_has_a_name,
    results_belong_to_the_caller,
    results_have_the_permissions_the_caller_gives,
    the_rest_of_the_host_is_out_of_sight;
    Distinct:
    a_variable_of_the_host_does_not_leak,
    a_variable_that_the_project_names_arrives,
    credentials_stay_on_the_host,
];

fn a_variable_of_the_host_does_not_leak(engine: &Engine) {
    let project = Project::demo(engine);
    let run = project.aarch64(&["run", "--quiet", "--", "env"]);
    run.env("SECRET_PLAN", "rule the world")
        .ok()
        .lacks("SECRET_PLAN")
        .lacks("rule the world");
}

fn a_variable_that_the_project_names_arrives(engine: &Engine) {
    let project = Project::demo(engine).file(
        "Cross.toml",
        "[build.env]\npassthrough = [\"PLAN_A\"]\n\n\
         [target.aarch64-unknown-linux-gnu.env]\npassthrough = [\"PLAN_B\", \"PLAN_C=as said\"]\n",
    );
    let run = project.aarch64(&["run", "--quiet", "--", "env"]);
    let run = run.env("PLAN_A", "first").env("PLAN_B", "second = third");
    run.ok()
        .stdout_has("PLAN_A=first\n")
        .stdout_has("PLAN_B=second = third\n")
        .stdout_has("PLAN_C=as said\n");
}

/// Neither cargo's files nor its variables give away a token.
fn credentials_stay_on_the_host(engine: &Engine) {
    let project = Project::demo(engine)
        .file(
            "../home/credentials.toml",
            "[registry]\ntoken = \"hunter1\"\n",
        )
        .file("../home/credentials", "[registry]\ntoken = \"hunter2\"\n")
        .file(
            "../home/config.toml",
            "[registry]\ntoken = \"hunter3\"\n[term]\nprogress.when = \"never\"\n",
        );
    let home = project.path("../home");
    let run = |args: &[&str]| {
        project
            .aarch64(&[&["run", "--quiet", "--"], args].concat())
            .env("CARGO_HOME", &home)
            .env("CARGO_REGISTRY_TOKEN", "hunter4")
            .env("CARGO_REGISTRIES_OURS_TOKEN", "hunter5")
            .env("GITHUB_TOKEN", "hunter6")
            .ok()
            .lacks("hunter")
    };
    run(&["env"]).stdout_has(&format!("CARGO_HOME={}\n", home.display()));
    for name in ["credentials.toml", "credentials", "config.toml"] {
        run(&["read", &home.join(name).display().to_string()]).stdout_has("read: ");
    }
}

fn the_home_directory_is_writable_and_empty(engine: &Engine) {
    let script = r#"fn main() {
    let home = std::path::PathBuf::from(std::env::var("HOME").unwrap());
    assert_eq!(std::fs::read_dir(&home).unwrap().count(), 0, "somebody was here before");
    std::fs::write(home.join("note"), "remember").unwrap();
    assert_eq!(std::fs::read_to_string(home.join("note")).unwrap(), "remember");
}
"#;
    let project = Project::program(engine, "fn main() {}\n").file("build.rs", script);
    project.aarch64(&["build"]).ok();
    fs_err::remove_dir_all(project.path("target")).expect("a directory");
    project.aarch64(&["build"]).ok();
}

/// Programs such as `git` and `ssh` fail if the user has no name.
fn the_user_has_a_name(engine: &Engine) {
    let script = r#"fn main() {
    let id = std::process::Command::new("id").arg("-un").output().unwrap();
    assert!(id.status.success(), "{}", String::from_utf8_lossy(&id.stderr));
    let name = String::from_utf8(id.stdout).unwrap();
    println!("cargo::rustc-env=NAME={}", name.trim());
}
"#;
    let main = "fn main() {\n    println!(\"name <{}>\", env!(\"NAME\"));\n}\n";
    let project = Project::program(engine, main).file("build.rs", script);
    project
        .aarch64(&["run"])
        .ok()
        .stdout_has("name <")
        .lacks("name <>");
}

fn results_belong_to_the_caller(engine: &Engine) {
    let project = Project::demo(engine);
    project.aarch64(&["build"]).ok();
    assert!(
        project
            .path(format!("target/{}/debug/demo", AARCH64.triple))
            .exists()
    );
    assert!(project.path("Cargo.lock").exists());
    for path in project.tree() {
        let meta = path.symlink_metadata().expect("its owner");
        assert_eq!(
            (meta.uid(), meta.gid()),
            project.owner(),
            "{}",
            path.display()
        );
    }
}

/// This mask differs from the engines' own: the group may write, and others may do nothing.
fn results_have_the_permissions_the_caller_gives(engine: &Engine) {
    let project = Project::demo(engine);
    project.aarch64(&["build"]).under_umask("007").ok();
    let mode = |path: &Path| {
        let meta = path.symlink_metadata().expect("a file");
        meta.mode() & 0o777
    };
    let program = project.path(format!("target/{}/debug/demo", AARCH64.triple));
    assert_eq!(mode(&program), 0o770);
    let target = project.path("target");
    for path in project.tree() {
        if path.starts_with(&target) && !path.is_symlink() {
            assert_eq!(mode(&path) & 0o007, 0, "{}", path.display());
        }
    }
}

/// The container has the project, but not the directory next to it.
fn the_rest_of_the_host_is_out_of_sight(engine: &Engine) {
    let project = Project::demo(engine).file("../neighbour/diary", "dear diary");
    let diary = project.path("../neighbour/diary").display().to_string();
    project
        .aarch64(&["run", "--", "read", &diary])
        .ok()
        .stdout_has("cannot read: ");
    let source = project.path("src/main.rs").display().to_string();
    project
        .aarch64(&["run", "--", "write", &source])
        .ok()
        .stdout_has("cannot write: Read-only file system");
}
