//! The pages, islands and server functions of Rowhouse. One folder a part of the product.
//!
//! Pages are axum handlers that render Leptos views: a handler's arguments say what it needs, among them the permission
//! ([`access::Allowed`]), so a page without its check does not compile. Islands and server functions are built for
//! both halves; everything else is behind the feature `ssr`.
//!
//! # How to add a page
//!
//! `docs/adding-a-feature.md` goes through it, from the migration to the browser test.

#![recursion_limit = "512"]

pub mod admin;
pub mod desk;
pub mod landing;
pub mod server_functions;

#[cfg(feature = "hydrate")]
pub mod browser;

#[cfg(feature = "ssr")]
pub mod access;
#[cfg(feature = "ssr")]
pub mod account;
#[cfg(feature = "ssr")]
pub mod api;
#[cfg(feature = "ssr")]
pub mod billing;
#[cfg(feature = "ssr")]
pub mod console;
#[cfg(feature = "ssr")]
pub mod context;
#[cfg(feature = "ssr")]
pub mod error;
#[cfg(feature = "ssr")]
pub mod limits;
#[cfg(feature = "ssr")]
pub mod product;
#[cfg(feature = "ssr")]
pub mod routes;
#[cfg(feature = "ssr")]
pub mod ui;

/// Wakes the islands of the page that the server rendered.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    leptos::mount::hydrate_islands();
}
