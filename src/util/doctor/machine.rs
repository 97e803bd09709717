//! The checks of this machine's kernel and disks.

use std::path::Path;

use super::context::Context;
use super::outcome::{Outcome, Status};
use crate::engine::table::last_resort;
use cross_base::error::Error;
use cross_base::fs;
use cross_sandbox::mounts;
use cross_sandbox::trial::{Report, StepOutcome};

/// The bytes that building a first image takes on the disk.
const FIRST_IMAGE: u64 = 3_000_000_000;

/// The bytes that making a first toolchain takes, with its packages, its emulator and programs for
/// build scripts.
const FIRST_TOOLCHAIN: u64 = 700_000_000;

const NO_TRIAL: &str = "not tried, as there is no place for a sandbox";

/// The outcome for something that the built-in engine needs and that does not work.
fn needed(context: &Context, error: &Error) -> Outcome {
    let status = if context.wants_namespaces() {
        Status::Warning
    } else {
        Status::Note
    };
    Outcome::of(status, error)
}

pub(super) fn namespaces(context: &Context) -> Outcome {
    let Ok(report) = context.trial() else {
        return Outcome::note(NO_TRIAL);
    };
    if let Some(error) = report.namespaces.error() {
        return needed(context, &error);
    }
    Outcome::ok(if report.all_users {
        "can be made and mounted in; all users are mapped"
    } else {
        "can be made and mounted in; only your own user is mapped"
    })
}

pub(super) fn overlay(context: &Context) -> Outcome {
    let Ok(report) = context.trial() else {
        return Outcome::note(NO_TRIAL);
    };
    let place = context.diagnosis(last_resort()).images;
    let place = place.unwrap_or_else(|| "/".into());
    let kind = mounts::file_system(&place).unwrap_or_else(|| "unknown".to_owned());
    let failure = [&report.overlay, &report.kept_overlay]
        .into_iter()
        .find_map(StepOutcome::error);
    match failure {
        Some(error) => needed(context, &error),
        None if report.overlay == StepOutcome::NotTried => {
            Outcome::note("not tried, as there are no user namespaces")
        }
        None => Outcome::ok(format!("works on `{}` ({kind})", place.display())),
    }
}

pub(super) fn binfmt(context: &Context) -> Outcome {
    let hosts = emulators(Path::new("/proc/sys/fs/binfmt_misc"));
    let own = context.trial().as_ref().is_ok_and(Report::has_binfmt);
    if own && context.wants_namespaces() {
        return Outcome::ok("each sandbox has emulators of its own");
    }
    let text = |path| fs::read_if_exists(Path::new(path)).ok().flatten();
    let release = text("/proc/sys/kernel/osrelease").unwrap_or_default();
    if context.engine().is_ok_and(|engine| engine.isolates()) {
        let yama = text("/proc/sys/kernel/yama/ptrace_scope").unwrap_or_default();
        return match runners_obstacle(&release, &yama) {
            None => Outcome::ok("the runner of the images starts them"),
            Some(obstacle) => Outcome::note(format!(
                "programs that emulated programs start fail with `Exec format error`: {obstacle}"
            )),
        };
    }
    if !hosts.is_empty() {
        return Outcome::ok(format!("the host runs {}", hosts.join(", ")));
    }
    let message = "programs that emulated programs start fail with `Exec format error`";
    if own {
        return Outcome::note(format!("{message}, but not in the built-in engine"))
            .hint("`CROSS_CONTAINER_ENGINE=sandbox`, or `sudo apt-get install qemu-user-static`");
    }
    // With a newer kernel, each sandbox could have emulators of its own.
    let is_old = version(&release).is_some_and(|version| version < (6, 7));
    let newer = if is_old {
        ", or Linux 6.7 or newer"
    } else {
        ""
    };
    Outcome::note(message).hint(format!("`sudo apt-get install qemu-user-static`{newer}"))
}

/// The first two numbers of a kernel's release.
fn version(release: &str) -> Option<(u32, u32)> {
    let mut numbers = release.split(|c: char| !c.is_ascii_digit());
    let mut next = || numbers.next()?.parse::<u32>().ok();
    Some((next()?, next()?))
}

/// The reason why the runner in images cannot start foreign programs for others, if there is one: a
/// kernel that cannot tell the runner of a program's calls, or a setting of Yama that forbids a
/// process to trace its own descendants.
/// <https://man7.org/linux/man-pages/man2/seccomp_unotify.2.html>,
/// <https://docs.kernel.org/admin-guide/LSM/Yama.html>
fn runners_obstacle(release: &str, yama: &str) -> Option<String> {
    if let Some((major, minor)) = version(release) {
        if (major, minor) < (5, 5) {
            return Some(format!("Linux {major}.{minor} is older than 5.5"));
        }
    }
    let scope = yama.trim();
    let forbids = matches!(scope, "2" | "3");
    forbids.then(|| format!("`kernel.yama.ptrace_scope` is {scope}"))
}

/// The host's emulators that also run in other root directories (flag F).
/// <https://docs.kernel.org/admin-guide/binfmt-misc.html>
fn emulators(list: &Path) -> Vec<String> {
    let mut names = fs::names_in(list);
    names.sort();
    let works = |name: &String| {
        let text = fs::read_if_exists(&list.join(name)).ok().flatten();
        let text = text.unwrap_or_default();
        let mut flags = text.lines().filter_map(|line| line.strip_prefix("flags: "));
        name.starts_with("qemu-")
            && text.starts_with("enabled")
            && flags.any(|flags| flags.contains('F'))
    };
    names.into_iter().filter(works).collect()
}

pub(super) fn disk(context: &Context) -> Outcome {
    let row = context
        .engine()
        .map_or(last_resort(), |engine| engine.registration());
    let place = context.diagnosis(row).images;
    let name = row.name;
    let (kept, first, remedy) = if row.isolates {
        let remedy = "`cross-util images list` shows what could be removed";
        (format!("{name}'s images"), FIRST_IMAGE, remedy)
    } else {
        let remedy = "`cross-util clean --dry-run` shows what could be removed";
        ("toolchains".to_owned(), FIRST_TOOLCHAIN, remedy)
    };
    let Some((place, free)) = place.and_then(|place| {
        // Images in a virtual machine, as with Docker Desktop, cannot be found from here.
        let free = fs::free_space(&place)?;
        Some((place, free))
    }) else {
        return Outcome::note(format!("cannot tell where {name} keeps images"));
    };
    let message = format!(
        "{} free for {kept}, in `{}`",
        gigabytes(free),
        place.display()
    );
    if free < first {
        let wanted = gigabytes(first);
        return Outcome::warning(format!("{message}, and making a first one takes {wanted}"))
            .hint(remedy);
    }
    Outcome::ok(message)
}

pub(super) fn temporary_files(context: &Context) -> Outcome {
    let dir = context.host.text("TMPDIR").unwrap_or("/tmp");
    let dir = fs::absolute(&context.host.cwd, Path::new(dir));
    let shown = dir.display();
    let elsewhere = "`TMPDIR` names another directory";
    if !fs::is_writable(&dir) {
        return Outcome::warning(format!("`{shown}` cannot be written to")).hint(elsewhere);
    }
    let free = fs::free_space(&dir).unwrap_or_default();
    Outcome::ok(format!("{} free in `{shown}`", gigabytes(free)))
}

fn gigabytes(bytes: u64) -> String {
    let tenths = bytes / 100_000_000;
    format!("{}.{} GB", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;
    use pretty_assertions::assert_eq;

    #[test]
    fn what_the_runner_needs_of_the_kernel_is_known() {
        assert_eq!(runners_obstacle("6.18.44-x", "1\n"), None);
        assert_eq!(runners_obstacle("5.5.0", ""), None);
        let old = runners_obstacle("4.19.0-27-amd64", "");
        assert_eq!(old.unwrap(), "Linux 4.19 is older than 5.5");
        let forbidden = runners_obstacle("6.1.0", "2\n");
        assert_eq!(forbidden.unwrap(), "`kernel.yama.ptrace_scope` is 2");
    }

    #[test]
    fn emulators_count_when_they_run_in_any_root_directory() {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in [
            ("status", "enabled\n"),
            (
                "qemu-arm",
                "enabled\ninterpreter /q\nflags: OCF\noffset 0\n",
            ),
            (
                "qemu-mips",
                "enabled\ninterpreter /q\nflags: OC\noffset 0\n",
            ),
            ("qemu-ppc", "disabled\ninterpreter /q\nflags: F\noffset 0\n"),
        ] {
            fs::write_if_changed(&dir.path().join(name), text.as_bytes()).unwrap();
        }
        assert_eq!(emulators(dir.path()), ["qemu-arm"]);
    }

    #[test]
    fn sizes_have_one_digit_behind_the_point() {
        assert_eq!(gigabytes(3_000_000_000), "3.0 GB");
        assert_eq!(gigabytes(99_999_999), "0.0 GB");
        assert_eq!(gigabytes(48_280_000_000), "48.2 GB");
    }
}
