//! Files that programs write beside the sources, such as profiles. When the project is read-only,
//! variables tell programs to write elsewhere or not at all.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::engine::spec::{Access, EnvVar, Mount, innermost, last};
use crate::plan::PlanInput;
use cross_base::fs;

/// The variable that tells insta whether to write new snapshots.
/// <https://docs.rs/insta/latest/insta/#updating-snapshots>
const SNAPSHOTS: &str = "INSTA_UPDATE";

/// The variable with the path of profiles that programs write.
/// <https://doc.rust-lang.org/rustc/instrument-coverage.html#running-the-instrumented-binary-to-generate-raw-coverage-profiling-data>
const PROFILES: &str = "LLVM_PROFILE_FILE";

/// The name that profiles get unless a variable or a flag names another. They are written to the
/// program's working directory, which is the package's for a test.
const PROFILE: &str = "default_%m_%p.profraw";

/// Flags for rustc that make programs write profiles. The value of the second is a directory for
/// the profiles.
const COVERAGE: &str = "instrument-coverage";
const GENERATE: &str = "profile-generate";
/// Values that turn `instrument-coverage` off. <https://doc.rust-lang.org/rustc/codegen-options/#instrument-coverage>
const OFF: &[&str] = &["n", "no", "off", "false", "0"];

impl PlanInput<'_> {
    /// Variables for programs that would otherwise write beside the sources.
    pub(super) fn instead_of_beside(&self) -> Vec<(&'static str, String)> {
        // insta fails to write a new snapshot before it shows how the snapshot differs from the old
        // one. With `no` it shows the difference.
        let snapshots = self
            .is_open(SNAPSHOTS)
            .then(|| (SNAPSHOTS, "no".to_owned()));
        let profiles = self.profiles().map(|place| (PROFILES, place));
        snapshots.into_iter().chain(profiles).collect()
    }

    /// The message that profiles are written to another place, which the variable of the run names.
    pub(super) fn moved_profiles(&self, env: &[EnvVar]) -> Option<String> {
        let EnvVar::Set(_, place) = last(env, PROFILES).filter(|_| self.is_open(PROFILES))? else {
            return None;
        };
        let place = place.to_string_lossy();
        Some(format!(
            "profiles are written to `{place}`, as the project is read-only: `{PROFILES}` can name another place"
        ))
    }

    /// The message that profiles are lost, as the container does not keep their directory. Programs
    /// do not fail then, so the loss would go unnoticed.
    pub(super) fn lost_profiles(&self, mounts: &[Mount]) -> Option<String> {
        if !self.context.subcommand.runs_programs() || self.is_configured(PROFILES) {
            return None;
        }
        let flags = self.flags();
        let said = self.context.host.text(PROFILES);
        let (place, dir) = if let Some(place) = said {
            flags
                .iter()
                .find(|flag| makes_profiles(flag) || directory(flag).is_some())?;
            (place, Path::new(place).parent()?)
        } else {
            let place = flags.iter().rev().find_map(|flag| directory(flag))?;
            (place, Path::new(place))
        };
        // A `%` starts one of LLVM's placeholders. A component with one is no directory that a
        // mount could name.
        let dir: PathBuf = dir
            .components()
            .take_while(|part| !part.as_os_str().as_encoded_bytes().contains(&b'%'))
            .collect();
        // A test runs in its package's directory, which is read-only like the whole project, so the
        // root stands for it.
        let dir = fs::absolute(&self.workspace.root, &dir);
        if innermost(mounts, &dir).is_some_and(|mount| mount.access == Access::ReadWrite) {
            return None;
        }
        let target_dir = self.workspace.target_dir.display();
        Some(format!(
            "profiles written to `{place}` are lost when the container ends: those in a directory below `{target_dir}` are kept"
        ))
    }

    /// The path for profiles in the target directory, if programs would write them to a read-only
    /// place.
    fn profiles(&self) -> Option<String> {
        let writes = self.is_open(PROFILES) && self.flags().iter().any(|flag| makes_profiles(flag));
        let place = writes.then(|| self.workspace.target_dir.join(PROFILE))?;
        // LLVM replaces placeholders behind a `%`, so the path must have none but those of the
        // name.
        let dir = self.workspace.target_dir.to_str()?;
        (!dir.contains('%')).then(|| place.to_string_lossy().into_owned())
    }

    /// Whether programs run that cannot write beside the sources, and neither the user nor a file
    /// sets the variable that they read.
    fn is_open(&self, name: &str) -> bool {
        self.context.subcommand.runs_programs()
            && !self.project_is_writable()
            && self.is_unsaid(name)
    }

    /// Whether neither the caller's environment nor a configuration file sets a variable. To the
    /// programs that read these variables, an empty value says nothing.
    pub(super) fn is_unsaid(&self, name: &str) -> bool {
        let value = self.context.host.var(name);
        value.is_none_or(OsStr::is_empty) && !self.is_configured(name)
    }

    /// Whether the configuration of cross or of cargo sets a variable.
    fn is_configured(&self, name: &str) -> bool {
        let config = self.context.cargo_config;
        self.is_named(name) || config.get(&format!("env.{name}")).is_some()
    }
}

/// The codegen option in a flag for rustc: behind `-C`, or the whole word if `-C` is a word of its
/// own.
fn codegen(flag: &str) -> &str {
    let mut prefixes = ["-C", "--codegen="].iter();
    prefixes
        .find_map(|prefix| flag.strip_prefix(prefix))
        .unwrap_or(flag)
}

/// Whether a flag for rustc, or its second word, makes programs write profiles to the default
/// place.
fn makes_profiles(flag: &str) -> bool {
    let option = codegen(flag);
    match option.split_once('=') {
        Some((name, value)) => name == COVERAGE && !OFF.contains(&value),
        None => [COVERAGE, GENERATE].contains(&option),
    }
}

/// The directory for profiles that a flag for rustc, or its second word, names:
/// <https://doc.rust-lang.org/rustc/codegen-options/#profile-generate>.
fn directory(flag: &str) -> Option<&str> {
    let (name, value) = codegen(flag).split_once('=')?;
    (name == GENERATE).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::makes_profiles;

    #[test]
    fn flags_that_make_profiles_are_known_in_each_spelling() {
        for flag in [
            "-Cinstrument-coverage",
            "instrument-coverage",
            "--codegen=instrument-coverage",
            "-Cinstrument-coverage=all",
            "-Cprofile-generate",
        ] {
            assert!(makes_profiles(flag), "{flag}");
        }
        for flag in [
            "-Cinstrument-coverage=off",
            "-Cinstrument-coverage=no",
            "-Cprofile-generate=/w/p/target/pgo",
            "-Cprofile-use=instrument-coverage",
            "-C",
        ] {
            assert!(!makes_profiles(flag), "{flag}");
        }
    }
}
