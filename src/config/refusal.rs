//! The reason why a value in a file is refused. Serde's own errors are sentences, which code cannot
//! tell apart.

use serde::de::value::{MapAccessDeserializer, MapDeserializer, SeqDeserializer};
use serde::de::{self, DeserializeOwned, Expected, IntoDeserializer, Unexpected, Visitor};
use serde::{Deserializer, forward_to_deserialize_any};
use std::fmt;
use toml::Value;

/// The reason why a value is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The key does not exist; `known` are the keys that do.
    Field {
        name: String,
        known: &'static [&'static str],
    },
    /// The word is not a possible value; `known` are the possible ones.
    Word {
        word: String,
        known: &'static [&'static str],
    },
    /// A string is in the place of a list.
    NoList { word: String },
    /// The value is not a number, truth value or string as required. The text is serde's name of
    /// the required type.
    Kind(&'static str),
    /// Another reason, or none.
    Other,
}

/// Serde's names of the types that values can have.
pub(super) const NUMBER: &str = "u32";
pub(super) const SWITCH: &str = "a boolean";
pub(super) const TEXT: &str = "a string";

/// The refusal of a value that is not of the expected type.
fn kind(expected: &dyn Expected) -> Refusal {
    let expected = expected.to_string();
    let known = [NUMBER, SWITCH, TEXT].into_iter();
    let mut known = known.filter(|name| *name == expected);
    known.next().map_or(Refusal::Other, Refusal::Kind)
}

impl Refusal {
    /// The reason why a text is refused as a `T`. [`Refusal::Other`] if the text is not TOML, or is
    /// not refused.
    pub(super) fn of<T: DeserializeOwned>(text: &str) -> Self {
        let read = |table| T::deserialize(Node(Value::Table(table)));
        let refused = toml::from_str(text).map(read).map(Result::err);
        refused.ok().flatten().unwrap_or(Self::Other)
    }
}

impl de::Error for Refusal {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self::Other
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        // Serde calls the input of a list "a sequence".
        // <https://docs.rs/serde/1/serde/de/enum.Unexpected.html>
        match found {
            Unexpected::Str(word) if expected.to_string() == "a sequence" => Self::NoList {
                word: word.to_owned(),
            },
            _ => kind(expected),
        }
    }

    fn invalid_value(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        kind(expected)
    }

    fn unknown_field(name: &str, known: &'static [&'static str]) -> Self {
        let name = name.to_owned();
        Self::Field { name, known }
    }

    fn unknown_variant(word: &str, known: &'static [&'static str]) -> Self {
        let word = word.to_owned();
        Self::Word { word, known }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

impl std::error::Error for Refusal {}

/// A TOML value whose deserialization fails with a [`Refusal`].
struct Node(Value);

impl IntoDeserializer<'_, Refusal> for Node {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Node {
    type Error = Refusal;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        match self.0 {
            Value::String(text) => visitor.visit_string(text),
            Value::Integer(number) => visitor.visit_i64(number),
            Value::Float(number) => visitor.visit_f64(number),
            Value::Boolean(value) => visitor.visit_bool(value),
            Value::Datetime(time) => visitor.visit_string(time.to_string()),
            Value::Array(list) => {
                visitor.visit_seq(SeqDeserializer::new(list.into_iter().map(Node)))
            }
            Value::Table(table) => {
                let entries = table.into_iter().map(|(key, value)| (key, Node(value)));
                visitor.visit_map(MapDeserializer::new(entries))
            }
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        match self.0 {
            Value::String(word) => visitor.visit_enum(word.into_deserializer()),
            Value::Table(table) => {
                let entries = table.into_iter().map(|(key, value)| (key, Node(value)));
                visitor.visit_enum(MapAccessDeserializer::new(MapDeserializer::new(entries)))
            }
            _ => Err(Refusal::Other),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::file::CrossToml;
    use pretty_assertions::assert_eq;

    #[test]
    fn each_refusal_is_a_value() {
        let of = Refusal::of::<CrossToml>;
        let Refusal::Field { name, known } = of("[build]\nimagine = 3") else {
            panic!("no field");
        };
        assert_eq!((name.as_str(), known[0]), ("imagine", "engine"));
        let Refusal::Word { word, known } = of("[target.T]\nbuild-std = ['core', 'aloc']") else {
            panic!("no word");
        };
        assert_eq!((word.as_str(), known[0]), ("aloc", "core"));
        let word = "libssl-dev".to_owned();
        assert_eq!(
            of("[build.env]\npassthrough = 'libssl-dev'"),
            Refusal::NoList { word }
        );
        assert_eq!(of("[build]\nread-only = 'no'"), Refusal::Kind(SWITCH));
        for seconds in ["'5m'", "-1", "1.5"] {
            let text = format!("[build]\ntest-timeout = {seconds}");
            assert_eq!(of(&text), Refusal::Kind(NUMBER), "{text}");
        }
        assert_eq!(of("[target.T]\nglibc = 2.17"), Refusal::Kind(TEXT));
        assert_eq!(of("[target.T]\nimage = 3"), Refusal::Other);
        assert_eq!(of("[target"), Refusal::Other);
        assert_eq!(of("[build]\nengine = 'podman'"), Refusal::Other);
    }

    #[test]
    fn the_first_refusal_is_the_one_that_the_message_is_about() {
        let texts = [
            "[build]\nzzz = 1\naaa = 2",
            "[target.z]\nzzz = 1\n[target.a]\naaa = 2",
            "[target.a]\nrunner = 'x'\n[build]\naaa = 2",
        ];
        for text in texts {
            let (Refusal::Field { name: word, .. } | Refusal::Word { word, .. }) =
                Refusal::of::<CrossToml>(text)
            else {
                panic!("nothing refused in {text}");
            };
            let said = toml::from_str::<CrossToml>(text).unwrap_err();
            assert!(said.message().contains(&format!("`{word}`")), "{said}");
        }
    }
}
