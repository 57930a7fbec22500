//! One-time codes of an authenticator app (RFC 6238): six digits, a new code every 30 seconds, HMAC-SHA-1, which is
//! what all apps know.
//!
//! An app is set up in two steps: [`enrol`] shows a secret, [`confirm`] takes the first code and lets it count. A code
//! is good once: the time step it belongs to is written down, and only later ones are accepted.

use time::{Duration, OffsetDateTime};
use totp_rs::{Builder, Secret, Totp, TotpError};

use crate::{
    ambient::Ambient,
    db::{DbError, TenantTx},
    id::AccountId,
    secrets::{Sealed, SecretError, SecretKeys},
};

/// Bytes of a secret: 160 bits, as RFC 4226, section 4, recommends.
const SECRET_LENGTH: usize = 20;
/// How long a secret that was shown waits for its first code.
const PENDING_FOR: Duration = Duration::hours(1);

/// Why codes could not be made or checked.
#[derive(Debug, thiserror::Error)]
pub enum TotpFailure {
    /// The stored secret does not open.
    #[error("the secret of an authenticator app does not open: {0}")]
    Secret(#[from] SecretError),
    /// The stored secret is not one.
    #[error("the secret of an authenticator app cannot be used: {0}")]
    Unusable(TotpError),
    /// PostgreSQL refused or failed.
    #[error(transparent)]
    Database(#[from] DbError),
}

impl From<sqlx::Error> for TotpFailure {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error.into())
    }
}

/// What a person needs to set up their app. Its `Debug` form does not show it.
pub struct Enrolment {
    /// The address in the QR code: `otpauth://totp/…`.
    pub uri: String,
    /// The secret for typing, in base 32 and groups of four.
    pub groups: String,
}

impl std::fmt::Debug for Enrolment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Enrolment(…)")
    }
}

/// Whose app it is, as the app shows it.
#[derive(Debug, Clone, Copy)]
pub struct Label<'a> {
    /// What the workspace is called.
    pub issuer: &'a str,
    /// The person's email address.
    pub account: &'a str,
}

/// Since when the account has an app that counts.
///
/// # Errors
/// [`DbError`].
pub async fn confirmed_at(tx: &mut TenantTx, account: AccountId) -> Result<Option<OffsetDateTime>, DbError> {
    let row = sqlx::query_scalar!(
        "SELECT confirmed_at FROM totp WHERE tenant_id = $1 AND account_id = $2",
        tx.tenant_id(),
        account.0
    )
    .fetch_optional(tx)
    .await?;
    Ok(row.flatten())
}

/// Makes a secret that does not count yet; one that was waiting is forgotten.
///
/// # Errors
/// [`DbError`].
pub async fn enrol(tx: &mut TenantTx, ambient: &Ambient, keys: &SecretKeys, account: AccountId) -> Result<(), DbError> {
    let secret = ambient.bytes::<SECRET_LENGTH>();
    let sealed = keys.seal(&context(tx, account), &secret, ambient);
    sqlx::query!(
        "INSERT INTO totp (tenant_id, account_id, last_step, pending, pending_since) VALUES ($1, $2, 0, $3, $4)
         ON CONFLICT (tenant_id, account_id) DO UPDATE SET pending = $3, pending_since = $4",
        tx.tenant_id(),
        account.0,
        sealed.as_bytes(),
        ambient.now()
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// The secret that waits for its first code, to be shown.
///
/// # Errors
/// [`TotpFailure`].
pub async fn pending(
    tx: &mut TenantTx,
    ambient: &Ambient,
    keys: &SecretKeys,
    account: AccountId,
    label: Label<'_>,
) -> Result<Option<Enrolment>, TotpFailure> {
    let Some(sealed) = pending_secret(tx, ambient, account).await? else { return Ok(None) };
    let totp = open(keys, &context(tx, account), &sealed, Some(label))?;
    let secret = totp.secret().to_base32();
    let letters: Vec<char> = secret.chars().collect();
    let groups: Vec<String> = letters.chunks(4).map(|group| group.iter().collect()).collect();
    Ok(Some(Enrolment { uri: totp.to_url().map_err(TotpFailure::Unusable)?, groups: groups.join(" ") }))
}

/// Takes the first code of the secret that was shown. If it is right, that app counts from now on, and none before it.
///
/// # Errors
/// [`TotpFailure`].
pub async fn confirm(
    tx: &mut TenantTx,
    ambient: &Ambient,
    keys: &SecretKeys,
    account: AccountId,
    typed: &str,
) -> Result<bool, TotpFailure> {
    let Some(sealed) = pending_secret(tx, ambient, account).await? else { return Ok(false) };
    let Some(step) = matching_step(&open(keys, &context(tx, account), &sealed, None)?, ambient, typed) else {
        return Ok(false);
    };
    // The comparison keeps out a second page that confirms another secret meanwhile.
    let done = sqlx::query!(
        "UPDATE totp SET secret = pending, confirmed_at = $3, last_step = $4, pending = NULL, pending_since = NULL
         WHERE tenant_id = $1 AND account_id = $2 AND pending = $5",
        tx.tenant_id(),
        account.0,
        ambient.now(),
        step,
        sealed.as_bytes()
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Forgets a secret that waits for its first code.
///
/// # Errors
/// [`DbError`].
pub async fn cancel(tx: &mut TenantTx, account: AccountId) -> Result<(), DbError> {
    let tenant = tx.tenant_id();
    sqlx::query!(
        "UPDATE totp SET pending = NULL, pending_since = NULL
         WHERE tenant_id = $1 AND account_id = $2 AND secret IS NOT NULL",
        tenant,
        account.0
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!("DELETE FROM totp WHERE tenant_id = $1 AND account_id = $2 AND secret IS NULL", tenant, account.0)
        .execute(tx)
        .await?;
    Ok(())
}

/// Whether the code is right and was not used before; it is then used. The caller counts attempts.
///
/// # Errors
/// [`TotpFailure`].
pub async fn verify(
    tx: &mut TenantTx,
    ambient: &Ambient,
    keys: &SecretKeys,
    account: AccountId,
    typed: &str,
) -> Result<bool, TotpFailure> {
    let secret = sqlx::query_scalar!(
        "SELECT secret FROM totp WHERE tenant_id = $1 AND account_id = $2",
        tx.tenant_id(),
        account.0
    )
    .fetch_optional(&mut *tx)
    .await?;
    let Some(sealed) = secret.flatten().map(Sealed::from_bytes) else { return Ok(false) };
    let Some(step) = matching_step(&open(keys, &context(tx, account), &sealed, None)?, ambient, typed) else {
        return Ok(false);
    };
    // Of two that use one code at the same time, the second waits for the first here, and finds the step used.
    let done = sqlx::query!(
        "UPDATE totp SET last_step = $3 WHERE tenant_id = $1 AND account_id = $2 AND last_step < $3 AND secret = $4",
        tx.tenant_id(),
        account.0,
        step,
        sealed.as_bytes()
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Removes the account's app, and one that is being set up. Answers whether there was one that counted.
///
/// # Errors
/// [`DbError`].
pub async fn remove(tx: &mut TenantTx, account: AccountId) -> Result<bool, DbError> {
    let row = sqlx::query_scalar!(
        r#"DELETE FROM totp WHERE tenant_id = $1 AND account_id = $2 RETURNING secret IS NOT NULL AS "counted!""#,
        tx.tenant_id(),
        account.0
    )
    .fetch_optional(tx)
    .await?;
    Ok(row.unwrap_or(false))
}

/// Seals the tenant's secrets with the current key, where another sealed them. Answers how many that were.
///
/// # Errors
/// [`TotpFailure`].
pub async fn reseal(tx: &mut TenantTx, ambient: &Ambient, keys: &SecretKeys) -> Result<usize, TotpFailure> {
    // Locked, so that nobody confirms or replaces one between reading and writing.
    let rows = sqlx::query!(
        "SELECT account_id, secret, pending FROM totp WHERE tenant_id = $1 ORDER BY account_id FOR UPDATE",
        tx.tenant_id()
    )
    .fetch_all(&mut *tx)
    .await?;
    let mut count = 0;
    for row in rows {
        let context = context(tx, AccountId(row.account_id));
        let reseal = |bytes: Option<Vec<u8>>| match bytes {
            Some(bytes) => keys.reseal(&context, &Sealed::from_bytes(bytes), ambient),
            None => Ok(None),
        };
        let (secret, pending) = (reseal(row.secret)?, reseal(row.pending)?);
        if secret.is_none() && pending.is_none() {
            continue;
        }
        sqlx::query!(
            "UPDATE totp SET secret = coalesce($3, secret), pending = coalesce($4, pending)
             WHERE tenant_id = $1 AND account_id = $2",
            tx.tenant_id(),
            row.account_id,
            secret.as_ref().map(Sealed::as_bytes),
            pending.as_ref().map(Sealed::as_bytes)
        )
        .execute(&mut *tx)
        .await?;
        count += usize::from(secret.is_some()) + usize::from(pending.is_some());
    }
    Ok(count)
}

async fn pending_secret(
    tx: &mut TenantTx,
    ambient: &Ambient,
    account: AccountId,
) -> Result<Option<Sealed>, TotpFailure> {
    let row = sqlx::query_scalar!(
        "SELECT pending FROM totp WHERE tenant_id = $1 AND account_id = $2 AND pending_since > $3",
        tx.tenant_id(),
        account.0,
        ambient.now() - PENDING_FOR
    )
    .fetch_optional(tx)
    .await?;
    Ok(row.flatten().map(Sealed::from_bytes))
}

/// What a secret is sealed for.
fn context(tx: &TenantTx, account: AccountId) -> String {
    format!("totp/{}/{}", tx.tenant_id(), account.0)
}

fn open(keys: &SecretKeys, context: &str, sealed: &Sealed, label: Option<Label<'_>>) -> Result<Totp, TotpFailure> {
    let secret = keys.open(context, sealed)?;
    let mut builder = Builder::new().with_secret(Secret::from(secret));
    if let Some(Label { issuer, account }) = label {
        // A colon stands between the two in the address.
        builder = builder.with_issuer(Some(issuer.replace(':', " "))).with_account_name(account.replace(':', " "));
    }
    builder.build().map_err(TotpFailure::Unusable)
}

/// The time step whose code this is: the present one, the one before or the one after, for clocks are not exact and
/// people type slowly.
fn matching_step(totp: &Totp, ambient: &Ambient, typed: &str) -> Option<i64> {
    // Apps show "123 456".
    let digits: String = typed.chars().filter(|sign| !sign.is_whitespace()).collect();
    let seconds = u64::try_from(ambient.now().unix_timestamp()).ok()?;
    totp.check(&digits, seconds).and_then(|step| i64::try_from(step).ok())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::ambient::{FixedClock, SystemEntropy};

    fn totp(digits: u8) -> Totp {
        Builder::new().with_secret(*b"12345678901234567890").with_digits(digits).build().unwrap()
    }

    fn at(seconds: i64) -> Ambient {
        let now = OffsetDateTime::from_unix_timestamp(seconds).unwrap();
        Ambient::new(Arc::new(FixedClock::new(now)), SystemEntropy)
    }

    #[test]
    fn codes_are_those_of_rfc_6238_appendix_b() {
        for (seconds, code) in [
            (59, "94287082"),
            (1_111_111_109, "07081804"),
            (1_111_111_111, "14050471"),
            (1_234_567_890, "89005924"),
            (2_000_000_000, "69279037"),
            (20_000_000_000, "65353130"),
        ] {
            assert_eq!(matching_step(&totp(8), &at(seconds), code), Some(seconds / 30));
            // Six digits are the last six of eight.
            assert_eq!(matching_step(&totp(6), &at(seconds), &code[2..]), Some(seconds / 30));
        }
    }

    #[test]
    fn a_clock_may_be_half_a_minute_off_and_no_more() {
        let code = "287082";
        for (seconds, accepted) in [(29, true), (59, true), (89, true), (90, false), (119, false)] {
            assert_eq!(matching_step(&totp(6), &at(seconds), code).is_some(), accepted, "at {seconds}");
        }
    }

    #[test]
    fn codes_are_read_as_people_type_them() {
        for good in ["287082", "287 082", " 287082\n"] {
            assert_eq!(matching_step(&totp(6), &at(59), good), Some(1), "{good:?}");
        }
        for bad in ["", "287083", "28708", "2870820", "+87082", "२८७०८२", "287-082"] {
            assert_eq!(matching_step(&totp(6), &at(59), bad), None, "{bad:?}");
        }
    }

    #[test]
    fn what_the_app_is_shown_can_be_read_by_it() {
        let keys = SecretKeys::parse([SecretKeys::new_entry(&at(0)).as_str()]).unwrap();
        let sealed = keys.seal("here", b"12345678901234567890", &at(0));
        let label = Label { issuer: "Acme: Tools & Söhne", account: "olga+work@acme.test" };
        let uri = open(&keys, "here", &sealed, Some(label)).unwrap().to_url().unwrap();
        assert_eq!(
            uri,
            "otpauth://totp/Acme%20%20Tools%20%26%20S%C3%B6hne:olga%2Bwork%40acme.test\
             ?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Acme%20%20Tools%20%26%20S%C3%B6hne"
        );
        assert!(open(&keys, "there", &sealed, None).is_err());
    }
}
