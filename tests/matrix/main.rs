//! The test behind the claims: builds the image of every row, runs the row's whole check, and
//! writes the results to `docs/matrix.json`, from which the README's table is made. `ci/matrix.sh`
//! starts it. It is an example only because cargo gives examples the dependencies of tests; `cargo
//! test` runs the tests of its parts.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program that looks after itself: the rules are for cross"
)]

mod artefact;
mod baseline;
mod check;
mod command;
#[path = "../engine/elf.rs"]
mod elf;
mod first;
mod full;
mod image;
mod needs;
mod record;
mod row;
#[path = "../engine/wasm.rs"]
mod wasm;
mod windows;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;

use crate::check::{Check, Done};
use crate::full::{Sources, Subject};
use crate::record::{Entry, Outcome, Std, Step};
use crate::row::{Row, Toolchain};

/// A result, or the reason in one line why there is none.
pub(crate) type Result<T> = std::result::Result<T, String>;

/// Check rows of the target table and record what was measured
#[derive(Debug, Parser)]
#[command(name = "ci/matrix.sh")]
struct Args {
    /// Compile the crate `cargo` and run the tests of compiler-builtins as well
    #[arg(long)]
    full: bool,
    /// Build the images anew, so that their time is measured
    #[arg(long)]
    rebuild: bool,
    /// Measure only how long the first program takes with an empty cache
    #[arg(long, conflicts_with_all = ["full", "rebuild", "engine"])]
    first: bool,
    /// Docker, or Podman, or the path of either; docker if neither this nor
    /// `CROSS_CONTAINER_ENGINE` names one
    #[arg(long)]
    engine: Option<String>,
    /// The day that is written into the record
    #[arg(long)]
    date: String,
    /// All rows unless some are named, but for those whose sources may be out of reach
    #[arg(value_name = "TARGET")]
    targets: Vec<String>,
}

/// The programs under test.
#[derive(Debug)]
pub(crate) struct Programs {
    pub(crate) cross: PathBuf,
    pub(crate) util: PathBuf,
    pub(crate) engine: String,
}

/// One call of this program.
struct Session {
    args: Args,
    programs: Programs,
    /// The directory for all temporary files.
    dir: PathBuf,
    record: PathBuf,
    sources: Option<Sources>,
}

fn main() -> ExitCode {
    match Session::new(Args::parse()).and_then(|session| session.run()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(reason) => {
            eprintln!("ci/matrix.sh: error: {reason}");
            ExitCode::FAILURE
        }
    }
}

impl Session {
    /// cross was built beside this program, in the directory above `examples`.
    fn new(args: Args) -> Result<Self> {
        let own = std::env::current_exe().map_err(|e| e.to_string())?;
        let beside = own
            .ancestors()
            .nth(2)
            .ok_or("this program has no directory")?;
        let dir = beside.with_file_name("matrix");
        fs_err::create_dir_all(&dir).map_err(|e| e.to_string())?;
        let engine = args.engine.clone();
        let engine = engine.or_else(|| std::env::var("CROSS_CONTAINER_ENGINE").ok());
        let engine = engine.unwrap_or_else(|| "docker".to_owned());
        if !args.first && ["sandbox", "host"].contains(&engine.as_str()) {
            return Err(format!(
                "images are measured by docker or podman, not by `{engine}`"
            ));
        }
        Ok(Self {
            programs: Programs {
                cross: beside.join("cross"),
                util: beside.join("cross-util"),
                engine,
            },
            sources: args.full.then(|| Sources::fetch(&dir)).transpose()?,
            dir,
            record: Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/matrix.json"),
            args,
        })
    }

    /// Checks the rows one after another. Returns whether all checks passed.
    fn run(&self) -> Result<bool> {
        let table = row::table(&self.programs)?;
        let unknown = |name: &&String| !table.iter().any(|row| row.triple == **name);
        if let Some(name) = self.args.targets.iter().find(unknown) {
            return Err(format!("the target table has no row `{name}`"));
        }
        let named = &self.args.targets;
        let wanted = |row: &&Row| {
            named.contains(&row.triple) || (named.is_empty() && row.unmeasured.is_empty())
        };
        let wanted = table.iter().filter(wanted);
        if self.args.first {
            return self.first_programs(&table, wanted);
        }
        let mut done = Vec::new();
        for row in wanted {
            println!("{}", row.triple);
            let entry = self.measure(row)?;
            self.write(&table, &entry)?;
            done.push(entry);
        }
        summary(&done);
        Ok(done.iter().all(|entry| failures(entry).next().is_none()))
    }

    /// Measures the time until the first program. The rest of a row's entry stays as it is, and a
    /// row without an entry gets none. Returns whether all rows have a program.
    fn first_programs<'a>(
        &self,
        table: &[Row],
        wanted: impl Iterator<Item = &'a Row>,
    ) -> Result<bool> {
        let mut all = true;
        for row in wanted {
            let dir = self.dir(row)?;
            let first = first::measure(&self.programs, row, &dir, &self.args.date);
            let words = match &first {
                Ok(first) => format!("{:4} s", first.seconds),
                Err(reason) => format!("FAILED: {reason}"),
            };
            println!("{:34} {words}", row.triple);
            all &= first.is_ok();
            if let Some(mut entry) = self.recorded(row)? {
                entry.first = first.ok();
                self.write(table, &entry)?;
            }
        }
        Ok(all)
    }

    /// What the record says of a row.
    fn recorded(&self, row: &Row) -> Result<Option<Entry>> {
        let record = record::read(&self.record)?;
        Ok(record.into_iter().find(|entry| entry.target == row.triple))
    }

    /// An empty directory for a row.
    fn dir(&self, row: &Row) -> Result<PathBuf> {
        let dir = self.dir.join(&row.triple);
        let _ = fs_err::remove_dir_all(&dir);
        fs_err::create_dir_all(&dir).map_err(|e| e.to_string())?;
        Ok(dir)
    }

    /// Measures one row. It is an error only if all rows would fail.
    fn measure(&self, row: &Row) -> Result<Entry> {
        let start = Instant::now();
        let old = self.recorded(row)?;
        let dir = self.dir(row)?;

        let toolchain = Toolchain::for_row(row)?;
        let mut entry = Entry {
            target: row.triple.clone(),
            date: self.args.date.clone(),
            cross: env!("CARGO_PKG_VERSION").to_owned(),
            recipe: row.recipe.clone(),
            std: if row.std { toolchain.std } else { Std::Core },
            rustc: toolchain.version()?,
            ..Entry::default()
        };
        let image = check::step("image", || {
            entry.image = image::measure(&self.programs, row, old.as_ref(), self.args.rebuild)?;
            Ok(Done::Well(format!("{} MB", entry.image.bytes / 1_000_000)))
        });
        let image_is_there = image.outcome == Outcome::Ok;
        entry.steps.push(image);
        if let Some(old) = old {
            (entry.full, entry.first) = (old.full, old.first);
        }
        if image_is_there {
            let mut check = Check {
                programs: &self.programs,
                row,
                toolchain: toolchain.clone(),
                dir: dir.clone(),
                steps: entry.steps,
            };
            check.run();
            entry.steps = check.steps;
            // Both parts of the full check need a standard library.
            if let Some(sources) = self.sources.as_ref().filter(|_| row.std) {
                let subject = Subject {
                    programs: &self.programs,
                    row,
                    toolchain: &toolchain,
                    log: dir.join("log"),
                    target_dir: dir.join(check::TARGET_DIR),
                };
                entry.full = Some(subject.measure(sources, &self.args.date)?);
            }
            // Only the log of a row stays.
            for name in ["native", check::TARGET_DIR] {
                let _ = fs_err::remove_dir_all(dir.join(name));
            }
        }
        entry.seconds = start.elapsed().as_secs_f64().round();
        Ok(entry)
    }

    /// Puts a row's entry among the others, in the order of the table. Entries without a row are
    /// removed.
    fn write(&self, table: &[Row], entry: &Entry) -> Result<()> {
        let mut old = record::read(&self.record)?;
        old.retain(|other| other.target != entry.target);
        let entries = table.iter().filter_map(|row| {
            let all = old.iter().chain([entry]);
            all.into_iter().find(|entry| entry.target == row.triple)
        });
        let entries: Vec<&Entry> = entries.collect();
        let text = serde_json::to_string_pretty(&entries).map_err(|e| e.to_string())? + "\n";
        let new = self.record.with_extension("json.new");
        fs_err::write(&new, text)
            .and_then(|()| fs_err::rename(&new, &self.record))
            .map_err(|e| e.to_string())
    }
}

/// The steps that failed, including those of the full check.
fn failures(entry: &Entry) -> impl Iterator<Item = &Step> {
    let full = entry.full.iter();
    let full = full.flat_map(|full| [&full.cargo, &full.builtins]);
    let all = entry.steps.iter().chain(full);
    all.filter(|step| step.outcome == Outcome::Failed)
}

/// Prints a line for each row: the steps that failed, or that none did.
fn summary(entries: &[Entry]) {
    println!();
    for entry in entries {
        let names: Vec<&str> = failures(entry).map(|step| &*step.name).collect();
        let verdict = if names.is_empty() {
            "ok".to_owned()
        } else {
            format!("FAILED: {}", names.join(", "))
        };
        println!("{:34} {:5.0} s  {verdict}", entry.target, entry.seconds);
    }
}
