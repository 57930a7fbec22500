//! Operators' accounts, which commands make and remove: nobody becomes an operator in a browser.

use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};

use super::{
    OperatorId,
    audit::{self, Action, By, Record},
    second_factor,
};
use crate::{
    ambient::Ambient,
    audit::Origin,
    db::{DbError, OperatorDatabase},
    identity::{EmailAddress, totp::TotpFailure},
    secrets::{Sealed, SecretKeys},
};

/// How long after an account is made or reset its app can be set up.
pub const ENROL_WITHIN: Duration = Duration::days(7);
/// Who commands are in the audit log.
pub(super) const COMMAND: &str = "command line";

/// Why an account is not made or changed.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// Somebody has the address.
    #[error("{0} is an operator already")]
    Taken(String),
    /// Nobody has it.
    #[error("{0} is no operator; `rowhouse operator list` shows all")]
    Unknown(String),
    /// `PostgreSQL` refused or failed.
    #[error(transparent)]
    Database(#[from] DbError),
}

impl From<sqlx::Error> for AccountError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error.into())
    }
}

/// An account to be made.
#[derive(Debug)]
pub struct NewOperator {
    /// The address to sign in with.
    pub email: EmailAddress,
    /// What the person is called.
    pub name: String,
    /// The hash of the first password.
    pub password_hash: String,
    /// Whether it is a demonstration account, whose password is public.
    pub is_demo: bool,
}

/// Makes an account. Its first sign-in sets up the app.
///
/// # Errors
/// [`AccountError`].
pub async fn create(
    database: &OperatorDatabase,
    ambient: &Ambient,
    new: &NewOperator,
) -> Result<OperatorId, AccountError> {
    let mut tx = database.begin().await?;
    let (id, now) = (ambient.uuid(), ambient.now());
    let made = sqlx::query!(
        "INSERT INTO control.operator_account (id, email, email_key, name, password_hash, enrol_by, is_demo, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (email_key) DO NOTHING",
        id,
        new.email.as_str(),
        new.email.key(),
        new.name,
        new.password_hash,
        (!new.is_demo).then_some(now + ENROL_WITHIN),
        new.is_demo,
        now
    )
    .execute(&mut *tx)
    .await?;
    if made.rows_affected() == 0 {
        return Err(AccountError::Taken(new.email.as_str().to_owned()));
    }
    record(&mut tx, ambient, Action::OperatorCreated, &new.email).await?;
    tx.commit().await?;
    Ok(OperatorId(id))
}

/// An account, as lists show it.
#[derive(Debug, Clone)]
pub struct Listed {
    /// The address.
    pub email: String,
    /// What the person is called.
    pub name: String,
    /// Since when there is an app.
    pub app_since: Option<OffsetDateTime>,
    /// Until when the app can be set up.
    pub enrol_by: Option<OffsetDateTime>,
    /// When the person was last seen.
    pub last_seen_at: Option<OffsetDateTime>,
    /// Whether it is a demonstration account.
    pub is_demo: bool,
}

/// All operators, by address.
///
/// # Errors
/// [`DbError`].
pub async fn list(database: &OperatorDatabase) -> Result<Vec<Listed>, DbError> {
    let mut tx = database.begin().await?;
    let all = sqlx::query_as!(
        Listed,
        "SELECT a.email, a.name, a.totp_confirmed_at AS app_since, a.enrol_by,
                (SELECT max(s.last_seen_at) FROM control.operator_session s WHERE s.operator_id = a.id) AS last_seen_at,
                a.is_demo
         FROM control.operator_account a ORDER BY a.email_key"
    )
    .fetch_all(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(all)
}

/// Removes an account with its sessions. What it did stays in the audit log.
///
/// # Errors
/// [`AccountError`].
pub async fn remove(database: &OperatorDatabase, ambient: &Ambient, email: &EmailAddress) -> Result<(), AccountError> {
    let mut tx = database.begin().await?;
    let gone = sqlx::query!("DELETE FROM control.operator_account WHERE email_key = $1", email.key())
        .execute(&mut *tx)
        .await?;
    if gone.rows_affected() == 0 {
        return Err(AccountError::Unknown(email.as_str().to_owned()));
    }
    record(&mut tx, ambient, Action::OperatorRemoved, email).await?;
    Ok(tx.commit().await?)
}

/// Gives an account a new first password and takes its app, recovery codes and sessions away: for whoever lost them.
///
/// # Errors
/// [`AccountError`].
pub async fn reset(
    database: &OperatorDatabase,
    ambient: &Ambient,
    email: &EmailAddress,
    password_hash: &str,
) -> Result<(), AccountError> {
    let mut tx = database.begin().await?;
    let id = sqlx::query_scalar!(
        "UPDATE control.operator_account
         SET password_hash = $2, totp_secret = NULL, totp_confirmed_at = NULL, totp_pending = NULL,
             totp_pending_since = NULL, enrol_by = CASE WHEN is_demo THEN NULL ELSE $3::timestamptz END
         WHERE email_key = $1 RETURNING id",
        email.key(),
        password_hash,
        ambient.now() + ENROL_WITHIN
    )
    .fetch_optional(&mut *tx)
    .await?
    .ok_or_else(|| AccountError::Unknown(email.as_str().to_owned()))?;
    sqlx::query!("DELETE FROM control.operator_recovery_code WHERE operator_id = $1", id).execute(&mut *tx).await?;
    sqlx::query!("DELETE FROM control.operator_challenge WHERE operator_id = $1", id).execute(&mut *tx).await?;
    sqlx::query!("DELETE FROM control.operator_session WHERE operator_id = $1", id).execute(&mut *tx).await?;
    record(&mut tx, ambient, Action::OperatorReset, email).await?;
    Ok(tx.commit().await?)
}

/// The addresses of the demonstration accounts, for the check of a production server at its start.
///
/// # Errors
/// [`DbError`].
pub async fn demo(database: &OperatorDatabase) -> Result<Vec<String>, DbError> {
    let mut tx = database.begin().await?;
    let emails = sqlx::query_scalar!("SELECT email FROM control.operator_account WHERE is_demo ORDER BY email_key")
        .fetch_all(&mut *tx)
        .await?;
    tx.commit().await?;
    Ok(emails)
}

/// Seals the secrets of operators' apps with the current key, where another sealed them. Answers how many that were.
///
/// # Errors
/// [`TotpFailure`].
pub async fn reseal(database: &OperatorDatabase, ambient: &Ambient, keys: &SecretKeys) -> Result<usize, TotpFailure> {
    let mut tx = database.begin().await?;
    // Locked, so that nobody confirms one between reading and writing.
    let rows = sqlx::query!(
        "SELECT id, totp_secret, totp_pending FROM control.operator_account
         WHERE totp_secret IS NOT NULL OR totp_pending IS NOT NULL ORDER BY id FOR UPDATE"
    )
    .fetch_all(&mut *tx)
    .await?;
    let mut count = 0;
    for row in rows {
        let context = second_factor::context(row.id);
        let reseal = |bytes: Option<Vec<u8>>| match bytes {
            Some(bytes) => keys.reseal(&context, &Sealed::from_bytes(bytes), ambient),
            None => Ok(None),
        };
        let (secret, pending) = (reseal(row.totp_secret)?, reseal(row.totp_pending)?);
        sqlx::query!(
            "UPDATE control.operator_account
             SET totp_secret = coalesce($2, totp_secret), totp_pending = coalesce($3, totp_pending) WHERE id = $1",
            row.id,
            secret.as_ref().map(Sealed::as_bytes),
            pending.as_ref().map(Sealed::as_bytes)
        )
        .execute(&mut *tx)
        .await?;
        count += usize::from(secret.is_some()) + usize::from(pending.is_some());
    }
    tx.commit().await?;
    Ok(count)
}

async fn record(tx: &mut PgConnection, ambient: &Ambient, action: Action, email: &EmailAddress) -> Result<(), DbError> {
    let record = Record::of(action).detail(email.as_str());
    audit::write(tx, ambient, &Origin::system(), By::Name(None, COMMAND), record).await
}
