//! `GET /sso/{connection}/jwks.json`: the public key with which an `OpenID` provider checks who we are
//! (`private_key_jwt`).

use axum::{
    http::header,
    response::{IntoResponse, Response},
};
use rowhouse_app::{context::Context, error::PageError};
use rowhouse_platform::sso::{Protocol, oidc};

use super::{Named, arrival};

pub(super) async fn show(context: Context, Named(id): Named) -> Result<Response, PageError> {
    let mut tx = context.services.database.begin(&context.tenant()?.home).await?;
    let (connection, secrets) = arrival::connection(&context, &mut tx, id).await?;
    tx.commit().await?;
    let Protocol::Oidc(_) = &connection.protocol else { return Err(PageError::NotFound) };
    let keys = oidc::jwks(&secrets.private_key).map_err(PageError::internal)?;
    let headers = [(header::CONTENT_TYPE, "application/jwk-set+json"), (header::CACHE_CONTROL, "public, max-age=300")];
    Ok((headers, keys.to_string()).into_response())
}
