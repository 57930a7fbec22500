//! `GET /account/email` and `POST` to it: a person asks for their account to move to another address.

use axum::{http::StatusCode, response::Response};
use leptos::prelude::*;
use rowhouse_platform::{
    access::{Permit, SignedIn},
    identity::{
        EmailAddress,
        email_change::{self, Pending},
    },
};
use serde::Deserialize;

use super::{
    mailed_link::{self, evenly},
    security,
};
use crate::{
    access::Confirmed,
    context::{Context, RequestContext},
    error::PageError,
    routes::{Gate, SiteRoutes, see_other_with},
    ui::{
        FieldErrors, FormBody, Head, Icon,
        flash::Flash,
        form::{TextField, summary},
        frame::{Section, frame},
        page,
        time::day,
    },
};

const HERE: &str = "/account/email";

/// Adds the pages to a tenant's site.
pub(super) fn routes(site: SiteRoutes) -> SiteRoutes {
    let confirmed = Gate::confirmed::<SignedIn>();
    site.get(HERE, confirmed, show).post(HERE, confirmed, submit)
}

#[derive(Default, Deserialize)]
struct Fields {
    #[serde(default)]
    intent: String,
    #[serde(default)]
    email: String,
}

/// The address, as a section of the page about keys.
pub(super) fn section(context: &RequestContext, email: &str) -> AnyView {
    view! {
        <section class="card stack" aria-labelledby="email-title">
            <h2 id="email-title">"Email address"</h2>
            <p>{format!("You sign in and get mail as {email}.")}</p>
            <div class="button-row"><a class="button" href=context.href(HERE)>"Change address"</a></div>
        </section>
    }
    .into_any()
}

async fn show(context: Context, Confirmed(permit): Confirmed<SignedIn>) -> Result<Response, PageError> {
    render(&context, permit, &Fields::default(), &FieldErrors::default()).await
}

async fn submit(
    context: Context,
    Confirmed(mut permit): Confirmed<SignedIn>,
    FormBody(fields): FormBody<Fields>,
) -> Result<Response, PageError> {
    if fields.intent == "cancel" {
        let account = permit.principal().account;
        email_change::cancel(&mut permit, account).await?;
        permit.commit().await?;
        return Ok(see_other_with(&context.href(HERE), Flash::EmailChangeCancelled));
    }
    let mut errors = FieldErrors::default();
    let new = errors.take("email", EmailAddress::parse(&fields.email));
    let present = EmailAddress::parse(&permit.principal().email).ok();
    if new.is_some() && new.as_ref().map(EmailAddress::key) == present.as_ref().map(EmailAddress::key) {
        errors.add("email", "This is your address already.");
    }
    let Some(new) = new.filter(|_| errors.is_empty()) else { return render(&context, permit, &fields, &errors).await };
    let letterhead = context.letterhead()?;
    // Whether another account has the address is not to be learnt from the time it takes.
    let done = evenly(async {
        let scribe = context.scribe();
        let (person, tx) = permit.parts();
        let done = email_change::request(tx, &scribe, &letterhead, person, &new, &context.device).await?;
        permit.commit().await?;
        Ok::<_, PageError>(done)
    });
    done.await?.map_err(mailed_link::throttled)?;
    Ok(see_other_with(&context.href(HERE), Flash::EmailChangeRequested))
}

async fn render(
    context: &RequestContext,
    mut permit: Permit<SignedIn>,
    fields: &Fields,
    errors: &FieldErrors,
) -> Result<Response, PageError> {
    let account = permit.principal().account;
    let pending = email_change::pending(&mut permit, &context.services.ambient, account).await?;
    let person = permit.commit().await?;
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok(page(context, Head::new("Change your email address").with_status(status), || {
        let content = view! {
            <div class="page__head">
                <h1 class="page__title">"Change your email address"</h1>
                <p class="page__lead">{format!("Your address is {}.", person.email)}</p>
            </div>
            <div class="stack">
                {pending.map(|pending| waiting(context, &pending))}
                <div class="card stack">
                    {summary(errors)}
                    <form class="form" action=context.href(HERE) method="post">
                        <input type="hidden" name="intent" value="request" />
                        <TextField
                            id="email"
                            label="New address"
                            kind="email"
                            value=&fields.email
                            errors=errors
                            autocomplete="email"
                            maxlength=254
                            help="We send a link to the address you have and one to the new one. The change is made when both were used."
                        />
                        <div class="button-row">
                            <button class="button button--primary" type="submit">"Send the links"</button>
                            <a class="button button--quiet" href=context.href(security::HOME)>"Back"</a>
                        </div>
                    </form>
                </div>
            </div>
        };
        frame(context, &person, Section::Account, true, content)
    }))
}

fn waiting(context: &RequestContext, pending: &Pending) -> AnyView {
    let missing = match (pending.old_confirmed, pending.new_confirmed) {
        (false, false) => "Both addresses have to confirm it.",
        (false, true) => "The address that you have now still has to confirm it.",
        (true, _) => "The new address still has to confirm it.",
    };
    let until = day(pending.expires_at);
    view! {
        <div class="notice">
            <Icon name="mail" />
            <h2 class="notice__title">{format!("A change to {} is on its way", pending.new_email)}</h2>
            <p>{format!("{missing} The links work until {until}.")}</p>
            <form action=context.href(HERE) method="post">
                <input type="hidden" name="intent" value="cancel" />
                <button class="button" type="submit">"Cancel the change"</button>
            </form>
        </div>
    }
    .into_any()
}
