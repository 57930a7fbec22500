//! Domains that tenants bring: claimed on a page, proven by a real DNS server's answers, kept, lost, made the main
//! address.

mod ask;
pub mod dns_server;
mod keeping;
mod main_address;
mod proof;
mod world;
