//! `cross-toml.schema.json`, with which editors complete and check `Cross.toml`. It is generated
//! from the types that read the file.

use std::path::Path;

use schemars::Schema;
use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use serde_json::Value;

use crate::config::file::CrossToml;
use crate::config::keys::{KEYS, Scope};
use crate::config::parse::parse;

/// Removes null from a schema, since TOML has no such value.
fn without_null(schema: &mut Schema) {
    let is_null = |value: &Value| value == "null" || value.get("type") == Some(&"null".into());
    for key in ["type", "anyOf"] {
        let Some(Value::Array(kinds)) = schema.get_mut(key) else {
            continue;
        };
        kinds.retain(|kind| !is_null(kind));
        if kinds.len() > 1 {
            continue;
        }
        let only = kinds.pop().unwrap();
        schema.remove(key);
        match only {
            Value::Object(only) => schema.as_object_mut().unwrap().extend(only),
            only => _ = schema.insert(key.to_owned(), only),
        }
    }
}

/// Joins the lines of a description, since line breaks of the source do not matter in editors.
fn with_whole_lines(schema: &mut Schema) {
    if let Some(Value::String(text)) = schema.get_mut("description") {
        *text = text.replace('\n', " ");
    }
}

/// The schema of `Cross.toml`. Draft 7 is the newest that editors' TOML plug-ins know.
fn schema() -> Value {
    let mut settings = SchemaSettings::draft07();
    let transforms = &mut settings.transforms;
    transforms.insert(0, Box::new(RecursiveTransform(without_null)));
    transforms.insert(1, Box::new(RecursiveTransform(with_whole_lines)));
    let mut schema = settings
        .into_generator()
        .into_root_schema_for::<CrossToml>();
    schema.insert("title".to_owned(), "Cross.toml".into());
    schema.into()
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "a switch for developers who change a type"
)]
fn the_schema_is_that_of_the_types() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/cross-toml.schema.json");
    let fresh = serde_json::to_string_pretty(&schema()).unwrap() + "\n";
    if std::env::var_os("CROSS_UPDATE_DOCS").is_some() {
        cross_base::fs::write_if_changed(path.as_ref(), fresh.as_bytes()).unwrap();
        return;
    }
    let found = cross_base::fs::read_if_exists(path.as_ref()).unwrap();
    assert!(
        found == Some(fresh),
        "cross-toml.schema.json is out of date: run `CROSS_UPDATE_DOCS=1 cargo test docs`"
    );
}

/// Checks a value against a schema, as far as this schema uses the standard. Returns the first
/// mistake.
fn mistake(root: &Value, schema: &Value, value: &Value) -> Option<String> {
    if let Some(reference) = schema["$ref"].as_str() {
        let schema = root.pointer(reference.strip_prefix('#').unwrap());
        return mistake(root, schema.unwrap(), value);
    }
    let parts = |key: &str| schema[key].as_array().into_iter().flatten();
    if let Some(wrong) = parts("allOf").find_map(|part| mistake(root, part, value)) {
        return Some(wrong);
    }
    for key in ["anyOf", "oneOf"] {
        let fits = |part| mistake(root, part, value).is_none();
        if parts(key).next().is_some() && !parts(key).any(fits) {
            return Some(format!("{value} fits none"));
        }
    }
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let other = |key: &str, found: &Value| !schema[key].is_null() && schema[key] != *found;
    let listed = parts("enum").next().is_none() || parts("enum").any(|one| one == value);
    let refused = *schema == Value::Bool(false);
    if refused || !listed || other("type", &kind.into()) || other("const", value) {
        return Some(format!("{value} cannot be here"));
    }
    inner_mistake(root, schema, value)
}

/// Checks the items of a list or the fields of a table.
fn inner_mistake(root: &Value, schema: &Value, value: &Value) -> Option<String> {
    let mut items = value.as_array().into_iter().flatten();
    let fewest = schema["minItems"].as_u64().unwrap_or(0);
    if value
        .as_array()
        .is_some_and(|list| (list.len() as u64) < fewest)
    {
        return Some(format!("{value} has too few"));
    }
    let mut required = schema["required"].as_array().into_iter().flatten();
    if let Some(name) = required.find(|name| value.get(name.as_str().unwrap()).is_none()) {
        return Some(format!("{value} lacks {name}"));
    }
    if let Some(wrong) = items.find_map(|item| mistake(root, &schema["items"], item)) {
        return Some(wrong);
    }
    let mut members = value.as_object().into_iter().flatten();
    members.find_map(|(name, member)| match &schema["properties"][name] {
        Value::Null => mistake(root, &schema["additionalProperties"], member),
        property => mistake(root, property, member),
    })
}

/// The schema's first mistake in a text, and whether cross itself accepts the text.
fn verdicts(text: &str) -> (Option<String>, bool) {
    let value: toml::Value = toml::from_str(text).unwrap();
    let value = serde_json::to_value(value).unwrap();
    let read = parse::<CrossToml>(Path::new("Cross.toml"), text).is_ok();
    let schema = schema();
    (mistake(&schema, &schema, &value), read)
}

#[test]
fn the_example_keeps_to_the_schema() {
    let text = include_str!("../../Cross.toml.example");
    assert_eq!(verdicts(text), (None, true));
}

#[test]
fn the_schema_and_the_reader_are_of_one_mind() {
    for value in [
        "build-std = true",
        "build-std = ['core']",
        "pre-build = 'x.sh'",
        "pre-build = ['x']",
        "dockerfile = 'D'",
        "dockerfile = { file = 'D', build-args = { A = '1' } }",
        "env.passthrough = ['A']",
    ] {
        for table in ["build", "target.x"] {
            let text = format!("[{table}]\n{value}\n");
            assert_eq!(verdicts(&text), (None, true), "{text}");
        }
    }
    let image = "[target.x]\nimage = { name = 'a', toolchain = ['x'] }";
    assert_eq!(verdicts(image), (None, true));
    for text in [
        "[biuld]",
        "[build]\nimage = 'x'",
        "[build]\nnetwork = 'lan'",
        "[build]\nread-only = 'yes'",
        "[build]\nbuild-std = 'core'",
        "[build]\nbuild-std = []",
        "[build]\nbuild-std = ['serde']",
        "[build]\npre-build = {}",
        "[build]\ndockerfile = { context = 'c' }",
        "[build]\ndockerfile = { file = 'D', contxt = 'c' }",
        "[build.env]\npassthrough = 'A'",
        "[target.x]\nengine = 'docker'",
        "[target.x]\nrunner = 'wine'",
        "[target.x]\nimage = 3",
    ] {
        let (mistake, read) = verdicts(text);
        assert!(mistake.is_some() && !read, "{text}: {mistake:?}");
    }
}

/// The keys of a table. Those of a nested table are written as `env.passthrough`.
fn keys_of(table: &str) -> Vec<String> {
    let schema = schema();
    let names = |table: &str| -> Vec<String> {
        let properties = schema["definitions"][table]["properties"].as_object();
        properties.unwrap().keys().cloned().collect()
    };
    let mut keys = names(table);
    keys.retain(|key| key != "env");
    keys.extend(names("Env").iter().map(|key| format!("env.{key}")));
    // The short form of `dockerfile` is the key `file`, which has no entry of its own.
    let parts = names("Dockerfile").into_iter().filter(|key| key != "file");
    keys.extend(parts.map(|key| format!("dockerfile.{key}")));
    keys.sort();
    keys
}

#[test]
fn every_key_that_is_read_is_shown() {
    for (table, other) in [("Build", Scope::Target), ("Target", Scope::All)] {
        let keys = KEYS.iter().filter(|key| key.scope != other);
        let mut keys: Vec<&str> = keys.map(|key| key.name).collect();
        keys.sort_unstable();
        assert_eq!(keys, keys_of(table), "{table}");
    }
}
