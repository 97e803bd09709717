//! The engine `host` where no container can be made: in a container of docker's as many CI services
//! have it, with docker's own seccomp profile and a user without rights, and in a stage of a
//! Dockerfile. Nothing is configured. The packages of toolchains are there, as a CI's cache would
//! bring them, so the tests need no network.

use std::os::unix::fs::{MetadataExt, lchown};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::engine::{Candidate, Engine};
use crate::project::{Project, tree};
use crate::row::{AARCH64, X86_64};
use crate::run::{Outcome, Run};

crate::tests![Docker:
    a_container_without_privileges_builds_and_tests_a_mounted_checkout unless lacks_base,
    a_stage_of_a_dockerfile_builds_and_tests_a_checkout unless is_not_long,
];

/// Debian with native compilers, on which the images of all rows are built.
const IMAGE: &str = concat!("localhost/cross/base:", env!("CARGO_PKG_VERSION"));
/// The user in the container, if root runs the tests.
const USER: u32 = 1000;
const HOME: &str = "/home/user";
const CHECKOUT: &str = "/checkout";
const RUST: &str = "/usr/local/rust";
const PATH: &str = "/usr/local/rust/bin:/usr/local/bin:/usr/bin:/bin";

/// The line that says that nothing is isolated, and why.
const USING: &str = "Using `host`: no container, so build scripts and tests can do what you can do";
const WHY: &str = "cannot make a user namespace for the sandbox";

/// The reason why docker cannot run such a container; `None` otherwise.
fn lacks_base(candidate: &Candidate) -> Option<String> {
    let docker = candidate.engine.as_ref().ok()?;
    let inspect = docker.command().args(["image", "inspect", IMAGE]).output();
    let there = inspect.is_ok_and(|output| output.status.success());
    (!there).then(|| format!("docker has no image `{IMAGE}`"))
}

/// The reason why docker copies no toolchain into an image.
fn is_not_long(candidate: &Candidate) -> Option<String> {
    let why = "docker has to copy a whole toolchain, and the other test shows the same".to_owned();
    (!crate::is_long())
        .then_some(why)
        .or_else(|| lacks_base(candidate))
}

/// A checkout of the crate with C, C++, CMake and OpenSSL, and a home directory beside it, which
/// belong to the container's user.
struct Job<'a> {
    project: Project<'a>,
    uid: u32,
    gid: u32,
}

impl<'a> Job<'a> {
    fn new(engine: &'a Engine) -> Self {
        let project = Project::fixture(engine, "native");
        project.cargo(&["fetch", "--quiet", "--locked"]).ok();
        let packages = project.path("../packages");
        let toolchains = |args: &[&str]| {
            let run = Run::util(engine, &project.root()).args(["toolchains"]);
            run.args(args)
        };
        let export = toolchains(&["export", "--tool", "libclang", AARCH64.triple, "--to"]);
        export.args([&packages]).ok();
        let cache = project.path("../home/.cache");
        let import = toolchains(&["import"]).args([&packages]);
        import.env("XDG_CACHE_HOME", &cache).ok();
        fs_err::create_dir_all(project.path("../home/.cargo/registry")).expect("a directory");
        let (uid, gid) = match project.owner() {
            (0, _) => (USER, USER),
            own => own,
        };
        let job = Self { project, uid, gid };
        if (uid, gid) != job.project.owner() {
            for path in [job.project.root(), job.home()].into_iter().flat_map(tree) {
                lchown(path, Some(uid), Some(gid)).expect("root gives things away");
            }
        }
        job
    }

    fn home(&self) -> PathBuf {
        self.project.path("../home")
    }

    fn user(&self) -> String {
        format!("{}:{}", self.uid, self.gid)
    }

    /// Runs a program of the container in the checkout.
    fn inside(&self, options: &[&str], words: &[&str]) -> Outcome {
        let mut command = Command::new("docker");
        command.args(["run", "--rm", "--network=none", "--workdir", CHECKOUT]);
        command.args(["--user", &self.user()]);
        for (from, to, rights) in [
            (self.project.root(), CHECKOUT, ""),
            (self.home(), HOME, ""),
            (registry(), "/home/user/.cargo/registry", ",readonly"),
            (sysroot(), RUST, ",readonly"),
            (program(), "/usr/local/bin/cross", ",readonly"),
        ] {
            let from = from.display();
            command.arg(format!(
                "--mount=type=bind,source={from},target={to}{rights}"
            ));
        }
        for variable in [format!("HOME={HOME}"), format!("PATH={PATH}")] {
            command.args(["--env", &variable]);
        }
        command.args(options).arg(IMAGE).args(words);
        Run::of(command).output().code(0)
    }
}

fn program() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_cross"))
}

/// The toolchain of the user who runs the tests.
fn sysroot() -> PathBuf {
    let mut rustc = Command::new("rustc");
    rustc.args(["--print", "sysroot"]);
    let output = rustc.env_remove("RUSTUP_TOOLCHAIN").output();
    let output = output.expect("rustc is there");
    PathBuf::from(String::from_utf8_lossy(&output.stdout).trim())
}

/// The crates that cargo has fetched.
fn registry() -> PathBuf {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let usual = || Path::new(&std::env::var_os("HOME").expect("a home")).join(".cargo");
    home.unwrap_or_else(usual).join("registry")
}

fn a_container_without_privileges_builds_and_tests_a_mounted_checkout(engine: &Engine) {
    let job = Job::new(engine);
    let cross = |subcommand| {
        let words = ["cross", subcommand, "--target", AARCH64.triple];
        job.inside(&[], &words)
    };
    let built = cross("build").stderr_has(USING).stderr_has(WHY);
    built.stderr_has("Finished toolchain for `aarch64-unknown-linux-gnu`");
    let ran = cross("run").stderr_has(USING);
    ran.stdout_has("arch aarch64\nlong 8\nadd 42\nshout HELLO!\nsha256 ba7816bf")
        .stdout_has("\nopenssl OpenSSL 3.5")
        .stdout_has("\ntls true\n");
    cross("test")
        .stdout_has("test result: ok. 4 passed")
        .stdout_has("test result: ok. 2 passed")
        .stdout_has("test src/lib.rs - add (line ");
    // Naming the engine shows that the caller knows.
    let named = ["--env", "CROSS_CONTAINER_ENGINE=host"];
    let words = ["cross", "build", "--quiet", "--target", AARCH64.triple];
    job.inside(&named, &words).lacks("Using");
    for path in job.project.tree() {
        let meta = path.symlink_metadata().expect("its owner");
        let owner = (meta.uid(), meta.gid());
        assert_eq!(owner, (job.uid, job.gid), "{}", path.display());
    }
}

fn a_stage_of_a_dockerfile_builds_and_tests_a_checkout(engine: &Engine) {
    let job = Job::new(engine);
    let context = job.project.path("..");
    let file = |name: &str| context.join(name);
    copy_toolchain(&file("rust"));
    // Docker copies everything that it is given, and cargo's own registry may be large.
    job.project.cargo(&["vendor", "--quiet", "--locked"]).ok();
    let config = job.project.path(".cargo/config.toml");
    fs_err::create_dir_all(config.parent().expect("a directory")).expect("a directory");
    let vendored =
        "[source.crates-io]\nreplace-with = 'vendored'\n[source.vendored]\ndirectory = 'vendor'\n";
    fs_err::write(config, vendored).expect("a file");
    copy(&[program()], &context);
    let (user, target) = (job.user(), AARCH64.triple);
    let text = format!(
        "FROM {IMAGE}\nCOPY rust {RUST}\nCOPY cross /usr/local/bin/\nENV PATH={PATH} HOME={HOME}\n\
         COPY --chown={user} home {HOME}\nCOPY --chown={user} project {CHECKOUT}\n\
         RUN chown {user} {CHECKOUT}\nUSER {user}\nWORKDIR {CHECKOUT}\n\
         RUN cross build --target {target}\nRUN cross test --target {target}\n"
    );
    fs_err::write(file("Dockerfile"), text).expect("a file");
    let docker = |words: &[&str]| {
        let mut command = engine.command();
        command.args(words).current_dir(&context);
        Run::of(command).ok()
    };
    let name = "localhost/cross-test/stage:1";
    let built = docker(&["build", "--network=none", "--tag", name, "."]);
    docker(&["rmi", name]);
    let said = format!("{}{}", built.stdout, built.stderr);
    for part in [
        USING,
        WHY,
        "Finished toolchain",
        "test result: ok. 4 passed",
        "test result: ok. 2 passed",
    ] {
        assert!(said.contains(part), "`{part}` in:\n{said}");
    }
}

/// Copies what of the toolchain is needed to build programs for both machines.
fn copy_toolchain(to: &Path) {
    let (sysroot, libraries) = (sysroot(), Path::new("lib/rustlib"));
    fs_err::create_dir_all(to.join(libraries)).expect("a directory");
    copy(&[sysroot.join("bin")], to);
    let entries = fs_err::read_dir(sysroot.join("lib")).expect("a toolchain");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let files: Vec<PathBuf> = paths.filter(|path| !path.is_dir()).collect();
    copy(&files, &to.join("lib"));
    let targets = [AARCH64.triple, X86_64.triple];
    let targets = targets.map(|triple| sysroot.join(libraries).join(triple));
    copy(&targets, &to.join(libraries));
}

/// Copies files and directories into a directory, by hard links where the file system allows them.
fn copy(paths: &[PathBuf], to: &Path) {
    let copy = |how| Command::new("cp").arg(how).args(paths).arg(to).output();
    let is_copied = |how| copy(how).is_ok_and(|output| output.status.success());
    assert!(is_copied("-al") || is_copied("-a"), "{paths:?}");
}
