//! The master keys: read from the configuration, named by ids, used only to make other keys.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use time::macros::format_description;

use super::{
    SecretError,
    envelope::{self, Sealed},
};
use crate::ambient::Ambient;

/// Most characters of a key's id; an envelope stores its length in one byte.
const LONGEST_ID: usize = 32;

/// The master keys, at least one. The first seals; each opens what it sealed. `Debug` shows their ids alone.
#[derive(Clone)]
pub struct SecretKeys {
    current: MasterKey,
    earlier: Vec<MasterKey>,
}

#[derive(Clone)]
struct MasterKey {
    id: String,
    key: [u8; 32],
}

/// What is wrong with a list of keys. It shows no key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeysError {
    /// There is none.
    #[error("there is no key")]
    None,
    /// An entry is not of the form of one.
    #[error("entry {0} is not of the form \"id:key\", with an id of 1 to 32 letters, digits, - and _")]
    Form(usize),
    /// What follows an id is not the right number of bytes.
    #[error("the key \"{0}\" is not the base64 of 32 bytes")]
    Length(String),
    /// Two entries have the same id.
    #[error("there are two keys \"{0}\"")]
    Twice(String),
}

impl SecretKeys {
    /// Reads entries of the form `id:base64 of 32 bytes`; the first is the one that seals.
    ///
    /// # Errors
    /// [`KeysError`].
    pub fn parse<'a>(entries: impl IntoIterator<Item = &'a str>) -> Result<Self, KeysError> {
        let mut keys: Vec<MasterKey> = Vec::new();
        for (number, entry) in (1..).zip(entries) {
            let (id, key) = entry.trim().split_once(':').ok_or(KeysError::Form(number))?;
            let letter = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
            if id.is_empty() || id.len() > LONGEST_ID || !id.bytes().all(letter) {
                return Err(KeysError::Form(number));
            }
            let bytes = BASE64.decode(key).ok().and_then(|bytes| bytes.try_into().ok());
            let key = bytes.ok_or_else(|| KeysError::Length(id.to_owned()))?;
            if keys.iter().any(|known| known.id == id) {
                return Err(KeysError::Twice(id.to_owned()));
            }
            keys.push(MasterKey { id: id.to_owned(), key });
        }
        let mut keys = keys.into_iter();
        let current = keys.next().ok_or(KeysError::None)?;
        Ok(Self { current, earlier: keys.collect() })
    }

    /// A new entry for the configuration, named after the day and four random digits.
    pub fn new_entry(ambient: &Ambient) -> String {
        let day = ambient.now().format(format_description!("[year]-[month]-[day]")).unwrap_or_default();
        let [high, low] = ambient.bytes::<2>();
        format!("{day}-{high:02x}{low:02x}:{}", BASE64.encode(ambient.bytes::<32>()))
    }

    /// The id of the key that seals.
    pub fn current_id(&self) -> &str {
        &self.current.id
    }

    /// The ids of all keys, the one that seals first.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.current).chain(&self.earlier).map(|key| key.id.as_str())
    }

    /// A key for a purpose of its own, such as a message authentication code, made from the master key `key_id`.
    /// `None` where there is no such master key. The same label always gives the same key.
    pub fn derive(&self, key_id: &str, label: &str) -> Option<[u8; 32]> {
        self.find(key_id).map(|key| key.derive("derived", label))
    }

    /// Seals `plain` for the place that `context` names, with the current key.
    pub fn seal(&self, context: &str, plain: &[u8], ambient: &Ambient) -> Sealed {
        let id = &self.current.id;
        envelope::seal(id, &self.current.wrapping_key(), context, plain, ambient)
    }

    /// Opens what was sealed for the place that `context` names.
    ///
    /// # Errors
    /// [`SecretError::MissingKey`] names the key that is not configured; everything else is
    /// [`SecretError::Refused`].
    pub fn open(&self, context: &str, sealed: &Sealed) -> Result<Vec<u8>, SecretError> {
        let id = sealed.key_id().ok_or(SecretError::Refused)?;
        let key = self.find(id).ok_or_else(|| SecretError::MissingKey(id.to_owned()))?;
        envelope::open(&key.wrapping_key(), context, sealed).ok_or(SecretError::Refused)
    }

    /// The same secret sealed with the current key, or `None` where it is already.
    ///
    /// # Errors
    /// As [`SecretKeys::open`].
    pub fn reseal(&self, context: &str, sealed: &Sealed, ambient: &Ambient) -> Result<Option<Sealed>, SecretError> {
        if sealed.key_id() == Some(self.current_id()) {
            return Ok(None);
        }
        let plain = self.open(context, sealed)?;
        Ok(Some(self.seal(context, &plain, ambient)))
    }

    fn find(&self, id: &str) -> Option<&MasterKey> {
        std::iter::once(&self.current).chain(&self.earlier).find(|key| key.id == id)
    }
}

impl fmt::Debug for SecretKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKeys")?;
        f.debug_list().entries(self.ids()).finish()
    }
}

impl MasterKey {
    /// A master key is never used itself: what wraps data keys and what others derive are as good as independent.
    fn wrapping_key(&self) -> [u8; 32] {
        self.derive("wrapping", "")
    }

    fn derive(&self, kind: &str, label: &str) -> [u8; 32] {
        #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).expect("a key of 32 bytes");
        mac.update(b"rowhouse/1/");
        mac.update(kind.as_bytes());
        mac.update(b"/");
        mac.update(label.as_bytes());
        mac.finalize().into_bytes().into()
    }
}
