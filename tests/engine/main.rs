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
//! | `CROSS_TEST_LONG=1`         | all of ripgrep's own tests under emulation, which takes minutes    |

#![expect(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "a test looks after itself: the rules are for the program"
)]

mod account;
mod build;
mod cargo;
mod custom;
mod differential;
mod doctor;
mod elf;
mod engine;
mod faults;
mod images;
mod isolation;
mod lines;
mod observed;
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

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::{Arguments, Completion, Trial};

use crate::differential::Copies;
use crate::engine::{Candidate, Engine};
use crate::lines::{LINES, Line};
use crate::row::{AARCH64, I686, ROWS, Row, X86_64};

/// A test, and what it is run over.
pub(crate) struct Test {
    pub(crate) name: &'static str,
    pub(crate) body: Body,
}

/// What a test is run over.
#[derive(Clone, Copy)]
pub(crate) enum Body {
    /// Every engine; only the rows for aarch64 and `x86_64` may be used.
    Engine(fn(&Engine)),
    /// Docker, podman, and the engine that is built in as whoever runs the tests and as somebody else: the first two differ in
    /// nothing that the test shows when they run for others or without root.
    Distinct(fn(&Engine)),
    /// Docker and podman.
    Main(fn(&Engine)),
    /// The engine that is built in, as whoever runs the tests and as somebody else.
    BuiltIn(fn(&Engine)),
    /// Docker alone: it takes long, and engines differ in nothing that it shows.
    Docker(fn(&Engine)),
    /// The built-in engine, for somebody who is not root.
    Unprivileged(fn(&Engine)),
    /// Every row, with docker and with podman.
    Row(fn(&Engine, &'static Row)),
    /// Every line of the table, with docker: engines differ in nothing that cargo could see.
    Line(fn(&Engine, &'static Line, &Copies)),
}

/// Why a test that has begun cannot be carried on.
struct Skipped(String);

/// Ends a test that finds out only on its way that it cannot run here; it counts as ignored.
pub(crate) fn skip(reason: &str) -> ! {
    // No panic: nothing is wrong, and nothing is to be printed.
    resume_unwind(Box::new(Skipped(reason.to_owned())))
}

/// Makes a module's list of tests: the functions' names are the tests' names.
#[macro_export]
macro_rules! tests {
    ($kind:ident: $($name:ident),* $(,)?) => {
        pub(crate) const TESTS: &[$crate::Test] = &[
            $($crate::Test { name: stringify!($name), body: $crate::Body::$kind($name) }),*
        ];
    };
}

const MODULES: &[&[Test]] = &[
    rows::TESTS,
    program::TESTS,
    signals::TESTS,
    build::TESTS,
    cargo::TESTS,
    custom::TESTS,
    doctor::TESTS,
    specification::TESTS,
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
    faults::burglar::TESTS,
    faults::container::TESTS,
    faults::jobs::TESTS,
    faults::disks::TESTS,
    security::sandbox_images::TESTS,
    security::sandbox_kernel::TESTS,
    security::sandbox_processes::TESTS,
    differential::TESTS,
    users::TESTS,
    wasi::TESTS,
];

/// What an engine cannot do, so that the test is ignored: engine, test, reason.
const CANNOT: &[(&str, &str, &str)] = &[(
    "rootless-docker",
    "a_program_reaches_the_hosts_network",
    "the network it calls the host's is its daemon's own",
)];

type Lacks = fn() -> Option<String>;

/// What a test needs of the machine beside an engine: the beginning of its name, and what tells why it
/// cannot run here.
const NEEDS: &[(&str, Lacks)] = &[
    ("a_private_repository_over_ssh", private::lacks_ssh_server),
    (
        "a_target_of_the_users_own",
        specification::lacks_nightly_source,
    ),
    ("a_registrys_zstd", registries::lacks_podman),
    ("a_registrys_", registries::lacks_registry),
    ("other_users_", users::lacks_mapping),
    (
        "without_the_program_that_maps",
        users::lacks_subordinate_ids,
    ),
    ("on_other_mounts_", faults::lacks_root),
    ("in_a_container_", faults::container::lacks_docker),
    ("nextest_", plugins::lacks_nextest),
    ("llvm_cov_", plugins::lacks_llvm_cov),
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

/// Every test with every engine, those that are not there included.
fn cases(candidates: &[Candidate]) -> Vec<Case> {
    let mut cases = Vec::new();
    for candidate in candidates {
        for test in MODULES.iter().copied().flatten() {
            match test.body {
                Body::Engine(run) => {
                    let name = format!("{}::{}", candidate.name, test.name);
                    let run = move |engine: &Engine| run(engine);
                    cases.push(case(candidate, name, vec![&AARCH64, &X86_64], run));
                }
                Body::Distinct(run) if candidate.main || candidate.name.starts_with("sandbox") => {
                    let name = format!("{}::{}", candidate.name, test.name);
                    let run = move |engine: &Engine| run(engine);
                    cases.push(case(candidate, name, vec![&AARCH64, &X86_64], run));
                }
                Body::Main(run) if candidate.main => {
                    let name = format!("{}::{}", candidate.name, test.name);
                    let run = move |engine: &Engine| run(engine);
                    cases.push(case(candidate, name, vec![&AARCH64, &I686], run));
                }
                Body::Unprivileged(run) if candidate.name == "sandbox-as-user" => {
                    let name = format!("{}::{}", candidate.name, test.name);
                    let run = move |engine: &Engine| run(engine);
                    cases.push(case(candidate, name, vec![&AARCH64], run));
                }
                Body::BuiltIn(run) if candidate.name.starts_with("sandbox") => {
                    let name = format!("{}::{}", candidate.name, test.name);
                    let run = move |engine: &Engine| run(engine);
                    cases.push(case(candidate, name, vec![&AARCH64, &X86_64], run));
                }
                Body::Docker(run) if candidate.name == "docker" => {
                    let name = format!("{}::{}", candidate.name, test.name);
                    let run = move |engine: &Engine| run(engine);
                    cases.push(case(candidate, name, vec![&AARCH64], run));
                }
                Body::Row(run) if candidate.main => {
                    for row in ROWS {
                        let name = format!("{}::{}::{}", candidate.name, test.name, row.triple);
                        let run = move |engine: &Engine| run(engine, row);
                        let candidate = candidate.clone().with_toolchain(row.toolchain);
                        cases.push(case(&candidate, name, vec![row], run));
                    }
                }
                Body::Line(run) if candidate.name == "docker" => {
                    let copies = Copies::default();
                    for line in LINES {
                        let name = format!("{}::{}::{}", candidate.name, test.name, line.name());
                        let copies = copies.clone();
                        let run = move |engine: &Engine| run(engine, line, &copies);
                        let candidate = candidate.clone().with_toolchain(line.toolchain());
                        cases.push(case(&candidate, name, vec![&X86_64], run));
                    }
                }
                Body::Distinct(_)
                | Body::Main(_)
                | Body::BuiltIn(_)
                | Body::Unprivileged(_)
                | Body::Docker(_)
                | Body::Row(_)
                | Body::Line(_) => {}
            }
        }
    }
    cases
}

fn case(
    candidate: &Candidate,
    name: String,
    rows: Vec<&'static Row>,
    run: impl FnOnce(&Engine) + Send + 'static,
) -> Case {
    let cannot = CANNOT
        .iter()
        .find(|(engine, test, _)| name == format!("{engine}::{test}"));
    let cannot = cannot.map(|(_, _, reason)| (*reason).to_owned());
    let lacks = || {
        let (engine, test) = name.split_once("::")?;
        let built_in = engine.starts_with("sandbox");
        if built_in && signals::KEYBOARD.contains(&test) {
            return signals::keyboard_is_ignored();
        }
        if !built_in && test == "a_foreign_program_starts_another" {
            return Some("only the built-in engine registers emulators".to_owned());
        }
        let needs = NEEDS.iter().find(|(start, _)| test.starts_with(start));
        needs.and_then(|(_, lacks)| lacks())
    };
    let cannot = cannot.or_else(lacks);
    let required = candidate.required && cannot.is_none();
    let engine = cannot.map_or_else(|| candidate.engine.clone(), Err);
    let trial = Trial::ignorable_test(name, move || match engine {
        Ok(engine) => match catch_unwind(AssertUnwindSafe(|| run(&engine))) {
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
