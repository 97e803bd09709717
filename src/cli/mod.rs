//! Cargo's command line, read as cargo reads it. Reading it looks up neither files nor variables.
//!
//! Cross passes cargo's arguments on as they are. So this is no full parser: it finds the
//! subcommand, the target and the few options that cross acts upon. [`parse`] splits an argument
//! list without loss. [`Invocation::resolve`] then expands the user's aliases and refuses command
//! lines that cross cannot use.

mod added;
mod alias;
mod flags;
pub(crate) mod glibc;
mod lto;
mod own;
mod paths;
mod questions;
mod scan;
mod subcommand;
#[cfg(test)]
mod tests;

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use cross_base::error::{Error, Result};
use flags::Use;
pub(crate) use flags::{Around, Flag, Meaning, Position, Value};
pub(crate) use paths::{NamedPath, Purpose};
use scan::{Scan, Token, scan, tail};
pub(crate) use subcommand::{Provider, Runs, Subcommand, TABLE};
use subcommand::{Stop, unknown};

/// A parsed command line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Invocation {
    /// The toolchain: `+channel` without the plus. rustup accepts it as the first argument only.
    /// <https://rust-lang.github.io/rustup/overrides.html#toolchain-override-shorthand>
    pub(crate) toolchain: Option<OsString>,
    /// The arguments in front of the subcommand, verbatim.
    pub(crate) globals: Vec<OsString>,
    /// The subcommand as it was typed. None for command lines such as `cross --version`.
    pub(crate) typed: Option<OsString>,
    /// The arguments behind the subcommand that cargo reads, verbatim.
    pub(crate) args: Vec<OsString>,
    /// `--` and all arguments behind it, or the arguments of the program or compiler in `run`,
    /// `rustc` and `rustdoc`, verbatim.
    pub(crate) rest: Vec<OsString>,
    /// The options in `globals` and `args` that cross acts upon.
    pub(crate) options: Options,
}

/// The options that cross acts upon.
///
/// If an option that cargo takes only once is repeated, the last one is kept here. Cargo itself
/// refuses the command line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one of cargo's switches"
)]
pub(crate) struct Options {
    pub(crate) targets: Vec<OsString>,
    pub(crate) target_dir: Option<PathBuf>,
    /// `--artifact-dir`, or `--out-dir`, its name until cargo 1.81.
    pub(crate) artifact_dir: Option<PathBuf>,
    /// `cargo install --root`, or a plugin's option for the directory to install into.
    pub(crate) install_dir: Option<PathBuf>,
    /// `cargo deb --install`: the package is installed at once.
    pub(crate) install: bool,
    /// `cargo install --path`, the directory of the package.
    pub(crate) package_dir: Option<PathBuf>,
    pub(crate) manifest_path: Option<PathBuf>,
    pub(crate) lockfile_path: Option<PathBuf>,
    /// The directory that cargo changes to, `-C`.
    pub(crate) directory: Option<PathBuf>,
    /// The values of options that name other paths, with the options' spelling.
    pub(crate) paths: Vec<(&'static str, Use, OsString)>,
    pub(crate) profile: Option<OsString>,
    pub(crate) release: bool,
    /// `cargo install --debug`: compiles with the profile `dev`.
    pub(crate) debug: bool,
    pub(crate) dry_run: bool,
    /// `cargo install --no-track`: cargo writes no lists of what it installed.
    pub(crate) no_track: bool,
    pub(crate) config: Vec<OsString>,
    /// The values of `-Z`.
    pub(crate) unstable: Vec<OsString>,
    pub(crate) locked: bool,
    pub(crate) offline: bool,
    pub(crate) frozen: bool,
    pub(crate) verbose: u8,
    pub(crate) quiet: bool,
    pub(crate) color: Option<OsString>,
    pub(crate) message_format: Vec<OsString>,
    pub(crate) help: bool,
    /// `--version`: cargo's version in front of the subcommand, a plugin's version behind it.
    pub(crate) version: bool,
    pub(crate) list: bool,
    /// `--keep-going` or `--no-fail-fast`: a failure does not stop the rest of the work.
    pub(crate) keep_going: bool,
    /// `cargo doc --open`.
    pub(crate) open: bool,
    /// `cargo clippy --fix`.
    pub(crate) fix: bool,
    /// `cross build --verify`, an option of cross and not of cargo: results are checked.
    pub(crate) verify: bool,
    /// `cargo --explain E0004` or `cargo clippy --explain LINT`: prints a text.
    pub(crate) explain: bool,
}

/// Where a command line is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Location {
    /// The host's cargo runs it at once.
    Host,
    /// Cargo in the target's container runs it.
    Container,
}

/// Parses the arguments behind the program's name.
///
/// Fails only if the subcommand cannot be found. Other arguments may turn out to be an alias's, so
/// [`Invocation::resolve`] checks them afterwards.
pub(crate) fn parse(argv: impl IntoIterator<Item = OsString>) -> Result<Invocation> {
    let mut words: Vec<OsString> = argv.into_iter().collect();
    let plus = words
        .first()
        .is_some_and(|word| word.as_encoded_bytes().starts_with(b"+"));
    let toolchain = plus.then(|| tail(&words.remove(0), 1));
    if toolchain.as_ref().is_some_and(|name| name.is_empty()) {
        return Err(Error::usage("`+` names no toolchain")
            .hint("write a channel behind the plus, as in `cross +nightly build`"));
    }
    parse_words(toolchain, words)
}

/// Parses the arguments behind the toolchain.
fn parse_words(toolchain: Option<OsString>, mut globals: Vec<OsString>) -> Result<Invocation> {
    let before = scan(&globals, Position::Before, Stop::First);
    let mut options = Options::default();
    options.add(&before.tokens);
    if !options.help {
        before.check_globals(&globals)?;
    }
    // Cargo reads `cargo -- build` as `cargo build`.
    let escaped = globals.get(before.end).is_some_and(|word| word == "--");
    let mut args = globals.split_off(before.end + usize::from(escaped));
    if args.is_empty() {
        return Ok(Invocation {
            toolchain,
            globals,
            options,
            ..Invocation::default()
        });
    }
    let subcommand = args.remove(0);
    let known = subcommand::find(&subcommand);
    let after = scan(
        &args,
        Position::After(known),
        known.map_or(Stop::Never, Subcommand::stop),
    );
    if subcommand::is_built_in(&subcommand) {
        options.forget_replaced(&after.tokens);
    }
    options.add(&after.tokens);
    let rest = args.split_off(after.end);
    Ok(Invocation {
        toolchain,
        globals,
        typed: Some(subcommand),
        args,
        rest,
        options,
    })
}

impl Invocation {
    /// Whether the command line has a subcommand.
    pub(crate) fn has_command(&self) -> bool {
        self.typed.is_some()
    }

    /// The subcommand's row in the table of commands. None if cross does not know it.
    pub(crate) fn subcommand(&self) -> Option<&'static Subcommand> {
        self.typed.as_deref().and_then(subcommand::find)
    }

    /// Expands the user's aliases, which `lookup` finds, and checks the resulting command line.
    ///
    /// <https://doc.rust-lang.org/cargo/reference/config.html#alias>
    pub(crate) fn resolve(self, lookup: impl Fn(&str) -> Option<Vec<String>>) -> Result<Self> {
        let invocation = alias::expand(self, lookup)?;
        invocation.check()?;
        Ok(invocation)
    }

    /// Where the command line is run. An error says why cross does not run it.
    ///
    /// `configured` says whether cargo's configuration names a target.
    pub(crate) fn location(&self, configured: bool) -> Result<Location> {
        let options = &self.options;
        let prints = options.help || options.version || options.list || options.explain;
        let prints = prints
            || options
                .unstable
                .first()
                .is_some_and(|value| value == "help");
        match &self.typed {
            Some(name) if !prints => self.subcommand().ok_or_else(|| unknown(name))?.location(
                options,
                self.first_word(),
                configured,
            ),
            _ => Ok(Location::Host),
        }
    }

    /// All arguments as they were given.
    pub(crate) fn argv(&self) -> Vec<OsString> {
        let plus = self.toolchain.iter().map(|name| {
            let mut word = OsString::from("+");
            word.push(name);
            word
        });
        let given = self
            .globals
            .iter()
            .chain(&self.typed)
            .chain(&self.args)
            .chain(&self.rest);
        plus.chain(given.cloned()).collect()
    }

    /// Whether a command of cargo's own has arguments that no table explains: options that are
    /// misspelt or newer than cross, and names for a command that takes none, as in `cross build
    /// aarch64-unknown-linux-gnu`.
    pub(crate) fn is_doubtful(&self) -> bool {
        let known = self
            .subcommand()
            .filter(|known| known.provider == Provider::Cargo);
        let Some(known) = known else { return false };
        let scan = self.scan_args();
        let read = |at: usize| scan.tokens.iter().any(|token| token.words.contains(&at));
        let takes_names = known.runs_programs();
        scan.unknown.is_some() || (!takes_names && (0..self.args.len()).any(|at| !read(at)))
    }

    fn scan_args(&self) -> Scan {
        let known = self.subcommand();
        scan(
            &self.args,
            Position::After(known),
            known.map_or(Stop::Never, Subcommand::stop),
        )
    }

    /// Whether the command has an option, in whatever spelling.
    pub(crate) fn has_option(&self, name: &str) -> bool {
        let tokens = self.scan_args().tokens;
        tokens.iter().any(|token| token.flag.long == name)
    }

    /// Whether the command has no option that is in no table.
    pub(crate) fn has_known_options_only(&self) -> bool {
        self.scan_args().unknown.is_none()
    }

    /// Refuses what cargo would refuse, among the options that cross itself needs.
    ///
    /// All other options are left to cargo, and so are commands that the host's cargo runs.
    fn check(&self) -> Result<()> {
        let Some(known) = self.subcommand() else {
            return Ok(());
        };
        if self.options.help || known.runs == Runs::Host {
            return Ok(());
        }
        let tokens = self.scan_args().tokens;
        tokens.iter().try_for_each(Token::check_value)?;
        // Cargo accepts a `--target` without a value if another one has a value.
        let targets = &self.options.targets;
        let named = tokens
            .iter()
            .any(|token| token.flag.meaning == Meaning::Target);
        if (named && targets.is_empty()) || targets.iter().any(|name| name.is_empty()) {
            return Err(Error::new("`--target` takes a target triple")
                .hint("`cross-util targets` shows those that cross has an image for"));
        }
        let manifest = self.options.manifest_path.as_ref();
        if let Some(path) =
            manifest.filter(|path| Path::new(path).extension() == Some(OsStr::new("rs")))
        {
            return Err(subcommand::no_script(&path.to_string_lossy()));
        }
        if known.single_target() && targets.len() > 1 {
            let message = format!("only one `--target` is supported by `cargo {}`", known.name);
            return Err(Error::new(message).hint("run it once for each target"));
        }
        Ok(())
    }
}

impl Token {
    /// Fails if cross needs the option's value and it is missing.
    fn check_value(&self) -> Result<()> {
        let needed = self.flag.meaning != Meaning::Other && self.flag.value == Value::Required;
        if needed && self.value.is_none() {
            let name = self.flag.spelling();
            return Err(Error::usage(format!("a value is required for `{name}`")));
        }
        Ok(())
    }
}

impl Scan {
    /// Fails, with cargo's exit code, for an argument that cargo does not take in front of the
    /// subcommand.
    ///
    /// Cargo cannot be left to find this error: which argument is the subcommand depends on whether
    /// the unknown one takes a value.
    fn check_globals(&self, words: &[OsString]) -> Result<()> {
        for token in &self.tokens {
            token.check_value()?;
        }
        let Some(word) = self.unknown.map(|at| words[at].to_string_lossy()) else {
            return Ok(());
        };
        let name = word.split('=').next().unwrap_or_default();
        let error = Error::usage(format!(
            "unexpected argument `{name}` before the subcommand"
        ));
        let later = name
            .strip_prefix("--")
            .and_then(|n| Position::After(None).long(n.as_bytes()));
        Err(match later {
            Some(_) => error.hint(format!("write it behind: `cross build {name}`")),
            None => error,
        })
    }
}

impl Options {
    /// Adds the values and switches of these options.
    fn add(&mut self, tokens: &[Token]) {
        for token in tokens {
            match &token.value {
                Some(value) => self.add_value(token.flag, value),
                None => self.add_switch(token.flag),
            }
        }
    }

    fn add_value(&mut self, flag: &Flag, value: &OsStr) {
        let (text, path) = (|| value.to_owned(), || Some(PathBuf::from(value)));
        match flag.meaning {
            Meaning::ArtifactDir => self.artifact_dir = path(),
            Meaning::Color => self.color = Some(text()),
            Meaning::Config => self.config.push(text()),
            Meaning::Directory => self.directory = path(),
            Meaning::Explain => self.explain = true,
            Meaning::InstallDir => self.install_dir = path(),
            Meaning::LockfilePath => self.lockfile_path = path(),
            Meaning::ManifestPath => self.manifest_path = path(),
            Meaning::MessageFormat => self.message_format.push(text()),
            Meaning::PackageDir => {
                self.manifest_path = Some(Path::new(value).join("Cargo.toml"));
                self.package_dir = path();
            }
            Meaning::Path(option, does) => self.paths.push((option, does, text())),
            Meaning::Profile => self.profile = Some(text()),
            // Cargo builds once for a target that is named twice.
            Meaning::Target if self.targets.iter().any(|other| other == value) => {}
            Meaning::Target => self.targets.push(text()),
            Meaning::TargetDir => self.target_dir = path(),
            Meaning::Unstable => self.unstable.push(text()),
            _ => {}
        }
    }

    fn add_switch(&mut self, flag: &Flag) {
        match flag.meaning {
            Meaning::Debug => self.debug = true,
            Meaning::DryRun => self.dry_run = true,
            Meaning::Fix => self.fix = true,
            Meaning::Frozen => self.frozen = true,
            Meaning::Help => self.help = true,
            Meaning::Install => self.install = true,
            Meaning::KeepGoing => self.keep_going = true,
            Meaning::List => self.list = true,
            Meaning::Locked => self.locked = true,
            Meaning::NoTrack => self.no_track = true,
            Meaning::Offline => self.offline = true,
            Meaning::Open => self.open = true,
            Meaning::Quiet => self.quiet = true,
            Meaning::Release => self.release = true,
            Meaning::Verbose => self.verbose = self.verbose.saturating_add(1),
            Meaning::Verify => self.verify = true,
            Meaning::Version => self.version = true,
            _ => {}
        }
    }

    /// Forgets options in front of the subcommand that cargo ignores: in `cargo --config a build
    /// --config b`, only `b` counts.
    ///
    /// This holds for built-in commands only. With aliases and plugins, options in front of the
    /// subcommand count.
    fn forget_replaced(&mut self, after: &[Token]) {
        let replaced = |meaning| after.iter().any(|token| token.flag.meaning == meaning);
        if replaced(Meaning::Config) {
            self.config.clear();
        }
        if replaced(Meaning::Unstable) {
            self.unstable.clear();
        }
        if replaced(Meaning::Verbose) {
            self.verbose = 0;
        }
    }
}
