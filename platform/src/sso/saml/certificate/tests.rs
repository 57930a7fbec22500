//! Certificates as people paste them.

use openssl::{nid::Nid, pkey::PKey};
use time::macros::datetime;

use super::*;
use crate::sso::saml::sample::ProviderKey;

fn pem(label: &str, der: &[u8]) -> String {
    let lines: Vec<_> = STANDARD.encode(der).into_bytes().chunks(64).map(<[u8]>::to_vec).collect();
    let body = lines.iter().map(|line| String::from_utf8_lossy(line).into_owned()).collect::<Vec<_>>().join("\r\n");
    format!("-----BEGIN {label}-----\r\n{body}\r\n-----END {label}-----\r\n")
}

fn error(text: &str) -> CertificateError {
    parse(text).unwrap_err()
}

#[test]
fn every_way_of_pasting_means_the_same() {
    let der = ProviderKey::rsa(2048).certificate;
    let expected = from_der(&der).unwrap();
    assert_eq!(expected.subject, "CN=idp.example, O=Example, Inc.");
    assert_eq!(expected.key, KeyKind::Rsa(2048));
    assert_eq!(expected.not_before, datetime!(2026-05-31 12:00 UTC));
    assert_eq!(expected.not_after, datetime!(2026-06-02 12:00 UTC));
    assert!(
        !expected.is_expired(datetime!(2026-06-02 11:59 UTC)) && expected.is_expired(datetime!(2026-06-02 12:00 UTC))
    );
    let text = pem("CERTIFICATE", &der);
    for text in [
        STANDARD.encode(&der),
        text.clone(),
        format!("\u{feff}  Bag Attributes\n    friendlyName: idp\n{text}\n"),
        text.replace("\r\n", "\n\t "),
        text.replace("\r\n", ""),
        text.replace("CERTIFICATE", "X509 CERTIFICATE"),
        text.lines().filter(|line| !line.starts_with('-')).collect::<Vec<_>>().join("\n"),
    ] {
        assert_eq!(parse(&text).as_ref(), Ok(&expected), "{text}");
    }
    assert_eq!(parse(&expected.base64()), Ok(expected.clone()));
    assert_eq!(expected.fingerprint_text().len(), 32 * 3 - 1);
}

#[test]
fn the_usual_curves_are_taken() {
    for (curve, bits) in [(Nid::X9_62_PRIME256V1, 256), (Nid::SECP384R1, 384), (Nid::SECP521R1, 521)] {
        assert_eq!(from_der(&ProviderKey::ec(curve).certificate).unwrap().key, KeyKind::Ec(bits));
    }
}

#[test]
fn keys_that_are_weak_or_unknown_are_refused() {
    let refused = |key: ProviderKey| from_der(&key.certificate).unwrap_err();
    assert_eq!(refused(ProviderKey::rsa(1024)), CertificateError::SmallKey(1024));
    assert_eq!(refused(ProviderKey::rsa(2047)), CertificateError::SmallKey(2047));
    assert!(matches!(refused(ProviderKey::ec(Nid::SECP256K1)), CertificateError::UnknownKey(_)));
    assert!(matches!(refused(ProviderKey::of(PKey::generate_ed25519().unwrap())), CertificateError::UnknownKey(_)));
}

#[test]
fn what_is_no_certificate_is_named() {
    let provider = ProviderKey::rsa(2048);
    let der = &provider.certificate;
    let (pkcs8, pkcs1) = (provider.key.private_key_to_pkcs8().unwrap(), provider.key.private_key_to_der().unwrap());
    for text in ["", " \n", "\u{feff}", "-----BEGIN CERTIFICATE----------END CERTIFICATE-----"] {
        assert_eq!(error(text), CertificateError::Empty, "{text}");
    }
    for text in [
        STANDARD.encode(&pkcs8),
        STANDARD.encode(&pkcs1),
        pem("PRIVATE KEY", &pkcs8),
        pem("RSA PRIVATE KEY", &pkcs1),
        pem("ENCRYPTED PRIVATE KEY", b"x"),
        format!("{}{}", pem("CERTIFICATE", der), pem("PRIVATE KEY", &pkcs8)),
    ] {
        assert_eq!(error(&text), CertificateError::PrivateKey);
    }
    let public = provider.key.public_key_to_der().unwrap();
    assert_eq!(error(&STANDARD.encode(&public)), CertificateError::PublicKey);
    assert_eq!(error(&pem("PUBLIC KEY", &public)), CertificateError::PublicKey);
    assert_eq!(error(&pem("CERTIFICATE REQUEST", b"x")), CertificateError::Request);
    assert_eq!(error(&pem("PKCS7", b"x")), CertificateError::Bundle);
    assert_eq!(error(&pem("DH PARAMETERS", b"x")), CertificateError::OtherBlock("DH PARAMETERS".to_owned()));
    assert_eq!(error("<md:EntityDescriptor/>"), CertificateError::Xml);
    assert_eq!(error(&pem("CERTIFICATE", der).replace("-----END CERTIFICATE-----", "")), CertificateError::CutOff);
    assert_eq!(error("Hello, world"), CertificateError::NotBase64);
    assert_eq!(error(&STANDARD.encode("Hello, world")), CertificateError::NotCertificate);
    assert_eq!(error(&STANDARD.encode(&der[..der.len() - 1])), CertificateError::NotCertificate);
    assert_eq!(error(&STANDARD.encode([der, b"x".as_slice()].concat())), CertificateError::NotCertificate);
    assert_eq!(error(&"A".repeat(MOST_TEXT + 1)), CertificateError::TooLong);
    assert_eq!(error(&pem("CERTIFICATE", der).repeat(2)), CertificateError::Several(2));
    assert_eq!(parse_all(&pem("CERTIFICATE", der).repeat(2)).unwrap().len(), 2);
}
