//! Tickets: what they are, and every query on what they are made of.
//!
//! Who changes something shows a permit and their [reach](super::project::reach): a ticket of a project that they do not
//! reach answers as one that does not exist. Every change writes what happened ([`event`]) in the same transaction.

pub mod change;
pub mod comment;
pub mod create;
mod error;
pub mod event;
pub mod find;
mod id;
mod key;
pub mod label;
pub mod link;
mod lock;
pub mod people;
pub mod watch;
mod words;

pub use change::TicketChange;
pub use comment::Comment;
pub use create::NewTicket;
pub use error::ChangeError;
pub use event::Event;
pub use find::Ticket;
pub use id::{CommentId, EventId, LabelId, TicketId};
pub use key::{KeyError, TicketKey};
pub use label::Label;
pub use link::{Link, Relation};
pub use people::Person;
pub use words::{Colour, Priority, Status};

/// The most characters of a title.
pub const TITLE_LENGTH: usize = 200;
/// The most characters of a description or comment.
pub const TEXT_LENGTH: usize = 20_000;
/// The most labels of a ticket.
pub const MOST_LABELS: usize = 20;
/// The most watchers of a ticket.
pub const MOST_WATCHERS: usize = 100;
/// The most links of a ticket.
pub const MOST_LINKS: usize = 100;
