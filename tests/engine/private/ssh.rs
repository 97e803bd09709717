//! A server for git over ssh, and an agent with the only key for it.

use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::{Daemon, free_port};

use crate::engine::Candidate;

/// A server and an agent that run until this is dropped.
#[derive(Debug)]
pub(crate) struct Ssh {
    port: u16,
    socket: PathBuf,
    known_hosts: PathBuf,
    _agent: Daemon,
    _server: Daemon,
}

impl Ssh {
    /// Starts both, with all their files in a directory. Everything that gives access contains the
    /// secret in its name or comment: the agent's socket, the key, and the line that identifies the
    /// server.
    pub(crate) fn start(dir: &Path, secret: &str) -> Self {
        let home = dir.join(".ssh");
        let mut private = std::fs::DirBuilder::new();
        private.mode(0o700).create(&home).expect("a directory");
        let host_key = key(&dir.join("host"), secret);
        let key = key(&dir.join("key"), secret);
        let port = free_port();

        let socket = dir.join(secret);
        let mut agent = Command::new("ssh-agent");
        agent.arg("-D").arg("-a").arg(&socket).stdout(Stdio::null());
        let agent = Daemon(agent.spawn().expect("ssh-agent"));
        for _ in 0..100 {
            if socket.exists() {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        let mut add = Command::new("ssh-add");
        add.arg("-q").arg(dir.join("key"));
        run(add.env("SSH_AUTH_SOCK", &socket));
        // The agent alone has the key from now on.
        fs_err::remove_file(dir.join("key")).expect("a file");
        fs_err::write(dir.join("authorized_keys"), key).expect("a file");

        let known_hosts = home.join("known_hosts");
        fs_err::write(&known_hosts, format!("[127.0.0.1]:{port} {host_key}")).expect("a file");
        Self {
            port,
            socket,
            known_hosts,
            _agent: agent,
            _server: server(dir, port),
        }
    }

    /// The address of a repository on the server.
    pub(crate) fn url(&self, path: &Path) -> String {
        let user = run(Command::new("id").arg("-un"));
        format!(
            "ssh://{}@127.0.0.1:{}{}",
            user.trim(),
            self.port,
            path.display()
        )
    }

    /// Variables by which the caller's programs reach the server. Cargo looks for known hosts in
    /// the home directory of `HOME`, `ssh` in the one of the system's accounts.
    pub(crate) fn env(&self) -> [(&'static str, String); 3] {
        let known_hosts = self.known_hosts.display();
        let home = self.known_hosts.ancestors().nth(2).expect("a home");
        [
            ("SSH_AUTH_SOCK", self.socket.display().to_string()),
            ("HOME", home.display().to_string()),
            (
                "GIT_SSH_COMMAND",
                format!("ssh -F none -o UserKnownHostsFile='{known_hosts}'"),
            ),
        ]
    }
}

/// The reason why the server cannot be started; `None` otherwise.
pub(crate) fn lacks_server(_: &Candidate) -> Option<String> {
    sshd()
        .is_none()
        .then(|| "there is no program `sshd`".to_owned())
}

/// The path of `sshd`. Its directory is not on every `PATH`, and `sshd` must be started by an
/// absolute path.
fn sshd() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let dirs = std::env::split_paths(&path).chain(["/usr/sbin".into(), "/usr/local/sbin".into()]);
    let mut programs = dirs.map(|dir| dir.join("sshd"));
    programs.find(|program| program.exists())
}

/// Starts a server that accepts the key, for the user that the server runs as.
fn server(dir: &Path, port: u16) -> Daemon {
    if rustix::process::getuid().is_root() {
        // The system's own start script would create this directory.
        fs_err::create_dir_all("/run/sshd").expect("a directory");
    }
    let path = std::env::var("PATH").unwrap_or_default();
    let dir = dir.display();
    let config = format!(
        "ListenAddress 127.0.0.1:{port}\nHostKey {dir}/host\nPidFile none\n\
         AuthorizedKeysFile {dir}/authorized_keys\nPubkeyAuthentication yes\n\
         PasswordAuthentication no\nKbdInteractiveAuthentication no\nUsePAM no\n\
         PermitRootLogin prohibit-password\nStrictModes no\nSetEnv PATH={path}\n"
    );
    let file = format!("{dir}/sshd_config");
    fs_err::write(&file, config).expect("a file");
    let mut sshd = Command::new(sshd().expect("a program"));
    sshd.args(["-D", "-q", "-f", &file]);
    Daemon(sshd.spawn().expect("sshd")).listening_at(port)
}

/// Makes a key, and returns its public half.
fn key(path: &Path, comment: &str) -> String {
    let mut keygen = Command::new("ssh-keygen");
    keygen.args(["-q", "-t", "ed25519", "-N", "", "-C", comment, "-f"]);
    run(keygen.arg(path));
    fs_err::read_to_string(path.with_extension("pub")).expect("a key")
}

/// Runs a program that must succeed, and returns its standard output.
#[track_caller]
pub(crate) fn run(command: &mut Command) -> String {
    let output = command.output().expect("it starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {said}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}
