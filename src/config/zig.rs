//! The key `zig`, by which the public cross links with Zig, for a C library as old as is said.
//! <https://github.com/cross-rs/cross/wiki/Configuration>
//! Images here have no Zig; what the key asks for may be so all the same.

use std::fmt;

use serde::de::{MapAccess, Visitor, value::MapAccessDeserializer};
use serde::{Deserialize, Deserializer};

use super::{Config, Setting};
use crate::target;
use cross_base::error::Result;
use cross_base::version::Version;

/// What is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Zig {
    is_on: bool,
    /// The version of glibc that results may need.
    version: Option<String>,
}

/// `zig` as a table.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    enable: Option<bool>,
    version: Option<String>,
    /// Accepted, and of no effect.
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

    /// Why it has no effect on a target, if it asks for more than a version of glibc. What is
    /// linked with another library needs none.
    fn obstacle(&self, triple: &str) -> Option<&'static str> {
        let is_version = self.version.is_some() && target::find(triple).is_some();
        let none = "there is no Zig in images, whose linker is GCC's";
        (self.is_on && !is_version).then_some(none)
    }

    /// The version of glibc that results for a target must run with.
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
    /// Says that another linker was asked for, where that is so and makes a difference.
    pub(crate) fn asks_for_zig(&self, triple: &str) -> Option<String> {
        let Setting { value, source } = self.zig(triple)?;
        let why = value.obstacle(triple)?;
        Some(format!("{source} has no effect: {why}"))
    }

    /// The version of glibc that it asks for.
    pub(super) fn zigs_glibc(&self, triple: &str) -> Option<Setting<Version>> {
        let Setting { value, source } = self.zig(triple)?;
        let value = value.glibc(triple)?;
        Some(Setting { value, source })
    }

    fn zig(&self, triple: &str) -> Option<Setting<Zig>> {
        let for_target = self.layers.iter().find_map(|layer| {
            let mut targets = layer.targets(triple).into_iter();
            targets.find_map(|(pattern, target)| {
                let key = format!("target.{pattern}.zig");
                Some(layer.setting(&key, target.zig.clone()?))
            })
        });
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
