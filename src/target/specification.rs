//! Targets that rustc has no specification of: it is made of that of a target which the user's own
//! rustc knows, since the names of fields change from one nightly toolchain to the next.
//! <https://doc.rust-lang.org/rustc/targets/custom.html>

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::Row;
use cross_base::error::{Error, Result};

/// How the specification of a family's targets is made, where rustc has none.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Changes {
    /// The target of rustc's that it is made of: a template, of which a row makes its own triple
    /// where rustc knows that.
    of: String,
    /// The version of rustc that has had no such target any more.
    gone_since: String,
    /// What such a target is, as its name says something else.
    shown: String,
    /// The fields that are left out.
    without: Vec<String>,
    /// The fields that have other values.
    with: BTreeMap<String, Value>,
    /// What rustc and rustdoc are told besides, as there is no field for it.
    rustflags: Vec<String>,
}

/// A target that rustc does not know: what its specification is made of.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Specified {
    /// The target whose specification is asked of rustc.
    pub(crate) base: String,
    changes: &'static Changes,
}

impl Row {
    /// How the target's specification is made. None where rustc knows the target.
    pub(crate) fn specified(&self) -> Option<Specified> {
        let changes = self.family().specification.as_ref()?;
        let base = self.fill(&changes.of)?;
        (base != self.triple).then_some(Specified { base, changes })
    }
}

impl Specified {
    /// The version of rustc that has had no such target any more.
    pub(crate) fn gone_since(&self) -> &'static str {
        &self.changes.gone_since
    }

    /// What the target is, in a few words.
    pub(crate) fn shown(&self) -> &'static str {
        &self.changes.shown
    }

    /// What rustc and rustdoc are told whenever they compile for the target.
    pub(crate) fn rustflags(&self) -> &'static [String] {
        &self.changes.rustflags
    }

    /// The specification, of the base's as rustc has printed it. Fields that nothing is said of
    /// stay as they are.
    ///
    /// # Errors
    ///
    /// When rustc has printed something else.
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

    /// What rustc 1.97.0-nightly prints, shortened, with a field that is not known yet.
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
        // rustc takes none of it in a specification of others.
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
