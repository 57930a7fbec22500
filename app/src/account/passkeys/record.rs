//! What is written down about passkeys, in the transaction of the act: for the audit log, and to the person by mail, who
//! learns of it if it was not they.

use rowhouse_platform::{
    access::Principal,
    audit::{self, Act, Action},
    db::{DbError, TenantTx},
    identity::passkey::{PasskeyId, Reason, Refusal, RelyingParty, keys::Key, register::Registered},
    mail::{self, Letter},
};
use serde_json::json;

use crate::context::RequestContext;

fn act(person: &Principal, action: Action, id: PasskeyId, name: &str) -> Act {
    Act::by(person, action).on("passkey", id.to_string(), name)
}

async fn tell(tx: &mut TenantTx, context: &RequestContext, person: &Principal, what: String) -> Result<(), DbError> {
    let ambient = &context.services.ambient;
    let letter = Letter::SecondFactorChanged { what, when: ambient.now() };
    mail::queue(tx, ambient, &context.letterhead(), &person.email, &letter).await
}

/// Somebody added a key.
pub(super) async fn added(
    (person, tx): (&Principal, &mut TenantTx),
    context: &RequestContext,
    key: &Registered,
    party: &RelyingParty,
) -> Result<(), DbError> {
    let after = json!({ "name": key.name, "host": party.id() });
    let act = act(person, Action::PasskeyAdded, key.id, &key.name).change((), after);
    audit::record(tx, &context.scribe(), act).await?;
    tell(tx, context, person, format!("The passkey “{}” was added to your account.", key.name)).await
}

/// Somebody gave a key another name.
pub(super) async fn renamed(
    (person, tx): (&Principal, &mut TenantTx),
    context: &RequestContext,
    key: &Key,
    name: &str,
) -> Result<(), DbError> {
    let change = (json!({ "name": key.name }), json!({ "name": name }));
    let act = act(person, Action::PasskeyRenamed, key.id, name).change(change.0, change.1);
    audit::record(tx, &context.scribe(), act).await
}

/// Somebody removed a key.
pub(super) async fn removed(
    (person, tx): (&Principal, &mut TenantTx),
    context: &RequestContext,
    key: &Key,
) -> Result<(), DbError> {
    let before = json!({ "name": key.name, "host": key.rp_id });
    let act = act(person, Action::PasskeyRemoved, key.id, &key.name).change(before, ());
    audit::record(tx, &context.scribe(), act).await?;
    tell(tx, context, person, format!("The passkey “{}” was removed from your account.", key.name)).await
}

/// Somebody confirmed by a key who they are.
pub(super) async fn confirmed(
    (person, tx): (&Principal, &mut TenantTx),
    context: &RequestContext,
    (id, name): (PasskeyId, &str),
) -> Result<(), DbError> {
    audit::record(tx, &context.scribe(), act(person, Action::StepUpPassed, id, name)).await
}

/// A key did not confirm who somebody is.
pub(super) async fn not_confirmed(
    (person, tx): (&Principal, &mut TenantTx),
    context: &RequestContext,
    reason: Reason,
) -> Result<(), DbError> {
    audit::record(tx, &context.scribe(), Act::by(person, Action::StepUpRefused).because(reason.as_str())).await
}

/// A key did not let somebody in. An answer to no ceremony tells nothing and costs its sender nothing, so it leaves no
/// record.
pub(super) async fn refused(tx: &mut TenantTx, context: &RequestContext, refusal: &Refusal) -> Result<(), DbError> {
    if refusal.reason == Reason::NoCeremony {
        return Ok(());
    }
    let act = match &refusal.owner {
        Some(owner) => Act::by_account(owner.account, &owner.name, &owner.email, Action::SignInRefused),
        None => Act::by_nobody(Action::SignInRefused),
    };
    audit::record(tx, &context.scribe(), act.because(refusal.reason.as_str())).await
}
