//! `POST /preview`: what a text will look like, for the script that shows it in the place of its field. Without it, the
//! forms' own preview buttons bring the page again.

use axum::{
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
};
use serde::Deserialize;

use crate::{
    access::Allowed,
    context::Context,
    desk::{
        markdown::{self, TicketLinks},
        permission::WriteTickets,
        project::reach,
        ticket::TEXT_LENGTH,
    },
    error::PageError,
    ui::{FieldErrors, FormBody},
};

#[derive(Deserialize)]
pub(super) struct Fields {
    text: String,
}

/// A part of a page. A text that could not be saved is answered with 422, and the script leaves it to the page to say
/// why.
pub(super) async fn show(
    context: Context,
    Allowed(mut permit): Allowed<WriteTickets>,
    FormBody(Fields { text }): FormBody<Fields>,
) -> Result<Response, PageError> {
    let reach = reach::of(&mut permit).await?;
    permit.commit().await?;
    let mut errors = FieldErrors::default();
    let text = errors.lines("text", "The text", &text, TEXT_LENGTH);
    let (status, html) = match errors.of("text") {
        None => {
            let projects: Vec<String> = reach.all().iter().map(|project| project.key.clone()).collect();
            (StatusCode::OK, of(&text, TicketLinks { base_path: &context.base_path, projects: &projects }))
        }
        Some(message) => (StatusCode::UNPROCESSABLE_ENTITY, markdown::html(&message)),
    };
    Ok((status, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], html).into_response())
}

/// What is shown of a text.
pub(super) fn of(text: &str, tickets: TicketLinks<'_>) -> String {
    if text.trim().is_empty() {
        return "<p class=\"muted\">Nothing to preview.</p>".to_owned();
    }
    markdown::html_with_tickets(text, tickets)
}
