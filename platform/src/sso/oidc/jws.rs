//! Signed tokens (RFC 7515): the signature, and with which of the provider's keys it was made. Nothing that a token says
//! of itself is believed before, except which algorithm and which key it names, and those only choose among what is
//! allowed.

use std::panic::{AssertUnwindSafe, catch_unwind};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL};
use openidconnect::{
    JsonWebKey as _,
    core::{CoreJsonWebKey, CoreJwsSigningAlgorithm},
};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{
    Discovered, OidcClient, discovery, provider_keys,
    provider_keys::ProviderKeys,
    quote::{cleaned, quoted},
};
use crate::sso::{Reason, Refused, Report};

/// Most bytes of a token.
const LENGTH: usize = 256 * 1024;
/// Most keys that a signature is tried with, where more than one may be it.
const TRIED: usize = 10;

/// A token whose signature is right.
pub(super) struct Verified {
    pub(super) header: Map<String, Value>,
    pub(super) claims: Map<String, Value>,
    pub(super) algorithm: CoreJwsSigningAlgorithm,
    pub(super) key: CoreJsonWebKey,
}

/// Asymmetric ones: whoever knows the provider's public keys, or our client secret, must not be able to sign.
fn allowed(algorithm: &str) -> Option<CoreJwsSigningAlgorithm> {
    use CoreJwsSigningAlgorithm as Algorithm;
    Some(match algorithm {
        "RS256" => Algorithm::RsaSsaPkcs1V15Sha256,
        "RS384" => Algorithm::RsaSsaPkcs1V15Sha384,
        "RS512" => Algorithm::RsaSsaPkcs1V15Sha512,
        "PS256" => Algorithm::RsaSsaPssSha256,
        "PS384" => Algorithm::RsaSsaPssSha384,
        "PS512" => Algorithm::RsaSsaPssSha512,
        "ES256" => Algorithm::EcdsaP256Sha256,
        "ES384" => Algorithm::EcdsaP384Sha384,
        "EdDSA" => Algorithm::EdDsa,
        _ => return None,
    })
}

/// `what` is what the token is, such as “ID token”.
pub(super) async fn verify(
    client: &OidcClient,
    tenant: Uuid,
    discovered: &Discovered,
    token: &str,
    what: &str,
    report: &mut Report,
) -> Result<Verified, Refused> {
    let parts = split(token, what, report)?;
    let pretty = serde_json::to_string_pretty(&parts.header).unwrap_or_default();
    report.received_unverified(format!("{what}: header"), &pretty);
    let algorithm = algorithm(&parts.header, what, report)?;
    let kid = parts.header.get("kid").and_then(Value::as_str);
    let keys = provider_keys::of(client, tenant, discovered, report).await?;
    let mut found = try_keys(&keys.value, &algorithm, kid, &parts);
    let mut known = keys.value.names();
    if !matches!(found, Found::Key(_))
        && let Some(newer) = provider_keys::newer(client, tenant, discovered, &keys, report).await?
    {
        found = try_keys(&newer.value, &algorithm, kid, &parts);
        known = newer.value.names();
    }
    let named = kid.map_or_else(|| "no key".to_owned(), |kid| format!("the key {}", quoted(kid)));
    match found {
        Found::Key(key) => {
            let own: Vec<_> =
                ["jwk", "jku", "x5u", "x5c"].into_iter().filter(|n| parts.header.contains_key(*n)).collect();
            let ignored = if own.is_empty() {
                String::new()
            } else {
                format!(" What its header brings along was not looked at: {}.", own.join(", "))
            };
            let words = format!("The signature is of one of the provider’s keys. The {what} names {named}.{ignored}");
            report.passed("Signature", words);
            Ok(Verified { header: parts.header, claims: parts.claims, algorithm, key: *key })
        }
        Found::Wrong => {
            let words = format!("The signature of the {what} does not match. It names {named}.");
            Err(report.refuse("Signature", Reason::Signature, words))
        }
        Found::None => {
            let words = format!(
                "The {what} names {named}, and none of the provider’s keys is that one and made for the algorithm. The \
                 keys at {} are {known}. They are fetched again for an unknown key, at most once a minute.",
                cleaned(&discovered.jwks_uri)
            );
            Err(report.refuse("Signature", Reason::UnknownKey, words))
        }
    }
}

struct Parts {
    header: Map<String, Value>,
    claims: Map<String, Value>,
    message: String,
    signature: Vec<u8>,
}

fn split(token: &str, what: &str, report: &mut Report) -> Result<Parts, Refused> {
    read(token).map_err(|why| report.refuse("Form", Reason::Malformed, format!("The {what} cannot be read: {why}.")))
}

fn read(token: &str) -> Result<Parts, String> {
    if token.len() > LENGTH {
        return Err(format!("it is longer than {} KiB", LENGTH / 1024));
    }
    let parts: Vec<&str> = token.split('.').take(6).collect();
    let [header, claims, signature] = parts[..] else {
        return Err(match parts.len() {
            5 => "it is encrypted, which is not supported; switch encryption off at the provider".to_owned(),
            _ => "it does not have three parts with dots between".to_owned(),
        });
    };
    let decode = |part: &str, name: &str| BASE64URL.decode(part).map_err(|_| format!("its {name} is not base64url"));
    let json = |bytes: &[u8], name: &str| discovery::object(bytes).map_err(|why| format!("its {name}: {why}"));
    Ok(Parts {
        header: json(&decode(header, "header")?, "header")?,
        claims: json(&decode(claims, "content")?, "content")?,
        message: format!("{header}.{claims}"),
        signature: decode(signature, "signature")?,
    })
}

fn algorithm(header: &Map<String, Value>, what: &str, report: &mut Report) -> Result<CoreJwsSigningAlgorithm, Refused> {
    if header.contains_key("crit") {
        let words = format!("The {what} demands that an extension be understood (crit), and none is.");
        return Err(report.refuse("Algorithm", Reason::Forbidden, words));
    }
    let Some(name) = header.get("alg").and_then(Value::as_str) else {
        let words = format!("The {what} does not say its algorithm (alg).");
        return Err(report.refuse("Algorithm", Reason::Malformed, words));
    };
    if let Some(algorithm) = allowed(name) {
        report.passed("Algorithm", format!("The {what} is signed with {name}."));
        return Ok(algorithm);
    }
    if name.eq_ignore_ascii_case("none") {
        let words = format!("The {what} is not signed (alg “{}”).", cleaned(name));
        return Err(report.refuse("Algorithm", Reason::Unsigned, words));
    }
    let words = format!(
        "The {what} is signed with {}. Allowed are RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384 and EdDSA: \
         choose one of them at the provider. RS256 is the usual one.",
        quoted(name)
    );
    Err(report.refuse("Algorithm", Reason::Algorithm, words))
}

enum Found {
    Key(Box<CoreJsonWebKey>),
    /// There are fitting keys, and the signature is of none of them.
    Wrong,
    /// There is no fitting key.
    None,
}

fn try_keys(keys: &ProviderKeys, algorithm: &CoreJwsSigningAlgorithm, kid: Option<&str>, parts: &Parts) -> Found {
    let mut found = Found::None;
    let mut fitting: Vec<_> = keys.fitting(algorithm, kid).collect();
    // The one that is named first.
    fitting.sort_by_key(|key| key.key_id().is_none());
    for key in fitting.into_iter().take(TRIED) {
        // The provider's numbers go into the arithmetic of others; whatever they do there, the server goes on.
        let verify = || key.verify_signature(algorithm, parts.message.as_bytes(), &parts.signature);
        if matches!(catch_unwind(AssertUnwindSafe(verify)), Ok(Ok(()))) {
            return Found::Key(Box::new(key.clone()));
        }
        found = Found::Wrong;
    }
    found
}
