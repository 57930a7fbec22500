//! What people call a ticket: its project's key and its number.

use std::{fmt, str::FromStr};

/// “OPS-142”.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TicketKey {
    /// The key of its project, in upper case.
    pub project: String,
    /// Its number in the project, from 1.
    pub number: i64,
}

/// Text that cannot be a ticket's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the key of a ticket, such as OPS-142")]
pub struct KeyError;

impl fmt::Display for TicketKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.project, self.number)
    }
}

impl FromStr for TicketKey {
    type Err = KeyError;

    /// In any case; the number without leading zeros, so that a ticket has one address.
    fn from_str(text: &str) -> Result<Self, KeyError> {
        let (project, number) = text.split_once('-').ok_or(KeyError)?;
        let is_key = (2..=10).contains(&project.len())
            && project.starts_with(|sign: char| sign.is_ascii_alphabetic())
            && project.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let is_number = number.starts_with(|sign: char| ('1'..='9').contains(&sign))
            && number.bytes().all(|byte| byte.is_ascii_digit());
        if !is_key || !is_number {
            return Err(KeyError);
        }
        Ok(Self { project: project.to_ascii_uppercase(), number: number.parse().map_err(|_| KeyError)? })
    }
}

impl serde::Serialize for TicketKey {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for TicketKey {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <std::borrow::Cow<'de, str>>::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_in_any_case_and_written_in_one() {
        let key = TicketKey { project: "OPS".to_owned(), number: 142 };
        assert_eq!("ops-142".parse(), Ok(key.clone()));
        assert_eq!("Ops-142".parse(), Ok(key.clone()));
        assert_eq!(key.to_string(), "OPS-142");
        assert!("A1B2C3D4E5-9223372036854775807".parse::<TicketKey>().is_ok());
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for bad in [
            "",
            "-",
            "OPS",
            "OPS-",
            "-1",
            "OPS-0",
            "OPS-01",
            "OPS-+1",
            "OPS--1",
            "OPS-1 ",
            " OPS-1",
            "O-1",
            "1PS-1",
            "ÖPS-1",
            "OPS-٣",
            "TOOLONGTOBE-1",
            "OPS-9223372036854775808",
            "OPS-1-2",
            "tkt_00000000000000000000000000",
        ] {
            assert_eq!(bad.parse::<TicketKey>(), Err(KeyError), "{bad}");
        }
    }
}
