//! Operators: the people who run the installation, and what they do in its console.
//!
//! An operator is nobody's account in a tenant, and signs in with a password **and** the code of an authenticator app
//! ([`sign_in`], [`second_factor`]); without both there is no session ([`session`]). Passwords, codes, throttling and
//! tokens are those of `crate::identity`; what is here is where operators' are kept.
//!
//! All of it runs as the operator's role, which sees every tenant. So there is one way to what it sees: a session leads to
//! [`SignedIn`], that to [`Audited`], which begins by writing down who reads or does what; and what reads ([`tenants`])
//! or changes ([`act`]) takes an [`Audited`], or an [`OfTenant`] where it is about one. A read that is not recorded does not compile, and its record is committed
//! with it or nothing is shown.

pub mod account;
pub mod act;
pub mod audit;
mod audited;
mod challenge;
pub mod second_factor;
pub mod session;
pub mod sign_in;
pub mod tenants;

pub use audited::{Audited, OfTenant, SignedIn};

use crate::typed_id;

typed_id!(
    /// Somebody who runs the installation.
    OperatorId,
    "opr"
);

/// Who is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operator {
    /// Which one.
    pub id: OperatorId,
    /// Their address, by which records name them.
    pub email: String,
    /// What they are called.
    pub name: String,
}
