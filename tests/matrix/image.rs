//! Builds a row's image, measures the time, and asks the image for versions.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use serde::Deserialize;

use crate::command::Run;
use crate::record::{Entry, Image};
use crate::row::Row;
use crate::{Programs, Result};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Inspection {
    size: u64,
    config: Config,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Config {
    labels: Option<BTreeMap<String, String>>,
}

/// Builds the image if it is missing or out of date, and describes it.
pub(crate) fn measure(
    programs: &Programs,
    row: &Row,
    old: Option<&Entry>,
    rebuild: bool,
) -> Result<Image> {
    let mut seconds = old
        .filter(|old| old.recipe == row.recipe)
        .and_then(|old| old.image.seconds);
    if rebuild {
        let start = Instant::now();
        util(programs, &["images", "build", "--no-cache", &row.triple])?;
        seconds = Some(start.elapsed().as_secs_f64().round());
    } else if recipe(programs, &row.image).as_deref() != Some(&*row.recipe) {
        // Layers of earlier builds may be reused, so the time would mean nothing.
        util(programs, &["images", "build", &row.triple])?;
    }
    if !row.parts.is_empty() {
        let with = row.parts.iter().flat_map(|part| ["--with", part]);
        let args: Vec<&str> = ["images", "build"].into_iter().chain(with).collect();
        util(programs, &[&args[..], &[&row.triple]].concat())?;
    }
    let size = |image: &str| Ok::<_, String>(inspect(programs, image)?.size);
    let bytes = size(&row.image)?;
    let mut image = versions(programs, row)?;
    image.bytes = bytes;
    image.own_bytes = bytes.saturating_sub(size(&row.base)?);
    image.seconds = seconds;
    Ok(image)
}

fn util(programs: &Programs, args: &[&str]) -> Result<()> {
    let engine = ["--engine", &programs.engine, "--quiet"];
    Run::new(&programs.util).args(engine).args(args).output()?;
    Ok(())
}

fn inspect(programs: &Programs, image: &str) -> Result<Inspection> {
    let output = Run::new(&programs.engine)
        .args(["image", "inspect", image])
        .output()?;
    let mut list: Vec<Inspection> =
        serde_json::from_str(&output.stdout).map_err(|e| format!("image inspect: {e}"))?;
    list.pop().ok_or_else(|| format!("{image} is not there"))
}

/// The digest of the recipe from which an image was built.
fn recipe(programs: &Programs, image: &str) -> Option<String> {
    let labels = inspect(programs, image).ok()?.config.labels?;
    labels.get("cross.recipe").cloned()
}

/// Runs a script in the image: the beginning that all families share, then the family's own script.
/// Each line of its output is `name=value`.
fn versions(programs: &Programs, row: &Row) -> Result<Image> {
    let docker = Path::new(env!("CARGO_MANIFEST_DIR")).join("docker");
    let read = |name: &str| fs_err::read_to_string(docker.join(name)).map_err(|e| e.to_string());
    let script = read("same/versions.sh")? + &read(&row.versions)?;
    let env = |name: &str, value: &str| format!("--env={name}={value}");
    let output = Run::new(&programs.engine)
        .args(["run", "--rm", "--network=host"])
        .args([env("TRIPLE", &row.triple), env("RUNS_BY", &row.runs_by)])
        .args([&row.whole_image, "sh", "-c", &script])
        .output()?;
    let lines: BTreeMap<&str, &str> = output
        .stdout
        .lines()
        .filter_map(|line| line.split_once('='))
        .collect();
    let get = |name: &str| match lines.get(name).copied() {
        Some("") => Err(format!("the image does not tell its version of {name}")),
        value => Ok(value.unwrap_or_default().to_owned()),
    };
    Ok(Image {
        libc: get("libc")?,
        compiler: get("compiler")?,
        cxx: get("cxx")?,
        openssl: get("openssl")?,
        runs_by: get("runs-by")?,
        ..Image::default()
    })
}
