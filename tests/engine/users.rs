//! Images that the built-in engine makes for users other than root: the owners of files, inside the
//! image and on the disk. Each test has its own store, which starts with the existing images.

use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::account;
use crate::engine::{Candidate, Engine};
use crate::project::{self, Project};
use crate::run::Run;

crate::tests![Unprivileged:
    a_build_leaves_nothing_that_others_could_use,
    other_users_of_an_image_are_real unless lacks_mapping,
    other_users_of_a_killed_build_are_in_nobodys_way unless lacks_mapping,
    without_the_program_that_maps_them_other_users_are_pretended unless lacks_subordinate_ids,
];

/// An empty list of files.
const NONE: &[PathBuf] = &[];

/// The reason why the account cannot use several user ids; `None` otherwise.
fn lacks_mapping(candidate: &Candidate) -> Option<String> {
    let finds = |program: &str| which::which_global(program).is_ok();
    let all = ["newuidmap", "newgidmap"].into_iter().all(finds);
    let lacks = (!all).then(|| "there is no `newuidmap` or no `newgidmap`".to_owned());
    lacks_subordinate_ids(candidate).or(lacks)
}

/// The reason why the account has no subordinate ids; `None` otherwise.
fn lacks_subordinate_ids(_: &Candidate) -> Option<String> {
    let files = ["/etc/subuid", "/etc/subgid"];
    let lacks = |file: &&str| !crate::run::text(file).contains(&format!("{}:", account::NAME));
    let file = files.into_iter().find(lacks)?;
    Some(format!("`{file}` has nothing for `{}`", account::NAME))
}

/// A cache directory of the test's own.
struct Cache<'a> {
    engine: &'a Engine,
    dir: TempDir,
}

impl<'a> Cache<'a> {
    /// A cache with the existing images. The files of their layers are hard links, which cost
    /// nothing.
    fn new(engine: &'a Engine) -> Self {
        let account = engine.account.as_ref().expect("not root");
        let images = engine.images().expect("the built-in engine");
        let caches = account.home().join(".cache");
        let mut dir = tempfile::Builder::new();
        let dir = dir.prefix("cross-test-").tempdir_in(caches);
        let dir = dir.expect("a directory");
        std::os::unix::fs::lchown(dir.path(), Some(account.uid), Some(account.gid))
            .expect("root gives things away");
        let cache = Self { engine, dir };
        let store = cache.store();
        for part in ["layers", "images"] {
            let mut copy = account.command("sh".as_ref());
            copy.args(["-c", "mkdir -p \"$2\" && cp -al \"$1\" \"$2\"", "sh"])
                .arg(images.join(part))
                .arg(&store);
            assert!(copy.status().expect("it starts").success());
        }
        cache
    }

    fn store(&self) -> PathBuf {
        self.dir.path().join("cross/store")
    }

    /// `cross run` of the project, with this cache.
    fn run(&self, project: &Project<'_>, args: &[&str]) -> Run {
        let run = project.aarch64(&[&["run"], args].concat());
        run.env("XDG_CACHE_HOME", self.dir.path())
    }

    /// The files that builds have left behind.
    fn left(&self) -> Vec<PathBuf> {
        let entries = fs_err::read_dir(self.store().join("new")).expect("a directory");
        entries
            .map(|entry| entry.expect("an entry").path())
            .collect()
    }

    /// The files in the store that do not belong to the caller.
    fn foreign(&self) -> Vec<PathBuf> {
        let account = self.engine.account.as_ref().expect("not root");
        let mut all = project::tree(self.store());
        all.retain(|path| {
            let metadata = fs_err::symlink_metadata(path).expect("it is there");
            (metadata.uid(), metadata.gid()) != (account.uid, account.gid)
        });
        all
    }

    /// The log of the last build of a user's image.
    fn log(&self) -> String {
        let log = "cross/logs/sandbox-custom-aarch64-unknown-linux-gnu.log";
        crate::run::text(self.dir.path().join(log))
    }
}

/// A program whose image has these steps on top of the row's image.
fn project<'a>(engine: &'a Engine, steps: &str) -> Project<'a> {
    let dockerfile = format!("ARG CROSS_BASE_IMAGE\nFROM $CROSS_BASE_IMAGE\n{steps}");
    Project::program(engine, "fn main() {\n    println!(\"hello\");\n}\n")
        .file("Cross.toml", "[build]\ndockerfile = 'Dockerfile'\n")
        .file("Dockerfile", &dockerfile)
}

/// No directories without permissions, as overlays make them, stay, nor can other users reach a
/// set-user-ID program.
fn a_build_leaves_nothing_that_others_could_use(engine: &Engine) {
    let cache = Cache::new(engine);
    let steps = "RUN cp /bin/sh /opt/sh && chmod 4755 /opt/sh && rm -r /opt/cross/share || true\n";
    let project = project(engine, steps);
    cache.run(&project, &[]).ok().stdout("hello\n");
    assert_eq!(cache.left(), NONE);
    let mode = fs_err::metadata(cache.store()).expect("it is there");
    assert_eq!(mode.permissions().mode() & 0o7777, 0o700);
}

/// Other owners stay between the steps as well, while the caller owns all files on the disk.
fn other_users_of_an_image_are_real(engine: &Engine) {
    let cache = Cache::new(engine);
    let project = project(
        engine,
        "RUN install -d -o www-data -g www-data -m 700 /srv/x && \
             su -s /bin/sh www-data -c 'touch /srv/x/y' && cp /bin/true /srv/s && \
             chown www-data:mail /srv/s && chmod 6755 /srv/s\n\
         COPY Cross.toml /srv/x/config\n\
         RUN stat -c '%U:%G %a %n' /srv/x /srv/x/* /srv/s && \
             su -s /bin/sh www-data -c 'rm /srv/x/y && touch /srv/x/z' && rm /srv/s\n\
         RUN stat -c '%U:%G %a %n' /srv/x /srv/x/* && ! ls /srv/s && ! test -e /.cross-owners\n",
    );
    let outcome = cache.run(&project, &["--verbose"]).ok();
    outcome.stdout("hello\n").lacks("without users");
    let log = cache.log();
    for said in [
        "www-data:www-data 700 /srv/x\nroot:root 644 /srv/x/config\nwww-data:www-data 664 /srv/x/y\n\
         www-data:mail 6755 /srv/s\n",
        "www-data:www-data 700 /srv/x\nroot:root 644 /srv/x/config\nwww-data:www-data 664 /srv/x/z\n",
    ] {
        assert!(log.contains(said), "{log}");
    }
    assert_eq!(cache.foreign(), NONE);
    assert_eq!(cache.left(), NONE);
}

fn other_users_of_a_killed_build_are_in_nobodys_way(engine: &Engine) {
    let cache = Cache::new(engine);
    let step = "install -d -o www-data -m 700 /srv/x && su -s /bin/sh www-data -c 'touch /srv/x/y' && echo reach''ed";
    let killed = project(engine, &format!("RUN {step} && sleep 10\n"));
    let mut child = cache.run(&killed, &[]).start();
    let start = Instant::now();
    while !cache.log().contains("reached\n") {
        assert!(
            start.elapsed() < Duration::from_secs(120),
            "{}",
            cache.log()
        );
        std::thread::sleep(Duration::from_millis(50));
    }
    child.kill().expect("it runs");
    child.wait().expect("it has ended");
    assert!(!cache.foreign().is_empty(), "the build was not interrupted");
    let project = project(engine, "RUN true\n");
    cache.run(&project, &[]).ok().stdout("hello\n");
    assert_eq!(cache.left(), NONE);
    assert_eq!(cache.foreign(), NONE);
}

/// All files then belong to root, and a command cannot become another user. With `-v`, cross says
/// why.
fn without_the_program_that_maps_them_other_users_are_pretended(engine: &Engine) {
    let account = engine.account.as_ref().expect("not root");
    let cache = Cache::new(engine);
    let steps = "RUN install -d -o www-data -m 700 /srv/x && stat -c '%U %a %n' /srv/x && \
                     su -s /bin/sh www-data -c 'id -un'\n";
    let project = project(engine, steps);
    // The only programs of the system that the test itself needs.
    let programs = project.path("../programs");
    let setpriv = which::which_global("setpriv").expect("the account needs it");
    fs_err::create_dir(&programs).expect("a directory");
    fs_err::os::unix::fs::symlink(setpriv, programs.join("setpriv")).expect("a link");
    let path = format!(
        "{}:{}",
        account.toolchain().join("bin").display(),
        programs.display()
    );
    let run = cache.run(&project, &["--verbose"]);
    let outcome = run.env("PATH", path).ok();
    outcome
        .stdout("hello\n")
        .stderr_has("the build does without users other than root: ")
        .stderr_has("there is no `newuidmap` (package `uidmap`)");
    let log = cache.log();
    assert!(log.contains("root 700 /srv/x\nroot\n"), "{log}");
    assert_eq!(cache.foreign(), NONE);
}
