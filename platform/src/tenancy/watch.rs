//! News of changed tenants, so that every server forgets what it remembered within a second.
//!
//! The news is a `NOTIFY`, which only reaches a connection that stays with PostgreSQL: behind a transaction pooler it
//! needs an address of its own. Where there is none, or while it is broken, the table of changes is polled.

use std::time::Duration;

use sqlx::postgres::PgListener;

use super::TenantDirectory;
use crate::{
    db::{Database, DbError},
    id::TenantId,
};

/// How far back a poll looks, in seconds: longer than any transaction that changes a tenant should take.
const LOOK_BACK_SECONDS: f64 = 15.0;
/// How long polling stands in before listening is tried again.
const RETRY_LISTENING: Duration = Duration::from_secs(5);

/// Where news comes from.
#[derive(Debug, Clone)]
pub struct WatchSettings {
    /// An address of PostgreSQL without a transaction pooler in between, if there is one.
    pub listen_url: Option<String>,
    /// How often the table of changes is read where nothing can be listened to.
    pub poll_interval: Duration,
}

/// Keeps `directory` true. Runs until it is dropped.
pub async fn watch(database: Database, directory: TenantDirectory, settings: WatchSettings) {
    loop {
        if let Some(url) = &settings.listen_url {
            if let Err(error) = listen(url, &directory).await {
                tracing::warn!(%error, "listening for changed tenants failed; polling in its stead");
            }
            directory.forget_all();
            let polling = poll(&database, &directory, settings.poll_interval);
            // The time-out is the way out of polling, and no failure.
            let _ = tokio::time::timeout(RETRY_LISTENING, polling).await;
        } else {
            poll(&database, &directory, settings.poll_interval).await;
        }
    }
}

async fn listen(url: &str, directory: &TenantDirectory) -> Result<(), sqlx::Error> {
    let mut listener = PgListener::connect(url).await?;
    listener.listen("rowhouse_change").await?;
    // What changed before this moment was not heard.
    directory.forget_all();
    // `try_recv` and not `recv`: that one reconnects silently, and what was said in between is lost.
    while let Some(news) = listener.try_recv().await? {
        match news.payload().parse() {
            Ok(id) => directory.forget(TenantId(id)),
            Err(_) => directory.forget_all(),
        }
    }
    Ok(())
}

async fn poll(database: &Database, directory: &TenantDirectory, interval: Duration) {
    let mut broken = false;
    loop {
        match changed(database).await {
            Ok(tenants) => {
                if std::mem::take(&mut broken) {
                    directory.forget_all();
                }
                for id in tenants {
                    directory.forget(id);
                }
            }
            Err(error) => {
                if !std::mem::replace(&mut broken, true) {
                    tracing::warn!(%error, "the changes of tenants cannot be read");
                }
            }
        }
        tokio::time::sleep(interval).await;
    }
}

async fn changed(database: &Database) -> Result<Vec<TenantId>, DbError> {
    let mut tx = database.control().await?;
    let ids = sqlx::query_scalar!(r#"SELECT id AS "id!" FROM control.changed_within($1) AS id"#, LOOK_BACK_SECONDS)
        .fetch_all(&mut tx)
        .await?;
    tx.commit().await?;
    Ok(ids.into_iter().map(TenantId).collect())
}
