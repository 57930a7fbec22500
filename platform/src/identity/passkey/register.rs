//! Making a key known: the browser makes one for this host, and the server keeps its public half.

use serde_json::{Value, json};
use sqlx::types::Json;
use webauthn_rs::prelude::{CredentialID, Passkey, PasskeyRegistration, RegisterPublicKeyCredential};

use super::{
    PasskeyError, Reason, RelyingParty,
    ceremony::{self, Answer, Begun, BrowserToken, Kind},
    keys::{MOST, NAME_LENGTH, PasskeyId},
    provider,
};
use crate::{ambient::Ambient, db::TenantTx, id::AccountId};

/// What a key is called where neither its owner nor its holder gave it a name.
const NAMELESS: &str = "Passkey";

/// Whose key it becomes.
#[derive(Debug, Clone, Copy)]
pub struct Owner<'a> {
    /// The account. Its id is what the key's holder keeps to say who signs in.
    pub account: AccountId,
    /// Shown when one chooses among keys.
    pub email: &'a str,
    /// Shown beside it.
    pub name: &'a str,
}

/// A key that was made known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registered {
    /// Its id.
    pub id: PasskeyId,
    /// What it is called.
    pub name: String,
}

/// Begins. The keys that the person has on this host are excluded, so that one holder does not get two.
///
/// # Errors
/// [`PasskeyError`].
pub async fn begin(
    tx: &mut TenantTx,
    ambient: &Ambient,
    party: &RelyingParty,
    browser: &BrowserToken,
    owner: Owner<'_>,
) -> Result<Result<Begun, Reason>, PasskeyError> {
    let present = sqlx::query!(
        "SELECT credential_id, rp_id FROM passkey WHERE tenant_id = $1 AND account_id = $2",
        tx.tenant_id(),
        owner.account.0
    )
    .fetch_all(&mut *tx)
    .await?;
    if present.len() >= MOST {
        return Ok(Err(Reason::TooMany));
    }
    let here = present.into_iter().filter(|key| key.rp_id == party.id());
    let exclude = here.map(|key| key.credential_id).collect::<Vec<CredentialID>>();
    let (challenge, state) =
        party.webauthn()?.start_passkey_registration(owner.account.0, owner.email, owner.name, Some(exclude))?;
    let mut options = serde_json::to_value(&challenge.public_key)?;
    // The library asks holders not to keep the key among those that can be found without a name. Here they must:
    // otherwise nobody could sign in by a key alone.
    if let Some(Value::Object(selection)) = options.get_mut("authenticatorSelection") {
        selection.insert("residentKey".to_owned(), json!("required"));
        selection.insert("requireResidentKey".to_owned(), json!(true));
    }
    let of = (Kind::Register, Some(owner.account));
    let ceremony = ceremony::keep(tx, ambient, of, (party, browser), &state).await?;
    Ok(Ok(Begun { ceremony, options }))
}

/// Checks the browser's answer and keeps the key. `name` is what its owner typed, and may be empty.
///
/// # Errors
/// [`PasskeyError`].
pub async fn finish(
    tx: &mut TenantTx,
    ambient: &Ambient,
    party: &RelyingParty,
    owner: Owner<'_>,
    name: &str,
    answer: Answer<'_>,
) -> Result<Result<Registered, Reason>, PasskeyError> {
    let of = (Kind::Register, Some(owner.account));
    let Some(state) = ceremony::take::<PasskeyRegistration>(tx, ambient, of, party, &answer).await? else {
        return Ok(Err(Reason::NoCeremony));
    };
    let given = match name.trim() {
        "" => provider::name(&answer.credential).unwrap_or(NAMELESS),
        typed => typed,
    };
    let name: String = given.chars().take(NAME_LENGTH).collect();
    let Ok(credential) = serde_json::from_value::<RegisterPublicKeyCredential>(answer.credential) else {
        return Ok(Err(Reason::Malformed));
    };
    let key = match party.webauthn()?.finish_passkey_registration(&credential, &state) {
        Ok(key) => key,
        Err(error) => {
            tracing::debug!(%error, "a passkey was not registered");
            return Ok(Err(Reason::NotProved));
        }
    };
    let id = ambient.uuid();
    let done = sqlx::query!(
        "INSERT INTO passkey (tenant_id, id, account_id, credential_id, rp_id, name, credential, backed_up, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         ON CONFLICT (tenant_id, credential_id) DO NOTHING",
        tx.tenant_id(),
        id,
        owner.account.0,
        key.cred_id().as_slice(),
        party.id(),
        name,
        Json(&key) as _,
        is_backed_up(&key)?,
        ambient.now()
    )
    .execute(tx)
    .await?;
    if done.rows_affected() == 0 {
        return Ok(Err(Reason::AlreadyRegistered));
    }
    Ok(Ok(Registered { id: PasskeyId(id), name }))
}

/// The library shows this of an answer to authentication, and of a new key in its kept form only.
fn is_backed_up(key: &Passkey) -> Result<bool, PasskeyError> {
    Ok(serde_json::to_value(key)?.pointer("/cred/backup_state").and_then(Value::as_bool).unwrap_or(false))
}
