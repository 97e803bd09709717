//! Recipes: the Dockerfiles and scripts of `docker/`, embedded in the program, and the data of a
//! row that they are given.

use std::path::{Path, PathBuf};

use crate::base::digest::Digest;
use crate::image::{DEBIAN, base_name};
use crate::target::{Family, Row};
use include_dir::{Dir, DirEntry, include_dir};

static FILES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/docker");

/// The line of a Dockerfile that stands for the row's environment.
const ENV_MARKER: &str = "# cross: env";
/// The program that runs programs of the target. Its whole path, for programs that clear their
/// environment hand it on without `PATH`.
pub(crate) const RUNNER: &str = "/opt/cross/bin/cross-runner";
/// The program that runs another with a mask for new files.
pub(crate) const WITH_UMASK: &str = "/opt/cross/bin/cross-umask";
/// A Dockerfile and the files and directories it copies from.
type Part = (&'static str, &'static [&'static str]);
/// The image that all rows share.
const BASE: Part = (
    "base.Dockerfile",
    &["apt.sh", "base.sh", "clean.sh", "libclang.sh"],
);
const LINUX_GNU: Part = ("linux-gnu.Dockerfile", &["linux", "linux-gnu", "check"]);
const LINUX_MUSL: Part = ("linux-musl.Dockerfile", &["linux", "linux-musl", "check"]);

/// Everything one image is built from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Recipe {
    /// The Dockerfile's name in the context.
    pub(crate) dockerfile: String,
    /// The context: relative paths and contents.
    pub(crate) files: Vec<(PathBuf, Vec<u8>)>,
    /// Build arguments.
    pub(crate) args: Vec<(&'static str, String)>,
    /// The digest of all of this and of the recipe it builds upon.
    pub(crate) digest: String,
}

/// The recipe of the image that all rows share.
pub(crate) fn base() -> Recipe {
    let args = vec![("BASE", DEBIAN.to_owned())];
    Recipe::new(BASE, "", args, "")
}

/// The recipe of a row's image.
pub(crate) fn row(row: &Row) -> Recipe {
    let pairs = environment(row);
    let pairs: Vec<String> = pairs
        .iter()
        .map(|(name, value)| format!("{name}=\"{value}\""))
        .collect();
    // One instruction, so that the image does not get a layer for each variable.
    let env = format!("ENV {}\n", pairs.join(" \\\n    "));
    let mut args = vec![
        ("BASE", base_name()),
        ("TRIPLE", row.triple.to_owned()),
        ("GCC_TRIPLE", row.gcc_triple.to_owned()),
        ("DEB_ARCH", row.deb_arch.to_owned()),
        ("MULTIARCH", row.multiarch.to_owned()),
        ("MACHINE", row.machine.to_owned()),
        ("QEMU_ARCH", row.qemu_arch.unwrap_or_default().to_owned()),
        ("OPENSSL_TARGET", row.openssl_target.to_owned()),
        ("GCC_VERSION", row.gcc_version.to_owned()),
        ("GCC_FLAGS", row.gcc_flags.to_owned()),
        ("LOADER", row.loader.to_owned()),
        ("ELF_MACHINE", row.elf_machine.to_owned()),
        ("ABOVE_BASELINE", row.above_baseline.to_owned()),
    ];
    // Engines warn of an argument that the Dockerfile does not know.
    if row.family == Family::LinuxGnu {
        let own_libraries = if row.own_libraries { "1" } else { "" };
        args.extend([
            ("SUITE", row.suite.unwrap_or_default().to_owned()),
            (
                "GLIBC_FLOOR",
                row.glibc_floor.unwrap_or_default().to_owned(),
            ),
            ("OWN_LIBRARIES", own_libraries.to_owned()),
        ]);
    }
    Recipe::new(part(row.family), &env, args, &base().digest)
}

fn part(family: Family) -> Part {
    match family {
        Family::LinuxGnu => LINUX_GNU,
        Family::LinuxMusl => LINUX_MUSL,
    }
}

impl Recipe {
    fn new(
        (dockerfile, sources): Part,
        env: &str,
        args: Vec<(&'static str, String)>,
        upon: &str,
    ) -> Self {
        let mut files = Vec::new();
        collect(&FILES, &mut files);
        files.retain(|(path, _)| {
            path == Path::new(dockerfile) || sources.iter().any(|source| path.starts_with(source))
        });
        for (path, content) in &mut files {
            if path == Path::new(dockerfile) {
                let text = String::from_utf8_lossy(content);
                *content = text.replace(&format!("{ENV_MARKER}\n"), env).into_bytes();
            }
        }
        files.sort();
        let digest = digest(upon, &files, &args);
        Self {
            dockerfile: dockerfile.to_owned(),
            files,
            args,
            digest,
        }
    }
}

fn collect(dir: &Dir<'_>, out: &mut Vec<(PathBuf, Vec<u8>)>) {
    for entry in dir.entries() {
        match entry {
            DirEntry::Dir(dir) => collect(dir, out),
            DirEntry::File(file) => out.push((file.path().to_owned(), file.contents().to_owned())),
        }
    }
}

fn digest(upon: &str, files: &[(PathBuf, Vec<u8>)], args: &[(&str, String)]) -> String {
    let mut digest = Digest::default();
    digest.add(upon.as_bytes());
    for (path, content) in files {
        digest.add(path.as_os_str().as_encoded_bytes());
        digest.add(content);
    }
    for (name, value) in args {
        digest.add(name.as_bytes());
        // The version in the name of the base image says nothing about what is in it.
        if *name != "BASE" {
            digest.add(value.as_bytes());
        }
    }
    digest.finish()
}

/// The environment of a row's image: how cargo, cc, cmake, bindgen, pkg-config and openssl-sys find
/// what is there.
pub(crate) fn environment(row: &Row) -> Vec<(String, String)> {
    let triple = row.triple;
    let lower = triple.replace(['-', '.'], "_");
    let upper = lower.to_uppercase();
    let tool = |name: &str| format!("{triple}-{name}");
    let home = format!("/opt/cross/{triple}");
    [
        // https://doc.rust-lang.org/cargo/reference/config.html#environment-variables
        (format!("CARGO_TARGET_{upper}_LINKER"), tool("gcc")),
        (format!("CARGO_TARGET_{upper}_RUNNER"), RUNNER.to_owned()),
        // https://docs.rs/cc
        (format!("CC_{lower}"), tool("gcc")),
        (format!("CXX_{lower}"), tool("g++")),
        (format!("AR_{lower}"), tool("ar")),
        (format!("RANLIB_{lower}"), tool("ranlib")),
        // https://docs.rs/cmake
        (
            format!("CMAKE_TOOLCHAIN_FILE_{lower}"),
            "/opt/cross/toolchain.cmake".to_owned(),
        ),
        // https://docs.rs/pkg-config
        (format!("PKG_CONFIG_{lower}"), tool("pkg-config")),
        // https://docs.rs/bindgen
        (
            format!("BINDGEN_EXTRA_CLANG_ARGS_{lower}"),
            clang_args(row, &home),
        ),
        // https://docs.rs/openssl
        (format!("{upper}_OPENSSL_DIR"), format!("{home}/openssl")),
        (format!("{upper}_OPENSSL_STATIC"), "1".to_owned()),
        // The caller's language is passed on, of which the image has no locale, and perl would say so.
        // https://perldoc.perl.org/perllocale#ENVIRONMENT
        ("PERL_BADLANG".to_owned(), "0".to_owned()),
    ]
    .into()
}

/// What libclang cannot find out by itself: with glibc, the headers of packages that the user has
/// added, which exist from then on; with musl, its own.
fn clang_args(row: &Row, home: &str) -> String {
    match row.family {
        Family::LinuxGnu => format!(
            "--sysroot={home} -idirafter /opt/cross/etc/include-arch -idirafter /opt/cross/etc/include"
        ),
        Family::LinuxMusl => format!("--sysroot={home} -resource-dir=/opt/cross/clang"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::ROWS;

    #[test]
    fn a_row_has_its_own_digest_and_only_its_own_dockerfile() {
        let mut seen: Vec<String> = vec![base().digest];
        for row in ROWS {
            let recipe = super::row(row);
            assert!(!seen.contains(&recipe.digest));
            seen.push(recipe.digest);
            let dockerfiles = recipe
                .files
                .iter()
                .filter(|(path, _)| path.extension().is_some_and(|e| e == "Dockerfile"));
            assert_eq!(dockerfiles.count(), 1, "{}", row.triple);
        }
    }

    #[test]
    fn the_environment_of_a_row_gets_into_its_dockerfile() {
        let row = &ROWS[0];
        let recipe = super::row(row);
        let (_, text) = recipe
            .files
            .iter()
            .find(|(path, _)| path.as_os_str() == recipe.dockerfile.as_str())
            .unwrap();
        let text = String::from_utf8_lossy(text);
        for (name, value) in environment(row) {
            assert!(text.contains(&format!("{name}=\"{value}\"")), "{name}");
        }
    }

    #[test]
    fn a_change_of_the_base_changes_every_row() {
        let args = [("X", "1".to_owned())];
        assert_ne!(digest("a", &[], &args), digest("b", &[], &args));
    }
}
