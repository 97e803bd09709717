//! The Rust toolchain that is mounted into the container: found by asking `rustc`, which rustup's
//! proxy resolves exactly as it does for cargo (`+channel`, `RUSTUP_TOOLCHAIN`, directory overrides,
//! `rust-toolchain.toml`, linked toolchains), or which is the one on `PATH` where there is no rustup.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::process::Cmd;

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
    /// What rustup calls components and subcommands may need: `clippy`, `llvm-tools`, `rust-src`.
    pub(crate) components: Vec<String>,
}

/// Says that cargo or rustc is missing.
pub(crate) fn not_installed(program: &Path) -> Error {
    Error::new(format!("`{}` is not on `PATH`", program.display()))
        .hint("install Rust with rustup: https://rustup.rs")
}

/// Makes a call to one of rustup's proxies (or to the plain program where there is no rustup).
pub(crate) fn proxy(program: &str, channel: Option<&OsStr>) -> Cmd {
    let cmd = Cmd::new(program);
    match channel {
        Some(channel) => {
            let mut plus = std::ffi::OsString::from("+");
            plus.push(channel);
            cmd.arg(plus)
        }
        None => cmd,
    }
}

/// The question that finds the toolchain: one process for both answers, each on a line. (`-vV` would
/// silence every `--print`.)
pub(crate) fn query(channel: Option<&OsStr>) -> Cmd {
    proxy("rustc", channel).args(["--print", "sysroot", "--print", "host-tuple"])
}

/// The questions for a rustc before 1.84, which does not know `host-tuple`: the sysroot, and the
/// version with the host's triple.
pub(crate) fn old_queries(channel: Option<&OsStr>) -> [Cmd; 2] {
    let rustc = || proxy("rustc", channel);
    [rustc().args(["--print", "sysroot"]), rustc().arg("-vV")]
}

impl Toolchain {
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
            has_src: sysroot.join("lib/rustlib/src/rust/library").is_dir(),
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
        let tools = rustlib.join(&self.host).join("bin/llvm-profdata");
        for (name, there) in [("llvm-tools", tools.exists()), ("rust-src", self.has_src)] {
            if there {
                self.components.push(name.to_owned());
            }
        }
        self.components.sort();
        Ok(())
    }

    /// Whether the toolchain brings its own cargo.
    pub(crate) fn has_cargo(&self) -> bool {
        self.sysroot.join("bin/cargo").exists()
    }

    /// Whether the standard library for the target is there.
    pub(crate) fn has_std(&self, triple: &str) -> bool {
        self.std_for.iter().any(|t| t == triple)
    }
}

/// The toolchain's name if rustup installed it: then its directory stands in rustup's own folder
/// and has rustup's manifest. A linked toolchain has neither.
fn rustup_name(sysroot: &Path, rustup_home: &Path) -> Option<String> {
    let manifest = sysroot.join("lib/rustlib/multirust-channel-manifest.toml");
    let parent = crate::fs::canonical(sysroot.parent()?);
    if parent != crate::fs::canonical(&rustup_home.join("toolchains")) || !manifest.exists() {
        return None;
    }
    Some(sysroot.file_name()?.to_str()?.to_owned())
}
