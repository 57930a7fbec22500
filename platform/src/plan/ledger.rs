//! What there is of plans and subscriptions, as the operator sees it: the versions, and what was changed when by whom.

use sqlx::PgConnection;
use time::OffsetDateTime;

use super::{LoadError, PlanKey, Price, load};
use crate::{db::DbError, id::TenantId};

/// A version of a plan, and how many have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// The plan.
    pub plan: PlanKey,
    /// What it is called.
    pub name: String,
    /// Whether new tenants begin with the plan.
    pub is_initial: bool,
    /// Which version.
    pub version: i32,
    /// What it costs.
    pub price: Price,
    /// Since when nobody can choose it any more.
    pub retired_at: Option<OffsetDateTime>,
    /// How many tenants have it.
    pub tenants: i64,
}

/// Every version of every plan.
///
/// # Errors
/// [`DbError`].
pub async fn versions(tx: &mut PgConnection) -> Result<Vec<Version>, DbError> {
    let rows = sqlx::query!(
        r#"SELECT p.key, p.name, p.is_initial, v.version, v.price_cents, v.currency, v.per_seat,
                  v."interval" AS billed_every, v.retired_at,
                  (SELECT count(*) FROM control.subscription s WHERE s.plan_version_id = v.id) AS "tenants!"
           FROM control.plan p JOIN control.plan_version v ON v.plan_key = p.key
           ORDER BY p.position, v.version"#
    )
    .fetch_all(tx)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Version {
                plan: row.key.parse().map_err(LoadError::from)?,
                name: row.name,
                is_initial: row.is_initial,
                version: row.version,
                price: load::price(row.price_cents, row.currency, row.per_seat, &row.billed_every)?,
                retired_at: row.retired_at,
                tenants: row.tenants,
            })
        })
        .collect()
}

/// A line of a tenant's history, as the operator sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Noted {
    /// When.
    pub at: OffsetDateTime,
    /// Who changed it.
    pub actor: String,
    /// What.
    pub field: String,
    /// What it was.
    pub before: Option<String>,
    /// What it became.
    pub after: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// The billing event that it follows from.
    pub billing_event: Option<String>,
}

/// What was changed lately about a tenant's subscription and overrides, the newest first.
///
/// # Errors
/// [`DbError`].
pub async fn history(tx: &mut PgConnection, tenant: TenantId, most: i64) -> Result<Vec<Noted>, DbError> {
    Ok(sqlx::query_as!(
        Noted,
        "SELECT at, actor, field, before, after, reason, billing_event FROM control.subscription_change
         WHERE tenant_id = $1 ORDER BY id DESC LIMIT $2",
        tenant.0,
        most
    )
    .fetch_all(tx)
    .await?)
}
