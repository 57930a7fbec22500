//! News of changed tenants, so that every server forgets what it remembered within a second.
//!
//! The news is a `NOTIFY`, which only reaches a connection that stays with PostgreSQL: behind a transaction pooler it
//! needs an address of its own. Where there is none, or while it is broken, the table of changes is polled; now and
//! then also while listening, for an address that leads elsewhere says nothing and is no error.

use std::time::Duration;

use sqlx::postgres::PgListener;

use super::TenantDirectory;
use crate::{
    ambient::Ambient,
    db::{Database, DbError},
    id::TenantId,
};

/// How far back a poll looks, in seconds: longer than any transaction that changes a tenant should take.
const LOOK_BACK_SECONDS: f64 = 15.0;
/// How long polling stands in before listening is tried again.
const RETRY_LISTENING: Duration = Duration::from_secs(5);
/// How often the table of changes is read while listening.
const POLL_BESIDE_LISTENING: Duration = Duration::from_secs(5);
/// How long [`hears`] waits.
const HEARD_WITHIN: Duration = Duration::from_secs(2);

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
            let heard = tokio::select! {
                heard = listen(url, &directory) => heard,
                // Polling does not end.
                () = poll(&database, &directory, POLL_BESIDE_LISTENING) => Ok(()),
            };
            if let Err(error) = heard {
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

/// Whether what is notified in `database` is heard at `url`, as [`watch`] would hear it.
///
/// # Errors
/// [`DbError`] when one of the two cannot be reached.
pub async fn hears(database: &Database, url: &str, ambient: &Ambient) -> Result<bool, DbError> {
    let word = ambient.uuid().to_string();
    let mut listener = PgListener::connect(url).await?;
    listener.listen("rowhouse_probe").await?;
    let mut tx = database.control().await?;
    sqlx::query!("SELECT pg_notify('rowhouse_probe', $1)", word.as_str()).execute(&mut tx).await?;
    tx.commit().await?;
    let heard = async {
        while let Some(news) = listener.try_recv().await? {
            if news.payload() == word {
                return Ok(true);
            }
        }
        Ok::<_, DbError>(false)
    };
    // Nothing in that time is an answer too.
    tokio::time::timeout(HEARD_WITHIN, heard).await.unwrap_or(Ok(false))
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
