//! `GET /.well-known/jwks.json`: the public keys that access tokens are signed with.

use axum::{
    http::header,
    response::{IntoResponse, Response},
};
use rowhouse_app::{api::Problem, context::Context};

pub(super) async fn show(context: Context) -> Result<Response, Problem> {
    let keys = context.services.signing_keys.jwks().await.map_err(Problem::internal)?;
    let headers = [(header::CONTENT_TYPE, "application/jwk-set+json"), (header::CACHE_CONTROL, "public, max-age=300")];
    Ok((headers, keys.to_string()).into_response())
}
