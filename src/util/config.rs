//! `cross-util config`: every key with the value in effect and the source that sets it.

use serde::Serialize;

use crate::cargo::probe;
use crate::cli::{self, Invocation};
use crate::config::Config;
use crate::config::keys::Entry;
use crate::target;
use cross_base::error::{Error, Result};
use cross_base::host::Host;

/// The largest width of the column of values. Longer values move their source to the right.
const WIDTH: usize = 48;

/// A key in the JSON output.
#[derive(Debug, Serialize)]
struct Row<'a> {
    key: &'a str,
    /// Null if the key has no value.
    value: &'a serde_json::Value,
    source: String,
}

/// The keys, as a table or as JSON.
///
/// # Errors
///
/// When there is no project, its configuration is broken, or there can be no image for the target.
pub(super) fn text(host: &Host, triple: Option<&str>, json: bool) -> Result<String> {
    let invocation = cli::parse(vec!["build".into()])?;
    let config = load(host, &invocation)?;
    let is_known = |triple: &str| target::find(triple).is_some() || target::is_bare(triple);
    if let Some(triple) = triple.filter(|triple| !is_known(triple)) {
        let settings = config.for_target(triple)?;
        if settings.image.is_none() && settings.dockerfile.is_none() {
            target::require(triple)?;
        }
    }
    let entries = config.entries(triple)?;
    if json {
        as_json(&entries)
    } else {
        Ok(as_table(&entries))
    }
}

/// The configuration of the project in the caller's directory, as `cross build` would find it.
fn load(host: &Host, invocation: &Invocation) -> Result<Config> {
    let metadata = probe::metadata(invocation)?;
    let near = Config::nearest(host, &host.cwd);
    let embedded = metadata.embedded(invocation, &host.cwd);
    Config::load(host, metadata.root(), &embedded, near)
}

fn as_table(entries: &[Entry]) -> String {
    let values: Vec<String> = entries.iter().map(Entry::text).collect();
    let width = |text: &String| text.chars().count();
    let keys = entries.iter().map(|entry| width(&entry.key));
    let key_width = keys.max().unwrap_or(0);
    let short = values.iter().map(width).filter(|width| *width <= WIDTH);
    let value_width = short.max().unwrap_or(0);
    let row = |(entry, value): (&Entry, &String)| {
        let Entry { key, source, .. } = entry;
        format!("{key:key_width$}  {value:value_width$}  {source}\n")
    };
    let rows: Vec<String> = entries.iter().zip(&values).map(row).collect();
    rows.concat()
}

fn as_json(entries: &[Entry]) -> Result<String> {
    let rows: Vec<Row<'_>> = entries.iter().map(Row::new).collect();
    let text = serde_json::to_string_pretty(&rows)
        .map_err(|e| Error::new(format!("cannot write the configuration as JSON: {e}")))?;
    Ok(text + "\n")
}

impl<'a> Row<'a> {
    fn new(entry: &'a Entry) -> Self {
        Self {
            key: &entry.key,
            value: &entry.value,
            source: entry.source.to_string(),
        }
    }
}
