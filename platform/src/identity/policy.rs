//! What a tenant asks of everybody who signs in.

use std::net::IpAddr;

use ipnet::IpNet;
use serde::Serialize;
use time::{Duration, OffsetDateTime};

pub use super::lock_out::{LockOut, check_lock_out, check_sso};
use super::password::{self, PasswordRules};
use crate::{
    access::{ManageSecurity, Permit},
    ambient::Ambient,
    db::{DbError, TenantTx},
    id::AccountId,
};

/// How somebody signs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// With a password.
    Password,
    /// With a link sent by mail.
    MagicLink,
    /// With a passkey.
    Passkey,
    /// At the tenant's identity provider.
    Sso,
}

impl Method {
    /// Every method.
    pub const ALL: [Self; 4] = [Self::Password, Self::MagicLink, Self::Passkey, Self::Sso];

    /// The word kept in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::MagicLink => "magic_link",
            Self::Passkey => "passkey",
            Self::Sso => "sso",
        }
    }

    /// Reads the word kept in the database.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.as_str() == word)
    }
}

/// The networks that people may come from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Networks(Vec<IpNet>);

impl Networks {
    /// These networks; none means from anywhere.
    pub fn new(networks: Vec<IpNet>) -> Self {
        Self(networks)
    }

    /// The networks.
    pub fn as_slice(&self) -> &[IpNet] {
        &self.0
    }

    /// Whether somebody may come from `address`. Text that is no address comes from nowhere.
    pub fn allow(&self, address: &str) -> bool {
        self.0.is_empty()
            || address
                .parse::<IpAddr>()
                .is_ok_and(|address| self.0.iter().any(|network| network.contains(&address.to_canonical())))
    }

    /// As they stand in the database.
    fn to_column(&self) -> Vec<String> {
        self.0.iter().map(ToString::to_string).collect()
    }

    /// What stands in the database; what does not read as a network lets nobody in, rather than everybody.
    pub(crate) fn from_column(texts: &[String]) -> Self {
        let nobody = IpNet::V6(ipnet::Ipv6Net::default());
        let mut networks: Vec<IpNet> = texts.iter().filter_map(|text| text.parse().ok()).collect();
        if networks.is_empty() && !texts.is_empty() {
            // The unspecified address alone: no request comes from it.
            networks.push(IpNet::new(nobody.addr(), 128).unwrap_or(nobody));
        }
        Self(networks)
    }
}

/// Whether a session has shown the second factor that its tenant requires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecondFactor {
    /// It has, or none is required.
    Settled,
    /// One is required from `by` on; until then the person is reminded.
    DueBy(OffsetDateTime),
    /// One is required now.
    Owed,
}

impl SecondFactor {
    /// `since` is when the tenant began to require one, `joined` when the account was made, `shown` when the session
    /// showed one.
    pub(super) fn judge(
        since: Option<OffsetDateTime>,
        grace_days: i32,
        joined: OffsetDateTime,
        shown: Option<OffsetDateTime>,
        now: OffsetDateTime,
    ) -> Self {
        let (Some(since), None) = (since, shown) else { return Self::Settled };
        let due = since.max(joined) + Duration::days(i64::from(grace_days));
        if due > now { Self::DueBy(due) } else { Self::Owed }
    }
}

/// The policy of a tenant. As it is written into the audit log, too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SignInPolicy {
    /// How people may sign in.
    pub methods: Vec<Method>,
    /// Since when a second factor is required; none: it is up to each person.
    #[serde(with = "time::serde::rfc3339::option")]
    pub mfa_required_since: Option<OffsetDateTime>,
    /// How many days people have to set one up.
    pub mfa_grace_days: i32,
    /// The fewest characters of a password.
    pub password_min_length: i32,
    /// The lowest zxcvbn score of a password, 0 to 4.
    pub password_min_score: i32,
    /// Minutes after which a session without requests ends; none: the server's setting.
    pub idle_minutes: Option<i32>,
    /// Hours after which a session ends; none: the server's setting.
    pub lifetime_hours: Option<i32>,
    /// Where people may come from.
    pub networks: Networks,
    /// Domains that may be invited; empty: any.
    pub invitation_domains: Vec<String>,
    /// Whether people have to come through a connection to an identity provider.
    pub sso_required: bool,
    /// The one owner who may come in otherwise then, for when the provider is away.
    pub break_glass: Option<AccountId>,
}

impl Default for SignInPolicy {
    /// What holds where a tenant has said nothing.
    fn default() -> Self {
        Self {
            methods: vec![Method::Password, Method::Passkey, Method::Sso],
            mfa_required_since: None,
            mfa_grace_days: 7,
            password_min_length: i32::try_from(password::MIN_LENGTH).unwrap_or(10),
            password_min_score: 2,
            idle_minutes: None,
            lifetime_hours: None,
            networks: Networks::default(),
            invitation_domains: Vec::new(),
            sso_required: false,
            break_glass: None,
        }
    }
}

impl SignInPolicy {
    /// What a password must be.
    pub fn password_rules(&self) -> PasswordRules {
        PasswordRules {
            min_length: usize::try_from(self.password_min_length).unwrap_or(password::MIN_LENGTH),
            min_score: u8::try_from(self.password_min_score).unwrap_or(4),
        }
    }

    /// Whether people may sign in so.
    pub fn allows(&self, method: Method) -> bool {
        self.methods.contains(&method)
    }

    /// Whether single sign-on is required of somebody who comes by `method`, and they are not the owner who is let in
    /// without it.
    pub fn bars(&self, method: Method, account: AccountId) -> bool {
        self.sso_required && method != Method::Sso && self.break_glass != Some(account)
    }
}

/// The methods of the database's column; unknown words allow nothing.
pub(super) fn methods(words: &[String]) -> Vec<Method> {
    words.iter().filter_map(|word| Method::parse(word)).collect()
}

/// The policy of the transaction's tenant.
///
/// # Errors
/// [`DbError`].
pub async fn load(tx: &mut TenantTx) -> Result<SignInPolicy, DbError> {
    let row = sqlx::query!(
        "SELECT methods, mfa_required_since, mfa_grace_days, password_min_length, password_min_score, idle_minutes,
             lifetime_hours, allowed_networks, invitation_domains, sso_required, break_glass_account_id
         FROM sign_in_policy WHERE tenant_id = $1",
        tx.tenant_id()
    )
    .fetch_optional(tx)
    .await?;
    Ok(row.map_or_else(SignInPolicy::default, |row| SignInPolicy {
        methods: methods(&row.methods),
        mfa_required_since: row.mfa_required_since,
        mfa_grace_days: row.mfa_grace_days,
        password_min_length: row.password_min_length,
        password_min_score: row.password_min_score,
        idle_minutes: row.idle_minutes,
        lifetime_hours: row.lifetime_hours,
        networks: Networks::from_column(&row.allowed_networks),
        invitation_domains: row.invitation_domains,
        sso_required: row.sso_required,
        break_glass: row.break_glass_account_id.map(AccountId),
    }))
}

/// Saves the policy. It holds from each person's next request on.
///
/// # Errors
/// [`DbError`]; the constraints of the table are a second wall behind the form's checks.
pub async fn save(
    permit: &mut Permit<ManageSecurity>,
    ambient: &Ambient,
    policy: &SignInPolicy,
) -> Result<(), DbError> {
    let tenant_id = permit.tenant_id();
    let methods: Vec<String> = policy.methods.iter().map(|method| method.as_str().to_owned()).collect();
    sqlx::query!(
        "INSERT INTO sign_in_policy (tenant_id, methods, mfa_required_since, mfa_grace_days, password_min_length,
             password_min_score, idle_minutes, lifetime_hours, allowed_networks, invitation_domains, updated_at,
             sso_required, break_glass_account_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
         ON CONFLICT (tenant_id) DO UPDATE SET
             methods = $2, mfa_required_since = $3, mfa_grace_days = $4, password_min_length = $5,
             password_min_score = $6, idle_minutes = $7, lifetime_hours = $8, allowed_networks = $9,
             invitation_domains = $10, updated_at = $11, sso_required = $12, break_glass_account_id = $13",
        tenant_id,
        &methods,
        policy.mfa_required_since,
        policy.mfa_grace_days,
        policy.password_min_length,
        policy.password_min_score,
        policy.idle_minutes,
        policy.lifetime_hours,
        &policy.networks.to_column(),
        &policy.invitation_domains,
        ambient.now(),
        policy.sso_required,
        policy.break_glass.map(|account| account.0)
    )
    .execute(&mut **permit)
    .await?;
    Ok(())
}

/// Forgets what the tenant said: the server's own settings hold again. The way back in for those who locked themselves
/// out, by an operator's hand.
///
/// # Errors
/// [`DbError`].
pub async fn reset(tx: &mut TenantTx) -> Result<(), DbError> {
    sqlx::query!("DELETE FROM sign_in_policy WHERE tenant_id = $1", tx.tenant_id()).execute(tx).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn networks_let_in_whom_they_name() {
        let office = Networks::from_column(&["192.0.2.0/24".to_owned(), "2001:db8::/32".to_owned()]);
        for good in ["192.0.2.7", "::ffff:192.0.2.7", "2001:db8::1"] {
            assert!(office.allow(good), "{good}");
        }
        for bad in ["198.51.100.1", "2001:db9::1", "", "office"] {
            assert!(!office.allow(bad), "{bad}");
        }
        assert!(Networks::default().allow("198.51.100.1"));
        let damaged = Networks::from_column(&["everywhere".to_owned()]);
        assert!(!damaged.allow("198.51.100.1") && !damaged.allow("2001:db8::1"));
    }

    #[test]
    fn a_second_factor_is_owed_after_the_grace() {
        let since = datetime!(2026-06-01 0:00 UTC);
        let judge = |joined, shown, now| SecondFactor::judge(Some(since), 7, joined, shown, now);
        let early = datetime!(2026-01-01 0:00 UTC);
        assert_eq!(judge(early, None, since), SecondFactor::DueBy(datetime!(2026-06-08 0:00 UTC)));
        assert_eq!(judge(early, None, datetime!(2026-06-08 0:00 UTC)), SecondFactor::Owed);
        assert_eq!(judge(early, Some(since), datetime!(2026-07-01 0:00 UTC)), SecondFactor::Settled);
        // Who comes later has the same time from then on.
        let joined = datetime!(2026-07-01 0:00 UTC);
        assert_eq!(judge(joined, None, joined), SecondFactor::DueBy(datetime!(2026-07-08 0:00 UTC)));
        assert_eq!(SecondFactor::judge(None, 7, early, None, joined), SecondFactor::Settled);
    }
}
