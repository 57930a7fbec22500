//! `cargo xtask services`: what the tests need beside Cargo, for as long as one works on them.

use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use anyhow::{Result, bail};

use crate::checkout::Checkout;
use crate::pgbouncer::PgBouncer;
use crate::postgres::{self, Cluster};
use crate::redis::Redis;
use crate::running;
use crate::setup::{python, system};

/// Starts the tests' PostgreSQL, PgBouncer and Redis and waits for Ctrl-C.
///
/// # Errors
/// When one of them does not start or ends by itself.
pub(crate) fn services(checkout: &Checkout) -> Result<ExitCode> {
    let _lock = checkout.lock("test", "`cargo xtask test` or `cargo xtask services`")?;
    system::ensure(&[system::POSTGRESQL, system::PGBOUNCER, system::REDIS])?;
    python::ensure(checkout)?;
    let mut cluster = Cluster::start(checkout, postgres::TESTS)?;
    let pooler = PgBouncer::start(&cluster)?;
    let redis = Redis::start(checkout)?;
    println!("\nIn another terminal:\n");
    for (name, value) in environment(&cluster, &pooler, &redis) {
        println!("export {name}='{value}'");
    }
    println!("cargo nextest run\n\nCtrl-C ends all three.");
    loop {
        running::check_interrupt()?;
        if let Some(status) = cluster.ended()? {
            bail!("PostgreSQL ended by itself with {}", running::describe(status));
        }
        thread::sleep(Duration::from_millis(200));
    }
}

/// What the Rust tests read.
pub(crate) fn environment(cluster: &Cluster, pooler: &PgBouncer, redis: &Redis) -> [(&'static str, String); 4] {
    [
        ("ROWHOUSE_TEST_ADMIN_URL", cluster.url("postgres", "postgres")),
        ("ROWHOUSE_TEST_POOLER_URL", pooler.url()),
        ("ROWHOUSE_TEST_REDIS_URL", redis.url()),
        ("SQLX_OFFLINE", "true".to_owned()),
    ]
}
