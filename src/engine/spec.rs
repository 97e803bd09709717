//! One container run as a value, and the words docker and podman have for it.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use crate::base::error::{Error, Result};
use crate::base::process::Cmd;
use crate::config::file::Network;
use crate::engine::{Engine, Kind, rights};
use crate::sandbox;
use crate::sandbox::store::{Image, Store};
use crate::target;
use crate::target::image_name::TARGET_LABEL;

/// Whether a mount can be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    ReadOnly,
    ReadWrite,
}

/// A host file or directory that the container sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mount {
    pub(crate) source: PathBuf,
    pub(crate) target: PathBuf,
    pub(crate) access: Access,
}

/// One variable of the container's environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum EnvVar {
    /// Has this value.
    Set(String, OsString),
    /// Has the value it has for the caller; the value stands in no command line.
    Inherit(String),
}

/// Everything about one run. Reads nothing, so that a test can compare it and a command can print
/// it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RunSpec {
    pub(crate) image: String,
    /// The image's program that runs another with a mask for new files, if it has one.
    pub(crate) with_umask: Option<&'static str>,
    /// The caller.
    pub(crate) uid: u32,
    pub(crate) gid: u32,
    /// The caller's other groups, through which a directory may be writable.
    pub(crate) groups: Vec<u32>,
    /// The caller's mask for new files.
    pub(crate) umask: u32,
    pub(crate) stdin: bool,
    pub(crate) tty: bool,
    pub(crate) network: Network,
    /// Whether SELinux has to be told to let the container read the mounts. Relabelling them would
    /// change the caller's files.
    pub(crate) selinux: bool,
    /// A file of settings that lifts the engine's own limits, where options cannot.
    pub(crate) limits: Option<PathBuf>,
    pub(crate) mounts: Vec<Mount>,
    /// Directories below which no link is followed on the way to what is mounted: a container may have made it.
    pub(crate) no_links_below: Vec<PathBuf>,
    /// Writable directories that are gone when the run ends.
    pub(crate) tmpfs: Vec<PathBuf>,
    pub(crate) env: Vec<EnvVar>,
    pub(crate) workdir: PathBuf,
    pub(crate) command: Vec<OsString>,
}

impl RunSpec {
    /// Whether an engine can do it at all.
    ///
    /// # Errors
    ///
    /// When it cannot.
    pub(crate) fn check(&self, engine: &Engine) -> Result<()> {
        match (engine.kind, self.network) {
            (Kind::Sandbox, Network::Bridge) => {
                Err(Error::new("the built-in engine has no network of its own")
                    .hint("`build.network` can be `host` or `none` with it"))
            }
            (Kind::Sandbox, _) => Ok(()),
            (Kind::Docker | Kind::Podman, _) => self.check_utf8(engine),
        }
    }

    /// The engine's command line.
    ///
    /// # Errors
    ///
    /// When a path or an argument is not UTF-8: both engines send them as JSON, which would change
    /// them.
    pub(crate) fn command(&self, engine: &Engine) -> Result<Cmd> {
        if let Some(store) = &engine.store {
            self.check(engine)?;
            return Ok(sandbox::cmd(&engine.program, &self.sandbox(store)?));
        }
        self.check(engine)?;
        let mut cmd = engine.cmd().args(["run", "--rm", "--init"]);
        if let Some(file) = &self.limits {
            cmd = cmd.env(rights::NO_LIMITS.0, file);
        }
        cmd = self
            .who(engine, cmd)
            .args(rights::options(engine, self.uid));
        for (wanted, flag) in [(self.stdin, "--interactive"), (self.tty, "--tty")] {
            if wanted {
                cmd = cmd.arg(flag);
            }
        }
        // https://docs.podman.io/en/latest/markdown/podman-run.1.html#umask-umask
        if let Some(mask) = self.mask().filter(|_| engine.kind == Kind::Podman) {
            cmd = cmd.args(["--umask", &mask]);
        }
        // It is there: no engine is to look for it elsewhere.
        cmd = cmd.args(["--pull=never", "--network", self.network.as_str()]);
        if self.selinux {
            cmd = cmd.args(["--security-opt", "label=disable"]);
        }
        for mount in &self.mounts {
            cmd = cmd.arg("--mount").arg(mount.option());
        }
        let shared = PathBuf::from(rights::SHARED_MEMORY);
        for dir in [&shared].into_iter().chain(&self.tmpfs) {
            let mut option = dir.clone().into_os_string();
            option.push(":exec,mode=1777");
            cmd = cmd.arg("--tmpfs").arg(option);
        }
        for var in &self.env {
            cmd = cmd.arg("--env").arg(var.option());
        }
        Ok(cmd
            .arg("--workdir")
            .arg(&self.workdir)
            .arg(&self.image)
            .args(self.under_umask(engine))
            .args(&self.command))
    }

    /// What the built-in engine is told. It takes any bytes, and the caller's user, streams and mask for
    /// new files are its own.
    fn sandbox(&self, store: &Store) -> Result<sandbox::Args> {
        let network = match self.network {
            Network::Host | Network::Bridge => sandbox::Network::Host,
            Network::None => sandbox::Network::None,
        };
        // A plan can be shown before there is an image.
        let image = store.image(&self.image)?.unwrap_or_else(|| Image {
            layers: vec![self.image.clone()],
            ..Image::default()
        });
        let row = image.labels.get(TARGET_LABEL);
        let row = row.and_then(|triple| target::find(triple));
        let emulator = row.and_then(|row| row.qemu_arch);
        let env = image.env.into_iter();
        let mut env: Vec<_> = env
            .map(|(name, value)| (name.into(), Some(value.into())))
            .collect();
        env.extend(self.env.iter().map(|var| match var {
            EnvVar::Set(name, value) => (name.into(), Some(value.clone())),
            EnvVar::Inherit(name) => (name.into(), None),
        }));
        Ok(sandbox::Args {
            store: store.root.clone(),
            layers: image.layers.into_iter().map(PathBuf::from).collect(),
            network,
            binds: self.mounts.iter().map(Mount::bind).collect(),
            no_links_below: self.no_links_below.clone(),
            tmpfs: self.tmpfs.clone(),
            env,
            binfmt: emulator.map(|arch| Path::new("/opt/cross/bin").join(format!("qemu-{arch}"))),
            workdir: self.workdir.clone(),
            command: self.command.clone(),
            ..sandbox::Args::default()
        })
    }

    /// The caller's mask for new files, where that is not the engines' own.
    fn mask(&self) -> Option<String> {
        const ENGINES: u32 = 0o022;
        (self.umask != ENGINES).then(|| format!("{:04o}", self.umask))
    }

    /// What gives the command the caller's mask with docker, which has no option for it. A shell would drop
    /// variables whose names are none of its own; it is for images that have nothing better.
    fn under_umask(&self, engine: &Engine) -> Vec<String> {
        let Some(mask) = self.mask().filter(|_| engine.kind == Kind::Docker) else {
            return Vec::new();
        };
        if let Some(program) = self.with_umask {
            return vec![program.to_owned(), mask];
        }
        let script = format!("umask {mask} && exec \"$@\"");
        ["/bin/sh", "-c", &script, "sh"].map(str::to_owned).into()
    }

    /// Who the command runs as, so that what it writes belongs to the caller.
    fn who(&self, engine: &Engine, cmd: Cmd) -> Cmd {
        let user = format!("{}:{}", self.uid, self.gid);
        match (engine.kind, engine.rootless) {
            // The container's root is the caller.
            (Kind::Docker, true) | (Kind::Sandbox, _) => cmd,
            // A daemon with `userns-remap` would map the caller to somebody else.
            (Kind::Docker, false) => self.groups(cmd.args(["--userns", "host", "--user", &user])),
            (Kind::Podman, true) => cmd.args(["--userns", "keep-id", "--user", &user]),
            (Kind::Podman, false) => self.groups(cmd.args(["--user", &user])),
        }
    }

    /// Without root, a group that is not the caller's main one does not exist in the container.
    fn groups(&self, cmd: Cmd) -> Cmd {
        let others = self.groups.iter().filter(|gid| **gid != self.gid);
        others.fold(cmd, |cmd, gid| cmd.arg("--group-add").arg(gid.to_string()))
    }

    fn check_utf8(&self, engine: &Engine) -> Result<()> {
        let paths = self.mounts.iter().map(|m| m.source.as_path());
        if let Some(path) = paths
            .chain([self.workdir.as_path()])
            .find(|p| p.to_str().is_none())
        {
            return Err(path_is_no_text(path, engine.kind));
        }
        if let Some(arg) = self.command.iter().find(|a| a.to_str().is_none()) {
            return Err(is_no_text("argument", arg, engine.kind));
        }
        for var in &self.env {
            if let EnvVar::Set(name, value) = var {
                if value.to_str().is_none() {
                    return Err(is_no_text(
                        &format!("value of `{name}`,"),
                        value,
                        engine.kind,
                    ));
                }
            }
        }
        Ok(())
    }
}

/// Says that a path cannot be mounted. Engines send what they are told as JSON.
pub(crate) fn path_is_no_text(path: &Path, kind: Kind) -> Error {
    is_no_text("path", path.as_os_str(), kind).hint("rename the directory")
}

fn is_no_text(what: &str, text: &OsStr, kind: Kind) -> Error {
    Error::new(format!(
        "the {what} `{}` is not valid UTF-8, which {} cannot pass on",
        text.to_string_lossy(),
        kind.program()
    ))
}

impl Mount {
    /// A mount of a path at itself.
    pub(crate) fn same(path: impl AsRef<Path>, access: Access) -> Self {
        let path = path.as_ref().to_owned();
        Self {
            source: path.clone(),
            target: path,
            access,
        }
    }

    fn bind(&self) -> sandbox::Bind {
        sandbox::Bind {
            source: self.source.clone(),
            target: self.target.clone(),
            read_only: self.access == Access::ReadOnly,
        }
    }

    /// The value of `--mount`: a line of comma-separated values, in which a field with a comma or
    /// a quote stands in quotes.
    fn option(&self) -> String {
        let field = |key: &str, path: &Path| {
            let text = format!("{key}={}", path.to_string_lossy());
            if text.contains([',', '"', '\n', '\r']) {
                format!("\"{}\"", text.replace('"', "\"\""))
            } else {
                text
            }
        };
        let mut option = format!(
            "type=bind,{},{}",
            field("source", &self.source),
            field("target", &self.target)
        );
        if self.access == Access::ReadOnly {
            option.push_str(",readonly");
        }
        option
    }
}

impl EnvVar {
    fn option(&self) -> OsString {
        match self {
            Self::Set(name, value) => {
                let mut option = OsString::from(format!("{name}="));
                option.push(value);
                option
            }
            Self::Inherit(name) => name.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_with_commas_and_quotes_stays_one_field() {
        let mount = Mount::same("/a,b/\"c\": d", Access::ReadOnly);
        assert_eq!(
            mount.option(),
            "type=bind,\"source=/a,b/\"\"c\"\": d\",\"target=/a,b/\"\"c\"\": d\",readonly"
        );
    }
}
