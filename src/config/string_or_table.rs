//! Values that are a string, or a table with more keys. Serde's untagged enums would not say what
//! is wrong with such a value.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, Error, MapAccess, Visitor};
use serde::{Deserialize as _, Deserializer};

/// A value that is a string or a table.
pub(crate) trait WordOrTable: Sized {
    /// The possible values, for messages.
    const EXPECTED: &'static str;
    /// The type of the table.
    type Table: DeserializeOwned;
    /// Makes the value from a string.
    fn of_word(word: &str) -> Self;
    /// Makes the value from a table.
    fn of_table(table: Self::Table) -> Self;
}

/// Deserializes a value that is a string or a table.
///
/// # Errors
///
/// If it is neither, or the table is wrong.
pub(crate) fn word_or_table<'de, T: WordOrTable, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    struct Either<T>(PhantomData<T>);
    impl<'de, T: WordOrTable> Visitor<'de> for Either<T> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(T::EXPECTED)
        }

        fn visit_str<E: Error>(self, word: &str) -> Result<T, E> {
            Ok(T::of_word(word))
        }

        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
            T::Table::deserialize(MapAccessDeserializer::new(map)).map(T::of_table)
        }
    }
    deserializer.deserialize_any(Either(PhantomData))
}
