//! The operator's role, for the console: a small pool of its own, so that it takes no connection from tenants.

use std::time::Duration;

use sqlx::{AssertSqlSafe, PgConnection, PgPool, Postgres, Transaction, postgres::PgPoolOptions};

use super::{DbError, connect_options};
use crate::id::TenantId;

/// Connections at most: few people use the console.
const CONNECTIONS: u32 = 4;
/// How long a request waits for one.
const PATIENCE: Duration = Duration::from_secs(5);

/// Connections of the role that reads the data of all tenants. Cheap to clone.
///
/// Nothing outside of this crate gets one to run statements on: what the console reads is read through
/// [`Audited`](crate::operator::Audited), which has written down who reads.
#[derive(Debug, Clone)]
pub struct OperatorDatabase {
    pool: PgPool,
}

impl OperatorDatabase {
    /// Prepares the pool; connections are made when they are needed.
    ///
    /// # Errors
    /// [`DbError::Address`] when the address cannot be read.
    pub fn new(operator_url: &str) -> Result<Self, DbError> {
        let pool = PgPoolOptions::new()
            .max_connections(CONNECTIONS)
            .acquire_timeout(PATIENCE)
            .connect_lazy_with(connect_options(operator_url)?);
        Ok(Self { pool })
    }

    /// Opens a transaction. No tenant is set in it, and names without a schema are those of tenant tables.
    ///
    /// # Errors
    /// [`DbError::Sql`] when there is no connection to be had.
    pub(crate) async fn begin(&self) -> Result<Transaction<'static, Postgres>, DbError> {
        let begin = "BEGIN; SET LOCAL app.tenant_id = ''; SET LOCAL search_path = pooled; \
                     SET LOCAL statement_timeout = '10s'";
        Ok(self.pool.begin_with(begin).await?)
    }

    /// Ends all connections, after the transactions under way.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

/// Sets a transaction of the operator's role to a tenant, as those of the serving role are from their beginning: functions
/// that answer about the transaction's tenant then answer about this one.
///
/// # Errors
/// [`DbError`].
pub(crate) async fn set_tenant(tx: &mut PgConnection, tenant: TenantId) -> Result<(), DbError> {
    let set = format!("SET LOCAL app.tenant_id = '{}'", tenant.0.as_hyphenated());
    sqlx::raw_sql(AssertSqlSafe(set)).execute(tx).await?;
    Ok(())
}
