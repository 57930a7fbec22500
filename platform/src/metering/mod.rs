//! Metering: what a tenant did that may be billed.
//!
//! Each billable act [`emit`]s an event in its own transaction. So an event is there if and only if the act was done,
//! whoever is killed in between; and its key makes an act that is tried again count once. An answer to a program goes out
//! after its event is committed: what was answered with success was counted. Those that only read are counted by the
//! statement that finds their key (`access/queries/resume_key.sql`), which costs least.
//!
//! A server adds events up by the hour and by the day ([`roll_up`]); pages and bills read those. [`reconcile`] compares
//! events, what they were added up to, and what was billed.
//!
//! # How to add a meter
//!
//! A variant of [`Meter`] with its words, and [`emit`] where the act is done. Nothing else: pages, files and
//! reconciliation go by [`Meter::ALL`].

mod billed;
mod busy;
mod emit;
mod hour;
mod meter;
pub mod reconcile;
pub mod roll_up;
mod seat;
pub mod series;
mod stored;
mod upkeep;

pub use emit::{Usage, UsageKey, emit, emit_all};
pub use hour::{day_of, hour_of, month_of};
pub use meter::{Meter, Sum};
pub(crate) use seat::{is_other_hour, note_seat};
pub use stored::note_stored;
pub use upkeep::Upkeep;

/// For how many months events are kept; what they were added up to is kept for longer.
pub const MONTHS_KEPT: u8 = 13;
