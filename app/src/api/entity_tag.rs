//! Versions: `ETag`, `If-Match` and `If-None-Match` (RFC 9110, sections 8.8.3 and 13.1).

use std::hash::{DefaultHasher, Hasher as _};

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderName, HeaderValue, header, request::Parts},
    response::{IntoResponseParts, ResponseParts},
};

use super::{Kind, Problem};

/// The version of a representation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ETag {
    opaque: Box<str>,
    is_weak: bool,
}

impl ETag {
    /// A version that is a number: `"12"`.
    pub fn version(version: i64) -> Self {
        Self { opaque: version.to_string().into(), is_weak: false }
    }

    /// A version, and behind it what tells this one representation apart from others of the same version:
    /// `"12.8f2a5c09d1e37b64"`. Where a change names it, the version counts ([`IfMatch::version`]).
    pub fn of(version: i64, representation: &[u8]) -> Self {
        let mut hash = DefaultHasher::new();
        hash.write(representation);
        Self { opaque: format!("{version}.{:016x}", hash.finish()).into(), is_weak: false }
    }

    /// Another: letters, digits, `-`, `_` and `.`; others are left out.
    pub fn strong(opaque: &str) -> Self {
        let good = |sign: &char| sign.is_ascii_alphanumeric() || "-_.".contains(*sign);
        Self { opaque: opaque.chars().filter(good).collect(), is_weak: false }
    }

    /// The same for a representation that is equal in meaning only: it is good for reading, and not for changing.
    #[must_use]
    pub fn weak(self) -> Self {
        Self { is_weak: true, ..self }
    }

    /// As a header's value.
    pub fn value(&self) -> HeaderValue {
        let weak = if self.is_weak { "W/" } else { "" };
        // It consists of what may stand there.
        HeaderValue::from_str(&format!("{weak}\"{}\"", self.opaque)).unwrap_or(HeaderValue::from_static("\"\""))
    }

    fn read(text: &str) -> Option<Self> {
        let (is_weak, rest) = text.strip_prefix("W/").map_or((false, text), |rest| (true, rest));
        let opaque = rest.strip_prefix('"')?.strip_suffix('"')?;
        let good = |byte: u8| byte == 0x21 || (0x23..=0x7e).contains(&byte);
        opaque.bytes().all(good).then(|| Self { opaque: opaque.into(), is_weak })
    }
}

impl IntoResponseParts for ETag {
    type Error = std::convert::Infallible;

    fn into_response_parts(self, mut parts: ResponseParts) -> Result<ResponseParts, Self::Error> {
        parts.headers_mut().insert(header::ETAG, self.value());
        Ok(parts)
    }
}

#[derive(Debug, Clone)]
enum Wanted {
    Unsaid,
    Any,
    These(Vec<ETag>),
}

fn wanted(headers: &HeaderMap, name: &HeaderName) -> Result<Wanted, Problem> {
    let bad = || Problem::bad_request(format!("{name} must be *, or entity tags such as \"12\", with commas between."));
    let mut tags = Vec::new();
    for value in headers.get_all(name) {
        let text = value.to_str().map_err(|_| bad())?.trim();
        if text == "*" {
            return Ok(Wanted::Any);
        }
        // Ours have no comma in them, so no tag is cut in two that could match.
        for tag in text.split(',') {
            tags.push(ETag::read(tag.trim()).ok_or_else(bad)?);
        }
    }
    Ok(if tags.is_empty() { Wanted::Unsaid } else { Wanted::These(tags) })
}

/// Which version a program means to change.
#[derive(Debug, Clone)]
pub struct IfMatch(Wanted);

impl IfMatch {
    /// That it was said.
    ///
    /// # Errors
    /// [`Kind::PreconditionRequired`].
    pub fn required(&self) -> Result<(), Problem> {
        match self.0 {
            Wanted::Unsaid => Err(Problem::new(Kind::PreconditionRequired)),
            Wanted::Any | Wanted::These(_) => Ok(()),
        }
    }

    /// The number of the version that is meant, for a change that compares it itself; none: any.
    ///
    /// # Errors
    /// [`Kind::PreconditionFailed`] where it is no number, or only weak; [`Kind::BadRequest`] for several.
    pub fn version(&self) -> Result<Option<i64>, Problem> {
        match &self.0 {
            Wanted::Unsaid | Wanted::Any => Ok(None),
            Wanted::These(tags) => match tags.as_slice() {
                [tag] => {
                    let number = tag.opaque.split_once('.').map_or(&*tag.opaque, |(number, _)| number);
                    match number.parse::<i64>() {
                        Ok(version) if !tag.is_weak && version.to_string() == number => Ok(Some(version)),
                        _ => Err(Problem::new(Kind::PreconditionFailed)),
                    }
                }
                _ => Err(Problem::bad_request("If-Match must name one version.")),
            },
        }
    }

    /// That the present version is among those that are meant, or none was named. Compared strongly.
    ///
    /// # Errors
    /// [`Kind::PreconditionFailed`].
    pub fn check(&self, present: &ETag) -> Result<(), Problem> {
        match &self.0 {
            Wanted::Unsaid | Wanted::Any => Ok(()),
            Wanted::These(tags) if !present.is_weak && tags.contains(present) => Ok(()),
            Wanted::These(_) => Err(Problem::changed(present.clone())),
        }
    }
}

/// Which versions a program has already.
#[derive(Debug, Clone)]
pub struct IfNoneMatch(Wanted);

impl IfNoneMatch {
    /// Whether it has the present one, so that 304 is answer enough. Compared weakly.
    pub fn has(&self, present: &ETag) -> bool {
        match &self.0 {
            Wanted::Unsaid => false,
            Wanted::Any => true,
            Wanted::These(tags) => tags.iter().any(|tag| tag.opaque == present.opaque),
        }
    }
}

impl<S: Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        wanted(&parts.headers, &header::IF_MATCH).map(Self)
    }
}

impl<S: Sync> FromRequestParts<S> for IfNoneMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        wanted(&parts.headers, &header::IF_NONE_MATCH).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Wanted, Problem> {
        let mut headers = HeaderMap::new();
        if !text.is_empty() {
            headers.insert(header::IF_MATCH, text.parse().unwrap());
        }
        wanted(&headers, &header::IF_MATCH)
    }

    #[test]
    fn a_change_needs_the_very_version() {
        let if_match = |text| IfMatch(read(text).unwrap());
        let present = ETag::version(12);
        assert_eq!(if_match("\"12\"").version().unwrap(), Some(12));
        assert_eq!(if_match("*").version().unwrap(), None);
        assert!(if_match("").required().is_err() && if_match("*").required().is_ok());
        assert!(if_match("\"11\", \"12\"").check(&present).is_ok());
        for other in ["\"11\"", "W/\"12\"", "\"012\"", "\"\"", "\"+12\""] {
            assert_eq!(if_match(other).check(&present).unwrap_err().kind, Kind::PreconditionFailed, "{other}");
        }
        for no_number in ["W/\"12\"", "\"012\"", "\"+12\"", "\"x\"", "\"99999999999999999999\""] {
            assert_eq!(if_match(no_number).version().unwrap_err().kind, Kind::PreconditionFailed, "{no_number}");
        }
        assert_eq!(if_match("\"1\", \"2\"").version().unwrap_err().kind, Kind::BadRequest);
        assert!(if_match("\"12\"").check(&present.weak()).is_err(), "a weak version is good for no change");
    }

    #[test]
    fn what_a_representation_is_told_apart_by_does_not_matter_to_a_change() {
        let (one, other) = (ETag::of(12, b"one"), ETag::of(12, b"other"));
        assert!(one != other && one == ETag::of(12, b"one"));
        let sent = one.value();
        assert_eq!(IfMatch(read(sent.to_str().unwrap()).unwrap()).version().unwrap(), Some(12));
        assert!(!IfNoneMatch(read(sent.to_str().unwrap()).unwrap()).has(&other));
    }

    #[test]
    fn reading_is_content_with_the_same_meaning() {
        let if_none_match = |text| IfNoneMatch(read(text).unwrap());
        let present = ETag::version(12).weak();
        assert!(if_none_match("\"12\"").has(&present) && if_none_match("*").has(&present));
        assert!(if_none_match("W/\"9\", W/\"12\"").has(&present));
        assert!(!if_none_match("\"9\"").has(&present) && !if_none_match("").has(&present));
    }

    #[test]
    fn what_is_no_tag_is_said_to_be_none() {
        for bad in ["12", "\"12", "w/\"12\"", "\"a\" \"b\"", "\"a\"b\"", ","] {
            assert!(read(bad).is_err(), "{bad}");
        }
        assert_eq!(ETag::strong("a\"b,\r\nc-1").value(), "\"abc-1\"");
    }
}
