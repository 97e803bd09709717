//! The key `zig`, by which the public cross links with Zig, for a C library as old as is said.
//! <https://github.com/cross-rs/cross/wiki/Configuration>
//! Images here have no Zig; what the key asks for may be so all the same.

use std::fmt;

use serde::de::{MapAccess, Visitor, value::MapAccessDeserializer};
use serde::{Deserialize, Deserializer};

use super::{Config, Setting};
use crate::base::error::Result;
use crate::target;

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

    /// Why it has no effect on a target, if it asks for something that is not so anyway.
    fn obstacle(&self, triple: &str) -> Option<String> {
        let floor = target::find(triple).and_then(target::Row::glibc_floor);
        let (version, floor) = match (self.is_on, &self.version, floor) {
            (false, ..) => return None,
            // What is linked with another library needs no glibc.
            (true, Some(_), None) if target::find(triple).is_some() => return None,
            (true, Some(version), Some(floor)) => (version, floor),
            _ => return Some("there is no Zig in images, whose linker is GCC's".to_owned()),
        };
        let number = |text: &str| -> Vec<u32> { text.split('.').flat_map(str::parse).collect() };
        let is_lower = number(version) < number(&floor);
        is_lower.then(|| format!("results for `{triple}` need glibc {floor}, not {version}"))
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
        let for_target = self.layers.iter().find_map(|layer| {
            let mut targets = layer.targets(triple).into_iter();
            targets.find_map(|(pattern, target)| {
                let key = format!("target.{pattern}.zig");
                Some(layer.setting(&key, target.zig.clone()?))
            })
        });
        let for_all = || self.in_files("build.zig", |file| file.build.zig.clone());
        let Setting { value, source } = for_target.or_else(for_all)?;
        let why = value.obstacle(triple)?;
        Some(format!("{source} has no effect: {why}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pretty_assertions::assert_eq;

    #[test]
    fn only_a_floor_below_that_of_the_row_is_missed() {
        let of = |value: &str, triple: &str| {
            let table: toml::Table = format!("zig = {value}").parse().unwrap();
            let zig = Zig::deserialize(table["zig"].clone()).unwrap();
            zig.obstacle(triple)
        };
        let gnu = "aarch64-unknown-linux-gnu";
        let low = "results for `aarch64-unknown-linux-gnu` need glibc 2.31, not 2.17";
        assert_eq!(of("'2.17'", gnu).as_deref(), Some(low));
        assert_eq!(of("{ version = '2.17' }", gnu).as_deref(), Some(low));
        assert_eq!(of("'2.31'", gnu), None);
        assert_eq!(of("'2.100'", gnu), None);
        assert_eq!(of("false", gnu), None);
        assert_eq!(of("{ enable = false, version = '2.17' }", gnu), None);
        assert_eq!(of("'2.17'", "x86_64-unknown-linux-musl"), None);
        let none = "there is no Zig in images, whose linker is GCC's";
        for value in ["true", "{ enable = true, image = 'x' }"] {
            assert_eq!(of(value, gnu).as_deref(), Some(none));
        }
    }
}
