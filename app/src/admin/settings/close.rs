//! `/admin/settings/close`: an owner closes the workspace; and `/closing`, where an owner opens it again.

use axum::{http::StatusCode, response::Response};
use leptos::prelude::*;
use rowhouse_platform::{
    access::{OwnWorkspace, Permit, Principal},
    mail::{self, Letter},
    tenancy::{TenantState, leaving},
};
use serde::Deserialize;

use crate::{
    access::{Allowed, Confirmed},
    context::{Context, RequestContext},
    error::PageError,
    routes::{see_other, see_other_with},
    ui::{
        FieldErrors, FormBody, Head,
        flash::Flash,
        form::summary,
        frame::{Section, frame, solo},
        page, time,
        typed_confirmation::{TypedConfirmation, Warning},
    },
};

/// What was typed.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Fields {
    #[serde(default)]
    slug: String,
}

pub(super) async fn show(context: Context, Confirmed(permit): Confirmed<OwnWorkspace>) -> Result<Response, PageError> {
    let person = permit.commit().await?;
    render(&context, &person, &Fields::default(), &FieldErrors::default())
}

pub(super) async fn submit(
    context: Context,
    Confirmed(mut permit): Confirmed<OwnWorkspace>,
    FormBody(fields): FormBody<Fields>,
) -> Result<Response, PageError> {
    let tenant = context.tenant()?;
    if fields.slug.trim() != tenant.slug {
        let mut errors = FieldErrors::default();
        errors.add("slug", format!("Type {} to confirm.", tenant.slug));
        let person = permit.commit().await?;
        return render(&context, &person, &fields, &errors);
    }
    if let Some(until) = leaving::close(&mut permit, &context.scribe()).await? {
        let undo_link = context.letterhead()?.link(CLOSING);
        tell_owners(&context, &mut permit, &Letter::WorkspaceClosing { until, undo_link }).await?;
    }
    permit.commit().await?;
    // The news reaches this server a moment later; the next page must not be the old one.
    context.services.directory.forget(tenant.home.id());
    Ok(see_other(&context.href(CLOSING)))
}

/// Where an owner of a closing workspace opens it again.
pub(crate) const CLOSING: &str = "/closing";

/// `GET /closing`.
pub(crate) async fn show_closing(
    context: Context,
    Allowed(permit): Allowed<OwnWorkspace>,
) -> Result<Response, PageError> {
    permit.commit().await?;
    let tenant = context.tenant()?;
    if tenant.state != TenantState::Closing {
        return Ok(see_other(&context.href("/")));
    }
    let until = tenant.closes_at.unwrap_or_else(|| context.services.ambient.now());
    let name = tenant.name.clone();
    Ok(page(&context, Head::new("Closed").without_islands(), || {
        let head = view! { <h1>{format!("{name} is closed")}</h1> };
        let content = view! {
            <div class="card stack">
                <p>{format!("Nobody can use it any more. On {} it is deleted, with everything in it.", time::day(until))}</p>
                <p>"Until then you, as an owner, can open it again. Nothing in it has been deleted so far."</p>
                <form class="form" action=context.href(CLOSING) method="post">
                    <button class="button button--primary button--wide" type="submit">"Open it again"</button>
                </form>
            </div>
        };
        solo(&context, false, head, content)
    }))
}

/// `POST /closing`.
pub(crate) async fn reopen(
    context: Context,
    Confirmed(mut permit): Confirmed<OwnWorkspace>,
) -> Result<Response, PageError> {
    let tenant = context.tenant()?;
    if leaving::reopen(&mut permit, &context.scribe()).await? {
        tell_owners(&context, &mut permit, &Letter::WorkspaceReopened).await?;
    }
    permit.commit().await?;
    context.services.directory.forget(tenant.home.id());
    Ok(see_other_with(&context.href("/tickets"), Flash::WorkspaceReopened))
}

async fn tell_owners(
    context: &RequestContext,
    permit: &mut Permit<OwnWorkspace>,
    letter: &Letter,
) -> Result<(), PageError> {
    let letterhead = context.letterhead()?;
    for (_, email) in leaving::owners(permit).await? {
        mail::queue(permit, &context.services.ambient, &letterhead, &email, letter).await?;
    }
    Ok(())
}

fn render(
    context: &RequestContext,
    person: &Principal,
    fields: &Fields,
    errors: &FieldErrors,
) -> Result<Response, PageError> {
    let tenant = context.tenant()?;
    let (name, slug) = (tenant.name.clone(), tenant.slug.clone());
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let title = format!("Close {name}");
    Ok(page(context, Head::new(title.clone()).with_status(status), || {
        let content = view! {
            <div class="page__head"><h1 class="page__title">{title.clone()}</h1></div>
            <div class="stack">
                {summary(errors)}
                <Warning
                    title="Everybody loses access at once"
                    text="Every owner gets a mail, and can open the workspace again within 30 days. After that, people, tickets, the audit log and everything else in it are deleted for good."
                />
                <TypedConfirmation
                    context=context
                    action="/admin/settings/close"
                    ask=("To confirm, type the name of the workspace’s address:", slug)
                    id="slug"
                    label="Name of the workspace’s address"
                    maxlength=60
                    value=&fields.slug
                    errors=errors
                    button=title
                    cancel=("Keep it open", "/admin/settings")
                />
            </div>
        };
        frame(context, person, Section::Settings, true, content)
    }))
}
