//! `POST /api/v1/token`: a key is exchanged for an access token (RFC 6749, section 4.4: client credentials).

use axum::{
    body::Bytes,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use rowhouse_app::{
    access::catalogue,
    api::{Problem, over_quota, too_many},
    context::Context,
};
use rowhouse_platform::{
    access::{
        Grants,
        api_key::{self, ApiKeyId, Client, KeyToken},
    },
    access_token::{self, AccessToken},
    tenancy::{Tenant, TenantState},
};
use serde_json::json;

use super::{
    bearer,
    credentials::{self, Fields, Wrong},
};

/// Why there is no token (RFC 6749, section 5.2).
enum Refusal {
    InvalidRequest(&'static str),
    InvalidClient,
    UnauthorizedClient,
    UnsupportedGrantType,
    InvalidScope,
    /// What is no matter of OAuth.
    Problem(Problem),
}

impl<E: Into<Problem>> From<E> for Refusal {
    fn from(error: E) -> Self {
        Self::Problem(error.into())
    }
}

pub(super) async fn issue(context: Context, headers: HeaderMap, body: Bytes) -> Response {
    match try_issue(&context, &headers, &body).await {
        Ok(response) => response,
        Err(refusal) => refusal.into_response(),
    }
}

async fn try_issue(context: &Context, headers: &HeaderMap, body: &[u8]) -> Result<Response, Refusal> {
    if !is_form(headers) {
        return Err(Refusal::InvalidRequest("The body must be a form: application/x-www-form-urlencoded."));
    }
    let fields = Fields::read(body).ok_or(Refusal::InvalidRequest("A field stands there twice."))?;
    match fields.get("grant_type") {
        Some("client_credentials") => {}
        Some(_) => return Err(Refusal::UnsupportedGrantType),
        None => return Err(Refusal::InvalidRequest("There is no grant_type.")),
    }
    let (id, secret) = credentials::read(headers, &fields).map_err(|wrong| match wrong {
        Wrong::Request => {
            Refusal::InvalidRequest("Show id and secret of the key in one way: by Basic, or in the form.")
        }
        Wrong::Client => Refusal::InvalidClient,
    })?;
    let services = &context.services;
    let tenant = bearer::tenant_of(services, &context.site, secret.tenant(), headers).await.map_err(Problem::from)?;
    let tenant = tenant.ok_or(Refusal::InvalidClient)?;
    let client = client(context, &tenant, id, &secret).await?;
    if tenant.state != TenantState::Active {
        return Err(Refusal::UnauthorizedClient);
    }
    let scope = scope(&client.grants, fields.get("scope"))?;
    let token = AccessToken { tenant: tenant.home.id(), key: client.key.id, scope };
    let signed = services.signing_keys.issue(&token).await.map_err(Problem::internal)?;
    Ok(json_answer(
        StatusCode::OK,
        &json!({
            "access_token": signed,
            "token_type": "Bearer",
            "expires_in": access_token::LIFE.whole_seconds(),
            "scope": token.scope.join(" "),
        }),
    ))
}

/// The key, within its quota.
async fn client(context: &Context, tenant: &Tenant, id: ApiKeyId, secret: &KeyToken) -> Result<Client, Refusal> {
    let services = &context.services;
    let (limits, address, now) = (&services.limits, &context.device.address, services.ambient.now());
    limits.guesses_left(address, now).map_err(|verdict| too_many(verdict.seconds()))?;
    let mut tx = services.database.begin(&tenant.home).await?;
    let client = api_key::client(&mut tx, &services.ambient, id, secret).await?;
    tx.commit().await?;
    let Some(client) = client else {
        limits.guessed(address, now);
        return Err(Refusal::InvalidClient);
    };
    if !client.networks.allow(address) {
        return Err(Refusal::UnauthorizedClient);
    }
    let counted = limits.program(tenant, id, now).await;
    let refused = counted.is_refused().then(|| over_quota(&counted));
    // Nothing else counts in this request.
    let _ = context.counted.set(counted);
    match refused {
        Some(problem) => Err(problem.into()),
        None => Ok(client),
    }
}

/// What the token is for: what is asked for, if the key has all of it, or else all that it has.
fn scope(grants: &Grants, asked: Option<&str>) -> Result<Vec<String>, Refusal> {
    let catalogue = catalogue();
    let held = catalogue.iter().filter(|info| api_key::offered(info) && grants.hold(info)).map(|info| info.name);
    let held: Vec<_> = held.collect();
    let Some(asked) = asked else { return Ok(held.into_iter().map(str::to_owned).collect()) };
    let mut names: Vec<&str> = asked.split(' ').filter(|name| !name.is_empty()).collect();
    names.sort_unstable();
    names.dedup();
    let is_good = !names.is_empty() && names.iter().all(|name| held.contains(name));
    if is_good { Ok(names.into_iter().map(str::to_owned).collect()) } else { Err(Refusal::InvalidScope) }
}

fn is_form(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

impl Refusal {
    fn into_response(self) -> Response {
        let (status, error, words) = match self {
            Self::InvalidRequest(words) => (StatusCode::BAD_REQUEST, "invalid_request", words),
            Self::InvalidClient => {
                (StatusCode::UNAUTHORIZED, "invalid_client", "There is no such key, or it is not good (any more).")
            }
            Self::UnauthorizedClient => {
                (StatusCode::BAD_REQUEST, "unauthorized_client", "The workspace takes no requests, or none from here.")
            }
            Self::UnsupportedGrantType => {
                (StatusCode::BAD_REQUEST, "unsupported_grant_type", "Only client_credentials is known here.")
            }
            Self::InvalidScope => {
                (StatusCode::BAD_REQUEST, "invalid_scope", "The key does not have all of these permissions.")
            }
            Self::Problem(problem) => return problem.into_response(),
        };
        let mut response = json_answer(status, &json!({ "error": error, "error_description": words }));
        if status == StatusCode::UNAUTHORIZED {
            let challenge = HeaderValue::from_static(r#"Basic realm="api", charset="UTF-8""#);
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}

fn json_answer(status: StatusCode, body: &serde_json::Value) -> Response {
    let headers = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")];
    (status, headers, body.to_string()).into_response()
}
