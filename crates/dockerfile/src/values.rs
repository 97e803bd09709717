//! Values of `ARG` and `ENV`, and the variables in them.

use std::collections::BTreeMap;

/// A name that an `ARG` declares, and its default value.
pub type Declared = (String, Option<String>);

/// A Dockerfile without the mark that some editors put in front of a text.
pub(super) fn text(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

/// The character that continues a line: a backslash, or what a comment at the beginning says.
/// <https://docs.docker.com/reference/dockerfile/#escape>
pub(super) fn escape(text: &str) -> char {
    let directives = text.lines().map_while(|line| {
        let (name, value) = line.trim().strip_prefix('#')?.split_once('=')?;
        Some((name.trim(), value.trim()))
    });
    let mut said = directives.filter(|(name, _)| name.eq_ignore_ascii_case("escape"));
    match said.next() {
        Some((_, "`")) => '`',
        _ => '\\',
    }
}

/// A word without the quotes around it.
pub(super) fn unquoted(word: &str) -> &str {
    let inner = |quote: char| {
        let inner = word.strip_prefix(quote)?.strip_suffix(quote)?;
        (!inner.contains(quote)).then_some(inner)
    };
    inner('"').or_else(|| inner('\'')).unwrap_or(word)
}

/// The names of this machine's platform.
/// <https://docs.docker.com/reference/dockerfile/#from>
const PLATFORM: &[&str] = if cfg!(target_arch = "aarch64") {
    &["linux/arm64", "linux/arm64/v8", "linux/aarch64"]
} else {
    &["linux/amd64", "linux/amd64/v1", "linux/x86_64"]
};

/// Whether a platform is this machine's. The variables for platforms always have this value.
pub(super) fn is_native(platform: &str) -> bool {
    let rest = platform.strip_prefix('$').unwrap_or_default();
    let braced = rest.strip_prefix('{');
    let braced = braced.and_then(|rest| rest.strip_suffix('}'));
    // A default value never counts.
    let braced = braced.map(|inner| inner.split(":-").next().unwrap_or_default());
    let variables = ["BUILDPLATFORM", "TARGETPLATFORM"];
    variables.contains(&braced.unwrap_or(rest)) || PLATFORM.contains(&platform)
}

/// Joins the lines of an instruction: the escape character at the end of a line continues it, and
/// empty lines and comments in between do not count.
/// <https://docs.docker.com/reference/dockerfile/#format>
pub(super) fn joined(text: &str, escape: char) -> String {
    let mut joined = String::new();
    for (number, line) in text.lines().enumerate() {
        let start = line.trim_start();
        if number > 0 && (start.is_empty() || start.starts_with('#')) {
            continue;
        }
        joined += line.trim_end().strip_suffix(escape).unwrap_or(line);
    }
    joined
}

/// The names that an `ARG` declares, with their default values.
pub(super) fn assignments(text: &str) -> impl Iterator<Item = Declared> {
    let words = shlex::split(text).unwrap_or_else(|| vec![text.trim().to_owned()]);
    words.into_iter().map(|word| match word.split_once('=') {
        Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
        None => (word, None),
    })
}

/// Expands `$NAME`, `${NAME}` and `${NAME:-default}`. An unknown name gives an empty text.
#[must_use]
pub fn expand(text: &str, values: &BTreeMap<String, String>) -> String {
    let value = |name: &str| match values.get(name) {
        Some(value) if !value.is_empty() => Some(value.as_str()),
        _ if text.contains(&format!("${{{name}:-")) => None,
        _ => Some(""),
    };
    shellexpand::env_with_context_no_errors(text, value).into_owned()
}

/// What [`expand`] would expand otherwise than docker: a condition other than a plain default
/// value, or a `$` that is not to be expanded.
/// <https://docs.docker.com/reference/dockerfile/#environment-replacement>
pub(super) fn unlike_docker(text: &str) -> Option<String> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let is_plain = |inner: &str| {
        let rest = inner.trim_start_matches(is_part);
        let default = rest.strip_prefix(":-");
        let default = default.and_then(|default| default.split_once('}'));
        rest.starts_with('}') || default.is_some_and(|(default, _)| !default.contains('$'))
    };
    let mut inner = text.split("${").skip(1);
    if let Some(other) = inner.find(|inner| !is_plain(inner)) {
        let is_shown = |c: char| is_part(c) || ":-+?#%/".contains(c);
        let end = other.find(|c| !is_shown(c)).unwrap_or(other.len());
        return Some(format!("${{{}…}}", &other[..end]));
    }
    has_quoted_dollar(text).then(|| "a quoted `$`".to_owned())
}

/// Whether a `$` is between single quotes or behind a backslash.
fn has_quoted_dollar(text: &str) -> bool {
    let mut quote = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some('\''), '$') => return true,
            (None | Some('"'), '\\') if chars.next() == Some('$') => return true,
            (None, '\'' | '"') => quote = Some(c),
            (Some(open), _) if open == c => quote = None,
            _ => {}
        }
    }
    false
}
