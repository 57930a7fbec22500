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
