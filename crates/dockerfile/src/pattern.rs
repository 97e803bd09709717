//! Patterns of paths, as docker has them.
//! <https://pkg.go.dev/path/filepath#Match>

use std::iter::Peekable;
use std::str::Chars;

/// A pattern that a path matches as a whole.
#[derive(Debug)]
pub(super) enum Pattern {
    Exact(String),
    /// A text with two stars at the end.
    Beginning(String),
    /// A text with two stars at the beginning.
    End(String),
    Parts(Vec<Part>),
}

/// A part of a pattern, and what it matches.
#[derive(Debug)]
pub(super) enum Part {
    /// This character.
    One(char),
    /// Any character but a slash.
    Any,
    /// One of the characters in these ranges, or one in none of them.
    Class {
        negated: bool,
        ranges: Vec<(char, char)>,
    },
    /// Any characters but slashes.
    Name,
    /// Nothing, or any path with a slash at its end.
    Directories,
    /// All that is left.
    Rest,
}

/// What a pattern is, as far as it is read.
#[derive(Clone, Copy, Debug)]
enum Form {
    Exact,
    Beginning,
    End,
    Parts,
}

const INVALID: &str = "the pattern is not valid";

impl Pattern {
    /// Reads a pattern of a `.dockerignore`, in which two stars stand for any number of
    /// directories.
    /// <https://github.com/moby/patternmatcher>
    ///
    /// # Errors
    ///
    /// If a class is not closed, empty or ill-formed, or if nothing follows a backslash.
    pub(super) fn of_paths(text: &str) -> Result<Self, &'static str> {
        Self::read(text, true)
    }

    /// Reads a pattern of names, in which two stars are the same as one.
    /// <https://pkg.go.dev/path/filepath#Match>
    ///
    /// # Errors
    ///
    /// The same as above.
    pub(super) fn of_names(text: &str) -> Result<Self, &'static str> {
        Self::read(text, false)
    }

    fn read(text: &str, has_double: bool) -> Result<Self, &'static str> {
        let mut chars = text.chars().peekable();
        let mut parts = Vec::new();
        let mut form = Form::Exact;
        while let Some(c) = chars.next() {
            let is_first = parts.is_empty();
            let part = match c {
                '*' if has_double && chars.next_if_eq(&'*').is_some() => {
                    chars.next_if_eq(&'/');
                    let is_last = chars.peek().is_none();
                    form = match form {
                        _ if is_first => Form::End,
                        Form::Exact if is_last => Form::Beginning,
                        _ => Form::Parts,
                    };
                    parts.push(if is_last {
                        Part::Rest
                    } else {
                        Part::Directories
                    });
                    continue;
                }
                '*' => Part::Name,
                '?' => Part::Any,
                '[' => class(&mut chars)?,
                '\\' => Part::One(chars.next().ok_or(INVALID)?),
                c => {
                    parts.push(Part::One(c));
                    continue;
                }
            };
            form = Form::Parts;
            parts.push(part);
        }
        Ok(match form {
            Form::Exact => Self::Exact(text.to_owned()),
            Form::Beginning => Self::Beginning(text[..text.len() - 2].to_owned()),
            Form::End => Self::End(text[2..].to_owned()),
            Form::Parts => Self::Parts(parts),
        })
    }

    /// Whether the pattern matches a path.
    pub(super) fn matches(&self, path: &str) -> bool {
        match self {
            Self::Exact(text) => path == text,
            Self::Beginning(text) => path.starts_with(text),
            Self::End(text) => {
                path.ends_with(text) || text.strip_prefix('/').is_some_and(|rest| path == rest)
            }
            Self::Parts(parts) => all_match(parts, path),
        }
    }
}

/// The source of a `COPY` as a pattern for `find` that matches the same. In the classes of such a
/// pattern `!` negates, and `[:` begins the name of a class.
/// <https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#tag_19_14>
///
/// # Errors
///
/// If the source is not a valid pattern.
pub fn for_find(source: &str) -> Result<String, &'static str> {
    let Pattern::Parts(parts) = Pattern::of_names(source)? else {
        return Ok(source.to_owned());
    };
    let mut text = String::new();
    for part in parts {
        match part {
            Part::One(c @ ('*' | '?' | '[' | '\\')) => text.extend(['\\', c]),
            Part::One(c) => text.push(c),
            Part::Any => text.push('?'),
            Part::Class { negated, ranges } => text.push_str(&class_for_find(negated, ranges)),
            Part::Name | Part::Directories | Part::Rest => text.push('*'),
        }
    }
    Ok(text)
}

/// A class in which each character stands for itself.
fn class_for_find(negated: bool, ranges: Vec<(char, char)>) -> String {
    /// The characters with a meaning, the last of which are harmless in this order at the end.
    const SPECIAL: [char; 6] = [']', '!', '^', '\\', '[', '-'];
    /// A character that no name has. Behind it, `!` and `^` do not negate.
    const NONE: char = '\u{1}';
    let mut class = String::new();
    let mut has = [false; SPECIAL.len()];
    for (first, last) in ranges {
        // No character with a meaning is at an end of a range.
        let mut chars = first..=last;
        let mut end = |next: Option<char>| {
            let special = SPECIAL.iter().position(|c| Some(*c) == next);
            special.map(|place| has[place] = true).is_some()
        };
        while end(chars.clone().next()) {
            chars.next();
        }
        while end(chars.clone().next_back()) {
            chars.next_back();
        }
        match (chars.next(), chars.next_back()) {
            (Some(first), Some(last)) => class.extend([first, '-', last]),
            (Some(only), None) => class.push(only),
            _ => {}
        }
    }
    let mut all = String::from(if negated { "[!" } else { "[" });
    if has[0] {
        all.push(SPECIAL[0]);
    }
    all.push(NONE);
    all.push_str(&class);
    for (c, _) in SPECIAL.iter().zip(has).skip(1).filter(|(_, has)| *has) {
        // A backslash takes the meaning of the one behind it, or is in the class twice.
        let times = if *c == '\\' { 2 } else { 1 };
        all.extend(std::iter::repeat_n(*c, times));
    }
    all.push(']');
    all
}

/// Reads a class behind its `[`.
fn class(chars: &mut Peekable<Chars<'_>>) -> Result<Part, &'static str> {
    let negated = chars.next_if_eq(&'^').is_some();
    let mut ranges = Vec::new();
    while ranges.is_empty() || chars.next_if_eq(&']').is_none() {
        let first = end_of_range(chars)?;
        let last = match chars.next_if_eq(&'-') {
            Some(_) => end_of_range(chars)?,
            None => first,
        };
        if last < first {
            return Err(INVALID);
        }
        ranges.push((first, last));
    }
    Ok(Part::Class { negated, ranges })
}

fn end_of_range(chars: &mut Peekable<Chars<'_>>) -> Result<char, &'static str> {
    match chars.next() {
        None | Some('-' | ']') => Err(INVALID),
        Some('\\') => chars.next().ok_or(INVALID),
        Some(c) => Ok(c),
    }
}

/// Whether the parts match a whole path. Each part is looked at once, with all places in the path
/// that the parts before it can lead to.
fn all_match(parts: &[Part], path: &str) -> bool {
    let path: Vec<char> = path.chars().collect();
    let mut places = vec![false; path.len() + 1];
    places[0] = true;
    for part in parts {
        let mut next = vec![false; places.len()];
        let mut was_reached = false;
        for place in 0..places.len() {
            let before = place.checked_sub(1).map(|before| path[before]);
            next[place] = match (part, before) {
                (Part::One(_) | Part::Any | Part::Class { .. }, None) => false,
                (Part::One(c), Some(before)) => places[place - 1] && before == *c,
                (Part::Any, Some(before)) => places[place - 1] && before != '/',
                (Part::Class { negated, ranges }, Some(before)) => {
                    let is_in = ranges.iter().any(|(a, z)| (*a..=*z).contains(&before));
                    places[place - 1] && is_in != *negated
                }
                (Part::Name, _) => {
                    places[place] || before.is_some_and(|c| c != '/') && next[place - 1]
                }
                (Part::Directories, _) => places[place] || before == Some('/') && was_reached,
                (Part::Rest, _) => places[place] || was_reached,
            };
            was_reached |= places[place];
        }
        places = next;
    }
    places[path.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The names among `names` that `find` matches.
    fn found(pattern: &str, names: &[&str]) -> Vec<String> {
        let dir = tempfile::tempdir().unwrap();
        for name in names {
            cross_base::fs::touch(&dir.path().join(name)).unwrap();
        }
        let pattern = format!("./{}", for_find(pattern).unwrap());
        let find = cross_base::process::Cmd::new("/usr/bin/env")
            .args(["-C"])
            .arg(dir.path())
            .args(["LC_ALL=C.UTF-8", "find", ".", "-mindepth", "1", "-path"])
            .arg(pattern);
        let output = find.output().unwrap();
        assert!(output.status.success(), "{find}");
        let text = String::from_utf8(output.stdout).unwrap();
        let mut found: Vec<String> = text.lines().map(|line| line[2..].to_owned()).collect();
        found.sort();
        found
    }

    #[test]
    fn find_matches_what_docker_matches() {
        let names = [
            "a", "b", "c", "!", "^", "-", "[", "]", "\\", ":", "é", "*", "?", "ab", "[]", ".a",
        ];
        for pattern in [
            "[!b]",
            "[^b]",
            "[^^]",
            "[!]",
            "[\\^]",
            "[\\^!]",
            "[^!^]",
            "[!-~]",
            "[[:alpha:]]",
            "[[]",
            "[\\]]",
            "[^\\]]",
            "[\\\\]",
            "[^\\\\]",
            "[\\-a]",
            "[^\\-]",
            "[Z-a]",
            "[\\[-\\]]",
            "[+-\\-]",
            "?",
            "*",
            "\\*",
            "\\?",
            "\\[*",
            "[é]",
            "[^é]",
            "a",
            "a*",
            "*a",
            "[a-b]*",
            "[[]\\]",
        ] {
            let docker = Pattern::of_names(pattern).unwrap();
            let names_of = names.iter().copied();
            let mut expected: Vec<&str> = names_of.filter(|name| docker.matches(name)).collect();
            expected.sort_unstable();
            assert_eq!(found(pattern, &names), expected, "{pattern}");
        }
        assert!(for_find("[b").is_err() && for_find("b\\").is_err() && for_find("[]").is_err());
    }
}
