//! Roles, schemas and migrations: what `rowhouse migrate` does.

use sqlx::{AssertSqlSafe, Connection as _, PgConnection, migrate::Migrator};

use super::{DbError, connect_options};
use crate::placement::POOLED_SCHEMA;

/// The control plane's migrations.
static CONTROL: Migrator = sqlx::migrate!("../migrations/control");
/// The tenant tables' migrations.
static TENANT: Migrator = sqlx::migrate!("../migrations/tenant");

/// Why a migration failed.
#[derive(Debug, thiserror::Error)]
pub enum MigrateFailure {
    /// The administrator's connection failed, or a role or schema could not be made.
    #[error(transparent)]
    Database(#[from] DbError),
    /// A migration failed; it is undone as a whole.
    #[error("a migration of the {part} failed: {error}")]
    Migration {
        /// `control plane` or `tenant tables`.
        part: &'static str,
        /// What PostgreSQL or the migrator said.
        error: sqlx::migrate::MigrateError,
    },
}

impl From<sqlx::Error> for MigrateFailure {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error.into())
    }
}

/// The migrations this binary brings: part (`control`, `tenant`) and version.
pub fn expected_migrations() -> Vec<(&'static str, i64)> {
    let of = |part, migrator: &'static Migrator| migrator.iter().map(move |migration| (part, migration.version));
    of("control", &CONTROL).chain(of("tenant", &TENANT)).collect()
}

/// The user and password of an address, for the roles that `migrate` makes.
fn password_of(url: &str) -> Option<String> {
    let (_, rest) = url.split_once("://")?;
    let (userinfo, _) = rest.split(['/', '?']).next()?.rsplit_once('@')?;
    let (_, password) = userinfo.split_once(':')?;
    percent_decode(password)
}

fn percent_decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next()?, rest.next()?];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

/// Makes the three roles, the two schemas and all tables; does nothing where all is there.
///
/// `admin_url` is of a role that may create roles, and schemas in this database. The serving and the operator's role get the
/// passwords found in their addresses.
///
/// # Errors
/// [`MigrateFailure`].
pub async fn migrate(admin_url: &str, app_url: &str, operator_url: &str) -> Result<(), MigrateFailure> {
    let mut admin = PgConnection::connect_with(&connect_options(admin_url)?).await?;
    make_roles(&mut admin, app_url, operator_url).await?;

    for (part, schema, table, migrator) in [
        ("control plane", "control", "control.control_migration", &CONTROL),
        ("tenant tables", POOLED_SCHEMA, "control.pooled_migration", &TENANT),
    ] {
        // Both parts are constants of ours.
        let set = format!("SET ROLE rowhouse_owner; SET search_path = {schema}");
        sqlx::raw_sql(AssertSqlSafe(set)).execute(&mut admin).await?;
        let mut migrator = Migrator { migrations: migrator.migrations.clone(), ..Migrator::DEFAULT };
        migrator.dangerous_set_table_name(table);
        migrator
            .run_direct(None, &mut admin, false)
            .await
            .map_err(|error| MigrateFailure::Migration { part, error })?;
    }
    admin.close().await?;
    Ok(())
}

async fn make_roles(admin: &mut PgConnection, app_url: &str, operator_url: &str) -> Result<(), MigrateFailure> {
    for (role, options, password) in [
        ("rowhouse_owner", "NOLOGIN", None),
        ("rowhouse_app", "LOGIN", password_of(app_url)),
        ("rowhouse_operator", "LOGIN", password_of(operator_url)),
    ] {
        let exists =
            sqlx::query_scalar!(r#"SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1) AS "exists!""#, role)
                .fetch_one(&mut *admin)
                .await?;
        if !exists {
            // Roles belong to the whole cluster: the migration of another database may be quicker.
            let create = format!(
                "DO $$ BEGIN CREATE ROLE {role} {options};
                 EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
            );
            sqlx::raw_sql(AssertSqlSafe(create)).execute(&mut *admin).await?;
        }
        if let Some(password) = password {
            let quoted = sqlx::query_scalar!(r#"SELECT quote_literal($1) AS "quoted!""#, password)
                .fetch_one(&mut *admin)
                .await?;
            let set = format!("ALTER ROLE {role} PASSWORD {quoted}");
            sqlx::raw_sql(AssertSqlSafe(set)).execute(&mut *admin).await?;
        }
    }
    // The administrator acts as the owner while migrating, and hands functions over to the operator's role. The
    // extension is one that PostgreSQL trusts: who may create schemas here may create it.
    sqlx::raw_sql(
        "GRANT rowhouse_owner, rowhouse_operator TO CURRENT_USER;
         CREATE SCHEMA IF NOT EXISTS control AUTHORIZATION rowhouse_owner;
         CREATE SCHEMA IF NOT EXISTS pooled AUTHORIZATION rowhouse_owner;
         GRANT USAGE ON SCHEMA pooled TO rowhouse_app, rowhouse_operator;
         CREATE EXTENSION IF NOT EXISTS btree_gin;
         DO $$ BEGIN
             EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
             EXECUTE format('GRANT CONNECT ON DATABASE %I TO rowhouse_app, rowhouse_operator', current_database());
         END $$;",
    )
    .execute(admin)
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_taken_from_addresses() {
        assert_eq!(password_of("postgres://rowhouse_app:s%2Fcret@db/rowhouse"), Some("s/cret".to_owned()));
        assert_eq!(password_of("postgres://rowhouse_app@db/rowhouse"), None);
        assert_eq!(password_of("postgres:///rowhouse?host=/run/pg&user=a:b@c"), None);
    }
}
