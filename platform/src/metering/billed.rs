//! What was billed, read with the operator's rights.

use sqlx::PgConnection;
use time::Date;
use uuid::Uuid;

use crate::db::DbError;

/// How much of a meter was told to the payment provider, of each day.
pub(super) struct Billed {
    pub(super) meter: String,
    pub(super) day: Date,
    pub(super) quantity: i64,
}

/// What was told of these days of a tenant.
pub(super) async fn of(
    operator: &mut PgConnection,
    tenant: Uuid,
    first: Date,
    last: Date,
) -> Result<Vec<Billed>, DbError> {
    Ok(sqlx::query_as!(
        Billed,
        "SELECT meter, day, quantity FROM control.billed_usage
         WHERE tenant_id = $1 AND day BETWEEN $2 AND $3 ORDER BY day, meter",
        tenant,
        first,
        last
    )
    .fetch_all(operator)
    .await?)
}
