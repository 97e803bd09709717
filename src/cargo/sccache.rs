//! sccache as the caller's wrapper of rustc: a cache of compilers' results. Containers cannot use
//! the caller's server, because it compiles on the host. So sccache has to run in the containers.
//! <https://github.com/mozilla/sccache>

use std::path::{Path, PathBuf};

use memchr::memmem;
use serde::{Deserialize, Serialize};

use super::config::kept_back::{WRAPPER, WRAPPER_VARIABLE};
use super::config::{CargoConfig, variable};
use crate::bounds::asker::Asker;
use crate::verify::facts;
use cross_base::error::Result as Outcome;
use cross_base::fs;
use cross_base::host::Host;
use cross_base::setting::Source;

/// The program's file name. Crates check for it as well: <https://docs.rs/cc>.
pub(crate) const NAME: &str = "sccache";
/// The environment variable with the directory of sccache's cache.
pub(crate) const DIR: &str = "SCCACHE_DIR";
/// The environment variable with the socket of sccache's server. The server of a version that does
/// not know this variable listens at a port, which all containers on the host's network would
/// share.
pub(crate) const SOCKET: &str = "SCCACHE_SERVER_UDS";
/// The subdirectory of the cache for results from containers. The host's sccache uses others:
/// otherwise it would take results that a container wrote for its own.
const OWN: &str = "cross";
/// The packages that every image of cross's has.
const OF_BASE: &str = include_str!("../../toolchains/base.packages");
/// Libraries that an sccache may need, each with its Debian package.
const PACKAGES: &[(&str, &str)] = &[
    ("libcrypto.so.3", "libssl3t64"),
    ("libssl.so.3", "libssl3t64"),
    ("libz.so.1", "zlib1g"),
    ("libzstd.so.1", "libzstd1"),
];
/// Libraries that every system with glibc has.
const EVERYWHERE: &[&str] = &[
    "ld-linux-aarch64.so.1",
    "ld-linux-x86-64.so.2",
    "libc.so.6",
    "libdl.so.2",
    "libgcc_s.so.1",
    "libm.so.6",
    "libpthread.so.0",
    "librt.so.1",
];

/// The caller's sccache.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sccache {
    /// The author of the setting that names sccache.
    pub(crate) asker: Asker,
    /// The host's program, or the reason why containers cannot use it.
    pub(crate) program: Result<Program, String>,
    /// The cache directory for containers. None if the caller's environment names no directory.
    pub(crate) dir: Option<PathBuf>,
}

/// A program of the host that can run in containers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Program {
    pub(crate) path: PathBuf,
    /// Whether the program is static, so that it needs no library of the image.
    pub(crate) is_static: bool,
}

/// The facts about a program on which it depends whether containers can use it. It has tens of
/// megabytes to be read for them.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
pub(crate) struct Facts {
    /// The libraries that the program needs. None if it is no program for this system.
    libraries: Option<Vec<String>>,
    is_static: bool,
    /// Whether the program knows the variable with the server's socket.
    has_socket: bool,
}

impl Facts {
    /// Reads the program.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub(crate) fn of(path: &Path) -> Outcome<Self> {
        let content = fs::read(path)?;
        let facts = facts(&content).ok().flatten();
        Ok(Self {
            is_static: facts.as_ref().is_some_and(|f| f.is_static == Some(true)),
            libraries: facts.map(|facts| facts.libraries.into_iter().collect()),
            has_socket: memmem::find(&content, SOCKET.as_bytes()).is_some(),
        })
    }
}

impl Sccache {
    /// Finds sccache if it wraps rustc. An sccache that is a file of the project's is handled like
    /// any other program of the project. `is_used` says whether a container is to use it, and
    /// `look` reads the program.
    pub(crate) fn find(
        host: &Host,
        config: &CargoConfig,
        is_used: impl FnOnce() -> bool,
        look: impl FnOnce(&Path) -> Outcome<Facts>,
    ) -> Option<Self> {
        let (word, asker) = named(host, config)?;
        if Path::new(&word).file_name() != Some(NAME.as_ref()) || !is_used() {
            return None;
        }
        let program = match host.on_path(&word) {
            Some(path) => match look(&path) {
                Ok(facts) => fit(path, &facts),
                Err(error) => Err(error.message().to_owned()),
            },
            None => Err("it is not installed on this machine".to_owned()),
        };
        let dir = host.text(DIR).map(|dir| {
            let dir = fs::absolute(&host.cwd, dir.as_ref());
            dir.join(OWN)
        });
        Some(Self {
            asker,
            program,
            dir,
        })
    }
}

/// The wrapper of rustc and the author of the setting. An empty value means no wrapper.
fn named(host: &Host, config: &CargoConfig) -> Option<(String, Asker)> {
    let variables = [WRAPPER_VARIABLE.to_owned(), variable(WRAPPER)];
    let set = variables.into_iter().find(|name| host.var(name).is_some());
    if let Some(name) = set {
        let value = host.text(&name)?.to_owned();
        return Some((value, Asker::Said(Source::Variable(name))));
    }
    let value = config.text(WRAPPER).filter(|value| !value.is_empty())?;
    Some((value.to_owned(), config.asker(WRAPPER)?))
}

/// The program if it can run in containers and has a server of its own there, or the reason why
/// not.
fn fit(path: PathBuf, facts: &Facts) -> Result<Program, String> {
    let Some(libraries) = &facts.libraries else {
        return Err(format!(
            "`{}` is no program for this system",
            path.display()
        ));
    };
    if let Some(library) = libraries.iter().find(|library| !is_in_images(library)) {
        return Err(format!(
            "it needs `{library}`, which images need not have; the program that its makers release does not"
        ));
    }
    if !facts.has_socket {
        return Err(
            "this version has one server for all containers; a newer one has one for each"
                .to_owned(),
        );
    }
    Ok(Program {
        path,
        is_static: facts.is_static,
    })
}

/// Whether every image of cross's has a library.
fn is_in_images(library: &str) -> bool {
    let package = PACKAGES.iter().find(|(name, _)| *name == library);
    EVERYWHERE.contains(&library)
        || package.is_some_and(|(_, package)| OF_BASE.lines().any(|line| line == *package))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn needs(libraries: &[&str]) -> Result<Program, String> {
        let facts = Facts {
            libraries: Some(libraries.iter().map(|&name| name.to_owned()).collect()),
            is_static: false,
            has_socket: true,
        };
        fit("/usr/bin/sccache".into(), &facts)
    }

    #[test]
    fn what_the_base_image_has_is_no_obstacle() {
        for (library, package) in PACKAGES {
            assert!(OF_BASE.lines().any(|line| line == *package), "{package}");
            assert!(needs(&["libc.so.6", library]).is_ok(), "{library}");
        }
        let refused = needs(&["libc.so.6", "libzstd.so.1", "libpq.so.5"]);
        assert_eq!(
            refused.unwrap_err(),
            "it needs `libpq.so.5`, which images need not have; the program that its makers release does not"
        );
    }
}
