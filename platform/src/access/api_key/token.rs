//! What a program shows: `rhk_<tenant>_<secret>`.
//!
//! It begins so that people and secret scanners know what it is, names its tenant, and ends with a checksum, by which a
//! scanner tells a key from text that looks like one, without asking anybody. As a regular expression:
//! `rhk_[0-7][0-9a-hjkmnp-tv-z]{25}_[0-9a-hjkmnp-tv-z]{39}`.

use flate2::Crc;
use sha2::{Digest as _, Sha256};

use crate::{
    ambient::Ambient,
    id::{TenantId, base32, is_base32},
};

const KIND: &str = "rhk_";
/// Digits of the tenant's id, as `ten_…` has them.
const TENANT: usize = 26;
/// 160 random bits.
const SECRET: usize = 32;
/// 32 bits of CRC.
const CHECKSUM: usize = 7;
/// Characters of the secret that lists show.
const SHOWN: usize = 8;

/// The token of an API key, as somebody showed it: of the right form, whoever made it. `Debug` does not show the secret.
#[derive(Clone, PartialEq, Eq)]
pub struct KeyToken {
    tenant: TenantId,
    text: String,
}

impl KeyToken {
    /// A new one.
    pub(super) fn new(ambient: &Ambient, tenant: TenantId) -> Self {
        let id = tenant.to_string();
        let digits = id.strip_prefix("ten_").unwrap_or(&id);
        let mut text = format!("{KIND}{digits}_{}", base32(&ambient.bytes::<20>()));
        let checksum = checksum(&text);
        text.push_str(&checksum);
        Self { tenant, text }
    }

    /// Reads a token; anything that is not one, or was mistyped, is none.
    pub fn parse(text: &str) -> Option<Self> {
        let (digits, secret) = text.strip_prefix(KIND)?.split_once('_')?;
        let is_formed = digits.len() == TENANT && secret.len() == SECRET + CHECKSUM && is_base32(secret);
        if !is_formed || !text.ends_with(&checksum(text.get(..text.len() - CHECKSUM)?)) {
            return None;
        }
        let tenant = format!("ten_{digits}").parse().ok()?;
        Some(Self { tenant, text: text.to_owned() })
    }

    /// Whether a text is meant to be one: it begins so.
    pub fn is_meant(text: &str) -> bool {
        text.starts_with(KIND)
    }

    /// The tenant that it names.
    pub fn tenant(&self) -> TenantId {
        self.tenant
    }

    /// All of it: shown once, when it was made.
    pub fn expose(&self) -> &str {
        &self.text
    }

    /// The part that lists show.
    pub fn prefix(&self) -> &str {
        let start = KIND.len() + TENANT + 1;
        self.text.get(start..start + SHOWN).unwrap_or_default()
    }

    /// As the database has it.
    pub(super) fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.text.as_bytes()).into()
    }

    /// Whether it is the one with this hash. Takes as long whether or not it is.
    pub(super) fn is(&self, hash: &[u8]) -> bool {
        let own = self.hash();
        own.len() == hash.len() && openssl::memcmp::eq(&own, hash)
    }
}

impl std::fmt::Debug for KeyToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "KeyToken({}…)", self.prefix())
    }
}

fn checksum(text: &str) -> String {
    let mut crc = Crc::new();
    crc.update(text.as_bytes());
    base32(&crc.sum().to_be_bytes())
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn token() -> KeyToken {
        KeyToken::new(&Ambient::system(), TenantId(Uuid::from_u128(0x0199_aaaa_bbbb_7ccc_8ddd_eeee_ffff_0001)))
    }

    #[test]
    fn what_is_made_is_read() {
        let made = token();
        assert_eq!(KeyToken::parse(made.expose()), Some(made.clone()));
        assert_eq!(made.expose().len(), 4 + 26 + 1 + 39);
        assert!(made.expose().contains(&format!("_{}", made.prefix())));
        assert!(made.is(&made.hash()) && !made.is(&token().hash()) && !made.is(&[]));
        assert!(!format!("{made:?}").contains(made.expose()));
    }

    #[test]
    fn one_wrong_letter_is_seen_without_asking_anybody() {
        let made = token().expose().to_owned();
        for place in 0..made.len() {
            let mut bytes = made.clone().into_bytes();
            bytes[place] = if bytes[place] == b'3' { b'4' } else { b'3' };
            assert_eq!(KeyToken::parse(std::str::from_utf8(&bytes).unwrap()), None, "{place}");
        }
        for bad in ["", "rhk_", "rhk__", &made[..made.len() - 1], &format!("{made}0"), &made.to_uppercase(), "rhk_ä_ö"]
        {
            assert_eq!(KeyToken::parse(bad), None, "{bad}");
        }
    }
}
