//! Programs that stand before the toolchain's: a container has one toolchain and no rustup, so
//! `cargo +name`, `rustup run` and the like mean that one, or end in a sentence that says so.
//! Without them cargo knows no `+stable`, and rustup's own proxies, which come with cargo's
//! plugins, find no toolchain at all.
//!
//! Below a plugin the same program keeps cargo's settings from being inherited. The plugin calls
//! cargo by itself, so they are variables; a build script's or a test's own cargo would take them
//! for its own, and wait for ever for the lock of the directory that the outer one builds in. Such
//! a cargo has the variables that cargo sets for a crate's programs. <https://doc.rust-lang.org/cargo/reference/environment-variables.html>

use std::path::{Path, PathBuf};

use crate::cargo::config::{text_of, variable};
use crate::engine::spec::{Access, EnvVar, Mount};
use crate::plan::{PlanInput, Step};
use cross_base::process::quote;

/// Where they are in the container: first on `PATH`.
pub(super) const DIR: &str = "/opt/cross/front";
/// The toolchain's own cargo below a plugin. It believes what `CARGO` says of its name unless that
/// is its own. <https://github.com/rust-lang/cargo/pull/15208>
const OTHER_NAME: &str = "/opt/cross/front/toolchain-cargo";
/// Programs of the toolchain's that are told which toolchain to be of, as cargo is: by themselves
/// they pass over `+name`, and know nothing of `RUSTUP_TOOLCHAIN`. Cargo passes by such a program
/// where it is the same file as `rustup`, and starts the toolchain's own.
/// <https://github.com/rust-lang/cargo/blob/0.93.0/src/cargo/util/context/mod.rs>, `get_tool`.
const PROXIES: &[&str] = &["rustc", "rustdoc", "rustfmt"];
const CARGO: &str = include_str!("cargo.in");
const RUSTUP: &str = include_str!("rustup.in");
/// Before the name of a variable of cargo's, that of one which has the value that cross gave it.
const GIVEN: &str = "CROSS_GAVE_";

impl PlanInput<'_> {
    /// Whether there are such programs: where rustup's own proxies choose the toolchain on the
    /// host, and below plugins.
    pub(super) fn has_front(&self) -> bool {
        self.context.toolchain.rustup_name.is_some() || self.is_plugin()
    }

    /// Where rustup keeps the toolchain.
    pub(super) fn rustup_home(&self) -> Option<&Path> {
        let toolchain = self.context.toolchain;
        toolchain.rustup_name.as_ref()?;
        toolchain.sysroot.parent()?.parent()
    }

    /// The cargo that they stand before: the outermost needs none of what they do, and starts
    /// sooner without.
    pub(super) fn cargo_behind_front(&self) -> Option<PathBuf> {
        let cargo = || {
            if self.is_plugin() {
                OTHER_NAME.into()
            } else {
                self.context.toolchain.sysroot.join("bin/cargo")
            }
        };
        self.has_front().then(cargo)
    }

    /// Shows them to the container.
    pub(super) fn front(&self, prepare: &mut Vec<Step>, mounts: &mut Vec<Mount>) {
        if !self.has_front() {
            return;
        }
        // A toolchain that rustup does not know is called by its directory.
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
                OTHER_NAME.into(),
            );
        }
    }

    fn filled_in(&self, text: &str, name: &str) -> String {
        let toolchain = self.context.toolchain;
        let short = name.strip_suffix(&format!("-{}", toolchain.host));
        let cargo = self.cargo_behind_front().unwrap_or_default();
        // Of the shells this one hands on variables whatever their names. Images of others need not
        // have it.
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

    /// The lines by which a crate's own programs do not inherit what is a plugin's.
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

    /// Settings for the cargo that a plugin calls, as variables.
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

    /// Those variables, and what the programs need to tell them from others'.
    pub(super) fn plugin_environment(&self) -> Vec<EnvVar> {
        let set = |name: String, value: String| EnvVar::Set(name, value.into());
        let mut env = Vec::new();
        let variables = self.variables_of_a_plugin();
        if self.has_front() && self.is_plugin() {
            env.push(set("CARGO".to_owned(), format!("{DIR}/cargo")));
            let given = variables.iter();
            env.extend(given.map(|(name, value)| set(format!("{GIVEN}{name}"), value.clone())));
        }
        env.extend(variables.into_iter().map(|(name, value)| set(name, value)));
        env
    }
}
