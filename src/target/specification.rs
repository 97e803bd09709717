//! Specifications of targets that rustc does not know. Each is made from the specification of a
//! similar target, which the user's own rustc prints, because names of fields change from one
//! nightly toolchain to the next. <https://doc.rust-lang.org/rustc/targets/custom.html>

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::Row;
use cross_base::error::{Error, Result};

/// How to make the specification of a family's targets that rustc does not know.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Changes {
    /// A template of the target whose specification is changed. For a target that rustc knows, the
    /// template gives the target's own triple.
    of: String,
    /// The first version of rustc that does not have the target.
    gone_since: String,
    /// A short description of the target for users, because its name is misleading.
    shown: String,
    /// The fields that are removed.
    without: Vec<String>,
    /// The fields that are set, with their values.
    with: BTreeMap<String, Value>,
    /// Flags for rustc and rustdoc that no field of a specification can express.
    rustflags: Vec<String>,
}

/// How to make the specification of one target that rustc does not know.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Specified {
    /// The target whose specification rustc is asked to print.
    pub(crate) base: String,
    changes: &'static Changes,
}

impl Row {
    /// How to make the target's specification. None if rustc knows the target.
    pub(crate) fn specified(&self) -> Option<Specified> {
        let changes = self.family().specification.as_ref()?;
        let base = self.fill(&changes.of)?;
        (base != self.triple).then_some(Specified { base, changes })
    }
}

impl Specified {
    /// The first version of rustc that does not have the target.
    pub(crate) fn gone_since(&self) -> &'static str {
        &self.changes.gone_since
    }

    /// A short description of the target, for users.
    pub(crate) fn shown(&self) -> &'static str {
        &self.changes.shown
    }

    /// Flags for rustc and rustdoc whenever they compile for the target.
    pub(crate) fn rustflags(&self) -> &'static [String] {
        &self.changes.rustflags
    }

    /// Makes the target's specification from the one that rustc has printed for [`Self::base`].
    /// Fields that the family does not mention stay as they are.
    ///
    /// # Errors
    ///
    /// If rustc has not printed a JSON object.
    pub(crate) fn make(&self, printed: &str) -> Result<String> {
        let odd = |why: &str| {
            let base = &self.base;
            Error::new(format!(
                "cannot understand rustc's specification of `{base}`: {why}"
            ))
        };
        let read: Value = serde_json::from_str(printed).map_err(|e| odd(&e.to_string()))?;
        let Value::Object(mut fields) = read else {
            return Err(odd("it is no JSON object"));
        };
        for name in &self.changes.without {
            fields.remove(name);
        }
        for (name, value) in &self.changes.with {
            fields.insert(name.clone(), value.clone());
        }
        Ok(format!("{:#}\n", Value::Object(fields)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{ROWS, find};
    use super::*;
    use pretty_assertions::assert_eq;

    /// The output of rustc 1.97.0-nightly, shortened, with a field that cross does not know.
    const PRINTED: &str = r#"{
  "arch": "wasm32",
  "exe-suffix": ".js",
  "features": "+bulk-memory",
  "future": {"a": [1, null]},
  "linker-flavor": "em-cc",
  "metadata": {"description": "WebAssembly via Emscripten", "std": true, "tier": 2},
  "post-link-args": {"em-cc": ["-sABORTING_MALLOC=0", "-sWASM_BIGINT"]},
  "target-family": ["unix", "wasm"]
}"#;

    fn asmjs() -> Specified {
        find("asmjs-unknown-emscripten")
            .unwrap()
            .specified()
            .unwrap()
    }

    fn made(printed: &str) -> Value {
        serde_json::from_str(&asmjs().make(printed).unwrap()).unwrap()
    }

    #[test]
    fn what_nothing_is_said_of_stays_as_rustc_has_it() {
        let printed: Value = serde_json::from_str(PRINTED).unwrap();
        let made = made(PRINTED);
        for field in [
            "arch",
            "exe-suffix",
            "future",
            "linker-flavor",
            "target-family",
        ] {
            assert_eq!(made[field], printed[field], "{field}");
        }
    }

    #[test]
    fn javascript_has_neither_webassembly_nor_what_came_after_its_first_version() {
        let made = made(PRINTED);
        assert_eq!(made["cpu"], "mvp");
        let linked = made["post-link-args"]["em-cc"].as_array().unwrap();
        assert!(linked.contains(&Value::from("-sWASM=0")), "{linked:?}");
        let wide = Value::from("-sWASM_BIGINT");
        assert!(!linked.contains(&wide), "{linked:?}");
        // rustc refuses these fields in specifications that are not built in.
        assert_eq!(made.get("metadata"), None);
        assert_eq!(made.get("features"), None);
    }

    #[test]
    fn fields_that_rustc_does_not_print_are_not_missed() {
        let made = made("{}");
        assert_eq!(made["cpu"], "mvp");
        assert_eq!(made.get("arch"), None);
    }

    #[test]
    fn what_is_no_specification_is_refused() {
        for printed in ["", "[]", "error"] {
            let error = asmjs().make(printed).unwrap_err();
            let begin = "cannot understand rustc's specification of `wasm32-unknown-emscripten`: ";
            assert!(error.message().starts_with(begin), "{error}");
        }
    }

    #[test]
    fn a_row_is_made_of_a_target_that_is_none_of_these() {
        let made = ROWS.iter().filter_map(Row::specified);
        for specified in made {
            let base = find(&specified.base).unwrap();
            assert_eq!(base.specified(), None, "{}", base.triple);
        }
    }
}
