//! Kits of a made-up archive, which a server of the test's own hands out.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::{Arc, Mutex};

use pretty_assertions::assert_eq;
use sha2::{Digest as _, Sha256};
use tiny_http::{Response, Server};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::*;
use crate::target;
use crate::toolchain::{Origin, ToolchainRecipe, ensure};
use cross_base::term::{Level, Term};

const QUIET: Term = Term {
    level: Level::Quiet,
};
const TRIPLE: &str = "aarch64-linux-android";
const LLVM: &str = "toolchains/llvm/prebuilt/linux-x86_64";

/// What a kit has in it: paths with their modes and contents, links with what they say.
fn stand_in() -> Vec<(String, u32, &'static str)> {
    let llvm = |path: &str| format!("{LLVM}/{path}");
    vec![
        ("source.properties".to_owned(), 0o644, "27\n"),
        ("simpleperf/app.py".to_owned(), 0o755, "no\n"),
        (
            llvm("bin/clang"),
            0o755,
            "#!/bin/sh\necho \"${0##*/}\" \"$@\"\n",
        ),
        (llvm("bin/clang++"), 0o120_777, "clang"),
        (llvm("bin/lldb"), 0o755, "no\n"),
        (llvm("sysroot/usr/include/stdio.h"), 0o644, "\n"),
        (
            llvm("sysroot/usr/lib/i686-linux-android/24/libc.so"),
            0o644,
            "no\n",
        ),
        (
            llvm("sysroot/usr/lib/aarch64-linux-android/24/libc.so"),
            0o644,
            "\n",
        ),
    ]
}

/// An archive of these, in one directory.
fn archive(files: &[(String, u32, &str)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default();
    zip.add_directory("kit-1/", options).unwrap();
    for (path, mode, content) in files {
        let (name, options) = (
            format!("kit-1/{path}"),
            options.unix_permissions(mode & 0o777),
        );
        if mode & 0o120_000 == 0o120_000 {
            zip.add_symlink(name, *content, options).unwrap();
        } else {
            zip.start_file(name, options).unwrap();
            zip.write_all(content.as_bytes()).unwrap();
        }
    }
    zip.finish().unwrap().into_inner()
}

/// A server that hands an archive out, and counts how often it was asked. The first answer breaks
/// off.
fn server(archive: Vec<u8>) -> (String, Arc<Mutex<usize>>) {
    let server = Server::http("127.0.0.1:0").unwrap();
    let address = server.server_addr().to_ip().unwrap();
    let count = Arc::new(Mutex::new(0));
    let counted = Arc::clone(&count);
    std::thread::spawn(move || {
        for question in server.incoming_requests() {
            assert_eq!(question.url(), "/below/android-ndk-r27c-linux.zip");
            let range = question.headers().iter().find(|h| h.field.equiv("range"));
            let from = range.map(|range| {
                let text = range.value.as_str().strip_prefix("bytes=").unwrap();
                text.trim_end_matches('-').parse::<usize>().unwrap()
            });
            *counted.lock().unwrap() += 1;
            let (status, body) = match from {
                None => (200, archive[..100].to_vec()),
                Some(from) => (206, archive[from..].to_vec()),
            };
            let _ = question.respond(Response::from_data(body).with_status_code(status));
        }
    });
    (format!("http://{address}/below/"), count)
}

/// The toolchain of a row whose kit has this archive, on a machine with some variables.
fn recipe(archive: &[u8], cache: &Path, variables: &[(&str, &str)]) -> (ToolchainRecipe, Host) {
    let variables = variables.iter();
    let host = Host {
        cache: cache.to_owned(),
        cwd: cache.to_owned(),
        env: variables
            .map(|(name, value)| (OsString::from(name), OsString::from(value)))
            .collect::<BTreeMap<_, _>>(),
        ..Host::default()
    };
    let row = target::find(TRIPLE).unwrap();
    let mut recipe = ToolchainRecipe::of(row, &host).unwrap().unwrap();
    let mut kit = recipe.kit.take().unwrap();
    kit.kit = Box::leak(Box::new(Kit {
        size: archive.len() as u64,
        sha256: hex::encode(Sha256::digest(archive)),
        ..kit.kit.clone()
    }));
    recipe.kit = Some(kit);
    (recipe, host)
}

fn make((recipe, host): &(ToolchainRecipe, Host), offline: bool) -> Result<PathBuf> {
    let origin = Origin {
        offline,
        mirror: None,
    };
    ensure(recipe, true, host, QUIET, &origin)?;
    Ok(recipe.dir(host))
}

#[test]
fn nothing_is_fetched_before_the_licence_is_accepted() {
    let dir = fs::temporary_dir().unwrap();
    let archive = archive(&stand_in());
    let (address, count) = server(archive.clone());
    for answer in ["", "no"] {
        let variables = [
            ("CROSS_ANDROID_MIRROR", &*address),
            ("CROSS_ANDROID_LICENSE", answer),
        ];
        let world = recipe(&archive, dir.path(), &variables);
        let error = make(&world, false).unwrap_err();
        let size = DecimalBytes(archive.len() as u64);
        assert_eq!(
            error.message(),
            format!(
                "`{TRIPLE}` needs the Android NDK r27c, {size} from Google, whose licence you have to accept first: \
                 https://developer.android.com/studio/terms"
            )
        );
        assert_eq!(
            error.hint_text().unwrap(),
            "accept it with `CROSS_ANDROID_LICENSE=accepted`, or let `ANDROID_NDK_HOME`, `ANDROID_NDK_ROOT` or `ANDROID_NDK` name one that you \
             have"
        );
    }
    let accepted = [("CROSS_ANDROID_LICENSE", "accepted")];
    let error = make(&recipe(&archive, dir.path(), &accepted), true).unwrap_err();
    assert!(
        error.message().ends_with("because cargo is offline"),
        "{error:?}"
    );
    assert_eq!(*count.lock().unwrap(), 0);
}

#[test]
fn an_archive_becomes_a_toolchain_with_what_the_row_needs() {
    let dir = fs::temporary_dir().unwrap();
    let archive = archive(&stand_in());
    let (address, count) = server(archive.clone());
    let variables = [
        ("CROSS_ANDROID_MIRROR", &*address),
        ("CROSS_ANDROID_LICENSE", "accepted"),
    ];
    let world = recipe(&archive, dir.path(), &variables);
    let made = make(&world, false).unwrap();
    // The first answer breaks off.
    assert_eq!(*count.lock().unwrap(), 2);
    let ndk = made.join("ndk");
    for path in [
        "source.properties",
        "toolchains/llvm/prebuilt/linux-x86_64/sysroot/usr/include/stdio.h",
        "toolchains/llvm/prebuilt/linux-x86_64/sysroot/usr/lib/aarch64-linux-android/24/libc.so",
    ] {
        assert!(ndk.join(path).exists(), "{path}");
    }
    for path in [
        "simpleperf",
        &*format!("{LLVM}/bin/lldb"),
        &*format!("{LLVM}/sysroot/usr/lib/i686-linux-android"),
    ] {
        assert!(!ndk.join(path).exists(), "{path}");
    }
    let bin = ndk.join(LLVM).join("bin");
    let bits = fs_err::metadata(bin.join("clang"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(bits & 0o777, 0o755);
    assert_eq!(
        fs_err::read_link(bin.join("clang++")).unwrap(),
        Path::new("clang")
    );
    // No question is asked for a second time.
    let (mut again, host) = recipe(&archive, dir.path(), &[]);
    "other".clone_into(&mut again.digest);
    make(&(again, host), true).unwrap();
}

#[test]
fn another_archive_is_refused_with_both_digests() {
    let dir = fs::temporary_dir().unwrap();
    let wanted = archive(&stand_in());
    let mut other = wanted.clone();
    other[50] ^= 1;
    let (address, _) = server(other.clone());
    let variables = [
        ("CROSS_ANDROID_MIRROR", &*address),
        ("CROSS_ANDROID_LICENSE", "accepted"),
    ];
    let world = recipe(&wanted, dir.path(), &variables);
    make(&world, false).unwrap_err();
    let error = make(&world, false).unwrap_err();
    let said = error.message();
    for digest in [wanted, other].map(|content| hex::encode(Sha256::digest(content))) {
        assert!(said.contains(&digest), "{said}");
    }
    assert!(said.contains("android-ndk r27c"), "{said}");
    assert!(
        error
            .hint_text()
            .unwrap()
            .contains("`CROSS_ANDROID_MIRROR`")
    );
    assert!(!world.0.dir(&world.1).exists());
}

#[test]
fn a_kit_of_the_users_is_used_where_it_is() {
    let [dir, cache] = [(), ()].map(|()| fs::temporary_dir().unwrap());
    let path = dir.path().to_str().unwrap();
    let variables = [("ANDROID_NDK_HOME", ""), ("ANDROID_NDK_ROOT", path)];
    let world = recipe(b"", cache.path(), &variables);
    let error = make(&world, false).unwrap_err();
    assert_eq!(
        error.message(),
        format!("`ANDROID_NDK_ROOT` names `{path}`, which is no Android NDK")
    );
    let before = world.0.digest;
    for (name, mode, content) in stand_in() {
        let at = dir.path().join(name);
        fs::write_if_changed(&at, content.as_bytes()).unwrap();
        fs::set_mode(&at, mode & 0o777).unwrap();
    }
    let world = recipe(b"", cache.path(), &variables);
    assert_ne!(world.0.digest, before, "another version has come");
    let made = make(&world, true).unwrap();
    assert_eq!(
        fs_err::read_link(made.join("ndk")).unwrap(),
        fs::canonical(dir.path())
    );
    // An image gets the files themselves.
    let context = cache.path().join("context");
    world.0.place(&context, &world.1).unwrap();
    let ndk = context.join("toolchain/ndk");
    assert!(ndk.join(LLVM).join("bin/clang").is_file() && !ndk.is_symlink());
    assert!(!ndk.join("simpleperf").exists());
}

#[test]
fn the_variables_of_each_kit_are_known_to_be_read() {
    for kit in all() {
        for name in [&kit.mirror, &kit.licence.variable] {
            assert!(target::variables().any(|known| known == name), "{name}");
        }
        assert_eq!(by_digest(&kit.sha256), Some(kit.package()));
        for name in [kit.file.clone(), format!("{}.zip", kit.sha256)] {
            assert_eq!(by_name(&name), Some(kit.package()));
        }
    }
}

#[test]
fn a_link_stays_below_its_root() {
    let stays = |target: &str| stays_inside(Path::new("a/b/link"), Path::new(target));
    assert!(stays("c") && stays("../../c") && stays("./c/../d"));
    assert!(!stays("/c") && !stays("../../../c") && !stays("c/../../../../d"));
    let dir = fs::temporary_dir().unwrap();
    let file = dir.path().join("kit.zip");
    let link = [("bin/clang".to_owned(), 0o120_777, "../../clang")];
    fs::write_if_changed(&file, &archive(&link)).unwrap();
    let error = unpack(&file, &dir.path().join("out"), |_| true).unwrap_err();
    assert!(
        error.message().contains("leads out of its root"),
        "{error:?}"
    );
}
