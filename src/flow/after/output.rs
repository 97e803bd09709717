//! The output of programs, read by more than one cause of failed builds.

/// The system's error for a file that does not exist, as text. It stands in Rust's values of errors
/// as well.
pub(super) const NO_FILE: &str = "No such file or directory";

/// The text between two others in a line.
pub(super) fn between<'t>(line: &'t str, (before, behind): (&str, &str)) -> Option<&'t str> {
    let (_, rest) = line.split_once(before)?;
    rest.split_once(behind).map(|(name, _)| name)
}

/// Whether a line begins the error with which a script ended itself.
pub(super) fn is_end(line: &str) -> bool {
    line.contains(" panicked at ") || line.starts_with("Error: ")
}

/// The lines before the list of functions that Rust prints behind a panic.
pub(super) fn before_backtrace<'t>(
    lines: impl Iterator<Item = &'t str>,
) -> impl Iterator<Item = &'t str> {
    lines.take_while(|line| !line.starts_with("stack backtrace:"))
}

/// Whether a line is an error that does not come from a missing library or module: a script has
/// gone on after an attempt. A compiler's may still name the library, as a script may compile its
/// sources instead.
pub(super) fn is_other_error(line: &str) -> bool {
    const WORDS: &[&str] = &[
        "(os error ",
        ": error: ",
        ": fatal error: ",
        "CMake Error",
        "cc-rs",
        "configure: error: ",
        "kind: NotFound",
        "not installed?",
        "undefined reference to",
    ];
    WORDS.iter().any(|words| line.contains(words))
}

/// The lines of a script's output from its panic on, or its last line.
pub(super) fn last_words(said: &str) -> impl Iterator<Item = &str> {
    let lines = said.lines().filter(|line| !line.is_empty());
    let lines = before_backtrace(lines);
    let lines: Vec<&str> = lines.filter(|line| !line.starts_with("note: ")).collect();
    let panic = lines
        .iter()
        .rposition(|line| line.contains(" panicked at "));
    let begin = panic.unwrap_or(lines.len().saturating_sub(1));
    lines.into_iter().skip(begin)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_script_only_tried_is_not_its_last_words() {
        let last = |said| last_words(said).collect::<Vec<_>>();
        assert_eq!(last("a\nb\n\n"), ["b"]);
        let panic = "meson not found, going on\nthread 'main' panicked at build.rs:1:2:\nno luck\nnote: run with\nstack backtrace:\n0: x";
        assert_eq!(
            last(panic),
            ["thread 'main' panicked at build.rs:1:2:", "no luck"]
        );
    }
}
