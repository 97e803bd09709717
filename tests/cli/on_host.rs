//! The engine `host`, which has no containers: the settings for the user's own cargo, and what is
//! refused.

use pretty_assertions::assert_eq;

use crate::cross::Cross;
use crate::fixture::Fixture;

const UPPER: &str = "CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU";

/// A machine that has the target's toolchain, and the path of that toolchain.
pub(crate) fn with_toolchain() -> (Fixture, String) {
    with_toolchain_of("aarch64-unknown-linux-gnu")
}

/// A machine that has the toolchain for this target, which is aarch64 with or without a version of
/// glibc, and the path of that toolchain.
fn with_toolchain_of(target: &str) -> (Fixture, String) {
    let fixture = Fixture::new();
    let plan = on_host(fixture.util(&format!("plan -- run --target {target}"))).run();
    let words = &plan.success().stdout;
    let mut dirs = words
        .split(['\'', ' ', '=', '"'])
        .filter_map(|word| word.strip_suffix("/bin/aarch64-unknown-linux-gnu-gcc"));
    let dir = dirs
        .next_back()
        .expect("the linker is in the toolchain")
        .to_owned();
    let emulators = words
        .split(['\'', ' ', '='])
        .filter(|word| word.ends_with("/qemu-aarch64"));
    for file in emulators
        .map(str::to_owned)
        .chain([format!("{dir}/cross-toolchain.toml")])
    {
        let below = file.strip_prefix(fixture.root.to_str().expect("text"));
        fixture.write(
            below.expect("it is in the cache").trim_start_matches('/'),
            "",
        );
    }
    (fixture, dir)
}

/// The command with the engine `host`.
pub(crate) fn on_host(cross: Cross<'_>) -> Cross<'_> {
    cross.env("CROSS_CONTAINER_ENGINE", "host")
}

#[test]
fn cargo_runs_on_the_machine_with_what_the_toolchain_has() {
    let (fixture, dir) = with_toolchain();
    let ran = on_host(fixture.build()).run();
    ran.success().says_exactly("");
    let call = ran.calls.last().expect("there are calls");
    let words: Vec<_> = call
        .args
        .iter()
        .map(|word| word.to_string_lossy())
        .collect();
    let build_dir = format!(
        "build.build-dir=\"{}/target/cross/",
        fixture.project.display()
    );
    assert!(
        call.program == "cargo" && words[1].starts_with(&build_dir),
        "{ran}"
    );
    assert_eq!(
        words[2..],
        ["build", "--target", "aarch64-unknown-linux-gnu"],
        "{ran}"
    );
    let env = on_host(fixture.util("env --target aarch64-unknown-linux-gnu")).run();
    assert!(!env.stdout.contains("/opt/cross"), "{env}");
    for line in [
        format!("{UPPER}_LINKER={dir}/bin/aarch64-unknown-linux-gnu-gcc"),
        format!("CC_aarch64_unknown_linux_gnu={dir}/bin/aarch64-unknown-linux-gnu-gcc"),
        format!("PATH='{dir}/bin:{}'", fixture.root.join("bin").display()),
    ] {
        assert!(
            env.stdout.lines().any(|other| other == line),
            "{line}\n{env}"
        );
    }
}

#[test]
fn a_plugin_finds_the_toolchains_programs_unless_the_user_names_others() {
    let (fixture, _) = with_toolchain();
    fixture.write("home/.cargo/bin/cargo-deb", "");
    let strip = "STRIP_aarch64-unknown-linux-gnu";
    let ours = format!("{strip}=aarch64-unknown-linux-gnu-strip");
    let plan = || fixture.util("plan -- deb --target aarch64-unknown-linux-gnu");
    let ran = on_host(plan()).run();
    assert!(ran.success().stdout.contains(&ours), "{ran}");
    let ran = on_host(plan()).env(strip, "/mine").run();
    assert!(!ran.success().stdout.contains(strip), "{ran}");
}

/// The plugin, cargo itself and a crate's program all find the same file in front of cargo.
#[test]
fn a_crates_own_cargo_inherits_no_setting_of_a_plugin_without_a_container() {
    const CARGO: &str = r#"#!/bin/sh
if [ "$1" != hack ]; then
    case ${CARGO_BUILD_BUILD_DIR-unset} in
    /*/target/cross/*) echo "$* ours" ;;
    *) echo "$* ${CARGO_BUILD_BUILD_DIR-unset}" ;;
    esac
    exit
fi
"$CARGO" by-variable
cargo by-path
cargo +stable with-name
export CARGO_MANIFEST_DIR=/w/p
"$CARGO" inner-by-variable
cargo inner-by-path
CARGO_BUILD_BUILD_DIR=/own cargo inner-with-its-own
cargo +nightly other
"#;
    let (fixture, _) = with_toolchain();
    let hack = || on_host(fixture.cross("hack build --target aarch64-unknown-linux-gnu"));
    let plan = || on_host(fixture.util("plan -- hack build --target aarch64-unknown-linux-gnu"));
    // This `cargo` may be any, so there is nothing in front of it that could keep the setting back.
    let ran = plan().run();
    let settings = ["CARGO_BUILD_BUILD_DIR=", "CARGO=", "CROSS_GAVE_"];
    let has = |text: &str| settings.map(|setting| text.contains(setting));
    assert_eq!(has(&ran.success().stdout), [false; 3], "{ran}");
    fixture.proxies();
    fixture.sysroot_program("stable", "cargo", CARGO);
    let ran = plan().run();
    assert_eq!(has(&ran.success().stdout), [true; 3], "{ran}");
    let ran = hack().run();
    let expected = "by-variable ours\nby-path ours\nwith-name ours\ninner-by-variable unset\n\
        inner-by-path unset\ninner-with-its-own /own\ncargo on the host\n";
    assert_eq!(ran.success().stdout, expected, "{ran}");
    // Another toolchain's cargo is the matter of rustup's proxy.
    let last = ran.calls.last().expect("there are calls");
    assert_eq!(last.args, ["+nightly", "other"], "{ran}");
    // A toolchain that rustup has updated is another file at the same path.
    let updated = CARGO.replace("$* ours", "$* updated");
    fixture.sysroot_program("stable", "cargo", &updated);
    let ran = hack().run();
    assert!(
        ran.success().stdout.starts_with("by-variable updated\n"),
        "{ran}"
    );
}

#[test]
fn the_cargo_behind_rustups_proxy_is_started() {
    const CARGO: &str = r#"#!/bin/sh
printf '%s\n' "$*" "$CARGO_HOME" "$RUSTUP_HOME" "$RUSTUP_TOOLCHAIN" "$LD_LIBRARY_PATH" "$PATH"
"#;
    let (fixture, dir) = with_toolchain();
    fixture.proxies();
    fixture.toolchain("nightly", &["aarch64-unknown-linux-gnu"]);
    fixture.sysroot_program("nightly", "cargo", CARGO);
    let ran = on_host(fixture.cross("+nightly check --target aarch64-unknown-linux-gnu"))
        .env("LD_LIBRARY_PATH", "/mine")
        .run();
    let lines: Vec<_> = ran.success().stdout.lines().collect();
    let home = fixture.root.join("home").display().to_string();
    let name = "nightly-x86_64-unknown-linux-gnu";
    assert!(
        lines[0].ends_with(" check --target aarch64-unknown-linux-gnu") && !lines[0].contains('+'),
        "{ran}"
    );
    let bin = fixture.root.join("bin").display().to_string();
    let expected = [
        format!("{home}/.cargo"),
        format!("{home}/.rustup"),
        name.to_owned(),
        format!("{home}/.rustup/toolchains/{name}/lib:/mine"),
        format!("{home}/.cargo/bin:{dir}/bin:{bin}"),
    ];
    assert_eq!(lines[1..], expected, "{ran}");
}

#[test]
fn the_users_own_linker_and_runner_count_more() {
    let (fixture, dir) = with_toolchain();
    fixture.write(
        "project/.cargo/config.toml",
        "[target.aarch64-unknown-linux-gnu]\nlinker = \"my-ld\"\nrunner = \"my-runner\"\n",
    );
    let plan = "plan -- test --target aarch64-unknown-linux-gnu";
    let ran = on_host(fixture.util(plan)).run();
    assert!(!ran.stdout.contains(&format!("{UPPER}_")), "{ran}");
    fixture.remove("project/.cargo/config.toml");
    let ran = on_host(fixture.util(plan))
        .env(format!("{UPPER}_RUNNER"), "mine")
        .run();
    assert!(!ran.stdout.contains(&format!("{UPPER}_RUNNER")), "{ran}");
    let ran = on_host(fixture.util(plan)).run();
    assert!(
        ran.stdout.contains(&format!("qemu-aarch64 -L {dir}'")),
        "{ran}"
    );
    // rustc's lld is for `-fuse-ld=lld`, unless the user says where GCC looks.
    assert!(ran.stdout.contains("COMPILER_PATH="), "{ran}");
    let ran = on_host(fixture.util(plan))
        .env("COMPILER_PATH", "/mine")
        .run();
    assert!(!ran.stdout.contains("COMPILER_PATH="), "{ran}");
}

#[test]
fn variables_of_the_configuration_are_set() {
    let (fixture, _) = with_toolchain();
    let env = |passthrough: &str| {
        on_host(fixture.util("env --target aarch64-unknown-linux-gnu"))
            .env("CROSS_BUILD_ENV_PASSTHROUGH", passthrough)
            .env("MINE", "mine")
            .run()
    };
    let plain = env("");
    let name = "CC_aarch64_unknown_linux_gnu";
    assert!(plain.stdout.contains(&format!("\n{name}=/")), "{plain}");
    let ran = env(&format!("LEVEL=16 MINE UNSET {name}=my-cc"));
    for line in ["LEVEL=16".to_owned(), format!("{name}=my-cc")] {
        let of_name = line.split_inclusive('=').next().expect("there is one");
        let lines = ran
            .stdout
            .lines()
            .filter(|other| other.starts_with(of_name));
        assert_eq!(lines.collect::<Vec<_>>(), [line], "{ran}");
    }
    assert!(!ran.stdout.contains("UNSET"), "{ran}");
}

#[test]
fn nothing_is_said_or_done_that_a_container_alone_needs() {
    let (fixture, _) = with_toolchain();
    fixture.krate("beside", "beside", "");
    let manifest = fixture.read("project/Cargo.toml");
    fixture.write(
        "project/Cargo.toml",
        &format!("{manifest}\n[dependencies]\nbeside = {{ path = '../beside' }}\n"),
    );
    let ran = on_host(fixture.cross("doc --open --target aarch64-unknown-linux-gnu")).run();
    ran.success().says_exactly("");
    let words = &ran.calls.last().expect("there are calls").args;
    let told: Vec<_> = words.iter().map(|word| word.to_string_lossy()).collect();
    assert!(
        !told.iter().any(|word| word.contains("doc.browser")),
        "{ran}"
    );
    assert_eq!(told[2..4], ["doc", "--open"], "{ran}");
}

#[test]
fn toolchains_are_listed_as_what_is_there() {
    let (fixture, dir) = with_toolchain();
    let line = |stdout: &str, triple: &str| {
        let mut lines = stdout.lines().map(str::to_owned);
        let line = lines.find(|line| line.starts_with(&format!("{triple} ")));
        line.expect("every row has a line")
    };
    let ran = on_host(fixture.util("images list")).run();
    let there = line(&ran.success().stdout, "aarch64-unknown-linux-gnu");
    assert!(there.contains("current, 0 MB"), "{ran}");
    let missing = line(&ran.stdout, "mips-unknown-linux-gnu");
    assert!(missing.ends_with("not built"), "{ran}");
    let ran = fixture.util("toolchains list").run();
    let there = line(&ran.success().stdout, "aarch64-unknown-linux-gnu");
    assert!(there.ends_with(&dir), "{ran}");
    assert!(!ran.stdout.contains("-musl"), "{ran}");
    // One with a newer glibc has a line once it is there.
    assert!(!ran.stdout.contains("gnu.2."), "{ran}");
    let (fixture, dir) = with_toolchain_of("aarch64-unknown-linux-gnu.2.36");
    let ran = fixture.util("toolchains list").run();
    let there = line(&ran.success().stdout, "aarch64-unknown-linux-gnu.2.41");
    assert!(there.ends_with(&dir), "{ran}");
}

#[test]
fn other_tools_are_told_to_build_with_the_toolchain() {
    let (fixture, dir) = with_toolchain();
    let env = "env --target aarch64-unknown-linux-gnu --format";
    let sh = fixture.util(&format!("{env} sh")).run();
    let text = &sh.success().stdout;
    sh.says_exactly("");
    // No program was asked, because the toolchain is there.
    sh.called(&[]);
    let script = format!("{text}printf '%s\\n' \"$PATH\" \"${UPPER}_LINKER\"");
    let told = fixture.shell(&script).run();
    assert_eq!(
        told.success().stdout,
        format!(
            "{dir}/bin:{}:/usr/bin:/bin\n{dir}/bin/aarch64-unknown-linux-gnu-gcc\n",
            fixture.root.join("bin").display()
        )
    );
    let github = fixture.util(&format!("{env} github-path")).run();
    assert_eq!(github.success().stdout, format!("{dir}/bin\n"));
    let json = fixture.util(&format!("{env} json")).run();
    let json: serde_json::Value = serde_json::from_str(&json.stdout).expect("JSON");
    assert_eq!(json["toolchain"], dir);
    fixture
        .util("env --target wasm32-wasip1 --format sh")
        .refuses(
            101,
            "
            error: there is no toolchain for `wasm32-wasip1`, only an image
            hint: `cross-util toolchains list` shows which targets have one
            ",
        );
}

/// The machine of these tests has neither `cmake` nor `make`.
#[test]
fn a_program_that_build_scripts_start_is_made_where_the_machine_lacks_it() {
    let (fixture, _) = with_toolchain();
    let plan = || on_host(fixture.util("plan -- build --target aarch64-unknown-linux-gnu"));
    assert!(!plan().run().success().stdout.contains("toolchains tool"));
    let package = "[[package]]\nname = \"cmake\"\nversion = \"0.1.0\"\n";
    fixture.write("project/Cargo.lock", package);
    let ran = plan().run();
    let text = &ran.success().stdout;
    for name in ["cmake", "make"] {
        let step = format!(
            " make `{name}`, which this machine lacks\ncross-util toolchains tool {name}\n"
        );
        assert!(text.contains(&step), "{ran}");
    }
    // The directories stand at the end of the `PATH`, behind the machine's own.
    let path = text.lines().find_map(|line| line.split_once("PATH='"));
    let (path, _) = path
        .and_then(|(_, rest)| rest.split_once('\''))
        .expect("it is set");
    let last: Vec<&str> = path.rsplit(':').take(2).collect();
    assert!(
        last[1].contains("/toolchains/cmake-") && last[0].ends_with("/bin"),
        "{path}"
    );
    // If the machine has the program, that one is used.
    fixture.program("cmake", "");
    let ran = plan().run();
    assert!(!ran.stdout.contains("toolchains tool cmake"), "{ran}");
    assert!(ran.stdout.contains("toolchains tool make"), "{ran}");
    // Containers have both programs.
    let ran = fixture
        .util("plan -- build --target aarch64-unknown-linux-gnu")
        .run();
    assert!(!ran.success().stdout.contains("toolchains tool"), "{ran}");
    fixture.write("project/Cross.toml", "[build]\nparts = []\n");
    assert!(!plan().run().success().stdout.contains("toolchains tool"));
    fixture.write("project/Cross.toml", "[build]\nparts = ['nasm']\n");
    let ran = plan().run();
    assert!(ran.stdout.contains("toolchains tool nasm"), "{ran}");
    fixture.util("toolchains tool gdb").refuses(
        1,
        "
        error: no tool is called `gdb`
        hint: there is `autoconf`, `bison`, `cmake`, `flex`, `git`, `m4`, `make`, `nasm`, `ninja`, `perl`, `protoc`, `python3`, `libclang`
        ",
    );
}

#[test]
fn what_takes_a_container_is_refused() {
    let (fixture, _) = with_toolchain();
    fixture.write(
        "project/Cross.toml",
        "[target.aarch64-unknown-linux-gnu]\npre-build = [\"true\"]\n",
    );
    on_host(fixture.build()).refuses(
        101,
        "
        error: `target.aarch64-unknown-linux-gnu.pre-build` in `[PROJECT]/Cross.toml` asks for an image, which the engine `host` cannot use
        hint: it needs a container: use docker, podman or the built-in engine (it is named by the variable `CROSS_CONTAINER_ENGINE`)
        ",
    );
    fixture.write("project/Cross.toml", "[build]\nnetwork = \"none\"\n");
    on_host(fixture.build()).refuses(
        101,
        "
        error: the engine `host` cannot keep a build from the network, as `network = \"none\"` asks
        hint: choose another engine, or set `CROSS_BUILD_NETWORK=host`
        ",
    );
    let ran = on_host(fixture.build()).env("CROSS_BUILD_NETWORK", "host");
    ran.run().success();
    fixture.remove("project/Cross.toml");
    fixture.toolchain("stable", &["x86_64-unknown-linux-musl"]);
    let ran = on_host(fixture.cross("build --target x86_64-unknown-linux-musl")).run();
    ran.code(101)
        .says("error: there is no toolchain for `x86_64-unknown-linux-musl`, only an image");
}

#[test]
fn a_project_alone_cannot_do_without_a_container() {
    let (fixture, _) = with_toolchain();
    fixture.write("project/Cross.toml", "[build]\nengine = 'host'\n");
    fixture.build().refuses(
        101,
        "
        error: `build.engine` in `[PROJECT]/Cross.toml` asks for builds without a container
        hint: if you trust the project, `CROSS_CONTAINER_ENGINE=host` allows it
        ",
    );
    on_host(fixture.build()).run().success();
}

#[test]
#[ignore = "needs user namespaces and root: ci/test.sh runs it"]
fn without_any_engine_a_line_says_that_nothing_is_isolated() {
    let (fixture, _) = with_toolchain();
    fixture.remove("bin/docker");
    fixture.remove("bin/podman");
    let forbid = "echo 0 >/proc/sys/user/max_user_namespaces";
    let inside = |script: &str| {
        let script = format!("exec /usr/bin/unshare --user --map-root-user /bin/sh -c '{script}'");
        fixture.shell(&script).env("PATH", fixture.root.join("bin"))
    };
    assert!(
        inside(forbid).run().stderr.is_empty(),
        "no user namespace can be made, or its settings cannot be changed"
    );
    let cross = env!("CARGO_BIN_EXE_cross");
    let build = "build --target aarch64-unknown-linux-gnu";
    let ran = inside(&format!("{forbid}; exec {cross} {build}")).run();
    ran.success().says(
        "Using `host`: no container, so build scripts and tests can do what you can do: the built-in engine cannot make user namespaces",
    );
    let quiet = inside(&format!(
        "{forbid}; CROSS_CONTAINER_ENGINE=host exec {cross} {build}"
    ))
    .run();
    quiet.success().says_exactly("");
}
