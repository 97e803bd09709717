//! Parses texts of the configuration, and explains what is wrong with them.

use std::path::Path;

use serde::de::value::{BoolDeserializer, StrDeserializer};
use serde::de::{DeserializeOwned, IntoDeserializer};

use super::refusal::{Refusal, SWITCH, TEXT};
use crate::target::ROWS;
use cross_base::error::{Error, Result, closest};

/// Reads the text of a `CROSS_…` variable as a value of TOML. Strings need no quotes.
///
/// # Errors
///
/// The values that are possible, as a hint for users.
pub(crate) fn from_word<T: DeserializeOwned>(word: &str) -> Result<T, String> {
    let bare = toml::de::ValueDeserializer::parse(word).and_then(T::deserialize);
    let quoted = || {
        let word: StrDeserializer<'_, Refusal> = word.into_deserializer();
        T::deserialize(word)
    };
    // Users of other tools write 0 and 1 for truth values.
    let switch = |refusal| {
        let word: Result<BoolDeserializer<Refusal>, _> = match word {
            "0" => Ok(false.into_deserializer()),
            "1" => Ok(true.into_deserializer()),
            _ => Err(refusal),
        };
        word.and_then(T::deserialize)
    };
    let read = bare.or_else(|_| quoted().or_else(switch));
    read.map_err(|refusal| match refusal {
        Refusal::Word { known, .. } => format!("it can be {}", either(known)),
        _ => "it can be `true` or `false`".to_owned(),
    })
}

/// Names as a choice, worded as rustc and cargo word it.
fn one_of(names: &[&str]) -> String {
    match names {
        [one, other] => format!("`{one}` or `{other}`"),
        [] | [_] => format!("`{}`", names.concat()),
        _ => format!("one of `{}`", names.join("`, `")),
    }
}

/// Values as a choice.
fn either(values: &[&str]) -> String {
    match values.split_last() {
        Some((last, others)) if !others.is_empty() => {
            format!("`{}` or `{last}`", others.join("`, `"))
        }
        _ => format!("`{}`", values.concat()),
    }
}

/// Parses the text of the file at `path`.
///
/// # Errors
///
/// With file, line, column, the line itself with a caret, and a suggestion.
pub(crate) fn parse<T: DeserializeOwned>(path: &Path, text: &str) -> Result<T> {
    toml::from_str(text).map_err(|e| {
        let start = e.span().map_or(0, |span| span.start.min(text.len()));
        let before = &text[..start];
        let number = before.matches('\n').count() + 1;
        let line_start = before.rfind('\n').map_or(0, |i| i + 1);
        let column = text[line_start..start].chars().count();
        let line = text[line_start..].lines().next().unwrap_or_default();
        let refusal = Refusal::of::<T>(text);
        let message = match &refusal {
            Refusal::Field { name, known } => {
                format!(
                    "unknown field `{name}`, expected {}",
                    one_of(own_fields(known))
                )
            }
            _ => e.message().lines().collect::<Vec<_>>().join(", "),
        };
        let margin = " ".repeat(number.to_string().len());
        let error = Error::new(format!(
            "{message}\n{margin}--> {}:{number}:{}\n{margin} |\n{number} | {line}\n{margin} | {}^",
            path.display(),
            column + 1,
            " ".repeat(column),
        ));
        error.hint_if(hint(&refusal, line))
    })
}

/// The fields that messages may suggest. Those behind `env` are only read for compatibility with
/// the public cross.
fn own_fields(known: &'static [&'static str]) -> &'static [&'static str] {
    let last = known.iter().position(|name| *name == "env");
    last.map_or(known, |last| &known[..=last])
}

/// A suggestion for the line with the error.
fn hint(refusal: &Refusal, line: &str) -> Option<String> {
    let meant = |wrong: &str, known: &[&'static str]| {
        let meant = closest(wrong, known.iter().copied())?;
        Some(format!("did you mean `{meant}`?"))
    };
    match refusal {
        Refusal::Field { name, known } => {
            elsewhere(name, known, line).or_else(|| meant(name, own_fields(known)))
        }
        Refusal::Word { known, .. } if known.contains(&"qemu-user") => Some(RUNNER.to_owned()),
        Refusal::Word { word, known } => meant(word, known),
        Refusal::NoList { word } => Some(in_brackets(word, line)),
        Refusal::Kind(kind) => of_kind(kind, line),
        Refusal::Other if line.trim_start().starts_with("runner") => Some(RUNNER.to_owned()),
        Refusal::Other => None,
    }
}

/// The hint about `runner`, which is a key of cargo's as well.
const RUNNER: &str = "a `runner` of yours is named in `.cargo/config.toml`, as without cross";

/// Fields in the wrong table or of another tool, each with a hint.
const ELSEWHERE: &[(&str, &str)] = &[
    (
        "rustflags",
        "they are cargo's: `rustflags = […]` below `[target.TRIPLE]` in `.cargo/config.toml`",
    ),
    (
        "linker",
        "the image brings its own, and a `linker` of yours is named in `.cargo/config.toml`",
    ),
    ("passthrough", "write `env.passthrough`, in the same place"),
    ("volumes", "write `env.volumes`, in the same place"),
    ("image", "write `image` below `[target.TRIPLE]`"),
    ("runner", "write `runner` below `[target.TRIPLE]`"),
    ("target", "write `default-target`"),
    (
        "build",
        "what is for one target stands below `[target.TRIPLE]` itself, without `build`",
    ),
    ("profile", "it is cargo's: `[profile.NAME]` in `Cargo.toml`"),
    (
        "env",
        "write `[build.env]`, or `[target.TRIPLE.env]` for one target",
    ),
    (
        "package",
        "`package.metadata.cross` stands in manifests only: here it is `[build]` and `[target.TRIPLE]`",
    ),
    (
        "workspace",
        "`workspace.metadata.cross` stands in manifests only: here it is `[build]` and `[target.TRIPLE]`",
    ),
];

/// How to write a value of this kind.
fn of_kind(kind: &str, line: &str) -> Option<String> {
    let (key, value) = line.split_once('=')?;
    Some(match kind {
        SWITCH => "it is `true` or `false`, without quotes".to_owned(),
        TEXT => format!(
            "a text has quotes: `\"{}\"`",
            value.split('#').next().unwrap_or_default().trim()
        ),
        _ if key.trim() == "test-timeout" => "it is a number of seconds, without quotes".to_owned(),
        _ => "it is a number, without quotes".to_owned(),
    })
}

/// How to write a list, for a string in the place of one.
fn in_brackets(word: &str, line: &str) -> String {
    let rest = line.trim_start().strip_prefix("env").unwrap_or_default();
    let is_env = rest.trim_start().strip_prefix('=');
    if is_env.is_some_and(|list| list.trim_start().starts_with('[')) {
        format!("`env` is a table: `env.passthrough = [{word:?}]`")
    } else {
        format!("a list has brackets: `[{word:?}]`")
    }
}

/// Where a field belongs that is not a misspelling of a known one. `line` is the line with the
/// field, `known` are the fields that are allowed there.
fn elsewhere(field: &str, known: &[&str], line: &str) -> Option<String> {
    let first = *known.first()?;
    if first == "passthrough" {
        return closest(field, ["passthrough", "volumes"]).is_none().then(|| {
            format!("`passthrough = [\"{field}=value\"]` sets a variable, `passthrough = [\"{field}\"]` passes yours on")
        });
    }
    let arch = |triple: &str| triple.split('-').next().map(str::to_owned);
    let is_triple =
        || field.matches('-').count() > 1 && ROWS.iter().any(|row| arch(row.triple) == arch(field));
    if first == "build" && is_triple() {
        return Some(format!("write `[target.{field}]`"));
    }
    if field == "target" && line.trim_start().starts_with('[') {
        return Some("write `[target.TRIPLE]`, without `build`".to_owned());
    }
    if (first, field) == ("file", "path") {
        return Some("write `file`".to_owned());
    }
    let is_here = |name: &str| match name {
        "build" => first == "image",
        "target" => first == "engine",
        _ => ["build", "engine", "image"].contains(&first),
    };
    let found = ELSEWHERE
        .iter()
        .find(|(name, _)| *name == field && is_here(name));
    found.map(|(_, hint)| (*hint).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::file::CrossToml;
    use pretty_assertions::assert_eq;

    #[test]
    fn an_unknown_key_is_shown_where_it_stands() {
        let text = "[build]\nengine = \"podman\"\ndefault-traget = \"x\"\n";
        let error = parse::<CrossToml>(Path::new("/p/Cross.toml"), text).unwrap_err();
        assert_eq!(
            error.message(),
            "unknown field `default-traget`, expected one of `engine`, `default-target`, `mirror`, \
             `network`, `read-only`, `test-timeout`, `build-std`, `xargo`, `dockerfile`, `pre-build`, `parts`, `env`\n --> /p/Cross.toml:3:1\n  |\n\
             3 | default-traget = \"x\"\n  | ^"
        );
        assert_eq!(error.hint_text(), Some("did you mean `default-target`?"));
    }

    #[test]
    fn a_wrong_type_is_shown_where_it_stands() {
        let text = "[target.x]\nimage = 3\n";
        let error = parse::<CrossToml>(Path::new("Cross.toml"), text).unwrap_err();
        assert!(
            error
                .message()
                .starts_with("invalid type: integer `3`, expected the name of an image\n"),
            "{error}"
        );
        assert!(error.message().contains("Cross.toml:2:9"), "{error}");
    }

    #[test]
    fn what_build_std_can_be_is_said() {
        let message = |value: &str| {
            let text = format!("[build]\nbuild-std = {value}\n");
            let error = parse::<CrossToml>(Path::new("Cross.toml"), &text).unwrap_err();
            let message = error.message().lines().next().unwrap().to_owned();
            (message, error.hint_text().map(str::to_owned))
        };
        let (text, _) = message("'core'");
        assert_eq!(
            text,
            "invalid type: string \"core\", expected `true`, `false` or a list of crates"
        );
        let (text, _) = message("[]");
        assert_eq!(text, "invalid length 0, expected at least one crate");
        let (text, hint) = message("['core', 'aloc']");
        assert!(
            text.starts_with("unknown variant `aloc`, expected one of `core`, `alloc`"),
            "{text}"
        );
        assert_eq!(hint.as_deref(), Some("did you mean `alloc`?"));
    }
}
