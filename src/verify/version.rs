//! Versions of libraries' symbols: `GLIBC_2.17`, `GLIBCXX_3.4.29`, `CXXABI_1.3`, `GCC_3.0`.

use cross_base::version::Version;

/// Versions of symbols without a number, with the first glibc that has them.
/// <https://sourceware.org/glibc/wiki/Release/2.36>
const NAMED: &[(&str, &[u32])] = &[("GLIBC_ABI_DT_RELR", &[2, 36])];

/// Splits a version into its name and number, such as `GLIBC` and 2.17. A version without a number
/// is all name.
pub(super) fn parts(version: &str) -> (&str, Option<Version>) {
    let split = version.rsplit_once('_');
    let numbered = split.and_then(|(name, number)| Some((name, number.parse().ok()?)));
    match numbered {
        Some((name, number)) => (name, Some(number)),
        None => (version, None),
    }
}

/// Whether a version is glibc's and above the floor. A version with an unknown name counts as
/// above, and so does `GLIBC_PRIVATE`, because private symbols differ in each release.
pub(super) fn is_above(version: &str, floor: Option<&Version>) -> bool {
    if !version.starts_with("GLIBC_") {
        return false;
    }
    let Some(floor) = floor else {
        return true;
    };
    match parts(version) {
        (_, Some(number)) => number > *floor,
        (name, None) => {
            let known = NAMED.iter().find(|(known, _)| *known == name);
            known.is_none_or(|(_, first)| floor.is_below(first))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_compared_and_not_texts() {
        let floor: Version = "2.17".parse().unwrap();
        for version in ["GLIBC_2.4", "GLIBC_2.17", "GLIBC_2.2.5", "GLIBCXX_3.4.30"] {
            assert!(!is_above(version, Some(&floor)), "{version}");
        }
        for version in ["GLIBC_2.18", "GLIBC_2.17.1", "GLIBC_3", "GLIBC_PRIVATE"] {
            assert!(is_above(version, Some(&floor)), "{version}");
        }
        assert!(is_above("GLIBC_2.0", None));
    }

    #[test]
    fn a_name_stands_for_the_glibc_that_has_it_first() {
        let above = |floor: &str| is_above("GLIBC_ABI_DT_RELR", Some(&floor.parse().unwrap()));
        assert!(above("2.35"));
        assert!(!above("2.36"));
    }

    #[test]
    fn a_version_has_a_name_and_a_number() {
        let number = |text: &str| Some(text.parse().unwrap());
        assert_eq!(parts("GLIBC_2.31"), ("GLIBC", number("2.31")));
        assert_eq!(parts("CXXABI_ARM_1.3.3"), ("CXXABI_ARM", number("1.3.3")));
        assert_eq!(parts("GLIBC_PRIVATE"), ("GLIBC_PRIVATE", None));
    }
}
