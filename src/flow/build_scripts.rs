//! The build scripts' output, in the directory in which release scripts look for it.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use crate::plan::BuildScripts;
use cross_base::beneath::Place;
use cross_base::error::Result;

/// The end of a name, behind cargo's name for a build script's directory. The host's cargo never
/// uses such a name, so it neither takes the directory for one of its own nor writes into it.
const ENDING: &str = "-cross";

/// The file that cargo writes when a build script has ended.
const WRITTEN_LAST: &str = "output";

/// Shows each directory with output, and removes those whose output is gone. They are directories
/// with hard links, because `find` follows no symbolic link.
///
/// # Errors
///
/// When the directory cannot be written to, or a container has made a symbolic link in its path.
pub(super) fn show(scripts: &BuildScripts) -> Result<()> {
    let made = scripts.from.names();
    let made: Vec<OsString> = made
        .into_iter()
        .filter(|name| is_cargos(name))
        .filter(|name| matches!(scripts.from.join(name).join("out").open(), Ok(Some(_))))
        .collect();
    let mut done = Ok(());
    for to in &scripts.to {
        done = done.and(show_in(to, &scripts.from, &made));
    }
    done
}

/// Goes on with the others after an error.
fn show_in(dir: &Place, from: &Place, made: &[OsString]) -> Result<()> {
    let mut done = Ok(());
    for name in dir.names() {
        let ours = name.to_str().and_then(|name| name.strip_suffix(ENDING));
        let ours = ours.filter(|ours| has_digest(ours));
        if ours.is_some_and(|ours| !made.iter().any(|name| name == ours)) {
            done = done.and(dir.join(&name).clear());
        }
    }
    for name in made {
        let mut shown = name.clone();
        shown.push(ENDING);
        let shown = dir
            .join(&shown)
            .mirror(&from.join(name), Path::new(WRITTEN_LAST));
        done = done.and(shown);
    }
    done
}

/// Whether a name is a package's with a digest, as cargo names the directories. A package may have
/// a name that ends as ours do.
fn has_digest(name: &str) -> bool {
    let digest = name.rsplit_once('-').map(|(_, digest)| digest);
    digest.is_some_and(|it| it.len() == 16 && it.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// Whether cargo gives such names. A container can create entries with any names, which messages
/// may show.
fn is_cargos(name: &OsStr) -> bool {
    let is_usual = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_".contains(byte);
    name.as_encoded_bytes().iter().all(is_usual)
}

#[cfg(test)]
mod tests {
    use super::*;
    use cross_base::fs;

    #[test]
    fn what_build_scripts_made_is_shown() {
        let dir = tempfile::tempdir().unwrap();
        let place = |path: &str| Place::new(&dir.path().join(path), &[dir.path().to_owned()]);
        let made = |paths: &[&str]| {
            for path in paths {
                fs::create_dir_all(&dir.path().join(path)).unwrap();
                let file = dir.path().join(path).join("file");
                fs_err::write(file, path).unwrap();
            }
        };
        // The directories, each with the directory that its file is of.
        let shown = |to: &str| {
            let to = dir.path().join(to);
            let mut names = fs::names_in(&to);
            names.retain(|name| name.ends_with(ENDING));
            names.sort();
            let names = names.into_iter();
            names
                .map(|name| {
                    let file = to.join(&name).join("out/file");
                    assert!(!to.join(&name).is_symlink());
                    format!("{name} {}", fs_err::read_to_string(file).unwrap())
                })
                .collect::<Vec<_>>()
        };
        made(&[
            "a/p-1111111111111111/out",
            "a/p-2222222222222222",
            "b/p-1111111111111111/out",
            "b/p-3333333333333333/out",
            "build/p-1111111111111111",
        ]);
        let scripts = |from| BuildScripts {
            from: place(from),
            to: vec![place("build"), place("other/build")],
        };
        show(&scripts("a")).unwrap();
        assert_eq!(
            shown("build"),
            ["p-1111111111111111-cross a/p-1111111111111111/out"]
        );
        assert_eq!(
            shown("other/build"),
            ["p-1111111111111111-cross a/p-1111111111111111/out"]
        );
        show(&scripts("b")).unwrap();
        let of_the_other = [
            "p-1111111111111111-cross b/p-1111111111111111/out",
            "p-3333333333333333-cross b/p-3333333333333333/out",
        ];
        assert_eq!(shown("build"), of_the_other);
        fs::remove_tree(&dir.path().join("b/p-3333333333333333")).unwrap();
        show(&scripts("b")).unwrap();
        assert_eq!(shown("build"), of_the_other[..1]);
        // A container cannot make cross write to another place by a link.
        fs::link(&dir.path().join("elsewhere"), &dir.path().join("a")).unwrap();
        let to = vec![place("elsewhere/build")];
        let through_link = BuildScripts { to, ..scripts("b") };
        show(&through_link).unwrap_err();
    }
}
