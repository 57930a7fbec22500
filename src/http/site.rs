//! Host → site: the one place where a request finds its tenant.

use std::net::IpAddr;

use axum::http::{HeaderMap, Uri, header, uri::PathAndQuery};
use ipnet::IpNet;
use rowhouse_app::{context::Site, error::PageError};
use rowhouse_platform::tenancy::{Address, BaseDomain, HostName, Lookup, Slug, TenantDirectory, host::classify};

/// The label under the base domain at which operators are.
pub(super) const CONSOLE: &str = "console";

/// How hosts are read.
#[derive(Debug, Clone)]
pub struct SiteSettings {
    /// The domain whose labels are tenants.
    pub base_domain: BaseDomain,
    /// Whose forwarding headers are believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Whether tenants are reached at `/t/<slug>` of the apex.
    pub path_prefix: bool,
}

/// Where a request leads.
#[derive(Debug)]
pub(super) struct Found {
    /// The site.
    pub(super) site: Site,
    /// What comes before each path of the site.
    pub(super) base_path: String,
    /// The address within the site.
    pub(super) uri: Uri,
}

/// Whether forwarding headers of this peer are believed.
pub(super) fn is_trusted(settings: &SiteSettings, peer: IpAddr) -> bool {
    settings.trusted_proxies.iter().any(|network| network.contains(&peer.to_canonical()))
}

/// Host and port that the request is addressed to (RFC 9112, section 3.2): of the target where it is absolute or HTTP/2,
/// else of the one `Host` header; of the one `X-Forwarded-Host` where a trusted proxy sent it.
///
/// # Errors
/// A bad request that says what is wrong: no host, several, or two that disagree.
pub(super) fn authority(
    settings: &SiteSettings,
    peer: IpAddr,
    uri: &Uri,
    headers: &HeaderMap,
) -> Result<String, PageError> {
    let single = |name: &str| {
        let mut values = headers.get_all(name).iter();
        let first = values.next();
        if values.next().is_some() {
            return Err(bad(&format!("The request has several {name} headers; exactly one is allowed.")));
        }
        first
            .map(|value| value.to_str().map(str::trim).map_err(|_| bad(&format!("The {name} header is not text."))))
            .transpose()
    };
    let host = single(header::HOST.as_str())?;
    if is_trusted(settings, peer)
        && let Some(forwarded) = single("x-forwarded-host")?
    {
        return Ok(forwarded.to_owned());
    }
    match (uri.authority(), host) {
        (Some(authority), Some(host)) if !authority.as_str().eq_ignore_ascii_case(host) => {
            Err(bad("The request's target and its Host header name different hosts."))
        }
        (Some(authority), _) => Ok(authority.as_str().to_owned()),
        (None, Some(host)) => Ok(host.to_owned()),
        (None, None) => Err(bad("The request has no Host header.")),
    }
}

/// Finds the site.
///
/// # Errors
/// A bad request where the host cannot be read, or what the database said.
pub(super) async fn find(
    settings: &SiteSettings,
    directory: &TenantDirectory,
    authority: &str,
    uri: &Uri,
) -> Result<Found, PageError> {
    let name = classify(authority.as_bytes(), &settings.base_domain)
        .map_err(|error| bad(&format!("The Host header cannot be read: {error}.")))?;
    let own = |site| Found { site, base_path: String::new(), uri: uri.clone() };
    match name {
        HostName::Apex if settings.path_prefix => match named_in_path(uri) {
            Some((slug, inner)) => {
                let site = look_up(directory, Address::Slug(slug.as_ref().to_owned())).await?;
                Ok(Found { site, base_path: format!("/t/{slug}"), uri: inner })
            }
            None if uri.path().starts_with("/t/") => Ok(own(Site::Nowhere)),
            None => Ok(own(Site::Apex)),
        },
        HostName::Apex => Ok(own(Site::Apex)),
        HostName::TenantLabel(slug) => Ok(own(look_up(directory, Address::Slug(slug.as_ref().to_owned())).await?)),
        HostName::Custom(domain) => Ok(own(look_up(directory, Address::Domain(domain)).await?)),
        HostName::Reserved(label) if label == CONSOLE => Ok(own(Site::Console)),
        HostName::Reserved(_) | HostName::Unknown => Ok(own(Site::Nowhere)),
    }
}

async fn look_up(directory: &TenantDirectory, address: Address) -> Result<Site, PageError> {
    Ok(match directory.find(&address).await? {
        Lookup::Found(tenant) => Site::Tenant(tenant),
        Lookup::Unknown => Site::Nowhere,
    })
}

/// The tenant's name in a path `/t/<slug>/…`, and the address without it.
fn named_in_path(uri: &Uri) -> Option<(Slug, Uri)> {
    let rest = uri.path().strip_prefix("/t/")?;
    let (name, inner) = match rest.find('/') {
        Some(end) => (&rest[..end], &rest[end..]),
        None => (rest, "/"),
    };
    // One spelling only: links under another would not match their own prefix.
    let slug: Slug = name.parse().ok().filter(|slug: &Slug| slug.as_ref() == name)?;
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    let path: PathAndQuery = format!("{inner}{query}").parse().ok()?;
    Some((slug, Uri::from(path)))
}

fn bad(message: &str) -> PageError {
    PageError::BadRequest(message.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(trusted: &str) -> SiteSettings {
        SiteSettings {
            base_domain: "app.example".parse().unwrap(),
            trusted_proxies: trusted.split_terminator(',').map(|network| network.parse().unwrap()).collect(),
            path_prefix: true,
        }
    }

    fn read(trusted: &str, target: &str, headers: &[(&'static str, &'static str)]) -> Result<String, String> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        authority(&settings(trusted), "10.0.0.1".parse().unwrap(), &target.parse().unwrap(), &map)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn one_host_is_taken() {
        assert_eq!(read("", "/", &[("host", "acme.app.example:3000")]).unwrap(), "acme.app.example:3000");
        assert_eq!(read("", "http://acme.app.example/", &[]).unwrap(), "acme.app.example");
        assert!(read("", "/", &[]).unwrap_err().contains("no Host"));
        assert!(
            read("", "/", &[("host", "a.app.example"), ("host", "b.app.example")]).unwrap_err().contains("several")
        );
        assert!(read("", "http://a.app.example/", &[("host", "b.app.example")]).unwrap_err().contains("different"));
    }

    #[test]
    fn forwarded_hosts_are_believed_from_trusted_proxies_only() {
        let headers = [("host", "inner"), ("x-forwarded-host", "acme.app.example")];
        assert_eq!(read("", "/", &headers).unwrap(), "inner");
        assert_eq!(read("192.168.0.0/16", "/", &headers).unwrap(), "inner");
        assert_eq!(read("10.0.0.0/8", "/", &headers).unwrap(), "acme.app.example");
        let twice = [("host", "inner"), ("x-forwarded-host", "a.app.example"), ("x-forwarded-host", "b.app.example")];
        assert!(read("10.0.0.0/8", "/", &twice).unwrap_err().contains("several"));
    }

    #[test]
    fn tenants_are_named_in_paths() {
        let inner =
            |path: &str| named_in_path(&path.parse().unwrap()).map(|(slug, uri)| (slug.to_string(), uri.to_string()));
        assert_eq!(inner("/t/acme/tickets?q=1"), Some(("acme".to_owned(), "/tickets?q=1".to_owned())));
        assert_eq!(inner("/t/acme"), Some(("acme".to_owned(), "/".to_owned())));
        for none in ["/t/", "/t/ACME/", "/t/console/", "/t/a%63me/", "/tickets", "/t"] {
            assert_eq!(inner(none), None, "{none}");
        }
    }
}
