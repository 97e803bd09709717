//! Secrets outside of cargo's usual files. A build script searches the whole container for a secret
//! word that it is not told, and must find a second word that was planted for it.

use std::os::unix::fs::symlink;

use crate::engine::Engine;
use crate::private::place::Place;
use crate::private::secrets::{DEPENDENCY, is_built_without};
use crate::private::server::Registry;

crate::tests![Distinct:
    secrets_under_other_names_stay_on_the_host,
    cargos_home_behind_a_link_hides_its_credentials,
];

fn secrets_under_other_names_stay_on_the_host(engine: &Engine) {
    let place = Place::searched(engine, DEPENDENCY);
    let registry = Registry::start(&place.secret, &place.planted);
    let secret = place.secret.clone();
    let token = format!("[registries.ours]\ntoken = \"{secret}\"\n");
    let variables =
        format!("[env]\nGITHUB_TOKEN = \"{secret}\"\nAPI_KEY = {{ value = \"{secret}\" }}\n");
    let place = place
        .configure(&variables)
        .file("../home/credentials.toml", &token)
        .file(".cargo/config.toml", &registry.config())
        .file(".cargo/credentials.toml", &token)
        .file(
            "Cross.toml",
            "[build.env]\npassthrough = [\"PLANTED\", \"APP_*\", \"SSH*\"]\n",
        );
    place.search(|run| {
        run.env("HTTPS_PROXY", format!("http://me:{secret}@127.0.0.1:9"))
            .env("APP_TOKEN", &secret)
            .env(
                "APP_DATABASE",
                format!("postgres://me:{secret}@127.0.0.1/x"),
            )
            .env("SSH_AUTH_SOCK", format!("/{secret}"))
    });
    is_built_without(registry, &place);
}

fn cargos_home_behind_a_link_hides_its_credentials(engine: &Engine) {
    let place = Place::searched(engine, DEPENDENCY);
    let registry = Registry::start(&place.secret, &place.planted);
    let token = format!("[registries.ours]\ntoken = \"{}\"\n", place.secret);
    let place = place
        .file(".cargo/config.toml", &registry.config())
        .file("kept/home/credentials.toml", &token);
    symlink(
        place.project.path("kept/home"),
        place.project.path("../behind"),
    )
    .expect("the name is free");
    let place = place.with_home("../behind");
    place.search(|run| run);
    is_built_without(registry, &place);
}
