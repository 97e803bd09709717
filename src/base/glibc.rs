//! Versions of glibc.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;

/// A version, as its symbols name it: 2.17, 2.2.5.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(try_from = "String")]
pub(crate) struct GlibcVersion(Vec<u32>);

impl FromStr for GlibcVersion {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts: Result<Vec<u32>, _> = text.split('.').map(str::parse).collect();
        let parts = parts.ok().filter(|parts| matches!(parts.len(), 2 | 3));
        parts
            .map(Self)
            .ok_or_else(|| "write a version of glibc: `2.17`".to_owned())
    }
}

impl TryFrom<String> for GlibcVersion {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl fmt::Display for GlibcVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts: Vec<String> = self.0.iter().map(u32::to_string).collect();
        f.write_str(&parts.join("."))
    }
}

impl GlibcVersion {
    /// The version that a symbol is of: `GLIBC_2.17`.
    pub(crate) fn of_symbol(version: &str) -> Option<Self> {
        version.strip_prefix("GLIBC_")?.parse().ok()
    }

    /// The second number, which grows with each release.
    pub(crate) fn minor(&self) -> u32 {
        self.0.get(1).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_their_numbers() {
        let version = |text: &str| text.parse::<GlibcVersion>().unwrap();
        assert!(version("2.2.5") < version("2.17") && version("2.4") < version("2.31"));
        assert_eq!(GlibcVersion::of_symbol("GLIBC_2.17"), Some(version("2.17")));
        assert_eq!(GlibcVersion::of_symbol("GLIBC_PRIVATE"), None);
        assert_eq!(version("2.17").to_string(), "2.17");
        for wrong in ["", "2", "2.x", "2.1.1.1", "v2.17"] {
            assert!(wrong.parse::<GlibcVersion>().is_err(), "{wrong}");
        }
    }
}
