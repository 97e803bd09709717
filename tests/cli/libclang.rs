//! The engine `host` and libclang, which bindgen loads: whose it is, and what it is told.

use pretty_assertions::assert_eq;

use crate::causes_on_host::fails_in_cargo;
use crate::cross::Ran;
use crate::fixture::{AARCH64, Fixture};
use crate::heard::fails;
use crate::on_host::{on_host, with_toolchain};

/// The machine of these tests may have a libclang of its own, so the key `parts` asks for cross's.
#[test]
fn bindgen_is_told_which_libclang_to_load_and_where_its_headers_are() {
    const TRIPLE: &str = "aarch64-unknown-linux-gnu";
    const ARGUMENTS: &str = "BINDGEN_EXTRA_CLANG_ARGS";
    let (fixture, toolchain) = with_toolchain();
    fixture.write("project/Cross.toml", "[build]\nparts = ['libclang']\n");
    let ran = on_host(fixture.util(&format!("plan -- build --target {TRIPLE}"))).run();
    let step = " make `libclang`, which build scripts load\ncross-util toolchains tool libclang\n";
    assert!(ran.success().stdout.contains(step), "{ran}");
    let env = || on_host(fixture.util(&format!("env --target {TRIPLE}")));
    let value = |ran: &Ran<'_>, name: &str| {
        let mut lines = ran.success().stdout.lines();
        let line = lines.find_map(|line| line.strip_prefix(&format!("{name}=")));
        line.unwrap_or_default().trim_matches('\'').to_owned()
    };
    let ran = env().run();
    let place = value(&ran, "LIBCLANG_PATH");
    let dir = place
        .strip_suffix("/lib")
        .expect("a directory of libraries");
    assert!(dir.contains("/toolchains/libclang-"), "{ran}");
    let headers = format!("-resource-dir={dir}/lib/clang/16");
    assert_eq!(value(&ran, ARGUMENTS), headers);
    let of_target = format!("{ARGUMENTS}_{}", TRIPLE.replace('-', "_"));
    let both = format!("{headers} --sysroot={toolchain}");
    assert_eq!(value(&ran, &of_target), both);
    // The user's own arguments stand behind it.
    let ran = env()
        .env(ARGUMENTS, "-DX")
        .env(&of_target, "--sysroot=/own")
        .run();
    assert_eq!(value(&ran, ARGUMENTS), format!("{headers} -DX"));
    let both = format!("{headers} --sysroot=/own");
    assert_eq!(value(&ran, &of_target), both);
}

/// A variable that is set counts more than cargo's `[env]`, so the arguments there are part of it.
#[test]
fn arguments_in_cargos_configuration_stand_behind_those_for_libclang() {
    const TRIPLE: &str = "aarch64-unknown-linux-gnu";
    let (fixture, _) = with_toolchain();
    fixture.write("project/Cross.toml", "[build]\nparts = ['libclang']\n");
    let ran = |env: &str| {
        fixture.write("project/.cargo/config.toml", &format!("[env]\n{env}\n"));
        on_host(fixture.util(&format!("env --target {TRIPLE}"))).run()
    };
    let name = "BINDGEN_EXTRA_CLANG_ARGS";
    let of_target = format!("{name}_aarch64_unknown_linux_gnu");
    let line = |ran: &Ran<'_>, name: &str| {
        let mut lines = ran.success().stdout.lines();
        let line = lines.find(|line| line.starts_with(&format!("{name}=")));
        line.map(str::to_owned)
    };
    for (value, end) in [
        ("'-DX'", " -DX'"),
        ("{ value = '-DX', force = false }", " -DX'"),
    ] {
        for name in [name, &of_target] {
            let ran = ran(&format!("{name} = {value}"));
            let told = line(&ran, name).expect("it is set");
            assert!(
                told.contains("='-resource-dir=/") && told.ends_with(end),
                "{ran}"
            );
        }
    }
    // Cargo would set it in any case.
    let ran = ran(&format!("{name} = {{ value = '-DX', force = true }}"));
    assert_eq!(line(&ran, name), None, "{ran}");
    assert!(line(&ran, &of_target).is_some(), "{ran}");
}

/// bindgen splits the arguments as a shell does.
#[test]
fn a_directory_with_a_space_stays_one_argument() {
    const TRIPLE: &str = "aarch64-unknown-linux-gnu";
    let fixture = Fixture::new();
    fixture.write("project/Cross.toml", "[build]\nparts = ['libclang']\n");
    let cache = fixture.root.join("a b").display().to_string();
    let ran = on_host(fixture.util(&format!("plan -- build --target {TRIPLE}")))
        .env("XDG_CACHE_HOME", &cache)
        .run();
    let text = &ran.success().stdout;
    let arguments = |name: &str| {
        let lines = text.lines().map(|line| line.trim_end_matches(" \\"));
        let mut lines = lines.filter_map(shlex::split).flatten();
        let value =
            lines.find_map(|word| Some(word.strip_prefix(name)?.strip_prefix('=')?.to_owned()));
        let value = value.unwrap_or_else(|| panic!("{name}: {ran}"));
        shlex::split(&value).expect("words")
    };
    let name = "BINDGEN_EXTRA_CLANG_ARGS";
    let begin = format!("-resource-dir={cache}/cross/toolchains/libclang-");
    let all = arguments(name);
    assert!(all.len() == 1 && all[0].starts_with(&begin), "{ran}");
    let all = arguments(&format!("{name}_aarch64_unknown_linux_gnu"));
    let sysroot = format!("--sysroot={cache}/cross/toolchains/{TRIPLE}-");
    assert!(all.len() == 2 && all[1].starts_with(&sysroot), "{ran}");
}

#[test]
fn a_libclang_that_the_user_names_is_used() {
    let (fixture, _) = with_toolchain();
    let package = "[[package]]\nname = \"clang-sys\"\nversion = \"1.0.0\"\n";
    fixture.write("project/Cargo.lock", package);
    let plan = || on_host(fixture.util("plan -- build --target aarch64-unknown-linux-gnu"));
    let makes = |ran: &Ran<'_>| ran.success().stdout.contains("toolchains tool libclang");
    fixture.write("own/lib/libclang.so", "");
    let own_dir = fixture.root.join("own/lib").display().to_string();
    for parts in ["", "[build]\nparts = ['libclang']\n"] {
        fixture.write("project/Cross.toml", parts);
        assert!(!makes(&plan().env("LIBCLANG_PATH", "/own").run()));
        fixture.write(
            "project/.cargo/config.toml",
            "[env]\nLIBCLANG_PATH = '/own'\n",
        );
        assert!(!makes(&plan().run()));
        fixture.remove("project/.cargo/config.toml");
        for key in ["passthrough", "volumes"] {
            let own = |entry: &str| {
                let tables = format!("{parts}[build.env]\n{key} = ['{entry}']\n");
                fixture.write("project/Cross.toml", &tables);
                plan().run()
            };
            let named = format!("LIBCLANG_PATH={own_dir}");
            let ran = own(&named);
            assert!(!makes(&ran), "{ran}");
            assert!(!ran.stdout.contains("-resource-dir"), "{ran}");
            assert!(ran.stdout.contains(&named), "{ran}");
            // The variable is not set.
            assert!(makes(&own("LIBCLANG_PATH")));
        }
        fixture.write("project/Cross.toml", parts);
    }
    assert!(makes(&plan().run()));
    // The machine's own is where the loader looks.
    fixture.write("project/Cross.toml", "");
    fixture.write("llvm/libclang.so.1", "\x7fELF\x02\x01");
    let dir = fixture.root.join("llvm");
    assert!(!makes(&plan().env("LD_LIBRARY_PATH", dir).run()));
    fixture.write("project/Cross.toml", "[build]\nparts = []\n");
    assert!(!makes(&plan().run()));
}

/// Cross's own cannot be linked with, so that is no help for a crate which does.
#[test]
fn a_libclang_to_link_with_is_one_to_install() {
    let (fixture, _) = with_toolchain();
    fails_in_cargo(&fixture);
    let said = "couldn't find any valid shared libraries matching: ['libclang.so', 'libclang-*.so'], set the `LIBCLANG_PATH`";
    fails(&fixture, "clang-sys", said);
    let leaves = fixture.read("leaves");
    fixture.write(
        "leaves",
        &leaves.replace(&format!("{AARCH64}/debug"), "debug"),
    );
    on_host(fixture.build()).run().code(101).says(
        "this machine has no libclang with which build scripts can link: install it (Debian's package is `libclang-dev`)",
    );
}
