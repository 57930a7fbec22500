//! The email domains of a tenant as they are kept.

use serde_json::json;
use time::OffsetDateTime;

use super::{
    super::ConnectionId,
    proof::{DueCheck, challenge},
};
use crate::{
    access::{ManageSso, Permit},
    audit::{self, Act, Action, Scribe},
    db::{DbError, TenantTx},
    tenancy::domains::{Challenge, DomainName, Finding, FindingKind, token},
};

/// Email domains of one tenant, at most.
pub const MOST: i64 = 50;

/// An email domain of the tenant, or its claim to one.
#[derive(Debug, Clone)]
pub struct EmailDomain {
    /// The domain.
    pub domain: DomainName,
    /// The record that proves it; none where the operator vouched for it.
    pub challenge: Option<Challenge>,
    /// When it was claimed.
    pub claimed_at: OffsetDateTime,
    /// When it was proven; none: it is a claim, and counts for nothing.
    pub verified_at: Option<OffsetDateTime>,
    /// When it was last checked.
    pub checked_at: Option<OffsetDateTime>,
    /// Since when its proof is gone, where it was proven once.
    pub failing_since: Option<OffsetDateTime>,
    /// What the last check found wrong.
    pub finding: Option<Finding>,
    /// The connections that it is tied to, with their names.
    pub connections: Vec<(ConnectionId, String)>,
    token: Option<String>,
}

impl EmailDomain {
    /// What a check of it needs; none where there is nothing to check.
    pub fn due_check(&self) -> Option<DueCheck> {
        Some(DueCheck { domain: self.domain.clone(), token: self.token.clone()? })
    }

    /// What the last check found wrong with the proof, in words.
    pub fn problem(&self) -> Option<String> {
        let (challenge, finding) = (self.challenge.as_ref()?, self.finding.as_ref()?);
        Some(challenge.explain(finding))
    }
}

/// The email domains of the tenant: what is proven, then claims.
///
/// # Errors
/// [`DbError`].
pub async fn list(tx: &mut TenantTx) -> Result<Vec<EmailDomain>, DbError> {
    let tenant = tx.tenant_id();
    let rows = sqlx::query!(
        "SELECT domain, challenge, claimed_at, verified_at, checked_at, failing_since, finding, finding_detail
         FROM email_domain WHERE tenant_id = $1 ORDER BY verified_at IS NULL, domain",
        tenant
    )
    .fetch_all(&mut *tx)
    .await?;
    let ties = sqlx::query!(
        "SELECT d.domain, c.id, c.name FROM sso_connection_domain d
         JOIN sso_connection c ON c.tenant_id = d.tenant_id AND c.id = d.connection_id
         WHERE d.tenant_id = $1 ORDER BY c.id",
        tenant
    )
    .fetch_all(tx)
    .await?;
    let tied = |domain: &str| {
        ties.iter().filter(|tie| tie.domain == domain).map(|tie| (ConnectionId(tie.id), tie.name.clone())).collect()
    };
    Ok(rows
        .into_iter()
        .map(|row| EmailDomain {
            challenge: row.challenge.as_deref().map(|token| challenge(&row.domain, token)),
            connections: tied(&row.domain),
            domain: DomainName::kept(row.domain),
            claimed_at: row.claimed_at,
            verified_at: row.verified_at,
            checked_at: row.checked_at,
            failing_since: row.failing_since,
            finding: row
                .finding
                .and_then(|word| FindingKind::parse(&word))
                .map(|kind| Finding { kind, detail: row.finding_detail.unwrap_or_default() }),
            token: row.challenge,
        })
        .collect())
}

/// One email domain of the tenant.
///
/// # Errors
/// [`DbError`].
pub async fn find(tx: &mut TenantTx, domain: &DomainName) -> Result<Option<EmailDomain>, DbError> {
    Ok(list(tx).await?.into_iter().find(|own| own.domain == *domain))
}

/// The proven email domains of the tenant, by name.
///
/// # Errors
/// [`DbError`].
pub async fn proven(tx: &mut TenantTx) -> Result<Vec<String>, DbError> {
    Ok(sqlx::query_scalar!(
        "SELECT domain FROM email_domain WHERE tenant_id = $1 AND verified_at IS NOT NULL ORDER BY domain",
        tx.tenant_id()
    )
    .fetch_all(tx)
    .await?)
}

/// What became of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claimed {
    /// It is there now.
    Added,
    /// The tenant has the domain, or the claim, already.
    Known,
    /// The tenant has as many as it may.
    Full,
}

/// Claims a domain. Until it is proven, it counts for nothing.
///
/// # Errors
/// [`DbError`].
pub async fn claim(permit: &mut Permit<ManageSso>, scribe: &Scribe, domain: &DomainName) -> Result<Claimed, DbError> {
    let (principal, tx) = permit.parts();
    let tenant = tx.tenant_id();
    let own = sqlx::query_scalar!(r#"SELECT count(*) AS "count!" FROM email_domain WHERE tenant_id = $1"#, tenant)
        .fetch_one(&mut *tx)
        .await?;
    let added = sqlx::query!(
        "INSERT INTO email_domain (tenant_id, domain, challenge, claimed_at)
         SELECT $1, $2, $3, $4 WHERE $5 ON CONFLICT (tenant_id, domain) DO NOTHING",
        tenant,
        domain.as_str(),
        token(scribe.ambient()),
        scribe.ambient().now(),
        own < MOST
    )
    .execute(&mut *tx)
    .await?
    .rows_affected();
    if added == 0 {
        let known = find(tx, domain).await?.is_some();
        return Ok(if known { Claimed::Known } else { Claimed::Full });
    }
    let act = Act::by(principal, Action::EmailDomainAdded).on("email_domain", domain.as_str(), domain.as_str());
    audit::record(tx, scribe, act).await?;
    Ok(Claimed::Added)
}

/// Removes a domain or a claim, and unties it. `false`: the tenant has no such domain.
///
/// # Errors
/// [`DbError`].
pub async fn remove(permit: &mut Permit<ManageSso>, scribe: &Scribe, domain: &DomainName) -> Result<bool, DbError> {
    let (principal, tx) = permit.parts();
    let Some(own) = find(tx, domain).await? else { return Ok(false) };
    sqlx::query!("DELETE FROM email_domain WHERE tenant_id = $1 AND domain = $2", tx.tenant_id(), domain.as_str())
        .execute(&mut *tx)
        .await?;
    let names: Vec<_> = own.connections.iter().map(|(_, name)| name).collect();
    let state = if own.verified_at.is_some() { "verified" } else { "claimed" };
    let act = Act::by(principal, Action::EmailDomainRemoved)
        .on("email_domain", domain.as_str(), domain.as_str())
        .change(json!({ "state": state, "connections": names }), ());
    audit::record(tx, scribe, act).await?;
    Ok(true)
}

/// Takes a domain for the tenant's on the operator's word: nothing is checked then or later.
///
/// # Errors
/// [`DbError`].
pub async fn vouch(tx: &mut TenantTx, scribe: &Scribe, domain: &DomainName) -> Result<(), DbError> {
    let now = scribe.ambient().now();
    sqlx::query!(
        "INSERT INTO email_domain (tenant_id, domain, claimed_at, verified_at) VALUES ($1, $2, $3, $3)
         ON CONFLICT (tenant_id, domain) DO UPDATE SET challenge = NULL, verified_at = $3, checked_at = NULL,
             failing_since = NULL, failures = 0, finding = NULL, finding_detail = NULL, next_check_at = NULL",
        tx.tenant_id(),
        domain.as_str(),
        now
    )
    .execute(&mut *tx)
    .await?;
    let act = Act::by_system(Action::EmailDomainVerified)
        .on("email_domain", domain.as_str(), domain.as_str())
        .because("The operator vouched for it.");
    audit::record(tx, scribe, act).await
}

/// Takes the due checks of the tenant: until `leased_until` no other server takes them.
pub(super) async fn take_due(
    tx: &mut TenantTx,
    now: OffsetDateTime,
    leased_until: OffsetDateTime,
) -> Result<Vec<DueCheck>, DbError> {
    let rows = sqlx::query!(
        r#"UPDATE email_domain SET next_check_at = $3
           WHERE tenant_id = $1 AND next_check_at <= $2 AND verified_at IS NOT NULL AND challenge IS NOT NULL
           RETURNING domain, challenge AS "challenge!""#,
        tx.tenant_id(),
        now,
        leased_until
    )
    .fetch_all(tx)
    .await?;
    Ok(rows.into_iter().map(|row| DueCheck { domain: DomainName::kept(row.domain), token: row.challenge }).collect())
}
