//! The environment of the container.

use pretty_assertions::assert_eq;

use super::*;

#[test]
fn a_plugin_learns_of_the_build_directory_and_the_target_by_variables() {
    let mut plugin = world("nextest run");
    plugin.tell_cargo = true;
    let line = plugin.line();
    assert!(
        line.contains("--env CARGO_BUILD_BUILD_DIR=/w/p/target/cross/[IMAGE]\n"),
        "{line}"
    );
    assert!(
        line.contains("--env CARGO_BUILD_TARGET=aarch64-unknown-linux-gnu\n"),
        "{line}"
    );
    assert!(
        line.ends_with("\n/opt/cross/front/toolchain-cargo\nnextest\nrun"),
        "{line}"
    );
}

#[test]
fn the_callers_environment_does_not_leak() {
    let mut world = world("build");
    for (name, value) in [
        ("SECRET", "s"),
        ("RUSTFLAGS", "-Cx"),
        ("CARGO_REGISTRY_TOKEN", "s"),
        ("CARGO_REGISTRIES_MINE_TOKEN", "s"),
        ("CARGO_REGISTRIES_MINE_INDEX", "i"),
        ("CARGO_TARGET_X_LINKER", "/opt/ld"),
        ("CARGO_BUILD_RUSTC_WRAPPER", "sccache"),
        ("RUSTC_WRAPPER", "sccache"),
        ("QEMU_STRACE", "1"),
        ("WANTED", "w"),
    ] {
        world.host.env.insert(name.into(), value.into());
    }
    world.config.passthrough = ["WANTED", "MODE=a b", "UNSET"]
        .map(|v| Setting::by_default(v.to_owned()))
        .into();
    let line = world.line();
    let env: Vec<&str> = line
        .lines()
        .filter_map(|l| l.strip_prefix("--env "))
        .take_while(|l| !l.starts_with("HOME="))
        .collect();
    assert_eq!(
        env,
        [
            "CARGO_REGISTRIES_MINE_INDEX",
            "QEMU_STRACE",
            "RUSTFLAGS",
            "WANTED",
            "MODE=a b"
        ]
    );
}

#[test]
fn a_value_that_is_no_text_is_left_out_or_refused() {
    use std::os::unix::ffi::OsStringExt;
    let mut world = world("build");
    let bad = std::ffi::OsString::from_vec(b"a\xff".to_vec());
    world.host.env.insert("RUSTFLAGS".into(), bad.clone());
    world.host.env.insert("FOO".into(), bad);
    let plan = world.plan();
    assert!(
        plan.notes.iter().any(|note| note.contains("`RUSTFLAGS`")),
        "{plan:?}"
    );
    world.config.passthrough = vec![Setting::by_default("FOO".to_owned())];
    let error = world.engine.run_command(&world.plan().run).unwrap_err();
    assert_eq!(
        error.message(),
        "the value of `FOO`, `a\u{fffd}` is not valid UTF-8, which `docker` cannot pass on"
    );
}

#[test]
fn an_image_of_the_users_keeps_its_path_and_its_own_build_directory() {
    let mut world = world("build");
    let json = r#"{"Id":"x","Config":{"Env":["PATH=/own/bin"]}}"#;
    let info: ImageInfo = serde_json::from_str(json).unwrap();
    world.image = Image::Custom {
        name: "my/image:1".to_owned(),
        info,
        identity: "0123456789abcdef".to_owned(),
    };
    let line = world.line();
    assert!(
        line.contains("stable-x/bin:/own/bin:/home/u/.cargo/bin"),
        "{line}"
    );
    assert_eq!(world.image.identity(), "0123456789abcdef");
}

#[test]
fn a_pattern_passes_what_it_matches_but_for_what_is_kept_back() {
    let mut world = world("build");
    for name in [
        "APP_ONE",
        "APP_TWO",
        "OTHER",
        "CARGO_REGISTRY_TOKEN",
        "DATA",
    ] {
        world.host.env.insert(name.into(), "/data".into());
    }
    let entries = |list: &[&str]| {
        list.iter()
            .map(|v| Setting::by_default((*v).to_owned()))
            .collect()
    };
    world.config.passthrough = entries(&["APP_*", "CARGO_*"]);
    world.config.volumes = entries(&["DATA", "CACHE=/var/cache/app", "UNSET"]);
    let line = world.line();
    let lines: Vec<&str> = line.lines().collect();
    for wanted in [
        "--env APP_ONE",
        "--env APP_TWO",
        "--env DATA",
        "--env CACHE=/var/cache/app",
        "--mount type=bind,source=/data,target=/data",
        "--mount type=bind,source=/var/cache/app,target=/var/cache/app",
    ] {
        assert!(lines.contains(&wanted), "{wanted} is not in {line}");
    }
    assert!(!line.contains("OTHER") && !line.contains("TOKEN") && !line.contains("UNSET"));
}

#[test]
fn the_runner_limits_programs_of_tests_and_others_have_no_limit() {
    const LINE: &str = "--env CROSS_TEST_TIMEOUT=60\n";
    let limited = |args| {
        let mut world = world(args);
        world.config.test_timeout = Some(Setting::by_default(60));
        world
    };
    assert!(limited("test").line().contains(LINE));
    for args in ["run", "bench", "build", "test --no-run", "nextest run"] {
        assert!(!limited(args).line().contains("TEST_TIMEOUT"), "{args}");
    }
    let mut none = limited("test");
    none.config.test_timeout = Some(Setting::by_default(0));
    assert!(!none.line().contains("TEST_TIMEOUT"));
    let wine = "x86_64-pc-windows-gnu";
    let mut foreign = limited("test");
    foreign.triple = wine;
    foreign.toolchain.std_for = vec![wine.to_owned()];
    if let Image::Provided { row, .. } = &mut foreign.image {
        *row = target::find(wine).unwrap();
    }
    let error = foreign.try_plan().unwrap_err();
    assert_eq!(
        error.message(),
        format!("the default cannot be kept to: the runner of `{wine}` knows no limit")
    );
    let hint = format!("set `test-timeout = 0` below `[target.{wine}]`");
    assert_eq!(error.hint_text(), Some(hint.as_str()));
}

#[test]
fn profiles_go_to_the_target_directory_where_nothing_else_says_where() {
    const LINE: &str = "--env LLVM_PROFILE_FILE=/w/p/target/default_%m_%p.profraw\n";
    let covered = |args| {
        let mut world = world(args);
        let flags = ("RUSTFLAGS".into(), "-C instrument-coverage".into());
        world.host.env.extend([flags]);
        world
    };
    assert!(covered("test").line().contains(LINE));
    assert!(covered("run").told()[0].contains("`/w/p/target/default_%m_%p.profraw`"));
    let mut empty = covered("test");
    empty
        .host
        .env
        .extend([("LLVM_PROFILE_FILE".into(), "".into())]);
    assert!(empty.line().contains(LINE));
    let silent = |world: World| {
        assert_eq!(world.told(), [""; 0]);
        assert!(!world.line().contains("profraw"));
    };
    silent(world("test"));
    silent(covered("build"));
    let mut writable = covered("test");
    writable.config.read_only = Setting::by_default(false);
    silent(writable);
    let mut elsewhere = covered("test");
    let place = ("LLVM_PROFILE_FILE".into(), "/w/p/target/%p".into());
    elsewhere.host.env.extend([place]);
    silent(elsewhere);
    let mut named = covered("test");
    named.config.passthrough = [Setting::by_default("LLVM_PROFILE_FILE=/x".to_owned())].into();
    silent(named);
}

#[test]
fn address_sanitizer_does_not_look_for_leaks_where_an_emulator_lacks_what_that_takes() {
    const LINE: &str = "--env ASAN_OPTIONS=detect_leaks=0\n";
    let looking = |target, flags: &str, args| {
        let mut world = world_of(target, args);
        let flags = ("RUSTFLAGS".into(), flags.into());
        world.host.env.extend([flags]);
        world
    };
    for flags in ["-Zsanitizer=address", "-Z sanitizer=thread,address"] {
        let world = looking(T, flags, "test");
        assert!(world.line().contains(LINE), "{flags}");
        assert!(world.told()[0].contains("`ASAN_OPTIONS` is `detect_leaks=0`"));
    }
    let silent = |world: World| {
        assert_eq!(world.told(), [""; 0]);
        assert!(!world.line().contains(LINE));
    };
    silent(looking(T, "-Zsanitizer=memory", "test"));
    silent(looking(T, "-Zsanitizer=address", "build"));
    silent(looking(
        "x86_64-unknown-linux-gnu",
        "-Zsanitizer=address",
        "run",
    ));
    let mut said = looking(T, "-Zsanitizer=address", "run");
    said.host
        .env
        .extend([("ASAN_OPTIONS".into(), "halt_on_error=0".into())]);
    silent(said);
}

#[test]
fn a_place_for_profiles_that_the_container_does_not_keep_is_told() {
    let told = |flags: &str, place: Option<&str>, args| {
        let mut world = world(args);
        let place = place.map(|place| ("LLVM_PROFILE_FILE".into(), place.into()));
        let flags = ("RUSTFLAGS".into(), flags.into());
        world.host.env.extend([flags].into_iter().chain(place));
        world.told()
    };
    let generate = |place: &str| told(&format!("-Cprofile-generate={place}"), None, "run");
    for place in ["/tmp/pgo", "./pgo", "/w/p/pgo"] {
        let line = format!(
            "Note profiles written to `{place}` are lost when the container ends: those in a directory below `/w/p/target` are kept"
        );
        assert_eq!(generate(place), [line], "{place}");
    }
    for place in ["/w/p/target/pgo", "target/pgo"] {
        assert_eq!(generate(place), [""; 0], "{place}");
    }
    let cover = |place| told("-Cinstrument-coverage", Some(place), "test");
    assert!(cover("/tmp/cov-%p.profraw")[0].contains("`/tmp/cov-%p.profraw`"));
    assert_eq!(cover("/w/p/target/%p/x-%m.profraw"), [""; 0]);
    // No flag makes profiles, or the command runs no programs.
    let place = Some("/tmp/%p.profraw");
    assert_eq!(told("-g", place, "test"), [""; 0]);
    assert_eq!(told("-Cprofile-generate=/tmp/pgo", None, "build"), [""; 0]);
}

#[test]
fn the_working_directory_is_told_as_a_shell_tells_it() {
    let mut world = world("build");
    assert!(!world.line().contains("--env PWD"));
    world.host.env.insert("PWD".into(), "/p/by/a/link".into());
    let line = world.line();
    let expected = format!("--env PWD={}\n", world.host.cwd.display());
    assert!(line.contains(&expected), "{line}");
}

/// cargo-deb strips the programs that it packs.
/// <https://github.com/kornelski/cargo-deb#cross-compilation>
#[test]
fn a_plugin_finds_the_targets_programs_unless_the_user_names_others() {
    let ours = format!("--env STRIP_{T}={T}-strip\n");
    let mut world = world("deb");
    let line = world.line();
    assert!(line.contains(&ours), "{line}");
    assert!(
        line.contains(&format!("--env OBJCOPY_{T}={T}-objcopy\n")),
        "{line}"
    );
    assert!(!super::world("bloat").line().contains("STRIP_"));
    world.config.passthrough = vec![Setting::by_default(format!("STRIP_{T}=/mine"))];
    let line = world.line();
    let last = line.rfind("--env STRIP_");
    assert!(
        last == line.find(&format!("--env STRIP_{T}=/mine\n")),
        "{line}"
    );
}
