//! What a server does about plans by itself: overrides and trials end when their time is over.

use std::time::Duration;

use sqlx::{Connection as _, PgConnection};

use crate::{ambient::Ambient, db::DbError, upkeep::every};

/// How often there is a look.
const LOOK_EVERY: Duration = Duration::from_secs(30);

/// Ends what is over. Answers how many overrides and trials that were.
///
/// # Errors
/// [`DbError`].
pub async fn round(operator_url: &str, ambient: &Ambient) -> Result<i64, DbError> {
    let mut connection = PgConnection::connect(operator_url).await?;
    let ended = sqlx::query_scalar!(r#"SELECT control.end_what_is_over($1) AS "ended!""#, ambient.now())
        .fetch_one(&mut connection)
        .await?;
    connection.close().await?;
    Ok(ended)
}

/// Ends it again and again. Runs until it is dropped; several servers may.
pub async fn run(operator_url: String, ambient: Ambient) {
    let (operator_url, ambient) = (operator_url.as_str(), &ambient);
    every(LOOK_EVERY, "trials and overrides of plans", move || end_and_tell(operator_url, ambient)).await;
}

async fn end_and_tell(operator_url: &str, ambient: &Ambient) -> Result<(), DbError> {
    let ended = round(operator_url, ambient).await?;
    if ended > 0 {
        tracing::info!(ended, "trials and overrides whose time was over ended");
    }
    Ok(())
}
