//! The pages of the manual for `man`.

use std::path::{Path, PathBuf};

use clap::Command;
use clap_mangen::Man;

use cross_base::error::Result;
use cross_base::fs;

/// The page of `cross`, which is written by hand as its options are cargo's.
const CROSS: &str = include_str!("../../docs/cross.1");

/// Writes the pages of `cross`, of `cross-util` and of its commands into a directory. Returns their
/// paths.
///
/// # Errors
///
/// When a page cannot be written.
pub(super) fn write(mut command: Command, dir: &Path) -> Result<Vec<PathBuf>> {
    // Sets the full names of the commands.
    command.build();
    let mut paths = vec![dir.join("cross.1")];
    fs::create_dir_all(dir)?;
    fs::write_if_changed(&paths[0], CROSS.as_bytes())?;
    pages(&command, dir, &mut paths)?;
    Ok(paths)
}

fn pages(command: &Command, dir: &Path, paths: &mut Vec<PathBuf>) -> Result<()> {
    let man = Man::new(command.clone());
    let mut text = Vec::new();
    man.render(&mut text)?;
    let path = dir.join(man.get_filename());
    fs::write_if_changed(&path, &text)?;
    paths.push(path);
    let below = command.get_subcommands();
    let mut below = below.filter(|below| below.get_name() != "help" && !below.is_hide_set());
    below.try_for_each(|below| pages(below, dir, paths))
}
