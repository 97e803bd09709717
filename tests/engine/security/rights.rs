//! A container that builds has the caller's rights and no others, and all files that it leaves on
//! the host belong to the caller.

use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::path::Path;

use crate::engine::Engine;
use crate::project::Project;
use crate::run::Outcome;

crate::tests![Engine:
    a_set_user_id_program_of_an_image_gives_no_rights,
    a_container_makes_no_device,
    root_in_a_container_does_what_builds_do_as_root,
    a_debugger_follows_its_own_children,
    shared_memory_is_the_machines,
    there_is_no_limit_to_processes_but_the_machines,
];

/// An image with set-user-ID programs of root.
const DOCKERFILE: &str = "ARG CROSS_BASE_IMAGE\nFROM $CROSS_BASE_IMAGE\n\
    RUN mkdir /opt/evil && cp /usr/bin/id /usr/bin/install /usr/bin/mknod /opt/evil && chmod 4755 /opt/evil/*\n";

/// A project whose build script runs a shell script, in the directory for the build script's
/// results.
fn project<'a>(engine: &'a Engine, script: &str) -> Project<'a> {
    let build = r#"fn main() {
    let mut shell = std::process::Command::new("/bin/bash");
    let script = include_str!("script.sh");
    let status = shell.args(["-c", script]).current_dir(std::env::var("OUT_DIR").unwrap()).status();
    assert!(status.unwrap().success());
}
"#;
    Project::program(engine, "fn main() {}\n")
        .file("build.rs", build)
        .file("script.sh", script)
}

/// Builds the project, with the script's output.
#[track_caller]
fn build(project: &Project<'_>) -> Outcome {
    project.aarch64(&["build", "-vv"]).ok()
}

/// The script's output after this name.
#[track_caller]
fn said<'a>(outcome: &'a Outcome, name: &str) -> &'a str {
    let start = format!("[demo 0.1.0] {name}: ");
    let mut lines = outcome.stdout.lines().chain(outcome.stderr.lines());
    let found = lines.find_map(|line| line.strip_prefix(&start));
    let shown = || panic!("no `{name}`\n{}\n{}", outcome.stdout, outcome.stderr);
    found.unwrap_or_else(shown).trim()
}

/// A file that the script has made.
fn made(project: &Project<'_>, name: &str) -> Option<std::fs::Metadata> {
    let tree = project.tree();
    let path = tree
        .iter()
        .find(|path| path.file_name() == Some(name.as_ref()))?;
    Some(path.symlink_metadata().expect("it is there"))
}

/// The program has its set-user-ID bit, but runs as the caller.
fn a_set_user_id_program_of_an_image_gives_no_rights(engine: &Engine) {
    let script = "echo \"mode: $(stat -c '%a %u' /opt/evil/id)\"\n\
                  echo \"caller: $(/usr/bin/id -u)\"\n\
                  echo \"program: $(/opt/evil/id -u)\"\n\
                  /opt/evil/install -m 4755 /opt/evil/id left-behind\n\
                  /opt/evil/mknod disk b 254 0 || echo 'disk: none'\n";
    let project = project(engine, script)
        .file("Cross.toml", "[build]\ndockerfile = 'Dockerfile'\n")
        .file("Dockerfile", DOCKERFILE);
    let outcome = build(&project);
    let image = crate::custom::built(&outcome).pop();
    // The control. In the built-in engine the caller owns all files, so the program would run as
    // the caller anyway.
    let root = if engine.is_built_in() {
        project.owner().0
    } else {
        0
    };
    assert_eq!(said(&outcome, "mode"), format!("4755 {root}"));
    if let Some(image) = image.filter(|_| !engine.is_built_in()) {
        assert_eq!(unguarded(engine, &image), "0");
        remove(engine, &image);
    }
    assert_eq!(said(&outcome, "program"), said(&outcome, "caller"));
    assert_eq!(said(&outcome, "disk"), "none");
    assert!(made(&project, "disk").is_none());
    let left = made(&project, "left-behind").expect("the caller may do that");
    assert_eq!(
        (left.uid(), left.mode() & 0o7777),
        (project.owner().0, 0o4755)
    );
    all_is_the_callers(&project);
}

/// The user as whom the program runs if another user starts it without cross's options for the
/// engine.
fn unguarded(engine: &Engine, image: &str) -> String {
    let mut run = engine.command();
    run.args(["run", "--rm", "--network=host", "--user=33:33"]);
    let output = run.args([image, "/opt/evil/id", "-u"]).output();
    let output = output.expect("the engine answers");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

fn remove(engine: &Engine, image: &str) {
    let removed = engine.command().args(["rmi", image]).output();
    assert!(removed.expect("the engine answers").status.success());
}

/// Expects that the caller owns all files of the project, and that none is a device.
#[track_caller]
fn all_is_the_callers(project: &Project<'_>) {
    for path in project.tree() {
        let meta = path.symlink_metadata().expect("it is there");
        assert_eq!(
            (meta.uid(), meta.gid()),
            project.owner(),
            "{}",
            path.display()
        );
        let kind = meta.file_type();
        assert!(!kind.is_block_device() && !kind.is_char_device());
    }
}

fn a_container_makes_no_device(engine: &Engine) {
    let script = "mknod pipe p\n\
                  mknod disk b 254 0 || echo 'disk: none'\n\
                  mknod null c 1 3 || echo 'null: none'\n";
    let project = project(engine, script);
    let outcome = build(&project);
    let pipe = made(&project, "pipe").expect("anybody may make a pipe");
    assert!(pipe.file_type().is_fifo());
    assert_eq!(
        [said(&outcome, "disk"), said(&outcome, "null")],
        ["none"; 2]
    );
    all_is_the_callers(&project);
}

/// With plain cargo, root can build files of other users, unpack archives with their owners, and
/// become another user. Root needs no raw sockets for that.
fn root_in_a_container_does_what_builds_do_as_root(engine: &Engine) {
    if engine.account.is_some() {
        crate::skip("the caller is not root");
    }
    let script = "touch mine && chown 33:33 mine && chmod 600 mine && echo more >>mine\n\
                  touch -d 2001-01-01 mine && echo \"owner: $(stat -c '%u:%g %y' mine)\"\n\
                  perl -e '$( = $) = \"33 33\"; $< = $> = 33; exec \"sleep\", \"60\"' & child=$!\n\
                  until [ \"$(stat -c %u /proc/$child)\" = 33 ]; do sleep 0.1; done\n\
                  kill $child; wait $child; echo \"ended: $?\"\n\
                  perl -MSocket -e 'socket(S, PF_INET, SOCK_RAW, 1) or print \"packets: none\\n\"'\n";
    let project = project(engine, script);
    let theirs = project.path("src/main.rs");
    for path in [project.root(), project.path("src"), theirs] {
        std::os::unix::fs::chown(&path, Some(33), Some(33)).expect("root gives things away");
        set_mode(&path, 0o700);
    }
    let outcome = build(&project);
    assert!(said(&outcome, "owner").starts_with("33:33 2001-01-01"));
    assert_eq!(said(&outcome, "ended"), "143");
    if !engine.is_built_in() {
        assert_eq!(said(&outcome, "packets"), "none");
    }
}

fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    fs_err::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("it is there");
}

/// The child asks for it with `PTRACE_TRACEME`, as tests of debuggers' crates do.
fn a_debugger_follows_its_own_children(engine: &Engine) {
    let build = r#"use std::os::unix::process::CommandExt;
unsafe extern "C" {
    fn ptrace(request: i32, ...) -> i64;
    fn waitpid(pid: i32, status: *mut i32, options: i32) -> i32;
}
fn main() {
    let mut child = std::process::Command::new("true");
    let none = 0usize;
    unsafe { child.pre_exec(move || { ptrace(0, 0, none, none); Ok(()) }) };
    let (pid, mut status) = (child.spawn().unwrap().id() as i32, 0);
    unsafe { waitpid(pid, &mut status, 0) };
    println!("stopped: {status:x}");
    unsafe { ptrace(7, pid, none, none); waitpid(pid, &mut status, 0) };
    println!("ended: {status}");
}
"#;
    let project = Project::program(engine, "fn main() {}\n").file("build.rs", build);
    let outcome = self::build(&project);
    assert_eq!(said(&outcome, "stopped"), "57f");
    assert_eq!(said(&outcome, "ended"), "0");
}

/// Engines give containers 64 MiB by default, in which no program can be started.
fn shared_memory_is_the_machines(engine: &Engine) {
    let script = "f=$(mktemp -d /dev/shm/cross-test-XXXXXX); trap 'rm -r $f' EXIT\n\
                  head -c 100000000 /dev/zero >$f/big && echo \"size: $(stat -c %s $f/big)\"\n\
                  cp /bin/echo $f/echo && $f/echo program: runs\n";
    let project = project(engine, script);
    let outcome = build(&project);
    assert_eq!(said(&outcome, "size"), "100000000");
    assert_eq!(said(&outcome, "program"), "runs");
}

/// Podman's default limit is 2048 processes.
fn there_is_no_limit_to_processes_but_the_machines(engine: &Engine) {
    let build = "fn main() {
    let threads: Vec<_> = (0..2500).map(|number| {
        let thread = std::thread::Builder::new().stack_size(16 << 10);
        thread.spawn(std::thread::park).unwrap_or_else(|error| panic!(\"{number}: {error}\"))
    }).collect();
    println!(\"threads: {}\", threads.len());
}
";
    let project = Project::program(engine, "fn main() {}\n").file("build.rs", build);
    let outcome = project.aarch64(&["build", "-vv"]).ok();
    assert_eq!(said(&outcome, "threads"), "2500");
}
