//! Scripts that stand before the toolchain's programs on `PATH`. A container has one toolchain and
//! no rustup, so `cargo +name` and `rustup run name` either mean that toolchain or end with an
//! error that says so. Without the scripts cargo would not know `+stable`, and rustup's own
//! proxies, which stand beside cargo's plugins, would find no toolchain.
//!
//! Below a plugin the script for cargo also keeps cross's settings from being inherited. A plugin
//! calls cargo by itself, so the settings are variables. A cargo that a build script or a test
//! calls would take them for its own, and wait for ever for the lock of the directory in which the
//! outer cargo builds. The script recognises such a cargo by the variables that cargo sets for a
//! crate's programs. With the engine `host` there is only this script, and in its place a file with
//! cross as its interpreter. <https://doc.rust-lang.org/cargo/reference/environment-variables.html>

use std::path::{Path, PathBuf};

use crate::cargo::config::{text_of, variable};
use crate::engine::spec::{Access, EnvVar, Mount};
use crate::plan::{PlanInput, Step};
use cross_base::process::quote;

/// The directory of the scripts in the container, which is first on `PATH`.
pub(super) const DIR: &str = "/opt/cross/front";
/// The name of the toolchain's own cargo below a plugin, beside the script. A cargo whose file has
/// another name than `cargo` keeps the value of `CARGO`, and so the script, as its own path.
/// <https://github.com/rust-lang/cargo/pull/15208>
pub(crate) const OTHER_NAME: &str = "toolchain-cargo";
/// The first argument that makes `cross` the interpreter of the file in the script's place.
pub(crate) const ON_HOST: &str = "__front";
/// The longest first line of a script that kernels before Linux 5.1 read in full.
/// <https://man7.org/linux/man-pages/man2/execve.2.html>
const LONGEST_LINE: usize = 127;
/// The toolchain's programs that get a script, as cargo does: by themselves they do not know
/// `+name` and `RUSTUP_TOOLCHAIN`. If such a script is the same file as `rustup`, cargo skips it
/// and starts the toolchain's own program.
/// <https://github.com/rust-lang/cargo/blob/0.93.0/src/cargo/util/context/mod.rs>, `get_tool`.
const PROXIES: &[&str] = &["rustc", "rustdoc", "rustfmt"];
const CARGO: &str = include_str!("cargo.in");
const RUSTUP: &str = include_str!("rustup.in");
/// The beginning of the name of a variable that has the value that cross gave to a variable of
/// cargo's.
pub(crate) const GIVEN: &str = "CROSS_GAVE_";

impl PlanInput<'_> {
    /// Whether there are such scripts: where rustup's proxies choose the toolchain on the host, and
    /// below plugins.
    pub(super) fn has_front(&self) -> bool {
        if !self.engine.isolates() {
            return self.front_on_host().is_some();
        }
        self.context.toolchain.rustup_name.is_some() || self.is_plugin()
    }

    /// The directory of rustup, which has the toolchain in `toolchains/`.
    pub(super) fn rustup_home(&self) -> Option<&Path> {
        let toolchain = self.context.toolchain;
        toolchain.rustup_name.as_ref()?;
        toolchain.sysroot.parent()?.parent()
    }

    /// The path of the cargo that the script starts. The outermost cargo is started by this path as
    /// well: it needs no script, and starts sooner without.
    pub(super) fn cargo_behind_front(&self) -> Option<PathBuf> {
        let cargo = || {
            if self.is_plugin() {
                self.front_dir().join(OTHER_NAME)
            } else {
                self.context.toolchain.sysroot.join("bin/cargo")
            }
        };
        self.has_front().then(cargo)
    }

    /// Mounts the scripts into the container.
    pub(super) fn front(&self, prepare: &mut Vec<Step>, mounts: &mut Vec<Mount>) {
        if !self.has_front() {
            return;
        }
        // A toolchain that rustup does not know has the path of its directory as its name.
        let sysroot = self.context.toolchain.sysroot.to_string_lossy();
        let of_rustup = self.context.toolchain.rustup_name.as_deref();
        let name = of_rustup.unwrap_or(&sysroot);
        let mut show = |source: PathBuf, target: PathBuf| {
            mounts.push(Mount {
                source,
                target,
                access: Access::ReadOnly,
            });
        };
        let mut make = |program: &str, text: &str, called: &[&str]| {
            let text = self.filled_in(text, name);
            let source = self.generated_program(prepare, program, text);
            for name in [&[program], called].concat() {
                show(source.clone(), Path::new(DIR).join(name));
            }
        };
        make("cargo", CARGO, &[]);
        if of_rustup.is_some() {
            make("rustup", RUSTUP, PROXIES);
        }
        if self.is_plugin() {
            show(
                self.context.toolchain.sysroot.join("bin/cargo"),
                Path::new(DIR).join(OTHER_NAME),
            );
        }
    }

    /// The directory with the script for cargo.
    pub(super) fn front_dir(&self) -> PathBuf {
        let on_host = self.front_on_host();
        on_host.map_or(DIR.into(), |(_, text)| self.generated_path("front", &text))
    }

    /// The toolchain's cargo and the text of the file in front of it, below a plugin with the
    /// engine `host`. The lines behind the first are the toolchain's names. None if there can be no
    /// such file.
    fn front_on_host(&self) -> Option<(&Path, String)> {
        let cargo = self.cargo_of_toolchain.filter(|_| self.is_plugin())?;
        let program = self.context.host.program.to_str()?;
        let first = format!("#!{program} {ON_HOST}\n");
        if program.contains(char::is_whitespace) || first.len() > LONGEST_LINE {
            return None;
        }
        let toolchain = self.context.toolchain;
        let sysroot = toolchain.sysroot.to_string_lossy();
        let name = toolchain.rustup_name.as_deref().unwrap_or(&sysroot);
        let short = name.strip_suffix(&format!("-{}", toolchain.host));
        let short = short.unwrap_or(name);
        Some((cargo, format!("{first}{name}\n{short}\n{sysroot}\n")))
    }

    /// The steps that make the front of the engine `host`.
    pub(super) fn front_steps(&self) -> Vec<Step> {
        let Some((cargo, text)) = self.front_on_host() else {
            return Vec::new();
        };
        let dir = self.front_dir();
        vec![
            Step::WriteProgram(dir.join("cargo"), text),
            Step::NameProgram(dir.join(OTHER_NAME), cargo.to_owned()),
        ]
    }

    /// Whether a setting for cargo would get to a cargo that a crate's own program calls.
    pub(super) fn would_be_inherited(&self) -> bool {
        !self.engine.isolates() && self.is_plugin() && !self.has_front()
    }

    fn filled_in(&self, text: &str, name: &str) -> String {
        let toolchain = self.context.toolchain;
        let short = name.strip_suffix(&format!("-{}", toolchain.host));
        let cargo = self.cargo_behind_front().unwrap_or_default();
        // bash passes variables on whatever their names. An image that is not cross's need not have
        // bash.
        let shell = if self.image.is_ours() {
            "/bin/bash -p"
        } else {
            "/bin/sh"
        };
        let word = |text: &Path| quote(text.as_os_str()).into_owned();
        let targets = toolchain.std_for.iter().map(|name| word(name.as_ref()));
        [
            ("@NAME@", word(name.as_ref())),
            ("@SHORT@", word(short.unwrap_or(name).as_ref())),
            ("@SYSROOT@", word(&toolchain.sysroot)),
            ("@HOST@", word(toolchain.host.as_ref())),
            ("@TARGETS@", targets.collect::<Vec<_>>().join(" ")),
            ("@CARGO@", word(&cargo)),
            ("@SHELL@", shell.to_owned()),
            ("@INHERITED@", self.inherited()),
        ]
        .into_iter()
        .fold(text.to_owned(), |text, (place, value)| {
            text.replace(place, &value)
        })
    }

    /// Lines of the script that unset cross's variables for a plugin, if a crate's own program
    /// calls cargo.
    fn inherited(&self) -> String {
        let names = self.variables_of_a_plugin();
        let lines = names.iter().map(|(name, _)| {
            format!("\t[ \"${{{name}-}}\" != \"${{{GIVEN}{name}-}}\" ] || unset {name}\n")
        });
        let lines: String = lines.collect();
        if lines.is_empty() {
            return lines;
        }
        format!("if [ -n \"${{CARGO_MANIFEST_DIR-}}\" ]; then\n{lines}fi")
    }

    /// The settings for the cargo that a plugin calls, as variables.
    pub(super) fn variables_of_a_plugin(&self) -> Vec<(String, String)> {
        let mut variables = Vec::new();
        if self.is_plugin() {
            let settings = self.settings();
            let settings = settings.iter();
            variables.extend(settings.map(|(key, value)| (variable(key), text_of(value))));
        }
        if self.tells_by_variable() {
            variables.push(("CARGO_BUILD_TARGET".to_owned(), self.told_target()));
        }
        variables
    }

    /// The variables of [`PlanInput::variables_of_a_plugin`], and those by which the scripts tell
    /// cross's values from others.
    pub(super) fn plugin_environment(&self) -> Vec<EnvVar> {
        let mut env = Vec::new();
        let variables = self.variables_of_a_plugin();
        if self.has_front() && self.is_plugin() {
            env.push(EnvVar::set("CARGO", self.front_dir().join("cargo")));
            let given = variables.iter();
            env.extend(given.map(|(name, value)| EnvVar::set(format!("{GIVEN}{name}"), value)));
        }
        let variables = variables.into_iter();
        env.extend(variables.map(|(name, value)| EnvVar::set(name, value)));
        env
    }
}
