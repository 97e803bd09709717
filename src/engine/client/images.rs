//! Commands of docker and podman about images.

use super::Client;
use crate::engine::backend::Backend as _;
use cross_base::error::{Error, Result};
use cross_base::process::{Cmd, reason};

impl Client {
    /// The command that asks about one image.
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

    /// Runs the client and drops its output. If it fails, the error has the reason from its output.
    pub(super) fn quietly(&self, args: &[&str]) -> Result<()> {
        let output = self.cmd().args(args).output()?;
        if output.status.success() {
            Ok(())
        } else {
            Err(Error::new(reason(&output)))
        }
    }
}
