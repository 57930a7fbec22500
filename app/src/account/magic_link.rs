//! `GET /sign-in/link` and `POST` to it: asking for a link by mail, and typing the code that came with it. `GET
//! /sign-in/link/open?token=…` and `POST` to it: where the link leads.

use axum::{
    extract::{Query, rejection::QueryRejection},
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use leptos::prelude::*;
use rowhouse_platform::{
    audit::{self, Act, Action},
    db::TenantTx,
    id::AccountId,
    identity::{
        EmailAddress,
        admission::{self, Admission, Refusal},
        magic_link::{self, Miss},
        policy::Method,
        session::Proof,
    },
};
use serde::Deserialize;

use super::{
    mailed_link::{self, dead, evenly, keep_address, outbox, words},
    sign_in::{self, entrant, leading_back, local_path},
};
use crate::{
    context::{Context, RequestContext},
    error::PageError,
    routes::{Gate, SiteRoutes, query_string, see_other, set_cookie},
    ui::{
        FieldErrors, FormBody, Head,
        form::{TextField, summary},
        frame::solo,
        page,
    },
};

/// Where a link is asked for.
pub(super) const HERE: &str = "/sign-in/link";
const CODE: &str = "/sign-in/link/code";
const OPEN: &str = "/sign-in/link/open";

/// Adds the pages to a tenant's site.
pub(super) fn routes(site: SiteRoutes) -> SiteRoutes {
    site.get(HERE, Gate::Public, show)
        .post(HERE, Gate::Public, submit)
        .get(CODE, Gate::Public, show_code)
        .post(CODE, Gate::Public, submit_code)
        .get(OPEN, Gate::Public, show_link)
        .post(OPEN, Gate::Public, submit_link)
}

#[derive(Default, Deserialize)]
struct Fields {
    #[serde(default)]
    email: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    token: String,
    #[serde(default)]
    next: String,
}

type Asked = Result<Query<Fields>, QueryRejection>;

/// What the policy says of links, before anything is looked at.
async fn refusal(context: &RequestContext) -> Result<Option<Refusal>, PageError> {
    let mut tx = context.services.database.begin(&context.tenant()?.home).await?;
    let verdict = admission::check(&mut tx, Method::MagicLink, &context.device.address).await?;
    tx.commit().await?;
    Ok(verdict.err())
}

async fn show(context: Context, asked: Asked) -> Result<Response, PageError> {
    let Query(fields) = asked.unwrap_or_default();
    match refusal(&context).await? {
        Some(refusal) => sign_in::refuse(&context, refusal).await,
        None => Ok(render(&context, &fields, &FieldErrors::default())),
    }
}

async fn submit(context: Context, FormBody(fields): FormBody<Fields>) -> Result<Response, PageError> {
    if let Some(refusal) = refusal(&context).await? {
        return sign_in::refuse(&context, refusal).await;
    }
    let mut errors = FieldErrors::default();
    let Some(email) = errors.take("email", EmailAddress::parse(&fields.email)) else {
        return Ok(render(&context, &fields, &errors));
    };
    // A new one each time: a code is of use in the browser alone that asked last.
    let browser = magic_link::browser_token(&context.services.ambient);
    evenly(request(&context, &email, &browser, &fields.next)).await?;
    let mut response = see_other(&leading_back(&context, CODE, &fields.next));
    bind(&mut response, &context, &browser);
    Ok(response)
}

async fn request(context: &RequestContext, email: &EmailAddress, browser: &str, next: &str) -> Result<(), PageError> {
    let letterhead = context.letterhead()?;
    let rest = match local_path(next) {
        Some(path) => query_string(&[("next", path.to_owned())]).replacen('?', "&", 1),
        None => String::new(),
    };
    let mut tx = context.services.database.begin(&context.tenant()?.home).await?;
    let from = (&context.device, browser);
    let done = magic_link::request(&mut tx, &context.scribe(), &letterhead, email, from, &rest).await?;
    tx.commit().await?;
    done.map_err(mailed_link::throttled)
}

/// Gives the asking browser its token, for as long as the mail is good.
pub(super) fn bind(response: &mut Response, context: &RequestContext, browser: &str) {
    let seconds = u32::try_from(magic_link::LIFE.whole_seconds()).unwrap_or_default();
    set_cookie(response, &context.link_cookie(), browser, Some(seconds));
}

/// Takes it away again.
pub(super) fn unbind(response: &mut Response, context: &RequestContext) {
    set_cookie(response, &context.link_cookie(), "", Some(0));
}

fn render(context: &RequestContext, fields: &Fields, errors: &FieldErrors) -> Response {
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    page(context, Head::new("Sign in with a link").without_islands().with_status(status), || {
        let content = view! {
            <div class="card stack">
                {summary(errors)}
                {ask_form(context, &fields.email, &fields.next, errors, true)}
            </div>
            <p class="solo__aside">
                <a href=leading_back(context, "/sign-in", &fields.next)>"Other ways to sign in"</a>
            </p>
        };
        solo(context, false, view! { <h1>"Sign in with a link"</h1> }, content)
    })
}

/// The form that asks for a link.
/// `is_first`: the cursor starts here.
pub(super) fn ask_form(
    context: &RequestContext,
    email: &str,
    next: &str,
    errors: &FieldErrors,
    is_first: bool,
) -> AnyView {
    view! {
        <form class="form" action=context.href(HERE) method="post">
            <input type="hidden" name="next" value=next.to_owned() />
            <TextField
                id="email"
                label="Email"
                kind="email"
                value=email
                errors=errors
                autocomplete="username"
                maxlength=254
                autofocus=is_first
                help="We send a link and a code to it. No password is needed."
            />
            <button class="button button--primary button--wide" type="submit">"Email me a link"</button>
        </form>
    }
    .into_any()
}

async fn show_code(context: Context, asked: Asked) -> Result<Response, PageError> {
    context.tenant()?;
    let Query(fields) = asked.unwrap_or_default();
    if context.asked_for_link.is_none() {
        return Ok(see_other(&leading_back(&context, HERE, &fields.next)));
    }
    Ok(render_code(&context, &fields.next, &FieldErrors::default(), StatusCode::OK))
}

async fn submit_code(context: Context, FormBody(fields): FormBody<Fields>) -> Result<Response, PageError> {
    let Some(browser) = &context.asked_for_link else {
        return Ok(see_other(&leading_back(&context, HERE, &fields.next)));
    };
    let mut errors = FieldErrors::default();
    if fields.code.trim().is_empty() {
        errors.add("code", "Enter the code.");
        return Ok(render_code(&context, &fields.next, &errors, StatusCode::UNPROCESSABLE_ENTITY));
    }
    let mut tx = context.services.database.begin(&context.tenant()?.home).await?;
    let ambient = &context.services.ambient;
    let miss = match magic_link::redeem_code(&mut tx, ambient, browser, &fields.code).await? {
        Ok(account) => return let_in(&context, tx, account, &fields.next).await,
        Err(miss) => miss,
    };
    let act = Act::by_nobody(Action::SignInRefused).because("The code from the mail was wrong.");
    // Whoever has no mail under way can try as often as they like.
    let window = context.services.sign_in_limits.address;
    let key = ["code by mail", context.device.address.as_str()];
    audit::record_once(&mut tx, &context.scribe(), &key, window.window, act).await?;
    tx.commit().await?;
    let status = match miss {
        Miss::Wrong => {
            errors.add("code", WRONG);
            StatusCode::UNPROCESSABLE_ENTITY
        }
        Miss::Throttled(_) => {
            errors.add("code", TOO_MANY);
            StatusCode::TOO_MANY_REQUESTS
        }
    };
    Ok(render_code(&context, &fields.next, &errors, status))
}

/// What is said of a code that is wrong: the same whether or not one was sent.
pub(super) const WRONG: &str =
    "That code is not right, or does not work any more. After five wrong ones, ask for another mail.";
/// What is said of too many codes.
pub(super) const TOO_MANY: &str = "There were too many codes for this account. Use the link in the mail.";

fn render_code(context: &RequestContext, next: &str, errors: &FieldErrors, status: StatusCode) -> Response {
    page(context, Head::new("Check your mail").without_islands().with_status(status), || {
        let content = view! {
            <div class="card stack">
                {summary(errors)}
                <p>
                    "If an account here has that address, a link and a code are on their way to it. Open the link, or type the code here. Both work once, for 15 minutes."
                </p>
                <form class="form" action=context.href(CODE) method="post">
                    <input type="hidden" name="next" value=next.to_owned() />
                    <TextField
                        id="code"
                        label="Code"
                        value=""
                        errors=errors
                        autocomplete="one-time-code"
                        inputmode="numeric"
                        maxlength=12
                        autofocus=true
                        help="The six digits in the mail."
                    />
                    <button class="button button--primary button--wide" type="submit">"Sign in"</button>
                </form>
                {outbox(context)}
            </div>
            <p class="solo__aside">
                "Nothing came? Look in the spam folder, or "
                <a href=leading_back(context, HERE, next)>"ask for another mail"</a> "."
            </p>
        };
        solo(context, false, view! { <h1>"Check your mail"</h1> }, content)
    })
}

fn gone(context: &RequestContext) -> Response {
    let text = "It was used, or it is older than 15 minutes.";
    keep_address(dead(context, text, ("/sign-in", "Sign in again")))
}

/// In the browser that asked, the link signs in at once; scanners of mail do not have its cookie. Elsewhere it takes a
/// button, which says as whom.
async fn show_link(context: Context, asked: Asked) -> Result<Response, PageError> {
    let Query(fields) = asked.unwrap_or_default();
    let ambient = &context.services.ambient;
    let mut tx = context.services.database.begin(&context.tenant()?.home).await?;
    let browser = context.asked_for_link.as_deref();
    let Some(found) = magic_link::find(&mut tx, ambient, &fields.token, browser).await? else {
        tx.commit().await?;
        return Ok(gone(&context));
    };
    if found.asked_here {
        return Ok(keep_address(open(&context, tx, &fields).await?));
    }
    tx.commit().await?;
    let title = ("Sign in here?", StatusCode::OK);
    Ok(keep_address(words(&context, title, || {
        view! {
            <p>{format!("You asked for this link in another browser. Go on here to sign in as {}.", found.email)}</p>
            <form action=context.href(OPEN) method="post">
                <input type="hidden" name="token" value=fields.token.clone() />
                <input type="hidden" name="next" value=fields.next.clone() />
                <button class="button button--primary button--wide" type="submit">"Sign in here"</button>
            </form>
        }
        .into_any()
    })))
}

async fn submit_link(context: Context, FormBody(fields): FormBody<Fields>) -> Result<Response, PageError> {
    let tx = context.services.database.begin(&context.tenant()?.home).await?;
    open(&context, tx, &fields).await
}

async fn open(context: &RequestContext, mut tx: TenantTx, fields: &Fields) -> Result<Response, PageError> {
    let Some(account) = magic_link::redeem(&mut tx, &context.services.ambient, &fields.token).await? else {
        tx.commit().await?;
        return Ok(gone(context));
    };
    let_in(context, tx, account, &fields.next).await
}

async fn let_in(
    context: &RequestContext,
    mut tx: TenantTx,
    account: AccountId,
    next: &str,
) -> Result<Response, PageError> {
    let entrant = entrant(context, account, Proof::first(Method::MagicLink))?;
    let (scribe, policy) = (context.scribe(), context.services.session_policy);
    let admitted = admission::admit(&mut tx, &scribe, policy, entrant).await?;
    if let Err(refusal) = &admitted {
        let act = Act::by_nobody(Action::SignInRefused).on("account", account.to_string(), "");
        audit::record(&mut tx, &scribe, act.because(format!("By a link in a mail: {refusal}."))).await?;
    }
    // The link is used up in any case.
    tx.commit().await?;
    let admission: Admission = match admitted {
        Ok(admission) => admission,
        Err(refusal) => return sign_in::refuse(context, refusal).await,
    };
    let mut response = sign_in::let_in(context, admission, next);
    unbind(&mut response, context);
    // Whatever the address of this page was, the next one is not told.
    response.headers_mut().insert(header::REFERRER_POLICY, HeaderValue::from_static("strict-origin"));
    Ok(response)
}
