//! The JSON schema of keys whose deserializers are written by hand. The schema of other types is
//! derived.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};

use super::build_std::{BuildStd, StdCrate};
use super::custom::{Dockerfile, PreBuild};
use super::file::Image;
use super::string_or_table::WordOrTable;

/// The values that `word_or_table` reads.
#[expect(dead_code, reason = "only its schema counts")]
#[derive(JsonSchema)]
#[schemars(untagged)]
enum Either<T> {
    Word(String),
    Table(T),
}

/// The values that `PreBuild` reads.
#[expect(dead_code, reason = "only its schema counts")]
#[derive(JsonSchema)]
#[schemars(untagged)]
enum ScriptOrCommands {
    Script(String),
    Commands(Vec<String>),
}

/// The values that `BuildStd` reads.
#[expect(dead_code, reason = "only its schema counts")]
#[derive(JsonSchema)]
#[schemars(untagged)]
enum WhetherOrCrates {
    Whether(bool),
    Crates(#[schemars(length(min = 1))] Vec<StdCrate>),
}

/// Gives a type the schema of the type that its deserializer reads.
macro_rules! read_as {
    ($($type:ident: $read:ty,)*) => {$(
        impl JsonSchema for $type {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($type).into()
            }

            fn json_schema(generator: &mut SchemaGenerator) -> Schema {
                let mut schema = <$read>::json_schema(generator);
                // The comment of the reader is for developers.
                schema.remove("description");
                schema
            }
        }
    )*};
}

read_as! {
    Image: Either<<Image as WordOrTable>::Table>,
    Dockerfile: Either<<Dockerfile as WordOrTable>::Table>,
    PreBuild: ScriptOrCommands,
    BuildStd: WhetherOrCrates,
}
