//! `GET /tickets/{key}`.

use axum::{
    extract::Path,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use rowhouse_platform::access::{Permission, Permit};
use serde::Deserialize;

use super::{
    face::Face,
    load::load,
    view::{Shown, content},
};
use crate::{
    access::Allowed,
    context::{Context, RequestContext},
    desk::{
        attachment, live,
        permission::ReadTickets,
        project::{Reach, reach},
        ticket::{TicketId, TicketKey, find},
    },
    error::PageError,
    ui::{
        Head, QueryFields,
        frame::{Section, frame},
        page,
    },
};

/// What the address asks for beside the ticket.
#[derive(Deserialize)]
pub(super) struct Asked {
    /// The part whose form is open.
    edit: Option<String>,
    /// The entry that the timeline ends before.
    before: Option<String>,
}

pub(super) async fn show(
    context: Context,
    Path(name): Path<String>,
    Allowed(mut permit): Allowed<ReadTickets>,
    QueryFields(asked): QueryFields<Asked>,
) -> Result<Response, PageError> {
    let reach = reach::of(&mut permit).await?;
    let key = match named(&mut permit, &reach, &name).await? {
        Named::Here(key) => key,
        Named::Elsewhere(key) => return permanently(&context, &key),
    };
    let before = asked.before.map(|before| {
        before.parse().map_err(|_| PageError::BadRequest("The address of this part of the timeline is damaged.".into()))
    });
    let face = Face::asked(asked.edit.as_deref(), before.transpose()?);
    render(&context, permit, reach, &key, &face).await
}

/// What the last part of the path says.
pub(super) enum Named {
    /// The key of a ticket, as it is written.
    Here(TicketKey),
    /// The key that the ticket is really called by: an id was given, or a key in another case.
    Elsewhere(TicketKey),
}

/// Reads the last part of the path. What is neither a key nor an id answers as a ticket that does not exist.
pub(super) async fn named<P: Permission>(
    permit: &mut Permit<P>,
    reach: &Reach,
    name: &str,
) -> Result<Named, PageError> {
    if let Ok(key) = name.parse::<TicketKey>() {
        return if key.to_string() == name {
            Ok(Named::Here(key))
        } else {
            let found = find::id_of_key(permit, reach, &key).await?;
            found.map(|_| Named::Elsewhere(key)).ok_or(PageError::NotFound)
        };
    }
    let id: TicketId = name.parse().map_err(|_| PageError::NotFound)?;
    find::key_of_id(permit, reach, id).await?.map(Named::Elsewhere).ok_or(PageError::NotFound)
}

/// Leads to the ticket's one address. With 308, forms are sent on as they are.
pub(super) fn permanently(context: &RequestContext, key: &TicketKey) -> Result<Response, PageError> {
    let location = HeaderValue::from_str(&context.href(&format!("/tickets/{key}"))).map_err(PageError::internal)?;
    Ok((StatusCode::PERMANENT_REDIRECT, [(header::LOCATION, location)]).into_response())
}

/// The page with this face.
pub(super) async fn render(
    context: &RequestContext,
    mut permit: Permit<ReadTickets>,
    reach: Reach,
    key: &TicketKey,
    face: &Face,
) -> Result<Response, PageError> {
    let loaded = load(&mut permit, &reach, key, face).await?;
    let person = permit.commit().await?;
    let head = Head::new(format!("{key} {}", loaded.ticket.title))
        .with_status(face.status())
        .with_script("draft.js")
        .with_script("preview.js")
        .with_script("in-place.js")
        .with_script("ticket.js")
        .with_script(live::SCRIPT)
        .with_script(attachment::SCRIPT);
    Ok(page(context, head, || {
        let shown = Shown {
            context,
            person: &person,
            loaded: &loaded,
            face,
            now: context.services.ambient.now(),
            action: context.href(&format!("/tickets/{key}")),
            projects: reach.all().iter().map(|project| project.key.clone()).collect(),
        };
        frame(context, &person, Section::Tickets, false, content(&shown))
    }))
}
