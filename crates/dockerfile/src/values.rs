//! Values of `ARG` and `ENV`, and the variables in them.

use std::collections::BTreeMap;
use std::iter::Peekable;
use std::str::Chars;

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
#[must_use]
pub fn joined(text: &str, escape: char) -> String {
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
pub(super) fn assignments(text: &str, escape: char) -> impl Iterator<Item = Declared> {
    let words = words(text, escape).into_iter();
    words.map(|word| match word.split_once('=') {
        Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
        None => (word, None),
    })
}

/// The words of a text, with their quotes and escapes. A blank between quotes or behind the escape
/// character ends no word.
pub(super) fn words(text: &str, escape: char) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if quote.is_none() && c.is_whitespace() {
            words.extend(Some(std::mem::take(&mut word)).filter(|word| !word.is_empty()));
            continue;
        }
        word.push(c);
        match (quote, c) {
            (None | Some('"'), c) if c == escape => word.extend(chars.next()),
            (None, '\'' | '"') => quote = Some(c),
            (Some(open), _) if open == c => quote = None,
            _ => {}
        }
    }
    words.extend(Some(word).filter(|word| !word.is_empty()));
    words
}

/// A text with its variables expanded, and without quotes and escapes. An unknown name gives an
/// empty text.
/// <https://docs.docker.com/reference/dockerfile/#environment-replacement>
#[must_use]
pub fn expand(text: &str, values: &BTreeMap<String, String>, escape: char) -> String {
    let expanded = Expansion::of(text, values, escape, true).until(None);
    expanded.unwrap_or_else(|_| text.to_owned())
}

/// The text of a here-document with its variables expanded. Quotes stay.
pub(super) fn expand_document(text: &str, values: &BTreeMap<String, String>) -> String {
    let expanded = Expansion::of(text, values, '\\', false).until(None);
    expanded.unwrap_or_else(|_| text.to_owned())
}

/// What [`expand`] cannot expand: a condition that is unknown here, or something that does not end.
pub(super) fn unknown(text: &str, escape: char) -> Option<String> {
    let values = BTreeMap::new();
    Expansion::of(text, &values, escape, true).until(None).err()
}

/// A text that is being expanded.
struct Expansion<'a> {
    left: Peekable<Chars<'a>>,
    values: &'a BTreeMap<String, String>,
    escape: char,
    /// Whether quotes count.
    quotes: bool,
}

impl<'a> Expansion<'a> {
    fn of(text: &'a str, values: &'a BTreeMap<String, String>, escape: char, quotes: bool) -> Self {
        Self {
            left: text.chars().peekable(),
            values,
            escape,
            quotes,
        }
    }

    /// Expands what is in front of a character, or all that is left.
    fn until(&mut self, end: Option<char>) -> Result<String, String> {
        let mut out = String::new();
        while let Some(c) = self.left.next() {
            match c {
                c if Some(c) == end => return Ok(out),
                '$' => out += &self.variable()?,
                '\'' if self.quotes => out += &self.single_quotes()?,
                '"' if self.quotes => out += &self.double_quotes()?,
                c if c == self.escape => out.extend(self.left.next()),
                c => out.push(c),
            }
        }
        match end {
            Some(_) => Err("a `${` that is not closed".to_owned()),
            None => Ok(out),
        }
    }

    fn single_quotes(&mut self) -> Result<String, String> {
        let mut out = String::new();
        for c in self.left.by_ref() {
            if c == '\'' {
                return Ok(out);
            }
            out.push(c);
        }
        Err(OPEN_QUOTE.to_owned())
    }

    fn double_quotes(&mut self) -> Result<String, String> {
        let mut out = String::new();
        while let Some(c) = self.left.next() {
            match c {
                '"' => return Ok(out),
                '$' => out += &self.variable()?,
                c if c == self.escape => {
                    // In front of other characters it stands for itself.
                    let escaped = self.left.next_if(|next| ['"', '$', c].contains(next));
                    out.push(escaped.unwrap_or(c));
                }
                c => out.push(c),
            }
        }
        Err(OPEN_QUOTE.to_owned())
    }

    /// Expands a variable behind its `$`.
    fn variable(&mut self) -> Result<String, String> {
        if self.left.next_if_eq(&'{').is_none() {
            let name = self.name();
            return Ok(match &*name {
                "" => "$".to_owned(),
                name => self.values.get(name).cloned().unwrap_or_default(),
            });
        }
        let name = self.name();
        let value = self.values.get(&name);
        let mut condition = String::new();
        condition.extend(self.left.next_if_eq(&':'));
        condition.extend(self.left.next());
        let is_set = value.is_some_and(|value| condition.len() < 2 || !value.is_empty());
        let value = value.cloned().unwrap_or_default();
        match (&*condition, is_set) {
            ("}", _) if !name.is_empty() => Ok(value),
            (":-" | "-", _) => {
                let other = self.until(Some('}'))?;
                Ok(if is_set { value } else { other })
            }
            (":+" | "+", _) => {
                let other = self.until(Some('}'))?;
                Ok(if is_set { other } else { String::new() })
            }
            _ => Err(format!("${{{name}{condition}…}}")),
        }
    }

    /// Reads the name of a variable, a number, or one of the shell's special characters.
    fn name(&mut self) -> String {
        let mut name = String::new();
        if let Some(special) = self.left.next_if(|c| "@*#?-$!".contains(*c)) {
            name.push(special);
            return name;
        }
        let is_number = self.left.peek().is_some_and(char::is_ascii_digit);
        while let Some(c) = self
            .left
            .next_if(|c| c.is_ascii_digit() || !is_number && (c.is_alphanumeric() || *c == '_'))
        {
            name.push(c);
        }
        name
    }
}

const OPEN_QUOTE: &str = "a quote that is not closed";
