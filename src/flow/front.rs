//! The cargo that plugins call with the engine `host`: a file with cross as its interpreter, which
//! starts the toolchain's own cargo. It keeps cross's settings from a cargo that a crate's own
//! program calls. A script of a shell would not pass all variables on.

use std::env;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use crate::plan::front::{GIVEN, ON_HOST, OTHER_NAME};
use cross_base::error::{Error, Result};
use cross_base::fs;
use cross_base::host::Host;
use cross_base::process::Cmd;

/// A variable that cargo sets for a crate's programs.
const OF_A_CRATE: &str = "CARGO_MANIFEST_DIR";
/// The variable that names a toolchain, as `+name` does.
const CHOSEN: &str = "RUSTUP_TOOLCHAIN";

/// Whether the command line is that of such a file's interpreter.
pub(crate) fn is_meant(args: &[OsString]) -> bool {
    args.first().is_some_and(|word| word == ON_HOST)
}

/// Becomes cargo. The second argument is the path of the file.
///
/// # Errors
///
/// When there is no such cargo.
pub(crate) fn start<T>(args: &[OsString], host: &Host) -> Result<T> {
    let Some((file, args)) = args.get(1..).and_then(<[_]>::split_first) else {
        return Err(Error::new("there is no cargo to start"));
    };
    let file = Path::new(file);
    let dir = file.parent().unwrap_or(Path::new("/"));
    let text = fs::read_if_exists(file)?.unwrap_or_default();
    let mut names = text.lines().skip(1);
    let plus = args
        .first()
        .and_then(|word| word.as_bytes().strip_prefix(b"+"));
    let chosen = plus.map(OsStr::from_bytes).or_else(|| host.var(CHOSEN));
    let chosen = chosen.filter(|chosen| !chosen.is_empty());
    let cmd = if chosen.is_none_or(|chosen| names.any(|name| chosen == name)) {
        let args = args.get(usize::from(plus.is_some())..).unwrap_or_default();
        Cmd::new(dir.join(OTHER_NAME)).args(args)
    } else {
        another(dir, host)?.args(args)
    };
    let inherited = inherited(host).into_iter();
    Err(inherited.fold(cmd, Cmd::without).exec())
}

/// The caller's own cargo, which is a proxy of rustup's, for another toolchain.
fn another(dir: &Path, host: &Host) -> Result<Cmd> {
    let path = host.var("PATH").unwrap_or_default();
    let others = env::split_paths(path).filter(|other| other != dir);
    let path = env::join_paths(others).unwrap_or_default();
    let Some(cargo) = host.in_path("cargo", &path) else {
        return Err(Error::new("there is no other cargo on `PATH`"));
    };
    // A cargo of an old toolchain would keep the value.
    Ok(Cmd::new(cargo).env("PATH", path).without("CARGO"))
}

/// The names of the settings that a crate's own program has inherited from cross.
fn inherited(host: &Host) -> Vec<String> {
    if host.var(OF_A_CRATE).is_none_or(OsStr::is_empty) {
        return Vec::new();
    }
    let given = host.names().filter_map(|name| name.strip_prefix(GIVEN));
    let unchanged = given.filter(|name| {
        let value = host.var(name);
        value.is_some() && value == host.var(&format!("{GIVEN}{name}"))
    });
    unchanged.map(str::to_owned).collect()
}
