//! Which tenants have something to count or to add up, found with the operator's rights.

use sqlx::PgConnection;

use crate::db::DbError;

/// The names of the tenants that ever stored a file.
pub(super) async fn storing(operator: &mut PgConnection) -> Result<Vec<String>, DbError> {
    Ok(sqlx::query_scalar!(
        "SELECT t.slug FROM control.tenant t JOIN pooled.storage_use u ON u.tenant_id = t.id ORDER BY t.slug"
    )
    .fetch_all(operator)
    .await?)
}

/// The names of the tenants with events that are not added up yet.
pub(super) async fn counting(operator: &mut PgConnection) -> Result<Vec<String>, DbError> {
    Ok(sqlx::query_scalar!(
        "SELECT t.slug FROM control.tenant t
         LEFT JOIN pooled.usage_cursor c ON c.tenant_id = t.id
         WHERE c.seen > pg_snapshot_xmax(pg_current_snapshot())
             OR EXISTS (SELECT FROM pooled.usage_event e
                        WHERE e.tenant_id = t.id AND e.recorded_in >= coalesce(c.seen, '0'::xid8))
         ORDER BY t.slug"
    )
    .fetch_all(operator)
    .await?)
}

/// Makes the partitions of this month and the next three.
pub(super) async fn make_partitions(
    operator: &mut PgConnection,
    now: time::OffsetDateTime,
) -> Result<Option<i32>, DbError> {
    Ok(sqlx::query_scalar!("SELECT control.make_usage_partitions($1, 4)", now).fetch_one(operator).await?)
}

/// Removes the partitions of the months before that of `until`.
pub(super) async fn drop_partitions(
    operator: &mut PgConnection,
    until: time::OffsetDateTime,
) -> Result<Option<i32>, DbError> {
    Ok(sqlx::query_scalar!("SELECT control.drop_usage_partitions($1)", until).fetch_one(operator).await?)
}

/// Whether the database was restored where transactions have lower numbers. Answers how many events were given new ones.
pub(super) async fn renumber(operator: &mut PgConnection) -> Result<Option<i64>, DbError> {
    let is_ahead = sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM pooled.usage_cursor WHERE seen > pg_snapshot_xmax(pg_current_snapshot()))
               AS "is_ahead!""#
    )
    .fetch_one(&mut *operator)
    .await?;
    if !is_ahead {
        return Ok(None);
    }
    Ok(sqlx::query_scalar!("SELECT control.renumber_usage()").fetch_one(operator).await?)
}
