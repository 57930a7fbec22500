//! People of a tenant and how they sign in.

pub mod account;
pub mod admission;
pub mod challenge;
pub mod devices;
pub mod email;
pub mod email_change;
pub mod email_verification;
pub mod find_workspaces;
pub mod handoff;
pub mod known_device;
mod lock_out;
pub mod magic_link;
mod mailed_token;
pub mod passkey;
pub mod password;
pub mod password_change;
pub mod password_reset;
pub mod policy;
pub mod profile;
pub mod qr_code;
pub mod recovery_codes;
pub mod second_factor;
pub mod session;
pub mod sign_in;
pub mod throttle;
pub mod totp;

pub use email::EmailAddress;
pub use password::Passwords;

use sha2::{Digest as _, Sha256};

use crate::hex;

/// A random token as it travels, in a cookie or an address: 256 bits in hexadecimal. The database has its hash only.
pub(crate) fn token_text(bytes: [u8; 32]) -> String {
    hex::encode(&bytes)
}

/// SHA-256 of a text. Enough for tokens of 256 random bits, which nobody can guess; never for passwords.
pub(crate) fn sha256(text: &str) -> Vec<u8> {
    Sha256::digest(text.as_bytes()).to_vec()
}
