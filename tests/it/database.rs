//! A database for each test: a clone of a template that is migrated once.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    path::Path,
};

use rowhouse_platform::{ambient::Ambient, db::migrate};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

/// How a test reaches PostgreSQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Directly.
    Direct,
    /// Through `PgBouncer` in transaction mode.
    Pooler,
}

/// A test's own database.
pub struct TestDatabase {
    name: String,
    /// The address of a PostgreSQL of its own; none: that of all tests.
    own: Option<String>,
}

/// The address of the tests' Redis.
pub fn redis_url() -> String {
    variable("ROWHOUSE_TEST_REDIS_URL")
}

fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| {
        panic!("{name} is not set: run the tests with `cargo xtask test`, or `cargo xtask services` first")
    })
}

/// The address of a database for a role; addresses given by xtask are of `postgres` in both.
fn address(variable_name: &str, database: &str, role: &str) -> String {
    address_on(&variable(variable_name), database, role)
}

fn address_on(url: &str, database: &str, role: &str) -> String {
    let url = url.replacen("/postgres?", &format!("/{database}?"), 1);
    if url.contains("user=postgres") {
        url.replacen("user=postgres", &format!("user={role}"), 1)
    } else {
        format!("{url}&user={role}")
    }
}

/// Changes with every migration, so that a template of an older one is not used.
fn migrations_hash() -> u64 {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let mut hash = DefaultHasher::new();
    for part in ["control", "tenant"] {
        let mut files: Vec<_> = std::fs::read_dir(root.join(part)).unwrap().map(|file| file.unwrap().path()).collect();
        files.sort();
        for file in files {
            file.file_name().hash(&mut hash);
            std::fs::read(file).unwrap().hash(&mut hash);
        }
    }
    hash.finish()
}

async fn execute(connection: &mut PgConnection, sql: String) {
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection).await.unwrap();
}

/// Migrates an empty database; `url` is its address for each role.
async fn fill(url: impl Fn(&str) -> String) {
    migrate(&url("postgres"), &url("rowhouse_app"), &url("rowhouse_operator")).await.unwrap();
    // Tests are about other things than plans: their tenants have the largest. Those of plans choose for themselves.
    let mut made = PgConnection::connect(&url("postgres")).await.unwrap();
    let initial = "UPDATE control.plan SET is_initial = false;
                   UPDATE control.plan SET is_initial = true WHERE key = 'enterprise'";
    execute(&mut made, initial.to_owned()).await;
    made.close().await.unwrap();
}

impl TestDatabase {
    /// The same database, for another server.
    pub fn again(&self) -> Self {
        Self { name: self.name.clone(), own: self.own.clone() }
    }

    /// Clones the template; the first test makes it.
    pub async fn new() -> Self {
        let template = format!("rowhouse_template_{:x}", migrations_hash());
        let mut admin =
            PgConnection::connect(&address("ROWHOUSE_TEST_ADMIN_URL", "postgres", "postgres")).await.unwrap();
        // Tests run in processes of their own: the lock is the database's.
        execute(&mut admin, "SELECT pg_advisory_lock(4242)".to_owned()).await;
        let exists: bool = sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)")
            .bind(&template)
            .fetch_one(&mut admin)
            .await
            .unwrap();
        if !exists {
            execute(&mut admin, "DROP DATABASE IF EXISTS rowhouse_template_new".to_owned()).await;
            execute(&mut admin, "CREATE DATABASE rowhouse_template_new".to_owned()).await;
            fill(|role| address("ROWHOUSE_TEST_ADMIN_URL", "rowhouse_template_new", role)).await;
            execute(&mut admin, format!("ALTER DATABASE rowhouse_template_new RENAME TO {template}")).await;
        }
        let name = format!("rowhouse_test_{}", Ambient::system().uuid().simple());
        execute(&mut admin, format!("CREATE DATABASE {name} TEMPLATE {template}")).await;
        execute(&mut admin, format!("REVOKE ALL ON DATABASE {name} FROM PUBLIC")).await;
        execute(&mut admin, format!("GRANT CONNECT ON DATABASE {name} TO rowhouse_app, rowhouse_operator")).await;
        execute(&mut admin, "SELECT pg_advisory_unlock(4242)".to_owned()).await;
        Self { name, own: None }
    }

    /// In a PostgreSQL of the test's own, of which this is a superuser's address.
    pub async fn on(own: String) -> Self {
        let name = "rowhouse_test".to_owned();
        let mut admin = PgConnection::connect(&own).await.unwrap();
        execute(&mut admin, format!("CREATE DATABASE {name}")).await;
        fill(|role| address_on(&own, &name, role)).await;
        Self { name, own: Some(own) }
    }

    /// The address for a role.
    pub fn url(&self, way: Way, role: &str) -> String {
        if let Some(own) = &self.own {
            assert_eq!(way, Way::Direct, "the pooler knows one server");
            return address_on(own, &self.name, role);
        }
        let name = match way {
            Way::Direct => "ROWHOUSE_TEST_ADMIN_URL",
            Way::Pooler => "ROWHOUSE_TEST_POOLER_URL",
        };
        address(name, &self.name, role)
    }

    /// A superuser's connection.
    pub async fn admin(&self) -> PgConnection {
        PgConnection::connect(&self.url(Way::Direct, "postgres")).await.unwrap()
    }

    /// A connection of the serving role, as an attacker who has it would use it.
    pub async fn serving(&self, way: Way) -> PgConnection {
        PgConnection::connect(&self.url(way, "rowhouse_app")).await.unwrap()
    }
}
