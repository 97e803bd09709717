//! What the user said: cargo's command line, read as cargo reads it, nothing looked up.
//!
//! Cross hands cargo's arguments on as they are, so this is no parser of its own: it only finds the
//! subcommand, the target and the few options cross acts upon. [`parse`] takes an argument list
//! apart without loss, [`Invocation::resolve`] expands the user's aliases and then complains about
//! what cross cannot use.

mod alias;
mod flags;
pub(crate) mod glibc;
mod lto;
mod own;
mod questions;
mod scan;
mod subcommand;
#[cfg(test)]
mod tests;

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use cross_base::error::{Error, Result};
use flags::{Flag, Meaning, Position, Value};
use scan::{Scan, Token, scan, tail};
#[cfg(test)]
pub(crate) use subcommand::TABLE;
pub(crate) use subcommand::{Provider, Runs, Subcommand};
use subcommand::{Stop, unknown};

/// What the user said, nothing looked up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Invocation {
    /// `+channel` without the plus; only as the very first argument, as rustup reads it.
    /// <https://rust-lang.github.io/rustup/overrides.html#toolchain-override-shorthand>
    pub(crate) toolchain: Option<OsString>,
    /// Everything before the subcommand, verbatim.
    pub(crate) globals: Vec<OsString>,
    /// The subcommand as typed; none for `cross --version`.
    pub(crate) subcommand: Option<OsString>,
    /// Cargo's part of what follows the subcommand, verbatim.
    pub(crate) args: Vec<OsString>,
    /// `--` and what follows it, or the arguments of the program in `run`, `rustc`, `rustdoc`.
    pub(crate) rest: Vec<OsString>,
    /// What cross needs to know of `globals` and `args`.
    pub(crate) options: Options,
}

/// The options that mean something to cross.
///
/// Of an option that cargo takes only once, the last is kept; cargo itself refuses the others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one of cargo's switches"
)]
pub(crate) struct Options {
    pub(crate) targets: Vec<OsString>,
    pub(crate) target_dir: Option<PathBuf>,
    /// `--artifact-dir`, and `--out-dir`, its name until cargo 1.81.
    pub(crate) artifact_dir: Option<PathBuf>,
    /// `cargo install --root`, or what a plugin calls the directory that it installs into.
    pub(crate) install_dir: Option<PathBuf>,
    /// `cargo install --path`, in which the manifest stands.
    pub(crate) package_dir: Option<PathBuf>,
    pub(crate) manifest_path: Option<PathBuf>,
    pub(crate) lockfile_path: Option<PathBuf>,
    /// `-C`.
    pub(crate) directory: Option<PathBuf>,
    pub(crate) profile: Option<OsString>,
    pub(crate) release: bool,
    /// `cargo install --debug`.
    pub(crate) debug: bool,
    pub(crate) dry_run: bool,
    /// `cargo install --no-track`: it keeps no lists of what it installs.
    pub(crate) no_track: bool,
    pub(crate) config: Vec<OsString>,
    /// `-Z`.
    pub(crate) unstable: Vec<OsString>,
    pub(crate) locked: bool,
    pub(crate) offline: bool,
    pub(crate) frozen: bool,
    pub(crate) verbose: u8,
    pub(crate) quiet: bool,
    pub(crate) color: Option<OsString>,
    pub(crate) message_format: Vec<OsString>,
    pub(crate) help: bool,
    /// Cargo's version before the subcommand, a plugin's after it.
    pub(crate) version: bool,
    pub(crate) list: bool,
    /// `--keep-going`, `--no-fail-fast`: what else can be done is done.
    pub(crate) keep_going: bool,
    /// `cargo doc --open`.
    pub(crate) open: bool,
    /// `cargo clippy --fix`.
    pub(crate) fix: bool,
    /// `cross build --verify`, which is no option of cargo's: results are looked at.
    pub(crate) verify: bool,
    /// `cargo --explain E0004`, `cargo clippy --explain LINT`: prints a text.
    pub(crate) explain: bool,
}

/// Where a command line runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Location {
    /// By the host's cargo, at once.
    Host,
    /// By cargo in the container of the target.
    Container,
}

/// Takes the arguments behind the program's name apart.
///
/// Fails only for what makes it impossible to find the subcommand, because what follows may turn
/// out to belong to an alias. [`Invocation::resolve`] has to come next.
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

/// Takes the arguments behind the toolchain apart.
fn parse_words(toolchain: Option<OsString>, mut globals: Vec<OsString>) -> Result<Invocation> {
    let before = scan(&globals, Position::Before, Stop::First);
    let mut options = Options::default();
    options.add(&before.tokens);
    if !options.help {
        before.check_globals(&globals)?;
    }
    // `cargo -- build` is `cargo build`.
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
    let row = subcommand::find(&subcommand);
    let after = scan(
        &args,
        Position::After(row),
        row.map_or(Stop::Never, Subcommand::stop),
    );
    if subcommand::is_built_in(&subcommand) {
        options.forget_replaced(&after.tokens);
    }
    options.add(&after.tokens);
    let rest = args.split_off(after.end);
    Ok(Invocation {
        toolchain,
        globals,
        subcommand: Some(subcommand),
        args,
        rest,
        options,
    })
}

impl Invocation {
    /// What is known about the subcommand.
    pub(crate) fn row(&self) -> Option<&'static Subcommand> {
        self.subcommand.as_deref().and_then(subcommand::find)
    }

    /// Expands the user's aliases, which `lookup` finds, and checks the outcome.
    ///
    /// <https://doc.rust-lang.org/cargo/reference/config.html#alias>
    pub(crate) fn resolve(self, lookup: impl Fn(&str) -> Option<Vec<String>>) -> Result<Self> {
        let invocation = alias::expand(self, lookup)?;
        invocation.check()?;
        Ok(invocation)
    }

    /// Where it runs, or why cross does not run it.
    ///
    /// `configured` says whether cargo's configuration names a target.
    pub(crate) fn side(&self, configured: bool) -> Result<Location> {
        let options = &self.options;
        let prints = options.help || options.version || options.list || options.explain;
        let prints = prints
            || options
                .unstable
                .first()
                .is_some_and(|value| value == "help");
        match &self.subcommand {
            Some(name) if !prints => self
                .row()
                .ok_or_else(|| unknown(name))?
                .side(options, &self.args, configured),
            _ => Ok(Location::Host),
        }
    }

    /// The arguments as they were given.
    pub(crate) fn argv(&self) -> Vec<OsString> {
        let plus = self.toolchain.iter().map(|name| {
            let mut word = OsString::from("+");
            word.push(name);
            word
        });
        let given = self
            .globals
            .iter()
            .chain(&self.subcommand)
            .chain(&self.args)
            .chain(&self.rest);
        plus.chain(given.cloned()).collect()
    }

    /// The same with this target, and no other.
    pub(crate) fn for_target(&self, triple: &OsStr) -> Self {
        let mut other = self.clone();
        let Some(subcommand) = &self.subcommand else {
            return other;
        };
        // Cargo takes no options in `cargo -- build`.
        if subcommand::is_built_in(subcommand) && self.globals.last().is_some_and(|w| w == "--") {
            other.globals.pop();
        }
        other.args = self.with_target(triple);
        other
    }

    /// The same with one more `--config`, where cargo heeds it along with the user's own: it
    /// forgets those before a built-in command when there is one behind, and those before any
    /// other command always.
    pub(crate) fn with_config(&self, setting: &str) -> Self {
        let mut other = self.clone();
        let tokens = self.scan_args().tokens;
        let behind = self
            .row()
            .is_some_and(|row| row.provider != Provider::Cargo)
            || tokens
                .iter()
                .any(|token| token.flag.meaning == Meaning::Config);
        let place = if behind {
            &mut other.args
        } else {
            &mut other.globals
        };
        place.splice(0..0, ["--config".into(), setting.into()]);
        other
    }

    /// `args` with exactly one `--target`, where the first was, or else at the end.
    fn with_target(&self, triple: &OsStr) -> Vec<OsString> {
        let tokens = self.scan_args().tokens;
        let target = |token: &&Token| token.flag.meaning == Meaning::Target;
        let position = tokens
            .iter()
            .find(target)
            .map_or(self.args.len(), |t| t.words.start);
        let mut args = Vec::with_capacity(self.args.len() + 2);
        for at in 0..=self.args.len() {
            if at == position {
                args.extend(["--target".into(), triple.to_owned()]);
            }
            if !tokens
                .iter()
                .filter(target)
                .any(|token| token.words.contains(&at))
            {
                args.extend(self.args.get(at).cloned());
            }
        }
        args
    }

    /// Whether a command of cargo's own has words that are in no table: options that are misspelt
    /// or newer than cross, and names where the command takes none, as in `cross build
    /// aarch64-unknown-linux-gnu`.
    pub(crate) fn is_doubtful(&self) -> bool {
        let row = self.row().filter(|row| row.provider == Provider::Cargo);
        let Some(row) = row else { return false };
        let scan = self.scan_args();
        let read = |at: usize| scan.tokens.iter().any(|token| token.words.contains(&at));
        let takes_names = row.runs_programs();
        scan.unknown.is_some() || (!takes_names && (0..self.args.len()).any(|at| !read(at)))
    }

    fn scan_args(&self) -> Scan {
        let row = self.row();
        scan(
            &self.args,
            Position::After(row),
            row.map_or(Stop::Never, Subcommand::stop),
        )
    }

    /// Complains where cargo would, about what cross itself needs to know.
    ///
    /// Everything else is left to cargo, and so are commands that it runs on the host.
    fn check(&self) -> Result<()> {
        let Some(row) = self.row() else { return Ok(()) };
        if self.options.help || row.runs == Runs::Host {
            return Ok(());
        }
        let tokens = self.scan_args().tokens;
        tokens.iter().try_for_each(Token::check_value)?;
        // Cargo lets a lone `--target` pass if another one has a value.
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
        if row.single_target() && targets.len() > 1 {
            let message = format!("only one `--target` is supported by `cargo {}`", row.name);
            return Err(Error::new(message).hint("run it once for each target"));
        }
        Ok(())
    }
}

impl Token {
    /// Fails if the value is missing and cross needs it.
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
    /// Fails for what cargo does not take before the subcommand, with cargo's exit code.
    ///
    /// This cannot be left to cargo: whether the next argument is the subcommand depends on it.
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
    /// Adds what these options say.
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
            Meaning::Profile => self.profile = Some(text()),
            // Cargo builds for each once.
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

    /// Drops what cargo drops: in `cargo --config a build --config b`, only `b` counts.
    ///
    /// Built-in commands only; behind an alias or in front of a plugin, options before stay.
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
