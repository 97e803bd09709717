//! The built-in engine fetches images from a registry on this machine. The images contain nothing
//! that could run, so the tests examine the store and the messages.

use std::net::TcpListener;

use pretty_assertions::assert_eq;
use rustix::process::{Pid, Signal, kill_process};

use crate::broken::Broken;
use crate::cross::{Cross, Ran};
use crate::fixture::{AARCH64, Fixture};
use crate::registry::{BASIC, Door, IDENTITY, Registry, digest, layer, machine};

/// Any certificate: the programs need one, even on a machine that has none.
const CERTIFICATE: &str = "\
-----BEGIN CERTIFICATE-----
MIIBgTCCASegAwIBAgIUeiAdQ5ZfqAq08saDlYzoykPK9sAwCgYIKoZIzj0EAwIw
FTETMBEGA1UEAwwKY3Jvc3MgdGVzdDAgFw0yNjExMjMwMTU3NTBaGA8yMTI2MTAz
MDAxNTc1MFowFTETMBEGA1UEAwwKY3Jvc3MgdGVzdDBZMBMGByqGSM49AgEGCCqG
SM49AwEHA0IABC1fWHfEqp/zX2m37UYGst6bYj4ceQ/o0SkZLO00jG1DooFQuh2v
fzGYIQkSGMDpI76WluWKRqEK0Nt1GuB3zWmjUzBRMB0GA1UdDgQWBBToglE2TEPn
FFlW/HMZJZClZaSWMDAfBgNVHSMEGDAWgBToglE2TEPnFFlW/HMZJZClZaSWMDAP
BgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0gAMEUCIBhCU30ncjAvUXC8IjrK
SQ2TWXIG/g7dk1V6aEZX9CCqAiEAn2hCc0GPt7C9rEBbABF7MThtG1Y9+AOlH1DI
kQ5Y69o=
-----END CERTIFICATE-----
";

/// `cross build` with the built-in engine. All proxies are dead, because registries on this machine
/// are to be reached directly.
fn build<'a>(fixture: &'a Fixture, image: &str) -> Cross<'a> {
    let config = format!("[target.{AARCH64}]\nimage = '{image}'\n");
    fixture.file("Cross.toml", &config);
    with_sandbox(fixture, fixture.build())
}

fn with_sandbox<'a>(fixture: &Fixture, cross: Cross<'a>) -> Cross<'a> {
    let certificate = fixture.write("home/real.crt", CERTIFICATE);
    cross
        .env("CROSS_CONTAINER_ENGINE", "sandbox")
        .env("SSL_CERT_FILE", certificate)
        .env("HTTP_PROXY", "http://127.0.0.1:1")
        .env("HTTPS_PROXY", "http://127.0.0.1:1")
}

/// The names of the images in the store, and the number of layers.
fn store(fixture: &Fixture) -> (Vec<String>, usize) {
    let place = fixture.root.join("home/.cache/cross/store");
    let names = |dir: &str| {
        let entries = std::fs::read_dir(place.join(dir)).into_iter().flatten();
        let names = entries.flatten().map(|entry| entry.file_name());
        names.map(|name| name.to_string_lossy().into_owned())
    };
    assert_eq!(names("new").next(), None, "something is left");
    let mut images: Vec<String> = names("images").collect();
    images.sort();
    let layers = std::fs::read_dir(place.join("layers"))
        .into_iter()
        .flatten();
    let layers = layers.flatten().filter(|entry| entry.path().is_dir());
    (images, layers.count())
}

/// Expects that the run fails, that standard error contains these words, and that the store is
/// empty.
#[track_caller]
fn refuses(ran: &Ran<'_>, fixture: &Fixture, words: &str) {
    ran.code(101).says(words);
    assert_eq!(store(fixture), (vec![], 0), "{ran}");
}

#[test]
fn an_image_is_fetched_once() {
    let (fixture, registry) = (Fixture::new(), Registry::start(Door::Open));
    let name = format!("{}/it:1", registry.host());
    registry.image("1", &[layer("etc/a", "a"), layer("etc/b", "b")]);
    let ran = build(&fixture, &name).run();
    ran.says(&format!("     Pulling {name}\n     Pulling {name} (1/2): "));
    assert_eq!(registry.asked().len(), 4, "{ran}");
    assert_eq!(
        store(&fixture),
        (vec![format!("{}.json", name.replace('/', "_"))], 2)
    );
    assert!(!build(&fixture, &name).run().stderr.contains("Pulling"));
    assert_eq!(registry.asked(), [""; 0]);
}

#[test]
fn only_layers_that_are_missing_are_fetched() {
    let (fixture, registry) = (Fixture::new(), Registry::start(Door::Open));
    let [shared, other] = [layer("etc/a", "a"), layer("etc/b", "b")];
    registry.image("latest", std::slice::from_ref(&shared));
    registry.image("2", &[shared.clone(), other.clone()]);
    let host = registry.host();
    build(&fixture, &format!("{host}/it")).run();
    let shared = format!("/v2/it/blobs/{}", digest(&shared));
    assert!(registry.asked().contains(&shared));
    build(&fixture, &format!("{host}/it:2")).run();
    let asked = registry.asked();
    assert!(
        asked.contains(&format!("/v2/it/blobs/{}", digest(&other))),
        "{asked:?}"
    );
    assert!(!asked.contains(&shared), "{asked:?}");
}

#[test]
fn of_images_for_many_machines_this_ones_is_taken() {
    let (fixture, registry) = (Fixture::new(), Registry::start(Door::Open));
    let ours = registry.image("ours", &[layer("etc/a", "ours")]);
    let theirs = registry.image("theirs", &[layer("etc/a", "theirs")]);
    registry.index("1", &[("vax", &theirs), (machine(), &ours)]);
    registry.index("2", &[("vax", &theirs)]);
    let host = registry.host();
    let ran = build(&fixture, &format!("{host}/it:2")).run();
    refuses(
        &ran,
        &fixture,
        "has this image for other architectures only",
    );
    build(&fixture, &format!("{host}/it:1")).run();
    assert!(
        registry
            .asked()
            .contains(&format!("/v2/it/blobs/{}", digest(&layer("etc/a", "ours"))))
    );
}

#[test]
fn what_is_not_what_its_digest_says_is_refused() {
    let (fixture, registry) = (Fixture::new(), Registry::start(Door::Open));
    let host = registry.host();
    let [good, bad] = [layer("etc/a", "good"), layer("etc/a", "evil")];
    let image = registry.image("1", &[layer("etc/b", "b"), good.clone()]);
    let words = format!(
        "error: cannot get the image `{host}/it:1`: a download from the registry `{host}` does not match its digest\n\
         hint: nothing of it is kept"
    );
    // If the last layer is damaged, the layers before it stay, but no image has them.
    let place = format!("/v2/it/blobs/{}", digest(&good));
    for other in [bad, good[..good.len() - 1].to_vec()] {
        registry.put(&place, "x/y", &other);
        let ran = build(&fixture, &format!("{host}/it:1")).run();
        ran.code(101).says(&words);
        assert_eq!(store(&fixture), (vec![], 1), "{ran}");
    }
    registry.put(&place, "x/y", &good);
    // A manifest that is requested by its digest.
    let name = image["digest"].as_str().expect("a digest");
    registry.put(&format!("/v2/it/manifests/{name}"), "x/y", b"{}");
    let ran = build(&fixture, &format!("{host}/it@{name}")).run();
    ran.code(101).says("does not match its digest");
    build(&fixture, &format!("{host}/it:1")).run();
    assert_eq!(store(&fixture).1, 2);
}

#[test]
fn a_layer_is_the_one_that_the_image_describes() {
    let (fixture, registry) = (Fixture::new(), Registry::start(Door::Open));
    let host = registry.host();
    // Every digest is right, but the image's configuration lists other layers than its manifest.
    let config = serde_json::json!({ "rootfs": { "diff_ids": [digest(&layer("etc/a", "good"))] } });
    let manifest = serde_json::json!({
        "schemaVersion": 2, "config": registry.blob(config.to_string().as_bytes()),
        "layers": [registry.blob(&layer("etc/a", "evil"))],
    });
    registry.put("/v2/it/manifests/1", "x/y", manifest.to_string().as_bytes());
    let ran = build(&fixture, &format!("{host}/it:1")).run();
    refuses(&ran, &fixture, "is damaged");
}

#[test]
fn an_image_that_is_not_there_is_said() {
    let (fixture, registry) = (Fixture::new(), Registry::start(Door::Open));
    let host = registry.host();
    let ran = build(&fixture, &format!("{host}/it:1")).run();
    let words = format!(
        "     Pulling {host}/it:1\n\
         error: cannot get the image `{host}/it:1`: the registry `{host}` has no such image\n\
         hint: it was named by `target.{AARCH64}.image` in `[PROJECT]/Cross.toml`\n"
    );
    ran.says_exactly(&words);
    refuses(&ran, &fixture, "");
    drop(registry);
    let ran = build(&fixture, &format!("{host}/it:1")).run();
    let words = format!("cannot reach the registry `{host}`: connection refused\n");
    refuses(&ran, &fixture, &words);
    let ran = build(&fixture, "It/It:1").run();
    refuses(&ran, &fixture, "gives, is no name of an image");
}

#[test]
fn a_password_is_sent_to_its_registry_and_shown_nowhere() {
    for (door, places) in [(Door::Basic, 4), (Door::Token, 1)] {
        let (fixture, registry) = (Fixture::new(), Registry::start(door));
        let name = format!("{}/it:1", registry.host());
        registry.image("1", &[layer("etc/a", "a")]);
        let auths = format!(
            r#"{{"auths":{{"{}":{{"auth":"{BASIC}"}}}}}}"#,
            registry.host()
        );
        // docker's usual file, the files that two variables name, and podman's usual file.
        for (file, variable) in [
            ("home/.docker/config.json", None),
            ("docker/config.json", Some(("DOCKER_CONFIG", "docker"))),
            ("auth.json", Some(("REGISTRY_AUTH_FILE", "auth.json"))),
            ("home/.config/containers/auth.json", None),
        ]
        .into_iter()
        .take(places)
        {
            let place = fixture.write(file, &auths);
            let mut cross = build(&fixture, &name);
            if let Some((variable, path)) = variable {
                cross = cross.env(variable, fixture.root.join(path));
            }
            let ran = cross.run();
            assert_eq!(store(&fixture).1, 1, "{file}\n{ran}");
            std::fs::remove_file(place).expect("it is there");
            for (path, bytes) in fixture.listing() {
                let text = String::from_utf8_lossy(&bytes).into_owned();
                assert!(
                    !text.contains("s3cr3t") && !text.contains(BASIC),
                    "{path:?}"
                );
            }
            assert!(!ran.stderr.contains("s3cr3t"), "{ran}");
            fixture.remove("home/.cache/cross");
        }
    }
}

/// Stores a login for a registry in docker's usual file.
fn log_in(fixture: &Fixture, host: &str, what: &str) {
    let auths = format!(r#"{{"auths":{{"{host}":{{{what}}}}}}}"#);
    fixture.write("home/.docker/config.json", &auths);
}

/// A login as `az acr login` stores it: a name that is no user's (`00000000-…`), and a token with
/// which other tokens are requested.
#[test]
fn an_identity_token_is_exchanged_for_a_token() {
    let (fixture, registry) = (Fixture::new(), Registry::start(Door::Identity));
    let host = registry.host();
    registry.image("1", &[layer("etc/a", "a")]);
    let login = |token: &str| format!(r#""auth":"MDAwMDo=","identitytoken":"{token}""#);
    log_in(&fixture, &host, &login("wr0ng"));
    let ran = build(&fixture, &format!("{host}/it:1")).run();
    refuses(
        &ran,
        &fixture,
        "has no such image, or the holder of the identity token, whom `[HOME]",
    );
    log_in(&fixture, &host, &login(IDENTITY));
    let ran = build(&fixture, &format!("{host}/it:1")).run();
    assert_eq!(store(&fixture).1, 1, "{ran}");
    assert!(!ran.stderr.contains(IDENTITY), "{ran}");
}

#[test]
fn a_token_that_holds_no_more_is_had_anew() {
    let (fixture, registry) = (Fixture::new(), Registry::start(Door::Fleeting));
    let host = registry.host();
    registry.image("1", &[layer("etc/a", "a"), layer("etc/b", "b")]);
    log_in(&fixture, &host, &format!(r#""auth":"{BASIC}""#));
    let ran = build(&fixture, &format!("{host}/it:1")).run();
    assert_eq!(store(&fixture).1, 2, "{ran}");
    let tokens = registry
        .asked()
        .iter()
        .filter(|path| path.starts_with("/token"))
        .count();
    assert_eq!(tokens, 2, "{ran}");
}

/// The image's name has `localhost`, and the registry calls itself `127.0.0.1` when it names the
/// place of tokens.
#[test]
fn this_machine_is_asked_without_a_proxy_whatever_it_is_called() {
    let (fixture, registry) = (Fixture::new(), Registry::start(Door::Token));
    let host = registry.host().replace("127.0.0.1", "localhost");
    registry.image("1", &[layer("etc/a", "a")]);
    log_in(&fixture, &host, &format!(r#""auth":"{BASIC}""#));
    let ran = build(&fixture, &format!("{host}/it:1")).run();
    assert_eq!(store(&fixture).1, 1, "{ran}");
}

#[test]
fn a_password_goes_to_nobody_whom_the_registry_sends_cross_on_to() {
    let [basic, token] = [Door::Basic, Door::Token].map(Registry::start);
    let other = Registry::start(Door::Open);
    for registry in [basic, token] {
        let fixture = Fixture::new();
        let (host, layer) = (registry.host(), layer("etc/a", "a"));
        registry.image("1", std::slice::from_ref(&layer));
        log_in(&fixture, &host, &format!(r#""auth":"{BASIC}""#));
        // The control: if the registry redirects to itself, the password is sent.
        registry.moves(&digest(&layer), &registry, &layer);
        build(&fixture, &format!("{host}/it:1")).run();
        assert_eq!((registry.known(), store(&fixture).1), (vec![true], 1));
        fixture.remove("home/.cache/cross");
        registry.moves(&digest(&layer), &other, &layer);
        build(&fixture, &format!("{host}/it:1")).run();
        assert_eq!(store(&fixture).1, 1);
    }
    assert_eq!(other.known(), [false, false]);
}

#[test]
fn a_manifest_without_end_is_not_read_to_its_end() {
    let (fixture, registry) = (Fixture::new(), Registry::start(Door::Open));
    let host = registry.host();
    for (size, words) in [
        ((4 << 20) + 1, "the answer is far too long"),
        // The control: an answer of this size is read, and is no valid manifest.
        (4 << 20, "cannot understand the registry"),
    ] {
        registry.put("/v2/it/manifests/1", "x/y", &vec![b' '; size]);
        let ran = build(&fixture, &format!("{host}/it:1")).run();
        refuses(&ran, &fixture, words);
    }
}

/// The second request continues at the byte where the first broke off. If the server does not
/// support that, it starts at the beginning.
#[test]
fn a_download_that_breaks_off_is_carried_on() {
    let registry = Registry::start(Door::Open);
    let layer = layer("etc/a", &"a".repeat(100_000));
    registry.image("1", std::slice::from_ref(&layer));
    let place = format!("/v2/it/blobs/{}", digest(&layer));
    for can_begin_anywhere in [true, false] {
        let fixture = Fixture::new();
        let broken = Broken::start(&registry, &place, &layer, can_begin_anywhere);
        let ran = build(&fixture, &format!("127.0.0.1:{}/it:1", broken.port)).run();
        assert_eq!(store(&fixture).1, 1, "{ran}");
        let half = layer.len() / 2;
        assert_eq!(broken.asked(), [None, Some(half)]);
    }
}

#[test]
fn a_helper_is_asked_for_the_password() {
    let (fixture, registry) = (Fixture::new(), Registry::start(Door::Basic));
    let (host, name) = (registry.host(), format!("{}/it:1", registry.host()));
    registry.image("1", &[layer("etc/a", "a")]);
    let helper = "#!/bin/sh\nread server\n[ \"$1 $server\" = 'get HOST' ] || exit 1\n\
                  echo '{\"Username\":\"me\",\"Secret\":\"s3cr3t\"}'\n";
    fixture.program("docker-credential-vault", &helper.replace("HOST", &host));
    for config in [
        r#"{"credsStore":"vault"}"#.to_owned(),
        format!(r#"{{"credHelpers":{{"{host}":"vault"}}}}"#),
    ] {
        fixture.write("home/.docker/config.json", &config);
        let ran = build(&fixture, &name).run();
        assert_eq!(store(&fixture).1, 1, "{ran}");
        fixture.remove("home/.cache/cross");
    }
    let locked = "#!/bin/sh\nread server\necho it is locked: s3cr3t\nexit 1\n";
    fixture.program("docker-credential-vault", locked);
    let ran = build(&fixture, &name).run();
    let words = format!(
        "`docker-credential-vault`, which `[HOME]/.docker/config.json` names, gives no credentials for `{host}`\n\
         hint: `echo {host} | docker-credential-vault get` shows why\n"
    );
    refuses(&ran, &fixture, &words);
    assert!(!ran.stderr.contains("s3cr3t"), "{ran}");
    // A helper that has no password for the registry is no error.
    let unknown = "#!/bin/sh\nread server\necho credentials not found in native keychain\nexit 1\n";
    fixture.program("docker-credential-vault", unknown);
    let ran = build(&fixture, &name).run();
    refuses(&ran, &fixture, "wants a password for it");
}

#[test]
fn who_may_not_have_an_image_is_told_how_to_log_in() {
    for door in [Door::Basic, Door::Token] {
        let (fixture, registry) = (Fixture::new(), Registry::start(door));
        let host = registry.host();
        let hint = format!("hint: `docker login {host}` or `podman login {host}` stores a name");
        let ran = build(&fixture, &format!("{host}/it:1")).run();
        let words = "wants a password for it, or has no such image\n";
        refuses(&ran, &fixture, &format!("{words}{hint}"));
        // `me:wrong`
        let auths = format!(r#"{{"auths":{{"{host}":{{"auth":"bWU6d3Jvbmc="}}}}}}"#);
        fixture.write("home/.docker/config.json", &auths);
        let ran = build(&fixture, &format!("{host}/it:1")).run();
        let words = "has no such image, or `me`, whom `[HOME]/.docker/config.json` names, may not pull it\n";
        refuses(&ran, &fixture, &format!("{words}{hint}"));
    }
}

#[test]
fn a_dockerfile_starts_from_what_a_registry_has() {
    let (fixture, registry) = (Fixture::new(), Registry::start(Door::Open));
    let host = registry.host();
    registry.image("1", &[layer("etc/a", "a")]);
    fixture.file("Cross.toml", "[build]\ndockerfile = 'Dockerfile'\n");
    for (tag, name) in [("2", "no-such-image"), ("1", "it")] {
        let dockerfile = format!("FROM {host}/{name}:{tag}\nLABEL b=2\n");
        fixture.file("Dockerfile", &dockerfile);
        let ran = with_sandbox(&fixture, fixture.build()).run();
        ran.says(&format!("     Pulling {host}/{name}:{tag}\n"));
        if name == "it" {
            ran.says("Finished image `localhost/cross/custom/aarch64-unknown-linux-gnu:");
        } else {
            let words = format!(
                "error: cannot get the image `{host}/{name}:2`: the registry `{host}` has no such image\n\
                 hint: `cross-util images import` takes one"
            );
            refuses(&ran, &fixture, &words);
        }
    }
    let (images, layers) = store(&fixture);
    assert_eq!((images.len(), layers), (2, 1), "{images:?}");
}

#[test]
fn a_signal_ends_a_pull_and_the_next_one_starts_afresh() {
    let (fixture, registry) = (Fixture::new(), Registry::start(Door::Open));
    let silent = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = silent.local_addr().expect("an address").port();
    // The files of an interrupted pull, whose lock no process holds any more.
    let left = "home/.cache/cross/store/new/left";
    for name in ["lock", "archive", "tree/etc/a"] {
        fixture.write(&format!("{left}/{name}"), "");
    }
    let _ = build(&fixture, &format!("127.0.0.1:{port}/it:1"));
    let script = format!(
        "{} build --target {AARCH64} & echo $! >[ROOT]/pid.new; mv [ROOT]/pid.new [ROOT]/pid; wait $!; echo $?",
        fixture.program.display()
    );
    let script = script.replace("[ROOT]", &fixture.root.display().to_string());
    let killer = std::thread::spawn({
        let pid = fixture.root.join("pid");
        move || {
            let asked = silent.accept().expect("somebody asks");
            let mut text = String::new();
            while text.is_empty() {
                text = std::fs::read_to_string(&pid).unwrap_or_default();
            }
            let pid = Pid::from_raw(text.trim().parse().expect("a number"));
            kill_process(pid.expect("not 0"), Signal::TERM).expect("it runs");
            // The connection stays open until the end of the test, without an answer.
            asked
        }
    });
    let ran = with_sandbox(&fixture, fixture.shell(&script)).run();
    let _asked = killer.join().expect("it does not panic");
    assert_eq!(ran.stdout, "143\n", "{ran}");
    registry.image("1", &[layer("etc/a", "a")]);
    build(&fixture, &format!("{}/it:1", registry.host())).run();
    assert_eq!(store(&fixture).1, 1);
}
