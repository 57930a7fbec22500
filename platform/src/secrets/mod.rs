//! Secrets at rest: what must be readable again, and by nobody who has only the database.
//!
//! Envelope encryption. Each secret gets a data key of its own (AES-256-GCM); the data key is sealed with a master key
//! that stands in the configuration and never in the database. [`Sealed`] holds all of it but the master key, in one
//! `bytea` column, and names the master key by its id: so keys can be changed one after the other. What was sealed is
//! bound to its place by the *context*, text such as `totp/<tenant>/<account>` that goes into the authentication and
//! not into the column: bytes copied to another row or tenant do not open there.
//!
//! # How to keep the next kind of secret
//!
//! 1. A column `bytea NOT NULL`, written from [`Sealed::as_bytes`] and read with [`Sealed::from_bytes`].
//! 2. One function that makes the context, with the purpose first, and every id that makes the row what it is.
//! 3. One function that reseals what a tenant has, as `identity::totp::reseal` does, and its line in
//!    `rowhouse secret rotate`.

mod envelope;
mod keys;

pub use self::{
    envelope::Sealed,
    keys::{KeysError, SecretKeys},
};

/// Why a sealed secret does not open.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// Its key is not in the configuration.
    #[error("it is sealed with the key “{0}”, which is not among secrets.keys")]
    MissingKey(String),
    /// The bytes are not what was sealed, or not at the place they were sealed for.
    #[error("it was changed, or sealed for another place")]
    Refused,
}

#[cfg(test)]
mod tests;
