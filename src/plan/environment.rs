//! The environment of the container: what the tools document as theirs, what the project asks for,
//! and what makes them find each other. Nothing else of the caller's, and never a credential.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use crate::base::fs;
use crate::base::pattern::{is_pattern, matches};
use crate::base::secrets::is_secret;
use crate::engine::spec::EnvVar;
use crate::plan::system::CA_BUNDLE;
use crate::plan::{HOME, PlanInput, front};

/// Variables that are passed on when the caller has set them: those that the same command with plain cargo
/// would see, and that are neither secrets nor paths of the host's programs. A `*` stands for any text.
/// Plain `CFLAGS` is not among them, for it speaks to the host's compiler of the host's processor.
pub(crate) const PASSED: &[(&str, &str)] = &[
    ("CARGO_*", "cargo's, less those below"),
    ("HTTP_TIMEOUT", "cargo's"),
    ("RUSTFLAGS", "flags for rustc"),
    ("RUSTDOCFLAGS", "flags for rustdoc"),
    ("RUSTC_BOOTSTRAP", "rustc's"),
    ("RUSTC_ICE", "rustc's"),
    ("RUSTC_LOG", "rustc's"),
    ("RUST_BACKTRACE", "std's"),
    ("RUST_LIB_BACKTRACE", "std's"),
    ("RUST_MIN_STACK", "std's"),
    ("RUST_TEST_*", "the test harness's"),
    ("CLIPPY_CONF_DIR", "clippy's"),
    ("MIRIFLAGS", "miri's"),
    ("NEXTEST_*", "nextest's"),
    // What programs, tests and build scripts read.
    ("RUST_LOG*", "the usual loggers'"),
    ("RUST_SPANTRACE", "color-eyre's"),
    ("RAYON_NUM_THREADS", "rayon's"),
    ("TOKIO_WORKER_THREADS", "tokio's"),
    ("BLESS", TESTS),
    ("BOLERO_*", TESTS),
    ("CRITERION_DEBUG", TESTS),
    ("DIVAN_*", TESTS),
    ("EXPECTORATE", TESTS),
    ("INSTA_*", TESTS),
    ("K9_UPDATE_SNAPSHOTS", TESTS),
    ("LOOM_*", TESTS),
    ("PROPTEST_*", TESTS),
    ("QUICKCHECK_*", TESTS),
    ("RSTEST_TIMEOUT", TESTS),
    ("SNAPSHOTS", TESTS),
    ("TRYBUILD", TESTS),
    ("TRYCMD", TESTS),
    ("UPDATE_EXPECT", TESTS),
    ("UPDATE_GOLDENFILES", TESTS),
    ("LLVM_PROFILE_FILE", "the compiler's runtime, for profiles"),
    ("ASAN_OPTIONS", SANITIZERS),
    ("HWASAN_OPTIONS", SANITIZERS),
    ("LSAN_OPTIONS", SANITIZERS),
    ("MSAN_OPTIONS", SANITIZERS),
    ("TSAN_OPTIONS", SANITIZERS),
    ("UBSAN_OPTIONS", SANITIZERS),
    ("QEMU_*", "the emulator's, QEMU_STRACE among them"),
    // What the crates that build and find C libraries read.
    ("CFLAGS_*", "flags for one target's C compiler"),
    ("CXXFLAGS_*", "flags for one target's C++ compiler"),
    ("ARFLAGS_*", "flags for one target's archiver"),
    (
        "TARGET_*FLAGS",
        "flags for the target's C and C++ compilers",
    ),
    (
        "HOST_*FLAGS",
        "flags for the compilers of what build scripts run",
    ),
    ("CXXSTDLIB_*", "cc's"),
    ("CRATE_CC_NO_DEFAULTS", "cc's"),
    ("CC_ENABLE_DEBUG_OUTPUT", "cc's"),
    ("CC_SHELL_ESCAPED_FLAGS", "cc's"),
    ("CMAKE_BUILD_PARALLEL_LEVEL", "cmake's"),
    ("PKG_CONFIG_ALLOW_CROSS", "pkg-config's"),
    ("PKG_CONFIG_ALL_STATIC", "pkg-config's"),
    ("PKG_CONFIG_ALL_DYNAMIC", "pkg-config's"),
    ("AWS_LC_SYS_*", SYS),
    ("JEMALLOC_SYS_WITH_*", SYS),
    ("LIBGIT2_NO_*", SYS),
    ("LIBSQLITE3_FLAGS", SYS),
    ("LIBSQLITE3_SYS_USE_PKG_CONFIG", SYS),
    ("LIBSSH2_SYS_USE_PKG_CONFIG", SYS),
    ("LIBZ_SYS_STATIC", SYS),
    ("LZMA_API_STATIC", SYS),
    ("OPENSSL_NO_*", SYS),
    ("OPENSSL_STATIC", SYS),
    ("PQ_LIB_STATIC", SYS),
    ("PYO3_CROSS", SYS),
    ("PYO3_CROSS_PYTHON_*", SYS),
    ("PYO3_NO_PYTHON", SYS),
    ("PYO3_USE_ABI3_FORWARD_COMPATIBILITY", SYS),
    ("SQLITE3_STATIC", SYS),
    ("ZSTD_SYS_USE_PKG_CONFIG", SYS),
    ("SQLX_OFFLINE*", "sqlx's"),
    ("VERGEN_*", "vergen's"),
    ("SOURCE_DATE_EPOCH", "for reproducible builds"),
    // What tells a service that builds, and what it builds.
    ("CI", "cargo asks for it"),
    ("TF_BUILD", "cargo asks for it"),
    ("APPVEYOR", SERVICE),
    ("BUILDKITE", SERVICE),
    ("CIRCLECI", SERVICE),
    ("CIRRUS_CI", SERVICE),
    ("DRONE", SERVICE),
    ("GITLAB_CI", SERVICE),
    ("TRAVIS", SERVICE),
    ("CI_COMMIT_*", SERVICE),
    ("CI_JOB_ID", SERVICE),
    ("CI_JOB_NAME", SERVICE),
    ("CI_JOB_STAGE", SERVICE),
    ("CI_PIPELINE_ID", SERVICE),
    ("CI_PIPELINE_IID", SERVICE),
    ("CI_PIPELINE_SOURCE", SERVICE),
    ("CI_PROJECT_NAME", SERVICE),
    ("CI_PROJECT_PATH", SERVICE),
    ("GITHUB_ACTIONS", SERVICE),
    ("GITHUB_ACTOR", SERVICE),
    ("GITHUB_BASE_REF", SERVICE),
    ("GITHUB_EVENT_NAME", SERVICE),
    ("GITHUB_HEAD_REF", SERVICE),
    ("GITHUB_JOB", SERVICE),
    ("GITHUB_REF", SERVICE),
    ("GITHUB_REF_*", SERVICE),
    ("GITHUB_REPOSITORY", SERVICE),
    ("GITHUB_REPOSITORY_OWNER", SERVICE),
    ("GITHUB_RUN_*", SERVICE),
    ("GITHUB_SERVER_URL", SERVICE),
    ("GITHUB_SHA", SERVICE),
    ("GITHUB_WORKFLOW", SERVICE),
    // The user's.
    ("TZ", "the time zone"),
    ("LANG", "the user's language"),
    ("LANGUAGE", "the user's language"),
    ("LC_*", "the user's language"),
    ("TERM", "the terminal's"),
    ("COLORTERM", "the terminal's"),
    ("NO_COLOR", "the terminal's"),
    ("CLICOLOR", "the terminal's"),
    ("CLICOLOR_FORCE", "the terminal's"),
    ("FORCE_COLOR", "the terminal's"),
    ("http_proxy", "the network's"),
    ("HTTP_PROXY", "the network's"),
    ("https_proxy", "the network's"),
    ("HTTPS_PROXY", "the network's"),
    ("all_proxy", "the network's"),
    ("ALL_PROXY", "the network's"),
    ("no_proxy", "the network's"),
    ("NO_PROXY", "the network's"),
];
const TESTS: &str = "a test library's";
const SANITIZERS: &str = "the compiler's runtime, for sanitizers";
const SYS: &str = "how a crate gets its C library";
const SERVICE: &str = "the build service's, but no token";

/// Variables of cargo's and rustc's that are not passed on, and why.
pub(crate) const BLOCKED: &[(&str, &str)] = &[
    ("CARGO_HOME", "cross sets it"),
    ("CARGO_BUILD_BUILD_DIR", "cross sets it"),
    (
        "CARGO_BUILD_TARGET",
        "passed on only where cross does not name the target itself",
    ),
    (
        "CARGO_HTTP_CAINFO",
        "the host's certificates are mounted at the container's own place",
    ),
    ("RUSTC", HOST_PROGRAM),
    ("RUSTC_WRAPPER", HOST_PROGRAM),
    ("RUSTC_WORKSPACE_WRAPPER", HOST_PROGRAM),
    ("RUSTDOC", HOST_PROGRAM),
    ("CARGO_BUILD_RUSTC*", HOST_PROGRAM),
    ("CARGO_BUILD_RUSTDOC", HOST_PROGRAM),
    ("CARGO_TARGET_*_LINKER", HOST_PROGRAM),
    ("CARGO_TARGET_*_RUNNER", HOST_PROGRAM),
    ("CARGO_TARGET_*_AR", HOST_PROGRAM),
    ("CARGO_*TOKEN", SECRET),
    ("CARGO_*SECRET_KEY", SECRET),
    ("CARGO_*CREDENTIAL_PROVIDER*", SECRET),
    ("CARGO_CREDENTIAL_*", SECRET),
    // Cargo sets these for what it runs, so they are there when cross is started by cargo.
    ("CARGO_MANIFEST_*", OUTER),
    ("CARGO_PKG_*", OUTER),
    ("CARGO_CRATE_NAME", OUTER),
    ("CARGO_BIN_*", OUTER),
    ("CARGO_PRIMARY_PACKAGE", OUTER),
    ("CARGO_CFG_*", OUTER),
    ("CARGO_FEATURE_*", OUTER),
    ("CARGO_MAKEFLAGS", OUTER),
    ("CARGO_TARGET_TMPDIR", OUTER),
];
const HOST_PROGRAM: &str = "it names a program of the host";
const SECRET: &str = "credentials stay on the host";
const OUTER: &str = "it speaks of the crate that started cross";

/// The variable that stands for a key of cargo's configuration.
/// <https://doc.rust-lang.org/cargo/reference/config.html#environment-variables>
pub(super) fn cargo_variable(key: &str) -> String {
    format!("CARGO_{}", key.to_uppercase().replace(['.', '-'], "_"))
}

/// A value as such a variable holds it: without quotes, and a list with commas.
pub(super) fn cargo_value(value: &toml::Value) -> String {
    match value {
        toml::Value::String(text) => text.clone(),
        toml::Value::Array(items) => items.iter().map(cargo_value).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}

fn first_match(table: &[(&str, &'static str)], name: &str) -> Option<&'static str> {
    table
        .iter()
        .find(|(pattern, _)| matches(pattern, name))
        .map(|(_, reason)| *reason)
}

/// Whether a variable is one of the tools' own.
fn is_passed(name: &str) -> bool {
    first_match(PASSED, name).is_some()
}

/// Whether a variable is the tools' own and stays with the caller.
pub(super) fn is_kept_back(name: &str) -> bool {
    first_match(BLOCKED, name).is_some()
}

impl PlanInput<'_> {
    /// The variables, in a fixed order: the caller's by name, then what the configuration asks for,
    /// then cross's own, which win.
    pub(crate) fn environment(&self, notes: &mut Vec<String>) -> Vec<EnvVar> {
        let mut env = self.callers(notes);
        env.extend(self.own_programs());
        env.extend(self.configured());
        env.extend(self.plugin_environment());
        let mut set = |name: &str, value: OsString| env.push(EnvVar::Set(name.to_owned(), value));
        set("HOME", HOME.into());
        set("USER", self.host.user_name().into());
        set("PATH", self.path());
        // Plugins' directory has rustup's proxies in it, which would install a toolchain when asked for
        // a program that the one toolchain lacks.
        set("RUSTUP_AUTO_INSTALL", "0".into());
        set("CARGO_HOME", self.host.cargo_home.clone().into());
        if self.ca_bundle.is_some() {
            set("SSL_CERT_FILE", CA_BUNDLE.into());
            set("CARGO_HTTP_CAINFO", CA_BUNDLE.into());
        }
        if let Some(dir) = self.xargo_home() {
            set("XARGO_HOME", dir.into());
        }
        if let Some(runner) = &self.config.runner {
            set("CROSS_RUNNER", runner.value.as_str().into());
        }
        if self.forbids_new_snapshots() {
            set("INSTA_UPDATE", "no".into());
        }
        if self.wants_color() {
            set("CARGO_TERM_COLOR", "always".into());
        }
        env
    }

    /// What the caller has set of the tools' own variables.
    fn callers(&self, notes: &mut Vec<String>) -> Vec<EnvVar> {
        let names = self.host.env.keys().filter_map(|name| name.to_str());
        // What is named in full is added as it is later.
        let names = names.filter(|name| !self.is_named(name));
        let mut env = Vec::new();
        for name in names {
            let kept_back = first_match(BLOCKED, name);
            // A star in our own table is as thoughtless as anybody's.
            let kept_back = kept_back.or_else(|| is_secret(name).then_some(SECRET));
            match kept_back.filter(|reason| *reason != SECRET || is_passed(name)) {
                Some(HOST_PROGRAM) if self.names_project_file(name) => {
                    env.push(EnvVar::Inherit(name.to_owned()));
                }
                None if !is_passed(name) => {}
                None if self.host.text(name).is_none()
                    && self.host.var(name) != Some(OsStr::new("")) =>
                {
                    notes.push(format!(
                        "without the variable `{name}`: its value is not UTF-8"
                    ));
                }
                None => env.push(match self.stripped_proxy(name) {
                    Some(value) => EnvVar::Set(name.to_owned(), value.into()),
                    None => EnvVar::Inherit(name.to_owned()),
                }),
                Some(reason) if reason == HOST_PROGRAM || reason == SECRET => {
                    notes.push(format!("without the variable `{name}`: {reason}"));
                }
                Some(_) => {}
            }
        }
        if self.host.var("CARGO_BUILD_TARGET").is_some() && !self.target.tell_cargo {
            env.push(EnvVar::Inherit("CARGO_BUILD_TARGET".to_owned()));
        }
        env
    }

    /// Whether a variable names one of the project's files to wrap rustc, to link, or to run programs.
    pub(super) fn names_project_file(&self, name: &str) -> bool {
        const PROGRAMS: [&str; 3] = ["_WRAPPER", "_LINKER", "_RUNNER"];
        let value = self
            .host
            .text(name)
            .filter(|_| PROGRAMS.iter().any(|end| name.ends_with(end)));
        // A runner may have arguments.
        let words = value.and_then(|value| {
            if name.ends_with("_RUNNER") {
                value.split_whitespace().next()
            } else {
                Some(value)
            }
        });
        words.filter(|path| path.contains('/')).is_some_and(|path| {
            let dir = self.invocation.directory(&self.host.cwd);
            self.in_project(&fs::absolute(&dir, Path::new(path)))
        })
    }

    /// What the configuration asks for: variables by name, by value, by pattern, and those with paths.
    fn configured(&self) -> Vec<EnvVar> {
        let entries = self.config.passthrough.iter().map(|s| s.value.as_str());
        let entries = entries.chain(self.config.volumes.iter().map(|s| s.value.as_str()));
        entries.flat_map(|entry| self.entry(entry)).collect()
    }

    fn entry(&self, entry: &str) -> Vec<EnvVar> {
        if let Some((name, value)) = entry.split_once('=') {
            return vec![EnvVar::Set(name.to_owned(), value.into())];
        }
        if is_pattern(entry) {
            let names = self.host.env.keys().filter_map(|name| name.to_str());
            let names = names.filter(|name| matches(entry, name) && !self.is_too_much(name));
            return names.filter_map(|name| self.callers_own(name)).collect();
        }
        self.callers_own(entry).into_iter().collect()
    }

    fn callers_own(&self, name: &str) -> Option<EnvVar> {
        let value = self.host.var(name)?;
        // Not passed on by name if it is no text: the run refuses it then.
        Some(if value.to_str().is_none() {
            EnvVar::Set(name.to_owned(), value.to_owned())
        } else {
            EnvVar::Inherit(name.to_owned())
        })
    }

    /// The toolchain's programs, the image's own, then the caller's cargo plugins.
    fn path(&self) -> OsString {
        let toolchain = self.toolchain;
        let mut path = OsString::new();
        if self.has_front() {
            path.push(front::DIR);
            path.push(":");
        }
        path.push(toolchain.sysroot.join("bin"));
        if let Some(dir) = &toolchain.cargo_from {
            path.push(":");
            path.push(dir.join("bin"));
        }
        path.push(":");
        path.push(self.image.path());
        path.push(":");
        path.push(self.host.cargo_home.join("bin"));
        path
    }

    /// Whether tests must not write beside their source: insta would fail to write a new snapshot before it
    /// shows how that differs from the old one. Nobody else may have said what it is to do.
    /// <https://docs.rs/insta/latest/insta/#updating-snapshots>
    fn forbids_new_snapshots(&self) -> bool {
        const NAME: &str = "INSTA_UPDATE";
        let entries = self.config.passthrough.iter();
        let mut names = entries.map(|s| s.value.split('=').next().unwrap_or_default());
        self.subcommand.runs_programs()
            && !self.project_is_writable()
            && self.host.var(NAME).is_none()
            && self.cargo_config.get(&format!("env.{NAME}")).is_none()
            && !names.any(|name| name == NAME)
    }

    /// Cargo would use colours on the caller's terminal, but sees a pipe when standard output goes
    /// elsewhere and the container therefore has no terminal.
    fn wants_color(&self) -> bool {
        let host = self.host;
        let has_tty = host.stdin_tty && host.stdout_tty && host.stderr_tty;
        host.stderr_tty
            && !has_tty
            && ["CARGO_TERM_COLOR", "NO_COLOR"]
                .iter()
                .all(|v| host.text(v).is_none())
            && self.invocation.options.color.is_none()
            && self.cargo_config.text("term.color").is_none()
            && self.invocation.options.message_format.is_empty()
            && host.text("TERM") != Some("dumb")
    }
}
