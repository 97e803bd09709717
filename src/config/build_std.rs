//! The key `build-std`: whether to build the standard library from source, and which of its crates.

use std::fmt;

use serde::de::value::{Error as ValueError, StrDeserializer};
use serde::de::{Error as _, IntoDeserializer, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// A value of the key `build-std`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum BuildStd {
    /// `false`: the standard library is never built.
    Never,
    /// `true`: the standard library is built, even if rustup has a prebuilt one.
    Always,
    /// A list: these crates and their dependencies are built.
    Crates(Vec<StdCrate>),
}

/// The crates that cargo can be told to build.
/// <https://doc.rust-lang.org/cargo/reference/unstable.html#build-std>
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub(crate) enum StdCrate {
    Core,
    Alloc,
    Std,
    Test,
    ProcMacro,
    PanicAbort,
    PanicUnwind,
    CompilerBuiltins,
    ProfilerBuiltins,
}

impl StdCrate {
    /// Cargo's name of the crate.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Core => "core",
            Self::Alloc => "alloc",
            Self::Std => "std",
            Self::Test => "test",
            Self::ProcMacro => "proc_macro",
            Self::PanicAbort => "panic_abort",
            Self::PanicUnwind => "panic_unwind",
            Self::CompilerBuiltins => "compiler_builtins",
            Self::ProfilerBuiltins => "profiler_builtins",
        }
    }
}

impl BuildStd {
    /// Reads the value of an environment variable: a truth value, or crates separated by commas or
    /// white space.
    ///
    /// # Errors
    ///
    /// The values that are possible, as a hint for users.
    pub(crate) fn from_variable(text: &str) -> Result<Self, String> {
        match text {
            "true" | "1" => return Ok(Self::Always),
            "false" | "0" => return Ok(Self::Never),
            _ => {}
        }
        let names = text.split(|c: char| c == ',' || c.is_whitespace());
        let crates = names.filter(|name| !name.is_empty()).map(|name| {
            let name: StrDeserializer<'_, ValueError> = name.into_deserializer();
            StdCrate::deserialize(name)
        });
        match crates.collect::<Result<Vec<_>, _>>() {
            Ok(crates) if !crates.is_empty() => Ok(Self::Crates(crates)),
            _ => Err(
                "it can be `true`, `false` or crates of the standard library, as in `core,alloc`"
                    .to_owned(),
            ),
        }
    }
}

impl<'de> Deserialize<'de> for BuildStd {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Words)
    }
}

/// A visitor that accepts a truth value or a list. Serde's untagged enums would not say what is
/// wrong.
struct Words;

impl<'de> Visitor<'de> for Words {
    type Value = BuildStd;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("`true`, `false` or a list of crates")
    }

    fn visit_bool<E>(self, value: bool) -> Result<BuildStd, E> {
        Ok(if value {
            BuildStd::Always
        } else {
            BuildStd::Never
        })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<BuildStd, A::Error> {
        let mut crates = Vec::new();
        while let Some(name) = list.next_element()? {
            crates.push(name);
        }
        if crates.is_empty() {
            return Err(A::Error::invalid_length(0, &"at least one crate"));
        }
        Ok(BuildStd::Crates(crates))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pretty_assertions::assert_eq;

    #[test]
    fn a_variable_needs_no_brackets() {
        let read = BuildStd::from_variable;
        assert_eq!(read("true"), Ok(BuildStd::Always));
        assert_eq!(read("false"), Ok(BuildStd::Never));
        let two = Ok(BuildStd::Crates(vec![StdCrate::Core, StdCrate::Alloc]));
        assert_eq!(read("core,alloc"), two);
        assert_eq!(read(" core, alloc"), two);
        assert_eq!(read("1"), Ok(BuildStd::Always));
        assert_eq!(read("0"), Ok(BuildStd::Never));
        for wrong in ["yes", "2", ",", "core,serde", "[\"core\"]"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn every_name_is_the_one_that_is_read() {
        for name in [
            "core",
            "alloc",
            "std",
            "test",
            "proc_macro",
            "panic_abort",
            "panic_unwind",
            "compiler_builtins",
            "profiler_builtins",
        ] {
            let Ok(BuildStd::Crates(crates)) = BuildStd::from_variable(name) else {
                panic!("`{name}` is not read");
            };
            assert_eq!(crates[0].as_str(), name);
        }
    }
}
