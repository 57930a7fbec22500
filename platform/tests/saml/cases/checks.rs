//! Rightly signed assertions that say the wrong thing.

use super::{Case, changed};
use crate::forge::{
    ACS, Message, PERSISTENT, REQUEST, SP, attribute, audience, authn_statement, conditions, confirmation, issuer,
    name_id,
};

const TIMES: &str = r#"NotBefore="2026-06-01T11:55:00Z" NotOnOrAfter="2026-06-01T12:05:00Z""#;

fn confirmed(data: &str) -> impl FnOnce(&mut Message) {
    move |message| message.confirmation = confirmation(data)
}

fn unsolicited(mut case: Case, allowed: bool) -> Case {
    case.unsolicited = true;
    case.allows_idp_initiated = allowed;
    case
}

pub(crate) fn cases() -> Vec<Case> {
    let data = format!(r#"NotOnOrAfter="2026-06-01T12:05:00Z" Recipient="{ACS}" InResponseTo="{REQUEST}""#);
    let answers = format!(r#" InResponseTo="{REQUEST}""#);
    vec![
        // What the assertion says.
        changed("issuer_other", "issuer", "an assertion of another issuer", |m| {
            m.assertion_issuer = issuer("https://evil.example/")
        }),
        changed("issuer_slash", "issuer", "an assertion whose issuer has one slash more", |m| {
            m.assertion_issuer = issuer("https://idp.example/metadata/")
        }),
        changed("issuer_missing", "issuer", "an assertion without an issuer", |m| m.assertion_issuer = String::new()),
        changed("issuer_format", "issuer", "an assertion whose issuer is a person", |m| {
            m.assertion_issuer =
                m.assertion_issuer.replace("<saml:Issuer", &format!(r#"<saml:Issuer Format="{PERSISTENT}""#))
        }),
        changed("assertion_old", "time", "an assertion of an hour ago, good for a day", |m| {
            m.assertion_attributes = m.assertion_attributes.replace("11:59:58", "11:00:00");
            m.conditions = m.conditions.replace("2026-06-01T12:05:00", "2026-06-02T12:05:00");
            m.confirmation = m.confirmation.replace("2026-06-01T12:05:00", "2026-06-02T12:05:00");
        }),
        changed("assertion_future", "time", "an assertion of a clock that is 20 minutes ahead", |m| {
            m.assertion_attributes = m.assertion_attributes.replace("11:59:58", "12:20:00")
        }),
        changed("assertion_version", "malformed", "an assertion of version 1.1", |m| {
            m.assertion_attributes = m.assertion_attributes.replace("2.0", "1.1")
        }),
        changed("conditions_missing", "audience", "no Conditions", |m| m.conditions.clear()),
        changed("audience_missing", "audience", "no AudienceRestriction", |m| m.conditions = conditions(TIMES, "")),
        changed("audience_empty", "audience", "an AudienceRestriction without an audience", |m| {
            m.conditions = conditions(TIMES, "<saml:AudienceRestriction/>")
        }),
        changed("audience_other", "audience", "an assertion for another application", |m| {
            m.conditions = conditions(TIMES, &audience("https://other.example"))
        }),
        changed(
            "audience_other_connection",
            "audience",
            "an assertion for another connection of the same provider",
            |m| m.conditions = conditions(TIMES, &audience("https://acme.app.example/sso/con_2/metadata")),
        ),
        changed("audience_one_of_two", "audience", "two restrictions, of which one is not for us", |m| {
            m.conditions = conditions(TIMES, &format!("{}{}", audience(SP), audience("https://other.example")))
        }),
        changed("conditions_expired", "time", "the conditions ended an hour ago", |m| {
            m.conditions = conditions(r#"NotOnOrAfter="2026-06-01T11:00:00Z""#, &audience(SP))
        }),
        changed("conditions_later", "time", "the conditions begin in an hour", |m| {
            m.conditions =
                conditions(r#"NotBefore="2026-06-01T13:00:00Z" NotOnOrAfter="2026-06-01T14:00:00Z""#, &audience(SP))
        }),
        changed("conditions_without_end", "time", "conditions without an end", |m| {
            m.conditions = conditions("", &audience(SP))
        }),
        changed("conditions_unreadable", "malformed", "conditions whose end is no time", |m| {
            m.conditions = conditions(r#"NotOnOrAfter="99999999""#, &audience(SP))
        }),
        changed("condition_unknown", "forbidden_construct", "a condition that nobody knows", |m| {
            m.conditions = conditions(
                TIMES,
                &format!(
                    r#"{}<saml:Condition xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="x"/>"#,
                    audience(SP)
                ),
            )
        }),
        changed(
            "recipient_other",
            "recipient",
            "for another recipient",
            confirmed(&data.replace(ACS, "https://evil.example/acs")),
        ),
        changed(
            "recipient_missing",
            "recipient",
            "for no recipient",
            confirmed(&data.replace(&format!(r#"Recipient="{ACS}""#), "")),
        ),
        changed(
            "confirmation_other_request",
            "in_response_to",
            "the assertion answers another request",
            confirmed(&data.replace(REQUEST, "_request2")),
        ),
        changed(
            "confirmation_no_request",
            "in_response_to",
            "the assertion answers no request",
            confirmed(&data.replace(&answers, "")),
        ),
        changed(
            "confirmation_expired",
            "time",
            "the confirmation ended an hour ago",
            confirmed(&data.replace("12:05", "11:00")),
        ),
        changed(
            "confirmation_without_end",
            "time",
            "a confirmation without an end",
            confirmed(&data.replace(r#"NotOnOrAfter="2026-06-01T12:05:00Z""#, "")),
        ),
        changed(
            "confirmation_not_before",
            "time",
            "a bearer confirmation with NotBefore",
            confirmed(&format!(r#"NotBefore="2026-06-01T11:00:00Z" {data}"#)),
        ),
        changed("no_bearer", "subject", "a confirmation by holder of key", |m| {
            m.confirmation = m.confirmation.replace("cm:bearer", "cm:holder-of-key")
        }),
        changed("no_confirmation", "subject", "a subject without confirmation", |m| m.confirmation.clear()),
        changed("no_confirmation_data", "subject", "a bearer confirmation without data", |m| {
            m.confirmation = r#"<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"/>"#.to_owned()
        }),
        changed("no_authn_statement", "subject", "an assertion that does not say that anybody signed in", |m| {
            m.authn_statement.clear()
        }),
        changed("no_authn_instant", "time", "an AuthnStatement without a time", |m| {
            m.authn_statement = authn_statement("")
        }),
        changed("authn_future", "time", "somebody who signs in tomorrow", |m| {
            m.authn_statement = m.authn_statement.replace("2026-06-01T11", "2026-06-02T11")
        }),
        changed("session_over", "time", "a session that is over", |m| {
            m.authn_statement = m.authn_statement.replace("20:00:00", "10:00:00")
        }),
        changed("no_name_id", "subject", "a subject without a name", |m| m.name_id.clear()),
        changed("name_id_empty", "subject", "a name that is empty", |m| m.name_id = name_id(PERSISTENT, " ")),
        changed("name_id_twice", "forbidden_construct", "two names", |m| m.name_id = m.name_id.repeat(2)),
        changed(
            "name_id_elements",
            "forbidden_construct",
            "a name that holds an element, signed by the provider",
            |m| m.name_id = name_id(PERSISTENT, "7f3c-<x/>ada"),
        ),
        changed("name_id_long", "subject", "a name of two thousand letters", |m| {
            m.name_id = name_id(PERSISTENT, &"x".repeat(2000))
        }),
        changed("name_id_encrypted", "subject", "a name that is encrypted by itself", |m| {
            m.name_id = "<saml:EncryptedID/>".to_owned()
        }),
        changed("name_id_transient", "subject", "a name that is another one each time", |m| {
            m.name_id = name_id("urn:oasis:names:tc:SAML:2.0:nameid-format:transient", "_x")
        }),
        Case {
            subject_attribute: "employeeNumber",
            ..changed("subject_attribute_missing", "subject", "the attribute that says who it is is not there", |_| {})
        },
        Case {
            subject_attribute: "employeeNumber",
            ..changed("subject_attribute_twice", "subject", "the attribute that says who it is has two values", |m| {
                m.attributes.push_str(&attribute("employeeNumber", &["1", "2"]))
            })
        },
        // Begun by the provider.
        unsolicited(
            changed("idp_initiated_off", "unsolicited", "begun by the provider, which is switched off", |m| {
                m.response_attributes = m.response_attributes.replace(&answers, "");
                m.confirmation = m.confirmation.replace(&answers, "");
            }),
            false,
        ),
        unsolicited(
            changed(
                "idp_initiated_with_request",
                "in_response_to",
                "an answer to somebody’s request, sent without one",
                |_| {},
            ),
            true,
        ),
        unsolicited(
            changed(
                "idp_initiated_assertion_with_request",
                "in_response_to",
                "an answer to somebody’s request, of which the response around does not tell",
                |m| {
                    m.response_attributes = m.response_attributes.replace(&answers, "");
                },
            ),
            true,
        ),
        unsolicited(
            changed("idp_initiated_empty_request", "in_response_to", "an answer to a request without a name", |m| {
                m.response_attributes = m.response_attributes.replace(REQUEST, "");
                m.confirmation = m.confirmation.replace(REQUEST, "");
            }),
            true,
        ),
    ]
}
