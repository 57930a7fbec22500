//! `POST /stripe/webhook`: what happened at Stripe.
//!
//! An event is believed for its signature, stored with everything that follows from it in one transaction, and then
//! answered with 200. Anything else has Stripe deliver it again, for three days, and then no more events at all: so what is
//! signed and cannot be made sense of is stored too, and somebody is called to look at it.

use axum::{
    body::Bytes,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use rowhouse_app::{context::Context, error::PageError};
use rowhouse_platform::billing::{EventError, Outcome, event, signature, take};
use serde_json::json;

pub(super) async fn receive(context: Context, headers: HeaderMap, body: Bytes) -> Result<Response, PageError> {
    let services = &context.services;
    // Without billing there is no such address.
    let billing = services.billing.as_ref().ok_or(PageError::NotFound)?;
    let settings = billing.settings();
    let now = services.ambient.now();
    let mut signatures = headers.get_all("stripe-signature").iter();
    let header = match (signatures.next(), signatures.next()) {
        (Some(header), None) => header.to_str().unwrap_or_default(),
        _ => "",
    };
    if let Err(error) = signature::verify(header, &body, &settings.webhook_secrets, now) {
        tracing::warn!(request_id = context.request_id, %error, "a webhook was refused");
        return Ok(answer(StatusCode::BAD_REQUEST, "error", &error.to_string()));
    }
    let read = event::read(&body, settings);
    let (facts, payload) = match (read, std::str::from_utf8(&body)) {
        (Ok(facts), Ok(payload)) => (facts, payload),
        (Err(error @ EventError::Unreadable(_)), _) => {
            // Signed, and no event.
            tracing::error!(request_id = context.request_id, %error, "what Stripe delivered is no event");
            return Ok(answer(StatusCode::BAD_REQUEST, "error", &error.to_string()));
        }
        (Err(error), _) => {
            tracing::warn!(request_id = context.request_id, %error, "an event of Stripe's was refused");
            return Ok(answer(StatusCode::BAD_REQUEST, "error", &error.to_string()));
        }
        (Ok(_), Err(error)) => return Ok(answer(StatusCode::BAD_REQUEST, "error", &error.to_string())),
    };
    if let Some(note) = &facts.note {
        tracing::error!(
            request_id = context.request_id,
            event = facts.id,
            kind = facts.kind,
            note,
            "an event of Stripe's cannot be read: it is kept, and nothing comes of it"
        );
    }
    let mut tx = services.database.control().await?;
    let outcome = take::take(&mut tx, &facts, payload, now).await?;
    tx.commit().await?;
    tracing::info!(
        request_id = context.request_id,
        event = facts.id,
        kind = facts.kind,
        ?outcome,
        "an event of Stripe's"
    );
    let word = match outcome {
        Outcome::Applied => "applied",
        Outcome::Waiting => "waiting",
        Outcome::Ignored => "ignored",
        Outcome::Known => "known",
    };
    Ok(answer(StatusCode::OK, "outcome", word))
}

/// For a program: Stripe shows it to whoever looks at the webhook there.
fn answer(status: StatusCode, name: &str, words: &str) -> Response {
    let body = json!({ name: words }).to_string();
    (status, [(header::CONTENT_TYPE, "application/json")], body).into_response()
}
