//! Where the product is reached.

use rowhouse_platform::tenancy::Tenant;

/// Where the product is reached, as people type it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicAddress {
    /// `http` or `https`.
    pub scheme: String,
    /// The apex, such as `app.example`.
    pub base_domain: String,
    /// The port, unless it is the scheme's own.
    pub port: Option<u16>,
}

impl PublicAddress {
    /// The origin of the apex.
    pub fn apex(&self) -> String {
        self.origin(&self.base_domain)
    }

    /// The origin of a tenant's own host.
    pub fn tenant(&self, slug: &str) -> String {
        self.origin(&format!("{slug}.{}", self.base_domain))
    }

    /// The origin of a tenant's main address: a domain of its own, where it made one that, or else its host under the
    /// base domain. Links that leave the site, in mail above all, begin with it.
    pub fn tenant_origin(&self, tenant: &Tenant) -> String {
        match &tenant.primary_host {
            Some(host) => self.origin(host),
            None => self.tenant(&tenant.slug),
        }
    }

    /// The origin of a domain that a tenant brought.
    pub fn domain(&self, host: &str) -> String {
        self.origin(host)
    }

    /// What follows a workspace's name in its address: `.app.example`.
    pub fn suffix(&self) -> String {
        let port = self.port.map(|port| format!(":{port}")).unwrap_or_default();
        format!(".{}{port}", self.base_domain)
    }

    fn origin(&self, host: &str) -> String {
        match self.port {
            Some(port) => format!("{}://{host}:{port}", self.scheme),
            None => format!("{}://{host}", self.scheme),
        }
    }
}
