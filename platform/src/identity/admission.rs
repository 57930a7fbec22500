//! The one place where somebody who showed who they are is let in, whatever they showed: the tenant's policy is held
//! against it, and either a session begins or a second factor is asked for.

use super::{
    account, challenge, devices,
    known_device::{self, Acquaintance},
    policy::{self, Method, SignInPolicy},
    profile, second_factor,
    session::{self, Device, Proof, SessionPolicy, SessionToken},
};
use crate::{
    audit::{self, Act, Action, Scribe},
    db::{DbError, TenantTx},
    id::AccountId,
    mail::{self, Letter, Letterhead},
    sso::{self, SsoLogin},
};

/// Somebody at the door.
#[derive(Debug)]
pub struct Entrant<'a> {
    /// Who they are.
    pub account: AccountId,
    /// What they showed.
    pub proof: Proof,
    /// The browser.
    pub device: &'a Device,
    /// A session that the browser has already; it ends when the new one begins.
    pub previous: Option<&'a SessionToken>,
    /// The look of the mail that tells of a new device.
    pub letterhead: Letterhead,
    /// Where they showed it, if at a provider.
    pub sso: Option<SsoLogin>,
}

/// What comes of it.
#[derive(Debug)]
pub enum Admission {
    /// A session; its token goes into the session cookie.
    Session(SessionToken),
    /// A second factor is asked for; the token goes into the challenge cookie.
    SecondFactor(String),
}

/// Why the tenant's policy does not let somebody in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The tenant does not allow this way of signing in.
    #[error("this workspace does not allow this way of signing in")]
    Method(Method),
    /// The tenant lets nobody in from this network.
    #[error("this workspace cannot be entered from this network")]
    Address(String),
    /// The tenant requires single sign-on, and this is not the owner who is let in without it.
    #[error("this workspace requires single sign-on")]
    SsoRequired,
}

/// Whether the tenant's policy lets anybody in by this method from this address: asked before credentials are looked at.
/// Where single sign-on is required, the other methods still let one owner in; whoever else it is, [`admit`] refuses.
///
/// # Errors
/// [`DbError`].
pub async fn check(tx: &mut TenantTx, method: Method, address: &str) -> Result<Result<(), Refusal>, DbError> {
    Ok(screen(tx, method, address).await?.map(drop))
}

/// As [`check`], and answers the policy, for asking whom it bars.
pub(super) async fn screen(
    tx: &mut TenantTx,
    method: Method,
    address: &str,
) -> Result<Result<SignInPolicy, Refusal>, DbError> {
    let policy = policy::load(tx).await?;
    if !policy.networks.allow(address) {
        return Ok(Err(Refusal::Address(address.to_owned())));
    }
    if !policy.allows(method) {
        return Ok(Err(Refusal::Method(method)));
    }
    Ok(Ok(policy))
}

/// Lets somebody in, which the audit log then says. The caller commits.
///
/// # Errors
/// [`DbError`].
pub async fn admit(
    tx: &mut TenantTx,
    scribe: &Scribe,
    policy: SessionPolicy,
    entrant: Entrant<'_>,
) -> Result<Result<Admission, Refusal>, DbError> {
    let method = entrant.proof.method;
    match screen(tx, method, &entrant.device.address).await? {
        Err(refusal) => return Ok(Err(refusal)),
        Ok(policy) if policy.bars(method, entrant.account) => return Ok(Err(Refusal::SsoRequired)),
        Ok(_) => {}
    }
    // It may have been switched off while the second factor was owed. Until the session stands, it is not deleted.
    if let Some(login) = &entrant.sso
        && !sso::ways_in::hold_if_on(tx, login.connection).await?
    {
        return Ok(Err(Refusal::Method(method)));
    }
    // A passkey verified the person: it is never half of a sign-in.
    let is_half = !entrant.proof.second_factor && entrant.proof.method != Method::Passkey;
    if is_half && second_factor::is_set_up(tx, entrant.account).await? {
        let token =
            challenge::begin(tx, scribe.ambient(), entrant.account, entrant.proof.method, entrant.sso.as_ref()).await?;
        return Ok(Ok(Admission::SecondFactor(token)));
    }
    if let Some(previous) = entrant.previous {
        session::end(tx, previous).await?;
    }
    let (account, proof, device) = (entrant.account, entrant.proof, entrant.device);
    let acquaintance = known_device::meet(tx, scribe.ambient(), account, &device.token).await?;
    if acquaintance == Acquaintance::New {
        tell_of_new_device(tx, scribe, &entrant.letterhead, account, device).await?;
    }
    let token = session::open(tx, scribe.ambient(), policy, account, proof, device).await?;
    if let Some(login) = &entrant.sso {
        sso::session::keep(tx, &token, login).await?;
    }
    record_sign_in(tx, scribe, account, proof).await?;
    Ok(Ok(Admission::Session(token)))
}

/// If it was somebody else, its person learns of it.
async fn tell_of_new_device(
    tx: &mut TenantTx,
    scribe: &Scribe,
    letterhead: &Letterhead,
    account: AccountId,
    device: &Device,
) -> Result<(), DbError> {
    if !profile::wants(tx, account, &profile::NEW_DEVICE).await? {
        return Ok(());
    }
    let Some((_, email)) = account::name_and_email(tx, account).await? else { return Ok(()) };
    let letter = Letter::NewDevice {
        device: devices::in_words(&device.user_agent),
        address: device.address.clone(),
        when: scribe.ambient().now(),
        devices_link: letterhead.link("/account/devices"),
    };
    mail::queue(tx, scribe.ambient(), letterhead, &email, &letter).await
}

/// Records that a session began.
///
/// # Errors
/// [`DbError`].
pub(super) async fn record_sign_in(
    tx: &mut TenantTx,
    scribe: &Scribe,
    account: AccountId,
    proof: Proof,
) -> Result<(), DbError> {
    let (name, email) = account::name_and_email(tx, account).await?.unwrap_or_default();
    let shown = serde_json::json!({ "method": proof.method.as_str(), "second_factor": proof.second_factor });
    let act = Act::by_account(account, name, email, Action::SignInSucceeded).change((), shown);
    audit::record(tx, scribe, act).await
}
