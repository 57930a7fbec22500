//! Full-text search: the words of tickets, what people type, and the pieces of text that show why a ticket was found.

pub mod find;
pub mod query;
pub mod snippet;
pub mod words;

pub use find::{Hit, MOST_RANKED, best};
pub use query::{ONLY_UNWANTED, is_only_unwanted, parse};
pub use snippet::Snippet;
