//! The key `zig`, with which the public cross links with Zig, for an old glibc of the user's
//! choice. <https://github.com/cross-rs/cross/wiki/Configuration> Cross's images have no Zig, but
//! they can link for an old glibc as well.

use std::fmt;

use serde::de::{MapAccess, Visitor, value::MapAccessDeserializer};
use serde::{Deserialize, Deserializer};

use super::{Config, Setting};
use crate::target;
use cross_base::error::Result;
use cross_base::version::Version;

/// A value of the key `zig`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Zig {
    is_on: bool,
    /// The newest glibc that results may need.
    version: Option<String>,
}

/// The key `zig` as a table.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    enable: Option<bool>,
    version: Option<String>,
    /// Accepted without effect.
    #[expect(dead_code, reason = "there is no image with Zig")]
    image: Option<serde::de::IgnoredAny>,
}

impl Zig {
    fn of_version(version: &str) -> Self {
        Self {
            is_on: true,
            version: Some(version.to_owned()),
        }
    }

    /// Why the key has no effect on a target. None if it only asks for a version of glibc, or if
    /// the target's C library is another one.
    fn obstacle(&self, triple: &str) -> Option<&'static str> {
        let is_version = self.version.is_some() && target::find(triple).is_some();
        let none = "there is no Zig in images, whose linker is GCC's";
        (self.is_on && !is_version).then_some(none)
    }

    /// The newest glibc that results for a target may need. None if the target has no glibc.
    fn glibc(&self, triple: &str) -> Option<Version> {
        let version = self.version.as_ref().filter(|_| self.is_on)?;
        target::find(triple)?.glibc_floor()?;
        version.parse().ok()
    }
}

impl<'de> Deserialize<'de> for Zig {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Forms;
        impl<'de> Visitor<'de> for Forms {
            type Value = Zig;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("`true`, `false` or a version of glibc")
            }

            fn visit_bool<E>(self, is_on: bool) -> Result<Zig, E> {
                let version = None;
                Ok(Zig { is_on, version })
            }

            fn visit_str<E>(self, version: &str) -> Result<Zig, E> {
                Ok(Zig::of_version(version))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Zig, A::Error> {
                let table = Table::deserialize(MapAccessDeserializer::new(map))?;
                Ok(Zig {
                    is_on: table.enable.unwrap_or(true),
                    version: table.version,
                })
            }
        }
        deserializer.deserialize_any(Forms)
    }
}

impl Config {
    /// A warning if Zig is asked for and the result would differ with it.
    pub(crate) fn asks_for_zig(&self, triple: &str) -> Option<String> {
        let Setting { value, source } = self.zig(triple)?;
        let why = value.obstacle(triple)?;
        Some(format!("{source} has no effect: {why}"))
    }

    /// The version of glibc in the key `zig`.
    pub(super) fn zigs_glibc(&self, triple: &str) -> Option<Setting<Version>> {
        let Setting { value, source } = self.zig(triple)?;
        let value = value.glibc(triple)?;
        Some(Setting { value, source })
    }

    fn zig(&self, triple: &str) -> Option<Setting<Zig>> {
        let mut layers = self.layers.iter();
        let for_target =
            layers.find_map(|layer| layer.in_sections(triple, "zig", |target| target.zig.clone()));
        let for_all = || self.in_files("build.zig", |file| file.build.zig.clone());
        for_target.or_else(for_all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pretty_assertions::assert_eq;

    #[test]
    fn a_version_is_one_of_glibc_and_nothing_else_has_an_effect() {
        let read = |value: &str| {
            let table: toml::Table = format!("zig = {value}").parse().unwrap();
            Zig::deserialize(table["zig"].clone()).unwrap()
        };
        let gnu = "aarch64-unknown-linux-gnu";
        let glibc = |value: &str, triple: &str| {
            let zig = read(value);
            assert_eq!(zig.obstacle(triple), None, "{value}");
            zig.glibc(triple).map(|version| version.to_string())
        };
        assert_eq!(glibc("'2.17'", gnu).as_deref(), Some("2.17"));
        assert_eq!(glibc("{ version = '2.17' }", gnu).as_deref(), Some("2.17"));
        assert_eq!(glibc("false", gnu), None);
        assert_eq!(glibc("{ enable = false, version = '2.17' }", gnu), None);
        assert_eq!(glibc("'2.17'", "x86_64-unknown-linux-musl"), None);
        let none = "there is no Zig in images, whose linker is GCC's";
        for value in ["true", "{ enable = true, image = 'x' }"] {
            assert_eq!(read(value).obstacle(gnu), Some(none));
        }
    }
}
