//! Somebody who has shown the password and owes the code of the app: between the two, no session exists.

use sqlx::PgConnection;
use time::Duration;
use uuid::Uuid;

use crate::{
    ambient::Ambient,
    db::DbError,
    identity::{sha256, token_text},
};

/// How long the code may take, or setting up the app.
const LIFE: Duration = Duration::minutes(10);
/// Wrong codes after which the password has to be shown again.
const ATTEMPTS: i32 = 5;

/// A sign-in that is half done.
#[derive(Debug, Clone)]
pub(super) struct Challenge {
    pub(super) operator: Uuid,
    pub(super) email: String,
    /// Whether an app counts; otherwise the first one is to be set up.
    pub(super) has_app: bool,
}

/// Begins: the token goes into a cookie of the browser that showed the password.
pub(super) async fn begin(tx: &mut PgConnection, ambient: &Ambient, operator: Uuid) -> Result<String, DbError> {
    let token = token_text(ambient.bytes());
    let now = ambient.now();
    sqlx::query!("DELETE FROM control.operator_challenge WHERE operator_id = $1 AND expires_at <= $2", operator, now)
        .execute(&mut *tx)
        .await?;
    sqlx::query!(
        "INSERT INTO control.operator_challenge (token_hash, operator_id, created_at, expires_at)
         VALUES ($1, $2, $3, $4)",
        sha256(&token),
        operator,
        now,
        now + LIFE
    )
    .execute(tx)
    .await?;
    Ok(token)
}

/// The challenge of a token, if it has not ended. Nothing is counted.
pub(super) async fn find(tx: &mut PgConnection, ambient: &Ambient, token: &str) -> Result<Option<Challenge>, DbError> {
    Ok(sqlx::query_as!(
        Challenge,
        r#"SELECT c.operator_id AS operator, a.email, a.totp_secret IS NOT NULL AS "has_app!"
           FROM control.operator_challenge c JOIN control.operator_account a ON a.id = c.operator_id
           WHERE c.token_hash = $1 AND c.expires_at > $2 AND c.attempts < $3"#,
        sha256(token),
        ambient.now(),
        ATTEMPTS
    )
    .fetch_optional(tx)
    .await?)
}

/// Counts an answer before it is checked, and locks the challenge until the transaction ends. The caller commits a wrong
/// answer too. `None` where there is no such challenge, or too many answers were given.
pub(super) async fn attempt(
    tx: &mut PgConnection,
    ambient: &Ambient,
    token: &str,
) -> Result<Option<Challenge>, DbError> {
    let counted = sqlx::query!(
        "UPDATE control.operator_challenge SET attempts = attempts + 1
         WHERE token_hash = $1 AND expires_at > $2 AND attempts < $3",
        sha256(token),
        ambient.now(),
        ATTEMPTS
    )
    .execute(&mut *tx)
    .await?;
    if counted.rows_affected() == 0 {
        return Ok(None);
    }
    Ok(sqlx::query_as!(
        Challenge,
        r#"SELECT c.operator_id AS operator, a.email, a.totp_secret IS NOT NULL AS "has_app!"
           FROM control.operator_challenge c JOIN control.operator_account a ON a.id = c.operator_id
           WHERE c.token_hash = $1"#,
        sha256(token)
    )
    .fetch_optional(tx)
    .await?)
}

/// Ends a challenge that was met. Answers whether it was still there, so that it is met once.
pub(super) async fn settle(tx: &mut PgConnection, token: &str) -> Result<bool, DbError> {
    let gone =
        sqlx::query!("DELETE FROM control.operator_challenge WHERE token_hash = $1", sha256(token)).execute(tx).await?;
    Ok(gone.rows_affected() == 1)
}
