//! The fields of a message, read strictly: a field that stands there twice would be read as one by us and as the other
//! by whoever checks it.

use axum::{
    Form, RequestExt as _,
    extract::{FromRequest, Query, Request},
};
use rowhouse_app::error::PageError;
use rowhouse_platform::sso::{Reason, Refused};

/// The fields of a form or a query.
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    /// The field `name`; none where it does not stand there.
    ///
    /// # Errors
    /// The refusal of a field that stands there several times.
    pub(super) fn one(&self, name: &str) -> Result<Option<&str>, Refused> {
        let mut values = self.0.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str());
        let value = values.next();
        if values.next().is_some() {
            let words = format!("The message has the field {name} several times. It may stand there once.");
            return Err(Refused::new(Reason::Malformed, words));
        }
        Ok(value)
    }
}

impl<S: Send + Sync> FromRequest<S> for Fields {
    type Rejection = PageError;

    async fn from_request(request: Request, state: &S) -> Result<Self, PageError> {
        let unreadable = || PageError::BadRequest("The fields of the message cannot be read.".to_owned());
        if request.method() == axum::http::Method::POST {
            let Form(fields) = request
                .extract_with_state(state)
                .await
                .map_err(|_: axum::extract::rejection::FormRejection| unreadable())?;
            return Ok(Self(fields));
        }
        let Query(fields) = Query::try_from_uri(request.uri()).map_err(|_| unreadable())?;
        Ok(Self(fields))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_stands_there_once() {
        let fields = |names: &[&str]| Fields(names.iter().map(|name| ((*name).to_owned(), "x".to_owned())).collect());
        assert_eq!(fields(&["SAMLResponse", "other", "other"]).one("SAMLResponse").unwrap(), Some("x"));
        assert_eq!(fields(&["other"]).one("SAMLResponse").unwrap(), None);
        let twice = fields(&["SAMLResponse", "RelayState", "SAMLResponse"]).one("SAMLResponse").unwrap_err();
        assert_eq!(twice.reason, Reason::Malformed);
    }
}
