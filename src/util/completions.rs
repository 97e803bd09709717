//! The scripts with which shells complete command lines. That of `cross` is made from the tables of
//! cargo's commands and options.

use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction, Command, ValueEnum, ValueHint};
use clap_complete::Shell;

use super::NAME;
use crate::cli::{Flag, Meaning, Position, Runs, Subcommand, TABLE, Value};
use crate::target::ROWS;

/// The program whose arguments are completed if none is named.
pub(super) const DEFAULT: &str = NAME;
const CROSS: &str = "cross";

/// A program whose arguments a shell can complete.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Program {
    Cross,
    CrossUtil,
}

/// The script for a shell. `util` is the command line of `cross-util`.
pub(super) fn script(shell: Shell, program: Program, util: Command) -> String {
    let (mut command, name) = match program {
        Program::Cross => (cross(), CROSS),
        Program::CrossUtil => (util, NAME),
    };
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut command, name, &mut text);
    let text = String::from_utf8_lossy(&text).into_owned();
    match program {
        Program::Cross => past_toolchain(shell, &text),
        Program::CrossUtil => text,
    }
}

/// Lets the script pass over `+toolchain`, which stands before the command and is nothing that clap
/// knows. The one for bash passes over all words that it does not know.
fn past_toolchain(shell: Shell, text: &str) -> String {
    let (begin, more) = match shell {
        Shell::Zsh => (
            "_cross() {\n",
            "    if [[ $words[2] == +* ]] && (( CURRENT > 2 )); then\n        words[2]=()\n        (( CURRENT-- ))\n    fi\n",
        ),
        Shell::Fish => (
            "    set -e cmd[1]\n",
            "    if string match -q -- '+*' $cmd[1]\n        set -e cmd[1]\n    end\n",
        ),
        _ => return text.to_owned(),
    };
    text.replacen(begin, &format!("{begin}{more}"), 1)
}

/// The command line of `cross`.
fn cross() -> Command {
    let commands = TABLE.iter().filter(|row| row.is_offered());
    plain(CROSS, Position::Before)
        .about("Cargo's command line, for other targets")
        .subcommands(commands.map(subcommand))
}

fn subcommand(row: &'static Subcommand) -> Command {
    let about = match row.runs {
        Runs::Host => "By the host's cargo",
        Runs::HostWithoutTarget(_) => "By the host's cargo, or with a target in its container",
        Runs::Container | Runs::ContainerWith(_) | Runs::Refused { .. } => {
            "In the target's container"
        }
    };
    plain(row.name().to_string(), Position::After(Some(row)))
        .about(about)
        .visible_aliases(row.alias)
}

/// A command with the options of a position, and with none of clap's own.
fn plain(name: impl Into<clap::builder::Str>, position: Position) -> Command {
    let flags = position.offered();
    Command::new(name)
        .disable_help_flag(true)
        .disable_help_subcommand(true)
        .disable_version_flag(true)
        .args(flags.iter().map(arg))
}

fn arg(flag: &Flag) -> Arg {
    let mut arg = Arg::new(flag.spelling());
    if !flag.long.is_empty() {
        arg = arg.long(flag.long);
    }
    if let Some(short) = flag.short {
        arg = arg.short(short);
    }
    let arg = match flag.value {
        Value::No => return arg.action(ArgAction::SetTrue),
        Value::Required | Value::Hyphen => arg.action(ArgAction::Append),
        Value::Optional => arg.action(ArgAction::Append).num_args(0..=1),
    };
    match flag.meaning {
        Meaning::Target => {
            let triples = ROWS.iter().map(|row| row.triple);
            arg.value_parser(PossibleValuesParser::new(triples))
        }
        Meaning::Color => arg.value_parser(["auto", "always", "never"]),
        Meaning::MessageFormat => arg.value_parser(["human", "short", "json"]),
        Meaning::Profile => arg.value_parser(["dev", "release", "test", "bench"]),
        Meaning::ArtifactDir
        | Meaning::Directory
        | Meaning::InstallDir
        | Meaning::PackageDir
        | Meaning::TargetDir => arg.value_hint(ValueHint::DirPath),
        Meaning::Config | Meaning::LockfilePath | Meaning::ManifestPath | Meaning::Path(..) => {
            arg.value_hint(ValueHint::AnyPath)
        }
        _ => arg.value_hint(ValueHint::Other),
    }
}
