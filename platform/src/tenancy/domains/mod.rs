//! Domains that tenants bring.
//!
//! A tenant claims a [`DomainName`] and is given a [`Challenge`]: a TXT record that only the domain's owner can set. A
//! [`check`] looks for it by [`Dns`], and what it found is settled by [`settle`]: a claim becomes a domain, a domain is
//! renewed, or it fails, and after long enough becomes a claim again. People ask for checks, and [`Watch`] makes them
//! by itself. One domain may be the tenant's main address ([`make_primary`]).

mod challenge;
mod check;
mod dns;
mod name;
mod store;
mod traffic;
mod watch;

pub(crate) use challenge::token;
pub use challenge::{Challenge, Finding, FindingKind};
pub use check::{Checked, Checker, DueCheck, Settled, check, settle};
pub use dns::{Dns, DnsFailure, DnsSettings};
pub use name::{DomainName, DomainNameError};
pub use store::{Claimed, MOST, OwnDomain, Removed, claim, count, list, make_primary, primary_host, remove};
pub use traffic::{Destination, DomainSettings, Leads, leads};
pub use watch::Watch;
