//! Changes are taken from this site's own pages only: the wall against cross-site request forgery.
//!
//! Browsers say where a request comes from, in `Origin` (RFC 6454) and in `Sec-Fetch-Site`; a page of another site,
//! a neighbour under the same base domain included, cannot keep them from it or forge them. Programs send neither;
//! they have no cookies of somebody else to misuse.

use axum::http::{HeaderMap, Method, header};
use rowhouse_platform::sso::ConnectionId;

/// The endpoints of a connection that pages and servers of its identity provider post to. What they take is checked by
/// its signature, and by the cookie of the browser in which the sign-in began.
const FOREIGN: [&str; 3] = ["acs", "slo", "back-channel-logout"];

/// Whether a method only reads (RFC 9110, section 9.2.1).
pub(super) fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// Whether a request that changes something comes from a page of `authority`, the host and port it is addressed to.
pub(super) fn is_own(headers: &HeaderMap, scheme: &str, authority: &str) -> bool {
    let mut origins = headers.get_all(header::ORIGIN).iter();
    match (origins.next(), origins.next()) {
        (Some(origin), None) => origin.to_str().is_ok_and(|origin| same(origin, scheme, authority)),
        (Some(_), Some(_)) => false,
        (None, _) => match headers.get("sec-fetch-site") {
            Some(site) => site == "same-origin" || site == "none",
            None => true,
        },
    }
}

/// Whether a path of a tenant takes posts of other sites: `/sso/{connection}/` and one of those endpoints, in that
/// spelling, and nothing else.
pub(super) fn takes_foreign(method: &Method, path: &str) -> bool {
    let Some((connection, endpoint)) = path.strip_prefix("/sso/").and_then(|rest| rest.split_once('/')) else {
        return false;
    };
    *method == Method::POST && FOREIGN.contains(&endpoint) && connection.parse::<ConnectionId>().is_ok()
}

fn same(origin: &str, scheme: &str, authority: &str) -> bool {
    let default_port = if scheme == "https" { ":443" } else { ":80" };
    let plain = |text: &str| text.to_ascii_lowercase().trim_end_matches(default_port).trim_end_matches('.').to_owned();
    origin
        .split_once("://")
        .is_some_and(|(of, host)| of.eq_ignore_ascii_case(scheme) && plain(host) == plain(authority))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(pairs: &[(&'static str, &'static str)]) -> bool {
        let mut map = HeaderMap::new();
        for (name, value) in pairs {
            map.append(*name, value.parse().unwrap());
        }
        is_own(&map, "http", "acme.localhost:3000")
    }

    #[test]
    fn only_own_pages_may_change_something() {
        for good in [
            vec![("origin", "http://acme.localhost:3000")],
            vec![("origin", "http://ACME.localhost:3000"), ("sec-fetch-site", "same-origin")],
            vec![("sec-fetch-site", "same-origin")],
            vec![("sec-fetch-site", "none")],
            vec![],
        ] {
            assert!(own(&good), "{good:?}");
        }
        for bad in [
            vec![("origin", "http://globex.localhost:3000")],
            vec![("origin", "http://localhost:3000")],
            vec![("origin", "https://acme.localhost:3000")],
            vec![("origin", "http://acme.localhost")],
            vec![("origin", "http://acme.localhost:3000.evil.example")],
            vec![("origin", "null")],
            vec![("origin", "")],
            vec![("origin", "http://acme.localhost:3000"), ("origin", "http://evil.example")],
            vec![("sec-fetch-site", "same-site")],
            vec![("sec-fetch-site", "cross-site")],
        ] {
            assert!(!own(&bad), "{bad:?}");
        }
    }

    #[test]
    fn only_what_a_provider_posts_to_takes_foreign_posts() {
        let of = |path: &str| path.replace("ID", "sso_01m7pt4xtgfv4v4b4yswcshy0c");
        for good in ["/sso/ID/acs", "/sso/ID/slo", "/sso/ID/back-channel-logout"] {
            assert!(takes_foreign(&Method::POST, &of(good)), "{good}");
            assert!(!takes_foreign(&Method::PUT, &of(good)), "{good}");
            assert!(!takes_foreign(&Method::DELETE, &of(good)), "{good}");
        }
        for bad in [
            "/sso/ID/start",
            "/sso/ID/callback",
            "/sso/ID/signed-out",
            "/sso/ID/metadata",
            "/sso/ID/ACS",
            "/sso/ID/acs/",
            "/sso/ID/acs/x",
            "/sso/ID//acs",
            "/sso/ID/%61cs",
            "/sso/ID",
            "/sso//acs",
            "/sso/okta/acs",
            "/sso/SSO_01M7PT4XTGFV4V4B4YSWCSHY0C/acs",
            "/sso/usr_01m7pt4xtgfv4v4b4yswcshy0c/acs",
            "/x/sso/ID/acs",
            "//sso/ID/acs",
            "/sign-in",
            "/sso/ID/../ID/acs",
        ] {
            assert!(!takes_foreign(&Method::POST, &of(bad)), "{bad}");
        }
    }
}
