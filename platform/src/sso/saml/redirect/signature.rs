//! The signature beside a message in an address.

use openssl::{
    bn::BigNum,
    ecdsa::EcdsaSig,
    hash::MessageDigest,
    pkey::{Id, PKey, Public},
    sign::Verifier,
};

use super::{Query, decode_base64, percent_decode};
use crate::sso::{Reason, Refused, Report, saml::certificate};

const CHECK: &str = "Signature";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    Rsa,
    Ecdsa,
}

/// The algorithms that are taken (RFC 6931, sections 2.3.2 to 2.3.6). No SHA-1, no HMAC.
fn algorithm(uri: &str) -> Option<(Family, MessageDigest)> {
    let name = uri.strip_prefix("http://www.w3.org/2001/04/xmldsig-more#")?;
    let (family, digest) = match name.split_once('-')? {
        ("rsa", digest) => (Family::Rsa, digest),
        ("ecdsa", digest) => (Family::Ecdsa, digest),
        _ => return None,
    };
    let digest = match digest {
        "sha256" => MessageDigest::sha256(),
        "sha384" => MessageDigest::sha384(),
        "sha512" => MessageDigest::sha512(),
        _ => return None,
    };
    Some((family, digest))
}

/// Checks the signature over the very bytes that were received, with the provider's certificates (DER in base64).
pub(in crate::sso::saml) fn check_signature(
    query: &Query<'_>,
    certificates: &[String],
    report: &mut Report,
) -> Result<(), Refused> {
    let (Some(raw_algorithm), Some(raw_signature)) = (query.algorithm, query.signature) else {
        let words = "The message is not signed: the address has no SigAlg and Signature. Messages about signing out must \
                     be signed; switch that on at the provider.";
        return Err(report.refuse(CHECK, Reason::Unsigned, words));
    };
    let uri = percent_decode(raw_algorithm).unwrap_or_default();
    let Some((family, digest)) = algorithm(&uri) else {
        let words =
            format!("The signature’s algorithm is {uri}. RSA or ECDSA with SHA-256, SHA-384 or SHA-512 is taken.");
        return Err(report.refuse(CHECK, Reason::Algorithm, words));
    };
    let Some(signature) = decode_base64(raw_signature) else {
        return Err(report.refuse(CHECK, Reason::Malformed, "The parameter Signature is not base64 text."));
    };
    let keys: Vec<_> = certificates
        .iter()
        .filter_map(|text| certificate::parse(text).ok()?.public_key().ok())
        .filter(|key| key.id() == if family == Family::Rsa { Id::RSA } else { Id::EC })
        .collect();
    if keys.is_empty() {
        let words =
            format!("The signature was made by {uri}, and the connection has no certificate with a key of that kind.");
        return Err(report.refuse(CHECK, Reason::UnknownKey, words));
    }
    let signed = query.signed_bytes(raw_algorithm);
    let holds = keys.iter().any(|key| verifies(key, family, digest, signed.as_bytes(), &signature));
    report.check(
        CHECK,
        holds,
        format!("It was made by {uri} with a key of the provider, over the parameters as they were received."),
        Reason::Signature,
        "The signature does not match the message and any of the connection’s certificates. Either something was changed \
         on the way, or the provider has a new certificate: read its metadata again.",
    )
}

fn verifies(key: &PKey<Public>, family: Family, digest: MessageDigest, signed: &[u8], signature: &[u8]) -> bool {
    let with = |signature: &[u8]| {
        let mut verifier = Verifier::new(digest, key)?;
        verifier.verify_oneshot(signature, signed)
    };
    match family {
        Family::Rsa => with(signature).unwrap_or(false),
        // XML Signature writes the two numbers one after the other; some providers write them as DER.
        Family::Ecdsa => {
            der_of_two_numbers(signature).is_some_and(|der| with(&der).unwrap_or(false))
                || with(signature).unwrap_or(false)
        }
    }
}

fn der_of_two_numbers(signature: &[u8]) -> Option<Vec<u8>> {
    // Two times the length of P-256, P-384 or P-521.
    if ![64, 96, 132].contains(&signature.len()) {
        return None;
    }
    let (r, s) = signature.split_at(signature.len() / 2);
    let (r, s) = (BigNum::from_slice(r).ok()?, BigNum::from_slice(s).ok()?);
    EcdsaSig::from_private_components(r, s).ok()?.to_der().ok()
}
