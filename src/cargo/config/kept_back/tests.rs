//! The table against the keys that cargo documents.

use std::process::Command;

use super::{HOST_PROGRAM, Instead, KEYS, SECRET, find};
use crate::cargo::config::variable;
use cross_base::pattern::matches;

/// What a key's value can be to a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// A program of the host.
    Program,
    /// A credential, or what gives one out.
    Secret,
    /// The file of certificates.
    Certificates,
    /// Anything else. The container gets it.
    Other,
}
use Kind::{Certificates, Other, Program, Secret};

/// All keys that cargo 1.97 documents, with the beginnings of longer names:
/// <https://doc.rust-lang.org/cargo/reference/config.html>.
const DOCUMENTED: &[(&str, Kind)] = &[
    ("build.build-dir", Other),
    ("build.dep-info-basedir", Other),
    ("build.incremental", Other),
    ("build.jobs", Other),
    ("build.pipelining", Other),
    ("build.rustc", Program),
    ("build.rustc-workspace-wrapper", Program),
    ("build.rustc-wrapper", Program),
    ("build.rustdoc", Program),
    ("build.rustdocflags", Other),
    ("build.rustflags", Other),
    ("build.target", Other),
    ("build.target-dir", Other),
    ("build.warnings", Other),
    ("cache.auto-clean-frequency", Other),
    ("cargo-new.email", Other),
    ("cargo-new.name", Other),
    ("cargo-new.vcs", Other),
    ("credential-alias", Secret),
    ("doc.browser", Program),
    ("future-incompat-report.frequency", Other),
    ("http.cainfo", Certificates),
    ("http.check-revoke", Other),
    ("http.debug", Other),
    ("http.low-speed-limit", Other),
    ("http.multiplexing", Other),
    ("http.proxy", Other), // without a password
    ("http.proxy-cainfo", Other),
    ("http.ssl-version", Other),
    ("http.timeout", Other),
    ("http.user-agent", Other),
    ("install.root", Other),
    ("net.git-fetch-with-cli", Other),
    ("net.offline", Other),
    ("net.retry", Other),
    ("net.ssh", Other),
    ("net.ssh.known-hosts", Other),
    ("profile.", Other),
    ("registries.*.credential-provider", Secret),
    ("registries.*.index", Other),
    ("registries.*.token", Secret),
    ("registries.crates-io.protocol", Other),
    ("registry.credential-provider", Secret),
    ("registry.default", Other),
    ("registry.global-credential-providers", Secret),
    ("registry.index", Other),
    ("registry.token", Secret),
    ("resolver.incompatible-rust-versions", Other),
    ("resolver.lockfile-path", Other),
    ("source.", Other),
    ("target.*.*", Other), // what a build script says
    ("target.*.ar", Program),
    ("target.*.linker", Program),
    ("target.*.runner", Program),
    ("target.*.rustdocflags", Other),
    ("target.*.rustflags", Other),
    ("term.", Other),
];

#[test]
fn each_documented_program_and_credential_stays_on_the_host() {
    for (key, kind) in DOCUMENTED {
        let reason = find(key).map(|row| row.reason);
        let is_so = match kind {
            Program => reason == Some(HOST_PROGRAM),
            Secret => reason == Some(SECRET),
            Certificates => reason.is_some_and(|reason| reason.contains("certificates")),
            Other => reason.is_none(),
        };
        assert!(is_so, "{key} is {kind:?}: {reason:?}");
    }
}

#[test]
fn each_key_has_its_variable() {
    for row in KEYS {
        for name in row.names {
            let own = variable(&name.replace('*', "MINE"));
            assert!(
                row.variables.iter().any(|pattern| matches(pattern, &own)
                    || *name == "credential-alias" && matches(pattern, &format!("{own}_X"))),
                "{own}"
            );
        }
        // A variable that is set has to be a name.
        let is_set = matches!(row.instead, Instead::Variable(_));
        assert!(!is_set || !row.variables[0].contains('*'), "{row:?}");
    }
}

/// The keys of a page of cargo's, in the form of the table. Headings have the keys in a `code`
/// element, as `target.<triple>.linker`.
fn keys(page: &str) -> Vec<String> {
    let headings = page.split("<h4 id=").skip(1);
    let headings = headings.filter_map(|rest| rest.split("</h4>").next()?.split("<code>").nth(1));
    let keys = headings.filter_map(|rest| rest.split("</code>").next());
    let keys = keys.map(|key| key.replace("&lt;", "<").replace("&gt;", ">"));
    let keys = keys.map(|key| {
        let parts = key.trim_matches(['[', ']']).split('.');
        let parts = parts.map(|part| if part.starts_with('<') { "*" } else { part });
        parts.collect::<Vec<_>>().join(".")
    });
    keys.collect()
}

#[test]
fn headings_of_a_page_are_read() {
    let page = r##"<h4 id="a"><a class="header" href="#a"><code>registries.&lt;name&gt;.token</code></a></h4>
        <h4 id="b"><a href="#b"><code>[profile.&lt;name&gt;.package.&lt;name&gt;]</code></a></h4>
        <h4 id="c"><a href="#c">Global caches</a></h4>"##;
    assert_eq!(keys(page), ["registries.*.token", "profile.*.package.*"]);
}

/// The list above against the documentation that comes with the toolchain. A newer cargo may have
/// keys that the list lacks.
#[test]
#[ignore = "needs rustup's component rust-docs"]
#[expect(clippy::disallowed_methods, reason = "asks rustc for its directory")]
fn the_list_of_documented_keys_has_all_of_the_toolchains() {
    let asked = Command::new("rustc").args(["--print", "sysroot"]).output();
    let sysroot = String::from_utf8(asked.unwrap().stdout).unwrap();
    let page = "share/doc/rust/html/cargo/reference/config.html";
    let page = std::path::Path::new(sysroot.trim()).join(page);
    let text = cross_base::fs::read_if_exists(&page).unwrap();
    let text = text.expect("`rustup component add rust-docs` installs the page");
    let found = keys(&text);
    assert!(found.len() > 60, "{found:?}");
    let is_known = |key: &str| {
        let mut known = DOCUMENTED.iter().map(|(known, _)| *known);
        known.any(|known| known == key || known.ends_with('.') && key.starts_with(known))
    };
    let new: Vec<_> = found.iter().filter(|key| !is_known(key)).collect();
    assert!(new.is_empty(), "not in the list: {new:?}");
}
