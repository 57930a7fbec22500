//! `GET /api/v1/me`: which key this is, of which workspace, and what it may do.

use axum::{Json, response::Response};
use rowhouse_app::{
    access::catalogue,
    api::{Api, Problem},
};
use rowhouse_platform::access::{UseApi, api_key};
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;

/// Who asks, and what they may do.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Me {
    key: Key,
    owner: Owner,
    tenant: Tenant,
    /// The names of the permissions that the key has and its owner holds at this moment; with an access token, those of
    /// its scope.
    #[schema(example = json!(["ticket.read", "ticket.write"]))]
    permissions: Vec<&'static str>,
}

/// The API key.
#[derive(Debug, Serialize, ToSchema)]
struct Key {
    #[schema(example = "key_01m7pt4xtgfv4v4b4yswcshy0c")]
    id: String,
    /// What its owner calls it.
    name: String,
    /// When it ends by itself.
    #[serde(with = "time::serde::rfc3339::option")]
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<OffsetDateTime>,
}

/// The person that the key acts for.
#[derive(Debug, Serialize, ToSchema)]
struct Owner {
    #[schema(example = "usr_01m7pt4xtgfv4v4b4yswcshy0c")]
    id: String,
    name: String,
}

/// The workspace.
#[derive(Debug, Serialize, ToSchema)]
struct Tenant {
    #[schema(example = "ten_01m7pt4xtgfv4v4b4yswcshy0c")]
    id: String,
    /// Its name in the host.
    #[schema(example = "acme")]
    slug: String,
    name: String,
}

/// Ask which key this is, of which workspace, and what it may do.
#[utoipa::path(
    get,
    path = "/api/v1/me",
    tag = "Key",
    operation_id = "getMe",
    responses((status = 200, description = "The key.", body = Me))
)]
pub(super) async fn show(api: Api<UseApi>) -> Result<Response, Problem> {
    let principal = api.principal();
    let key = principal.via().ok_or_else(|| Problem::internal("a request to the API without a key"))?;
    let tenant = api.context().tenant()?;
    let me = Me {
        key: Key { id: key.id.to_string(), name: key.name.clone(), expires_at: key.expires_at },
        owner: Owner { id: principal.account.to_string(), name: principal.name.clone() },
        tenant: Tenant { id: tenant.home.id().to_string(), slug: tenant.slug.clone(), name: tenant.name.clone() },
        permissions: catalogue()
            .iter()
            .filter(|info| api_key::offered(info) && principal.grants.hold(info))
            .map(|info| info.name)
            .collect(),
    };
    api.answer(Json(me)).await
}
