//! Links to the build scripts' output, in the directory in which release scripts look for it.

use std::ffi::{OsStr, OsString};

use crate::plan::BuildScripts;
use cross_base::beneath::Place;
use cross_base::error::Result;

/// The end of a link's name, behind cargo's name for a build script's directory. The host's cargo
/// never uses such a name, so it neither takes a link for a directory of its own nor writes through
/// it.
const ENDING: &str = "-cross";

/// Makes a link for each directory with output, and removes links whose directory is gone.
///
/// # Errors
///
/// When the directory cannot be written to, or a container has made a symbolic link in its path.
pub(super) fn link(scripts: &BuildScripts) -> Result<()> {
    let made = scripts.from.names();
    let made: Vec<OsString> = made
        .into_iter()
        .filter(|name| is_cargos(name))
        .filter(|name| matches!(scripts.from.join(name).join("out").open(), Ok(Some(_))))
        .collect();
    for to in &scripts.to {
        link_in(to, &scripts.from, &made)?;
    }
    Ok(())
}

fn link_in(dir: &Place, from: &Place, made: &[OsString]) -> Result<()> {
    for name in dir.names() {
        let ours = name.to_str().and_then(|name| name.strip_suffix(ENDING));
        if ours.is_some_and(|ours| !made.iter().any(|name| name == ours)) {
            // If it is not a link, it is not ours, and cannot be removed.
            let _ = dir.join(&name).remove();
        }
    }
    for name in made {
        let mut link = name.clone();
        link.push(ENDING);
        dir.join(&link).relink(&from.path().join(name))?;
    }
    Ok(())
}

/// Whether cargo gives such names. A container can create entries with any names, which messages
/// may show.
fn is_cargos(name: &OsStr) -> bool {
    let is_usual = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_".contains(byte);
    name.as_encoded_bytes().iter().all(is_usual)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use cross_base::fs;

    #[test]
    fn links_follow_what_build_scripts_made() {
        let dir = tempfile::tempdir().unwrap();
        let place = |path: &str| Place::new(&dir.path().join(path), &[dir.path().to_owned()]);
        let made = |paths: &[&str]| {
            for path in paths {
                fs::create_dir_all(&dir.path().join(path)).unwrap();
            }
        };
        let shown = || {
            let mut links = fs::links_in(&dir.path().join("build"));
            links.sort();
            let name = |path: &Path| path.strip_prefix(dir.path()).unwrap().display().to_string();
            let links = links.iter();
            links
                .map(|(link, target)| format!("{} {}", name(link), name(target)))
                .collect::<Vec<_>>()
        };
        made(&["a/p-1/out", "a/p-2", "b/p-1/out", "b/p-3/out", "build/p-1"]);
        let scripts = |from| BuildScripts {
            from: place(from),
            to: vec![place("build"), place("other/build")],
        };
        link(&scripts("a")).unwrap();
        assert_eq!(shown(), ["build/p-1-cross a/p-1"]);
        assert_eq!(fs::links_in(&dir.path().join("other/build")).len(), 1);
        link(&scripts("b")).unwrap();
        let of_the_other = ["build/p-1-cross b/p-1", "build/p-3-cross b/p-3"];
        assert_eq!(shown(), of_the_other);
        fs::remove_tree(&dir.path().join("b/p-3")).unwrap();
        link(&scripts("b")).unwrap();
        assert_eq!(shown(), of_the_other[..1]);
        // A container cannot make cross write to another place by a link.
        fs::link(&dir.path().join("elsewhere"), &dir.path().join("a")).unwrap();
        let to = vec![place("elsewhere/build")];
        let through_link = BuildScripts { to, ..scripts("b") };
        link(&through_link).unwrap_err();
    }
}
