//! Options for docker's `run` in a variable, as the public cross takes them: volumes and variables
//! among them mean what `env.volumes` and `env.passthrough` mean, and are taken where that is just
//! what they say. The others are named; cross does not hand words on to an engine.
//! <https://docs.docker.com/reference/cli/docker/container/run/>

use std::path::Path;

use super::{Setting, Source};
use cross_base::host::Host;

/// The variables; the first that is set counts.
const VARIABLES: [&str; 2] = ["CROSS_CONTAINER_OPTS", "DOCKER_OPTS"];

/// What is in the variable.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct EngineOptions {
    /// Entries as in `env.volumes`, under names of our own.
    pub(super) volumes: Vec<Setting<String>>,
    /// Entries as in `env.passthrough`.
    pub(super) passthrough: Vec<Setting<String>>,
    /// What is to be said of all else, one line each.
    pub(super) refused: Vec<String>,
    /// What is to be said of the host's network, where the container has another.
    pub(super) host_network: Option<String>,
}

/// What an option means here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meaning {
    /// A path, as `-v` has it.
    Volume,
    /// A path, as `--mount` has it.
    Mount,
    /// A variable.
    Variable,
    /// The network, which is the host's if nothing else is configured.
    Network,
    /// The processor, of which there is one.
    Platform,
    /// It is so anyway.
    Needless,
    /// Why it is not taken, or what to write instead.
    Instead(&'static str),
}

use Meaning::{Instead, Mount, Needless, Network, Platform, Variable, Volume};

/// Long form, short form, whether it has a value, meaning.
type Row = (&'static str, Option<char>, bool, Meaning);

const OPTIONS: &[Row] = &[
    ("cap-add", None, true, Instead(RIGHTS)),
    ("device", None, true, Instead(RIGHTS)),
    ("env", Some('e'), true, Variable),
    (
        "env-file",
        None,
        true,
        Instead("`env.passthrough` names variables"),
    ),
    ("init", None, false, Needless),
    ("interactive", Some('i'), false, Needless),
    ("mount", None, true, Mount),
    ("net", None, true, Network),
    ("network", None, true, Network),
    ("platform", None, true, Platform),
    ("privileged", None, false, Instead(RIGHTS)),
    ("rm", None, false, Needless),
    ("security-opt", None, true, Instead(RIGHTS)),
    ("tty", Some('t'), false, Needless),
    (
        "user",
        Some('u'),
        true,
        Instead("programs run as the caller"),
    ),
    ("userns", None, true, Instead("programs run as the caller")),
    ("volume", Some('v'), true, Volume),
    (
        "workdir",
        Some('w'),
        true,
        Instead("programs run in the caller's directory"),
    ),
];
const RIGHTS: &str = "no container of cross's has more rights than its caller";
const NETWORK: &str = "`build.network` chooses the network";
const PATHS: &str = "`env.volumes` mounts paths, writable and under the host's own names";
const OTHER: &str = "cross takes volumes and variables only";

impl EngineOptions {
    /// Reads the caller's.
    pub(super) fn of(host: &Host) -> Self {
        let set = |name: &&'static str| Some((*name, host.text(name)?));
        let Some((variable, text)) = VARIABLES.iter().find_map(set) else {
            return Self::default();
        };
        let mut options = Self::default();
        let Some(words) = shlex::split(text) else {
            // Any word of it may be a secret.
            options.refused.push(format!(
                "the variable `{variable}` has no effect: a quote in it is not closed"
            ));
            return options;
        };
        let mut words = words.iter().map(String::as_str).peekable();
        while let Some(word) = words.next() {
            let (row, attached) = find(word);
            match row {
                Some(&(long, _, true, meaning)) => {
                    let value = attached.or_else(|| words.next()).unwrap_or_default();
                    options.add(variable, &format!("--{long} {value}"), meaning, value);
                }
                Some(&(long, _, false, meaning)) => {
                    options.add(variable, &format!("--{long}"), meaning, "");
                }
                None => {
                    let name = word.split('=').next().unwrap_or_default();
                    options.refuse(variable, name, OTHER);
                    // Perhaps its value.
                    while words.next_if(|next| !next.starts_with('-')).is_some() {}
                }
            }
        }
        options
    }

    fn add(&mut self, variable: &'static str, said: &str, meaning: Meaning, value: &str) {
        let setting = |value: String| Setting {
            value,
            source: Source::Variable(variable.to_owned()),
        };
        match meaning {
            Needless => {}
            Network if value == "host" => {
                self.host_network = Some(without_effect(variable, said, NETWORK));
            }
            Network => self.refuse(variable, said, NETWORK),
            Platform if value == "linux/amd64" => {}
            Platform => self.refuse(variable, said, "images are for `linux/amd64`"),
            Instead(text) => self.refuse(variable, said, text),
            Variable if is_variable(value) => self.passthrough.push(setting(value.to_owned())),
            Variable => {
                // What stands behind it may be a secret.
                let name = said.split('=').next().unwrap_or_default();
                self.refuse(variable, name, "it names no variable");
            }
            Volume | Mount => {
                let path = if meaning == Volume {
                    volume(value)
                } else {
                    mount(value)
                };
                match path {
                    Some(path) => {
                        let number = self.volumes.len() + 1;
                        let entry = format!("CROSS_VOLUME_{number}={path}");
                        self.volumes.push(setting(entry));
                    }
                    None => self.refuse(variable, said, PATHS),
                }
            }
        }
    }

    fn refuse(&mut self, variable: &str, said: &str, text: &str) {
        self.refused.push(without_effect(variable, said, text));
    }
}

fn without_effect(variable: &str, said: &str, text: &str) -> String {
    format!("`{said}` in the variable `{variable}` has no effect: {text}")
}

/// The option that a word is, and the value that is attached to it.
fn find(word: &str) -> (Option<&'static Row>, Option<&str>) {
    if let Some(long) = word.strip_prefix("--") {
        let (name, value) = match long.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (long, None),
        };
        return (OPTIONS.iter().find(|row| row.0 == name), value);
    }
    let mut letters = word.strip_prefix('-').unwrap_or_default().chars();
    let first = letters.next();
    let row = OPTIONS.iter().find(|row| row.1.is_some() && row.1 == first);
    let rest = letters.as_str();
    match row {
        Some((_, _, true, _)) if !rest.is_empty() => {
            (row, Some(rest.strip_prefix('=').unwrap_or(rest)))
        }
        // `-it`: what stands for one has no meaning, nor has the other.
        _ => (row, None),
    }
}

/// Whether this is a variable's name, with or without a value.
fn is_variable(text: &str) -> bool {
    let name = text.split('=').next().unwrap_or_default();
    let mut letters = name.chars();
    letters
        .next()
        .is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && letters.all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// The path of `-v`, if it is the same on both sides, and writable.
fn volume(value: &str) -> Option<&str> {
    let mut fields = value.split(':');
    let (source, target, more) = (fields.next()?, fields.next()?, fields.next());
    let fits = more.is_none_or(|more| {
        more.split(',')
            .all(|word| ["rw", "z", "Z", "cached", "delegated"].contains(&word))
    });
    same(source, target).filter(|_| fits && fields.next().is_none())
}

/// The path of `--mount`, if it is the same on both sides, and writable.
fn mount(value: &str) -> Option<&str> {
    let (mut source, mut target, mut is_bind) = (None, None, false);
    for field in value.split(',') {
        match field.split_once('=')? {
            ("type", kind) => is_bind = kind == "bind",
            ("source" | "src", path) => source = Some(path),
            ("target" | "dst" | "destination", path) => target = Some(path),
            _ => return None,
        }
    }
    same(source?, target?).filter(|_| is_bind)
}

fn same<'a>(source: &'a str, target: &str) -> Option<&'a str> {
    (source == target && Path::new(source).is_absolute()).then_some(source)
}

#[cfg(test)]
mod tests {
    use super::*;
    use pretty_assertions::assert_eq;

    fn options(text: &str) -> EngineOptions {
        let env = [("CROSS_CONTAINER_OPTS".into(), text.into())];
        EngineOptions::of(&Host {
            env: env.into(),
            ..Host::default()
        })
    }

    fn values(settings: &[Setting<String>]) -> Vec<&str> {
        settings
            .iter()
            .map(|setting| setting.value.as_str())
            .collect()
    }

    #[test]
    fn volumes_and_variables_are_read_however_they_are_written() {
        let found = options(
            "-v /a:/a --volume=/b:/b:rw,z -v/c:/c --mount type=bind,src=/d,dst=/d -e A --env=B=1 -eC='x y' -it --rm --platform linux/amd64",
        );
        assert_eq!(
            values(&found.volumes),
            [
                "CROSS_VOLUME_1=/a",
                "CROSS_VOLUME_2=/b",
                "CROSS_VOLUME_3=/c",
                "CROSS_VOLUME_4=/d"
            ]
        );
        assert_eq!(values(&found.passthrough), ["A", "B=1", "C=x y"]);
        assert_eq!(found.refused, [""; 0]);
    }

    #[test]
    fn a_text_with_an_open_quote_is_not_shown() {
        let refused = options("-e TOKEN='x").refused;
        let expected =
            "the variable `CROSS_CONTAINER_OPTS` has no effect: a quote in it is not closed";
        assert_eq!(refused, [expected]);
    }

    #[test]
    fn what_means_something_else_here_is_named() {
        for (text, said, why) in [
            ("-v /a:/b", "--volume /a:/b", PATHS),
            ("-v /a:/a:ro", "--volume /a:/a:ro", PATHS),
            ("-v cache:/c", "--volume cache:/c", PATHS),
            ("-v", "--volume ", PATHS),
            (
                "--mount type=tmpfs,dst=/d",
                "--mount type=tmpfs,dst=/d",
                PATHS,
            ),
            (
                "--mount type=bind,src=/d,dst=/d,ro",
                "--mount type=bind,src=/d,dst=/d,ro",
                PATHS,
            ),
            ("-e A-B=1", "--env A-B", "it names no variable"),
            ("-e *", "--env *", "it names no variable"),
            ("--privileged", "--privileged", RIGHTS),
            ("--net=none", "--net none", NETWORK),
            (
                "--platform linux/arm64",
                "--platform linux/arm64",
                "images are for `linux/amd64`",
            ),
            ("--shm-size 1g", "--shm-size", OTHER),
            ("--shm-size=1g", "--shm-size", OTHER),
        ] {
            let found = options(text);
            let expected =
                format!("`{said}` in the variable `CROSS_CONTAINER_OPTS` has no effect: {why}");
            assert_eq!(found.refused, [expected], "{text}");
            assert!(
                found.volumes.is_empty() && found.passthrough.is_empty(),
                "{text}"
            );
        }
    }
}
