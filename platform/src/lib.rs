//! Rowhouse without HTTP and without UI: one module a concern.
//!
//! # How to add the next concern
//!
//! 1. A folder named after it, with a `thiserror` enum of its own.
//! 2. Its tables in `migrations/tenant` (or `control`), written as `migrations/README.md` says.
//! 3. Queries beside the code that needs them. Those on tenant tables take `&mut TenantTx` or `&mut Permit<P>`; there
//!    is no other way to a tenant table.
//! 4. Time and randomness from [`ambient::Ambient`], never from the system.
#![deny(missing_docs)]

pub mod access;
pub mod access_token;
pub mod ambient;
pub mod audit;
mod backoff;
pub mod billing;
pub mod branding;
pub mod csv;
pub mod db;
pub mod fetch;
pub mod hex;
pub mod id;
pub mod idempotency;
pub mod identity;
pub mod locale;
pub mod mail;
pub mod members;
pub mod metering;
pub mod money;
pub mod operator;
pub mod picture;
pub mod placement;
pub mod plan;
pub mod rate_limit;
pub mod secrets;
pub mod sso;
pub mod storage;
pub mod tenancy;
pub mod time_zone;
pub mod upkeep;
