//! Images that the built-in engine fetches from a real registry, the one in Debian's package
//! `docker-registry`. It runs on this machine, asks for a password, and gets its images from docker
//! and podman.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::engine::{self, Candidate, Engine};
use crate::private::{Daemon, free_port};
use crate::project::Project;
use crate::row::AARCH64;
use crate::run::Run;

crate::tests![BuiltIn:
    a_registrys_image_is_used unless lacks_registry,
    a_registrys_image_is_a_part_of_another unless lacks_registry,
    a_registrys_damaged_layer_is_refused unless lacks_registry,
    a_registrys_zstd_layers_are_understood unless lacks_podman,
];

const NAME: &str = "tester";
const PASSWORD: &str = "s3cr3t-of-the-test";
/// The hash of the password, for the registry's list of users.
const HASH: &str = "$2b$04$O2jT1OeyKduatlTSbtFAeeMfVumFoWqjW0B7u7ZG8DyWjqnS8nBLi";
/// `tester:s3cr3t-of-the-test`
const AUTH: &str = "dGVzdGVyOnMzY3IzdC1vZi10aGUtdGVzdA==";
/// An image in which rustc runs.
const DEBIAN: &str = "localhost/cross-test/debian:trixie";

/// The reason why the registry cannot be used here; `None` otherwise.
fn lacks_registry(_: &Candidate) -> Option<String> {
    let version = Command::new("docker-registry").arg("--version").output();
    if version.is_err() {
        return Some("docker-registry is not installed".to_owned());
    }
    let mut inspect = Command::new("docker");
    inspect.args(["image", "inspect", DEBIAN]);
    let found = inspect.output().is_ok_and(|output| output.status.success());
    (!found).then(|| format!("docker has no image `{DEBIAN}`"))
}

/// The reason why the registry or podman, which can compress with zstd, cannot be used; `None`
/// otherwise.
fn lacks_podman(candidate: &Candidate) -> Option<String> {
    lacks_registry(candidate).or_else(|| engine::podman().err())
}

/// A test's project, and a registry that runs until this is dropped.
struct Place<'a> {
    engine: &'a Engine,
    project: Project<'a>,
    host: String,
    dir: TempDir,
    _server: Daemon,
}

impl<'a> Place<'a> {
    fn new(engine: &'a Engine, project: Project<'a>) -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let host = format!("localhost:{}", free_port());
        let file = |name: &str, text: &str| {
            fs_err::write(dir.path().join(name), text).expect("a file");
            dir.path().join(name).display().to_string()
        };
        let users = file("users", &format!("{NAME}:{HASH}\n"));
        let data = dir.path().join("data");
        let data = data.display();
        let config = file(
            "config.yml",
            &format!(
                "version: 0.1\nlog: {{ level: error }}\nhttp: {{ addr: '{host}' }}\n\
                 storage: {{ filesystem: {{ rootdirectory: {data} }} }}\n\
                 auth: {{ htpasswd: {{ realm: test, path: {users} }} }}\n"
            ),
        );
        let mut server = Command::new("docker-registry");
        server.args(["serve", &config]);
        let server = server.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let port = host.rsplit(':').next().and_then(|port| port.parse().ok());
        let server = Daemon(server.expect("it starts")).listening_at(port.expect("a port"));
        let auths = format!(r#"{{"auths":{{"{host}":{{"auth":"{AUTH}"}}}}}}"#);
        let project = project.file("../login/config.json", &auths);
        let place = Self {
            engine,
            project,
            host,
            dir,
            _server: server,
        };
        place.own_store();
        place
    }

    /// Makes a store with links to the engine's images, so that fetched images are removed with the
    /// test.
    fn own_store(&self) {
        let from = self.engine.images().expect("it is built in");
        let to = self.cache().join("store");
        for dir in ["images", "layers"] {
            fs_err::create_dir_all(to.join(dir)).expect("a directory");
            for entry in fs_err::read_dir(from.join(dir)).into_iter().flatten() {
                let entry = entry.expect("an entry");
                let link = to.join(dir).join(entry.file_name());
                std::os::unix::fs::symlink(entry.path(), link).expect("it is ours");
            }
        }
        if let Some(account) = &self.engine.account {
            account.own(&self.project.path(".."));
        }
    }

    fn cache(&self) -> PathBuf {
        self.project.path("../cache/cross")
    }

    /// The number of fetched images and of fetched layers in the store.
    fn fetched(&self) -> (usize, usize) {
        let count = |dir: &str| {
            let entries = fs_err::read_dir(self.cache().join("store").join(dir));
            let entries = entries.into_iter().flatten().flatten();
            let own = entries.filter(|entry| !entry.path().is_symlink());
            own.filter(|entry| entry.path().is_dir() == (dir == "layers"))
                .count()
        };
        (count("images"), count("layers"))
    }

    fn login(&self) -> PathBuf {
        self.project.path("../login")
    }

    /// `cross`, for a user who has logged in.
    fn cross(&self, args: &[&str]) -> Run {
        self.stranger(args).env("DOCKER_CONFIG", self.login())
    }

    /// `cross`, for a user who has not logged in.
    fn stranger(&self, args: &[&str]) -> Run {
        self.project
            .aarch64(args)
            .env("XDG_CACHE_HOME", self.project.path("../cache"))
    }

    /// Makes an image with the file `/opt/added`, and pushes it. Returns its name.
    fn push(&self, tool: &Tool, base: &str, text: &str) -> String {
        let context = self.dir.path().join("context");
        fs_err::create_dir_all(&context).expect("a directory");
        fs_err::write(context.join("added"), text).expect("a file");
        let dockerfile = format!("FROM {base}\nCOPY added /opt/added\n");
        fs_err::write(context.join("Dockerfile"), dockerfile).expect("a file");
        let name = format!("{}/part/{}:1", self.host, tool.word);
        tool.run(&[
            "build",
            "--quiet",
            "--tag",
            &name,
            &context.display().to_string(),
        ]);
        tool.push(&name, &self.login());
        tool.run(&["rmi", "--force", &name]);
        name
    }

    /// The largest blob of the registry.
    fn largest_blob(&self) -> PathBuf {
        let root = self.dir.path().join("data/docker/registry/v2/blobs");
        let files = walkdir::WalkDir::new(root).into_iter().flatten();
        let files = files.filter(|entry| entry.file_type().is_file());
        let largest = files.max_by_key(|entry| entry.metadata().map_or(0, |data| data.len()));
        largest.expect("it has something").into_path()
    }
}

/// An engine that can push images.
struct Tool {
    engine: Engine,
    word: &'static str,
}

impl Tool {
    fn docker() -> Self {
        Self {
            engine: engine::docker().expect("it was there"),
            word: "gzip",
        }
    }

    fn podman() -> Self {
        Self {
            engine: engine::podman().expect("it was there"),
            word: "zstd",
        }
    }

    #[track_caller]
    fn run(&self, args: &[&str]) {
        let output = self
            .engine
            .command()
            .args(args)
            .output()
            .expect("it starts");
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{args:?}: {words}");
    }

    #[track_caller]
    fn push(&self, name: &str, login: &Path) {
        let login = login.display().to_string();
        if self.word == "gzip" {
            return self.run(&["--config", &login, "push", "--quiet", name]);
        }
        let file = format!("--authfile={login}/config.json");
        let how = ["--compression-format=zstd", "--tls-verify=false", "--quiet"];
        self.run(&[&["push", &file][..], &how, &[name]].concat());
    }
}

/// A text that is large even if it is compressed.
fn numbers() -> String {
    (0..2000).fold(String::new(), |text, number| format!("{text}{number} "))
}

/// The image has neither compiler nor linker, so the crate is only checked.
fn a_registrys_image_is_used(engine: &Engine) {
    let library = "const ADDED: &[u8] = include_bytes!(\"/opt/added\");\n\
                   const _: () = assert!(ADDED.len() == 5);\n";
    let project = Project::empty(engine)
        .manifest("")
        .file("src/lib.rs", library);
    let place = Place::new(engine, project);
    let name = place.push(&Tool::docker(), DEBIAN, "added");
    let config = format!("[target.{}]\nimage = '{name}'\n", AARCH64.triple);
    fs_err::write(place.project.path("Cross.toml"), config).expect("a file");

    let refused = place.stranger(&["check"]).code(101);
    refused.stderr_has(&format!("\nhint: `docker login {}`", place.host));
    assert_eq!(place.fetched(), (0, 0));
    let first = place.cross(&["check", "-v"]).ok();
    first
        .stderr_has(&format!("Pulling {name} ("))
        .lacks(PASSWORD)
        .lacks(AUTH);
    let again = place.stranger(&["check"]).ok();
    again.lacks("Pulling").lacks("Checking");
}

/// A stage of the user's Dockerfile is the registry's image. The result has a compiler.
fn a_registrys_image_is_a_part_of_another(engine: &Engine) {
    let main = "fn main() {\n    print!(\"{}\", include_str!(\"/opt/added\"));\n}\n";
    let place = Place::new(engine, Project::program(engine, main));
    let name = place.push(&Tool::docker(), "scratch", "from afar\n");
    place.starts_with(&name);
    let ran = place.cross(&["run"]).ok().stdout("from afar\n");
    ran.stderr_has(&format!("Pulling {name}\n"));
    place
        .cross(&["run"])
        .ok()
        .lacks("Pulling")
        .lacks("Building");
}

fn a_registrys_damaged_layer_is_refused(engine: &Engine) {
    let main = "fn main() {\n    print!(\"{}\", include_str!(\"/opt/added\"));\n}\n";
    let place = Place::new(engine, Project::program(engine, main));
    // The layer is larger than the image's configuration, so it is the largest blob.
    let text = numbers();
    let name = place.push(&Tool::docker(), "scratch", &text);
    place.starts_with(&name);
    let file = place.largest_blob();
    let whole = fs_err::read(&file).expect("a file");
    let mut damaged = whole.clone();
    let middle = damaged.len() / 2;
    damaged[middle] ^= 1;
    for other in [&damaged, &whole[..middle]] {
        fs_err::write(&file, other).expect("a file");
        let refused = place.cross(&["run"]).code(101);
        refused.stderr_has(&format!("error: cannot get the image `{name}`: "));
        assert_eq!(place.fetched(), (0, 0));
    }
    fs_err::write(&file, &whole).expect("a file");
    place.cross(&["run"]).ok().stdout(&text);
}

fn a_registrys_zstd_layers_are_understood(engine: &Engine) {
    let main = "fn main() {\n    print!(\"{}\", include_str!(\"/opt/added\"));\n}\n";
    let place = Place::new(engine, Project::program(engine, main));
    let text = numbers();
    let name = place.push(&Tool::podman(), "scratch", &text);
    let start = fs_err::read(place.largest_blob()).expect("a file");
    assert!(start.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]), "no zstd");
    place.starts_with(&name);
    place.cross(&["run"]).ok().stdout(&text);
}

impl Place<'_> {
    /// Lets the project's image copy `/opt/added` from this image.
    fn starts_with(&self, name: &str) {
        let dockerfile = format!(
            "ARG CROSS_BASE_IMAGE\nFROM {name} AS part\nFROM $CROSS_BASE_IMAGE\n\
             COPY --from=part /opt/added /opt/added\n"
        );
        let config = "[build]\ndockerfile = 'Dockerfile'\n";
        for (file, text) in [("Dockerfile", &*dockerfile), ("Cross.toml", config)] {
            fs_err::write(self.project.path(file), text).expect("a file");
        }
    }
}
