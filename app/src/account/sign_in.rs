//! `GET /sign-in` and `POST /sign-in`.

use axum::{
    extract::{Query, rejection::QueryRejection},
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use leptos::prelude::*;
use rowhouse_platform::{
    id::AccountId,
    identity::{
        admission::{Admission, Entrant, Refusal},
        policy::{self, Method, SignInPolicy},
        session::{Proof, SessionToken},
        sign_in::{Attempt, SignInError, sign_in},
        throttle::Throttled,
    },
};
use serde::Deserialize;

use super::{
    magic_link,
    passkeys::{self, Prompt},
    reset_password,
};
use crate::{
    context::{Context, RequestContext},
    error::PageError,
    routes::{query_string, see_other, set_cookie},
    ui::{
        FieldErrors, FormBody, Head, Icon,
        form::{TextField, summary},
        frame::solo,
        page, welcome,
    },
};

/// 400 days, in seconds: browsers keep no cookie for longer.
const DEVICE_COOKIE_LIFE: u32 = 400 * 24 * 60 * 60;

/// Where to go afterwards.
#[derive(Default, Deserialize)]
pub(super) struct Next {
    next: Option<String>,
}

/// What was typed.
#[derive(Default, Deserialize)]
pub(super) struct Fields {
    email: String,
    password: String,
    #[serde(default)]
    next: String,
}

/// What the last attempt came to.
enum Outcome {
    None,
    Fields(FieldErrors),
    Wrong,
    Refused(Refusal),
    Throttled(Throttled),
}

/// A path of this site to go to after signing in; anything else leads to the start.
pub(super) fn local_path(next: &str) -> Option<&str> {
    let rest = next.strip_prefix('/')?;
    // "//host" and "/\host" lead elsewhere.
    let leads_away = rest.starts_with(['/', '\\']) || next.chars().any(char::is_control);
    (!leads_away && next.len() <= 2000).then_some(next)
}

/// The address of the sign-in page that leads back to `path`.
pub(crate) fn address(context: &RequestContext, path: &str) -> String {
    leading_back(context, "/sign-in", path)
}

/// The address of `page`, which leads back to `path` when it is done with.
pub(crate) fn leading_back(context: &RequestContext, page: &str, path: &str) -> String {
    match local_path(path) {
        Some(path) if path != "/" => context.href(&format!("{page}{}", query_string(&[("next", path.to_owned())]))),
        _ => context.href(page),
    }
}

pub(super) async fn show(context: Context, query: Result<Query<Next>, QueryRejection>) -> Result<Response, PageError> {
    context.tenant()?;
    let next = query.map(|Query(query)| query.next.unwrap_or_default()).unwrap_or_default();
    render(&context, &Fields { next, ..Fields::default() }, &Outcome::None).await
}

pub(super) async fn submit(context: Context, FormBody(fields): FormBody<Fields>) -> Result<Response, PageError> {
    let tenant = context.tenant()?;
    let mut errors = FieldErrors::default();
    if fields.email.trim().is_empty() {
        errors.add("email", "Enter your email address.");
    }
    if fields.password.is_empty() {
        errors.add("password", "Enter your password.");
    }
    if !errors.is_empty() {
        return render(&context, &fields, &Outcome::Fields(errors)).await;
    }
    let services = &context.services;
    let letterhead = context.letterhead()?;
    let attempt = Attempt {
        email: &fields.email,
        // No password is longer; hashing more would only cost.
        password: fields.password.get(..1024).unwrap_or(&fields.password),
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
        Err(SignInError::Refused(refusal)) => return render(&context, &fields, &Outcome::Refused(refusal)).await,
        Err(SignInError::Wrong) => return render(&context, &fields, &Outcome::Wrong).await,
        Err(SignInError::Throttled(wait)) => return render(&context, &fields, &Outcome::Throttled(wait)).await,
        Err(SignInError::Database(error)) => return Err(error.into()),
        Err(SignInError::Hash(error)) => return Err(PageError::internal(error)),
    };
    Ok(let_in(&context, admission, &fields.next))
}

/// The answer to somebody who was let in: with a session to where they wanted to go, or to the second factor first.
pub(super) fn let_in(context: &RequestContext, admission: Admission, next: &str) -> Response {
    match admission {
        Admission::Session(token) => {
            let mut response = see_other(&context.href(local_path(next).unwrap_or("/tickets")));
            set_session(&mut response, context, &token);
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
    set_cookie(response, &context.device_cookie(), context.device.token.as_str(), Some(DEVICE_COOKIE_LIFE));
}

/// The sign-in page, which says why the workspace lets nobody in so.
pub(super) async fn refuse(context: &RequestContext, refusal: Refusal) -> Result<Response, PageError> {
    render(context, &Fields::default(), &Outcome::Refused(refusal)).await
}

/// The ways in that the workspace allows, in the order in which they stand on the page.
#[derive(Clone, Copy)]
struct Ways {
    password: bool,
    link: bool,
    passkey: bool,
}

impl From<&SignInPolicy> for Ways {
    fn from(policy: &SignInPolicy) -> Self {
        Self {
            password: policy.allows(Method::Password),
            link: policy.allows(Method::MagicLink),
            passkey: policy.allows(Method::Passkey),
        }
    }
}

async fn render(context: &RequestContext, fields: &Fields, outcome: &Outcome) -> Result<Response, PageError> {
    let tenant = context.tenant()?;
    let name = tenant.name.clone();
    let mut tx = context.services.database.begin(&tenant.home).await?;
    let ways = Ways::from(&policy::load(&mut tx).await?);
    tx.commit().await?;
    let no_errors = FieldErrors::default();
    let (status, notice, errors) = match outcome {
        Outcome::None => (StatusCode::OK, ().into_any(), &no_errors),
        Outcome::Fields(errors) => (StatusCode::UNPROCESSABLE_ENTITY, summary(errors), errors),
        Outcome::Wrong => (StatusCode::UNPROCESSABLE_ENTITY, wrong(), &no_errors),
        Outcome::Refused(refusal) => (StatusCode::FORBIDDEN, refused(refusal), &no_errors),
        Outcome::Throttled(wait) => (StatusCode::TOO_MANY_REQUESTS, throttled(*wait), &no_errors),
    };
    let mut about = Head::new("Sign in").without_islands().with_status(status);
    if ways.passkey {
        about = about.with_script(passkeys::SCRIPT);
    }
    let mut response = page(context, about, || {
        let head = view! { <h1>{format!("Sign in to {name}")}</h1> {welcome::words(context)} };
        let content = view! {
            <div class="card stack">
                {notice}
                {ways.password.then(|| password_form(context, ways, fields, errors))}
                {ways.link.then(|| link_way(context, ways, fields, errors))}
                {ways.passkey.then(|| passkeys::prompt(context, Prompt::SignIn, &fields.next))}
                {nothing_else(ways)}
            </div>
            <p class="solo__aside">{format!("No account here? Ask an owner of {name} to add you.")}</p>
        };
        solo(context, false, head, content)
    });
    if let Outcome::Throttled(wait) = outcome {
        let seconds = HeaderValue::from(wait.wait.whole_seconds().max(1).unsigned_abs());
        response.headers_mut().insert(header::RETRY_AFTER, seconds);
    }
    Ok(response)
}

fn password_form(context: &RequestContext, ways: Ways, fields: &Fields, errors: &FieldErrors) -> AnyView {
    view! {
        <form class="form" action=context.href("/sign-in") method="post">
            <input type="hidden" name="next" value=fields.next.clone() />
            <TextField
                id="email"
                label="Email"
                kind="email"
                value=&fields.email
                errors=errors
                autocomplete=if ways.passkey { "username webauthn" } else { "username" }
                maxlength=254
                autofocus=fields.email.is_empty()
            />
            <TextField
                id="password"
                label="Password"
                kind="password"
                value=""
                errors=errors
                autocomplete="current-password"
                autofocus=!fields.email.is_empty()
            />
            <button class="button button--primary button--wide" type="submit">"Sign in"</button>
            <p class="form__aside"><a href=context.href(reset_password::HERE)>"Forgot your password?"</a></p>
        </form>
    }
    .into_any()
}

/// The way by mail: beside a password a button that leads to it, without one its form.
fn link_way(context: &RequestContext, ways: Ways, fields: &Fields, errors: &FieldErrors) -> AnyView {
    if !ways.password {
        return magic_link::ask_form(context, &fields.email, &fields.next, errors);
    }
    view! {
        <a class="button button--wide" href=leading_back(context, magic_link::HERE, &fields.next)>
            <Icon name="mail" />
            "Email me a link"
        </a>
    }
    .into_any()
}

/// What is said where the page has no form that works without a script.
fn nothing_else(ways: Ways) -> AnyView {
    if ways.password || ways.link {
        return ().into_any();
    }
    if ways.passkey {
        return view! { <noscript><p>"Passkeys need JavaScript. Turn it on for this page."</p></noscript> }.into_any();
    }
    view! { <p>"People sign in to this workspace at its identity provider. Begin there."</p> }.into_any()
}

fn wrong() -> AnyView {
    view! {
        <div class="notice notice--danger" role="alert" id="errors" tabindex="-1">
            <Icon name="circle-alert" />
            <h2 class="notice__title">"That email and password do not match"</h2>
            <p>"Check both and try again."</p>
        </div>
    }
    .into_any()
}

fn refused(refusal: &Refusal) -> AnyView {
    let text = match refusal {
        Refusal::Method(_) => "This workspace does not let people in this way. Use another way to sign in.".to_owned(),
        Refusal::Address(address) => {
            format!("This workspace can be entered from certain networks only, and {address} is not in them.")
        }
        Refusal::SsoRequired => "People sign in to this workspace at its identity provider. If you are the owner who can come in without it, check what you typed and try again.".to_owned(),
    };
    view! {
        <div class="notice notice--danger" role="alert" id="errors" tabindex="-1">
            <Icon name="circle-alert" />
            <h2 class="notice__title">"You cannot sign in so"</h2>
            <p>{text}</p>
        </div>
    }
    .into_any()
}

fn throttled(wait: Throttled) -> AnyView {
    view! {
        <div class="notice notice--warning" role="alert" id="errors" tabindex="-1">
            <Icon name="hourglass" />
            <h2 class="notice__title">"Too many attempts"</h2>
            <p>{format!("Signing in to this account from here is paused. Try again in {}.", wait.wait_in_words())}</p>
        </div>
    }
    .into_any()
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
