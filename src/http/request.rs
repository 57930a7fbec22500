//! What is read from a request before anything is done for it.

use std::net::IpAddr;

use axum::http::{HeaderMap, header};
use rowhouse_app::ui::flash::{self, Flash};
use rowhouse_platform::identity::{
    known_device::DeviceToken,
    session::{Device, SessionToken},
};

use super::site::{SiteSettings, is_trusted};

/// The value of a cookie. Several of one name are none: which one is meant cannot be known.
pub(crate) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut found = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(key, _)| *key == name)
        .map(|(_, value)| value);
    let value = found.next()?;
    found.next().is_none().then_some(value)
}

/// The session cookie's token.
pub(super) fn session(headers: &HeaderMap, cookie_name: &str) -> Option<SessionToken> {
    SessionToken::parse(cookie(headers, cookie_name)?)
}

/// The token of a cookie that is of the form of our tokens: 64 hexadecimal digits.
pub(super) fn token(headers: &HeaderMap, cookie_name: &str) -> Option<String> {
    session(headers, cookie_name).map(|token| token.as_str().to_owned())
}

/// Whether a script asks, and not the browser for something to show (Fetch Metadata).
pub(super) fn is_fetched(headers: &HeaderMap) -> bool {
    headers.get("sec-fetch-dest").is_some_and(|destination| destination == "empty")
}

/// What the last page wants said.
pub(super) fn flash(headers: &HeaderMap) -> Option<Flash> {
    Flash::parse(cookie(headers, flash::COOKIE)?)
}

/// The browser, and the address it came from: the peer's, or the last one in `X-Forwarded-For` that no trusted proxy
/// has, where a trusted proxy is the peer.
pub(super) fn device(settings: &SiteSettings, peer: IpAddr, headers: &HeaderMap, token: DeviceToken) -> Device {
    let mut address = peer.to_canonical();
    if is_trusted(settings, peer) {
        let hops: Vec<&str> = headers
            .get_all("x-forwarded-for")
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .map(str::trim)
            .collect();
        for hop in hops.iter().rev() {
            let Ok(hop) = hop.parse::<IpAddr>() else { break };
            address = hop.to_canonical();
            if !is_trusted(settings, address) {
                break;
            }
        }
    }
    let user_agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    Device { user_agent: user_agent.to_owned(), address: address.to_string(), token }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rowhouse_platform::ambient::Ambient;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in pairs {
            map.append(*name, value.parse().unwrap());
        }
        map
    }

    #[test]
    fn a_cookie_sent_twice_is_none() {
        let map = headers(&[("cookie", "a=1; b=2"), ("cookie", "b=3;c=")]);
        assert_eq!(cookie(&map, "a"), Some("1"));
        assert_eq!(cookie(&map, "b"), None);
        assert_eq!(cookie(&map, "c"), Some(""));
        assert_eq!(cookie(&map, "d"), None);
    }

    #[test]
    fn only_trusted_proxies_say_where_a_request_came_from() {
        let settings = |trusted: &[&str]| SiteSettings {
            base_domain: "app.example".parse().unwrap(),
            trusted_proxies: trusted.iter().map(|network| network.parse().unwrap()).collect(),
            path_prefix: false,
        };
        let map = headers(&[("x-forwarded-for", "6.6.6.6, 203.0.113.9"), ("x-forwarded-for", "10.0.0.2")]);
        let peer = "10.0.0.1".parse().unwrap();
        let device = |settings: &SiteSettings, map: &HeaderMap| {
            device(settings, peer, map, DeviceToken::new(&Ambient::system()))
        };
        assert_eq!(device(&settings(&[]), &map).address, "10.0.0.1");
        assert_eq!(device(&settings(&["10.0.0.0/8"]), &map).address, "203.0.113.9");
        let spoofed = headers(&[("x-forwarded-for", "nonsense, 10.0.0.2")]);
        assert_eq!(device(&settings(&["10.0.0.0/8"]), &spoofed).address, "10.0.0.2");
    }
}
