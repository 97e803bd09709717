//! The mirrors of Debian packages: the one that the user names, or those in the machine's
//! configuration of apt, described in sources.list(5), or the default of Debian's tools.

use std::path::Path;

use ureq::http::Uri;

use super::archive;
use cross_base::error::{Error, Result};
use cross_base::fs;
use cross_base::host::Host;
use cross_base::http::{Http, Question, plain};
use cross_base::secrets::without_password;
use cross_base::setting::Setting;

/// The key and the variable that name a mirror, for messages.
pub(super) const KEY: &str = "`build.mirror` or `CROSS_BUILD_MIRROR`";
/// The variable alone.
pub(super) const VARIABLE: &str = "CROSS_BUILD_MIRROR";
/// Files of Debian's tools, which other distributions have too, that name a default mirror.
const DEFAULTS: &[&str] = &[
    // From python3-apt, which Ubuntu has.
    "/usr/share/python-apt/templates/Debian.info",
    "/usr/share/debootstrap/scripts/sid",
    "/usr/bin/mmdebstrap",
];
/// The names of Debian's releases. Sources with other names are another distribution's.
const RELEASES: &[&str] = &[
    "bookworm",
    "bullseye",
    "forky",
    "oldoldstable",
    "oldstable",
    "sid",
    "stable",
    "testing",
    "trixie",
    "unstable",
];

/// The addresses of mirrors, in the order in which they are tried.
///
/// # Errors
///
/// When there is no mirror, or the user's is not an address.
pub(super) fn of(named: Option<&Setting<String>>) -> Result<Vec<Uri>> {
    if let Some(Setting { value, source }) = named {
        let no_address = || {
            let error = Error::new(format!("`{}` is no address of a mirror", plain(value)));
            error.hint(format!("it was named by {source}"))
        };
        return Ok(vec![address(value).ok_or_else(no_address)?]);
    }
    let mut found = configured(Path::new("/etc/apt"));
    if found.is_empty() {
        found.extend(DEFAULTS.iter().find_map(|file| usual(Path::new(file))));
    }
    if found.is_empty() {
        return Err(unknown());
    }
    Ok(found)
}

/// The host of the first mirror that answers a request for a release.
///
/// # Errors
///
/// When no mirror answers. The message has the reason of each.
pub(super) fn reached(
    named: Option<&Setting<String>>,
    suite: &str,
    machine: &Host,
) -> Result<String> {
    let mirror = first(&of(named)?, suite, machine)?;
    Ok(mirror.host().unwrap_or_default().to_owned())
}

/// The first of these mirrors that answers a request for a release.
fn first(mirrors: &[Uri], suite: &str, machine: &Host) -> Result<Uri> {
    let http = Http::new(machine)?;
    let mut reasons = Vec::new();
    for mirror in mirrors {
        let host = mirror.host().unwrap_or_default();
        let address = format!(
            "{}/dists/{suite}/InRelease",
            mirror.to_string().trim_end_matches('/')
        );
        let address: Uri = address
            .parse()
            .map_err(|_| Error::new("a mirror has no address"))?;
        // Redirects to other hosts are allowed, as the packages' digests are compared.
        let question = Question {
            compared: true,
            ..Question::default()
        };
        match http.get(&address, question) {
            Ok(answer) if answer.response.status().is_success() => return Ok(mirror.clone()),
            Ok(answer) => reasons.push(format!(
                "{host}: it answers with status {}",
                answer.response.status().as_u16()
            )),
            Err(reason) => reasons.push(format!("{host}: {reason}")),
        }
    }
    Err(Error::new(reasons.join("; ")).hint(format!("let {KEY} name a mirror that can be reached")))
}

/// The mirrors for apt: one that answers for the main archive, if there are several, and those of
/// the security updates. Apt would give up where one of several has no such release.
pub(super) fn that_answer(mirrors: Vec<Uri>, suite: &str, machine: &Host) -> Vec<Uri> {
    let (updates, main): (Vec<Uri>, Vec<Uri>) = mirrors.into_iter().partition(has_updates);
    let mut chosen = match &main[..] {
        // Nothing needs a mirror yet, so it is no error if none answers now.
        [_, _, ..] => first(&main, suite, machine).map_or(main, |mirror| vec![mirror]),
        _ => main,
    };
    chosen.extend(updates);
    chosen
}

/// Whether a mirror is of the archive of security updates.
fn has_updates(mirror: &Uri) -> bool {
    mirror.path().trim_end_matches('/').ends_with("-security")
}

/// The text of a `.sources` file for apt with these mirrors: a release's main archive, and its
/// security updates if one of the mirrors has these. Passwords in addresses are left out. Empty if
/// there is no mirror.
pub(super) fn for_apt(mirrors: &[Uri], suite: &str) -> String {
    let (updates, main): (Vec<&Uri>, Vec<&Uri>) =
        mirrors.iter().partition(|mirror| has_updates(mirror));
    let stanza = |mirror: &Uri, suite: &str| {
        let text = mirror.to_string();
        let address = without_password(&text).unwrap_or(text);
        let keyring = archive::KEYRINGS[0];
        format!(
            "Types: deb\nURIs: {address}\nSuites: {suite}\nComponents: main\nSigned-By: {keyring}\n"
        )
    };
    let main = main.first().map(|mirror| stanza(mirror, suite));
    let updates = updates.first();
    let updates = updates.map(|mirror| stanza(mirror, &format!("{suite}-security")));
    let stanzas: Vec<String> = main.into_iter().chain(updates).collect();
    stanzas.join("\n")
}

/// The mirrors in a directory of apt's configuration, each once.
fn configured(dir: &Path) -> Vec<Uri> {
    let parts = dir.join("sources.list.d");
    let mut files = vec![dir.join("sources.list")];
    let mut names = fs::names_in(&parts);
    names.sort();
    files.extend(names.iter().map(|name| parts.join(name)));
    let mut found: Vec<Uri> = Vec::new();
    for file in files {
        let text = fs::read_if_exists(&file).ok().flatten().unwrap_or_default();
        let is_new_form = file.extension().is_some_and(|e| e == "sources");
        let uris = if is_new_form {
            stanzas(&text)
        } else {
            lines(&text)
        };
        for uri in uris.iter().filter_map(|uri| address(uri)) {
            if !found.contains(&uri) {
                found.push(uri);
            }
        }
    }
    found
}

/// The error that no mirror is known, with a hint.
pub(crate) fn unknown() -> Error {
    let error = Error::new("no mirror of Debian's packages is known here");
    error.hint(format!(
        "let {KEY} name one: the address below which there is `pool/`"
    ))
}

/// The first Debian mirror in the text of a program or its settings.
fn usual(file: &Path) -> Option<Uri> {
    let text = fs::read_if_exists(file).ok()??;
    let is_end = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ')' | '<' | '>');
    let mut found = text.match_indices("http").map(|(at, _)| {
        let word = text[at..].split(is_end).next();
        word.unwrap_or_default().trim_end_matches('/')
    });
    found
        .find(|word| word.ends_with("/debian"))
        .and_then(address)
}

/// The first mirror in a `.sources` text, such as that of Debian's own image.
pub(crate) fn in_sources(text: &str) -> Option<String> {
    stanzas(text).into_iter().find(|uri| address(uri).is_some())
}

/// The address that a text has, if it is of HTTP or HTTPS.
pub(super) fn address(text: &str) -> Option<Uri> {
    let uri: Uri = text.trim_end_matches('/').parse().ok()?;
    let is_http = matches!(uri.scheme_str(), Some("http" | "https"));
    (is_http && uri.host().is_some()).then_some(uri)
}

/// Whether a source of apt's is the archive of Debian, or a copy of it. Others use Debian's names
/// for releases and components as well, so the address or the keyring has to be Debian's.
fn is_debians<'a>(
    uri: &str,
    mut suites: impl Iterator<Item = &'a str>,
    mut components: impl Iterator<Item = &'a str>,
    keyring: &str,
) -> bool {
    let is_release = |suite: &str| {
        let release = suite.split(['-', '/']).next().unwrap_or_default();
        RELEASES.contains(&release)
    };
    let is_named = uri.to_ascii_lowercase().contains("debian");
    suites.any(is_release)
        && components.any(|component| component == "main")
        && (is_named || keyring.contains("debian-archive-keyring"))
}

/// Mirrors in the one-line format: `deb [options] uri suite component…`.
fn lines(text: &str) -> Vec<String> {
    let one = |line: &str| {
        let rest = line.trim().strip_prefix("deb ")?.trim_start();
        let (options, rest) = match rest.strip_prefix('[') {
            Some(options) => options.split_once(']')?,
            None => ("", rest),
        };
        let mut words = rest.split_whitespace();
        let (uri, suite) = (words.next()?, words.next()?);
        is_debians(uri, [suite].into_iter(), words, options).then(|| uri.to_owned())
    };
    text.lines().filter_map(one).collect()
}

/// Mirrors in the format of `.sources` files: paragraphs of `Name: value`, continued in lines that
/// begin with white space.
fn stanzas(text: &str) -> Vec<String> {
    let text: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
    let text = text.join("\n");
    let mut found = Vec::new();
    for paragraph in text.split("\n\n") {
        let unfolded = paragraph.replace("\n ", " ").replace("\n\t", " ");
        let field = |name: &str| {
            let mut fields = unfolded.lines().filter_map(|line| line.split_once(':'));
            let value = fields.find(|(key, _)| key.eq_ignore_ascii_case(name));
            value.map_or("", |(_, value)| value).split_whitespace()
        };
        let is_off = field("Enabled").any(|word| word == "no");
        if is_off || !field("Types").any(|word| word == "deb") {
            continue;
        }
        let keyring = field("Signed-By").next().unwrap_or_default();
        let is_its = |uri: &&str| is_debians(uri, field("Suites"), field("Components"), keyring);
        found.extend(field("URIs").filter(is_its).map(str::to_owned));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn archives_of_others_are_no_mirrors_of_debian() {
        let others = "deb [arch=amd64] https://a.example/linux/chrome/deb/ stable main\n\
            deb https://b.example/linux/debian bookworm stable\n\
            deb [signed-by=/k.gpg] https://c.example/pub/repos/apt bookworm-pgdg main\n";
        assert_eq!(lines(others), [""; 0]);
        let internal = "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://a.example/deb trixie main\n";
        assert_eq!(lines(internal), ["http://a.example/deb"]);
        let other = "Types: deb\nURIs: https://d.example/repos/code\nSuites: stable\nComponents: main\n\
            Signed-By: /usr/share/keyrings/d.gpg\n";
        assert_eq!(stanzas(other), [""; 0]);
    }

    #[test]
    fn mirrors_of_debian_are_found_in_both_forms() {
        let old = "# deb http://no.example/debian trixie main\n\
            deb [arch=amd64 signed-by=/k] http://a.example/debian/ bookworm main\n\
            deb-src http://s.example/debian trixie main\n\
            deb http://u.example/ubuntu noble main\n";
        assert_eq!(lines(old), ["http://a.example/debian/"]);
        let new = "Types: deb deb-src\nURIs: http://b.example/debian\n http://c.example/debian\nSuites: trixie\n trixie-updates\n\
            # a comment\nComponents: main\n\nTypes: deb\nURIs: http://u.example/ubuntu\nSuites: noble\n\n\
            Enabled: no\nTypes: deb\nURIs: http://d.example/debian\nSuites: trixie\n";
        assert_eq!(
            stanzas(new),
            ["http://b.example/debian", "http://c.example/debian"]
        );
    }

    #[test]
    fn apt_is_told_of_a_mirror_and_of_security_updates_without_a_password() {
        let uri = |text: &str| text.parse::<Uri>().unwrap();
        let mirrors = [
            uri("http://a.example/debian-security"),
            uri("http://me:pw@b.example/debian"),
        ];
        let told = for_apt(&mirrors, "trixie");
        assert!(
            told.starts_with("Types: deb\nURIs: http://b.example/debian\nSuites: trixie\n"),
            "{told}"
        );
        assert!(
            told.contains(
                "\n\nTypes: deb\nURIs: http://a.example/debian-security\nSuites: trixie-security\n"
            ),
            "{told}"
        );
        assert_eq!(for_apt(&[], "trixie"), "");
    }

    #[test]
    fn apt_is_told_of_a_mirror_that_answers() {
        let server = tiny_http::Server::http("127.0.0.1:0").unwrap();
        let address = server.server_addr().to_ip().unwrap();
        std::thread::spawn(move || {
            for question in server.incoming_requests() {
                let there = question.url() == "/debian/dists/trixie/InRelease";
                let status = if there { 200 } else { 404 };
                let _ = question.respond(tiny_http::Response::empty(status));
            }
        });
        let at = |path: &str| format!("http://{address}/{path}").parse::<Uri>().unwrap();
        // A port at which nothing listens any more.
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let closed = format!("http://{}/debian", listener.local_addr().unwrap());
        let closed: Uri = closed.parse().unwrap();
        drop(listener);
        let host = Host::default();
        let chosen = |mirrors: &[&Uri]| {
            let mirrors = mirrors.iter().map(|uri| (*uri).clone()).collect();
            that_answer(mirrors, "trixie", &host)
        };
        let (old, good, updates) = (at("old"), at("debian"), at("debian-security"));
        assert_eq!(chosen(&[&updates, &closed, &old, &good]), [good, updates]);
        // If there is no choice, nothing is asked.
        assert_eq!(chosen(&[&closed]), std::slice::from_ref(&closed));
        assert_eq!(chosen(&[&closed, &old]), [closed, old]);
    }

    #[test]
    fn where_no_mirror_is_configured_the_tools_know_one() {
        let dir = fs::temporary_dir().unwrap();
        let file = dir.path().join("file");
        for text in [
            "MatchURI: http[0-9]*\nBaseURI: https://m.example/debian/\nMirrorsFile: x\n",
            "default_mirror http://x.example/debian-ports\n  default_mirror https://m.example/debian\n",
            "my $mirror = 'https://m.example/debian';\n",
        ] {
            fs::write_if_changed(&file, text.as_bytes()).unwrap();
            let expected = "https://m.example/debian".parse::<Uri>().unwrap();
            assert_eq!(usual(&file), Some(expected), "{text}");
        }
        assert_eq!(usual(&dir.path().join("absent")), None);
    }

    #[test]
    fn the_users_mirror_goes_before_the_machines() {
        let named = |value: &str| Setting::by_default(value.to_owned());
        let found = of(Some(&named("https://m.example/debian/"))).unwrap();
        assert_eq!(found, ["https://m.example/debian".parse::<Uri>().unwrap()]);
        let error = of(Some(&named("m.example"))).unwrap_err();
        assert_eq!(error.message(), "`m.example` is no address of a mirror");
    }
}
