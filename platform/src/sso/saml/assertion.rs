//! What an assertion has to say, one check after the other (SAML 2.0 Profiles, section 4.1.4.3).
//!
//! It is handed the XML that a verified signature covers, and nothing else.

use roxmltree::Node;
use time::OffsetDateTime;

use super::{
    Asserted, Expected, attributes,
    envelope::{MAX_AGE, SKEW, at, in_response_to, issued_in_time, issuer, noted, span},
    names::{ASSERTION, BEARER},
    node::{child, children, elements, instant, is, text},
    shape,
    strict::{cut, malformed},
};
use crate::sso::{
    NameId, SamlSettings,
    report::{Reason, Refused, Report},
};

/// Most confirmations that are looked at.
const MAX_CONFIRMATIONS: usize = 8;

/// Checks a verified assertion and answers who it is.
pub(super) fn check(
    assertion: Node<'_, '_>,
    settings: &SamlSettings,
    expected: &Expected<'_>,
    report: &mut Report,
) -> Result<Asserted, Refused> {
    let assertion_id = noted(report, "Structure", shape::id(assertion))?.to_owned();
    let named = noted(report, "Issuer", child(assertion, ASSERTION, "Issuer"))?;
    let Some(named) = named else {
        return Err(report.refuse("Issuer", Reason::Issuer, "the Assertion does not say who issued it"));
    };
    let issuer = issuer(named, "Assertion", settings, report)?;
    let words = noted(report, "Audience", audience(assertion, expected.entity_id))?;
    report.passed("Audience", words);
    let issued = noted(report, "Time", instant(assertion, "IssueInstant"))?;
    let issued = noted(report, "Time", issued_in_time(issued, "Assertion", expected.now))?;
    let valid_until = noted(report, "Time", window(assertion, expected.now))?;
    report.passed("Time", format!("issued at {}, valid until {}", at(issued), at(valid_until)));

    let subject = noted(report, "Subject", child(assertion, ASSERTION, "Subject"))?;
    let Some(subject) = subject else {
        return Err(report.refuse("Subject", Reason::Subject, "the Assertion holds no Subject"));
    };
    let confirmed = confirmation(subject, expected)
        .map_err(|refused| report.refuse(confirmation_step(refused.reason), refused.reason, refused.words))?;
    report.passed("Recipient", format!("it is for {}", expected.acs));
    report.passed(
        "Request",
        match expected.request_id {
            Some(_) => "it answers the request of this sign-in",
            None => "it answers no request, and the provider may begin by itself",
        },
    );
    let statement = noted(report, "Sign-in there", authentication(assertion, expected.now))?;
    report.passed("Sign-in there", format!("the person signed in at {}", at(statement.authenticated_at)));
    let name_id = noted(report, "Subject", name_id(subject))?;
    let identity = attributes::identity(assertion, name_id, statement, settings, report)?;
    // As long as it could be accepted, and some more: the clocks of several servers differ.
    let expires_at = valid_until.min(confirmed.until).min(issued + MAX_AGE) + SKEW + SKEW;
    Ok(Asserted { identity, issuer, assertion_id, expires_at, in_response_to: confirmed.in_response_to })
}

fn confirmation_step(reason: Reason) -> &'static str {
    match reason {
        Reason::Recipient => "Recipient",
        Reason::InResponseTo => "Request",
        Reason::Time => "Time",
        _ => "Subject",
    }
}

fn refused<T>(reason: Reason, words: impl Into<String>) -> Result<T, Refused> {
    Err(Refused::new(reason, words))
}

/// Whether now is between `NotBefore` and `NotOnOrAfter` of the conditions. Answers the latter.
fn window(assertion: Node<'_, '_>, now: OffsetDateTime) -> Result<OffsetDateTime, Refused> {
    let Some(conditions) = child(assertion, ASSERTION, "Conditions")? else {
        return refused(Reason::Time, "the Assertion holds no Conditions");
    };
    if let Some(from) = instant(conditions, "NotBefore")?
        && from > now + SKEW
    {
        return refused(
            Reason::Time,
            format!(
                "it is good from {} on, which is {} from now ({}): the provider’s clock seems to be ahead; {} are allowed",
                at(from),
                span(from - now),
                at(now),
                span(SKEW)
            ),
        );
    }
    let Some(until) = instant(conditions, "NotOnOrAfter")? else {
        return refused(Reason::Time, "the Conditions do not say how long the Assertion is good (NotOnOrAfter)");
    };
    ended("the Assertion was good", until, now)?;
    Ok(until)
}

fn ended(what: &str, until: OffsetDateTime, now: OffsetDateTime) -> Result<(), Refused> {
    if until > now - SKEW {
        return Ok(());
    }
    refused(
        Reason::Time,
        format!(
            "{what} until {}, which was {} ago ({} now): it was kept too long, or the provider’s clock is behind",
            at(until),
            span(now - until),
            at(now)
        ),
    )
}

/// Whether every audience restriction names us, and no condition is there that nobody knows.
fn audience(assertion: Node<'_, '_>, entity_id: &str) -> Result<String, Refused> {
    let Some(conditions) = child(assertion, ASSERTION, "Conditions")? else {
        return refused(
            Reason::Audience,
            "the Assertion holds no Conditions: they say for whom it is, and how long it is good",
        );
    };
    let mut restricted = false;
    for condition in elements(conditions) {
        if is(condition, ASSERTION, "AudienceRestriction") {
            restricted = true;
            let named = children(condition, ASSERTION, "Audience").map(text).collect::<Result<Vec<_>, _>>()?;
            if !named.iter().any(|audience| audience == entity_id) {
                let named = named.iter().map(|each| format!("“{}”", cut(each))).collect::<Vec<_>>().join(", ");
                return refused(
                    Reason::Audience,
                    format!(
                        "it is for {}; our entity ID is “{entity_id}”",
                        if named.is_empty() { "nobody" } else { &named }
                    ),
                );
            }
        } else if !is(condition, ASSERTION, "OneTimeUse") && !is(condition, ASSERTION, "ProxyRestriction") {
            return refused(
                Reason::Forbidden,
                format!("the Conditions hold {}, which is not understood", cut(condition.tag_name().name())),
            );
        }
    }
    if !restricted {
        return refused(
            Reason::Audience,
            format!("it does not say for whom it is (AudienceRestriction); our entity ID is “{entity_id}”"),
        );
    }
    Ok(format!("it is for {entity_id}"))
}

struct Confirmed {
    until: OffsetDateTime,
    in_response_to: Option<String>,
}

/// Finds a bearer confirmation that is for us, now. Of several that are not, the last says why.
fn confirmation(subject: Node<'_, '_>, expected: &Expected<'_>) -> Result<Confirmed, Refused> {
    let mut last = Refused::new(Reason::Subject, "the Subject has no confirmation of the kind “bearer”");
    let bearers = children(subject, ASSERTION, "SubjectConfirmation")
        .filter(|confirmation| confirmation.attribute("Method") == Some(BEARER));
    for bearer in bearers.take(MAX_CONFIRMATIONS) {
        match confirm(bearer, expected) {
            Ok(confirmed) => return Ok(confirmed),
            Err(refused) => last = refused,
        }
    }
    Err(last)
}

fn confirm(bearer: Node<'_, '_>, expected: &Expected<'_>) -> Result<Confirmed, Refused> {
    let Some(data) = child(bearer, ASSERTION, "SubjectConfirmationData")? else {
        return refused(Reason::Subject, "the bearer confirmation holds no SubjectConfirmationData");
    };
    match data.attribute("Recipient") {
        Some(recipient) if recipient == expected.acs => {}
        other => {
            return refused(
                Reason::Recipient,
                format!(
                    "the Assertion is for “{}” (Recipient); this connection’s address is {}",
                    cut(other.unwrap_or_default()),
                    expected.acs
                ),
            );
        }
    }
    in_response_to(data.attribute("InResponseTo"), "Assertion", expected)?;
    if data.attribute("NotBefore").is_some() {
        return refused(Reason::Time, "the bearer confirmation has a NotBefore, which SAML does not allow there");
    }
    let Some(until) = instant(data, "NotOnOrAfter")? else {
        return refused(Reason::Time, "the bearer confirmation does not say how long it is good (NotOnOrAfter)");
    };
    ended("the bearer confirmation was good", until, expected.now)?;
    Ok(Confirmed { until, in_response_to: data.attribute("InResponseTo").map(str::to_owned) })
}

/// That the person signed in at the provider.
pub(super) struct Authentication {
    pub(super) authenticated_at: OffsetDateTime,
    pub(super) session_index: Option<String>,
}

fn authentication(assertion: Node<'_, '_>, now: OffsetDateTime) -> Result<Authentication, Refused> {
    let mut found: Option<Authentication> = None;
    for statement in children(assertion, ASSERTION, "AuthnStatement") {
        let Some(authenticated_at) = instant(statement, "AuthnInstant")? else {
            return refused(Reason::Time, "the AuthnStatement does not say when the person signed in (AuthnInstant)");
        };
        if authenticated_at > now + SKEW {
            return refused(
                Reason::Time,
                format!(
                    "the person signed in at {}, which is {} from now: the provider’s clock seems to be ahead",
                    at(authenticated_at),
                    span(authenticated_at - now)
                ),
            );
        }
        if let Some(until) = instant(statement, "SessionNotOnOrAfter")? {
            ended("the session at the provider was good", until, now)?;
        }
        let session_index = statement.attribute("SessionIndex").filter(|index| !index.is_empty()).map(str::to_owned);
        // Of several, the earliest counts: it promises least.
        let earlier = found.as_ref().is_none_or(|before| authenticated_at < before.authenticated_at);
        if earlier {
            found = Some(Authentication { authenticated_at, session_index });
        }
    }
    found.ok_or_else(|| {
        Refused::new(Reason::Subject, "the Assertion does not say that the person signed in (AuthnStatement)")
    })
}

fn name_id(subject: Node<'_, '_>) -> Result<Option<NameId>, Refused> {
    for other in elements(subject) {
        if is(other, ASSERTION, "EncryptedID") {
            return refused(
                Reason::Subject,
                "the NameID is encrypted by itself (EncryptedID), which is not read; encrypt the whole assertion instead",
            );
        }
        if !is(other, ASSERTION, "NameID") && !is(other, ASSERTION, "SubjectConfirmation") {
            return Err(malformed(format!("the Subject holds {}, which is not read", cut(other.tag_name().name()))));
        }
    }
    let Some(node) = child(subject, ASSERTION, "NameID")? else { return Ok(None) };
    // Some write it on a line of its own; when it comes back in a message about signing out, it may be on another.
    let value = text(node)?.trim().to_owned();
    if value.is_empty() {
        return refused(Reason::Subject, "the NameID is empty");
    }
    let attribute = |name: &str| node.attribute(name).map(str::to_owned);
    Ok(Some(NameId {
        value,
        format: attribute("Format"),
        name_qualifier: attribute("NameQualifier"),
        sp_name_qualifier: attribute("SPNameQualifier"),
    }))
}
