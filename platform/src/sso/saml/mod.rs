//! SAML 2.0: what comes from a provider, and what goes to it.

pub mod certificate;
pub mod idp_metadata;
pub mod logout;
mod markup;
#[cfg(test)]
mod sample;
mod outgoing;
mod redirect;
pub mod request;
mod signing;
pub mod sp_metadata;

pub use markup::new_id;
pub use outgoing::Outgoing;
pub use signing::SignError;
