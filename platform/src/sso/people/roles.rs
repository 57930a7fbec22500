//! What the provider's groups mean here: the role of whoever comes.

use super::{
    super::{
        Connection, Identity, Report,
        report::listed,
        rules::{self, Rule},
    },
    find::Person,
    shown,
};
use crate::{
    access::{AssignedRole, Role},
    audit::Scribe,
    db::{DbError, TenantTx},
    members::{self, Assigned},
};

/// What a connection's rules say.
#[derive(Debug)]
pub(super) struct ByRules {
    /// The role; none: they leave it as it is.
    pub(super) role: Option<AssignedRole>,
    /// Whether one of them said so, and not what holds where none does.
    pub(super) matched: bool,
    /// Whether any of them makes owners.
    makes_owners: bool,
    /// Why, in words.
    pub(super) words: String,
}

impl ByRules {
    /// Of somebody with an account: an owner stays one, unless one of the rules makes owners and an owner vouches for them.
    /// Admins write rules too, and take nothing from an owner by them.
    fn about(self, person: &Person, connection: &Connection) -> Self {
        if !person.is_owner() || (self.makes_owners && connection.vouched_by_owner) {
            return self;
        }
        let words = if self.makes_owners {
            "This is an owner, and no owner has switched the connection on as it is set up now."
        } else {
            "This is an owner, and no rule makes owners."
        };
        Self { role: None, words: words.to_owned(), ..self }
    }
}

/// What the rules say of somebody: the first whose value is among their groups, compared exactly.
pub(super) async fn of_rules(
    tx: &mut TenantTx,
    connection: &Connection,
    identity: &Identity,
) -> Result<ByRules, DbError> {
    let rules = rules::of(tx, connection.id).await?;
    Ok(decide(&rules, connection, &identity.groups))
}

fn decide(rules: &[Rule], connection: &Connection, groups: &[String]) -> ByRules {
    let makes_owners = rules.iter().any(|rule| rule.role.is(Role::Owner));
    if rules.is_empty() {
        return ByRules {
            role: None,
            matched: false,
            makes_owners,
            words: "The connection has no rules for roles.".to_owned(),
        };
    }
    let Some(rule) = rules.iter().find(|rule| groups.contains(&rule.value)) else {
        let words = if groups.is_empty() {
            "The provider sent no groups, so no rule holds.".to_owned()
        } else {
            format!("No rule holds for {}.", listed(groups, shown))
        };
        return ByRules { role: Some(connection.admitting.default_role), matched: false, makes_owners, words };
    };
    let value = shown(&rule.value);
    if rule.role.is(Role::Owner) && !connection.vouched_by_owner {
        let words = format!(
            "The rule for “{value}” makes owners, and no owner has switched the connection on as it is set up now: it is \
             not applied."
        );
        return ByRules { role: None, matched: false, makes_owners, words };
    }
    ByRules { role: Some(rule.role), matched: true, makes_owners, words: format!("The rule for “{value}” holds.") }
}

/// Gives somebody with an account the role that the rules say, if they are applied at each sign-in.
pub(super) async fn follow(
    tx: &mut TenantTx,
    scribe: &Scribe,
    connection: &Connection,
    identity: &Identity,
    person: &Person,
    report: &mut Report,
) -> Result<(), DbError> {
    if !connection.admitting.applies_roles {
        return Ok(());
    }
    let by_rules = of_rules(tx, connection, identity).await?.about(person, connection);
    let why = by_rules.words;
    let Some(role) = by_rules.role else {
        report.passed("Role", format!("Kept as it is. {why}"));
        return Ok(());
    };
    if role == person.role {
        report.passed("Role", format!("It is the right one already. {why}"));
        return Ok(());
    }
    let reason = format!("By the rules of the connection “{}”. {why}", connection.name);
    let words = match members::assign_by_rules(tx, scribe, person.account, role, &reason).await? {
        Assigned::Changed { before, after } => format!("{before} became {after}. {why}"),
        Assigned::Same => format!("It is the right one already. {why}"),
        Assigned::LastOwner => format!("Kept, because this is the last owner. {why}"),
        Assigned::BreakGlass => {
            format!("Kept, because this is the owner who can come in without single sign-on. {why}")
        }
        Assigned::NoSuchRole => format!("Kept, because the role that it says does not exist any more. {why}"),
        Assigned::Gone => "Nothing was changed: the person is not here any more.".to_owned(),
    };
    report.passed("Role", words);
    Ok(())
}

/// Says what [`follow`] would come to.
pub(super) async fn foresee(
    tx: &mut TenantTx,
    connection: &Connection,
    identity: &Identity,
    person: &Person,
    report: &mut Report,
) -> Result<(), DbError> {
    let by_rules = of_rules(tx, connection, identity).await?.about(person, connection);
    let why = by_rules.words;
    let words = match by_rules.role.filter(|_| connection.admitting.applies_roles) {
        Some(role) if role != person.role => {
            let after = members::role_to_give(tx, role, person.role).await?.map(|role| role.label).unwrap_or_default();
            format!("A sign-in would make it {after}. {why}")
        }
        Some(_) => format!("It is the right one already. {why}"),
        None => format!("A sign-in keeps it as it is. {why}"),
    };
    report.passed("Role", words);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sso::people::find::tests::connection;

    fn rule(value: &str, role: Role) -> Rule {
        Rule { position: 1, value: value.to_owned(), role: AssignedRole::BuiltIn(role) }
    }

    #[test]
    fn the_first_rule_that_holds_says_the_role() {
        let rules = [rule("staff", Role::Viewer), rule("it", Role::Admin), rule("boss", Role::Owner)];
        let say = |groups: &[&str], vouched| {
            let groups: Vec<String> = groups.iter().map(|group| (*group).to_owned()).collect();
            let connection = crate::sso::Connection { vouched_by_owner: vouched, ..connection() };
            let said = decide(&rules, &connection, &groups);
            (said.role, said.matched)
        };
        let built_in = |role| Some(AssignedRole::BuiltIn(role));
        assert_eq!(say(&["it", "staff"], false), (built_in(Role::Viewer), true), "in the order of the rules");
        assert_eq!(say(&["it"], false), (built_in(Role::Admin), true));
        for other in ["IT", "it ", " it", "i", "it\u{0}"] {
            assert_eq!(say(&[other], false), (built_in(Role::Agent), false), "{other:?}");
        }
        assert_eq!(say(&[], false), (built_in(Role::Agent), false));
        assert_eq!(say(&["boss"], true), (built_in(Role::Owner), true));
        assert_eq!(say(&["boss"], false), (None, false), "nobody vouches for it");
        let owner = Person {
            account: crate::id::AccountId(uuid::Uuid::nil()),
            name: "Olga".to_owned(),
            email: "o@acme.test".to_owned(),
            role: AssignedRole::BuiltIn(Role::Owner),
            state: crate::members::State::Active,
            subject: None,
            connected_at: None,
        };
        for (rules, vouched, kept) in [(&rules[..], true, false), (&rules[..], false, true), (&rules[..2], true, true)]
        {
            let connection = crate::sso::Connection { vouched_by_owner: vouched, ..connection() };
            let said = decide(rules, &connection, &["it".to_owned()]).about(&owner, &connection);
            assert_eq!(said.role.is_none(), kept, "{vouched} {}", rules.len());
        }
        assert_eq!(decide(&[], &connection(), &["it".to_owned()]).role, None);
    }
}
