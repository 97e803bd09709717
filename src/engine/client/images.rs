//! What docker and podman are asked about images, and told to do with them.

use std::path::Path;
use std::process::Stdio;

use super::Client;
use crate::base::error::{Error, Result};
use crate::base::process::{Cmd, reason};
use crate::engine::backend::Backend as _;

impl Client {
    /// The question whether an image is there.
    pub(super) fn inspect_command(&self, image: &str) -> Cmd {
        self.cmd().args(["image", "inspect", image])
    }

    /// The names of all images, newest first.
    pub(super) fn list(&self) -> Result<Vec<String>> {
        let cmd = self.cmd().args(["image", "ls"]);
        let output = cmd
            .args(["--format", "{{.Repository}}:{{.Tag}}"])
            .output()?;
        if !output.status.success() {
            let name = self.name();
            let reason = reason(&output);
            return Err(Error::new(format!("{name} cannot list images: {reason}")));
        }
        let text = String::from_utf8_lossy(&output.stdout);
        let named = text.lines().filter(|line| !line.ends_with(":<none>"));
        Ok(named.map(str::to_owned).collect())
    }

    /// Makes an image of a directory, without another copy of it.
    pub(super) fn import_directory(&self, dir: &Path, name: &str) -> Result<()> {
        let tar = Cmd::new("tar").arg("-C").arg(dir).args(["-c", "."]);
        let mut tar = tar.spawn(Stdio::null(), Stdio::piped(), Stdio::null())?;
        let input = tar.stdout.take().map_or_else(Stdio::null, Stdio::from);
        let import = self.cmd().args(["import", "-", name]);
        let import = import
            .spawn(input, Stdio::null(), Stdio::piped())?
            .wait_with_output();
        let packed = tar.wait().is_ok_and(|status| status.success());
        match import {
            Ok(output) if output.status.success() && packed => Ok(()),
            Ok(output) => Err(Error::new(format!("cannot import it: {}", reason(&output)))),
            Err(error) => Err(Error::new(format!("cannot import it: {error}"))),
        }
    }

    /// Runs the client; of what it says only the reason of a failure is told.
    pub(super) fn quietly(&self, args: &[&str]) -> Result<()> {
        let output = self.cmd().args(args).output()?;
        if output.status.success() {
            Ok(())
        } else {
            Err(Error::new(reason(&output)))
        }
    }
}
