//! Whose account it is, and whether they may come in by it.

use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    super::{Connection, ConnectionId, Identity, Reason, Refused, Report, connection},
    shown,
};
use crate::{
    access::{AssignedRole, Role},
    ambient::Ambient,
    db::{DbError, TenantTx},
    id::AccountId,
    identity::EmailAddress,
    members::State,
};

/// Somebody with an account.
#[derive(Debug, Clone)]
pub(super) struct Person {
    pub(super) account: AccountId,
    pub(super) name: String,
    pub(super) email: String,
    pub(super) role: AssignedRole,
    pub(super) state: State,
    /// Who they are at the provider, where they are connected with it.
    pub(super) subject: Option<String>,
    /// When the person connected the account themselves.
    pub(super) connected_at: Option<OffsetDateTime>,
}

impl Person {
    pub(super) fn is_owner(&self) -> bool {
        self.role.is(Role::Owner)
    }

    /// As reports name them.
    pub(super) fn label(&self) -> String {
        format!("{} ({})", self.name, self.email)
    }
}

/// Whose account it is.
#[derive(Debug)]
pub(super) enum Found {
    /// Of somebody who is connected with it.
    Linked(Person),
    /// Of somebody who has the address, and is not connected yet.
    OfAddress(Person),
    /// Nobody has the address.
    Nobody(EmailAddress),
}

struct Row {
    id: Uuid,
    name: String,
    email: Option<String>,
    role: String,
    custom_role_id: Option<Uuid>,
    state: String,
    subject: Option<String>,
    by_person: Option<bool>,
    linked_at: Option<OffsetDateTime>,
}

impl Row {
    fn read(self) -> Option<Person> {
        Some(Person {
            account: AccountId(self.id),
            name: self.name,
            email: self.email.unwrap_or_default(),
            role: AssignedRole::from_columns(&self.role, self.custom_role_id)?,
            state: State::parse(&self.state)?,
            subject: self.subject,
            connected_at: self.linked_at.filter(|_| self.by_person == Some(true)),
        })
    }
}

/// Whoever is connected with a subject.
pub(super) async fn of_subject(
    tx: &mut TenantTx,
    connection: ConnectionId,
    subject: &str,
) -> Result<Option<Person>, DbError> {
    let row = sqlx::query_as!(
        Row,
        r#"SELECT a.id, a.name, a.email, a.role, a.custom_role_id, a.state, i.subject AS "subject?",
               i.by_person AS "by_person?", i.linked_at AS "linked_at?"
           FROM sso_identity i JOIN account a ON a.tenant_id = i.tenant_id AND a.id = i.account_id
           WHERE i.tenant_id = $1 AND i.connection_id = $2 AND i.subject = $3"#,
        tx.tenant_id(),
        connection.0,
        subject
    )
    .fetch_optional(tx)
    .await?;
    Ok(row.and_then(Row::read))
}

/// Whoever has an address, with who they are at the connection.
async fn of_address(
    tx: &mut TenantTx,
    connection: ConnectionId,
    address: &EmailAddress,
) -> Result<Option<Person>, DbError> {
    let row = sqlx::query_as!(
        Row,
        r#"SELECT a.id, a.name, a.email, a.role, a.custom_role_id, a.state, i.subject AS "subject?",
               i.by_person AS "by_person?", i.linked_at AS "linked_at?"
           FROM account a
           LEFT JOIN sso_identity i ON i.tenant_id = a.tenant_id AND i.account_id = a.id AND i.connection_id = $2
           WHERE a.tenant_id = $1 AND a.email_key = $3"#,
        tx.tenant_id(),
        connection.0,
        address.key()
    )
    .fetch_optional(tx)
    .await?;
    Ok(row.and_then(Row::read))
}

/// Until the transaction ends, others that come as this subject wait.
pub(super) async fn lock_subject(tx: &mut TenantTx, connection: ConnectionId, subject: &str) -> Result<(), DbError> {
    let mut hash = Sha256::new();
    hash.update(b"sso subject");
    hash.update(tx.tenant_id().as_bytes());
    hash.update(connection.0.as_bytes());
    hash.update(subject.as_bytes());
    let bytes: [u8; 32] = hash.finalize().into();
    let (first, _) = bytes.split_at(8);
    let key = i64::from_be_bytes(first.try_into().unwrap_or_default());
    sqlx::query!("SELECT pg_advisory_xact_lock($1)", key).fetch_one(tx).await?;
    Ok(())
}

/// Notes that somebody signed in, who cannot be removed or deactivated now until the transaction ends. `false`: they
/// were, or are not connected any more.
pub(super) async fn note_sign_in(
    tx: &mut TenantTx,
    ambient: &Ambient,
    connection: ConnectionId,
    subject: &str,
    account: AccountId,
) -> Result<bool, DbError> {
    // The account first, as everybody locks them who removes somebody with their identities.
    let noted = sqlx::query!(
        "WITH person AS (
             SELECT id FROM account WHERE tenant_id = $1 AND id = $4 AND state = 'active' FOR KEY SHARE
         )
         UPDATE sso_identity i SET last_sign_in_at = $5
         FROM person p
         WHERE i.tenant_id = $1 AND i.connection_id = $2 AND i.subject = $3 AND i.account_id = p.id",
        tx.tenant_id(),
        connection.0,
        subject,
        account.0,
        ambient.now()
    )
    .execute(tx)
    .await?;
    Ok(noted.rows_affected() == 1)
}

/// Whether a connection may let an owner in: an owner vouches for it, or this one did, as it is set up now.
pub(super) fn may_let_in(connection: &Connection, person: &Person) -> bool {
    connection.vouched_by_owner || person.connected_at.is_some_and(|at| at >= connection.protocol_changed_at)
}

/// Finds out whose account it is, and whether they may come in. `linked` is whoever is connected with the subject.
pub(super) async fn judge(
    tx: &mut TenantTx,
    connection: &Connection,
    identity: &Identity,
    linked: Option<Person>,
    report: &mut Report,
) -> Result<Result<Found, Refused>, DbError> {
    if let Some(person) = linked {
        report.passed("Account", format!("It is connected with the account of {}.", person.label()));
        return Ok(may_come(connection, &person, report).map(|()| Found::Linked(person)));
    }
    let domains = connection::domains(tx, connection.id).await?;
    let address = match check_address(identity, &domains, report) {
        Ok(address) => address,
        Err(refused) => return Ok(Err(refused)),
    };
    let Some(person) = of_address(tx, connection.id, &address).await? else {
        return Ok(Ok(Found::Nobody(address)));
    };
    report.passed("Account", format!("The account of {} has the address.", person.label()));
    if let Err(refused) = may_come(connection, &person, report) {
        return Ok(Err(refused));
    }
    if let Some(other) = &person.subject {
        let words = format!(
            "The account of {} is connected with “{}” at this provider, and not with “{}”. If that is the same person \
             whom the provider has given another identifier, disconnect the account on the page of the \
             connection’s people; the next sign-in connects it again.",
            person.label(),
            shown(other),
            shown(&identity.subject)
        );
        return Ok(Err(report.refuse("Other identity", Reason::OtherIdentity, words)));
    }
    Ok(Ok(Found::OfAddress(person)))
}

/// Whether the address is one by which the connection may say who somebody is.
pub(super) fn check_address(
    identity: &Identity,
    domains: &[String],
    report: &mut Report,
) -> Result<EmailAddress, Refused> {
    let subject = shown(&identity.subject);
    let Some(text) = identity.email.as_deref().map(str::trim).filter(|text| !text.is_empty()) else {
        let words = format!(
            "The provider sent no email address, and “{subject}” is not connected with an account yet. Have the provider \
             send the address, and name the attribute that holds it in the set-up."
        );
        return Err(report.refuse("Email address", Reason::NoEmail, words));
    };
    let address = match EmailAddress::parse(text) {
        Ok(address) => address,
        Err(error) => {
            let words = format!(
                "What the provider sent as the email address, “{}”, is none: {error} Name the attribute that holds the \
                 address in the set-up.",
                shown(&text.replace('\0', "\u{fffd}"))
            );
            return Err(report.refuse("Email address", Reason::NoEmail, words));
        }
    };
    report.check(
        "Email address",
        identity.email_verified,
        format!("The provider vouches for {address}."),
        Reason::EmailUnverified,
        format!(
            "The provider does not say that {address} is verified, so it might be anybody’s. Have the address verified \
             there, or say in the set-up that addresses from this provider count as verified."
        ),
    )?;
    let domain = address.domain();
    let wrong = if domains.is_empty() {
        format!(
            "{address} is of {domain}, and the connection has no proven email domain. An admin of the workspace proves \
             {domain} under Single sign-on, Email domains, and ticks it on the connection’s page People."
        )
    } else {
        format!(
            "{address} is of {domain}, and the connection vouches for {} only. An admin of the workspace proves {domain} \
             under Single sign-on, Email domains, and ticks it on the connection’s page People, or the person signs in \
             with an address of these.",
            domains.join(", ")
        )
    };
    let is_own = domains.iter().any(|own| own == domain);
    let right = format!("{domain} is a domain of the connection.");
    report.check("Email domain", is_own, right, Reason::ForeignDomain, wrong)?;
    Ok(address)
}

/// Whether somebody with an account may come in by the connection.
fn may_come(connection: &Connection, person: &Person, report: &mut Report) -> Result<(), Refused> {
    let wrong = format!(
        "The account of {} is deactivated. Reactivate it on their page under Members, or take the person out of the \
         application at the provider.",
        person.label()
    );
    report.check("Active", person.state == State::Active, "The account is active.", Reason::Deactivated, wrong)?;
    if person.is_owner() {
        let wrong = format!(
            "{} is an owner, and no owner has switched the connection on as it is set up now. An owner has to switch it \
             off and on again, or {} connects the account themselves under Account, Security.",
            person.label(),
            person.name
        );
        let right = "It is an owner, and an owner vouches for the connection.";
        report.check("Owner", may_let_in(connection, person), right, Reason::OwnerNotVouched, wrong)?;
    }
    Ok(())
}

#[cfg(test)]
pub(super) mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::{
        access::Role,
        sso::{
            AttributeMap, ClientAuthentication, ConnectionState, LogoutHandle, OidcSettings, Protocol, Provider,
            connection::Admitting,
        },
    };

    /// Somebody at a provider.
    pub(in crate::sso::people) fn identity(subject: &str) -> Identity {
        Identity {
            subject: subject.to_owned(),
            email: Some("ann@acme.test".to_owned()),
            email_verified: true,
            name: None,
            groups: Vec::new(),
            attributes: BTreeMap::new(),
            authenticated_at: None,
            logout: LogoutHandle::default(),
            id_token: None,
        }
    }

    /// A connection that is on, for which nobody vouches.
    pub(in crate::sso::people) fn connection() -> Connection {
        let settings = OidcSettings {
            issuer: "https://idp.test".to_owned(),
            client_id: "rowhouse".to_owned(),
            client_authentication: ClientAuthentication::Basic,
            scopes: Vec::new(),
            trusts_addresses: false,
            asks_userinfo: true,
            attributes: AttributeMap::default(),
        };
        Connection {
            id: ConnectionId(Uuid::from_u128(7)),
            provider: Provider::Generic,
            name: "Company".to_owned(),
            hint: "company".to_owned(),
            state: ConnectionState::On,
            protocol: Protocol::Oidc(settings),
            has_client_secret: true,
            base_url: "https://acme.app.test".to_owned(),
            certificate: Vec::new(),
            admitting: Admitting::default(),
            vouched_by_owner: false,
            tested_at: None,
            protocol_changed_at: OffsetDateTime::UNIX_EPOCH,
            refreshed_at: None,
            refresh_error: None,
            created_at: OffsetDateTime::UNIX_EPOCH,
        }
    }

    fn check(identity: &Identity, domains: &[&str]) -> Result<String, Reason> {
        let domains: Vec<String> = domains.iter().map(|domain| (*domain).to_owned()).collect();
        let checked = check_address(identity, &domains, &mut Report::default());
        checked.map(|address| address.key().to_owned()).map_err(|refused| refused.reason)
    }

    #[test]
    fn an_address_counts_if_it_is_vouched_for_and_of_an_own_domain() {
        let with = |email: &str| Identity { email: Some(email.to_owned()), ..identity("1") };
        assert_eq!(check(&with("Ann@ACME.test"), &["acme.test"]), Ok("ann@acme.test".to_owned()));
        let none = Identity { email: None, ..identity("1") };
        assert_eq!(check(&none, &["acme.test"]), Err(Reason::NoEmail));
        for bad in ["", " ", "ann", "ann@acme.test, eve@evil.test", "ann@acme.test\0", "a\0@acme.test"] {
            assert_eq!(check(&with(bad), &["acme.test"]), Err(Reason::NoEmail), "{bad:?}");
        }
        let unverified = Identity { email_verified: false, ..identity("1") };
        assert_eq!(check(&unverified, &["acme.test"]), Err(Reason::EmailUnverified));
        for foreign in ["ann@evil.test", "ann@sub.acme.test", "ann@acme.test.evil.test", "ann@notacme.test"] {
            assert_eq!(check(&with(foreign), &["acme.test"]), Err(Reason::ForeignDomain), "{foreign}");
        }
        assert_eq!(check(&identity("1"), &[]), Err(Reason::ForeignDomain));
    }

    #[test]
    fn an_owner_needs_an_owners_word() {
        let changed = OffsetDateTime::UNIX_EPOCH + time::Duration::hours(1);
        let person = |connected_at| Person {
            account: AccountId(Uuid::from_u128(1)),
            name: "Olga".to_owned(),
            email: "olga@acme.test".to_owned(),
            role: AssignedRole::BuiltIn(Role::Owner),
            state: State::Active,
            subject: None,
            connected_at,
        };
        let bare = Connection { protocol_changed_at: changed, ..connection() };
        assert!(!may_let_in(&bare, &person(None)));
        assert!(!may_let_in(&bare, &person(Some(OffsetDateTime::UNIX_EPOCH))), "it was another provider then");
        assert!(may_let_in(&bare, &person(Some(changed))));
        assert!(may_let_in(&Connection { vouched_by_owner: true, ..bare }, &person(None)));
    }
}
