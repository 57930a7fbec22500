//! How the pages of an invitation look.

use axum::{http::StatusCode, response::Response};
use leptos::prelude::*;
use rowhouse_platform::{
    access::Principal,
    identity::password,
    members::{Closed, NAME_LENGTH},
};

use super::join::{Door, Fields, Way, status_of};
use crate::{
    context::RequestContext,
    error::PageError,
    ui::{
        FieldErrors, Head, Icon,
        error_page::error_page,
        form::{TextField, summary},
        frame::solo,
        page,
    },
};

/// The workspace's name, or the answer where there is none.
pub(super) fn workspace(context: &RequestContext) -> Result<String, Box<Response>> {
    match context.tenant() {
        Ok(tenant) => Ok(tenant.name.clone()),
        Err(_) => Err(Box::new(error_page(context, &PageError::NotFound))),
    }
}

pub(super) fn form_page(context: &RequestContext, door: &Door, fields: &Fields, errors: &FieldErrors) -> Response {
    let name = match workspace(context) {
        Ok(name) => name,
        Err(answer) => return *answer,
    };
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let title = format!("Join {name}");
    page(context, Head::new(title.clone()).without_islands().with_status(status), || {
        let invitation = &door.invitation;
        let lead = format!("{} invites you to {name} as {}.", invitation.inviter, invitation.role_label);
        let head = view! { <h1>{title}</h1><p class="muted">{lead}</p> };
        let content = view! {
            {door.signed_in.as_ref().map(|person| signed_in(context, person, door.invitation.email.as_str()))}
            <div class="card stack">
                {summary(errors)}
                <form class="form" action=context.href("/join") method="post">
                    <input type="hidden" name="token" value=fields.token.clone() />
                    // For password managers, which take it for the name of the account.
                    <div class="field">
                        <label class="field__label" for="email">"Email"</label>
                        <input class="input" id="email" type="email" value=invitation.email.to_string() readonly=true autocomplete="username" />
                    </div>
                    <TextField id="name" label="Your name" value=&fields.name errors=errors autocomplete="name" maxlength=NAME_LENGTH autofocus=fields.name.is_empty() />
                    {way(door, errors)}
                    <button class="button button--primary button--wide" type="submit">{format!("Join {name}")}</button>
                </form>
            </div>
        };
        solo(context, false, head, content)
    })
}

fn way(door: &Door, errors: &FieldErrors) -> AnyView {
    match door.way {
        Way::Password => view! {
            <TextField
                id="password"
                label="Choose a password"
                kind="password"
                value=""
                errors=errors
                autocomplete="new-password"
                minlength=door.rules.min_length
                maxlength=password::MAX_LENGTH
                help="Four random words are fine, and so is a password manager."
            />
        }
        .into_any(),
        Way::Mail => view! {
            <p class="muted">"You need no password here: whenever you sign in, you get a link by mail."</p>
        }
        .into_any(),
        Way::Key => view! {
            <p class="muted">"You need no password here: the next page adds a passkey, with which you sign in from then on."</p>
        }
        .into_any(),
        Way::Later => view! {
            <p class="muted">"You need no password here. The next page says how people of this workspace sign in."</p>
        }
        .into_any(),
    }
}

fn signed_in(context: &RequestContext, person: &Principal, email: &str) -> AnyView {
    let text = format!(
        "The invitation is for {email}. If you accept it, you get a second account and are signed out as {} in this browser.",
        person.name
    );
    view! {
        <div class="notice">
            <Icon name="info" />
            <p class="notice__title">{format!("You are signed in as {} ({})", person.name, person.email)}</p>
            <p>{text}</p>
            <p><a href=context.href("/tickets")>{format!("Go on as {}", person.name)}</a></p>
        </div>
    }
    .into_any()
}

/// Why an invitation leads nowhere, and what to do.
pub(super) fn closed_page(context: &RequestContext, closed: Closed, signed_in: Option<&Principal>) -> Response {
    let name = match workspace(context) {
        Ok(name) => name,
        Err(answer) => return *answer,
    };
    let (title, text) = match closed {
        Closed::Unknown => (
            "This invitation is not known",
            "The link may be cut off, or a newer mail has replaced it. Open the link of the newest mail, or ask for another invitation.".to_owned(),
        ),
        Closed::Accepted => (
            "This invitation was accepted already",
            "Each invitation works once. If it was you, sign in.".to_owned(),
        ),
        Closed::Revoked => (
            "This invitation was taken back",
            format!("Ask whoever invited you to {name}."),
        ),
        Closed::Expired => (
            "This invitation has expired",
            format!("Ask whoever invited you to {name} to send it again."),
        ),
        Closed::Domain => (
            "This address is not taken here",
            format!("{name} takes only addresses of certain domains, and yours is of another. Ask an admin of {name}."),
        ),
        Closed::LinkSpent => (
            "The link is used up",
            format!("As many people have joined by it as may. Ask whoever gave it to you, or an admin of {name}."),
        ),
        Closed::Member => (
            "You are a member already",
            "There is an account with this address. Sign in with it.".to_owned(),
        ),
        Closed::NoSeat => (
            "The workspace is full",
            format!("Every seat of {name} is taken, or its plan is not paid. Your invitation stays good until it expires: ask whoever invited you, and open the link again."),
        ),
        Closed::Deactivated => (
            "Your account is deactivated",
            format!("There is an account with this address, and it was deactivated. An admin of {name} can reactivate it."),
        ),
    };
    let way_on = match signed_in {
        Some(person) => view! {
            <a class="button" href=context.href("/tickets")>{format!("Go on as {}", person.name)}</a>
        }
        .into_any(),
        None => view! { <a class="button" href=context.href("/sign-in")>"Sign in"</a> }.into_any(),
    };
    message_page(context, status_of(closed), title, text, way_on)
}

/// The tenant lets nobody in from here.
pub(super) fn refused_page(context: &RequestContext) -> Response {
    let text = format!(
        "This workspace can be entered from certain networks only, and {} is not in them. The invitation stays good: open it from one of those networks.",
        context.device.address
    );
    message_page(context, StatusCode::FORBIDDEN, "You cannot join from here", text, ().into_any())
}

/// A page that says one thing.
pub(super) fn message_page(
    context: &RequestContext,
    status: StatusCode,
    title: &'static str,
    text: String,
    way_on: AnyView,
) -> Response {
    page(context, Head::new(title).without_islands().with_status(status), || {
        let content = view! {
            <div class="card stack">
                <p>{text}</p>
                <div class="button-row">{way_on}</div>
            </div>
        };
        solo(context, false, view! { <h1>{title}</h1> }, content)
    })
}
