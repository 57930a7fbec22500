//! Passkeys: the pages where a person keeps theirs, and the endpoints that `public/passkey.js` talks to.
//!
//! Each ceremony is two requests, `…/begin` and `…/finish`, whose bodies and answers are JSON: nothing else can be done
//! with a key, for only a script can ask the browser for it. All else on the pages works without one.

mod add;
mod browser;
mod confirm;
mod edit;
mod json;
mod prompt;
mod record;
mod remove;
mod second_factor;
mod section;
mod sign_in;

pub(crate) use prompt::{Prompt, SCRIPT, prompt};
pub(crate) use section::section;

use rowhouse_platform::{
    access::{Permission, Permit, ProveIdentity, SignedIn},
    db::{DbError, TenantTx},
    id::AccountId,
    identity::{
        passkey::{
            PasskeyId,
            keys::{self, Key, OtherWays},
        },
        policy::{self, Method},
    },
    sso::people,
};

use self::browser::relying_party;
use super::security;
use crate::{
    context::RequestContext,
    error::PageError,
    routes::{Gate, SiteRoutes},
};

/// Where the list of a person's keys stands.
const LIST: &str = "/account/security#passkeys";

/// Adds the pages and endpoints to a tenant's site.
pub(super) fn routes(site: SiteRoutes) -> SiteRoutes {
    let own = Gate::of::<SignedIn>();
    let fresh = Gate::confirmed::<ProveIdentity>();
    let prove = Gate::of::<ProveIdentity>();
    site.get("/account/passkeys/new", fresh, add::show)
        .post("/account/passkeys/begin", fresh, add::begin)
        .post("/account/passkeys/finish", fresh, add::finish)
        .get("/account/passkeys/{passkey}", own, edit::show)
        .post("/account/passkeys/{passkey}", own, edit::submit)
        .get("/account/passkeys/{passkey}/remove", Gate::confirmed::<SignedIn>(), remove::show)
        .post("/account/passkeys/{passkey}/remove", Gate::confirmed::<SignedIn>(), remove::submit)
        .post("/confirm/passkey/begin", prove, confirm::begin)
        .post("/confirm/passkey/finish", prove, confirm::finish)
        .post("/sign-in/passkey/begin", Gate::Public, sign_in::begin)
        .post("/sign-in/passkey/finish", Gate::Public, sign_in::finish)
        .post("/sign-in/second-factor/passkey/begin", Gate::Public, second_factor::begin)
        .post("/sign-in/second-factor/passkey/finish", Gate::Public, second_factor::finish)
}

/// An id that is none answers as a key that does not exist.
fn parse(id: &str) -> Result<PasskeyId, PageError> {
    id.parse().map_err(|_| PageError::NotFound)
}

/// The person's own key; those of others do not exist for them.
async fn own(permit: &mut Permit<SignedIn>, id: &str) -> Result<Key, PageError> {
    let account = permit.principal().account;
    keys::get(permit, account, parse(id)?).await?.ok_or(PageError::NotFound)
}

/// Whether the workspace lets people sign in with passkeys: then it is worth having one.
pub(crate) async fn are_allowed(tx: &mut TenantTx) -> Result<bool, DbError> {
    Ok(policy::load(tx).await?.allows(Method::Passkey))
}

/// Whether a person has a key for the host of the request: then a page may ask for it.
pub(super) async fn has_one_here(
    tx: &mut TenantTx,
    context: &RequestContext,
    account: AccountId,
) -> Result<bool, DbError> {
    match relying_party(context) {
        Ok(party) => keys::has_one(tx, account, party.id()).await,
        Err(_) => Ok(false),
    }
}

/// Whether a person may add a key now. Who owes a second factor and has none yet adds the first one here, on the way
/// in; who has one shows it before.
async fn may_add(permit: &mut Permit<ProveIdentity>, context: &RequestContext) -> Result<(), PageError> {
    if !are_allowed(permit).await? {
        return Err(PageError::NotFound);
    }
    must_show(permit, context).await
}

/// Whoever has a second factor shows it before their keys are changed.
async fn must_show<P: Permission>(permit: &mut Permit<P>, context: &RequestContext) -> Result<(), PageError> {
    match security::must_show(permit, context, "").await? {
        Some(_) => Err(PageError::SecondFactorNeeded),
        None => Ok(()),
    }
}

/// The ways in beside passkeys that the workspace allows.
async fn other_ways(tx: &mut TenantTx, account: AccountId) -> Result<OtherWays, DbError> {
    let policy = policy::load(tx).await?;
    // Whoever has to come by single sign-on does not come by a passkey; whom it is not required of is let in in another
    // way, and keeps one.
    let is_barred = policy.bars(Method::Passkey, account);
    let is_connected = people::of_account(tx, account).await?.iter().any(|linked| linked.is_on);
    let sso = is_barred || (!policy.sso_required && policy.allows(Method::Sso) && is_connected);
    Ok(OtherWays { password: policy.allows(Method::Password), mail: policy.allows(Method::MagicLink), sso })
}
