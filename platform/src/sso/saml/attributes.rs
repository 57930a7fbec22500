//! From `NameID` and attributes to an [`Identity`].

use std::collections::BTreeMap;

use roxmltree::Node;

use super::{
    assertion::Authentication,
    envelope::noted,
    names::{ASSERTION, XSI},
    node::{children, elements, is, text},
    strict::cut,
};
use crate::sso::{
    Identity, LogoutHandle, NameId, NameIdFormat, SamlSettings,
    report::{Reason, Refused, Report},
};

/// Longest name of a person that is kept.
const MAX_SUBJECT: usize = 1024;

// The usual names, in the order in which they are looked for: plain ones, those of Entra ID and AD FS, and the object
// identifiers of the X.500 attribute profile, under which Keycloak and Shibboleth send them.
const EMAIL: [&str; 8] = [
    "email",
    "mail",
    "emailAddress",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
    "urn:oid:0.9.2342.19200300.100.1.3",
    "urn:oid:1.2.840.113549.1.9.1",
    "user.email",
    "e-mail",
];
const NAME: [&str; 7] = [
    "displayName",
    "http://schemas.microsoft.com/identity/claims/displayname",
    "urn:oid:2.16.840.1.113730.3.1.241",
    "name",
    "cn",
    "urn:oid:2.5.4.3",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name",
];
const GIVEN_NAME: [&str; 5] = [
    "givenName",
    "firstName",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname",
    "urn:oid:2.5.4.42",
    "first_name",
];
const FAMILY_NAME: [&str; 6] = [
    "sn",
    "surname",
    "lastName",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/surname",
    "urn:oid:2.5.4.4",
    "last_name",
];
const GROUPS: [&str; 7] = [
    "groups",
    "group",
    "memberOf",
    "http://schemas.microsoft.com/ws/2008/06/identity/claims/groups",
    "http://schemas.xmlsoap.org/claims/Group",
    "urn:oid:1.3.6.1.4.1.5923.1.5.1.1",
    "isMemberOf",
];
/// What Entra ID sends in place of more groups than fit.
const GROUPS_LEFT_OUT: &str = "http://schemas.microsoft.com/claims/groups.link";

struct Attribute {
    name: String,
    friendly_name: Option<String>,
    values: Vec<String>,
}

/// The identity that a verified assertion states.
pub(super) fn identity(
    assertion: Node<'_, '_>,
    name_id: Option<NameId>,
    authentication: Authentication,
    settings: &SamlSettings,
    report: &mut Report,
) -> Result<Identity, Refused> {
    let attributes = noted(report, "Attributes", read(assertion))?;
    let map = &settings.attributes;
    let subject = subject(&attributes, &map.subject, name_id.as_ref(), report)?;
    let email = email(&attributes, &map.email, name_id.as_ref());
    match &email {
        Some(email) => report.passed("Email address", format!("it is {}", cut(email))),
        None => report.passed("Email address", format!("none was found. {}", received(&attributes))),
    }
    let name =
        first(&attributes, &map.name, &NAME, |value| !map.name.is_empty() || !value.contains('@')).or_else(|| {
            let parts = [
                first(&attributes, &map.given_name, &GIVEN_NAME, |_| true),
                first(&attributes, &map.family_name, &FAMILY_NAME, |_| true),
            ];
            let whole = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
            (!whole.is_empty()).then_some(whole)
        });
    let (found_as, groups) = groups(&attributes, &map.groups);
    if groups.is_empty() && attributes.iter().any(|each| each.name == GROUPS_LEFT_OUT) {
        report.passed(
            "Groups",
            "the provider left the groups out because the person is in too many; assign groups to the application there",
        );
    } else if groups.is_empty() {
        report.passed("Groups", format!("none were found. {}", received(&attributes)));
    } else {
        report.groups(found_as, &groups, cut);
    }
    let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for attribute in attributes {
        all.entry(attribute.name).or_default().extend(attribute.values);
    }
    Ok(Identity {
        subject,
        email,
        // The provider vouches by its signature; whether it may for this domain is checked where accounts are linked.
        email_verified: true,
        name,
        groups,
        attributes: all,
        authenticated_at: Some(authentication.authenticated_at),
        logout: LogoutHandle { name_id, provider_session: authentication.session_index },
        id_token: None,
    })
}

fn read(assertion: Node<'_, '_>) -> Result<Vec<Attribute>, Refused> {
    let mut attributes = Vec::new();
    for statement in children(assertion, ASSERTION, "AttributeStatement") {
        for node in children(statement, ASSERTION, "Attribute") {
            let mut values = Vec::new();
            for value in children(node, ASSERTION, "AttributeValue") {
                values.extend(value_of(value)?);
            }
            attributes.push(Attribute {
                name: node.attribute("Name").unwrap_or_default().to_owned(),
                friendly_name: node.attribute("FriendlyName").map(str::to_owned),
                values,
            });
        }
    }
    Ok(attributes)
}

/// The text of a value. One that is a `NameID` (`eduPersonTargetedID`) is its text; other structures are left out.
fn value_of(node: Node<'_, '_>) -> Result<Option<String>, Refused> {
    if matches!(node.attribute((XSI, "nil")), Some("true" | "1")) {
        return Ok(None);
    }
    let inner: Vec<Node<'_, '_>> = elements(node).collect();
    match inner.as_slice() {
        [] => text(node).map(|value| Some(value.trim().to_owned()).filter(|value| !value.is_empty())),
        [name_id] if is(*name_id, ASSERTION, "NameID") => {
            text(*name_id).map(|value| Some(value.trim().to_owned()).filter(|value| !value.is_empty()))
        }
        _ => Ok(None),
    }
}

/// The values of the attribute `name`; its friendly name counts where no attribute has that name.
fn values<'a>(attributes: &'a [Attribute], name: &str) -> Vec<&'a str> {
    let of = |matches: &dyn Fn(&Attribute) -> bool| -> Vec<&'a str> {
        attributes.iter().filter(|each| matches(each)).flat_map(|each| each.values.iter().map(String::as_str)).collect()
    };
    let by_name = of(&|each| each.name.eq_ignore_ascii_case(name));
    if by_name.is_empty() {
        of(&|each| each.friendly_name.as_deref().is_some_and(|friendly| friendly.eq_ignore_ascii_case(name)))
    } else {
        by_name
    }
}

/// The first value of the attribute that the connection says, or of the usual ones.
fn first(attributes: &[Attribute], mapped: &str, usual: &[&str], fits: impl Fn(&str) -> bool) -> Option<String> {
    let named = [mapped];
    let names = if mapped.is_empty() { usual } else { &named };
    names.iter().find_map(|name| values(attributes, name).into_iter().find(|value| fits(value)).map(str::to_owned))
}

/// The groups, and the name of what holds them.
fn groups<'a>(attributes: &[Attribute], mapped: &'a str) -> (&'a str, Vec<String>) {
    let named = [mapped];
    let names: &[&'a str] = if mapped.is_empty() { &GROUPS } else { &named };
    names
        .iter()
        .map(|name| (*name, values(attributes, name).into_iter().map(str::to_owned).collect::<Vec<_>>()))
        .find(|(_, values)| !values.is_empty())
        .unwrap_or_default()
}

fn subject(
    attributes: &[Attribute],
    mapped: &str,
    name_id: Option<&NameId>,
    report: &mut Report,
) -> Result<String, Refused> {
    let subject = if mapped.is_empty() {
        let Some(name_id) = name_id else {
            return Err(report.refuse(
                "Subject",
                Reason::Subject,
                "the Subject holds no NameID, and the connection names no attribute that says who the person is",
            ));
        };
        if name_id.format.as_deref() == Some(NameIdFormat::Transient.urn()) {
            return Err(report.refuse(
                "Subject",
                Reason::Subject,
                "the NameID is transient, another one at each sign-in: let the provider send a persistent one, or say \
                 on the connection which attribute tells who the person is",
            ));
        }
        name_id.value.clone()
    } else {
        let mut found = values(attributes, mapped);
        found.dedup();
        match found.as_slice() {
            [one] => (*one).to_owned(),
            [] => {
                let words =
                    format!("the attribute “{mapped}”, which says who it is, is not there. {}", received(attributes));
                return Err(report.refuse("Subject", Reason::Subject, words));
            }
            _ => {
                let words = format!("the attribute “{mapped}”, which says who it is, has several values");
                return Err(report.refuse("Subject", Reason::Subject, words));
            }
        }
    };
    report.check(
        "Subject",
        subject.chars().count() <= MAX_SUBJECT,
        format!("it is “{}”", cut(&subject)),
        Reason::Subject,
        format!("what says who it is has more than {MAX_SUBJECT} characters"),
    )?;
    Ok(subject)
}

/// The address: of the attribute, or of the `NameID` where that is one. A mapped attribute is the only place.
fn email(attributes: &[Attribute], mapped: &str, name_id: Option<&NameId>) -> Option<String> {
    first(attributes, mapped, &EMAIL, is_address).or_else(|| {
        let name_id = name_id.filter(|_| mapped.is_empty())?;
        let format = name_id.format.as_deref();
        let may_be = format.is_none_or(|format| {
            format == NameIdFormat::EmailAddress.urn() || format == NameIdFormat::Unspecified.urn()
        });
        (may_be && is_address(name_id.value.trim())).then(|| name_id.value.trim().to_owned())
    })
}

/// Whether it looks like an address; whether it is a good one is checked where accounts are made.
fn is_address(value: &str) -> bool {
    value.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty()
            && domain.contains('.')
            && !domain.contains('@')
            && value.len() <= 254
            && !value.contains(|each: char| each.is_whitespace() || each.is_control())
    })
}

fn received(attributes: &[Attribute]) -> String {
    if attributes.is_empty() {
        return "No attributes were received".to_owned();
    }
    let names = attributes.iter().take(30).map(|each| cut(&each.name)).collect::<Vec<_>>().join(", ");
    format!("Attributes received: {names}")
}
