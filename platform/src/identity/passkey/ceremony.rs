//! What is kept between the server's question and the browser's answer: five minutes, for one answer.
//!
//! A ceremony is bound to the browser by a cookie, whose hash the row has. One cookie serves all ceremonies of a
//! browser, so that two tabs do not end each other's.

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use time::Duration;
use uuid::Uuid;

use super::{PasskeyError, RelyingParty};
use crate::{
    ambient::Ambient,
    db::TenantTx,
    id::AccountId,
    identity::{sha256, token_text},
    typed_id,
};

/// How long a browser may take to answer: finding a key and typing its PIN is slow for some (WCAG 2.2, 2.2.1).
pub const LIFE: Duration = Duration::minutes(5);

typed_id!(
    /// A ceremony.
    CeremonyId,
    "pkc"
);

/// What a ceremony is for. An answer to one of another kind is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Making a key known.
    Register,
    /// Signing in by a key alone.
    SignIn,
    /// A key after the password.
    SecondFactor,
    /// Proving again who one is, before something dangerous.
    Confirm,
}

impl Kind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Register => "register",
            Self::SignIn => "sign_in",
            Self::SecondFactor => "second_factor",
            Self::Confirm => "confirm",
        }
    }
}

/// What binds ceremonies to a browser: 256 random bits in a cookie. Its `Debug` form does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct BrowserToken(String);

impl BrowserToken {
    /// A new one.
    pub fn new(ambient: &Ambient) -> Self {
        Self(token_text(ambient.bytes()))
    }

    /// Reads a cookie's value; anything but 64 hexadecimal digits is none.
    pub fn parse(text: &str) -> Option<Self> {
        let good = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
        good.then(|| Self(text.to_owned()))
    }

    /// The cookie's value.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for BrowserToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("BrowserToken(…)")
    }
}

/// A ceremony that began.
#[derive(Debug, Clone, Serialize)]
pub struct Begun {
    /// Names it in the answer.
    pub ceremony: CeremonyId,
    /// What the browser's function is called with: the JSON form of WebAuthn Level 3, section 5.1.
    pub options: Value,
}

/// A browser's answer.
#[derive(Debug)]
pub struct Answer<'a> {
    /// The ceremony, as named in [`Begun`].
    pub ceremony: &'a str,
    /// The cookie.
    pub browser: Option<&'a BrowserToken>,
    /// What the browser's function gave, in its JSON form.
    pub credential: Value,
}

/// Keeps the state of a ceremony.
pub(super) async fn keep(
    tx: &mut TenantTx,
    ambient: &Ambient,
    (kind, account): (Kind, Option<AccountId>),
    (party, browser): (&RelyingParty, &BrowserToken),
    state: &impl Serialize,
) -> Result<CeremonyId, PasskeyError> {
    let now = ambient.now();
    // Nobody answers these any more. A few at a time, past those that somebody else removes at this moment.
    sqlx::query!(
        "DELETE FROM passkey_ceremony WHERE tenant_id = $1 AND id IN (
             SELECT id FROM passkey_ceremony WHERE tenant_id = $1 AND expires_at <= $2
             ORDER BY expires_at LIMIT 20 FOR UPDATE SKIP LOCKED)",
        tx.tenant_id(),
        now
    )
    .execute(&mut *tx)
    .await?;
    let id = ambient.uuid();
    sqlx::query!(
        "INSERT INTO passkey_ceremony (tenant_id, id, token_hash, kind, account_id, rp_id, state, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        tx.tenant_id(),
        id,
        sha256(browser.as_str()),
        kind.as_str(),
        account.map(|account| account.0),
        party.id(),
        serde_json::to_value(state)?,
        now + LIFE
    )
    .execute(tx)
    .await?;
    Ok(CeremonyId(id))
}

/// Takes a ceremony, which nobody can take again once the transaction is committed. `None` where there is none of this
/// browser, kind, person and host that may still be answered.
pub(super) async fn take<S: DeserializeOwned>(
    tx: &mut TenantTx,
    ambient: &Ambient,
    (kind, account): (Kind, Option<AccountId>),
    party: &RelyingParty,
    answer: &Answer<'_>,
) -> Result<Option<S>, PasskeyError> {
    let (Some(browser), Ok(id)) = (answer.browser, answer.ceremony.parse::<CeremonyId>()) else { return Ok(None) };
    let row = sqlx::query!(
        "DELETE FROM passkey_ceremony WHERE tenant_id = $1 AND id = $2 AND token_hash = $3
         RETURNING kind, account_id, rp_id, state, expires_at",
        tx.tenant_id(),
        id.0,
        sha256(browser.as_str())
    )
    .fetch_optional(tx)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let of: Option<Uuid> = account.map(|account| account.0);
    let is_good =
        row.expires_at > ambient.now() && row.kind == kind.as_str() && row.account_id == of && row.rp_id == party.id();
    if is_good { Ok(Some(serde_json::from_value(row.state)?)) } else { Ok(None) }
}
