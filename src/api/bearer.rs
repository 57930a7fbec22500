//! Who asks, and for which workspace: the token, the host and `X-Tenant-ID` must agree.
//!
//! Where they do not, the request is nobody's, exactly as if its token were not good: the answer does not tell whether a
//! workspace, or anything in it, exists.

use axum::http::{HeaderMap, HeaderValue, header};
use rowhouse_app::{
    context::{Services, Site},
    error::PageError,
};
use rowhouse_platform::{
    access::api_key::{Bearer, KeyToken},
    id::TenantId,
    tenancy::{Address, Lookup, Tenant},
};

/// The header by which a program may name the workspace that it means: by its id (`ten_…`) or its name in the host.
const TENANT: &str = "x-tenant-id";

/// What a request to the API is addressed to, and by whom.
pub(crate) struct Agreed {
    /// The site: of the tenant, also at the apex.
    pub(crate) site: Site,
    /// The token, if it agrees with that.
    pub(crate) bearer: Option<Bearer>,
}

/// Reads the token of a request to `site`.
///
/// # Errors
/// What the database said.
pub(crate) async fn agree(services: &Services, site: Site, headers: &HeaderMap) -> Result<Agreed, PageError> {
    let bearer = match token(headers) {
        Some(text) if KeyToken::is_meant(text) => KeyToken::parse(text).map(Bearer::Key),
        Some(text) => services.signing_keys.read(text).await.map_err(PageError::internal)?.map(Bearer::Access),
        None => None,
    };
    let Some(bearer) = bearer else { return Ok(Agreed { site, bearer: None }) };
    Ok(match tenant_of(services, &site, bearer.tenant(), headers).await? {
        Some(tenant) => Agreed { site: Site::Tenant(tenant), bearer: Some(bearer) },
        None => Agreed { site, bearer: None },
    })
}

/// The tenant that a credential names, if the host and `X-Tenant-ID` name no other.
///
/// # Errors
/// What the database said.
pub(super) async fn tenant_of(
    services: &Services,
    site: &Site,
    named: TenantId,
    headers: &HeaderMap,
) -> Result<Option<std::sync::Arc<Tenant>>, PageError> {
    let tenant = match site {
        Site::Tenant(tenant) => tenant.clone(),
        Site::Apex => match services.directory.find(&Address::Id(named)).await? {
            Lookup::Found(tenant) => tenant,
            Lookup::Unknown => return Ok(None),
        },
        Site::Console | Site::Nowhere => return Ok(None),
    };
    Ok((tenant.home.id() == named && fits(&tenant, headers)).then_some(tenant))
}

/// The token of the one `Authorization` header (RFC 6750, section 2.1).
fn token(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = single(headers, header::AUTHORIZATION.as_str()).ok()??.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim_matches(' '))
}

/// Whether `X-Tenant-ID` is not there, or names this tenant.
fn fits(tenant: &Tenant, headers: &HeaderMap) -> bool {
    match single(headers, TENANT) {
        Ok(None) => true,
        Ok(Some(named)) => named == tenant.slug || named == tenant.home.id().to_string(),
        Err(Unclear) => false,
    }
}

/// A header stands there several times, or is no text.
#[derive(Debug)]
pub(super) struct Unclear;

/// The one value of a header, if it is there.
pub(super) fn single<'a>(headers: &'a HeaderMap, name: &str) -> Result<Option<&'a str>, Unclear> {
    let mut values = headers.get_all(name).iter().map(HeaderValue::to_str);
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(Ok(value)), None) => Ok(Some(value)),
        _ => Err(Unclear),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_bearer_token_is_read() {
        let read = |values: &[&str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(header::AUTHORIZATION, value.parse().unwrap());
            }
            token(&headers).map(ToOwned::to_owned)
        };
        assert_eq!(read(&["Bearer abc"]).as_deref(), Some("abc"));
        assert_eq!(read(&["bearer  abc"]).as_deref(), Some("abc"));
        for bad in [vec![], vec!["Basic abc"], vec!["Bearer"], vec!["Bearerabc"], vec!["Bearer a", "Bearer a"]] {
            assert_eq!(read(&bad), None, "{bad:?}");
        }
    }
}
