//! The checks of the network, as cargo, the engine and cross itself use it.

use std::net::{TcpStream, ToSocketAddrs as _};
use std::path::Path;

use super::LIMIT;
use super::context::Context;
use super::outcome::Outcome;
use crate::cargo::config::CargoConfig;
use crate::cargo::toolchain::proxy;
use crate::toolchain::Origin;
use crate::toolchain::debian::Debian;
use crate::util::toolchains::origin;
use cross_base::error::{Error, Result};
use cross_base::fs;
use cross_base::host::CERTIFICATES;
use cross_base::http::proxy::ADDRESSES;
use cross_base::limit::within;

pub(super) fn certificates(context: &Context) -> Outcome {
    let host = &context.host;
    for name in CERTIFICATES {
        let Some(path) = host.text(name) else {
            continue;
        };
        let path = fs::absolute(&host.cwd, Path::new(path));
        if !path.is_file() {
            let message = format!("`{name}` names `{}`, which is no file", path.display());
            return Outcome::warning(message).hint(format!("unset `{name}`, or correct it"));
        }
    }
    let configured = context.cargo_config().ok();
    let configured = configured.and_then(|config| config.path("http.cainfo"));
    let Some(bundle) = host.ca_bundle(configured) else {
        return Outcome::warning("this machine has no bundle of certificates")
            .hint("`sudo apt-get install ca-certificates`");
    };
    let shown = bundle.display();
    let text = match fs_err::read(&bundle) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(e) => return Outcome::warning(Error::from(e).message()),
    };
    match text.matches("-----BEGIN ").count() {
        0 => Outcome::warning(format!("`{shown}` holds no certificate"))
            .hint("`sudo update-ca-certificates`"),
        count => Outcome::ok(format!("{count} in `{shown}`")),
    }
}

pub(super) fn proxies(context: &Context) -> Outcome {
    let variables = ADDRESSES.iter().filter_map(|name| {
        let address = context.host.text(name)?;
        Some((format!("`{name}`"), address.to_owned()))
    });
    let configured = context.cargo_config().ok();
    let configured = configured.and_then(|config| config.text("http.proxy"));
    let configured = configured.map(|address| {
        (
            "`http.proxy` of cargo's configuration".to_owned(),
            address.to_owned(),
        )
    });
    let named: Vec<(String, String)> = variables.chain(configured).collect();
    if named.is_empty() {
        return Outcome::ok("none");
    }
    for (name, address) in &named {
        if let Err(why) = answers(address) {
            return Outcome::warning(format!(
                "the proxy that {name} names cannot be reached: {why}"
            ))
            .hint(format!("correct {name}, or unset it"));
        }
    }
    let variables: Vec<&str> = named.iter().map(|(name, _)| name.as_str()).collect();
    Outcome::ok(format!("what {} names answers", variables.join(", ")))
}

/// Checks that a proxy accepts connections. The error is the reason why it does not.
fn answers(address: &str) -> Result<(), String> {
    let (host, port) = host_and_port(address).ok_or("it is no address")?;
    let connect = move || {
        let addresses = (host.as_str(), port).to_socket_addrs();
        let addresses = addresses.map_err(|e| e.to_string())?;
        let mut why = "its name leads nowhere".to_owned();
        for address in addresses {
            match TcpStream::connect_timeout(&address, LIMIT) {
                Ok(_) => return Ok(()),
                Err(e) => why = e.kind().to_string(),
            }
        }
        Err(why)
    };
    // The look-up of the name's addresses has no time limit of its own.
    let late = || Err(format!("no answer within {} seconds", LIMIT.as_secs()));
    within(LIMIT, connect).unwrap_or_else(late)
}

/// The host and port in the address of a proxy, as curl reads the address.
/// <https://curl.se/libcurl/c/CURLOPT_PROXY.html>
fn host_and_port(address: &str) -> Option<(String, u16)> {
    let (scheme, rest) = address.split_once("://").unwrap_or(("http", address));
    let rest = rest.rsplit('@').next()?;
    let rest = rest.split(['/', '?', '#']).next()?;
    let usual = if scheme == "https" { 443 } else { 1080 };
    let (host, port) = match rest.strip_prefix('[') {
        Some(six) => {
            let (host, port) = six.split_once(']')?;
            (host, port.strip_prefix(':'))
        }
        None => match rest.rsplit_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (rest, None),
        },
    };
    let port = port.map_or(Some(usual), |port| port.parse().ok())?;
    (!host.is_empty()).then(|| (host.to_owned(), port))
}

/// A crate that every registry has, for the question.
const CRATE: &str = "cfg-if";

/// The outcome if cargo is not to be asked: it is missing, or must not use the network.
fn no_host_to_ask(context: &Context) -> Option<Outcome> {
    if context.host.on_path("cargo").is_none() {
        return Some(Outcome::note("not asked, as there is no cargo"));
    }
    let config = context.cargo_config().ok()?;
    let is_told = config.is_offline(&context.host);
    is_told.then(|| Outcome::note("not asked, as cargo is told not to use the network"))
}

/// The check of crates.io. cargo itself asks, from the caller's directory and so with the caller's
/// configuration, proxies, certificates and credentials.
pub(super) fn crates(context: &Context) -> Outcome {
    if let Some(outcome) = no_host_to_ask(context) {
        return outcome;
    }
    let config = context.cargo_config().ok();
    let source = config.and_then(|config| config.text("source.crates-io.replace-with"));
    let from = source.map_or_else(String::new, |name| format!(" from the source `{name}`"));
    match ask_for_crate(context, None) {
        Ok(()) => Outcome::ok(format!("cargo gets an answer{from}")),
        Err(error) => no_answer(&from, &error, None),
    }
}

/// The check of the other registries that cargo's configuration names.
pub(super) fn registries(context: &Context) -> Outcome {
    let names = context.cargo_config().map(CargoConfig::registries);
    let mut names = names.unwrap_or_default();
    names.retain(|name| name != "crates-io");
    if names.is_empty() {
        return Outcome::ok("none but the usual one");
    }
    if let Some(outcome) = no_host_to_ask(context) {
        return outcome;
    }
    for name in &names {
        if let Err(error) = ask_for_crate(context, Some(name)) {
            return no_answer(&format!(" from `{name}`"), &error, Some(name));
        }
    }
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    Outcome::ok(format!("cargo gets answers from {}", names.join(", ")))
}

fn no_answer(from: &str, error: &Error, registry: Option<&str>) -> Outcome {
    let said = error.message();
    let outcome = Outcome::warning(format!("cargo gets no answer{from}: {said}"));
    let hint = error.hint_text().map(str::to_owned);
    outcome.hint_if(hint.or_else(|| advice(said, registry)))
}

fn ask_for_crate(context: &Context, registry: Option<&str>) -> Result<()> {
    let dir = fs::temporary_dir()?;
    let manifest = dir.path().join("Cargo.toml");
    let registry = registry.map_or_else(String::new, |name| {
        let name = toml::Value::from(name);
        format!(", registry = {name}")
    });
    let text = format!(
        "[package]\nname = \"question\"\nversion = \"0.0.0\"\nedition = \"2021\"\n\n[workspace]\n\n\
         [dependencies]\n{CRATE} = {{ version = \"*\"{registry} }}\n"
    );
    fs::write_if_changed(&manifest, text.as_bytes())?;
    fs::write_if_changed(&dir.path().join("src/lib.rs"), b"")?;
    let cmd = proxy("cargo", None)
        .args(["generate-lockfile", "--manifest-path"])
        .arg(&manifest)
        .env("CARGO_NET_RETRY", "0")
        .env("CARGO_TERM_COLOR", "never");
    let output = context.ask(&cmd)?;
    let said = String::from_utf8_lossy(&output.stderr);
    // An answer that the registry has no such crate is an answer as well.
    if output.status.success() || said.contains("no matching package") {
        return Ok(());
    }
    // cargo prints the cause last.
    let mut lines = said.lines().map(str::trim);
    let cause = lines.rfind(|line| !line.is_empty());
    Err(Error::new(cause.unwrap_or("it says nothing")))
}

/// A hint for an error of cargo's, by words of cargo and curl in it.
fn advice(said: &str, registry: Option<&str>) -> Option<String> {
    let said = said.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| said.contains(word));
    match registry {
        Some(name) if has(&["token", "login", "401", "403", "credential"]) => {
            Some(format!("`cargo login --registry {name}`"))
        }
        _ if has(&["certificate", "ssl", "tls"]) => Some(
            "`CARGO_HTTP_CAINFO` names a file with the certificates of your network".to_owned(),
        ),
        _ if has(&["resolve", "connect", "timed out", "did not end"]) => {
            Some("if your network has a proxy, `HTTPS_PROXY` names it".to_owned())
        }
        _ => None,
    }
}

/// The check of the Debian packages for the base image: they are in the cache, or a mirror can be
/// reached. Without containers, the check is about the packages for toolchains: which ones are
/// needed depends on the target.
pub(super) fn packages(context: &Context) -> Outcome {
    let origin = match origin(&context.host) {
        Ok(origin) => origin,
        Err(error) => return Outcome::warning(error.message()),
    };
    let debian = match Debian::new() {
        Ok(debian) => debian,
        Err(error) => return Outcome::problem(error.message()),
    };
    if context.engine().is_ok_and(|engine| !engine.isolates()) {
        let words = "toolchains are made of them";
        if origin.offline {
            let message = format!("{words}, and nothing is fetched because cargo is offline");
            return Outcome::note(message).hint("`cross-util toolchains import` brings them");
        }
        return mirror_answers(context, words, debian, origin);
    }
    let missing = debian.missing(&context.host);
    if missing == 0 {
        return Outcome::ok("those of the base image are all there");
    }
    let words = format!("{missing} are missing for the base image");
    if !origin.is_known() {
        return Outcome::note(format!(
            "{words}, and an image of Debian's will be asked for a mirror"
        ));
    }
    mirror_answers(context, &words, debian, origin)
}

/// Whether a mirror answers, with these words about the packages before the answer.
fn mirror_answers(context: &Context, words: &str, debian: Debian, origin: Origin) -> Outcome {
    let host = context.host.clone();
    let reached = within(LIMIT, move || debian.reached(&host, &origin));
    let late = || Err(Error::new("no mirror answers in time"));
    match reached.unwrap_or_else(late) {
        Ok(mirror) => Outcome::ok(format!("{words}; `{mirror}` answers")),
        Err(error) => {
            let outcome = Outcome::warning(format!("{words}: {}", error.message()));
            outcome.hint_if(error.hint_text())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pretty_assertions::assert_eq;

    #[test]
    fn the_address_of_a_proxy_is_read_as_curl_reads_it() {
        for (address, host, port) in [
            ("http://me:hunter2@proxy:3128/", "proxy", 3128),
            ("proxy.example", "proxy.example", 1080),
            ("https://proxy", "proxy", 443),
            ("socks5h://[::1]:9050", "::1", 9050),
        ] {
            assert_eq!(host_and_port(address), Some((host.to_owned(), port)));
        }
        assert_eq!(host_and_port("http://proxy:many"), None);
        assert_eq!(host_and_port("http://"), None);
    }
}
