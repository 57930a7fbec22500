//! What stands behind the question mark of an address.

use std::borrow::Cow;

use axum::{
    extract::{FromRequestParts, Query},
    http::request::Parts,
};
use percent_encoding::percent_decode_str;
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

/// Names and values, in their order.
pub type Pairs<'a> = Vec<(Cow<'a, str>, Cow<'a, str>)>;

/// The pairs of a query, decoded; none where it is not UTF-8. Who decodes that puts a replacement character in its place,
/// and would look for it.
#[must_use]
pub fn pairs(query: &str) -> Option<Pairs<'_>> {
    let is_text = query.split(['&', '=']).all(|part| percent_decode_str(part).decode_utf8().is_ok());
    is_text.then(|| form_urlencoded::parse(query.as_bytes()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_are_no_text_are_told() {
        for text in ["", "q=a+b&c", "q=%C3%a9", "q=é", "q=100%", "q=%zz", "q=%25FF", "%E2%9C%93=1"] {
            assert!(pairs(text).is_some(), "{text}");
        }
        for bytes in ["q=%FF", "%ff=1", "q=%C3", "q=%C3&a=%A9", "q=%C3+%A9", "q=%ED%A0%80"] {
            assert_eq!(pairs(bytes), None, "{bytes}");
        }
    }
}
