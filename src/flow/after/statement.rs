//! The statement of a build script at which it panicked, from its source.

/// The statement at the end of a text.
pub(super) fn statement(text: &str) -> String {
    let lines: Vec<&str> = text.split('\n').collect();
    let (last, above) = lines.split_last().unwrap_or((&"", &[]));
    let begins = |line: &&str| {
        let line = line.split("//").next().unwrap_or_default().trim_end();
        !(line.is_empty() || line.ends_with([';', '{', '}']))
    };
    let mut parts: Vec<&str> = above.iter().rev().copied().take_while(begins).collect();
    parts.reverse();
    parts.push(last);
    let joined = parts.join("\n");
    let statement = [";", "{ "].iter().fold(joined.as_str(), |text, end| {
        text.rsplit_once(end).map_or(text, |(_, rest)| rest)
    });
    statement.to_owned()
}

/// The text up to the condition under which a panic was reached, if that is that something failed:
/// `if let Err(e) = call() {`, or another form of it.
pub(super) fn failed(text: &str) -> Option<&str> {
    let own = statement(text);
    if own.trim_end().ends_with("=>") {
        return is_failure_arm(&own).then(|| matched(text)).flatten();
    }
    if !own.trim().is_empty() {
        return None;
    }
    let (head, within) = text.split_at(opening(text)?);
    // What the block itself has called may be the reason as well.
    if within.contains("let ") {
        return None;
    }
    if head.trim_end().ends_with("=>") {
        return is_failure_arm(head).then(|| matched(head)).flatten();
    }
    is_failure(&statement(head)).then_some(head)
}

/// The text up to the `{` of the `match` whose arm is at the end of a text.
fn matched(text: &str) -> Option<&str> {
    let head = &text[..opening(text)?];
    let begin = statement(head);
    let mut words = begin.split_whitespace();
    words.any(|word| word == "match").then_some(head)
}

/// Whether the arm of a `match` at the end of a text is the one for an error.
fn is_failure_arm(text: &str) -> bool {
    let ends = ["\n", ", ", "{ "];
    let arm = ends.iter().fold(text, |text, end| {
        text.rsplit_once(end).map_or(text, |(_, rest)| rest)
    });
    let arm = arm.trim_start();
    arm.starts_with("Err(") || arm.starts_with("None ")
}

/// Whether what begins a block is that its only call has failed.
fn is_failure(head: &str) -> bool {
    let head = head.trim();
    let head = head.strip_prefix("} else ").unwrap_or(head);
    let is_one = !["&&", "||"].iter().any(|words| head.contains(words));
    let is_asked = head.starts_with("if ")
        && (head.ends_with(".is_err()") || head.ends_with(".is_none()"))
        && !head.starts_with("if !");
    let is_else =
        (head.starts_with("let Ok(") || head.starts_with("let Some(")) && head.ends_with(" else");
    let is_closure = head.ends_with('|') && head.contains(".unwrap_or_else(|");
    is_one && (head.starts_with("if let Err(") || is_asked || is_else) || is_closure
}

/// The position of the innermost `{` that is open at the end of a text.
fn opening(text: &str) -> Option<usize> {
    unpaired(text.char_indices().rev(), '{', '}')
}

/// The position of the `)` that closes the parenthesis in which a text begins.
fn closing(text: &str) -> Option<usize> {
    unpaired(text.char_indices(), ')', '(')
}

/// The first position of a character before which each `other` has one of its own.
fn unpaired(
    mut text: impl Iterator<Item = (usize, char)>,
    wanted: char,
    other: char,
) -> Option<usize> {
    let mut open = 0_u32;
    let (at, _) = text.find(|(_, c)| {
        let is_it = *c == wanted && open == 0;
        if *c == other {
            open += 1;
        } else if *c == wanted {
            open = open.saturating_sub(1);
        }
        is_it
    })?;
    Some(at)
}

/// The functions that look for a program in the directories of `PATH`: of the crates `which`,
/// <https://docs.rs/which>, and `pathsearch`, and those that other scripts have.
const LOOKUPS: &[&str] = &[
    "which(",
    "which_in(",
    "which_global(",
    "find_executable(",
    "find_executable_in_path(",
];

/// The name of the program that a statement, which has failed, only looks for. The name is a
/// literal in it.
pub(super) fn looked_for(statement: &str) -> Option<&str> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    LOOKUPS.iter().find_map(|lookup| {
        let (before, rest) = statement.rsplit_once(lookup)?;
        let (name, rest) = rest.strip_prefix('"')?.split_once('"')?;
        let end = closing(rest)?;
        let (others, behind) = (&rest[..end], &rest[end + 1..]);
        // Another argument may name directories of the script's own choice.
        let is_usual =
            others.trim_matches([',', ' ', '\n']).is_empty() || others.contains("\"PATH\"");
        let behind: String = behind.split_whitespace().collect();
        let is_all = ["", ".", ".ok().", "else", ".is_err()", ".is_none()"].contains(&&*behind)
            || behind.starts_with(".unwrap_or_else(|") && behind.ends_with('|');
        let is_it = !before.ends_with(is_part) && is_usual && is_all && !name.contains('/');
        is_it.then_some(name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The statement that failed, where the script panics at the end of a text.
    fn of(text: &str) -> Option<String> {
        Some(statement(failed(text)?).trim().to_owned())
    }

    #[test]
    fn a_panic_under_the_condition_that_a_call_failed_is_the_calls() {
        for text in [
            "fn main() { if let Err(e) = go() { ",
            "if let Err(e) = go() {\n    ",
            "if let Err(e) = go() {\n    eprintln!(\"{e}\");\n    ",
            "match go() {\n    Ok(s) => s,\n    Err(e) => ",
            "match go() {\n    Ok(_) => {}\n    Err(e) => {\n        ",
            "let s = match go() { Ok(s) => s, Err(e) => ",
            "let s = go().unwrap_or_else(|e| {\n    ",
            "let Ok(s) = go() else { ",
            "if go().is_err() {\n    ",
            "if x() {\n    y();\n} else if let Err(e) = go() {\n    ",
        ] {
            let found = of(text).unwrap_or_default();
            assert!(found.contains("go()"), "{text}: {found}");
        }
        for text in [
            "fn main() {\n    ",
            "if go() {\n    ",
            "if !go().is_err() {\n    ",
            "if other() && go().is_err() {\n    ",
            "if let Ok(s) = go() {\n    ",
            "match go() {\n    Ok(s) => ",
            "match go() {\n    Ok(s) => {\n        ",
            "if let Err(e) = go() {\n    let x = other();\n    ",
            "if let Err(e) = go() {\n    other().",
            "if let Err(e) = go() {\n    for x in y {\n        ",
            "if let Err(e) = go() {}\n",
        ] {
            assert_eq!(of(text), None, "{text}");
        }
    }

    #[test]
    fn a_lookup_that_failed_names_its_program() {
        for (statement, name) in [
            ("which::which(\"gawk\").", Some("gawk")),
            ("let x = which(\"gawk\")\n    .", Some("gawk")),
            ("which(\"gawk\").ok().", Some("gawk")),
            ("if let Err(e) = which(\"gawk\") ", Some("gawk")),
            ("let Ok(x) = which(\"gawk\") else ", Some("gawk")),
            ("which(\"gawk\").unwrap_or_else(|_| ", Some("gawk")),
            (
                "which_in(\"gawk\", env::var_os(\"PATH\"), &dir).",
                Some("gawk"),
            ),
            ("which_in(\"gawk\", Some(&bin), &dir).", None),
            ("find_executable(\"gawk\").", Some("gawk")),
            ("my_which(\"gawk\").", None),
            ("which(name).", None),
            ("which(\"gawk\").unwrap().parent().", None),
            ("which(\"bin/gawk\").", None),
            ("which(\"gawk\").or_else(|_| which(\"awk\")).", None),
        ] {
            assert_eq!(looked_for(statement), name, "{statement}");
        }
    }
}
