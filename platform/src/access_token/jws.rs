//! Signed tokens of our own making (RFC 7515, RFC 7518 section 3.4): ES256, compact, with exactly one form.
//!
//! What others make is read elsewhere (`sso::oidc`), and generously. Here nothing is negotiated: a header is `alg` ES256,
//! `typ` `at+jwt` and a `kid` that is ours. A token that says anything else, or anything more, is none: there is no
//! algorithm to confuse, and no key that a token could bring along.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL};
use openssl::{
    bn::{BigNum, BigNumContext},
    ec::{EcGroup, EcKey, EcPoint, PointConversionForm},
    ecdsa::EcdsaSig,
    error::ErrorStack,
    nid::Nid,
    pkey::{PKey, Private, Public},
    sha::sha256,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

/// Most bytes of a token.
const LENGTH: usize = 8 * 1024;
/// Bytes of a coordinate, and of each half of a signature.
const HALF: usize = 32;

/// The first part of a token.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    alg: Algorithm,
    typ: Kind,
    kid: String,
}

#[derive(Debug, Serialize, Deserialize)]
enum Algorithm {
    #[serde(rename = "ES256")]
    Es256,
}

#[derive(Debug, Serialize, Deserialize)]
enum Kind {
    #[serde(rename = "at+jwt")]
    AccessToken,
}

/// A token, taken apart. Nothing of it is known to be true but its form.
pub(super) struct Unverified<'a> {
    pub(super) kid: String,
    message: &'a str,
    claims: Vec<u8>,
    signature: EcdsaSig,
}

/// Takes a token apart; text of another form is none.
pub(super) fn read(token: &str) -> Option<Unverified<'_>> {
    if token.len() > LENGTH {
        return None;
    }
    let (message, signature) = token.rsplit_once('.')?;
    let (header, claims) = message.split_once('.')?;
    // A dot more in `claims` is no base64.
    let header: Header = serde_json::from_slice(&BASE64URL.decode(header).ok()?).ok()?;
    let claims = BASE64URL.decode(claims).ok()?;
    let signature = BASE64URL.decode(signature).ok()?;
    let (r, s) = signature.split_first_chunk::<HALF>().filter(|(_, s)| s.len() == HALF)?;
    let signature = EcdsaSig::from_private_components(BigNum::from_slice(r).ok()?, BigNum::from_slice(s).ok()?).ok()?;
    Some(Unverified { kid: header.kid, message, claims, signature })
}

impl Unverified<'_> {
    /// What the token says, if the signature is of this key.
    pub(super) fn claims<T: DeserializeOwned>(&self, key: &EcKey<Public>) -> Option<T> {
        // An error is a signature that cannot be one.
        let is_right = self.signature.verify(&sha256(self.message.as_bytes()), key).unwrap_or(false);
        if is_right { serde_json::from_slice(&self.claims).ok() } else { None }
    }
}

/// A signed token.
pub(super) fn write(kid: &str, key: &EcKey<Private>, claims: &impl Serialize) -> Result<String, ErrorStack> {
    let part = |value: Value| BASE64URL.encode(value.to_string());
    let header = json!(Header { alg: Algorithm::Es256, typ: Kind::AccessToken, kid: kid.to_owned() });
    let message = format!("{}.{}", part(header), part(json!(claims)));
    let signature = EcdsaSig::sign(&sha256(message.as_bytes()), key)?;
    let half = |number: &openssl::bn::BigNumRef| number.to_vec_padded(i32::try_from(HALF).unwrap_or(i32::MAX));
    let signature = [half(signature.r())?, half(signature.s())?].concat();
    Ok(format!("{message}.{}", BASE64URL.encode(signature)))
}

/// A pair of keys. The private half is for signing alone, and its `Debug` shows nothing.
pub(super) struct Pair {
    /// PKCS #8, DER.
    pub(super) private: Vec<u8>,
    /// The point, uncompressed.
    pub(super) public: Vec<u8>,
}

/// A new pair on P-256.
pub(super) fn generate() -> Result<Pair, ErrorStack> {
    let group = group()?;
    let key = EcKey::generate(&group)?;
    let mut context = BigNumContext::new()?;
    let public = key.public_key().to_bytes(&group, PointConversionForm::UNCOMPRESSED, &mut context)?;
    Ok(Pair { private: PKey::from_ec_key(key)?.private_key_to_pkcs8()?, public })
}

pub(super) fn private_key(der: &[u8]) -> Result<EcKey<Private>, ErrorStack> {
    PKey::private_key_from_pkcs8(der)?.ec_key()
}

pub(super) fn public_key(point: &[u8]) -> Result<EcKey<Public>, ErrorStack> {
    let group = group()?;
    let mut context = BigNumContext::new()?;
    let point = EcPoint::from_bytes(&group, point, &mut context)?;
    let key = EcKey::from_public_key(&group, &point)?;
    key.check_key()?;
    Ok(key)
}

/// A public key as a JSON Web Key (RFC 7517), without its name.
fn coordinates(point: &[u8]) -> (String, String) {
    let (x, y) = point.get(1..).unwrap_or_default().split_at_checked(HALF).unwrap_or_default();
    (BASE64URL.encode(x), BASE64URL.encode(y))
}

/// The name of a key: its thumbprint (RFC 7638).
pub(super) fn thumbprint(point: &[u8]) -> String {
    let (x, y) = coordinates(point);
    BASE64URL.encode(sha256(format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#).as_bytes()))
}

/// A public key for others, who check signatures by it.
pub(super) fn jwk(kid: &str, point: &[u8]) -> Value {
    let (x, y) = coordinates(point);
    json!({ "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": kid, "x": x, "y": y })
}

fn group() -> Result<EcGroup, ErrorStack> {
    EcGroup::from_curve_name(Nid::X9_62_PRIME256V1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token_with(header: &Value, claims: &Value, pair: &Pair) -> String {
        let part = |value: &Value| BASE64URL.encode(value.to_string());
        let message = format!("{}.{}", part(header), part(claims));
        let key = private_key(&pair.private).unwrap();
        let signature = EcdsaSig::sign(&sha256(message.as_bytes()), &key).unwrap();
        let signature = [signature.r().to_vec_padded(32).unwrap(), signature.s().to_vec_padded(32).unwrap()].concat();
        format!("{message}.{}", BASE64URL.encode(signature))
    }

    #[test]
    fn what_is_written_is_read() {
        let pair = generate().unwrap();
        let token = write("k", &private_key(&pair.private).unwrap(), &json!({ "a": 1 })).unwrap();
        let read = read(&token).unwrap();
        assert_eq!(read.kid, "k");
        assert_eq!(read.claims::<Value>(&public_key(&pair.public).unwrap()), Some(json!({ "a": 1 })));
        let other = public_key(&generate().unwrap().public).unwrap();
        assert_eq!(read.claims::<Value>(&other), None);
    }

    #[test]
    fn there_is_one_form() {
        let pair = generate().unwrap();
        let of = |header: Value| token_with(&header, &json!({}), &pair);
        let good = json!({ "alg": "ES256", "typ": "at+jwt", "kid": "k" });
        assert!(read(&of(good.clone())).is_some());
        for (name, value) in [
            ("alg", json!("none")),
            ("alg", json!("HS256")),
            ("alg", json!("ES384")),
            ("alg", json!("es256")),
            ("alg", json!(["ES256"])),
            ("typ", json!("JWT")),
            ("kid", json!(7)),
            ("kid", Value::Null),
            ("jwk", json!({})),
            ("jku", json!("https://evil.example")),
            ("x5c", json!([])),
            ("crit", json!(["exp"])),
            ("b64", json!(false)),
        ] {
            let mut header = good.clone();
            header[name] = value;
            assert!(read(&of(header.clone())).is_none(), "{header}");
        }
        let token = of(good);
        let (message, signature) = token.rsplit_once('.').unwrap();
        for bad in [
            message.to_owned(),
            format!("{message}."),
            format!("{message}.{}", &signature[..40]),
            format!("{token}AA"),
            format!("{token}="),
            format!("{token}."),
            format!("a.{token}"),
            token.replacen('.', "..", 1),
            format!(" {token}"),
            "a".repeat(LENGTH + 1),
        ] {
            assert!(read(&bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn a_changed_token_is_not_ours() {
        let pair = generate().unwrap();
        let key = public_key(&pair.public).unwrap();
        let token = write("k", &private_key(&pair.private).unwrap(), &json!({ "tenant": "a" })).unwrap();
        let parts: Vec<_> = token.split('.').collect();
        let forged = format!("{}.{}.{}", parts[0], BASE64URL.encode(r#"{"tenant":"b"}"#), parts[2]);
        assert_eq!(read(&forged).unwrap().claims::<Value>(&key), None);
        let zero = format!("{}.{}.{}", parts[0], parts[1], BASE64URL.encode([0; 64]));
        assert_eq!(read(&zero).unwrap().claims::<Value>(&key), None, "a signature of zeros is none");
    }

    #[test]
    fn a_point_off_the_curve_is_no_key() {
        let mut point = generate().unwrap().public;
        point[40] ^= 1;
        assert!(public_key(&point).is_err());
    }

    /// RFC 7638 has no example on P-256; this is the key of RFC 7515, appendix A.3, with the thumbprint that two other
    /// programs say.
    #[test]
    fn keys_are_named_by_their_thumbprint() {
        let x = BASE64URL.decode("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU").unwrap();
        let y = BASE64URL.decode("x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0").unwrap();
        let point = [vec![4], x, y].concat();
        assert_eq!(thumbprint(&point), "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U");
        assert_eq!(jwk("k", &point)["y"], "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0");
    }
}
