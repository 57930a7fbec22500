//! The front door of Rowhouse: command line, configuration, HTTP, and the demonstration data.
//!
//! `src → app → platform`: what has no HTTP is in `platform`, what people see is in `app`.

pub mod api;
pub mod cli;
pub mod config;
pub mod demo;
pub mod http;
pub mod services;
pub mod sso;
pub mod stripe;
