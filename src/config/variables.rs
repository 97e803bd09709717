//! The environment variables that cross reads, and those of the public cross
//! (<https://github.com/cross-rs/cross/wiki/Configuration>) that users may still have set. Users
//! are told of variables that nothing reads, as they are of unknown keys.

use super::engine_options::EngineOptions;
use super::file::Network;
use super::foreign::{FOREIGN, Fate, Fate::Ignored, Fate::Taken, SLIPS};
use super::keys::{KEYS, Key, Scope};
use super::{Config, Setting, TargetConfig, variable_name};
use crate::target::{self, ROWS};
use cross_base::error::closest_within;
use cross_base::host::Host;
use cross_base::pattern::{is_pattern, matches};

/// Paths outside the project that the user allows a project to ask for, separated by colons.
pub(crate) const ALLOW_MOUNTS: &str = "CROSS_ALLOW_MOUNTS";

/// Environment variables that belong to no key.
const OWN: &[&str] = &[
    ALLOW_MOUNTS,
    "CROSS_CONFIG",
    // Cross sets these in containers, with the paths of volumes that have no name.
    "CROSS_VOLUME_*",
    // The tests of cross read these.
    "CROSS_TEST_*",
    "CROSS_UPDATE_DOCS",
];

/// Further names for the environment variables of keys.
const ALIASES: &[(&str, &str)] = &[
    ("build.engine", "CROSS_CONTAINER_ENGINE"),
    ("build.default-target", "CROSS_BUILD_TARGET"),
    ("build.build-std", "CROSS_BUILD_STD"),
];

/// The environment variable that sets a key, and its text. The key's own variable wins over further
/// names for it.
pub(super) fn said<'a>(host: &'a Host, key: &str) -> Option<(String, &'a str)> {
    let aliases = ALIASES.iter().filter(|(other, _)| *other == key);
    let aliases = aliases.map(|(_, name)| (*name).to_owned());
    let mut names = std::iter::once(variable_name(key)).chain(aliases);
    names.find_map(|name| Some((host.text(&name)?, name)).map(|(text, name)| (name, text)))
}

/// The names of the environment variables of all keys. `triple` is a target's name in capitals, or
/// `*`.
fn of_keys(triple: &str) -> Vec<String> {
    let of_key = |key: &Key| {
        let build =
            (key.scope != Scope::Target).then(|| variable_name(&format!("build.{}", key.name)));
        let target = variable_name(&format!("target..{}", key.name));
        let target =
            (key.scope != Scope::All).then(|| target.replacen("__", &format!("_{triple}_"), 1));
        build.into_iter().chain(target)
    };
    KEYS.iter().flat_map(of_key).collect()
}

impl Config {
    /// Warnings about environment variables, or parts of their values, that have no effect, one
    /// line each.
    pub(crate) fn without_effect(&self, configs: &[TargetConfig]) -> Vec<String> {
        let names = self.host.names();
        // A switch that is off asks for nothing, so there is no warning.
        let is_on = |value: &str| !["0", "false"].contains(&value);
        let is_switched = |name: &&str| is_on(self.host.text(name).unwrap_or("0"));
        let set = names.filter(|name| self.host.text(name).is_some());
        let lines = set.filter_map(|name| Some((name, about(name, configs)?)));
        let lines = lines.filter(|(name, _)| fate(name) != Some(Ignored) || is_switched(name));
        let mut lines: Vec<String> = lines.map(|(_, line)| line).collect();
        let options = EngineOptions::of(&self.host);
        lines.extend(options.refused);
        let is_host = |config: &TargetConfig| config.network.value == Network::Host;
        lines.extend(
            options
                .host_network
                .filter(|_| !configs.iter().all(is_host)),
        );
        for line in configs.iter().flat_map(TargetConfig::no_names) {
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
        lines
    }
}

fn fate(name: &str) -> Option<Fate> {
    let found = FOREIGN.iter().find(|(pattern, ..)| matches(pattern, name));
    found.map(|(_, fate, _)| *fate)
}

/// The warning about one environment variable.
fn about(name: &str, configs: &[TargetConfig]) -> Option<String> {
    let is_passed = || configs.iter().any(|config| config.passes(name));
    if let Some(meant) = slip(name).filter(|_| !is_passed()) {
        return Some(did_you_mean(name, &meant));
    }
    // This comes before the search for keys, since the pattern of the key `image` matches
    // `CROSS_TARGET_T_ZIG_IMAGE`, too.
    match FOREIGN.iter().find(|(pattern, ..)| matches(pattern, name)) {
        Some((_, Ignored, text)) => {
            return Some(format!("the variable `{name}` has no effect: {text}"));
        }
        Some(_) => return None,
        None if is_misspelt(name) => {
            return Some(did_you_mean(name, &capitals(name)));
        }
        None if !name.starts_with("CROSS_") => return None,
        None => {}
    }
    let is_own = || OWN.iter().any(|pattern| matches(pattern, name));
    let is_key = || of_keys("*").iter().any(|pattern| matches(pattern, name));
    // This comes last, since it parses every family's file.
    let is_familys = || target::variables().any(|known| known == name);
    let is_known = is_own() || is_key() || is_passed() || is_familys();
    (!is_known).then(|| unknown(name))
}

fn did_you_mean(name: &str, meant: &str) -> String {
    format!("nothing reads the variable `{name}`: did you mean `{meant}`?")
}

/// The right name for a wrong one in [`SLIPS`].
fn slip(name: &str) -> Option<String> {
    SLIPS.iter().find_map(|(pattern, meant)| {
        let (start, end) = pattern.split_once('*').unwrap_or((pattern, ""));
        let between = name.strip_prefix(start)?.strip_suffix(end)?;
        (between.is_empty() != pattern.contains('*')).then(|| meant.replace('*', between))
    })
}

/// A name with the characters that variables of keys consist of.
fn capitals(name: &str) -> String {
    name.to_uppercase()
        .replace(|c: char| !c.is_ascii_alphanumeric(), "_")
}

/// Whether a name differs from a key's variable in case and punctuation only, as
/// `CROSS_TARGET_aarch64-unknown-linux-gnu_IMAGE`.
fn is_misspelt(name: &str) -> bool {
    let meant = capitals(name);
    let is_key = || of_keys("*").iter().any(|pattern| matches(pattern, &meant));
    meant != name && meant.starts_with("CROSS_") && is_key()
}

/// The variable of the key that is meant by a name without a table, as `CROSS_IMAGE`, or with the
/// wrong table.
fn misplaced(name: &str) -> Option<String> {
    let rest = name.strip_prefix("CROSS_")?;
    let triples = ROWS.iter().map(|row| capitals(row.triple));
    let of_target = triples.filter_map(|triple| {
        let words = rest.strip_prefix("TARGET_")?.strip_prefix(&triple)?;
        Some((words.strip_prefix('_')?.to_owned(), triple))
    });
    let of_target = of_target.min_by_key(|(words, _)| words.len());
    let (words, triple) = of_target.map_or_else(
        || {
            let mut places = ["BUILD_", "TARGET_"].into_iter();
            let words = places.find_map(|place| rest.strip_prefix(place));
            (words.unwrap_or(rest).to_owned(), None)
        },
        |(words, triple)| (words, Some(triple)),
    );
    let is_meant = |key: &&Key| {
        let last = key.name.rsplit('.').next().unwrap_or_default();
        [key.name, last]
            .into_iter()
            .any(|name| capitals(name) == words)
    };
    let key = KEYS.iter().find(is_meant)?;
    let place = match (key.scope, triple) {
        (Scope::Both | Scope::Target, Some(triple)) => format!("TARGET_{triple}"),
        (Scope::Target, None) => "TARGET_<TRIPLE>".to_owned(),
        (Scope::All, _) | (Scope::Both, None) => "BUILD".to_owned(),
    };
    Some(format!("CROSS_{place}_{}", capitals(key.name)))
}

/// The warning about a variable whose name begins with `CROSS_` and that nothing reads.
fn unknown(name: &str) -> String {
    let of_rows = ROWS
        .iter()
        .flat_map(|row| of_keys(&row.triple.to_uppercase().replace('-', "_")));
    // Only variables that are read are suggested.
    let taken = FOREIGN.iter().filter(|(_, fate, _)| *fate == Taken);
    let others = OWN.iter().chain(taken.map(|(name, ..)| name));
    let others = others.copied().chain(target::variables());
    let others = others.filter(|name| !is_pattern(name)).map(str::to_owned);
    let known: Vec<String> = of_rows.chain(others).collect();
    let near = closest_within(name, known.iter().map(String::as_str), letters);
    match near.map(str::to_owned).or_else(|| misplaced(name)) {
        Some(near) => did_you_mean(name, &near),
        None => format!(
            "nothing reads the variable `{name}`; `env.passthrough` shows it to programs in the container"
        ),
    }
}

/// The number of letters in which a misspelling may differ from a name. There are fewer if the part
/// behind `CROSS_BUILD_` is short: `CROSS_BUILD_PORT` is no misspelling of `CROSS_BUILD_PARTS`.
fn letters(name: &str) -> usize {
    let own = name.strip_prefix("CROSS_").unwrap_or(name);
    let own = own.strip_prefix("BUILD_").unwrap_or(own);
    (own.len().max(3) / 3).min(2)
}

impl TargetConfig {
    /// Whether the configuration passes a variable on to the container.
    fn passes(&self, name: &str) -> bool {
        let mut entries = self.passthrough.iter().chain(&self.volumes);
        entries.any(|entry| matches(&entry.value, name))
    }

    /// Warnings about entries of `env` that cannot be names of variables.
    fn no_names(&self) -> impl Iterator<Item = String> {
        let paths = self.volumes.iter();
        let paths = paths.filter(|entry| entry.value.starts_with(['/', '.', '~', '$']));
        let paths = paths.filter(|entry| !entry.value.contains('='));
        let paths = paths.map(|Setting { value, source }| {
            format!("`{value}` in {source} has no effect: `NAME={value}` mounts a path")
        });
        let all = self.passthrough.iter().chain(&self.volumes);
        let lists = all.filter(|entry| entry.value.contains(',') && !entry.value.contains('='));
        let lists = lists.map(|Setting { value, source }| {
            format!("`{value}` in {source} has no effect: each name is an entry, and a variable has spaces between them")
        });
        // Shells and TOML use these characters around names and values.
        let is_marked = |name: &str| name.contains(['$', '"', '\'', '[', ']', '{', '}']);
        let is_value =
            move |entry: &&Setting<String>| entry.value.split('=').next().is_some_and(is_marked);
        let values = self.passthrough.iter().filter(is_value);
        let values = values.filter(|entry| !entry.value.contains(','));
        // The text behind `=` may be a secret.
        let values = values.map(|Setting { value, source }| {
            let name = value.split('=').next().unwrap_or_default();
            format!(
                "`{name}` in {source} names no variable: a name stands there as it is, without `$`, quotes and brackets, and in a variable \
                 spaces stand between entries"
            )
        });
        paths.chain(lists).chain(values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pretty_assertions::assert_eq;

    #[test]
    fn every_key_has_a_variable_that_is_known() {
        let names = of_keys("T");
        for name in [
            "CROSS_BUILD_ENGINE",
            "CROSS_BUILD_DOCKERFILE_CONTEXT",
            "CROSS_TARGET_T_IMAGE",
        ] {
            assert!(
                names.iter().any(|known| known == name),
                "{name} in {names:?}"
            );
        }
        assert!(!names.iter().any(|known| known == "CROSS_BUILD_IMAGE"));
        assert!(names.iter().all(|name| about(name, &[]).is_none()));
    }

    #[test]
    fn a_foreign_variable_that_is_read_is_an_alias_or_holds_options() {
        for (name, fate, _) in FOREIGN {
            let read = ALIASES.iter().any(|(_, alias)| alias == name) || name.ends_with("R_OPTS");
            assert_eq!(*fate == Taken, read, "{name}");
        }
    }

    #[test]
    fn our_own_variables_are_known() {
        for name in ["CROSS_CONFIG", "CROSS_ALLOW_MOUNTS", "CROSS_VOLUME_1"] {
            assert_eq!(about(name, &[]), None);
        }
    }

    #[test]
    fn what_is_suggested_is_read() {
        for (name, meant) in SLIPS {
            let meant = meant.replace('*', "AARCH64_UNKNOWN_LINUX_GNU");
            assert!(
                slip(&name.replace('*', "AARCH64_UNKNOWN_LINUX_GNU"))
                    .is_some_and(|found| found == meant)
            );
            assert_eq!(about(&meant, &[]), None, "{name}");
        }
    }

    #[test]
    fn options_for_builds_have_no_effect_in_any_number() {
        for name in ["CROSS_BUILD_OPTS", "CROSS_BUILD_OPT", "CROSS_BUILD_ARGS"] {
            let said = about(name, &[]).unwrap();
            assert!(said.ends_with("gives values to a Dockerfile"), "{said}");
        }
    }

    #[test]
    fn no_key_hides_a_foreign_variable() {
        let said = about("CROSS_TARGET_T_ZIG_IMAGE", &[]).unwrap();
        assert!(said.ends_with(super::super::foreign::ZIG), "{said}");
        assert_eq!(about("PATH", &[]), None);
    }

    #[test]
    fn a_name_without_its_place_is_told_the_whole() {
        for (name, meant) in [
            ("CROSS_IMAGE", "CROSS_TARGET_<TRIPLE>_IMAGE"),
            ("CROSS_TARGET_IMAGE", "CROSS_TARGET_<TRIPLE>_IMAGE"),
            ("CROSS_BUILD_IMAGE", "CROSS_TARGET_<TRIPLE>_IMAGE"),
            ("CROSS_ENGINE", "CROSS_BUILD_ENGINE"),
            ("CROSS_PASSTHROUGH", "CROSS_BUILD_ENV_PASSTHROUGH"),
            ("CROSS_BUILD_PASSTHROUGH", "CROSS_BUILD_ENV_PASSTHROUGH"),
            (
                "CROSS_TARGET_X86_64_UNKNOWN_LINUX_GNU_PASSTHROUGH",
                "CROSS_TARGET_X86_64_UNKNOWN_LINUX_GNU_ENV_PASSTHROUGH",
            ),
            (
                "CROSS_TARGET_X86_64_UNKNOWN_LINUX_GNU_NETWORK",
                "CROSS_BUILD_NETWORK",
            ),
            (
                "CROSS_TARGET_x86_64-unknown-linux-gnu_IMAGE",
                "CROSS_TARGET_X86_64_UNKNOWN_LINUX_GNU_IMAGE",
            ),
            ("cross_build_engine", "CROSS_BUILD_ENGINE"),
            (
                "CROSS_TARGET_my-board_RUNNER",
                "CROSS_TARGET_MY_BOARD_RUNNER",
            ),
            ("CROSS_TEST_TIMEOUT", "CROSS_BUILD_TEST_TIMEOUT"),
            (
                "CROSS_TARGET_MY_BOARD_RUSTFLAGS",
                "CARGO_TARGET_MY_BOARD_RUSTFLAGS",
            ),
        ] {
            let line = format!("nothing reads the variable `{name}`: did you mean `{meant}`?");
            assert_eq!(about(name, &[]), Some(line));
        }
        for name in [
            "CROSS_BUILD",
            "CROSS_STD",
            "CROSS_TARGET_IS_NICE",
            // Names that only containers read are not suggested. Neither are short keys to which
            // any word of five letters is similar.
            "CROSS_TARGETS",
            "CROSS_TARGET_RUNNERS",
            "CROSS_BUILD_PORT",
        ] {
            let said = about(name, &[]).unwrap();
            assert!(said.ends_with("programs in the container"), "{said}");
        }
        assert_eq!(about("cross_valgrind", &[]), None);
    }

    #[test]
    fn a_slip_in_a_variables_name_is_told_what_was_meant() {
        let meant = |name| about(name, &[]).unwrap();
        for (name, near) in [
            ("CROSS_BUILD_ENGIN", "CROSS_BUILD_ENGINE"),
            ("CROSS_CONFG", "CROSS_CONFIG"),
            (
                "CROSS_TARGET_AARCH64_UNKNOWN_LINUX_GNU_IMGE",
                "CROSS_TARGET_AARCH64_UNKNOWN_LINUX_GNU_IMAGE",
            ),
        ] {
            assert_eq!(
                meant(name),
                format!("nothing reads the variable `{name}`: did you mean `{near}`?")
            );
        }
    }
}
