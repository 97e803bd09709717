//! Options for `docker run` in an environment variable, which the public cross reads. Options for
//! volumes and environment variables are taken if `env.volumes` or `env.passthrough` can express
//! them. All other options are refused with a message, because cross passes no words on to an
//! engine. <https://docs.docker.com/reference/cli/docker/container/run/>

use std::path::Path;

use super::{Setting, Source};
use cross_base::host::Host;

/// The environment variables with such options. The first one that is set counts.
const VARIABLES: [&str; 2] = ["CROSS_CONTAINER_OPTS", "DOCKER_OPTS"];

/// The options in the variable.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct EngineOptions {
    /// Entries for `env.volumes`, under variable names that cross makes up.
    pub(super) volumes: Vec<Setting<String>>,
    /// Entries for `env.passthrough`.
    pub(super) passthrough: Vec<Setting<String>>,
    /// Messages about options that have no effect, one line each.
    pub(super) refused: Vec<String>,
    /// The message about `--network host`, for containers that have another network.
    pub(super) host_network: Option<String>,
}

/// The meaning of one of docker's options to cross.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meaning {
    /// A mount in the form of `--volume`.
    Volume,
    /// A mount in the form of `--mount`.
    Mount,
    /// An environment variable.
    Variable,
    /// The container's network. The host's is the default.
    Network,
    /// The platform of the image.
    Platform,
    /// Cross does this without the option.
    Needless,
    /// The option is refused, for this reason or with this advice.
    Instead(&'static str),
}

use Meaning::{Instead, Mount, Needless, Network, Platform, Variable, Volume};

/// The long form, the short form, whether the option takes a value, and the option's meaning.
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
    /// Reads the options in the caller's environment.
    pub(super) fn of(host: &Host) -> Self {
        let set = |name: &&'static str| Some((*name, host.text(name)?));
        let Some((variable, text)) = VARIABLES.iter().find_map(set) else {
            return Self::default();
        };
        let mut options = Self::default();
        let Some(words) = shlex::split(text) else {
            // The message shows no part of the text, because any word of it may be a secret.
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
                    // The next words may be values of the unknown option.
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
                // The text behind `=` may be a secret.
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

/// The table's row for an option, and the value in the same word.
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
        // The cluster `-it`: its first letter stands for an option without effect, and so does the
        // other.
        _ => (row, None),
    }
}

/// Whether the text is an environment variable's name, with or without `=` and a value.
fn is_variable(text: &str) -> bool {
    let name = text.split('=').next().unwrap_or_default();
    let mut letters = name.chars();
    letters
        .next()
        .is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && letters.all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// The path of `--volume`. None unless it is the same on both sides and writable.
fn volume(value: &str) -> Option<&str> {
    let mut fields = value.split(':');
    let (source, target, more) = (fields.next()?, fields.next()?, fields.next());
    let fits = more.is_none_or(|more| {
        more.split(',')
            .all(|word| ["rw", "z", "Z", "cached", "delegated"].contains(&word))
    });
    same(source, target).filter(|_| fits && fields.next().is_none())
}

/// The path of `--mount`. None unless it is the same on both sides and writable.
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
