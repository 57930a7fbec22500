//! Single sign-on.

mod endpoints;
mod oidc;
pub mod provider;
pub mod saml_provider;
