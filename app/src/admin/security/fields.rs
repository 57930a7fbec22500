//! What the form of the sign-in policy sends, and how it reads.

use std::net::IpAddr;

use ipnet::IpNet;
use rowhouse_platform::identity::{
    EmailAddress,
    policy::{Method, Networks, SignInPolicy},
    session::SessionPolicy,
};
use serde::Deserialize;
use time::OffsetDateTime;

use crate::ui::FieldErrors;

/// The most lines of networks or domains.
const LINES: usize = 100;
/// The bounds of a password's least length.
pub(super) const PASSWORD_LENGTH: (i32, i32) = (8, 64);
/// The bounds of the days of grace.
pub(super) const GRACE_DAYS: (i32, i32) = (0, 90);

/// What was typed.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Fields {
    pub(super) password: Option<String>,
    pub(super) magic_link: Option<String>,
    pub(super) passkey: Option<String>,
    pub(super) sso: Option<String>,
    pub(super) sso_required: Option<String>,
    #[serde(default)]
    pub(super) break_glass: String,
    pub(super) mfa: Option<String>,
    pub(super) mfa_grace_days: String,
    pub(super) password_min_length: String,
    pub(super) password_min_score: String,
    pub(super) idle_minutes: String,
    pub(super) lifetime_hours: String,
    pub(super) networks: String,
    pub(super) invitation_domains: String,
}

impl Fields {
    /// The fields as they are saved.
    pub(super) fn of(policy: &SignInPolicy) -> Self {
        let ticked = |is: bool| is.then(|| "on".to_owned());
        let optional = |number: Option<i32>| number.map_or_else(String::new, |number| number.to_string());
        let networks: Vec<_> = policy.networks.as_slice().iter().map(ToString::to_string).collect();
        Self {
            password: ticked(policy.allows(Method::Password)),
            magic_link: ticked(policy.allows(Method::MagicLink)),
            passkey: ticked(policy.allows(Method::Passkey)),
            sso: ticked(policy.allows(Method::Sso)),
            sso_required: ticked(policy.sso_required),
            break_glass: policy.break_glass.map(|account| account.to_string()).unwrap_or_default(),
            mfa: ticked(policy.mfa_required_since.is_some()),
            mfa_grace_days: policy.mfa_grace_days.to_string(),
            password_min_length: policy.password_min_length.to_string(),
            password_min_score: policy.password_min_score.to_string(),
            idle_minutes: optional(policy.idle_minutes),
            lifetime_hours: optional(policy.lifetime_hours),
            networks: networks.join("\n"),
            invitation_domains: policy.invitation_domains.join("\n"),
        }
    }

    /// The policy they ask for. `before` is the present one: what the form does not show stays, and a second factor
    /// that is required stays so since then. The form shows single sign-on where there `is_sso`.
    pub(super) fn read(
        &self,
        before: &SignInPolicy,
        is_sso: bool,
        server: SessionPolicy,
        now: OffsetDateTime,
    ) -> (SignInPolicy, FieldErrors) {
        let mut errors = FieldErrors::default();
        let shown = [
            (Method::Password, &self.password),
            (Method::MagicLink, &self.magic_link),
            (Method::Passkey, &self.passkey),
            (Method::Sso, &self.sso),
        ];
        let is_shown = |method: Method| is_sso || method != Method::Sso;
        let methods = Method::ALL
            .into_iter()
            .filter(|method| {
                let ticked = shown.iter().any(|(shown, ticked)| shown == method && ticked.is_some());
                if is_shown(*method) { ticked } else { before.allows(*method) }
            })
            .collect();
        let (idle_limit, lifetime_limit) = limits(server);
        let sso_required = is_sso && self.sso_required.is_some();
        let policy = SignInPolicy {
            methods,
            sso_required,
            // An id that is none is nobody's, which the check of the policy says. Where nothing is required, nobody is
            // named: whom it would be is chosen when it is.
            break_glass: self.break_glass.parse().ok().filter(|_| sso_required),
            mfa_required_since: self.mfa.as_ref().map(|_| before.mfa_required_since.unwrap_or(now)),
            mfa_grace_days: errors.required_number(
                "mfa_grace_days",
                "The time to set one up",
                &self.mfa_grace_days,
                GRACE_DAYS.0,
                GRACE_DAYS.1,
            ),
            password_min_length: errors.required_number(
                "password_min_length",
                "The least length",
                &self.password_min_length,
                PASSWORD_LENGTH.0,
                PASSWORD_LENGTH.1,
            ),
            password_min_score: errors.required_number(
                "password_min_score",
                "The strength",
                &self.password_min_score,
                0,
                4,
            ),
            idle_minutes: errors.number("idle_minutes", "The time without activity", &self.idle_minutes, 5, idle_limit),
            lifetime_hours: errors.number("lifetime_hours", "The time in all", &self.lifetime_hours, 1, lifetime_limit),
            networks: read_networks(&self.networks, &mut errors),
            invitation_domains: read_domains(&self.invitation_domains, &mut errors),
        };
        (policy, errors)
    }
}

/// The longest that a tenant may let sessions live: what the server allows, in minutes idle and hours in all.
pub(super) fn limits(server: SessionPolicy) -> (i32, i32) {
    let whole = |number: i64| i32::try_from(number).unwrap_or(i32::MAX);
    (whole(server.idle.whole_minutes()).max(5), whole(server.lifetime.whole_hours()).max(1))
}

fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.split(['\n', ',', ';'])
        .map(str::trim)
        .enumerate()
        .filter(|(_, line)| !line.is_empty())
        .map(|(at, line)| (at + 1, line))
}

fn read_networks(text: &str, errors: &mut FieldErrors) -> Networks {
    let mut networks = Vec::new();
    for (at, line) in lines(text) {
        let network = line.parse::<IpNet>().or_else(|_| line.parse::<IpAddr>().map(IpNet::from));
        match network {
            Ok(network) => networks.push(network.trunc()),
            Err(_) => errors.add(
                "networks",
                format!("Line {at}, “{line}”, is no network. Write 192.0.2.0/24, 2001:db8::/32 or a single address."),
            ),
        }
    }
    if networks.len() > LINES {
        errors.add("networks", format!("At most {LINES} networks are allowed."));
    }
    networks.sort();
    networks.dedup();
    Networks::new(networks)
}

fn read_domains(text: &str, errors: &mut FieldErrors) -> Vec<String> {
    let mut domains = Vec::new();
    for (at, line) in lines(text) {
        // An address at the domain is what has to be possible, so that is what is checked.
        let domain = line.trim_start_matches('@');
        match EmailAddress::parse(&format!("a@{domain}")) {
            Ok(email) if domain.contains('.') => {
                domains.extend(email.key().split_once('@').map(|(_, domain)| domain.to_owned()));
            }
            _ => errors.add(
                "invitation_domains",
                format!("Line {at}, “{line}”, is no domain of email addresses. Write it as in example.com."),
            ),
        }
    }
    if domains.len() > LINES {
        errors.add("invitation_domains", format!("At most {LINES} domains are allowed."));
    }
    domains.sort();
    domains.dedup();
    domains
}

#[cfg(test)]
mod tests {
    use super::*;
    use rowhouse_platform::id::AccountId;
    use time::{Duration, macros::datetime};

    fn read(fields: &Fields, before: &SignInPolicy) -> (SignInPolicy, FieldErrors) {
        let server = SessionPolicy { idle: Duration::hours(12), lifetime: Duration::days(14) };
        fields.read(before, true, server, datetime!(2026-06-01 12:00 UTC))
    }

    #[test]
    fn what_is_saved_reads_back_the_same() {
        let policy = SignInPolicy {
            mfa_required_since: Some(datetime!(2026-05-01 0:00 UTC)),
            idle_minutes: Some(30),
            networks: Networks::new(vec!["192.0.2.0/24".parse().unwrap()]),
            invitation_domains: vec!["acme.test".to_owned()],
            sso_required: true,
            break_glass: Some(AccountId(uuid::Uuid::from_u128(7))),
            ..SignInPolicy::default()
        };
        let (again, errors) = read(&Fields::of(&policy), &policy);
        assert!(errors.is_empty(), "{errors:?}");
        assert_eq!(again, policy);
    }

    #[test]
    fn what_the_form_does_not_show_stays() {
        let before = SignInPolicy { methods: vec![Method::Password, Method::Sso], ..SignInPolicy::default() };
        let server = SessionPolicy { idle: Duration::hours(12), lifetime: Duration::days(14) };
        let fields = Fields { sso: None, sso_required: Some("on".to_owned()), ..Fields::of(&before) };
        let (policy, _) = fields.read(&before, false, server, datetime!(2026-06-01 12:00 UTC));
        assert_eq!((policy.methods.as_slice(), policy.sso_required), (before.methods.as_slice(), false));
        let (policy, _) = fields.read(&before, true, server, datetime!(2026-06-01 12:00 UTC));
        assert_eq!((policy.methods.as_slice(), policy.sso_required), ([Method::Password].as_slice(), true));
    }

    #[test]
    fn lists_are_brought_into_one_form() {
        let before = SignInPolicy::default();
        let fields = Fields {
            networks: "192.0.2.77/24, 2001:db8::1\n\n192.0.2.0/24".to_owned(),
            invitation_domains: "@Acme.TEST; bücher.example".to_owned(),
            ..Fields::of(&before)
        };
        let (policy, errors) = read(&fields, &before);
        assert!(errors.is_empty(), "{errors:?}");
        let networks: Vec<_> = policy.networks.as_slice().iter().map(ToString::to_string).collect();
        assert_eq!(networks, ["192.0.2.0/24", "2001:db8::1/128"]);
        assert_eq!(policy.invitation_domains, ["acme.test", "xn--bcher-kva.example"]);
    }

    #[test]
    fn what_does_not_read_is_named() {
        let before = SignInPolicy::default();
        let fields = Fields {
            networks: "192.0.2.0/24\nthe office".to_owned(),
            invitation_domains: "acme".to_owned(),
            idle_minutes: "721".to_owned(),
            password_min_length: String::new(),
            ..Fields::of(&before)
        };
        let (_, errors) = read(&fields, &before);
        assert!(errors.of("networks").unwrap().starts_with("Line 2, “the office”, is no network."));
        assert!(errors.of("invitation_domains").unwrap().starts_with("Line 1, “acme”"));
        assert_eq!(errors.of("idle_minutes").unwrap(), "The time without activity is a whole number from 5 to 720.");
        assert_eq!(errors.of("password_min_length").unwrap(), "The least length is missing.");
    }
}
