//! A cache of hosts' addresses. Hundreds of packages come from one host, and the library would look
//! its name up for each, even with an open connection. A lost answer of a name server costs five
//! seconds.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Mutex;

use ureq::Error;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

/// Known addresses, by scheme, host and port.
#[derive(Debug, Default)]
pub(super) struct Names {
    usual: DefaultResolver,
    known: Mutex<BTreeMap<String, Vec<SocketAddr>>>,
}

impl Resolver for Names {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, Error> {
        let (scheme, authority) = (uri.scheme_str(), uri.authority());
        let whose = format!("{scheme:?} {authority:?}");
        let known = || self.known.lock().map_err(|_| Error::HostNotFound);
        if let Some(found) = known()?.get(&whose) {
            let mut addresses = self.empty();
            for address in found {
                addresses.push(*address);
            }
            return Ok(addresses);
        }
        let addresses = self.usual.resolve(uri, config, timeout)?;
        known()?.insert(whose, addresses.to_vec());
        Ok(addresses)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use ureq::Timeout;
    use ureq::unversioned::transport::time;

    use super::*;

    #[test]
    fn what_is_known_is_not_looked_up() {
        let names = Names::default();
        let uri: Uri = "http://host.invalid:81/a".parse().unwrap();
        let timeout = NextTimeout {
            after: time::Duration::Exact(Duration::from_secs(5)),
            reason: Timeout::Resolve,
            per_read: None,
            per_write: None,
        };
        let config = Config::default();
        let whose = format!("{:?} {:?}", uri.scheme_str(), uri.authority());
        let address: SocketAddr = "127.0.0.1:81".parse().unwrap();
        names.known.lock().unwrap().insert(whose, vec![address]);
        let found = names.resolve(&uri, &config, timeout).unwrap();
        assert_eq!(found.to_vec(), [address]);
    }
}
