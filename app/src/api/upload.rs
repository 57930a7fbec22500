//! What comes in as a form with files, and is read part by part by whoever asked for it.

use axum::{
    extract::{FromRequest, Request},
    http::header,
};

use super::{Kind, Problem};
use crate::ui::FormParts;

/// A form with files (`multipart/form-data`). Nothing of it is read yet.
pub struct Upload(pub FormParts);

impl<S: Send + Sync> FromRequest<S> for Upload {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        if !kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("multipart/form-data") {
            let words = "Send a form with the file, with Content-Type: multipart/form-data.";
            return Err(Problem::saying(Kind::UnsupportedMediaType, words));
        }
        Ok(Self(FormParts::from_request(request, state).await?))
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    #[tokio::test]
    async fn only_forms_bring_files() {
        let of = async |kind: &str| {
            let request = Request::builder().header("content-type", kind).body(Body::empty()).unwrap();
            Upload::from_request(request, &()).await.map(|_| ()).map_err(|problem| problem.kind)
        };
        assert_eq!(of("Multipart/Form-Data; boundary=b").await, Ok(()));
        assert_eq!(of("multipart/form-data").await, Err(Kind::BadRequest), "no boundary");
        for other in ["application/json", "text/csv", ""] {
            assert_eq!(of(other).await, Err(Kind::UnsupportedMediaType), "{other}");
        }
    }
}
