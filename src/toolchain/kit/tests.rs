//! Tests of kits, with small archives that a server of the test serves.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
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

mod cases;

use cases::{CASES, Case, TRIPLE};

const QUIET: Term = Term {
    level: Level::Quiet,
};
const LLVM: &str = "toolchains/llvm/prebuilt/linux-x86_64";

/// The files of a kit: paths, modes and contents. The content of a link is its target.
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

/// A zip archive of these files in one directory.
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

impl Case {
    /// An archive of the kit. If the image unpacks it, any content will do.
    fn archive(&self) -> Vec<u8> {
        if self.triple == TRIPLE {
            return archive(&stand_in());
        }
        (0..10_000_u32).flat_map(u32::to_le_bytes).collect()
    }

    /// Variables that accept the licence and name the address of the archive.
    fn accepted<'a>(&self, address: &'a str) -> Vec<(&'static str, &'a str)> {
        let consent = self.consent.iter().map(|(name, _)| (*name, "accepted"));
        consent.chain([(self.mirror, address)]).collect()
    }
}

/// A server that serves an archive, and counts the requests. With `breaks` the first answer breaks
/// off.
fn server(archive: Vec<u8>, breaks: bool) -> (String, Arc<Mutex<usize>>) {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = server.local_addr().unwrap();
    let count = Arc::new(Mutex::new(0));
    let counted = Arc::clone(&count);
    std::thread::spawn(move || {
        for mut stream in server.incoming().map(Result::unwrap) {
            let from = asked(&stream);
            let mut count = counted.lock().unwrap();
            *count += 1;
            let is_cut = breaks && *count == 1;
            drop(count);
            let rest = &archive[from.unwrap_or_default()..];
            let status = from.map_or("200 OK", |_| "206 Partial Content");
            let head = format!(
                "HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n",
                rest.len()
            );
            let body = if is_cut { &rest[..100] } else { rest };
            let _ = stream.write_all(head.as_bytes());
            let _ = stream.write_all(body);
        }
    });
    (format!("http://{address}/below/"), count)
}

/// The byte at which the answer to a request has to begin, if it is not the first.
fn asked(stream: &TcpStream) -> Option<usize> {
    let mut lines = BufReader::new(stream).lines().map(Result::unwrap);
    let first = lines.next().unwrap();
    let path = first.split(' ').nth(1).unwrap().to_owned();
    let names = CASES.iter().map(|case| format!("/below/{}", case.file));
    assert!(names.collect::<Vec<_>>().contains(&path), "{path}");
    let range = lines.take_while(|line| !line.is_empty()).find_map(|line| {
        line.to_lowercase()
            .strip_prefix("range: bytes=")
            .map(str::to_owned)
    });
    range.map(|range| range.trim_end_matches('-').parse().unwrap())
}

/// The recipe of a row's toolchain whose kit has this archive, on a machine with these variables.
fn recipe(
    triple: &str,
    archive: &[u8],
    cache: &Path,
    variables: &[(&str, &str)],
) -> (ToolchainRecipe, Host) {
    let variables = variables.iter();
    let host = Host {
        cache: cache.to_owned(),
        cwd: cache.to_owned(),
        env: variables
            .map(|(name, value)| (OsString::from(name), OsString::from(value)))
            .collect::<BTreeMap<_, _>>(),
        ..Host::default()
    };
    let row = target::find(triple).unwrap();
    let mut recipe = ToolchainRecipe::for_image(row, &host).unwrap().unwrap();
    let kit = recipe.kit.as_mut().unwrap();
    kit.archive = Box::leak(Box::new(Archive {
        size: kit.archive.size.map(|_| archive.len() as u64),
        sha256: hex::encode(Sha256::digest(archive)),
        ..kit.archive.clone()
    }));
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
fn every_kit_has_a_case() {
    let told: Vec<&str> = CASES.iter().map(|case| case.file).collect();
    for archive in archives() {
        assert!(told.contains(&archive.path), "{}", archive.path);
    }
}

#[test]
fn nothing_is_fetched_before_the_licence_is_accepted() {
    let dir = fs::temporary_dir().unwrap();
    for case in CASES {
        let archive = case.archive();
        let (address, count) = server(archive.clone(), false);
        let world =
            |variables: &[(&str, &str)]| recipe(case.triple, &archive, dir.path(), variables);
        if let Some((licence, url)) = case.consent {
            for answer in ["", "no"] {
                let variables = [(case.mirror, &*address), (licence, answer)];
                let world = world(&variables);
                let size = world.0.kit.as_ref().unwrap().archive.size;
                let size = size.map(|size| format!(", {}", DecimalBytes(size)));
                let error = make(&world, false).unwrap_err();
                let (triple, refusal) = (case.triple, case.refusal);
                let (size, makers) = (size.unwrap_or_default(), &world.0.kit.unwrap().kit.makers);
                assert_eq!(
                    error.message(),
                    format!(
                        "`{triple}` needs the {refusal}{size} from {makers}, whose licence you have to accept first: {url}"
                    )
                );
                assert_eq!(
                    error.hint_text().unwrap(),
                    format!(
                        "accept it with `{licence}=accepted`, or let {} name one that you have",
                        case.hint
                    )
                );
            }
        }
        let error = make(&world(&case.accepted(&address)), true).unwrap_err();
        assert_eq!(
            error.message(),
            format!(
                "`{}` needs the package `{}`, and nothing is fetched because cargo is offline",
                case.triple, case.shown
            )
        );
        assert_eq!(*count.lock().unwrap(), 0);
    }
}

#[test]
fn an_archive_is_fetched_where_it_broke_off() {
    for case in CASES {
        let dir = fs::temporary_dir().unwrap();
        let archive = case.archive();
        let (address, count) = server(archive.clone(), true);
        let world = recipe(case.triple, &archive, dir.path(), &case.accepted(&address));
        make(&world, false).unwrap();
        assert_eq!(*count.lock().unwrap(), 2, "{}", case.triple);
        // The archive is in the cache, so neither the licence nor the server is needed again.
        let (mut again, host) = recipe(case.triple, &archive, dir.path(), &[]);
        "other".clone_into(&mut again.digest);
        make(&(again, host), true).unwrap();
    }
}

#[test]
fn an_archive_becomes_a_toolchain_with_what_the_row_needs() {
    let dir = fs::temporary_dir().unwrap();
    let case = &CASES[0];
    let archive = case.archive();
    let (address, _) = server(archive.clone(), false);
    let world = recipe(TRIPLE, &archive, dir.path(), &case.accepted(&address));
    let made = make(&world, false).unwrap();
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
}

#[test]
fn an_archive_for_images_is_handed_on_as_it_is() {
    for case in &CASES[1..] {
        let dir = fs::temporary_dir().unwrap();
        let archive = case.archive();
        let (address, _) = server(archive.clone(), false);
        let world = recipe(case.triple, &archive, dir.path(), &case.accepted(&address));
        make(&world, false).unwrap();
        let context = dir.path().join("context");
        world.0.place(&context, &world.1).unwrap();
        let kit = context.join("toolchain/kit");
        assert_eq!(fs::names_in(&kit), [case.file]);
        assert_eq!(fs_err::read(kit.join(case.file)).unwrap(), archive);
        // The image unpacks the kit, so the engine `host` has no toolchain.
        let row = target::find(case.triple).unwrap();
        assert_eq!(ToolchainRecipe::of(row, &world.1).unwrap(), None);
    }
}

#[test]
fn another_archive_is_refused_with_both_digests() {
    for case in CASES {
        let dir = fs::temporary_dir().unwrap();
        let wanted = case.archive();
        let mut other = wanted.clone();
        other[50] ^= 1;
        let (address, _) = server(other.clone(), false);
        let world = recipe(case.triple, &wanted, dir.path(), &case.accepted(&address));
        let error = make(&world, false).unwrap_err();
        let said = error.message();
        for digest in [wanted, other].map(|content| hex::encode(Sha256::digest(content))) {
            assert!(said.contains(&digest), "{said}");
        }
        assert!(said.contains(case.shown), "{said}");
        let hint = error.hint_text().unwrap();
        assert!(hint.contains(&format!("`{}`", case.mirror)), "{hint}");
        assert!(!world.0.dir(&world.1).exists());
    }
}

#[test]
fn a_kit_of_the_users_is_used_where_it_is() {
    for case in CASES {
        let [dir, cache] = [(), ()].map(|()| fs::temporary_dir().unwrap());
        let path = dir.path().to_str().unwrap();
        let variables = [("ANDROID_NDK_HOME", ""), (case.own, path)];
        let world = || recipe(case.triple, b"", cache.path(), &variables);
        let before = world();
        let error = make(&before, false).unwrap_err();
        let title = &before.0.kit.as_ref().unwrap().kit.title;
        assert_eq!(
            error.message(),
            format!("`{}` names `{path}`, which is no {title}", case.own)
        );
        assert_eq!(
            error.hint_text().unwrap(),
            format!("there is no `{}` in it", case.files[0])
        );
        let stand_in = stand_in();
        let more = case.files.map(|name| (name.to_owned(), 0o644, "\n"));
        let files = if case.triple == TRIPLE {
            stand_in
        } else {
            more.to_vec()
        };
        for (name, mode, content) in files.iter().chain([&("other/file".to_owned(), 0o644, "")]) {
            let at = dir.path().join(name);
            fs::write_if_changed(&at, content.as_bytes()).unwrap();
            fs::set_mode(&at, mode & 0o777).unwrap();
        }
        let world = world();
        assert_ne!(world.0.digest, before.0.digest, "another version has come");
        let made = make(&world, true).unwrap();
        let place = &world.0.kit.as_ref().unwrap().kit.dir;
        assert_eq!(
            fs_err::read_link(made.join(place)).unwrap(),
            fs::canonical(dir.path())
        );
        // The context of an image gets the files and no link.
        let context = cache.path().join("context");
        world.0.place(&context, &world.1).unwrap();
        let kit = context.join("toolchain").join(place);
        assert!(kit.join(case.files[0]).is_file() && !kit.is_symlink());
        assert!(!kit.join("simpleperf").exists() && !kit.join("other").exists());
    }
}

#[test]
fn an_archive_of_unknown_size_is_whole_when_the_server_has_no_more() {
    let dir = fs::temporary_dir().unwrap();
    let case = &CASES[1];
    let archive = case.archive();
    let server = Server::http("127.0.0.1:0").unwrap();
    let address = format!("http://{}/below", server.server_addr().to_ip().unwrap());
    std::thread::spawn(move || {
        for question in server.incoming_requests() {
            let _ = question.respond(Response::empty(416));
        }
    });
    let world = recipe(case.triple, &archive, dir.path(), &case.accepted(&address));
    // An earlier process was ended after the last byte and before the file got its name.
    let digest = hex::encode(Sha256::digest(&archive));
    let part = dir.path().join(format!("packages/{digest}.part"));
    fs::write_if_changed(&part, &archive).unwrap();
    make(&world, false).unwrap();
    assert!(!part.exists());
}

#[test]
fn the_variables_of_each_kit_are_known_to_be_read() {
    for kit in all() {
        let licence = kit.licence.iter().map(|licence| &licence.variable);
        let own = kit.own.iter().filter(|name| name.starts_with("CROSS_"));
        for name in licence.chain(own).chain([&kit.mirror]) {
            assert!(target::variables().any(|known| known == name), "{name}");
        }
        assert!(!kit.urls.is_empty() && kit.urls.iter().all(|url| mirrors::address(url).is_some()));
    }
    for archive in archives() {
        assert_eq!(by_digest(archive.sha256), Some(archive));
        let kept = source::place(Path::new(""), &archive);
        for name in [archive.path, kept.to_str().unwrap()] {
            assert_eq!(by_name(name), Some(archive));
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
