//! The command line of `docker run` and `podman run`.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::{Client, Dialect, rights};
use crate::engine::backend::Backend as _;
use crate::engine::spec::{Access, EnvVar, Mount, RunSpec, is_no_text, path_is_no_text};
use cross_base::error::Result;
use cross_base::process::Cmd;

impl RunSpec {
    /// The engine's command line.
    ///
    /// # Errors
    ///
    /// When a path or an argument is not UTF-8: both engines send them as JSON, which would change
    /// them.
    pub(super) fn command(&self, engine: &Client) -> Result<Cmd> {
        self.check_utf8(engine)?;
        let mut cmd = engine.cmd().args(["run", "--rm", "--init"]);
        if let Some((variable, file)) = &self.settings {
            cmd = cmd.env(*variable, file);
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
        if let Some(mask) = self.mask().filter(|_| engine.dialect == Dialect::Podman) {
            cmd = cmd.args(["--umask", &mask]);
        }
        // The image exists, so the engine must not look for it in a registry.
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

    /// The caller's umask in octal, unless it is 022, which the engines set themselves.
    fn mask(&self) -> Option<String> {
        const ENGINES: u32 = 0o022;
        (self.umask != ENGINES).then(|| format!("{:04o}", self.umask))
    }

    /// The words before the command that set the caller's umask with docker, which has no option
    /// for it. Images of cross have a program for this; others get a shell, which drops variables
    /// whose names are not valid in a shell.
    fn under_umask(&self, engine: &Client) -> Vec<String> {
        let Some(mask) = self.mask().filter(|_| engine.dialect == Dialect::Docker) else {
            return Vec::new();
        };
        if let Some(program) = self.with_umask {
            return vec![program.to_owned(), mask];
        }
        let script = format!("umask {mask} && exec \"$@\"");
        ["/bin/sh", "-c", &script, "sh"].map(str::to_owned).into()
    }

    /// The options for the user that the command runs as: the caller, so that the caller owns its
    /// files.
    fn who(&self, engine: &Client, cmd: Cmd) -> Cmd {
        let user = format!("{}:{}", self.uid, self.gid);
        match (engine.dialect, engine.rootless) {
            // Without an option the command runs as root, which is the caller here.
            (Dialect::Docker, true) => cmd,
            // A daemon with `userns-remap` would map the caller to another user.
            (Dialect::Docker, false) => {
                self.groups(cmd.args(["--userns", "host", "--user", &user]))
            }
            (Dialect::Podman, true) => cmd.args(["--userns", "keep-id", "--user", &user]),
            (Dialect::Podman, false) => self.groups(cmd.args(["--user", &user])),
        }
    }

    /// Options for the caller's groups other than the main one. They exist only in containers of
    /// engines with root's rights.
    fn groups(&self, cmd: Cmd) -> Cmd {
        let others = self.groups.iter().filter(|gid| **gid != self.gid);
        others.fold(cmd, |cmd, gid| cmd.arg("--group-add").arg(gid.to_string()))
    }

    /// Refuses paths, arguments and values that are not UTF-8.
    pub(super) fn check_utf8(&self, engine: &Client) -> Result<()> {
        let paths = self.mounts.iter().map(|m| m.source.as_path());
        if let Some(path) = paths
            .chain([self.workdir.as_path()])
            .find(|p| p.to_str().is_none())
        {
            return Err(path_is_no_text(path, engine.name()));
        }
        if let Some(arg) = self.command.iter().find(|a| a.to_str().is_none()) {
            return Err(is_no_text("argument", arg, engine.name()));
        }
        for var in &self.env {
            if let EnvVar::Set(name, value) = var {
                if value.to_str().is_none() {
                    return Err(is_no_text(
                        &format!("value of `{name}`,"),
                        value,
                        engine.name(),
                    ));
                }
            }
        }
        Ok(())
    }
}

impl Mount {
    /// The value of `--mount`: a line of comma-separated values, in which a field with a comma or a
    /// quote stands in quotes.
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
