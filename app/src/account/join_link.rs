//! `GET /join/link?token=…` and `POST /join/link`: asking for an invitation by a link. It goes by mail, so that whoever
//! joins has proven their address.

use axum::{extract::Query, http::StatusCode, response::Response};
use leptos::prelude::*;
use rowhouse_platform::{
    identity::EmailAddress,
    members::{self, LinkClosed, NAME_LENGTH},
};
use serde::Deserialize;

use super::{
    join::Arrival,
    join_view::{message_page, workspace},
};
use crate::{
    context::{Context, RequestContext},
    error::PageError,
    ui::{
        FieldErrors, FormBody, Head,
        form::{TextField, summary},
        frame::solo,
        page,
    },
};

/// What was typed.
#[derive(Default, Deserialize)]
pub(super) struct Fields {
    #[serde(default)]
    token: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    email: String,
}

pub(super) async fn show(context: Context, Query(arrival): Query<Arrival>) -> Result<Response, PageError> {
    let mut tx = context.services.database.begin(&context.tenant()?.home).await?;
    let link = members::look_at_link(&mut tx, &context.services.ambient, &arrival.token).await?;
    tx.commit().await?;
    Ok(match link {
        Some(link) => {
            let fields = Fields { token: arrival.token, ..Fields::default() };
            form_page(&context, &link.domains, &fields, &FieldErrors::default())
        }
        None => gone(&context),
    })
}

pub(super) async fn submit(context: Context, FormBody(fields): FormBody<Fields>) -> Result<Response, PageError> {
    let mut tx = context.services.database.begin(&context.tenant()?.home).await?;
    let Some(link) = members::look_at_link(&mut tx, &context.services.ambient, &fields.token).await? else {
        return Ok(gone(&context));
    };
    let mut errors = FieldErrors::default();
    let name = errors.required_line("name", "Your name", &fields.name, NAME_LENGTH);
    let email = errors.take("email", EmailAddress::parse(&fields.email));
    let (Some(email), true) = (email, errors.is_empty()) else {
        return Ok(form_page(&context, &link.domains, &fields, &errors));
    };
    let asked = members::ask(&mut tx, &context.scribe(), &context.letterhead()?, &fields.token, &name, &email).await?;
    tx.commit().await?;
    match asked {
        Ok(()) => Ok(sent(&context, &email)),
        Err(LinkClosed::Gone) => Ok(gone(&context)),
        Err(LinkClosed::Domain) => {
            errors.add("email", format!("Use an address of {}.", link.domains.join(", ")));
            Ok(form_page(&context, &link.domains, &fields, &errors))
        }
        Err(LinkClosed::Throttled(wait)) => Err(PageError::Throttled(wait.wait_in_words())),
    }
}

fn form_page(context: &RequestContext, domains: &[String], fields: &Fields, errors: &FieldErrors) -> Response {
    let name = match workspace(context) {
        Ok(name) => name,
        Err(answer) => return *answer,
    };
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let title = format!("Join {name}");
    page(context, Head::new(title.clone()).without_islands().with_status(status), || {
        let taken = (!domains.is_empty())
            .then(|| view! { <p class="muted">{format!("Addresses of {} are taken.", domains.join(", "))}</p> });
        let content = view! {
            <div class="card stack">
                {summary(errors)}
                {taken}
                <form class="form" action=context.href("/join/link") method="post">
                    <input type="hidden" name="token" value=fields.token.clone() />
                    <TextField id="name" label="Your name" value=&fields.name errors=errors autocomplete="name" maxlength=NAME_LENGTH />
                    <TextField
                        id="email"
                        label="Email"
                        kind="email"
                        value=&fields.email
                        errors=errors
                        autocomplete="email"
                        maxlength=254
                        help="You get a mail with a link by which you join."
                    />
                    <button class="button button--primary button--wide" type="submit">"Send me the invitation"</button>
                </form>
            </div>
            <p class="solo__aside"><a href=context.href("/sign-in")>"I have an account here"</a></p>
        };
        solo(context, false, view! { <h1>{title}</h1> }, content)
    })
}

/// The same for a member's address as for any other: who is in, is not for strangers.
fn sent(context: &RequestContext, email: &EmailAddress) -> Response {
    let text = format!(
        "An invitation is on its way to {email}. Its link is good for 24 hours. If you have an account here already, no mail comes: sign in."
    );
    let sign_in = view! { <a class="button" href=context.href("/sign-in")>"Sign in"</a> }.into_any();
    message_page(context, StatusCode::OK, "Check your mail", text, sign_in)
}

fn gone(context: &RequestContext) -> Response {
    let text = "It may be cut off, expired, used up or taken back. Ask whoever gave it to you for another.".to_owned();
    let sign_in = view! { <a class="button" href=context.href("/sign-in")>"Sign in"</a> }.into_any();
    message_page(context, StatusCode::NOT_FOUND, "This link does not work", text, sign_in)
}
