//! sccache as the caller's wrapper of rustc: a cache of compilers' results. Containers cannot use
//! the caller's server, because it compiles on the host. So sccache has to run in the containers.
//! <https://github.com/mozilla/sccache>

use std::path::{Path, PathBuf};

use memchr::memmem;

use super::config::kept_back::{WRAPPER, WRAPPER_VARIABLE};
use super::config::{CargoConfig, variable};
use crate::bounds::asker::Asker;
use crate::verify::facts;
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

impl Sccache {
    /// Finds sccache if it wraps rustc. An sccache that is a file of the project's is handled like
    /// any other program of the project.
    pub(crate) fn find(host: &Host, config: &CargoConfig) -> Option<Self> {
        let (word, asker) = named(host, config)?;
        if Path::new(&word).file_name() != Some(NAME.as_ref()) {
            return None;
        }
        let program = match host.on_path(&word) {
            Some(path) => match fs::read(&path) {
                Ok(content) => fit(&path, &content),
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
fn fit(path: &Path, content: &[u8]) -> Result<Program, String> {
    let Ok(Some(facts)) = facts(content) else {
        return Err(format!(
            "`{}` is no program for this system",
            path.display()
        ));
    };
    let is_strange = |library: &&String| !EVERYWHERE.contains(&library.as_str());
    if let Some(library) = facts.libraries.iter().find(is_strange) {
        return Err(format!(
            "it needs `{library}`, which images do not have; the program that its makers release does not"
        ));
    }
    if memmem::find(content, SOCKET.as_bytes()).is_none() {
        return Err(
            "this version has one server for all containers; a newer one has one for each"
                .to_owned(),
        );
    }
    Ok(Program {
        path: path.to_owned(),
        is_static: facts.is_static == Some(true),
    })
}
