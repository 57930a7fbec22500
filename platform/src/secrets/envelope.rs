//! The bytes of a sealed secret.
//!
//! ```text
//! version 1 │ length of id 1 │ id │ nonce 12 │ data key 32 + tag 16 │ nonce 12 │ secret … + tag 16
//! ╰──────────── header ──────────╯
//! ```
//! Header and context are authenticated with both parts, so nothing of it can be exchanged for a part of another.

use std::fmt;

use aes_gcm::{
    Aes256Gcm, KeyInit as _,
    aead::{Aead as _, Payload},
};

use crate::ambient::Ambient;

const VERSION: u8 = 1;
const NONCE: usize = 12;
const TAG: usize = 16;
const WRAPPED: usize = 32 + TAG;

/// A secret that only the right key opens, at the right place. One `bytea` column.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed(Vec<u8>);

impl Sealed {
    /// As it came from the database.
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// For the database.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The id of the key it is sealed with; `None` where these are not the bytes of a sealed secret.
    pub fn key_id(&self) -> Option<&str> {
        let (header, _) = self.split()?;
        std::str::from_utf8(header.get(2..)?).ok()
    }

    fn split(&self) -> Option<(&[u8], &[u8])> {
        match *self.0.as_slice() {
            [VERSION, length, ..] => self.0.split_at_checked(2 + usize::from(length)),
            _ => None,
        }
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealed({})", self.key_id().unwrap_or("damaged"))
    }
}

pub(super) fn seal(id: &str, wrapping_key: &[u8; 32], context: &str, plain: &[u8], ambient: &Ambient) -> Sealed {
    #[expect(clippy::expect_used, reason = "SecretKeys takes no longer id")]
    let length = u8::try_from(id.len()).expect("an id of at most 32 bytes");
    let mut bytes = vec![VERSION, length];
    bytes.extend(id.as_bytes());
    let bound = bound(&bytes, context);
    let data_key = ambient.bytes::<32>();
    encrypt(&mut bytes, wrapping_key, &data_key, &bound, ambient);
    encrypt(&mut bytes, &data_key, plain, &bound, ambient);
    Sealed(bytes)
}

pub(super) fn open(wrapping_key: &[u8; 32], context: &str, sealed: &Sealed) -> Option<Vec<u8>> {
    let (header, rest) = sealed.split()?;
    let (wrapped, secret) = rest.split_at_checked(NONCE + WRAPPED)?;
    let bound = bound(header, context);
    let data_key: [u8; 32] = decrypt(wrapping_key, wrapped, &bound)?.try_into().ok()?;
    decrypt(&data_key, secret, &bound)
}

/// What is authenticated beside the secret. The header says its own length, so two pairs never run into each other.
fn bound(header: &[u8], context: &str) -> Vec<u8> {
    [header, context.as_bytes()].concat()
}

fn encrypt(out: &mut Vec<u8>, key: &[u8; 32], plain: &[u8], bound: &[u8], ambient: &Ambient) {
    let nonce = ambient.bytes::<NONCE>();
    let payload = Payload { msg: plain, aad: bound };
    #[expect(clippy::expect_used, reason = "AES-GCM refuses more than 64 GiB, which do not come here")]
    let encrypted = Aes256Gcm::new(&(*key).into()).encrypt(&nonce.into(), payload).expect("a short secret");
    out.extend(nonce);
    out.extend(encrypted);
}

fn decrypt(key: &[u8; 32], bytes: &[u8], bound: &[u8]) -> Option<Vec<u8>> {
    let (nonce, encrypted) = bytes.split_first_chunk::<NONCE>()?;
    let payload = Payload { msg: encrypted, aad: bound };
    Aes256Gcm::new(&(*key).into()).decrypt(&(*nonce).into(), payload).ok()
}
