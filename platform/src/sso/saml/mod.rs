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

mod assertion;
mod attributes;
mod encryption;
mod envelope;
mod names;
mod node;
mod received;
mod response;
mod shape;
mod signature;
pub mod strict;
pub mod verifier;
mod worker;

pub use response::{Asserted, Expected, peek_in_response_to, read_response, read_response_with};
pub use strict::parse as filter;
pub use verifier::SamlVerifier;
pub use worker::{Gate, on_worker};

pub mod certificate;
pub mod idp_metadata;
pub mod logout;
mod markup;
mod outgoing;
mod redirect;
pub mod request;
mod signing;
pub mod sp_metadata;

pub use markup::new_id;
pub use outgoing::Outgoing;
pub use signing::SignError;
