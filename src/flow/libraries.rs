//! The start of a program of the target's with the engine `host`, with the shared libraries that
//! build scripts have made. Cargo names their directories in `LD_LIBRARY_PATH` only if they are
//! below the target directory, but the build directory is elsewhere. In containers the images'
//! runner does the same.
//! <https://doc.rust-lang.org/cargo/reference/environment-variables.html#dynamic-library-paths>

use std::env;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::plan::{BUILD_SCRIPTS, WITH_LIBRARIES};
use cross_base::error::{Error, Result};
use cross_base::fs;
use cross_base::host::Host;
use cross_base::process::Cmd;

/// The variable with the directories in which the loader looks for libraries.
const VARIABLE: &str = "LD_LIBRARY_PATH";
/// The file with a build script's output, in the directory that cargo keeps for the script.
const OUTPUT: &str = "output";
/// The beginnings of a line that names a directory for the linker, and the kinds that may stand
/// before the directory.
/// <https://doc.rust-lang.org/cargo/reference/build-scripts.html#rustc-link-search>
const KEYS: [&[u8]; 2] = [b"cargo:rustc-link-search=", b"cargo::rustc-link-search="];
const KINDS: [&[u8]; 5] = [
    b"dependency=",
    b"crate=",
    b"native=",
    b"framework=",
    b"all=",
];

/// Whether the command line asks for such a start.
pub(crate) fn is_meant(args: &[OsString]) -> bool {
    args.first().is_some_and(|word| word == WITH_LIBRARIES)
}

/// Becomes the program that the command line names.
///
/// # Errors
///
/// When there is no such program.
pub(crate) fn start<T>(args: &[OsString], host: &Host) -> Result<T> {
    let Some((program, args)) = args.get(1..).and_then(<[_]>::split_first) else {
        return Err(Error::new("there is no program to start"));
    };
    let mut cmd = Cmd::new(program).args(args);
    let made = host.var(BUILD_SCRIPTS).map(Path::new);
    let made = made.map_or(Vec::new(), directories);
    if !made.is_empty() {
        let path = with(&made, host.var(VARIABLE));
        cmd = cmd.env(VARIABLE, path);
    }
    Err(cmd.exec())
}

/// These directories before those of the variable, as cargo would put them. None of them has a
/// colon.
fn with(made: &[PathBuf], before: Option<&OsStr>) -> OsString {
    let before = before.filter(|value| !value.is_empty());
    let others = before.into_iter().flat_map(env::split_paths);
    let all = made.iter().cloned().chain(others);
    env::join_paths(all).unwrap_or_default()
}

/// The directories for the linker that build scripts have named and that are below the directory
/// with their output. Those of the newest output come first, because older builds may have left
/// directories with libraries of the same names.
fn directories(scripts: &Path) -> Vec<PathBuf> {
    let names = fs::entries_in(scripts).into_iter();
    let outputs = names.filter_map(|(name, _)| {
        let file = scripts.join(name).join(OUTPUT);
        let written = fs_err::metadata(&file).and_then(|about| about.modified());
        Some((written.ok()?, file))
    });
    let mut outputs: Vec<(SystemTime, PathBuf)> = outputs.collect();
    outputs.sort_by(|one, other| other.cmp(one));
    let mut dirs = Vec::new();
    for (_, file) in outputs {
        let said = fs::read(&file).unwrap_or_default();
        for dir in said.split(|byte| *byte == b'\n').filter_map(link_search) {
            let is_own = dir.starts_with(scripts) && !dir.as_os_str().as_bytes().contains(&b':');
            if is_own && !dirs.iter().any(|other| other == dir) {
                dirs.push(dir.to_owned());
            }
        }
    }
    dirs
}

/// The directory in a line such as `cargo::rustc-link-search=native=/w/p/target/…/out`.
fn link_search(line: &[u8]) -> Option<&Path> {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let value = KEYS.iter().find_map(|key| line.strip_prefix(*key))?;
    let dir = KINDS.iter().find_map(|kind| value.strip_prefix(*kind));
    Some(Path::new(OsStr::from_bytes(dir.unwrap_or(value))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn the_directories_of_the_newest_build_script_come_first() {
        let dir = tempfile::tempdir().unwrap();
        let scripts = dir.path().join("build");
        let now = SystemTime::now();
        let output = |name: &str, age: u64, text: &str| {
            let file = scripts.join(name).join(OUTPUT);
            fs::write_if_changed(
                &file,
                text.replace("DIR", scripts.to_str().unwrap()).as_bytes(),
            )
            .unwrap();
            let file = fs_err::File::options().write(true).open(file).unwrap();
            let written = now - Duration::from_secs(age);
            file.file().set_modified(written).unwrap();
        };
        output("foo-1", 9, "cargo:rustc-link-search=DIR/foo-1/out\n");
        output(
            "foo-2",
            1,
            "cargo::rerun-if-changed=build.rs\ncargo::rustc-link-search=native=DIR/foo-2/out\r\n\
             cargo::rustc-link-search=all=DIR/foo-1/out\ncargo::rustc-link-search=DIR/foo-2/a:b\n\
             cargo::rustc-link-search=/usr/lib\nrustc-link-search=DIR/x\n",
        );
        fs::create_dir_all(&scripts.join("bar-3")).unwrap();
        let found = directories(&scripts);
        assert_eq!(found, ["foo-2/out", "foo-1/out"].map(|it| scripts.join(it)));
        assert_eq!(directories(&dir.path().join("absent")), [] as [&Path; 0]);
    }

    #[test]
    fn the_callers_directories_are_kept() {
        let made = ["/a", "/b c"].map(PathBuf::from);
        for (before, after) in [
            (None, "/a:/b c"),
            (Some(""), "/a:/b c"),
            (Some("/x:/y"), "/a:/b c:/x:/y"),
        ] {
            assert_eq!(with(&made, before.map(OsStr::new)), after, "{before:?}");
        }
    }
}
