//! How much of what words find is looked at.

use serde_json::Value;

use super::{narrow::Narrow, order::SortBy, query::What};
use crate::desk::search;

/// Of the tickets that the filter leaves and that have the words looked for, so many are looked at, the newest first,
/// where the list is in another order than that of creation: what stands first is known only when all are known.
pub const MOST_FOUND: i32 = search::MOST_RANKED;

/// Which of the tickets with the words looked for are asked for.
#[derive(Debug, PartialEq)]
pub(super) struct Window {
    pub(super) most: i32,
    pub(super) beside_words: Value,
    pub(super) is_oldest_first: bool,
}

impl Window {
    pub(super) fn of(narrow: &Narrow, what: &What) -> Self {
        match what {
            // They come in the order of the list, so there is no need to look at more than it shows.
            What::Rows { by: SortBy::Created, is_descending, part, limit, .. } => {
                let behind = part.behind.map(|cursor| narrow.created_behind(cursor.id.0, *is_descending));
                let beside_words = behind.as_ref().unwrap_or(narrow).beside_words();
                let most = i32::try_from(*limit).unwrap_or(i32::MAX);
                Self { most, beside_words, is_oldest_first: !is_descending }
            }
            What::Rows { .. } | What::Counts => {
                Self { most: MOST_FOUND, beside_words: narrow.beside_words(), is_oldest_first: false }
            }
        }
    }
}
