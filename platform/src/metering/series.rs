//! What was used, for pages: over time, and by person, key and project.

use sqlx::PgExecutor;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{Meter, Sum};
use crate::{
    access::{Permit, ReadUsage},
    db::DbError,
};

/// Into what time is cut. Both ends of hours, days and months are in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// Hours.
    Hour,
    /// Days.
    Day,
    /// Months.
    Month,
}

impl Cut {
    fn word(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Month => "month",
        }
    }
}

/// What a meter came to in a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Amount {
    /// The quantities together.
    pub quantity: i64,
    /// How many people they are of.
    pub people: i64,
}

impl Amount {
    /// The figure of a meter, over so many hours.
    #[must_use]
    pub fn figure(self, meter: Meter, hours: i64) -> i64 {
        match meter.sum() {
            Sum::Total => self.quantity,
            Sum::People => self.people,
            Sum::HourlyMean => self.quantity / hours.max(1),
        }
    }
}

/// A meter in an hour, a day or a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Point {
    /// When it begins.
    pub at: OffsetDateTime,
    /// What is counted.
    pub meter: Meter,
    /// What it came to.
    pub amount: Amount,
}

/// What was used from one moment to another, cut. Where nothing was used there is no point.
///
/// # Errors
/// [`DbError`].
pub async fn over_time(
    permit: &mut Permit<ReadUsage>,
    cut: Cut,
    from: OffsetDateTime,
    until: OffsetDateTime,
) -> Result<Vec<Point>, DbError> {
    let tenant = permit.tenant_id();
    over_time_by(&mut **permit, tenant, cut, from, until).await
}

/// The same in any transaction that sees the tenant.
pub(crate) async fn over_time_by<'e>(
    by: impl PgExecutor<'e>,
    tenant: Uuid,
    cut: Cut,
    from: OffsetDateTime,
    until: OffsetDateTime,
) -> Result<Vec<Point>, DbError> {
    // Hours are not kept in days, and days are fewer rows.
    let rows = sqlx::query!(
        r#"SELECT date_trunc($4::text, u.at, 'UTC') AS "at!", u.meter AS "meter!",
                  sum(u.quantity)::bigint AS "quantity!",
                  count(DISTINCT nullif(u.account_id, '00000000-0000-0000-0000-000000000000'::uuid)) AS "people!"
           FROM (
               SELECT h.at, h.meter, h.quantity, h.account_id FROM usage_hour h
               WHERE h.tenant_id = $1 AND h.at >= $2 AND h.at < $3 AND $4::text = 'hour'
               UNION ALL
               SELECT d.at, d.meter, d.quantity, d.account_id FROM usage_day d
               WHERE d.tenant_id = $1 AND d.at >= $2 AND d.at < $3 AND $4::text <> 'hour'
           ) u
           GROUP BY 1, 2"#,
        tenant,
        from,
        until,
        cut.word()
    )
    .fetch_all(by)
    .await?;
    let points = rows.into_iter().filter_map(|row| {
        let amount = Amount { quantity: row.quantity, people: row.people };
        Some(Point { at: row.at, meter: Meter::parse(&row.meter)?, amount })
    });
    Ok(points.collect())
}

/// By what usage is divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dimension {
    /// Whose it is.
    Account,
    /// By which API key it came.
    ApiKey,
    /// In which project it is.
    Project,
}

impl Dimension {
    fn word(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::ApiKey => "key",
            Self::Project => "project",
        }
    }
}

/// A meter, of one person, key or project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Which; none where it is of none.
    pub id: Option<Uuid>,
    /// What it is called, as far as the platform knows: of projects it knows nothing.
    pub name: Option<String>,
    /// What is counted.
    pub meter: Meter,
    /// What it came to.
    pub amount: Amount,
}

/// What was used from one moment to another by each. By hours, so that every moment at which one begins will do.
///
/// # Errors
/// [`DbError`].
pub async fn divided(
    permit: &mut Permit<ReadUsage>,
    by: Dimension,
    cut: Cut,
    from: OffsetDateTime,
    until: OffsetDateTime,
) -> Result<Vec<Part>, DbError> {
    let tenant = permit.tenant_id();
    divided_by(&mut **permit, tenant, by, cut, from, until).await
}

/// The same in any transaction that sees the tenant.
pub(crate) async fn divided_by<'e>(
    executor: impl PgExecutor<'e>,
    tenant: Uuid,
    by: Dimension,
    cut: Cut,
    from: OffsetDateTime,
    until: OffsetDateTime,
) -> Result<Vec<Part>, DbError> {
    let rows = sqlx::query!(
        r#"WITH used AS (
               SELECT nullif(CASE $5::text WHEN 'account' THEN u.account_id WHEN 'key' THEN u.api_key_id
                                  ELSE u.project_id END, '00000000-0000-0000-0000-000000000000'::uuid) AS part,
                      u.meter, u.quantity, u.account_id
               FROM (
                   SELECT h.meter, h.quantity, h.account_id, h.api_key_id, h.project_id FROM usage_hour h
                   WHERE h.tenant_id = $1 AND h.at >= $2 AND h.at < $3 AND $4::text = 'hour'
                   UNION ALL
                   SELECT d.meter, d.quantity, d.account_id, d.api_key_id, d.project_id FROM usage_day d
                   WHERE d.tenant_id = $1 AND d.at >= $2 AND d.at < $3 AND $4::text <> 'hour'
               ) u
           )
           SELECT x.part, x.meter AS "meter!", sum(x.quantity)::bigint AS "quantity!",
                  count(DISTINCT nullif(x.account_id, '00000000-0000-0000-0000-000000000000'::uuid)) AS "people!",
                  coalesce(a.name, k.name) AS name
           FROM used x
           LEFT JOIN account a ON a.tenant_id = $1 AND a.id = x.part AND $5::text = 'account'
           LEFT JOIN api_key k ON k.tenant_id = $1 AND k.id = x.part AND $5::text = 'key'
           GROUP BY x.part, x.meter, a.name, k.name"#,
        tenant,
        from,
        until,
        cut.word(),
        by.word()
    )
    .fetch_all(executor)
    .await?;
    let parts = rows.into_iter().filter_map(|row| {
        let amount = Amount { quantity: row.quantity, people: row.people };
        Some(Part { id: row.part, name: row.name, meter: Meter::parse(&row.meter)?, amount })
    });
    Ok(parts.collect())
}

/// When events were added up last; none where there were none yet.
///
/// # Errors
/// [`DbError`].
pub async fn added_up_at(permit: &mut Permit<ReadUsage>) -> Result<Option<OffsetDateTime>, DbError> {
    let tenant = permit.tenant_id();
    added_up_at_by(&mut **permit, tenant).await
}

/// The same in any transaction that sees the tenant.
pub(crate) async fn added_up_at_by<'e>(
    by: impl PgExecutor<'e>,
    tenant: Uuid,
) -> Result<Option<OffsetDateTime>, DbError> {
    Ok(sqlx::query_scalar!("SELECT at FROM usage_cursor WHERE tenant_id = $1", tenant).fetch_optional(by).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_is_what_its_meter_counts() {
        let amount = Amount { quantity: 4800, people: 3 };
        assert_eq!(amount.figure(Meter::ApiCall, 24), 4800);
        assert_eq!(amount.figure(Meter::ActiveSeat, 24), 3);
        assert_eq!(amount.figure(Meter::StoredByteHour, 24), 200);
        assert_eq!(amount.figure(Meter::StoredByteHour, 0), 4800, "no hour yet");
    }
}
