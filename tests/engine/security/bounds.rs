//! A project asks for places outside of itself: keys in a home directory, or the system. The home
//! directory is a decoy. It counts as one because cargo's home is in it.

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use crate::engine::Engine;
use crate::project::Project;
use crate::run::{Run, text};

crate::tests![Distinct:
    a_link_to_the_system_or_to_keys_changes_nothing,
    keys_that_a_project_asks_for_are_not_read,
    keys_are_not_written_where_results_should_go,
    a_file_that_leads_to_no_git_directory_shows_nothing,
];

/// A build script that looks around, as any dependency's can.
const BUILD: &str = r#"fn main() {
    std::fs::write("/tmp/probe", "").expect("a directory for temporary files");
    let found = std::fs::read_to_string(std::env::var("PROBE").unwrap()).is_ok();
    println!("cargo::rerun-if-env-changed=AGAIN");
    println!("cargo::warning=the key {}", if found { "is read" } else { "is out of reach" });
}
"#;
const READ: &str = "the key is read";
const HELD: &str = "the key is out of reach";

/// A project with a decoy of a home directory beside it.
struct Place<'a> {
    project: Project<'a>,
}

impl<'a> Place<'a> {
    fn new(engine: &'a Engine) -> Self {
        let project = Project::program(engine, "fn main() {}\n")
            .file("build.rs", BUILD)
            .file("../decoy/.ssh/id", "key")
            .file("../decoy/.cargo/.keep", "")
            .file("../harmless/id", "no key");
        Self { project }
    }

    fn path(&self, path: &str) -> PathBuf {
        self.project.path(path)
    }

    fn file(self, path: &str, text: &str) -> Self {
        let project = self.project.file(path, text);
        Self { project }
    }

    fn link(self, path: &str, to: &Path) -> Self {
        symlink(to, self.path(path)).expect("the name is free");
        let project = self.project.settle();
        Self { project }
    }

    /// A build whose script tries to read one file.
    fn build(&self, probe: &str) -> Run {
        static AGAIN: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
        let again = AGAIN.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let probe = format!("PROBE={}", self.path(probe).display());
        self.project
            .aarch64(&["build"])
            .env("CARGO_HOME", self.path("../decoy/.cargo"))
            .env(
                "CROSS_BUILD_ENV_PASSTHROUGH",
                format!("{probe} AGAIN={again}"),
            )
    }

    /// A build whose user allows this directory to be mounted.
    fn allowed(&self, dir: &str, probe: &str) -> Run {
        self.build(probe).env("CROSS_ALLOW_MOUNTS", self.path(dir))
    }
}

/// Mounting a link to `/tmp` would make the container's own `/tmp` read-only, and builds would
/// fail.
fn a_link_to_the_system_or_to_keys_changes_nothing(engine: &Engine) {
    let place = Place::new(engine);
    let keys = place.path("../decoy/.ssh");
    let mut places: Vec<PathBuf> = ["/tmp", "/etc", "/dev", "/usr", "/opt", "/"]
        .map(Into::into)
        .into();
    places.extend([keys.clone(), place.path("../decoy")]);
    let link = place.path("there");
    for to in &places {
        let _ = fs_err::remove_file(&link);
        symlink(to, &link).expect("the name is free");
        place.build("../decoy/.ssh/id").ok().stderr_has(HELD);
    }
    let _ = fs_err::remove_file(&link);
    let place = place.link("there", &keys);
    place
        .allowed("../decoy/.ssh", "../decoy/.ssh/id")
        .ok()
        .stderr_has(READ);
    place
        .allowed("../decoy/.ssh", "there/id")
        .ok()
        .stderr_has(READ);
    fs_err::remove_file(place.path("there")).expect("a link");
    let to = place.path("../harmless");
    let place = place.link("there", &to);
    place
        .build("there/id")
        .ok()
        .stderr_has(READ)
        .stderr_has("Mounting ");
}

fn keys_that_a_project_asks_for_are_not_read(engine: &Engine) {
    for (file, ask) in [
        (".cargo/config.toml", "source.x.directory = '[]'\n"),
        ("Cross.toml", "build.env.volumes = ['X=[]']\n"),
    ] {
        let place = Place::new(engine);
        for (dir, held) in [
            ("../decoy", true),
            ("../decoy/.ssh", true),
            ("../harmless", false),
        ] {
            let asked = place.path(dir).display().to_string();
            fs_err::create_dir_all(place.path(".cargo")).expect("a directory");
            fs_err::write(place.path(file), ask.replace("[]", &asked)).expect("a file");
            let probe = if dir == "../decoy" {
                "../decoy/.ssh/id".to_owned()
            } else {
                format!("{dir}/id")
            };
            if held {
                let said = format!("asks for `{asked}`");
                place.build(&probe).code(101).stderr_has(&said).lacks(READ);
                place.allowed(dir, &probe).ok().stderr_has(READ);
            } else {
                place
                    .build(&probe)
                    .ok()
                    .stderr_has(READ)
                    .stderr_has(&format!("Mounting {asked}"));
            }
        }
    }
}

fn keys_are_not_written_where_results_should_go(engine: &Engine) {
    // The configuration names the directory.
    let place = Place::new(engine);
    let asked = place.path("../decoy/.ssh").display().to_string();
    let place = place.file(
        ".cargo/config.toml",
        &format!("build.target-dir = '{asked}'\n"),
    );
    place
        .build("../decoy/.ssh/id")
        .code(101)
        .stderr_has(" asks for ");
    assert_eq!(fs_err::read_dir(&asked).expect("a directory").count(), 1);
    let elsewhere = place.path("../elsewhere");
    place
        .build("../decoy/.ssh/id")
        .env("CARGO_TARGET_DIR", &elsewhere)
        .ok()
        .stderr_has(HELD);
    // A symbolic link leads to the directory.
    let place = Place::new(engine);
    let to = place.path("../decoy");
    let place = place.link("target", &to);
    place
        .build("../decoy/.ssh/id")
        .code(101)
        .stderr_has(" asks for ");
    assert!(!place.path("../decoy/CACHEDIR.TAG").exists());
    fs_err::remove_file(place.path("target")).expect("a link");
    let to = place.path("../harmless");
    let place = place.link("target", &to);
    place.build("../decoy/.ssh/id").ok().stderr_has(HELD);
    assert!(place.path("../harmless/aarch64-unknown-linux-gnu").exists());
    // The lock file is a symbolic link, which the host's cargo would have written through.
    let place = Place::new(engine);
    let to = place.path("../decoy/.ssh/authorized_keys");
    let place = place.link("Cargo.lock", &to);
    place
        .build("../decoy/.ssh/id")
        .code(101)
        .stderr_has(" asks for ");
    assert_eq!(text(&to), "");
    assert!(!to.exists());
}

fn a_file_that_leads_to_no_git_directory_shows_nothing(engine: &Engine) {
    let place = Place::new(engine);
    let line = format!("gitdir: {}\n", place.path("../harmless").display());
    let place = place.file(".git", &line);
    place.build("../harmless/id").ok().stderr_has(HELD);
    let place = place
        .file("../harmless/HEAD", "ref: refs/heads/main\n")
        .file("../harmless/objects/.keep", "");
    place.build("../harmless/id").ok().stderr_has(READ);
    // A directory that looks like a git directory and is out of bounds.
    let line = format!("gitdir: {}\n", place.path("../decoy/.ssh").display());
    let place = place
        .file(".git", &line)
        .file("../decoy/.ssh/HEAD", "x")
        .file("../decoy/.ssh/objects/.keep", "");
    place.build("../decoy/.ssh/id").ok().stderr_has(HELD);
}
