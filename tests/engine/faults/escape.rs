//! A program in the sandbox that tries to reach what it was not given. Each attempt has a control:
//! root makes the same attempt on the host, where it succeeds. So no test passes merely because its
//! attempt is wrong or has nothing to find.

use std::process::Command;

use crate::engine::Engine;
use crate::project::Project;
use crate::row::X86_64;
use crate::run::{Outcome, Run};

crate::tests![BuiltIn:
    a_program_gets_at_nothing_it_was_not_given,
    a_program_cannot_undo_a_mount,
    a_program_has_no_power_over_the_machine,
    a_file_that_the_caller_has_open_is_not_handed_on,
];

/// A program that makes the attempts in its arguments, and prints a line for each success.
const PROGRAM: &str = r#"use std::fs;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::Command;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let rest = &args[1..];
    match args[0].as_str() {
        "look" => rest.iter().for_each(|path| look(path)),
        "list" => {
            for entry in fs::read_dir(&rest[0]).into_iter().flatten().flatten() {
                println!("{}", entry.file_name().to_string_lossy());
            }
        }
        "processes" => processes(Path::new(&rest[0])),
        "open" => {
            for path in rest {
                if fs::OpenOptions::new().write(true).open(path).is_ok() {
                    println!("got: can write {path}");
                }
            }
        }
        "shell" => {
            // What fails says so in its own words, which do not matter.
            let output = Command::new("sh").args(["-c", &rest[0], "sh"]).args(&rest[1..]).output().unwrap();
            print!("{}", String::from_utf8_lossy(&output.stdout));
        }
        other => panic!("{other}"),
    }
    println!("done");
}

fn look(path: &str) {
    if fs::read(path).is_ok() || fs::read_dir(path).is_ok() {
        println!("got: can read {path}");
    }
    if UnixStream::connect(path).is_ok() {
        println!("got: somebody listens at {path}");
    }
}

/// Through every process, those of the host included.
fn processes(diary: &Path) {
    let inside = diary.strip_prefix("/").unwrap();
    let own = std::process::id().to_string();
    for process in fs::read_dir("/proc").unwrap().flatten().map(|entry| entry.path()) {
        for root in ["root", "cwd", "cwd/..", "cwd/../.."] {
            look(&process.join(root).join(inside).to_string_lossy());
            look(&process.join(root).join("neighbour/diary").to_string_lossy());
        }
        for fd in fs::read_dir(process.join("fd")).into_iter().flatten().flatten() {
            for up in ["neighbour/diary", "../neighbour/diary", "../../neighbour/diary"] {
                look(&fd.path().join(up).to_string_lossy());
            }
        }
    }
    for process in ["1", &std::env::args().nth(3).unwrap()] {
        for file in ["environ", "mem", "maps", "root", "cwd"] {
            if process != own {
                look(&format!("/proc/{process}/{file}"));
            }
        }
        // Their numbers are no secret, where they lead is.
        for entry in fs::read_dir(format!("/proc/{process}/fd")).into_iter().flatten().flatten() {
            if fs::read_link(entry.path()).is_ok() {
                println!("got: can read {}", entry.path().display());
            }
        }
    }
}
"#;

fn program(engine: &Engine) -> Project<'_> {
    let project = Project::program(engine, PROGRAM);
    project.file("../neighbour/diary", "dear diary\n")
}

#[track_caller]
fn finds_nothing(project: &Project<'_>, args: &[&str]) {
    let run = project.cross_for(X86_64.triple, &[&["run", "--quiet", "--"], args].concat());
    run.ok()
        .stdout_has("done")
        .lacks("got: ")
        .lacks("dear diary");
}

/// Runs the same program as root on the host, with a mount namespace and a host name of its own.
/// `None` without root: then only CI shows that the attempts are right.
#[track_caller]
fn control(project: &Project<'_>, args: &[&str]) -> Option<Outcome> {
    let is_root = rustix::process::getuid().is_root();
    is_root.then(|| {
        project
            .cargo(&["build", "--quiet", "--target-dir", "../native"])
            .ok();
        let mut command = Command::new("unshare");
        command.args(["--mount", "--uts", "--"]);
        command.arg(project.path("../native/debug/demo")).args(args);
        Run::of(command).ok().stdout_has("done")
    })
}

/// Tries paths, sockets, and the directories of other processes.
fn a_program_gets_at_nothing_it_was_not_given(engine: &Engine) {
    let project = program(engine);
    let diary = project.path("../neighbour/diary").display().to_string();
    let home = engine.images().expect("it is built in");
    let home = home
        .ancestors()
        .nth(3)
        .expect("a home directory")
        .to_owned();
    let runtime = format!("/run/user/{}", project.owner().0);
    let looked_for = [
        home.join(".ssh"),
        home.join(".bash_history"),
        home.join(".cache/cross"),
        home.join(".cargo/credentials.toml"),
        "/run/docker.sock".into(),
        "/var/run/docker.sock".into(),
        "/run/containerd/containerd.sock".into(),
        "/run/podman/podman.sock".into(),
        "/run/dbus/system_bus_socket".into(),
        "/etc/shadow-".into(),
        "/var/lib/docker".into(),
        runtime.into(),
        diary.clone().into(),
    ];
    let paths = looked_for.iter().map(|path| path.display().to_string());
    let paths: Vec<String> = paths.collect();
    let mut args = vec!["look"];
    args.extend(paths.iter().map(String::as_str));
    finds_nothing(&project, &args);
    if let Some(found) = control(&project, &args) {
        let there = looked_for
            .iter()
            .filter(|path| path.is_file() || path.is_dir());
        for path in there {
            let path = path.display();
            assert!(
                found.stdout.contains(&format!("got: can read {path}\n")),
                "{path}: {}",
                found.stdout
            );
        }
    }
    let test = std::process::id().to_string();
    let args = ["processes", &diary, &test];
    finds_nothing(&project, &args);
    if let Some(found) = control(&project, &args) {
        for what in ["environ", "maps", "root", "cwd", "fd/0"] {
            let line = format!("got: can read /proc/{test}/{what}\n");
            assert!(found.stdout.contains(&line), "{line}: {}", found.stdout);
        }
    }
    // The home directory has nothing but directories that lead to mounts, and the files of the
    // image's root user.
    let list = ["run", "--quiet", "--", "list", &home.display().to_string()];
    let listed = project.cross_for(X86_64.triple, &list).ok();
    for name in listed.stdout.lines().filter(|name| *name != "done") {
        assert!(
            [".cargo", ".rustup", ".bashrc", ".profile"].contains(&name),
            "{name} of the home directory is there"
        );
    }
}

/// Tries with the program's own rights, and with those in a further user namespace.
fn a_program_cannot_undo_a_mount(engine: &Engine) {
    let project = program(engine);
    let root = project.root().display().to_string();
    let script = r#"
        tries() {
            umount -l "$1"; umount -l "$1"; umount -l /proc/sys; umount -l /sys
            mount -o remount,rw "$1"; mount -o remount,bind,rw "$1"; mount -o remount,bind,rw /proc/sys
            mount --make-rshared /
            (echo leak >"$1/src/leak") 2>/dev/null && echo "got: can write to the project"
            (: >>/proc/sys/kernel/core_pattern) 2>/dev/null && echo "got: can write to /proc/sys"
            cat "$1/../neighbour/diary"
            mkdir -p /tmp/p && mount -t proc proc /tmp/p && (: >>/tmp/p/sys/kernel/core_pattern) 2>/dev/null &&
                echo "got: can write to another /proc/sys"
            mkdir -p /tmp/s && mount -t sysfs sysfs /tmp/s && (: >>/tmp/s/kernel/mm/transparent_hugepage/enabled) 2>/dev/null &&
                echo "got: can write to another /sys"
        }
        tries "$1"
        if [ "$2" = inside ]; then
            umount -l / && echo "got: an end to the root directory"
            exit 0
        fi
        nsenter --target 1 --mount cat "$1/../neighbour/diary"
        nsenter --target "$2" --mount cat "$1/../neighbour/diary"
        unshare --user --map-root-user --mount --propagation unchanged sh "$0" "$1" inside
        unshare --user --map-root-user --mount --pid --fork sh "$0" "$1" inside
    "#;
    let project = project.file("tries.sh", script);
    let tries = project.path("tries.sh").display().to_string();
    let test = std::process::id().to_string();
    let leak = project.path("src/leak");
    for args in [
        ["shell", "sh \"$1\" \"$2\" inside", &tries, &root, &test],
        ["shell", "sh \"$1\" \"$2\" \"$3\"", &tries, &root, &test],
    ] {
        finds_nothing(&project, &args);
        assert!(!leak.exists());
        if let Some(found) = control(&project, &args) {
            found
                .stdout_has("got: can write to the project\n")
                .stdout_has("got: can write to /proc/sys\n")
                .stdout_has("dear diary\n")
                .stdout_has("got: can write to another /proc/sys\n")
                .stdout_has("got: can write to another /sys\n");
            fs_err::remove_file(&leak).expect("it was written");
        }
    }
}

/// Root has more to try than other users.
fn a_program_has_no_power_over_the_machine(engine: &Engine) {
    let project = program(engine);
    let files = [
        "/proc/sys/kernel/core_pattern",
        "/proc/sys/kernel/modprobe",
        "/proc/sysrq-trigger",
        "/sys/kernel/uevent_helper",
        "/sys/power/state",
        "/sys/kernel/mm/transparent_hugepage/enabled",
        "/dev/mem",
        "/dev/kmsg",
        "/dev/sda",
        "/dev/vda",
    ];
    let args = [["open"].as_slice(), &files].concat();
    finds_nothing(&project, &args);
    if let Some(found) = control(&project, &args) {
        found
            .stdout_has("got: can write /proc/sys/kernel/core_pattern\n")
            .stdout_has("got: can write /sys/kernel/mm/transparent_hugepage/enabled\n")
            .stdout_has("got: can write /dev/kmsg\n");
    }
    // The bits of the capabilities for reading past permissions, modules, raw devices, tracing,
    // administration, rebooting and the clock.
    let script = r#"
        caps=0x$(sed -n 's/^CapEff:[[:space:]]*//p' /proc/self/status)
        for bit in 2 16 17 19 21 22 25; do
            [ $((caps >> bit & 1)) = 0 ] || echo "got: capability $bit"
        done
        mknod /tmp/cross-disk c 1 5 && head -c 1 /tmp/cross-disk >/dev/null 2>&1 && echo "got: a device"
        rm -f /tmp/cross-disk
        hostname elsewhere && echo "got: another name for the machine"
        date --set "@$(date +%s)" >/dev/null && echo "got: the clock"
        true
    "#;
    let args = ["shell", script];
    finds_nothing(&project, &args);
    if let Some(found) = control(&project, &args) {
        found
            .stdout_has("got: capability 21\n")
            .stdout_has("got: a device\n")
            .stdout_has("got: another name for the machine\n");
    }
}

/// cross inherits the descriptors that its caller has open, such as one of a directory from which
/// everything can be reached.
fn a_file_that_the_caller_has_open_is_not_handed_on(engine: &Engine) {
    let project = program(engine);
    let script = r#"ls /proc/self/fd/9 >/dev/null 2>&1 && echo "got: what number 9 is"
        cat /proc/self/fd/9/neighbour/diary /proc/self/fd/9/../../etc/hostname 2>/dev/null && echo "got: a file of the host's""#;
    let run = project.cross_for(X86_64.triple, &["run", "--quiet", "--", "shell", script]);
    let run = run.holding(&project.path(".."));
    run.ok()
        .stdout_has("done")
        .lacks("got: ")
        .lacks("dear diary");
    project
        .cargo(&["build", "--quiet", "--target-dir", "../native"])
        .ok();
    let native = project.path("../native/debug/demo").display().to_string();
    let control = project
        .host(&native, &["shell", script])
        .holding(&project.path(".."));
    control
        .ok()
        .stdout_has("got: what number 9 is\n")
        .stdout_has("dear diary\n");
}
