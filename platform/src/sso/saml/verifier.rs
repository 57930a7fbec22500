//! Verifying XML signatures, by xmlsec behind samael.

use std::sync::OnceLock;

use base64::Engine as _;
use openssl::{
    hash::MessageDigest,
    pkey::{Id, PKey, Public},
    x509::{X509, X509Ref},
};
use samael::crypto::{AllowedSignatureAlgorithm, CertificateDer, Crypto, CryptoProvider as _, ReduceMode};

/// The signature algorithms that are handed to xmlsec; the same that the filter lets through.
const ALLOWED: [AllowedSignatureAlgorithm; 6] = [
    AllowedSignatureAlgorithm::RsaSha256,
    AllowedSignatureAlgorithm::RsaSha384,
    AllowedSignatureAlgorithm::RsaSha512,
    AllowedSignatureAlgorithm::EcdsaSha256,
    AllowedSignatureAlgorithm::EcdsaSha384,
    AllowedSignatureAlgorithm::EcdsaSha512,
];
/// Most certificates of a connection that are tried.
const MAX_CERTIFICATES: usize = 16;
const MIN_RSA_BITS: u32 = 2048;
const MIN_EC_BITS: u32 = 256;

/// No certificate of the connection verifies the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no certificate of the connection verifies the signature")]
pub struct Unverified;

/// What a signature covers, and whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// The bytes that were digested, and nothing else: an element in canonical form without its signature. Of a
    /// response and its assertion, both signed, it is the response.
    pub xml: String,
    /// Which of the certificates fits. `None`: the signatures fit different ones.
    pub certificate: Option<usize>,
}

/// Verifies the signatures of a message **that the strict filter let through**.
///
/// A trait, so that what reads messages does not depend on the library that verifies them.
pub trait SamlVerifier: Send + Sync {
    /// Verifies every signature in `xml` with the keys of `certificates`, and answers what they cover. Without a
    /// certificate nothing is verified.
    ///
    /// # Errors
    /// [`Unverified`]; also where the library fails in any other way.
    fn verify(&self, xml: &str, certificates: &[SigningCertificate]) -> Result<Verified, Unverified>;
}

/// A certificate that a connection's signatures are checked with. Its key is what counts, as is usual for SAML
/// (Metadata Interoperability Profile, section 2.6.1): that it has expired is told, and does not refuse anybody.
#[derive(Debug, Clone)]
pub struct SigningCertificate {
    der: Vec<u8>,
    x509: X509,
}

impl SigningCertificate {
    /// Reads a certificate, DER in base64, with a key that is strong enough to rely on. `Err` says what is wrong.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub fn read(encoded: &str) -> Result<Self, String> {
        let packed: String = encoded.chars().filter(|each| !each.is_ascii_whitespace()).collect();
        let der = base64::engine::general_purpose::STANDARD
            .decode(packed)
            .map_err(|_| "a certificate of the connection is not base64".to_owned())?;
        let x509 = X509::from_der(&der).map_err(|_| "a certificate of the connection cannot be read".to_owned())?;
        let key = x509.public_key().map_err(|_| "the key of a certificate cannot be read".to_owned())?;
        strong(&key)?;
        Ok(Self { der, x509 })
    }

    /// What it is, for people: its subject and the beginning of its fingerprint.
    pub fn words(&self) -> String {
        describe(&self.x509)
    }

    /// Whether it has expired at `now`.
    pub fn expired(&self, now: time::OffsetDateTime) -> bool {
        openssl::asn1::Asn1Time::from_unix(now.unix_timestamp()).is_ok_and(|now| self.x509.not_after() < now)
    }

    /// The certificate, DER.
    pub fn der(&self) -> &[u8] {
        &self.der
    }
}

fn strong(key: &PKey<Public>) -> Result<(), String> {
    match key.id() {
        Id::RSA if key.bits() >= MIN_RSA_BITS => Ok(()),
        Id::RSA => Err(format!("the RSA key of a certificate has {} bits; {MIN_RSA_BITS} are needed", key.bits())),
        Id::EC if key.bits() >= MIN_EC_BITS => Ok(()),
        Id::EC => Err(format!("the EC key of a certificate has {} bits; {MIN_EC_BITS} are needed", key.bits())),
        _ => Err("the key of a certificate is neither RSA nor EC".to_owned()),
    }
}

/// The subject of a certificate and the beginning of its SHA-256 fingerprint.
pub(super) fn describe(x509: &X509Ref) -> String {
    let subject = x509
        .subject_name()
        .entries()
        .filter_map(|entry| {
            Some(format!("{}={}", entry.object().nid().short_name().ok()?, entry.data().to_string().ok()?))
        })
        .collect::<Vec<_>>()
        .join(", ");
    let fingerprint = x509.digest(MessageDigest::sha256()).map_or_else(
        |_| String::new(),
        |digest| digest.iter().take(8).map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(":"),
    );
    format!("“{}” (SHA-256 {fingerprint}…)", super::strict::cut(&subject))
}

/// xmlsec, by samael's binding. Of samael nothing else is used.
#[derive(Debug, Clone, Copy, Default)]
pub struct Xmlsec;

impl SamlVerifier for Xmlsec {
    fn verify(&self, xml: &str, certificates: &[SigningCertificate]) -> Result<Verified, Unverified> {
        let keys: Vec<CertificateDer> =
            certificates.iter().take(MAX_CERTIFICATES).map(|each| each.der.clone().into()).collect();
        let Some(first) = keys.first() else { return Err(Unverified) };
        start(first);
        // One by one: with several, a key of another kind than the signature's ends the search in an error.
        for (index, key) in keys.iter().enumerate() {
            if let Ok(xml) = reduce(xml, std::slice::from_ref(key)) {
                return Ok(Verified { xml, certificate: Some(index) });
            }
        }
        // A response and its assertion, signed with different keys while one replaces the other.
        if keys.len() > 1
            && let Ok(xml) = reduce(xml, &keys)
        {
            return Ok(Verified { xml, certificate: None });
        }
        Err(Unverified)
    }
}

fn reduce(xml: &str, keys: &[CertificateDer]) -> Result<String, Unverified> {
    Crypto::reduce_xml_to_signed_with_allowed_algorithms(xml, keys, ReduceMode::PreDigest, Some(&ALLOWED))
        .map_err(|_| Unverified)
}

/// Starts libxml2 and xmlsec once, before several threads use them. The message is not signed, so it verifies nothing.
fn start(key: &CertificateDer) {
    static STARTED: OnceLock<bool> = OnceLock::new();
    STARTED.get_or_init(|| Crypto::verify_signed_xml("<start/>", key, None).is_ok());
}
