//! Showing again who one is, at the provider.

use super::{
    super::{Connection, Identity, Reason, Refused, Report},
    check_subject,
    find::{self, may_let_in},
    shown,
};
use crate::{
    access::Principal,
    audit::{self, Act, Action, Scribe},
    db::{DbError, TenantTx},
    identity::session,
};

/// Notes in the session of somebody who is signed in that they showed credentials again, at the provider: they have to be
/// the person there whom their account is connected with.
///
/// # Errors
/// [`DbError`].
pub async fn confirmed(
    tx: &mut TenantTx,
    scribe: &Scribe,
    principal: &Principal,
    connection: &Connection,
    identity: &Identity,
    report: &mut Report,
) -> Result<Result<(), Refused>, DbError> {
    let checked = match check(connection, identity, report) {
        Ok(()) => {
            let found = find::of_subject(tx, connection.id, &identity.subject).await?;
            check_person(principal, connection, identity, found.as_ref(), report)
        }
        Err(refused) => Err(refused),
    };
    if let Err(refused) = checked {
        let act = Act::by(principal, Action::StepUpRefused)
            .on("sso_connection", connection.id.to_string(), &connection.name)
            .because(refused.words.clone());
        audit::record(tx, scribe, act).await?;
        return Ok(Err(refused));
    }
    let second_factor = connection.admitting.trusts_second_factor;
    session::confirm(tx, scribe.ambient(), principal, second_factor).await?;
    let act = Act::by(principal, Action::StepUpPassed)
        .on("sso_connection", connection.id.to_string(), &connection.name)
        .change((), serde_json::json!({ "shown": "single sign-on" }));
    audit::record(tx, scribe, act).await?;
    Ok(Ok(()))
}

fn check(connection: &Connection, identity: &Identity, report: &mut Report) -> Result<(), Refused> {
    let wrong = "The connection is not switched on, so nobody confirms by it who they are.";
    report.check("Connection", connection.is_on(), "The connection is on.", Reason::Off, wrong)?;
    check_subject(identity, report)
}

fn check_person(
    principal: &Principal,
    connection: &Connection,
    identity: &Identity,
    found: Option<&find::Person>,
    report: &mut Report,
) -> Result<(), Refused> {
    let subject = shown(&identity.subject);
    let is_same = found.is_some_and(|person| person.account == principal.account);
    let wrong = if found.is_some() {
        format!("“{subject}” is connected with another account than that of {}.", principal.name)
    } else {
        format!("“{subject}” is connected with no account here. Connect it first under Account, Security.")
    };
    let right = format!("It is {}, who is signed in.", principal.name);
    report.check("Same person", is_same, right, Reason::OtherPerson, wrong)?;
    if let Some(person) = found.filter(|person| person.is_owner()) {
        let wrong =
            format!("{} is an owner, and no owner has switched the connection on as it is set up now.", principal.name);
        let right = "It is an owner, and an owner vouches for the connection.";
        report.check("Owner", may_let_in(connection, person), right, Reason::OwnerNotVouched, wrong)?;
    }
    Ok(())
}
