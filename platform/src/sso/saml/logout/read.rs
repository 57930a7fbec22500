//! What comes from the provider.

use roxmltree::Node;
use time::{Duration, OffsetDateTime};

use super::open::{Incoming, Opened, noted, open, parse};
use crate::sso::{
    NameId, Reason, Refused, Report, SamlSettings,
    saml::{
        names::{ASSERTION, PROTOCOL},
        node::{self, children},
        outgoing::Kind,
        strict::cut,
    },
};

/// How far the provider's clock may be off.
const SKEW: Duration = Duration::minutes(3);
/// The longest name and session that is read.
const MOST_NAME: usize = 1024;
/// The most sessions of one person that a request may name.
const MOST_SESSIONS: usize = 100;

/// What a message about signing out has to fit.
#[derive(Debug, Clone, Copy)]
pub struct LogoutExpected<'a> {
    /// Our address for it: [`Connection::endpoint`](crate::sso::Connection::endpoint) of `slo`.
    pub slo: &'a str,
    /// Now.
    pub now: OffsetDateTime,
}

/// The provider signs somebody out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogoutRequest {
    /// Its ID, which our answer names. It is accepted once: see [`used_message`](crate::sso::used_message).
    pub id: String,
    /// Who sent it: the connection's provider.
    pub issuer: String,
    /// Whom it signs out.
    pub name_id: NameId,
    /// Which sessions; none: all of theirs.
    pub session_index: Vec<String>,
    /// When it would not be accepted any more.
    pub expires_at: OffsetDateTime,
    /// What came with it, for our answer.
    pub relay_state: Option<String>,
}

/// The provider answers that it signed somebody out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogoutResponse {
    /// What we sent with the request.
    pub relay_state: Option<String>,
    /// Whether other applications of the person's could not be signed out.
    pub is_partial: bool,
}

/// Reads a request to sign somebody out. Computes for some milliseconds: for a thread that may block.
///
/// # Errors
/// [`Refused`]; what was wrong stands in the report too.
pub fn read_request(
    incoming: Incoming<'_>,
    settings: &SamlSettings,
    expected: LogoutExpected<'_>,
    report: &mut Report,
) -> Result<LogoutRequest, Refused> {
    let Opened { xml, relay_state } = open(incoming, Kind::Request, "LogoutRequest", settings, report)?;
    let document = parse(&xml, report)?;
    let root = document.root_element();
    let (id, issued) = check_head(root, settings, expected, report)?;
    let latest = issued + SKEW;
    let until = node::instant(root, "NotOnOrAfter").map_err(|refused| noted(report, "NotOnOrAfter", refused))?;
    if let Some(until) = until {
        report.check(
            "NotOnOrAfter",
            until + SKEW > expected.now,
            format!("It is good until {until}."),
            Reason::Time,
            format!("It was good until {until}, and now it is {}.", expected.now),
        )?;
    }
    let name_id = name_id(root, report)?;
    let mut session_index = Vec::new();
    for node in children(root, PROTOCOL, "SessionIndex") {
        let text = text_of(node).filter(|text| is_name(text));
        let Some(text) = text.filter(|_| session_index.len() < MOST_SESSIONS) else {
            let words = "A SessionIndex is empty or too long, or there are too many of them.";
            return Err(report.refuse("SessionIndex", Reason::Malformed, words));
        };
        session_index.push(text);
    }
    report.passed(
        "Subject",
        match session_index.len() {
            0 => format!("It signs {} out everywhere.", name_id.value),
            count => format!("It signs {} out of {count} session(s).", name_id.value),
        },
    );
    let expires_at = until.map_or(latest, |until| latest.min(until + SKEW));
    Ok(LogoutRequest { id, issuer: settings.entity_id.clone(), name_id, session_index, expires_at, relay_state })
}

/// Reads the answer to our request `request_id`. Computes for some milliseconds: for a thread that may block.
///
/// # Errors
/// [`Refused`]; what was wrong stands in the report too.
pub fn read_response(
    incoming: Incoming<'_>,
    settings: &SamlSettings,
    expected: LogoutExpected<'_>,
    request_id: &str,
    report: &mut Report,
) -> Result<LogoutResponse, Refused> {
    let Opened { xml, relay_state } = open(incoming, Kind::Response, "LogoutResponse", settings, report)?;
    let document = parse(&xml, report)?;
    let root = document.root_element();
    check_head(root, settings, expected, report)?;
    let answered = root.attribute("InResponseTo").unwrap_or_default();
    report.check(
        "InResponseTo",
        answered == request_id,
        "It answers our request.",
        Reason::InResponseTo,
        format!("It answers “{}”, and our request was “{request_id}”.", cut(answered)),
    )?;
    let is_partial = check_status(root, report)?;
    Ok(LogoutResponse { relay_state, is_partial })
}

/// What requests and answers have in common: version, ID, issuer, destination and time. Answers ID and time.
fn check_head(
    root: Node<'_, '_>,
    settings: &SamlSettings,
    expected: LogoutExpected<'_>,
    report: &mut Report,
) -> Result<(String, OffsetDateTime), Refused> {
    let attribute = |name: &str| root.attribute(name).unwrap_or_default();
    let version = attribute("Version");
    report.check(
        "Version",
        version == "2.0",
        "SAML 2.0.",
        Reason::Malformed,
        format!("The version is “{}”, not 2.0.", cut(version)),
    )?;
    let id = attribute("ID");
    let is_fine = (1..=256).contains(&id.len());
    report.check("ID", is_fine, id, Reason::Malformed, "The message has no ID, or one of more than 256 bytes.")?;

    let issuers: Vec<_> = children(root, ASSERTION, "Issuer").filter_map(text_of).collect();
    let found = match issuers.as_slice() {
        [one] => one.as_str(),
        [] => return Err(report.refuse("Issuer", Reason::Issuer, "The message does not say who sent it (Issuer).")),
        _ => return Err(report.refuse("Issuer", Reason::Forbidden, "The message has more than one Issuer.")),
    };
    report.check(
        "Issuer",
        found == settings.entity_id,
        found,
        Reason::Issuer,
        format!("It is from “{}”, and the connection’s provider is “{}”.", cut(found), settings.entity_id),
    )?;

    let destination = attribute("Destination");
    report.check(
        "Destination",
        destination == expected.slo,
        destination,
        Reason::Destination,
        if destination.is_empty() {
            format!("It does not say where it goes, as a signed message must. Right would be {}.", expected.slo)
        } else {
            format!("It is addressed to {}. Our address is {}.", cut(destination), expected.slo)
        },
    )?;

    let issued = node::instant(root, "IssueInstant").map_err(|refused| noted(report, "IssueInstant", refused))?;
    let Some(issued) = issued else {
        return Err(report.refuse("IssueInstant", Reason::Malformed, "The message does not say when it was written."));
    };
    report.check(
        "IssueInstant",
        (expected.now - issued).abs() <= SKEW,
        format!("Written at {issued}."),
        Reason::Time,
        format!(
            "It was written at {issued}, and now it is {}. More than three minutes between them are too many: one of the \
             two clocks may be wrong.",
            expected.now
        ),
    )?;
    Ok((id.to_owned(), issued))
}

fn name_id(root: Node<'_, '_>, report: &mut Report) -> Result<NameId, Refused> {
    const CHECK: &str = "Subject";
    if root.children().any(|child| child.has_tag_name((ASSERTION, "EncryptedID"))) {
        let words = "The name of the person is encrypted (EncryptedID), which is not read in messages about signing out. \
                     Switch the encryption of names off at the provider; the message itself travels encrypted.";
        return Err(report.refuse(CHECK, Reason::Decryption, words));
    }
    let mut found = children(root, ASSERTION, "NameID");
    let (Some(node), None) = (found.next(), found.next()) else {
        return Err(report.refuse(CHECK, Reason::Subject, "The message does not hold exactly one NameID."));
    };
    let Some(value) = text_of(node).filter(|text| is_name(text)) else {
        return Err(report.refuse(CHECK, Reason::Subject, "The NameID is empty, or longer than 1,024 characters."));
    };
    let attribute = |name: &str| node.attribute(name).map(str::to_owned);
    Ok(NameId {
        value,
        format: attribute("Format"),
        name_qualifier: attribute("NameQualifier"),
        sp_name_qualifier: attribute("SPNameQualifier"),
    })
}

/// Whether it is a success, and only a partial one.
fn check_status(root: Node<'_, '_>, report: &mut Report) -> Result<bool, Refused> {
    const CHECK: &str = "Status";
    let status = children(root, PROTOCOL, "Status").next();
    let code = |node: Option<Node<'_, '_>>| {
        let value = node?.children().find(|child| child.has_tag_name((PROTOCOL, "StatusCode")))?;
        Some((value.attribute("Value")?.rsplit(':').next().unwrap_or_default().to_owned(), value.id()))
    };
    let Some((first, at)) = code(status) else {
        return Err(report.refuse(CHECK, Reason::Status, "The message does not say whether the person is signed out."));
    };
    let second = code(root.document().get_node(at)).map(|(word, _)| word).unwrap_or_default();
    let is_partial = first == "PartialLogout" || second == "PartialLogout";
    if first == "Success" || is_partial {
        let words = if is_partial {
            "The provider signed the person out, but not everywhere: some other application did not answer."
        } else {
            "The provider signed the person out."
        };
        report.passed(CHECK, words);
        return Ok(is_partial);
    }
    let message = status.and_then(|status| children(status, PROTOCOL, "StatusMessage").next()).and_then(text_of);
    let whose = match first.as_str() {
        "Requester" => "It says that our request was at fault.",
        "Responder" => "It says that the fault is its own.",
        "VersionMismatch" => "It does not know this version of SAML.",
        _ => "It answers with a status that SAML does not know.",
    };
    let second = if second.is_empty() { String::new() } else { format!(", {}", cut(&second)) };
    let message = message.map(|text| format!(" Its own words: “{}”.", cut(&text))).unwrap_or_default();
    let words = format!("The provider did not sign the person out. {whose} ({}{second}).{message}", cut(&first));
    Err(report.refuse(CHECK, Reason::Status, words))
}

/// The text of an element that holds text alone, without white space around it.
fn text_of(node: Node<'_, '_>) -> Option<String> {
    node::text(node).ok().map(|text| text.trim().to_owned())
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().count() <= MOST_NAME
}
