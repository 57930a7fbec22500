//! Email domains that a tenant proved to be its own.
//!
//! They say for whom a connection may speak: an account is found by its address only where the address is of a proven
//! domain that is tied to the connection. Several tenants may prove the same domain, since it says nothing of who is
//! reached where. The proof is a TXT record with a name of its own, so that the one of a host
//! ([`tenancy::domains`](crate::tenancy::domains)) proves no mail, and the other way round.

mod name;
mod proof;
mod recheck;
mod store;
mod tie;

pub use name::{EmailDomainError, SHARED, parse};
pub use proof::{DueCheck, Settled, check, settle};
pub use recheck::{Recheck, recheck_due};
pub use store::{Claimed, EmailDomain, MOST, claim, find, list, proven, remove, vouch};
pub use tie::{TieError, Tied, tie};
