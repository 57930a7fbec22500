//! Plans: what a tenant may use, whether there is room for more, and what is said where there is not.
//!
//! Plans, their versions and every tenant's subscription are rows of the control plane. A tenant's [`Entitlements`] come
//! into memory with the tenant, and every transaction carries them (`tx.entitlements()`), so that a check costs nothing.
//!
//! # To limit something new
//!
//! 1. A word of [`Limit`] (or [`Feature`]), and a number for it in the versions of the plans that are published next. A
//!    version that does not name it has no limit.
//! 2. Count what is used, in one place, beside the table that it is in ([`count`] has those of the platform).
//! 3. Where more of it comes to be, in the same transaction: take the turn with [`turn`], count, and ask
//!    [`Entitlements::require_room`]. A [`PlanError`] becomes the right page and the right problem by itself.

pub mod change;
pub mod count;
mod entitlements;
mod error;
pub mod ledger;
mod load;
pub mod notice;
pub mod offer;
pub mod upkeep;
mod words;

pub use self::{
    entitlements::{Allowance, Entitlements, Overridden, Override, Price, READ_ONLY_AFTER, SUSPENDED_AFTER},
    error::PlanError,
    load::{LoadError, load},
    words::{Feature, Interval, Limit, PlanKey, PlanKeyError, SubscriptionState, Unit, UnknownWord},
};
pub use count::turn;
pub(crate) use load::{Kept, limits_in_force, load_by};
