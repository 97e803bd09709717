//! A snapshot of the surroundings, taken once. Nothing else reads the environment.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use crate::debugging::Debugging;
use crate::error::{Error, Result};
use crate::fs;

/// What cross knows about the machine and the session it was started in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "three streams and two facts")]
pub struct Host {
    /// The environment; names and values need not be UTF-8.
    pub env: BTreeMap<OsString, OsString>,
    /// The current directory, absolute, symbolic links resolved as the system reports it.
    pub cwd: PathBuf,
    /// The caller's user and group.
    pub uid: u32,
    pub gid: u32,
    /// The caller's other groups.
    pub groups: Vec<u32>,
    /// Permissions that new files of the caller's do not have.
    pub umask: u32,
    /// This very program.
    pub program: PathBuf,
    /// Which of the three streams are terminals.
    pub stdin_tty: bool,
    pub stdout_tty: bool,
    pub stderr_tty: bool,
    /// `CARGO_HOME` or `~/.cargo`.
    pub cargo_home: PathBuf,
    /// `RUSTUP_HOME` or `~/.rustup`.
    pub rustup_home: PathBuf,
    /// Where logs, locks and generated files live: `$XDG_CACHE_HOME/cross`, else `~/.cache/cross`.
    pub cache: PathBuf,
    /// The file with the machine's time zone, where the link `/etc/localtime` leads.
    pub local_time: Option<PathBuf>,
    /// The zone that `TZ` names, as far as it names a file: its name and the file.
    pub zone: Option<(String, PathBuf)>,
    /// Whether programs may come from Nix, which find their loader and libraries in its store.
    pub nix_store: bool,
    /// The container engine that the command line names, where it can.
    pub engine: Option<String>,
    /// What a debugger needs of the run, where one was asked for.
    pub debugging: Option<Debugging>,
    /// Whether SELinux is on, so that containers need leave to read the project.
    pub selinux: bool,
}

impl Host {
    /// Looks at the real surroundings.
    ///
    /// # Errors
    ///
    /// When there is no current directory or no home directory to be found.
    #[expect(clippy::disallowed_methods, reason = "the one place that may")]
    pub fn capture() -> Result<Self> {
        let env: BTreeMap<OsString, OsString> = std::env::vars_os().collect();
        let cwd = std::env::current_dir()
            .map_err(|e| Error::new(format!("cannot tell the current directory: {e}")))?;
        let no_home =
            |e| Error::new(format!("cannot tell the home directory: {e}")).hint("set `HOME`");
        let cache = env
            .get(OsStr::new("XDG_CACHE_HOME"))
            .map(PathBuf::from)
            .filter(|p| p.is_absolute())
            .or_else(|| home::home_dir().map(|h| h.join(".cache")))
            .ok_or_else(|| {
                // A directory that everybody can write to is no place for what is believed later.
                Error::new("cannot tell where to keep images: there is no home directory")
                    .hint("set `HOME` or `XDG_CACHE_HOME`")
            })?
            .join("cross");
        keep_private(&cache);
        Ok(Self {
            cargo_home: home::cargo_home_with_cwd(&cwd).map_err(no_home)?,
            rustup_home: home::rustup_home_with_cwd(&cwd).map_err(no_home)?,
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

    /// Whether all three streams of a run lead to the caller's terminal.
    #[must_use]
    pub fn has_terminal(&self) -> bool {
        let is_kept = self.debugging.as_ref().is_none_or(|d| d.keeps_terminal);
        is_kept && self.stdin_tty && self.stdout_tty && self.stderr_tty
    }

    /// The names of all variables that are UTF-8.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.env.keys().filter_map(|name| name.to_str())
    }

    /// The value of a variable, if it is set; it may be empty.
    pub fn var(&self, name: &str) -> Option<&OsStr> {
        self.env.get(OsStr::new(name)).map(OsString::as_os_str)
    }

    /// The value of a variable that is set, not empty and UTF-8.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.var(name)
            .and_then(OsStr::to_str)
            .filter(|v| !v.is_empty())
    }

    /// Looks a program up on the caller's `PATH`, or takes a path as it is.
    pub fn on_path(&self, program: impl AsRef<OsStr>) -> Option<PathBuf> {
        which::which_in(program, self.var("PATH"), &self.cwd).ok()
    }

    /// The certificates this machine trusts, in one file: what cargo's configuration and the usual
    /// variables name, else where the distributions keep it.
    #[must_use]
    pub fn ca_bundle(&self, configured: Option<PathBuf>) -> Option<PathBuf> {
        const VARIABLES: &[&str] = &["SSL_CERT_FILE", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO"];
        const FILES: &[&str] = &[
            "/etc/ssl/certs/ca-certificates.crt",
            "/etc/pki/tls/certs/ca-bundle.crt",
            "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
            "/etc/ssl/ca-bundle.pem",
            "/etc/ssl/cert.pem",
        ];
        let absolute = |path: &str| fs::absolute(&self.cwd, Path::new(path));
        let named = VARIABLES.iter().filter_map(|name| self.text(name));
        self.text("CARGO_HTTP_CAINFO")
            .map(absolute)
            .into_iter()
            .chain(configured)
            .chain(named.chain(FILES.iter().copied()).map(absolute))
            .find(|path| path.is_file())
    }

    /// The caller's name for the container's passwd entry, reduced to what such a file can hold.
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

/// Where the C library looks for the files of time zones. <https://man7.org/linux/man-pages/man3/tzset.3.html>
pub const ZONES: &str = "/usr/share/zoneinfo";

/// The zone that a file of this machine is for, by the variables of the C library.
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

/// Keeps others out of the caller's logs and locks.
fn keep_private(cache: &Path) {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
    let is_open = |m: &std::fs::Metadata| m.permissions().mode() & 0o077 != 0;
    let own = |m: &std::fs::Metadata| m.uid() == rustix::process::getuid().as_raw();
    if fs_err::metadata(cache).is_ok_and(|m| m.is_dir() && own(&m) && is_open(&m)) {
        // If that is not possible, it is as it was.
        let _ = fs::set_mode(cache, 0o700);
    }
}

/// The mask for new files. The system tells it only to who sets another.
fn umask() -> u32 {
    let mask = rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
    rustix::process::umask(mask);
    mask.bits()
}
