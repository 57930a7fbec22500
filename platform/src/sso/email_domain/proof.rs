//! One check of one domain: first DNS is asked, which may take seconds and holds no database connection; then what was
//! found is settled in a tenant transaction.

use time::{Duration, OffsetDateTime};

use crate::{
    ambient::Ambient,
    db::{DbError, TenantTx},
    tenancy::domains::{Challenge, Checker, Dns, DomainName, Finding, FindingKind},
};

/// What stands before the domain in the record's name.
pub(super) const RECORD_LABEL: &str = "_rowhouse-email-challenge";
/// How often the server looks at a proven domain.
const EVERY: Duration = Duration::days(7);
/// A proof that is gone is looked for this often.
const AFTER_FAILURE: Duration = Duration::days(1);
/// How long until the next try where DNS did not answer.
const AFTER_NO_ANSWER: Duration = Duration::hours(1);
/// A proven domain is lost after this many failures,
const ENOUGH_FAILURES: i32 = 3;
/// and not before the first of them is this long ago: a holiday weekend is shorter.
const ENOUGH_TIME: Duration = Duration::hours(72);

/// The record that proves a domain.
pub(super) fn challenge(domain: &str, token: &str) -> Challenge {
    Challenge::labelled(RECORD_LABEL, domain, token)
}

/// A domain that is to be checked.
#[derive(Debug, Clone)]
pub struct DueCheck {
    pub(super) domain: DomainName,
    pub(super) token: String,
}

/// What DNS said.
#[derive(Debug, Clone)]
pub struct Checked {
    due: DueCheck,
    finding: Option<Finding>,
}

impl Checked {
    /// The domain.
    pub fn domain(&self) -> &DomainName {
        &self.due.domain
    }

    /// What is wrong with the proof, in words.
    pub fn problem(&self) -> Option<String> {
        let challenge = challenge(self.due.domain.as_str(), &self.due.token);
        self.finding.as_ref().map(|finding| challenge.explain(finding))
    }
}

/// What a check came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// A claim was proven.
    Verified,
    /// A domain was proven again.
    Renewed,
    /// The claim is not proven yet.
    Pending,
    /// The domain counts, and its proof was not seen.
    Failing,
    /// The domain does not count any more, and is a claim again.
    Lost,
    /// It was removed, or vouched for, while DNS was asked.
    Gone,
}

/// Asks DNS whether the proof is there.
pub async fn check(dns: &Dns, due: DueCheck) -> Checked {
    let finding = challenge(due.domain.as_str(), &due.token).look(dns).await;
    Checked { due, finding }
}

/// Writes down what a check found. Who looks often loses nothing: only what the server finds by itself counts.
///
/// # Errors
/// [`DbError`].
pub async fn settle(tx: &mut TenantTx, ambient: &Ambient, checked: &Checked, by: Checker) -> Result<Settled, DbError> {
    let (tenant, domain, now) = (tx.tenant_id(), checked.due.domain.as_str(), ambient.now());
    let row = sqlx::query!(
        "SELECT verified_at, failing_since, failures FROM email_domain
         WHERE tenant_id = $1 AND domain = $2 AND challenge = $3 FOR UPDATE",
        tenant,
        domain,
        checked.due.token
    )
    .fetch_optional(&mut *tx)
    .await?;
    let Some(row) = row else { return Ok(Settled::Gone) };
    let state = State { verified_at: row.verified_at, failing_since: row.failing_since, failures: row.failures };
    let (settled, state, next) = state.after(checked.finding.as_ref().map(|finding| finding.kind), by, now);
    let (kind, detail) = match &checked.finding {
        Some(Finding { kind, detail }) => (Some(kind.as_str()), Some(detail.as_str())),
        None => (None, None),
    };
    sqlx::query!(
        "UPDATE email_domain SET verified_at = $3, failing_since = $4, failures = $5, checked_at = $6, finding = $7,
             finding_detail = $8, next_check_at = $9
         WHERE tenant_id = $1 AND domain = $2",
        tenant,
        domain,
        state.verified_at,
        state.failing_since,
        state.failures,
        now,
        kind,
        detail,
        next
    )
    .execute(tx)
    .await?;
    Ok(settled)
}

/// How a domain stands with its proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct State {
    verified_at: Option<OffsetDateTime>,
    failing_since: Option<OffsetDateTime>,
    failures: i32,
}

impl State {
    /// What a check makes of it, and when the server looks next.
    fn after(
        self,
        found: Option<FindingKind>,
        by: Checker,
        now: OffsetDateTime,
    ) -> (Settled, Self, Option<OffsetDateTime>) {
        let Some(kind) = found else {
            let settled = if self.verified_at.is_some() { Settled::Renewed } else { Settled::Verified };
            let proven = Self { verified_at: self.verified_at.or(Some(now)), ..Self::default() };
            return (settled, proven, Some(now + EVERY));
        };
        if self.verified_at.is_none() {
            return (Settled::Pending, self, None);
        }
        if !kind.is_certain() {
            return (Settled::Failing, self, Some(now + AFTER_NO_ANSWER));
        }
        if by == Checker::Person {
            return (Settled::Failing, self, Some(now + AFTER_FAILURE));
        }
        let since = self.failing_since.unwrap_or(now);
        let failing = Self { failing_since: Some(since), failures: self.failures + 1, ..self };
        if failing.failures >= ENOUGH_FAILURES && now - since >= ENOUGH_TIME {
            return (Settled::Lost, Self::default(), None);
        }
        (Settled::Failing, failing, Some(now + AFTER_FAILURE))
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-06-01 12:00 UTC);

    #[test]
    fn a_proof_that_is_gone_for_long_is_lost_and_not_before() {
        let mut state = State { verified_at: Some(NOW), ..State::default() };
        let gone = Some(FindingKind::NoSuchName);
        for day in 0..3 {
            let at = NOW + Duration::days(day);
            let (settled, after, next) = state.after(gone, Checker::Server, at);
            assert_eq!((settled, next), (Settled::Failing, Some(at + AFTER_FAILURE)), "{day}");
            assert_eq!(after.failing_since, Some(NOW));
            state = after;
        }
        assert_eq!(state.failures, 3, "enough of them, and not long enough");
        let (settled, after, next) = state.after(gone, Checker::Server, NOW + Duration::days(3));
        assert_eq!((settled, after, next), (Settled::Lost, State::default(), None));
        let (settled, after, _) = state.after(None, Checker::Server, NOW + Duration::days(3));
        assert_eq!((settled, after.failures, after.failing_since), (Settled::Renewed, 0, None));
        assert_eq!(after.verified_at, Some(NOW), "proven since it was proven first");
    }

    #[test]
    fn neither_people_nor_silence_take_anything_away() {
        let state = State { verified_at: Some(NOW), failing_since: Some(NOW), failures: 9 };
        let later = NOW + Duration::days(30);
        for (kind, by) in [
            (FindingKind::WrongValue, Checker::Person),
            (FindingKind::Timeout, Checker::Server),
            (FindingKind::ServerFailure, Checker::Server),
            (FindingKind::Unreachable, Checker::Person),
        ] {
            let (settled, after, next) = state.after(Some(kind), by, later);
            assert_eq!((settled, after), (Settled::Failing, state));
            assert!(next.is_some());
        }
        let claim = State::default();
        let pending = claim.after(Some(FindingKind::NoRecord), Checker::Server, later);
        assert_eq!(pending, (Settled::Pending, claim, None));
    }
}
