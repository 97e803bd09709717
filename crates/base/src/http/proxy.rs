//! The choice of a proxy from environment variables. <https://curl.se/docs/manpage.html#--noproxy>

use std::net::IpAddr;

use crate::host::Host;

/// The environment variables with the address of a proxy, for one scheme or for all. The first that
/// is set counts.
pub const ADDRESSES: [&str; 6] = [
    "http_proxy",
    "HTTP_PROXY",
    "https_proxy",
    "HTTPS_PROXY",
    "all_proxy",
    "ALL_PROXY",
];
/// The environment variables with the address of a proxy for FTP, which cross itself does not use.
pub const FTP: [&str; 2] = ["ftp_proxy", "FTP_PROXY"];
/// The environment variables with the hosts that are reached without a proxy.
pub const EXEMPT: [&str; 2] = ["no_proxy", "NO_PROXY"];

/// The address of the proxy for a scheme.
#[must_use]
pub fn of<'a>(host: &'a Host, scheme: &str) -> Option<&'a str> {
    let of_scheme = |name: &&&str| {
        let whose = name.split('_').next().unwrap_or_default();
        [scheme, "all"].contains(&whose.to_lowercase().as_str())
    };
    let mut names = ADDRESSES.iter().filter(of_scheme);
    names.find_map(|name| host.text(name))
}

/// The hosts that are reached without a proxy: this machine, and those in `NO_PROXY`.
#[derive(Debug, Default)]
pub struct Exempt(String);

impl Exempt {
    /// Reads the caller's environment variables.
    #[must_use]
    pub fn new(host: &Host) -> Self {
        let list = EXEMPT.iter().find_map(|name| host.text(name));
        Self(list.unwrap_or_default().to_owned())
    }

    /// Whether a host is reached without a proxy.
    #[must_use]
    pub fn has(&self, host: &str) -> bool {
        let entries = self.0.split([',', ' ']).filter(|entry| !entry.is_empty());
        is_local(host) || entries.into_iter().any(|entry| matches(entry, host))
    }
}

/// Whether an entry of `NO_PROXY` matches a host. A name matches all names below it as well, and an
/// address may have a prefix length for a network.
fn matches(entry: &str, host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    let entry = entry.to_ascii_lowercase();
    if let (Ok(address), Some((network, length))) = (host.parse(), entry.split_once('/')) {
        return is_in(address, network, length).unwrap_or(false);
    }
    let name = entry.trim_start_matches("*.").trim_start_matches('.');
    let below = host
        .strip_suffix(name)
        .is_some_and(|rest| rest.ends_with('.'));
    entry == "*" || host == name || (below && name.parse::<IpAddr>().is_err())
}

fn is_in(address: IpAddr, network: &str, length: &str) -> Option<bool> {
    let octets = |address| match address {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().to_vec(),
    };
    let (address, network) = (octets(address), octets(network.parse().ok()?));
    let length: usize = length.parse().ok()?;
    let bit = |octets: &[u8], at: usize| octets.get(at / 8).map(|octet| octet >> (7 - at % 8) & 1);
    let fits = (0..length).all(|at| bit(&address, at) == bit(&network, at));
    Some(address.len() == network.len() && length <= address.len() * 8 && fits)
}

/// Whether a host is this machine, by docker's rule for registries that are reached without
/// encryption. <https://docs.docker.com/reference/cli/dockerd/#insecure-registries>
#[must_use]
pub fn is_local(host: &str) -> bool {
    let address = host.parse::<std::net::Ipv4Addr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_asked_without_encryption() {
        for host in ["localhost", "127.0.0.1", "127.1.2.3"] {
            assert!(is_local(host), "{host}");
        }
        for host in [
            "docker.io",
            "localhost.example",
            "127.0.0.1.example",
            "128.0.0.1",
            "10.0.0.1",
        ] {
            assert!(!is_local(host), "{host}");
        }
    }

    #[test]
    fn what_is_exempt_is_asked_without_a_proxy() {
        let exempt =
            Exempt("a.example, .b.example,*.c.example,10.1.0.0/16,fd00::/8 192.168.1.1".to_owned());
        for host in [
            "localhost",
            "127.0.0.1",
            "a.example",
            "A.Example",
            "x.a.example",
            "b.example",
            "x.c.example",
            "10.1.255.1",
            "fd12::1",
            "192.168.1.1",
        ] {
            assert!(exempt.has(host), "{host}");
        }
        for host in [
            "example",
            "xa.example",
            "10.2.0.1",
            "fe80::1",
            "2.192.168.1.1",
            "192.168.1.2",
        ] {
            assert!(!exempt.has(host), "{host}");
        }
        assert!(Exempt("*".to_owned()).has("anybody.example"));
    }

    #[test]
    fn the_proxy_is_the_one_for_the_scheme() {
        let mut host = Host::default();
        let mut set = |name: &str| host.env.insert(name.into(), name.into());
        for name in ["ALL_PROXY", "HTTP_PROXY"] {
            set(name);
        }
        assert_eq!(of(&host, "https"), Some("ALL_PROXY"));
        assert_eq!(of(&host, "http"), Some("HTTP_PROXY"));
    }
}
