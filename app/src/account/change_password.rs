//! `GET /account/password` and `POST` to it: a person changes their password, or chooses a first one.

use axum::{http::StatusCode, response::Response};
use leptos::prelude::*;
use rowhouse_platform::{
    access::{Permit, Principal, SignedIn},
    audit::{self, Act, Action},
    identity::{
        account, password,
        password_change::{self, Mismatch},
        policy::{self, Method, SignInPolicy},
    },
};
use serde::Deserialize;

use super::{new_password, security, sign_in::bounded};
use crate::{
    access::{self, Allowed},
    context::{Context, RequestContext},
    error::PageError,
    routes::{Gate, SiteRoutes, see_other_with},
    ui::{
        FieldErrors, FormBody, Head,
        flash::Flash,
        form::{TextField, summary},
        frame::{Section, frame},
        page,
    },
};

const HERE: &str = "/account/password";

/// Adds the pages to a tenant's site.
pub(super) fn routes(site: SiteRoutes) -> SiteRoutes {
    let own = Gate::of::<SignedIn>();
    site.get(HERE, own, show).post(HERE, own, submit)
}

#[derive(Default, Deserialize)]
struct Fields {
    #[serde(default)]
    current: String,
    #[serde(default)]
    password: String,
}

/// What the page needs to know.
struct Situation {
    policy: SignInPolicy,
    has_password: bool,
}

/// The password, as a section of the page about keys. Nothing where the workspace does not use passwords.
pub(super) fn section(context: &RequestContext, policy: &SignInPolicy, has_password: bool) -> AnyView {
    if !policy.allows(Method::Password) {
        return ().into_any();
    }
    let (words, label) = if has_password {
        ("You sign in with your email address and a password.", "Change password")
    } else {
        ("You have none, and sign in in other ways.", "Choose a password")
    };
    view! {
        <section class="card stack" aria-labelledby="password-title">
            <h2 id="password-title">"Password"</h2>
            <p>{words}</p>
            <div class="button-row"><a class="button" href=context.href(HERE)>{label}</a></div>
        </section>
    }
    .into_any()
}

/// What there is to change. Where the workspace does not use passwords, the page does not exist. Whoever has none to show
/// has shown something else lately.
async fn situation(
    context: &RequestContext,
    mut permit: Permit<SignedIn>,
) -> Result<(Situation, Principal), PageError> {
    let account = permit.principal().account;
    let policy = policy::load(&mut permit).await?;
    let has_password = account::has_password(&mut permit, account).await?;
    let person = permit.commit().await?;
    if !policy.allows(Method::Password) {
        return Err(PageError::NotFound);
    }
    if !has_password && !person.is_confirmed(context.services.ambient.now()) {
        return Err(PageError::NotConfirmed);
    }
    Ok((Situation { policy, has_password }, person))
}

async fn show(context: Context, Allowed(permit): Allowed<SignedIn>) -> Result<Response, PageError> {
    let (situation, person) = situation(&context, permit).await?;
    Ok(render(&context, &person, &situation, &FieldErrors::default(), StatusCode::OK))
}

async fn submit(
    context: Context,
    Allowed(permit): Allowed<SignedIn>,
    FormBody(fields): FormBody<Fields>,
) -> Result<Response, PageError> {
    let (situation, person) = situation(&context, permit).await?;
    let (tenant, services) = (context.tenant()?, &context.services);
    let mut errors = FieldErrors::default();
    if situation.has_password && fields.current.is_empty() {
        errors.add("current", "Enter your current password.");
    }
    let about = [person.name.as_str(), person.email.as_str(), tenant.name.as_str()];
    let chosen = password::check_choice(&fields.password, situation.policy.password_rules(), &about);
    errors.take("password", chosen);
    if !errors.is_empty() {
        return Ok(render(&context, &person, &situation, &errors, StatusCode::UNPROCESSABLE_ENTITY));
    }
    let scribe = context.scribe();
    if situation.has_password {
        let limit = services.sign_in_limits.account_and_address;
        let shown = (&person, bounded(&fields.current));
        let checked =
            password_change::check(&services.database, &scribe, &services.passwords, limit, &tenant.home, shown).await;
        if let Err(mismatch) = checked {
            let status = refused(&context, &person, &mut errors, mismatch).await?;
            return Ok(render(&context, &person, &situation, &errors, status));
        }
    }
    let hash = services.passwords.hash(&services.ambient, fields.password).await.map_err(PageError::internal)?;
    let letterhead = context.letterhead()?;
    // The session may have ended meanwhile.
    let mut permit = access::permit::<SignedIn>(&context).await?;
    password_change::change(&mut permit, &scribe, &letterhead, &person, &hash, &context.device).await?;
    permit.commit().await?;
    Ok(see_other_with(&context.href(security::HOME), Flash::PasswordChanged))
}

/// Says and records that the current password was not shown.
async fn refused(
    context: &RequestContext,
    person: &Principal,
    errors: &mut FieldErrors,
    mismatch: Mismatch,
) -> Result<StatusCode, PageError> {
    let (status, why) = match mismatch {
        Mismatch::Wrong => {
            errors.add("current", "This is not your current password.");
            (StatusCode::UNPROCESSABLE_ENTITY, "The current password was wrong.")
        }
        Mismatch::Throttled(wait) => {
            errors.add("current", format!("There were too many attempts. Try again in {}.", wait.wait_in_words()));
            (StatusCode::TOO_MANY_REQUESTS, "There were too many attempts.")
        }
        Mismatch::Hash(error) => return Err(PageError::internal(error)),
        Mismatch::Database(error) => return Err(error.into()),
    };
    let mut tx = context.services.database.begin(&context.tenant()?.home).await?;
    audit::record(&mut tx, &context.scribe(), Act::by(person, Action::StepUpRefused).because(why)).await?;
    tx.commit().await?;
    Ok(status)
}

fn render(
    context: &RequestContext,
    person: &Principal,
    situation: &Situation,
    errors: &FieldErrors,
    status: StatusCode,
) -> Response {
    let title = if situation.has_password { "Change your password" } else { "Choose a password" };
    page(context, Head::new(title).with_status(status), || {
        let current = situation.has_password.then(|| {
            view! {
                <TextField
                    id="current"
                    label="Current password"
                    kind="password"
                    value=""
                    errors=errors
                    autocomplete="current-password"
                    maxlength=1024
                />
            }
        });
        let content = view! {
            <div class="page__head"><h1 class="page__title">{title}</h1></div>
            <div class="card stack">
                {summary(errors)}
                <form class="form" action=context.href(HERE) method="post">
                    <input type="email" name="username" value=person.email.clone() autocomplete="username" hidden=true />
                    {current}
                    {new_password::field(&situation.policy, errors)}
                    <p>"You stay signed in here, and are signed out on every other device."</p>
                    <div class="button-row">
                        <button class="button button--primary" type="submit">"Save the new password"</button>
                        <a class="button button--quiet" href=context.href(security::HOME)>"Cancel"</a>
                    </div>
                </form>
            </div>
        };
        frame(context, person, Section::Account, true, content)
    })
}
