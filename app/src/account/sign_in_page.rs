//! The sign-in page: the ways in that the workspace allows, and what the last attempt came to.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use leptos::prelude::*;
use rowhouse_platform::{
    identity::{
        admission::Refusal,
        policy::{self, Method, SignInPolicy},
        throttle::Throttled,
    },
    sso::Connection,
};

use super::{
    magic_link,
    passkeys::{self, Prompt},
    reset_password,
    sign_in::{leading_back, local_path},
    sso::{Offer, choices},
};
use crate::{
    context::RequestContext,
    error::PageError,
    routes::query_string,
    ui::{
        FieldErrors, Head, Icon,
        form::{TextField, summary},
        frame::solo,
        page, welcome,
    },
};

/// What was typed, and how somebody came.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Typed<'a> {
    pub(super) email: &'a str,
    /// The address in the field of single sign-on.
    pub(super) sso_email: &'a str,
    pub(super) next: &'a str,
    /// Whether the ways beside single sign-on are shown where that is required.
    pub(super) another_way: bool,
}

/// What the last attempt came to.
pub(super) enum Outcome {
    None,
    Fields(FieldErrors),
    Wrong,
    Refused(Refusal),
    Throttled(Throttled),
}

/// The ways in that the workspace allows, in the order in which they stand on the page.
#[derive(Clone, Copy)]
struct Ways {
    password: bool,
    link: bool,
    passkey: bool,
}

impl Ways {
    /// But for single sign-on.
    const NONE: Self = Self { password: false, link: false, passkey: false };

    fn is_empty(self) -> bool {
        !(self.password || self.link || self.passkey)
    }
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

/// The page.
///
/// # Errors
/// What the database said.
pub(super) async fn render(
    context: &RequestContext,
    typed: Typed<'_>,
    outcome: &Outcome,
) -> Result<Response, PageError> {
    let tenant = context.tenant()?;
    let name = tenant.name.clone();
    let mut tx = context.services.database.begin(&tenant.home).await?;
    let policy = policy::load(&mut tx).await?;
    let offer = if policy.allows(Method::Sso) { Offer::load(&mut tx).await? } else { Offer::default() };
    tx.commit().await?;
    // Should no connection be on any more, the others are the only way to switch one on.
    let is_required = policy.sso_required && !offer.is_empty();
    let ways = if is_required && !typed.another_way { Ways::NONE } else { Ways::from(&policy) };
    let is_offered = !offer.is_empty() && (!is_required || !typed.another_way);
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
    // Who begins in a field below the connections has passed them by.
    let is_first = !is_offered && errors.of("sso_email").is_none();
    let mut response = page(context, about, || {
        let head = view! { <h1>{format!("Sign in to {name}")}</h1> {welcome::words(context)} };
        let content = view! {
            <div class="card stack">
                {notice}
                {is_offered.then(|| offer.view(context, typed.sso_email, typed.next, errors))}
                {(is_offered && !ways.is_empty()).then(|| view! { <p class="or">"or"</p> })}
                {ways.password.then(|| password_form(context, ways, typed, errors, is_first))}
                {ways.link.then(|| link_way(context, ways, typed, errors, is_first))}
                {ways.passkey.then(|| passkeys::prompt(context, Prompt::SignIn, typed.next))}
                {offer.is_empty().then(|| nothing_else(ways))}
            </div>
            {is_required.then(|| other_way(context, typed))}
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

/// Where single sign-on is required: the way for the one owner who may come in otherwise, and the way back.
fn other_way(context: &RequestContext, typed: Typed<'_>) -> AnyView {
    let mut pairs = vec![("way", "password".to_owned())];
    pairs.extend(local_path(typed.next).map(|next| ("next", next.to_owned())));
    let (address, label) = if typed.another_way {
        (leading_back(context, "/sign-in", typed.next), "Sign in with single sign-on")
    } else {
        (context.href(&format!("/sign-in{}", query_string(&pairs))), "Sign in another way")
    };
    let words = typed.another_way.then_some("Only the owner who keeps this way open can use it.");
    view! {
        {words.map(|words| view! { <p class="solo__aside">{words}</p> })}
        <p class="solo__aside"><a href=address>{label}</a></p>
    }
    .into_any()
}

/// The page for somebody whose address leads to several connections.
pub(super) fn choose(context: &RequestContext, among: &[Connection], next: &str) -> Response {
    page(context, Head::new("Sign in").without_islands(), || {
        let content = view! {
            <div class="card stack">
                <p>"People with your address sign in at one of these. Choose yours."</p>
                {choices(context, among, next)}
            </div>
        };
        solo(context, false, view! { <h1>"Where do you sign in?"</h1> }, content)
    })
}

/// The cursor starts here where something is wrong here or was typed here before, and on a page where this `is_first`.
fn password_form(
    context: &RequestContext,
    ways: Ways,
    fields: Typed<'_>,
    errors: &FieldErrors,
    is_first: bool,
) -> AnyView {
    let in_email = errors.of("email").is_some() || (is_first && fields.email.is_empty());
    let in_password = !in_email && (errors.of("password").is_some() || !fields.email.is_empty());
    view! {
        <form class="form" action=context.href("/sign-in") method="post">
            <input type="hidden" name="next" value=fields.next.to_owned() />
            <TextField
                id="email"
                label="Email"
                kind="email"
                value=fields.email
                errors=errors
                autocomplete=if ways.passkey { "username webauthn" } else { "username" }
                maxlength=254
                autofocus=in_email
            />
            <TextField
                id="password"
                label="Password"
                kind="password"
                value=""
                errors=errors
                autocomplete="current-password"
                autofocus=in_password
            />
            <button class="button button--primary button--wide" type="submit">"Sign in"</button>
            <p class="form__aside"><a href=context.href(reset_password::HERE)>"Forgot your password?"</a></p>
        </form>
    }
    .into_any()
}

/// The way by mail: beside a password a button that leads to it, without one its form.
fn link_way(context: &RequestContext, ways: Ways, fields: Typed<'_>, errors: &FieldErrors, is_first: bool) -> AnyView {
    if !ways.password {
        return magic_link::ask_form(context, fields.email, fields.next, errors, is_first);
    }
    view! {
        <a class="button button--wide" href=leading_back(context, magic_link::HERE, fields.next)>
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

/// What was typed is not right.
pub(crate) fn wrong() -> AnyView {
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
        Refusal::SsoRequired => "People sign in to this workspace at its identity provider. If you are the owner \
             who can come in without it, check what you typed and try again."
            .to_owned(),
        Refusal::Method(_) => "This workspace does not let people in this way. Use another way to sign in.".to_owned(),
        Refusal::Address(address) => {
            format!("This workspace can be entered from certain networks only, and {address} is not in them.")
        }
    };
    view! {
        <div class="notice notice--danger" role="alert" id="errors" tabindex="-1">
            <Icon name="circle-alert" />
            <h2 class="notice__title">"You cannot sign in this way"</h2>
            <p>{text}</p>
        </div>
    }
    .into_any()
}

/// There were too many attempts.
pub(crate) fn throttled(wait: Throttled) -> AnyView {
    view! {
        <div class="notice notice--warning" role="alert" id="errors" tabindex="-1">
            <Icon name="hourglass" />
            <h2 class="notice__title">"Too many attempts"</h2>
            <p>{format!("Signing in to this account from here is paused. Try again in {}.", wait.wait_in_words())}</p>
        </div>
    }
    .into_any()
}
