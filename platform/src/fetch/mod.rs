//! The one client for addresses that tenants supply: an issuer, the address of metadata.
//!
//! Whoever may write an address into a form must not reach what only this server reaches. So:
//!
//! - `https` only; `http` for this very machine, where development allows that at all ([`FetchSettings`]);
//! - no special-use address ([`address`]), neither written out, in whatever spelling, nor behind a name: every answer of
//!   DNS has to be public, and connections go to the addresses that were checked, so that a name that changes its
//!   meaning between two questions gains nothing ([`resolver`]);
//! - no port below 1024 but 443: what listens there is no identity provider;
//! - no redirects, no proxy, no cookies, no credentials in addresses;
//! - a limit for the time of the whole exchange, and one for the bytes of the answer, which is taken uncompressed.
//!
//! What is wrong with an address is said in words for who wrote it: [`FetchError`].

pub mod address;
mod error;
mod resolver;
mod target;
#[cfg(test)]
mod tests;
pub(crate) mod tls;

use std::{fmt, time::Duration};

use reqwest::{Client, Method, Request, Response, Url, header, redirect::Policy};

pub use self::error::FetchError;
use self::{resolver::GuardedResolver, target::Target};

/// What the client may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FetchSettings {
    /// Whether it may reach this machine itself: for development.
    pub allow_loopback: bool,
    /// How long an exchange may take, from the question to DNS to the last byte.
    pub timeout: Duration,
    /// Most bytes of an answer.
    pub max_bytes: usize,
}

impl FetchSettings {
    /// Ten seconds and one mebibyte.
    pub const fn new(allow_loopback: bool) -> Self {
        Self { allow_loopback, timeout: Duration::from_secs(10), max_bytes: 1024 * 1024 }
    }
}

/// What was fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// The answer.
    pub body: Vec<u8>,
    /// What it says it is.
    pub content_type: Option<String>,
}

/// The client. Cheap to clone.
#[derive(Clone)]
pub struct Fetcher {
    client: Client,
    settings: FetchSettings,
}

impl fmt::Debug for Fetcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fetcher").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl Fetcher {
    /// A client that trusts the certificate authorities of the system.
    ///
    /// # Errors
    /// [`FetchError::Setup`].
    pub fn new(settings: &FetchSettings) -> Result<Self, FetchError> {
        let client = Client::builder()
            .tls_backend_preconfigured(tls::config()?)
            .dns_resolver(GuardedResolver::new(settings.allow_loopback))
            .redirect(Policy::none())
            .no_proxy()
            .retry(reqwest::retry::never())
            .referer(false)
            // The features are off; other crates of a builder's product may turn them on.
            .no_gzip()
            .no_brotli()
            .no_zstd()
            .no_deflate()
            .connect_timeout(settings.timeout / 2)
            .pool_idle_timeout(Duration::from_secs(30))
            .pool_max_idle_per_host(8)
            .user_agent("Rowhouse")
            .build()
            .map_err(|error| FetchError::Setup(error::causes(&error)))?;
        Ok(Self { client, settings: *settings })
    }

    /// Whether an address may be fetched, as far as that can be told without asking anybody: for forms.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check_url(&self, url: &str) -> Result<(), FetchError> {
        Target::read(url, self.settings.allow_loopback).map(drop)
    }

    /// Whether an address may be given to browsers: like [`check_url`](Self::check_url), but it may be in a network that
    /// only they reach. Answers it as it may stand in a header: the same, unless it has other letters than those of ASCII.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check_browser_url(&self, url: &str) -> Result<String, FetchError> {
        target::read_for_browser(url, self.settings.allow_loopback)
    }

    /// Fetches an address.
    ///
    /// # Errors
    /// [`FetchError`]; an answer that is no success is one, too.
    pub async fn get(&self, url: &str) -> Result<Fetched, FetchError> {
        let target = Target::read(url, self.settings.allow_loopback)?;
        let request = Request::new(Method::GET, target.url.clone());
        let response = self.exchange(&target, request).await?;
        if !response.status().is_success() {
            return Err(FetchError::Status { status: response.status().as_u16() });
        }
        let content_type = response.headers().get(header::CONTENT_TYPE);
        let content_type = content_type.and_then(|value| value.to_str().ok()).map(ToOwned::to_owned);
        Ok(Fetched { body: response.into_body(), content_type })
    }

    /// Sends a request; the answer may be no success.
    ///
    /// # Errors
    /// [`FetchError`].
    pub async fn send(&self, request: http::Request<Vec<u8>>) -> Result<http::Response<Vec<u8>>, FetchError> {
        let target = Target::read(&request.uri().to_string(), self.settings.allow_loopback)?;
        let (parts, body) = request.into_parts();
        let mut request = Request::new(parts.method, target.url.clone());
        *request.headers_mut() = parts.headers;
        if !body.is_empty() {
            *request.body_mut() = Some(body.into());
        }
        self.exchange(&target, request).await
    }

    async fn exchange(&self, target: &Target, mut request: Request) -> Result<http::Response<Vec<u8>>, FetchError> {
        request.headers_mut().insert(header::ACCEPT_ENCODING, header::HeaderValue::from_static("identity"));
        let all = async {
            let response = self.client.execute(request).await.map_err(|error| FetchError::of(&error, &target.host))?;
            self.take(target, response).await
        };
        match tokio::time::timeout(self.settings.timeout, all).await {
            Ok(answer) => answer,
            Err(_) => Err(FetchError::Slow { host: target.host.clone(), seconds: self.settings.timeout.as_secs() }),
        }
    }

    async fn take(&self, target: &Target, mut response: Response) -> Result<http::Response<Vec<u8>>, FetchError> {
        let (status, most) = (response.status(), self.settings.max_bytes);
        if status.is_redirection() {
            return Err(self.redirected(&target.url, response.headers().get(header::LOCATION)));
        }
        let encoding = response.headers().get(header::CONTENT_ENCODING);
        if let Some(encoding) = encoding.filter(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity")) {
            let encoding = String::from_utf8_lossy(encoding.as_bytes()).chars().take(40).collect();
            return Err(FetchError::Compressed { encoding });
        }
        let too_large = FetchError::TooLarge { kib: most / 1024 };
        if response.content_length().is_some_and(|length| length > most as u64) {
            return Err(too_large);
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| FetchError::of(&error, &target.host))? {
            if body.len() + chunk.len() > most {
                return Err(too_large);
            }
            body.extend_from_slice(&chunk);
        }
        let mut answer = http::Response::new(body);
        *answer.status_mut() = status;
        *answer.headers_mut() = std::mem::take(response.headers_mut());
        Ok(answer)
    }

    fn redirected(&self, from: &Url, to: Option<&header::HeaderValue>) -> FetchError {
        let to = to.map(|to| String::from_utf8_lossy(to.as_bytes()).into_owned()).unwrap_or_default();
        let to = from.join(&to).map_or(to, |to| to.to_string());
        let shown = to.chars().filter(|c| !c.is_control()).take(300).collect();
        match self.check_url(&to) {
            Ok(()) => FetchError::Redirect { to: shown },
            Err(why) => FetchError::RedirectRefused { to: shown, why: why.to_string() },
        }
    }
}
