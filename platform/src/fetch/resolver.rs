//! DNS for the client: a name is good only if every address behind it is.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs as _},
    sync::Arc,
};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::{sync::Semaphore, task::spawn_blocking};

use super::{
    FetchError,
    address::{SpecialUse, special_use},
    target::is_localhost,
};

/// Names that are looked up at the same time. The system's resolver holds a thread until a name server answers, also
/// when nobody waits for it any more, and the threads are those that check passwords.
const AT_ONCE: usize = 32;

/// Asks the system, as other programs on the machine do.
pub(super) struct GuardedResolver {
    allow_loopback: bool,
    at_once: Arc<Semaphore>,
}

impl GuardedResolver {
    pub(super) fn new(allow_loopback: bool) -> Arc<Self> {
        Arc::new(Self { allow_loopback, at_once: Arc::new(Semaphore::new(AT_ONCE)) })
    }
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (host, allow_loopback, at_once) =
            (name.as_str().to_owned(), self.allow_loopback, Arc::clone(&self.at_once));
        Box::pin(async move {
            let addresses = look_up(&host, at_once).await?;
            check(&host, &addresses, allow_loopback)?;
            // The client connects to these very addresses, on the port of the request.
            Ok(Box::new(addresses.into_iter().map(|address| SocketAddr::new(address, 0))) as Addrs)
        })
    }
}

async fn look_up(host: &str, at_once: Arc<Semaphore>) -> Result<Vec<IpAddr>, FetchError> {
    if is_localhost(host) {
        return Ok(vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()]);
    }
    let name = host.to_owned();
    // The client's timeout is around this wait, too.
    let permit = at_once.acquire_owned().await;
    let found = spawn_blocking(move || {
        let _permit = permit;
        (name.as_str(), 0).to_socket_addrs().map(|found| found.map(|address| address.ip()).collect())
    });
    match found.await {
        Ok(Ok(addresses)) => Ok(addresses),
        _ => Err(FetchError::Unresolved { host: host.to_owned() }),
    }
}

/// Whether the name means something is not told, where it is not public: it may be one of the server's own network.
fn check(host: &str, addresses: &[IpAddr], allow_loopback: bool) -> Result<(), FetchError> {
    let mut uses = addresses.iter().filter_map(|address| special_use(*address));
    let is_forbidden = uses.any(|use_| !(allow_loopback && use_ == SpecialUse::Loopback));
    if addresses.is_empty() || is_forbidden {
        return Err(FetchError::Unresolved { host: host.to_owned() });
    }
    Ok(())
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
        // In the same words as a name that DNS does not know.
        let unresolved = Err(FetchError::Unresolved { host: "a.example".to_owned() });
        assert_eq!(check("a.example", &[], true), unresolved);
        assert_eq!(check("a.example", &[public, metadata], false), unresolved);
        assert_eq!(check("a.example", &[public, metadata], true), unresolved);
        assert_eq!(check("a.example", &[loopback], false), unresolved);
        assert_eq!(check("a.example", &[loopback], true), Ok(()));
    }

    #[tokio::test]
    async fn look_ups_wait_for_each_other() {
        let at_once = Arc::new(Semaphore::new(1));
        let taken = Arc::clone(&at_once).acquire_owned().await.unwrap();
        let look_up = look_up("127.0.0.1", Arc::clone(&at_once));
        tokio::pin!(look_up);
        let early = tokio::time::timeout(std::time::Duration::from_millis(50), &mut look_up).await;
        assert!(early.is_err());
        drop(taken);
        assert_eq!(look_up.await, Ok(vec![Ipv4Addr::LOCALHOST.into()]));
        assert_eq!(at_once.available_permits(), 1);
    }
}
