//! `GET /sign-in` and `POST /sign-in`.

use axum::{
    extract::{Query, rejection::QueryRejection},
    response::Response,
};
use rowhouse_platform::{
    id::AccountId,
    identity::{
        admission::{Admission, Entrant, Refusal},
        session::{Device, Proof, SessionToken},
        sign_in::{Attempt, SignInError, sign_in},
    },
};
use serde::Deserialize;

use super::{
    sign_in_page::{Outcome, Typed, render},
    sso,
};
use crate::{
    context::{Context, RequestContext},
    error::PageError,
    routes::{query_string, see_other, set_cookie},
    ui::{FieldErrors, FormBody},
};

/// 400 days, in seconds: browsers keep no cookie for longer.
const DEVICE_COOKIE_LIFE: u32 = 400 * 24 * 60 * 60;

/// How somebody comes to the page.
#[derive(Default, Deserialize)]
pub(super) struct Asked {
    /// Where to go afterwards.
    next: Option<String>,
    /// The connection to sign in at, by the name that addresses call it.
    idp_hint: Option<String>,
    /// Who it is, for the provider's own page.
    login_hint: Option<String>,
    /// `password`: the ways beside single sign-on, where that is required.
    way: Option<String>,
}

/// What was typed.
#[derive(Default, Deserialize)]
pub(super) struct Fields {
    email: String,
    password: String,
    #[serde(default)]
    next: String,
}

impl Fields {
    fn typed(&self) -> Typed<'_> {
        Typed { email: &self.email, next: &self.next, another_way: true, ..Typed::default() }
    }
}

/// A path of this site to go to after signing in; anything else leads to the start.
pub(crate) fn local_path(next: &str) -> Option<&str> {
    let rest = next.strip_prefix('/')?;
    // "//host" and "/\host" lead elsewhere.
    let leads_away = rest.starts_with(['/', '\\']) || next.chars().any(char::is_control);
    (!leads_away && next.len() <= 2000).then_some(next)
}

/// The address of the sign-in page that leads back to `path`.
pub fn address(context: &RequestContext, path: &str) -> String {
    leading_back(context, "/sign-in", path)
}

/// The address of `page`, which leads back to `path` when it is done with.
pub(crate) fn leading_back(context: &RequestContext, page: &str, path: &str) -> String {
    match local_path(path) {
        Some(path) if path != "/" => context.href(&format!("{page}{}", query_string(&[("next", path.to_owned())]))),
        _ => context.href(page),
    }
}

pub(super) async fn show(context: Context, query: Result<Query<Asked>, QueryRejection>) -> Result<Response, PageError> {
    let tenant = context.tenant()?;
    let asked = query.map(|Query(query)| query).unwrap_or_default();
    let next = asked.next.unwrap_or_default();
    if let Some(hint) = &asked.idp_hint {
        let mut tx = context.services.database.begin(&tenant.home).await?;
        let offer = sso::Offer::load(&mut tx).await?;
        tx.commit().await?;
        // A hint that names none leads to the page, where one chooses.
        if let Some(address) = offer.start_of_hint(&context, hint, &next, asked.login_hint.as_deref()) {
            return Ok(see_other(&address));
        }
    }
    let another_way = asked.way.as_deref() == Some("password");
    render(&context, Typed { next: &next, another_way, ..Typed::default() }, &Outcome::None).await
}

/// What is missing of an email address and a password.
pub(crate) fn missing(email: &str, password: &str) -> FieldErrors {
    let mut errors = FieldErrors::default();
    if email.trim().is_empty() {
        errors.add("email", "Enter your email address.");
    }
    if password.is_empty() {
        errors.add("password", "Enter your password.");
    }
    errors
}

/// The most of a password that is looked at. None is longer; hashing more would only cost.
pub(crate) fn bounded(password: &str) -> &str {
    &password[..password.floor_char_boundary(1024)]
}

pub(super) async fn submit(context: Context, FormBody(fields): FormBody<Fields>) -> Result<Response, PageError> {
    let tenant = context.tenant()?;
    let errors = missing(&fields.email, &fields.password);
    if !errors.is_empty() {
        return render(&context, fields.typed(), &Outcome::Fields(errors)).await;
    }
    let services = &context.services;
    let letterhead = context.letterhead()?;
    let attempt = Attempt {
        email: &fields.email,
        password: bounded(&fields.password),
        device: &context.device,
        previous: context.session.as_ref(),
        letterhead: &letterhead,
    };
    let policies = (services.session_policy, services.sign_in_limits);
    let admission = match sign_in(
        &services.database,
        &context.scribe(),
        &services.passwords,
        policies,
        &tenant.home,
        attempt,
    )
    .await
    {
        Ok(admission) => admission,
        Err(SignInError::Refused(refusal)) => {
            return render(&context, fields.typed(), &Outcome::Refused(refusal)).await;
        }
        Err(SignInError::Wrong) => return render(&context, fields.typed(), &Outcome::Wrong).await,
        Err(SignInError::Throttled(wait)) => return render(&context, fields.typed(), &Outcome::Throttled(wait)).await,
        Err(SignInError::Database(error)) => return Err(error.into()),
        Err(SignInError::Hash(error)) => return Err(PageError::internal(error)),
    };
    Ok(let_in(&context, admission, &fields.next))
}

/// The answer to somebody who was let in: with a session to where they wanted to go, or to the second factor first.
pub(super) fn let_in(context: &RequestContext, admission: Admission, next: &str) -> Response {
    let_in_with(context, admission, next, &context.device)
}

/// The same for somebody whose device the request itself does not show.
pub(super) fn let_in_with(context: &RequestContext, admission: Admission, next: &str, device: &Device) -> Response {
    match admission {
        Admission::Session(token) => {
            let mut response = see_other(&context.href(local_path(next).unwrap_or("/tickets")));
            set_cookie(&mut response, &context.session_cookie(), token.as_str(), None);
            keep_device(&mut response, context, device);
            response
        }
        Admission::SecondFactor(token) => {
            let mut response = see_other(&leading_back(context, "/sign-in/second-factor", next));
            set_cookie(&mut response, &context.challenge_cookie(), &token, Some(600));
            response
        }
    }
}

/// Somebody at the door of this request's workspace.
pub(super) fn entrant(context: &RequestContext, account: AccountId, proof: Proof) -> Result<Entrant<'_>, PageError> {
    let (device, previous) = (&context.device, context.session.as_ref());
    Ok(Entrant { account, proof, device, previous, letterhead: context.letterhead()?, sso: None })
}

/// Gives the browser its session, and what tells it again.
pub(super) fn set_session(response: &mut Response, context: &RequestContext, token: &SessionToken) {
    set_cookie(response, &context.session_cookie(), token.as_str(), None);
    set_device(response, context);
}

/// Gives the browser what tells it again, for as long as browsers keep cookies.
pub(super) fn set_device(response: &mut Response, context: &RequestContext) {
    keep_device(response, context, &context.device);
}

fn keep_device(response: &mut Response, context: &RequestContext, device: &Device) {
    set_cookie(response, &context.device_cookie(), device.token.as_str(), Some(DEVICE_COOKIE_LIFE));
}

/// The sign-in page, which says why the workspace lets nobody in so.
pub(super) async fn refuse(context: &RequestContext, refusal: Refusal) -> Result<Response, PageError> {
    render(context, Typed::default(), &Outcome::Refused(refusal)).await
}

/// The sign-in page with what was typed into the field of single sign-on, and its messages.
pub(super) async fn show_again(
    context: &RequestContext,
    sso_email: &str,
    next: &str,
    errors: FieldErrors,
) -> Result<Response, PageError> {
    render(context, Typed { sso_email, next, ..Typed::default() }, &Outcome::Fields(errors)).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_this_site_are_gone_to() {
        for good in ["/", "/tickets?status=open", "/tickets/tkt_1#x"] {
            assert_eq!(local_path(good), Some(good));
        }
        for bad in [
            "",
            "tickets",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/a\r\nSet-Cookie: x",
            "/\t/evil.example",
        ] {
            assert_eq!(local_path(bad), None, "{bad}");
        }
    }
}
