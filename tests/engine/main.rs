//! `cross` with real engines, real images and real projects.
//!
//! One list of tests is run over every engine. What cannot run on this machine is ignored when it
//! comes to that, with the reason beside it, and counts as ignored in the summary.
//!
//! | variable                    | effect                                                             |
//! |-----------------------------|--------------------------------------------------------------------|
//! | `CROSS_TEST_PODMAN_BUILD=TARGET,…` | podman builds these images itself, rather than get them from docker |
//! | `CROSS_TEST_ROOTLESS_DOCKER` | the socket of a docker daemon that runs as `cross-test`          |
//! | `CROSS_TEST_REQUIRE=a,b`    | engines that must be there: their tests fail where they cannot run |
//! | `CROSS_TEST_PLUGINS=DIR`    | where cargo-nextest and cargo-llvm-cov are, if not in cargo's `bin` |
//! | `CROSS_TEST_LONG=1`         | all tests over all engines and rows, and all of ripgrep's own tests: hours |
//! | `CROSS_TEST_TIMES=FILE`     | each test's name and seconds are appended there                     |

#![expect(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "a test looks after itself: the rules are for the program"
)]

mod account;
mod after;
mod bsd;
mod build;
mod cargo;
mod custom;
mod debug;
mod differential;
mod doctor;
mod elf;
mod emscripten;
mod engine;
mod faults;
mod images;
mod isolation;
mod lines;
mod microcontroller;
mod observed;
mod on_host;
mod paths;
mod plugins;
mod private;
mod program;
mod project;
mod registries;
mod ripgrep;
mod row;
mod rows;
mod run;
mod security;
mod signals;
mod specification;
mod surroundings;
mod users;
mod wasi;
mod wasm;
mod windows;

use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use libtest_mimic::{Arguments, Completion, Trial};

use crate::differential::Copies;
use crate::engine::{Candidate, Engine};
use crate::lines::{LINES, Line};
use crate::row::{AARCH64, I686, ROWS, Row, X86_64};

/// A test, and what it is run over.
pub(crate) struct Test {
    pub(crate) name: &'static str,
    pub(crate) body: Body,
    /// What tells why it cannot run here.
    pub(crate) lacks: Option<Lacks>,
}

/// Why a test cannot run on this machine with an engine, if it cannot.
pub(crate) type Lacks = fn(&Candidate) -> Option<String>;

/// What a test is run over.
#[derive(Clone, Copy)]
pub(crate) enum Body {
    /// Every engine; only the rows for aarch64 and `x86_64` may be used.
    Engine(fn(&Engine)),
    /// Docker, podman, and the engine that is built in, without root's rights where that is
    /// possible: engines differ in nothing else that the test shows. With `CROSS_TEST_LONG`
    /// every engine.
    Distinct(fn(&Engine)),
    /// Docker and podman.
    Main(fn(&Engine)),
    /// The engine that is built in, as whoever runs the tests and as somebody else.
    BuiltIn(fn(&Engine)),
    /// Docker alone: it takes long, and engines differ in nothing that it shows.
    Docker(fn(&Engine)),
    /// The built-in engine, for somebody who is not root.
    Unprivileged(fn(&Engine)),
    /// Every row of `row.rs` with docker, and two of them with podman, which gets docker's images.
    /// With `CROSS_TEST_LONG` each of them with both.
    Row(fn(&Engine, &'static Row)),
    /// Every line of the table, with docker: engines differ in nothing that cargo could see.
    Line(fn(&Engine, &'static Line, &Copies)),
}

impl Body {
    /// Whether it is run over an engine.
    fn is_for(self, candidate: &Candidate) -> bool {
        let name = candidate.name;
        match self {
            Self::Engine(_) => true,
            Self::Distinct(_) => candidate.main || is_distinct_sandbox(name) || is_long(),
            Self::Main(_) | Self::Row(_) => candidate.main,
            Self::BuiltIn(_) => name.starts_with("sandbox"),
            Self::Docker(_) | Self::Line(_) => name == "docker",
            Self::Unprivileged(_) => name == "sandbox-as-user",
        }
    }
}

/// Whether this is the one of the two built-in engines that is not root's, if root runs the tests.
fn is_distinct_sandbox(name: &str) -> bool {
    let is_root = rustix::process::getuid().is_root();
    name == if is_root {
        "sandbox-as-user"
    } else {
        "sandbox"
    }
}

/// Whether all tests are run over all engines.
fn is_long() -> bool {
    std::env::var_os("CROSS_TEST_LONG").is_some()
}

/// Why a test that has begun cannot be carried on.
struct Skipped(String);

/// Ends a test that finds out only on its way that it cannot run here; it counts as ignored.
pub(crate) fn skip(reason: &str) -> ! {
    // No panic: nothing is wrong, and nothing is to be printed.
    resume_unwind(Box::new(Skipped(reason.to_owned())))
}

/// Makes a module's list of tests: the functions' names are the tests' names, and behind `unless`
/// stands the function that tells why a test cannot run here.
#[macro_export]
macro_rules! tests {
    ($($kind:ident: $($name:ident $(unless $lacks:path)?),* $(,)?);+ $(;)?) => {
        pub(crate) const TESTS: &[$crate::Test] = &[
            $($($crate::Test {
                name: stringify!($name),
                body: $crate::Body::$kind($name),
                lacks: $crate::lacks!($($lacks)?),
            },)*)+
        ];
    };
}

/// A function that tells what a test lacks, or none.
#[macro_export]
macro_rules! lacks {
    () => {
        None
    };
    ($lacks:path) => {
        Some($lacks as $crate::Lacks)
    };
}

const MODULES: &[&[Test]] = &[
    rows::TESTS,
    program::TESTS,
    signals::TESTS,
    debug::TESTS,
    build::TESTS,
    cargo::TESTS,
    custom::TESTS,
    doctor::TESTS,
    specification::TESTS,
    after::TESTS,
    surroundings::TESTS,
    isolation::TESTS,
    paths::TESTS,
    plugins::TESTS,
    private::secrets::TESTS,
    private::registry::TESTS,
    private::git::TESTS,
    private::sources::TESTS,
    registries::TESTS,
    security::bounds::TESTS,
    security::secrets::TESTS,
    security::rights::TESTS,
    ripgrep::TESTS,
    security::written::TESTS,
    faults::store::TESTS,
    faults::builds::TESTS,
    faults::dockerfiles::TESTS,
    faults::places::TESTS,
    faults::escape::TESTS,
    faults::container::TESTS,
    faults::jobs::TESTS,
    faults::disks::TESTS,
    security::sandbox_images::TESTS,
    security::sandbox_kernel::TESTS,
    security::sandbox_processes::TESTS,
    differential::TESTS,
    users::TESTS,
    microcontroller::TESTS,
    on_host::TESTS,
    bsd::TESTS,
    emscripten::TESTS,
    wasi::TESTS,
    windows::TESTS,
];

/// One test with one engine and the rows it needs.
struct Case {
    trial: Trial,
    engine: Option<Arc<Engine>>,
    rows: Vec<&'static Row>,
}

fn main() -> ExitCode {
    let args = Arguments::from_args();
    let cases = cases(&engine::candidates());
    if !args.list {
        let wanted = cases
            .iter()
            .filter(|case| !args.is_filtered_out(&case.trial));
        let pairs = wanted.filter_map(|case| Some((case.engine.as_deref()?, case.rows.as_slice())));
        images::prepare(pairs);
    }
    let trials = cases.into_iter().map(|case| case.trial).collect();
    libtest_mimic::run(&args, trials).exit_code()
}

/// Every test with every engine that it is for, those that are not there included.
fn cases(candidates: &[Candidate]) -> Vec<Case> {
    let tests = || MODULES.iter().copied().flatten();
    let pairs = candidates
        .iter()
        .flat_map(|candidate| tests().map(move |test| (candidate, test)));
    let pairs = pairs.filter(|(candidate, test)| test.body.is_for(candidate));
    pairs
        .flat_map(|(candidate, test)| cases_of(candidate, test))
        .collect()
}

/// A test with an engine, once for each thing that it is run over.
fn cases_of(candidate: &Candidate, test: &Test) -> Vec<Case> {
    let name = format!("{}::{}", candidate.name, test.name);
    let lacks = test.lacks.and_then(|lacks| lacks(candidate));
    let case = |candidate: &Candidate, name, rows, run: Box<dyn FnOnce(&Engine) + Send>| {
        case(candidate, name, rows, lacks.clone(), run)
    };
    let once = |run: fn(&Engine), rows| vec![case(candidate, name.clone(), rows, Box::new(run))];
    match test.body {
        Body::Engine(run) | Body::Distinct(run) | Body::BuiltIn(run) => {
            once(run, vec![&AARCH64, &X86_64])
        }
        Body::Main(run) => once(run, vec![&AARCH64]),
        Body::Docker(run) => once(run, vec![&AARCH64, &I686]),
        Body::Unprivileged(run) => once(run, vec![&AARCH64]),
        Body::Row(run) => {
            let rows: &[&'static Row] = if candidate.name == "docker" || is_long() {
                &ROWS
            } else {
                &[&AARCH64, &X86_64]
            };
            let over = |row: &'static Row| {
                let candidate = candidate.clone().with_toolchain(row.toolchain);
                let name = format!("{name}::{}", row.triple);
                let run = move |engine: &Engine| run(engine, row);
                case(&candidate, name, vec![row], Box::new(run))
            };
            rows.iter().map(|row| over(row)).collect()
        }
        Body::Line(run) => {
            let copies = Copies::default();
            let over = |line: &'static Line| {
                let candidate = candidate.clone().with_toolchain(line.toolchain());
                let (name, copies) = (format!("{name}::{}", line.name()), copies.clone());
                let run = move |engine: &Engine| run(engine, line, &copies);
                case(&candidate, name, vec![&X86_64], Box::new(run))
            };
            LINES.iter().map(over).collect()
        }
    }
}

fn case(
    candidate: &Candidate,
    name: String,
    rows: Vec<&'static Row>,
    cannot: Option<String>,
    run: Box<dyn FnOnce(&Engine) + Send>,
) -> Case {
    let required = candidate.required && cannot.is_none();
    let engine = cannot.map_or_else(|| candidate.engine.clone(), Err);
    let name_of = name.clone();
    let trial = Trial::ignorable_test(name, move || match engine {
        Ok(engine) => match catch_unwind(AssertUnwindSafe(|| timed(&name_of, || run(&engine)))) {
            Ok(()) => Ok(Completion::Completed),
            Err(payload) => match payload.downcast::<Skipped>() {
                Ok(skipped) => Ok(Completion::ignored_with(skipped.0)),
                Err(payload) => resume_unwind(payload),
            },
        },
        Err(reason) if required => Err(reason.into()),
        Err(reason) => Ok(Completion::ignored_with(reason)),
    });
    Case {
        trial,
        engine: candidate.engine.as_ref().ok().cloned(),
        rows,
    }
}

/// Runs a test, and writes down how long it took, if somebody wants to know.
fn timed(name: &str, run: impl FnOnce()) {
    let start = Instant::now();
    run();
    let Some(file) = std::env::var_os("CROSS_TEST_TIMES") else {
        return;
    };
    let file = fs_err::OpenOptions::new()
        .create(true)
        .append(true)
        .open(PathBuf::from(file));
    let line = format!("{:.1} {name}\n", start.elapsed().as_secs_f32());
    file.and_then(|mut file| file.write_all(line.as_bytes()))
        .expect("a file that can be written");
}
