//! People come to a tenant's main address: pages asked for at another one of its hosts lead there.
//!
//! Only pages do, and only where a browser goes to them; programs, pictures and forms are answered where they ask. The
//! way back in, should the main address not work: `?stay` at any page of another host, as in
//! `https://acme.app.example/sign-in?stay`. The host then remembers that for a while.

use std::sync::Arc;

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use rowhouse_app::{
    context::{RequestContext, Site},
    routes::set_cookie,
};
use rowhouse_platform::tenancy::host::{Host, HostAddress};

use super::request::cookie;

/// What is no page: it is answered on each host of the tenant.
const NOT_PAGES: [&str; 9] =
    ["/.well-known/", "/api/", "/brand/", "/avatar/", "/avatars/", "/scim/", "/sso/", "/tls/", "/welcome"];

/// Where a request goes.
pub(super) enum Lead {
    /// It is answered here.
    Here,
    /// It is answered here, and so are those that follow.
    Stay,
    /// The main address.
    Away(Response),
}

/// Decides it.
pub(super) fn lead(context: &Arc<RequestContext>, request: &Request) -> Lead {
    let Site::Tenant(tenant) = &context.site else { return Lead::Here };
    let Some(primary) = &tenant.primary_host else { return Lead::Here };
    if is_host(&context.authority, primary) || !is_page(request.method(), request.uri(), request.headers()) {
        return Lead::Here;
    }
    if asks_to_stay(request.uri()) {
        return Lead::Stay;
    }
    if cookie(request.headers(), &context.stay_cookie()).is_some() {
        return Lead::Here;
    }
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let location = format!("{}{path}", context.public().tenant_origin(tenant));
    match HeaderValue::from_str(&location) {
        // Not a lasting redirect: browsers would keep to it when the main address is another one.
        Ok(location) => Lead::Away((StatusCode::FOUND, [(header::LOCATION, location)]).into_response()),
        Err(_) => Lead::Here,
    }
}

/// Whether the tenant has a main address, and it is not this host.
pub(crate) fn is_elsewhere(context: &RequestContext) -> bool {
    match &context.site {
        Site::Tenant(tenant) => tenant.primary_host.as_ref().is_some_and(|host| !is_host(&context.authority, host)),
        Site::Apex | Site::Console | Site::Nowhere => false,
    }
}

/// Lets the browser stay on this host.
pub(crate) fn remember_to_stay(context: &RequestContext, response: &mut Response) {
    set_cookie(response, &context.stay_cookie(), "1", Some(RequestContext::STAY_SECONDS));
}

fn is_host(authority: &str, host: &str) -> bool {
    matches!(Host::parse(authority.as_bytes()), Ok(Host { address: HostAddress::Domain(name), .. }) if name == host)
}

fn is_page(method: &Method, uri: &Uri, headers: &HeaderMap) -> bool {
    let is_read = matches!(*method, Method::GET | Method::HEAD);
    // Browsers say what they want it for; a page is wanted as a document.
    let is_document = headers.get("sec-fetch-dest").is_none_or(|wanted| wanted == "document");
    is_read && is_document && !NOT_PAGES.iter().any(|prefix| uri.path().starts_with(prefix))
}

fn asks_to_stay(uri: &Uri) -> bool {
    let mut pairs = uri.query().unwrap_or_default().split('&');
    pairs.any(|pair| pair == "stay" || pair.starts_with("stay="))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_are_led() {
        let page = |method: Method, path: &str, wanted: Option<&'static str>| {
            let mut headers = HeaderMap::new();
            if let Some(wanted) = wanted {
                headers.insert("sec-fetch-dest", HeaderValue::from_static(wanted));
            }
            is_page(&method, &path.parse().unwrap(), &headers)
        };
        assert!(page(Method::GET, "/tickets?q=1", None));
        assert!(page(Method::HEAD, "/", Some("document")));
        assert!(page(Method::GET, "/brands", None));
        assert!(!page(Method::POST, "/tickets/new", None));
        assert!(!page(Method::GET, "/tickets", Some("empty")));
        for path in ["/api/v1/tickets", "/scim/v2/Users", "/brand/mark.svg", "/welcome?token=x"] {
            assert!(!page(Method::GET, path, None), "{path}");
        }
    }

    #[test]
    fn staying_is_asked_for_by_its_whole_name() {
        for (uri, asks) in [("/?stay", true), ("/x?a=1&stay=1", true), ("/?staying", false), ("/?q=stay", false)] {
            assert_eq!(asks_to_stay(&uri.parse().unwrap()), asks, "{uri}");
        }
    }

    #[test]
    fn a_host_has_many_spellings() {
        for authority in ["help.acme.test", "HELP.acme.test:8443", "help.acme.test."] {
            assert!(is_host(authority, "help.acme.test"), "{authority}");
        }
        assert!(!is_host("acme.app.test", "help.acme.test"));
    }
}
