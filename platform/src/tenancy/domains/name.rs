//! What a tenant may bring as a domain.

use std::fmt;

use idna::domain_to_unicode;
use thiserror::Error;

use super::{
    super::host::{BaseDomain, Host, HostAddress, HostError, HostName, classify},
    challenge::RECORD_LABEL,
};

/// Names that are nobody's in DNS (RFC 6761, RFC 6762, RFC 7686, and `internal`, which ICANN reserved).
const NOT_PUBLIC: [&str; 7] = ["arpa", "internal", "invalid", "local", "localdomain", "localhost", "onion"];
/// What DNS allows in all (253), less the label of the challenge and its dot.
const MAX_LENGTH: usize = 253 - RECORD_LABEL.len() - 1;

/// A domain that a tenant may bring: a name in ASCII and lower case, of two labels at least, not of the product itself.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DomainName(String);

/// Why a text is no such domain, in words for the person who typed it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DomainNameError {
    /// Nothing was typed.
    #[error("Enter a domain, such as help.example.com.")]
    Empty,
    /// The address of a page.
    #[error("Enter the domain alone, such as help.example.com: without https:// and without a path.")]
    Url,
    /// A port belongs to an address.
    #[error("Enter the domain without a port.")]
    Port,
    /// An IP address.
    #[error("This is an IP address. Enter a domain, such as help.example.com.")]
    Address,
    /// One label alone.
    #[error("“{0}” is not a whole domain. Enter one with a dot in it, such as help.example.com.")]
    OneLabel(String),
    /// The base domain, or a name under it.
    #[error("“{0}” belongs to this service. Enter a domain of your own.")]
    OfTheProduct(String),
    /// A name that DNS gives nobody.
    #[error("“{0}” cannot be reached from the internet. Enter a domain that you have registered.")]
    NotPublic(String),
    /// A name under which anybody registers domains, such as `co.uk`.
    #[error("Under “{0}” everybody can register domains. Enter the domain that you have registered, or one under it.")]
    PublicSuffix(String),
    /// No room is left for the challenge before it.
    #[error("The domain is too long; use at most {MAX_LENGTH} characters.")]
    TooLong,
    /// Not a domain name at all.
    #[error("This is not a domain: {0}.")]
    Host(HostError),
}

impl DomainName {
    /// Reads what a person typed: in any case, with or without the dot at the end, in Unicode or Punycode.
    ///
    /// # Errors
    /// A [`DomainNameError`] for the person.
    pub fn parse(text: &str, base: &BaseDomain) -> Result<Self, DomainNameError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(DomainNameError::Empty);
        }
        if text.contains(['/', '?', '#']) {
            return Err(DomainNameError::Url);
        }
        let host = Host::parse(text.as_bytes()).map_err(DomainNameError::Host)?;
        let HostAddress::Domain(name) = host.address else { return Err(DomainNameError::Address) };
        if host.port.is_some() {
            return Err(DomainNameError::Port);
        }
        let of_the_product = name == base.as_str() || name.ends_with(&format!(".{base}"));
        if of_the_product {
            return Err(DomainNameError::OfTheProduct(name));
        }
        let last = name.rsplit('.').next().unwrap_or_default();
        if NOT_PUBLIC.contains(&last) {
            return Err(DomainNameError::NotPublic(name));
        }
        let suffix = psl::suffix(name.as_bytes());
        if suffix.is_some_and(|suffix| suffix.is_known() && suffix.as_bytes() == name.as_bytes()) {
            return Err(DomainNameError::PublicSuffix(name));
        }
        if !name.contains('.') {
            return Err(DomainNameError::OneLabel(name));
        }
        if name.len() > MAX_LENGTH {
            return Err(DomainNameError::TooLong);
        }
        // The same rule that finds the tenant of a request: what it does not take for a domain would lead nowhere.
        match classify(name.as_bytes(), base).map_err(DomainNameError::Host)? {
            HostName::Custom(name) => Ok(Self(name)),
            _ => Err(DomainNameError::Address),
        }
    }

    /// The name in ASCII, as DNS has it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name in Unicode, as people write it, where that differs.
    pub fn in_unicode(&self) -> Option<String> {
        let (unicode, result) = domain_to_unicode(&self.0);
        (result.is_ok() && unicode != self.0).then_some(unicode)
    }

    /// A name that the database holds, which was read by [`parse`](Self::parse) once.
    pub(crate) fn kept(host: String) -> Self {
        Self(host)
    }
}

impl fmt::Display for DomainName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<String, DomainNameError> {
        DomainName::parse(text, &"app.example.com".parse().unwrap()).map(|name| name.to_string())
    }

    #[test]
    fn every_spelling_is_one_name() {
        for (text, name) in [
            ("help.acme.test", "help.acme.test"),
            ("  HELP.Acme.test. ", "help.acme.test"),
            ("hilfe.häuser.de", "hilfe.xn--huser-gra.de"),
            ("XN--HUSER-GRA.de", "xn--huser-gra.de"),
            ("acme.co.uk", "acme.co.uk"),
            ("acme.github.io", "acme.github.io"),
            ("myapp.example.com", "myapp.example.com"),
        ] {
            assert_eq!(parse(text).as_deref(), Ok(name), "{text}");
        }
        let name = DomainName::parse("häuser.de", &BaseDomain::localhost()).unwrap();
        assert_eq!(name.in_unicode().as_deref(), Some("häuser.de"));
        assert_eq!(DomainName::kept("acme.test".to_owned()).in_unicode(), None);
    }

    #[test]
    fn says_what_is_no_domain_of_a_tenant() {
        use DomainNameError as E;
        let long = format!("{}.test", vec!["a".repeat(45); 5].join("."));
        for (text, error) in [
            (" ", E::Empty),
            ("https://help.acme.test/", E::Url),
            ("help.acme.test/x", E::Url),
            ("help.acme.test:8443", E::Port),
            ("192.0.2.1", E::Address),
            ("[2001:db8::1]", E::Address),
            ("127.1", E::Address),
            ("acme", E::OneLabel("acme".into())),
            ("localhost", E::NotPublic("localhost".into())),
            ("printer.local", E::NotPublic("printer.local".into())),
            ("app.example.com", E::OfTheProduct("app.example.com".into())),
            ("Acme.App.Example.com.", E::OfTheProduct("acme.app.example.com".into())),
            ("x.acme.app.example.com", E::OfTheProduct("x.acme.app.example.com".into())),
            ("co.uk", E::PublicSuffix("co.uk".into())),
            ("com", E::PublicSuffix("com".into())),
            ("github.io", E::PublicSuffix("github.io".into())),
            (long.as_str(), E::TooLong),
        ] {
            assert_eq!(parse(text), Err(error), "{text}");
        }
        for text in ["*.acme.test", "acme..test", "a_b.test", "acme test.de", "-acme.test", &"a.".repeat(200)] {
            assert!(matches!(parse(text), Err(E::Host(_))), "{text}: {:?}", parse(text));
        }
    }
}
