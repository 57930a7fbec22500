//! What has to be accepted.

use super::{Case, changed, xml};
use crate::{
    encrypt::{Encryption, KeyWrap},
    forge::{ACS, ECDSA_SHA256, EMAIL, Message, Signing, attribute, confirmation, name_id},
};

const RIGHT: &str = "made by the generator: what SAML 2.0 allows and providers send";

fn accepted(name: &'static str, what: &'static str, text: String) -> Case {
    xml(name, "accepted", RIGHT, what, text)
}

fn encrypted(name: &'static str, what: &'static str, message: &Message, encryption: &Encryption) -> Case {
    accepted(name, what, message.response(&encryption.encrypt(&message.assertion())))
}

pub(crate) fn cases() -> Vec<Case> {
    let plain = Message::default();
    let response = Message::response_signed();
    let unsolicited = |message: &mut Message| {
        message.response_attributes =
            format!(r#"Version="2.0" IssueInstant="2026-06-01T11:59:58Z" Destination="{ACS}""#);
        message.confirmation = confirmation(&format!(r#"NotOnOrAfter="2026-06-01T12:05:00Z" Recipient="{ACS}""#));
    };
    let mut begun_there =
        changed("idp_initiated", "accepted", "begun by the provider, which is switched on", unsolicited);
    begun_there.unsolicited = true;
    begun_there.allows_idp_initiated = true;
    let mut cases = vec![
        accepted("assertion_signed", "only the assertion is signed", plain.xml()),
        accepted("response_signed", "only the response is signed", response.xml()),
        accepted("both_signed", "the response and the assertion are signed", Message::both_signed().xml()),
        accepted(
            "declaration_and_blanks",
            "an XML declaration, and line breaks between elements outside of what is signed",
            format!(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{}",
                plain.xml().replace("<samlp:Status>", "\n  <samlp:Status>")
            ),
        ),
        accepted(
            "no_key_info",
            "a signature without KeyInfo",
            Message {
                sign_assertion: Some(Signing { names_certificate_of: None, ..Signing::default() }),
                ..Message::default()
            }
            .xml(),
        ),
        accepted(
            "sha512",
            "RSA with SHA-512",
            Message {
                sign_assertion: Some(Signing {
                    method: "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512",
                    digest: "http://www.w3.org/2001/04/xmlenc#sha512",
                    ..Signing::default()
                }),
                ..Message::default()
            }
            .xml(),
        ),
        changed(
            "entities_in_text",
            "accepted",
            "the five entities of XML and character references in values",
            |message| {
                message.attributes = [
                    attribute("email", &["ada@acme.example"]),
                    attribute("displayName", &["Ada &amp; &quot;Bo&#34; &lt;&#x263A;&gt;"]),
                ]
                .concat();
            },
        ),
        changed("email_as_name_id", "accepted", "the address is the NameID, and there are no attributes", |message| {
            message.name_id = name_id(EMAIL, "ada@acme.example");
            message.attributes.clear();
        }),
        changed(
            "several_audiences",
            "accepted",
            "one of several audiences of a restriction is us; OneTimeUse",
            |message| {
                message.conditions = message
                    .conditions
                    .replace("<saml:Audience>", "<saml:Audience>https://other.example</saml:Audience><saml:Audience>")
                    .replace("</saml:Conditions>", "<saml:OneTimeUse/></saml:Conditions>");
            },
        ),
        changed("several_confirmations", "accepted", "holder-of-key before the bearer confirmation", |message| {
            message.confirmation = format!(
                r#"<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:holder-of-key"/>{}"#,
                message.confirmation
            );
        }),
        changed("clock_two_minutes_ahead", "accepted", "a provider whose clock is two minutes ahead", |message| {
            for text in
                [&mut message.response_attributes, &mut message.assertion_attributes, &mut message.authn_statement]
            {
                *text = text.replace("T11:59:5", "T12:01:5");
            }
            message.conditions = message.conditions.replace("11:55:00", "12:01:58");
        }),
        begun_there,
    ];
    let mut attribute_subject = changed(
        "transient_with_attribute",
        "accepted",
        "a transient NameID, and an attribute that says who it is",
        |message| {
            message.name_id = name_id("urn:oasis:names:tc:SAML:2.0:nameid-format:transient", "_once");
            message.attributes.push_str(&attribute("employeeNumber", &["4711"]));
        },
    );
    attribute_subject.subject_attribute = "employeeNumber";
    cases.push(attribute_subject);

    let mut elliptic = accepted(
        "elliptic_key",
        "signed with ECDSA",
        Message {
            sign_assertion: Some(Signing { method: ECDSA_SHA256, ..Signing::by("idp-ec") }),
            ..Message::default()
        }
        .xml(),
    );
    elliptic.trusts = &["idp", "idp-ec"];
    cases.push(elliptic);
    let mut rolled_over = accepted(
        "certificate_roll_over",
        "signed with the second of two certificates",
        Message { sign_assertion: Some(Signing::by("idp-next")), ..Message::default() }.xml(),
    );
    rolled_over.trusts = &["idp-ec", "idp", "idp-next"];
    cases.push(rolled_over);
    let mut half = accepted(
        "half_rolled_over",
        "the response is signed with the new key, the assertion with the old one",
        Message { sign_response: Some(Signing::by("idp-next")), ..Message::default() }.xml(),
    );
    half.trusts = &["idp", "idp-next"];
    cases.push(half);
    let mut expired = accepted(
        "expired_certificate",
        "the certificate has expired; its key is what counts (SAML V2.0 Metadata Interoperability Profile)",
        Message { sign_assertion: Some(Signing::by("idp-expired")), ..Message::default() }.xml(),
    );
    expired.trusts = &["idp-expired"];
    cases.push(expired);

    for (name, what, encryption) in [
        ("encrypted_gcm", "encrypted with AES-256 in GCM", Encryption::default()),
        (
            "encrypted_gcm_128",
            "encrypted with AES-128 in GCM",
            Encryption { content: "aes128-gcm", ..Encryption::default() },
        ),
        (
            "encrypted_gcm_192",
            "encrypted with AES-192 in GCM",
            Encryption { content: "aes192-gcm", ..Encryption::default() },
        ),
        (
            "encrypted_cbc_128",
            "encrypted with AES-128 in CBC",
            Encryption { content: "aes128-cbc", ..Encryption::default() },
        ),
        (
            "encrypted_cbc_192",
            "encrypted with AES-192 in CBC",
            Encryption { content: "aes192-cbc", ..Encryption::default() },
        ),
        (
            "encrypted_cbc_256",
            "encrypted with AES-256 in CBC",
            Encryption { content: "aes256-cbc", ..Encryption::default() },
        ),
        (
            "encrypted_key_beside",
            "the encrypted key stands beside the data",
            Encryption { beside: true, ..Encryption::default() },
        ),
        (
            "encrypted_oaep_sha256",
            "the key is wrapped by RSA-OAEP with SHA-256",
            Encryption { key: KeyWrap::OaepMgf1pSha256, ..Encryption::default() },
        ),
        (
            "encrypted_oaep_11",
            "the key is wrapped by RSA-OAEP of XML Encryption 1.1",
            Encryption { key: KeyWrap::Oaep11Sha256, ..Encryption::default() },
        ),
    ] {
        let mut case = encrypted(name, what, &response, &encryption);
        case.requires_encryption = true;
        cases.push(case);
    }
    cases.push(encrypted(
        "encrypted_and_signed_within",
        "the encrypted assertion is signed itself",
        &Message::both_signed(),
        &Encryption::default(),
    ));
    let bare = response.assertion().replace(r#" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion""#, "");
    cases.push(accepted(
        "encrypted_prefix_from_around",
        "the assertion takes its prefix from the response, as some providers encrypt it",
        response.response(&Encryption::default().encrypt(&bare)),
    ));
    cases
}
