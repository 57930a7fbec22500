//! The keys of a person: the list, a name, an end.

use time::OffsetDateTime;

use crate::{
    db::{DbError, TenantTx},
    id::AccountId,
    identity::account,
    typed_id,
};

typed_id!(
    /// A passkey.
    PasskeyId,
    "pky"
);

/// The most characters of a name.
pub const NAME_LENGTH: usize = 60;
/// The most keys of a person.
pub const MOST: usize = 20;

/// A key, as its owner sees it.
#[derive(Debug, Clone)]
pub struct Key {
    /// Its id.
    pub id: PasskeyId,
    /// What its owner calls it.
    pub name: String,
    /// The host it works on.
    pub rp_id: String,
    /// Whether its holder keeps a copy elsewhere.
    pub backed_up: bool,
    /// When it was added.
    pub created_at: OffsetDateTime,
    /// When somebody last signed in with it.
    pub last_used_at: Option<OffsetDateTime>,
}

/// The keys of a person, the oldest first.
///
/// # Errors
/// [`DbError`].
pub async fn list(tx: &mut TenantTx, account: AccountId) -> Result<Vec<Key>, DbError> {
    Ok(sqlx::query_as!(
        Key,
        "SELECT id, name, rp_id, backed_up, created_at, last_used_at FROM passkey
         WHERE tenant_id = $1 AND account_id = $2 ORDER BY id",
        tx.tenant_id(),
        account.0
    )
    .fetch_all(tx)
    .await?)
}

/// Whether a person has a key on a host: what it can be asked for on the way in.
///
/// # Errors
/// [`DbError`].
pub async fn has_one(tx: &mut TenantTx, account: AccountId, rp_id: &str) -> Result<bool, DbError> {
    Ok(sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM passkey WHERE tenant_id = $1 AND account_id = $2 AND rp_id = $3) AS "has_one!""#,
        tx.tenant_id(),
        account.0,
        rp_id
    )
    .fetch_one(tx)
    .await?)
}

/// Whether a person has a key at all.
///
/// # Errors
/// [`DbError`].
pub async fn has_any(tx: &mut TenantTx, account: AccountId) -> Result<bool, DbError> {
    Ok(sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM passkey WHERE tenant_id = $1 AND account_id = $2) AS "has_any!""#,
        tx.tenant_id(),
        account.0
    )
    .fetch_one(tx)
    .await?)
}

/// One key of a person.
///
/// # Errors
/// [`DbError`].
pub async fn get(tx: &mut TenantTx, account: AccountId, id: PasskeyId) -> Result<Option<Key>, DbError> {
    Ok(sqlx::query_as!(
        Key,
        "SELECT id, name, rp_id, backed_up, created_at, last_used_at FROM passkey
         WHERE tenant_id = $1 AND account_id = $2 AND id = $3",
        tx.tenant_id(),
        account.0,
        id.0
    )
    .fetch_optional(tx)
    .await?)
}

/// Gives a key another name. `false`: the person has no such key.
///
/// # Errors
/// [`DbError`].
pub async fn rename(tx: &mut TenantTx, account: AccountId, id: PasskeyId, name: &str) -> Result<bool, DbError> {
    let done = sqlx::query!(
        "UPDATE passkey SET name = $4 WHERE tenant_id = $1 AND account_id = $2 AND id = $3",
        tx.tenant_id(),
        account.0,
        id.0,
        name
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Removes all keys of a person who is removed, and what of theirs is under way.
///
/// # Errors
/// [`DbError`].
pub(crate) async fn forget(tx: &mut TenantTx, account: AccountId) -> Result<(), DbError> {
    let tenant = tx.tenant_id();
    sqlx::query!("DELETE FROM passkey WHERE tenant_id = $1 AND account_id = $2", tenant, account.0)
        .execute(&mut *tx)
        .await?;
    sqlx::query!("DELETE FROM passkey_ceremony WHERE tenant_id = $1 AND account_id = $2", tenant, account.0)
        .execute(tx)
        .await?;
    Ok(())
}

/// What became of a key that was to be removed.
#[derive(Debug)]
pub enum Removal {
    /// It is gone.
    Done(Key),
    /// The person has no such key.
    Unknown,
    /// It stays: without it the person could not sign in.
    LastWayIn(Key),
}

/// The ways in beside passkeys that the tenant allows.
#[derive(Debug, Clone, Copy)]
pub struct OtherWays {
    /// By password; whoever has none cannot use it.
    pub password: bool,
    /// By a link sent to the person's address.
    pub mail: bool,
    /// At an identity provider, for whoever is connected with one.
    pub sso: bool,
}

/// Removes a key, unless it is the person's last way in. Removals of one person's keys wait for each other: two at the
/// same time cannot take the last two.
///
/// # Errors
/// [`DbError`].
pub async fn remove(tx: &mut TenantTx, account: AccountId, id: PasskeyId, ways: OtherWays) -> Result<Removal, DbError> {
    let has_password = account::lock_and_see_password(tx, account).await?;
    let keys = list(tx, account).await?;
    let Some(key) = keys.iter().find(|key| key.id == id).cloned() else { return Ok(Removal::Unknown) };
    let has_other_way = ways.mail || ways.sso || (ways.password && has_password);
    if keys.len() == 1 && !has_other_way {
        return Ok(Removal::LastWayIn(key));
    }
    sqlx::query!(
        "DELETE FROM passkey WHERE tenant_id = $1 AND account_id = $2 AND id = $3",
        tx.tenant_id(),
        account.0,
        id.0
    )
    .execute(tx)
    .await?;
    Ok(Removal::Done(key))
}
