//! A project with its own home for cargo and its own cache for cross, and a secret.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::engine::Engine;
use crate::images;
use crate::project::Project;
use crate::row::AARCH64;
use crate::run::{Run, text};

/// The answer of the dependency's library, by which it is recognised.
pub(crate) const ANSWER: &str = "here I am";
/// A program that uses the dependency.
pub(crate) const MAIN: &str = "fn main() {\n    println!(\"{}\", part::answer());\n}\n";
/// A program that also prints the report of `tests/fixtures/search`.
const SEARCHING: &str = "fn main() {\n    println!(\"{}\", part::answer());\n    \
    print!(\"{}\", include_str!(concat!(env!(\"OUT_DIR\"), \"/report\")));\n}\n";

/// A word of the kind that `tests/fixtures/search` looks for. It is made at run time, so no
/// program, image or earlier run contains it.
pub(crate) fn secret() -> String {
    let mut random = [0; 16];
    let mut source = fs_err::File::open("/dev/urandom").expect("randomness");
    source.read_exact(&mut random).expect("randomness");
    format!("cross-secret-{}", hex::encode(random))
}

/// The source of the dependency's library.
pub(crate) fn library(comment: &str) -> String {
    format!("//! {comment}\npub fn answer() -> &'static str {{\n    \"{ANSWER}\"\n}}\n")
}

/// A project, its home for cargo, and two words.
#[derive(Debug)]
pub(crate) struct Place<'a> {
    engine: &'a Engine,
    /// Cargo's home, relative to the project.
    home: &'static str,
    pub(crate) project: Project<'a>,
    /// The word that must be found nowhere.
    pub(crate) secret: String,
    /// A word that must be found. Otherwise a search without findings would prove nothing.
    pub(crate) planted: String,
}

impl<'a> Place<'a> {
    /// A project with these lines at the end of its manifest.
    pub(crate) fn new(engine: &'a Engine, dependencies: &str) -> Self {
        let project = Project::program(engine, MAIN).manifest(dependencies);
        // The vault: files that only the host has.
        let project = project.file("../vault/.keep", "");
        if let Some(images) = engine.images() {
            // These tests have their own cache for cross, so it gets a link to the store.
            let place = project.file("../cache/cross/.keep", "");
            let link = place.path("../cache/cross/store");
            std::os::unix::fs::symlink(images, link).expect("it is ours");
            return Self::of(engine, place);
        }
        Self::of(engine, project)
    }

    fn of(engine: &'a Engine, project: Project<'a>) -> Self {
        Self {
            engine,
            home: "../home",
            project,
            secret: secret(),
            planted: secret(),
        }
    }

    /// A project with a build script that searches for secrets.
    pub(crate) fn searched(engine: &'a Engine, dependencies: &str) -> Self {
        let mut place = Self::new(engine, "");
        let project = place.project.copy("search");
        let manifest = text(project.path("Cargo.toml"));
        place.project = project
            .file("Cargo.toml", &format!("{manifest}\n{dependencies}"))
            .file("src/main.rs", SEARCHING)
            .file("planted", &place.planted)
            .file("Cross.toml", "[build.env]\npassthrough = [\"PLANTED\"]\n");
        place.configure("")
    }

    /// Sets another home for cargo.
    pub(crate) fn with_home(mut self, home: &'static str) -> Self {
        self.home = home;
        self.configure("")
    }

    /// Writes the configuration into cargo's home.
    pub(crate) fn configure(self, text: &str) -> Self {
        let text = format!("{text}\n[alias]\nplanted = \"{}\"\n", self.planted);
        let path = format!("{}/config.toml", self.home);
        self.file(&path, &text)
    }

    /// Adds a file. The path is relative to the project.
    pub(crate) fn file(mut self, path: &str, text: &str) -> Self {
        self.project = self.project.file(path, text);
        self
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.project.path(self.home)
    }

    /// A directory that only the host has.
    pub(crate) fn vault(&self) -> PathBuf {
        self.project.path("../vault")
    }

    /// `cross` in the project, for aarch64.
    pub(crate) fn cross(&self, args: &[&str]) -> Run {
        self.cross_in(&self.project.root(), args)
    }

    /// `cross` in another directory, for aarch64.
    pub(crate) fn cross_in(&self, cwd: &Path, args: &[&str]) -> Run {
        let (subcommand, rest) = args.split_first().expect("a subcommand");
        let args = [&[subcommand, "--target", AARCH64.triple], rest].concat();
        self.at_home(self.project.cross_in(cwd, &args))
    }

    /// The host's cargo in the project.
    pub(crate) fn cargo(&self, args: &[&str]) -> Run {
        self.at_home(self.project.cargo(args))
    }

    /// Sets the homes, and forbids the container the network, as everything must have been fetched
    /// before.
    fn at_home(&self, run: Run) -> Run {
        run.env("CARGO_HOME", self.home())
            .env("CROSS_BUILD_NETWORK", "none")
            .env("XDG_CACHE_HOME", self.project.path("../cache"))
            .env("PLANTED", &self.planted)
    }

    /// Runs `cross run -v` with the searching program. Expects that the secret is not in the
    /// container, the output, or the engine's description of the image, and that the planted word
    /// is in each place where it has to be.
    #[track_caller]
    pub(crate) fn search(&self, with: impl FnOnce(Run) -> Run) {
        let mut outcome = with(self.cross(&["run", "-v"])).ok();
        let files = outcome.stdout.lines().find_map(|line| {
            let (_, count) = line.split_once("searched ")?;
            count.strip_suffix(" files")?.parse::<usize>().ok()
        });
        // An image has thousands of files.
        outcome = outcome.expect(files > Some(1000), "a search through the whole image");
        outcome = outcome.lacks(&self.secret).lacks("socket ");
        outcome = outcome.stdout_has(&format!("{ANSWER}\n"));
        let config = self.home().join("config.toml");
        // A sandbox has no first process of its own, and cannot inspect the host's.
        let first = if self.engine.is_built_in() {
            "self"
        } else {
            "1"
        };
        let places = [
            "variable PLANTED".to_owned(),
            format!("/proc/{first}/environ"),
            self.project.path("planted").display().to_string(),
            config.display().to_string(),
        ];
        for place in places {
            outcome = outcome.stdout_has(&format!("found {} in {place}\n", self.planted));
        }
        // The dependency's source is in cargo's home.
        let sources = format!("found {} in {}/", self.planted, self.home().display());
        outcome
            .stdout_has(&sources)
            .stdout_has("/src/lib.rs\n")
            // The container had no network.
            .stderr_has(" --network none ");
        self.image_lacks_secret();
        self.cache_lacks_secret();
    }

    /// Other runs can read the files that cross writes for containers.
    fn cache_lacks_secret(&self) {
        let cache = self.project.path("../cache");
        let mut grep = Command::new("grep");
        let found = grep
            .args(["--recursive", &self.secret])
            .arg(&cache)
            .output();
        let found = found.expect("grep");
        assert!(fs_err::read_dir(&cache).is_ok_and(|mut dir| dir.next().is_some()));
        let text = String::from_utf8_lossy(&found.stdout);
        assert_eq!(found.status.code(), Some(1), "{text}");
    }

    /// The image is older than the secret, and runs do not change it. If one did, the image's
    /// history or settings would show the secret.
    fn image_lacks_secret(&self) {
        let image = images::current(self.engine, AARCH64.triple).expect("the test's image");
        if let Some(images) = self.engine.images() {
            let file = format!("images/{}.json", image.replace('/', "_"));
            let text = fs_err::read_to_string(images.join(file)).expect("it tells of the image");
            assert!(!text.contains(&self.secret), "{text}");
            return;
        }
        for args in [&["history", "--no-trunc"][..], &["image", "inspect"]] {
            let output = self.engine.command().args(args).arg(&image).output();
            let output = output.expect("the engine answers");
            let text = String::from_utf8_lossy(&output.stdout);
            assert!(output.status.success() && text.len() > 100, "{text}");
            assert!(!text.contains(&self.secret), "{text}");
        }
    }
}
