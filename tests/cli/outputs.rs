//! Places that a build may write to: the lock file, the target directory, and sometimes the
//! project.

use crate::fixture::{AARCH64, Fixture, X86_64};

const LOCK_MOUNT: &str =
    "- --mount type=bind,source=[PROJECT]/Cargo.lock,target=[PROJECT]/Cargo.lock";

#[test]
fn the_target_directory_can_be_elsewhere() {
    let fixture = Fixture::new();
    // podman, because the fixture's docker looks rootless to a user other than root, and then has
    // no `passwd` and `group`.
    let build = || fixture.build().env("CROSS_CONTAINER_ENGINE", "podman");
    let plain = build().run().line().text();
    let elsewhere = build().arg("--target-dir=../out").run().line().text();
    let expected = plain.replace("[PROJECT]/target", "[ROOT]/out") + " --target-dir=../out";
    assert_eq!(elsewhere, expected);
    assert!(
        fixture
            .read("out/CACHEDIR.TAG")
            .starts_with("Signature: 8a477f597d28d172")
    );
}

#[test]
fn the_target_directory_of_the_variable_is_mounted_and_told() {
    let fixture = Fixture::new();
    let line = fixture
        .build()
        .env("CARGO_TARGET_DIR", "../out")
        .run()
        .line();
    line.has("--mount type=bind,source=[ROOT]/out,target=[ROOT]/out")
        .has("--env CARGO_TARGET_DIR")
        .lacks("[PROJECT]/target");
}

#[test]
fn the_target_directory_of_cargos_configuration_is_mounted() {
    let fixture = Fixture::new();
    fixture.write(
        "home/.cargo/config.toml",
        "build.target-dir = '/tmp/cross-test-target'\n",
    );
    let line = fixture
        .build()
        .env("CARGO_TARGET_DIR", fixture.root.join("t"))
        .run()
        .line();
    line.has("--mount type=bind,source=[ROOT]/t,target=[ROOT]/t")
        .lacks("[PROJECT]/target");
    let config = format!("build.target-dir = '{}/u'\n", fixture.root.display());
    fixture.write("home/.cargo/config.toml", &config);
    let line = fixture.build().run().line();
    line.has("--mount type=bind,source=[ROOT]/u,target=[ROOT]/u")
        .lacks("[PROJECT]/target");
}

#[test]
fn a_new_target_directory_is_tagged_and_an_old_one_left_alone() {
    let fixture = Fixture::new();
    fixture.build().run().success();
    assert!(fixture.has("project/target/CACHEDIR.TAG"));
    fixture.remove("project/target/CACHEDIR.TAG");
    fixture.build().run().success();
    assert!(!fixture.has("project/target/CACHEDIR.TAG"));
}

#[test]
fn the_tag_is_a_file_as_the_caller_makes_them() {
    use std::os::unix::fs::PermissionsExt as _;
    for (umask, mode) in [("002", 0o664), ("022", 0o644), ("077", 0o600)] {
        let fixture = Fixture::new();
        let program = env!("CARGO_BIN_EXE_cross");
        let script = format!("umask {umask} && exec {program} build --target {AARCH64}");
        fixture.shell(&script).run().success();
        let tag = fixture.project.join("target/CACHEDIR.TAG");
        let permissions = std::fs::metadata(tag).unwrap().permissions();
        assert_eq!(permissions.mode() & 0o777, mode, "{umask}");
    }
}

#[test]
fn an_artifact_directory_is_mounted() {
    let fixture = Fixture::new();
    let ran = fixture
        .build()
        .arg("--artifact-dir=../dist")
        .arg("-Zunstable-options")
        .env("RUSTC_BOOTSTRAP", "1")
        .run();
    ran.line()
        .has("--mount type=bind,source=[ROOT]/dist,target=[ROOT]/dist");
}

#[test]
fn an_artifact_directory_that_cargo_refuses_is_not_created() {
    let fixture = Fixture::new();
    fixture.toolchain("nightly", &[AARCH64]);
    for (words, there) in [
        ("build", false),
        // Cargo requires a nightly for this option, too.
        ("build -Z unstable-options", false),
        ("+nightly build", false),
        ("+nightly build -Z unstable-options", true),
    ] {
        let words = format!("{words} --target {AARCH64} --artifact-dir=dist");
        fixture.cross(&words).run().success();
        assert_eq!(fixture.has("project/dist"), there, "{words}");
    }
}

#[test]
fn an_artifact_directory_counts_from_where_cargo_works() {
    let fixture = Fixture::new();
    fixture.krate("other", "other", "");
    fixture.lock("other", "other");
    let args = "-Zunstable-options -C ../other build --artifact-dir dist";
    let cross = fixture.cross(args).env("RUSTC_BOOTSTRAP", "1");
    let line = cross.run().line();
    line.has("--mount type=bind,source=[ROOT]/other/dist,target=[ROOT]/other/dist");
}

/// Makes cargo's metadata lack the build directory, as before cargo 1.91.
fn with_an_old_cargo() -> Fixture {
    let fixture = Fixture::new();
    let mut metadata: serde_json::Value =
        serde_json::from_str(&fixture.metadata()).expect("cargo speaks JSON");
    if let Some(map) = metadata.as_object_mut() {
        map.remove("build_directory");
    }
    fixture.write("metadata.json", &metadata.to_string());
    fixture
}

#[test]
fn an_old_cargo_gets_a_directory_of_its_own_for_build_scripts() {
    for (option, profile, other) in [
        ("", "debug", "release"),
        (" --release", "release", "debug"),
        (" --profile=x", "x", "release"),
    ] {
        let fixture = with_an_old_cargo();
        let build = format!("build --target {AARCH64}{option}");
        let line = fixture.cross(&build).run().line();
        let target = "target=[PROJECT]/target";
        let own = "source=[CACHE]/build/[TARGET]/[RECIPE]";
        let hosts = format!("source=[PROJECT]/target/{other}");
        line.has(&format!(
            "--mount type=bind,{own}/{profile},{target}/{profile}"
        ))
        .has(&format!(
            "--mount type=bind,{hosts},{target}/{other},readonly"
        ))
        // The container's cargo writes these files itself, so they are not mounted.
        .lacks(".fingerprint")
        .lacks(".rustc_info.json");
        assert_eq!(line.command(), format!("cargo {build}"));
    }
}

/// What the directory in its place says is up to date was removed with it.
#[test]
fn what_covers_a_removed_directory_is_emptied() {
    let fixture = Fixture::new();
    let run = || fixture.cross(&format!("run --target {AARCH64}")).run();
    let line = run().line();
    let place = format!(",target=[PROJECT]/target/{AARCH64}/release/.fingerprint");
    let text = line.text();
    let row = text.lines().find(|row| row.contains(&place));
    let source = row.and_then(|row| row.split(',').nth(1)?.strip_prefix("source="));
    assert!(source.is_some_and(|source| source.starts_with("[CACHE]/build/")));
    let builds = fixture.root.join("home/.cache/cross/build");
    let name = format!("{AARCH64}+release+.fingerprint");
    let own = walkdir::WalkDir::new(&builds).into_iter().flatten();
    let own = own.map(|entry| entry.path().to_owned());
    let own = own
        .into_iter()
        .find(|path| path.ends_with(&name))
        .expect("it covers");
    fs_err::write(own.join("app-1"), "").expect("a file");
    run();
    assert!(own.join("app-1").exists());
    fixture.remove(&format!("project/target/{AARCH64}/release"));
    run();
    assert!(own.exists() && !own.join("app-1").exists());
}

/// The public cross writes a lock file although `--locked` is given.
#[test]
fn a_locked_build_mounts_no_lock_file_and_makes_none() {
    for flag in ["--locked", "--frozen"] {
        let fixture = Fixture::new();
        let plain = fixture.build().run().line();
        let line = fixture.build().arg(flag).run().line();
        let command = |flag| {
            format!(
                "cargo --config build.build-dir=\"[PROJECT]/target/cross/[RECIPE]\" \
                 build --target {AARCH64}{flag}"
            )
        };
        let (old, new) = (command(""), command(&format!(" {flag}")));
        line.differs(&plain, &format!("{LOCK_MOUNT}\n- {old}\n+ {new}"));
        fixture.remove("project/Cargo.lock");
        fixture.build().arg(flag).run().called(&[
            "rustc",
            "cargo metadata",
            "docker image inspect",
            "docker run",
        ]);
        assert!(!fixture.has("project/Cargo.lock"));
    }
}

#[test]
fn a_missing_lock_file_is_made_by_cargo_before_the_container_starts() {
    let fixture = Fixture::new();
    let plain = fixture.build().run().line();
    fixture.remove("project/Cargo.lock");
    let ran = fixture.build().arg("-q").run();
    assert_eq!(
        ran.calls_of("cargo generate-lockfile"),
        ["cargo generate-lockfile --quiet"]
    );
    assert!(
        fixture
            .read("project/Cargo.lock")
            .contains("name = \"hello\"")
    );
    let command = "cargo --config build.build-dir=\"[PROJECT]/target/cross/[RECIPE]\" build";
    let with = format!("- {command} --target {AARCH64}\n+ {command} --target {AARCH64} -q");
    ran.line().differs(&plain, &with);
}

#[test]
fn the_lock_file_is_made_as_the_build_would_make_it() {
    let fixture = Fixture::new();
    fixture.toolchain("nightly", &[X86_64]);
    fixture.remove("project/Cargo.lock");
    let ran = fixture
        .cross("+nightly --config net.retry=1 build --offline")
        .run();
    assert_eq!(
        ran.calls_of("cargo generate-lockfile"),
        ["cargo +nightly --config net.retry=1 generate-lockfile --offline"]
    );
}

#[test]
fn what_must_write_to_the_project_can() {
    let fixture = Fixture::new();
    let writable = "--mount type=bind,source=[PROJECT],target=[PROJECT]";
    let fixes = [
        "fix --allow-dirty",
        "clippy --fix --allow-dirty",
        "insta test",
    ];
    for command in fixes {
        let line = fixture
            .cross(command)
            .arg("--target")
            .arg(AARCH64)
            .run()
            .line();
        line.has(writable).lacks("[PROJECT]/Cargo.lock");
    }
    fixture
        .cross("clippy")
        .run()
        .line()
        .has(&format!("{writable},readonly"));
}

#[test]
fn the_configuration_can_make_the_project_writable() {
    let fixture = Fixture::new();
    let plain = fixture.build().run().line();
    fixture.file("Cross.toml", "[build]\nread-only = false\n");
    let project = "--mount type=bind,source=[PROJECT],target=[PROJECT]";
    // Empty directories take the places of the others for the time of the run.
    let settings = [
        "Cross.toml",
        ".cargo",
        ".git",
        "rust-toolchain",
        "rust-toolchain.toml",
    ];
    let settings = settings.map(|name| {
        format!("+ --mount type=bind,source=[PROJECT]/{name},target=[PROJECT]/{name},readonly")
    });
    let settings = settings.join("\n");
    let expected = format!("- {project},readonly\n{LOCK_MOUNT}\n+ {project}\n{settings}");
    fixture.build().run().line().differs(&plain, &expected);
    for name in [".cargo", ".git", "rust-toolchain", "rust-toolchain.toml"] {
        assert!(!fixture.project.join(name).exists(), "{name} is left");
    }
}

/// On machines for CI it is often in the project, and engines and later runs obey what is in it.
#[test]
fn files_of_crosss_own_in_a_writable_project_stay_read_only() {
    let fixture = Fixture::new();
    let build = || {
        let cache = fixture.project.join(".cache");
        fixture.build().env("XDG_CACHE_HOME", cache)
    };
    let guard =
        "--mount type=bind,source=[PROJECT]/.cache/cross,target=[PROJECT]/.cache/cross,readonly";
    let pin = "--mount type=bind,source=[PROJECT]/.cache,target=[PROJECT]/.cache";
    let line = build().env("CROSS_BUILD_READ_ONLY", "false").run().line();
    line.has(guard);
    line.has(pin);
    let line = build().run().line();
    assert!(!line.text().contains(guard), "{}", line.text());
}

#[test]
fn a_variable_can_make_the_project_writable() {
    let fixture = Fixture::new();
    for (value, ending) in [("true", ",readonly"), ("false", "")] {
        let line = fixture
            .build()
            .env("CROSS_BUILD_READ_ONLY", value)
            .run()
            .line();
        line.has(&format!(
            "--mount type=bind,source=[PROJECT],target=[PROJECT]{ending}"
        ));
    }
}
