//! The mail of a development server: what is waiting, what was sent, and how it looks. At the apex, for everybody: a
//! production server has none of these pages.

mod json;
mod letter;
mod list;

use rowhouse_platform::mail::{
    Rendered,
    outbox::{Outbox, QueuedMail},
    render_product_letter,
};
use serde::Deserialize;
use uuid::Uuid;

use crate::{
    context::RequestContext,
    error::PageError,
    routes::{Gate, SiteRoutes},
};

/// Messages on a page.
const SHOWN: i64 = 20;

/// Adds the pages to the apex.
pub(super) fn routes(site: SiteRoutes) -> SiteRoutes {
    site.get("/dev/mail", Gate::Public, list::show).get("/dev/mail.json", Gate::Public, json::show).get(
        "/dev/mail/{id}/html",
        Gate::Public,
        letter::show,
    )
}

/// Which messages to show.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Filter {
    /// Those to this address.
    to: String,
    /// Those older than this one.
    before: String,
}

impl Filter {
    fn to(&self) -> Option<&str> {
        Some(self.to.trim()).filter(|to| !to.is_empty())
    }

    fn before(&self) -> Option<Uuid> {
        self.before.parse().ok()
    }
}

/// The queue.
fn outbox(context: &RequestContext) -> Result<Outbox, PageError> {
    let Some(url) = &context.services.operator_url else {
        return Err(PageError::BadRequest(
            "The queue of mail is read with database.operator_url, which is not set.".to_owned(),
        ));
    };
    Ok(Outbox::open(url)?)
}

/// Both parts of a message, as they go out.
fn content(context: &RequestContext, mail: &QueuedMail) -> Rendered {
    match &mail.html {
        Some(html) => Rendered { subject: mail.subject.clone(), text: mail.body.clone(), html: html.clone() },
        None => render_product_letter(&mail.subject, &mail.body, "Rowhouse", &context.public().apex()),
    }
}
