//! The second factor of a person: what they have set up, and whether what they typed is right.

use super::{
    challenge::{self, Challenge},
    recovery_codes,
    throttle::{self, Limit, Throttled},
    totp::{self, TotpFailure},
};
use crate::{
    ambient::Ambient,
    db::{DbError, TenantTx},
    id::AccountId,
    secrets::SecretKeys,
};

/// What somebody types as their second factor. Its `Debug` form does not show it.
#[derive(Clone, Copy)]
pub enum Answer<'a> {
    /// The code that the authenticator app shows.
    Code(&'a str),
    /// A recovery code.
    RecoveryCode(&'a str),
}

impl std::fmt::Debug for Answer<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Code(_) => f.write_str("Code(…)"),
            Self::RecoveryCode(_) => f.write_str("RecoveryCode(…)"),
        }
    }
}

/// Why an answer does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Miss {
    /// It is wrong, or was used before.
    Wrong,
    /// There were too many wrong codes for the account. A recovery code is still taken: it cannot be guessed, so nobody
    /// who knows the password can lock its owner out.
    Throttled(Throttled),
}

/// Whether the account has a second factor, so that a first one alone does not let anybody in.
///
/// # Errors
/// [`DbError`].
pub async fn is_set_up(tx: &mut TenantTx, account: AccountId) -> Result<bool, DbError> {
    Ok(totp::confirmed_at(tx, account).await?.is_some())
}

/// Removes what a person types as a second factor: the app and the recovery codes. Answers whether there was an app.
///
/// # Errors
/// [`DbError`].
pub async fn remove(tx: &mut TenantTx, account: AccountId) -> Result<bool, DbError> {
    recovery_codes::remove(tx, account).await?;
    totp::remove(tx, account).await
}

/// Checks what a person typed; a code that is right is used up. The caller commits a miss too, for it was counted.
///
/// # Errors
/// [`TotpFailure`].
pub async fn check(
    tx: &mut TenantTx,
    ambient: &Ambient,
    keys: &SecretKeys,
    limit: Limit,
    account: AccountId,
    answer: Answer<'_>,
) -> Result<Result<(), Miss>, TotpFailure> {
    let typed = match answer {
        Answer::Code(typed) => typed,
        Answer::RecoveryCode(typed) => {
            return Ok(recovery_codes::redeem(tx, account, typed).await?.then_some(()).ok_or(Miss::Wrong));
        }
    };
    // A count of its own: wrong codes never keep anybody from the step before.
    let account_key = account.0.to_string();
    let counted = ["second factor", account_key.as_str()];
    if let Err(throttled) = throttle::count(tx, ambient, &counted, limit).await? {
        return Ok(Err(Miss::Throttled(throttled)));
    }
    if !totp::verify(tx, ambient, keys, account, typed).await? {
        return Ok(Err(Miss::Wrong));
    }
    // Only this attempt: what somebody else guessed meanwhile stays counted.
    throttle::take_back(tx, &counted).await?;
    Ok(Ok(()))
}

/// Takes the answer to a sign-in that is half done; one that is right ends the challenge. `None` where there is no such
/// challenge, or it took too many answers. The caller commits in any case.
///
/// # Errors
/// [`TotpFailure`].
pub async fn meet(
    tx: &mut TenantTx,
    ambient: &Ambient,
    keys: &SecretKeys,
    limit: Limit,
    token: &str,
    answer: Answer<'_>,
) -> Result<Option<(Challenge, Result<(), Miss>)>, TotpFailure> {
    let Some(challenge) = challenge::attempt(tx, ambient, token).await? else { return Ok(None) };
    let verdict = check(tx, ambient, keys, limit, challenge.account, answer).await?;
    if verdict.is_ok() && !challenge::settle(tx, token).await? {
        return Ok(None);
    }
    Ok(Some((challenge, verdict)))
}
