//! A snapshot of the machine and the caller's session, taken once. No other code reads the
//! environment.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use crate::debugging::Debugging;
use crate::error::{Error, Result};
use crate::fs;

/// The machine and the session that cross was started in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "three streams and two facts")]
pub struct Host {
    /// The environment; names and values need not be UTF-8.
    pub env: BTreeMap<OsString, OsString>,
    /// The current directory as an absolute path, with symbolic links resolved as the kernel
    /// reports it.
    pub cwd: PathBuf,
    /// The caller's user id and group id.
    pub uid: u32,
    pub gid: u32,
    /// The ids of the caller's other groups.
    pub groups: Vec<u32>,
    /// The permissions that new files of the caller do not get.
    pub umask: u32,
    /// The path of the running program.
    pub program: PathBuf,
    /// Whether standard input, standard output and standard error are terminals.
    pub stdin_tty: bool,
    pub stdout_tty: bool,
    pub stderr_tty: bool,
    /// The caller's home directory: `HOME`, or else that of the account. None if it cannot be told.
    pub home: Option<PathBuf>,
    /// Cargo's home: `CARGO_HOME`, or else `~/.cargo`.
    pub cargo_home: PathBuf,
    /// rustup's home: `RUSTUP_HOME`, or else `~/.rustup`.
    pub rustup_home: PathBuf,
    /// Cross's cache, with logs, locks and generated files: `$XDG_CACHE_HOME/cross`, or else
    /// `~/.cache/cross`.
    pub cache: PathBuf,
    /// The file with the machine's time zone, to which the link `/etc/localtime` leads.
    pub local_time: Option<PathBuf>,
    /// The time zone that `TZ` names: its name and its file. None if `TZ` names no file.
    pub zone: Option<(String, PathBuf)>,
    /// Whether the machine has a Nix store. Programs from Nix have their loader and libraries
    /// there.
    pub nix_store: bool,
    /// The container engine that the command line names.
    pub engine: Option<String>,
    /// The request to connect a debugger to the run's programs.
    pub debugging: Option<Debugging>,
    /// Whether SELinux is active. Containers then need a label that lets them read the project.
    pub selinux: bool,
}

impl Host {
    /// Takes the snapshot.
    ///
    /// # Errors
    ///
    /// If the current directory or the home directory cannot be determined.
    #[expect(clippy::disallowed_methods, reason = "the one place that may")]
    pub fn capture() -> Result<Self> {
        let env: BTreeMap<OsString, OsString> = std::env::vars_os().collect();
        let cwd = std::env::current_dir()
            .map_err(|e| Error::new(format!("cannot tell the current directory: {e}")))?;
        let no_home =
            |e| Error::new(format!("cannot tell the home directory: {e}")).hint("set `HOME`");
        let home = home::home_dir().filter(|home| home.is_absolute());
        let cache = env
            .get(OsStr::new("XDG_CACHE_HOME"))
            .map(PathBuf::from)
            .filter(|p| p.is_absolute())
            .or_else(|| home.as_ref().map(|home| home.join(".cache")))
            .ok_or_else(|| {
                // A directory that other users can write to is not safe: cross trusts its cache
                // later.
                Error::new("cannot tell where to keep images: there is no home directory")
                    .hint("set `HOME` or `XDG_CACHE_HOME`")
            })?
            .join("cross");
        keep_private(&cache);
        Ok(Self {
            cargo_home: home::cargo_home_with_cwd(&cwd).map_err(no_home)?,
            rustup_home: home::rustup_home_with_cwd(&cwd).map_err(no_home)?,
            home,
            cache,
            cwd,
            uid: rustix::process::getuid().as_raw(),
            gid: rustix::process::getgid().as_raw(),
            groups: rustix::process::getgroups()
                .unwrap_or_default()
                .iter()
                .map(|gid| gid.as_raw())
                .collect(),
            engine: None,
            debugging: None,
            umask: umask(),
            program: std::env::current_exe()
                .map_err(|e| Error::new(format!("cannot tell which program this is: {e}")))?,
            local_time: std::fs::canonicalize("/etc/localtime").ok(),
            zone: zone(&env),
            nix_store: Path::new("/nix/store").is_dir(),
            stdin_tty: std::io::stdin().is_terminal(),
            stdout_tty: std::io::stdout().is_terminal(),
            stderr_tty: std::io::stderr().is_terminal(),
            selinux: Path::new("/sys/fs/selinux/enforce").exists(),
            env,
        })
    }

    /// Whether all three streams of a run are the caller's terminal.
    #[must_use]
    pub fn has_terminal(&self) -> bool {
        let is_kept = self.debugging.as_ref().is_none_or(|d| d.keeps_terminal);
        is_kept && self.stdin_tty && self.stdout_tty && self.stderr_tty
    }

    /// The names of all environment variables. Names that are not UTF-8 are left out.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.env.keys().filter_map(|name| name.to_str())
    }

    /// The value of an environment variable that is set. It may be empty.
    pub fn var(&self, name: &str) -> Option<&OsStr> {
        self.env.get(OsStr::new(name)).map(OsString::as_os_str)
    }

    /// The value of an environment variable that is set, not empty and UTF-8.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.var(name)
            .and_then(OsStr::to_str)
            .filter(|v| !v.is_empty())
    }

    /// Looks a program up on the caller's `PATH`. A path with slashes is taken as it is.
    pub fn on_path(&self, program: impl AsRef<OsStr>) -> Option<PathBuf> {
        which::which_in(program, self.var("PATH"), &self.cwd).ok()
    }

    /// Looks a program up in the directories of another `PATH`.
    pub fn in_path(&self, program: impl AsRef<OsStr>, path: &OsStr) -> Option<PathBuf> {
        which::which_in(program, Some(path), &self.cwd).ok()
    }

    /// The file of a lock that processes of the caller's hold while they change something that they
    /// share.
    #[must_use]
    pub fn lock_file(&self, name: &str) -> PathBuf {
        self.cache.join("locks").join(format!("{name}.lock"))
    }

    /// The file with the certificates that this machine trusts: the file that cargo's configuration
    /// or the usual environment variables name, or else the distribution's.
    #[must_use]
    pub fn ca_bundle(&self, configured: Option<PathBuf>) -> Option<PathBuf> {
        const FILES: &[&str] = &[
            "/etc/ssl/certs/ca-certificates.crt",
            "/etc/pki/tls/certs/ca-bundle.crt",
            "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
            "/etc/ssl/ca-bundle.pem",
            "/etc/ssl/cert.pem",
        ];
        let absolute = |path: &str| fs::absolute(&self.cwd, Path::new(path));
        let [of_cargo, others @ ..] = CERTIFICATES;
        let named = others.iter().filter_map(|name| self.text(name));
        self.text(of_cargo)
            .map(absolute)
            .into_iter()
            .chain(configured)
            .chain(named.chain(FILES.iter().copied()).map(absolute))
            .find(|path| path.is_file())
    }

    /// The caller's name for the container's `passwd` file. A name with other characters than that
    /// file can hold is replaced.
    #[must_use]
    pub fn user_name(&self) -> &str {
        self.text("USER")
            .or_else(|| self.text("LOGNAME"))
            .filter(|n| {
                n.bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
            })
            .unwrap_or(if self.uid == 0 { "root" } else { "user" })
    }
}

/// The environment variables with the file of certificates that are trusted: cargo's, which wins
/// over cargo's configuration, then those of other programs.
pub const CERTIFICATES: [&str; 4] = [
    "CARGO_HTTP_CAINFO",
    "SSL_CERT_FILE",
    "CURL_CA_BUNDLE",
    "GIT_SSL_CAINFO",
];

/// The C library's directory of time zones. <https://man7.org/linux/man-pages/man3/tzset.3.html>
pub const ZONES: &str = "/usr/share/zoneinfo";

/// The time zone that `TZ` names and its file, looked up as the C library does.
fn zone(env: &BTreeMap<OsString, OsString>) -> Option<(String, PathBuf)> {
    let text = |name: &str| {
        env.get(OsStr::new(name))?
            .to_str()
            .filter(|v| !v.is_empty())
    };
    let said = text("TZ")?;
    let name = said.strip_prefix(':').unwrap_or(said);
    let below = name.strip_prefix(ZONES).and_then(|n| n.strip_prefix('/'));
    let (dir, name) = match below {
        Some(name) => (ZONES, name),
        None => (text("TZDIR").unwrap_or(ZONES), name),
    };
    let is_plain = |part| matches!(part, std::path::Component::Normal(_));
    if !Path::new(name).components().all(is_plain) {
        return None;
    }
    let file = fs::canonical(&Path::new(dir).join(name));
    file.is_file().then(|| (name.to_owned(), file))
}

/// Removes other users' permissions for the caller's cache.
fn keep_private(cache: &Path) {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
    let is_open = |m: &std::fs::Metadata| m.permissions().mode() & 0o077 != 0;
    let own = |m: &std::fs::Metadata| m.uid() == rustix::process::getuid().as_raw();
    if fs_err::metadata(cache).is_ok_and(|m| m.is_dir() && own(&m) && is_open(&m)) {
        // A failure leaves the permissions as they were.
        let _ = fs::set_mode(cache, 0o700);
    }
}

/// The process's umask. The kernel only tells it in exchange for a new one.
fn umask() -> u32 {
    let mask = rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
    rustix::process::umask(mask);
    mask.bits()
}
