//! `/attachments/{attachment}/remove`: a file goes, once somebody said so twice.

use axum::{extract::Path, response::Response};
use leptos::prelude::*;
use rowhouse_platform::{
    access::{Permission, Permit},
    ambient::Ambient,
};

use super::{
    AttachmentId,
    rows::{self, Found},
};
use crate::{
    access::Allowed,
    context::{Context, RequestContext},
    desk::{
        permission::WriteTickets,
        project::{Level, Reach, reach},
        ticket::{ChangeError, TicketKey},
    },
    error::PageError,
    routes::see_other_with,
    ui::{
        Head,
        file_size::file_size,
        flash::Flash,
        frame::{Section, frame},
        page,
    },
};

pub(super) async fn show(
    context: Context,
    Path(id): Path<String>,
    Allowed(mut permit): Allowed<WriteTickets>,
) -> Result<Response, PageError> {
    let (id, _, found) = removable(&mut permit, &id).await?;
    let person = permit.commit().await?;
    Ok(page(&context, Head::new("Remove a file"), || {
        frame(&context, &person, Section::Tickets, false, content(&context, id, &found))
    }))
}

pub(super) async fn submit(
    context: Context,
    Path(id): Path<String>,
    Allowed(mut permit): Allowed<WriteTickets>,
) -> Result<Response, PageError> {
    let ticket = take_off(&mut permit, &context.services.ambient, &id).await?;
    permit.commit().await?;
    Ok(see_other_with(&context.href(&format!("/tickets/{ticket}")), Flash::FileRemoved))
}

/// Takes a file off its ticket, which it answers. The caller makes that lasting.
pub(in crate::desk) async fn take_off(
    permit: &mut Permit<WriteTickets>,
    ambient: &Ambient,
    id: &str,
) -> Result<TicketKey, PageError> {
    let (id, reach, found) = removable(permit, id).await?;
    match rows::remove(permit, ambient, &reach, id, &found).await? {
        Ok(()) => Ok(found.key),
        Err(ChangeError::ReadOnly) => Err(PageError::Forbidden(WriteTickets::NAME)),
        Err(_) => Err(PageError::NotFound),
    }
}

/// A file that the person may remove: their own, or any of a project that they lead. One that they do not reach does not
/// exist.
async fn removable(permit: &mut Permit<WriteTickets>, id: &str) -> Result<(AttachmentId, Reach, Found), PageError> {
    let id: AttachmentId = id.parse().map_err(|_| PageError::NotFound)?;
    let reach = reach::of(permit).await?;
    let found = rows::find(permit, &reach, id).await?.ok_or(PageError::NotFound)?;
    let project = reach.of_id(found.project).ok_or(PageError::NotFound)?;
    let is_theirs = found.uploader == permit.principal().account || project.level >= Level::Lead;
    if project.may_write() && is_theirs {
        Ok((id, reach, found))
    } else {
        Err(PageError::Forbidden(WriteTickets::NAME))
    }
}

fn content(context: &RequestContext, id: AttachmentId, found: &Found) -> AnyView {
    let ticket = context.href(&format!("/tickets/{}", found.key));
    view! {
        <div class="page__head">
            <h1 class="page__title">"Remove this file?"</h1>
            <p class="page__lead">
                <bdi>{found.name.clone()}</bdi>
                {format!(" ({}) goes from {} for good.", file_size(found.bytes), found.key)}
            </p>
        </div>
        <form class="form" action=context.href(&format!("/attachments/{id}/remove")) method="post">
            <div class="button-row">
                <button class="button button--danger" type="submit">"Remove file"</button>
                <a class="button button--quiet" href=ticket>"Keep it"</a>
            </div>
        </form>
    }
    .into_any()
}
