//! Mail: what is written, how it looks, and how it gets out.
//!
//! Code that has something to tell a person makes a [`Letter`] and calls [`queue`] in the transaction of what happened:
//! the letter goes out if that is committed, and not otherwise, and no request waits for a mail server. `letters`
//! holds the words of every letter, `html` and `text` their looks, [`Letterhead`] what is the tenant's in them.
//!
//! [`outbox`] is the queue as the operator's connection sees it, [`sender`] what takes from it and hands to the mail
//! server of [`smtp`].
//!
//! # How to add a letter
//!
//! A variant of [`Letter`], its words in `letters`, a line in the list of the test beside it. A subject names no secret:
//! subjects are kept after sending, texts are not.

mod draft;
mod html;
mod letterhead;
mod letters;
mod line;
mod message;
pub mod outbox;
mod retry;
pub mod sender;
pub mod smtp;
mod text;

pub use letterhead::Letterhead;
pub use letters::{BillingNews, Letter, TicketNews};

use crate::{
    ambient::Ambient,
    db::{DbError, TenantTx},
    metering::{self, Meter, Usage, UsageKey},
};

/// A letter as it goes out: one subject, and the same words twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// One line.
    pub subject: String,
    /// For readers without HTML.
    pub text: String,
    /// A whole document.
    pub html: String,
}

/// The letter on this letterhead.
pub fn render(letterhead: &Letterhead, letter: &Letter) -> Rendered {
    let draft = letters::draft(letterhead, letter);
    Rendered {
        subject: draft.subject.clone(),
        text: text::render(letterhead, &draft),
        html: html::render(letterhead, &draft),
    }
}

/// A text that was queued alone, in the product's own look.
pub fn render_product_letter(subject: &str, body: &str, product: &str, public_origin: &str) -> Rendered {
    message::product_letter(subject, body, product, public_origin)
}

/// Queues a letter to an address. It goes out soon after the transaction is committed, and not at all if it is undone.
///
/// # Errors
/// [`DbError`].
pub async fn queue(
    tx: &mut TenantTx,
    ambient: &Ambient,
    letterhead: &Letterhead,
    to: &str,
    letter: &Letter,
) -> Result<(), DbError> {
    let Rendered { subject, text, html } = render(letterhead, letter);
    let id = ambient.uuid();
    sqlx::query!(
        "SELECT control.queue_mail($1, $2, $3, $4, $5, $6, $7)",
        id,
        to,
        letterhead.sender_name(),
        subject,
        text,
        html,
        ambient.now()
    )
    .execute(&mut *tx)
    .await?;
    metering::emit(tx, ambient, Usage::one(Meter::Mail, UsageKey::once(id))).await
}

/// The same for a letter that people can turn off: its header says that a POST to `unsubscribe`, a whole address, does it
/// (RFC 8058).
///
/// # Errors
/// [`DbError`].
pub async fn queue_notification(
    tx: &mut TenantTx,
    ambient: &Ambient,
    letterhead: &Letterhead,
    to: &str,
    letter: &Letter,
    unsubscribe: &str,
) -> Result<(), DbError> {
    let Rendered { subject, text, html } = render(letterhead, letter);
    let id = ambient.uuid();
    sqlx::query!(
        "SELECT control.queue_notification($1, $2, $3, $4, $5, $6, $7, $8)",
        id,
        to,
        letterhead.sender_name(),
        subject,
        text,
        html,
        unsubscribe,
        ambient.now()
    )
    .execute(&mut *tx)
    .await?;
    metering::emit(tx, ambient, Usage::one(Meter::Mail, UsageKey::once(id))).await
}
