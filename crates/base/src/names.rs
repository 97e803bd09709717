//! Names in sentences.

use std::fmt::Display;

/// Names in backticks, with commas between them.
#[must_use]
pub fn quoted(names: impl IntoIterator<Item = impl Display>) -> String {
    in_backticks(names).join(", ")
}

/// Names in backticks, with a word before the last and commas between the others.
#[must_use]
pub fn listed(names: impl IntoIterator<Item = impl Display>, word: &str) -> String {
    match in_backticks(names).as_slice() {
        [others @ .., last] if !others.is_empty() => {
            format!("{} {word} {last}", others.join(", "))
        }
        names => names.concat(),
    }
}

fn in_backticks(names: impl IntoIterator<Item = impl Display>) -> Vec<String> {
    let names = names.into_iter();
    names.map(|name| format!("`{name}`")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_stands_before_the_last_of_several_names() {
        assert_eq!(listed(["a"], "or"), "`a`");
        assert_eq!(listed(["a", "b"], "or"), "`a` or `b`");
        assert_eq!(listed(["a", "b", "c"], "and"), "`a`, `b` and `c`");
        assert_eq!(listed([""; 0], "and"), "");
        assert_eq!(quoted(["a", "b"]), "`a`, `b`");
    }
}
