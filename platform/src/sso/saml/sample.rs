//! A connection and its provider, for the tests of messages.

use openssl::{
    asn1::Asn1Time,
    ec::{EcGroup, EcKey},
    hash::MessageDigest,
    nid::Nid,
    pkey::{PKey, Private},
    rsa::Rsa,
    x509::{X509Builder, X509NameBuilder},
};
use time::{OffsetDateTime, macros::datetime};
use uuid::Uuid;

use super::certificate;
use crate::sso::{
    AttributeMap, Connection, ConnectionId, ConnectionState, NameIdFormat, Protocol, Provider, RequestBinding,
    SamlSettings,
    connection::{Admitting, ConnectionSecrets},
    keys::{self, KeyPair},
};

pub(super) const NOW: OffsetDateTime = datetime!(2026-06-01 12:00 UTC);
pub(super) const IDP: &str = "https://idp.example/metadata?a=1&b=\"2\"";

/// A provider's key with its certificate.
pub(super) struct ProviderKey {
    pub(super) key: PKey<Private>,
    pub(super) certificate: Vec<u8>,
}

impl ProviderKey {
    pub(super) fn rsa(bits: u32) -> Self {
        Self::of(PKey::from_rsa(Rsa::generate(bits).unwrap()).unwrap())
    }

    pub(super) fn ec(curve: Nid) -> Self {
        let group = EcGroup::from_curve_name(curve).unwrap();
        Self::of(PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap())
    }

    pub(super) fn of(key: PKey<Private>) -> Self {
        let mut name = X509NameBuilder::new().unwrap();
        name.append_entry_by_text("CN", "idp.example").unwrap();
        name.append_entry_by_text("O", "Example, Inc.").unwrap();
        let name = name.build();
        let mut builder = X509Builder::new().unwrap();
        builder.set_version(2).unwrap();
        builder.set_subject_name(&name).unwrap();
        builder.set_issuer_name(&name).unwrap();
        builder.set_not_before(&Asn1Time::from_unix(NOW.unix_timestamp() - 86_400).unwrap()).unwrap();
        builder.set_not_after(&Asn1Time::from_unix(NOW.unix_timestamp() + 86_400).unwrap()).unwrap();
        builder.set_pubkey(&key).unwrap();
        let digest = match key.id() {
            openssl::pkey::Id::ED25519 => MessageDigest::null(),
            _ => MessageDigest::sha256(),
        };
        builder.sign(&key, digest).unwrap();
        Self { key, certificate: builder.build().to_der().unwrap() }
    }

    pub(super) fn base64(&self) -> String {
        certificate::from_der(&self.certificate).unwrap().base64()
    }
}

/// A connection of ours that knows the provider by these certificates, and our secrets.
pub(super) fn connection(certificates: Vec<String>) -> (Connection, SamlSettings, ConnectionSecrets) {
    let settings = SamlSettings {
        entity_id: IDP.to_owned(),
        metadata_url: None,
        sign_on_redirect: Some("https://idp.example/sso?tenant=a&b=c".to_owned()),
        sign_on_post: Some("https://idp.example/sso-post?x='<>".to_owned()),
        logout_redirect: Some("https://idp.example/slo".to_owned()),
        logout_response: None,
        logout_post: Some("https://idp.example/slo-post".to_owned()),
        certificates,
        request_binding: RequestBinding::Redirect,
        signs_requests: true,
        signs_metadata: true,
        requires_encryption: false,
        allows_idp_initiated: false,
        name_id_format: NameIdFormat::Unspecified,
        attributes: AttributeMap::default(),
    };
    let KeyPair { private_key, certificate } = keys::generate("acme.example", NOW).unwrap();
    let connection = Connection {
        id: ConnectionId(Uuid::nil()),
        provider: Provider::Generic,
        name: "Example".to_owned(),
        hint: "example".to_owned(),
        state: ConnectionState::On,
        protocol: Protocol::Saml(settings.clone()),
        has_client_secret: false,
        base_url: "https://acme.app.example".to_owned(),
        certificate,
        admitting: Admitting::default(),
        vouched_by_owner: true,
        tested_at: Some(NOW),
        protocol_changed_at: NOW,
        refreshed_at: None,
        refresh_error: None,
        created_at: NOW,
    };
    (connection, settings, ConnectionSecrets { client_secret: None, private_key })
}
