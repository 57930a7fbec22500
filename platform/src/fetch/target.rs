//! An address to fetch, read and checked.

use std::net::IpAddr;

use reqwest::Url;

use super::{
    FetchError,
    address::{SpecialUse, special_use},
};

/// Most characters of an address.
const LENGTH: usize = 2048;

/// An address that may be fetched, as far as it can be told by looking at it.
pub(super) struct Target {
    pub(super) url: Url,
    /// For messages.
    pub(super) host: String,
}

impl Target {
    /// `Url` reads addresses as browsers do: `https://0x7f.1` and `https://2130706433` are 127.0.0.1 to it.
    pub(super) fn read(text: &str, allow_loopback: bool) -> Result<Self, FetchError> {
        let (url, host) = parse(text)?;
        let use_ = match &host {
            Host::Address(address) => special_use(*address),
            Host::Name(name) => is_localhost(name).then_some(SpecialUse::Loopback),
        };
        let is_loopback = use_ == Some(SpecialUse::Loopback);
        let shown = url.host_str().unwrap_or_default().to_owned();
        if let Some(use_) = use_
            && !(is_loopback && allow_loopback)
        {
            return Err(FetchError::Forbidden { host: shown, words: use_.words() });
        }
        if url.scheme() != "https" && !is_loopback {
            return Err(FetchError::Scheme { scheme: url.scheme().to_owned() });
        }
        // For development, anything of this machine's own.
        let port = url.port_or_known_default().unwrap_or_default();
        if !is_loopback && port != 443 && port < 1024 {
            return Err(FetchError::Port { port });
        }
        Ok(Self { url, host: shown })
    }
}

/// An address for browsers: `https`, or `http` on this machine where that is allowed.
pub(super) fn read_for_browser(text: &str, allow_loopback: bool) -> Result<String, FetchError> {
    let (url, host) = parse(text)?;
    let is_loopback = match host {
        Host::Address(address) => special_use(address) == Some(SpecialUse::Loopback),
        Host::Name(name) => is_localhost(&name),
    };
    if url.scheme() == "https" || (is_loopback && allow_loopback) {
        // As it was written, where that can be: providers compare it.
        Ok(if text.is_ascii() { text.to_owned() } else { url.into() })
    } else {
        Err(FetchError::Scheme { scheme: url.scheme().to_owned() })
    }
}

fn parse(text: &str) -> Result<(Url, Host), FetchError> {
    let unreadable = || FetchError::Address { text: text.chars().filter(|c| !c.is_control()).take(200).collect() };
    // `Url` leaves line breaks and tabs out, and what was written would go into a header with them.
    if text.len() > LENGTH || text.contains(|sign: char| sign.is_control() || sign.is_whitespace()) {
        return Err(unreadable());
    }
    let url = Url::parse(text).map_err(|_| unreadable())?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(FetchError::Scheme { scheme: url.scheme().chars().take(20).collect() });
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(FetchError::Credentials);
    }
    let host = Host::of(&url).ok_or_else(unreadable)?;
    Ok((url, host))
}

/// RFC 6761, section 6.3.
pub(super) fn is_localhost(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
    name == "localhost" || name.ends_with(".localhost")
}

/// The type that `Url` has for it is of a crate beneath.
enum Host {
    Name(String),
    Address(IpAddr),
}

impl Host {
    fn of(url: &Url) -> Option<Self> {
        let text = url.host_str().filter(|host| !host.is_empty())?;
        let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
        Some(bare.parse().map_or_else(|_| Self::Name(text.to_owned()), Self::Address))
    }
}
