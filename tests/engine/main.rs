//! `cross` with real engines, real images and real projects.
//!
//! One list of tests is run with every engine. A test that cannot run on this machine is ignored
//! when its turn comes. The reason is printed, and the test counts as ignored in the summary.
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
mod carried;
mod ci_job;
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

/// A test, and the engines, rows or lines for which it is run.
pub(crate) struct Test {
    pub(crate) name: &'static str,
    pub(crate) body: Body,
    /// Returns the reason if the test cannot run on this machine.
    pub(crate) lacks: Option<Lacks>,
}

/// Returns the reason why a test cannot run on this machine with an engine, if there is one.
pub(crate) type Lacks = fn(&Candidate) -> Option<String>;

/// The engines, rows or lines for which a test is run, and the test's function.
#[derive(Clone, Copy)]
pub(crate) enum Body {
    /// Every engine. Only the rows for aarch64 and `x86_64` may be used.
    Engine(fn(&Engine)),
    /// Docker, podman and the built-in engine, the last one without root's rights if possible: for
    /// these tests, other engines differ in nothing. With `CROSS_TEST_LONG` every engine.
    Distinct(fn(&Engine)),
    /// Docker and podman.
    Main(fn(&Engine)),
    /// The built-in engine, as the user who runs the tests and as another user.
    BuiltIn(fn(&Engine)),
    /// Docker alone, as the test takes long and engines do not differ in what it shows.
    Docker(fn(&Engine)),
    /// The built-in engine, as a user other than root.
    Unprivileged(fn(&Engine)),
    /// Every row of `row.rs` with docker, and two of them with podman, which gets docker's images.
    /// With `CROSS_TEST_LONG` every row with both.
    Row(fn(&Engine, &'static Row)),
    /// Every line of `lines.rs` with docker. Engines differ in nothing that cargo could notice.
    Line(fn(&Engine, &'static Line, &Copies)),
}

impl Body {
    /// Whether the test is run with an engine.
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

/// Whether this is the built-in engine as a user other than root or, if the tests do not run as
/// root, as the tests' user.
fn is_distinct_sandbox(name: &str) -> bool {
    let is_root = rustix::process::getuid().is_root();
    name == if is_root {
        "sandbox-as-user"
    } else {
        "sandbox"
    }
}

/// Whether `CROSS_TEST_LONG` asks for all tests with all engines and rows.
fn is_long() -> bool {
    std::env::var_os("CROSS_TEST_LONG").is_some()
}

/// The reason why a test ended early without failing.
struct Skipped(String);

/// Ends a test that cannot go on, for this reason. The test counts as ignored.
pub(crate) fn skip(reason: &str) -> ! {
    // Unlike a panic, this prints nothing, as nothing is wrong.
    resume_unwind(Box::new(Skipped(reason.to_owned())))
}

/// Makes a module's list of tests. The names of the functions are the names of the tests. The
/// function after `unless` returns the reason why a test cannot run here.
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

/// The function that returns what a test lacks, if there is one.
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
    security::image_names::TESTS,
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
    carried::TESTS,
    ci_job::TESTS,
    bsd::TESTS,
    emscripten::TESTS,
    wasi::TESTS,
    windows::TESTS,
];

/// A test with one engine, and the rows whose images it needs.
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

/// All tests with all engines that they are for, including engines that are missing.
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

/// A test with one engine: a case for each row or line.
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

/// Runs a test, and appends its time to the file that `CROSS_TEST_TIMES` names.
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
