//! Typed ids. In the database they are UUIDs; on the wire they are opaque, prefixed text (`tkt_01kax…`), so that an id
//! pasted in the wrong place is refused at once and says what it was.

use uuid::Uuid;

/// Crockford's base 32, lower case: no letters that look alike.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// 26 digits of 5 bits hold 128 bits.
const DIGITS: usize = 26;

/// Text that is not an id of the expected kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an id of the form {prefix}_ and 26 letters and digits")]
pub struct IdError {
    prefix: &'static str,
}

/// Writes bytes in base 32, five bits a digit, the last digit filled up with zero bits.
pub(crate) fn base32(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 8 / 5 + 1);
    let (mut pending, mut count) = (0_u32, 0_u32);
    let digit = |value: u32| char::from(ALPHABET[usize::try_from(value & 31).unwrap_or(0)]);
    for byte in bytes {
        pending = (pending << 8) | u32::from(*byte);
        count += 8;
        while count >= 5 {
            count -= 5;
            text.push(digit(pending >> count));
        }
        pending &= (1 << count) - 1;
    }
    if count > 0 {
        text.push(digit(pending << (5 - count)));
    }
    text
}

/// Whether all of it are digits of base 32.
pub(crate) fn is_base32(text: &str) -> bool {
    text.bytes().all(|byte| ALPHABET.contains(&byte))
}

/// Writes `prefix_` and the base 32 form of `id`.
fn encode(prefix: &str, id: Uuid, out: &mut impl std::fmt::Write) -> std::fmt::Result {
    out.write_str(prefix)?;
    out.write_char('_')?;
    let value = id.as_u128();
    for digit in (0..DIGITS).rev() {
        let index = usize::try_from((value >> (digit * 5)) & 31).unwrap_or(0);
        out.write_char(char::from(ALPHABET[index]))?;
    }
    Ok(())
}

/// Reads what [`encode`] writes; nothing else, so that one id has one spelling.
fn decode(prefix: &'static str, text: &str) -> Result<Uuid, IdError> {
    let error = IdError { prefix };
    let digits = text.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('_')).ok_or(error)?;
    if digits.len() != DIGITS || digits.as_bytes()[0] > b'7' {
        return Err(error);
    }
    let mut value = 0_u128;
    for byte in digits.bytes() {
        let digit = ALPHABET.iter().position(|letter| *letter == byte).ok_or(error)?;
        value = (value << 5) | digit as u128;
    }
    Ok(Uuid::from_u128(value))
}

/// The text form of an id, for the macro below.
#[doc(hidden)]
pub fn to_text(prefix: &str, id: Uuid) -> String {
    let mut text = String::with_capacity(prefix.len() + 1 + DIGITS);
    // Writing to a String cannot fail.
    let _ = encode(prefix, id, &mut text);
    text
}

/// The reading of an id, for the macro below.
#[doc(hidden)]
pub fn from_text(prefix: &'static str, text: &str) -> Result<Uuid, IdError> {
    decode(prefix, text)
}

/// Defines a typed id with its prefix: `typed_id!(/// A ticket. TicketId, "tkt");`
#[macro_export]
macro_rules! typed_id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub uuid::Uuid);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&$crate::id::to_text($prefix, self.0))
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::id::IdError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                $crate::id::from_text($prefix, text).map(Self)
            }
        }

        impl From<uuid::Uuid> for $name {
            fn from(id: uuid::Uuid) -> Self {
                Self(id)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                <std::borrow::Cow<'de, str>>::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

typed_id!(
    /// A tenant: one customer organisation.
    TenantId,
    "ten"
);
typed_id!(
    /// A person's account in one tenant.
    AccountId,
    "usr"
);
typed_id!(
    /// A signed-in browser.
    SessionId,
    "ses"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_back() {
        for value in [0, 1, u128::MAX, 0x0199_aaaa_bbbb_7ccc_8ddd_eeee_ffff_0001] {
            let id = AccountId(Uuid::from_u128(value));
            assert_eq!(id.to_string().parse(), Ok(id));
            assert_eq!(id.to_string().len(), 30);
        }
    }

    #[test]
    fn bytes_in_base_32() {
        assert_eq!(base32(&[]), "");
        assert_eq!(base32(&[0xff; 5]), "zzzzzzzz");
        assert_eq!(base32(&[0, 0, 0, 1]), "0000008", "the last digit has two bits of its own");
        assert_eq!(base32(&[0x10; 20]).len(), 32);
        assert!(is_base32(&base32(&[0xa5; 20])) && !is_base32("il"));
    }

    #[test]
    fn only_the_one_spelling_is_read() {
        let good = AccountId(Uuid::from_u128(7)).to_string();
        for bad in [
            good.to_uppercase(),
            good.replace("usr", "ten"),
            good.replace('7', "l"),
            format!("{good}0"),
            good[..29].to_owned(),
            format!("usr_8{}", "0".repeat(25)),
            String::new(),
            "usr_".to_owned(),
            "00000000-0000-0000-0000-000000000007".to_owned(),
        ] {
            assert!(bad.parse::<AccountId>().is_err(), "{bad}");
        }
    }
}
