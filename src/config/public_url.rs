//! The address at which people reach the server.

use std::{fmt, str::FromStr};

use rowhouse_platform::tenancy::{
    host::{BaseDomain, Host},
    slug::Slug,
};

/// Scheme, base domain and port, from which every link is made. Displayed, it is the apex without a
/// slash at the end: `https://app.example`, which is also its origin (RFC 6454 §6.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl {
    /// http or https.
    pub scheme: UrlScheme,
    /// The domain that tenants are under.
    pub base_domain: BaseDomain,
    /// The port, where it is not the scheme's own.
    pub port: Option<u16>,
}

/// The scheme of an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UrlScheme {
    /// Without TLS.
    Http,
    /// With TLS.
    Https,
}

impl UrlScheme {
    /// `http` or `https`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    /// The port that is meant where none is written (RFC 9110 §4.2).
    pub const fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

impl PublicUrl {
    /// The address of development: `http://localhost`, on this port.
    pub(super) fn localhost(port: u16) -> Self {
        Self {
            scheme: UrlScheme::Http,
            base_domain: BaseDomain::localhost(),
            port: Some(port).filter(|port| *port != UrlScheme::Http.default_port()),
        }
    }

    /// The address of a tenant, as in `https://acme.app.example`.
    pub fn of_tenant(&self, slug: &Slug) -> String {
        self.of_host(&self.base_domain.host_of(slug))
    }

    /// The address of the operators' console, as in `https://console.app.example`.
    pub fn console(&self) -> String {
        self.of_host(&format!("console.{}", self.base_domain.as_str()))
    }

    /// The address of another host of the server, such as a custom domain, on the same port.
    pub fn of_host(&self, host: &str) -> String {
        let scheme = self.scheme.as_str();
        match self.port {
            Some(port) => format!("{scheme}://{host}:{port}"),
            None => format!("{scheme}://{host}"),
        }
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.of_host(self.base_domain.as_str()))
    }
}

impl FromStr for PublicUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (scheme, rest) =
            text.split_once("://").ok_or("must be a scheme and a domain, such as \"https://app.example\"")?;
        let scheme = match scheme.to_ascii_lowercase().as_str() {
            "http" => UrlScheme::Http,
            "https" => UrlScheme::Https,
            _ => return Err("must begin with https:// or http://".into()),
        };
        let authority = rest.strip_suffix('/').unwrap_or(rest);
        if authority.contains(['/', '?', '#']) {
            return Err("must end after the domain or port; a path is not allowed".into());
        }
        let host = Host::parse(authority.as_bytes()).map_err(|error| error.to_string())?;
        let base_domain = BaseDomain::try_from(host.address).map_err(|error| error.to_string())?;
        Ok(Self { scheme, base_domain, port: host.port.filter(|port| *port != scheme.default_port()) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_written_in_one_form() {
        for (text, written) in [
            ("https://app.example", "https://app.example"),
            ("HTTPS://App.Example/", "https://app.example"),
            ("https://app.example:443", "https://app.example"),
            ("https://app.example:80", "https://app.example:80"),
            ("http://localhost:3000", "http://localhost:3000"),
            ("https://häuser.example", "https://xn--huser-gra.example"),
        ] {
            assert_eq!(text.parse::<PublicUrl>().unwrap().to_string(), written);
        }
    }

    #[test]
    fn says_what_is_not_an_address() {
        for (text, message) in [
            ("app.example", "must be a scheme and a domain"),
            ("ftp://app.example", "must begin with https://"),
            ("https://app.example/path", "a path is not allowed"),
            ("https://app.example?q", "a path is not allowed"),
            ("https://user@app.example", "the host contains '@'"),
            ("https://", "the host is empty"),
            ("https://app.example:99999", "the port is not a number"),
            ("http://127.0.0.1:3000", "an IP address cannot carry tenants"),
        ] {
            let error = text.parse::<PublicUrl>().unwrap_err();
            assert!(error.contains(message), "{text}: {error}");
        }
    }

    #[test]
    fn leads_to_tenants() {
        let url: PublicUrl = "http://localhost:3000".parse().unwrap();
        let slug = "acme".parse().unwrap();
        assert_eq!(url.of_tenant(&slug), "http://acme.localhost:3000");
        assert_eq!(url.of_host("help.acme.test"), "http://help.acme.test:3000");
        assert_eq!(url.console(), "http://console.localhost:3000");
    }
}
