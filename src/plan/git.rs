//! Git's variables. Git in the container has to find the repository that the caller's git finds,
//! and to follow settings that change its output. Other settings, such as headers with tokens,
//! programs of the host and files, stay on the host.

use std::path::Path;

use crate::cargo::workspace::PRINTED;
use crate::engine::spec::EnvVar;
use crate::plan::PlanInput;
use cross_base::pattern::matches;

/// Variables with the places of a repository. <https://git-scm.com/docs/git#_the_git_repository>
const PLACES: &[&str] = &[
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_DIR",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_WORK_TREE",
];

/// Settings in the caller's variables that the container gets besides those of [`PRINTED`]. They
/// have no secret, no path and no program. <https://git-scm.com/docs/git-config>
const SETTINGS: &[&str] = &[
    "advice.*",
    "commit.gpgsign",
    "init.defaultbranch",
    "log.*",
    "protocol.*.allow",
    "safe.directory",
    "submodule.recurse",
    "tag.*",
    "user.email",
    "user.name",
];
/// The variables with numbered settings: <https://git-scm.com/docs/git-config#ENVIRONMENT>.
const COUNT: &str = "GIT_CONFIG_COUNT";
const KEY: &str = "GIT_CONFIG_KEY_";
const VALUE: &str = "GIT_CONFIG_VALUE_";
/// More settings than this are not read.
const MOST: usize = 1000;

impl PlanInput<'_> {
    /// The variables for git that the container gets.
    pub(super) fn git_environment(&self) -> Vec<EnvVar> {
        let mut env = self.git_places().unwrap_or_default();
        env.extend(self.git_settings());
        env
    }

    /// The variables with places, if the container has all of the places. A relative path comes
    /// from one of git's hooks, and would be wrong in the directories in which build scripts run,
    /// so it is left out.
    fn git_places(&self) -> Option<Vec<EnvVar>> {
        let host = self.context.host;
        let names = PLACES.iter().filter(|name| !self.is_named(name));
        let set = names.filter_map(|name| Some((*name, host.text(name)?)));
        let set = set.filter(|(_, value)| is_absolute(value));
        set.map(|(name, value)| {
            let mut paths = value.split(':').map(Path::new);
            let is_there = paths.all(|path| self.in_project(path));
            is_there.then(|| EnvVar::Inherit(name.to_owned()))
        })
        .collect()
    }

    fn git_settings(&self) -> Vec<EnvVar> {
        let host = self.context.host;
        let count = host.text(COUNT).and_then(|count| count.parse().ok());
        if self.is_named(COUNT) {
            return Vec::new();
        }
        let all = (0..count.unwrap_or(0).min(MOST)).filter_map(|number| {
            let key = host.text(&format!("{KEY}{number}"))?;
            Some((key, host.var(&format!("{VALUE}{number}"))?))
        });
        let passed = all.filter(|(key, _)| {
            let key = key.to_lowercase();
            let mut patterns = SETTINGS.iter().chain(PRINTED);
            patterns.any(|pattern| matches(pattern, &key))
        });
        let mut env = Vec::new();
        for (number, (key, value)) in passed.enumerate() {
            env.push(EnvVar::set(format!("{KEY}{number}"), key));
            env.push(EnvVar::set(format!("{VALUE}{number}"), value));
        }
        if !env.is_empty() {
            let count = (env.len() / 2).to_string();
            env.push(EnvVar::set(COUNT, count));
        }
        env
    }
}

/// Whether all paths of a value, separated by `:`, are absolute.
fn is_absolute(value: &str) -> bool {
    value.split(':').all(|path| path.starts_with('/'))
}
