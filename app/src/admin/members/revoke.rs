//! Taking an invitation or a link back: a page that names it, and its form.

use axum::{extract::Path, response::Response};
use leptos::prelude::*;
use rowhouse_platform::{
    access::{ManageMembers, Principal},
    members::{self, InvitationId, InviteLinkId},
};

use super::back;
use crate::{
    access::Allowed,
    context::{Context, RequestContext},
    error::PageError,
    routes::see_other_with,
    ui::{
        Head,
        flash::Flash,
        frame::{Section, frame},
        page,
    },
};

const LIST: &str = "/admin/members/invitations";

/// An id that is none answers as one of nothing that exists.
fn read<T: std::str::FromStr>(text: &str) -> Result<T, PageError> {
    text.parse().map_err(|_| PageError::NotFound)
}

pub(super) async fn show_invitation(
    context: Context,
    Path(id): Path<String>,
    Allowed(mut permit): Allowed<ManageMembers>,
) -> Result<Response, PageError> {
    let id = read::<InvitationId>(&id)?;
    let email = members::find_pending(&mut permit, id).await?.ok_or(PageError::NotFound)?;
    let person = permit.commit().await?;
    let title = format!("Revoke the invitation of {email}?");
    let text = "The link in the mail stops working at once. You can invite this person again at any time.";
    Ok(render(&context, &person, title, text, &format!("{LIST}/{id}/revoke"), "Revoke invitation"))
}

pub(super) async fn submit_invitation(
    context: Context,
    Path(id): Path<String>,
    Allowed(mut permit): Allowed<ManageMembers>,
) -> Result<Response, PageError> {
    if !members::revoke(&mut permit, &context.scribe(), read(&id)?).await? {
        return Err(PageError::NotFound);
    }
    permit.commit().await?;
    Ok(see_other_with(&context.href(LIST), Flash::InvitationRevoked))
}

pub(super) async fn show_link(
    context: Context,
    Path(id): Path<String>,
    Allowed(mut permit): Allowed<ManageMembers>,
) -> Result<Response, PageError> {
    let id = read::<InviteLinkId>(&id)?;
    let role = members::find_link(&mut permit, id).await?.ok_or(PageError::NotFound)?;
    let person = permit.commit().await?;
    let title = format!("Revoke the link for {role}?");
    let text = "It stops working at once, and so do the invitations that were asked for by it and not accepted yet. Who has joined by it stays.";
    Ok(render(&context, &person, title, text, &format!("/admin/members/links/{id}/revoke"), "Revoke link"))
}

pub(super) async fn submit_link(
    context: Context,
    Path(id): Path<String>,
    Allowed(mut permit): Allowed<ManageMembers>,
) -> Result<Response, PageError> {
    if !members::revoke_link(&mut permit, &context.scribe(), read(&id)?).await? {
        return Err(PageError::NotFound);
    }
    permit.commit().await?;
    Ok(see_other_with(&context.href(LIST), Flash::LinkRevoked))
}

fn render(
    context: &RequestContext,
    person: &Principal,
    title: String,
    text: &'static str,
    path: &str,
    button: &'static str,
) -> Response {
    page(context, Head::new(title.clone()), || {
        let content = view! {
            <div class="page__head">
                <h1 class="page__title">{title}</h1>
                {back(context, LIST, "All invitations")}
            </div>
            <form class="stack" action=context.href(path) method="post">
                <p>{text}</p>
                <div class="button-row">
                    <button class="button button--danger" type="submit">{button}</button>
                    <a class="button" href=context.href(LIST)>"Keep it"</a>
                </div>
            </form>
        };
        frame(context, person, Section::Members, true, content)
    })
}
