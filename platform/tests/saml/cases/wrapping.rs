//! Signature wrapping: the signed element is moved, and another one stands in its place.

use super::{Case, element, replaced, xml};
use crate::forge::{Message, PERSISTENT, Signing, attribute, name_id};

const PAPER: &str = "after Somorovsky et al., “On Breaking SAML: Be Whoever You Want to Be” (2012)";
const FORBIDDEN: &str = "forbidden_construct";

/// The signed assertion, its signature, the assertion without it, and one of the attacker's choice.
struct Parts {
    signed: String,
    signature: String,
    bare: String,
    evil: String,
}

fn parts() -> Parts {
    let signed = Message::default().assertion();
    let signature = element(&signed, "ds:Signature").to_owned();
    let bare = replaced(&signed, &signature, "");
    let evil = replaced(&replaced(&bare, "_assertion1", "_evil"), "7f3c-ada", "7f3c-owner");
    Parts { signed, signature, bare, evil }
}

/// A response that is not signed, around what the attacker wants.
fn around(inside: &str) -> String {
    Message::unsigned().response(inside)
}

/// Puts something after the issuer of an assertion.
fn after_issuer(assertion: &str, inside: &str) -> String {
    replaced(assertion, "</saml:Issuer>", &format!("</saml:Issuer>{inside}"))
}

fn at_end(assertion: &str, inside: &str) -> String {
    replaced(assertion, "</saml:Assertion>", &format!("{inside}</saml:Assertion>"))
}

fn with_object(signature: &str, inside: &str) -> String {
    replaced(signature, "</ds:Signature>", &format!("<ds:Object>{inside}</ds:Object></ds:Signature>"))
}

pub(crate) fn cases() -> Vec<Case> {
    let Parts { signed, signature, bare, evil } = parts();
    let response = Message::response_signed().xml();
    let response_signature = element(&response, "ds:Signature").to_owned();
    let bare_response = replaced(&response, &response_signature, "");
    let evil_response = replaced(&replaced(&bare_response, "_response1", "_evil"), "7f3c-ada", "7f3c-owner");
    let into_evil = |inside: &str| replaced(&evil_response, "<samlp:Status>", &format!("{inside}<samlp:Status>"));
    let mut cases: Vec<Case> = [
        ("xsw1", "the signed response within an Object of its signature, in a forged response",
            into_evil(&with_object(&response_signature, &bare_response))),
        ("xsw2", "the signed response before its detached signature, in a forged response",
            into_evil(&format!("{bare_response}{response_signature}"))),
        ("xsw3", "a forged assertion before the signed one", around(&format!("{evil}{signed}"))),
        ("xsw4", "the signed assertion within a forged one", around(&at_end(&evil, &signed))),
        ("xsw5", "the signature moved into a forged assertion, the signed one at the end",
            around(&format!("{}{bare}", after_issuer(&evil, &signature)))),
        ("xsw6", "the signed assertion within its signature, in a forged assertion",
            around(&after_issuer(&evil, &replaced(&signature, "</ds:SignatureValue>", &format!("</ds:SignatureValue>{bare}"))))),
        ("xsw7", "a forged assertion of the same id within Extensions",
            around(&signed).replace("<samlp:Status>", &format!(
                "<samlp:Extensions>{}</samlp:Extensions><samlp:Status>", evil.replace("_evil", "_assertion1")))),
        ("xsw8", "the signed assertion within an Object of the signature of a forged one",
            around(&after_issuer(&evil, &with_object(&signature, &bare)))),
        ("xsw3_after", "a forged assertion after the signed one", around(&format!("{signed}{evil}"))),
        ("xsw_same_id", "a forged assertion of the same id beside the signed one",
            around(&format!("{}{signed}", evil.replace("_evil", "_assertion1")))),
        ("xsw_extensions", "a forged assertion of another id within Extensions",
            around(&signed).replace("<samlp:Status>", &format!("<samlp:Extensions>{evil}</samlp:Extensions><samlp:Status>"))),
        ("xsw_signed_in_extensions", "the signed assertion within Extensions, a forged one in its place",
            around(&evil).replace("<samlp:Status>", &format!("<samlp:Extensions>{signed}</samlp:Extensions><samlp:Status>"))),
        ("xsw_advice", "the signed assertion within the Advice of a forged one",
            around(&replaced(&evil, "<saml:AuthnStatement", &format!("<saml:Advice>{signed}</saml:Advice><saml:AuthnStatement")))),
        ("xsw_status_detail", "the signed assertion within StatusDetail, a forged one in its place",
            around(&evil).replace("</samlp:Status>", &format!("<samlp:StatusDetail>{signed}</samlp:StatusDetail></samlp:Status>"))),
        ("xsw_attribute_value", "the signed assertion within an attribute of a forged one",
            around(&replaced(&evil, "</saml:AttributeStatement>", &format!(
                r#"<saml:Attribute Name="x"><saml:AttributeValue>{signed}</saml:AttributeValue></saml:Attribute></saml:AttributeStatement>"#)))),
        ("xsw_confirmation_data", "the signed assertion within SubjectConfirmationData of a forged one",
            around(&replaced(&evil, "/></saml:SubjectConfirmation>", &format!(
                ">{signed}</saml:SubjectConfirmationData></saml:SubjectConfirmation>")))),
        ("xsw_foreign_wrapper", "the signed assertion within an element of another namespace",
            around(&format!(r#"<x:y xmlns:x="urn:x">{signed}</x:y>{evil}"#))),
        ("xsw_foreign_assertion", "a forged assertion that is called so in another namespace",
            around(&format!("{}{signed}", evil.replace("urn:oasis:names:tc:SAML:2.0:assertion", "urn:evil")))),
        ("xsw_response_in_response", "a signed response within a forged one",
            into_evil(&response)),
        ("xsw_encrypted_and_plain", "an encrypted assertion beside the signed one",
            around(&format!("<saml:EncryptedAssertion/>{signed}"))),
        ("two_signed_assertions", "two assertions, both signed by the provider", around(&format!("{signed}{}", Message {
            assertion_id: "_assertion2".to_owned(),
            name_id: name_id(PERSISTENT, "7f3c-owner"),
            ..Message::default()
        }.assertion()))),
        ("signature_moved_to_response", "the signature of the assertion stands in the response",
            around(&bare).replace("<samlp:Status>", &format!("{signature}<samlp:Status>"))),
        ("signature_at_end", "the signature of the assertion stands at its end", around(&at_end(&bare, &signature))),
        ("signature_before_issuer", "the signature of the assertion stands before its issuer",
            around(&replaced(&bare, "<saml:Issuer>", &format!("{signature}<saml:Issuer>")))),
        ("signature_in_subject", "the signature of the assertion stands within its subject",
            around(&replaced(&bare, "<saml:Subject>", &format!("<saml:Subject>{signature}")))),
        ("signature_twice", "the signature of the assertion stands there twice",
            around(&after_issuer(&bare, &format!("{signature}{signature}")))),
        ("signature_of_signed_info_copy", "a second SignedInfo, with a digest of the forged assertion (CVE-2025-29774)",
            around(&replaced(&signed, "</ds:SignedInfo>", &format!("</ds:SignedInfo>{}", element(&signature, "ds:SignedInfo"))))),
        ("two_references", "a second reference, to another element",
            around(&replaced(&signed, "</ds:Reference>", &format!("</ds:Reference>{}",
                element(&signature, "ds:Reference").replace("#_assertion1", "#_response1"))))),
        ("no_reference", "a signature that refers to nothing",
            around(&replaced(&signed, element(&signature, "ds:Reference"), ""))),
        ("two_subjects", "a second subject before the signed one",
            around(&replaced(&signed, "<saml:Subject>", &format!("{}<saml:Subject>", element(&evil, "saml:Subject"))))),
    ]
    .into_iter()
    .map(|(name, what, text)| xml(name, FORBIDDEN, PAPER, what, text))
    .collect();
    // Both signed by the provider, but the response by another assertion's time: nothing is out of place, and yet the
    // response was changed.
    let both = Message::both_signed().xml();
    let second = Message {
        sign_assertion: Some(Signing::default()),
        attributes: attribute("email", &["owner@acme.example"]),
        ..Message::default()
    }
    .assertion();
    cases.push(xml(
        "digest_elsewhere",
        "signature",
        "after CVE-2024-45409 (ruby-saml): a digest that is found in another place",
        "a changed assertion, and a DigestValue for it within StatusDetail",
        replaced(
            &around(&replaced(&signed, "7f3c-ada", "7f3c-owner")),
            "</samlp:Status>",
            &format!(
                r#"<samlp:StatusDetail><ds:DigestValue xmlns:ds="http://www.w3.org/2000/09/xmldsig#">{}</ds:DigestValue></samlp:StatusDetail></samlp:Status>"#,
                openssl::base64::encode_block(&openssl::sha::sha256(replaced(&bare, "7f3c-ada", "7f3c-owner").as_bytes()))
            ),
        ),
    ));
    let renamed = |xml: &str| xml.replace("_assertion1", "_assertion2").replace("_response1", "_response2");
    cases.push(xml(
        "xsw1_other_ids",
        FORBIDDEN,
        PAPER,
        "the signed response within an Object of its signature, with no id twice",
        renamed(&evil_response)
            .replace("<samlp:Status>", &format!("{}<samlp:Status>", with_object(&response_signature, &bare_response))),
    ));
    cases.push(xml(
        "xsw2_other_ids",
        FORBIDDEN,
        PAPER,
        "the signed response before its detached signature, with no id twice",
        renamed(&evil_response)
            .replace("<samlp:Status>", &format!("{bare_response}{response_signature}<samlp:Status>")),
    ));
    cases.push(xml(
        "assertion_swapped",
        "signature",
        PAPER,
        "a signed response whose signed assertion was replaced by another one that the provider signed",
        replaced(&both, element(&both, "saml:Assertion"), &second),
    ));
    cases
}
