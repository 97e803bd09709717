//! Projects and configurations that cannot be built: one cause, one fix, nothing written.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;

use crate::fixture::Fixture;

#[test]
fn there_is_no_manifest() {
    let fixture = Fixture::new();
    fixture.directory("empty");
    fixture.build().dir("empty").refuses(
        101,
        "error: could not find `Cargo.toml` in `[ROOT]/empty` or any parent directory\n\
         hint: `cross` works in a project: go there, or name it with `--manifest-path`",
    );
}

#[test]
fn cargo_refuses_the_manifest_in_its_own_words() {
    let fixture = Fixture::new();
    fixture.file("Cargo.toml", "[package]\nversion = '0.1.0'\n");
    let ran = fixture.build().run();
    ran.code(101)
        .says("error: failed to parse manifest at `[PROJECT]/Cargo.toml`");
    assert!(ran.lines().is_empty());
}

#[test]
fn an_image_has_a_name() {
    let fixture = Fixture::new();
    let text = "[target.aarch64-unknown-linux-gnu]\nimage = ''\n";
    fixture.file("Cross.toml", text);
    fixture.build().refuses(
        101,
        "
        error: the name of an image that `target.aarch64-unknown-linux-gnu.image` in `[PROJECT]/Cross.toml` gives is empty
        hint: without `image` cross takes its own for the target
        ",
    );
}

#[test]
fn a_configuration_file_that_cannot_be_read_is_named_with_who_named_it() {
    let fixture = Fixture::new();
    fixture.directory("project/folder");
    let ran = fixture.build().env("CROSS_CONFIG", "folder").run();
    ran.code(101)
        .says("folder`: Is a directory")
        .says("hint: it was named by the variable `CROSS_CONFIG`");
    std::os::unix::fs::symlink("nothing", fixture.project.join("Cross.toml")).expect("a link");
    fixture.build().refuses(
        101,
        "
        error: `[PROJECT]/Cross.toml` is a link to nothing
        hint: correct it, or remove it
        ",
    );
}

#[test]
fn an_unknown_key_is_shown_where_it_stands() {
    let fixture = Fixture::new();
    fixture.file(
        "Cross.toml",
        "[target.aarch64-unknown-linux-gnu]\nimgae = 'x'\n",
    );
    fixture.build().refuses(
        101,
        "
        error: unknown field `imgae`, expected one of `image`, `runner`, `machine`, `glibc`, `api-level`, `test-timeout`, `build-std`, `xargo`, `dockerfile`, `pre-build`, `parts`, `env`
         --> [PROJECT]/Cross.toml:2:1
          |
        2 | imgae = 'x'
          | ^
        hint: did you mean `image`?
        ",
    );
}

#[test]
fn a_value_of_the_wrong_type_is_shown_where_it_stands() {
    let fixture = Fixture::new();
    fixture.file("Cross.toml", "[build]\nread-only = 'yes'\n");
    fixture.build().refuses(
        101,
        "
        error: invalid type: string \"yes\", expected a boolean
         --> [PROJECT]/Cross.toml:2:13
          |
        2 | read-only = 'yes'
          |             ^
        hint: it is `true` or `false`, without quotes
        ",
    );
    for (text, hint) in [
        (
            "[build]\ntest-timeout = '5m'\n",
            "it is a number of seconds, without quotes",
        ),
        (
            "[target.T]\nglibc = 2.17 # old\n",
            "a text has quotes: `\"2.17\"`",
        ),
    ] {
        fixture.file("Cross.toml", text);
        let ran = fixture.build().run();
        ran.code(101).says(&format!("hint: {hint}\n"));
    }
}

#[test]
fn a_mistake_in_the_syntax_is_shown_where_it_stands() {
    let fixture = Fixture::new();
    fixture.file("Cross.toml", "[build]\ndefault-target = aarch64\n");
    fixture.build().refuses(
        101,
        "
        error: string values must be quoted, expected literal string
         --> [PROJECT]/Cross.toml:2:18
          |
        2 | default-target = aarch64
          |                  ^
        ",
    );
}

#[test]
fn a_value_of_a_variable_is_refused_by_name() {
    let fixture = Fixture::new();
    fixture.build().env("CROSS_BUILD_NETWORK", "hots").refuses(
        101,
        "
        error: the variable `CROSS_BUILD_NETWORK` cannot be `hots`
        hint: it can be `host`, `bridge` or `none`
        ",
    );
}

#[test]
fn a_passthrough_needs_a_name() {
    let fixture = Fixture::new();
    fixture.file("Cross.toml", "[build.env]\npassthrough = ['A B']\n");
    fixture.build().refuses(
        101,
        "error: `A B` is not the name of a variable, in `build.env.passthrough` in \
         `[PROJECT]/Cross.toml`",
    );
}

/// The public cross ignores a `CROSS_CONFIG` that does not exist.
#[test]
fn the_configuration_that_was_named_does_not_exist() {
    let fixture = Fixture::new();
    fixture.build().env("CROSS_CONFIG", "other.toml").refuses(
        101,
        "
        error: the file `[PROJECT]/other.toml` does not exist
        hint: it was named by the variable `CROSS_CONFIG`
        ",
    );
}

#[test]
fn the_configuration_that_was_named_is_read() {
    let fixture = Fixture::new();
    let plain = fixture.build().run().line();
    fixture.file("Cross.toml", "[build]\nnetwork = 'bridge'\n");
    fixture.write("other.toml", "[build]\nnetwork = 'none'\n");
    let ran = fixture.build().env("CROSS_CONFIG", "../other.toml").run();
    ran.line()
        .differs(&plain, "- --network host\n+ --network none");
}

#[test]
fn cargos_configuration_is_broken() {
    let fixture = Fixture::new();
    fixture.file(".cargo/config.toml", "[build\n");
    let ran = fixture.build().run();
    ran.code(101)
        .says("error: cannot parse cargo's configuration `[PROJECT]/.cargo/config.toml`");
    assert!(ran.calls.is_empty(), "{ran}");
}

#[test]
fn nothing_is_written_where_the_target_directory_cannot_be() {
    let fixture = Fixture::new();
    fixture.remove("project/Cargo.lock");
    let ran = fixture
        .build()
        .arg("--target-dir")
        .arg("Cargo.toml/target")
        .run();
    ran.code(101);
    assert!(!fixture.has("project/Cargo.lock"), "{ran}");
}

#[test]
fn the_target_directory_cannot_be_created() {
    let fixture = Fixture::new();
    fixture.build().arg("--target-dir").arg("Cargo.toml/target").refuses(
        101,
        "
        error: cannot write to the target directory `[PROJECT]/Cargo.toml/target`: Not a directory (os error 20)
        hint: choose another one with `--target-dir` or `CARGO_TARGET_DIR`
        ",
    );
}

#[test]
#[ignore = "needs root: ci/test.sh runs it"]
fn the_target_directory_is_read_only() {
    let mut fixture = Fixture::new();
    fixture.directory("project/target");
    assert!(fixture.becomes(1000), "only root can be somebody else");
    let target = fixture.project.join("target");
    std::fs::set_permissions(&target, std::fs::Permissions::from_mode(0o555)).expect("we are root");
    fixture.build().refuses(
        101,
        "
        error: cannot write to the target directory `[PROJECT]/target`: it is read-only
        hint: choose another one with `--target-dir` or `CARGO_TARGET_DIR`
        ",
    );
}

#[test]
fn a_target_directory_on_a_file_system_that_takes_nothing() {
    let fixture = Fixture::new();
    let ran = fixture.build().env("CARGO_TARGET_DIR", "/proc/cross").run();
    ran.code(101)
        .says("error: cannot write to the target directory `/proc/cross`: ");
    ran.says("hint: choose another one with `--target-dir` or `CARGO_TARGET_DIR`");
    assert!(ran.lines().is_empty());
}

fn at_a_path_that_is_no_text() -> Fixture {
    let mut fixture = Fixture::new();
    let odd = fixture.root.join(OsStr::from_bytes(b"pro\xffject"));
    std::fs::rename(&fixture.project, &odd).expect("the name is free");
    fixture.project = odd;
    // Commands that compile nothing work in such a directory.
    fixture.cross("fmt").run().success();
    let ran = fixture.build().run();
    ran.code(101);
    assert!(
        ran.stderr.starts_with("error: ") && ran.lines().is_empty(),
        "{ran}"
    );
    drop(ran);
    fixture
}

#[test]
fn a_path_that_is_no_text() {
    let _ = at_a_path_that_is_no_text();
}

#[test]
fn a_path_that_is_no_text_is_named() {
    at_a_path_that_is_no_text().build().refuses(
        101,
        "
        error: the path `[PROJECT]` is not valid UTF-8, which `docker` cannot pass on
        hint: rename the directory
        ",
    );
}

#[test]
fn the_toolchain_is_the_systems_own() {
    let fixture = Fixture::new();
    fixture.write("sysroot", "/usr\n");
    fixture.build().refuses(
        101,
        "
        error: the Rust toolchain in `/usr` is part of the host system and cannot be used in a container
        hint: install a toolchain of its own with rustup, or unpack one into a directory
        ",
    );
}

#[test]
fn rust_is_not_installed() {
    let fixture = Fixture::new();
    for program in ["rustc", "cargo", "rustup"] {
        fixture.remove(&format!("bin/{program}"));
    }
    fixture.build().refuses(
        101,
        "
        error: `rustc` is not on `PATH`
        hint: install Rust with rustup: https://rustup.rs
        ",
    );
}

#[test]
fn a_rustc_that_cannot_be_started_is_not_called_missing() {
    let fixture = Fixture::new();
    fixture.remove("bin/rustc");
    fixture.program("rustc", "no program of any kind");
    let ran = fixture.build().run();
    ran.code(101);
    assert!(
        ran.stderr.contains("error: cannot start `rustc`: "),
        "{ran}"
    );
}

#[test]
fn rust_is_not_installed_for_a_host_command_either() {
    let fixture = Fixture::new();
    fixture.remove("bin/cargo");
    fixture.cross("fmt").refuses(
        101,
        "
        error: `cargo` is not on `PATH`
        hint: install Rust with rustup: https://rustup.rs
        ",
    );
}
