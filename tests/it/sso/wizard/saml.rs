//! Step 2 for SAML.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use rowhouse_platform::sso::{NameIdFormat, Protocol, RequestBinding, SamlSettings};

use super::world::{
    add, certificate, connection_at, message_at, metadata, note_test, see, send, send_metadata, switch_on, web_server,
};
use crate::app::{TestApp, TestTenant};

const ENTITY: &str = "https://idp.example/entity";

async fn settings(app: &TestApp, tenant: &TestTenant, path: &str) -> SamlSettings {
    match connection_at(app, tenant, path).await.unwrap().protocol {
        Protocol::Saml(settings) => settings,
        Protocol::Oidc(_) => panic!("it speaks SAML"),
    }
}

async fn paste(app: &TestApp, tenant: &TestTenant, path: &str, xml: &str) {
    let answer = send_metadata(app, tenant, path, &[("metadata_xml", xml)], None).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
}

#[tokio::test]
async fn metadata_is_taken_pasted_as_a_file_and_from_its_address() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let path = add(&app, &acme, "keycloak", "saml", "Keycloak").await;
    let page = see(&app, &acme, &path).await.body;
    for told in ["/acs<", "/metadata<", "/slo<", "BEGIN CERTIFICATE"] {
        assert!(page.contains(told), "{told}");
    }
    let one = metadata(ENTITY, &[certificate("One")]);

    paste(&app, &acme, &path, &one).await;
    let pasted = settings(&app, &acme, &path).await;
    assert_eq!((pasted.entity_id.as_str(), pasted.certificates.len()), (ENTITY, 1));
    assert_eq!(pasted.sign_on_redirect.as_deref(), Some("https://idp.example/sso"));
    assert_eq!(pasted.metadata_url, None);
    let page = see(&app, &acme, &path).await.body;
    assert!(page.contains(ENTITY) && page.contains("One") && page.contains("SHA-256 "));

    let two = metadata(ENTITY, &[certificate("One"), certificate("Two")]);
    let filed = send_metadata(&app, &acme, &path, &[], Some(two.as_bytes())).await;
    assert_eq!(filed.status, StatusCode::SEE_OTHER, "{}", filed.body);
    assert_eq!(settings(&app, &acme, &path).await.certificates.len(), 2);

    let origin = web_server(|_| BTreeMap::from([("/metadata", one), ("/page", "<html></html>".to_owned())])).await;
    let url = format!("{origin}/metadata");
    let fetched = send_metadata(&app, &acme, &path, &[("metadata_url", &url)], None).await;
    assert_eq!(fetched.status, StatusCode::SEE_OTHER, "{}", fetched.body);
    let now = settings(&app, &acme, &path).await;
    assert_eq!((now.metadata_url.as_deref(), now.certificates.len()), (Some(url.as_str()), 1));

    for (url, words) in [
        (format!("{origin}/page"), "This is a web page"),
        (format!("{origin}/nothing"), "404"),
        ("http://169.254.169.254/metadata".to_owned(), ""),
        ("file:///etc/passwd".to_owned(), ""),
    ] {
        let answer = send_metadata(&app, &acme, &path, &[("metadata_url", &url)], None).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{url}");
        let message = message_at(&answer, "metadata_url");
        assert!(message.contains(words) && !message.is_empty(), "{url}: {message}");
    }
}

#[tokio::test]
async fn what_is_no_metadata_is_told_apart() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let path = add(&app, &acme, "generic", "saml", "Ours").await;
    let good = metadata(ENTITY, &[certificate("One")]);
    let provider = good.replace("IDPSSODescriptor", "SPSSODescriptor");
    let doctype = format!("<!DOCTYPE x [<!ENTITY y SYSTEM \"file:///etc/passwd\">]>{good}");
    let without = metadata(ENTITY, &[]);
    let hostile = good.replace("https://idp.example/sso", "javascript:alert(1)");
    for (xml, words) in [
        ("hello", "not well-formed XML"),
        ("<a><b></a>", "not well-formed XML"),
        ("<html><body>Sign in</body></html>", "This is a web page"),
        ("{\"issuer\":\"x\"}", "This is JSON"),
        ("<a/>", "not SAML 2.0 metadata"),
        (&provider, "the metadata of a service provider"),
        (&without, "lacks a signing certificate"),
        (&doctype, "document type declaration"),
        (&hostile, ""),
        (&good[..200], "not well-formed XML"),
    ] {
        let answer = send_metadata(&app, &acme, &path, &[("metadata_xml", xml)], None).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{xml}");
        let message = message_at(&answer, "metadata_xml");
        assert!(message.contains(words) && !message.is_empty(), "{xml}: {message}");
    }
    let binary = send_metadata(&app, &acme, &path, &[], Some(&[0x1f, 0x8b, 0xff, 0xfe, 0x00])).await;
    assert!(message_at(&binary, "metadata_file").contains("not text"));
    let nothing = send_metadata(&app, &acme, &path, &[], None).await;
    assert!(message_at(&nothing, "metadata_url").contains("Give the metadata"));
    assert_eq!(settings(&app, &acme, &path).await.entity_id, "", "nothing of it was saved");
}

#[tokio::test]
async fn another_providers_metadata_is_a_question() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let path = add(&app, &acme, "generic", "saml", "Ours").await;
    paste(&app, &acme, &path, &metadata(ENTITY, &[certificate("One")])).await;
    let other = metadata("https://other.example", &[certificate("Other")]);

    let asked = send_metadata(&app, &acme, &path, &[], Some(other.as_bytes())).await;
    assert_eq!(asked.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(asked.body.contains("This metadata is of another provider") && asked.body.contains("other_provider"));
    assert!(asked.body.contains("https://other.example"), "its text stays for the answer");
    assert_eq!(settings(&app, &acme, &path).await.entity_id, ENTITY);

    let fields = [("metadata_xml", other.as_str()), ("other_provider", "yes")];
    let answered = send_metadata(&app, &acme, &path, &fields, None).await;
    assert_eq!(answered.status, StatusCode::SEE_OTHER, "{}", answered.body);
    assert_eq!(settings(&app, &acme, &path).await.entity_id, "https://other.example");
}

#[tokio::test]
async fn certificates_are_added_and_removed_but_for_the_last_one_in_use() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let path = add(&app, &acme, "generic", "saml", "Ours").await;
    let (one, two) = (certificate("One"), certificate("Two"));
    paste(&app, &acme, &path, &metadata(ENTITY, std::slice::from_ref(&one))).await;

    for (text, words) in [
        ("", "There is no certificate"),
        ("hello world", "certificate"),
        ("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----", "key"),
        (one.as_str(), "in the list already"),
    ] {
        let answer = send(&app, &acme, &path, &[("intent", "add-certificate"), ("certificate", text)]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{text}");
        let message = message_at(&answer, "certificate");
        assert!(message.contains(words), "{text}: {message}");
    }
    let pem = format!("-----BEGIN CERTIFICATE-----\n{two}\n-----END CERTIFICATE-----\n");
    let added = send(&app, &acme, &path, &[("intent", "add-certificate"), ("certificate", &pem)]).await;
    assert_eq!(added.status, StatusCode::SEE_OTHER, "{}", added.body);
    assert_eq!(settings(&app, &acme, &path).await.certificates, [one, two]);

    note_test(&app, &acme, &path).await;
    let on = switch_on(&app, &acme, &path).await;
    assert_eq!(on.status, StatusCode::SEE_OTHER, "{}", on.body);
    let fingerprints: Vec<String> = {
        let page = see(&app, &acme, &path).await.body;
        page.split("name=\"fingerprint\" value=\"")
            .skip(1)
            .map(|rest| rest.split('"').next().unwrap().to_owned())
            .collect()
    };
    assert_eq!(fingerprints.len(), 2);
    let remove = |fingerprint: &str| {
        let form = [
            ("intent".to_owned(), "remove-certificate".to_owned()),
            ("fingerprint".to_owned(), fingerprint.to_owned()),
        ];
        let (app, acme, path) = (&app, &acme, &path);
        async move {
            let form: Vec<_> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            send(app, acme, path, &form).await
        }
    };
    assert_eq!(remove("AA:BB").await.status, StatusCode::NOT_FOUND);
    assert_eq!(remove(&fingerprints[0]).await.status, StatusCode::SEE_OTHER);
    let last = remove(&fingerprints[1]).await;
    assert_eq!(last.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(message_at(&last, "certificates").contains("This is the last certificate"));
    assert_eq!(settings(&app, &acme, &path).await.certificates.len(), 1);
}

#[tokio::test]
async fn a_provider_is_entered_by_hand() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let path = add(&app, &acme, "generic", "saml", "Ours").await;
    let form = |redirect| {
        [("intent", "provider"), ("entity_id", ENTITY), ("sign_on_redirect", redirect), ("sign_on_post", "")]
    };
    for address in ["javascript:alert(1)", "", "/sso", "https://user:pass@idp.example/", "http://idp.example/sso"] {
        let answer = send(&app, &acme, &path, &form(address)).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{address}");
        assert!(!message_at(&answer, "sign_on_redirect").is_empty(), "{address}");
    }
    let saved = send(&app, &acme, &path, &form("https://idp.internal.example/sso")).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
    let now = settings(&app, &acme, &path).await;
    assert_eq!((now.entity_id.as_str(), now.sign_on_post), (ENTITY, None));
    let page = see(&app, &acme, &path).await.body;
    assert!(page.contains("Step 2 is not complete yet."), "a certificate is missing");
}

#[tokio::test]
async fn what_is_asked_of_the_provider_is_chosen() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let path = add(&app, &acme, "generic", "saml", "Ours").await;
    paste(&app, &acme, &path, &metadata(ENTITY, &[certificate("One")])).await;
    let form = [
        ("intent", "saml"),
        ("request_binding", "redirect"),
        ("name_id_format", "transient"),
        ("signs_requests", "on"),
        ("allows_idp_initiated", "on"),
        ("map_subject", "uid"),
        ("map_email", "mail"),
    ];
    let saved = send(&app, &acme, &path, &form).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
    let now = settings(&app, &acme, &path).await;
    assert_eq!((now.name_id_format, now.request_binding), (NameIdFormat::Transient, RequestBinding::Redirect));
    assert!(now.signs_requests && now.allows_idp_initiated && !now.requires_encryption && !now.signs_metadata);
    assert_eq!((now.attributes.subject.as_str(), now.attributes.email.as_str()), ("uid", "mail"));
    assert_eq!((now.entity_id.as_str(), now.certificates.len()), (ENTITY, 1), "the provider is the same");
    assert!(see(&app, &acme, &path).await.body.contains("Answers that nobody asked for are taken"));

    let bad = [("intent", "saml"), ("request_binding", "post"), ("name_id_format", "transient")];
    let answer = send(&app, &acme, &path, &bad).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(message_at(&answer, "request_binding").contains("no sign-in address for this"));
    assert!(message_at(&answer, "map_subject").contains("say which attribute"));
}
