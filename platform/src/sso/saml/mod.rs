//! SAML 2.0: what comes from a provider, and what goes to it.
//!
//! A response is read in this order, and each step is noted in the [`Report`](super::Report):
//!
//! 1. [`strict`] refuses everything in the raw text that two parsers could read differently.
//! 2. `shape` and `signature` allow one structure: one assertion, each element in its one place, a signature over the
//!    element that it stands in, by SHA-2.
//! 3. [`verifier`] checks the signatures with the connection's own certificates. Without one, nothing passes.
//! 4. From here on only the bytes that were digested are read, parsed and checked again. An encrypted assertion is opened
//!    only inside a response whose signature is right.
//! 5. `envelope` and `assertion` check status, issuer, destination, request, times, audience and recipient; `attributes`
//!    makes an [`Identity`](super::Identity) of the rest.
//!
//! That an assertion is used once is for the caller to check: [`accept_once`](super::used_message::accept_once).
//!
//! What goes out is written as text, every value escaped: [`request`] asks to sign somebody in, [`logout`] to sign
//! somebody out (and reads such requests, by the same filter), [`sp_metadata`] tells a provider of us. [`idp_metadata`]
//! and [`certificate`] read what a connection is set up with.

mod assertion;
mod attributes;
pub mod certificate;
mod encryption;
mod envelope;
pub mod idp_metadata;
pub mod logout;
mod markup;
mod names;
mod node;
mod outgoing;
mod received;
mod redirect;
pub mod request;
mod response;
#[cfg(test)]
mod sample;
mod shape;
mod signature;
mod signing;
pub mod sp_metadata;
pub mod strict;
pub mod verifier;
mod worker;

pub use markup::new_id;
pub use outgoing::Outgoing;
pub use response::{Asserted, Expected, peek_in_response_to, read_response, read_response_with};
pub use signing::SignError;
pub use strict::parse as filter;
pub use verifier::SamlVerifier;
pub use worker::{Gate, on_worker};
