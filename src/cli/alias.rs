//! Aliases of cargo commands, expanded as cargo expands them.
//!
//! Built-in commands win over aliases, aliases win over plugins and over cargo's short forms (`b`,
//! `t`). <https://doc.rust-lang.org/cargo/reference/config.html#alias>

use std::ffi::OsString;

use super::flags::Position;
use super::scan::{Token, scan};
use super::subcommand::Stop;
use super::{Invocation, parse_words, subcommand};
use cross_base::error::{Error, Result};

/// Expands aliases until the subcommand is not an alias. `lookup` gives the words of an alias.
pub(super) fn expand(
    mut invocation: Invocation,
    lookup: impl Fn(&str) -> Option<Vec<String>>,
) -> Result<Invocation> {
    let mut seen: Vec<String> = Vec::new();
    loop {
        let name = match &invocation.typed {
            Some(name) if !subcommand::is_built_in(name) => name.to_str(),
            _ => None,
        };
        let Some((name, words)) = name.and_then(|name| Some((name.to_owned(), lookup(name)?)))
        else {
            return Ok(invocation);
        };
        let inner = expand_one(&name, words, &invocation)?;
        seen.push(name);
        check_recursion(&seen, &inner)?;
        invocation = merge(&invocation, &inner)?;
    }
}

/// Expands one alias: its words, then the arguments that the user wrote behind it.
fn expand_one(name: &str, words: Vec<String>, outer: &Invocation) -> Result<Invocation> {
    // The messages and the exit code of cargo, here and below.
    if words.is_empty() {
        let message = format!("subcommand is required, but `alias.{name}` is empty");
        return Err(Error::new(message));
    }
    let given = outer.args.iter().chain(&outer.rest).cloned();
    let inner = parse_words(
        None,
        words.into_iter().map(OsString::from).chain(given).collect(),
    )?;
    if inner.typed.is_none() {
        let message =
            format!("subcommand is required, add a subcommand to the command alias `alias.{name}`");
        return Err(Error::new(message));
    }
    Ok(inner)
}

fn check_recursion(seen: &[String], inner: &Invocation) -> Result<()> {
    match inner.typed.as_deref().and_then(|name| name.to_str()) {
        Some(next) if seen.iter().any(|name| name == next) => Err(Error::new(format!(
            "alias {} has unresolvable recursive definition: {} -> {next}",
            seen[0],
            seen.join(" -> "),
        ))),
        _ => Ok(()),
    }
}

/// Puts the options in front of an alias and the alias's own command line into one command line
/// with the same meaning to cargo.
///
/// Cargo parses the two lists of options apart and adds them up. In a single line, `--config`, `-Z`
/// and `-v` behind a built-in command would replace those in front of it. So these options move
/// behind the command. An option that may be given only once must not stand in front of the command
/// twice.
fn merge(outer: &Invocation, inner: &Invocation) -> Result<Invocation> {
    let built_in = inner.typed.as_deref().is_some_and(subcommand::is_built_in);
    let own = groups(&inner.globals);
    let (mut before, mut after) = (Vec::new(), Vec::new());
    for (group, words) in groups(&outer.globals) {
        let again = |token: &Token| {
            own.iter()
                .flat_map(|(g, _)| g)
                .any(|o| o.flag == token.flag)
        };
        if group.iter().any(|token| token.flag.accumulates()) {
            if built_in { &mut after } else { &mut before }.extend(words);
        } else if !group.iter().any(again) {
            before.extend(words);
        }
    }
    for (group, words) in own {
        let moves = built_in && group.iter().any(|token| token.flag.accumulates());
        if moves { &mut after } else { &mut before }.extend(words);
    }
    let line = before.into_iter().chain(inner.typed.clone()).chain(after);
    let line = line.chain(inner.args.iter().chain(&inner.rest).cloned());
    parse_words(outer.toolchain.clone(), line.collect())
}

/// The options in front of a subcommand, each with its arguments. Options that share an argument
/// (`-vq`) are one group.
fn groups(globals: &[OsString]) -> Vec<(Vec<Token>, Vec<OsString>)> {
    let mut groups: Vec<(Vec<Token>, Vec<OsString>)> = Vec::new();
    for token in scan(globals, Position::Before, Stop::First).tokens {
        match groups.last_mut() {
            Some((group, words)) if group[0].words.start == token.words.start => {
                *words = globals[token.words.clone()].to_vec();
                group.push(token);
            }
            _ => {
                let words = globals[token.words.clone()].to_vec();
                groups.push((vec![token], words));
            }
        }
    }
    groups
}
