//! Requests, as the provider sees them.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use samael::crypto::{CertificateDer, Crypto, CryptoProvider as _};

use super::*;
use crate::sso::{
    Report,
    saml::{
        names::DSIG,
        redirect::{Query, check_signature},
        sample::{NOW, connection},
    },
};

fn begun() -> Begun {
    Begun {
        state: "ab".repeat(32),
        nonce: String::new(),
        pkce_verifier: String::new(),
        request_id: "_0123456789abcdef0123456789abcdef".to_owned(),
    }
}

/// What a request by HTTP POST holds.
fn posted(settings: &SamlSettings, again: bool) -> (String, String, Connection) {
    let (connection, _, secrets) = connection(Vec::new());
    let Outgoing::Post { to, fields } = sign_on(&connection, settings, &secrets, &begun(), again, NOW).unwrap() else {
        panic!("not by POST");
    };
    assert_eq!(fields[1], ("RelayState", "ab".repeat(32)));
    assert_eq!(fields[0].0, "SAMLRequest");
    (to, String::from_utf8(STANDARD.decode(&fields[0].1).unwrap()).unwrap(), connection)
}

fn settings(change: impl Fn(&mut SamlSettings)) -> SamlSettings {
    let (_, mut settings, _) = connection(Vec::new());
    change(&mut settings);
    settings
}

#[test]
fn by_redirect_it_is_signed_beside_the_message() {
    let (connection, settings, secrets) = connection(Vec::new());
    let outgoing = sign_on(&connection, &settings, &secrets, &begun(), false, NOW).unwrap();
    let Outgoing::Redirect(address) = outgoing else { panic!("{outgoing:?}") };
    let query = address.strip_prefix("https://idp.example/sso?tenant=a&b=c&").unwrap();
    let mut report = Report::default();
    let query = Query::read(query, &mut report).unwrap();
    check_signature(&query, &[STANDARD.encode(&connection.certificate)], &mut report).unwrap();
    assert_eq!(query.relay_state(), Some("ab".repeat(32)));
    let xml = query.xml(&mut report).unwrap();
    assert!(!xml.contains("Signature"));
    let document = roxmltree::Document::parse(&xml).unwrap();
    let root = document.root_element();
    assert!(root.has_tag_name((PROTOCOL, "AuthnRequest")));
    for (name, value) in [
        ("ID", "_0123456789abcdef0123456789abcdef"),
        ("Version", "2.0"),
        ("IssueInstant", "2026-06-01T12:00:00Z"),
        ("Destination", "https://idp.example/sso?tenant=a&b=c"),
        ("ProtocolBinding", POST),
        ("AssertionConsumerServiceURL", connection.endpoint("acs").as_str()),
    ] {
        assert_eq!(root.attribute(name), Some(value));
    }
    assert_eq!(root.attribute("ForceAuthn"), None);
    let parts: Vec<_> = root.children().map(|part| (part.tag_name().name(), part.text())).collect();
    assert_eq!(parts, [("Issuer", Some(connection.endpoint("metadata").as_str())), ("NameIDPolicy", None)]);
}

#[test]
fn by_post_it_is_signed_within() {
    let settings = settings(|settings| settings.request_binding = RequestBinding::Post);
    let (connection, _, secrets) = connection(Vec::new());
    let outgoing = sign_on(&connection, &settings, &secrets, &begun(), true, NOW).unwrap();
    let Outgoing::Post { to, fields } = outgoing else { panic!("{outgoing:?}") };
    assert_eq!(to, "https://idp.example/sso-post?x='<>");
    let xml = String::from_utf8(STANDARD.decode(&fields[0].1).unwrap()).unwrap();
    let certificate = CertificateDer::from(connection.certificate.clone());
    Crypto::verify_signed_xml(&xml, &certificate, Some("ID")).unwrap();
    let forged = xml.replace("ForceAuthn=\"true\"", "");
    assert!(Crypto::verify_signed_xml(&forged, &certificate, Some("ID")).is_err());
    let document = roxmltree::Document::parse(&xml).unwrap();
    let root = document.root_element();
    assert_eq!(root.attribute("Destination"), Some(to.as_str()));
    assert_eq!(root.attribute("ForceAuthn"), Some("true"));
    // The signature follows the issuer, as the schema wants it.
    let second = root.children().nth(1).unwrap();
    assert!(second.has_tag_name((DSIG, "Signature")));
}

#[test]
fn it_is_not_signed_where_that_is_not_wished() {
    let unsigned = |binding| {
        settings(|settings| {
            settings.signs_requests = false;
            settings.request_binding = binding;
        })
    };
    let (_, xml, _) = posted(&unsigned(RequestBinding::Post), false);
    assert!(!xml.contains("Signature"));
    let (connection, _, secrets) = connection(Vec::new());
    let outgoing = sign_on(&connection, &unsigned(RequestBinding::Redirect), &secrets, &begun(), false, NOW).unwrap();
    let Outgoing::Redirect(address) = outgoing else { panic!("{outgoing:?}") };
    assert!(!address.contains("Sig"));
}

#[test]
fn the_name_that_is_asked_for_is_the_settings() {
    for (format, attributes) in [
        (NameIdFormat::Unspecified, [None, Some("true")]),
        (NameIdFormat::Persistent, [Some(NameIdFormat::Persistent.urn()), Some("true")]),
        (NameIdFormat::EmailAddress, [Some(NameIdFormat::EmailAddress.urn()), Some("true")]),
        (NameIdFormat::Transient, [Some(NameIdFormat::Transient.urn()), None]),
    ] {
        let settings = settings(|settings| {
            settings.request_binding = RequestBinding::Post;
            settings.name_id_format = format;
        });
        let (_, xml, _) = posted(&settings, false);
        let document = roxmltree::Document::parse(&xml).unwrap();
        let policy = document.root_element().last_element_child().unwrap();
        assert_eq!(["Format", "AllowCreate"].map(|name| policy.attribute(name)), attributes);
    }
}

#[test]
fn the_other_binding_is_used_where_there_is_no_choice() {
    let only_post = settings(|settings| settings.sign_on_redirect = None);
    assert_eq!(posted(&only_post, false).0, "https://idp.example/sso-post?x='<>");
    let none = settings(|settings| (settings.sign_on_redirect, settings.sign_on_post) = (None, None));
    let (connection, _, secrets) = connection(Vec::new());
    let refused = sign_on(&connection, &none, &secrets, &begun(), false, NOW).unwrap_err();
    assert_eq!(refused.reason, Reason::Settings);
    assert!(refused.words.contains("SingleSignOnService"));
}

#[test]
fn a_key_that_is_none_is_told() {
    let (connection, settings, mut secrets) = connection(Vec::new());
    secrets.private_key = vec![1, 2, 3];
    for binding in [RequestBinding::Redirect, RequestBinding::Post] {
        let settings = SamlSettings { request_binding: binding, ..settings.clone() };
        let refused = sign_on(&connection, &settings, &secrets, &begun(), false, NOW).unwrap_err();
        assert_eq!(refused.reason, Reason::Settings);
    }
}
