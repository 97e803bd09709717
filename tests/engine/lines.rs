//! Command lines from cargo's documentation, and from common errors with them:
//! <https://doc.rust-lang.org/cargo/commands/index.html>.
//!
//! They are for the fixture `workspace`. Left out are commands that cross refuses on purpose
//! (`tests/cli` has them), `cargo metadata`, whose answer names the build directory, and commands
//! that write beside the project's own files (`rustc -- --emit=asm=FILE`), as the project is
//! read-only.

/// A command line, and the differences that are known beforehand.
#[derive(Debug)]
pub(crate) struct Line {
    /// The line as a user types it, with single quotes around words with blanks. `{}` marks the
    /// place of `--target <triple>`. Without a mark it follows the subcommand.
    text: &'static str,
    /// Cargo's exit code, so that a wrong line does not pass because both programs refuse it. A
    /// signal counts as in a shell: 128 plus its number.
    pub(crate) code: i32,
    pub(crate) env: &'static [(&'static str, &'static str)],
    /// The target directory.
    pub(crate) target_dir: &'static str,
    /// Whether `--target` is added.
    targeted: bool,
    /// The parts that differ, each with the reason.
    pub(crate) differs: &'static [(Part, &'static str)],
}

/// A part of an outcome that is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Code,
    /// All files of the project except intermediate ones: names, kinds and permissions, and the
    /// content of files that no compiler has made.
    Files,
    /// JSON on standard output.
    Messages,
    /// Everything on standard output except JSON.
    Stdout,
    /// Standard error: cargo's messages for people.
    Stderr,
}

impl Part {
    pub(crate) const ALL: [Self; 5] = [
        Self::Code,
        Self::Files,
        Self::Messages,
        Self::Stdout,
        Self::Stderr,
    ];
}

/// Words on standard error that differ under cross, wherever they occur.
pub(crate) struct OtherWords {
    pub(crate) cross: &'static str,
    pub(crate) cargo: &'static str,
}

pub(crate) const OTHER_WORDS: &[OtherWords] = &[
    // The image's runner starts programs, and cargo shows the command line.
    OtherWords {
        cross: "Running `/opt/cross/bin/cross-runner ",
        cargo: "Running `",
    },
    // With a runner, rustdoc gives merged doctests no variable, and warns of that.
    OtherWords {
        cross: "WARNING: No rustdoc doctest environment variable provided so doctests will be run in \
                the same process\n",
        cargo: "",
    },
];

impl Line {
    const fn env(mut self, env: &'static [(&'static str, &'static str)]) -> Self {
        self.env = env;
        self
    }

    const fn target_dir(mut self, dir: &'static str) -> Self {
        self.target_dir = dir;
        self
    }

    const fn untargeted(mut self) -> Self {
        self.targeted = false;
        self
    }

    const fn differs(mut self, differs: &'static [(Part, &'static str)]) -> Self {
        self.differs = differs;
        self
    }

    /// The name of the test: the line with its variables before it.
    pub(crate) fn name(&self) -> String {
        let env = self
            .env
            .iter()
            .map(|(name, value)| format!("{name}={value} "));
        let end = if self.targeted {
            ""
        } else {
            " (no target named)"
        };
        env.chain([format!("{}{end}", self.text)]).collect()
    }

    /// The toolchain that the line names, such as `+nightly`.
    pub(crate) fn toolchain(&self) -> Option<&'static str> {
        let first = self.text.split(' ').next()?;
        first.starts_with('+').then_some(first)
    }

    /// The line split into words, with `--target` and the triple, for cargo and for cross alike.
    pub(crate) fn words(&self, triple: &str) -> Vec<String> {
        let mut words: Vec<String> = Vec::new();
        for (index, quoted) in self.text.split('\'').enumerate() {
            if index % 2 == 1 {
                words.push(quoted.to_owned());
            } else {
                words.extend(quoted.split_whitespace().map(str::to_owned));
            }
        }
        if !self.targeted {
            return words;
        }
        let marked = words.iter().position(|word| word == "{}");
        let place = marked.unwrap_or(1 + usize::from(self.toolchain().is_some()));
        let end = place + usize::from(marked.is_some());
        words.splice(place..end, ["--target".to_owned(), triple.to_owned()]);
        words
    }
}

const fn fails(code: i32, text: &'static str) -> Line {
    Line {
        text,
        code,
        env: &[],
        target_dir: "target",
        targeted: true,
        differs: &[],
    }
}

const fn ok(text: &'static str) -> Line {
    fails(0, text)
}

const VERBOSE: &[(Part, &str)] = &[(Part::Stderr, "cross tells what it does itself")];
const TARGET: &[(Part, &str)] = &[(
    Part::Stderr,
    "cross has to know the target before cargo does",
)];

#[rustfmt::skip] // one line a line
pub(crate) const LINES: &[Line] = &[
    // cargo build: which packages, targets and features
    ok("build"),
    ok("b -r"),
    ok("build --release"),
    ok("build --profile small"),
    ok("build --lib"),
    ok("build --bins"),
    ok("build --bin tool"),
    ok("build --examples"),
    ok("build --example hello"),
    ok("build --tests"),
    ok("build --test integration"),
    ok("build --bench speed"),
    ok("build --all-targets"),
    ok("build -p part"),
    ok("build --package depot --package part@0.1.0"),
    ok("build --workspace"),
    ok("build --workspace --exclude depot"),
    ok("build --features loud"),
    ok("build --features 'loud polite' --example shout"),
    ok("build -Floud -rp depot"),
    ok("build -p part --all-features --no-default-features"),
    ok("build -F depot/loud,part/loud -p depot"),
    ok("build --no-default-features"),
    // cargo build: how
    ok("build --message-format json"),
    ok("build --workspace --all-targets --message-format=json"),
    ok("build --message-format=json-diagnostic-rendered-ansi"),
    ok("build --message-format json-diagnostic-short"),
    ok("build --message-format=json-render-diagnostics"),
    ok("build --message-format short"),
    ok("build --bin tool --message-format=json,json-diagnostic-short"),
    ok("build --bin tool --message-format json --color always"),
    ok("build --target-dir out").target_dir("out"),
    ok("build --manifest-path part/Cargo.toml"),
    ok("build --locked"),
    ok("build --offline"),
    ok("build --frozen --keep-going"),
    ok("build -j 1"),
    ok("build --jobs default --ignore-rust-version"),
    ok("build --timings"),
    ok("build --config profile.dev.opt-level=1"),
    ok("build --config .cargo/config.toml --bin tool"),
    ok("build --manifest-path=part/Cargo.toml --target-dir=part/out").target_dir("part/out"),
    ok("build --lib").env(&[("CARGO_ENCODED_RUSTFLAGS", "-Cdebuginfo=0")]),
    ok("build -p part").env(&[("CARGO_BUILD_RUSTFLAGS", "-Cdebuginfo=0"), ("CARGO_BUILD_JOBS", "1")]),
    fails(101, "build").env(&[("CARGO_BUILD_JOBS", "many")]),
    ok("--config build.jobs=1 --offline build {} --config 'alias.b = \"check\"'"),
    ok("build -v").differs(VERBOSE),
    ok("build -vv -p part").differs(VERBOSE),
    ok("-q build {}"),
    ok("build --quiet"),
    ok("build --color always"),
    ok("--color never build {} --future-incompat-report"),
    ok("build").env(&[("RUSTFLAGS", "-Cdebuginfo=0")]),
    ok("build").env(&[("CARGO_TARGET_DIR", "out")]).target_dir("out"),
    ok("build").env(&[("CARGO_PROFILE_DEV_OPT_LEVEL", "1"), ("CARGO_TERM_QUIET", "true")]),
    ok("+nightly build -Z unstable-options --artifact-dir out"),
    ok("build -Z unstable-options --artifact-dir=out").env(&[("RUSTC_BOOTSTRAP", "1")]),
    ok("+nightly -Z unstable-options -C part build {}"),
    ok("+nightly build --unit-graph -Z unstable-options"),
    ok("+nightly build -Z build-dir-new-layout"),
    ok("build --config 'build.dep-info-basedir = \".\"'"),
    ok("build --lib").env(&[("CARGO_INCREMENTAL", "0"), ("CARGO_TERM_COLOR", "always")]),
    ok("build -p part").env(&[("CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUSTFLAGS", "-Copt-level=1")]),
    // without --target
    // --target in other places and other words
    ok("build --target=x86_64-unknown-linux-gnu").untargeted(),
    ok("build --target x86_64-unknown-linux-gnu --target x86_64-unknown-linux-gnu").untargeted(),
    ok("build --target host-tuple").untargeted(),
    fails(101, "build --target nope").untargeted().differs(TARGET),
    fails(101, "build --target").untargeted().differs(TARGET),
    fails(101, "-- build {} --lib"),
    fails(101, "--locked -v check {} -q"),
    ok("b {} --"),
    ok("build").untargeted(),
    ok("test --lib").untargeted(),
    ok("build --bin tool").untargeted().env(&[("CARGO_BUILD_TARGET", "x86_64-unknown-linux-gnu")]),
    ok("run --config 'build.target = \"x86_64-unknown-linux-gnu\"'").untargeted(),
    // the user's aliases
    ok("br"),
    ok("brl --bin depot"),
    ok("again"),
    // cargo check
    ok("check"),
    ok("c --all-targets"),
    ok("check --profile test"),
    ok("check --lib --bins --examples --benches --tests"),
    ok("check --workspace --message-format json"),
    // cargo clippy
    ok("clippy"),
    fails(101, "clippy --all-targets --keep-going -- -D warnings"),
    ok("clippy --workspace --no-deps --message-format=short -- -W clippy::pedantic"),
    ok("clippy --fix --allow-no-vcs"),
    // cargo doc, cargo rustdoc
    ok("doc"),
    ok("d --no-deps"),
    ok("doc -p part --lib").env(&[("RUSTDOCFLAGS", "--document-private-items")]),
    ok("doc --examples --no-deps"),
    ok("doc --no-deps --open").env(&[("BROWSER", "true")]),
    ok("doc --workspace --document-private-items --message-format json"),
    ok("rustdoc --lib -- --document-private-items"),
    // cargo run
    ok("run"),
    ok("r -- args --release -q 'two words'"),
    ok("run {} args --bin x"),
    ok("run --bin tool"),
    ok("run --release --quiet --example hello"),
    ok("run -p depot -- env CARGO_PKG_NAME CARGO_MANIFEST_DIR DEPOT_OPEN"),
    ok("run -- env CARGO CARGO_HOME CARGO_BIN_NAME OUT_DIR"),
    fails(3, "run -- exit 3"),
    fails(101, "run -- fly"),
    fails(134, "run -- abort"),
    fails(101, "run -p part"),
    fails(101, "run --bin nope"),
    fails(101, "run --example"),
    fails(101, "run -q -- fly").env(&[("RUST_BACKTRACE", "1")]),
    ok("run -- args -- --target x"),
    // cargo test
    ok("test"),
    ok("t --lib"),
    ok("test --no-run"),
    ok("test --no-run --message-format json"),
    ok("test --doc"),
    fails(101, "test --doc --no-run"),
    fails(101, "test --doc --lib"),
    ok("test --test integration -- --nocapture"),
    ok("test --bins --examples"),
    ok("test --all-targets --release"),
    ok("test --workspace"),
    ok("test greets"),
    ok("test --lib -- --list"),
    ok("test -q"),
    ok("test --lib -- --include-ignored --skip greets"),
    fails(101, "test --lib -- --nope"),
    ok("test --lib -- --ignored --test-threads=1"),
    ok("test -p part --lib -- --exact two_and_two"),
    fails(101, "test --features failing"),
    fails(101, "test --features failing --no-fail-fast"),
    fails(101, "test --features failing --lib --message-format json"),
    ok("test --lib --target-dir out").target_dir("out"),
    // cargo bench
    ok("bench --bench speed -- many times"),
    ok("bench"),
    ok("bench --no-run --message-format json"),
    // cargo rustc, cargo fix, cargo package, cargo clean
    ok("rustc --lib -- -C debuginfo=0"),
    ok("rustc --lib --crate-type cdylib"),
    fails(101, "rustc --crate-type cdylib"),
    ok("+nightly rustc -Z unstable-options --print cfg"),
    ok("+nightly rustdoc --lib -Z unstable-options --output-format json"),
    ok("rustc --profile test --lib"),
    ok("rustc -p part --release -- --print native-static-libs"),
    fails(101, "rustc --bin tool -- -D warnings"),
    fails(101, "rustc -- -D warnings"),
    ok("fix --allow-no-vcs --bin tool"),
    fails(101, "fix"),
    ok("fix --edition --allow-no-vcs --lib"),
    fails(101, "fix --lib --allow-no-vcs --broken-code --features broken"),
    ok("package -p part"),
    ok("package -p part --list"),
    ok("package -p part --no-verify --target-dir out").target_dir("out"),
    fails(101, "package"),
    ok("clean -p part").differs(&[(Part::Stderr, "cargo counts what it removes in each of the build directories")]),
    // commands that compile nothing
    ok("tree"),
    ok("fetch --locked"),
    ok("pkgid part").untargeted(),
    ok("locate-project --workspace").untargeted(),
    ok("fmt --check").untargeted(),
    ok("--explain E0004").untargeted(),
    ok("build -h"),
    // errors
    fails(101, "build --features broken"),
    fails(101, "build --keep-going --all-features --message-format json"),
    fails(101, "build --example shout"),
    fails(101, "check --message-format short --features broken"),
    fails(101, "doc --lib --features broken"),
    fails(101, "test --lib --no-run --features broken"),
    fails(101, "build --features nope"),
    fails(101, "build --bin nope"),
    fails(101, "build --example"),
    fails(101, "build -p nope"),
    fails(101, "build --profile nope"),
    fails(101, "build --manifest-path nope/Cargo.toml"),
    fails(101, "build --jobs 0"),
    fails(101, "build --config nope"),
    fails(101, "build -Z unstable-options"),
    fails(1, "build --nope"),
    fails(1, "build surplus"),
    fails(1, "build -- surplus"),
    fails(101, "build -q -v"),
    fails(1, "build --release --profile dev"),
    fails(101, "build --exclude part"),
    fails(101, "build --artifact-dir out"),
    fails(1, "build --color sometimes"),
    fails(1, "build --message-format nope"),
    fails(1, "build --locked --locked"),
    fails(101, "nope").differs(&[(Part::Stderr, "cross cannot know whether it compiles, and says that instead")]),
];
