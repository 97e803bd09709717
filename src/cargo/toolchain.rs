//! The Rust toolchain that is mounted into containers. `rustc` is asked for it: rustup's proxy
//! chooses a toolchain for rustc exactly as for cargo (`+channel`, `RUSTUP_TOOLCHAIN`, directory
//! overrides, `rust-toolchain.toml`, linked toolchains). Without rustup it is the toolchain on
//! `PATH`.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Output;

use crate::cli::Invocation;
use cross_base::error::{Error, Result, SystemError};
use cross_base::fs;
use cross_base::process::Cmd;

/// A toolchain and the targets that it has standard libraries for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Toolchain {
    /// The directory that holds `bin/rustc` and `lib/rustlib`.
    pub(crate) sysroot: PathBuf,
    /// The triple of the machine the toolchain runs on.
    pub(crate) host: String,
    /// The toolchain's name in rustup. None if rustup cannot add components to it.
    pub(crate) rustup_name: Option<String>,
    /// The directory of another toolchain to take cargo from, if this one has none. An example is a
    /// toolchain that is linked from a build of rustc.
    pub(crate) cargo_from: Option<PathBuf>,
    /// The targets whose standard library is installed, and the directories of this kind in
    /// `rustlib`.
    pub(crate) std_for: Vec<String>,
    /// Whether the standard library's source is installed.
    pub(crate) has_src: bool,
    /// Whether the toolchain has a linker that GCC starts as `ld.lld`.
    pub(crate) has_lld: bool,
    /// The components that subcommands may need, by rustup's names: `clippy`, `llvm-tools`,
    /// `rust-src`.
    pub(crate) components: Vec<String>,
    /// What the project's toolchain file names and the toolchain lacks.
    pub(crate) lacking: Lacking,
}

/// Parts that a toolchain lacks, and that rustup can add.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Lacking {
    /// Components by the names that rustup is told.
    pub(crate) components: Vec<String>,
    /// Targets whose standard library is missing.
    pub(crate) targets: Vec<String>,
}

/// The error if cargo or rustc could not be started. A missing program has a hint of its own.
pub(crate) fn cannot_ask(program: &Path, error: Error) -> Error {
    let is_missing = |system: &SystemError| system.kind() == std::io::ErrorKind::NotFound;
    if error.system().is_some_and(is_missing) {
        not_installed(program)
    } else {
        error
    }
}

/// The error about a missing cargo or rustc.
pub(crate) fn not_installed(program: &Path) -> Error {
    Error::new(format!("`{}` is not on `PATH`", program.display()))
        .hint("install Rust with rustup: https://rustup.rs")
}

/// The host's cargo with the user's arguments. rustup may install what the project names, as for
/// any call of cargo.
pub(crate) fn host_cargo(invocation: &Invocation) -> Cmd {
    Cmd::new("cargo").args(invocation.argv())
}

/// Whether a program is one of rustup's proxies: they are the same file as `rustup` beside them.
pub(crate) fn is_proxy(program: &Path) -> bool {
    fs::is_same(program, &program.with_file_name("rustup"))
}

/// A call to one of rustup's proxies, or to the plain program if there is no rustup.
///
/// Cargo gets no wrapper of rustc, even if the project's configuration names one: the wrapper would
/// be a program that the host runs. An empty variable wins over the configuration and means no
/// wrapper.
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

/// Turns wrappers of rustc off for a call to cargo.
pub(crate) fn without_wrappers(cmd: Cmd) -> Cmd {
    cmd.env("RUSTC_WRAPPER", "")
        .env("RUSTC_WORKSPACE_WRAPPER", "")
}

/// Forbids rustup's proxy to install a missing toolchain for a command.
pub(crate) fn without_installation(cmd: Cmd) -> Cmd {
    cmd.env("RUSTUP_AUTO_INSTALL", "0")
}

/// The command that asks rustc for the targets that it knows.
pub(crate) fn target_list_query(channel: Option<&OsStr>) -> Cmd {
    proxy("rustc", channel).args(["--print", "target-list"])
}

/// The targets in the answer to [`target_list_query`]. Empty if rustc cannot be asked.
pub(crate) fn target_list(answer: Result<Output>) -> Vec<String> {
    let text = answer.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    let text = text.unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

/// The command that asks rustc for the toolchain: one process prints the sysroot and the host's
/// triple, each on a line. (With `-vV` rustc would ignore every `--print`.)
pub(crate) fn query(channel: Option<&OsStr>) -> Cmd {
    proxy("rustc", channel).args(["--print", "sysroot", "--print", "host-tuple"])
}

/// The commands for a rustc before 1.84, which does not know `host-tuple`: one prints the sysroot,
/// the other the version with the host's triple.
pub(crate) fn old_queries(channel: Option<&OsStr>) -> [Cmd; 2] {
    let rustc = || proxy("rustc", channel);
    [rustc().args(["--print", "sysroot"]), rustc().arg("-vV")]
}

/// The command that prints the specification of a target. Only a nightly rustc accepts it.
pub(crate) fn specification_query(channel: Option<&OsStr>, triple: &str) -> Cmd {
    let print = ["-Zunstable-options", "--print", "target-spec-json"];
    proxy("rustc", channel)
        .args(print)
        .args(["--target", triple])
}

impl Toolchain {
    /// The directory with the linker of rustc's LLVM under the name that GCC starts for
    /// `-fuse-ld=lld`. None for older toolchains: they have no such linker, or have it under the
    /// name `ld`, which GCC would always start.
    /// <https://blog.rust-lang.org/2025/09/01/rust-lld-on-1.90.0-stable/>
    pub(crate) fn linkers(&self) -> Option<PathBuf> {
        let own = self.sysroot.join("lib/rustlib").join(&self.host);
        self.has_lld.then(|| own.join("bin/gcc-ld"))
    }

    /// Parses the answer to [`query`], or the joined answers to [`old_queries`], and looks at the
    /// toolchain's directory.
    ///
    /// # Errors
    ///
    /// If the answer is unexpected, or if rustc is part of the host's system.
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
            lacking: Lacking::default(),
            sysroot,
        };
        toolchain.look()?;
        Ok(toolchain)
    }

    /// Finds the installed targets and components in the toolchain's directory.
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

    /// Makes a call to cargo use this toolchain's rustc, even if the project's configuration names
    /// another.
    pub(crate) fn with_rustc(&self, cargo: Cmd) -> Cmd {
        cargo.env("RUSTC", self.sysroot.join("bin/rustc"))
    }

    /// Whether the toolchain has a cargo.
    pub(crate) fn has_cargo(&self) -> bool {
        self.sysroot.join("bin/cargo").exists()
    }

    /// Whether the toolchain has the standard library for the target.
    pub(crate) fn has_std(&self, triple: &str) -> bool {
        self.std_for.iter().any(|t| t == triple)
    }

    /// Whether rustup offers the standard library for the target, according to the manifest that
    /// rustup itself reads.
    ///
    /// # Errors
    ///
    /// If the manifest cannot be read.
    pub(crate) fn is_offered_std(&self, triple: &str) -> Result<bool> {
        let text = fs::read_if_exists(&self.sysroot.join(MANIFEST))?;
        let text = text.unwrap_or_default();
        Ok(is_available(&text, "rust-std", triple) == Some(true))
    }

    /// Which of these components and targets the toolchain lacks. Those that its channel does not
    /// have are left out, as rustup's proxy passes over them too.
    pub(crate) fn lacking(&self, components: Vec<String>, targets: Vec<String>) -> Lacking {
        let text = |file: &str| fs::read_if_exists(&self.sysroot.join(file)).ok().flatten();
        // Only rustup writes this list.
        let Some(installed) = text(INSTALLED) else {
            return Lacking::default();
        };
        let installed: Vec<&str> = installed.lines().collect();
        let of_host = format!("-{}", self.host);
        let has = |name: &String| {
            let name = name.strip_suffix(&of_host).unwrap_or(name);
            packages(name).any(|package| {
                installed.contains(&&*package)
                    || installed.contains(&&*format!("{package}{of_host}"))
            })
        };
        let mut lacking = Lacking {
            components: components.into_iter().filter(|name| !has(name)).collect(),
            targets: targets.into_iter().filter(|t| !self.has_std(t)).collect(),
        };
        if lacking == Lacking::default() {
            return lacking;
        }
        let manifest = text(MANIFEST).unwrap_or_default();
        let has = |package: &str, triple: &str| is_available(&manifest, package, triple);
        lacking.components.retain(|name| {
            let mut places = packages(name).flat_map(|package| {
                // A package without programs, such as `rust-src`, is one for all machines.
                [&*self.host, "*"].map(|triple| has(&package, triple))
            });
            places.any(|is_there| is_there == Some(true))
        });
        let is_there = |triple: &String| has("rust-std", triple) == Some(true);
        lacking.targets.retain(is_there);
        lacking
    }

    /// Whether the toolchain's cargo accepts unstable options. None if the toolchain's name does
    /// not tell.
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

/// The directory of the standard library's source, relative to the sysroot.
pub(crate) const SOURCE: &str = "lib/rustlib/src/rust/library";

/// rustup's manifest of the channel, relative to the sysroot.
const MANIFEST: &str = "lib/rustlib/multirust-channel-manifest.toml";

/// rustup's list of the packages in a toolchain, relative to the sysroot.
const INSTALLED: &str = "lib/rustlib/components";

/// The names that a component may have as a package: `clippy` is in the package `clippy-preview`.
fn packages(component: &str) -> impl Iterator<Item = String> + use<> {
    let plain = component.strip_suffix("-preview").unwrap_or(component);
    [plain.to_owned(), format!("{plain}-preview")].into_iter()
}

/// Whether a channel's manifest says that a package can be had for a target. None if the manifest
/// does not know the package or the target. The manifest has a megabyte, so only the one table is
/// parsed.
fn is_available(manifest: &str, package: &str, triple: &str) -> Option<bool> {
    let quoted = toml::Value::String(triple.to_owned()).to_string();
    let table = [triple, &quoted].into_iter().find_map(|key| {
        let head = format!("[pkg.{package}.target.{key}]");
        let mut lines = manifest.split_inclusive('\n');
        lines.by_ref().find(|line| line.trim_end() == head)?;
        Some(
            lines
                .take_while(|line| !line.starts_with('['))
                .collect::<String>(),
        )
    });
    let table = table.and_then(|table| table.parse::<toml::Table>().ok())?;
    Some(table.get("available") == Some(&toml::Value::Boolean(true)))
}

/// Whether a version printed by `cargo -V` is of a cargo that accepts unstable options.
pub(crate) fn is_unstable(version: &str) -> bool {
    let version = version.split_whitespace().nth(1).unwrap_or_default();
    version.contains("-nightly") || version.contains("-dev")
}

/// The name of a toolchain that rustup installed: its directory is in rustup's directory of
/// toolchains and has a manifest. A linked toolchain has neither.
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
            let is_available = is_available(manifest, "rust-std", triple);
            assert_eq!(is_available, Some(true), "{triple}");
        }
        for (triple, expected) in [
            ("aarch64-unknown-linux-gnu_ilp32", Some(false)),
            ("aarch64-unknown-linux", None),
            ("mips-unknown-linux-gnu", None),
            ("my.json", None),
            ("", None),
        ] {
            let is_available = is_available(manifest, "rust-std", triple);
            assert_eq!(is_available, expected, "{triple}");
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
                lacking: Lacking::default(),
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
