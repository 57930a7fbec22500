//! Which addresses of the internet protocol are public, and what the others are for (IANA's registries of special-purpose
//! addresses, RFC 6890).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What an address that is not public is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpecialUse {
    /// The machine itself.
    Loopback,
    /// Somebody's own network, a cloud's metadata service included.
    Private,
    /// The link, or where a cloud's metadata service is.
    LinkLocal,
    /// Many receivers.
    Multicast,
    /// Documentation, tests, tunnels, or nothing yet.
    Reserved,
}

impl SpecialUse {
    /// In words, after “is”.
    pub fn words(self) -> &'static str {
        match self {
            Self::Loopback => "this server itself",
            Self::Private => "in a private network",
            Self::LinkLocal => "on the local link, where the metadata of clouds is",
            Self::Multicast => "a multicast address",
            Self::Reserved => "in a range that is reserved",
        }
    }
}

const V4: &[(Ipv4Addr, u32, SpecialUse)] = &[
    (Ipv4Addr::UNSPECIFIED, 8, SpecialUse::Loopback),
    (Ipv4Addr::new(127, 0, 0, 0), 8, SpecialUse::Loopback),
    (Ipv4Addr::new(10, 0, 0, 0), 8, SpecialUse::Private),
    (Ipv4Addr::new(172, 16, 0, 0), 12, SpecialUse::Private),
    (Ipv4Addr::new(192, 168, 0, 0), 16, SpecialUse::Private),
    // Between a provider and its customers (RFC 6598); some clouds have their metadata here.
    (Ipv4Addr::new(100, 64, 0, 0), 10, SpecialUse::Private),
    // A public address by which Azure's machines reach their host.
    (Ipv4Addr::new(168, 63, 129, 16), 32, SpecialUse::Private),
    (Ipv4Addr::new(169, 254, 0, 0), 16, SpecialUse::LinkLocal),
    (Ipv4Addr::new(192, 0, 0, 0), 24, SpecialUse::Reserved),
    (Ipv4Addr::new(192, 0, 2, 0), 24, SpecialUse::Reserved),
    (Ipv4Addr::new(192, 88, 99, 0), 24, SpecialUse::Reserved),
    (Ipv4Addr::new(198, 18, 0, 0), 15, SpecialUse::Reserved),
    (Ipv4Addr::new(198, 51, 100, 0), 24, SpecialUse::Reserved),
    (Ipv4Addr::new(203, 0, 113, 0), 24, SpecialUse::Reserved),
    (Ipv4Addr::new(224, 0, 0, 0), 4, SpecialUse::Multicast),
    (Ipv4Addr::new(240, 0, 0, 0), 4, SpecialUse::Reserved),
];

/// What an address is for, unless it is public.
pub fn special_use(address: IpAddr) -> Option<SpecialUse> {
    match address {
        IpAddr::V4(address) => of_v4(address),
        IpAddr::V6(address) => of_v6(address),
    }
}

fn of_v4(address: Ipv4Addr) -> Option<SpecialUse> {
    V4.iter().find(|(net, length, _)| (address.to_bits() ^ net.to_bits()) >> (32 - length) == 0).map(|found| found.2)
}

fn of_v6(address: Ipv6Addr) -> Option<SpecialUse> {
    if address == Ipv6Addr::LOCALHOST || address == Ipv6Addr::UNSPECIFIED {
        return Some(SpecialUse::Loopback);
    }
    let parts = address.segments();
    let last = Ipv4Addr::from_bits(u32::from(parts[6]) << 16 | u32::from(parts[7]));
    match parts {
        // Mapped (::ffff:0:0/96), or by way of NAT64 (64:ff9b::/96): what it embeds counts.
        [0, 0, 0, 0, 0, 0xffff, ..] | [0x64, 0xff9b, 0, 0, 0, 0, ..] => of_v4(last),
        [0xfe80..=0xfebf, ..] => Some(SpecialUse::LinkLocal),
        // Unique local (fc00::/7), and site-local as it once was (fec0::/10).
        [0xfc00..=0xfdff | 0xfec0..=0xfeff, ..] => Some(SpecialUse::Private),
        [0xff00..=0xffff, ..] => Some(SpecialUse::Multicast),
        // Teredo, benchmarks, ORCHID (2001::/23); documentation; 6to4, which embeds any address; documentation again.
        [0x2001, 0..=0x1ff | 0xdb8, ..] | [0x2002, ..] | [0x3fff, 0..=0x0fff, ..] => Some(SpecialUse::Reserved),
        // Only 2000::/3 is given out.
        [0x2000..=0x3fff, ..] => None,
        _ => Some(SpecialUse::Reserved),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Option<SpecialUse> {
        special_use(text.parse().unwrap())
    }

    #[test]
    fn public_addresses_are_public() {
        for text in [
            "1.1.1.1",
            "8.8.8.8",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "192.167.255.255",
            "223.255.255.255",
            "2606:4700::1111",
            "2a00:1450:4001::8a",
            "::ffff:1.1.1.1",
            "64:ff9b::1.1.1.1",
        ] {
            assert_eq!(of(text), None, "{text}");
        }
    }

    #[test]
    fn all_others_are_not() {
        use SpecialUse::{LinkLocal, Loopback, Multicast, Private, Reserved};
        for (text, use_) in [
            ("0.0.0.0", Loopback),
            ("0.1.2.3", Loopback),
            ("127.0.0.1", Loopback),
            ("127.255.255.254", Loopback),
            ("10.0.0.1", Private),
            ("172.16.0.1", Private),
            ("172.31.255.255", Private),
            ("192.168.1.1", Private),
            ("100.64.0.1", Private),
            ("100.100.100.200", Private),
            ("168.63.129.16", Private),
            ("169.254.169.254", LinkLocal),
            ("192.0.0.192", Reserved),
            ("192.0.2.1", Reserved),
            ("198.18.0.1", Reserved),
            ("198.19.255.255", Reserved),
            ("198.51.100.1", Reserved),
            ("203.0.113.1", Reserved),
            ("224.0.0.1", Multicast),
            ("239.255.255.255", Multicast),
            ("240.0.0.1", Reserved),
            ("255.255.255.255", Reserved),
            ("::", Loopback),
            ("::1", Loopback),
            ("::127.0.0.1", Reserved),
            ("::ffff:127.0.0.1", Loopback),
            ("::ffff:10.0.0.1", Private),
            ("64:ff9b::a9fe:a9fe", LinkLocal),
            ("64:ff9b:1::1", Reserved),
            ("2001::1", Reserved),
            ("2001:db8::1", Reserved),
            ("2002:7f00:1::", Reserved),
            ("3fff::1", Reserved),
            ("100::1", Reserved),
            ("fc00::1", Private),
            ("fd00:ec2::254", Private),
            ("fe80::1", LinkLocal),
            ("fec0::1", Private),
            ("ff02::1", Multicast),
            ("4000::1", Reserved),
        ] {
            assert_eq!(of(text), Some(use_), "{text}");
        }
    }
}
