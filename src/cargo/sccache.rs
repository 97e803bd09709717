//! sccache, where the caller lets it wrap rustc: a cache of what compilers make. Containers cannot
//! use the caller's server of it, which compiles on the host, so that a program of it has to run in
//! them. <https://github.com/mozilla/sccache>

use std::path::{Path, PathBuf};

use memchr::memmem;

use super::config::{CargoConfig, variable};
use crate::bounds::asker::Asker;
use crate::verify::facts;
use cross_base::fs;
use cross_base::host::Host;
use cross_base::setting::Source;

/// What wraps rustc goes by this name, and crates look for it: <https://docs.rs/cc>.
pub(crate) const NAME: &str = "sccache";
/// The key of cargo's configuration that names it. <https://doc.rust-lang.org/cargo/reference/config.html#buildrustc-wrapper>
pub(crate) const KEY: &str = "build.rustc-wrapper";
/// The variable that wins over the key.
pub(crate) const VARIABLE: &str = "RUSTC_WRAPPER";
/// The variable with the directory of its cache.
pub(crate) const DIR: &str = "SCCACHE_DIR";
/// The variable with the socket of its server. A version that does not know it has its server
/// listen at a port, which all containers with the host's network would share.
pub(crate) const SOCKET: &str = "SCCACHE_SERVER_UDS";
/// What containers cache is in a directory of this name there: the host's sccache, which has
/// others, would take what one of them wrote for its own.
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

/// What is known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sccache {
    /// Who named it.
    pub(crate) asker: Asker,
    /// The host's program, or why it cannot be used.
    pub(crate) program: Result<Program, String>,
    /// The directory for what containers cache, if the caller has chosen where caches are.
    pub(crate) dir: Option<PathBuf>,
}

/// A program of the host's that containers can start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Program {
    pub(crate) path: PathBuf,
    /// Whether it needs nothing of an image.
    pub(crate) is_static: bool,
}

impl Sccache {
    /// Looks for it, where it is what cargo lets wrap rustc. One that is the project's own file is
    /// like any other program of the project's.
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

/// What wraps rustc, and who says so. An empty value says that nothing does.
fn named(host: &Host, config: &CargoConfig) -> Option<(String, Asker)> {
    let variables = [VARIABLE.to_owned(), variable(KEY)];
    let set = variables.into_iter().find(|name| host.var(name).is_some());
    if let Some(name) = set {
        let value = host.text(&name)?.to_owned();
        return Some((value, Asker::Said(Source::Variable(name))));
    }
    let value = config.text(KEY).filter(|value| !value.is_empty())?;
    Some((value.to_owned(), config.asker(KEY)?))
}

/// A program, if it can run in containers and keep to itself.
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
