//! What a connection is called: its name, and the short name that addresses know it by.

use leptos::prelude::*;
use rowhouse_platform::{
    db::{DbError, TenantTx},
    sso::{
        ConnectionId,
        connection::{self, ConnectionError, NAME_LENGTH},
    },
};
use serde::Deserialize;

use crate::ui::{FieldErrors, form::TextField};

/// The most characters of a short name.
const HINT_LENGTH: usize = 40;

/// What was typed.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Naming {
    #[serde(default)]
    pub(super) name: String,
    /// Empty: it is made of the name.
    #[serde(default)]
    pub(super) hint: String,
}

impl Naming {
    /// The name and the short name, which no other connection than `own` may have.
    pub(super) async fn check(
        &self,
        tx: &mut TenantTx,
        own: Option<ConnectionId>,
        errors: &mut FieldErrors,
    ) -> Result<(String, String), DbError> {
        let name = errors.required_line("name", "The name", &self.name, NAME_LENGTH);
        let typed = self.hint.trim().to_lowercase();
        let hint = if typed.is_empty() { suggestion(&name) } else { typed.clone() };
        if !is_hint(&hint) {
            errors.add(
                "hint",
                format!("A short name has up to {HINT_LENGTH} letters a to z, digits and hyphens, and begins with no hyphen."),
            );
            return Ok((name, hint));
        }
        if !taken(tx, own, &hint).await? {
            return Ok((name, hint));
        }
        if !typed.is_empty() {
            errors.add("hint", ConnectionError::HintTaken);
            return Ok((name, hint));
        }
        let start = hint.get(..HINT_LENGTH - 3).unwrap_or(&hint);
        for number in 2..=connection::MOST + 1 {
            let numbered = format!("{start}-{number}");
            if !taken(tx, own, &numbered).await? {
                return Ok((name, numbered));
            }
        }
        Ok((name, hint))
    }
}

async fn taken(tx: &mut TenantTx, own: Option<ConnectionId>, hint: &str) -> Result<bool, DbError> {
    Ok(connection::of_hint(tx, hint).await?.is_some_and(|other| Some(other.id) != own))
}

fn is_hint(text: &str) -> bool {
    let is_sign = |sign: char| sign.is_ascii_lowercase() || sign.is_ascii_digit() || sign == '-';
    (1..=HINT_LENGTH).contains(&text.len()) && text.chars().all(is_sign) && !text.starts_with('-')
}

/// A short name made of a name: “Okta (Europe)” is “okta-europe”.
fn suggestion(name: &str) -> String {
    let mut hint = String::new();
    for sign in name.chars().flat_map(char::to_lowercase) {
        if sign.is_ascii_alphanumeric() {
            hint.push(sign);
        } else if !hint.is_empty() && !hint.ends_with('-') {
            hint.push('-');
        }
    }
    hint.truncate(HINT_LENGTH);
    let hint = hint.trim_end_matches('-');
    if hint.is_empty() { "sso".to_owned() } else { hint.to_owned() }
}

/// The two fields.
pub(super) fn fields(typed: &Naming, errors: &FieldErrors) -> AnyView {
    view! {
        <TextField
            id="name"
            label="Name"
            value=&typed.name
            errors=errors
            maxlength=NAME_LENGTH
            help="What people read on the button of the sign-in page, such as “Okta” or the name of your company."
        />
        <TextField
            id="hint"
            label="Short name"
            value=&typed.hint
            errors=errors
            maxlength=HINT_LENGTH
            help="For links that lead straight to this connection. Letters a to z, digits and hyphens. Left empty, it is made of the name."
            optional=true
        />
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_names_are_made_of_names() {
        for (name, hint) in [
            ("Okta (Europe)", "okta-europe"),
            ("  Büro 7 ", "b-ro-7"),
            ("東京", "sso"),
            ("-", "sso"),
            ("An identity provider with a name that is far too long", "an-identity-provider-with-a-name-that-is"),
        ] {
            assert_eq!(suggestion(name), hint);
            assert!(is_hint(&suggestion(name)));
        }
        assert!(!is_hint("-okta") && !is_hint("Okta") && !is_hint("") && !is_hint("a b"));
    }
}
