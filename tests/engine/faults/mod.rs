//! Faults that the built-in engine must survive. Each test has a store of its own with a small
//! image in it: the lowest layer of a row's image, which is Debian without compilers. It suffices
//! for `cross check`.

pub(crate) mod builds;
pub(crate) mod container;
pub(crate) mod disks;
pub(crate) mod dockerfiles;
pub(crate) mod escape;
pub(crate) mod jobs;
pub(crate) mod places;
pub(crate) mod store;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::engine::{Candidate, Engine};
use crate::images;
use crate::project::Project;
use crate::row::X86_64;
use crate::run::{Outcome, Run};

/// The name of the small image.
pub(crate) const SMALL: &str = "localhost/cross-test/small:1";

/// A project with a store of its own.
pub(crate) struct Place<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) project: Project<'a>,
    /// The value of `XDG_CACHE_HOME`.
    cache: PathBuf,
}

impl<'a> Place<'a> {
    /// A crate without dependencies whose target has the small image.
    pub(crate) fn new(engine: &'a Engine) -> Self {
        let project = Project::program(engine, "fn main() {}\n");
        let cache = project.path("../cache");
        Self::in_cache(engine, project, cache)
    }

    /// This project with the small image, and with a store in this cache directory.
    pub(crate) fn in_cache(engine: &'a Engine, project: Project<'a>, cache: PathBuf) -> Self {
        let own = engine.images().expect("it is built in");
        let layers = cache.join("cross/store/layers");
        fs_err::create_dir_all(&layers).expect("a directory");
        let base = lowest_layer(engine);
        // A symbolic link: nothing is copied, and its removal leaves the original.
        let link = layers.join(&base);
        std::os::unix::fs::symlink(own.join("layers").join(&base), link).expect("a link");
        let description = format!("{base}.json");
        let from = own.join("layers").join(&description);
        fs_err::copy(from, layers.join(description)).expect("a copy");
        let place = Self {
            engine,
            project,
            cache,
        };
        place.name(SMALL, &[&base]);
        place.configure(&format!("image = '{SMALL}'\n"))
    }

    /// Gives these layers the name of an image.
    fn name(&self, name: &str, layers: &[&str]) {
        let image = serde_json::json!({
            "name": name, "layers": layers, "env": [], "labels": {}, "workdir": null,
        });
        let images = self.store().join("images");
        fs_err::create_dir_all(&images).expect("a directory");
        let file = images.join(format!("{}.json", name.replace('/', "_")));
        fs_err::write(file, image.to_string()).expect("a file");
    }

    /// Sets the configuration of the target.
    pub(crate) fn configure(self, lines: &str) -> Self {
        let text = format!("[target.{}]\n{lines}", X86_64.triple);
        let project = self.project.file("Cross.toml", &text);
        if let Some(account) = &self.engine.account {
            account.own(&self.cache);
        }
        Self { project, ..self }
    }

    /// Lets the image be built by a Dockerfile: `FROM` the small image, then these lines.
    pub(crate) fn dockerfile(self, lines: &str) -> Self {
        let text = format!("FROM {SMALL}\n{lines}");
        self.configure("dockerfile = 'Dockerfile'\n")
            .file("Dockerfile", &text)
    }

    /// Adds a file to the project.
    pub(crate) fn file(self, path: &str, text: &str) -> Self {
        let project = self.project.file(path, text);
        Self { project, ..self }
    }

    /// The store in another cache directory, to inspect what became of it.
    pub(crate) fn in_place(&self, cache: PathBuf) -> Self {
        Self {
            engine: self.engine,
            project: Project::empty(self.engine),
            cache,
        }
    }

    /// The name of the small image's layer.
    pub(crate) fn base(&self) -> String {
        lowest_layer(self.engine)
    }

    pub(crate) fn cache(&self) -> &Path {
        &self.cache
    }

    pub(crate) fn store(&self) -> PathBuf {
        self.cache.join("cross/store")
    }

    /// `cross` for the host's triple.
    pub(crate) fn cross(&self, args: &[&str]) -> Run {
        let run = self.project.cross_for(X86_64.triple, args);
        run.env("XDG_CACHE_HOME", &self.cache)
    }

    /// `cross check`, which builds the image if need be.
    pub(crate) fn check(&self) -> Run {
        self.cross(&["check"])
    }

    pub(crate) fn images(&self, args: &[&str]) -> Run {
        let run = Run::new(images::util(self.engine), &self.project.root());
        run.args(args).env("XDG_CACHE_HOME", &self.cache)
    }

    /// The layers that were made in this store.
    pub(crate) fn layers(&self) -> Vec<PathBuf> {
        let dir = self.store().join("layers");
        let layers = entries(&dir).into_iter();
        layers
            .filter(|path| path.is_dir() && !path.is_symlink())
            .collect()
    }

    /// The only layer with a file of this name in its root.
    #[track_caller]
    pub(crate) fn layer_with(&self, file: &str) -> PathBuf {
        let mut layers = self.layers().into_iter();
        let found = layers.find(|layer| layer.join(file).exists());
        found.expect("a layer with that file")
    }

    /// Expects that every finished layer is as its description says, and that every image has
    /// finished layers only.
    #[track_caller]
    pub(crate) fn is_sound(&self) {
        let mut described = BTreeSet::new();
        let dir = self.store().join("layers");
        for path in entries(&dir) {
            if path.extension().is_some_and(|end| end == "json") {
                let said = json(&path);
                let layer = path.with_extension("");
                let found = serde_json::json!([count(&layer).0, count(&layer).1]);
                let expected = serde_json::json!([said["entries"], said["bytes"]]);
                assert_eq!(found, expected, "{}", layer.display());
                described.insert(layer.file_name().expect("a name").to_owned());
            }
        }
        for path in entries(&self.store().join("images")) {
            let image = json(&path);
            for layer in image["layers"].as_array().expect("a list") {
                let layer = layer.as_str().expect("a name");
                assert!(
                    described.contains(std::ffi::OsStr::new(layer)),
                    "{}",
                    path.display()
                );
            }
        }
    }

    /// The files that unfinished builds have left.
    pub(crate) fn leftovers(&self) -> Vec<PathBuf> {
        let layers = entries(&self.store().join("layers"));
        let unfinished = layers
            .into_iter()
            .filter(|path| path.is_dir() && !path.with_extension("json").exists());
        let mut all: Vec<PathBuf> = unfinished.collect();
        all.extend(entries(&self.store().join("new")));
        all.extend(entries(&self.store().join("stage")));
        all
    }
}

/// The name of the lowest layer of all rows' images.
fn lowest_layer(engine: &Engine) -> String {
    let own = engine.images().expect("it is built in");
    let name = images::current(engine, X86_64.triple).expect("the row's image");
    let file = format!("{}.json", name.replace('/', "_"));
    let image = json(&own.join("images").join(file));
    let layer = image["layers"][0].as_str().expect("a layer");
    layer.to_owned()
}

pub(crate) fn entries(dir: &Path) -> Vec<PathBuf> {
    let entries = fs_err::read_dir(dir).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

#[track_caller]
fn json(path: &Path) -> serde_json::Value {
    let text = fs_err::read_to_string(path).expect("a file");
    serde_json::from_str(&text).expect("JSON")
}

/// The number of entries in a directory, and their bytes.
fn count(dir: &Path) -> (u64, u64) {
    let (mut number, mut bytes) = (0, 0);
    for path in entries(dir) {
        let metadata = path.symlink_metadata().expect("an entry");
        number += 1;
        if metadata.is_file() {
            bytes += metadata.len();
        } else if metadata.is_dir() {
            let (more, long) = count(&path);
            number += more;
            bytes += long;
        }
    }
    (number, bytes)
}

/// The reason why a test cannot mount something on the host; `None` otherwise.
fn lacks_root(_: &Candidate) -> Option<String> {
    let is_root = rustix::process::getuid().is_root();
    (!is_root).then(|| "only root mounts things".to_owned())
}

/// The number of images that a run has built.
pub(crate) fn built(outcome: &Outcome) -> usize {
    outcome.stderr.matches("Building image `").count()
}

/// The processes whose command line contains a word.
pub(crate) fn processes_with(word: &str) -> Vec<String> {
    let processes = entries(Path::new("/proc")).into_iter();
    let lines = processes.filter_map(|dir| {
        let line = std::fs::read(dir.join("cmdline")).ok()?;
        let line = String::from_utf8_lossy(&line).replace('\0', " ");
        let number = dir.file_name()?.to_string_lossy().into_owned();
        line.contains(word).then(|| format!("{number}: {line}"))
    });
    lines.collect()
}
