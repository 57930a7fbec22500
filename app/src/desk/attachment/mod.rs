//! Files on tickets and on their comments: sent in a form, kept by [`rowhouse_platform::storage`], shown on the ticket's
//! page, and served to whoever reaches the ticket.
//!
//! A file is received before a transaction is open: [`receive`] stores what the form brings, and only then is written, in
//! one short transaction, what refers to it. Where one file of several cannot be taken, none is.

mod confirm;
mod keep;
mod name;
mod range;
mod receive;
mod rows;
mod serve;
mod submit;
mod view;

use rowhouse_platform::typed_id;

use super::permission::{ReadTickets, WriteTickets};
use crate::routes::{Gate, SiteRoutes};

pub(super) use confirm::take_off;
pub(super) use keep::keep;
pub(super) use receive::{Incoming, receive};
pub(super) use rows::find;
pub use rows::{Attachment, Files, of_ticket, stored_by_project};
pub(super) use serve::send;
pub use view::{SCRIPT, of_comment, section};

typed_id!(
    /// A file on a ticket.
    AttachmentId,
    "att"
);

/// Adds the pages of attachments to a tenant's site.
pub(super) fn routes(site: SiteRoutes) -> SiteRoutes {
    site.get("/tickets/{ticket}/attachments", Gate::of::<WriteTickets>(), submit::show)
        .post_streamed("/tickets/{ticket}/attachments", Gate::of::<WriteTickets>(), submit::submit)
        .get("/attachments/{attachment}", Gate::of::<ReadTickets>(), serve::show)
        .get("/attachments/{attachment}/remove", Gate::of::<WriteTickets>(), confirm::show)
        .post("/attachments/{attachment}/remove", Gate::of::<WriteTickets>(), confirm::submit)
}
