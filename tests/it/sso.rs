//! Single sign-on.

mod oidc;
mod people;
pub mod provider;
mod upkeep;
mod wizard;
