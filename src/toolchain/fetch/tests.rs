use std::io::{BufRead as _, Write as _};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use tiny_http::{Header, Response, Server};

use super::*;
use cross_base::term::Level;

const CONTENT: &[u8] = b"what is in a package";

fn package(content: &[u8]) -> &'static Package {
    let sha256 = hex::encode(Sha256::digest(content));
    Box::leak(Box::new(Package {
        suite: "trixie",
        name: "made-up",
        version: "1-2",
        size: Some(content.len() as u64),
        sha256: Box::leak(sha256.into_boxed_str()),
        path: "pool/main/m/made-up.deb",
    }))
}

/// A mirror whose answers a function makes, from the byte at which an answer has to begin.
fn mirror(answer: impl Fn(Option<u64>) -> (u16, Vec<u8>) + Send + 'static) -> String {
    answers(move |from| {
        let (status, body) = answer(from);
        Response::from_data(body).with_status_code(status)
    })
}

/// A mirror whose whole answers, with headers, a function makes.
fn answers(
    answer: impl Fn(Option<u64>) -> Response<std::io::Cursor<Vec<u8>>> + Send + 'static,
) -> String {
    let server = Arc::new(Server::http("127.0.0.1:0").unwrap());
    let address = server.server_addr().to_ip().unwrap();
    std::thread::spawn(move || {
        for question in server.incoming_requests() {
            let range = question.headers().iter().find(|h| h.field.equiv("range"));
            let from = range.and_then(|range| {
                let text = range.value.as_str().strip_prefix("bytes=")?;
                text.strip_suffix('-')?.parse().ok()
            });
            let _ = question.respond(answer(from));
        }
    });
    format!("http://{address}/debian")
}

/// A host with this cache, and the origin of its packages.
fn world(cache: &Path, mirror: &str, offline: bool) -> (Host, Origin) {
    let host = Host {
        cache: cache.to_owned(),
        ..Host::default()
    };
    let mirror = Some(Setting::by_default(mirror.to_owned()));
    (host, Origin { offline, mirror })
}

fn packages((host, origin): &(Host, Origin)) -> Packages<'_> {
    Packages {
        host,
        term: Term {
            level: Level::Quiet,
        },
        what: "a-target",
        origin,
    }
}

#[test]
fn what_was_cut_off_goes_on_where_it_ended() {
    let dir = fs::temporary_dir().unwrap();
    let address = mirror(|from| match from {
        // Only the beginning, as when a connection breaks.
        None => (200, CONTENT[..5].to_vec()),
        Some(from) => (206, CONTENT[usize::try_from(from).unwrap()..].to_vec()),
    });
    let world = world(dir.path(), &address, false);
    let (packages, wanted) = (packages(&world), package(CONTENT));
    packages.ensure(&[wanted]).unwrap();
    assert_eq!(fs_err::read(packages.path(wanted)).unwrap(), CONTENT);
}

#[test]
fn what_a_killed_process_has_left_is_gone_on_with() {
    let dir = fs::temporary_dir().unwrap();
    let address = mirror(|from| match from {
        Some(7) => (206, CONTENT[7..].to_vec()),
        _ => (500, Vec::new()),
    });
    let world = world(dir.path(), &address, false);
    let (packages, wanted) = (packages(&world), package(CONTENT));
    let part = packages.path(wanted).with_extension("part");
    fs::create_dir_all(&packages.dir()).unwrap();
    fs::write_if_changed(&part, &CONTENT[..7]).unwrap();
    packages.ensure(&[wanted]).unwrap();
    assert_eq!(fs_err::read(packages.path(wanted)).unwrap(), CONTENT);
    assert!(!part.exists());
}

#[test]
fn what_is_left_of_something_else_is_thrown_away_and_all_of_it_fetched() {
    for left in [
        &b"another"[..],
        b"something that is longer than the package",
    ] {
        let dir = fs::temporary_dir().unwrap();
        let address = mirror(|from| match from {
            None => (200, CONTENT.to_vec()),
            Some(from) => (206, CONTENT[usize::try_from(from).unwrap()..].to_vec()),
        });
        let world = world(dir.path(), &address, false);
        let (packages, wanted) = (packages(&world), package(CONTENT));
        fs::create_dir_all(&packages.dir()).unwrap();
        fs::write_if_changed(&packages.path(wanted).with_extension("part"), left).unwrap();
        packages.ensure(&[wanted]).unwrap();
        assert_eq!(fs_err::read(packages.path(wanted)).unwrap(), CONTENT);
    }
}

#[test]
fn what_is_kept_needs_no_mirror_and_changes_nothing() {
    let dir = fs::temporary_dir().unwrap();
    let asked = Arc::new(Mutex::new(0));
    let counted = Arc::clone(&asked);
    let address = mirror(move |_| {
        *counted.lock().unwrap() += 1;
        (404, Vec::new())
    });
    let world = world(dir.path(), &address, false);
    let (packages, wanted) = (packages(&world), package(CONTENT));
    fs::create_dir_all(&packages.dir()).unwrap();
    fs::write_if_changed(&packages.path(wanted), CONTENT).unwrap();
    let before = fs::names_in(&packages.dir());
    packages.ensure(&[wanted]).unwrap();
    assert_eq!(fs::names_in(&packages.dir()), before);
    assert_eq!(*asked.lock().unwrap(), 0);
}

#[test]
fn a_mirror_may_send_the_question_on() {
    let dir = fs::temporary_dir().unwrap();
    let other = mirror(|_| (200, CONTENT.to_vec()));
    let address = answers(move |_| {
        let to = format!("Location: {other}/elsewhere").parse::<Header>();
        Response::from_data(Vec::new())
            .with_status_code(302)
            .with_header(to.unwrap())
    });
    let world = world(dir.path(), &address, false);
    let (packages, wanted) = (packages(&world), package(CONTENT));
    packages.ensure(&[wanted]).unwrap();
    assert_eq!(fs_err::read(packages.path(wanted)).unwrap(), CONTENT);
}

/// A proxy that refuses everything with this answer. Returns its address, and the lines that it has
/// heard.
fn refusing_proxy(answer: &'static str) -> (SocketAddr, Arc<Mutex<Vec<String>>>) {
    let proxy = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = proxy.local_addr().unwrap();
    let heard = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&heard);
    std::thread::spawn(move || {
        for stream in proxy.incoming() {
            let mut stream = stream.unwrap();
            let lines = std::io::BufReader::new(&stream).lines();
            let lines = lines.map_while(|line| line.ok().filter(|line| !line.is_empty()));
            kept.lock().unwrap().extend(lines);
            let refusal = format!("HTTP/1.1 {answer}\r\nContent-Length: 0\r\n\r\n");
            stream.write_all(refusal.as_bytes()).unwrap();
        }
    });
    (address, heard)
}

#[test]
fn a_proxy_that_tunnels_only_https_is_asked_for_that() {
    let dir = fs::temporary_dir().unwrap();
    let (address, heard) = refusing_proxy("403 Forbidden");
    let (mut host, origin) = world(dir.path(), "http://mirror.example/debian", false);
    for name in ["http_proxy", "https_proxy"] {
        host.env
            .insert(name.into(), format!("http://{address}").into());
    }
    let world = (host, origin);
    let fetched = packages(&world).ensure(&[package(CONTENT)]);
    fetched.unwrap_err();
    let lines = heard.lock().unwrap();
    let asked = |port| {
        let line = format!("CONNECT mirror.example:{port} ");
        lines.iter().position(|heard| heard.starts_with(&line))
    };
    assert!(asked(80).is_some() && asked(80) < asked(443), "{lines:?}");
}

#[test]
fn a_proxy_hears_its_password_and_no_message_has_it() {
    let dir = fs::temporary_dir().unwrap();
    let (address, heard) = refusing_proxy("407 Proxy Authentication Required");
    let (mut host, origin) = world(dir.path(), "http://mirror.example/debian", false);
    let proxy = format!("http://user:hunter2@{address}");
    host.env.insert("http_proxy".into(), proxy.into());
    let error = packages(&(host, origin))
        .ensure(&[package(CONTENT)])
        .unwrap_err();
    let said = format!("{} {:?}", error.message(), error.hint_text());
    let cause = "the proxy does not let it through (proxy server responded 407";
    assert!(said.contains(cause) && !said.contains("hunter2"), "{said}");
    let lines = heard.lock().unwrap();
    let word = "proxy-authorization: basic dXNlcjpodW50ZXIy";
    assert!(
        lines.iter().any(|line| line.eq_ignore_ascii_case(word)),
        "{lines:?}"
    );
}

#[test]
fn what_breaks_off_again_and_again_is_not_kept() {
    let dir = fs::temporary_dir().unwrap();
    let address = mirror(|from| match from {
        None => (200, CONTENT[..5].to_vec()),
        Some(_) => (503, Vec::new()),
    });
    let world = world(dir.path(), &address, false);
    let (packages, wanted) = (packages(&world), package(CONTENT));
    let error = packages.ensure(&[wanted]).unwrap_err();
    let said = error.message();
    assert!(said.contains("it answers with status 503"), "{said}");
    assert!(!packages.path(wanted).exists());
}

#[test]
fn another_content_is_refused_with_both_digests_and_not_kept() {
    let dir = fs::temporary_dir().unwrap();
    let other = b"what is IN a package";
    let address = mirror(move |_| (200, other.to_vec()));
    let world = world(dir.path(), &address, false);
    let (packages, wanted) = (packages(&world), package(CONTENT));
    let error = packages.ensure(&[wanted]).unwrap_err();
    let said = error.message();
    assert!(said.contains(wanted.sha256), "{said}");
    assert!(said.contains(&hex::encode(Sha256::digest(other))), "{said}");
    assert!(
        said.contains("made-up 1-2") && said.contains("a-target"),
        "{said}"
    );
    assert_eq!(
        fs::names_in(&packages.dir()),
        [format!("{}.lock", wanted.sha256)]
    );
}

#[test]
fn a_version_that_is_gone_is_named_with_what_helps() {
    let dir = fs::temporary_dir().unwrap();
    let world = world(dir.path(), &mirror(|_| (404, Vec::new())), false);
    let error = packages(&world).ensure(&[package(CONTENT)]).unwrap_err();
    assert_eq!(
        error.message(),
        "cannot fetch the package `made-up 1-2` for `a-target`: 127.0.0.1: it does not have that version any more; \
         cannot read `dists/trixie/InRelease`: 127.0.0.1: it answers with status 404"
    );
    let hint = "let `build.mirror` or `CROSS_BUILD_MIRROR` name a mirror that has `pool/main/m/made-up.deb`";
    assert_eq!(error.hint_text(), Some(hint));
}

#[test]
fn nothing_is_fetched_offline() {
    let dir = fs::temporary_dir().unwrap();
    let world = world(dir.path(), "http://127.0.0.1:1/", true);
    let wanted = [package(CONTENT), package(b"another")];
    let error = packages(&world).ensure(&wanted).unwrap_err();
    assert_eq!(
        error.message(),
        "`a-target` needs the package `made-up 1-2` and 1 more, and nothing is fetched because cargo is offline"
    );
    let kept = packages(&world);
    fs::write_if_changed(&kept.path(wanted[0]), CONTENT).unwrap();
    fs::write_if_changed(&kept.path(wanted[1]), b"another").unwrap();
    kept.ensure(&wanted).unwrap();
}

#[test]
fn two_at_once_fetch_a_package_once() {
    let dir = fs::temporary_dir().unwrap();
    let count = Arc::new(Mutex::new(0));
    let counted = Arc::clone(&count);
    let address = mirror(move |_| {
        *counted.lock().unwrap() += 1;
        (200, CONTENT.to_vec())
    });
    let world = world(dir.path(), &address, false);
    let wanted = package(CONTENT);
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| packages(&world).ensure(&[wanted]).unwrap());
        }
    });
    assert_eq!(*count.lock().unwrap(), 1);
}

/// The project's mirror could have an old index that Debian has signed.
#[test]
fn a_mirror_that_a_project_names_gives_no_other_version() {
    for is_projects in [true, false] {
        let dir = fs::temporary_dir().unwrap();
        let asked = Arc::new(Mutex::new(0));
        let counted = Arc::clone(&asked);
        let address = mirror(move |_| {
            *counted.lock().unwrap() += 1;
            (404, Vec::new())
        });
        let (host, mut origin) = world(dir.path(), &address, false);
        let mirror = origin.mirror.as_mut().unwrap();
        if is_projects {
            mirror.source =
                setting::Source::File("/p/Cross.toml".into(), "build.mirror".to_owned());
        } else {
            mirror.source = setting::Source::Variable("CROSS_BUILD_MIRROR".to_owned());
        }
        let world = (host, origin);
        let error = packages(&world).ensure(&[package(CONTENT)]).unwrap_err();
        let said = error.message();
        assert!(
            said.contains("it does not have that version any more"),
            "{said}"
        );
        let hint = "`build.mirror` in `/p/Cross.toml` names the mirror; if `CROSS_BUILD_MIRROR` names one, its current version is taken";
        assert_eq!(error.hint_text() == Some(hint), is_projects, "{error:?}");
        // The user's is also asked for the release's index.
        assert_eq!(*asked.lock().unwrap(), if is_projects { 1 } else { 2 });
    }
}
