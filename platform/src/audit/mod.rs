//! Who did what, when and from where: each tenant's audit log, written in the transaction of the act.
//!
//! Records of a tenant form a chain. Each carries an HMAC over the one before it and over every column of its own, made
//! with a key from the configuration, so whoever has the database alone, even all of it, can neither change a record nor
//! make one that stands the check. `docs/audit.md` says what is found, and what only an anchor outside can find.
//!
//! # How to record the next kind of act
//!
//! 1. A row in `action.rs`.
//! 2. [`record`] where the act is done, last in its transaction, with `context.scribe()`.

mod act;
mod action;
mod chain;
mod export;
mod keeper;
mod list;
mod prune;
mod scribe;
mod upkeep;
mod walk;

pub use act::{Act, Actor, Origin};
pub use action::{Action, ActionGroup};
pub use chain::{AuditKey, AuditKeys};
pub use export::{ExportFormat, export};
pub use keeper::{Chain, Keeper};
pub use list::{Cursor, Entry, EntryPage, Filter, list};
pub use scribe::{Scribe, record, record_once};
pub use upkeep::{UpkeepSettings, keep};
pub use walk::{Anchor, AnchorError, ChainReport, Finding};
