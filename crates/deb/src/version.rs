//! The order of versions, which deb-version(7) describes.

use std::cmp::Ordering;

/// Compares two versions of packages as dpkg does.
#[must_use]
pub fn compare(one: &str, other: &str) -> Ordering {
    let (one, other) = (Parts::of(one), Parts::of(other));
    number(one.epoch, other.epoch)
        .then_with(|| part(one.upstream, other.upstream))
        .then_with(|| part(one.revision, other.revision))
}

/// A version as `epoch:upstream-revision`.
struct Parts<'a> {
    epoch: &'a str,
    upstream: &'a str,
    revision: &'a str,
}

impl<'a> Parts<'a> {
    fn of(version: &'a str) -> Self {
        let (epoch, rest) = version.split_once(':').unwrap_or(("", version));
        let (upstream, revision) = rest.rsplit_once('-').unwrap_or((rest, ""));
        Self {
            epoch,
            upstream,
            revision,
        }
    }
}

/// Compares texts in which other characters and numbers take turns.
fn part(one: &str, other: &str) -> Ordering {
    let (mut one, mut other) = (one, other);
    while !(one.is_empty() && other.is_empty()) {
        let ((words, rest), (others, others_rest)) = (words(one), words(other));
        let ((digits, rest), (others_digits, others_rest)) = (digits(rest), digits(others_rest));
        let order = weights(words)
            .cmp(weights(others))
            .then_with(|| number(digits, others_digits));
        if order.is_ne() {
            return order;
        }
        (one, other) = (rest, others_rest);
    }
    Ordering::Equal
}

/// The characters in front of the first digit, and the rest.
fn words(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| c.is_ascii_digit());
    text.split_at(end.unwrap_or(text.len()))
}

/// The digits in front, and the rest.
fn digits(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_ascii_digit());
    text.split_at(end.unwrap_or(text.len()))
}

/// The weights by which characters are sorted: `~` before the end, then letters, then all others.
fn weights(words: &str) -> impl Iterator<Item = i64> {
    let weights = words.chars().map(|c| match c {
        '~' => -1,
        c if c.is_ascii_alphabetic() => i64::from(u32::from(c)),
        c => i64::from(u32::from(c)) + 256,
    });
    weights.chain([0])
}

/// Compares numbers. No digits count as 0.
fn number(one: &str, other: &str) -> Ordering {
    let [one, other] = [one, other].map(|digits| digits.trim_start_matches('0'));
    one.len().cmp(&other.len()).then_with(|| one.cmp(other))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_have_dpkgs_order() {
        let sorted = [
            "0~",
            "0",
            "1.0~~",
            "1.0~~a",
            "1.0~",
            "1.0~rc1-1",
            "1.0",
            "1.0-1~bpo12+1",
            "1.0-1",
            "1.0-1+b1",
            "1.0-1.1",
            "1.0-9+deb13u9",
            "1.0-9+deb13u10",
            "1.0-10",
            "1.0a-1",
            "1.0+dfsg-1",
            "1.0.1-1",
            "1.2",
            "1.17",
            "10",
            "99999999999999999999999",
            "1:0.1",
            "2:0",
        ];
        for (number, one) in sorted.iter().enumerate() {
            for (others, other) in sorted.iter().enumerate() {
                assert_eq!(compare(one, other), number.cmp(&others), "{one} {other}");
            }
        }
        for (one, other) in [
            ("1.0", "1.0-0"),
            ("0:1", "1"),
            ("1.01", "1.1"),
            ("1.a", "1.a0"),
        ] {
            assert_eq!(compare(one, other), Ordering::Equal, "{one} {other}");
        }
    }
}
