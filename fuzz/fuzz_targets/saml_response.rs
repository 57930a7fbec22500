//! Bytes as a SAML response. Whatever they are: no panic, and nobody is believed whom the provider did not sign.
#![no_main]

use std::sync::LazyLock;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use libfuzzer_sys::fuzz_target;
use openssl::{pkey::PKey, x509::X509};
use rowhouse_platform::sso::{
    AttributeMap, NameIdFormat, Report, RequestBinding, SamlSettings,
    saml::{Expected, peek_in_response_to, read_response},
};
use time::macros::datetime;

const PROVIDER: &str = include_str!("../../platform/tests/saml/corpus/keys/idp.crt.pem");
const OURS: &str = include_str!("../../platform/tests/saml/corpus/keys/sp.key.pem");
/// Whom the provider of the corpus signed, at the default settings.
const SIGNED: [&str; 2] = ["7f3c-ada", "ada@acme.example"];

static SETTINGS: LazyLock<(SamlSettings, Vec<u8>)> = LazyLock::new(|| {
    let certificate = X509::from_pem(PROVIDER.as_bytes()).expect("the corpus's certificate is PEM");
    let key = PKey::private_key_from_pem(OURS.as_bytes()).expect("the corpus's key is PEM");
    let settings = SamlSettings {
        entity_id: "https://idp.example/metadata".to_owned(),
        metadata_url: None,
        sign_on_redirect: None,
        sign_on_post: None,
        logout_redirect: None,
        logout_post: None,
        logout_response: None,
        certificates: vec![STANDARD.encode(certificate.to_der().expect("a parsed certificate has a DER form"))],
        request_binding: RequestBinding::Redirect,
        signs_requests: false,
        signs_metadata: false,
        requires_encryption: false,
        allows_idp_initiated: false,
        name_id_format: NameIdFormat::Unspecified,
        attributes: AttributeMap::default(),
    };
    (settings, key.private_key_to_pkcs8().expect("a parsed key has a PKCS #8 form"))
});

fuzz_target!(|bytes: &[u8]| {
    let (settings, private_key) = &*SETTINGS;
    let encoded = STANDARD.encode(bytes);
    let expected = Expected {
        entity_id: "https://acme.app.example/sso/con_1/metadata",
        acs: "https://acme.app.example/sso/con_1/acs",
        request_id: Some("_request1"),
        now: datetime!(2026-06-01 12:00 UTC),
        private_key,
    };
    let _ = peek_in_response_to(&encoded);
    let mut report = Report::default();
    if let Ok(asserted) = read_response(&encoded, settings, &expected, &mut report) {
        assert!(SIGNED.contains(&asserted.identity.subject.as_str()), "{asserted:?}");
    }
});
