//! A person makes a key of their own.

use serde_json::json;
use time::{Duration, OffsetDateTime};

use super::{ApiKeyId, DAYS, KeyToken, MOST};
use crate::{
    access::{ManageApiKeys, PermissionInfo, Permit},
    audit::{self, Act, Action, Scribe},
    db::DbError,
    mail::{self, Letter, Letterhead},
};

/// What is wanted.
#[derive(Debug, Clone)]
pub struct NewKey {
    /// What it is to be called; one line of at most [`NAME_LENGTH`](super::NAME_LENGTH) characters, checked before.
    pub name: String,
    /// The names of what it is to hold.
    pub permissions: Vec<String>,
    /// After how many of [`DAYS`] it ends; none: not by itself.
    pub days: Option<u16>,
}

/// Why there is no new key. Nothing was done.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// It would hold nothing.
    #[error("Choose at least one permission.")]
    Nothing,
    /// Not for keys, or not held by whoever makes it.
    #[error("“{0}” is nothing that a key of yours can hold.")]
    NotYours(String),
    /// A time that is not offered.
    #[error("Choose a time from the list.")]
    Time,
    /// There are enough.
    #[error("You have {MOST} keys. Revoke one that is not needed any more.")]
    TooMany,
    /// `PostgreSQL` refused or failed.
    #[error(transparent)]
    Database(#[from] DbError),
}

impl From<sqlx::Error> for KeyError {
    fn from(error: sqlx::Error) -> Self {
        DbError::from(error).into()
    }
}

/// A new key. Its token is shown now, or never.
#[derive(Debug)]
pub struct Made {
    /// Its id.
    pub id: ApiKeyId,
    /// What the program is to show.
    pub token: KeyToken,
    /// When it ends by itself.
    pub expires_at: Option<OffsetDateTime>,
}

/// Makes a key that acts for whoever makes it, and tells them by mail. The caller has asked them to confirm who they are,
/// and commits.
///
/// # Errors
/// [`KeyError`]; the caller drops the transaction.
pub async fn make(
    permit: &mut Permit<ManageApiKeys>,
    scribe: &Scribe,
    catalogue: &[PermissionInfo],
    letterhead: &Letterhead,
    new: NewKey,
) -> Result<Made, KeyError> {
    let (principal, tx) = permit.parts();
    let tenant_id = tx.tenant_id();
    let (ambient, now) = (scribe.ambient(), scribe.ambient().now());
    let permissions = checked(new.permissions, |name| {
        catalogue.iter().any(|info| info.name == name && offered(info) && principal.grants.hold(info))
    })?;
    if new.days.is_some_and(|days| !DAYS.contains(&days)) {
        return Err(KeyError::Time);
    }
    let expires_at = new.days.map(|days| now + Duration::days(days.into()));
    // One after the other, so that the count holds.
    sqlx::query!(
        "SELECT FROM account WHERE tenant_id = $1 AND id = $2 FOR NO KEY UPDATE",
        tenant_id,
        principal.account.0
    )
    .execute(&mut *tx)
    .await?;
    let count = sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM api_key
           WHERE tenant_id = $1 AND account_id = $2 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $3)"#,
        tenant_id,
        principal.account.0,
        now
    )
    .fetch_one(&mut *tx)
    .await?;
    if count >= MOST {
        return Err(KeyError::TooMany);
    }
    let (id, token) = (ApiKeyId(ambient.uuid()), KeyToken::new(ambient, tx.home().id()));
    let secret_hash = token.hash();
    sqlx::query!(
        "INSERT INTO api_key (tenant_id, id, account_id, name, prefix, secret_hash, permissions, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        tenant_id,
        id.0,
        principal.account.0,
        new.name,
        token.prefix(),
        secret_hash.as_slice(),
        &permissions,
        now,
        expires_at
    )
    .execute(&mut *tx)
    .await?;
    let letter =
        Letter::ApiKeyMade { name: new.name.clone(), when: now, expires_at, link: letterhead.link("/admin/api-keys") };
    mail::queue(tx, ambient, letterhead, &principal.email, &letter).await?;
    let after = json!({
        "prefix": token.prefix(),
        "permissions": permissions,
        "expires_at": expires_at.map(|end| end.date().to_string()),
    });
    let act = Act::by(principal, Action::ApiKeyCreated).on("api_key", id.to_string(), new.name).change((), after);
    audit::record(tx, scribe, act).await?;
    Ok(Made { id, token, expires_at })
}

/// Whether a permission is one that people choose for a key: not what every key holds anyway.
pub fn offered(info: &PermissionInfo) -> bool {
    info.for_keys && !info.is_everybodys()
}

/// Each name once, in one order.
fn checked(mut names: Vec<String>, is_allowed: impl Fn(&str) -> bool) -> Result<Vec<String>, KeyError> {
    names.sort_unstable();
    names.dedup();
    if let Some(beyond) = names.iter().find(|name| !is_allowed(name)) {
        return Err(KeyError::NotYours(beyond.clone()));
    }
    if names.is_empty() { Err(KeyError::Nothing) } else { Ok(names) }
}
