//! Dockerfiles as any engine may read them.
//!
//! Engines read Dockerfiles differently: some know no here-documents, and some other escape
//! characters or comments. So each line counts as the possible beginning of an instruction, and is
//! joined with the lines behind it in both ways. That finds the instructions of every reading, and
//! some that no engine reads.

use crate::values;

/// The characters that may continue a line.
const ESCAPES: &[char] = &['\\', '`'];

/// A possible instruction.
pub(super) struct Reading {
    /// The number of the line.
    pub(super) line: usize,
    pub(super) text: String,
    pub(super) escape: char,
}

/// The possible instructions of a Dockerfile, in their order.
pub(super) fn readings(text: &str) -> Vec<Reading> {
    let lines: Vec<&str> = values::text(text).lines().collect();
    let at = |number: usize| {
        let lines = &lines[number..];
        ESCAPES.iter().map(move |escape| Reading {
            line: number + 1,
            text: instruction(lines, *escape),
            escape: *escape,
        })
    };
    (0..lines.len()).flat_map(at).collect()
}

/// The instruction that begins with the first of these lines.
fn instruction(lines: &[&str], escape: char) -> String {
    let mut whole = String::new();
    for (number, line) in lines.iter().enumerate() {
        let start = line.trim_start();
        if number > 0 && (start.is_empty() || start.starts_with('#')) {
            continue;
        }
        let Some(continued) = line.trim_end().strip_suffix(escape) else {
            whole += line;
            break;
        };
        whole += continued;
    }
    whole
}

/// The keyword of an instruction in capitals, and the rest.
pub(super) fn apart(instruction: &str) -> (String, &str) {
    let text = instruction.trim();
    let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    (word.to_ascii_uppercase(), rest)
}

pub(super) fn is_flag(word: &str) -> bool {
    word.starts_with("--")
}

/// The options in front of an instruction's arguments, without `--`, quotes and escapes.
pub(super) fn flags(text: &str) -> Vec<String> {
    let mut flags = Vec::new();
    let mut rest = text.trim_start();
    while is_flag(rest) {
        let mut flag = String::new();
        let mut quote = None;
        let mut chars = rest.char_indices();
        let end = loop {
            let Some((at, c)) = chars.next() else {
                break rest.len();
            };
            match c {
                c if quote.is_none() && c.is_whitespace() => break at,
                c if quote == Some(c) => quote = None,
                '"' | '\'' if quote.is_none() => quote = Some(c),
                '\\' => {}
                c => flag.push(c),
            }
        };
        flags.push(flag.trim_start_matches('-').to_owned());
        rest = rest[end..].trim_start();
    }
    flags
}
