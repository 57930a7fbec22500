//! One check of one domain: first DNS is asked, which may take seconds and holds no database connection; then what was
//! found is settled in a tenant transaction.

use time::{Duration, OffsetDateTime};

use super::{
    challenge::{Challenge, Finding, FindingKind},
    dns::Dns,
    name::DomainName,
    traffic::{self, Destination, Leads},
};
use crate::{
    ambient::Ambient,
    db::{DbError, TenantTx},
};

/// A domain that failed is taken out of service after this many failures,
const ENOUGH_FAILURES: i32 = 3;
/// and not before the first of them is this long ago: a holiday weekend is shorter.
const ENOUGH_TIME: Duration = Duration::hours(72);
/// How long until the next try where DNS did not answer.
const AFTER_NO_ANSWER: Duration = Duration::hours(1);
/// A proof that is gone is looked for at least this often.
const AFTER_FAILURE: Duration = Duration::hours(24);

/// A domain or a claim that is to be checked.
#[derive(Debug, Clone)]
pub struct DueCheck {
    pub(super) host: DomainName,
    pub(super) token: String,
    pub(super) claimed_at: OffsetDateTime,
    pub(super) is_verified: bool,
}

/// What DNS said.
#[derive(Debug, Clone)]
pub struct Checked {
    due: DueCheck,
    finding: Option<Finding>,
    leads: Option<Leads>,
}

impl Checked {
    /// The domain.
    pub fn host(&self) -> &DomainName {
        &self.due.host
    }

    /// Where it leads, as far as DNS says.
    pub fn leads(&self) -> Option<&Leads> {
        self.leads.as_ref()
    }

    /// What is wrong with the proof, in words.
    pub fn problem(&self) -> Option<String> {
        let challenge = Challenge::new(self.due.host.as_str(), &self.due.token);
        self.finding.as_ref().map(|finding| challenge.explain(finding))
    }
}

/// Who asked for a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Checker {
    /// A person: a failure of a proven domain is shown and does not count, so that nobody loses it by looking often.
    Person,
    /// The server, by itself.
    Server,
}

/// What a check came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// A claim became a domain.
    Verified,
    /// A domain was proven again.
    Renewed,
    /// The claim is proven, and another tenant has the domain.
    Taken,
    /// The claim is not proven yet.
    Pending,
    /// The domain is in service, and its proof was not seen.
    Failing,
    /// The domain was taken out of service and is a claim again.
    Lost,
    /// It was removed while DNS was asked.
    Gone,
}

impl Settled {
    fn parse(word: &str) -> Self {
        match word {
            "verified" => Self::Verified,
            "renewed" => Self::Renewed,
            "taken" => Self::Taken,
            "pending" => Self::Pending,
            "failing" => Self::Failing,
            "lost" => Self::Lost,
            _ => Self::Gone,
        }
    }
}

/// Asks DNS whether the proof is there, and where the domain leads.
pub async fn check(dns: &Dns, due: DueCheck, destination: &Destination) -> Checked {
    let challenge = Challenge::new(due.host.as_str(), &due.token);
    let (finding, leads) = tokio::join!(challenge.look(dns), traffic::leads(dns, due.host.as_str(), destination));
    Checked { due, finding, leads }
}

/// Writes down what a check found; `every` is how often proven domains are checked.
///
/// # Errors
/// [`DbError`].
pub async fn settle(
    tx: &mut TenantTx,
    ambient: &Ambient,
    checked: &Checked,
    by: Checker,
    every: Duration,
) -> Result<Settled, DbError> {
    let Checked { due, finding, leads } = checked;
    let now = ambient.now();
    let (leads, leads_to) = match leads {
        Some(leads) => {
            let (word, addresses) = leads.to_words();
            (Some(word), addresses)
        }
        None => (None, None),
    };
    let word = match finding {
        None => {
            sqlx::query_scalar!(
                r#"SELECT control.domain_proven($1, $2, $3, $4, $5, $6) AS "settled!""#,
                due.host.as_str(),
                due.token,
                now,
                now + every,
                leads,
                leads_to
            )
            .fetch_one(tx)
            .await?
        }
        Some(Finding { kind, detail }) => {
            let next = next_check(due, *kind, now, every);
            sqlx::query_scalar!(
                r#"SELECT control.domain_not_proven($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) AS "settled!""#,
                due.host.as_str(),
                due.token,
                by == Checker::Server && kind.is_certain(),
                now,
                next,
                kind.as_str(),
                detail.as_str(),
                leads,
                leads_to,
                ENOUGH_FAILURES,
                ENOUGH_TIME.as_seconds_f64()
            )
            .fetch_one(tx)
            .await?
        }
    };
    Ok(Settled::parse(&word))
}

/// When to look again. Claims are looked at often at first, when somebody is waiting, and not at all after a month.
fn next_check(due: &DueCheck, found: FindingKind, now: OffsetDateTime, every: Duration) -> Option<OffsetDateTime> {
    let wait = if due.is_verified {
        if found.is_certain() { every.min(AFTER_FAILURE) } else { every.min(AFTER_NO_ANSWER) }
    } else {
        let age = now - due.claimed_at;
        if age < Duration::hours(1) {
            Duration::minutes(1)
        } else if age < Duration::days(1) {
            Duration::minutes(15)
        } else if age < Duration::days(30) {
            Duration::hours(6)
        } else {
            return None;
        }
    };
    Some(now + wait)
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn claims_are_looked_at_often_at_first() {
        let claimed_at = datetime!(2026-06-01 12:00 UTC);
        let wait = |is_verified, age: Duration, found| {
            let due = DueCheck {
                host: DomainName::kept("help.acme.test".to_owned()),
                token: String::new(),
                claimed_at,
                is_verified,
            };
            let now = claimed_at + age;
            next_check(&due, found, now, Duration::days(7)).map(|next| next - now)
        };
        let none = FindingKind::NoSuchName;
        assert_eq!(wait(false, Duration::minutes(59), none), Some(Duration::minutes(1)));
        assert_eq!(wait(false, Duration::hours(1), none), Some(Duration::minutes(15)));
        assert_eq!(wait(false, Duration::days(2), none), Some(Duration::hours(6)));
        assert_eq!(wait(false, Duration::days(30), none), None);
        assert_eq!(wait(true, Duration::days(90), none), Some(Duration::hours(24)));
        assert_eq!(wait(true, Duration::days(90), FindingKind::Timeout), Some(Duration::hours(1)));
    }
}
