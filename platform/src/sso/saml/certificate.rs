//! Certificates of identity providers, as people paste them and as metadata holds them.
//!
//! A provider's certificates are pinned: what counts is the key in one, not who signed it. So neither its issuer nor its
//! dates decide about a signature; the dates are shown, and warned of.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use openssl::{
    asn1::{Asn1Time, Asn1TimeRef},
    error::ErrorStack,
    nid::Nid,
    pkey::{Id, PKey, Public},
    x509::{X509, X509NameRef},
};
use sha2::{Digest as _, Sha256};
use time::{Duration, OffsetDateTime};

/// The shortest RSA key that is taken, in bits.
const LEAST_RSA_BITS: u32 = 2048;
/// The longest: checking a signature with a longer one would take our time.
const MOST_RSA_BITS: u32 = 8192;
/// The longest text of one certificate. Real ones have one to three thousand characters.
const MOST_TEXT: usize = 20_000;
/// The most characters of a subject that are kept.
const MOST_SUBJECT: usize = 300;

/// The key in a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// RSA, of so many bits.
    Rsa(u32),
    /// An elliptic curve (P-256, P-384 or P-521), of so many bits.
    Ec(u32),
}

impl std::fmt::Display for KeyKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Rsa(bits) => write!(f, "RSA, {bits} bits"),
            Self::Ec(bits) => write!(f, "ECDSA, P-{bits}"),
        }
    }
}

/// A certificate whose key can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateInfo {
    /// As DER.
    pub der: Vec<u8>,
    /// The SHA-256 of it.
    pub fingerprint: [u8; 32],
    /// Whose it says that it is: `CN=idp.example, O=Example`.
    pub subject: String,
    /// From when it is good.
    pub not_before: OffsetDateTime,
    /// Until when.
    pub not_after: OffsetDateTime,
    /// Its key.
    pub key: KeyKind,
}

impl CertificateInfo {
    /// As kept in settings and written into messages: DER in base64, in one line.
    pub fn base64(&self) -> String {
        STANDARD.encode(&self.der)
    }

    /// The fingerprint as providers show it: `AB:CD:…`.
    pub fn fingerprint_text(&self) -> String {
        fingerprint_text(&self.fingerprint)
    }

    /// Whether its time is over.
    pub fn is_expired(&self, now: OffsetDateTime) -> bool {
        self.not_after <= now
    }

    /// Its public key.
    ///
    /// # Errors
    /// What OpenSSL said.
    pub fn public_key(&self) -> Result<PKey<Public>, ErrorStack> {
        X509::from_der(&self.der)?.public_key()
    }
}

/// Why a text is no certificate that can be used. Each says what was found, and what would be right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// There is none.
    #[error(
        "There is no certificate. Paste the provider’s signing certificate, which begins with “-----BEGIN CERTIFICATE-----”."
    )]
    Empty,
    /// It is too long.
    #[error("This is longer than {MOST_TEXT} characters, and no single certificate is. Paste one certificate.")]
    TooLong,
    /// Somebody's private key.
    #[error(
        "This is a private key. It must never leave the provider: treat it as lost, and replace it there. What belongs \
         here is the certificate, which begins with “-----BEGIN CERTIFICATE-----”."
    )]
    PrivateKey,
    /// A bare public key.
    #[error(
        "This is a public key without its certificate. What belongs here begins with “-----BEGIN CERTIFICATE-----”."
    )]
    PublicKey,
    /// A request for a certificate.
    #[error(
        "This is a request for a certificate, not the certificate itself, which begins with “-----BEGIN CERTIFICATE-----”."
    )]
    Request,
    /// A container of several things.
    #[error("This is a PKCS #7 bundle. Export the certificate by itself, as “Base-64 encoded X.509”.")]
    Bundle,
    /// Some other PEM block.
    #[error("This is “{0}”, not a certificate, which begins with “-----BEGIN CERTIFICATE-----”.")]
    OtherBlock(String),
    /// Metadata or another XML document.
    #[error("This is an XML document, not a certificate. If it is the provider’s metadata, paste it as metadata.")]
    Xml,
    /// Several.
    #[error("There are {0} certificates where one belongs. Paste them one by one.")]
    Several(usize),
    /// A PEM block without end.
    #[error("The certificate is cut off: the line “-----END CERTIFICATE-----” is missing.")]
    CutOff,
    /// Not base64.
    #[error("This is no certificate: it holds characters that do not belong into base64 text.")]
    NotBase64,
    /// Base64 of something else.
    #[error("This cannot be read as an X.509 certificate. It may be cut off, or be something else in base64.")]
    NotCertificate,
    /// RSA, and too short.
    #[error(
        "The certificate’s RSA key has {0} bits, which can be broken. At least {LEAST_RSA_BITS} are needed: let the \
         provider make a new certificate."
    )]
    SmallKey(u32),
    /// RSA, and too long.
    #[error("The certificate’s RSA key has {0} bits. At most {MOST_RSA_BITS} are taken.")]
    LargeKey(u32),
    /// Neither RSA nor one of the usual curves.
    #[error(
        "The certificate’s key is neither RSA nor ECDSA on P-256, P-384 or P-521 ({0}): signatures of it are not taken."
    )]
    UnknownKey(String),
}

/// Reads one certificate: PEM with or without its first and last line, or DER in base64, with any white space.
///
/// # Errors
/// [`CertificateError`].
pub fn parse(text: &str) -> Result<CertificateInfo, CertificateError> {
    let mut found = parse_all(text)?;
    match found.len() {
        1 => Ok(found.remove(0)),
        count => Err(CertificateError::Several(count)),
    }
}

/// Reads one certificate or several PEM blocks, one after the other.
///
/// # Errors
/// [`CertificateError`]; none is taken then.
pub fn parse_all(text: &str) -> Result<Vec<CertificateInfo>, CertificateError> {
    // A byte order mark is no white space.
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.is_empty() {
        return Err(CertificateError::Empty);
    }
    if text.starts_with('<') {
        return Err(CertificateError::Xml);
    }
    if !text.contains("-----") {
        return Ok(vec![base64(text)?]);
    }
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((_, begin)) = rest.split_once("-----BEGIN ") {
        let (label, body) = begin.split_once("-----").ok_or(CertificateError::CutOff)?;
        check_label(label.trim())?;
        let (body, after) = body.split_once("-----END ").ok_or(CertificateError::CutOff)?;
        found.push(base64(body)?);
        rest = after;
    }
    if found.is_empty() { Err(CertificateError::NotCertificate) } else { Ok(found) }
}

fn check_label(label: &str) -> Result<(), CertificateError> {
    match label {
        "CERTIFICATE" | "X509 CERTIFICATE" => Ok(()),
        "PUBLIC KEY" | "RSA PUBLIC KEY" => Err(CertificateError::PublicKey),
        "CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST" => Err(CertificateError::Request),
        "PKCS7" | "CMS" => Err(CertificateError::Bundle),
        other if other.ends_with("PRIVATE KEY") => Err(CertificateError::PrivateKey),
        other => Err(CertificateError::OtherBlock(other.chars().take(40).collect())),
    }
}

fn base64(text: &str) -> Result<CertificateInfo, CertificateError> {
    if text.len() > MOST_TEXT {
        return Err(CertificateError::TooLong);
    }
    let text: String = text.chars().filter(|sign| !sign.is_whitespace()).collect();
    if text.is_empty() {
        return Err(CertificateError::Empty);
    }
    from_der(&STANDARD.decode(&text).map_err(|_| CertificateError::NotBase64)?)
}

/// Reads DER.
///
/// # Errors
/// [`CertificateError`].
pub fn from_der(der: &[u8]) -> Result<CertificateInfo, CertificateError> {
    let Ok(certificate) = X509::from_der(der) else {
        // Without its lines, a private key looks like any base64.
        let private = PKey::private_key_from_der(der).is_ok() || PKey::private_key_from_pkcs8(der).is_ok();
        return Err(if private {
            CertificateError::PrivateKey
        } else if PKey::public_key_from_der(der).is_ok() {
            CertificateError::PublicKey
        } else {
            CertificateError::NotCertificate
        });
    };
    // What follows a certificate is not part of it, and would make two texts of one certificate.
    if certificate.to_der().ok().as_deref() != Some(der) {
        return Err(CertificateError::NotCertificate);
    }
    let unreadable = |_| CertificateError::NotCertificate;
    Ok(CertificateInfo {
        der: der.to_vec(),
        fingerprint: Sha256::digest(der).into(),
        subject: subject(certificate.subject_name()),
        not_before: moment(certificate.not_before()).map_err(unreadable)?,
        not_after: moment(certificate.not_after()).map_err(unreadable)?,
        key: key_kind(&certificate)?,
    })
}

/// A fingerprint as providers show it: `AB:CD:…`.
pub fn fingerprint_text(fingerprint: &[u8]) -> String {
    fingerprint.iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(":")
}

fn key_kind(certificate: &X509) -> Result<KeyKind, CertificateError> {
    let unknown = |what: &str| CertificateError::UnknownKey(what.to_owned());
    let key = certificate.public_key().map_err(|_| unknown("OpenSSL cannot read it"))?;
    match key.id() {
        Id::RSA => match key.bits() {
            bits if bits < LEAST_RSA_BITS => Err(CertificateError::SmallKey(bits)),
            bits if bits > MOST_RSA_BITS => Err(CertificateError::LargeKey(bits)),
            bits => Ok(KeyKind::Rsa(bits)),
        },
        Id::EC => {
            let curve = key.ec_key().ok().and_then(|key| key.group().curve_name());
            match curve {
                Some(Nid::X9_62_PRIME256V1 | Nid::SECP384R1 | Nid::SECP521R1) => Ok(KeyKind::Ec(key.bits())),
                Some(curve) => Err(unknown(curve.short_name().unwrap_or("an unknown curve"))),
                None => Err(unknown("a curve without a name")),
            }
        }
        Id::DSA => Err(unknown("DSA")),
        Id::ED25519 => Err(unknown("Ed25519")),
        Id::ED448 => Err(unknown("Ed448")),
        Id::RSA_PSS => Err(unknown("RSA-PSS")),
        _ => Err(unknown("an unknown kind")),
    }
}

fn subject(name: &X509NameRef) -> String {
    let parts = name.entries().map(|entry| {
        let kind = entry.object().nid().short_name().unwrap_or("?");
        let value = entry.data().to_string().unwrap_or_default();
        format!("{kind}={value}")
    });
    let text = parts.collect::<Vec<_>>().join(", ");
    text.chars().filter(|sign| !sign.is_control()).take(MOST_SUBJECT).collect()
}

fn moment(time: &Asn1TimeRef) -> Result<OffsetDateTime, ErrorStack> {
    let since = Asn1Time::from_unix(0)?.diff(time)?;
    let since = Duration::days(since.days.into()) + Duration::seconds(since.secs.into());
    // A year beyond 9999 is as good as no end.
    Ok(OffsetDateTime::UNIX_EPOCH.checked_add(since).unwrap_or(OffsetDateTime::UNIX_EPOCH + Duration::days(2_900_000)))
}

#[cfg(test)]
mod tests;
