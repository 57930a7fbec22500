//! Events, and how they are written.

use std::fmt;

use time::OffsetDateTime;
use uuid::Uuid;

use super::{Meter, hour_of};
use crate::{
    access::api_key::ApiKeyId,
    ambient::Ambient,
    db::{DbError, TenantTx},
    id::AccountId,
};

/// What an act is called, so that it counts once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageKey {
    text: String,
    /// When it was done, where the key says so; it is done now otherwise.
    at: Option<OffsetDateTime>,
}

impl UsageKey {
    /// An act that has a name of its own, given at random: of a request, of a row that is written in this transaction. It
    /// is never tried again under that name, and were it, the transaction would fail.
    pub fn once(id: impl fmt::Display) -> Self {
        Self { text: id.to_string(), at: None }
    }

    /// What counts once an hour for somebody or something, however often it is seen.
    pub fn hourly(at: OffsetDateTime, of: impl fmt::Display) -> Self {
        let hour = hour_of(at);
        Self { text: format!("{}T{:02}/{of}", hour.date(), hour.hour()), at: Some(hour) }
    }
}

/// A billable act.
#[derive(Debug, Clone)]
pub struct Usage {
    /// What kind of act.
    pub meter: Meter,
    /// Which one.
    pub key: UsageKey,
    /// How much of it. There is no less than nothing.
    pub quantity: u64,
    /// Whose.
    pub account: Option<AccountId>,
    /// By which key.
    pub api_key: Option<ApiKeyId>,
    /// In which project of the product.
    pub project: Option<Uuid>,
}

impl Usage {
    /// One of it, of nobody in particular.
    pub fn one(meter: Meter, key: UsageKey) -> Self {
        Self { meter, key, quantity: 1, account: None, api_key: None, project: None }
    }

    /// The same, somebody's.
    #[must_use]
    pub fn by(self, account: AccountId) -> Self {
        Self { account: Some(account), ..self }
    }
}

fn quantity(usage: &Usage) -> i64 {
    i64::try_from(usage.quantity).unwrap_or(i64::MAX)
}

/// Counts an act, in the transaction that does it. What counts once an hour and was counted is not counted again.
///
/// # Errors
/// [`DbError`]; the act is not done then either.
pub async fn emit(tx: &mut TenantTx, ambient: &Ambient, usage: Usage) -> Result<(), DbError> {
    let now = ambient.now();
    // Two statements: to look for a conflict costs as much again as the row, and most acts can have none.
    match usage.key.at {
        None => {
            sqlx::query!(
                "INSERT INTO usage_event (tenant_id, meter, key, at, quantity, account_id, api_key_id, project_id,
                     recorded_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $4)",
                tx.tenant_id(),
                usage.meter.word(),
                usage.key.text,
                now,
                quantity(&usage),
                usage.account.map(|id| id.0),
                usage.api_key.map(|id| id.0),
                usage.project
            )
            .execute(tx)
            .await?;
        }
        Some(at) => {
            sqlx::query!(
                "INSERT INTO usage_event (tenant_id, meter, key, at, quantity, account_id, api_key_id, project_id,
                     recorded_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
                 ON CONFLICT (tenant_id, meter, key, at) DO NOTHING",
                tx.tenant_id(),
                usage.meter.word(),
                usage.key.text,
                at,
                quantity(&usage),
                usage.account.map(|id| id.0),
                usage.api_key.map(|id| id.0),
                usage.project,
                now
            )
            .execute(tx)
            .await?;
        }
    }
    Ok(())
}

/// Counts many acts at once. What counts once an hour and was counted is not counted again.
///
/// # Errors
/// [`DbError`]; none of them is done then either.
pub async fn emit_all(tx: &mut TenantTx, ambient: &Ambient, all: &[Usage]) -> Result<(), DbError> {
    if all.is_empty() {
        return Ok(());
    }
    let now = ambient.now();
    let columns = Columns::of(all, now);
    sqlx::query!(
        "INSERT INTO usage_event (tenant_id, meter, key, at, quantity, account_id, api_key_id, project_id, recorded_at)
         SELECT $1, u.meter, u.key, u.at, u.quantity, u.account_id, u.api_key_id, u.project_id, $2
         FROM unnest($3::text[], $4::text[], $5::timestamptz[], $6::bigint[], $7::uuid[], $8::uuid[], $9::uuid[])
              AS u (meter, key, at, quantity, account_id, api_key_id, project_id)
         ON CONFLICT (tenant_id, meter, key, at) DO NOTHING",
        tx.tenant_id(),
        now,
        &columns.meters,
        &columns.keys,
        &columns.at,
        &columns.quantities,
        &columns.accounts as &[Option<Uuid>],
        &columns.api_keys as &[Option<Uuid>],
        &columns.projects as &[Option<Uuid>]
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Many acts, column by column.
struct Columns {
    meters: Vec<String>,
    keys: Vec<String>,
    at: Vec<OffsetDateTime>,
    quantities: Vec<i64>,
    accounts: Vec<Option<Uuid>>,
    api_keys: Vec<Option<Uuid>>,
    projects: Vec<Option<Uuid>>,
}

impl Columns {
    fn of(all: &[Usage], now: OffsetDateTime) -> Self {
        Self {
            meters: all.iter().map(|usage| usage.meter.word().to_owned()).collect(),
            keys: all.iter().map(|usage| usage.key.text.clone()).collect(),
            at: all.iter().map(|usage| usage.key.at.unwrap_or(now)).collect(),
            quantities: all.iter().map(quantity).collect(),
            accounts: all.iter().map(|usage| usage.account.map(|id| id.0)).collect(),
            api_keys: all.iter().map(|usage| usage.api_key.map(|id| id.0)).collect(),
            projects: all.iter().map(|usage| usage.project).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn an_hour_has_one_key_for_each() {
        let (early, late) = (datetime!(2026-06-01 07:00 UTC), datetime!(2026-06-01 09:59:59 +2));
        assert_eq!(UsageKey::hourly(early, "a"), UsageKey::hourly(late, "a"));
        assert_ne!(UsageKey::hourly(early, "a"), UsageKey::hourly(early, "b"));
        assert_ne!(UsageKey::hourly(early, "a"), UsageKey::hourly(datetime!(2026-06-01 08:00 UTC), "a"));
        let key = UsageKey::hourly(late, AccountId(Uuid::nil()));
        assert_eq!(key.at, Some(early));
        assert!(key.text.starts_with("2026-06-01T07/usr_") && key.text.len() <= 120, "{}", key.text);
    }

    #[test]
    fn there_is_no_less_than_nothing_and_no_more_than_fits() {
        let usage = Usage::one(Meter::Mail, UsageKey::once("a"));
        assert_eq!(quantity(&usage), 1);
        assert_eq!(quantity(&Usage { quantity: u64::MAX, ..usage }), i64::MAX);
    }
}
