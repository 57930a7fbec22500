//! Setting up single sign-on, from outside: by an admin, and by somebody with a set-up link.

mod connections;
mod oidc;
mod saml;
mod setup_link;
mod switching;
mod world;
