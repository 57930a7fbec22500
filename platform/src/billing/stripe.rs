//! Stripe's REST API: forms in, JSON out, and an Idempotency-Key with everything that changes something.

use std::fmt;

use http::{HeaderMap, Method, Request, header};
use serde_json::Value;
use time::{Duration, OffsetDateTime, PrimitiveDateTime, macros::format_description};

use crate::fetch::{FetchError, Fetcher};

/// The version of the API that requests are written for.
const VERSION: &str = "2025-03-31.basil";

/// Pairs of a form, nested as Stripe nests them: `items[0][price]`.
pub(super) type Form = Vec<(String, String)>;

/// Why Stripe did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StripeError {
    /// It could not be reached, or its answer did not arrive.
    #[error("Stripe could not be reached: {0}")]
    Unreachable(#[from] FetchError),
    /// It refuses this request, and would refuse it again.
    #[error("Stripe refuses it: {message} ({})", .code.as_deref().unwrap_or("no code"))]
    Refused {
        /// The status of the answer.
        status: u16,
        /// Its word for why.
        code: Option<String>,
        /// The same for people.
        message: String,
    },
    /// The key is wrong, or may not do this.
    #[error("Stripe does not accept the secret key for this: {0}")]
    Key(String),
    /// It wants to be asked again later.
    #[error("Stripe wants to be asked more slowly")]
    Busy {
        /// When, if it said so.
        after: Option<Duration>,
    },
    /// Something went wrong at Stripe.
    #[error("Stripe answered with {status}")]
    Broken {
        /// The status of the answer.
        status: u16,
        /// Whether it will give this same answer to this key again.
        is_kept: bool,
    },
    /// The answer is none of Stripe's.
    #[error("what Stripe answered cannot be read")]
    Unreadable,
}

impl StripeError {
    /// Whether the key stands for another request already: what is asked for now goes by how things are now.
    pub(super) fn is_of_another_request(&self) -> bool {
        matches!(self, Self::Refused { code: Some(code), .. } if code == "idempotency_error")
    }

    /// Whether it may have been done all the same.
    pub fn is_uncertain(&self) -> bool {
        match self {
            Self::Unreachable(error) => {
                !matches!(error, FetchError::Setup(_) | FetchError::Unresolved { .. } | FetchError::Tls { .. })
            }
            Self::Broken { .. } | Self::Unreadable => true,
            Self::Refused { .. } | Self::Key(_) | Self::Busy { .. } => false,
        }
    }
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answer {
    /// The object.
    pub(super) body: Value,
    /// When it was said, by Stripe's clock. None where it is not known: an answer that was kept under its key and is given
    /// once more says how the object stood the first time.
    pub(super) said_at: Option<OffsetDateTime>,
}

impl Answer {
    /// A text of the object.
    pub(super) fn text(&self, name: &str) -> Result<String, StripeError> {
        self.body[name].as_str().map(ToOwned::to_owned).ok_or(StripeError::Unreadable)
    }
}

/// The way to the API. Cheap to clone.
#[derive(Clone)]
pub struct Stripe {
    fetcher: Fetcher,
    api: String,
    key: String,
}

impl fmt::Debug for Stripe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stripe").field("api", &self.api).finish_non_exhaustive()
    }
}

impl Stripe {
    pub(super) fn new(fetcher: Fetcher, api: &str, key: &str) -> Self {
        Self { fetcher, api: api.trim_end_matches('/').to_owned(), key: key.to_owned() }
    }

    /// Fetches an object.
    pub(super) async fn get(&self, path: &str) -> Result<Answer, StripeError> {
        self.ask(Method::GET, path, &Form::new(), None).await
    }

    /// Makes or changes an object, once for each key.
    pub(super) async fn post(&self, path: &str, form: &Form, key: &str) -> Result<Answer, StripeError> {
        self.ask(Method::POST, path, form, Some(key)).await
    }

    /// Ends an object.
    pub(super) async fn delete(&self, path: &str, key: &str) -> Result<Answer, StripeError> {
        self.ask(Method::DELETE, path, &Form::new(), Some(key)).await
    }

    async fn ask(&self, method: Method, path: &str, form: &Form, key: Option<&str>) -> Result<Answer, StripeError> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.api))
            .header(header::AUTHORIZATION, format!("Bearer {}", self.key))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("Stripe-Version", VERSION);
        if let Some(key) = key {
            request = request.header("Idempotency-Key", key);
        }
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let request = request.body(body.into_bytes()).map_err(|error| FetchError::Setup(error.to_string()))?;
        let (parts, body) = self.fetcher.send(request).await?.into_parts();
        let body: Option<Value> = serde_json::from_slice(&body).ok();
        let status = parts.status.as_u16();
        let is_kept = said(&parts.headers, "idempotent-replayed") == Some("true");
        if parts.status.is_success() {
            let body = body.filter(Value::is_object).ok_or(StripeError::Unreadable)?;
            return Ok(Answer { body, said_at: date(&parts.headers).filter(|_| !is_kept) });
        }
        let error = body.as_ref().map_or(&Value::Null, |body| &body["error"]);
        let message: String = error["message"]
            .as_str()
            .unwrap_or("no reason given")
            .chars()
            .filter(|c| !c.is_control())
            .take(400)
            .collect();
        Err(match status {
            401 | 403 => StripeError::Key(message),
            // 409: a request with the same key is under way.
            409 | 429 => StripeError::Busy { after: retry_after(&parts.headers) },
            400..=499 => {
                let code = error["code"].as_str().or(error["type"].as_str());
                StripeError::Refused { status, code: code.map(|code| code.chars().take(80).collect()), message }
            }
            _ => StripeError::Broken { status, is_kept },
        })
    }
}

fn said<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds: u32 = said(headers, "retry-after")?.trim().parse().ok()?;
    Some(Duration::seconds(i64::from(seconds.min(3600))))
}

/// RFC 9110, section 5.6.7: `Sun, 06 Nov 1994 08:49:37 GMT`.
fn date(headers: &HeaderMap) -> Option<OffsetDateTime> {
    let form =
        format_description!("[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT");
    PrimitiveDateTime::parse(said(headers, "date")?, form).ok().map(PrimitiveDateTime::assume_utc)
}

/// Builds a form.
pub(super) fn form<const N: usize>(pairs: [(&str, &str); N]) -> Form {
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn the_date_is_read() {
        let mut headers = HeaderMap::new();
        assert_eq!(date(&headers), None);
        headers.insert("date", "Sun, 06 Nov 1994 08:49:37 GMT".parse().unwrap());
        assert_eq!(date(&headers), Some(datetime!(1994-11-06 08:49:37 UTC)));
        headers.insert("date", "yesterday".parse().unwrap());
        assert_eq!(date(&headers), None);
    }

    #[test]
    fn what_may_have_been_done_is_uncertain() {
        let slow = FetchError::Slow { host: "api.stripe.com".to_owned(), seconds: 20 };
        assert!(StripeError::from(slow).is_uncertain());
        assert!(StripeError::Broken { status: 500, is_kept: false }.is_uncertain());
        assert!(!StripeError::Busy { after: None }.is_uncertain());
        assert!(!StripeError::from(FetchError::Unresolved { host: "api.stripe.com".to_owned() }).is_uncertain());
    }
}
