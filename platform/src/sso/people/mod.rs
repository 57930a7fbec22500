//! Who somebody is here: the account of an [`Identity`].
//!
//! The provider's own stable name of a person, the subject, comes first: what is connected with an account stays so,
//! whatever becomes of addresses on either side. A person who is not connected is known by their address, and only where
//! the provider vouches for it and its domain is one of the connection's own. And where nobody has that address, they
//! get an account, if the connection makes any.
//!
//! A connection is set up by admins, and an owner is more than they are. So an owner is let in only by a connection that
//! an owner vouches for, or that they connected their account with themselves, as it was set up then.

mod confirm;
mod connect;
mod find;
mod linked;
mod newcomer;
mod roles;

pub use confirm::confirmed;
pub use connect::{NotDisconnected, connect, disconnect};
pub(crate) use linked::forget;
pub use linked::{AtHand, Linked, at_hand, of_account};

use super::{Connection, Identity, Reason, Refused, Report, connection};
use crate::{
    audit::Scribe,
    db::{DbError, TenantTx},
    id::AccountId,
};
use find::{Found, Person};

/// How often it is looked again, where somebody else did the same at the same time.
const ATTEMPTS: usize = 4;
/// What is shown of a subject.
const SUBJECT_SHOWN: usize = 100;

/// Finds or makes the account of somebody who comes through a connection, connects it, and gives it the role that the
/// connection's rules say. Everybody who comes in does so by [`admission`](crate::identity::admission) afterwards.
///
/// # Errors
/// [`DbError`]; the caller drops the transaction. After a refusal the caller may commit: nothing was changed.
pub async fn arrive(
    tx: &mut TenantTx,
    scribe: &Scribe,
    connection: &Connection,
    identity: &Identity,
    report: &mut Report,
) -> Result<Result<AccountId, Refused>, DbError> {
    if !connection.is_on() {
        let words = "The connection is not switched on, so it lets nobody in. Switch it on in its set-up.";
        return Ok(Err(report.refuse("Connection", Reason::Off, words)));
    }
    if let Err(refused) = check_subject(identity, report) {
        return Ok(Err(refused));
    }
    let noted = report.steps.len();
    for _ in 0..ATTEMPTS {
        report.steps.truncate(noted);
        let mut linked = find::of_subject(tx, connection.id, &identity.subject).await?;
        if linked.is_none() {
            // Of several sign-ins of somebody new, one makes the account, and the others find it.
            find::lock_subject(tx, connection.id, &identity.subject).await?;
            linked = find::of_subject(tx, connection.id, &identity.subject).await?;
        }
        let settled = match find::judge(tx, connection, identity, linked, report).await? {
            Err(refused) => return Ok(Err(refused)),
            Ok(Found::Linked(person)) => {
                roles::follow(tx, scribe, connection, identity, &person, report).await?;
                find::note_sign_in(tx, scribe.ambient(), connection.id, &identity.subject, person.account)
                    .await?
                    .then_some(person.account)
            }
            Ok(Found::OfAddress(person)) => {
                // Before anything refers to the account: who changes it at the same time has locked it, or waits.
                roles::follow(tx, scribe, connection, identity, &person, report).await?;
                connect::link(tx, scribe, connection, identity, &person, report).await?
            }
            Ok(Found::Nobody(address)) => {
                match newcomer::make(tx, scribe, connection, identity, &address, report).await? {
                    Err(refused) => return Ok(Err(refused)),
                    Ok(made) => made,
                }
            }
        };
        if let Some(account) = settled {
            return Ok(Ok(account));
        }
    }
    let words = "The account was changed by others again and again in this moment. Try again.";
    Ok(Err(report.refuse("Account", Reason::OtherIdentity, words)))
}

/// Whether somebody would be let in, and as what: for a test. Nothing is changed, and the connection may be off.
///
/// # Errors
/// [`DbError`].
pub async fn preview(
    tx: &mut TenantTx,
    scribe: &Scribe,
    connection: &Connection,
    identity: &Identity,
    report: &mut Report,
) -> Result<Result<(), Refused>, DbError> {
    if let Err(refused) = check_subject(identity, report) {
        return Ok(Err(refused));
    }
    // What is not switched on has nobody's word yet; whether it will, is said and does not fail the test.
    let vouched = Connection { vouched_by_owner: true, ..connection.clone() };
    let linked = find::of_subject(tx, connection.id, &identity.subject).await?;
    match find::judge(tx, &vouched, identity, linked, report).await? {
        Err(refused) => return Ok(Err(refused)),
        Ok(Found::Linked(person)) => foresee(tx, connection, identity, &person, report).await?,
        Ok(Found::OfAddress(person)) => {
            let words = format!("The first sign-in connects the account of {}.", person.label());
            report.passed("Connecting", words);
            foresee(tx, connection, identity, &person, report).await?;
        }
        Ok(Found::Nobody(address)) => {
            if let Err(refused) = newcomer::foresee(tx, scribe, &vouched, identity, &address, report).await? {
                return Ok(Err(refused));
            }
        }
    }
    Ok(Ok(()))
}

/// The part of [`preview`] that is about the provider, and not about people here: for who sets a connection up from
/// outside, and says at their provider themselves who comes. They learn nothing about anybody's account by it.
///
/// # Errors
/// [`DbError`].
pub async fn preview_for_outsider(
    tx: &mut TenantTx,
    connection: &Connection,
    identity: &Identity,
    report: &mut Report,
) -> Result<Result<(), Refused>, DbError> {
    if let Err(refused) = check_subject(identity, report) {
        return Ok(Err(refused));
    }
    if find::of_subject(tx, connection.id, &identity.subject).await?.is_none() {
        let domains = connection::domains(tx, connection.id).await?;
        if let Err(refused) = find::check_address(identity, &domains, report) {
            return Ok(Err(refused));
        }
    }
    let words = "Whose account it is and what they may do here is shown only to admins of the workspace, by a test of \
                 their own.";
    report.passed("Account", words);
    Ok(Ok(()))
}

/// Says of somebody with an account what a sign-in would come to.
async fn foresee(
    tx: &mut TenantTx,
    connection: &Connection,
    identity: &Identity,
    person: &Person,
    report: &mut Report,
) -> Result<(), DbError> {
    if person.is_owner() && !find::may_let_in(connection, person) {
        let words = format!(
            "{} is an owner. Owners are let in only after an owner has switched the connection on; everybody else is let \
             in without that.",
            person.label()
        );
        report.passed("Owner", words);
    }
    roles::foresee(tx, connection, identity, person, report).await
}

/// Whether the subject can be kept, compared and found again.
fn check_subject(identity: &Identity, report: &mut Report) -> Result<(), Refused> {
    let subject = &identity.subject;
    // The limits of the column, and of what an index of PostgreSQL takes.
    let fits = subject.chars().count() <= 1024 && subject.len() <= 2000 && !subject.contains('\0');
    let wrong = if subject.is_empty() {
        "The provider did not say who the person is: the identifier is empty."
    } else {
        "The provider’s identifier of the person cannot be kept: it may have at most 1,024 characters and 2,000 bytes, \
         and no NUL."
    };
    let right = format!("The provider knows the person as “{}”.", shown(subject));
    report.check("Identifier", !subject.is_empty() && fits, right, Reason::Subject, wrong)
}

/// A subject as people read it.
fn shown(subject: &str) -> String {
    if subject.chars().count() <= SUBJECT_SHOWN {
        return subject.to_owned();
    }
    format!("{}…", subject.chars().take(SUBJECT_SHOWN).collect::<String>())
}
