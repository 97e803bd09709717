//! The user, rights and streams of a run, and the engine's whole command line.

use pretty_assertions::assert_eq;

use super::*;

#[test]
fn a_plain_build_is_the_container_contract() {
    assert_eq!(
        world("build --target aarch64-unknown-linux-gnu").line(),
        "run
--rm
--init
--userns host
--user 1000:100
--security-opt no-new-privileges
--cap-drop ALL
--pull=never
--network host
--mount type=bind,source=/w/p,target=/w/p,readonly
--mount type=bind,source=/w/p/Cargo.lock,target=/w/p/Cargo.lock
--mount type=bind,source=/w/p/target,target=/w/p/target
--mount type=bind,source=/cache/build/[TARGET]/[IMAGE]/debug,target=/w/p/target/debug
--mount type=bind,source=/w/p/target/release,target=/w/p/target/release,readonly
--mount type=bind,source=/w/p/target/aarch64-unknown-linux-gnu/debug/.fingerprint,\
target=/w/p/target/aarch64-unknown-linux-gnu/debug/.fingerprint,readonly
--mount type=bind,source=/w/p/target/.rustc_info.json,\
target=/w/p/target/.rustc_info.json,readonly
--mount type=bind,source=/home/u/.cargo/registry,target=/home/u/.cargo/registry,readonly
--mount type=bind,source=/home/u/.cargo/git,target=/home/u/.cargo/git,readonly
--mount type=bind,source=/home/u/.cargo/.package-cache,target=/home/u/.cargo/.package-cache
--mount type=bind,source=/home/u/.cargo/.package-cache-mutate,\
target=/home/u/.cargo/.package-cache-mutate
--mount type=bind,source=/home/u/.cargo/bin,target=/home/u/.cargo/bin,readonly
--mount type=bind,source=/home/u/.rustup/toolchains/stable-x,\
target=/home/u/.rustup/toolchains/stable-x,readonly
--mount type=bind,source=/cache/files/[DIGEST]-cargo,target=/opt/cross/front/cargo,readonly
--mount type=bind,source=/cache/files/[DIGEST]-rustup,target=/opt/cross/front/rustup,readonly
--mount type=bind,source=/cache/files/[DIGEST]-rustup,target=/opt/cross/front/rustc,readonly
--mount type=bind,source=/cache/files/[DIGEST]-rustup,target=/opt/cross/front/rustdoc,readonly
--mount type=bind,source=/cache/files/[DIGEST]-rustup,target=/opt/cross/front/rustfmt,readonly
--mount type=bind,source=/etc/pki/bundle.pem,target=/etc/ssl/certs/ca-certificates.crt,readonly
--mount type=bind,source=/cache/files/[DIGEST]-passwd,target=/etc/passwd,readonly
--mount type=bind,source=/cache/files/[DIGEST]-group,target=/etc/group,readonly
--tmpfs /dev/shm:exec,mode=1777
--tmpfs /home/cross:exec,mode=1777
--env HOME=/home/cross
--env USER=user
--env PATH=/opt/cross/front:/home/u/.rustup/toolchains/stable-x/bin:/opt/cross/bin:\
/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/home/u/.cargo/bin
--env RUSTUP_AUTO_INSTALL=0
--env RUSTUP_TOOLCHAIN=stable-x
--env RUSTUP_HOME=/home/u/.rustup
--env CARGO_HOME=/home/u/.cargo
--env SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt
--env CARGO_HTTP_CAINFO=/etc/ssl/certs/ca-certificates.crt
--env COMPILER_PATH=/home/u/.rustup/toolchains/stable-x/lib/rustlib/x86_64-unknown-linux-gnu/bin/gcc-ld
--workdir /w/p
localhost/cross/aarch64-unknown-linux-gnu:[VERSION]
/home/u/.rustup/toolchains/stable-x/bin/cargo
--config
build.build-dir=\"/w/p/target/cross/[IMAGE]\"
build
--target
aarch64-unknown-linux-gnu"
    );
}

/// The options that choose the user of the command.
fn who(world: &World) -> Vec<String> {
    let line = world.line();
    let lines = line.lines().map(str::to_owned);
    lines.filter(|l| l.starts_with("--user")).collect()
}

#[test]
fn files_belong_to_the_caller_with_every_engine() {
    let mut world = world("build");
    assert_eq!(who(&world), ["--userns host", "--user 1000:100"]);
    world.engine = Engine::example("docker", true);
    assert_eq!(who(&world), [""; 0]);
    assert!(!world.line().contains("/etc/passwd"));
    world.engine = Engine::example("podman", true);
    assert_eq!(who(&world), ["--userns keep-id", "--user 1000:100"]);
    world.engine = Engine::example("podman", false);
    assert_eq!(who(&world), ["--user 1000:100"]);
}

/// The options that take capabilities and limits away.
fn rights(world: &World) -> String {
    let line = world.line();
    let starts = ["--security-opt", "--cap", "--pids"];
    let lines = line.lines();
    let rows: Vec<&str> = lines
        .filter(|line| starts.iter().any(|start| line.starts_with(start)))
        .collect();
    rows.join("\n")
}

#[test]
fn a_container_has_the_rights_that_a_build_needs() {
    let none = "--security-opt no-new-privileges\n--cap-drop ALL";
    let some = format!(
        "{none}\n--cap-add CHOWN\n--cap-add DAC_OVERRIDE\n--cap-add FOWNER\n--cap-add KILL\n\
         --cap-add NET_BIND_SERVICE\n--cap-add SETGID\n--cap-add SETUID"
    );
    for (name, rootless, uid, expected) in [
        ("docker", false, 1000, none.to_owned()),
        ("docker", false, 0, some.clone()),
        // Root in a container of rootless docker is the caller.
        ("docker", true, 1000, some.clone()),
        ("podman", true, 1000, none.to_owned()),
        ("podman", false, 0, format!("{some}\n--pids-limit -1")),
    ] {
        let mut world = world("build");
        world.host.uid = uid;
        world.engine = Engine::example(name, rootless);
        assert_eq!(rights(&world), expected, "{name} {rootless} {uid}");
    }
}

/// Rootless podman without systemd refuses an option for the limit, so a file sets it.
#[test]
fn podman_of_somebody_who_is_not_root_is_told_by_a_file_to_set_no_limit() {
    let mut world = world("build");
    assert_eq!(world.plan().run.settings, None);
    world.engine = Engine::example("podman", true);
    let plan = world.plan();
    let (variable, file) = plan.run.settings.clone().unwrap();
    let text = "[containers]\npids_limit = 0\n".to_owned();
    assert!(plan.prepare.contains(&Step::Write(file.clone(), text)));
    let cmd = world.engine.run_command(&plan.run).unwrap();
    assert_eq!(variable, "CONTAINERS_CONF_OVERRIDE");
    assert_eq!(cmd.env, [(variable.into(), file.into())]);
    let theirs = "/home/u/mine.conf".into();
    world.host.env.insert(variable.into(), theirs);
    assert_eq!(world.plan().run.settings, None);
}

#[test]
fn files_have_the_callers_permissions() {
    let line = |umask, change: &dyn Fn(&mut World)| {
        let mut world = world("build");
        world.host.umask = umask;
        change(&mut world);
        world.line()
    };
    let docker = |_: &mut World| {};
    let podman = |world: &mut World| world.engine = Engine::example("podman", false);
    let elsewhere = |world: &mut World| world.image = custom("PATH=/own/bin");
    let derived = |world: &mut World| world.image = custom("X=/opt/cross/bin/cross-runner");
    let before =
        |words: &str| format!("\n{words}\n/home/u/.rustup/toolchains/stable-x/bin/cargo\n");
    for (umask, word) in [(0o002, "0002"), (0o077, "0077")] {
        let program = before(&format!("/opt/cross/bin/cross-umask\n{word}"));
        assert!(line(umask, &docker).contains(&program));
        assert!(line(umask, &derived).contains(&program));
        let shell = before(&format!("/bin/sh\n-c\numask {word} && exec \"$@\"\nsh"));
        assert!(line(umask, &elsewhere).contains(&shell));
        assert!(line(umask, &podman).contains(&format!("\n--umask\n{word}\n")));
    }
    for change in [&docker as &dyn Fn(&mut World), &podman, &elsewhere] {
        assert!(!line(0o022, change).contains("umask"));
    }
}

/// An image of the user's that sets a variable.
fn custom(variable: &str) -> Image {
    with_variables(&[variable])
}

/// An image of the user's that sets these variables.
fn with_variables(variables: &[&str]) -> Image {
    let info = serde_json::json!({ "Id": "x", "Config": { "Env": variables } });
    Image::Custom {
        name: "my/image:1".to_owned(),
        info: serde_json::from_value(info).unwrap(),
        identity: "0123456789abcdef".to_owned(),
    }
}

#[test]
fn the_machines_time_zone_is_shown_in_our_images() {
    let plain = world("build").line();
    assert!(!plain.contains("/etc/localtime") && !plain.contains("/etc/timezone"));
    let mut world = world("build");
    world.host.local_time = Some("/usr/share/zoneinfo/Asia/Tokyo".into());
    let line = world.line();
    for mount in [
        "--mount type=bind,source=/usr/share/zoneinfo/Asia/Tokyo,target=/etc/localtime,readonly\n",
        "--mount type=bind,source=/cache/files/[DIGEST]-timezone,target=/etc/timezone,readonly\n",
        "--mount type=bind,source=/usr/share/zoneinfo/Asia/Tokyo,target=/usr/share/zoneinfo/Asia/Tokyo,readonly\n",
        "--env TZ=Asia/Tokyo\n",
    ] {
        assert!(line.contains(mount), "{line}");
    }
    // The caller may name another.
    world.host.env.insert("TZ".into(), "Europe/Paris".into());
    let line = world.line();
    assert!(!line.contains("Tokyo,target=/usr") && !line.contains("TZ=Asia"));
    // So may the image.
    world.host.env.remove(std::ffi::OsStr::new("TZ"));
    let own = with_variables(&["PATH=/opt/cross/bin", "TZ=Etc/UTC"]);
    let image = std::mem::replace(&mut world.image, own);
    let line = world.line();
    assert!(
        line.contains("/etc/localtime") && !line.contains("TZ=Asia"),
        "{line}"
    );
    world.image = image;
    // The path does not tell the zone's name, so there is no `/etc/timezone`.
    world.host.local_time = Some("/etc/localtime".into());
    let line = world.line();
    assert!(line.contains("source=/etc/localtime,target=/etc/localtime,readonly"));
    assert!(!line.contains("timezone"));
    world.image = custom("PATH=/own/bin");
    assert!(!world.line().contains("/etc/localtime"));
}

#[test]
fn the_zone_that_the_caller_names_is_shown_in_our_images() {
    let mut world = world("build");
    let file = "/usr/share/zoneinfo/America/Los_Angeles";
    world.host.zone = Some(("US/Pacific".to_owned(), file.into()));
    let mount =
        format!("--mount type=bind,source={file},target=/usr/share/zoneinfo/US/Pacific,readonly\n");
    let line = world.line();
    assert!(line.contains(&mount), "{line}");
    world.image = custom("PATH=/own/bin");
    assert!(!world.line().contains("zoneinfo"));
}

#[test]
fn a_terminal_is_only_given_when_all_three_streams_lead_to_one() {
    let mut world = world("run");
    world.host.stdin_tty = true;
    world.host.stdout_tty = true;
    let run = world.plan().run;
    assert!(run.stdin && !run.tty);
    world.host.stderr_tty = true;
    assert!(world.plan().run.tty);
    world.args = "build";
    let run = world.plan().run;
    assert!(run.tty && !run.stdin);
}

#[test]
fn what_must_write_to_the_project_can() {
    for args in ["fix", "clippy --fix"] {
        let mut world = world(args);
        world.toolchain.components.push("clippy".to_owned());
        let line = world.line();
        assert!(line.contains("source=/w/p,target=/w/p\n"), "{line}");
        assert!(!line.contains("Cargo.lock"), "{line}");
    }
    let mut world = world("test");
    world.config.read_only = Setting::by_default(false);
    assert!(world.line().contains("source=/w/p,target=/w/p\n"));
}

#[test]
fn cargo_is_told_a_target_that_it_cannot_know_of() {
    let mut world = world("run --release -- --target x");
    world.tell_cargo = true;
    let command = world.plan().run.command;
    let tail = command[3..].join(" ".as_ref());
    assert_eq!(
        tail,
        "run --release --target aarch64-unknown-linux-gnu -- --target x"
    );
}

#[test]
fn the_callers_groups_count_with_root() {
    let mut world = world("build");
    world.host.groups = vec![100, 27];
    assert!(
        world.line().contains("--user 1000:100\n--group-add\n27\n"),
        "{}",
        world.line()
    );
    world.engine = Engine::example("podman", true);
    assert!(!world.line().contains("group-add"));
}

#[test]
fn what_is_not_utf8_is_refused() {
    use std::os::unix::ffi::OsStringExt;
    let mut world = world("build");
    let bad = std::ffi::OsString::from_vec(b"/w/\xff".to_vec());
    world.workspace.root = bad.into();
    let error = world.engine.run_command(&world.plan().run).unwrap_err();
    assert_eq!(
        error.message(),
        "the path `/w/\u{fffd}` is not valid UTF-8, which `docker` cannot pass on"
    );
}
