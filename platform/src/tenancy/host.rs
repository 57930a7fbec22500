//! From the Host header of a request to the part of the product it is for.
//!
//! [`Host::parse`] reads the header and brings the name into one form; [`classify`] says where that
//! name lies under the [`BaseDomain`]. Neither looks anything up: whether a tenant has that slug or
//! that domain is for the caller to find out.

use std::{
    fmt,
    net::{Ipv4Addr, Ipv6Addr},
    str::FromStr,
};

use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};
use thiserror::Error;

use super::{reserved::is_reserved, slug::Slug};

/// Longest header value that is looked at, in bytes: a name of 253 characters (RFC 1035 §2.3.4)
/// grows when it is written in Unicode.
const MAX_HEADER_LEN: usize = 1024;

/// Why a Host header cannot be read. The answer to it is 400 (RFC 9112 §3.2).
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum HostError {
    /// The value, or the name before the port, is empty.
    #[error("the host is empty")]
    Empty,
    /// More bytes than any name needs.
    #[error("the host is longer than {MAX_HEADER_LEN} bytes")]
    TooLong,
    /// Not UTF-8.
    #[error("the host is not text")]
    NotText,
    /// A character that no host has: space, control character, `@`, `,`, `/` and the like.
    #[error("the host contains {0:?}")]
    Character(char),
    /// The port is not a number from 1 to 65535.
    #[error("the port is not a number from 1 to 65535")]
    Port,
    /// Brackets without an IPv6 address in them.
    #[error("the IPv6 address is not valid")]
    Ipv6,
    /// Not a domain name: an empty or over-long label, more than 253 characters, a character that a
    /// host name cannot have, or broken Punycode.
    #[error("the host is not a valid domain name")]
    Name,
}

/// The host and port of a request or an address (RFC 9110 §7.2, RFC 3986 §3.2.2), in one form.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Host {
    /// Who is addressed.
    pub address: HostAddress,
    /// The port, where one is given.
    pub port: Option<u16>,
}

/// A host without its port.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum HostAddress {
    /// A domain name in ASCII (UTS #46, `ToASCII`), lower case, without the dot at the end.
    Domain(String),
    /// An IPv4 address.
    Ipv4(Ipv4Addr),
    /// An IPv6 address.
    Ipv6(Ipv6Addr),
}

impl Host {
    /// Reads a Host header, or the authority of an HTTP/2 request.
    ///
    /// # Errors
    /// A [`HostError`] that says what is wrong with it. User information (`user@host`) is refused,
    /// as RFC 9110 §4.2.4 advises.
    pub fn parse(header: &[u8]) -> Result<Self, HostError> {
        if header.is_empty() {
            return Err(HostError::Empty);
        }
        if header.len() > MAX_HEADER_LEN {
            return Err(HostError::TooLong);
        }
        let text = std::str::from_utf8(header).map_err(|_| HostError::NotText)?;
        if let Some(c) = text.chars().find(|c| is_forbidden(*c)) {
            return Err(HostError::Character(c));
        }
        if let Some(literal) = text.strip_prefix('[') {
            let (address, rest) = literal.split_once(']').ok_or(HostError::Ipv6)?;
            let port = match rest.strip_prefix(':') {
                Some(digits) => parse_port(digits)?,
                None if rest.is_empty() => None,
                None => return Err(HostError::Ipv6),
            };
            let address = HostAddress::Ipv6(address.parse().map_err(|_| HostError::Ipv6)?);
            return Ok(Self { address, port });
        }
        let (name, port) = match text.split_once(':') {
            Some((name, digits)) => (name, parse_port(digits)?),
            None => (text, None),
        };
        let address = parse_name(name)?;
        Ok(Self { address, port })
    }
}

/// Characters that would let a host pass for another one wherever it is written next. What is left
/// and still not part of a name is refused by the domain name's own rules.
fn is_forbidden(c: char) -> bool {
    c.is_control() || c.is_whitespace() || "@,/\\?#%<>\"'`|^{}&;=".contains(c)
}

/// RFC 3986 §3.2.3 allows an empty port (`host:`), which means none.
fn parse_port(digits: &str) -> Result<Option<u16>, HostError> {
    if digits.is_empty() {
        return Ok(None);
    }
    // `u16` would take a plus sign too.
    if digits.len() > 5 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(HostError::Port);
    }
    match digits.parse() {
        Ok(0) | Err(_) => Err(HostError::Port),
        Ok(port) => Ok(Some(port)),
    }
}

fn parse_name(name: &str) -> Result<HostAddress, HostError> {
    if name.is_empty() {
        return Err(HostError::Empty);
    }
    // Labels of 1 to 63 characters, 253 in all (RFC 1035 §2.3.4), letters, digits and inner hyphens
    // (RFC 1123 §2.1). Hyphens in the third and fourth place occur in real names.
    let mut ascii = Uts46::new()
        .to_ascii(name.as_bytes(), AsciiDenyList::STD3, Hyphens::CheckFirstLast, DnsLength::VerifyAllowRootDot)
        .map_err(|_| HostError::Name)?
        .into_owned();
    // "app.example." is the same name, written as an absolute one (RFC 1034 §3.1).
    if ascii.ends_with('.') {
        ascii.pop();
    }
    if ascii.is_empty() {
        return Err(HostError::Name);
    }
    // Only now, because full-width digits have become plain ones.
    Ok(match ascii.parse() {
        Ok(address) => HostAddress::Ipv4(address),
        Err(_) => HostAddress::Domain(ascii),
    })
}

/// The domain that the product runs under: the sign-up at the domain itself (`app.example`), each
/// tenant at a label before it (`acme.app.example`). In ASCII and lower case.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct BaseDomain(String);

/// Why a text is not a [`BaseDomain`].
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BaseDomainError {
    /// Not a host at all.
    #[error(transparent)]
    Host(#[from] HostError),
    /// A port does not belong to the domain.
    #[error("a domain has no port")]
    Port,
    /// Nothing can stand before an IP address.
    #[error("an IP address cannot carry tenants as subdomains; use a domain name, or `localhost` on this machine")]
    Address,
    /// With `acme.` before it, the name would be longer than DNS allows.
    #[error("the domain is too long for the names of tenants before it; use at most {MAX_BASE_LEN} characters")]
    TooLong,
}

/// What DNS allows in all (253), less the longest slug and its dot.
const MAX_BASE_LEN: usize = 253 - Slug::MAX_LEN - 1;

impl BaseDomain {
    /// `localhost`.
    pub fn localhost() -> Self {
        Self("localhost".to_owned())
    }

    /// The domain, as in `app.example`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is `localhost`, the base of development (RFC 6761 §6.3: it and every name under
    /// it are this machine).
    pub fn is_localhost(&self) -> bool {
        self.0 == "localhost"
    }

    /// The host of a tenant, as in `acme.app.example`.
    pub fn host_of(&self, slug: &Slug) -> String {
        format!("{slug}.{}", self.0)
    }
}

impl FromStr for BaseDomain {
    type Err = BaseDomainError;

    fn from_str(text: &str) -> Result<Self, BaseDomainError> {
        let host = Host::parse(text.as_bytes())?;
        if host.port.is_some() {
            return Err(BaseDomainError::Port);
        }
        Self::try_from(host.address)
    }
}

impl TryFrom<HostAddress> for BaseDomain {
    type Error = BaseDomainError;

    fn try_from(address: HostAddress) -> Result<Self, BaseDomainError> {
        match address {
            HostAddress::Domain(name) if is_numeric(&name) => Err(BaseDomainError::Address),
            HostAddress::Domain(name) if name.len() > MAX_BASE_LEN => Err(BaseDomainError::TooLong),
            HostAddress::Domain(name) => Ok(Self(name)),
            HostAddress::Ipv4(_) | HostAddress::Ipv6(_) => Err(BaseDomainError::Address),
        }
    }
}

impl fmt::Display for BaseDomain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What the host of a request stands for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum HostName {
    /// The base domain itself; on `localhost` also 127.0.0.1 and `[::1]`.
    Apex,
    /// A reserved label under the base domain, as `console` in `console.app.example`.
    Reserved(String),
    /// A label under the base domain that a tenant may have.
    TenantLabel(Slug),
    /// A name elsewhere that a tenant may have brought, in ASCII and lower case.
    Custom(String),
    /// A valid host that is nobody's: a label that cannot be a slug, two labels under the base
    /// domain, another IP address, a bare name such as `intranet`.
    Unknown,
}

/// Says what the Host header of a request (or its HTTP/2 authority) stands for.
///
/// # Errors
/// A [`HostError`] where the header cannot be read.
pub fn classify(header: &[u8], base: &BaseDomain) -> Result<HostName, HostError> {
    let name = match Host::parse(header)?.address {
        HostAddress::Domain(name) => name,
        HostAddress::Ipv4(Ipv4Addr::LOCALHOST) | HostAddress::Ipv6(Ipv6Addr::LOCALHOST) if base.is_localhost() => {
            return Ok(HostName::Apex);
        }
        HostAddress::Ipv4(_) | HostAddress::Ipv6(_) => return Ok(HostName::Unknown),
    };
    if name == base.0 {
        return Ok(HostName::Apex);
    }
    let under_base = name.strip_suffix(base.as_str()).and_then(|rest| rest.strip_suffix('.'));
    Ok(match under_base {
        Some(label) if is_reserved(label) => HostName::Reserved(label.to_owned()),
        Some(label) => label.parse().map_or(HostName::Unknown, HostName::TenantLabel),
        None if !name.contains('.') || is_numeric(&name) => HostName::Unknown,
        None => HostName::Custom(name),
    })
}

/// Whether the last label is a number, as in `127.1` or `0x7f.0.0.1`. No top-level domain is
/// (RFC 3696 §2), but some programs read such a name as an IPv4 address.
fn is_numeric(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or(name);
    let hex = last.strip_prefix("0x");
    last.bytes().all(|b| b.is_ascii_digit()) || hex.is_some_and(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests;
