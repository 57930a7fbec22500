//! Making connections, changing them and removing them all.

use uuid::Uuid;

use super::{
    Admitting, Connection, ConnectionError, ConnectionId, MOST, NewConnection, context,
    find::{find, find_locked},
};
use crate::{
    ambient::Ambient,
    audit::{self, Action, Scribe},
    db::{DbError, TenantTx},
    plan::Feature,
    secrets::SecretKeys,
    sso::{
        Protocol,
        editor::Editor,
        keys::{self, KeyPair},
    },
};

/// Makes a connection with a key pair of its own ([`keys::generate`]); it is a draft.
///
/// # Errors
/// [`ConnectionError`].
pub async fn create(
    editor: &mut Editor<'_>,
    scribe: &Scribe,
    secrets: &SecretKeys,
    new: NewConnection,
    pair: KeyPair,
) -> Result<ConnectionId, ConnectionError> {
    editor.entitlements().require(Feature::Sso)?;
    let ambient = scribe.ambient();
    let (id, now) = (ConnectionId(ambient.uuid()), ambient.now());
    let tenant = editor.tenant_id();
    let count = sqlx::query_scalar!(r#"SELECT count(*) AS "count!" FROM sso_connection WHERE tenant_id = $1"#, tenant)
        .fetch_one(&mut **editor)
        .await?;
    if count >= MOST {
        return Err(ConnectionError::Full);
    }
    let admitting = Admitting::default();
    let settings = serde_json::to_value(&new.protocol).unwrap_or_default();
    let client_secret = new.client_secret.as_deref().map(|plain| seal(secrets, ambient, tenant, id, plain));
    let private_key = secrets.seal(&context(tenant, id, "private-key"), &pair.private_key, ambient);
    sqlx::query!(
        "INSERT INTO sso_connection (tenant_id, id, kind, provider, name, hint, state, show_button, settings,
             client_secret, base_url, private_key, certificate, creates_accounts, default_role, applies_roles,
             trusts_second_factor, vouched_by_owner, protocol_changed_at, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, 'draft', $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, false, $17, $17, $17)",
        tenant,
        id.0,
        new.protocol.word(),
        new.provider.as_str(),
        new.name,
        new.hint,
        admitting.show_button,
        settings,
        client_secret,
        new.base_url,
        private_key.as_bytes(),
        pair.certificate,
        admitting.creates_accounts,
        admitting.default_role.word(),
        admitting.applies_roles,
        admitting.trusts_second_factor,
        now
    )
    .execute(&mut **editor)
    .await?;
    let made = find(editor, id).await?.ok_or(ConnectionError::NotFound)?;
    let act = editor
        .act(Action::SsoConnectionCreated)
        .on("sso_connection", id.to_string(), &made.name)
        .change((), made.audited());
    audit::record(editor, scribe, act).await?;
    Ok(id)
}

fn seal(secrets: &SecretKeys, ambient: &Ambient, tenant: Uuid, id: ConnectionId, plain: &str) -> Vec<u8> {
    secrets.seal(&context(tenant, id, "client-secret"), plain.as_bytes(), ambient).as_bytes().to_vec()
}

/// What becomes of the client secret when settings are saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretChange {
    /// It stays.
    Keep,
    /// It is replaced.
    Replace(String),
}

/// Saves how a connection talks to its provider. A connection that is on stays on, with the new settings at once.
/// Unless an owner does it, no owner vouches for it any more.
///
/// # Errors
/// [`ConnectionError`].
pub async fn save_protocol(
    editor: &mut Editor<'_>,
    scribe: &Scribe,
    secrets: &SecretKeys,
    id: ConnectionId,
    protocol: &Protocol,
    secret: SecretChange,
) -> Result<(), ConnectionError> {
    editor.entitlements().require(Feature::Sso)?;
    let (ambient, tenant) = (scribe.ambient(), editor.tenant_id());
    let before = find_locked(editor, id).await?;
    if before.protocol == *protocol && secret == SecretChange::Keep {
        return Ok(());
    }
    let settings = serde_json::to_value(protocol).unwrap_or_default();
    let sealed = match &secret {
        SecretChange::Keep => None,
        SecretChange::Replace(plain) => Some(seal(secrets, ambient, tenant, id, plain)),
    };
    sqlx::query!(
        "UPDATE sso_connection SET kind = $3, settings = $4, client_secret = coalesce($5, client_secret),
             vouched_by_owner = vouched_by_owner AND $6, updated_at = $7, refresh_error = NULL,
             protocol_changed_at = greatest($7, tested_at + interval '1 microsecond')
         WHERE tenant_id = $1 AND id = $2",
        tenant,
        id.0,
        protocol.word(),
        settings,
        sealed,
        editor.keeps_an_owners_word(),
        ambient.now()
    )
    .execute(&mut **editor)
    .await?;
    record_change(editor, scribe, &before, secret != SecretChange::Keep).await
}

/// Saves what a connection is called.
///
/// # Errors
/// [`ConnectionError`].
pub async fn rename(
    editor: &mut Editor<'_>,
    scribe: &Scribe,
    id: ConnectionId,
    name: &str,
    hint: &str,
) -> Result<(), ConnectionError> {
    let before = find(editor, id).await?.ok_or(ConnectionError::NotFound)?;
    sqlx::query!(
        "UPDATE sso_connection SET name = $3, hint = $4, updated_at = $5 WHERE tenant_id = $1 AND id = $2",
        editor.tenant_id(),
        id.0,
        name,
        hint,
        scribe.ambient().now()
    )
    .execute(&mut **editor)
    .await?;
    record_change(editor, scribe, &before, false).await
}

/// Has a connection's addresses begin elsewhere. Its provider has to be told the new ones, so it counts as untested, and
/// one that is on goes on with what the provider answers.
///
/// # Errors
/// [`ConnectionError`].
pub async fn move_to(
    editor: &mut Editor<'_>,
    scribe: &Scribe,
    id: ConnectionId,
    base_url: &str,
) -> Result<(), ConnectionError> {
    let before = find_locked(editor, id).await?;
    sqlx::query!(
        "UPDATE sso_connection SET base_url = $3, vouched_by_owner = vouched_by_owner AND $4, updated_at = $5,
             protocol_changed_at = greatest($5, tested_at + interval '1 microsecond')
         WHERE tenant_id = $1 AND id = $2",
        editor.tenant_id(),
        id.0,
        base_url,
        editor.keeps_an_owners_word(),
        scribe.ambient().now()
    )
    .execute(&mut **editor)
    .await?;
    record_change(editor, scribe, &before, false).await
}

/// Writes down what was changed, if anything was.
pub(in crate::sso) async fn record_change(
    editor: &mut Editor<'_>,
    scribe: &Scribe,
    before: &Connection,
    new_secret: bool,
) -> Result<(), ConnectionError> {
    let after = find(editor, before.id).await?.ok_or(ConnectionError::NotFound)?;
    if before.audited() == after.audited() && !new_secret {
        return Ok(());
    }
    let mut act = editor
        .act(Action::SsoConnectionChanged)
        .on("sso_connection", after.id.to_string(), &after.name)
        .change(before.audited(), after.audited());
    if new_secret {
        act = act.because("The client secret was replaced.");
    }
    audit::record(editor, scribe, act).await?;
    Ok(())
}

/// Makes the key pair of a new connection. Computes for a tenth of a second: for a thread that may block.
///
/// # Errors
/// What OpenSSL said.
pub fn new_keys(name: &str, ambient: &Ambient) -> Result<KeyPair, openssl::error::ErrorStack> {
    keys::generate(name, ambient.now())
}

/// Removes all connections of the tenant, with all that belongs to them, and its email domains.
///
/// # Errors
/// [`DbError`].
pub async fn remove_all(tx: &mut TenantTx) -> Result<(), DbError> {
    let tenant = tx.tenant_id();
    sqlx::query!("DELETE FROM sso_connection WHERE tenant_id = $1", tenant).execute(&mut *tx).await?;
    sqlx::query!("DELETE FROM email_domain WHERE tenant_id = $1", tenant).execute(tx).await?;
    Ok(())
}
