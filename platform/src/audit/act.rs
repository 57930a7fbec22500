//! What is told of an act before it becomes a record.

use serde::Serialize;

use super::Action;
use crate::{access::Principal, id::AccountId};

/// Most bytes of a value before or after, as JSON; the table's own limit.
const VALUE_BYTES: usize = 32_768;

/// Where an act came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The address of the browser or program.
    pub address: String,
    /// What it says it is.
    pub user_agent: String,
    /// The request, as the server's log names it.
    pub request_id: String,
}

impl Origin {
    /// The server itself, or a command of the operator: no address, no device, no request.
    pub fn system() -> Self {
        Self { address: String::new(), user_agent: String::new(), request_id: String::new() }
    }
}

/// Who acted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// A person with an account in the tenant, with name and address as they were then.
    Person {
        /// The account.
        account: AccountId,
        /// What the person was called.
        name: String,
        /// Their address.
        email: String,
    },
    /// Somebody who is not signed in.
    Nobody,
    /// The server itself, or the operator on the command line.
    System,
}

/// An act to be recorded. Built where the act is done:
///
/// `Act::by(&principal, Action::MemberInvited).on("invitation", id.to_string(), email).change((), &invitation)`
///
/// Secrets, tokens, hashes of passwords and pictures never go into it: everybody who may read the log reads them.
#[derive(Debug, Clone)]
#[must_use]
pub struct Act {
    pub(super) actor: Actor,
    pub(super) action: Action,
    pub(super) target: Option<(&'static str, String, String)>,
    pub(super) before: Option<String>,
    pub(super) after: Option<String>,
    pub(super) reason: Option<String>,
    /// What the API key is called through which a person acted.
    pub(super) via: Option<String>,
}

impl Act {
    /// What a signed-in person did, or a program with a key of theirs.
    pub fn by(principal: &Principal, action: Action) -> Self {
        let act = Self::by_account(principal.account, &principal.name, &principal.email, action);
        Self { via: principal.via().map(|key| key.name.clone()), ..act }
    }

    /// What a person did who is known and not signed in (yet).
    pub fn by_account(account: AccountId, name: impl Into<String>, email: impl Into<String>, action: Action) -> Self {
        Self::new(Actor::Person { account, name: name.into(), email: email.into() }, action)
    }

    /// What somebody did of whom nothing is known.
    pub fn by_nobody(action: Action) -> Self {
        Self::new(Actor::Nobody, action)
    }

    /// What the server did by itself, or the operator on the command line.
    pub fn by_system(action: Action) -> Self {
        Self::new(Actor::System, action)
    }

    fn new(actor: Actor, action: Action) -> Self {
        Self { actor, action, target: None, before: None, after: None, reason: None, via: None }
    }

    /// What it was done to: the kind (`invitation`, `role`, `domain`, lower case), its id, and what people call it.
    pub fn on(mut self, kind: &'static str, id: impl Into<String>, label: impl Into<String>) -> Self {
        self.target = Some((kind, id.into(), label.into()));
        self
    }

    /// How it was before and how it is now, as JSON; `()` where it was not, or is no more. Best both an object, with
    /// only the fields that are of interest: the page compares them field by field.
    pub fn change(mut self, before: impl Serialize, after: impl Serialize) -> Self {
        self.before = value(&before);
        self.after = value(&after);
        self
    }

    /// Why, in words.
    pub fn because(mut self, reason: impl Into<String>) -> Self {
        self.reason = Some(reason.into());
        self
    }
}

/// The JSON text of a value, exactly as it will be kept.
fn value(of: &impl Serialize) -> Option<String> {
    let text = match serde_json::to_string(of) {
        Ok(text) => text,
        Err(error) => serde_json::json!({ "not_recorded": error.to_string() }).to_string(),
    };
    match text.as_str() {
        "null" => None,
        long if long.len() > VALUE_BYTES => {
            Some(serde_json::json!({ "not_recorded": format!("{} bytes are too many", long.len()) }).to_string())
        }
        _ => Some(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_kept_as_they_are_written() {
        #[derive(Serialize)]
        struct Look {
            name: &'static str,
            accent: Option<&'static str>,
        }
        let act = Act::by_system(Action::BrandingChanged).change((), Look { name: "Acme", accent: None });
        assert_eq!((act.before.as_deref(), act.after.as_deref()), (None, Some(r#"{"name":"Acme","accent":null}"#)));
    }

    #[test]
    fn a_value_that_is_too_large_is_said_to_be() {
        let act = Act::by_system(Action::SettingsChanged).change("a".repeat(40_000), 1);
        assert_eq!(act.before.as_deref(), Some(r#"{"not_recorded":"40002 bytes are too many"}"#));
        assert_eq!(act.after.as_deref(), Some("1"));
    }
}
