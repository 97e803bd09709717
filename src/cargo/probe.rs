//! The questions to rustc about the toolchain and to cargo about the workspace. Both run at the
//! same time, beside the question to the engine about the image.

use std::ffi::OsStr;
use std::process::Output;

use crate::cargo::cache::ProbeCache;
use crate::cargo::metadata::{self, Metadata};
use crate::cargo::std_lib::StdProbe;
use crate::cargo::toolchain::{self, Toolchain};
use crate::cargo::toolchain_file;
use crate::cli::Invocation;
use cross_base::error::{Error, Result};
use cross_base::host::Host;
use cross_base::process::{Cmd, Running, exit_code};

/// The questions to rustc and cargo, running or answered from the cache.
#[derive(Debug)]
pub(crate) struct Probes {
    rustc: Probe<String>,
    cargo: Probe<Metadata>,
}

/// One question.
#[derive(Debug)]
enum Probe<T> {
    Known(T),
    Running(Running),
}

/// The answers about the toolchain and the project.
#[derive(Debug)]
pub(crate) struct ProbeResult {
    /// rustc's answer as it printed it.
    pub(crate) rustc: String,
    pub(crate) toolchain: Toolchain,
    pub(crate) project: Metadata,
}

impl<T> Probe<T> {
    fn start(known: Option<T>, cmd: &Cmd) -> Result<Self> {
        if let Some(known) = known {
            return Ok(Self::Known(known));
        }
        // If the toolchain is missing, both of rustup's proxies would install it at the same time.
        let asked = toolchain::without_installation(cmd.clone());
        let running = asked.start();
        let running = running.map_err(|error| toolchain::cannot_ask(&cmd.program, error))?;
        Ok(Self::Running(running))
    }
}

impl Probes {
    /// Starts the questions that the cache has no answer to.
    pub(crate) fn start(invocation: &Invocation, known: &ProbeCache<'_>) -> Result<Self> {
        let channel = invocation.toolchain.as_deref();
        Ok(Self {
            rustc: Probe::start(known.rustc(), &toolchain::query(channel))?,
            cargo: Probe::start(known.project(), &metadata::query(invocation))?,
        })
    }

    /// Waits for the answers. If the toolchain is missing, rustup may install it only with
    /// `may_install`.
    ///
    /// # Errors
    ///
    /// If there is no toolchain, or cargo refuses the workspace. The error then has cargo's message
    /// and exit code.
    pub(crate) fn finish(
        self,
        invocation: &Invocation,
        host: &Host,
        may_install: bool,
    ) -> Result<ProbeResult> {
        let allowed = |cmd: Cmd| {
            if may_install {
                cmd
            } else {
                toolchain::without_installation(cmd)
            }
        };
        let mut cargo = match self.cargo {
            Probe::Known(metadata) => Ok(metadata),
            Probe::Running(running) => Err(running.finish()?),
        };
        let answer = match self.rustc {
            Probe::Known(answer) => answer,
            Probe::Running(running) => {
                let rustc = running.finish()?;
                if rustc.status.success() {
                    text(&rustc)
                } else {
                    // Either the toolchain is missing, and rustup may now install it as it would
                    // for cargo, or rustc is too old for the question.
                    let channel = invocation.toolchain.as_deref();
                    let [sysroot, version] = toolchain::old_queries(channel).map(allowed);
                    let answer = text(&again(&sysroot)?) + &text(&again(&version)?);
                    cargo = Err(allowed(metadata::query(invocation)).output()?);
                    answer
                }
            }
        };
        let mut toolchain = Toolchain::from_answer(&answer, &host.rustup_home)?;
        if !toolchain.has_cargo() {
            toolchain.cargo_from = Some(other_cargo(&toolchain, host)?);
        }
        toolchain.lacking = toolchain_file::lacking(&toolchain, invocation, host);
        Ok(ProbeResult {
            rustc: answer,
            toolchain,
            project: cargo.or_else(|output| read(&output))?,
        })
    }
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Repeats a question. The user sees rustup's messages about an installation.
fn again(cmd: &Cmd) -> Result<Output> {
    use std::process::Stdio;
    let child = cmd.spawn(Stdio::null(), Stdio::piped(), Stdio::inherit())?;
    let output = child
        .wait_with_output()
        .map_err(|e| Error::new(format!("cannot wait for {cmd}: {e}")))?;
    if output.status.success() {
        Ok(output)
    } else {
        Err(Error::already_reported(exit_code(output.status)))
    }
}

/// Reads cargo's answer.
///
/// # Errors
///
/// If cargo failed: its message and its exit code.
pub(crate) fn read(output: &Output) -> Result<Metadata> {
    if output.status.success() {
        return Metadata::parse(&output.stdout);
    }
    let text = String::from_utf8_lossy(&output.stderr);
    let text = text.trim_end();
    let text = text.strip_prefix("error: ").unwrap_or(text);
    let error = Error::new(text).code(exit_code(output.status));
    Err(if text.starts_with("could not find `Cargo.toml`") {
        error.hint("`cross` works in a project: go there, or name it with `--manifest-path`")
    } else {
        error
    })
}

/// Asks cargo about the project, without rustc. rustup must not install a toolchain for it.
///
/// # Errors
///
/// As [`Probes::finish`].
pub(crate) fn metadata(invocation: &Invocation) -> Result<Metadata> {
    let cmd = toolchain::without_installation(metadata::query(invocation));
    let running = cmd.start();
    let running = running.map_err(|error| toolchain::cannot_ask(&cmd.program, error))?;
    read(&running.finish()?)
}

/// Asks cargo about another manifest.
pub(crate) fn metadata_of(invocation: &Invocation, manifest: &std::path::Path) -> Result<Metadata> {
    let mut other = invocation.clone();
    other.options.manifest_path = Some(manifest.to_owned());
    read(&metadata::query(&other).output()?)
}

/// The toolchain that cargo is taken from if a linked toolchain has none. rustup takes the first of
/// these that is installed.
/// <https://rust-lang.github.io/rustup/concepts/toolchains.html#custom-toolchains>
fn other_cargo(toolchain: &Toolchain, host: &Host) -> Result<std::path::PathBuf> {
    ["nightly", "beta", "stable"]
        .iter()
        .map(|channel| {
            let name = format!("{channel}-{}", toolchain.host);
            host.rustup_home.join("toolchains").join(name)
        })
        .find(|dir| dir.join("bin/cargo").exists())
        .ok_or_else(|| {
            Error::new(format!(
                "the toolchain in `{}` has no cargo",
                toolchain.sysroot.display()
            ))
            .hint("install one that has: `rustup toolchain install stable`")
        })
}

/// Looks up facts about a standard library that is not installed.
#[derive(Debug)]
pub(crate) struct Lookup<'a> {
    pub(crate) host: &'a Host,
    pub(crate) channel: Option<&'a OsStr>,
    pub(crate) toolchain: &'a Toolchain,
    pub(crate) triple: &'a str,
}

impl StdProbe for Lookup<'_> {
    fn offered(&self) -> Result<bool> {
        self.toolchain.is_offered_std(self.triple)
    }

    fn unstable(&self) -> Result<bool> {
        // Cargo accepts no other value of this variable.
        if self.host.text("RUSTC_BOOTSTRAP") == Some("1") {
            return Ok(true);
        }
        if let Some(known) = self.toolchain.is_unstable_by_name() {
            return Ok(known);
        }
        // Cargo decides about unstable options, and a linked toolchain may have another toolchain's
        // cargo. So cargo is asked and not rustc.
        let cmd = toolchain::proxy("cargo", self.channel).arg("-V");
        Ok(toolchain::is_unstable(&text(&cmd.output()?)))
    }

    fn rustup(&self) -> bool {
        self.host.rustup_home.join("toolchains").is_dir()
    }

    fn nightly_source(&self) -> bool {
        let name = format!("nightly-{}", self.toolchain.host);
        let sysroot = self.host.rustup_home.join("toolchains").join(name);
        sysroot.join(toolchain::SOURCE).is_dir()
    }
}
