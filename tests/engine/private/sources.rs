//! Sources that replace a registry.

use super::place::{ANSWER, Place};
use super::secrets::DEPENDENCY;
use super::server::{Registry, directory};
use crate::engine::Engine;
use crate::run::text;

crate::tests![Docker:
    a_private_crate_that_was_vendored_needs_no_registry,
    a_private_crate_in_a_directory_of_archives_needs_no_registry,
];

/// `cargo vendor` copies the crates into the project or beside it, and prints the configuration for
/// cargo.
fn a_private_crate_that_was_vendored_needs_no_registry(engine: &Engine) {
    let mut place = Place::new(engine, DEPENDENCY);
    let registry = Registry::start(&place.secret, &place.planted);
    let config = registry.config();
    place = place.file(".cargo/config.toml", &config);
    let mut configs = Vec::new();
    for directory in ["vendor", "../vendored elsewhere"] {
        let vendor = place.cargo(&["vendor", directory]);
        let said = vendor
            .env("CARGO_REGISTRIES_OURS_TOKEN", &place.secret)
            .ok();
        configs.push(format!("{config}\n{}", said.stdout));
    }
    let requests = registry.requests();
    for config in configs {
        for leftover in ["../home/registry", "target"] {
            // Cross creates the directories for cargo's caches again.
            let _ = fs_err::remove_dir_all(place.project.path(leftover));
        }
        place = place.file(".cargo/config.toml", &config);
        place
            .cross(&["run", "--locked"])
            .ok()
            .stdout(&format!("{ANSWER}\n"));
    }
    assert_eq!(registry.requests(), requests);
}

/// A local registry:
/// <https://doc.rust-lang.org/cargo/reference/source-replacement.html#local-registry-sources>
fn a_private_crate_in_a_directory_of_archives_needs_no_registry(engine: &Engine) {
    let mut place = Place::new(engine, "[dependencies]\npart = \"1\"\n");
    for (path, bytes) in directory(&place.planted) {
        let path = place.project.path("../archives").join(path);
        fs_err::create_dir_all(path.parent().expect("a directory")).expect("a directory");
        fs_err::write(path, bytes).expect("a file");
    }
    place = place.configure(
        "[source.crates-io]\nreplace-with = \"archives\"\n\
         [source.archives]\nlocal-registry = \"archives\"\n",
    );
    place.cross(&["run"]).ok().stdout(&format!("{ANSWER}\n"));
    assert!(text(place.project.path("Cargo.lock")).contains("name = \"part\""));
}
