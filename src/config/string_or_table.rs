//! Values that are a word, or a table when there is more to say. (An untagged enum would not say
//! what is wrong.)

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, Error, MapAccess, Visitor};
use serde::{Deserialize as _, Deserializer};

/// Such a value.
pub(crate) trait WordOrTable: Sized {
    /// What it can be, for messages.
    const EXPECTED: &'static str;
    /// What it is as a table.
    type Table: DeserializeOwned;
    /// From a word.
    fn of_word(word: &str) -> Self;
    /// From a table.
    fn of_table(table: Self::Table) -> Self;
}

/// Reads one.
///
/// # Errors
///
/// When it is neither, or the table is wrong.
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
