//! Secrets outside cargo's usual files and variables.

use std::os::unix::fs::symlink;

use crate::fixture::Fixture;

const SECRET: &str = "s3cr3t";

#[test]
fn a_proxy_is_passed_without_its_password() {
    let fixture = Fixture::new();
    let plain = fixture.build().run().line();
    let with_proxy = || {
        let cross = fixture
            .build()
            .env("HTTPS_PROXY", "http://me:s3cr3t@proxy:3128");
        cross.env("http_proxy", "http://proxy:3128")
    };
    let ran = with_proxy().run();
    ran.line().differs(
        &plain,
        "+ --env HTTPS_PROXY=http://proxy:3128\n+ --env http_proxy",
    );
    let warning =
        "warning: the container gets `HTTPS_PROXY` without the password: `passthrough` can name it";
    ran.says_exactly(warning);
    with_proxy().run().says_exactly("");
    let named = with_proxy()
        .env("CROSS_BUILD_ENV_PASSTHROUGH", "HTTPS_PROXY")
        .run();
    named
        .line()
        .differs(&plain, "+ --env http_proxy\n+ --env HTTPS_PROXY");
}

#[test]
fn a_pattern_passes_no_secret_and_a_name_does() {
    let fixture = Fixture::new();
    let plain = fixture.build().run().line();
    let build = || {
        let mut cross = fixture.build();
        for (name, value) in [
            ("AWS_SECRET_ACCESS_KEY", SECRET),
            ("APP_MODE", "fast"),
            ("APP_TOKEN", SECRET),
            ("APP_DATABASE", "postgres://me:s3cr3t@db/x"),
            ("SSH_AUTH_SOCK", "/run/user/1000/ssh"),
        ] {
            cross = cross.env(name, value);
        }
        cross
    };
    fixture.file("Cross.toml", "[build.env]\npassthrough = ['A*', 'SSH*']\n");
    let ran = build().run();
    ran.line().differs(&plain, "+ --env APP_MODE");
    ran.says("warning: `A*` of `build.env.passthrough` in `[PROJECT]/Cross.toml` does not stand for `APP_DATABASE`, `APP_TOKEN`, `AWS_SECRET_ACCESS_KEY`")
        .says("warning: `SSH*` of `build.env.passthrough` in `[PROJECT]/Cross.toml` does not stand for `SSH_AUTH_SOCK`");
    fixture.file(
        "Cross.toml",
        "[build.env]\npassthrough = ['A*', 'APP_TOKEN']\n",
    );
    let ran = build().run();
    ran.line()
        .differs(&plain, "+ --env APP_MODE\n+ --env APP_TOKEN");
    // The project asks for the secret, so a message names it.
    ran.says("     Passing `APP_TOKEN` (`build.env.passthrough` in `[PROJECT]/Cross.toml`)");
}

#[test]
fn secrets_of_cargos_configuration_stay_or_are_named() {
    let fixture = Fixture::new();
    fixture.write(
        "home/.cargo/config.toml",
        "http.proxy = 'http://me:s3cr3t@proxy:3128'\nnet.retry = 3\n\
         [env]\nGITHUB_TOKEN = 's3cr3t'\nAPI_KEY = { value = 's3cr3t', force = true }\nLEVEL = '9'\n",
    );
    let ran = fixture.build().run();
    ran.line().has("--mount type=bind,source=[CACHE]/files/cargo-config.toml,target=[CARGO_HOME]/config.toml,readonly");
    let seen = fixture.generated("cargo-config.toml");
    assert!(!seen.contains(SECRET) && !seen.contains("proxy"), "{seen}");
    assert!(seen.contains("LEVEL") && seen.contains("retry"), "{seen}");
    ran.says_exactly(
        "warning: the container gets no `env.API_KEY` in `[CARGO_HOME]/config.toml`, `env.GITHUB_TOKEN` in \
         `[CARGO_HOME]/config.toml`: `passthrough` can name such variables",
    );
    // Cargo identifies the registry by its address, so the address keeps its password and a warning
    // names it.
    fixture.remove("home/.cache/cross/files");
    let config = "registries.ours.index = 'sparse+https://me:s3cr3t@example.org/'\n\
                  env.API_KEY = 's3cr3t'\nenv.DATABASE_URL = 'postgres://me:s3cr3t@db/x'\n";
    fixture.write("home/.cargo/config.toml", config);
    let ran = fixture
        .build()
        .env("CROSS_BUILD_ENV_PASSTHROUGH", "API_KEY")
        .run();
    ran.says_exactly(
        "warning: the container can read the password in `registries.ours.index` in `[CARGO_HOME]/config.toml`, \
         `env.DATABASE_URL` in `[CARGO_HOME]/config.toml`",
    );
    let mount = "--mount type=bind,source=[CARGO_HOME]/config.toml,target=[CARGO_HOME]/config.toml,readonly";
    ran.line().has(mount);
}

#[test]
fn credentials_and_configuration_anywhere_in_the_project_are_covered() {
    let fixture = Fixture::new();
    fixture.krate(
        "project",
        "hello",
        "[workspace]\nmembers = ['a/b/member']\n",
    );
    fixture.krate("project/a/b/member", "member", "");
    let plain = fixture.build().run().line();
    let token = "registry.token = 's3cr3t'\n";
    fixture.file(".cargo/credentials.toml", token);
    fixture.file("a/.cargo/config.toml", token);
    fixture.file("a/b/.cargo/credentials", token);
    fixture.file("tools/deploy/.cargo/credentials.toml", token);
    fixture.build().run().line().differs(
        &plain,
        "
        + --mount type=bind,source=[CACHE]/files/empty,target=[PROJECT]/.cargo/credentials.toml,readonly
        + --mount type=bind,source=[CACHE]/files/cargo-config.toml,target=[PROJECT]/a/.cargo/config.toml,readonly
        + --mount type=bind,source=[CACHE]/files/empty,target=[PROJECT]/a/b/.cargo/credentials,readonly
        + --mount type=bind,source=[CACHE]/files/empty,target=[PROJECT]/tools/deploy/.cargo/credentials.toml,readonly
        ",
    );
}

#[test]
fn a_home_of_cargos_behind_a_link_is_covered_where_it_is() {
    let fixture = Fixture::new();
    for (link, home, real) in [
        ("ch", "ch", "project/cfg/ch"),
        ("parent", "parent/ch", "project/deep/ch"),
    ] {
        fixture.write(
            &format!("{real}/credentials.toml"),
            "registry.token = 's3cr3t'\n",
        );
        fixture.write(
            &format!("{real}/config.toml"),
            "registry.token = 's3cr3t'\nnet.retry = 3\n",
        );
        let to = if link == home { real } else { "project/deep" };
        symlink(fixture.root.join(to), fixture.root.join(link)).expect("the name is free");
        let ran = fixture
            .build()
            .env("CARGO_HOME", fixture.root.join(home))
            .run();
        ran.line()
            .has(&format!("--mount type=bind,source=[CACHE]/files/empty,target=[ROOT]/{real}/credentials.toml,readonly").replace("[ROOT]/project", "[PROJECT]"))
            .has(&format!("--mount type=bind,source=[CACHE]/files/cargo-config.toml,target=[ROOT]/{real}/config.toml,readonly").replace("[ROOT]/project", "[PROJECT]"));
    }
}

#[test]
fn the_hosts_cargo_is_started_without_the_projects_rustc_and_wrappers() {
    let fixture = Fixture::new();
    let write = |name: &str| {
        let log = fixture.root.join("ran-on-the-host");
        fixture.program(
            name,
            &format!("#!/bin/sh\necho \"$0\" >>'{}'\n", log.display()),
        );
        fixture.root.join("bin").join(name).display().to_string()
    };
    let [wrapper, rustc] = ["wrapper", "evil-rustc"].map(write);
    fixture.file(
        ".cargo/config.toml",
        &format!("build = {{ rustc-wrapper = '{wrapper}', rustc-workspace-wrapper = '{wrapper}', rustc = '{rustc}' }}\n"),
    );
    let dependency = "[[package]]\nname = 'x'\nversion = '1.0.0'\nsource = 'registry+https://example.org/index'\n";
    let lock = fixture.read("project/Cargo.lock") + dependency;
    fixture.file("Cargo.lock", &lock);
    let ran = fixture.build().arg("-v").run();
    let sysroot = "[SYSROOT]/bin/rustc";
    ran.says(&format!(
        "RUSTC_WRAPPER='' RUSTC_WORKSPACE_WRAPPER='' RUSTC={sysroot} cargo fetch"
    ));
    // The user's own `cargo fetch` runs with the user's settings.
    let fetch = fixture.cross("fetch").run();
    fetch.success().called(&["cargo fetch"]);
    assert!(!fixture.has("ran-on-the-host"), "{ran}");
}
