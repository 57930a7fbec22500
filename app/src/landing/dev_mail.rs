//! `GET /dev/mail`, on development servers only: the mail that is waiting or was sent.

use axum::response::Response;
use leptos::prelude::*;
use rowhouse_platform::mail::outbox::MailQueue;

use crate::{
    context::Context,
    error::PageError,
    ui::{Head, Icon, frame::solo, page, time::Ago},
};

const SHOWN: i64 = 50;

pub(super) async fn show(context: Context) -> Result<Response, PageError> {
    let Some(url) = &context.services.operator_url else {
        return Err(PageError::BadRequest(
            "The queue of mail is read with database.operator_url, which is not set.".to_owned(),
        ));
    };
    let mut queue = MailQueue::connect(url).await?;
    let mails = queue.newest(SHOWN).await?;
    queue.close().await?;
    let now = context.services.ambient.now();
    Ok(page(&context, Head::new("Mail").without_islands(), || {
        let is_empty = mails.is_empty();
        let mails = mails
            .into_iter()
            .map(|mail| {
                view! {
                    <article class="card stack">
                        <h2>{mail.subject}</h2>
                        <p class="muted">"To " {mail.recipient} ", " <Ago at=mail.created_at now=now /></p>
                        <div class="prose">{mail.body}</div>
                    </article>
                }
            })
            .collect_view();
        let content = view! {
            <div class="stack">
                {is_empty.then(|| view! {
                    <div class="empty">
                        <Icon name="inbox" />
                        <h2>"No mail yet"</h2>
                        <p>"What this server would send stands here."</p>
                    </div>
                })}
                {mails}
            </div>
        };
        solo(&context, true, view! { <h1>"Mail"</h1> }, content)
    }))
}
