//! The provider's keys, and what it signs with them or without.

use std::sync::LazyLock;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL};
use openssl::{
    bn::{BigNum, BigNumContext},
    ec::{EcGroup, EcKey},
    ecdsa::EcdsaSig,
    hash::{MessageDigest, hash},
    nid::Nid,
    pkey::{PKey, Private},
    rsa::{Padding, Rsa},
    sign::{RsaPssSaltlen, Signer, Verifier},
};
use serde_json::{Value, json};

use super::{SECRET, reply::merge};

/// How a token is signed.
#[derive(Debug, Clone, Copy)]
pub enum Signing {
    /// With this key, and the header says so: `rsa-1`, `rsa-2`, `rsa-weak`, `ec-1`, `ed-1`.
    Key(&'static str),
    /// With RSA-PSS and this key.
    Pss(&'static str),
    /// Not at all: `alg` is `none`.
    Not,
    /// HS256 with the public key `rsa-1` as the secret, as PEM.
    PublicKeyAsSecret,
    /// HS256 with the client secret.
    ClientSecret,
    /// With `rsa-2`, and the header claims it was `rsa-1`.
    Forged,
}

static RSA_1: LazyLock<PKey<Private>> = LazyLock::new(|| new_rsa(2048));
static RSA_2: LazyLock<PKey<Private>> = LazyLock::new(|| new_rsa(2048));
static RSA_WEAK: LazyLock<PKey<Private>> = LazyLock::new(|| new_rsa(1024));
static EC_1: LazyLock<PKey<Private>> = LazyLock::new(|| {
    let p256 = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
    PKey::from_ec_key(EcKey::generate(&p256).unwrap()).unwrap()
});
static ED_1: LazyLock<PKey<Private>> = LazyLock::new(|| PKey::generate_ed25519().unwrap());

fn new_rsa(bits: u32) -> PKey<Private> {
    PKey::from_rsa(Rsa::generate(bits).unwrap()).unwrap()
}

pub(super) fn key(name: &str) -> &'static PKey<Private> {
    match name {
        "rsa-1" => &RSA_1,
        "rsa-2" => &RSA_2,
        "rsa-weak" => &RSA_WEAK,
        "ec-1" => &EC_1,
        "ed-1" => &ED_1,
        _ => panic!("there is no key {name}"),
    }
}

fn base64url(bytes: &[u8]) -> String {
    BASE64URL.encode(bytes)
}

/// A key as it is published. `NAME/anonymous` leaves its name out, and `NAME/enc` says that it is for encryption.
pub(super) fn public(name: &str) -> Value {
    let (name, how) = name.split_once('/').unwrap_or((name, ""));
    let key = key(name);
    let mut public = match name.split('-').next().unwrap() {
        "rsa" => {
            let rsa = key.rsa().unwrap();
            json!({ "kty": "RSA", "n": base64url(&rsa.n().to_vec()), "e": base64url(&rsa.e().to_vec()) })
        }
        "ec" => {
            let key = key.ec_key().unwrap();
            let (mut x, mut y) = (BigNum::new().unwrap(), BigNum::new().unwrap());
            let mut context = BigNumContext::new().unwrap();
            key.public_key().affine_coordinates(key.group(), &mut x, &mut y, &mut context).unwrap();
            let (x, y) = (x.to_vec_padded(32).unwrap(), y.to_vec_padded(32).unwrap());
            json!({ "kty": "EC", "crv": "P-256", "x": base64url(&x), "y": base64url(&y) })
        }
        _ => json!({ "kty": "OKP", "crv": "Ed25519", "x": base64url(&key.raw_public_key().unwrap()) }),
    };
    let more = match how {
        "anonymous" => json!({ "use": "sig" }),
        "enc" => json!({ "use": "enc", "kid": name }),
        _ => json!({ "use": "sig", "kid": name }),
    };
    merge(&mut public, &more);
    public
}

/// A token with this header, where `alg` and `kid` are filled in unless the patch says otherwise.
pub fn sign(signing: &Signing, header: &Value, claims: &Value) -> String {
    let (algorithm, kid) = match signing {
        Signing::Key(name) if name.starts_with("ec") => ("ES256", *name),
        Signing::Key(name) if name.starts_with("ed") => ("EdDSA", *name),
        Signing::Key(name) => ("RS256", *name),
        Signing::Pss(name) => ("PS256", *name),
        Signing::Not => ("none", "rsa-1"),
        Signing::PublicKeyAsSecret | Signing::ClientSecret => ("HS256", "rsa-1"),
        Signing::Forged => ("RS256", "rsa-1"),
    };
    let mut head = json!({ "alg": algorithm, "kid": kid });
    merge(&mut head, header);
    let message = format!("{}.{}", base64url(head.to_string().as_bytes()), base64url(claims.to_string().as_bytes()));
    let bytes = message.as_bytes();
    let signature = match signing {
        Signing::Key(name) if name.starts_with("ec") => {
            let digest = hash(MessageDigest::sha256(), bytes).unwrap();
            let signature = EcdsaSig::sign(&digest, &key(name).ec_key().unwrap()).unwrap();
            [signature.r().to_vec_padded(32).unwrap(), signature.s().to_vec_padded(32).unwrap()].concat()
        }
        Signing::Key(name) if name.starts_with("ed") => {
            Signer::new_without_digest(key(name)).unwrap().sign_oneshot_to_vec(bytes).unwrap()
        }
        Signing::Key(name) => rsa(key(name), Padding::PKCS1, bytes),
        Signing::Pss(name) => rsa(key(name), Padding::PKCS1_PSS, bytes),
        Signing::Not => Vec::new(),
        Signing::PublicKeyAsSecret => hmac(&key("rsa-1").public_key_to_pem().unwrap(), bytes),
        Signing::ClientSecret => hmac(SECRET.as_bytes(), bytes),
        Signing::Forged => rsa(key("rsa-2"), Padding::PKCS1, bytes),
    };
    format!("{message}.{}", base64url(&signature))
}

fn rsa(key: &PKey<Private>, padding: Padding, bytes: &[u8]) -> Vec<u8> {
    let mut signer = Signer::new(MessageDigest::sha256(), key).unwrap();
    signer.set_rsa_padding(padding).unwrap();
    if padding == Padding::PKCS1_PSS {
        signer.set_rsa_pss_saltlen(RsaPssSaltlen::DIGEST_LENGTH).unwrap();
    }
    signer.update(bytes).unwrap();
    signer.sign_to_vec().unwrap()
}

fn hmac(secret: &[u8], bytes: &[u8]) -> Vec<u8> {
    let key = PKey::hmac(secret).unwrap();
    let mut signer = Signer::new(MessageDigest::sha256(), &key).unwrap();
    signer.update(bytes).unwrap();
    signer.sign_to_vec().unwrap()
}

/// The claims of a client's assertion, if its signature is of the key of that name in the set.
pub(super) fn check_assertion(assertion: &str, keys: &Value) -> Option<Value> {
    let (message, signature) = assertion.rsplit_once('.')?;
    let (header, claims) = message.split_once('.')?;
    let json = |part: &str| serde_json::from_slice::<Value>(&BASE64URL.decode(part).ok()?).ok();
    let header = json(header)?;
    let key = keys["keys"].as_array()?.iter().find(|key| key["kid"] == header["kid"])?;
    let number = |name: &str| BigNum::from_slice(&BASE64URL.decode(key[name].as_str()?).ok()?).ok();
    let key = PKey::from_rsa(Rsa::from_public_components(number("n")?, number("e")?).ok()?).ok()?;
    let mut verifier = Verifier::new(MessageDigest::sha256(), &key).unwrap();
    verifier.update(message.as_bytes()).unwrap();
    let holds = header["alg"] == "RS256" && verifier.verify(&BASE64URL.decode(signature).ok()?).ok()?;
    holds.then(|| json(claims)).flatten()
}
