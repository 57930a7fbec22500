//! Accounts: one a person and tenant.

use super::{
    EmailAddress, email_change,
    known_device::{self, DeviceToken},
    magic_link, mailed_token, policy,
};
use crate::{
    access::AssignedRole,
    ambient::Ambient,
    db::{DbError, TenantTx},
    id::AccountId,
    sso::people,
};

/// An account to be.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// What the person is called.
    pub name: String,
    /// What they sign in with; one account an address and tenant.
    pub email: EmailAddress,
    /// What they are in the tenant.
    pub role: AssignedRole,
    /// Whether the address is known to be theirs: they came by a link sent to it, or an operator says so.
    pub email_verified: bool,
    /// Argon2id, in PHC form.
    pub password_hash: Option<String>,
}

/// An account as sign-in needs it.
#[derive(Debug)]
pub(super) struct Credentials {
    pub(super) id: AccountId,
    pub(super) password_hash: Option<String>,
    /// Whether the account knows the browser.
    pub(super) knows_device: bool,
}

/// The name of the constraint that a second account of the same address breaks.
pub const EMAIL_TAKEN: &str = "account_tenant_id_email_key_key";

/// Adds an account.
///
/// # Errors
/// [`DbError`]; its constraint is [`EMAIL_TAKEN`] where the address has an account.
pub async fn insert(tx: &mut TenantTx, ambient: &Ambient, new: NewAccount) -> Result<AccountId, DbError> {
    let (id, now) = (ambient.uuid(), ambient.now());
    sqlx::query!(
        "INSERT INTO account (tenant_id, id, email, email_key, name, role, custom_role_id, password_hash, created_at,
             state, state_changed_at, email_verified_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'active', $9, $10)",
        tx.tenant_id(),
        id,
        new.email.as_str(),
        new.email.key(),
        new.name,
        new.role.word(),
        new.role.custom_role_id(),
        new.password_hash,
        now,
        new.email_verified.then_some(now)
    )
    .execute(tx)
    .await?;
    Ok(AccountId(id))
}

/// Adds an account, unless the address has one. Who does so at the same time is waited for.
pub(crate) async fn insert_unless_taken(
    tx: &mut TenantTx,
    ambient: &Ambient,
    new: NewAccount,
) -> Result<Option<AccountId>, DbError> {
    let (id, now) = (ambient.uuid(), ambient.now());
    let made = sqlx::query!(
        "INSERT INTO account (tenant_id, id, email, email_key, name, role, custom_role_id, password_hash, created_at,
             state, state_changed_at, email_verified_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'active', $9, $10)
         ON CONFLICT (tenant_id, email_key) DO NOTHING",
        tx.tenant_id(),
        id,
        new.email.as_str(),
        new.email.key(),
        new.name,
        new.role.word(),
        new.role.custom_role_id(),
        new.password_hash,
        now,
        new.email_verified.then_some(now)
    )
    .execute(tx)
    .await?;
    Ok((made.rows_affected() == 1).then_some(AccountId(id)))
}

/// The account of an address, and whether it knows the browser: in one query, so that it takes as long where there is no
/// account.
pub(super) async fn credentials(
    tx: &mut TenantTx,
    email_key: &str,
    device: &DeviceToken,
) -> Result<Option<Credentials>, DbError> {
    Ok(sqlx::query!(
        r#"SELECT a.id, a.password_hash, k.account_id IS NOT NULL AS "knows_device!"
           FROM account a
           LEFT JOIN known_device k ON k.tenant_id = a.tenant_id AND k.account_id = a.id AND k.token_hash = $3
               AND k.forgotten_at IS NULL
           WHERE a.tenant_id = $1 AND a.email_key = $2 AND a.state = 'active'"#,
        tx.tenant_id(),
        email_key,
        device.hash()
    )
    .fetch_optional(tx)
    .await?
    .map(|row| Credentials {
        id: AccountId(row.id),
        password_hash: row.password_hash,
        knows_device: row.knows_device,
    }))
}

/// Whether an account has a password. Until the transaction ends, others that ask the same wait: what follows from the
/// answer stays true.
pub(crate) async fn lock_and_see_password(tx: &mut TenantTx, account: AccountId) -> Result<bool, DbError> {
    let has_password = sqlx::query_scalar!(
        r#"SELECT password_hash IS NOT NULL AS "has_password!" FROM account WHERE tenant_id = $1 AND id = $2 FOR UPDATE"#,
        tx.tenant_id(),
        account.0
    )
    .fetch_optional(tx)
    .await?;
    Ok(has_password.unwrap_or(false))
}

/// An active owner.
#[derive(Debug)]
pub struct Owner {
    /// The account.
    pub account: AccountId,
    /// What they are called.
    pub name: String,
    /// Whether they have a password.
    pub has_password: bool,
}

/// The active owners, by name; at most 100.
///
/// # Errors
/// [`DbError`].
pub async fn owners(tx: &mut TenantTx) -> Result<Vec<Owner>, DbError> {
    let rows = sqlx::query!(
        r#"SELECT id, name, password_hash IS NOT NULL AS "has_password!" FROM account
           WHERE tenant_id = $1 AND role = 'owner' AND state = 'active' ORDER BY lower(name), id LIMIT 100"#,
        tx.tenant_id()
    )
    .fetch_all(tx)
    .await?;
    let owner = |id, name, has_password| Owner { account: AccountId(id), name, has_password };
    Ok(rows.into_iter().map(|row| owner(row.id, row.name, row.has_password)).collect())
}

/// An active owner, who stays one until the transaction ends.
pub(super) async fn lock_owner(tx: &mut TenantTx, account: AccountId) -> Result<Option<Owner>, DbError> {
    let row = sqlx::query!(
        r#"SELECT name, password_hash IS NOT NULL AS "has_password!" FROM account
           WHERE tenant_id = $1 AND id = $2 AND role = 'owner' AND state = 'active' FOR UPDATE"#,
        tx.tenant_id(),
        account.0
    )
    .fetch_optional(tx)
    .await?;
    Ok(row.map(|row| Owner { account, name: row.name, has_password: row.has_password }))
}

/// The account of an address, if somebody may use it.
///
/// # Errors
/// [`DbError`].
pub async fn of_address(tx: &mut TenantTx, address: &EmailAddress) -> Result<Option<AccountId>, DbError> {
    let id = sqlx::query_scalar!(
        "SELECT id FROM account WHERE tenant_id = $1 AND email_key = $2 AND state = 'active'",
        tx.tenant_id(),
        address.key()
    )
    .fetch_optional(tx)
    .await?;
    Ok(id.map(AccountId))
}

/// Who somebody is, for mail to them and the audit log: name and address.
///
/// # Errors
/// [`DbError`].
pub async fn name_and_email(tx: &mut TenantTx, account: AccountId) -> Result<Option<(String, String)>, DbError> {
    Ok(sqlx::query!("SELECT name, email FROM account WHERE tenant_id = $1 AND id = $2", tx.tenant_id(), account.0)
        .fetch_optional(tx)
        .await?
        .map(|row| (row.name, row.email.unwrap_or_default())))
}

/// The address of an account, if it is not proven to be theirs.
///
/// # Errors
/// [`DbError`].
pub(super) async fn unverified_email(tx: &mut TenantTx, account: AccountId) -> Result<Option<String>, DbError> {
    Ok(sqlx::query_scalar!(
        "SELECT email FROM account WHERE tenant_id = $1 AND id = $2 AND state = 'active' AND email_verified_at IS NULL",
        tx.tenant_id(),
        account.0
    )
    .fetch_optional(tx)
    .await?
    .flatten())
}

/// Notes that the account's address was proven, if it was not yet.
pub(super) async fn set_email_verified(
    tx: &mut TenantTx,
    ambient: &Ambient,
    account: AccountId,
) -> Result<(), DbError> {
    sqlx::query!(
        "UPDATE account SET email_verified_at = $3 WHERE tenant_id = $1 AND id = $2 AND email_verified_at IS NULL",
        tx.tenant_id(),
        account.0,
        ambient.now()
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// The hash of an account's password; none where it has no password.
pub(super) async fn password_hash(tx: &mut TenantTx, account: AccountId) -> Result<Option<String>, DbError> {
    Ok(sqlx::query_scalar!(
        "SELECT password_hash FROM account WHERE tenant_id = $1 AND id = $2 AND state = 'active'",
        tx.tenant_id(),
        account.0
    )
    .fetch_optional(tx)
    .await?
    .flatten())
}

/// Whether an account has a password.
///
/// # Errors
/// [`DbError`].
pub async fn has_password(tx: &mut TenantTx, account: AccountId) -> Result<bool, DbError> {
    Ok(password_hash(tx, account).await?.is_some())
}

/// Gives an account a password.
pub(super) async fn set_password(tx: &mut TenantTx, account: AccountId, hash: &str) -> Result<(), DbError> {
    sqlx::query!(
        "UPDATE account SET password_hash = $3 WHERE tenant_id = $1 AND id = $2",
        tx.tenant_id(),
        account.0,
        hash
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Takes from an account all that somebody could come in with, but for what its own row holds.
///
/// # Errors
/// [`DbError`].
pub(crate) async fn forget_credentials(tx: &mut TenantTx, account: AccountId) -> Result<(), DbError> {
    let tenant = tx.tenant_id();
    sqlx::query!("DELETE FROM session WHERE tenant_id = $1 AND account_id = $2", tenant, account.0)
        .execute(&mut *tx)
        .await?;
    sqlx::query!("DELETE FROM sign_in_challenge WHERE tenant_id = $1 AND account_id = $2", tenant, account.0)
        .execute(&mut *tx)
        .await?;
    mailed_token::remove_all(tx, account).await?;
    magic_link::end_all(tx, account).await?;
    email_change::cancel(tx, account).await?;
    known_device::remove_all(tx, account).await?;
    people::forget(tx, account).await?;
    sqlx::query!("DELETE FROM handoff WHERE tenant_id = $1 AND account_id = $2", tenant, account.0)
        .execute(&mut *tx)
        .await?;
    Ok(())
}

/// Removes all accounts of the tenant, and with them its sessions and everything else about how they sign in. What
/// refers to accounts must be gone before.
///
/// # Errors
/// [`DbError`].
pub async fn remove_all(tx: &mut TenantTx) -> Result<(), DbError> {
    let tenant = tx.tenant_id();
    // It may name an owner.
    policy::reset(tx).await?;
    sqlx::query!("DELETE FROM account WHERE tenant_id = $1", tenant).execute(&mut *tx).await?;
    // Those that nobody is known of; the others went with their accounts.
    sqlx::query!("DELETE FROM passkey_ceremony WHERE tenant_id = $1", tenant).execute(&mut *tx).await?;
    sqlx::query!("DELETE FROM throttle WHERE tenant_id = $1", tenant).execute(tx).await?;
    Ok(())
}
