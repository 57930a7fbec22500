//! `GET /reset-password` and `POST` to it: asking for a link that leads to a new password. `GET
//! /reset-password/new?token=…` and `POST` to it: where it leads.

use axum::{
    extract::{Query, rejection::QueryRejection},
    http::StatusCode,
    response::Response,
};
use leptos::prelude::*;
use rowhouse_platform::identity::{
    EmailAddress, password,
    password_reset::{self, Holder},
    policy::{self, Method, SignInPolicy},
};
use serde::Deserialize;

use super::{
    mailed_link::{self, Token, dead, evenly, keep_address, outbox, words},
    new_password,
    sign_in::set_device,
};
use crate::{
    context::{Context, RequestContext},
    error::PageError,
    routes::{Gate, SiteRoutes, see_other, see_other_with},
    ui::{
        FieldErrors, FormBody, Head,
        flash::Flash,
        form::{TextField, summary},
        frame::solo,
        page,
    },
};

/// Where a link is asked for.
pub(super) const HERE: &str = "/reset-password";
const SENT: &str = "/reset-password/sent";
const NEW: &str = "/reset-password/new";

/// Adds the pages to a tenant's site.
pub(super) fn routes(site: SiteRoutes) -> SiteRoutes {
    site.get(HERE, Gate::Public, show)
        .post(HERE, Gate::Public, submit)
        .get(SENT, Gate::Public, sent)
        .get(NEW, Gate::Public, show_new)
        .post(NEW, Gate::Public, submit_new)
}

/// The address that a link is asked for.
#[derive(Default, Deserialize)]
struct Asked {
    #[serde(default)]
    email: String,
}

/// The link's token, and the password chosen.
#[derive(Default, Deserialize)]
struct Chosen {
    #[serde(default)]
    token: String,
    #[serde(default)]
    password: String,
}

/// The tenant's policy, where it lets people in with passwords; else the page that says so.
async fn policy_of(context: &RequestContext) -> Result<Result<SignInPolicy, Response>, PageError> {
    let mut tx = context.services.database.begin(&context.tenant()?.home).await?;
    let policy = policy::load(&mut tx).await?;
    tx.commit().await?;
    Ok(if policy.allows(Method::Password) { Ok(policy) } else { Err(no_passwords(context)) })
}

fn no_passwords(context: &RequestContext) -> Response {
    words(context, ("There are no passwords here", StatusCode::FORBIDDEN), || {
        view! {
            <p>"This workspace does not let people in with passwords. The sign-in page shows the ways that it uses."</p>
            <a class="button button--primary button--wide" href=context.href("/sign-in")>"Go to the sign-in page"</a>
        }
        .into_any()
    })
}

async fn show(context: Context) -> Result<Response, PageError> {
    Ok(match policy_of(&context).await? {
        Ok(_) => render(&context, &Asked::default(), &FieldErrors::default()),
        Err(elsewhere) => elsewhere,
    })
}

async fn submit(context: Context, FormBody(asked): FormBody<Asked>) -> Result<Response, PageError> {
    if let Err(elsewhere) = policy_of(&context).await? {
        return Ok(elsewhere);
    }
    let mut errors = FieldErrors::default();
    let Some(email) = errors.take("email", EmailAddress::parse(&asked.email)) else {
        return Ok(render(&context, &asked, &errors));
    };
    evenly(request(&context, &email)).await?;
    Ok(see_other(&context.href(SENT)))
}

async fn request(context: &RequestContext, email: &EmailAddress) -> Result<(), PageError> {
    let letterhead = context.letterhead()?;
    let mut tx = context.services.database.begin(&context.tenant()?.home).await?;
    let done = password_reset::request(&mut tx, &context.scribe(), &letterhead, email, &context.device).await?;
    tx.commit().await?;
    done.map_err(mailed_link::throttled)
}

fn render(context: &RequestContext, asked: &Asked, errors: &FieldErrors) -> Response {
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    page(context, Head::new("Reset your password").without_islands().with_status(status), || {
        let content = view! {
            <div class="card stack">
                {summary(errors)}
                <form class="form" action=context.href(HERE) method="post">
                    <TextField
                        id="email"
                        label="Your email"
                        kind="email"
                        value=&asked.email
                        errors=errors
                        autocomplete="username"
                        maxlength=254
                        autofocus=true
                        help="We send a link to it, with which you choose a new password."
                    />
                    <button class="button button--primary button--wide" type="submit">"Send the link"</button>
                </form>
            </div>
            <p class="solo__aside"><a href=context.href("/sign-in")>"Back to signing in"</a></p>
        };
        solo(context, false, view! { <h1>"Reset your password"</h1> }, content)
    })
}

async fn sent(context: Context) -> Result<Response, PageError> {
    context.tenant()?;
    Ok(words(&context, ("Check your mail", StatusCode::OK), || {
        view! {
            <p>"If an account here has that address, a link is on its way to it. It works once, for 1 hour."</p>
            <p class="muted">"Nothing came? Look in the spam folder, or try the address under which you were invited."</p>
            {outbox(&context)}
            <a class="button button--wide" href=context.href("/sign-in")>"Back to signing in"</a>
        }
        .into_any()
    }))
}

async fn holder_of(context: &RequestContext, token: &str) -> Result<Option<Holder>, PageError> {
    let services = &context.services;
    let mut tx = services.database.begin(&context.tenant()?.home).await?;
    let holder = password_reset::find(&mut tx, &services.ambient, token).await?;
    tx.commit().await?;
    Ok(holder)
}

fn gone(context: &RequestContext) -> Response {
    let text = "It was used, or it is older than an hour. Have another one sent.";
    keep_address(dead(context, text, (HERE, "Send another link")))
}

async fn show_new(context: Context, query: Result<Query<Token>, QueryRejection>) -> Result<Response, PageError> {
    let Query(Token { token }) = query.unwrap_or_default();
    let policy = match policy_of(&context).await? {
        Ok(policy) => policy,
        Err(elsewhere) => return Ok(keep_address(elsewhere)),
    };
    let Some(holder) = holder_of(&context, &token).await? else { return Ok(gone(&context)) };
    Ok(render_new(&context, &policy, &token, &holder, &FieldErrors::default()))
}

async fn submit_new(context: Context, FormBody(chosen): FormBody<Chosen>) -> Result<Response, PageError> {
    let tenant = context.tenant()?;
    let policy = match policy_of(&context).await? {
        Ok(policy) => policy,
        Err(elsewhere) => return Ok(keep_address(elsewhere)),
    };
    let Some(holder) = holder_of(&context, &chosen.token).await? else { return Ok(gone(&context)) };
    let mut errors = FieldErrors::default();
    let about = [holder.name.as_str(), holder.email.as_str(), tenant.name.as_str()];
    errors.take("password", password::check_choice(&chosen.password, policy.password_rules(), &about));
    if !errors.is_empty() {
        return Ok(render_new(&context, &policy, &chosen.token, &holder, &errors));
    }
    let services = &context.services;
    let hash = services.passwords.hash(&services.ambient, chosen.password).await.map_err(PageError::internal)?;
    let (scribe, letterhead) = (context.scribe(), context.letterhead()?);
    let mut tx = services.database.begin(&tenant.home).await?;
    let done = password_reset::reset(&mut tx, &scribe, &letterhead, &chosen.token, &hash, &context.device).await?;
    tx.commit().await?;
    // Somebody was quicker with the same link.
    let Some(_) = done else { return Ok(gone(&context)) };
    let mut response = see_other_with(&context.href("/sign-in"), Flash::PasswordReset);
    set_device(&mut response, &context);
    Ok(response)
}

fn render_new(
    context: &RequestContext,
    policy: &SignInPolicy,
    token: &str,
    holder: &Holder,
    errors: &FieldErrors,
) -> Response {
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    keep_address(page(context, Head::new("Choose a new password").without_islands().with_status(status), || {
        let content = view! {
            <div class="card stack">
                {summary(errors)}
                <p>{format!("For {}. You are then signed out on every device.", holder.email)}</p>
                <form class="form" action=context.href(NEW) method="post">
                    <input type="hidden" name="token" value=token.to_owned() />
                    // For password managers: whose password it is.
                    <input type="email" name="username" value=holder.email.clone() autocomplete="username" hidden=true />
                    {new_password::field(policy, errors)}
                    <button class="button button--primary button--wide" type="submit">"Save the new password"</button>
                </form>
            </div>
        };
        solo(context, false, view! { <h1>"Choose a new password"</h1> }, content)
    }))
}
