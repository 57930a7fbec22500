//! `GET /avatar/{account}/{hash}.png`: a person's picture, for the people of the same workspace.

use axum::{
    extract::Path,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use rowhouse_platform::{access::SignedIn, id::AccountId, identity::profile};

use crate::{access::Allowed, error::PageError};

pub(super) async fn show(
    Path((account, hash)): Path<(String, String)>,
    Allowed(mut permit): Allowed<SignedIn>,
) -> Result<Response, PageError> {
    // An id that is none answers as an account that does not exist.
    let account: AccountId = account.parse().map_err(|_| PageError::NotFound)?;
    let png = profile::avatar_png(&mut permit, account, hash.trim_end_matches(".png")).await?;
    permit.commit().await?;
    let png = png.ok_or(PageError::NotFound)?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("image/png")),
        // The address changes with the picture. Kept by the browser alone.
        (header::CACHE_CONTROL, HeaderValue::from_static("private, max-age=31536000, immutable")),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox")),
    ];
    Ok((headers, png).into_response())
}
