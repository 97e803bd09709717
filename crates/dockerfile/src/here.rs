//! Here-documents at any place in commands. The parser of Dockerfiles only knows here-documents at
//! the beginning of a command. So it is given a text of the same length in which they are masked.
//! <https://docs.docker.com/reference/dockerfile/#here-documents>

use super::values;

/// A Dockerfile whose `RUN` instructions have no here-documents any more, and the positions of the
/// documents.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Masked {
    /// The masked text. It has the same length and lines as the original.
    pub text: String,
    /// For each instruction: the end of the line with the last marker, and the end of the last
    /// body.
    bodies: Vec<(usize, usize)>,
}

/// The beginning of a here-document, `<<NAME`, whose body follows in the next lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Marker {
    pub(super) name: String,
    /// Whether the marker is `<<-NAME`, so that tabs at the beginning of lines are removed.
    pub(super) strips_tabs: bool,
}

impl Masked {
    /// Masks the here-documents of a Dockerfile.
    pub(crate) fn new(text: &str) -> Self {
        let mut masked = text.as_bytes().to_vec();
        let mut bodies = Vec::new();
        let escape = values::escape(text);
        let mut lines = Lines {
            text,
            at: 0,
            escape,
        };
        while let Some((start, end)) = lines.instruction() {
            let Some(command) = command(&text[start..end]) else {
                // The parser reads the here-documents of `COPY` and `ADD` itself. Their bodies
                // contain no instructions.
                lines.bodies(&markers(copied(&text[start..end])));
                continue;
            };
            let found = markers(command);
            let Some(last) = lines.bodies(&found).filter(|_| !found.is_empty()) else {
                continue;
            };
            let is_marker =
                |at: usize| at >= start && at < end && text.as_bytes()[at..].starts_with(b"<<");
            for at in (start..end).filter(|at| is_marker(*at)) {
                masked[at..at + 2].copy_from_slice(b"__");
            }
            for byte in &mut masked[end..last] {
                if *byte != b'\n' {
                    *byte = b' ';
                }
            }
            bodies.push((end, last));
            lines.at = last;
        }
        // Only whole lines and pairs of ASCII characters were replaced, so this does not fail.
        let text = String::from_utf8(masked).unwrap_or_else(|_| text.to_owned());
        Self { text, bodies }
    }

    /// The positions of a command's here-documents, if it has some: the end of the line in which
    /// the command ends, and the end of the last body.
    pub(super) fn bodies_behind(&self, end: usize) -> Option<(usize, usize)> {
        let mut bodies = self.bodies.iter().copied();
        bodies.find(|(line, _)| {
            *line >= end && !self.text[end..*line].trim_end_matches('\n').contains('\n')
        })
    }
}

/// The lines of a Dockerfile and the current position.
struct Lines<'a> {
    text: &'a str,
    at: usize,
    /// The character that continues a line.
    escape: char,
}

impl Lines<'_> {
    /// The start and end of the next line.
    fn line(&mut self) -> Option<(usize, usize)> {
        let start = self.at;
        let rest = self.text.get(start..).filter(|rest| !rest.is_empty())?;
        self.at = rest
            .find('\n')
            .map_or(self.text.len(), |end| start + end + 1);
        Some((start, self.at))
    }

    /// The start and end of the next instruction with all its lines.
    fn instruction(&mut self) -> Option<(usize, usize)> {
        let (start, mut end) = self.line()?;
        let escape = self.escape;
        let mut goes_on = goes_on(&self.text[start..end], escape);
        while goes_on {
            let Some((first, last)) = self.line() else {
                break;
            };
            let line = self.text[first..last].trim_start();
            goes_on = line.is_empty() || line.starts_with('#') || self::goes_on(line, escape);
            end = last;
        }
        Some((start, end))
    }

    /// The end of the bodies that begin at the current position. None if one of them does not end.
    fn bodies(&mut self, markers: &[Marker]) -> Option<usize> {
        let begin = self.at;
        for marker in markers {
            loop {
                let Some((start, end)) = self.line() else {
                    self.at = begin;
                    return None;
                };
                if marker.ends_with(&self.text[start..end]) {
                    break;
                }
            }
        }
        Some(self.at)
    }
}

fn goes_on(line: &str, escape: char) -> bool {
    !line.trim_start().starts_with('#') && line.trim_end().ends_with(escape)
}

/// The command for the shell in a `RUN` instruction. None for other instructions and lists of
/// words.
fn command(instruction: &str) -> Option<&str> {
    let command = behind(triggered(instruction), "RUN")?;
    let list = command.trim_start().strip_prefix('[').map(str::trim_start);
    let is_list = list.is_some_and(|list| list.starts_with(['"', ']']));
    (!is_list).then_some(command)
}

/// The arguments of a `COPY` or `ADD` instruction. Empty for other instructions.
fn copied(instruction: &str) -> &str {
    let rest = triggered(instruction);
    let copied = ["COPY", "ADD"].iter().find_map(|name| behind(rest, name));
    copied.unwrap_or_default()
}

/// The instruction behind `ONBUILD`, or the instruction itself.
fn triggered(instruction: &str) -> &str {
    behind(instruction, "ONBUILD").unwrap_or(instruction)
}

/// The text behind the keyword `name`, if the instruction begins with it.
fn behind<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let begin = text.len() - text.trim_start().len();
    let end = begin + name.len();
    let found = text.get(begin..end)?.eq_ignore_ascii_case(name);
    (found && text[end..].starts_with(char::is_whitespace)).then(|| &text[end..])
}

/// The markers of here-documents in a command: words that begin with `<<`.
pub(super) fn markers(command: &str) -> Vec<Marker> {
    command.split_whitespace().filter_map(Marker::of).collect()
}

impl Marker {
    fn of(word: &str) -> Option<Self> {
        let word = word.trim_start_matches(|c: char| c.is_ascii_digit());
        let rest = word.strip_prefix("<<")?;
        let strips_tabs = rest.starts_with('-');
        let rest = rest.strip_prefix('-').unwrap_or(rest);
        let quoted = ['"', '\''].iter().find_map(|quote| {
            let inner = rest.strip_prefix(*quote)?;
            inner.split_once(*quote)
        });
        // These characters end a word of the shell.
        let plain = || rest.split(['|', '&', ';', '<', '>', '(', ')']).next();
        let name = quoted.map_or_else(|| plain().unwrap_or_default(), |(name, _)| name);
        (!name.is_empty()).then(|| Self {
            name: name.to_owned(),
            strips_tabs,
        })
    }

    /// Whether a line ends the here-document.
    fn ends_with(&self, line: &str) -> bool {
        let line = line.trim_end_matches(['\n', '\r']);
        self.stripped(line) == self.name
    }

    /// A line of the body, without leading tabs if the marker removes them.
    fn stripped<'a>(&self, line: &'a str) -> &'a str {
        if self.strips_tabs {
            line.trim_start_matches('\t')
        } else {
            line
        }
    }
}

/// The script of a command that consists of a single here-document.
pub(super) fn script(command: &str, bodies: &str) -> Option<String> {
    let found = markers(command);
    let [marker] = &found[..] else {
        return None;
    };
    if command.split_whitespace().count() != 1 {
        return None;
    }
    let lines = bodies.lines().take_while(|line| !marker.ends_with(line));
    let lines = lines.map(|line| marker.stripped(line));
    Some(lines.flat_map(|line| [line, "\n"]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use pretty_assertions::assert_eq;

    #[test]
    fn bodies_are_blank_and_all_else_stays_where_it_is() {
        let text =
            "FROM x\nRUN mkdir a && \\\n  cat <<'E' >b && cat <<-F\nRUN 1\nE\n\tf\n\tF\nRUN y\n";
        let masked = Masked::new(text);
        assert_eq!(
            masked.text,
            "FROM x\nRUN mkdir a && \\\n  cat __'E' >b && cat __-F\n     \n \n  \n  \nRUN y\n"
        );
        assert_eq!(masked.text.len(), text.len());
    }

    #[test]
    fn a_word_of_any_letters_ends_a_body_and_a_test_is_no_list() {
        let masked = |text| Masked::new(text).text;
        assert_eq!(masked("RUN <<END-X\na\nEND-X\n"), "RUN __END-X\n \n     \n");
        assert_eq!(
            masked("RUN [ -f x ] && cat <<E;\na\nE\n"),
            "RUN [ -f x ] && cat __E;\n \n \n"
        );
        assert_eq!(
            masked("RUN cat <<E && echo Grüße\nä\nE\n"),
            "RUN cat __E && echo Grüße\n  \n \n"
        );
    }

    #[test]
    fn what_only_looks_like_one_stays() {
        for text in [
            "RUN echo $((1<<2)) 1 << 2\n",
            "RUN [\"a\", \"<<E\"]\nE\n",
            "RUN echo <<E\nno end\n",
            "# RUN <<E\nE\n",
            "COPY <<E /x\na\nRUN cat <<X\nX\nE\n",
            "RUN cat <<<E\nE\n",
        ] {
            assert_eq!(Masked::new(text).text, text);
        }
    }

    #[test]
    fn a_command_that_is_one_is_a_script() {
        assert_eq!(script(" <<E ", "a\n b\nE\n").as_deref(), Some("a\n b\n"));
        assert_eq!(script("<<-'E'", "\ta\n\tE\n").as_deref(), Some("a\n"));
        assert_eq!(script("cat <<E", "a\nE\n"), None);
    }
}
