//! Situations and what follows from them.

use std::collections::BTreeSet;
use std::path::Path;

use pretty_assertions::assert_eq;

use super::{CargoHome, Image, Plan, Situation, Step, Target};
use crate::cargo_config::CargoConfig;
use crate::cli;
use crate::config::file::Network;
use crate::config::{Setting, TargetConfig};
use crate::engine::images::ImageInfo;
use crate::engine::{Engine, Kind};
use crate::error::Error;
use crate::host::Host;
use crate::target::{self, ROWS};
use crate::toolchain::Toolchain;
use crate::workspace::Workspace;

const T: &str = "aarch64-unknown-linux-gnu";

/// A plain situation, to be changed by a test.
struct World {
    args: &'static str,
    host: Host,
    config: TargetConfig,
    toolchain: Toolchain,
    workspace: Workspace,
    engine: Engine,
    image: Image,
    tell_cargo: bool,
    cargo_home: CargoHome,
}

fn world(args: &'static str) -> World {
    World {
        args,
        host: Host {
            cwd: "/w/p".into(),
            uid: 1000,
            gid: 100,
            cargo_home: "/home/u/.cargo".into(),
            cache: "/cache".into(),
            ..Host::default()
        },
        config: TargetConfig {
            image: None,
            runner: None,
            network: Setting::by_default(Network::Host),
            read_only: Setting::by_default(true),
            passthrough: Vec::new(),
        },
        toolchain: Toolchain {
            sysroot: "/home/u/.rustup/toolchains/stable-x".into(),
            host: "x86_64-unknown-linux-gnu".to_owned(),
            rustup_name: Some("stable-x".to_owned()),
            cargo_from: None,
            std_for: vec![T.to_owned()],
            has_src: false,
            components: Vec::new(),
        },
        workspace: Workspace {
            root: "/w/p".into(),
            target_dir: "/w/p/target".into(),
            build_dir: Some("/w/p/target".into()),
            outside: BTreeSet::new(),
            packages: vec!["/w/p".into()],
            programs: vec!["tool".into(), "examples/demo".into()],
            lockfile: "/w/p/Cargo.lock".into(),
            has_lockfile: true,
        },
        engine: Engine {
            kind: Kind::Docker,
            program: "docker".into(),
            rootless: false,
            reason: String::new(),
            is_second_choice: false,
        },
        image: Image::Provided {
            row: target::find(T).unwrap(),
            current: true,
        },
        tell_cargo: false,
        cargo_home: CargoHome {
            writable: true,
            entries: vec!["bin".to_owned()],
        },
    }
}

impl World {
    fn try_plan(&self) -> Result<Plan, Error> {
        let words = self.args.split_whitespace().map(Into::into);
        let invocation = cli::parse(words)?.resolve(|_| None)?;
        let config = CargoConfig::default();
        let target = Target {
            triple: T.to_owned(),
            named: true,
            tell_cargo: self.tell_cargo,
        };
        let situation = Situation {
            invocation: &invocation,
            subcommand: invocation.row().unwrap(),
            host: &self.host,
            config: &self.config,
            cargo_config: &config,
            toolchain: &self.toolchain,
            workspace: &self.workspace,
            engine: &self.engine,
            target: &target,
            image: &self.image,
            cargo_home: &self.cargo_home,
            hidden: &[],
            ca_bundle: Some(Path::new("/etc/pki/bundle.pem")),
        };
        situation.plan()
    }

    fn plan(&self) -> Plan {
        self.try_plan().unwrap()
    }

    /// The engine's command line, one option a line.
    fn line(&self) -> String {
        let cmd = self.plan().run.command(&self.engine).unwrap();
        let mut text = String::new();
        let mut previous = String::new();
        for arg in &cmd.args {
            let arg = arg.to_string_lossy().into_owned();
            let joined = matches!(
                previous.as_str(),
                "--mount" | "--env" | "--tmpfs" | "--workdir" | "--user" | "--userns" | "--network"
            );
            text.push_str(if joined { " " } else { "\n" });
            text.push_str(&arg);
            previous = arg;
        }
        let words: Vec<&str> = text.split("files/").collect();
        let text = words.iter().enumerate().map(|(i, word)| match i {
            0 => (*word).to_owned(),
            _ => format!("files/[DIGEST]{}", &word[16..]),
        });
        let text: String = text.collect();
        text.replace(&self.image.identity(), "[IMAGE]")
            .replace(env!("CARGO_PKG_VERSION"), "[VERSION]")
            .trim_start()
            .to_owned()
    }
}

#[test]
fn a_plain_build_is_the_container_contract() {
    assert_eq!(
        world("build --target aarch64-unknown-linux-gnu").line(),
        "run
--rm
--init
--userns host
--user 1000:100
--pull=never
--network host
--mount type=bind,source=/w/p,target=/w/p,readonly
--mount type=bind,source=/w/p/Cargo.lock,target=/w/p/Cargo.lock
--mount type=bind,source=/w/p/target,target=/w/p/target
--mount type=bind,source=/home/u/.cargo/registry,target=/home/u/.cargo/registry
--mount type=bind,source=/home/u/.cargo/git,target=/home/u/.cargo/git
--mount type=bind,source=/home/u/.cargo/.package-cache,target=/home/u/.cargo/.package-cache
--mount type=bind,source=/home/u/.cargo/.package-cache-mutate,\
target=/home/u/.cargo/.package-cache-mutate
--mount type=bind,source=/home/u/.cargo/bin,target=/home/u/.cargo/bin,readonly
--mount type=bind,source=/home/u/.rustup/toolchains/stable-x,\
target=/home/u/.rustup/toolchains/stable-x,readonly
--mount type=bind,source=/etc/pki/bundle.pem,target=/etc/ssl/certs/ca-certificates.crt,readonly
--mount type=bind,source=/cache/files/[DIGEST]-passwd,target=/etc/passwd,readonly
--mount type=bind,source=/cache/files/[DIGEST]-group,target=/etc/group,readonly
--tmpfs /home/cross:exec,mode=1777
--env HOME=/home/cross
--env USER=user
--env PATH=/home/u/.rustup/toolchains/stable-x/bin:/opt/cross/bin:/usr/local/sbin:\
/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/home/u/.cargo/bin
--env RUSTUP_AUTO_INSTALL=0
--env CARGO_HOME=/home/u/.cargo
--env SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt
--env CARGO_HTTP_CAINFO=/etc/ssl/certs/ca-certificates.crt
--workdir /w/p
localhost/cross/aarch64-unknown-linux-gnu:[VERSION]
cargo
--config
build.build-dir=\"/w/p/target/cross/[IMAGE]\"
build
--target
aarch64-unknown-linux-gnu"
    );
}

/// The options that say who the command runs as.
fn who(world: &World) -> Vec<String> {
    let line = world.line();
    let lines = line.lines().map(str::to_owned);
    lines.filter(|l| l.starts_with("--user")).collect()
}

#[test]
fn files_belong_to_the_caller_with_every_engine() {
    let mut world = world("build");
    assert_eq!(who(&world), ["--userns host", "--user 1000:100"]);
    world.engine.rootless = true;
    assert_eq!(who(&world), [""; 0]);
    assert!(!world.line().contains("/etc/passwd"));
    world.engine.kind = Kind::Podman;
    assert_eq!(who(&world), ["--userns keep-id", "--user 1000:100"]);
    world.engine.rootless = false;
    assert_eq!(who(&world), ["--user 1000:100"]);
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
fn a_missing_standard_library_is_installed_when_the_build_needs_it() {
    let mut world = world("check");
    world.toolchain.std_for.clear();
    let Step::Rustup { cmd, hint, .. } = &world.plan().prepare[0] else {
        panic!("no rustup step");
    };
    assert_eq!(
        cmd.to_string(),
        "`rustup target add aarch64-unknown-linux-gnu --toolchain stable-x`"
    );
    assert_eq!(*hint, None);
    world.args = "check -Zbuild-std";
    let Step::Rustup { cmd, .. } = &world.plan().prepare[0] else {
        panic!("no rustup step");
    };
    assert_eq!(
        cmd.to_string(),
        "`rustup component add rust-src --toolchain stable-x`"
    );
    world.toolchain.has_src = true;
    assert!(!matches!(world.plan().prepare[0], Step::Rustup { .. }));
}

#[test]
fn a_toolchain_that_rustup_cannot_extend_gets_an_error_that_says_how_to_build_std() {
    let mut world = world("build");
    world.toolchain.std_for.clear();
    world.toolchain.rustup_name = None;
    world.toolchain.has_src = true;
    let error = world.try_plan().unwrap_err();
    assert_eq!(
        error.message(),
        "the toolchain in `/home/u/.rustup/toolchains/stable-x` lacks the standard library for \
         `aarch64-unknown-linux-gnu`, and rustup did not install that toolchain"
    );
    assert_eq!(
        error.hint_text(),
        Some(
            "build it from source: `cross +nightly build -Zbuild-std --target \
             aarch64-unknown-linux-gnu`"
        )
    );
}

#[test]
fn an_image_that_is_missing_is_built_first() {
    let mut world = world("build");
    let row = &ROWS[0];
    world.image = Image::Provided {
        row,
        current: false,
    };
    assert!(world.plan().prepare.contains(&Step::BuildImage(row)));
}

#[test]
fn a_lock_file_is_written_by_cargo_on_the_host_and_never_when_locked() {
    let mut world = world("build --offline");
    world.workspace.has_lockfile = false;
    let lock = |plan: &Plan| {
        plan.prepare.iter().find_map(|step| match step {
            Step::Lock { cmd, .. } => Some(cmd.to_string()),
            _ => None,
        })
    };
    assert_eq!(
        lock(&world.plan()).as_deref(),
        Some("`cargo generate-lockfile --offline`")
    );
    for args in ["build --locked", "build --frozen"] {
        world.args = args;
        assert_eq!(lock(&world.plan()), None);
        assert!(!world.line().contains("Cargo.lock"));
    }
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
fn a_missing_component_is_named_with_the_command_that_adds_it() {
    let error = world("clippy").try_plan().unwrap_err();
    assert_eq!(
        error.hint_text(),
        Some("`rustup component add clippy --toolchain stable-x`")
    );
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
    assert!(line.ends_with("\ncargo\nnextest\nrun"), "{line}");
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
fn credentials_in_a_mounted_directory_are_covered() {
    let mut world = world("build");
    world.cargo_home.entries.push("credentials.toml".to_owned());
    assert!(!world.line().contains("credentials"));
    world.host.cargo_home = "/w/p/.cargo-home".into();
    let line = world.line();
    let covered = "-empty,target=/w/p/.cargo-home/credentials.toml,readonly";
    assert!(line.contains(covered), "{line}");
}

#[test]
fn a_home_of_cargos_that_cannot_be_written_to_is_shown_as_it_is() {
    let mut world = world("build");
    world.cargo_home = CargoHome {
        writable: false,
        entries: vec!["registry".to_owned()],
    };
    let plan = world.plan();
    let created = |step: &Step| matches!(step, Step::Dir(_) | Step::Touch(_));
    assert!(!plan.prepare.iter().any(created), "{plan:?}");
    let line = world.line();
    let mounts: Vec<&str> = line
        .lines()
        .filter(|l| l.contains("source=/home/u/.cargo"))
        .collect();
    let registry = "--mount type=bind,source=/home/u/.cargo/registry,\
                    target=/home/u/.cargo/registry,readonly";
    assert_eq!(mounts, [registry]);
}

#[test]
fn a_place_is_mounted_once() {
    let mut world = world("build --artifact-dir . -Zunstable-options");
    world.workspace.target_dir = "/w/p".into();
    world.workspace.build_dir = Some("/w/p".into());
    world
        .workspace
        .outside
        .insert("/home/u/.cargo/registry".into());
    let line = world.line();
    let targets: Vec<&str> = line
        .lines()
        .filter_map(|l| l.split("target=").nth(1))
        .collect();
    let set: BTreeSet<&str> = targets
        .iter()
        .map(|t| t.trim_end_matches(",readonly"))
        .collect();
    assert_eq!(targets.len(), set.len(), "{line}");
    assert!(line.contains("source=/w/p,target=/w/p\n"), "{line}");
    assert!(line.contains("target=/home/u/.cargo/registry\n"), "{line}");
}

#[test]
fn tests_find_programs_of_their_package_beside_themselves() {
    let links = |args| {
        let plan = world(args).plan();
        let links = plan.prepare.into_iter().filter_map(|step| match step {
            Step::Link(link, target) => Some((link, target)),
            _ => None,
        });
        links.collect::<Vec<_>>()
    };
    assert_eq!(links("build"), []);
    let below = "aarch64-unknown-linux-gnu/release";
    let dir = format!("/w/p/target/cross/{}/{below}", world("").image.identity());
    assert_eq!(
        links("test --release"),
        ["tool", "examples/demo"].map(|name| {
            (
                format!("{dir}/{name}").into(),
                format!("/w/p/target/{below}/{name}").into(),
            )
        })
    );
}

#[test]
fn a_path_with_braces_is_kept_from_cargo_which_would_take_them_for_variables() {
    let mut world = world("build");
    world.workspace.target_dir = "/w/{x}/target".into();
    world.workspace.build_dir = Some("/w/{x}/target".into());
    let line = world.line();
    assert!(!line.contains("build.build-dir"), "{line}");
    let mount = "source=/w/{x}/target/cross/[IMAGE]/debug,target=/w/{x}/target/debug\n";
    assert!(line.contains(mount), "{line}");
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
    world.engine.kind = Kind::Podman;
    world.engine.rootless = true;
    assert!(!world.line().contains("group-add"));
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
    let error = world.plan().run.command(&world.engine).unwrap_err();
    assert_eq!(
        error.message(),
        "the value of `FOO`, `a\u{fffd}` is not valid UTF-8, which docker cannot pass on"
    );
}

#[test]
fn an_image_of_the_users_keeps_its_path_and_its_own_build_directory() {
    let mut world = world("build");
    let json = r#"{"Id":"sha256:0123456789abcdef0123","Config":{"Env":["PATH=/own/bin"]}}"#;
    let info: ImageInfo = serde_json::from_str(json).unwrap();
    world.image = Image::Custom {
        name: "my/image:1".to_owned(),
        info,
    };
    let line = world.line();
    assert!(
        line.contains("stable-x/bin:/own/bin:/home/u/.cargo/bin"),
        "{line}"
    );
    assert_eq!(world.image.identity(), "0123456789abcdef");
}

#[test]
fn a_cargo_without_a_build_directory_keeps_build_scripts_apart_by_a_mount() {
    let mut world = world("build --release");
    world.workspace.build_dir = None;
    let line = world.line();
    assert!(!line.contains("build.build-dir"), "{line}");
    let mount = "--mount type=bind,source=/w/p/target/cross/[IMAGE]/release,\
                 target=/w/p/target/release\n";
    assert!(line.contains(mount), "{line}");
}

#[test]
fn what_is_not_utf8_is_refused() {
    use std::os::unix::ffi::OsStringExt;
    let mut world = world("build");
    let bad = std::ffi::OsString::from_vec(b"/w/\xff".to_vec());
    world.workspace.root = bad.into();
    let error = world.plan().run.command(&world.engine).unwrap_err();
    assert_eq!(
        error.message(),
        "the path `/w/\u{fffd}` is not valid UTF-8, which docker cannot pass on"
    );
}

#[test]
fn results_elsewhere_are_mounted_too() {
    let mut world = world("build --artifact-dir out -Zunstable-options");
    world.workspace.target_dir = "/t".into();
    world.workspace.build_dir = Some("/b".into());
    let steps = world.plan().prepare;
    // Only cargo's own directories are left out of backups.
    for step in [
        Step::TargetDir("/t".into()),
        Step::TargetDir("/b".into()),
        Step::Dir("/w/p/out".into()),
    ] {
        assert!(steps.contains(&step), "{steps:?}");
    }
    assert!(world.line().contains("source=/w/p/out,target=/w/p/out\n"));
}
