//! `POST /sso/{connection}/back-channel-logout`: an `OpenID` provider says that somebody signed out there (`OpenID` Connect
//! Back-Channel Logout 1.0). It asks itself, without a browser.

use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use rowhouse_app::{context::Context, error::PageError};
use rowhouse_platform::sso::{Protocol, Purpose, Reason, Refused, oidc::LogoutToken, session, used_message};
use serde_json::json;

use super::{
    Named,
    arrival::{self, Arrival},
    fields::Fields,
    limits, refuse, slo,
};

pub(super) async fn submit(context: Context, Named(id): Named, fields: Fields) -> Result<Response, PageError> {
    let mut tx = context.services.database.begin(&context.tenant()?.home).await?;
    let (connection, _) = arrival::connection(&context, &mut tx, id).await?;
    // Anybody may send one, and checking its signature is work.
    let counted = limits::count(&mut tx, &context, "sso message").await?;
    tx.commit().await?;
    counted?;
    let Protocol::Oidc(_) = &connection.protocol else { return Err(PageError::NotFound) };
    let mut arrival = Arrival::at(&context, connection, Purpose::Logout);
    let ended = match token(&mut arrival, &fields).await {
        Ok(token) => end(&mut arrival, &token).await?,
        Err(refused) => Err(refused),
    };
    Ok(match ended {
        Ok(()) => (StatusCode::OK, [(header::CACHE_CONTROL, "no-store")]).into_response(),
        Err(refused) => {
            refuse::write(&arrival, &refused).await?;
            failed(&refused)
        }
    })
}

/// What is answered to a provider whose token is not good (section 2.8); why exactly is in the trace.
fn failed(refused: &Refused) -> Response {
    let body = json!({ "error": "invalid_request", "error_description": refused.reason.label() });
    let headers = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")];
    (StatusCode::BAD_REQUEST, headers, body.to_string()).into_response()
}

/// Checks the token: no database connection is held meanwhile.
async fn token(arrival: &mut Arrival<'_>, fields: &Fields) -> Result<LogoutToken, Refused> {
    let text = match fields.one("logout_token") {
        Ok(Some(text)) => text,
        Ok(None) => {
            return Err(arrival.report.refuse("Form", Reason::Malformed, "The form has no field logout_token."));
        }
        Err(Refused { reason, words }) => return Err(arrival.report.refuse("Form", reason, words)),
    };
    let Ok(tenant) = arrival.context.tenant() else {
        return Err(Refused::new(Reason::UnknownState, "There is no workspace here."));
    };
    let (tenant, oidc) = (tenant.home.id().0, &arrival.context.services.oidc);
    oidc.read_logout_token(tenant, &arrival.connection, text, &mut arrival.report).await
}

/// Ends the sessions that a token names, once.
async fn end(arrival: &mut Arrival<'_>, token: &LogoutToken) -> Result<Result<(), Refused>, PageError> {
    let context = arrival.context;
    let id = arrival.connection.id;
    arrival.subject = token.subject.clone().unwrap_or_default();
    let mut tx = context.services.database.begin(&context.tenant()?.home).await?;
    let is_first = used_message::accept_once(&mut tx, id, &token.issuer, &token.jti, token.expires_at).await?;
    let checked = arrival.report.check(
        "First use",
        is_first,
        "It was not used before.",
        Reason::Replay,
        "It was used before. A token is good once.",
    );
    if let Err(refused) = checked {
        return Ok(Err(refused));
    }
    let among: Vec<String> = token.sid.iter().cloned().collect();
    let ended = match (&token.subject, &token.sid) {
        (Some(subject), _) => session::end_of_name_id(&mut tx, id, subject, &among).await?,
        (None, Some(sid)) => session::end_of_provider_session(&mut tx, id, sid).await?,
        (None, None) => 0,
    };
    slo::write_down(&mut tx, arrival, ended).await?;
    tx.commit().await?;
    Ok(Ok(()))
}
