//! Somebody whom nobody knows yet: an account is made, if the connection makes any.

use serde_json::json;

use super::{
    super::{Connection, Identity, Reason, Refused, Report},
    connect, roles,
};
use crate::{
    access::{Role, turn},
    audit::{self, Act, Action, Scribe},
    db::{DbError, TenantTx},
    id::AccountId,
    identity::{
        EmailAddress,
        account::{self, NewAccount},
    },
    members::{self, NAME_LENGTH, RoleChoice},
    plan,
};

/// Makes the account. `None`: somebody else took the address in this moment.
pub(super) async fn make(
    tx: &mut TenantTx,
    scribe: &Scribe,
    connection: &Connection,
    identity: &Identity,
    address: &EmailAddress,
    report: &mut Report,
) -> Result<Result<Option<AccountId>, Refused>, DbError> {
    let ambient = scribe.ambient();
    turn::to_give(tx).await?;
    let Start { role, why, inviter } = match start(tx, scribe, connection, identity, address, report).await? {
        Ok(start) => start,
        Err(refused) => return Ok(Err(refused)),
    };
    let name = name_of(identity, address);
    let new = NewAccount {
        name: name.clone(),
        email: address.clone(),
        role: role.role,
        email_verified: true,
        password_hash: None,
    };
    if let Err(full) = plan::count::room_for_one(tx, ambient).await? {
        return Ok(Err(report.refuse("Seat", Reason::SeatLimit, full.to_string())));
    }
    let Some(account) = account::insert_unless_taken(tx, ambient, new).await? else { return Ok(Ok(None)) };
    connect::keep(tx, ambient, connection.id, &identity.subject, account, connect::By::Making).await?;
    // An invitation to the address is used up by whoever has it now, whatever role they got.
    members::settle_for(tx, ambient, address).await?;
    let act = Act::by_account(account, &name, address.as_str(), Action::MemberJoined)
        .on("sso_connection", connection.id.to_string(), &connection.name)
        .change((), json!({ "email": address.as_str(), "role": role.label, "invited_by": inviter }))
        .because(format!("By their first sign-in at “{}”.", connection.name));
    audit::record(tx, scribe, act).await?;
    report.passed("New account", format!("An account was made for {name} ({address})."));
    report.passed("Role", format!("{}: {why}", role.label));
    Ok(Ok(Some(account)))
}

/// Says what [`make`] would come to.
pub(super) async fn foresee(
    tx: &mut TenantTx,
    scribe: &Scribe,
    connection: &Connection,
    identity: &Identity,
    address: &EmailAddress,
    report: &mut Report,
) -> Result<Result<(), Refused>, DbError> {
    let Start { role, why, .. } = match start(tx, scribe, connection, identity, address, report).await? {
        Ok(start) => start,
        Err(refused) => return Ok(Err(refused)),
    };
    let name = name_of(identity, address);
    report.passed("New account", format!("The first sign-in makes an account for {name} ({address})."));
    report.passed("Role", format!("{}: {why}", role.label));
    Ok(Ok(()))
}

/// What a new account begins with.
struct Start {
    role: RoleChoice,
    why: String,
    /// Who invited its person, if anybody did.
    inviter: Option<String>,
}

/// Whether an account is made, and with which role: that of the rules, of an invitation that waits, or the default.
async fn start(
    tx: &mut TenantTx,
    scribe: &Scribe,
    connection: &Connection,
    identity: &Identity,
    address: &EmailAddress,
    report: &mut Report,
) -> Result<Result<Start, Refused>, DbError> {
    let waiting = members::waiting_for(tx, scribe.ambient(), address).await?;
    if let Err(refused) = makes_accounts(connection, address, waiting.is_some(), report) {
        return Ok(Err(refused));
    }
    let by_rules = roles::of_rules(tx, connection, identity).await?;
    let (role, why) = match (by_rules.role.filter(|_| by_rules.matched), &waiting) {
        (Some(role), _) => (role, by_rules.words),
        (None, Some(waiting)) => (waiting.role, format!("The invitation by {} says so.", waiting.inviter)),
        (None, None) => (connection.admitting.default_role, by_rules.words),
    };
    if role.is(Role::Owner) && !connection.vouched_by_owner {
        // Rules make no owners then; so it is an invitation, and the mail of it proves more.
        let words = format!(
            "{address} is invited as an owner, and no owner has switched the connection on as it is set up now. The \
             person accepts the invitation by the link in its mail, or an owner switches the connection off and on again."
        );
        return Ok(Err(report.refuse("Owner", Reason::OwnerNotVouched, words)));
    }
    let Some(role) = members::role_to_give(tx, role, connection.admitting.default_role).await? else {
        let words = "The role for new people does not exist any more. Choose another one for the connection.";
        return Ok(Err(report.refuse("Role", Reason::Settings, words)));
    };
    Ok(Ok(Start { role, why, inviter: waiting.map(|waiting| waiting.inviter) }))
}

fn makes_accounts(
    connection: &Connection,
    address: &EmailAddress,
    is_invited: bool,
    report: &mut Report,
) -> Result<(), Refused> {
    let wrong = if is_invited {
        format!(
            "Nobody has the address {address}, and the connection makes no accounts. An invitation waits for it: the \
             person accepts it by the link in its mail first."
        )
    } else {
        format!(
            "Nobody has the address {address}, and the connection makes no accounts. Invite the person under Members, \
             or say in the set-up that people without an account get one."
        )
    };
    let right = "The connection makes accounts for people who have none.";
    report.check("New people", connection.admitting.creates_accounts, right, Reason::NoAccount, wrong)
}

/// What the person is called: as the provider says, or else the part before the `@`.
fn name_of(identity: &Identity, address: &EmailAddress) -> String {
    let given = identity.name.as_deref().unwrap_or_default();
    let spaced: String = given.chars().map(|sign| if sign.is_control() { ' ' } else { sign }).collect();
    let name = spaced.split_whitespace().collect::<Vec<_>>().join(" ");
    let name = if name.is_empty() {
        address.as_str().rsplit_once('@').map_or("", |(local, _)| local).to_owned()
    } else {
        name
    };
    name.chars().take(NAME_LENGTH).collect::<String>().trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_called_as_the_provider_says() {
        let address = EmailAddress::parse("ann.lee@acme.test").unwrap();
        let name = |given: Option<&str>| {
            let identity = Identity { name: given.map(str::to_owned), ..super::super::find::tests::identity("1") };
            name_of(&identity, &address)
        };
        assert_eq!(name(Some("  Ann \u{0}\n Lee ")), "Ann Lee");
        assert_eq!(name(Some("\u{7}")), "ann.lee");
        assert_eq!(name(None), "ann.lee");
        assert_eq!(name(Some(&"ü".repeat(500))).chars().count(), NAME_LENGTH);
    }
}
