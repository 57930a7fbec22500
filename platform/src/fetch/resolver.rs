//! DNS for the client: a name is good only if every address behind it is.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::{
    FetchError,
    address::{SpecialUse, special_use},
    target::is_localhost,
};

/// Asks the system, as other programs on the machine do.
pub(super) struct GuardedResolver {
    allow_loopback: bool,
}

impl GuardedResolver {
    pub(super) fn new(allow_loopback: bool) -> Arc<Self> {
        Arc::new(Self { allow_loopback })
    }
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (host, allow_loopback) = (name.as_str().to_owned(), self.allow_loopback);
        Box::pin(async move {
            let addresses = look_up(&host).await?;
            check(&host, &addresses, allow_loopback)?;
            // The client connects to these very addresses, on the port of the request.
            Ok(Box::new(addresses.into_iter().map(|address| SocketAddr::new(address, 0))) as Addrs)
        })
    }
}

async fn look_up(host: &str) -> Result<Vec<IpAddr>, FetchError> {
    if is_localhost(host) {
        return Ok(vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()]);
    }
    match tokio::net::lookup_host((host, 0)).await {
        Ok(found) => Ok(found.map(|address| address.ip()).collect()),
        Err(_) => Err(FetchError::Unresolved { host: host.to_owned() }),
    }
}

/// What exactly the name means is not told: it may be a name of the server's own network.
fn check(host: &str, addresses: &[IpAddr], allow_loopback: bool) -> Result<(), FetchError> {
    if addresses.is_empty() {
        return Err(FetchError::Unresolved { host: host.to_owned() });
    }
    let mut uses = addresses.iter().filter_map(|address| special_use(*address));
    match uses.find(|use_| !(allow_loopback && *use_ == SpecialUse::Loopback)) {
        Some(use_) => Err(FetchError::Forbidden { host: host.to_owned(), words: use_.words() }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_that_is_not_public_spoils_the_name() {
        let public: IpAddr = "1.1.1.1".parse().unwrap();
        let metadata: IpAddr = "169.254.169.254".parse().unwrap();
        let loopback: IpAddr = "::1".parse().unwrap();
        assert_eq!(check("a.example", &[public], false), Ok(()));
        let refused = |addresses: &[IpAddr], allow| match check("a.example", addresses, allow) {
            Err(FetchError::Forbidden { words, .. }) => words,
            other => panic!("{other:?}"),
        };
        assert_eq!(refused(&[public, metadata], false), SpecialUse::LinkLocal.words());
        assert_eq!(refused(&[public, metadata], true), SpecialUse::LinkLocal.words());
        assert_eq!(refused(&[loopback], false), SpecialUse::Loopback.words());
        assert_eq!(check("a.example", &[loopback], true), Ok(()));
        assert!(matches!(check("a.example", &[], true), Err(FetchError::Unresolved { .. })));
    }
}
