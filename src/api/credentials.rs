//! What a request for an access token shows: the id of a key and its secret, in one of the two ways (RFC 6749, section
//! 2.3.1).

use axum::http::{HeaderMap, header};
use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use rowhouse_platform::access::api_key::{ApiKeyId, KeyToken};

use super::bearer::single;

/// Why they are not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wrong {
    /// They stand in both ways, or in one of them twice, or cannot be read: the request is wrong.
    Request,
    /// They are missing, or are no id and secret of a key.
    Client,
}

/// The fields of the form, each at most once.
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    /// Reads a form; none where a field stands there twice (RFC 6749, section 3.2).
    pub(super) fn read(body: &[u8]) -> Option<Self> {
        let fields: Vec<(String, String)> = form_urlencoded::parse(body).into_owned().collect();
        let is_once = |(at, (name, _)): (usize, &(String, String))| fields[..at].iter().all(|(other, _)| other != name);
        fields.iter().enumerate().all(is_once).then_some(Self(fields))
    }

    /// A field, if it says something.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, value)| key == name && !value.is_empty()).map(|(_, value)| value.as_str())
    }
}

/// The id and secret of a key.
pub(super) fn read(headers: &HeaderMap, fields: &Fields) -> Result<(ApiKeyId, KeyToken), Wrong> {
    let authorization = single(headers, header::AUTHORIZATION.as_str()).map_err(|_| Wrong::Request)?;
    let posted = fields.get("client_secret");
    let (id, secret) = match (authorization, posted) {
        (Some(_), Some(_)) => return Err(Wrong::Request),
        (Some(value), None) => {
            let (id, secret) = basic(value).ok_or(Wrong::Client)?;
            if fields.get("client_id").is_some_and(|named| named != id) {
                return Err(Wrong::Request);
            }
            (id, secret)
        }
        (None, Some(secret)) => (fields.get("client_id").ok_or(Wrong::Client)?.to_owned(), secret.to_owned()),
        (None, None) => return Err(Wrong::Client),
    };
    let id = id.parse().map_err(|_| Wrong::Client)?;
    Ok((id, KeyToken::parse(&secret).ok_or(Wrong::Client)?))
}

/// `Basic`, both parts encoded as in forms before.
fn basic(value: &str) -> Option<(String, String)> {
    let (scheme, encoded) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(BASE64.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    let decode =
        |part: &str| form_urlencoded::parse(format!("v={part}").as_bytes()).next().map(|(_, value)| value.into_owned());
    Some((decode(id)?, decode(secret)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "key_01m7pt4xtgfv4v4b4yswcshy0c";

    fn fields(text: &str) -> Fields {
        Fields::read(text.as_bytes()).unwrap()
    }

    fn with(authorization: &str) -> HeaderMap {
        HeaderMap::from_iter([(header::AUTHORIZATION, authorization.parse().unwrap())])
    }

    #[test]
    fn a_field_stands_there_once() {
        assert!(Fields::read(b"grant_type=a&grant_type=a").is_none());
        assert_eq!(fields("scope=a+b&empty=").get("scope"), Some("a b"));
        assert_eq!(fields("empty=").get("empty"), None);
    }

    #[test]
    fn one_way_is_enough_and_two_are_too_many() {
        let basic = with(&format!("Basic {}", BASE64.encode(format!("{ID}:wrong"))));
        assert_eq!(read(&HeaderMap::new(), &fields("")).unwrap_err(), Wrong::Client);
        assert_eq!(read(&basic, &fields("")).unwrap_err(), Wrong::Client, "it is no secret of a key");
        assert_eq!(read(&basic, &fields("client_secret=x")).unwrap_err(), Wrong::Request);
        assert_eq!(read(&basic, &fields("client_id=other")).unwrap_err(), Wrong::Request);
        assert_eq!(read(&with("Bearer x"), &fields("")).unwrap_err(), Wrong::Client);
        assert_eq!(read(&HeaderMap::new(), &fields("client_secret=x")).unwrap_err(), Wrong::Client);
    }

    #[test]
    fn basic_is_decoded() {
        let of = |text: &str| super::basic(&format!("Basic {}", BASE64.encode(text)));
        assert_eq!(of("a%5fb:c%3A"), Some(("a_b".to_owned(), "c:".to_owned())));
        assert_eq!(of("ab"), None);
        assert_eq!(super::basic("Basic !"), None);
    }
}
