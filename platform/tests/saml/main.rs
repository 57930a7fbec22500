//! The corpus of SAML responses: files, right and hostile, each of which has to be accepted or refused for its reason.
//!
//! `cargo test -p rowhouse-platform --test saml -- --ignored` writes the files anew, with the keys that lie beside them.

mod cases;
mod encrypt;
mod forge;
mod mutation;
mod table;
