//! The database and the only ways into it.
//!
//! [`Database`] keeps its pool to itself. Tenant tables are reached through [`TenantTx`], the control plane's functions
//! through [`ControlTx`]; both are one transaction each, so that whatever they set ends with them, also behind a
//! pooler that hands the connection to someone else next.
//!
//! The pool cannot be used for queries:
//!
//! ```compile_fail,E0277
//! async fn leak(database: &rowhouse_platform::db::Database) {
//!     let _ = sqlx::query("SELECT * FROM ticket").fetch_all(database).await;
//! }
//! ```
//!
//! nor can it be taken out:
//!
//! ```compile_fail,E0616
//! fn leak(database: &rowhouse_platform::db::Database) {
//!     let _ = &database.pool;
//! }
//! ```
//!
//! while a tenant transaction can:
//!
//! ```
//! async fn titles(tx: &mut rowhouse_platform::db::TenantTx) {
//!     let _ = sqlx::query("SELECT title FROM ticket").fetch_all(tx).await;
//! }
//! ```
//!
//! A transaction is of one tenant for all of its life: nothing hands out the connection under it.
//!
//! ```compile_fail,E0616
//! fn leak(tx: &mut rowhouse_platform::db::TenantTx) {
//!     let _ = &mut tx.scoped;
//! }
//! ```

mod admin;
mod check;
pub mod fair;
mod migrate;
mod operator;
mod scoped;

pub use admin::{Admin, AdminError, TenantRow};
pub use check::{Finding, ServingReport, check_operator, check_serving};
pub use fair::NoTurn;
pub use migrate::{MigrateFailure, expected_migrations, migrate};
pub use operator::OperatorDatabase;
pub(crate) use operator::set_tenant;
pub use scoped::{ControlTx, TenantTx};

use std::{collections::BTreeMap, str::FromStr, sync::Arc, time::Duration};

use sqlx::{
    AssertSqlSafe, PgPool, Postgres, SqlSafeStr as _, SqlStr, Transaction,
    postgres::{PgConnectOptions, PgPoolOptions},
};

use self::fair::{FairSettings, Gate, Turn};
use crate::{id::TenantId, placement::PlacementError, tenancy::TenantHome};

/// What stands between the server and PostgreSQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pooler {
    /// Nothing: statements are prepared once a connection.
    None,
    /// A pooler in transaction mode, such as `PgBouncer`: named statements would outlive the transaction on a
    /// connection that others use, so none are made.
    Transaction,
}

/// How to reach PostgreSQL as the serving role.
#[derive(Debug, Clone)]
pub struct DatabaseSettings {
    /// `postgres://…` of the role `rowhouse_app`.
    pub url: String,
    /// What stands in between.
    pub pooler: Pooler,
    /// Connections at most.
    pub pool_size: u32,
    /// How long a request waits for a connection.
    pub acquire_timeout: Duration,
    /// How long one statement may run, where a tenant's plan does not say less.
    pub statement_timeout: Duration,
    /// How long one statement may run for a tenant of these plans.
    pub plan_statement_timeouts: BTreeMap<String, Duration>,
    /// How many transactions one tenant has at a time, at most.
    pub tenant_share: u32,
    /// How many transactions of one tenant wait for their turn, at most.
    pub tenant_line: u32,
}

/// Why the database could not be used.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// The address could not be read.
    #[error("the database address is not valid: {0}")]
    Address(String),
    /// PostgreSQL refused or failed.
    #[error(transparent)]
    Sql(#[from] sqlx::Error),
    /// The tenant has its share of the connections, and too many wait or the wait was too long.
    #[error(transparent)]
    NoTurn(#[from] NoTurn),
    /// This version cannot serve where the tenant's data lives.
    #[error(transparent)]
    Placement(#[from] PlacementError),
}

impl DbError {
    /// The name of the constraint that a statement broke, if that is what happened.
    pub fn constraint(&self) -> Option<&str> {
        match self {
            Self::Sql(sqlx::Error::Database(error)) => error.constraint(),
            _ => None,
        }
    }

    /// Whether PostgreSQL gave the transaction up in favour of another that changed the same rows (SQLSTATE 40P01,
    /// deadlock, and 40001, serialization failure): nothing was done, and the same request may succeed at once.
    pub fn is_overtaken(&self) -> bool {
        match self {
            Self::Sql(sqlx::Error::Database(error)) => {
                error.code().is_some_and(|code| matches!(code.as_ref(), "40P01" | "40001"))
            }
            _ => false,
        }
    }

    /// Whether PostgreSQL stopped a statement that took longer than it may (SQLSTATE 57014).
    pub fn is_too_slow(&self) -> bool {
        match self {
            Self::Sql(sqlx::Error::Database(error)) => error.code().is_some_and(|code| code == "57014"),
            _ => false,
        }
    }

    /// Whether PostgreSQL is away or has no connection to spare, so that the same request may succeed later.
    pub fn is_unavailable(&self) -> bool {
        match self {
            Self::Sql(sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::Io(_)) => true,
            Self::Sql(error) => is_broken(error),
            _ => false,
        }
    }
}

/// The serving role's connections. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Database {
    pool: PgPool,
    gate: Arc<Gate>,
    settings: Arc<DatabaseSettings>,
}

impl Database {
    /// Prepares the pool; connections are made when they are needed, so the server starts while PostgreSQL is away.
    ///
    /// # Errors
    /// [`DbError::Address`] when the address cannot be read.
    pub fn new(settings: DatabaseSettings) -> Result<Self, DbError> {
        let options = connect_options(&settings.url)?;
        let options = match settings.pooler {
            Pooler::None => options,
            Pooler::Transaction => options.statement_cache_capacity(0),
        };
        let pool = PgPoolOptions::new()
            .max_connections(settings.pool_size)
            .acquire_timeout(settings.acquire_timeout)
            // `begin` finds out about dead connections without a round trip of its own.
            .test_before_acquire(false)
            .connect_lazy_with(options);
        let connections = usize::try_from(settings.pool_size).unwrap_or(usize::MAX);
        let gate = Gate::new(FairSettings {
            connections,
            share: usize::try_from(settings.tenant_share).unwrap_or(connections),
            line: usize::try_from(settings.tenant_line).unwrap_or(usize::MAX),
            patience: settings.acquire_timeout,
        });
        Ok(Self { pool, gate, settings: settings.into() })
    }

    /// Opens the transaction in which the data of one tenant, and of no other, is there.
    ///
    /// It waits for the tenant's turn first: see [`fair`].
    ///
    /// `BEGIN` and the settings are one round trip. `SET LOCAL` and not `set_config`: its effect ends with the
    /// transaction even when a mistake left none open, and Citus carries it to its workers.
    ///
    /// # Errors
    /// [`DbError::Placement`] where this version cannot serve the tenant's placement, [`DbError::NoTurn`] when too much of
    /// the tenant's waits already, [`DbError::Sql`] when there is no connection to be had.
    pub async fn begin(&self, home: &TenantHome) -> Result<TenantTx, DbError> {
        let sql = format!(
            "BEGIN; SET LOCAL app.tenant_id = '{}'; SET LOCAL search_path = {}; SET LOCAL statement_timeout = {}",
            home.id().0.as_hyphenated(),
            home.placement().search_path()?,
            self.statement_timeout(home).as_millis(),
        );
        let (transaction, turn) = self.open(sql, Some(home.id())).await?;
        Ok(TenantTx::new(transaction, turn, home.clone(), self.unnamed()))
    }

    /// Opens a transaction without a tenant, for the functions of the control plane: tenant tables show no rows in it.
    ///
    /// # Errors
    /// [`DbError::Sql`] when there is no connection to be had.
    pub async fn control(&self) -> Result<ControlTx, DbError> {
        let sql = format!(
            "BEGIN; SET LOCAL app.tenant_id = ''; SET LOCAL search_path = control; SET LOCAL statement_timeout = {}",
            self.settings.statement_timeout.as_millis()
        );
        let (transaction, turn) = self.open(sql, None).await?;
        Ok(ControlTx::new(transaction, turn, self.unnamed()))
    }

    /// Ends all connections, after the transactions under way.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    fn unnamed(&self) -> bool {
        self.settings.pooler == Pooler::Transaction
    }

    /// As long as the tenant's plan says, and no longer than the setting.
    fn statement_timeout(&self, home: &TenantHome) -> Duration {
        let most = self.settings.statement_timeout;
        let of_plan = self.settings.plan_statement_timeouts.get(home.entitlements().plan.as_str());
        of_plan.map_or(most, |of_plan| most.min(*of_plan))
    }

    /// Begins with `sql` on a connection that works: after PostgreSQL was restarted every pooled connection is dead,
    /// and each is tried, found out and dropped once, instead of failing one request each.
    async fn open(
        &self,
        sql: String,
        whose: Option<TenantId>,
    ) -> Result<(Transaction<'static, Postgres>, Turn), DbError> {
        let sql = AssertSqlSafe(sql).into_sql_str();
        let mut turn = self.gate.turn(whose).await?;
        let mut dead = 0;
        loop {
            let begun = self.begin_whole(sql.clone(), turn).await?;
            match begun {
                (Ok(transaction), turn) => return Ok((transaction, turn)),
                (Err(error), kept) if dead < self.settings.pool_size && is_broken(&error) => {
                    dead += 1;
                    turn = kept;
                }
                (Err(error), _) => return Err(error.into()),
            }
        }
    }

    /// Begins, also for a request that is given up meanwhile. sqlx would take the connection back with the transaction
    /// open, and whoever got it next would find themselves in it; a task is not given up, and the transaction that
    /// nobody waits for any more is undone when it is dropped. Its turn goes with it.
    async fn begin_whole(
        &self,
        sql: SqlStr,
        turn: Turn,
    ) -> Result<(Result<Transaction<'static, Postgres>, sqlx::Error>, Turn), sqlx::Error> {
        let pool = self.pool.clone();
        let begun = tokio::spawn(async move { (pool.begin_with(sql).await, turn) }).await;
        begun.map_err(|broken| sqlx::Error::Io(std::io::Error::other(broken)))
    }
}

/// Whether the connection, and not the statement, is what failed.
fn is_broken(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed => true,
        // Class 57P: the server is being shut down or started; 08: connection exceptions.
        sqlx::Error::Database(error) => {
            error.code().is_some_and(|code| code.starts_with("57P") || code.starts_with("08"))
        }
        _ => false,
    }
}

fn connect_options(url: &str) -> Result<PgConnectOptions, DbError> {
    PgConnectOptions::from_str(url)
        .map(|options| options.application_name("rowhouse").extra_float_digits(None))
        .map_err(|error| DbError::Address(error.to_string()))
}
