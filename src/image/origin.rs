//! What the configuration says of a target's image: the row's own with its parts, or another one by
//! name, and what is made of it. No engine is asked.

use std::path::{Path, PathBuf};

use crate::config::file;
use crate::config::{Setting, Source, TargetConfig};
use crate::image::custom::{Base, ImageRequest};
use crate::image::{self, recipe};
use crate::target::image_name;
use crate::target::{self, Parts, Row};
use cross_base::error::Result;
use cross_base::host::Host;

/// The image that the configuration of a target names, or the row's own.
pub(super) enum ImageOrigin {
    /// One of cross's own images, with these parts, or with those that the project needs.
    Row(&'static Row, Option<Parts>),
    Named {
        name: String,
        source: Source,
        /// A hint if the short name may have meant another image.
        meant: Option<String>,
    },
}

/// The parts of a row's image: those that the lock file asks for, those that commands of the user's
/// may need, and those that the configuration names. An empty list in the configuration means no
/// parts at all.
pub(super) fn needed(row: &Row, config: &TargetConfig, lockfile: Option<&str>) -> Parts {
    let needed = || {
        let by_crates = Parts::needed(row, lockfile);
        if config.makes_image() {
            by_crates.and(Parts::for_commands(row))
        } else {
            by_crates
        }
    };
    match config.parts.as_ref().map(|setting| &setting.value) {
        None => needed(),
        Some(names) if names.is_empty() => Parts::default(),
        Some(names) => needed().and(Parts::named(row, names)),
    }
}

/// The name of the image that the run will most likely need, if that can be told before the project
/// is known.
pub(crate) fn likely_name(
    triple: &str,
    config: &TargetConfig,
    root: &Path,
    lockfile: Option<&str>,
    host: &Host,
) -> Option<String> {
    let origin = origin(triple, config)?;
    let fitting =
        |row: &Row, parts: Option<Parts>| parts.unwrap_or_else(|| needed(row, config, lockfile));
    if !config.makes_image() {
        return Some(match origin {
            ImageOrigin::Row(row, parts) => image::name(row, fitting(row, parts)),
            ImageOrigin::Named { name, .. } => name,
        });
    }
    let request = request(triple, config, root, &[]);
    let ImageOrigin::Row(row, parts) = origin else {
        return None;
    };
    if !request.is_plain() {
        return None;
    }
    let base = base_of(row, fitting(row, parts), host).ok()?;
    let made = request.made(Some(&base));
    Some(made.ok()?.last()?.name.clone())
}

/// What the configuration of a target names as its image. None if there is no image for it.
pub(super) fn origin(triple: &str, config: &TargetConfig) -> Option<ImageOrigin> {
    let Some(setting) = &config.image else {
        return config.row(triple).map(|row| ImageOrigin::Row(row, None));
    };
    let name = setting.value.name(&image_name::name_for(triple));
    // An image of cross's is built whichever way it is named, even if it is another target's.
    let row = image::named(&name);
    Some(row.map_or_else(
        || ImageOrigin::Named {
            name,
            source: setting.source.clone(),
            meant: (setting.value.elsewhere(triple)).or_else(|| instead(triple, setting)),
        },
        |(row, parts)| {
            ImageOrigin::Row(row, Some(parts).filter(|parts| *parts != Parts::default()))
        },
    ))
}

/// The hint for an image of the public tool cross-rs, if this cross has its own image for the
/// target.
fn instead(triple: &str, setting: &Setting<file::Image>) -> Option<String> {
    const PUBLIC: &[&str] = &["ghcr.io/cross-rs/", "rustembedded/cross:"];
    let name = setting.value.name("");
    let is_public = PUBLIC.iter().any(|begin| name.starts_with(begin));
    target::find(triple).filter(|_| is_public).map(|_| {
        format!(
            "it was named by {}; cross has an image of its own for this target, which it takes where none is named",
            setting.source
        )
    })
}

/// The image of cross's from which an image of the user's starts.
pub(super) fn base_of(row: &'static Row, parts: Parts, host: &Host) -> Result<Base> {
    Ok(Base {
        name: image::name(row, parts),
        identity: recipe::row(row, parts, host)?.digest,
    })
}

/// What the configuration asks for beside a base. `apart` are directories that are no part of a
/// build context.
pub(super) fn request<'a>(
    triple: &'a str,
    config: &'a TargetConfig,
    root: &'a Path,
    apart: &'a [PathBuf],
) -> ImageRequest<'a> {
    ImageRequest {
        triple,
        row: target::find(triple),
        dockerfile: config.dockerfile.as_ref(),
        pre_build: config.pre_build.as_ref(),
        root,
        apart,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use cross_base::fs;
    use pretty_assertions::assert_eq;

    const T: &str = "aarch64-unknown-linux-gnu";

    /// The configuration of a target from a text of `Cross.toml`.
    fn config(triple: &str, text: &str) -> TargetConfig {
        let dir = fs::temporary_dir().unwrap();
        fs::write_if_changed(&dir.path().join("Cross.toml"), text.as_bytes()).unwrap();
        let config = Config::nearest(&Host::default(), dir.path());
        config.for_target(triple).unwrap()
    }

    fn likely(triple: &str, text: &str, lockfile: &str) -> Option<String> {
        let config = config(triple, text);
        likely_name(
            triple,
            &config,
            Path::new("/p"),
            Some(lockfile),
            &Host::default(),
        )
    }

    #[test]
    fn the_image_is_the_rows_own_unless_one_is_named() {
        let own = likely(T, "", "").unwrap();
        assert!(own.starts_with(&format!("localhost/cross/{T}:")), "{own}");
        let named = |image: &str| likely(T, &format!("[target.{T}]\nimage = '{image}'"), "");
        assert_eq!(named("my/image:tag").unwrap(), "my/image:tag");
        assert_eq!(named(":mine").unwrap(), format!("localhost/cross/{T}:mine"));
        assert_eq!(likely("x86_64-unknown-nothing", "", ""), None);
    }

    #[test]
    fn parts_are_those_of_the_lock_file_and_of_the_key() {
        const LOCK: &str = "[[package]]\nname = \"openssl-sys\"\n";
        let row = target::find(T).unwrap();
        let parts = |key: &str, lockfile| {
            let config = config(T, &format!("[build]\n{key}"));
            needed(row, &config, Some(lockfile))
        };
        let (openssl, libclang) = (["openssl".to_owned()], ["libclang".to_owned()]);
        assert_eq!(parts("", ""), Parts::default());
        assert_eq!(parts("", LOCK), Parts::named(row, &openssl));
        let both = Parts::named(row, &openssl).and(Parts::named(row, &libclang));
        assert_eq!(parts("parts = ['libclang']", LOCK), both);
        // An empty list also turns off the parts that the lock file asks for.
        assert_eq!(parts("parts = []", LOCK), Parts::default());
    }

    /// No lock file tells what these compile.
    #[test]
    fn commands_of_the_users_get_a_c_plus_plus_library() {
        let triple = "x86_64-unknown-linux-musl";
        let row = target::find(triple).unwrap();
        let names = |keys: &str| {
            let config = config(triple, &format!("[target.{triple}]\n{keys}"));
            needed(row, &config, Some("")).names(row, " ")
        };
        assert_eq!(names(""), "");
        assert_eq!(names("pre-build = ['make -C cxx install']"), "cxx");
        assert_eq!(names("dockerfile = 'Dockerfile'"), "cxx");
        assert_eq!(names("dockerfile = 'Dockerfile'\nparts = []"), "");
    }
}
