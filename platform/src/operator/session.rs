//! Sessions of operators: shorter than those of tenants' people, and without a way to make them longer.

use sqlx::PgConnection;
use time::Duration;
use uuid::Uuid;

use super::{
    Operator, OperatorId,
    audit::{self, Action, By, Record},
};
use crate::{
    ambient::Ambient,
    audit::Origin,
    db::{DbError, OperatorDatabase},
    identity::session::{Device, SEEN_RESOLUTION, SessionToken, USER_AGENT_LENGTH},
};

/// How long a session lives without a request.
pub const IDLE: Duration = Duration::minutes(30);
/// How long it lives in all.
pub const LIFETIME: Duration = Duration::hours(10);

/// Opens a session for somebody who has shown both factors.
pub(super) async fn open(
    tx: &mut PgConnection,
    ambient: &Ambient,
    operator: Uuid,
    device: &Device,
) -> Result<SessionToken, DbError> {
    let token = SessionToken::new(ambient);
    let now = ambient.now();
    // Nobody else removes what has ended.
    sqlx::query!(
        "DELETE FROM control.operator_session WHERE operator_id = $1 AND (expires_at <= $2 OR last_seen_at <= $3)",
        operator,
        now,
        now - IDLE
    )
    .execute(&mut *tx)
    .await?;
    let user_agent: String = device.user_agent.chars().take(USER_AGENT_LENGTH).collect();
    sqlx::query!(
        "INSERT INTO control.operator_session (id, token_hash, operator_id, user_agent, address, created_at,
             last_seen_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $6, $7)",
        ambient.uuid(),
        token.hash(),
        operator,
        user_agent,
        device.address,
        now,
        now + LIFETIME
    )
    .execute(tx)
    .await?;
    Ok(token)
}

/// The operator of a token's session, if it has not ended.
pub(super) async fn resume(
    tx: &mut PgConnection,
    ambient: &Ambient,
    token: &SessionToken,
) -> Result<Option<Operator>, DbError> {
    let now = ambient.now();
    let row = sqlx::query!(
        "SELECT s.id AS session_id, s.last_seen_at, a.id, a.email, a.name
         FROM control.operator_session s JOIN control.operator_account a ON a.id = s.operator_id
         WHERE s.token_hash = $1 AND s.expires_at > $2 AND s.last_seen_at > $3 AND a.totp_secret IS NOT NULL",
        token.hash(),
        now,
        now - IDLE
    )
    .fetch_optional(&mut *tx)
    .await?;
    let Some(row) = row else { return Ok(None) };
    if row.last_seen_at + SEEN_RESOLUTION < now {
        sqlx::query!("UPDATE control.operator_session SET last_seen_at = $2 WHERE id = $1", row.session_id, now)
            .execute(tx)
            .await?;
    }
    Ok(Some(Operator { id: OperatorId(row.id), email: row.email, name: row.name }))
}

/// Ends a token's session. Nothing happens where there is none.
///
/// # Errors
/// [`DbError`].
pub async fn end(
    database: &OperatorDatabase,
    ambient: &Ambient,
    origin: &Origin,
    token: &SessionToken,
) -> Result<(), DbError> {
    let mut tx = database.begin().await?;
    let ended = sqlx::query!(
        "DELETE FROM control.operator_session s USING control.operator_account a
         WHERE s.token_hash = $1 AND a.id = s.operator_id RETURNING a.id, a.email",
        token.hash()
    )
    .fetch_optional(&mut *tx)
    .await?;
    if let Some(operator) = ended {
        let by = By::Name(Some(operator.id), &operator.email);
        audit::write(&mut tx, ambient, origin, by, Record::of(Action::SignedOut)).await?;
    }
    Ok(tx.commit().await?)
}
