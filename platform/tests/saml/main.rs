//! The corpus of SAML responses: files, right and hostile, each of which has to be accepted or refused for its reason.
//!
//! `cargo test -p rowhouse-platform --test saml -- --ignored` writes the files anew, with the keys that lie beside them.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, reason = "tests fail by panicking")]
#![allow(clippy::too_many_lines, reason = "the messages of the corpus are lists")]
#![allow(
    clippy::format_collect,
    clippy::semicolon_if_nothing_returned,
    clippy::case_sensitive_file_extension_comparisons,
    clippy::assigning_clones,
    clippy::doc_markdown,
    clippy::needless_raw_string_hashes,
    reason = "short closures and texts read better without"
)]

mod cases;
mod encrypt;
mod forge;
mod mutation;
mod table;
