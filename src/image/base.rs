//! The Debian image that everything starts from: pulled where a registry answers, else made from
//! Debian's packages.

use std::path::Path;

use crate::base::error::{Error, Result};
use crate::base::fs;
use crate::base::host::Host;
use crate::base::process::{Cmd, reason};
use crate::base::term::Term;
use crate::engine::Engine;
use crate::engine::backend::RootFiles;
use crate::image::DEBIAN;
use crate::sandbox;

/// What is pulled; every engine knows this short name.
pub(crate) const PULLED: &str = "debian:trixie-slim";
const SUITE: &str = "trixie";

/// What makes the image slim, as Debian's own is: no documentation but licences, no translations.
const SLIM: &[&str] = &[
    "path-exclude=/usr/share/man/*",
    "path-exclude=/usr/share/info/*",
    "path-exclude=/usr/share/locale/*",
    "path-exclude=/usr/share/doc/*",
    "path-include=/usr/share/doc/*/copyright",
];

/// Makes sure the image is there.
///
/// # Errors
///
/// When neither way works, with what went wrong on both.
pub(crate) fn ensure(engine: &Engine, host: &Host, term: Term) -> Result<()> {
    engine.mend(DEBIAN)?;
    if engine.inspect(DEBIAN)?.is_some() {
        return Ok(());
    }
    term.status("Pulling", PULLED);
    let refused = match engine.pull(PULLED, host, term) {
        Ok(()) => return engine.tag(PULLED, DEBIAN),
        Err(error) => match engine.pull_command(PULLED) {
            None => format!("{}; ", error.message()),
            Some(_) => format!("`{} pull {PULLED}`: {}; ", engine.name(), error.message()),
        },
    };
    let find = |name| host.on_path(name);
    let failed = |what: &str| Error::new(format!("cannot get the base image: {refused}{what}"));
    let making = "the base image from Debian's packages, as no registry answers";
    if let Some(program) = find("mmdebstrap") {
        term.status("Making", making);
        return mmdebstrap(engine, host, &program).map_err(|e| failed(e.message()));
    }
    if let Some(program) = find("debootstrap") {
        term.status("Making", making);
        return debootstrap(engine, host, &program).map_err(|e| failed(e.message()));
    }
    Err(failed("mmdebstrap is not installed").hint(
        "`sudo apt-get install mmdebstrap` lets cross make it from Debian's packages; or let the engine reach a \
         registry",
    ))
}

fn mmdebstrap(engine: &Engine, host: &Host, program: &Path) -> Result<()> {
    let dir = fs::temporary_dir_for_programs(&host.cache)?;
    let tar = dir.path().join("base.tar");
    let plays_root = engine.owns_image_files() && host.uid != 0;
    let mut cmd = Cmd::new(program);
    if dir.path().starts_with(&host.cache) {
        cmd = cmd.env("TMPDIR", dir.path());
    }
    if plays_root {
        // There are no other users, and nothing of the host's can be mounted.
        cmd = cmd.args(["--mode=root", "--skip=chroot/mount"]);
        cmd = cmd.arg("--aptopt=APT::Sandbox::User \"root\"");
    }
    let mut cmd = cmd
        .args(["--variant=minbase", "--include=ca-certificates"])
        .args(SLIM.iter().map(|option| format!("--dpkgopt={option}")))
        .arg(SUITE)
        .arg(&tar);
    if let Some(mirror) = mirror() {
        cmd = cmd.arg(mirror);
    }
    let whole = if plays_root {
        sandbox::as_root_on_host(&cmd, host)
    } else {
        cmd.clone()
    };
    let output = whole.output()?;
    if !output.status.success() {
        // How it is started is no user's business.
        return Err(Error::new(format!("{cmd} failed: {}", reason(&output))));
    }
    engine.import(RootFiles::Archive(&tar), DEBIAN)
}

fn debootstrap(engine: &Engine, host: &Host, program: &Path) -> Result<()> {
    let dir = fs::temporary_dir_for_programs(&host.cache)?;
    let root = dir.path().join("root");
    let mut cmd = Cmd::new(program)
        .args(["--variant=minbase", "--include=ca-certificates", SUITE])
        .arg(&root);
    if let Some(mirror) = mirror() {
        cmd = cmd.arg(mirror);
    }
    cmd.succeed()?;
    engine.import(RootFiles::Directory(&root), DEBIAN)
}

/// The mirror this machine gets Debian's packages from, if it is a Debian machine; a company's own
/// often is the only one that can be reached.
fn mirror() -> Option<String> {
    let format = "$(ORIGIN)|$(LABEL)|$(REPO_URI)";
    let targets = Cmd::new("apt-get").args(["indextargets", "--format", format]);
    let output = targets.output().ok().filter(|o| o.status.success())?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let uri = text
        .lines()
        .find_map(|line| line.strip_prefix("Debian|Debian|"))?;
    Some(uri.to_owned())
}
