//! The sandboxes that are running. Nothing is recorded about them, but the kernel shows the mounts
//! of each process.

use std::path::Path;

use cross_base::error::{Error, Result};
use cross_base::fs;

/// A process of the user whose root directory has one of these layers.
pub(super) fn with(layers: &[String], uid: u32) -> Option<u32> {
    let proc = Path::new("/proc");
    let processes = fs::names_in(proc).into_iter();
    let mut processes = processes.filter_map(|name| name.parse::<u32>().ok());
    processes.find(|process| {
        let dir = proc.join(process.to_string());
        // Other users have stores of their own, with layers of the same names.
        fs::owner(&dir) == Some(uid)
            && fs_err::read(dir.join("mountinfo"))
                .is_ok_and(|table| names_one(&String::from_utf8_lossy(&table), layers))
    })
}

/// Checks that no sandbox uses a layer, so that the layer can be replaced.
///
/// # Errors
///
/// If a sandbox uses it.
pub(super) fn is_idle(layer: &str) -> Result<()> {
    let uid = rustix::process::getuid().as_raw();
    let Some(process) = with(&[layer.to_owned()], uid) else {
        return Ok(());
    };
    let message = format!("a layer of the image is in use by the process {process}");
    Err(Error::new(message).hint("build it anew when that has ended"))
}

/// Whether a table of mounts has an overlay with one of these layers.
/// <https://man7.org/linux/man-pages/man5/proc_pid_mountinfo.5.html>
fn names_one(table: &str, layers: &[String]) -> bool {
    let overlays = table.lines().filter(|line| line.contains(" - overlay "));
    let options = overlays.flat_map(|line| line.split([' ', ',']));
    // The second form has one layer, and is used if there are many.
    let starts = ["lowerdir=", "lowerdir+="];
    let lower =
        options.filter_map(|option| starts.iter().find_map(|start| option.strip_prefix(start)));
    let mut names = lower.flat_map(|names| names.split(':'));
    names.any(|name| layers.iter().any(|layer| layer == name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_are_found_in_overlays_only() {
        let table = "\
316 44 0:41 / / rw,relatime - overlay overlay rw,lowerdir=6e04:24b2,upperdir=../stage/upper,userxattr
318 44 0:43 / / rw,relatime - overlay overlay rw,lowerdir+=77a0,lowerdir+=88b1,upperdir=../stage/upper,userxattr
317 44 0:42 /lowerdir=aaaa /mnt rw - ext4 /dev/x rw
";
        let found = |layer: &str| names_one(table, &[layer.to_owned()]);
        assert!(found("6e04") && found("24b2") && found("77a0") && found("88b1"));
        assert!(!found("aaaa") && !found("24b") && !found("upper"));
        assert!(!names_one(table, &[]));
    }
}
