//! A user other than root, as whom root's tests run cross. The owners of files differ only with
//! such a user.

use std::ffi::OsStr;
use std::os::unix::fs::{DirBuilderExt, lchown};
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// A user id that has no name on usual machines, nor in containers.
const ANYBODY: u32 = 54_321;
/// The account that `ci/test.sh` makes for rootless engines.
pub(crate) const NAME: &str = "cross-test";

/// A user account with a toolchain and a cargo home of its own.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) uid: u32,
    pub(crate) gid: u32,
    groups: u32,
    /// Contains the toolchain, the programs under test and, for an account without a home
    /// directory, the home.
    dir: TempDir,
    /// The home directory, in which the engine keeps its images.
    home: PathBuf,
}

impl Account {
    /// An account without a name, in the group that may use an engine's socket.
    pub(crate) fn anybody(groups: u32) -> Result<Self, String> {
        Self::new(ANYBODY, ANYBODY, groups, None)
    }

    /// The account [`NAME`], which has subordinate ids to map into containers.
    pub(crate) fn with_subordinates() -> Result<Self, String> {
        let passwd = fs_err::read_to_string("/etc/passwd").map_err(|e| e.to_string())?;
        let line = passwd
            .lines()
            .find(|line| line.split(':').next() == Some(NAME));
        let line = line.ok_or_else(|| format!("there is no account `{NAME}`"))?;
        let fields: Vec<&str> = line.split(':').collect();
        let id = |n: usize| fields.get(n).and_then(|id| id.parse::<u32>().ok());
        let (Some(uid), Some(gid), Some(home)) = (id(2), id(3), fields.get(5)) else {
            return Err(format!("cannot understand the account `{NAME}`"));
        };
        Self::new(uid, gid, gid, Some(PathBuf::from(home)))
    }

    fn new(uid: u32, gid: u32, groups: u32, home: Option<PathBuf>) -> Result<Self, String> {
        if !rustix::process::getuid().is_root() {
            return Err("only root can become somebody else".to_owned());
        }
        let dir = tempfile::Builder::new().prefix("cross-account-").tempdir();
        let dir = dir.map_err(|e| e.to_string())?;
        let own_home = dir.path().join("home");
        fs_err::create_dir_all(own_home.join(".cargo")).map_err(|e| e.to_string())?;
        let home = home.unwrap_or(own_home);
        let account = Self {
            uid,
            gid,
            groups,
            dir,
            home,
        };
        account.own(account.dir.path());
        account.bring_toolchain()?;
        fs_err::copy(env!("CARGO_BIN_EXE_cross"), account.cross()).map_err(|e| e.to_string())?;
        fs_err::copy(env!("CARGO_BIN_EXE_cross-util"), account.util())
            .map_err(|e| e.to_string())?;
        Ok(account)
    }

    /// Gives the account a toolchain. Root's own is in root's home directory, which other users
    /// cannot read. Hard links need almost no time and space.
    fn bring_toolchain(&self) -> Result<(), String> {
        let failed = |what: &str| format!("cannot bring the toolchain: {what}");
        let mut rustc = Command::new("rustc");
        rustc
            .args(["--print", "sysroot"])
            .env_remove("RUSTUP_TOOLCHAIN");
        let sysroot = rustc.output().map_err(|e| failed(&e.to_string()))?;
        let sysroot = PathBuf::from(String::from_utf8_lossy(&sysroot.stdout).trim());
        for how in ["-al", "-a"] {
            let mut copy = Command::new("cp");
            copy.arg(how).arg(&sysroot).arg(self.toolchain());
            if copy.output().is_ok_and(|output| output.status.success()) {
                return Ok(());
            }
            // Remove what the failed copy left.
            let _ = fs_err::remove_dir_all(self.toolchain());
        }
        Err(failed("`cp` fails"))
    }

    /// The account's toolchain, which is on no other user's `PATH`.
    pub(crate) fn toolchain(&self) -> PathBuf {
        self.dir.path().join("toolchain")
    }

    /// The home directory, in which the engine keeps its images.
    pub(crate) fn home(&self) -> &Path {
        &self.home
    }

    /// A copy of the program under test that the account can reach.
    pub(crate) fn cross(&self) -> PathBuf {
        self.dir.path().join("cross")
    }

    pub(crate) fn util(&self) -> PathBuf {
        self.dir.path().join("cross-util")
    }

    /// A directory that only the account can enter, for files of a running engine. It is the same
    /// in every run, because podman leaves a process behind that holds its namespaces.
    pub(crate) fn runtime_dir(&self) -> Result<PathBuf, String> {
        let dir = std::env::temp_dir().join(format!("cross-test-run-{}", self.uid));
        if !dir.exists() {
            let made = std::fs::DirBuilder::new().mode(0o700).create(&dir);
            made.map_err(|e| e.to_string())?;
            self.own(&dir);
        }
        Ok(dir)
    }

    /// Makes the account the owner of a file, or of a directory and everything in it.
    pub(crate) fn own(&self, path: &Path) {
        lchown(path, Some(self.uid), Some(self.gid)).expect("root gives things away");
        if path.is_dir() && !path.is_symlink() {
            for entry in fs_err::read_dir(path).expect("a directory") {
                self.own(&entry.expect("an entry").path());
            }
        }
    }

    /// A command that runs as the account, with the account's environment.
    pub(crate) fn command(&self, program: &OsStr) -> Command {
        let mut command = Command::new("setpriv");
        command
            .args([
                "--reuid",
                &self.uid.to_string(),
                "--regid",
                &self.gid.to_string(),
            ])
            .args([
                "--groups",
                &self.groups.to_string(),
                "--inh-caps=-all",
                "--",
            ])
            .arg(program)
            .env("HOME", &self.home)
            .env("USER", NAME)
            .env("LOGNAME", NAME)
            .env("CARGO_HOME", self.dir.path().join("home/.cargo"))
            .env_remove("RUSTUP_HOME")
            .env_remove("XDG_RUNTIME_DIR")
            .env("PATH", self.path())
            .current_dir("/");
        command
    }

    fn path(&self) -> String {
        let bin = self.toolchain().join("bin");
        format!(
            "{}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            bin.display()
        )
    }
}
