//! The engines that a test may run with, and the reasons why others are missing.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use crate::account::Account;

/// A way to run containers that works on this machine.
#[derive(Debug)]
pub(crate) struct Engine {
    pub(crate) name: &'static str,
    /// The value of `CROSS_CONTAINER_ENGINE`.
    pub(crate) program: &'static str,
    /// The user who runs cross, if not the user who runs the tests.
    pub(crate) account: Option<Account>,
    /// Variables that the engine's own program needs.
    pub(crate) env: Vec<(&'static str, String)>,
}

/// An engine, or the reason why it is missing.
#[derive(Clone)]
pub(crate) struct Candidate {
    pub(crate) name: &'static str,
    pub(crate) engine: Result<Arc<Engine>, String>,
    /// Whether the tests fail if the engine is missing.
    pub(crate) required: bool,
    /// Whether the engine is docker or podman as run by the tests' user. These two run all tests.
    pub(crate) main: bool,
}

/// All engines that cross supports, each in every way of running it.
pub(crate) fn candidates() -> Vec<Candidate> {
    let required = std::env::var("CROSS_TEST_REQUIRE").unwrap_or_default();
    let candidate = |name, found: Result<Engine, String>| Candidate {
        name,
        engine: found.map(Arc::new),
        required: required.split(',').any(|n| n == name),
        main: matches!(name, "docker" | "podman"),
    };
    vec![
        candidate("docker", docker()),
        candidate("podman", podman()),
        candidate("docker-as-user", docker_as_user()),
        candidate("rootless-podman", rootless_podman()),
        candidate("rootless-docker", rootless_docker()),
        candidate("sandbox", sandbox(None)),
        candidate(
            "sandbox-as-user",
            Account::with_subordinates().and_then(|account| sandbox(Some(account))),
        ),
    ]
}

impl Candidate {
    /// The reason why this engine's user cannot choose a toolchain by name; `None` otherwise.
    pub(crate) fn lacks_rustup(&self) -> Option<String> {
        let engine = self.engine.as_ref().ok()?;
        let is_account = engine.account.is_some();
        is_account.then(|| "the account has one toolchain, and no rustup".to_owned())
    }

    /// The candidate for a test that needs a certain toolchain. If that is not installed, the test
    /// is ignored and does not fail.
    pub(crate) fn with_toolchain(mut self, toolchain: Option<&str>) -> Self {
        let Some(toolchain) = toolchain else {
            return self;
        };
        let mut cargo = Command::new("cargo");
        cargo
            .args([toolchain, "--version"])
            .env("RUSTUP_AUTO_INSTALL", "0");
        let found = cargo.output().is_ok_and(|output| output.status.success());
        if !found {
            self.engine = Err(format!("there is no toolchain `{toolchain}`"));
            self.required = false;
        }
        self
    }
}

impl Engine {
    /// A call of the engine's own program, as the user who runs cross.
    pub(crate) fn command(&self) -> Command {
        let mut command = match &self.account {
            Some(account) => account.command(self.program.as_ref()),
            None => Command::new(self.program),
        };
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Whether this is the built-in engine.
    pub(crate) fn is_built_in(&self) -> bool {
        self.program == SANDBOX
    }

    /// The directory in which the built-in engine keeps images.
    pub(crate) fn images(&self) -> Option<PathBuf> {
        let own = || std::env::var_os("HOME").map(PathBuf::from);
        let home = match &self.account {
            Some(account) => Some(account.home().to_owned()),
            None => own(),
        };
        let home = home.filter(|_| self.is_built_in())?;
        Some(home.join(".cache/cross/store"))
    }

    /// The containers, running or stopped, in which this directory of the host is mounted.
    pub(crate) fn containers(&self, mounted: &Path) -> Vec<String> {
        if self.is_built_in() {
            return sandboxes(mounted);
        }
        let filter = format!("volume={}", mounted.display());
        let output = self
            .command()
            .args(["ps", "--all", "--quiet", "--filter", &filter])
            .output();
        let output = output.expect("the engine lists containers");
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8_lossy(&output.stdout)
            .lines()
            .map(str::to_owned)
            .collect()
    }
}

/// The name of the built-in engine.
const SANDBOX: &str = "sandbox";

fn sandbox(account: Option<Account>) -> Result<Engine, String> {
    let setting = "/proc/sys/user/max_user_namespaces";
    let allowed = std::fs::read_to_string(setting).unwrap_or_default();
    if allowed.trim() == "0" {
        return Err(format!("`{setting}` is 0"));
    }
    Ok(Engine {
        name: if account.is_some() {
            "sandbox-as-user"
        } else {
            SANDBOX
        },
        program: SANDBOX,
        account,
        env: Vec::new(),
    })
}

/// The mount namespaces in which this directory of the host is mounted at its own path.
fn sandboxes(mounted: &Path) -> Vec<String> {
    let place = format!(" {} ", mounted.display());
    let processes = std::fs::read_dir("/proc").expect("Linux has it").flatten();
    let found = processes.filter_map(|process| {
        let table = std::fs::read_to_string(process.path().join("mountinfo")).ok()?;
        table.contains(&place).then_some(())?;
        let namespace = std::fs::read_link(process.path().join("ns/mnt")).ok()?;
        Some(namespace.display().to_string())
    });
    let mut found: Vec<String> = found.collect();
    found.sort();
    found.dedup();
    found
}

/// A program's standard output, or the last line of its error message.
fn answer(command: &mut Command) -> Result<String, String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command
        .output()
        .map_err(|_| format!("{program} is not installed"))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(text
        .lines()
        .last()
        .unwrap_or("it fails without a word")
        .to_owned())
}

/// Whether docker's daemon is rootless.
fn docker_is_rootless() -> Result<bool, String> {
    let format = [
        "info",
        "--format",
        "{{.ServerVersion}} {{.SecurityOptions}}",
    ];
    let info = answer(Command::new("docker").args(format))?;
    Ok(info.contains("name=rootless"))
}

/// Rootful docker, as the user who runs the tests.
pub(crate) fn docker() -> Result<Engine, String> {
    if docker_is_rootless()? {
        return Err("docker runs without root's rights: see rootless-docker".to_owned());
    }
    Ok(Engine {
        name: "docker",
        program: "docker",
        account: None,
        env: Vec::new(),
    })
}

/// Rootful docker as another user than root, the usual way to use docker.
fn docker_as_user() -> Result<Engine, String> {
    use std::os::unix::fs::MetadataExt;
    docker()?;
    let socket = fs_err::metadata("/var/run/docker.sock").map_err(|e| e.to_string())?;
    let account = Account::anybody(socket.gid())?;
    let engine = Engine {
        name: "docker-as-user",
        program: "docker",
        account: Some(account),
        env: vec![],
    };
    answer(engine.command().arg("version"))?;
    Ok(engine)
}

/// Rootless docker: the one of the user who runs the tests or, if that is root, the daemon that
/// `ci/test.sh` starts for the account [`NAME`](crate::account::NAME).
fn rootless_docker() -> Result<Engine, String> {
    let name = "rootless-docker";
    if docker_is_rootless().is_ok_and(|rootless| rootless) {
        return Ok(Engine {
            name,
            program: "docker",
            account: None,
            env: Vec::new(),
        });
    }
    let socket = std::env::var("CROSS_TEST_ROOTLESS_DOCKER");
    let socket = socket.map_err(|_| "docker's daemon runs with root's rights".to_owned())?;
    let account = Account::with_subordinates()?;
    let env = vec![("DOCKER_HOST", format!("unix://{socket}"))];
    let engine = Engine {
        name,
        program: "docker",
        account: Some(account),
        env,
    };
    answer(engine.command().arg("version"))?;
    Ok(engine)
}

/// Podman as the user who runs the tests.
pub(crate) fn podman() -> Result<Engine, String> {
    let engine = Engine {
        name: "podman",
        program: "podman",
        account: None,
        env: podman_env(),
    };
    answer(engine.command().arg("info"))?;
    Ok(engine)
}

/// Rootless podman, if root runs the tests.
fn rootless_podman() -> Result<Engine, String> {
    if !rustix::process::getuid().is_root() {
        return Err("the tests run without root's rights: see podman".to_owned());
    }
    let account = Account::with_subordinates()?;
    let mut env = podman_env();
    env.push((
        "XDG_RUNTIME_DIR",
        account.runtime_dir()?.display().to_string(),
    ));
    let engine = Engine {
        name: "rootless-podman",
        program: "podman",
        account: Some(account),
        env,
    };
    answer(engine.command().arg("info"))?;
    Ok(engine)
}

/// The settings that `ci/setup.sh --all` found necessary on this machine, except those that the
/// caller has set. The file is a shell script of lines like `export NAME='value'`.
fn podman_env() -> Vec<(&'static str, String)> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/podman.env");
    let script = fs_err::read_to_string(script).unwrap_or_default();
    let lines = script
        .lines()
        .filter_map(|line| line.strip_prefix("export ")?.split_once('='));
    let mut settings = Vec::new();
    for (name, value) in lines {
        for known in ["CONTAINERS_CONF", "STORAGE_DRIVER"] {
            if name == known && std::env::var_os(known).is_none() {
                settings.push((known, value.trim_matches('\'').to_owned()));
            }
        }
    }
    settings
}
