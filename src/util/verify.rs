//! `cross-util verify`: shows what results need of the machine they run on.

use std::path::PathBuf;
use std::process::ExitCode;

use super::print;
use crate::verify::{self, Expected, Floor, Report};
use cross_base::error::{Error, Result};
use cross_base::fs;
use cross_base::host::Host;
use cross_base::term::{self, plain, plain_lines};
use cross_base::version::Version;

/// The exit code if a file needs a newer glibc than it may.
const ABOVE: u8 = 1;

/// Prints the report about each file, and an error for each that needs more than it may. A file
/// that cannot be read is an error, and the other files are still checked.
pub(super) fn run(
    files: &[PathBuf],
    glibc: Option<Version>,
    json: bool,
    quiet: bool,
    host: &Host,
) -> ExitCode {
    let mut errors = Vec::new();
    let mut reports = Vec::new();
    for file in files {
        match read(file, host) {
            Ok(report) => reports.push(report),
            Err(error) => errors.push(error),
        }
    }
    verify::name_askers(&mut reports);
    if json {
        match verify::json(&reports) {
            Ok(text) => print(&text),
            Err(error) => errors.push(Error::new(error)),
        }
    } else if !quiet {
        let texts = reports.iter().map(|r| verify::text(r, glibc.as_ref()));
        print(&plain_lines(&texts.collect::<Vec<_>>().join("\n")));
    }
    let expected = Expected::floor(glibc.map_or(Floor::Unknown, Floor::Glibc));
    for report in &reports {
        if let Some(fault) = expected.fault(report) {
            let message = format!("`{}` {fault}", report.file);
            errors.push(Error::new(plain(&message)).code(ABOVE));
        }
    }
    errors.iter().for_each(term::error);
    let code = errors.iter().map(Error::exit_code).max();
    code.map_or(ExitCode::SUCCESS, ExitCode::from)
}

fn read(file: &PathBuf, host: &Host) -> Result<Report> {
    let name = file.to_string_lossy();
    let data = fs::read(&host.cwd.join(file))?;
    verify::read(&name, &data).map_err(|why| {
        let message = format!("cannot verify `{name}`: {why}");
        Error::new(plain(&message))
    })
}
