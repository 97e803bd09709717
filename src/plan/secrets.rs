//! Secrets in a run: which ones the container gets, and the messages about them. None gets into the
//! container without a message.

use std::ffi::OsStr;
use std::path::Path;

use crate::config::{Setting, Source};
use crate::engine::spec::{EnvVar, last};
use crate::plan::PlanInput;
use crate::plan::system::CA_BUNDLE;
use crate::plan::variables::is_kept_back;
use cross_base::names::quoted;
use cross_base::notices::Notice;
use cross_base::pattern::{is_pattern, matches};
use cross_base::secrets::{
    has_password, is_proxy, is_secret, is_too_much_for_a_pattern, without_password,
};

impl PlanInput<'_> {
    /// Whether a pattern of the configuration does not pass a variable on that it matches.
    pub(super) fn is_too_much(&self, name: &str) -> bool {
        let value = self.context.host.text(name).unwrap_or_default();
        is_kept_back(name) || is_too_much_for_a_pattern(name, value)
    }

    /// The value of a proxy's variable without the user name and password. None if it has no
    /// password.
    ///
    /// The host's cargo fetches, so the container needs no password. A build script that downloads
    /// finds the proxy and gets its demand for a password, rather than wait for a server that it
    /// cannot reach.
    pub(super) fn stripped_proxy(&self, name: &str) -> Option<String> {
        let value = self.context.host.text(name).filter(|_| is_proxy(name))?;
        without_password(value)
    }

    /// The messages about the variables of a run in a container.
    pub(super) fn secrets(&self, env: &[EnvVar]) -> Vec<Notice> {
        let mut told = self.of_variables();
        told.extend(self.overridden(env).into_iter().map(Notice::Warning));
        let (kept_back, shown) = self
            .context
            .cargo_config
            .secrets(|name| self.is_named(name));
        let named = |keys: &[(String, &Path)]| {
            let keys = keys.iter();
            let keys = keys.map(|(key, file)| format!("`{key}` in `{}`", file.display()));
            keys.collect::<Vec<_>>().join(", ")
        };
        if !kept_back.is_empty() {
            told.push(Notice::Warning(format!(
                "the container gets no {}: `passthrough` can name such variables",
                named(&kept_back)
            )));
        }
        if !shown.is_empty() {
            // Cargo identifies fetched packages by the address of their source. Without the
            // password the address would be another source, so the password stays.
            told.push(Notice::Warning(format!(
                "the container can read the password in {}",
                named(&shown)
            )));
        }
        told
    }

    fn of_variables(&self) -> Vec<Notice> {
        let mut told = Vec::new();
        let proxies: Vec<&str> = self
            .unnamed()
            .filter(|name| self.stripped_proxy(name).is_some())
            .collect();
        if !proxies.is_empty() {
            told.push(Notice::Warning(format!(
                "the container gets {} without the password: `passthrough` can name it",
                quoted(&proxies)
            )));
        }
        told.extend(self.left_by_patterns());
        let addresses: Vec<&str> = self
            .unnamed()
            .filter(|name| name.starts_with("CARGO_") && !is_kept_back(name) && !is_proxy(name))
            .filter(|name| self.context.host.text(name).is_some_and(has_password))
            .collect();
        if !addresses.is_empty() {
            told.push(Notice::Warning(format!(
                "the container can read the password in {}",
                quoted(&addresses)
            )));
        }
        told.extend(self.asked_by_files());
        told
    }

    /// The names of the caller's variables, less those that the configuration names in full.
    fn unnamed(&self) -> impl Iterator<Item = &str> {
        let names = self.context.host.names();
        names.filter(|name| !self.is_named(name))
    }

    /// The messages about variables that a pattern of the configuration matches and does not pass
    /// on.
    fn left_by_patterns(&self) -> Vec<Notice> {
        let entries = self.context.config.passthrough.iter();
        let patterns =
            entries.filter(|entry| is_pattern(&entry.value) && !entry.value.contains('='));
        let told = patterns.filter_map(|entry| {
            // Variables of cargo's that stay on the host are documented, so they need no message.
            let left: Vec<&str> = self
                .unnamed()
                .filter(|name| {
                    matches(&entry.value, name) && !is_kept_back(name) && self.is_too_much(name)
                })
                .collect();
            (!left.is_empty()).then(|| {
                Notice::Warning(format!(
                    "`{}` of {} does not stand for {}: `passthrough` can name such variables in full",
                    entry.value,
                    entry.source,
                    quoted(&left)
                ))
            })
        });
        told.collect()
    }

    /// The message about secrets that the container gets because a file of the project names them.
    fn asked_by_files(&self) -> Option<Notice> {
        let of_files = self.context.config.passthrough.iter().filter(|entry| {
            let value = self.context.host.text(&entry.value).unwrap_or_default();
            matches!(entry.source, Source::File(..))
                && self.context.host.var(&entry.value).is_some()
                && (is_secret(&entry.value) || is_too_much_for_a_pattern(&entry.value, value))
        });
        let of_files = of_files.map(|entry| format!("`{}` ({})", entry.value, entry.source));
        let of_files: Vec<String> = of_files.collect();
        (!of_files.is_empty()).then(|| Notice::Status("Passing", of_files.join(", ")))
    }

    /// Messages about variables that the configuration names and that cross sets to another value.
    pub(super) fn overridden(&self, env: &[EnvVar]) -> Vec<String> {
        let config = self.context.config;
        let entries = config.passthrough.iter().chain(&config.volumes);
        let entries = entries.filter(|entry| !is_pattern(&entry.value));
        let set = |name: &str| match last(env, name)? {
            EnvVar::Set(_, value) => Some(value.as_os_str()),
            EnvVar::Inherit(_) => None,
        };
        let lines = entries.filter_map(|Setting { value: entry, source }| {
            let (name, asked) = match entry.split_once('=') {
                Some((name, value)) => (name, OsStr::new(value)),
                None => (entry.as_str(), self.context.host.var(entry)?),
            };
            // The value is the same file: the host's certificates stand at this path in the
            // container.
            let is_there = |value: &OsStr| !entry.contains('=') && value == CA_BUNDLE;
            let other = set(name).filter(|value| *value != asked && !is_there(value))?;
            let why = match name {
                "PATH" => "the container has programs of its own; `ENV PATH` of a `dockerfile` adds to them".to_owned(),
                "HOME" => "it is an empty directory of the container's; `env.volumes` shows files of yours".to_owned(),
                _ => format!("cross sets it to `{}`", other.to_string_lossy()),
            };
            Some(format!("`{name}` in {source} has no effect: {why}"))
        });
        lines.collect()
    }
}
