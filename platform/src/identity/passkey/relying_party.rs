//! Whom a key is for: the host that a request came to.

use webauthn_rs::{
    Webauthn, WebauthnBuilder,
    prelude::{Url, WebauthnError},
};

use super::{PasskeyError, ceremony};
use crate::tenancy::host::{Host, HostAddress};

/// A host as browsers and authenticators know it. Cheap to make: every request makes its own.
///
/// Its id is the host itself, without the port, and never the domain above it: tenants are neighbours under one
/// domain, and a key made for that domain would be offered on all of them. Where tenants are named in the path they
/// share a host, and with it the id; there the tenant's own table of keys is what keeps them apart.
#[derive(Debug, Clone)]
pub struct RelyingParty {
    id: String,
    origin: Url,
    name: String,
}

impl RelyingParty {
    /// The relying party of an authority such as `acme.app.example:3000`; `name` is what people see beside their key.
    ///
    /// # Errors
    /// [`PasskeyError::NoDomain`] where the host is an IP address, which no key can be made for.
    pub fn new(scheme: &str, authority: &str, name: &str) -> Result<Self, PasskeyError> {
        let host = Host::parse(authority.as_bytes()).map_err(|_| PasskeyError::NoDomain)?;
        let HostAddress::Domain(id) = host.address else { return Err(PasskeyError::NoDomain) };
        let port = host.port.map(|port| format!(":{port}")).unwrap_or_default();
        let origin = Url::parse(&format!("{scheme}://{id}{port}")).map_err(|_| PasskeyError::NoDomain)?;
        Ok(Self { id, origin, name: name.to_owned() })
    }

    /// The host, in ASCII and lower case, without a port.
    pub fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn webauthn(&self) -> Result<Webauthn, WebauthnError> {
        WebauthnBuilder::new(&self.id, &self.origin)?.rp_name(&self.name).timeout(ceremony::LIFE.unsigned_abs()).build()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_without_its_port_is_the_relying_party() {
        for (scheme, authority, id, origin) in [
            ("http", "acme.localhost:3000", "acme.localhost", "http://acme.localhost:3000"),
            ("https", "ACME.app.example", "acme.app.example", "https://acme.app.example"),
            ("https", "acme.app.example:443", "acme.app.example", "https://acme.app.example"),
            ("https", "hilfe.müller.example", "hilfe.xn--mller-kva.example", "https://hilfe.xn--mller-kva.example"),
            ("http", "localhost:3000", "localhost", "http://localhost:3000"),
        ] {
            let party = RelyingParty::new(scheme, authority, "Acme").unwrap();
            assert_eq!((party.id(), party.origin.origin().ascii_serialization().as_str()), (id, origin));
            assert!(party.webauthn().is_ok(), "{authority}");
        }
    }

    #[test]
    fn addresses_are_none() {
        for authority in ["127.0.0.1:3000", "[::1]:3000", "", "a b"] {
            assert!(matches!(RelyingParty::new("http", authority, "Acme"), Err(PasskeyError::NoDomain)), "{authority}");
        }
    }
}
