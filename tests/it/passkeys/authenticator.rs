//! A browser with an authenticator in it (WebAuthn Level 3, sections 5.1, 6.1 and 6.5), as far as the tests need it.
//! It does as it is told, so that it can also answer what no honest one would.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use p256::ecdsa::{Signature, SigningKey, signature::Signer as _};
use rowhouse_platform::ambient::Ambient;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

const PRESENT: u8 = 0x01;
const VERIFIED: u8 = 0x04;
const MAY_BE_COPIED: u8 = 0x08;
const IS_COPIED: u8 = 0x10;
const HAS_KEY: u8 = 0x40;

/// A key, and what its holder knows of it.
#[derive(Clone)]
pub struct Key {
    pub id: Vec<u8>,
    pub host: String,
    pub user: Vec<u8>,
    pub counter: u32,
    pub is_copied: bool,
    private: SigningKey,
}

/// What an answer says that an honest one would say otherwise.
#[derive(Default, Clone)]
pub struct Lies {
    /// The page it was asked on.
    pub origin: Option<String>,
    /// The host it is for.
    pub host: Option<String>,
    /// The challenge it answers.
    pub challenge: Option<String>,
    /// What it is asked for: making a key or using one.
    pub kind: Option<&'static str>,
    /// Nobody showed who they are.
    pub unverified: bool,
    /// Whose key it is.
    pub user: Option<Vec<u8>>,
    /// It does not say whose key it is.
    pub no_user: bool,
    /// The client data is changed after it was signed.
    pub tampered: bool,
}

pub fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub fn decode(text: &Value) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text.as_str().unwrap()).unwrap()
}

fn client_data(kind: &str, options: &Value, origin: &str, lies: &Lies) -> Vec<u8> {
    let challenge = lies.challenge.clone().unwrap_or_else(|| options["challenge"].as_str().unwrap().to_owned());
    let origin = lies.origin.as_deref().unwrap_or(origin);
    let kind = lies.kind.unwrap_or(kind);
    serde_json::to_vec(&json!({ "type": kind, "challenge": challenge, "origin": origin, "crossOrigin": false }))
        .unwrap()
}

fn authenticator_data(host: &str, key: &Key, more: u8, lies: &Lies) -> Vec<u8> {
    let mut flags = PRESENT | more;
    if !lies.unverified {
        flags |= VERIFIED;
    }
    if key.is_copied {
        flags |= MAY_BE_COPIED | IS_COPIED;
    }
    let mut data = Sha256::digest(host.as_bytes()).to_vec();
    data.push(flags);
    data.extend(key.counter.to_be_bytes());
    data
}

/// Makes a key as `options` ask, on a page of `origin`; answers it and what the page sends.
pub fn create(options: &Value, origin: &str, lies: &Lies) -> (Key, Value) {
    assert_eq!(options["authenticatorSelection"]["residentKey"], "required", "the key must be found without a name");
    assert_eq!(options["authenticatorSelection"]["userVerification"], "required");
    let ambient = Ambient::system();
    let host = options["rp"]["id"].as_str().unwrap().to_owned();
    let key = Key {
        id: ambient.bytes::<16>().to_vec(),
        host: host.clone(),
        user: decode(&options["user"]["id"]),
        counter: 0,
        is_copied: false,
        private: SigningKey::from_slice(&ambient.bytes::<32>()).unwrap(),
    };
    let answer = attest(&key, options, origin, lies);
    (key, answer)
}

/// What the page sends of a new key.
pub fn attest(key: &Key, options: &Value, origin: &str, lies: &Lies) -> Value {
    let host = lies.host.as_deref().unwrap_or(&key.host);
    let mut data = authenticator_data(host, key, HAS_KEY, lies);
    data.extend([0; 16]);
    data.extend(u16::try_from(key.id.len()).unwrap().to_be_bytes());
    data.extend(&key.id);
    let point = key.private.verifying_key().to_sec1_point(false);
    let (x, y) = (&point.as_bytes()[1..33], &point.as_bytes()[33..65]);
    // COSE (RFC 9053): key type EC2, algorithm ES256, curve P-256, x, y.
    data.extend([0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20]);
    data.extend(x);
    data.extend([0x22, 0x58, 0x20]);
    data.extend(y);
    // CBOR: {"fmt": "none", "attStmt": {}, "authData": data}.
    let mut object = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x59".to_vec();
    object.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
    object.extend(&data);
    json!({
        "id": encode(&key.id),
        "rawId": encode(&key.id),
        "type": "public-key",
        "response": {
            "clientDataJSON": encode(client_data("webauthn.create", options, origin, lies)),
            "attestationObject": encode(object),
            "authenticatorData": encode(data),
            "transports": ["internal"],
        },
    })
}

/// Uses a key as `options` ask, on a page of `origin`; answers what the page sends.
pub fn assert(key: &mut Key, options: &Value, origin: &str, lies: &Lies) -> Value {
    key.counter += 1;
    assert_as_is(key, options, origin, lies)
}

/// The same, by a copy of the key that does not know how often the other was used.
pub fn assert_as_is(key: &Key, options: &Value, origin: &str, lies: &Lies) -> Value {
    let host = lies.host.as_deref().unwrap_or(&key.host);
    let data = authenticator_data(host, key, 0, lies);
    let mut client = client_data("webauthn.get", options, origin, lies);
    let mut signed = data.clone();
    signed.extend(Sha256::digest(&client));
    let signature: Signature = key.private.sign(&signed);
    if lies.tampered {
        // Still the same JSON to who reads it.
        client.push(b' ');
    }
    let user = lies.user.as_ref().unwrap_or(&key.user);
    json!({
        "id": encode(&key.id),
        "rawId": encode(&key.id),
        "type": "public-key",
        "response": {
            "clientDataJSON": encode(client),
            "authenticatorData": encode(data),
            "signature": encode(signature.to_der().as_bytes()),
            "userHandle": (!lies.no_user).then(|| encode(user)),
        },
    })
}
