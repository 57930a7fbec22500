//! Which keys there are.

use time::OffsetDateTime;

use super::ApiKeyId;
use crate::{
    access::{ManageApiKeys, Permit},
    db::DbError,
    id::AccountId,
};

/// Keys that are shown, at most.
const SHOWN: i64 = 1000;

/// A key, as those who manage keys see it.
#[derive(Debug, Clone)]
pub struct ApiKey {
    /// Its id.
    pub id: ApiKeyId,
    /// Whose it is.
    pub owner: AccountId,
    /// What that person is called.
    pub owner_name: String,
    /// Whether they may come in; a key of somebody who may not is refused.
    pub owner_is_active: bool,
    /// What it is called.
    pub name: String,
    /// The start of its secret.
    pub prefix: String,
    /// The names of what it was given.
    pub permissions: Vec<String>,
    /// Since when there is it.
    pub created_at: OffsetDateTime,
    /// When it ends by itself.
    pub expires_at: Option<OffsetDateTime>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<OffsetDateTime>,
}

impl ApiKey {
    /// Whether it ended by itself.
    pub fn is_expired(&self, now: OffsetDateTime) -> bool {
        self.expires_at.is_some_and(|end| end <= now)
    }
}

/// The keys that were not revoked, the newest first.
///
/// # Errors
/// [`DbError`].
pub async fn list(permit: &mut Permit<ManageApiKeys>) -> Result<Vec<ApiKey>, DbError> {
    select(permit, None).await
}

/// One that was not revoked.
///
/// # Errors
/// [`DbError`].
pub async fn find(permit: &mut Permit<ManageApiKeys>, id: ApiKeyId) -> Result<Option<ApiKey>, DbError> {
    Ok(select(permit, Some(id)).await?.into_iter().next())
}

async fn select(permit: &mut Permit<ManageApiKeys>, id: Option<ApiKeyId>) -> Result<Vec<ApiKey>, DbError> {
    let tenant_id = permit.tenant_id();
    let rows = sqlx::query!(
        "SELECT k.id, k.account_id, a.name AS owner_name, a.state, k.name, k.prefix, k.permissions, k.created_at,
             k.expires_at, k.last_used_at
         FROM api_key k
         JOIN account a ON a.tenant_id = k.tenant_id AND a.id = k.account_id
         WHERE k.tenant_id = $1 AND k.revoked_at IS NULL AND ($2::uuid IS NULL OR k.id = $2)
         ORDER BY k.id DESC LIMIT $3",
        tenant_id,
        id.map(|id| id.0),
        SHOWN
    )
    .fetch_all(&mut **permit)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| ApiKey {
            id: ApiKeyId(row.id),
            owner: AccountId(row.account_id),
            owner_name: row.owner_name,
            owner_is_active: row.state == "active",
            name: row.name,
            prefix: row.prefix,
            permissions: row.permissions,
            created_at: row.created_at,
            expires_at: row.expires_at,
            last_used_at: row.last_used_at,
        })
        .collect())
}
