//! A target that the toolchain's rustc does not know: the file with its specification, the settings
//! by which cargo and rustc find the file, and the flags for rustc that belong to the target.
//! <https://doc.rust-lang.org/rustc/targets/custom.html>

use std::ffi::OsString;
use std::path::PathBuf;

use toml::Value;

use crate::cargo::specification::Specification;
use crate::engine::spec::{Access, EnvVar, Mount, last};
use crate::plan::{PlanInput, Step};
use cross_base::process::Cmd;

/// The directory of the file in the container.
const IN_CONTAINER: &str = "/opt/cross/specifications";
/// The variable with the directories in which rustc looks for specifications.
const VARIABLE: &str = "RUST_TARGET_PATH";
/// Cargo's key for flags for rustc.
const RUSTFLAGS: &str = "rustflags";

impl PlanInput<'_> {
    /// The directory of the file on the host, which has no other file.
    pub(super) fn specification_dir(&self) -> Option<PathBuf> {
        let text = &self.specification?.text;
        Some(self.generated_path("specification", text))
    }

    /// The mount of the file's directory, with the step that writes the file.
    pub(super) fn specification_mount(&self, prepare: &mut Vec<Step>) -> Option<Mount> {
        let source = self.specification_dir()?;
        let file = source.join(format!("{}.json", self.target.name()));
        prepare.push(Step::Write(file, self.specification?.text.clone()));
        Some(Mount {
            source,
            target: IN_CONTAINER.into(),
            access: Access::ReadOnly,
        })
    }

    /// The value of cargo's `--target`. A specification is named by its path: rustdoc of a nightly
    /// toolchain runs no examples for a target's name that rustdoc does not know itself.
    pub(super) fn told_target(&self) -> String {
        match self.specification {
            Some(_) => format!("{IN_CONTAINER}/{}.json", self.target.name()),
            None => self.target.triple.clone(),
        }
    }

    /// The setting with which cargo accepts a specification's path as a target.
    /// <https://doc.rust-lang.org/nightly/cargo/reference/unstable.html#json-target-spec>
    pub(super) fn specification_setting(&self) -> Option<(String, Value)> {
        let setting = || ("unstable.json-target-spec".to_owned(), Value::from(true));
        self.specification.map(|_| setting())
    }

    /// Adds the specification's variables to a command of the host's cargo, which asks rustc about
    /// the target as well.
    pub(super) fn with_specification(&self, cmd: Cmd) -> Cmd {
        let Some((dir, specification)) = self.specification_dir().zip(self.specification) else {
            return cmd;
        };
        let host = self.context.host;
        let (name, value) = self.flags_with(specification, RUSTFLAGS, |name| {
            host.var(name).map(ToOwned::to_owned)
        });
        cmd.env(VARIABLE, dir).env(name, value)
    }

    /// Adds the variables that tell rustc the file and the flags that belong to it.
    pub(super) fn tell_of_specification(&self, env: &mut Vec<EnvVar>) {
        let Some(specification) = self.specification else {
            return;
        };
        env.push(EnvVar::set(VARIABLE, IN_CONTAINER));
        for kind in [RUSTFLAGS, "rustdocflags"] {
            let (name, value) =
                self.flags_with(specification, kind, |name| self.value_in(env, name));
            env.push(EnvVar::set(name, value));
        }
    }

    /// The variable from which cargo reads flags of a kind (`rustflags`, `rustdocflags`), and its
    /// value: the user's own flags, then those of the specification.
    /// <https://doc.rust-lang.org/cargo/reference/config.html#buildrustflags>
    fn flags_with(
        &self,
        specification: &Specification,
        kind: &str,
        said: impl Fn(&str) -> Option<OsString>,
    ) -> (String, OsString) {
        let general = kind.to_uppercase();
        let of_target = self.variable(kind);
        // Cargo reads the first of these that is set. Only to the last it adds the flags of its
        // files.
        let places = [
            (format!("CARGO_ENCODED_{general}"), "\u{1f}"),
            (general, " "),
            (of_target.clone(), " "),
        ];
        let own = places.into_iter().find_map(|(name, separator)| {
            let value = said(&name)?;
            Some((name, separator, value))
        });
        let (name, separator, mut value) = own.unwrap_or_else(|| {
            // A variable for the target would hide `build.rustflags`, so these flags are copied.
            let config = self.context.cargo_config;
            let flags = config.flags_for_all(self.target.name(), kind);
            (of_target, " ", flags.join(" ").into())
        });
        for flag in specification.rustflags {
            if !value.is_empty() {
                value.push(separator);
            }
            value.push(flag);
        }
        (name, value)
    }

    /// The value of a variable in the container.
    fn value_in(&self, env: &[EnvVar], name: &str) -> Option<OsString> {
        let value = last(env, name)?.value(self.context.host);
        value.map(ToOwned::to_owned)
    }
}
