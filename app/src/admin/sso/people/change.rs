//! What the forms of the page send. Each does one thing; boxes of one name are sent once for each tick, so a form is
//! read as pairs.

use rowhouse_platform::{
    access::AssignedRole,
    id::AccountId,
    sso::{
        connection::Admitting,
        rules::{self, VALUE_LENGTH},
    },
};

use crate::{error::PageError, ui::FieldErrors};

/// What is to be done.
#[derive(Debug)]
pub(super) enum Change {
    /// The connection speaks for exactly these domains.
    Domains(Vec<String>),
    /// What happens to people is this.
    Admitting(Admitting),
    /// The list of rules is another.
    Rules(rules::Change),
    /// Somebody is not connected any more.
    Disconnect(AccountId),
}

/// What was typed and has to stay, where it was refused.
#[derive(Debug, Default)]
pub(super) struct Typed {
    /// The domains that were ticked.
    pub(super) domains: Option<Vec<String>>,
    /// The settings.
    pub(super) admitting: Option<Admitting>,
    /// The group of a new rule.
    pub(super) value: String,
    /// Its role.
    pub(super) role: String,
}

/// Reads a form. `None`: what was typed is wrong, and `errors` says what.
pub(super) fn read(
    pairs: Vec<(String, String)>,
    typed: &mut Typed,
    errors: &mut FieldErrors,
) -> Result<Option<Change>, PageError> {
    let first =
        |name: &str| pairs.iter().find(|(sent, _)| sent == name).map(|(_, value)| value.clone()).unwrap_or_default();
    let ticked = |name: &str| pairs.iter().any(|(sent, _)| sent == name);
    let change = match first("intent").as_str() {
        "domains" => {
            let domains = pairs.iter().filter(|(name, _)| name == "domain").map(|(_, value)| value.clone());
            let domains: Vec<_> = domains.collect();
            typed.domains = Some(domains.clone());
            Change::Domains(domains)
        }
        "admitting" => {
            let Ok(default_role) = first("default_role").parse::<AssignedRole>() else {
                errors.add("default_role", "Choose a role from the list.");
                return Ok(None);
            };
            let admitting = Admitting {
                show_button: ticked("show_button"),
                creates_accounts: ticked("creates_accounts"),
                default_role,
                applies_roles: ticked("applies_roles"),
                trusts_second_factor: ticked("trusts_second_factor"),
            };
            typed.admitting = Some(admitting.clone());
            Change::Admitting(admitting)
        }
        "add" => {
            (typed.value, typed.role) = (first("value"), first("role"));
            let value = errors.required_line("value", "The group", &typed.value, VALUE_LENGTH);
            let role = typed.role.parse::<AssignedRole>();
            if role.is_err() {
                errors.add("role", "Choose a role from the list.");
            }
            match role {
                Ok(role) if errors.is_empty() => Change::Rules(rules::Change::Add { value, role }),
                _ => return Ok(None),
            }
        }
        "up" => Change::Rules(rules::Change::Up(first("value"))),
        "down" => Change::Rules(rules::Change::Down(first("value"))),
        "remove" => Change::Rules(rules::Change::Remove(first("value"))),
        "disconnect" => Change::Disconnect(first("account").parse().map_err(|_| PageError::NotFound)?),
        _ => return Err(PageError::BadRequest("The form does not say what it is for.".to_owned())),
    };
    Ok(Some(change))
}

#[cfg(test)]
mod tests {
    use rowhouse_platform::access::Role;

    use super::*;

    fn sent(pairs: &[(&str, &str)]) -> (Option<Change>, FieldErrors) {
        let mut errors = FieldErrors::default();
        let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        (read(pairs, &mut Typed::default(), &mut errors).unwrap(), errors)
    }

    #[test]
    fn boxes_are_read_as_often_as_they_are_ticked() {
        let (change, _) = sent(&[("intent", "domains"), ("domain", "a.test"), ("domain", "b.test")]);
        assert!(matches!(change, Some(Change::Domains(domains)) if domains == ["a.test", "b.test"]));
        let (change, _) = sent(&[("intent", "domains")]);
        assert!(matches!(change, Some(Change::Domains(domains)) if domains.is_empty()));
        let (change, _) = sent(&[("intent", "admitting"), ("default_role", "viewer"), ("applies_roles", "on")]);
        let Some(Change::Admitting(admitting)) = change else { panic!("{change:?}") };
        assert!(admitting.applies_roles && !admitting.show_button && admitting.default_role.is(Role::Viewer));
    }

    #[test]
    fn a_rule_needs_a_group_and_a_role() {
        let (change, errors) = sent(&[("intent", "add"), ("value", " "), ("role", "god")]);
        assert!(change.is_none());
        assert_eq!(errors.of("value").unwrap(), "The group is missing.");
        assert_eq!(errors.of("role").unwrap(), "Choose a role from the list.");
    }
}
