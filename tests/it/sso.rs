//! Single sign-on.

mod email_domains;
mod endpoints;
mod managed;
mod oidc;
mod people;
pub mod provider;
mod rules;
pub mod saml_provider;
mod traces;
mod upkeep;
mod wizard;
