//! When the host's cargo asks a private registry, and when it is not needed.

use super::place::{ANSWER, Place};
use super::secrets::DEPENDENCY;
use super::server::Registry;
use crate::engine::Engine;
use crate::row::AARCH64;
use crate::run::{Run, text};

crate::tests![Docker:
    a_private_registry_without_its_token_is_cargos_error,
    a_private_registry_serves_a_second_project_from_the_cache,
    a_private_registry_is_not_asked_offline,
    a_private_crate_that_the_lock_file_lacks_is_fetched,
    a_private_crate_of_another_version_is_fetched,
    a_private_crate_for_the_host_alone_is_fetched,
    a_private_registry_stands_in_for_crates_io,
    a_private_registry_serves_what_is_packaged,
];

/// A project, and a registry with a token in cargo's home.
fn with_registry<'a>(engine: &'a Engine, dependencies: &str) -> (Place<'a>, Registry) {
    let place = Place::new(engine, dependencies);
    let registry = Registry::start(&place.secret, &place.planted);
    let token = format!("[registries.ours]\ntoken = \"{}\"\n", place.secret);
    let place = place
        .configure(&registry.config())
        .file("../home/credentials.toml", &token);
    (place, registry)
}

#[track_caller]
fn answers(run: Run) {
    run.ok().stdout(&format!("{ANSWER}\n"));
}

fn a_private_registry_without_its_token_is_cargos_error(engine: &Engine) {
    let (place, _registry) = with_registry(engine, DEPENDENCY);
    fs_err::remove_file(place.home().join("credentials.toml")).expect("a file");
    let cargo = place.cargo(&["build"]).code(101);
    let cross = place.cross(&["build"]).code(101).stdout("");
    assert_eq!(cross.stderr, cargo.stderr);
    // Cargo also fails if only the lock file shows that there is something to fetch.
    let lock = locked(&place);
    let place = place.file("Cargo.lock", &lock);
    let cross = place.cross(&["build"]).code(101).stdout("");
    cross.stderr_has("no token found for `ours`");
}

/// The lock file of a project with the dependency, which the host's cargo makes and the test then
/// removes.
fn locked(place: &Place<'_>) -> String {
    let token = place.secret.clone();
    let lock = place.cargo(&["generate-lockfile"]);
    lock.env("CARGO_REGISTRIES_OURS_TOKEN", &token).ok();
    let path = place.project.path("Cargo.lock");
    let lock = text(&path);
    assert!(lock.contains("name = \"part\""), "{lock}");
    fs_err::remove_file(path).expect("a file");
    lock
}

/// With a lock file, and without one, which the host's cargo then has to generate.
fn a_private_registry_serves_a_second_project_from_the_cache(engine: &Engine) {
    let (place, registry) = with_registry(engine, DEPENDENCY);
    answers(place.cross(&["run"]));
    let lock = text(place.project.path("Cargo.lock"));
    for (name, lock) in [("locked", Some(lock)), ("not-locked", None)] {
        let second = place.project.path(format!("../{name}"));
        fs_err::create_dir_all(second.join("src")).expect("a directory");
        for file in ["Cargo.toml", "src/main.rs"] {
            let from = place.project.path(file);
            fs_err::copy(from, second.join(file)).expect("a copy");
        }
        if let Some(lock) = &lock {
            fs_err::write(second.join("Cargo.lock"), lock).expect("a file");
        }
        let requests = registry.requests();
        answers(place.cross_in(&second, &["run"]));
        assert_eq!(registry.requests() == requests, lock.is_some(), "{name}");
    }
}

/// Offline builds work with the cache. Without it, cargo reports the error.
fn a_private_registry_is_not_asked_offline(engine: &Engine) {
    let (place, registry) = with_registry(engine, DEPENDENCY);
    answers(place.cross(&["run"]));
    let requests = registry.requests();
    for flag in ["--offline", "--frozen"] {
        fs_err::remove_dir_all(place.project.path("target")).expect("a directory");
        answers(place.cross(&["run", flag]));
    }
    let place = place.file(".cargo/config.toml", "[net]\noffline = true\n");
    fs_err::remove_dir_all(place.project.path("target")).expect("a directory");
    answers(place.cross(&["run"]));
    fs_err::remove_dir_all(place.home().join("registry")).expect("a directory");
    for args in [&["build"][..], &["build", "--offline"]] {
        let cargo = place.cargo(args).code(101);
        let cross = place.cross(args).code(101).stdout("");
        assert_eq!(cross.stderr, cargo.stderr);
    }
    assert_eq!(registry.requests(), requests);
}

/// Cargo in the container would have to ask the registry in order to update the lock file.
fn a_private_crate_that_the_lock_file_lacks_is_fetched(engine: &Engine) {
    let (place, _registry) = with_registry(engine, "");
    let place = place.file("src/main.rs", "fn main() {}\n");
    place.cross(&["run"]).ok();
    assert!(!text(place.project.path("Cargo.lock")).contains("part"));
    let main = super::place::MAIN;
    let mut place = place.file("src/main.rs", main);
    place.project = place.project.manifest(DEPENDENCY);
    answers(place.cross(&["run"]));
    // The lock file may have another crate of the registry already, when a member asks for a
    // further one.
    let member = "[package]\nname = \"member\"\nversion = \"0.1.0\"\nedition = \"2024\"\n";
    let workspace = format!("{DEPENDENCY}\n[workspace]\nmembers = [\"member\"]\n");
    let mut place = place
        .file("member/Cargo.toml", member)
        .file("member/src/main.rs", main);
    place.project = place.project.manifest(&workspace);
    answers(place.cross(&["run"]));
    let other =
        "[dependencies]\npart = { package = \"other\", version = \"1\", registry = \"ours\" }\n";
    let place = place.file("member/Cargo.toml", &format!("{member}{other}"));
    answers(place.cross(&["run", "--package", "member"]));
}

/// The lock file's version does not satisfy the manifest any more.
fn a_private_crate_of_another_version_is_fetched(engine: &Engine) {
    let (mut place, _registry) = with_registry(engine, DEPENDENCY);
    answers(place.cross(&["run"]));
    let newer = DEPENDENCY.replace("\"1\"", "\"2\"");
    place.project = place.project.manifest(&newer);
    answers(place.cross(&["run"]));
    let lock = text(place.project.path("Cargo.lock"));
    assert!(lock.contains("version = \"2.0.0\""), "{lock}");
}

/// Build scripts run on the host, and may need crates that no program for the target needs.
fn a_private_crate_for_the_host_alone_is_fetched(engine: &Engine) {
    let dependency = DEPENDENCY.replace(
        "[dependencies]",
        "[target.'cfg(target_arch = \"x86_64\")'.build-dependencies]",
    );
    let (place, _registry) = with_registry(engine, &dependency);
    let script = "fn main() {\n    println!(\"cargo::rustc-env=ANSWER={}\", part::answer());\n}\n";
    let main = "fn main() {\n    println!(\"{}\", env!(\"ANSWER\"));\n}\n";
    let place = place.file("build.rs", script).file("src/main.rs", main);
    answers(place.cross(&["run"]));
}

/// The lock file names crates.io, but a source replacement takes the crate from the registry.
fn a_private_registry_stands_in_for_crates_io(engine: &Engine) {
    let (place, registry) = with_registry(engine, "[dependencies]\npart = \"1\"\n");
    let place = place.file(
        ".cargo/config.toml",
        "[source.crates-io]\nreplace-with = \"ours\"\n",
    );
    answers(place.cross(&["run"]));
    let lock = text(place.project.path("Cargo.lock"));
    assert!(
        lock.contains("github.com/rust-lang/crates.io-index"),
        "{lock}"
    );
    let requests = registry.requests();
    answers(place.cross(&["run", "--release"]));
    assert_eq!(registry.requests(), requests, "for {}", AARCH64.triple);
}

/// `cargo package` makes its own lock file. It asks the registry for that, unless it runs offline.
fn a_private_registry_serves_what_is_packaged(engine: &Engine) {
    let (place, registry) = with_registry(engine, DEPENDENCY);
    place.cross(&["fetch"]).ok();
    let requests = registry.requests();
    place.cross(&["package", "--offline"]).ok();
    assert_eq!(registry.requests(), requests);
    let packed = place.project.path("target/package/demo-0.1.0.crate");
    assert!(packed.exists(), "no {}", packed.display());
}
