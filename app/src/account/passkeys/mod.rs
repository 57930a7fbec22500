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
mod remove;
mod second_factor;
mod section;
mod sign_in;

pub(crate) use prompt::{Prompt, SCRIPT, prompt};
pub(crate) use section::section;

use rowhouse_platform::{
    access::{Permit, SignedIn},
    db::{DbError, TenantTx},
    identity::passkey::{
        PasskeyId,
        keys::{self, Key},
    },
    mail::{self, Letter},
};

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
    site.get("/account/passkeys/new", own, add::show)
        .post("/account/passkeys/begin", own, add::begin)
        .post("/account/passkeys/finish", own, add::finish)
        .get("/account/passkeys/{passkey}", own, edit::show)
        .post("/account/passkeys/{passkey}", own, edit::submit)
        .get("/account/passkeys/{passkey}/remove", own, remove::show)
        .post("/account/passkeys/{passkey}/remove", own, remove::submit)
        .post("/confirm/passkey/begin", own, confirm::begin)
        .post("/confirm/passkey/finish", own, confirm::finish)
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

/// Tells a person by mail what became of their ways to sign in: if it was not they, they learn of it.
async fn tell(tx: &mut TenantTx, context: &RequestContext, to: &str, what: String) -> Result<(), DbError> {
    let ambient = &context.services.ambient;
    let letter = Letter::SecondFactorChanged { what, when: ambient.now() };
    mail::queue(tx, ambient, &context.letterhead(), to, &letter).await
}
