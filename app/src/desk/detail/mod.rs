//! `/tickets/{key}`: the page of a ticket. What is known of it stands at the side, what was said and done below its
//! description. Each part has a form of its own, opened by a link (`?edit=title`) and sent to the page's own address.

mod act;
mod comment_form;
mod conflict;
mod entry;
mod event_words;
mod face;
mod fact;
mod links;
mod load;
mod panel;
mod preview;
mod sent;
mod show;
mod text;
mod timeline;
mod view;
mod watch;
mod watchers;

pub(super) use self::{
    act::{read_day, read_priority},
    load::listed,
    panel::day_field,
    text::{MarkdownField, preview_button},
};

use super::permission::{ReadTickets, WriteTickets};
use crate::routes::{Gate, SiteRoutes};

/// Adds the page of a ticket to a tenant's site.
pub(super) fn routes(site: SiteRoutes) -> SiteRoutes {
    site.get("/tickets/{ticket}", Gate::of::<ReadTickets>(), show::show)
        .post("/tickets/{ticket}", Gate::of::<WriteTickets>(), act::submit)
        .post("/tickets/{ticket}/watch", Gate::of::<ReadTickets>(), watch::submit)
        .post("/preview", Gate::of::<WriteTickets>(), preview::show)
}
