//! What is written down about passkeys, in the transaction of the act: for the audit log, and to the person by mail, who
//! learns of it if it was not they.

use rowhouse_platform::{
    access::Principal,
    audit::{self, Act, Action},
    db::TenantTx,
    identity::{
        admission,
        passkey::{PasskeyId, Reason, Refusal, RelyingParty, keys::Key, register::Registered},
    },
    mail::{self, Letter},
};
use serde_json::json;

use crate::{context::RequestContext, error::PageError};

fn act(person: &Principal, action: Action, id: PasskeyId, name: &str) -> Act {
    Act::by(person, action).on("passkey", id.to_string(), name)
}

async fn tell(tx: &mut TenantTx, context: &RequestContext, person: &Principal, what: String) -> Result<(), PageError> {
    let ambient = &context.services.ambient;
    let letter = Letter::SecondFactorChanged { what, when: ambient.now() };
    Ok(mail::queue(tx, ambient, &context.letterhead()?, &person.email, &letter).await?)
}

/// Somebody added a key.
pub(super) async fn added(
    (person, tx): (&Principal, &mut TenantTx),
    context: &RequestContext,
    key: &Registered,
    party: &RelyingParty,
) -> Result<(), PageError> {
    let after = json!({ "name": key.name, "host": party.id() });
    let act = act(person, Action::PasskeyAdded, key.id, &key.name).change((), after);
    tell(tx, context, person, format!("The passkey “{}” was added", key.name)).await?;
    Ok(audit::record(tx, &context.scribe(), act).await?)
}

/// Somebody gave a key another name.
pub(super) async fn renamed(
    (person, tx): (&Principal, &mut TenantTx),
    context: &RequestContext,
    key: &Key,
    name: &str,
) -> Result<(), PageError> {
    let change = (json!({ "name": key.name }), json!({ "name": name }));
    let act = act(person, Action::PasskeyRenamed, key.id, name).change(change.0, change.1);
    Ok(audit::record(tx, &context.scribe(), act).await?)
}

/// Somebody removed a key.
pub(super) async fn removed(
    (person, tx): (&Principal, &mut TenantTx),
    context: &RequestContext,
    key: &Key,
) -> Result<(), PageError> {
    let before = json!({ "name": key.name, "host": key.rp_id });
    let act = act(person, Action::PasskeyRemoved, key.id, &key.name).change(before, ());
    tell(tx, context, person, format!("The passkey “{}” was removed", key.name)).await?;
    Ok(audit::record(tx, &context.scribe(), act).await?)
}

/// Somebody confirmed by a key who they are.
pub(super) async fn confirmed(
    (person, tx): (&Principal, &mut TenantTx),
    context: &RequestContext,
    (id, name): (PasskeyId, &str),
) -> Result<(), PageError> {
    Ok(audit::record(tx, &context.scribe(), act(person, Action::StepUpPassed, id, name)).await?)
}

/// A key did not confirm who somebody is.
pub(super) async fn not_confirmed(
    (person, tx): (&Principal, &mut TenantTx),
    context: &RequestContext,
    reason: Reason,
) -> Result<(), PageError> {
    Ok(audit::record(tx, &context.scribe(), Act::by(person, Action::StepUpRefused).because(reason.as_str())).await?)
}

/// A key did not let somebody in. An answer to no ceremony tells nothing and costs its sender nothing, so it leaves no
/// record; of others, one is kept for each key's owner, address and reason in a window.
pub(super) async fn refused(tx: &mut TenantTx, context: &RequestContext, refusal: &Refusal) -> Result<(), PageError> {
    if refusal.reason == Reason::NoCeremony {
        return Ok(());
    }
    let act = match &refusal.owner {
        Some(owner) => Act::by_account(owner.account, &owner.name, &owner.email, Action::SignInRefused),
        None => Act::by_nobody(Action::SignInRefused),
    };
    let whose = refusal.owner.as_ref().map(|owner| owner.account.to_string()).unwrap_or_default();
    once(tx, context, &[&whose, refusal.reason.as_str()], act.because(refusal.reason.as_str())).await
}

/// The workspace's policy lets nobody in with a key, or not from there.
pub(super) async fn barred(
    tx: &mut TenantTx,
    context: &RequestContext,
    refusal: &admission::Refusal,
) -> Result<(), PageError> {
    let why = refusal.to_string();
    once(tx, context, &["", &why], Act::by_nobody(Action::SignInRefused).because(&why)).await
}

async fn once(tx: &mut TenantTx, context: &RequestContext, key: &[&str], act: Act) -> Result<(), PageError> {
    let window = context.services.sign_in_limits.address.window;
    let key = [&["passkey refused", context.device.address.as_str()], key].concat();
    Ok(audit::record_once(tx, &context.scribe(), &key, window, act).await?)
}
