//! Checks the results of a build for `--verify`, as `cross-util verify` does for files.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::cargo::product::{Product, ProductKind};
use crate::engine::Engine;
use crate::plan::verification::Verification;
use crate::target::FileNames;
use crate::verify;
use cross_base::beneath::Place;
use cross_base::error::{Error, Result};
use cross_base::process::reason;
use cross_base::term::{self, Term, plain};

/// The exit code if a result is not as its target promises.
pub(super) const BROKEN: u8 = 1;
/// The ends of the names of files that come with a library and are for compilers, debuggers and
/// linkers alone: <https://doc.rust-lang.org/rustc/codegen-options/index.html#split-debuginfo>.
const BESIDE: &[&str] = &["dSYM", "dwp", "exp", "pdb", "rlib", "rmeta"];
/// The largest size in bytes of a result, which is read into memory.
const LIMIT: u64 = 2 << 30;

/// Cargo's message about a result.
/// <https://doc.rust-lang.org/cargo/reference/external-tools.html#artifact-messages>
#[derive(Deserialize)]
struct Message {
    reason: String,
    target: CargoTarget,
    filenames: Vec<PathBuf>,
    executable: Option<PathBuf>,
}

#[derive(Deserialize)]
struct CargoTarget {
    crate_types: Vec<String>,
}

/// Checks each result, and prints the fault of each that is not as expected. Returns whether all
/// are good.
///
/// # Errors
///
/// When cargo does not name its results, or one cannot be read.
pub(super) fn results(asked: &Verification, engine: &Engine, term: Term) -> Result<bool> {
    let output = engine.run_command(&asked.run)?.output()?;
    if !output.status.success() {
        let why = plain(&reason(&output));
        return Err(Error::new(format!(
            "cannot find out what cargo has made: {why}"
        )));
    }
    let said = String::from_utf8_lossy(&output.stdout);
    let mut count = 0;
    let mut is_good = true;
    for file in files(&said, &asked.names) {
        let Some((dir, below)) = place(&file, &asked.dirs) else {
            // A result outside these directories is for the machine that builds.
            continue;
        };
        count += 1;
        let name = plain(&file.to_string_lossy());
        let data = dir.view().and_then(|dir| dir.bytes(&below, LIMIT));
        let data = data.ok_or_else(|| Error::new(format!("cannot read the result `{name}`")))?;
        let report = verify::read(&name, &data)
            .map_err(|why| Error::new(plain(&format!("cannot verify `{name}`: {why}"))))?;
        if let Some(fault) = asked.expected.fault(&report) {
            term::error(&Error::new(plain(&format!("`{name}` {fault}"))));
            is_good = false;
        }
    }
    if is_good {
        let what = match count {
            0 => "nothing: no program, shared library or static library says what it is for"
                .to_owned(),
            1 => format!("1 result: {}", asked.expected),
            count => format!("{count} results: {}", asked.expected),
        };
        term.status("Verified", &what);
    }
    Ok(is_good)
}

/// The paths of programs, shared libraries and static libraries in cargo's messages, by the names
/// of the target's files.
fn files(said: &str, names: &FileNames) -> BTreeSet<PathBuf> {
    let messages = said
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok());
    let made = messages.filter(|message: &Message| message.reason == "compiler-artifact");
    let mut files = BTreeSet::new();
    for message in made {
        let types = message.target.crate_types.iter();
        let mut kinds = types.filter_map(|name| Product::kind(name));
        let all = message.filenames.iter();
        if kinds.any(|kind| kind != ProductKind::Program) {
            // Whatever their names, so that none stays unverified in silence. For example, a DLL
            // comes with an archive for linkers.
            let is_beside = |file: &Path| {
                BESIDE
                    .iter()
                    .any(|end| file.extension() == Some(end.as_ref()))
            };
            files.extend(all.clone().filter(|file| !is_beside(file)).cloned());
        }
        match message.executable {
            // A script has no facts to check. The code that it loads is beside it.
            Some(_) if names.program != names.code => {
                let is_code = |file: &&PathBuf| file.to_string_lossy().ends_with(names.code);
                files.extend(all.filter(is_code).cloned());
            }
            program => files.extend(program),
        }
    }
    files
}

/// The directory of results that contains a file, and the file's relative path.
fn place<'a>(file: &Path, dirs: &'a [Place]) -> Option<(&'a Place, PathBuf)> {
    dirs.iter().find_map(|dir| {
        let below = file.strip_prefix(dir.path()).ok()?;
        Some((dir, below.to_owned()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_and_libraries_for_linkers_are_results_and_nothing_else_is() {
        let message = |types: &str, names: &[&str], program: &str| {
            serde_json::json!({
                "reason": "compiler-artifact",
                "target": { "crate_types": [types] },
                "filenames": names,
                "executable": (!program.is_empty()).then_some(program),
            })
            .to_string()
        };
        let said = [
            "no JSON".to_owned(),
            message("bin", &["/t/app"], "/t/app"),
            message("bin", &["/h/build-script-build"], ""),
            message("cdylib", &["/t/libx.so", "/t/libx.so.dwp"], ""),
            message("staticlib", &["/t/libx.a", "/t/libx.rlib"], ""),
            message("lib", &["/t/libdep.rlib", "/t/libdep.rmeta"], ""),
            message("proc-macro", &["/h/libm.so"], ""),
            r#"{"reason":"build-finished","success":true}"#.to_owned(),
        ];
        let results = |said: &str, triple: &str| -> Vec<String> {
            let files = files(said, &FileNames::of(triple, None)).into_iter();
            files.map(|file| file.display().to_string()).collect()
        };
        assert_eq!(
            results(&said.join("\n"), "aarch64-unknown-linux-gnu"),
            ["/t/app", "/t/libx.a", "/t/libx.so"]
        );
        let web = message("bin", &["/t/web.js", "/t/web.wasm"], "/t/web.js");
        assert_eq!(results(&web, "wasm32-unknown-emscripten"), ["/t/web.wasm"]);
        let names = ["/t/x.dll", "/t/libx.dll.a", "/t/x.pdb"];
        let dll = message("cdylib", &names, "");
        assert_eq!(
            results(&dll, "x86_64-pc-windows-gnu"),
            ["/t/libx.dll.a", "/t/x.dll"]
        );
        // A specification of the user's may name its libraries as it likes.
        let names = ["/t/x.own", "/t/x.own.dwp", "/t/libx.rlib", "/t/libx.rmeta"];
        let own = message("cdylib", &names, "");
        assert_eq!(results(&own, "board"), ["/t/x.own"]);
    }
}
