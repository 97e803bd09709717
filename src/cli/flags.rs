//! Cargo's options as a table: their names, where they may stand, and whether they take a value.
//!
//! Cross passes cargo's arguments on untouched. To find the subcommand and the target in them, it
//! has to know that `-Z` takes a value and `--release` does not. The table is the union of the
//! options of all of cargo's commands, from the definitions in cargo 1.95
//! (`src/cargo/util/command_prelude.rs` and `src/bin/cargo`). [`DIFFERENT`] has the options that
//! mean different things to different commands. See <https://doc.rust-lang.org/cargo/commands/>.

mod paths;

use Meaning::{
    ArtifactDir, Color, Config, Directory, DryRun, Fix, Frozen, Help, Install, InstallDir,
    KeepGoing, List, Locked, LockfilePath, ManifestPath, MessageFormat, NoTrack, Offline, Open,
    Other, PackageDir, Profile, Quiet, Release, Target, TargetDir, Unstable, Verbose, Verify,
    Version,
};
use Value::{Hyphen, No, Optional, Required};

use super::subcommand::{Provider, Runs, Subcommand};
#[cfg(test)]
pub(crate) use paths::PATHS as WITH_PATHS;
pub(crate) use paths::{Around, BEHIND, Behind, Use};
use paths::{PATHS, path};

/// Whether an option takes a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    /// Never: `--release`.
    No,
    /// Always, attached or as the next argument unless that looks like an option: `--profile dev`.
    Required,
    /// Always, and the next argument is the value even if it looks like an option: `-j -1`.
    Hyphen,
    /// The next argument is the value unless it looks like an option: `--bin`, `--bin app`.
    Optional,
}

/// The meaning of an option to cross. Most options mean nothing to it ([`Meaning::Other`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    ArtifactDir,
    Color,
    Config,
    Debug,
    Directory,
    DryRun,
    Explain,
    Fix,
    Frozen,
    Help,
    Install,
    InstallDir,
    KeepGoing,
    List,
    Locked,
    LockfilePath,
    ManifestPath,
    MessageFormat,
    NoTrack,
    Offline,
    Open,
    Other,
    PackageDir,
    /// A path for the container, by this spelling of the option.
    Path(&'static str, Use),
    Profile,
    Quiet,
    Release,
    Target,
    TargetDir,
    Unstable,
    Verbose,
    Verify,
    Version,
}

/// One option of cargo or of a plugin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Flag {
    /// The long form without the dashes. Empty if there is only a short form.
    pub(crate) long: &'static str,
    pub(crate) short: Option<char>,
    pub(crate) value: Value,
    pub(crate) meaning: Meaning,
}

impl Flag {
    /// The option as a user would write it.
    pub(crate) fn spelling(&self) -> String {
        match self.short {
            Some(short) if self.long.is_empty() => format!("-{short}"),
            _ => format!("--{}", self.long),
        }
    }

    /// Whether repeated values of the option add up. Other options may be given only once, or the
    /// last one counts.
    pub(crate) fn accumulates(&self) -> bool {
        matches!(self.meaning, Config | Unstable | Verbose)
    }
}

/// The position of an option on the command line, on which its meaning depends.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Position {
    /// Before the subcommand.
    Before,
    /// After this subcommand. None if cross does not know the subcommand.
    After(Option<&'static Subcommand>),
}

impl Position {
    /// The option with this long form, given without its dashes.
    pub(crate) fn long(self, name: &[u8]) -> Option<&'static Flag> {
        self.find(|flag| !flag.long.is_empty() && flag.long.as_bytes() == name)
    }

    /// The option with this short form.
    pub(crate) fn short(self, name: u8) -> Option<&'static Flag> {
        self.find(|flag| flag.short == Some(char::from(name)))
    }

    fn find(self, wanted: impl Fn(&Flag) -> bool) -> Option<&'static Flag> {
        self.tables()
            .into_iter()
            .flatten()
            .find(|flag| wanted(flag))
    }

    /// The options to offer here, each spelling once. The tables do not know which command takes
    /// which of the common options, only that commands that compile do not take those of others.
    pub(crate) fn offered(self) -> Vec<Flag> {
        let compiles = matches!(self, Self::After(Some(row)) if row.runs != Runs::Host);
        let tables = self.tables();
        let tables = &tables[..tables.len() - usize::from(compiles)];
        let mut offered: Vec<Flag> = Vec::new();
        for flag in tables.iter().copied().flatten() {
            let has_long = offered.iter().any(|other| other.long == flag.long);
            let has_short = offered.iter().any(|other| other.short == flag.short);
            if has_long && !flag.long.is_empty() {
                continue;
            }
            let short = flag.short.filter(|_| !has_short);
            if short.is_some() || !flag.long.is_empty() {
                offered.push(Flag { short, ..*flag });
            }
        }
        offered
    }

    /// The tables in the order in which they count. The last has nothing for commands that compile.
    fn tables(self) -> [&'static [Flag]; 5] {
        match self {
            Self::Before => [EVERYWHERE, BEFORE, &[], &[], &[]],
            Self::After(None) => [EVERYWHERE, AFTER, &[], &[], NEVER_COMPILING],
            Self::After(Some(row)) => {
                let own = row_of(DIFFERENT, row.name);
                // Cargo refuses `cargo build --version`, while `cargo clippy --version` prints
                // clippy's version.
                let own = if own.is_empty() && row.provider != Provider::Cargo {
                    PLUGIN
                } else {
                    own
                };
                let paths = row_of(PATHS, row.name);
                [own, paths, EVERYWHERE, AFTER, NEVER_COMPILING]
            }
        }
    }
}

/// The options of a command in a table.
fn row_of(table: &[(&'static str, &'static [Flag])], command: &str) -> &'static [Flag] {
    let row = table.iter().find(|(name, _)| *name == command);
    row.map_or(&[], |(_, flags)| *flags)
}

const fn flag(long: &'static str, short: Option<char>, value: Value, meaning: Meaning) -> Flag {
    Flag {
        long,
        short,
        value,
        meaning,
    }
}

/// Options that cargo takes before and after a subcommand.
pub(crate) const EVERYWHERE: &[Flag] = &[
    flag("", Some('Z'), Required, Unstable),
    flag("color", None, Required, Color),
    flag("config", None, Required, Config),
    flag("frozen", None, No, Frozen),
    flag("help", Some('h'), No, Help),
    flag("locked", None, No, Locked),
    flag("offline", None, No, Offline),
    flag("quiet", Some('q'), No, Quiet),
    flag("verbose", Some('v'), No, Verbose),
];

/// Options that cargo takes before a subcommand only.
pub(crate) const BEFORE: &[Flag] = &[
    flag("", Some('C'), Required, Directory),
    flag("explain", None, Required, Meaning::Explain),
    flag("list", None, No, List),
    flag("version", Some('V'), No, Version),
];

/// Options of single subcommands. An option in no table counts as one without a value.
pub(crate) const AFTER: &[Flag] = &[
    // The target, the directories and the profile.
    flag("target", None, Optional, Target),
    flag("target-dir", None, Required, TargetDir),
    flag("artifact-dir", None, Required, ArtifactDir),
    flag("out-dir", None, Required, ArtifactDir), // until 1.81
    flag("manifest-path", None, Required, ManifestPath),
    flag("lockfile-path", None, Required, LockfilePath), // nightly, until 1.94
    flag("profile", None, Required, Profile),
    flag("release", Some('r'), No, Release),
    flag("debug", None, No, Meaning::Debug),
    // The packages and cargo's targets in them.
    flag("package", Some('p'), Optional, Other),
    flag("workspace", None, No, Other),
    flag("all", None, No, Other),
    flag("exclude", None, Required, Other),
    flag("lib", None, No, Other),
    flag("bin", None, Optional, Other),
    flag("bins", None, No, Other),
    flag("example", None, Optional, Other),
    flag("examples", None, No, Other),
    flag("test", None, Optional, Other),
    flag("tests", None, No, Other),
    flag("bench", None, Optional, Other),
    flag("benches", None, No, Other),
    flag("all-targets", None, No, Other),
    flag("doc", None, No, Other),
    // Features.
    flag("features", Some('F'), Required, Other),
    flag("all-features", None, No, Other),
    flag("no-default-features", None, No, Other),
    // Options for compiling and reporting.
    flag("jobs", Some('j'), Hyphen, Other),
    flag("keep-going", None, No, KeepGoing),
    flag("compile-time-deps", None, No, Other),
    flag("future-incompat-report", None, No, Other),
    flag("ignore-rust-version", None, No, Other),
    flag("message-format", None, Required, MessageFormat),
    flag("timings", None, No, Other), // took `=html` until 1.93; attached values are skipped
    flag("unit-graph", None, No, Other),
    // Options of test, bench, doc, rustc, rustdoc and fix.
    flag("no-run", None, No, Other),
    flag("no-fail-fast", None, No, KeepGoing),
    flag("open", None, No, Open),
    flag("no-deps", None, No, Other),
    flag("document-private-items", None, No, Other),
    flag("print", None, Required, Other),
    flag("crate-type", None, Required, Other),
    flag("output-format", None, Required, Other),
    flag("edition", None, No, Other),
    flag("edition-idioms", None, No, Other),
    flag("broken-code", None, No, Other),
    flag("allow-no-vcs", None, No, Other),
    flag("allow-dirty", None, No, Other),
    flag("allow-staged", None, No, Other),
    // Options of package, publish and install.
    flag("dry-run", Some('n'), No, DryRun),
    flag("exclude-lockfile", None, No, Other),
    flag("index", None, Required, Other),
    flag("list", Some('l'), No, Other),
    flag("no-metadata", None, No, Other),
    flag("no-verify", None, No, Other),
    flag("registry", None, Required, Other),
    flag("token", None, Required, Other),
    flag("branch", None, Required, Other),
    flag("force", Some('f'), No, Other),
    flag("git", None, Required, Other),
    flag("no-track", None, No, NoTrack),
    flag("rev", None, Required, Other),
    flag("root", None, Required, Other),
    flag("tag", None, Required, Other),
];

/// Options of metadata, tree, update, search, config, clean and others that never compile.
pub(crate) const NEVER_COMPILING: &[Flag] = &[
    flag("breaking", Some('b'), No, Other),
    flag("charset", None, Required, Other),
    flag("depth", None, Required, Other),
    flag("duplicates", Some('d'), No, Other),
    flag("edges", Some('e'), Required, Other),
    flag("filter-platform", None, Required, Other),
    flag("format", None, Required, Other),
    flag("format-version", None, Required, Other),
    flag("id", None, Required, Other),
    flag("invert", Some('i'), Optional, Other),
    flag("limit", None, Required, Other),
    flag("merged", None, Required, Other),
    flag("name", None, Required, Other),
    flag("precise", None, Required, Other),
    flag("prefix", None, Required, Other),
    flag("prune", None, Required, Other),
    flag("publish-time", None, Required, Other),
    flag("recursive", None, No, Other),
    flag("vcs", None, Required, Other),
];

/// The option that every plugin has in addition to cargo's.
const PLUGIN: &[Flag] = &[flag("version", Some('V'), No, Version)];

/// Options of plugins that have a configuration file of their own.
/// <https://mutants.rs/config.html>, <https://github.com/xd009642/tarpaulin#config-file>
const CONFIGURED_PLUGIN: &[Flag] = &[
    path("--config", None, Use::Reads),
    flag("version", Some('V'), No, Version),
];

/// Options of cargo-c. Most name directories of the system that it installs for.
/// <https://github.com/lu-zero/cargo-c>
const CARGO_C: &[Flag] = &[
    flag("bindir", None, Required, Other),
    flag("datadir", None, Required, Other),
    flag("datarootdir", None, Required, Other),
    flag("destdir", None, Required, InstallDir),
    flag("dlltool", None, Required, Other),
    flag("includedir", None, Required, Other),
    flag("libdir", None, Required, Other),
    flag("library-type", None, Required, Other),
    flag("meson", None, No, Other),
    flag("pkgconfigdir", None, Required, Other),
    flag("prefix", None, Required, Other),
    flag("version", Some('V'), No, Version),
];

/// The option that cross adds to commands that leave results. Cargo never sees it.
const OWN: &[Flag] = &[flag("verify", None, No, Verify)];

/// Options of single commands that mean something else there than in the other tables.
pub(crate) const DIFFERENT: &[(&str, &[Flag])] = &[
    (
        "add",
        &[
            flag("base", None, Required, Other),
            flag("path", None, Required, Other),
            flag("rename", None, Required, Other),
            flag("target", None, Required, Other), // a dependency's platform
        ],
    ),
    ("bench", OWN),
    ("build", OWN),
    ("capi", CARGO_C),
    ("cinstall", CARGO_C),
    // `--fix` makes `cargo clippy` call `cargo fix`; `--explain` makes it print a text.
    (
        "clippy",
        &[
            flag("explain", None, Required, Meaning::Explain),
            flag("fix", None, No, Fix),
            flag("version", Some('V'), No, Version),
        ],
    ),
    // <https://github.com/kornelski/cargo-deb>
    (
        "deb",
        &[
            flag("install", None, No, Install),
            flag("version", Some('V'), No, Version),
        ],
    ),
    (
        "init",
        &[
            flag("bin", None, No, Other),
            flag("edition", None, Required, Other),
        ],
    ),
    (
        "install",
        &[
            flag("path", None, Required, PackageDir),
            flag("root", None, Required, InstallDir),
            flag("version", None, Required, Other),
        ],
    ),
    ("mutants", CONFIGURED_PLUGIN),
    (
        "new",
        &[
            flag("bin", None, No, Other),
            flag("edition", None, Required, Other),
        ],
    ),
    // Nextest has profiles of its own. Its option for cargo's profile has another name.
    // <https://nexte.st/docs/running/>
    (
        "nextest",
        &[
            flag("cargo-profile", None, Required, Profile),
            flag("filterset", Some('E'), Required, Other),
            flag("profile", Some('P'), Required, Other),
            flag("version", Some('V'), No, Version),
        ],
    ),
    (
        "owner",
        &[
            flag("add", Some('a'), Required, Other),
            flag("remove", Some('r'), Required, Other),
        ],
    ),
    ("remove", &[flag("target", None, Required, Other)]),
    ("rustc", OWN),
    ("tarpaulin", CONFIGURED_PLUGIN),
    ("test", OWN),
    (
        "tree",
        &[
            flag("all", Some('a'), No, Other),
            flag("format", Some('f'), Required, Other),
        ],
    ),
    ("uninstall", &[flag("bin", None, Required, Other)]),
    ("update", &[flag("workspace", Some('w'), No, Other)]),
    ("vendor", &[flag("sync", Some('s'), Required, Other)]),
    ("yank", &[flag("version", None, Required, Other)]),
];
