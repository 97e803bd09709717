//! The Rust toolchain that is mounted into the container: found by asking `rustc`, which rustup's
//! proxy resolves exactly as it does for cargo (`+channel`, `RUSTUP_TOOLCHAIN`, directory
//! overrides, `rust-toolchain.toml`, linked toolchains), or which is the one on `PATH` where there
//! is no rustup.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::cli::Invocation;
use cross_base::error::{Error, Result, SystemError};
use cross_base::fs;
use cross_base::process::Cmd;

/// One toolchain and what it can build for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Toolchain {
    /// The directory that holds `bin/rustc` and `lib/rustlib`.
    pub(crate) sysroot: PathBuf,
    /// The triple of the machine the toolchain runs on.
    pub(crate) host: String,
    /// The name rustup knows the toolchain by, when rustup can add components to it.
    pub(crate) rustup_name: Option<String>,
    /// Another toolchain's directory to take cargo from, when this one has none: a toolchain that
    /// was linked from a build of rustc, for instance.
    pub(crate) cargo_from: Option<PathBuf>,
    /// Targets whose standard library is installed.
    pub(crate) std_for: Vec<String>,
    /// Whether the standard library's source is installed.
    pub(crate) has_src: bool,
    /// Whether it has a linker that GCC starts by the name `ld.lld` alone.
    pub(crate) has_lld: bool,
    /// What rustup calls components and subcommands may need: `clippy`, `llvm-tools`, `rust-src`.
    pub(crate) components: Vec<String>,
}

/// Why cargo or rustc cannot be asked: it is missing, if it is not for another reason that it could
/// not be started.
pub(crate) fn cannot_ask(program: &Path, error: Error) -> Error {
    let is_missing = |system: &SystemError| system.kind() == std::io::ErrorKind::NotFound;
    if error.system().is_some_and(is_missing) {
        not_installed(program)
    } else {
        error
    }
}

/// Says that cargo or rustc is missing.
pub(crate) fn not_installed(program: &Path) -> Error {
    Error::new(format!("`{}` is not on `PATH`", program.display()))
        .hint("install Rust with rustup: https://rustup.rs")
}

/// Host cargo with exactly what the user typed. Nothing is installed for it.
pub(crate) fn host_cargo(invocation: &Invocation) -> Cmd {
    Cmd::new("cargo")
        .args(invocation.argv())
        .env("RUSTUP_AUTO_INSTALL", "0")
}

/// Makes a call to one of rustup's proxies (or to the plain program where there is no rustup).
///
/// Cargo is told of no wrapper of rustc, whatever the project's configuration names: these are
/// programs that the host would run. An empty variable wins over the configuration and means none.
/// <https://doc.rust-lang.org/cargo/reference/environment-variables.html#environment-variables-cargo-reads>
pub(crate) fn proxy(program: &str, channel: Option<&OsStr>) -> Cmd {
    let mut cmd = Cmd::new(program);
    if program == "cargo" {
        cmd = without_wrappers(cmd);
    }
    match channel {
        Some(channel) => {
            let mut plus = std::ffi::OsString::from("+");
            plus.push(channel);
            cmd.arg(plus)
        }
        None => cmd,
    }
}

/// A call of cargo's with no wrapper of rustc.
pub(crate) fn without_wrappers(cmd: Cmd) -> Cmd {
    cmd.env("RUSTC_WRAPPER", "")
        .env("RUSTC_WORKSPACE_WRAPPER", "")
}

/// The question that finds the toolchain: one process for both answers, each on a line. (`-vV`
/// would silence every `--print`.)
pub(crate) fn query(channel: Option<&OsStr>) -> Cmd {
    proxy("rustc", channel).args(["--print", "sysroot", "--print", "host-tuple"])
}

/// The questions for a rustc before 1.84, which does not know `host-tuple`: the sysroot, and the
/// version with the host's triple.
pub(crate) fn old_queries(channel: Option<&OsStr>) -> [Cmd; 2] {
    let rustc = || proxy("rustc", channel);
    [rustc().args(["--print", "sysroot"]), rustc().arg("-vV")]
}

/// The question for the specification of a target, which a nightly rustc alone answers.
pub(crate) fn specification_query(channel: Option<&OsStr>, triple: &str) -> Cmd {
    let print = ["-Zunstable-options", "--print", "target-spec-json"];
    proxy("rustc", channel)
        .args(print)
        .args(["--target", triple])
}

impl Toolchain {
    /// The directory with the linker that belongs to rustc's LLVM, by the name that GCC starts for
    /// `-fuse-ld=lld`. Older toolchains have none, or one that GCC would start in any case, as
    /// `ld`. <https://blog.rust-lang.org/2025/09/01/rust-lld-on-1.90.0-stable/>
    pub(crate) fn linkers(&self) -> Option<PathBuf> {
        let own = self.sysroot.join("lib/rustlib").join(&self.host);
        self.has_lld.then(|| own.join("bin/gcc-ld"))
    }

    /// Reads the answer to [`query`], or those to [`old_queries`] one after the other, and looks at
    /// the directory it names.
    ///
    /// # Errors
    ///
    /// When rustc answered something else, or is part of the host system.
    pub(crate) fn from_answer(answer: &str, rustup_home: &Path) -> Result<Self> {
        let odd = || Error::new(format!("cannot understand what rustc answered: `{answer}`"));
        let (sysroot, host) = answer.trim().split_once('\n').ok_or_else(odd)?;
        let sysroot = PathBuf::from(sysroot);
        let host = match rustc_version::version_meta_for(host) {
            Ok(meta) => meta.host,
            Err(_) if host.contains(char::is_whitespace) => return Err(odd()),
            Err(_) => host.to_owned(),
        };
        if sysroot == Path::new("/usr") || sysroot == Path::new("/") {
            return Err(Error::new(format!(
                "the Rust toolchain in `{}` is part of the host system and cannot be used in a \
                 container",
                sysroot.display()
            ))
            .hint("install a toolchain of its own with rustup, or unpack one into a directory"));
        }
        let mut toolchain = Self {
            host,
            rustup_name: rustup_name(&sysroot, rustup_home),
            cargo_from: None,
            std_for: Vec::new(),
            has_src: sysroot.join(SOURCE).is_dir(),
            has_lld: false,
            components: Vec::new(),
            sysroot,
        };
        toolchain.look()?;
        Ok(toolchain)
    }

    /// Reads which targets and which cargo subcommands are there.
    fn look(&mut self) -> Result<()> {
        let rustlib = self.sysroot.join("lib/rustlib");
        for entry in fs_err::read_dir(&rustlib)? {
            let entry = entry?;
            if entry.path().join("lib").is_dir() {
                self.std_for
                    .push(entry.file_name().to_string_lossy().into_owned());
            }
        }
        self.std_for.sort();
        for entry in fs_err::read_dir(self.sysroot.join("bin"))? {
            let name = entry?.file_name();
            if let Some(command) = name.to_str().and_then(|n| n.strip_prefix("cargo-")) {
                self.components.push(command.to_owned());
            }
        }
        let own = rustlib.join(&self.host).join("bin");
        let linkers = own.join("gcc-ld");
        self.has_lld = linkers.join("ld.lld").exists() && !linkers.join("ld").exists();
        let tools = own.join("llvm-profdata");
        for (name, there) in [("llvm-tools", tools.exists()), ("rust-src", self.has_src)] {
            if there {
                self.components.push(name.to_owned());
            }
        }
        self.components.sort();
        Ok(())
    }

    /// A call of cargo's with this toolchain's rustc, rather than one that the project's
    /// configuration names.
    pub(crate) fn with_rustc(&self, cargo: Cmd) -> Cmd {
        cargo.env("RUSTC", self.sysroot.join("bin/rustc"))
    }

    /// Whether the toolchain brings its own cargo.
    pub(crate) fn has_cargo(&self) -> bool {
        self.sysroot.join("bin/cargo").exists()
    }

    /// Whether the standard library for the target is there.
    pub(crate) fn has_std(&self, triple: &str) -> bool {
        self.std_for.iter().any(|t| t == triple)
    }

    /// Whether rustup has the standard library for the target, by the manifest that it reads
    /// itself.
    ///
    /// # Errors
    ///
    /// When the manifest cannot be read.
    pub(crate) fn is_offered_std(&self, triple: &str) -> Result<bool> {
        let text = fs::read_if_exists(&self.sysroot.join(MANIFEST))?;
        Ok(text.is_some_and(|text| offers_std(&text, triple)))
    }

    /// Whether the toolchain's cargo takes unstable options, if its name in rustup tells.
    pub(crate) fn is_unstable_by_name(&self) -> Option<bool> {
        let name = match &self.cargo_from {
            Some(dir) => dir.file_name()?.to_str()?,
            None => self.rustup_name.as_deref()?,
        };
        let numbered = name.starts_with(|c: char| c.is_ascii_digit());
        if name.starts_with("nightly-") {
            Some(true)
        } else if numbered || name.starts_with("stable-") || name.starts_with("beta-") {
            Some(false)
        } else {
            None
        }
    }
}

/// The standard library's source, in a toolchain's directory.
pub(crate) const SOURCE: &str = "lib/rustlib/src/rust/library";

/// The list of what a channel offers, in a toolchain's directory.
const MANIFEST: &str = "lib/rustlib/multirust-channel-manifest.toml";

/// Looks the target up in a channel's manifest. That is a megabyte, so only the one table is
/// parsed.
fn offers_std(manifest: &str, triple: &str) -> bool {
    let quoted = toml::Value::String(triple.to_owned()).to_string();
    let table = [triple, &quoted].into_iter().find_map(|key| {
        let head = format!("[pkg.rust-std.target.{key}]");
        let mut lines = manifest.split_inclusive('\n');
        lines.by_ref().find(|line| line.trim_end() == head)?;
        Some(
            lines
                .take_while(|line| !line.starts_with('['))
                .collect::<String>(),
        )
    });
    let table = table.and_then(|table| table.parse::<toml::Table>().ok());
    table.is_some_and(|table| table.get("available") == Some(&toml::Value::Boolean(true)))
}

/// Whether what `cargo -V` printed is of a cargo that takes unstable options.
pub(crate) fn is_unstable(version: &str) -> bool {
    let version = version.split_whitespace().nth(1).unwrap_or_default();
    version.contains("-nightly") || version.contains("-dev")
}

/// The toolchain's name if rustup installed it: then its directory stands in rustup's own folder
/// and has rustup's manifest. A linked toolchain has neither.
fn rustup_name(sysroot: &Path, rustup_home: &Path) -> Option<String> {
    let manifest = sysroot.join(MANIFEST);
    let parent = fs::canonical(sysroot.parent()?);
    if parent != fs::canonical(&rustup_home.join("toolchains")) || !manifest.exists() {
        return None;
    }
    Some(sysroot.file_name()?.to_str()?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use pretty_assertions::assert_eq;

    #[test]
    fn the_manifest_says_what_rustup_has() {
        let manifest = "\
manifest-version = \"2\"

[pkg.rust-docs.target.mips-unknown-linux-gnu]
available = true

[pkg.rust-std.target.aarch64-unknown-linux-gnu]
available = true
components = []

[pkg.rust-std.target.aarch64-unknown-linux-gnu_ilp32]
available = false

[pkg.rust-std.target.\"thumbv8m.main-none-eabi\"]
url = \"[x]\"
available = true
";
        for triple in ["aarch64-unknown-linux-gnu", "thumbv8m.main-none-eabi"] {
            assert!(offers_std(manifest, triple), "{triple}");
        }
        for triple in [
            "aarch64-unknown-linux-gnu_ilp32",
            "aarch64-unknown-linux",
            "mips-unknown-linux-gnu",
            "my.json",
            "",
        ] {
            assert!(!offers_std(manifest, triple), "{triple}");
        }
    }

    #[test]
    fn a_version_tells_the_channel() {
        assert!(is_unstable("cargo 1.97.0-nightly (4d1f98451 2026-05-15)\n"));
        assert!(is_unstable("cargo 1.98.0-dev\n"));
        assert!(!is_unstable("cargo 1.95.0 (abc 2026-04-01)"));
        assert!(!is_unstable("cargo 1.96.0-beta.3 (abc 2026-04-01)"));
        assert!(!is_unstable(""));
    }

    #[test]
    fn a_name_of_rustups_tells_the_channel() {
        let by_name = |name: &str| {
            let toolchain = Toolchain {
                sysroot: "/r".into(),
                host: String::new(),
                rustup_name: Some(name.to_owned()),
                cargo_from: None,
                std_for: Vec::new(),
                has_src: false,
                has_lld: false,
                components: Vec::new(),
            };
            toolchain.is_unstable_by_name()
        };
        assert_eq!(by_name("nightly-x86_64-unknown-linux-gnu"), Some(true));
        assert_eq!(by_name("nightly-2026-05-20-x"), Some(true));
        assert_eq!(by_name("stable-x"), Some(false));
        assert_eq!(by_name("beta-x"), Some(false));
        assert_eq!(by_name("1.85.0-x"), Some(false));
        assert_eq!(by_name("mine"), None);
    }
}
