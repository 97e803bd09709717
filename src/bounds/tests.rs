//! Tests of which paths are refused for which reason, with a made-up home directory.

use pretty_assertions::assert_eq;

use super::*;
use crate::config::Source;

fn host(home: &str) -> Host {
    Host {
        cargo_home: Path::new(home).join(".cargo"),
        rustup_home: Path::new(home).join(".rustup"),
        cache: Path::new(home).join(".cache/cross"),
        home: Some(home.into()),
        uid: 4242,
        ..Host::default()
    }
}

fn link() -> Asker {
    Asker::Link("/somewhere/p/link".into())
}

fn key() -> Asker {
    let file = "/somewhere/p/Cross.toml".into();
    Asker::Said(Source::File(file, "build.env.volumes".to_owned()))
}

fn dependency() -> Asker {
    Asker::Dependency("/somewhere/p/Cargo.toml".into())
}

/// Whether the path is refused to a symbolic link, to a path dependency, and to a key whose path is
/// written to.
fn refused(root: &str, path: &str) -> [bool; 3] {
    let host = host("/somewhere/me");
    let bounds = Bounds::new(&host, Path::new(root));
    let refused = |asker: &Asker, access| bounds.judge(Path::new(path), asker, access).is_err();
    [
        refused(&link(), Access::ReadOnly),
        refused(&dependency(), Access::ReadOnly),
        refused(&key(), Access::ReadWrite),
    ]
}

#[test]
fn a_project_may_ask_for_its_neighbours_and_not_for_the_home_or_the_system() {
    for (path, expected) in [
        ("/somewhere/lib", [false, false, false]),
        ("/somewhere/me/code/lib", [false, false, false]),
        ("/tmp/lib", [false, false, false]),
        ("/var/tmp/lib", [false, false, false]),
        ("/dev/shm/lib", [false, false, false]),
        ("/opt/data", [false, false, false]),
        ("/run/media/me/disk", [false, false, false]),
        // A link to one of these would only hide the container's own files. A path dependency names
        // it on purpose.
        ("/usr/share/cargo/registry", [true, false, true]),
        ("/var/lib/data", [true, false, false]),
        ("/etc/ssl/certs/ours.pem", [false, false, true]),
        ("/somewhere/me/.cargo/registry/src/x", [false, false, true]),
        // Hidden files may hold passwords, and are not shown for a link.
        ("/somewhere/me/.local/bin", [true, false, true]),
        ("/somewhere/me/.bashrc", [true, false, true]),
        ("/somewhere/me/bin", [true, true, true]),
        // Hosts run programs that are kept here, but nothing secret is.
        ("/somewhere/me/.cache/pre-commit", [false, false, true]),
        ("/somewhere/me/.cache", [true; 3]),
        // The paths below are refused.
        ("/", [true; 3]),
        ("/tmp", [true; 3]),
        ("/usr", [true; 3]),
        ("/opt", [true; 3]),
        ("/opt/cross/x", [true; 3]),
        ("/etc", [true; 3]),
        ("/etc/shadow", [true; 3]),
        ("/proc/self/environ", [true; 3]),
        ("/dev/kvm", [true; 3]),
        ("/run/docker.sock", [true; 3]),
        ("/run/user/1000/podman/podman.sock", [true; 3]),
        ("/var/lib", [true; 3]),
        ("/somewhere", [true; 3]),
        ("/somewhere/me", [true; 3]),
        ("/somewhere/me/.ssh", [true; 3]),
        ("/somewhere/me/.ssh/id_ed25519", [true; 3]),
        ("/somewhere/me/.gnupg/x", [true; 3]),
        ("/somewhere/me/.config/gh", [true; 3]),
        ("/somewhere/me/.docker/config.json", [true; 3]),
        ("/somewhere/me/.local", [true; 3]),
        ("/somewhere/me/.cargo", [true; 3]),
        ("/somewhere/me/.cargo/credentials.toml", [true; 3]),
        ("/somewhere/me/.cache/cross/answers", [true; 3]),
    ] {
        assert_eq!(refused("/somewhere/me/code/p", path), expected, "{path}");
    }
}

#[test]
fn a_project_in_a_hidden_directory_may_link_to_its_neighbours() {
    let refused = |path| refused("/somewhere/me/.sources/p", path);
    assert_eq!(refused("/somewhere/me/.sources/lib"), [false, false, true]);
    assert_eq!(refused("/somewhere/me/.other/lib"), [true, false, true]);
}

#[test]
fn what_is_around_the_project_is_no_longer_the_containers_own() {
    assert_eq!(refused("/usr/src/p", "/usr/src/lib"), [false; 3]);
    assert_eq!(refused("/usr/src/p", "/usr"), [true; 3]);
    assert_eq!(refused("/etc/p", "/etc/shadow"), [true; 3]);
}

#[test]
fn a_repository_around_the_project_is_shown_wherever_that_is() {
    let host = host("/somewhere/me");
    let root = Path::new("/somewhere/me/.config/editor/plugin");
    let bounds = Bounds::new(&host, root);
    let judge = |path: &str| {
        let path = Path::new("/somewhere/me").join(path);
        bounds
            .judge(&path, &Asker::Repository, Access::ReadOnly)
            .is_ok()
    };
    assert!(judge(".config/editor"));
    assert!(judge(".config/.git"));
    assert!(!judge(".config"));
    assert!(!judge(""));
}

#[test]
fn the_user_may_name_anything_but_the_root() {
    let host = host("/somewhere/me");
    let bounds = Bounds::new(&host, Path::new("/somewhere/me/p"));
    for source in [
        Source::CommandLine("--target-dir"),
        Source::Variable("CROSS_BUILD_ENV_VOLUMES".to_owned()),
    ] {
        let asker = Asker::Said(source);
        for path in ["/somewhere/me", "/somewhere/me/.ssh", "/tmp"] {
            assert!(
                bounds
                    .judge(Path::new(path), &asker, Access::ReadWrite)
                    .is_ok(),
                "{path}"
            );
        }
        let error = bounds
            .check(Path::new("/"), &asker, Access::ReadWrite)
            .unwrap_err();
        assert!(
            error
                .message()
                .ends_with("the root of all files cannot be mounted")
        );
    }
}

#[test]
fn what_the_variable_allows_projects_get() {
    let mut host = host("/somewhere/me");
    let allowed = "/somewhere/me/.config/app:/somewhere/me/.ssh:relative:/";
    host.env.insert(ALLOW.into(), allowed.into());
    let bounds = Bounds::new(&host, Path::new("/somewhere/me/p"));
    let judge = |path: &str| {
        bounds
            .judge(Path::new(path), &key(), Access::ReadWrite)
            .is_ok()
    };
    assert!(judge("/somewhere/me/.config/app/data"));
    assert!(judge("/somewhere/me/.ssh"));
    assert!(!judge("/somewhere/me/.config"));
    assert!(!judge("/somewhere/me/.config/other"));
    assert!(!judge("/"));
}

#[test]
fn a_place_counts_where_it_really_is() {
    let dir = tempfile::tempdir().unwrap();
    let dir = fs::canonical(dir.path());
    for path in ["real/me/.ssh", "p"] {
        fs::create_dir_all(&dir.join(path)).unwrap();
    }
    let made = |link: &str, to: &str| fs::link(&dir.join(link), Path::new(to)).unwrap();
    made("home", "real/me");
    made("p/innocent", "../home/.ssh");
    made("p/deep", "../real/me");
    let host = host(dir.join("home").to_str().unwrap());
    let bounds = Bounds::new(&host, &dir.join("p"));
    for path in [
        "real/me/.ssh/x",
        "home/.ssh",
        "real/me",
        "p/innocent",
        "p/deep/.ssh/new",
    ] {
        let judged = bounds.judge(&dir.join(path), &dependency(), Access::ReadOnly);
        assert!(judged.is_err(), "{path}");
    }
    let error = bounds
        .check(&dir.join("p/innocent"), &key(), Access::ReadWrite)
        .unwrap_err();
    let shown = error.message().replace(dir.to_str().unwrap(), "[DIR]");
    assert_eq!(
        shown,
        "`build.env.volumes` in `/somewhere/p/Cross.toml` asks for `[DIR]/p/innocent` that leads to \
         `[DIR]/real/me/.ssh`, which holds keys"
    );
}

#[test]
fn an_error_names_the_place_and_what_allows_it() {
    let host = host("/somewhere/me");
    let bounds = Bounds::new(&host, Path::new("/somewhere/me/p"));
    let words = |path: &str| {
        let error = bounds
            .check(Path::new(path), &key(), Access::ReadWrite)
            .unwrap_err();
        let message = error
            .message()
            .strip_prefix("`build.env.volumes` in `/somewhere/p/Cross.toml` asks for ");
        (
            message.unwrap().to_owned(),
            error.hint_text().unwrap().to_owned(),
        )
    };
    let (message, hint) = words("/somewhere/me/.ssh");
    assert_eq!(message, "`/somewhere/me/.ssh`, which holds keys");
    assert_eq!(
        hint,
        "`CROSS_ALLOW_MOUNTS=/somewhere/me/.ssh` in the environment allows it"
    );
    let (message, _) = words("/somewhere/me/.ssh/config");
    assert_eq!(
        message,
        "`/somewhere/me/.ssh/config`, and `/somewhere/me/.ssh` holds keys"
    );
    let (message, _) = words("/somewhere");
    assert!(
        message.starts_with("`/somewhere`, and `/somewhere/me/")
            || message.contains("is a home directory")
    );
}

#[test]
fn a_root_that_the_container_has_itself_is_refused_and_a_home_is_warned_of() {
    let host = host("/somewhere/me");
    let check = |root: &str| Bounds::new(&host, Path::new(root)).check_root();
    for root in ["/", "/tmp", "/usr", "/etc", "/opt", "/run"] {
        assert!(check(root).is_err(), "{root}");
    }
    for root in ["/somewhere/me/p", "/tmp/p", "/usr/src/p", "/w", "/opt/p"] {
        assert_eq!(check(root).unwrap(), None, "{root}");
    }
    let warned = check("/somewhere/me").unwrap().unwrap();
    assert!(warned.contains("is a home directory"), "{warned}");
}

#[test]
fn the_homes_of_people_are_in_the_list_of_users() {
    let passwd = "root:x:0:0:root:/root:/bin/sh\ndaemon:x:1:1::/usr/sbin:/bin/sh\n\
                  me:x:1000:1000::/home/me:/bin/sh\nnobody:x:65534:65534::/nonexistent:/bin/sh\nodd\n";
    let homes = homes_of_people(passwd);
    assert_eq!(homes, [(0, "/root".into()), (1000, "/home/me".into())]);
}
