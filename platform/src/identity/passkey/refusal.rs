//! Why a key was not taken, and what can break.

use webauthn_rs::prelude::WebauthnError;

use crate::{db::DbError, id::AccountId};

/// Something that should not happen, whatever a browser sends.
#[derive(Debug, thiserror::Error)]
pub enum PasskeyError {
    /// The host is an IP address.
    #[error("passkeys work on hosts with a name only")]
    NoDomain,
    /// PostgreSQL refused or failed.
    #[error(transparent)]
    Database(#[from] DbError),
    /// No ceremony could be made.
    #[error("the ceremony cannot begin: {0}")]
    Ceremony(#[from] WebauthnError),
    /// What is kept of a key or a ceremony is not what was written.
    #[error("a kept key or ceremony cannot be read: {0}")]
    Kept(#[from] serde_json::Error),
}

impl From<sqlx::Error> for PasskeyError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error.into())
    }
}

/// An answer that was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Why.
    pub reason: Reason,
    /// Whose key it was, where that is known.
    pub owner: Option<KeyOwner>,
}

impl From<Reason> for Refusal {
    fn from(reason: Reason) -> Self {
        Self { reason, owner: None }
    }
}

/// Whose key it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyOwner {
    /// The account.
    pub account: AccountId,
    /// What the person is called.
    pub name: String,
    /// Their address.
    pub email: String,
}

/// Why a key was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The ceremony was answered already, is too old, was begun by another browser, or never was.
    NoCeremony,
    /// What was sent is not an answer to it.
    Malformed,
    /// The tenant knows no such key on this host.
    UnknownKey,
    /// The person has no key on this host.
    NoKeyHere,
    /// The key is somebody else's.
    OtherPerson,
    /// The signature, the challenge, the origin or the host is wrong, or the person was not verified.
    NotProved,
    /// The key's counter did not go up: there may be a copy of it.
    CounterWentBack,
    /// The key is registered already.
    AlreadyRegistered,
    /// The person has as many keys as one may have.
    TooMany,
}

impl Reason {
    /// For the log and the audit record.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoCeremony => "no such ceremony",
            Self::Malformed => "malformed answer",
            Self::UnknownKey => "unknown passkey",
            Self::NoKeyHere => "no passkey on this host",
            Self::OtherPerson => "passkey of another person",
            Self::NotProved => "passkey not proved",
            Self::CounterWentBack => "the passkey's counter went back",
            Self::AlreadyRegistered => "passkey already registered",
            Self::TooMany => "too many passkeys",
        }
    }

    /// For the person.
    pub fn message(self) -> &'static str {
        match self {
            Self::NoCeremony => "This took too long, or was answered already. Try again.",
            Self::Malformed | Self::NotProved => "The passkey could not be checked. Try again.",
            Self::UnknownKey => {
                "This workspace does not know that passkey. It may have been removed, or belong to another workspace."
            }
            Self::NoKeyHere => "You have no passkey for this address.",
            Self::OtherPerson => "That passkey belongs to another person. Use one of your own.",
            Self::CounterWentBack => {
                "This passkey seems to exist twice, so it was not accepted. Sign in another way, remove it, and add a new one."
            }
            Self::AlreadyRegistered => "This passkey is on your account already.",
            Self::TooMany => "You have as many passkeys as one account may have. Remove one first.",
        }
    }
}
