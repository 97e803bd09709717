//! Patterns for names of variables and targets. Each `*` stands for any text.

/// Whether a name matches a pattern. Every start of cross asks this some ten thousand times, so it
/// compares bytes, and goes back only to the last star.
#[must_use]
pub fn matches(pattern: &str, name: &str) -> bool {
    let (pattern, name) = (pattern.as_bytes(), name.as_bytes());
    let (mut p, mut n) = (0, 0);
    // The position behind the last star in the pattern, and the end of the text that it stands for
    // so far.
    let mut star: Option<(usize, usize)> = None;
    while n < name.len() {
        if p < pattern.len() && pattern[p] == b'*' {
            p += 1;
            star = Some((p, n));
        } else if p < pattern.len() && pattern[p] == name[n] {
            p += 1;
            n += 1;
        } else if let Some((behind, end)) = star {
            // The star stands for one more byte.
            star = Some((behind, end + 1));
            (p, n) = (behind, end + 1);
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|byte| *byte == b'*')
}

/// Whether a text has a star.
#[must_use]
pub fn is_pattern(text: &str) -> bool {
    text.contains('*')
}

/// A rank by which the more specific of two matching patterns is greater: a name without a star is
/// the most specific, then the pattern with more characters besides stars.
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
        assert!(matches("*", "") && matches("**", "é"));
        assert!(matches("*ab*b", "aabab") && matches("a*a", "aba"));
        assert!(!matches("a*a", "a") && !matches("*ab*b", "ab"));
        assert!(!matches("", "a") && matches("", ""));
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
