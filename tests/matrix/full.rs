//! The conditions for a supported row, in the words of 2018: the crate `cargo` can be cross
//! compiled for it, and the test suite of compiler-builtins passes. If programs cannot be run, both
//! are only compiled. Without processes and sockets, the crate `cargo` does not apply.

use std::path::{Path, PathBuf};

use crate::check::{Done, results, step};
use crate::command::{Failure, Run};
use crate::record::{Full, Std, Step};
use crate::row::{NIGHTLY, Row, Toolchain};
use crate::{Programs, Result};

/// The newest version of the crate `cargo` that today's stable toolchain compiles (its
/// `rust-version`).
const CARGO: &str = "0.98.0";
/// The output of its `--version`.
const CARGO_SAYS: &str = "cargo 1.97.0";

/// The crate under test, and its name if another crate has the usual one.
const BUILTINS: &str = "compiler_builtins";
const UNDER_TEST: &str = "builtins_under_test";

/// The packages in which the tests spend their time.
const COMPUTES: [&str; 4] = ["builtins-test", BUILTINS, "rustc_apfloat", "rand_xoshiro"];

/// The directories of the sources, which all rows use. The results for a row are removed after it.
#[derive(Debug)]
pub(crate) struct Sources {
    cargo: PathBuf,
    builtins: PathBuf,
    /// The sources of compiler-builtins with the crate under another name, for rows whose standard
    /// library is built from source. Cargo then passes the library's own `compiler_builtins` to
    /// rustc as well, and rustc cannot tell which of the two the tests mean.
    renamed: PathBuf,
}

/// A row, and the programs that compile for it.
#[derive(Debug)]
pub(crate) struct Subject<'a> {
    pub(crate) programs: &'a Programs,
    pub(crate) row: &'a Row,
    pub(crate) toolchain: &'a Toolchain,
    pub(crate) log: PathBuf,
    /// The target directory of the row's check.
    pub(crate) target_dir: PathBuf,
}

impl Sources {
    /// Gets the sources that are not there yet.
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
            // Copied again each time, because the nightly toolchain may have changed.
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

/// Renames the crate under test in the package of its tests.
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

/// The archive of the published source. Cargo fetches and checks it.
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
    /// Measures both crates at the same time, because each keeps a single processor busy for long.
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

    /// Builds the published crate, with the image's OpenSSL.
    fn cargo(&self, source: &Path) -> Step {
        let cross = |args: &[&str]| {
            let run = self.cross(self.toolchain, source, args);
            // A user's call is incremental, too. Otherwise the crate is compiled in 16 pieces
            // instead of 256, and a single piece has more addresses than a MIPS can index.
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

    /// Checks that a program exists which cannot be run.
    fn program(&self, name: &str) -> Result<Done> {
        let file = format!("debug/{name}{}", self.row.program_suffix);
        let path = self.target_dir.join(&self.row.triple).join(file);
        if !path.exists() {
            return Err(format!("there is no `{}`", path.display()));
        }
        Ok(Done::Well("compiled".to_owned()))
    }

    /// Runs the test suite with the compiler's default features. The C parts need sources that are
    /// not part of it.
    fn builtins(&self, source: &Path) -> (Step, u32, u32) {
        let mut numbers = (0, 0);
        let step = step("compiler-builtins", || {
            // These packages are small, but compute much, and under emulation. Others are not
            // optimised, because the standard library may be among them.
            let fast =
                COMPUTES.map(|name| format!("--config=profile.dev.package.{name}.opt-level=1"));
            let mut args = vec!["test", "--no-fail-fast", "--package", "builtins-test"];
            args.extend(fast.iter().map(String::as_str));
            if !self.row.runs() {
                args.push("--no-run");
            }
            let outcome = self
                .cross(self.toolchain, source, &args)
                // The suite is written for nightly compilers. With this variable, the stable
                // compiler accepts the same features.
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

/// The names of the tests that failed, or another reason for the failure.
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
