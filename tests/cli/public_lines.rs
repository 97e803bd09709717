//! Command lines from workflows and scripts of public projects that call `cross`, unchanged. For
//! each the table has cargo's command line, in the container or on the host, or the error.

use crate::fixture::{AARCH64, Fixture};

/// The expected outcome of a line. `T` stands for the target.
enum Comes {
    /// Cargo in the container gets the arguments unchanged.
    Same,
    /// Cargo in the container gets these arguments instead.
    As(&'static str),
    /// The host's cargo gets the arguments unchanged.
    Host,
    /// Cross refuses the line with this error.
    Refused(&'static str),
}
use Comes::{As, Host, Refused, Same};

const LINES: &[(&str, Comes)] = &[
    ("build --release --target T", Same),
    (
        "build --release --locked --target=T --color=always --verbose",
        Same,
    ),
    ("b --release --target-dir=out --target=T", Same),
    ("build --target T --all --verbose", Same),
    ("build --locked --release --bin hello --target=T", Same),
    (
        "build -p hello --no-default-features --features a,b --profile dist --locked --target T",
        Same,
    ),
    (
        "build --profile=serious --ignore-rust-version --target T --jobs 4",
        Same,
    ),
    (
        "build --manifest-path ./Cargo.toml --message-format json-render-diagnostics --target T",
        Same,
    ),
    ("-vv build --target=T --no-default-features", Same),
    (
        "--locked -v build --target T --config profile.release.debug=1",
        Same,
    ),
    ("test --target T --verbose -- --nocapture", Same),
    (
        "test --no-fail-fast --target=T --features=std,sys_rng",
        Same,
    ),
    ("test --no-run --target=T", Same),
    ("test --verbose -p hello --lib --target T", Same),
    ("test --verbose --test integration --target T", Same),
    (
        "test --workspace --all-targets --target T -- --test-threads=1",
        Same,
    ),
    ("test --locked --target=T --bin hello", Same),
    (
        "run --target T --manifest-path ./Cargo.toml --no-default-features",
        Same,
    ),
    ("run --release --target T -- --version", Same),
    ("bench --no-run --target T", Same),
    ("check --all-features --target T", Same),
    (
        "clippy --all-targets --locked --target T -- -D warnings",
        Same,
    ),
    ("doc --no-deps --target T --all-features", Same),
    (
        "rustc --bin hello --target T --release -- -C lto",
        As("cargo --config profile.release.lto=\"fat\" rustc --bin hello --target T --release"),
    ),
    ("rustc --target T -- -C target-cpu=i386", Same),
    ("rustc --crate-type=bin --target T", Same),
    ("hack check --target T --each-feature", Same),
    ("auditable build --release --target T", Same),
    ("nextest run --target T --no-fail-fast", Same),
    ("b -r --target T", Same),
    ("build --target T -F a,b --bins --examples", Same),
    ("test --target T -r -- --ignored --test-threads 1", Same),
    ("rustc --target T --release -- -C link-arg=-s", Same),
    (
        "rustc --target T --profile dist -- -Clto=thin -C codegen-units=1",
        As(
            "cargo --config profile.dist.lto=\"thin\" rustc --target T --profile dist -- -C codegen-units=1",
        ),
    ),
    ("rustdoc --target T -- --document-private-items", Same),
    ("build --target T --timings=html -j2 -q", Same),
    ("build --target T --offline --frozen", Same),
    ("package --target T --allow-dirty", Same),
    ("publish --dry-run --target T", Same),
    ("deb --target T --no-build", Same),
    ("bundle --release --target T", Same),
    ("nextest archive --target T --archive-file a.tar.zst", Same),
    ("expand --target T --lib", Same),
    ("llvm-lines --target T", Same),
    ("generate-rpm --target T", Host),
    ("sqlx prepare", Host),
    ("sbom", Host),
    ("-Vv", Host),
    ("help build", Host),
    ("build --target T --help", Host),
    ("fetch --target T", Host),
    ("metadata --format-version 1", Host),
    ("tree --target T", Host),
    ("fmt -- --check", Host),
    ("clean", Host),
    (
        "build --target=",
        Refused(
            "error: `--target` takes a target triple\nhint: `cross-util targets` shows those that cross has an image for",
        ),
    ),
    (
        "build --target T,armv7-unknown-linux-gnueabihf",
        Refused(
            "error: unknown target `T,armv7-unknown-linux-gnueabihf`\nhint: each target has an option of its own: `--target T --target armv7-unknown-linux-gnueabihf`",
        ),
    ),
    (
        "build --target aarch64-linux-gnu",
        Refused(
            "error: unknown target `aarch64-linux-gnu`\nhint: rustc calls it `aarch64-unknown-linux-gnu`",
        ),
    ),
    (
        "build --target linux/arm64",
        Refused(
            "error: unknown target `linux/arm64`\nhint: rustc calls it `aarch64-unknown-linux-gnu`",
        ),
    ),
    (
        "run --manifest-path tool.rs --target T",
        Refused(
            "error: cross does not run cargo scripts like `tool.rs`\nhint: make it a package, and use `cross run`",
        ),
    ),
    (
        "wix",
        Refused(
            "error: cross does not run `cargo wix`: the WiX Toolset that it calls runs on Windows\nhint: build with `cross build`, and pack the result on Windows with `cargo wix --no-build`",
        ),
    ),
    (
        "publish --target T",
        Refused(
            "error: cross does not run `cargo publish --target`: it needs your token, which cross keeps out of containers\nhint: verify with `cross publish --dry-run`, then run `cargo publish --no-verify`",
        ),
    ),
    (
        "zigbuild --target T",
        Refused(
            "error: cross does not run `cargo zigbuild`: it brings its own way to cross-compile\nhint: run it with `cargo`, or use `cross build`",
        ),
    ),
    (
        "ndk -t arm64-v8a build",
        Refused(
            "error: cross does not run `cargo ndk`: it brings its own way to cross-compile\nhint: run it with `cargo`, or use `cross build`",
        ),
    ),
    (
        "make build",
        Refused(
            "error: cross does not run `cargo make`: it would call cargo on the host, not cross\nhint: run it with `cargo`, and let it call `cross`",
        ),
    ),
    (
        "lambda build",
        Refused(
            "error: cross does not run `cargo lambda`: it brings its own way to cross-compile\nhint: run it with `cargo`, or use `cross build`",
        ),
    ),
    (
        "biuld --target T",
        Refused(
            "error: cross does not know whether `cargo biuld` compiles for the target\nhint: did you mean `cross build`?",
        ),
    ),
    (
        "--target T build",
        Refused(
            "error: unexpected argument `--target` before the subcommand\nhint: write it behind: `cross build --target`",
        ),
    ),
];

/// The words of a line with the target in place of `T`.
fn words(line: &str) -> Vec<String> {
    let words = line.split(' ').map(|word| match word.strip_suffix("=T") {
        Some(option) => format!("{option}={AARCH64}"),
        None if word == "T" => AARCH64.to_owned(),
        None => word.replace("T,", &format!("{AARCH64},")),
    });
    words.collect()
}

/// A text with the target in place of ` T`.
fn filled(text: &str) -> String {
    let text = text.replace(" T ", &format!(" {AARCH64} "));
    text.replace("`T,", &format!("`{AARCH64},"))
}

/// Cargo's command line without the option for the build directory, which cross adds.
fn without_build_dir(command: &str) -> String {
    let (before, rest) = command
        .split_once("--config build.build-dir=\"")
        .unwrap_or((command, ""));
    let after = rest.split_once("\" ").map_or("", |(_, after)| after);
    format!("{before}{after}")
}

#[test]
fn lines_of_public_projects_come_to_what_they_mean() {
    for (line, comes) in LINES {
        let fixture = Fixture::new();
        let words = words(line);
        let ran = fixture.cross_words(&words).run();
        let typed = format!("cargo {}", words.join(" "));
        let commands: Vec<String> = ran
            .lines()
            .iter()
            .map(|line| without_build_dir(line.command()))
            .collect();
        match comes {
            Same => assert_eq!(commands, [typed], "{line}"),
            As(other) => assert_eq!(commands, [filled(other)], "{line}"),
            Host => {
                assert!(commands.is_empty(), "{line}: {commands:?}");
                let name = format!("cargo {}", words[0]);
                assert_eq!(ran.calls_of(&name), [typed], "{line}");
            }
            Refused(error) => {
                assert!(commands.is_empty(), "{line}: {commands:?}");
                assert_eq!(ran.stderr.trim_end(), filled(error), "{line}");
            }
        }
        if !matches!(comes, Refused(_)) {
            ran.success();
        }
    }
}
