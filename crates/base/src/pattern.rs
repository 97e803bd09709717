//! Patterns in which each `*` stands for any text: names of variables and of targets.

/// Whether a name matches a pattern.
#[must_use]
pub fn matches(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((start, rest)) => name.strip_prefix(start).is_some_and(|tail| {
            rest.is_empty()
                || (0..=tail.len()).any(|i| tail.is_char_boundary(i) && matches(rest, &tail[i..]))
        }),
    }
}

/// Whether it stands for more than itself.
#[must_use]
pub fn is_pattern(text: &str) -> bool {
    text.contains('*')
}

/// How much a pattern says: of two that match a name, the one with more text of its own is the more
/// special, and a name that is no pattern is more special than any.
#[must_use]
pub fn specificity(pattern: &str) -> (bool, usize) {
    let own = pattern.chars().filter(|c| *c != '*').count();
    (!is_pattern(pattern), own)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_text() {
        assert!(matches("CARGO_*TOKEN", "CARGO_REGISTRIES_X_TOKEN"));
        assert!(matches("CARGO_*TOKEN", "CARGO_REGISTRY_TOKEN"));
        assert!(!matches("CARGO_*TOKEN", "CARGO_TOKENS"));
        assert!(matches("CI", "CI"));
        assert!(!matches("CI", "CIRCLE"));
        assert!(matches("*-linux-*", "i686-unknown-linux-musl"));
    }

    #[test]
    fn a_name_is_more_special_than_a_pattern_and_a_long_pattern_than_a_short_one() {
        let mut patterns = ["*-linux-*", "a-linux-gnu", "*", "*-unknown-linux-gnueabihf"];
        patterns.sort_by_key(|pattern| specificity(pattern));
        assert_eq!(
            patterns,
            ["*", "*-linux-*", "*-unknown-linux-gnueabihf", "a-linux-gnu"]
        );
    }
}
