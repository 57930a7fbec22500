//! `private_key_jwt`: we sign who we are with the connection's own key (RFC 7523, section 2.2), which the provider knows
//! by its address or its certificate.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL};
use openssl::{
    error::ErrorStack,
    hash::MessageDigest,
    pkey::{PKey, Private},
    sign::Signer,
};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::{ambient::Ambient, sso::keys::private_key};

/// How long an assertion is good, in seconds.
const LIFE: i64 = 60;

/// The public half of a connection's key as a JSON Web Key Set.
///
/// # Errors
/// What OpenSSL said.
pub fn jwks(private_key_der: &[u8]) -> Result<Value, ErrorStack> {
    let public = Public::of(&private_key(private_key_der)?)?;
    let kid = public.thumbprint();
    let Public { n, e } = public;
    Ok(json!({ "keys": [{ "kty": "RSA", "use": "sig", "alg": "RS256", "kid": kid, "n": n, "e": e }] }))
}

/// An assertion for the token endpoint.
pub(super) fn sign(
    key: &[u8],
    certificate: &[u8],
    client_id: &str,
    token_endpoint: &str,
    ambient: &Ambient,
) -> Result<String, ErrorStack> {
    let key = private_key(key)?;
    let kid = Public::of(&key)?.thumbprint();
    let now = ambient.now().unix_timestamp();
    // Entra ID finds the key by its certificate.
    let header =
        json!({ "alg": "RS256", "typ": "JWT", "kid": kid, "x5t#S256": base64url(&Sha256::digest(certificate)) });
    let claims = json!({
        "iss": client_id, "sub": client_id, "aud": token_endpoint,
        "jti": ambient.uuid().to_string(), "iat": now, "nbf": now, "exp": now + LIFE,
    });
    let message = format!("{}.{}", base64url(header.to_string().as_bytes()), base64url(claims.to_string().as_bytes()));
    let mut signer = Signer::new(MessageDigest::sha256(), &key)?;
    signer.update(message.as_bytes())?;
    Ok(format!("{message}.{}", base64url(&signer.sign_to_vec()?)))
}

fn base64url(bytes: &[u8]) -> String {
    BASE64URL.encode(bytes)
}

struct Public {
    n: String,
    e: String,
}

impl Public {
    fn of(key: &PKey<Private>) -> Result<Self, ErrorStack> {
        let rsa = key.rsa()?;
        Ok(Self { n: base64url(&rsa.n().to_vec()), e: base64url(&rsa.e().to_vec()) })
    }

    /// RFC 7638.
    fn thumbprint(&self) -> String {
        let canonical = format!(r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#, self.e, self.n);
        base64url(&Sha256::digest(canonical.as_bytes()))
    }
}
