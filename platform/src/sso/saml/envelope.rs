//! The response around the assertion: its status, and whether it is for us, now, and an answer to our request.
//!
//! Where only the assertion is signed, anybody may have written the rest. It is checked all the same: it can refuse a
//! sign-in, and never allows one, because the assertion says everything that counts once more.

use roxmltree::Node;
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};

use super::{
    Expected,
    names::{ASSERTION, ENTITY_FORMAT, PROTOCOL, SUCCESS},
    node::{child, instant, text},
    strict::cut,
};
use crate::sso::{
    SamlSettings,
    report::{Reason, Refused, Report},
};

/// How far the provider's clock may be off.
pub(super) const SKEW: Duration = Duration::minutes(3);
/// How old a response and its assertion may be.
pub(super) const MAX_AGE: Duration = Duration::minutes(10);

/// Notes a refusal as a step of the report.
pub(super) fn noted<T>(report: &mut Report, check: &str, result: Result<T, Refused>) -> Result<T, Refused> {
    result.map_err(|refused| report.refuse(check, refused.reason, refused.words))
}

/// Checks that the provider says it signed the person in. What it says otherwise is told in its own words.
pub(super) fn status(response: Node<'_, '_>, report: &mut Report) -> Result<(), Refused> {
    let status = noted(report, "Status", child(response, PROTOCOL, "Status"))?;
    let Some(status) = status else {
        return Err(report.refuse("Status", Reason::Malformed, "the Response holds no Status"));
    };
    let code = noted(report, "Status", child(status, PROTOCOL, "StatusCode"))?;
    let value = code.and_then(|code| code.attribute("Value")).unwrap_or_default();
    if value == SUCCESS {
        report.passed("Status", "the provider says Success");
        return Ok(());
    }
    let short = |value: &str| cut(value.rsplit(':').next().unwrap_or(value));
    let mut words = match value {
        "" => "the provider’s status has no code".to_owned(),
        value => format!("the provider says “{}”", short(value)),
    };
    let nested = code.and_then(|code| child(code, PROTOCOL, "StatusCode").ok().flatten());
    if let Some(nested) = nested.and_then(|nested| nested.attribute("Value")) {
        words.extend([", “", &short(nested), "”"]);
        words.push_str(match short(nested).as_str() {
            "AuthnFailed" => ": it could not sign the person in",
            "NoPassive" => ": it would have to ask the person, which was not wanted",
            "RequestDenied" => ": it refuses the request; the person may not be assigned to this application there",
            "InvalidNameIDPolicy" => ": it cannot give the kind of NameID that is asked for",
            "NoAuthnContext" => ": it cannot sign the person in the way that is asked for",
            _ => "",
        });
    }
    if let Ok(Some(message)) = child(status, PROTOCOL, "StatusMessage")
        && let Ok(message) = text(message)
        && !message.trim().is_empty()
    {
        words.extend([". Its message: “", &cut(message.trim()), "”"]);
    }
    Err(report.refuse("Status", Reason::Status, words))
}

/// Checks the attributes and the issuer of a response. `signed`: whether its signature covers them.
pub(super) fn check(
    response: Node<'_, '_>,
    signed: bool,
    settings: &SamlSettings,
    expected: &Expected<'_>,
    report: &mut Report,
) -> Result<(), Refused> {
    if let Some(issuer) = noted(report, "Issuer", child(response, ASSERTION, "Issuer"))? {
        self::issuer(issuer, "Response", settings, report)?;
    }
    match response.attribute("Destination") {
        Some(destination) => report.check(
            "Destination",
            destination == expected.acs,
            format!("it is addressed to {}", expected.acs),
            Reason::Destination,
            format!("it is addressed to “{}”; this connection’s address is {}", cut(destination), expected.acs),
        )?,
        None if signed => {
            return Err(report.refuse(
                "Destination",
                Reason::Destination,
                format!("the signed Response has no Destination; {} has to stand there", expected.acs),
            ));
        }
        None => report.passed("Destination", "the Response, which is not signed, has none; the Recipient counts"),
    }
    in_response_to(response.attribute("InResponseTo"), "Response", expected)
        .map_err(|refused| report.refuse("Request", refused.reason, refused.words))?;
    let issued = noted(report, "Time", instant(response, "IssueInstant"))?;
    noted(report, "Time", issued_in_time(issued, "Response", expected.now))?;
    Ok(())
}

/// Checks that an issuer is the connection's provider, to the letter.
pub(super) fn issuer(
    node: Node<'_, '_>,
    whose: &str,
    settings: &SamlSettings,
    report: &mut Report,
) -> Result<String, Refused> {
    let name = noted(report, "Issuer", text(node))?;
    if node.attribute("Format").is_some_and(|format| format != ENTITY_FORMAT) {
        return Err(report.refuse("Issuer", Reason::Issuer, format!("the issuer of the {whose} is no entity ID")));
    }
    report.check(
        "Issuer",
        name == settings.entity_id,
        format!("the {whose} is from {}", settings.entity_id),
        Reason::Issuer,
        format!("the {whose} is from “{}”; this connection’s provider is “{}”", cut(&name), settings.entity_id),
    )?;
    Ok(name)
}

/// Whether an `InResponseTo` names our request; where there was none, it may not be there at all.
pub(super) fn in_response_to(value: Option<&str>, whose: &str, expected: &Expected<'_>) -> Result<(), Refused> {
    let words = match (expected.request_id, value) {
        (Some(asked), Some(answered)) if asked == answered => return Ok(()),
        (None, None) => return Ok(()),
        (Some(_), Some(answered)) => {
            format!("the {whose} answers the request “{}”, which is not the one of this sign-in", cut(answered))
        }
        (Some(_), None) => format!("the {whose} does not say which request it answers (InResponseTo)"),
        (None, Some(answered)) => {
            format!("the {whose} answers the request “{}”; none of that name is open in this browser", cut(answered))
        }
    };
    Err(Refused::new(Reason::InResponseTo, words))
}

/// Whether something was issued just now.
pub(super) fn issued_in_time(
    issued: Option<OffsetDateTime>,
    whose: &str,
    now: OffsetDateTime,
) -> Result<OffsetDateTime, Refused> {
    let wrong = |words: String| Refused::new(Reason::Time, words);
    let Some(issued) = issued else {
        return Err(wrong(format!("the {whose} does not say when it was issued (IssueInstant)")));
    };
    if issued > now + SKEW {
        return Err(wrong(format!(
            "the {whose} was issued at {}, which is {} from now ({}): the provider’s clock seems to be that much ahead; \
             {} are allowed",
            at(issued),
            span(issued - now),
            at(now),
            span(SKEW)
        )));
    }
    if issued < now - MAX_AGE {
        return Err(wrong(format!(
            "the {whose} was issued at {}, which is {} ago ({} now): it was kept too long, or the provider’s clock is \
             behind; {} are allowed",
            at(issued),
            span(now - issued),
            at(now),
            span(MAX_AGE)
        )));
    }
    Ok(issued)
}

/// A time for people.
pub(super) fn at(time: OffsetDateTime) -> String {
    time.replace_nanosecond(0).unwrap_or(time).format(&Rfc3339).unwrap_or_default()
}

/// A duration for people.
pub(super) fn span(duration: Duration) -> String {
    let (count, unit) = match duration.whole_seconds().abs() {
        seconds @ 0..120 => (seconds, "second"),
        seconds @ 120..7200 => (seconds / 60, "minute"),
        seconds @ 7200..172_800 => (seconds / 3600, "hour"),
        seconds => (seconds / 86_400, "day"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn a_clock_that_is_off_is_told_by_how_much() {
        let now = datetime!(2026-06-01 12:00 UTC);
        let check = |by: Duration| issued_in_time(Some(now + by), "Assertion", now);
        assert!(check(Duration::minutes(3)).is_ok());
        assert!(check(Duration::minutes(-10)).is_ok());
        let ahead = check(Duration::minutes(7)).unwrap_err();
        assert_eq!(ahead.reason, Reason::Time);
        assert!(ahead.words.contains("7 minutes from now"), "{}", ahead.words);
        assert!(check(Duration::hours(-3)).unwrap_err().words.contains("3 hours ago"));
        assert!(issued_in_time(None, "Assertion", now).is_err());
    }

    #[test]
    fn an_answer_names_its_request() {
        let expected = |request_id| Expected {
            entity_id: "us",
            acs: "https://us.example/acs",
            request_id,
            now: datetime!(2026-06-01 12:00 UTC),
            private_key: &[],
        };
        assert!(in_response_to(Some("_a"), "Response", &expected(Some("_a"))).is_ok());
        assert!(in_response_to(None, "Response", &expected(None)).is_ok());
        for (value, asked) in [(Some("_b"), Some("_a")), (None, Some("_a")), (Some("_a"), None), (Some(""), None)] {
            let refused = in_response_to(value, "Response", &expected(asked)).unwrap_err();
            assert_eq!(refused.reason, Reason::InResponseTo);
        }
    }
}
