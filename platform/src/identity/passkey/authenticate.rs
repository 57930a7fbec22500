//! Having a key proved: to sign in by it alone, after a password, or before something dangerous.
//!
//! All three ask in the same way. Where the person is known, the browser is told which keys it may use; where nobody
//! is, it offers what it has for this host, and the answer says who it is.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use sqlx::types::Json;
use uuid::Uuid;
use webauthn_rs::prelude::{DiscoverableAuthentication, Passkey, PublicKeyCredential, WebauthnError};

use super::{
    KeyOwner, PasskeyError, Reason, Refusal, RelyingParty,
    ceremony::{self, Answer, Begun, BrowserToken, Kind},
    keys::PasskeyId,
};
use crate::{ambient::Ambient, db::TenantTx, id::AccountId};

/// Whose key is asked for, and to what end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Signing in: whoever it is.
    SignIn,
    /// After the password of this account.
    SecondFactor(AccountId),
    /// This account proves again who it is.
    Confirm(AccountId),
}

impl Purpose {
    fn account(self) -> Option<AccountId> {
        match self {
            Self::SignIn => None,
            Self::SecondFactor(account) | Self::Confirm(account) => Some(account),
        }
    }

    fn of(self) -> (Kind, Option<AccountId>) {
        let kind = match self {
            Self::SignIn => Kind::SignIn,
            Self::SecondFactor(_) => Kind::SecondFactor,
            Self::Confirm(_) => Kind::Confirm,
        };
        (kind, self.account())
    }
}

/// A key that was proved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Who signs in.
    pub owner: KeyOwner,
    /// With which key.
    pub passkey: PasskeyId,
    /// What its owner calls it.
    pub name: String,
}

/// Begins.
///
/// # Errors
/// [`PasskeyError`].
pub async fn begin(
    tx: &mut TenantTx,
    ambient: &Ambient,
    party: &RelyingParty,
    browser: &BrowserToken,
    purpose: Purpose,
) -> Result<Result<Begun, Reason>, PasskeyError> {
    let (challenge, state) = party.webauthn()?.start_discoverable_authentication()?;
    let mut options = serde_json::to_value(&challenge.public_key)?;
    if let Some(account) = purpose.account() {
        let allowed = allowed(tx, account, party).await?;
        if allowed.is_empty() {
            return Ok(Err(Reason::NoKeyHere));
        }
        if let Value::Object(options) = &mut options {
            options.insert("allowCredentials".to_owned(), Value::Array(allowed));
        }
    }
    let ceremony = ceremony::keep(tx, ambient, purpose.of(), (party, browser), &state).await?;
    Ok(Ok(Begun { ceremony, options }))
}

/// The keys that an account has on this host, as browsers are told of them.
async fn allowed(tx: &mut TenantTx, account: AccountId, party: &RelyingParty) -> Result<Vec<Value>, PasskeyError> {
    let ids = sqlx::query_scalar!(
        "SELECT credential_id FROM passkey WHERE tenant_id = $1 AND account_id = $2 AND rp_id = $3 ORDER BY id",
        tx.tenant_id(),
        account.0,
        party.id()
    )
    .fetch_all(tx)
    .await?;
    Ok(ids.iter().map(|id| json!({ "type": "public-key", "id": URL_SAFE_NO_PAD.encode(id) })).collect())
}

/// Checks the browser's answer. The key's counter and flags are kept as the answer says they are.
///
/// # Errors
/// [`PasskeyError`].
pub async fn finish(
    tx: &mut TenantTx,
    ambient: &Ambient,
    party: &RelyingParty,
    purpose: Purpose,
    answer: Answer<'_>,
) -> Result<Result<Verified, Refusal>, PasskeyError> {
    let state = ceremony::take::<DiscoverableAuthentication>(tx, ambient, purpose.of(), party, &answer).await?;
    let Some(state) = state else { return Ok(Err(Reason::NoCeremony.into())) };
    let Ok(credential) = serde_json::from_value::<PublicKeyCredential>(answer.credential) else {
        return Ok(Err(Reason::Malformed.into()));
    };
    // Locked: of two answers by one key at the same time, the second is held against the counter of the first.
    let row = sqlx::query!(
        r#"SELECT p.id, p.account_id, p.name, p.credential AS "credential: Json<Passkey>", a.name AS owner_name,
               a.email AS "owner_email!"
           FROM passkey p
           JOIN account a ON a.tenant_id = p.tenant_id AND a.id = p.account_id AND a.state = 'active'
           WHERE p.tenant_id = $1 AND p.credential_id = $2 AND p.rp_id = $3
           FOR UPDATE OF p"#,
        tx.tenant_id(),
        credential.get_credential_id(),
        party.id()
    )
    .fetch_optional(&mut *tx)
    .await?;
    let Some(row) = row else { return Ok(Err(Reason::UnknownKey.into())) };
    let owner = KeyOwner { account: AccountId(row.account_id), name: row.owner_name, email: row.owner_email };
    if let Err(reason) = is_theirs(purpose, owner.account, credential.get_user_unique_id()) {
        return Ok(Err(Refusal { reason, owner: Some(owner) }));
    }
    let Json(mut key) = row.credential;
    let result = match party.webauthn()?.finish_discoverable_authentication_v2(&credential, state, &key) {
        Ok(result) => result,
        Err(error) => {
            tracing::debug!(%error, "a passkey was not accepted");
            let reason = match error {
                WebauthnError::CredentialPossibleCompromise => Reason::CounterWentBack,
                _ => Reason::NotProved,
            };
            return Ok(Err(Refusal { reason, owner: Some(owner) }));
        }
    };
    key.update_credential(&result);
    sqlx::query!(
        "UPDATE passkey SET credential = $3, backed_up = $4, last_used_at = $5 WHERE tenant_id = $1 AND id = $2",
        tx.tenant_id(),
        row.id,
        Json(&key) as _,
        result.backup_state(),
        ambient.now()
    )
    .execute(tx)
    .await?;
    Ok(Ok(Verified { owner, passkey: PasskeyId(row.id), name: row.name }))
}

/// Whether a key's owner is whom the ceremony is about, and whom the key's holder says it belongs to (WebAuthn Level 3,
/// section 7.2, step 6): it must say so where nobody is known yet.
fn is_theirs(purpose: Purpose, owner: AccountId, user_handle: Option<&[u8]>) -> Result<(), Reason> {
    if purpose.account().is_some_and(|account| account != owner) {
        return Err(Reason::OtherPerson);
    }
    match user_handle {
        Some(handle) if Uuid::from_slice(handle).ok() == Some(owner.0) => Ok(()),
        Some(_) => Err(Reason::OtherPerson),
        None if purpose == Purpose::SignIn => Err(Reason::Malformed),
        None => Ok(()),
    }
}
