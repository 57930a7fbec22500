//! What stands behind the question mark of an address.

use axum::{
    extract::{FromRequestParts, Query},
    http::request::Parts,
};
use serde::de::DeserializeOwned;

use crate::error::PageError;

/// The fields of a query. What cannot be read is a bad request, which says why. Stands after the permission among a
/// handler's arguments: whoever may not come in is told so first.
pub struct QueryFields<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for QueryFields<T> {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, PageError> {
        match Query::try_from_uri(&parts.uri) {
            Ok(Query(fields)) => Ok(Self(fields)),
            Err(error) => Err(PageError::BadRequest(format!("{}.", error.body_text()))),
        }
    }
}

/// Whether a query is text once it is decoded. Who reads it puts a replacement character for what is none, and would look
/// for that.
#[must_use]
pub fn is_utf8(query: &str) -> bool {
    query.split(['&', '=']).all(|part| std::str::from_utf8(&decoded(part)).is_ok())
}

/// The bytes that percent signs stand for. A percent sign without two digits behind it stands for itself.
fn decoded(part: &str) -> Vec<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let (mut bytes, mut rest) = (Vec::with_capacity(part.len()), part.as_bytes());
    while let [byte, after @ ..] = rest {
        let coded = match after {
            [high, low, ..] if *byte == b'%' => digit(*high).zip(digit(*low)),
            _ => None,
        };
        bytes.push(coded.map_or(*byte, |(high, low)| (high << 4) | low));
        rest = if coded.is_some() { &after[2..] } else { after };
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_are_no_text_are_told() {
        for text in ["", "q=a+b&c", "q=%C3%a9", "q=é", "q=100%", "q=%zz", "q=%25FF", "%E2%9C%93=1"] {
            assert!(is_utf8(text), "{text}");
        }
        for bytes in ["q=%FF", "%ff=1", "q=%C3", "q=%C3&a=%A9", "q=%C3+%A9", "q=%ED%A0%80"] {
            assert!(!is_utf8(bytes), "{bytes}");
        }
    }
}
