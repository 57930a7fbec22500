//! A person's keys: `GET /account/security`, and the pages on which second factors are set up.

pub(crate) mod app_form;
pub(crate) mod recovery_codes;
mod remove_totp;
mod sso;
mod totp;

use axum::response::Response;
use leptos::prelude::*;
use rowhouse_platform::{
    access::{Permission, Permit, Principal, ProveIdentity, SignedIn},
    db::TenantTx,
    identity::{
        account,
        passkey::keys,
        policy::{self, SecondFactor},
        recovery_codes as stored_codes,
        second_factor::is_set_up,
        totp as stored_totp,
    },
    mail::{self, Letter},
};

pub(super) use sso::confirm_links;

use super::{change_email, change_password, devices, passkeys};
use crate::{
    access::Allowed,
    context::{Context, RequestContext},
    error::PageError,
    routes::{Gate, SiteRoutes, see_other},
    ui::{
        Head,
        frame::{Section, frame, solo},
        page,
    },
};

/// The page of all of them.
pub(super) const HOME: &str = "/account/security";
/// Where an authenticator app is set up.
pub(super) const TOTP: &str = "/account/security/totp";
const REMOVE_TOTP: &str = "/account/security/totp/remove";
const RECOVERY_CODES: &str = "/account/security/recovery-codes";

/// Adds the pages to a tenant's site.
pub(super) fn routes(site: SiteRoutes) -> SiteRoutes {
    let (proven, own) = (Gate::confirmed::<ProveIdentity>(), Gate::confirmed::<SignedIn>());
    site.get(HOME, Gate::of::<SignedIn>(), show)
        .get(TOTP, proven, totp::show)
        .post(TOTP, proven, totp::submit)
        .get(REMOVE_TOTP, own, remove_totp::show)
        .post(REMOVE_TOTP, own, remove_totp::submit)
        .get(sso::DISCONNECT, own, sso::show)
        .post(sso::DISCONNECT, own, sso::submit)
        .get(RECOVERY_CODES, own, recovery_codes::show)
        .post(RECOVERY_CODES, own, recovery_codes::submit)
}

async fn show(context: Context, Allowed(mut permit): Allowed<SignedIn>) -> Result<Response, PageError> {
    let id = permit.principal().account;
    let app_since = stored_totp::confirmed_at(&mut permit, id).await?;
    let codes_left = stored_codes::left(&mut permit, id).await?;
    let policy = policy::load(&mut permit).await?;
    let has_password = account::has_password(&mut permit, id).await?;
    let passkeys = keys::list(&mut permit, id).await?;
    let may_add = passkeys::are_allowed(&mut permit).await?;
    let sso = sso::load(&mut permit, id).await?;
    let person = permit.commit().await?;
    Ok(page(&context, Head::new("Security"), || {
        // One section a kind of key.
        let content = view! {
            <div class="page__head">
                <h1 class="page__title">"Security"</h1>
                <p class="page__lead">"How you prove that it is you."</p>
            </div>
            <div class="stack">
                {change_email::section(&context, &person.email)}
                {change_password::section(&context, &policy, has_password)}
                {sso::section(&context, &person, &sso)}
                {passkeys::section(&context, &passkeys, may_add)}
                {totp::section(&context, app_since)}
                {app_since.map(|_| recovery_codes::section(&context, codes_left))}
                {devices::section(&context)}
            </div>
        };
        frame(&context, &person, Section::Account, true, content)
    }))
}

/// Whoever has a second factor shows it before it is changed or joined by another: a password alone must not be enough
/// to take it away, or to get around it. The answer is where to show it; `None` where nothing is missing.
///
/// A passkey is a way to sign in of its own, so it counts as a second factor only where the workspace asks for one.
pub(super) async fn must_show<P: Permission>(
    permit: &mut Permit<P>,
    context: &RequestContext,
    back: &str,
) -> Result<Option<Response>, PageError> {
    let account = permit.principal().account;
    if permit.principal().session().is_some_and(|session| session.second_factor_at.is_some()) {
        return Ok(None);
    }
    let is_asked_for = permit.principal().second_factor != SecondFactor::Settled;
    let has_one = is_set_up(permit, account).await? || (is_asked_for && keys::has_any(permit, account).await?);
    if !has_one {
        return Ok(None);
    }
    Ok(Some(see_other(&super::leading_back(context, super::SECOND_FACTOR, back))))
}

/// A page about keys. Who owes a second factor cannot go anywhere else yet, so it has no sidebar for them.
pub(super) fn in_frame(
    context: &RequestContext,
    person: &Principal,
    head: Head,
    content: impl FnOnce() -> AnyView,
) -> Response {
    let title = head.title.clone();
    let is_alone = person.second_factor == SecondFactor::Owed;
    let head = if is_alone { head.without_islands() } else { head };
    page(context, head, || {
        if is_alone {
            let content = view! { <div class="card stack">{content()}</div> };
            return solo(context, true, view! { <h1>{title}</h1> }, content);
        }
        let content = view! {
            <div class="page__head"><h1 class="page__title">{title}</h1></div>
            <div class="stack">{content()}</div>
        };
        frame(context, person, Section::Account, true, content)
    })
}

/// Tells a person by mail what became of their second factor: if it was not they, they learn of it.
async fn tell(tx: &mut TenantTx, context: &RequestContext, to: &str, what: &str) -> Result<(), PageError> {
    let ambient = &context.services.ambient;
    let letter = Letter::SecondFactorChanged { what: what.to_owned(), when: ambient.now() };
    Ok(mail::queue(tx, ambient, &context.letterhead()?, to, &letter).await?)
}
