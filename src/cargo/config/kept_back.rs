//! The table of cargo's keys that containers do not get from the host as they are: programs of the
//! host, credentials, and the file of certificates. What is taken out of configuration files, which
//! variables stay on the host, and what is set in their place, is made of this table.

use cross_base::pattern::matches;

pub(crate) const HOST_PROGRAM: &str = "it names a program of the host";
pub(crate) const SECRET: &str = "credentials stay on the host";
const CERTIFICATES: &str = "the host's certificates are mounted at the container's own place";

/// The key for the wrapper of rustc:
/// <https://doc.rust-lang.org/cargo/reference/config.html#buildrustc-wrapper>.
pub(crate) const WRAPPER: &str = "build.rustc-wrapper";
/// The environment variable for the wrapper of rustc, which wins over the key.
pub(crate) const WRAPPER_VARIABLE: &str = "RUSTC_WRAPPER";

/// Where the keys of programs of a target stand.
const OF_A_TARGET: &str = "target.*.";

/// Keys of cargo's that mean the same and stay on the host.
#[derive(Debug)]
pub(crate) struct Key {
    /// The keys' full names. `*` stands for any one name.
    pub(crate) names: &'static [&'static str],
    /// Patterns of the keys' variables, of which the first wins over the key and the others:
    /// <https://doc.rust-lang.org/cargo/reference/environment-variables.html#environment-variables-cargo-reads>.
    pub(crate) variables: &'static [&'static str],
    /// What containers get in their place.
    pub(crate) instead: Instead,
    /// The keys' values that stay.
    pub(crate) stays: Stays,
    /// Why they stay on the host, for messages and the documentation.
    pub(crate) reason: &'static str,
}

/// What containers get in place of a key, so that a configuration file can stay as it is: git would
/// call a tracked file changed if the container saw another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Instead {
    /// Nothing. The key is taken out of the file.
    Nothing,
    /// Nothing, as cargo does not read the key in the container.
    Unread,
    /// The first variable with this value, which has cargo work as without the key. No wrapper is
    /// an empty one.
    Variable(&'static str),
    /// The target's variable, which its image sets. For the machine that builds, cross sets its
    /// variable to this value: the linker that rustc starts, and for tests of procedural macros a
    /// program that only starts another.
    OfTarget(&'static str),
    /// The certificates that are mounted.
    Certificates,
}

/// The values of a key that stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stays {
    Never,
    /// Programs of the project's that are named by a path. (Programs in the `bin` of cargo's home
    /// could run in a container as well. But wrappers of rustc such as sccache let a server
    /// compile, which may run on the host.)
    OfProject,
}

/// All keys that stay on the host.
pub(crate) const KEYS: &[Key] = &[
    Key {
        names: &["build.rustc"],
        variables: &["RUSTC", "CARGO_BUILD_RUSTC"],
        instead: Instead::Variable("rustc"),
        stays: Stays::Never,
        reason: HOST_PROGRAM,
    },
    Key {
        names: &[WRAPPER],
        variables: &[WRAPPER_VARIABLE, "CARGO_BUILD_RUSTC_WRAPPER"],
        instead: Instead::Variable(""),
        stays: Stays::OfProject,
        reason: HOST_PROGRAM,
    },
    Key {
        names: &["build.rustc-workspace-wrapper"],
        variables: &[
            "RUSTC_WORKSPACE_WRAPPER",
            "CARGO_BUILD_RUSTC_WORKSPACE_WRAPPER",
        ],
        instead: Instead::Variable(""),
        stays: Stays::OfProject,
        reason: HOST_PROGRAM,
    },
    Key {
        names: &["build.rustdoc"],
        variables: &["RUSTDOC", "CARGO_BUILD_RUSTDOC"],
        instead: Instead::Variable("rustdoc"),
        stays: Stays::Never,
        reason: HOST_PROGRAM,
    },
    Key {
        names: &["target.*.linker"],
        variables: &["CARGO_TARGET_*_LINKER"],
        instead: Instead::OfTarget("cc"),
        stays: Stays::OfProject,
        reason: HOST_PROGRAM,
    },
    Key {
        names: &["target.*.runner"],
        variables: &["CARGO_TARGET_*_RUNNER"],
        instead: Instead::OfTarget("env"),
        stays: Stays::OfProject,
        reason: HOST_PROGRAM,
    },
    Key {
        names: &["target.*.ar"],
        variables: &["CARGO_TARGET_*_AR"],
        instead: Instead::Unread,
        stays: Stays::Never,
        reason: HOST_PROGRAM,
    },
    // With `--open`, cargo in the container is told another browser by `--config`.
    Key {
        names: &["doc.browser"],
        variables: &["CARGO_DOC_BROWSER"],
        instead: Instead::Unread,
        stays: Stays::Never,
        reason: HOST_PROGRAM,
    },
    Key {
        names: &["registry.token", "registries.*.token"],
        variables: &["CARGO_*TOKEN"],
        instead: Instead::Nothing,
        stays: Stays::Never,
        reason: SECRET,
    },
    Key {
        names: &["registry.secret-key", "registries.*.secret-key"],
        variables: &["CARGO_*SECRET_KEY"],
        instead: Instead::Nothing,
        stays: Stays::Never,
        reason: SECRET,
    },
    Key {
        names: &[
            "registry.credential-provider",
            "registry.global-credential-providers",
            "registries.*.credential-provider",
        ],
        variables: &["CARGO_*CREDENTIAL_PROVIDER*"],
        instead: Instead::Nothing,
        stays: Stays::Never,
        reason: SECRET,
    },
    Key {
        names: &["credential-alias"],
        variables: &["CARGO_CREDENTIAL_*"],
        instead: Instead::Nothing,
        stays: Stays::Never,
        reason: SECRET,
    },
    Key {
        names: &["http.cainfo"],
        variables: &["CARGO_HTTP_CAINFO"],
        instead: Instead::Certificates,
        stays: Stays::Never,
        reason: CERTIFICATES,
    },
];

/// The row of a key, by its full name.
pub(crate) fn find(key: &str) -> Option<&'static Key> {
    let is_meant = |row: &&Key| row.names.iter().any(|name| matches(name, key));
    KEYS.iter().find(is_meant)
}

/// Whether a variable may name a program of the project's.
pub(crate) fn may_be_of_the_project(variable: &str) -> bool {
    let rows = KEYS.iter().filter(|row| row.stays == Stays::OfProject);
    let mut patterns = rows.flat_map(|row| row.variables);
    patterns.any(|pattern| matches(pattern, variable))
}

/// The keys below `target.<triple>` that name programs which an image has for its target, each with
/// the variable's value for the machine that builds.
pub(crate) fn of_targets() -> impl Iterator<Item = (&'static str, &'static str)> {
    KEYS.iter().filter_map(|row| match row.instead {
        Instead::OfTarget(value) => Some((row.names[0].strip_prefix(OF_A_TARGET)?, value)),
        _ => None,
    })
}

#[cfg(test)]
mod tests;
