//! Finding tickets: the language of the list's address ([`Filter`]), the query behind it, and the page.
//!
//! Whoever lists tickets elsewhere takes the same way: [`Filter::read`] what was asked for, [`Narrow::new`] for who asks,
//! then [`page`] for the tickets and [`counts`] for how many there are.

mod bar;
mod by_name;
mod chips;
pub mod count;
mod day;
mod error;
mod field;
mod filter;
mod furniture;
mod look;
mod narrow;
mod order;
mod part;
mod query;
mod show;
mod table;
mod window;

pub use count::Counts;
pub use day::{Moment, Span};
pub use error::FilterError;
pub use filter::{Assignee, Due, Filter, MOST_LABELS, Somebody, TEXT_LENGTH};
pub use furniture::Furniture;
pub use narrow::{Asker, Narrow};
pub use order::{Cursor, CursorError, Place, Sort, SortBy};
pub use query::{TicketPage, TicketRow, counts, page};
pub use window::MOST_FOUND;

pub(super) use bar::{Bar, filter_form};
pub(super) use by_name::resolved;
pub(super) use chips::chips;
pub(super) use field::Field;
pub(super) use filter::sought;
pub(super) use look::Look;
pub(super) use show::{Asked, render, show};
pub(super) use table::{due_view, labels_view};

/// Tickets on a page.
pub const PAGE_SIZE: usize = 50;
