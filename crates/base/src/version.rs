//! Versions of libraries and of their symbols, such as 2.17 or 3.4.29.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;

/// Numbers with dots between them. 2.4 is older than 2.17.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(try_from = "String")]
pub struct Version(Vec<u32>);

impl FromStr for Version {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts: Result<Vec<u32>, _> = text.split('.').map(str::parse).collect();
        parts
            .map(Self)
            .map_err(|_| format!("`{text}` is no version like 2.17"))
    }
}

impl TryFrom<String> for Version {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts: Vec<String> = self.0.iter().map(u32::to_string).collect();
        f.write_str(&parts.join("."))
    }
}

impl Version {
    /// The number of a symbol's version in glibc, such as `GLIBC_2.17`.
    #[must_use]
    pub fn of_glibc(version: &str) -> Option<Self> {
        version.strip_prefix("GLIBC_")?.parse().ok()
    }

    /// Whether the version is older than the one with these numbers.
    #[must_use]
    pub fn is_below(&self, numbers: &[u32]) -> bool {
        self.0.as_slice() < numbers
    }

    /// The second number. It grows with each release of glibc.
    #[must_use]
    pub fn minor(&self) -> u32 {
        self.0.get(1).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_their_numbers() {
        let version = |text: &str| text.parse::<Version>().unwrap();
        assert!(version("2.2.5") < version("2.17") && version("2.4") < version("2.31"));
        assert_eq!(Version::of_glibc("GLIBC_2.17"), Some(version("2.17")));
        assert_eq!(Version::of_glibc("GLIBC_PRIVATE"), None);
        assert_eq!(version("2.17").to_string(), "2.17");
        for wrong in ["", "2.x", "v2.17"] {
            assert!(wrong.parse::<Version>().is_err(), "{wrong}");
        }
    }
}
