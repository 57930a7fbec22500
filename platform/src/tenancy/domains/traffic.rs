//! Where a domain leads: what a customer sets so that it leads here, and whether it does. Information for people, and
//! no proof: behind a proxy of the customer's own a domain leads elsewhere and works.

use std::net::IpAddr;

use super::{
    super::host::BaseDomain,
    dns::{Dns, DnsFailure},
};

/// Characters of addresses that are kept.
const MOST_CHARACTERS: usize = 400;

/// What the operator decided about tenants' domains.
#[derive(Debug, Clone)]
pub struct DomainSettings {
    /// The domain of the product itself, which no tenant brings.
    pub base: BaseDomain,
    /// How often proven domains are checked.
    pub recheck: time::Duration,
    /// The name that domains are to lead to; none: the tenant's own host under the base domain.
    pub target: Option<String>,
    /// The addresses that domains are to lead to.
    pub addresses: Vec<IpAddr>,
}

impl DomainSettings {
    /// Where the domains of a tenant are to lead.
    pub fn destination(&self, slug: &str) -> Destination {
        let name = self.target.clone().unwrap_or_else(|| format!("{slug}.{}", self.base));
        Destination { name, addresses: self.addresses.clone() }
    }
}

/// Where domains of a tenant are to lead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// The name for a CNAME record.
    pub name: String,
    /// Addresses for A and AAAA records, where the name of a domain can have no CNAME.
    pub addresses: Vec<IpAddr>,
}

/// Where a domain leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Leads {
    /// Here.
    Here,
    /// To these addresses, which are not ours.
    Elsewhere(String),
    /// To no address.
    Nowhere,
}

impl Leads {
    /// As it is kept: a word, and the addresses.
    pub(super) fn to_words(&self) -> (&'static str, Option<&str>) {
        match self {
            Self::Here => ("here", None),
            Self::Elsewhere(addresses) => ("elsewhere", Some(addresses)),
            Self::Nowhere => ("nowhere", None),
        }
    }

    /// Reads what was kept.
    pub(super) fn parse(word: &str, addresses: Option<String>) -> Option<Self> {
        match word {
            "here" => Some(Self::Here),
            "elsewhere" => Some(Self::Elsewhere(addresses.unwrap_or_default())),
            "nowhere" => Some(Self::Nowhere),
            _ => None,
        }
    }
}

/// Where `host` leads. `None`: DNS does not say, or says not even where we are.
pub async fn leads(dns: &Dns, host: &str, destination: &Destination) -> Option<Leads> {
    let (theirs, ours) = tokio::join!(dns.addresses(host), dns.addresses(&destination.name));
    match theirs {
        Ok(theirs) => {
            let mut own = destination.addresses.clone();
            own.extend(ours.unwrap_or_default());
            judge(&theirs, &own)
        }
        Err(DnsFailure::NoSuchName | DnsFailure::NoRecord) => Some(Leads::Nowhere),
        Err(_) => None,
    }
}

fn judge(theirs: &[IpAddr], own: &[IpAddr]) -> Option<Leads> {
    if own.is_empty() {
        return None;
    }
    if theirs.iter().all(|address| own.contains(address)) {
        return Some(Leads::Here);
    }
    let mut foreign: Vec<String> =
        theirs.iter().filter(|address| !own.contains(address)).map(|address| in_words(*address)).collect();
    foreign.dedup();
    Some(Leads::Elsewhere(foreign.join(", ").chars().take(MOST_CHARACTERS).collect()))
}

/// An address as tenants may see it: where the server's DNS knows the operator's own network, its addresses are nobody
/// else's business.
fn in_words(address: IpAddr) -> String {
    let is_private = match address.to_canonical() {
        IpAddr::V4(address) => {
            let is_shared = address.octets()[0] == 100 && address.octets()[1] & 0xc0 == 64;
            address.is_private()
                || address.is_loopback()
                || address.is_link_local()
                || address.is_unspecified()
                || is_shared
        }
        IpAddr::V6(address) => {
            address.is_loopback()
                || address.is_unique_local()
                || address.is_unicast_link_local()
                || address.is_unspecified()
        }
    };
    if is_private { "a private address".to_owned() } else { address.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_leads_here_when_all_its_addresses_are_ours() {
        let list = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect::<Vec<IpAddr>>();
        let own = list(&["192.0.2.1", "192.0.2.2", "2001:db8::1"]);
        assert_eq!(judge(&list(&["192.0.2.2"]), &own), Some(Leads::Here));
        let foreign = Leads::Elsewhere("203.0.113.9, 2001:db8::9".to_owned());
        assert_eq!(judge(&list(&["192.0.2.2", "203.0.113.9", "2001:db8::9"]), &own), Some(foreign.clone()));
        assert_eq!(judge(&list(&["192.0.2.2"]), &[]), None);
        let inside = list(&["10.0.0.5", "127.0.0.1", "100.64.0.1", "169.254.169.254", "fd00::1", "::ffff:10.0.0.5"]);
        assert_eq!(judge(&inside, &own), Some(Leads::Elsewhere("a private address".to_owned())));
        let (word, addresses) = foreign.to_words();
        assert_eq!(Leads::parse(word, addresses.map(ToOwned::to_owned)), Some(foreign));
    }
}
