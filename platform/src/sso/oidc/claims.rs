//! The person, read out of the claims.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{
    quote::{cleaned, quoted},
    token_claims::instant,
};
use crate::sso::{AttributeMap, Identity, LogoutHandle, OidcSettings, Reason, Refused, Report};

/// How deep claims are looked into.
const DEPTH: usize = 8;
/// Most claims, and most values of one.
const MOST: usize = 2000;
/// Most characters of a subject.
const SUBJECT: usize = 1024;
const EMAIL: usize = 254;
const NAME: usize = 200;

type Attributes = BTreeMap<String, Vec<String>>;

/// Who it is. What the ID token says comes first; userinfo adds what it does not say.
pub(super) fn identity(
    settings: &OidcSettings,
    token: &Map<String, Value>,
    more: Option<&Map<String, Value>>,
    id_token: String,
    report: &mut Report,
) -> Result<Identity, Refused> {
    let from_token = attributes(token);
    let from_userinfo = more.map(attributes).unwrap_or_default();
    let mut all = from_userinfo.clone();
    all.extend(from_token.clone());

    let map = &settings.attributes;
    let subject = subject(map, &all, report)?;
    let email = email(settings, &[&from_token, &from_userinfo]);
    let groups = groups(map, &all, report);
    let name = name(map, &all);
    match &email {
        Some(email) => report.passed("Address", format!("{}: {}.", quoted(&email.address), email.words)),
        None => report.passed("Address", format!("No address was found as {}.", quoted(email_claim(map)))),
    }
    let (email, email_verified) = email.map_or((None, false), |email| (Some(email.address), email.verified));
    Ok(Identity {
        subject,
        email,
        email_verified,
        name,
        groups,
        authenticated_at: instant(token, "auth_time"),
        logout: LogoutHandle { name_id: None, provider_session: first(&from_token, "sid") },
        attributes: all,
        id_token: Some(id_token),
    })
}

fn subject(map: &AttributeMap, all: &Attributes, report: &mut Report) -> Result<String, Refused> {
    let claim = if map.subject.is_empty() { "sub" } else { map.subject.as_str() };
    let is_name = |subject: &String| subject.chars().count() <= SUBJECT && !subject.chars().any(char::is_control);
    let found = first(all, claim).filter(is_name);
    found.ok_or_else(|| {
        let words = format!("The claim {}, by which this connection knows people, is not there.", quoted(claim));
        report.refuse("Subject", Reason::Subject, words)
    })
}

struct Email {
    address: String,
    verified: bool,
    words: &'static str,
}

fn email_claim(map: &AttributeMap) -> &str {
    if map.email.is_empty() { "email" } else { &map.email }
}

/// The address, and whether the provider vouches for it: `email_verified` speaks of the claim `email` of the same
/// source, and of nothing else.
fn email(settings: &OidcSettings, sources: &[&Attributes]) -> Option<Email> {
    let claim = email_claim(&settings.attributes);
    let address = sources.iter().find_map(|source| first(source, claim))?.trim().to_owned();
    if address.is_empty() || address.chars().count() > EMAIL {
        return None;
    }
    let says = |source: &&&Attributes| {
        let own = first(source, "email").is_some_and(|own| own.trim() == address);
        own.then(|| first(source, "email_verified")).flatten()
    };
    let (verified, words) = match sources.iter().find_map(|source| says(&source)).as_deref() {
        Some(word) if word.eq_ignore_ascii_case("true") => (true, "the provider says that it is verified"),
        Some(_) => (false, "the provider says that it is not verified"),
        None if settings.trusts_addresses => {
            (true, "the provider does not say whether it is verified, and this connection trusts its addresses")
        }
        None => (false, "the provider does not say that it is verified (email_verified)"),
    };
    Some(Email { address, verified, words })
}

fn name(map: &AttributeMap, all: &Attributes) -> Option<String> {
    let of = |mapped: &str, usual: &str| first(all, if mapped.is_empty() { usual } else { mapped });
    let whole = of(&map.name, "name");
    let parts = || {
        let parts = [of(&map.given_name, "given_name"), of(&map.family_name, "family_name")];
        let parts: Vec<_> = parts.into_iter().flatten().collect();
        (!parts.is_empty()).then(|| parts.join(" "))
    };
    let name = cleaned(&whole.or_else(parts)?);
    let name: String = name.chars().take(NAME).collect();
    (!name.is_empty()).then_some(name)
}

fn groups(map: &AttributeMap, all: &Attributes, report: &mut Report) -> Vec<String> {
    let claim = if map.groups.is_empty() { "groups" } else { map.groups.as_str() };
    let groups = all.get(claim).cloned().unwrap_or_default();
    if all.contains_key("_claim_names.groups") && groups.is_empty() {
        // Microsoft's “overage”: the person is in too many groups for the token to hold.
        let words = "The provider left the groups out because there are too many of them. Let it send only those that \
                     are assigned to the application.";
        report.passed("Groups", words);
    } else if !groups.is_empty() {
        report.groups(claim, &groups, cleaned);
    } else if !map.groups.is_empty() {
        report.passed("Groups", format!("Nothing was found as {}.", quoted(claim)));
    }
    groups
}

fn first(all: &Attributes, name: &str) -> Option<String> {
    all.get(name)?.iter().find(|value| !value.is_empty()).cloned()
}

/// Every claim by its name, and those within objects by the way to them: `realm_access.roles`. A claim whose own name has
/// dots in it, such as `https://acme.example/groups`, comes before what is within others.
fn attributes(claims: &Map<String, Value>) -> Attributes {
    let mut all = Attributes::new();
    for (name, value) in claims {
        if let Some(values) = values(value) {
            all.insert(name.clone(), values);
        }
    }
    for (name, value) in claims {
        inside(name, value, 1, &mut all);
    }
    all
}

fn inside(way: &str, value: &Value, depth: usize, all: &mut Attributes) {
    let Value::Object(object) = value else { return };
    for (name, value) in object {
        let way = format!("{way}.{name}");
        if depth < DEPTH && all.len() < MOST {
            inside(&way, value, depth + 1, all);
            if let Some(values) = values(value) {
                all.entry(way).or_insert(values);
            }
        }
    }
}

fn values(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::Null | Value::Object(_) => None,
        Value::Array(items) => Some(items.iter().take(MOST).filter_map(scalar).collect()),
        other => scalar(other).map(|text| vec![text]),
    }
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Object(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) => None,
    }
}

/// Claims for reading, without what lets somebody in somewhere.
pub(super) fn shown(claims: &Map<String, Value>) -> String {
    let mut shown = Value::Object(claims.clone());
    hide(&mut shown);
    serde_json::to_string_pretty(&shown).unwrap_or_default()
}

fn hide(value: &mut Value) {
    match value {
        Value::Object(object) => {
            for (name, value) in object.iter_mut() {
                let name = name.to_ascii_lowercase();
                if ["token", "secret", "password"].iter().any(|word| name.contains(word)) {
                    *value = Value::from("(left out)");
                } else {
                    hide(value);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(hide),
        // A token within a token.
        Value::String(text) if text.starts_with("eyJ") && text.matches('.').count() >= 2 => {
            *value = Value::from("(left out)");
        }
        _ => {}
    }
}
