//! Passkeys (WebAuthn): keys held by a person's device, browser or password manager, with which they sign in.
//!
//! A key works on one host alone, its [`RelyingParty`], so each workspace has keys of its own. Each exchange with a
//! browser is a [`ceremony`]: the server begins it and remembers a challenge, the browser answers once. There are two:
//! [`register`] makes a key known, [`authenticate`] has one proved. The holder always verifies the person (by a
//! fingerprint, a face or a PIN), so that a key counts as two factors.
//!
//! Whether an answer was right is a value and not an error: the transaction that used the ceremony up is committed
//! either way.

pub mod authenticate;
pub mod ceremony;
pub mod keys;
mod provider;
mod refusal;
pub mod register;
mod relying_party;

pub use ceremony::{Begun, BrowserToken, Kind};
pub use keys::PasskeyId;
pub use refusal::{KeyOwner, PasskeyError, Reason, Refusal};
pub use relying_party::RelyingParty;
