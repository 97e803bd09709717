//! A machine of its own for each test: a home directory, a project, an engine's socket, and a
//! `PATH` with nothing but fake programs that record their calls.
//!
//! ```text
//! <root>/home                  HOME, with .cargo, .rustup and .cache
//! <root>/home/.rustup/toolchains/stable-x86_64-unknown-linux-gnu
//! <root>/project               a crate with a lock file, unless the test makes another one
//! <root>/bin                   docker, podman, rustup, rustc, cargo: the whole PATH
//! <root>/images/<engine>       the images of the fake engine, a file each
//! <root>/docker.sock           accepts connections and never answers
//! <root>/log                   the calls of the fake programs
//! ```
mod rust;

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::RwLock;

use tempfile::TempDir;

use crate::cross::Cross;
use crate::known::{Known, image_name, known};

pub(crate) const AARCH64: &str = "aarch64-unknown-linux-gnu";
pub(crate) const ARMV7: &str = "armv7-unknown-linux-gnueabihf";
/// Targets that rustup has no standard library for: not listed, and listed as not available.
pub(crate) const MIPS: &str = "mips-unknown-linux-gnu";
pub(crate) const MIPS64: &str = "mips64-unknown-linux-gnuabi64";
pub(crate) const X86_64: &str = "x86_64-unknown-linux-gnu";
pub(crate) const ROWS: &[&str] = &[AARCH64, ARMV7, "i686-unknown-linux-gnu", X86_64];

/// The engines that have a fake.
pub(crate) const ENGINES: &[&str] = &["docker", "podman"];

const COMMON: &str = include_str!("fakes/common.sh");
const ENGINE: &str = include_str!("fakes/engine.sh");
const PROGRAMS: &[(&str, &str)] = &[
    ("docker", ENGINE),
    ("podman", ENGINE),
    ("cargo", include_str!("fakes/cargo.sh")),
    ("rustc", include_str!("fakes/rustc.sh")),
    ("rustup", include_str!("fakes/rustup.sh")),
];

/// Shared by threads that start a program, held alone by a thread that writes one. The system
/// refuses to start a program that is open for writing, and a forked child keeps its parent's files
/// open until it has started another program.
pub(crate) static STARTING: RwLock<()> = RwLock::new(());

/// The machine of one test. Its directory is removed when this is dropped.
pub(crate) struct Fixture {
    pub(crate) root: PathBuf,
    pub(crate) project: PathBuf,
    /// The user who runs `cross`, if not the user who runs the tests.
    pub(crate) user: Option<u32>,
    /// The programs under test. They are copies if another user cannot reach those that cargo
    /// built.
    pub(crate) program: PathBuf,
    util: PathBuf,
    _socket: UnixListener,
    _dir: TempDir,
}

impl Fixture {
    /// A machine with a crate, a toolchain for two targets, both engines, and every image built.
    pub(crate) fn new() -> Self {
        let fixture = Self::without_images();
        for engine in ENGINES {
            for (triple, known) in known() {
                let digest = &known.recipe;
                let name = image_name(triple).replace('/', "_");
                let json = format!(
                    r#"[{{"Id":"sha256:ab","Size":7,"Config":{{"Labels":{{"cross.recipe":"{digest}"}}}}}}]"#
                );
                fixture.write(&format!("images/{engine}/{name}"), &json);
            }
        }
        fixture
    }

    /// A machine like [`Self::new`], but before any image of a row was built.
    pub(crate) fn without_images() -> Self {
        // The usual umask. Any other would show in the command line.
        rustix::process::umask(rustix::fs::Mode::WGRP | rustix::fs::Mode::WOTH);
        let dir = tempfile::tempdir().expect("a temporary directory");
        let root = dir.path().canonicalize().expect("it is there");
        fs::set_permissions(&root, fs::Permissions::from_mode(0o755)).expect("it is ours");
        let socket = UnixListener::bind(root.join("docker.sock")).expect("a short path");
        let fixture = Self {
            project: root.join("project"),
            root,
            user: None,
            program: env!("CARGO_BIN_EXE_cross").into(),
            util: env!("CARGO_BIN_EXE_cross-util").into(),
            _socket: socket,
            _dir: dir,
        };
        fixture.write("fakes/common.sh", COMMON);
        for (name, text) in PROGRAMS {
            fixture.program(name, text);
        }
        fixture.write("real-cargo", &format!("{}\n", env!("CARGO")));
        for engine in ENGINES {
            fixture.directory(&format!("images/{engine}"));
        }
        fixture.write("home/ca.crt", "certificates\n");
        fixture.directory("home/.cargo/bin");
        fixture.toolchain("stable", &[AARCH64, X86_64]);
        // The files are empty, because the fakes never read them.
        for file in known().values().flat_map(|known| &known.toolchain) {
            fixture.write(&format!("home/.cache/cross/toolchains/{file}"), "");
        }
        for engine in ENGINES {
            fixture.debian(engine);
        }
        for package in ["libclang1-19", "llvm-19-dev"] {
            fixture.package(package, b"");
        }
        fixture.krate("project", "hello", "");
        fixture.lock("project", "hello");
        fixture
    }

    /// The file that stands for an engine's Debian image, from which the base image is built.
    pub(crate) fn debian_image(engine: &str) -> String {
        format!(
            "images/{engine}/{}",
            known()[AARCH64].debian.replace('/', "_")
        )
    }

    /// Lets an engine have the Debian image.
    fn debian(&self, engine: &str) {
        let digest = &known()[AARCH64].debian_recipe;
        let json = format!(
            r#"[{{"Id":"sha256:ab","Size":7,"Config":{{"Labels":{{"cross.recipe":"{digest}"}}}}}}]"#
        );
        self.write(&Self::debian_image(engine), &json);
    }

    /// The names of the downloaded packages and of unfinished downloads.
    pub(crate) fn packages(&self) -> Vec<std::ffi::OsString> {
        let dir = self.root.join("home/.cache/cross/packages");
        let files = fs::read_dir(dir).expect("it is there");
        let mut names: Vec<_> = files
            .map(|file| file.expect("it is there").file_name())
            .collect();
        names.sort();
        names
    }

    /// Puts all packages of the base image into the cache.
    pub(crate) fn base_packages(&self, content: &[u8]) {
        let names = include_str!("../../toolchains/base.packages").lines();
        for name in names.chain(["libclang1-19", "libprotobuf-dev", "llvm-19-dev"]) {
            self.package(name, content);
        }
    }

    /// Puts a package of Debian's current release into the cache.
    fn package(&self, name: &str, content: &[u8]) {
        let lock = include_str!("../../toolchains/packages.lock");
        let mut lines = lock.lines().map(|line| line.split(' ').collect::<Vec<_>>());
        let line = lines.find(|words| words[..2] == ["trixie", name]);
        let digest = line.expect("the lock file has it")[4];
        let path = self.write(&format!("home/.cache/cross/packages/{digest}.deb"), "");
        fs::write(path, content).expect("it is ours");
    }

    /// Puts an executable on the `PATH`.
    pub(crate) fn program(&self, name: &str, text: &str) {
        self.executable(&format!("bin/{name}"), text);
    }

    fn executable(&self, path: &str, text: &str) {
        let _alone = STARTING.write();
        let path = self.write(path, text);
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("it is ours");
    }

    /// Removes a program from the `PATH`, or any other file or directory of the machine.
    pub(crate) fn remove(&self, path: &str) {
        let path = self.root.join(path);
        let done = if path.is_dir() {
            fs::remove_dir_all(&path)
        } else {
            fs::remove_file(&path)
        };
        done.unwrap_or_else(|e| panic!("cannot remove {}: {e}", path.display()));
    }

    /// Writes a file. The path is relative to the machine's root.
    pub(crate) fn write(&self, path: &str, text: &str) -> PathBuf {
        let path = self.root.join(path);
        let parent = path.parent().expect("a file stands in a directory");
        fs::create_dir_all(parent).expect("it can be created");
        fs::write(&path, text).unwrap_or_else(|e| panic!("cannot write {}: {e}", path.display()));
        path
    }

    /// Writes a file of the project. The path is relative to the project.
    pub(crate) fn file(&self, path: &str, text: &str) {
        let project = self.project.strip_prefix(&self.root).expect("it is inside");
        self.write(&format!("{}/{path}", project.display()), text);
    }

    pub(crate) fn directory(&self, path: &str) -> PathBuf {
        let path = self.root.join(path);
        fs::create_dir_all(&path).expect("it can be created");
        path
    }

    /// Whether this path exists below the machine's root.
    pub(crate) fn has(&self, path: &str) -> bool {
        self.root.join(path).exists()
    }

    /// The content of a file below the machine's root.
    pub(crate) fn read(&self, path: &str) -> String {
        let path = self.root.join(path);
        fs::read_to_string(&path).unwrap_or_else(|e| panic!("no {}: {e}", path.display()))
    }

    /// Makes a crate; `more` is added to its manifest.
    pub(crate) fn krate(&self, dir: &str, name: &str, more: &str) {
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2021\"\n{more}"
        );
        self.write(&format!("{dir}/Cargo.toml"), &manifest);
        self.write(&format!("{dir}/src/main.rs"), "fn main() {}\n");
        self.write(&format!("{dir}/src/lib.rs"), "");
    }

    /// Makes the lock file of a crate that depends on nothing.
    pub(crate) fn lock(&self, dir: &str, name: &str) {
        let package = format!("[[package]]\nname = \"{name}\"\nversion = \"0.1.0\"\n");
        self.write(
            &format!("{dir}/Cargo.lock"),
            &format!("version = 4\n\n{package}"),
        );
    }

    /// `cross` with these arguments, which are split at white space.
    pub(crate) fn cross(&self, args: &str) -> Cross<'_> {
        self.cross_words(args.split_whitespace())
    }

    /// `cross` with arguments that may contain white space or be invalid UTF-8.
    pub(crate) fn cross_words<W: AsRef<OsStr>>(
        &self,
        args: impl IntoIterator<Item = W>,
    ) -> Cross<'_> {
        Cross::new(self, &self.program, args)
    }

    /// `cross-util` with these arguments.
    pub(crate) fn util(&self, args: &str) -> Cross<'_> {
        Cross::new(self, &self.util, args.split_whitespace())
    }

    /// A shell that runs this script, with the system's usual programs on the `PATH` after the
    /// fakes.
    pub(crate) fn shell(&self, script: &str) -> Cross<'_> {
        let path = format!("{}:/usr/bin:/bin", text(&self.root.join("bin")));
        Cross::new(self, Path::new("/bin/sh"), ["-c", script]).env("PATH", path)
    }

    /// `cross build --target aarch64-unknown-linux-gnu`, the command of most tests.
    pub(crate) fn build(&self) -> Cross<'_> {
        self.cross(&format!("build --target {AARCH64}"))
    }

    /// Lets another user run `cross`. Returns false if the tests do not run as root, as only root
    /// can do that.
    #[must_use]
    pub(crate) fn becomes(&mut self, uid: u32) -> bool {
        if !is_root() {
            return false;
        }
        // The other user may be unable to reach the built programs and the real cargo.
        let alone = STARTING.write();
        for (program, name) in [(&mut self.program, "cross"), (&mut self.util, "cross-util")] {
            let copy = self.root.join(name);
            fs::copy(&*program, &copy).expect("the program is there");
            *program = copy;
        }
        drop(alone);
        let metadata = self.metadata();
        self.write("metadata.json", &metadata);
        let _starting = STARTING.read();
        let given = Command::new("chown")
            .args(["-R", &format!("{uid}:{uid}")])
            .arg(&self.root)
            .status();
        assert!(given.is_ok_and(|status| status.success()), "chown failed");
        // Rootful docker's socket belongs to root. Here every user may write to it.
        let socket = self.root.join("docker.sock");
        chown(&socket, Some(0), Some(0)).expect("we are root");
        fs::set_permissions(&socket, fs::Permissions::from_mode(0o666)).expect("we are root");
        self.user = Some(uid);
        true
    }

    /// The real cargo's metadata of the project.
    pub(crate) fn metadata(&self) -> String {
        let _starting = STARTING.read();
        let output = Command::new(env!("CARGO"))
            .args(["metadata", "--no-deps", "--offline", "--format-version=1"])
            .current_dir(&self.project)
            .env_clear()
            .env("HOME", self.root.join("home"))
            .output()
            .expect("cargo is there");
        String::from_utf8(output.stdout).expect("JSON is UTF-8")
    }

    /// All files and directories of the machine except the log, with their contents, to check that
    /// nothing was written.
    pub(crate) fn listing(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut found = BTreeMap::new();
        let mut open = vec![self.root.clone()];
        while let Some(dir) = open.pop() {
            for entry in fs::read_dir(&dir).expect("it is a directory").flatten() {
                let path = entry.path();
                let kind = entry.file_type().expect("it is there");
                if kind.is_dir() {
                    open.push(path.clone());
                }
                let content = if kind.is_file() {
                    fs::read(&path)
                } else {
                    Ok(Vec::new())
                };
                found.insert(path, content.unwrap_or_default());
            }
        }
        found.remove(&self.root.join("log"));
        found
    }

    /// Replaces paths, digests and versions that differ between runs and machines by names.
    pub(crate) fn generalise(&self, text: &str) -> String {
        let path = |path: &str| self.root.join(path).display().to_string();
        let mut names = vec![
            (self.project.display().to_string(), "[PROJECT]".to_owned()),
            (path("home/.cargo"), "[CARGO_HOME]".to_owned()),
            (path("home/.cache/cross"), "[CACHE]".to_owned()),
            (path("home"), "[HOME]".to_owned()),
            (path(""), "[ROOT]/".to_owned()),
            (self.root.display().to_string(), "[ROOT]".to_owned()),
            (
                format!(":{}", env!("CARGO_PKG_VERSION")),
                ":[VERSION]".to_owned(),
            ),
        ];
        for (channel, name) in [("stable", "[SYSROOT]"), ("nightly", "[NIGHTLY]")] {
            let dir = path(&format!("home/.rustup/toolchains/{channel}-{X86_64}"));
            names.push((dir, name.to_owned()));
        }
        // `known` is asked here as well, because of two texts that are compared, one may have been
        // read before another test filled it and one after.
        let recipe = |known: &Known| (known.recipe.clone(), "[RECIPE]".to_owned());
        names.extend(known().values().map(recipe));
        names.sort_by_key(|(text, _)| std::cmp::Reverse(text.len()));
        let replace = |text: String, (from, to): &(String, String)| text.replace(from, to);
        without_digests(&names.iter().fold(text.to_owned(), replace))
    }

    /// Reads the one file of this name that cross made for a container.
    pub(crate) fn generated(&self, name: &str) -> String {
        let dir = self.root.join("home/.cache/cross/files");
        let entries = fs::read_dir(&dir).expect("cross made files");
        let mut found = entries
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| path.display().to_string().ends_with(&format!("-{name}")));
        let path = found.next().unwrap_or_else(|| panic!("no {name}"));
        assert!(found.next().is_none(), "there is a second {name}");
        fs::read_to_string(path).expect("it is readable")
    }
}

/// Removes digests from the names of files and directories that cross keeps for containers.
fn without_digests(text: &str) -> String {
    let without = |text: &str, dir: &str, digest: &str, name: &str| {
        let mut parts = text.split(dir);
        let first = parts.next().unwrap_or_default().to_owned();
        parts.fold(first, |text, part| {
            text + dir + name + part.get(digest.len()..).unwrap_or(part)
        })
    };
    let text = without(text, "[CACHE]/files/", "0123456789abcdef-", "");
    let digest = "0123456789abcdef0123456789abcdef";
    without(&text, "[CACHE]/build/", digest, "[TARGET]")
}

/// Whether the tests run as root, who may change the owner of files.
pub(crate) fn is_root() -> bool {
    own_ids().0 == 0
}

/// The user id and the group id of the tests.
pub(crate) fn own_ids() -> (u32, u32) {
    use std::os::unix::fs::MetadataExt;
    let own = fs::metadata("/proc/self").expect("Linux has it");
    (own.uid(), own.gid())
}

/// A path below the machine's root as text, for arguments.
pub(crate) fn text(path: &Path) -> &str {
    path.to_str().expect("it was made of text")
}
