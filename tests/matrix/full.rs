//! What makes a row supported, in the words of 2018: the crate `cargo` can be cross compiled for
//! it, and the test suite of compiler-builtins passes. Where programs cannot be run both are
//! compiled, and where there are no processes and sockets the crate `cargo` does not apply.

use std::path::{Path, PathBuf};

use crate::check::{Done, results, step};
use crate::command::{Failure, Run};
use crate::record::{Full, Std, Step};
use crate::row::{NIGHTLY, Row, Toolchain};
use crate::{Programs, Result};

/// The newest version that the stable toolchain of the day compiles (its `rust-version`).
const CARGO: &str = "0.98.0";
/// What it says of itself.
const CARGO_SAYS: &str = "cargo 1.97.0";

/// The crate under test, and what it is called beside another one of that name.
const BUILTINS: &str = "compiler_builtins";
const UNDER_TEST: &str = "builtins_under_test";

/// The packages in which the time of the tests is spent.
const COMPUTES: [&str; 4] = ["builtins-test", BUILTINS, "rustc_apfloat", "rand_xoshiro"];

/// Where the sources are, the same for all rows. What a row builds is removed with the row.
#[derive(Debug)]
pub(crate) struct Sources {
    cargo: PathBuf,
    builtins: PathBuf,
    /// The same with the crate under another name, for rows whose standard library is built from
    /// source: cargo then hands that library's own `compiler_builtins` to rustc as well, which
    /// cannot tell which one the tests mean.
    renamed: PathBuf,
}

/// A row, and who compiles for it.
#[derive(Debug)]
pub(crate) struct Subject<'a> {
    pub(crate) programs: &'a Programs,
    pub(crate) row: &'a Row,
    pub(crate) toolchain: &'a Toolchain,
    pub(crate) log: PathBuf,
    /// The one that the check has used.
    pub(crate) target_dir: PathBuf,
}

impl Sources {
    /// Gets them, if they are not there yet.
    pub(crate) fn fetch(dir: &Path) -> Result<Self> {
        let cargo = dir.join(format!("cargo-{CARGO}"));
        if !cargo.join("Cargo.lock").exists() {
            let archive = archive(dir)?;
            Run::new("tar")
                .args(["--extract", "--no-same-owner", "--file"])
                .args([&archive])
                .cwd(dir)
                .output()?;
        }
        let builtins = dir.join("compiler-builtins");
        let renamed = dir.join("compiler-builtins-renamed");
        let source = rust_src()?.join("compiler-builtins");
        for copy in [&builtins, &renamed] {
            // Anew each time: nightly may have moved on.
            let _ = fs_err::remove_dir_all(copy);
            Run::new("cp")
                .args(["--recursive".as_ref(), source.as_os_str(), copy.as_os_str()])
                .output()?;
        }
        rename(&renamed.join("builtins-test")).map_err(|e| e.to_string())?;
        Ok(Self {
            cargo,
            builtins,
            renamed,
        })
    }
}

/// Gives the crate under test another name in the package of its tests.
fn rename(package: &Path) -> std::io::Result<()> {
    let manifest = package.join("Cargo.toml");
    let text = fs_err::read_to_string(&manifest)?;
    let dependency = format!("{BUILTINS} = {{ workspace = true, ");
    let renamed =
        format!("{UNDER_TEST} = {{ package = \"{BUILTINS}\", path = \"../builtins-shim\", ");
    let text = text.replace(&dependency, &renamed);
    let text = text.replace(&format!("{BUILTINS}/"), &format!("{UNDER_TEST}/"));
    fs_err::write(manifest, text)?;
    for dir in ["src", "tests"] {
        for entry in fs_err::read_dir(package.join(dir))? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs_err::read_to_string(&path)?;
                fs_err::write(&path, text.replace(BUILTINS, UNDER_TEST))?;
            }
        }
    }
    Ok(())
}

/// The published source, by way of cargo, which checks what it gets.
fn archive(dir: &Path) -> Result<PathBuf> {
    let cache = home::cargo_home()
        .map_err(|e| e.to_string())?
        .join("registry/cache");
    let find = || {
        let registries = fs_err::read_dir(&cache).ok()?;
        let mut files = registries
            .filter_map(|entry| Some(entry.ok()?.path().join(format!("cargo-{CARGO}.crate"))));
        files.find(|path| path.exists())
    };
    if let Some(path) = find() {
        return Ok(path);
    }
    let package = dir.join("fetch");
    fs_err::create_dir_all(package.join("src")).map_err(|e| e.to_string())?;
    let manifest = format!(
        "[package]\nname = \"fetch\"\nedition = \"2024\"\n[workspace]\n\
         [dependencies]\ncargo = \"={CARGO}\"\n"
    );
    let write = |name: &str, text: &str| fs_err::write(package.join(name), text);
    write("Cargo.toml", &manifest)
        .and_then(|()| write("src/lib.rs", ""))
        .map_err(|e| e.to_string())?;
    Run::new("cargo").args(["fetch"]).cwd(&package).output()?;
    find().ok_or_else(|| format!("cargo has not kept cargo-{CARGO}.crate"))
}

/// The directory with the standard library's source.
fn rust_src() -> Result<PathBuf> {
    let toolchain = format!("+{NIGHTLY}");
    let sysroot = Run::new("rustc")
        .args([&*toolchain, "--print", "sysroot"])
        .output()?;
    let source = Path::new(sysroot.stdout.trim()).join("lib/rustlib/src/rust/library");
    if !source.exists() {
        Run::new("rustup")
            .args(["component", "add", "--toolchain", NIGHTLY, "rust-src"])
            .output()?;
    }
    Ok(source)
}

impl Subject<'_> {
    /// Both parts at the same time: each has stretches that keep one processor busy.
    pub(crate) fn measure(&self, sources: &Sources, date: &str) -> Result<Full> {
        let (cargo, (builtins, passed, failed)) = std::thread::scope(|scope| {
            let cargo = scope.spawn(|| self.cargo(&sources.cargo));
            let builtins = self.builtins(match self.toolchain.std {
                Std::Prebuilt | Std::Core => &sources.builtins,
                Std::FromSource => &sources.renamed,
            });
            cargo.join().map(|cargo| (cargo, builtins))
        })
        .map_err(|_| "the thread for the crate cargo has panicked".to_owned())?;
        Ok(Full {
            date: date.to_owned(),
            recipe: self.row.recipe.clone(),
            rustc: self.toolchain.version()?,
            cargo,
            builtins,
            builtins_passed: passed,
            builtins_failed: failed,
        })
    }

    fn cross(&self, toolchain: &Toolchain, dir: &Path, args: &[&str]) -> Run {
        let (command, rest) = args.split_first().unwrap_or((&"build", &[]));
        toolchain
            .cross(self.programs)
            .args([*command, "--locked", "--target", &*self.row.triple])
            .args(rest)
            .cwd(dir)
            .log(&self.log)
    }

    /// The crate as it comes: its OpenSSL is the image's.
    fn cargo(&self, source: &Path) -> Step {
        let cross = |args: &[&str]| {
            let run = self.cross(self.toolchain, source, args);
            // As a user's call has it: without, the crate is compiled in 16 pieces instead of 256,
            // of which one alone has more addresses than a MIPS can index.
            let run = run.env("CARGO_INCREMENTAL", "1");
            run.env("CARGO_TARGET_DIR", &self.target_dir).output()
        };
        step("cargo crate", || {
            if self.row.is_wasm() || self.row.is_javascript() {
                let note = "it needs processes and sockets".to_owned();
                return Ok(Done::NotApplicable(note));
            }
            cross(&["build"])?;
            if !self.row.runs() {
                return self.program("cargo");
            }
            let output = cross(&["run", "--quiet", "--", "--version"])?;
            let said = output.stdout.trim();
            if !said.starts_with(CARGO_SAYS) {
                return Err(format!("`cargo --version` says `{said}`"));
            }
            Ok(Done::Well(format!("cargo {CARGO}")))
        })
    }

    /// Whether a program is there, which cannot be run.
    fn program(&self, name: &str) -> Result<Done> {
        let file = format!("debug/{name}{}", self.row.program_suffix);
        let path = self.target_dir.join(&self.row.triple).join(file);
        if !path.exists() {
            return Err(format!("there is no `{}`", path.display()));
        }
        Ok(Done::Well("compiled".to_owned()))
    }

    /// The test suite, with what the compiler makes of it by default; its C parts need sources that
    /// do not come with it.
    fn builtins(&self, source: &Path) -> (Step, u32, u32) {
        let mut numbers = (0, 0);
        let step = step("compiler-builtins", || {
            // Little to compile, much to compute, and that under emulation. Not all of it, as the
            // standard library may be part of that.
            let fast =
                COMPUTES.map(|name| format!("--config=profile.dev.package.{name}.opt-level=1"));
            let mut args = vec!["test", "--no-fail-fast", "--package", "builtins-test"];
            args.extend(fast.iter().map(String::as_str));
            if !self.row.runs() {
                args.push("--no-run");
            }
            let outcome = self
                .cross(self.toolchain, source, &args)
                // The suite is written for nightly's compiler; stable's is the same with this.
                .env("RUSTC_BOOTSTRAP", "1")
                .output();
            let stdout = match &outcome {
                Ok(output) => &output.stdout,
                Err(failure) => &failure.stdout,
            };
            numbers = results(stdout);
            let (passed, failed) = numbers;
            match outcome {
                Ok(_) if !self.row.runs() => Ok(Done::Well("compiled".to_owned())),
                Ok(_) if passed == 0 => Err("no test has run".to_owned()),
                Ok(_) => Ok(Done::Well(format!("{passed} passed"))),
                Err(failure) => Err(blame(&failure, passed, failed)),
            }
        });
        let _ = fs_err::remove_dir_all(source.join("target"));
        (step, numbers.0, numbers.1)
    }
}

/// Names the tests that failed, or says what else went wrong.
fn blame(failure: &Failure, passed: u32, failed: u32) -> String {
    let names = failure.stdout.lines().filter_map(|line| {
        let name = line.strip_prefix("test ")?.strip_suffix(" ... FAILED")?;
        Some(name.to_owned())
    });
    let names: Vec<String> = names.collect();
    if names.is_empty() {
        return failure.reason.clone();
    }
    format!("{passed} passed, {failed} failed: {}", names.join(", "))
}
