//! `GET /dev/mail.json`: the messages, newest first, for tests.

use axum::{Json, extract::Query};
use rowhouse_platform::mail::outbox::QueuedMail;
use serde::Serialize;
use time::OffsetDateTime;

use super::{Filter, SHOWN, content, outbox};
use crate::{
    context::{Context, RequestContext},
    error::PageError,
};

/// A message.
#[derive(Serialize)]
pub(super) struct Mail {
    id: String,
    to: String,
    from_name: Option<String>,
    subject: String,
    text: String,
    html: String,
    /// `waiting`, `sent` or `failed`.
    state: &'static str,
    attempts: i32,
    error: Option<String>,
    #[serde(with = "time::serde::rfc3339")]
    queued_at: OffsetDateTime,
}

pub(super) async fn show(context: Context, Query(filter): Query<Filter>) -> Result<Json<Vec<Mail>>, PageError> {
    let outbox = outbox(&context)?;
    let found = outbox.newest(filter.to(), filter.before(), SHOWN).await;
    outbox.close().await;
    Ok(Json(found?.into_iter().map(|mail| describe(&context, mail)).collect()))
}

fn describe(context: &RequestContext, mail: QueuedMail) -> Mail {
    let content = content(context, &mail);
    Mail {
        id: mail.id.to_string(),
        to: mail.recipient,
        from_name: mail.from_name,
        subject: content.subject,
        text: content.text,
        html: content.html,
        state: match (mail.sent_at, mail.failed_at) {
            (Some(_), _) => "sent",
            (None, Some(_)) => "failed",
            (None, None) => "waiting",
        },
        attempts: mail.attempts,
        error: mail.last_error,
        queued_at: mail.created_at,
    }
}
