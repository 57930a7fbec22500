//! Signing in with email and password.
//!
//! A wrong password and an unknown address get the same answer after the same work: each checks one hash.
//!
//! A browser that the account knows has attempts of its own, which nobody else can use up; those of all others are
//! counted together. So strangers who guess at an account keep its person out of new browsers for a while, and never out
//! of their own. A new password by mail makes the browser a known one, and is the way in for those who have none.

use super::{
    EmailAddress, account,
    admission::{self, Admission, Entrant, Refusal},
    password::{HashError, Passwords},
    policy::Method,
    session::{Device, Proof, SessionPolicy, SessionToken},
    throttle::{self, Limit, Throttled},
};
use crate::{
    ambient::Ambient,
    audit::{self, Act, Action, Scribe},
    db::{Database, DbError, TenantTx},
    id::AccountId,
    mail::Letterhead,
    tenancy::TenantHome,
};

/// How many attempts are answered.
#[derive(Debug, Clone, Copy)]
pub struct SignInLimits {
    /// On one account from one address, or by one browser that the account knows.
    pub account_and_address: Limit,
    /// On one account from anywhere, by browsers that it does not know.
    pub account: Limit,
    /// From one address, on any account.
    pub address: Limit,
}

/// What was typed, and where it came from.
#[derive(Debug)]
pub struct Attempt<'a> {
    /// The email address as typed.
    pub email: &'a str,
    /// The password as typed.
    pub password: &'a str,
    /// The browser.
    pub device: &'a Device,
    /// A session that the browser has already; it ends when the new one begins.
    pub previous: Option<&'a SessionToken>,
    /// The look of the mail that tells of a new device.
    pub letterhead: &'a Letterhead,
}

/// Why somebody could not sign in.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// The address or the password is wrong; which one is not said.
    #[error("the email address or the password is wrong")]
    Wrong,
    /// The tenant's policy does not let them in.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// There were too many attempts.
    #[error("too many attempts; wait {}", .0.wait_in_words())]
    Throttled(Throttled),
    /// No hash could be made.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// PostgreSQL refused or failed.
    #[error(transparent)]
    Database(#[from] DbError),
}

/// Signs in.
///
/// # Errors
/// [`SignInError`].
pub async fn sign_in(
    database: &Database,
    scribe: &Scribe,
    passwords: &Passwords,
    (policy, limits): (SessionPolicy, SignInLimits),
    home: &TenantHome,
    attempt: Attempt<'_>,
) -> Result<Admission, SignInError> {
    let ambient = scribe.ambient();
    // Text that is no address has no account; it is counted and checked like any other.
    let typed = EmailAddress::parse(attempt.email).ok();
    let email_key = typed.as_ref().map_or("", EmailAddress::key);
    let address = attempt.device.address.as_str();

    let mut tx = database.begin(home).await?;
    let tenants = match admission::screen(&mut tx, Method::Password, address).await? {
        Ok(tenants) => tenants,
        Err(refusal) => {
            record_refusal(&mut tx, scribe, limits, attempt.device, &refusal.to_string()).await?;
            tx.commit().await?;
            return Err(refusal.into());
        }
    };
    let credentials = account::credentials(&mut tx, email_key, &attempt.device.token).await?;
    let is_known = credentials.as_ref().is_some_and(|found| found.knows_device);
    let verdict = if is_known {
        let own = known_device_key(email_key, attempt.device);
        throttle::count(&mut tx, ambient, &own, limits.account_and_address).await?
    } else {
        count_stranger(&mut tx, ambient, email_key, address, limits).await?
    };
    if verdict.is_err() {
        record_refusal(&mut tx, scribe, limits, attempt.device, "there were too many attempts").await?;
    }
    tx.commit().await?;
    verdict.map_err(SignInError::Throttled)?;

    let (id, hash) = credentials.map_or((None, None), |found| (Some(found.id), found.password_hash));
    let matches = passwords.verify(attempt.password.to_owned(), hash).await?;
    // Where single sign-on is required, whoever is not the one owner gets the same answer after the same work, whether
    // the password was right or not: here nobody finds out passwords that are of use elsewhere.
    let is_barred = id.is_some_and(|account| tenants.bars(Method::Password, account));
    let Some(account) = id.filter(|_| matches && !is_barred) else {
        let mut tx = database.begin(home).await?;
        let mut act = wrong(id, typed.as_ref());
        if is_barred {
            act = act.because("The workspace requires single sign-on.");
        }
        audit::record(&mut tx, scribe, act).await?;
        tx.commit().await?;
        return Err(if tenants.sso_required { Refusal::SsoRequired.into() } else { SignInError::Wrong });
    };

    let mut tx = database.begin(home).await?;
    if is_known {
        throttle::forget(&mut tx, &known_device_key(email_key, attempt.device)).await?;
    } else {
        let pair = pair_key(email_key, address);
        throttle::forgive(&mut tx, ambient, &pair, limits.account_and_address).await?;
        throttle::take_back(&mut tx, &["address", address]).await?;
        throttle::take_back(&mut tx, &["account", email_key]).await?;
    }
    let entrant = Entrant {
        account,
        proof: Proof::first(Method::Password),
        device: attempt.device,
        previous: attempt.previous,
        letterhead: attempt.letterhead.clone(),
        sso: None,
    };
    let admission = admission::admit(&mut tx, scribe, policy, entrant).await??;
    tx.commit().await?;
    Ok(admission)
}

fn known_device_key<'a>(email_key: &'a str, device: &'a Device) -> [&'a str; 3] {
    ["known device", email_key, device.token.as_str()]
}

fn pair_key<'a>(email_key: &'a str, address: &'a str) -> [&'a str; 3] {
    ["account and address", email_key, address]
}

/// Counts an attempt by a browser that the account does not know.
async fn count_stranger(
    tx: &mut TenantTx,
    ambient: &Ambient,
    email_key: &str,
    address: &str,
    limits: SignInLimits,
) -> Result<Result<(), Throttled>, DbError> {
    // The narrowest limit first: it is the one whose wait is told. Once it is reached, the wider ones are not counted
    // further, so an attacker at one address cannot use up the account's limit for everybody.
    let mut verdict = throttle::count(tx, ambient, &pair_key(email_key, address), limits.account_and_address).await?;
    if verdict.is_ok() {
        verdict = throttle::count(tx, ambient, &["address", address], limits.address).await?;
    }
    if verdict.is_ok() {
        verdict = throttle::count(tx, ambient, &["account", email_key], limits.account).await?;
    }
    Ok(verdict)
}

/// Forgets the wrong passwords of an account: its person has shown in another way who they are.
pub(super) async fn forgive(tx: &mut TenantTx, email: &str, device: &Device) -> Result<(), DbError> {
    let Ok(email) = EmailAddress::parse(email) else { return Ok(()) };
    throttle::forget(tx, &["account", email.key()]).await?;
    throttle::forget(tx, &pair_key(email.key(), &device.address)).await?;
    throttle::forget(tx, &known_device_key(email.key(), device)).await
}

/// A wrong password, or an address without an account. How many of them there are, the limits say. Text that is no
/// address is not kept: it may be the password, typed into the wrong field.
fn wrong(account: Option<AccountId>, typed: Option<&EmailAddress>) -> Act {
    let act = Act::by_nobody(Action::SignInRefused);
    match (account, typed) {
        (Some(account), Some(email)) => {
            act.on("account", account.to_string(), email.as_str()).because("The password was wrong.")
        }
        (_, Some(email)) => act.on("email", email.as_str(), email.as_str()).because("No account has this address."),
        (_, None) => act.because("What was typed is no email address."),
    }
}

/// A refusal that comes before anything is looked at, so that nothing limits their number: one is recorded for an
/// address in a window.
async fn record_refusal(
    tx: &mut TenantTx,
    scribe: &Scribe,
    limits: SignInLimits,
    device: &Device,
    why: &str,
) -> Result<(), DbError> {
    let act = Act::by_nobody(Action::SignInRefused).because(format!("Refused from {}: {why}.", device.address));
    audit::record_once(tx, scribe, &["sign-in refused", &device.address, why], limits.address.window, act).await
}
