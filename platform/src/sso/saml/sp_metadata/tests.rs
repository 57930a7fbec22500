//! Our metadata, as a strict reader of the other side would see it.

use openssl::x509::X509;
use samael::crypto::{CertificateDer, Crypto, CryptoProvider as _};

use super::*;
use crate::sso::saml::{
    names::{DSIG, PROTOCOL},
    sample::connection,
};

const MD: &str = METADATA;

#[test]
fn it_says_what_a_provider_needs() {
    let (mut connection, mut settings, secrets) = connection(Vec::new());
    settings.signs_metadata = false;
    settings.name_id_format = NameIdFormat::Persistent;
    connection.base_url = "https://acme.app.example/t/a&\"b<".to_owned();
    let xml = write(&connection, &settings, Some(&secrets)).unwrap();
    let document = roxmltree::Document::parse(&xml).unwrap();
    let root = document.root_element();
    assert_eq!(root.attribute("entityID"), Some(connection.endpoint("metadata").as_str()));
    assert!(root.attribute("validUntil").is_none());
    let role = root.first_element_child().unwrap();
    assert!(role.has_tag_name((MD, "SPSSODescriptor")));
    assert_eq!(role.attribute("protocolSupportEnumeration"), Some(PROTOCOL));
    assert_eq!(
        (role.attribute("AuthnRequestsSigned"), role.attribute("WantAssertionsSigned")),
        (Some("true"), Some("true"))
    );
    let parts: Vec<_> = role.children().map(|part| part.tag_name().name()).collect();
    // The order is the schema's.
    let order = [
        "KeyDescriptor",
        "KeyDescriptor",
        "SingleLogoutService",
        "SingleLogoutService",
        "NameIDFormat",
        "AssertionConsumerService",
    ];
    assert_eq!(parts, order);
    let uses: Vec<_> = role.children().filter_map(|part| part.attribute("use")).collect();
    assert_eq!(uses, ["signing", "encryption"]);
    for certificate in role.descendants().filter(|node| node.has_tag_name((DSIG, "X509Certificate"))) {
        let der = openssl::base64::decode_block(certificate.text().unwrap()).unwrap();
        assert_eq!(X509::from_der(&der).unwrap().to_der().unwrap(), connection.certificate);
    }
    let acs = role.last_element_child().unwrap();
    assert_eq!(acs.attribute("Location"), Some(connection.endpoint("acs").as_str()));
    assert_eq!((acs.attribute("index"), acs.attribute("isDefault")), (Some("0"), Some("true")));
    assert!(acs.attribute("Binding").unwrap().ends_with("HTTP-POST"));
}

#[test]
fn it_is_signed_on_wish() {
    let (connection, settings, secrets) = connection(Vec::new());
    let xml = write(&connection, &settings, Some(&secrets)).unwrap();
    let certificate = CertificateDer::from(connection.certificate.clone());
    Crypto::verify_signed_xml(&xml, &certificate, Some("ID")).unwrap();
    let changed = xml.replace("/acs\"", "/other\"");
    assert_ne!(changed, xml);
    assert!(Crypto::verify_signed_xml(&changed, &certificate, Some("ID")).is_err());
    let document = roxmltree::Document::parse(&xml).unwrap();
    assert!(document.root_element().first_element_child().unwrap().has_tag_name((DSIG, "Signature")));
    assert!(!write(&connection, &settings, None).unwrap().contains("Signature"));
}

#[test]
fn a_library_of_others_reads_it() {
    let (connection, settings, secrets) = connection(Vec::new());
    let xml = write(&connection, &settings, Some(&secrets)).unwrap();
    let read: samael::metadata::EntityDescriptor = xml.parse().unwrap();
    assert_eq!(read.entity_id, Some(connection.endpoint("metadata")));
    let role = &read.sp_sso_descriptors.unwrap()[0];
    assert_eq!(role.assertion_consumer_services[0].location, connection.endpoint("acs"));
    assert_eq!(role.single_logout_services.as_ref().unwrap().len(), 2);
}
