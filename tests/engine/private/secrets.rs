//! A container never learns a registry's token, by whatever way cargo gets it.

use std::os::unix::fs::PermissionsExt;

use super::place::Place;
use super::server::Registry;
use crate::engine::Engine;

crate::tests![Engine:
    a_private_registry_with_its_token_in_a_variable;
    Distinct:
    a_private_registry_with_its_token_in_a_file,
    a_private_registry_with_a_credential_provider,
    a_private_registry_with_its_token_in_the_projects_configuration,
    a_private_registry_with_cargos_home_in_the_project,
];

pub(crate) const DEPENDENCY: &str =
    "[dependencies]\npart = { version = \"1\", registry = \"ours\" }\n";

fn a_private_registry_with_its_token_in_a_variable(engine: &Engine) {
    let place = Place::searched(engine, DEPENDENCY);
    let registry = Registry::start(&place.secret, &place.planted);
    let place = place.file(".cargo/config.toml", &registry.config());
    let token = place.secret.clone();
    place.search(|run| run.env("CARGO_REGISTRIES_OURS_TOKEN", &token));
    is_built_without(registry, &place);
}

fn a_private_registry_with_its_token_in_a_file(engine: &Engine) {
    let place = Place::searched(engine, DEPENDENCY);
    let registry = Registry::start(&place.secret, &place.planted);
    let token = format!("[registries.ours]\ntoken = \"{}\"\n", place.secret);
    let place = place
        .file(".cargo/config.toml", &registry.config())
        .file("../home/credentials.toml", &token);
    place.search(|run| run);
    is_built_without(registry, &place);
}

/// Cargo's configuration names a program that prints the token.
fn a_private_registry_with_a_credential_provider(engine: &Engine) {
    let place = Place::searched(engine, DEPENDENCY);
    let registry = Registry::start(&place.secret, &place.planted);
    let program = place.vault().join("token");
    let provider = format!(
        "credential-provider = [\"cargo:token-from-stdout\", \"{}\"]",
        program.display()
    );
    let script = format!("#!/bin/sh\necho {}\n", place.secret);
    let place = place
        .file(".cargo/config.toml", &registry.config_with(&provider))
        .file("../vault/token", &script);
    let mode = std::fs::Permissions::from_mode(0o755);
    fs_err::set_permissions(program, mode).expect("a file");
    place.search(|run| run);
    is_built_without(registry, &place);
}

/// Cargo takes a token from any configuration file.
fn a_private_registry_with_its_token_in_the_projects_configuration(engine: &Engine) {
    let place = Place::searched(engine, DEPENDENCY);
    let registry = Registry::start(&place.secret, &place.planted);
    let token = format!("token = \"{}\"", place.secret);
    let config = registry.config().replacen('\n', &format!("\n{token}\n"), 1);
    let place = place.file(".cargo/config.toml", &config);
    place.search(|run| run);
    is_built_without(registry, &place);
}

/// CI often keeps cargo's home in the project, as only the project's directory is cached.
fn a_private_registry_with_cargos_home_in_the_project(engine: &Engine) {
    let place = Place::searched(engine, DEPENDENCY).with_home(".cargo");
    let registry = Registry::start(&place.secret, &place.planted);
    let token = format!("[registries.ours]\ntoken = \"{}\"\n", place.secret);
    let place = place
        .configure(&registry.config())
        .file(".cargo/credentials.toml", &token);
    place.search(|run| run);
    is_built_without(registry, &place);
}

/// Crates in the cache are built without asking the registry, and after it is gone.
#[track_caller]
pub(crate) fn is_built_without(registry: Registry, place: &Place<'_>) {
    let requests = registry.requests();
    assert!(requests > 0, "nobody asked the registry");
    fs_err::remove_dir_all(place.project.path("target")).expect("a directory");
    place.cross(&["build"]).ok();
    assert_eq!(registry.requests(), requests);
    drop(registry);
    fs_err::remove_dir_all(place.project.path("target")).expect("a directory");
    place.cross(&["build"]).ok();
}
