//! Connecting an account with a person at a provider, and disconnecting it.

use serde_json::json;

use super::{
    super::{Connection, ConnectionId, Identity, Reason, Refused, Report},
    check_subject,
    find::{self, Person},
    linked::{self, Linked},
    shown,
};
use crate::{
    access::Principal,
    ambient::Ambient,
    audit::{self, Act, Action, Scribe},
    db::{DbError, TenantTx},
    id::AccountId,
    identity::{
        account,
        passkey::keys,
        policy::{self, Method},
    },
};

/// How an account comes to be connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    /// The connection made it.
    Making,
    /// It has the address that the provider vouches for.
    Address,
    /// Its person, who is signed in.
    Person,
}

/// Keeps who somebody is at a connection. `false`: the account, or the subject, is connected otherwise.
pub(super) async fn keep(
    tx: &mut TenantTx,
    ambient: &Ambient,
    connection: ConnectionId,
    subject: &str,
    account: AccountId,
    by: By,
) -> Result<bool, DbError> {
    let kept = sqlx::query!(
        "INSERT INTO sso_identity (tenant_id, connection_id, subject, account_id, made_account, by_person, linked_at,
             last_sign_in_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $7)
         ON CONFLICT DO NOTHING",
        tx.tenant_id(),
        connection.0,
        subject,
        account.0,
        by == By::Making,
        by == By::Person,
        ambient.now()
    )
    .execute(tx)
    .await?;
    Ok(kept.rows_affected() == 1)
}

/// Connects an account by its address. `None`: it was connected otherwise in this moment.
pub(super) async fn link(
    tx: &mut TenantTx,
    scribe: &Scribe,
    connection: &Connection,
    identity: &Identity,
    person: &Person,
    report: &mut Report,
) -> Result<Option<AccountId>, DbError> {
    if !keep(tx, scribe.ambient(), connection.id, &identity.subject, person.account, By::Address).await? {
        return Ok(None);
    }
    let act = Act::by_account(person.account, &person.name, &person.email, Action::SsoIdentityLinked)
        .on("sso_connection", connection.id.to_string(), &connection.name)
        .change((), json!({ "account": person.email, "subject": identity.subject }))
        .because("By the address, which the provider vouches for.");
    audit::record(tx, scribe, act).await?;
    report.passed("Connecting", format!("The account of {} is connected from now on.", person.label()));
    Ok(Some(person.account))
}

/// Connects the account of somebody who is signed in and showed so lately. Doing it again says that the connection, as
/// it is set up now, is theirs.
///
/// # Errors
/// [`DbError`].
pub async fn connect(
    tx: &mut TenantTx,
    scribe: &Scribe,
    principal: &Principal,
    connection: &Connection,
    identity: &Identity,
    report: &mut Report,
) -> Result<Result<(), Refused>, DbError> {
    if let Err(refused) = may_connect(scribe.ambient(), principal, connection, identity, report) {
        return Ok(Err(refused));
    }
    find::lock_subject(tx, connection.id, &identity.subject).await?;
    if let Some(person) = find::of_subject(tx, connection.id, &identity.subject).await?
        && person.account != principal.account
    {
        let words = format!(
            "“{}” is connected with another account here. Sign in at the provider as yourself, or disconnect it there \
             first.",
            shown(&identity.subject)
        );
        return Ok(Err(report.refuse("Other identity", Reason::OtherIdentity, words)));
    }
    let mine = linked::of_account(tx, principal.account).await?;
    match mine.into_iter().find(|linked| linked.connection == connection.id) {
        Some(mine) if mine.subject != identity.subject => {
            let words = format!(
                "Your account is connected with “{}” there, and not with “{}”. Disconnect it first.",
                shown(&mine.subject),
                shown(&identity.subject)
            );
            return Ok(Err(report.refuse("Other identity", Reason::OtherIdentity, words)));
        }
        Some(_) => renew(tx, scribe.ambient(), connection.id, &identity.subject).await?,
        None => {
            let subject = &identity.subject;
            if !keep(tx, scribe.ambient(), connection.id, subject, principal.account, By::Person).await? {
                let words = "The account was connected otherwise in this moment. Try again.";
                return Ok(Err(report.refuse("Other identity", Reason::OtherIdentity, words)));
            }
        }
    }
    let act = Act::by(principal, Action::SsoIdentityLinked)
        .on("sso_connection", connection.id.to_string(), &connection.name)
        .change((), json!({ "account": principal.email, "subject": identity.subject }))
        .because("By the person themselves.");
    audit::record(tx, scribe, act).await?;
    report.passed("Connecting", format!("The account of {} is connected.", principal.name));
    Ok(Ok(()))
}

fn may_connect(
    ambient: &Ambient,
    principal: &Principal,
    connection: &Connection,
    identity: &Identity,
    report: &mut Report,
) -> Result<(), Refused> {
    let wrong = "The connection is not switched on, so no account is connected with it.";
    report.check("Connection", connection.is_on(), "The connection is on.", Reason::Off, wrong)?;
    check_subject(identity, report)?;
    let wrong = "You have to confirm that it is you before an account is connected, and it took too long. Begin again \
                 under Account, Security.";
    let right = "The person showed lately that it is them.";
    report.check("Confirmed", principal.is_confirmed(ambient.now()), right, Reason::Stale, wrong)
}

async fn renew(tx: &mut TenantTx, ambient: &Ambient, connection: ConnectionId, subject: &str) -> Result<(), DbError> {
    sqlx::query!(
        "UPDATE sso_identity SET by_person = true, linked_at = $4
         WHERE tenant_id = $1 AND connection_id = $2 AND subject = $3",
        tx.tenant_id(),
        connection.0,
        subject,
        ambient.now()
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Why an account stays connected.
#[derive(Debug, thiserror::Error)]
pub enum NotDisconnected {
    /// It is not connected.
    #[error("The account is not connected with it.")]
    NotConnected,
    /// Its person could not come in any more.
    #[error(
        "You could not sign in any more. Add a password or a passkey that this workspace lets people in with first."
    )]
    LastWay,
}

/// Disconnects the account of somebody who is signed in, if they can come in otherwise. Where the provider vouches for
/// their address, signing in there connects it again. Answers what it was connected with.
///
/// # Errors
/// [`DbError`].
pub async fn disconnect(
    tx: &mut TenantTx,
    scribe: &Scribe,
    principal: &Principal,
    connection: ConnectionId,
) -> Result<Result<Linked, NotDisconnected>, DbError> {
    // Locked: of two ways that are taken away at the same time, the second sees that the first is gone.
    let has_password = account::lock_and_see_password(tx, principal.account).await?;
    let all = linked::of_account(tx, principal.account).await?;
    let (gone, others): (Vec<_>, Vec<_>) = all.into_iter().partition(|linked| linked.connection == connection);
    let Some(gone) = gone.into_iter().next() else { return Ok(Err(NotDisconnected::NotConnected)) };
    if !can_come_otherwise(tx, principal, has_password, &others).await? {
        return Ok(Err(NotDisconnected::LastWay));
    }
    let act = Act::by(principal, Action::SsoIdentityUnlinked);
    remove(tx, scribe, act, principal.account, &principal.email, &gone).await?;
    Ok(Ok(gone))
}

async fn can_come_otherwise(
    tx: &mut TenantTx,
    principal: &Principal,
    has_password: bool,
    others: &[Linked],
) -> Result<bool, DbError> {
    let policy = policy::load(tx).await?;
    if policy.allows(Method::Sso) && others.iter().any(|linked| linked.is_on) {
        return Ok(true);
    }
    if policy.bars(Method::Password, principal.account) {
        return Ok(false);
    }
    Ok((policy.allows(Method::Password) && has_password)
        || policy.allows(Method::MagicLink)
        || (policy.allows(Method::Passkey) && keys::has_any(tx, principal.account).await?))
}

async fn remove(
    tx: &mut TenantTx,
    scribe: &Scribe,
    act: Act,
    account: AccountId,
    email: &str,
    gone: &Linked,
) -> Result<(), DbError> {
    sqlx::query!(
        "DELETE FROM sso_identity WHERE tenant_id = $1 AND connection_id = $2 AND account_id = $3",
        tx.tenant_id(),
        gone.connection.0,
        account.0
    )
    .execute(&mut *tx)
    .await?;
    let act = act
        .on("sso_connection", gone.connection.to_string(), &gone.name)
        .change(json!({ "account": email, "subject": gone.subject }), ());
    audit::record(tx, scribe, act).await
}
