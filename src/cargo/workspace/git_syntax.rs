//! The syntax of git's configuration files. <https://git-scm.com/docs/git-config#_syntax>

use std::iter::Peekable;
use std::str::Chars;

/// A setting: its key, `section.name` or `section.part.name`, and its value. None stands for a key
/// without a value, which is true.
pub(super) type Setting = (String, Option<String>);

/// The settings in a file's text, in order. Git refuses a file with an error, so what comes behind
/// one does not matter.
pub(super) fn settings(text: &str) -> Vec<Setting> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = Reader(text.chars().peekable());
    let mut section = String::new();
    let mut found = Vec::new();
    while let Some(next) = reader.0.next() {
        match next {
            '#' | ';' => reader.skip_line(),
            '[' => match reader.section() {
                Some(name) => section = name,
                None => break,
            },
            first if first.is_ascii_alphabetic() => match reader.setting(first) {
                Some((name, value)) => found.push((format!("{section}.{name}"), value)),
                None => break,
            },
            other if other.is_whitespace() => {}
            _ => break,
        }
    }
    found
}

/// A setting as a line of a file with the section before it. None if the key has no section.
pub(crate) fn line(key: &str, value: Option<&str>) -> Option<String> {
    let (section, name) = key.split_once('.')?;
    let Some(value) = value else {
        return Some(format!("[{section}]\n\t{name}\n"));
    };
    let mut text = String::new();
    for c in value.chars() {
        match c {
            '\\' | '"' => text.extend(['\\', c]),
            '\n' => text.push_str("\\n"),
            c => text.push(c),
        }
    }
    Some(format!("[{section}]\n\t{name} = \"{text}\"\n"))
}

struct Reader<'a>(Peekable<Chars<'a>>);

impl Reader<'_> {
    fn skip_line(&mut self) {
        self.0.by_ref().find(|c| *c == '\n');
    }

    /// The rest of a section's header. A part in quotes keeps its case.
    fn section(&mut self) -> Option<String> {
        let mut name = String::new();
        loop {
            match self.0.next()? {
                ']' => return Some(name),
                c if c.is_ascii_alphanumeric() || "-.".contains(c) => {
                    name.push(c.to_ascii_lowercase());
                }
                c if c.is_whitespace() && c != '\n' => {}
                '"' => {
                    name.push('.');
                    self.part(&mut name)?;
                }
                _ => return None,
            }
        }
    }

    /// The rest of the part of a header that is in quotes.
    fn part(&mut self, name: &mut String) -> Option<()> {
        loop {
            match self.0.next()? {
                '"' => return Some(()),
                '\n' => return None,
                '\\' => name.push(self.0.next()?),
                c => name.push(c),
            }
        }
    }

    /// The rest of a setting.
    fn setting(&mut self, first: char) -> Option<Setting> {
        let mut name = String::from(first.to_ascii_lowercase());
        while let Some(c) = self.0.next_if(|c| c.is_ascii_alphanumeric() || *c == '-') {
            name.push(c.to_ascii_lowercase());
        }
        while self.0.next_if(|c| " \t\r".contains(*c)).is_some() {}
        match self.0.next() {
            None | Some('\n') => Some((name, None)),
            Some('#' | ';') => {
                self.skip_line();
                Some((name, None))
            }
            Some('=') => Some((name, Some(self.value()?))),
            Some(_) => None,
        }
    }

    /// A value, up to the end of its line. Blanks around it only count in quotes.
    fn value(&mut self) -> Option<String> {
        let mut value = String::new();
        // The length of the value without blanks at the end.
        let mut end = 0;
        let mut quoted = false;
        loop {
            match self.0.next() {
                None | Some('\n') if quoted => return None,
                None | Some('\n') => break,
                Some('#' | ';') if !quoted => {
                    self.skip_line();
                    break;
                }
                Some('"') => quoted = !quoted,
                Some('\\') => match self.0.next()? {
                    '\n' => continue,
                    '\r' if self.0.next_if_eq(&'\n').is_some() => continue,
                    'n' => value.push('\n'),
                    't' => value.push('\t'),
                    'b' => value.push('\u{8}'),
                    c @ ('\\' | '"') => value.push(c),
                    _ => return None,
                },
                Some(c) if c.is_whitespace() && !quoted => {
                    if !value.is_empty() {
                        value.push(c);
                    }
                    continue;
                }
                Some(c) => value.push(c),
            }
            end = value.len();
        }
        value.truncate(end);
        Some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(String, String)> {
        let found = settings(text).into_iter();
        found
            .map(|(key, value)| (key, value.unwrap_or_else(|| "(true)".to_owned())))
            .collect()
    }

    #[track_caller]
    fn check(text: &str, expected: &[(&str, &str)]) {
        let expected: Vec<_> = expected
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect();
        assert_eq!(read(text), expected, "{text}");
    }

    #[test]
    fn settings_are_read_as_git_reads_them() {
        check("[core] Abbrev = 12\n", &[("core.abbrev", "12")]);
        check(
            "\u{feff}# c\n; c\n\n[Core]\r\n\teol=lf\r\n",
            &[("core.eol", "lf")],
        );
        check(
            "[core]\n\tbare\n\tx ; c\n",
            &[("core.bare", "(true)"), ("core.x", "(true)")],
        );
        check(
            "[a \"B \\\"c\\\\\"]\nx = 1\n[d.E]\ny = 2",
            &[("a.B \"c\\.x", "1"), ("d.e.y", "2")],
        );
        check(
            "[a]\nx =  one  two \t# c\ny = \" b # \"c ; d\nz = one\\\n  two\nw = a\\tb\\\\\\\"\nv =",
            &[
                ("a.x", "one  two"),
                ("a.y", " b # c"),
                ("a.z", "one  two"),
                ("a.w", "a\tb\\\""),
                ("a.v", ""),
            ],
        );
    }

    #[test]
    fn nothing_is_read_behind_an_error() {
        for error in [
            "x = \"open",
            "x = \\q",
            "x y",
            "[b",
            "[b \"c",
            "[b\nc]",
            "=",
        ] {
            check(
                &format!("[a]\nfirst = 1\n{error}\nlast = 2\n"),
                &[("a.first", "1")],
            );
        }
    }

    #[test]
    fn a_line_is_read_as_it_was_meant() {
        for value in ["", "plain", " a \"b\" \\ # c ; \n\td ", "é"] {
            let text = line("core.x", Some(value)).unwrap();
            check(&text, &[("core.x", value)]);
        }
        check(&line("core.x", None).unwrap(), &[("core.x", "(true)")]);
    }
}
