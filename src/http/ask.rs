//! `GET /tls/ask?domain=…`: whether a TLS proxy may get a certificate for a host.
//!
//! Caddy's on-demand TLS asks so before it orders a certificate: 200 means yes, anything else no. Without it, whoever
//! points a name at the proxy could make it order certificates until the authority refuses more. The answer is for
//! hosts that lead somewhere: the base domain, the console, active tenants' hosts, and domains that tenants have proven.

use std::net::IpAddr;

use axum::{
    extract::Request,
    http::{Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use rowhouse_platform::{
    db::DbError,
    tenancy::{Address, HostName, Lookup, TenantDirectory, TenantState, host::classify},
};

use super::site::{CONSOLE, SiteSettings, is_trusted};

const PATH: &str = "/tls/ask";
/// Longest value that is looked at, in bytes.
const MAX_DOMAIN_LEN: usize = 253;
/// Labels under the base domain that are the product's own sites.
const OWN_LABELS: [&str; 1] = [CONSOLE];
/// What a proxy adds to what it passes on.
const FORWARDING: [&str; 5] = ["x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "forwarded", "via"];

/// The question of a proxy.
pub(super) struct Question {
    /// The host, where it can be one.
    domain: Option<String>,
}

impl Question {
    /// The question, if the request is one, on whatever host, and comes from a proxy; `None` for everything else, which
    /// then is a page that does not exist.
    pub(super) fn read(settings: &SiteSettings, peer: IpAddr, request: &Request) -> Option<Self> {
        let is_question =
            request.uri().path() == PATH && request.method() == Method::GET && is_proxy_itself(settings, peer, request);
        is_question.then(|| Self { domain: domain(request.uri().query().unwrap_or_default()) })
    }

    /// Yes or no.
    pub(super) async fn answer(self, settings: &SiteSettings, directory: &TenantDirectory) -> Response {
        let status = match self.may_have_certificate(settings, directory).await {
            Ok(true) => StatusCode::OK,
            Ok(false) => StatusCode::NOT_FOUND,
            Err(error) => {
                tracing::warn!(%error, "a TLS proxy asked for a host and the database cannot be reached");
                StatusCode::SERVICE_UNAVAILABLE
            }
        };
        (status, [(header::CACHE_CONTROL, "no-store")]).into_response()
    }

    async fn may_have_certificate(self, settings: &SiteSettings, directory: &TenantDirectory) -> Result<bool, DbError> {
        let Some(domain) = self.domain else { return Ok(false) };
        let address = match classify(domain.as_bytes(), &settings.base_domain) {
            // On `localhost` an address is the apex too; certificates are for names.
            Ok(HostName::Apex) => return Ok(domain == settings.base_domain.as_str()),
            Ok(HostName::Reserved(label)) => return Ok(OWN_LABELS.contains(&label.as_str())),
            Ok(HostName::TenantLabel(slug)) => Address::Slug(slug.as_ref().to_owned()),
            Ok(HostName::Custom(name)) => Address::Domain(name),
            Ok(HostName::Unknown) | Err(_) => return Ok(false),
        };
        Ok(match directory.find(&address).await? {
            Lookup::Found(tenant) => tenant.state != TenantState::Suspended,
            Lookup::Unknown => false,
        })
    }
}

/// Whether the request comes from the proxy and not through it: what it passes on for others carries their address.
fn is_proxy_itself(settings: &SiteSettings, peer: IpAddr, request: &Request) -> bool {
    let is_near = peer.to_canonical().is_loopback() || is_trusted(settings, peer);
    is_near && !FORWARDING.iter().any(|name| request.headers().contains_key(*name))
}

/// The one `domain` of the query, in lower case. Names in it are letters, digits, hyphens and dots, so nothing is
/// percent-encoded.
fn domain(query: &str) -> Option<String> {
    let mut values = query.split('&').filter_map(|pair| pair.strip_prefix("domain="));
    let value = values.next()?;
    let is_name =
        !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.');
    let only = values.next().is_none() && is_name && value.len() <= MAX_DOMAIN_LEN;
    only.then(|| value.trim_end_matches('.').to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_name_is_read() {
        assert_eq!(domain("domain=Help.Acme.test"), Some("help.acme.test".to_owned()));
        assert_eq!(domain("x=1&domain=acme.test."), Some("acme.test".to_owned()));
        for none in ["", "domain=", "domain", "domain=a.test&domain=b.test", "domain=a%2etest", "domain=a.test:80"] {
            assert_eq!(domain(none), None, "{none}");
        }
        assert_eq!(domain(&format!("domain={}", "a".repeat(254))), None);
    }
}
