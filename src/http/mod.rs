//! The way of a request: host, tenant, session, page, answer.
//!
//! [`front`] is the one entrance. It answers static files and health checks itself, finds the site that a request is
//! addressed to, and hands it to that site's router with its context.

mod ask;
mod body;
mod connections;
pub(crate) mod counting;
mod failure;
mod front;
mod headers;
mod health;
mod metrics;
mod origin;
pub(crate) mod primary;
pub(crate) mod request;
mod route_name;
mod serve;
mod shut;
mod site;
mod static_files;

pub use front::{Front, FrontSettings, apex_routes, router, tenant_routes};
pub use health::Leaving;
pub use serve::{Addresses, ServeError, serve};
pub use site::SiteSettings;
