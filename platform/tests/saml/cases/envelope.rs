//! Responses that say the wrong thing around the assertion, signed or not; and messages of other kinds.

use super::{Case, OWN, replaced, xml};
use crate::forge::{ACS, Message, REQUEST, Signing, issuer, status};

/// The response is signed, and one of its attributes is another.
fn in_response(name: &'static str, expect: &'static str, what: &'static str, from: &str, to: &str) -> Case {
    let mut message = Message::response_signed();
    message.response_attributes = replaced(&message.response_attributes, from, to);
    xml(name, expect, OWN, what, message.xml())
}

/// Only the assertion is signed, and what is around it is wrong.
fn around(name: &'static str, expect: &'static str, what: &'static str, from: &str, to: &str) -> Case {
    xml(
        name,
        expect,
        "after samael 0.0.22, which does not look at it",
        what,
        replaced(&Message::default().xml(), from, to),
    )
}
pub(crate) fn cases() -> Vec<Case> {
    let destination = format!(r#" Destination="{ACS}""#);
    let answers = format!(r#" InResponseTo="{REQUEST}""#);
    let failure = |inside: &str| {
        status(&format!(
            r#"<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Responder">{inside}</samlp:StatusCode><samlp:StatusMessage>Not assigned</samlp:StatusMessage>"#
        ))
    };
    let denied = r#"<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:RequestDenied"/>"#;
    let right = Message::default().xml();
    vec![
        // What the response says, signed.
        in_response(
            "destination_other",
            "destination",
            "a signed response to another address",
            ACS,
            "https://evil.example/acs",
        ),
        in_response(
            "destination_other_tenant",
            "destination",
            "a signed response to another tenant",
            "acme.app",
            "globex.app",
        ),
        in_response("destination_missing", "destination", "a signed response without a destination", &destination, ""),
        in_response(
            "destination_prefix",
            "destination",
            "an address that begins like ours",
            ACS,
            &format!("{ACS}/../other"),
        ),
        in_response(
            "in_response_to_other",
            "in_response_to",
            "a signed response to another request",
            REQUEST,
            "_request2",
        ),
        in_response(
            "in_response_to_missing",
            "in_response_to",
            "a signed response that names no request",
            &answers,
            "",
        ),
        in_response(
            "response_old",
            "time",
            "a signed response of yesterday",
            "2026-06-01T11:59:58Z",
            "2026-05-31T11:59:58Z",
        ),
        in_response(
            "response_future",
            "time",
            "a signed response of tomorrow",
            "2026-06-01T11:59:58Z",
            "2026-06-02T11:59:58Z",
        ),
        in_response(
            "response_no_time",
            "time",
            "a signed response without IssueInstant",
            r#" IssueInstant="2026-06-01T11:59:58Z""#,
            "",
        ),
        in_response(
            "response_time_unreadable",
            "malformed",
            "a signed response of a time that is none",
            "2026-06-01T11:59:58Z",
            "yesterday",
        ),
        in_response("version_1_1", "malformed", "a response of version 1.1", r#"Version="2.0""#, r#"Version="1.1""#),
        in_response("version_missing", "malformed", "a response without a version", r#"Version="2.0" "#, ""),
        xml(
            "response_issuer_other",
            "issuer",
            OWN,
            "a signed response of another issuer",
            Message { response_issuer: issuer("https://evil.example/"), ..Message::response_signed() }.xml(),
        ),
        xml(
            "issuer_twice",
            "forbidden_construct",
            OWN,
            "a response of two issuers",
            Message { response_issuer: issuer("https://idp.example/metadata").repeat(2), ..Message::response_signed() }
                .xml(),
        ),
        // The same around a signed assertion: anybody may have written it.
        around(
            "unsigned_destination_other",
            "destination",
            "the response, not signed, is to another address",
            &format!(r#"Destination="{ACS}""#),
            r#"Destination="https://evil.example/acs""#,
        ),
        around(
            "unsigned_in_response_to_other",
            "in_response_to",
            "the response, not signed, is to another request",
            &format!(r#"InResponseTo="{REQUEST}">"#),
            r#"InResponseTo="_request2">"#,
        ),
        around(
            "unsigned_issuer_other",
            "issuer",
            "the response, not signed, is of another issuer",
            "<saml:Issuer>https://idp.example/metadata",
            "<saml:Issuer>https://evil.example/",
        ),
        around(
            "unsigned_status_failure",
            "status",
            "the response, not signed, says that it failed",
            "status:Success",
            "status:Responder",
        ),
        around(
            "unsigned_response_old",
            "time",
            "the response, not signed, is of yesterday",
            r#"IssueInstant="2026-06-01"#,
            r#"IssueInstant="2026-05-31"#,
        ),
        around(
            "status_missing",
            "malformed",
            "a response without a status",
            &status(r#"<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/>"#),
            "",
        ),
        // Status.
        xml(
            "status_failure",
            "status",
            OWN,
            "the provider denies the request, and sends no assertion",
            Message { status: failure(denied), ..Message::unsigned() }.response(""),
        ),
        xml(
            "status_failure_signed",
            "status",
            OWN,
            "the same, signed",
            Message { status: failure(denied), ..Message::response_signed() }.response(""),
        ),
        xml(
            "status_failure_with_assertion",
            "status",
            OWN,
            "the provider says that it failed, and sends an assertion",
            Message { status: failure(""), ..Message::default() }.xml(),
        ),
        xml(
            "status_empty",
            "status",
            OWN,
            "a status without a code",
            Message { status: status(""), ..Message::default() }.xml(),
        ),
        xml(
            "status_second_level_success",
            "status",
            OWN,
            "Success only within a failure",
            Message {
                status: failure(r#"<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/>"#),
                ..Message::default()
            }
            .xml(),
        ),
        xml("no_assertion", "malformed", OWN, "Success without an assertion", Message::response_signed().response("")),
        // Other messages.
        xml(
            "logout_response",
            "malformed",
            OWN,
            "a LogoutResponse",
            right.replace("samlp:Response", "samlp:LogoutResponse"),
        ),
        xml(
            "authn_request",
            "malformed",
            OWN,
            "an AuthnRequest",
            right.replace("samlp:Response", "samlp:AuthnRequest"),
        ),
        xml("assertion_alone", "malformed", OWN, "an assertion without a response", Message::default().assertion()),
        xml(
            "saml_1_1",
            "malformed",
            OWN,
            "a response of SAML 1.1",
            right.replace("SAML:2.0:protocol", "SAML:1.0:protocol"),
        ),
        xml(
            "other_namespace",
            "malformed",
            OWN,
            "a response of another namespace",
            right.replace("urn:oasis:names:tc:SAML:2.0:protocol", "urn:x"),
        ),
        xml(
            "soap",
            "malformed",
            OWN,
            "a response in a SOAP envelope",
            format!(
                r#"<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>{right}</s:Body></s:Envelope>"#
            ),
        ),
        xml(
            "extensions",
            "forbidden_construct",
            OWN,
            "extensions, signed by the provider",
            Message {
                status: format!("<samlp:Extensions/>{}", Message::default().status),
                sign_response: Some(Signing::default()),
                ..Message::unsigned()
            }
            .xml(),
        ),
        xml(
            "response_no_id",
            "malformed",
            OWN,
            "a response without an ID",
            replaced(&right, r#" ID="_response1""#, ""),
        ),
    ]
}
