//! Single sign-on.

mod oidc;
pub mod provider;
