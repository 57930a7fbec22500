//! Checks that nobody asked for: proven domains must keep their record.

use super::{
    proof::{DueCheck, Settled, check, settle},
    store::take_due,
};
use crate::{
    access::{ManageSso, addresses_of_holders},
    audit::{Act, Action, Scribe, record},
    db::{Database, DbError},
    mail::{Letter, Letterhead, queue},
    tenancy::{
        TenantHome,
        domains::{Checker, Dns},
    },
};
use time::Duration;

/// How long a check is one server's business: longer than all checks of a tenant can take.
const LEASE: Duration = Duration::minutes(30);

/// What checks need.
#[derive(Debug, Clone, Copy)]
pub struct Recheck<'a> {
    /// The serving role's way into the database.
    pub database: &'a Database,
    /// Time, and the audit log.
    pub scribe: &'a Scribe,
    /// The way to DNS.
    pub dns: &'a Dns,
    /// The look and address of the tenant's mail.
    pub letterhead: &'a Letterhead,
}

/// Makes the checks of a tenant that are due now, each by one server only, and answers how many there were.
///
/// # Errors
/// [`DbError`]; what was not checked is due again when its lease is over.
pub async fn recheck_due(with: Recheck<'_>, home: &TenantHome) -> Result<usize, DbError> {
    let now = with.scribe.ambient().now();
    let mut tx = with.database.begin(home).await?;
    let due = take_due(&mut tx, now, now + LEASE).await?;
    tx.commit().await?;
    let count = due.len();
    for due in due {
        one(with, home, due).await?;
    }
    Ok(count)
}

async fn one(with: Recheck<'_>, home: &TenantHome, due: DueCheck) -> Result<(), DbError> {
    let checked = check(with.dns, due).await;
    let mut tx = with.database.begin(home).await?;
    let settled = settle(&mut tx, with.scribe.ambient(), &checked, Checker::Server).await?;
    if settled == Settled::Lost {
        let domain = checked.domain().as_str();
        let letter = Letter::EmailDomainLost { domain: domain.to_owned() };
        for address in addresses_of_holders::<ManageSso>(&mut tx).await? {
            queue(&mut tx, with.scribe.ambient(), with.letterhead, &address, &letter).await?;
        }
        let why = checked.problem().unwrap_or_default();
        let act = Act::by_system(Action::EmailDomainLost).on("email_domain", domain, domain).because(why);
        record(&mut tx, with.scribe, act).await?;
        tracing::info!(tenant = %home.id(), domain, "an email domain lost its proof");
    }
    tx.commit().await
}
