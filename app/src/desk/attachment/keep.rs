//! What a form with files brought becomes a comment and attachments, in one transaction.

use rowhouse_platform::{access::Permit, ambient::Ambient};

use super::{AttachmentId, receive::Incoming, rows};
use crate::{
    desk::{
        permission::WriteTickets,
        project::reach,
        ticket::{ChangeError, CommentId, TicketId, comment},
    },
    error::PageError,
};

/// What was made of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::desk) struct Kept {
    /// The comment, if there was a text.
    pub(in crate::desk) comment: Option<CommentId>,
    /// The attachments, in the order of the form.
    pub(in crate::desk) files: Vec<AttachmentId>,
}

/// Writes comment and attachments; rights may have gone while the files came in, or the ticket. The caller commits, and
/// says that the files are kept.
///
/// # Errors
/// [`PageError`]; within, [`ChangeError`]. The caller drops the transaction.
pub(in crate::desk) async fn keep(
    permit: &mut Permit<WriteTickets>,
    ambient: &Ambient,
    ticket: TicketId,
    incoming: &Incoming,
) -> Result<Result<Kept, ChangeError>, PageError> {
    let reach = reach::of(permit).await?;
    let comment = if incoming.body.is_empty() {
        None
    } else {
        match comment::add(permit, ambient, &reach, ticket, &incoming.body).await? {
            Ok(comment) => Some(comment),
            Err(refusal) => return Ok(Err(refusal)),
        }
    };
    let mut files = Vec::new();
    if !incoming.files.is_empty() {
        match rows::add(permit, ambient, &reach, (ticket, comment), &incoming.files).await? {
            Ok(Some(ids)) => files = ids,
            Ok(None) => return Err(PageError::Timeout),
            Err(refusal) => return Ok(Err(refusal)),
        }
    }
    Ok(Ok(Kept { comment, files }))
}
