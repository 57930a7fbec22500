//! `/healthz`: the process runs. `/readyz`: it can answer, that is, it reaches the database and is not going away.

use std::sync::atomic::{AtomicBool, Ordering};

use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use rowhouse_platform::db::Database;

/// Whether the server is going away.
#[derive(Debug, Default)]
pub struct Leaving(AtomicBool);

impl Leaving {
    /// From now on `/readyz` says no, so that no more requests are sent here.
    pub fn begin(&self) {
        self.0.store(true, Ordering::Release);
    }
}

/// Answers the two paths, and `None` for all others.
pub(super) async fn answer(path: &str, database: &Database, leaving: &Leaving) -> Option<Response> {
    let (status, text) = match path {
        "/healthz" => (StatusCode::OK, "ok\n"),
        "/readyz" if leaving.0.load(Ordering::Acquire) => (StatusCode::SERVICE_UNAVAILABLE, "shutting down\n"),
        "/readyz" => match ready(database).await {
            Ok(()) => (StatusCode::OK, "ready\n"),
            Err(error) => {
                tracing::warn!(%error, "not ready: the database cannot be reached");
                (StatusCode::SERVICE_UNAVAILABLE, "the database cannot be reached\n")
            }
        },
        _ => return None,
    };
    Some(
        (status, [(header::CACHE_CONTROL, "no-store"), (header::CONTENT_TYPE, "text/plain; charset=utf-8")], text)
            .into_response(),
    )
}

async fn ready(database: &Database) -> Result<(), rowhouse_platform::db::DbError> {
    database.control().await?.commit().await
}
