//! The domains of a tenant as they are kept. The control plane's functions take the tenant from the transaction.

use std::sync::Arc;

use time::OffsetDateTime;

use super::{
    challenge::{Challenge, Finding, FindingKind, token},
    check::DueCheck,
    name::DomainName,
    traffic::Leads,
};
use crate::{
    access::{ManageDomains, Permit},
    ambient::Ambient,
    db::{DbError, TenantTx},
    plan::{Feature, Limit, PlanError},
};

/// Domains and claims of one tenant, at most.
pub const MOST: i32 = 20;

/// A domain of the tenant, or its claim to one.
#[derive(Debug, Clone)]
pub struct OwnDomain {
    /// The domain.
    pub host: DomainName,
    /// The record that proves it; none where the operator vouched for it.
    pub challenge: Option<Challenge>,
    /// When it was claimed.
    pub claimed_at: Option<OffsetDateTime>,
    /// When it was proven; none: it is a claim.
    pub verified_at: Option<OffsetDateTime>,
    /// Whether it is the tenant's main address.
    pub is_primary: bool,
    /// When it was last checked.
    pub checked_at: Option<OffsetDateTime>,
    /// When the server checks it next by itself.
    pub next_check_at: Option<OffsetDateTime>,
    /// Since when its proof is gone, where it was proven once.
    pub failing_since: Option<OffsetDateTime>,
    /// What the last check found wrong.
    pub finding: Option<Finding>,
    /// Where it leads, as far as the last check could tell.
    pub leads: Option<Leads>,
    token: Option<String>,
}

impl OwnDomain {
    /// What a check of it needs; none where there is nothing to check.
    pub fn due_check(&self) -> Option<DueCheck> {
        let token = self.token.clone()?;
        let claimed_at = self.claimed_at?;
        Some(DueCheck { host: self.host.clone(), token, claimed_at, is_verified: self.verified_at.is_some() })
    }

    /// What the last check found wrong with the proof, in words.
    pub fn problem(&self) -> Option<String> {
        let (challenge, finding) = (self.challenge.as_ref()?, self.finding.as_ref()?);
        Some(challenge.explain(finding))
    }
}

/// The domains of the tenant: the main address first, then what is proven, then claims.
///
/// # Errors
/// [`DbError`].
pub async fn list(permit: &mut Permit<ManageDomains>) -> Result<Vec<OwnDomain>, DbError> {
    let rows = sqlx::query!(
        r#"SELECT host AS "host!", challenge, claimed_at, verified_at, is_primary AS "is_primary!", checked_at,
               next_check_at, failing_since, finding, finding_detail, leads, leads_to
           FROM control.own_domains() ORDER BY is_primary DESC, verified_at IS NULL, host"#
    )
    .fetch_all(&mut **permit)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| OwnDomain {
            challenge: row.challenge.as_ref().map(|token| Challenge::new(&row.host, token)),
            host: DomainName::kept(row.host),
            claimed_at: row.claimed_at,
            verified_at: row.verified_at,
            is_primary: row.is_primary,
            checked_at: row.checked_at,
            next_check_at: row.next_check_at,
            failing_since: row.failing_since,
            finding: row
                .finding
                .and_then(|word| FindingKind::parse(&word))
                .map(|kind| Finding { kind, detail: row.finding_detail.unwrap_or_default() }),
            leads: row.leads.and_then(|word| Leads::parse(&word, row.leads_to)),
            token: row.challenge,
        })
        .collect())
}

/// How many domains and claims the transaction's tenant has.
///
/// # Errors
/// [`DbError`].
pub async fn count(tx: &mut TenantTx) -> Result<i64, DbError> {
    Ok(sqlx::query_scalar!(r#"SELECT count(*) AS "count!" FROM control.own_domains()"#).fetch_one(tx).await?)
}

/// What became of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claimed {
    /// It is there now.
    Added,
    /// The tenant has the domain, or the claim, already.
    Known,
    /// The tenant has as many as anybody may.
    Full,
    /// Its plan does not include it, or has no room for more.
    Refused(PlanError),
}

/// Claims a domain. Others may have claimed it too: who proves it has it.
///
/// # Errors
/// [`DbError`].
pub async fn claim(
    permit: &mut Permit<ManageDomains>,
    ambient: &Ambient,
    host: &DomainName,
) -> Result<Claimed, DbError> {
    let plan = Arc::clone(permit.entitlements());
    if let Err(refused) = plan.require(Feature::CustomDomains) {
        return Ok(Claimed::Refused(refused));
    }
    let of_plan = plan.limit(Limit::CustomDomains).and_then(|most| i32::try_from(most).ok()).unwrap_or(MOST);
    let claimed = sqlx::query_scalar!(
        r#"SELECT control.claim_domain($1, $2, $3, $4) AS "claimed!""#,
        host.as_str(),
        token(ambient),
        MOST.min(of_plan),
        ambient.now()
    )
    .fetch_one(&mut **permit)
    .await?;
    Ok(match claimed.as_str() {
        "claimed" => Claimed::Added,
        "full" if of_plan < MOST => {
            let (limit, used) = (Limit::CustomDomains, count(permit).await?);
            Claimed::Refused(PlanError::LimitReached { limit, used, most: of_plan.into() })
        }
        "full" => Claimed::Full,
        _ => Claimed::Known,
    })
}

/// What was removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Removed {
    /// A claim.
    Claim,
    /// A proven domain.
    Verified,
    /// The main address: the one under the base domain stands in.
    Primary,
}

impl Removed {
    /// In one word, for the audit log.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Claim => "claimed",
            Self::Verified => "verified",
            Self::Primary => "primary",
        }
    }
}

/// Removes a domain or a claim. `None`: the tenant has no such domain.
///
/// # Errors
/// [`DbError`].
pub async fn remove(permit: &mut Permit<ManageDomains>, host: &DomainName) -> Result<Option<Removed>, DbError> {
    let removed =
        sqlx::query_scalar!("SELECT control.remove_domain($1)", host.as_str()).fetch_one(&mut **permit).await?;
    Ok(removed.map(|word| match word.as_str() {
        "primary" => Removed::Primary,
        "verified" => Removed::Verified,
        _ => Removed::Claim,
    }))
}

/// Makes a proven domain the tenant's main address, or with `None` the one under the base domain. `false`: the tenant
/// has no such domain, or has not proven it.
///
/// # Errors
/// [`DbError`].
pub async fn make_primary(permit: &mut Permit<ManageDomains>, host: Option<&DomainName>) -> Result<bool, DbError> {
    Ok(sqlx::query_scalar!(r#"SELECT control.make_domain_primary($1) AS "made!""#, host.map(DomainName::as_str))
        .fetch_one(&mut **permit)
        .await?)
}

/// The tenant's main address, where it is a domain of its own.
///
/// # Errors
/// [`DbError`].
pub async fn primary_host(tx: &mut TenantTx) -> Result<Option<Arc<str>>, DbError> {
    let host = sqlx::query_scalar!("SELECT control.primary_domain()").fetch_one(tx).await?;
    Ok(host.map(Arc::from))
}

/// Slugs of tenants that have a check to do.
pub(super) async fn tenants_with_due_checks(
    tx: &mut crate::db::ControlTx,
    now: OffsetDateTime,
    most: i32,
) -> Result<Vec<String>, DbError> {
    Ok(sqlx::query_scalar!(
        r#"SELECT slug AS "slug!" FROM control.tenants_with_due_domains($1, $2) AS slug"#,
        now,
        most
    )
    .fetch_all(tx)
    .await?)
}

/// Takes the due checks of the tenant: until `leased_until` no other server takes them.
pub(super) async fn take_due_checks(
    tx: &mut TenantTx,
    now: OffsetDateTime,
    leased_until: OffsetDateTime,
) -> Result<Vec<DueCheck>, DbError> {
    let rows = sqlx::query!(
        r#"SELECT host AS "host!", challenge AS "challenge!", claimed_at, is_verified AS "is_verified!"
           FROM control.take_due_domains($1, $2, $3)"#,
        now,
        leased_until,
        MOST
    )
    .fetch_all(tx)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| DueCheck {
            host: DomainName::kept(row.host),
            token: row.challenge,
            claimed_at: row.claimed_at.unwrap_or(now),
            is_verified: row.is_verified,
        })
        .collect())
}
