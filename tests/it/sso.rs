//! Single sign-on.

mod oidc;
mod people;
pub mod provider;
mod upkeep;
mod email_domains;
mod managed;
mod rules;
mod traces;
mod wizard;
