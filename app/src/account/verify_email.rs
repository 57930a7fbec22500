//! `GET /verify-email?token=…` and `POST` to it: where the link leads that proves an address. `POST
//! /account/verify-email/send` mails it again.

use axum::{
    extract::{Query, rejection::QueryRejection},
    http::StatusCode,
    response::Response,
};
use leptos::prelude::*;
use rowhouse_platform::{access::SignedIn, identity::email_verification};

use super::mailed_link::{self, Token, dead, keep_address, press, words};
use crate::{
    access::Allowed,
    context::{Context, RequestContext},
    error::PageError,
    routes::{Gate, SiteRoutes, see_other_with},
    ui::{FormBody, flash::Flash},
};

const HERE: &str = "/verify-email";
/// Where the banner's button leads.
pub(crate) const SEND_AGAIN: &str = "/account/verify-email/send";

/// Adds the pages to a tenant's site.
pub(super) fn routes(site: SiteRoutes) -> SiteRoutes {
    site.get(HERE, Gate::Public, show).post(HERE, Gate::Public, submit).post(
        SEND_AGAIN,
        Gate::of::<SignedIn>(),
        send_again,
    )
}

async fn show(context: Context, query: Result<Query<Token>, QueryRejection>) -> Result<Response, PageError> {
    let Query(Token { token }) = query.unwrap_or_default();
    let services = &context.services;
    let mut tx = services.database.begin(&context.tenant()?.home).await?;
    let holder = email_verification::find(&mut tx, &services.ambient, &token).await?;
    tx.commit().await?;
    let Some(holder) = holder else { return Ok(gone(&context)) };
    let title = ("Confirm your email address", StatusCode::OK);
    Ok(keep_address(words(&context, title, || {
        view! {
            <p>{format!("Is {} your address?", holder.email)}</p>
            {press(&context, HERE, &token, "Confirm this address")}
        }
        .into_any()
    })))
}

async fn submit(context: Context, FormBody(Token { token }): FormBody<Token>) -> Result<Response, PageError> {
    let mut tx = context.services.database.begin(&context.tenant()?.home).await?;
    let holder = email_verification::verify(&mut tx, &context.scribe(), &token).await?;
    tx.commit().await?;
    match holder {
        Some(_) => Ok(see_other_with(&context.href("/tickets"), Flash::EmailVerified)),
        None => Ok(gone(&context)),
    }
}

fn gone(context: &RequestContext) -> Response {
    let text = "It was used, or it is older than 24 hours. Sign in, and have another sent if your address still waits.";
    dead(context, text, ("/tickets", "Go on"))
}

async fn send_again(context: Context, Allowed(mut permit): Allowed<SignedIn>) -> Result<Response, PageError> {
    let (ambient, letterhead) = (&context.services.ambient, context.letterhead()?);
    let (person, tx) = permit.parts();
    let sent = email_verification::send_again(tx, ambient, &letterhead, person, &context.device).await?;
    permit.commit().await?;
    sent.map_err(mailed_link::throttled)?;
    Ok(see_other_with(&context.href("/account/security"), Flash::VerificationSent))
}
