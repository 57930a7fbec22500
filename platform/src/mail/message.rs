//! From a claimed letter to the message that the mail server gets.

use lettre::{
    Address, Message,
    message::{
        Mailbox, MultiPart,
        header::{HeaderName, HeaderValue},
    },
};
use time::OffsetDateTime;

use super::{Letterhead, Rendered, html, letters, line::one_line, outbox::Claimed, smtp::SenderAddress, text};

/// The most characters of a header's text, whoever wrote it into the queue.
const HEADER_LENGTH: usize = 250;

/// Why no message can be made of a letter: trying again would not help.
#[derive(Debug, thiserror::Error)]
pub(super) enum MessageError {
    #[error("the recipient's address is not one that mail can be sent to")]
    Recipient,
    #[error(transparent)]
    Form(#[from] lettre::error::Error),
}

/// The message. `public_origin` is where the product is, for letters that are not a tenant's.
pub(super) fn message(
    mail: &Claimed,
    from: &SenderAddress,
    public_origin: &str,
    now: OffsetDateTime,
) -> Result<Message, MessageError> {
    let to = recipient(&mail.recipient).ok_or(MessageError::Recipient)?;
    let Rendered { text, html, .. } = content(&mail.subject, &mail.body, mail.html.as_deref(), from, public_origin);
    // Letters and the table keep their lines; headers are the last place to be sure of it.
    let from_name = mail.from_name.as_deref().map(|name| one_line(name, HEADER_LENGTH));
    let subject = one_line(&mail.subject, HEADER_LENGTH);
    let builder = Message::builder()
        // The same at every attempt, so that who gets a message twice can tell.
        .message_id(Some(format!("<{}@{}>", mail.id.simple(), from.domain())))
        .date(now.into())
        .from(from.named(from_name.as_deref()))
        .to(Mailbox::new(None, to))
        .subject(subject)
        // RFC 3834: nobody's holiday notice needs to answer this.
        .raw_header(HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".to_owned()));
    let builder = match &mail.unsubscribe_link {
        Some(link) => builder
            .raw_header(HeaderValue::new(HeaderName::new_from_ascii_str("List-Unsubscribe"), format!("<{link}>")))
            .raw_header(HeaderValue::new(
                HeaderName::new_from_ascii_str("List-Unsubscribe-Post"),
                "List-Unsubscribe=One-Click".to_owned(),
            )),
        None => builder,
    };
    Ok(builder.multipart(MultiPart::alternative_plain_html(text, html))?)
}

/// Both parts: as they were queued, or the product's own look around a text that was queued alone.
fn content(subject: &str, body: &str, html: Option<&str>, from: &SenderAddress, public_origin: &str) -> Rendered {
    match html {
        Some(html) => Rendered { subject: subject.to_owned(), text: body.to_owned(), html: html.to_owned() },
        None => product_letter(subject, body, from.product(), public_origin),
    }
}

/// A text in the product's own look.
pub(super) fn product_letter(subject: &str, body: &str, product: &str, public_origin: &str) -> Rendered {
    let letterhead = Letterhead::plain(product, public_origin);
    let draft = letters::plain(subject, body);
    Rendered {
        subject: subject.to_owned(),
        text: text::render(&letterhead, &draft),
        html: html::render(&letterhead, &draft),
    }
}

/// An address whose domain is in ASCII, as all mail servers know it (RFC 5891).
fn recipient(text: &str) -> Option<Address> {
    let (user, domain) = text.rsplit_once('@')?;
    let domain = idna::domain_to_ascii(domain).ok()?;
    Address::new(user, domain).ok()
}

#[cfg(test)]
mod tests;
