//! The key pair of a connection: it signs requests and client assertions, and opens what is encrypted for us.

use openssl::{
    asn1::Asn1Time,
    bn::{BigNum, MsbOption},
    error::ErrorStack,
    hash::MessageDigest,
    pkey::{PKey, Private},
    rsa::Rsa,
    x509::{X509, X509Builder, X509NameBuilder},
};
use time::OffsetDateTime;

const BITS: u32 = 2048;
const YEARS: i64 = 10;

/// A new key pair. `Debug` does not show the private key.
#[derive(Clone)]
pub struct KeyPair {
    /// PKCS #8, DER.
    pub private_key: Vec<u8>,
    /// Self-signed, DER.
    pub certificate: Vec<u8>,
}

impl std::fmt::Debug for KeyPair {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("KeyPair(…)")
    }
}

/// Makes an RSA key pair, and a certificate that says `name` and is good for ten years. Takes about a tenth of a second
/// of computing.
///
/// # Errors
/// What OpenSSL said.
pub fn generate(name: &str, now: OffsetDateTime) -> Result<KeyPair, ErrorStack> {
    let key = PKey::from_rsa(Rsa::generate(BITS)?)?;
    let mut names = X509NameBuilder::new()?;
    // X.520 allows 64 characters.
    names.append_entry_by_text("CN", &name.chars().take(64).collect::<String>())?;
    let names = names.build();
    let mut serial = BigNum::new()?;
    serial.rand(127, MsbOption::MAYBE_ZERO, false)?;
    let mut builder = X509Builder::new()?;
    builder.set_version(2)?;
    builder.set_serial_number(&*serial.to_asn1_integer()?)?;
    builder.set_subject_name(&names)?;
    builder.set_issuer_name(&names)?;
    builder.set_not_before(&*Asn1Time::from_unix(now.unix_timestamp() - 3600)?)?;
    builder.set_not_after(&*Asn1Time::from_unix(now.unix_timestamp() + YEARS * 365 * 24 * 3600)?)?;
    builder.set_pubkey(&key)?;
    builder.sign(&key, MessageDigest::sha256())?;
    Ok(KeyPair { private_key: key.private_key_to_pkcs8()?, certificate: builder.build().to_der()? })
}

/// Reads a private key as [`generate`] writes it.
///
/// # Errors
/// What OpenSSL said.
pub fn private_key(der: &[u8]) -> Result<PKey<Private>, ErrorStack> {
    PKey::private_key_from_pkcs8(der)
}

/// A certificate as it is copied by hand: base64 between two lines.
///
/// # Errors
/// What OpenSSL said.
pub fn certificate_pem(der: &[u8]) -> Result<String, ErrorStack> {
    let pem = X509::from_der(der)?.to_pem()?;
    Ok(String::from_utf8_lossy(&pem).into_owned())
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn a_certificate_fits_its_key() {
        let pair = generate("acme.example", datetime!(2026-06-01 12:00 UTC)).unwrap();
        let certificate = X509::from_der(&pair.certificate).unwrap();
        let key = private_key(&pair.private_key).unwrap();
        assert!(certificate.verify(&key).unwrap());
        assert!(certificate.public_key().unwrap().public_eq(&key));
    }
}
