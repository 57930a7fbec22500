//! Single sign-on.

mod email_domains;
mod managed;
mod oidc;
mod people;
pub mod provider;
mod rules;
mod traces;
mod upkeep;
mod wizard;
