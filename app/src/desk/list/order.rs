//! In which order tickets stand, and where a page of them begins.
//!
//! A page begins behind a ticket, named by what it is sorted by and its id: so no ticket is shown twice or left out when
//! others come and go in the meantime, and the thousandth page costs no more than the first.

use std::{fmt, str::FromStr};

use time::{Date, OffsetDateTime};

use super::error::FilterError;
use crate::desk::ticket::TicketId;

/// What tickets are sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SortBy {
    /// When they were opened.
    Created,
    /// When they last changed.
    Updated,
    /// How urgent they are.
    Priority,
    /// When they are due; those that never are stand last in both directions.
    Due,
    /// How well they match the words looked for.
    Relevance,
}

impl SortBy {
    /// Every one.
    pub const ALL: [Self; 5] = [Self::Created, Self::Updated, Self::Priority, Self::Due, Self::Relevance];

    /// The word in addresses.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Updated => "updated",
            Self::Priority => "priority",
            Self::Due => "due",
            Self::Relevance => "relevance",
        }
    }
}

/// An order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sort {
    /// What it goes by.
    pub by: SortBy,
    /// Whether the greatest stands first.
    pub is_descending: bool,
}

impl Sort {
    /// The order where none is asked for.
    pub(super) fn default_of(has_words: bool) -> Self {
        Self { by: if has_words { SortBy::Relevance } else { SortBy::Created }, is_descending: true }
    }

    /// Reads `updated` and `-updated`; the minus sign puts the greatest first.
    ///
    /// # Errors
    /// [`FilterError::NotAllowed`].
    pub(super) fn read(text: &str) -> Result<Self, FilterError> {
        let (word, is_descending) = text.strip_prefix('-').map_or((text, false), |word| (word, true));
        let by = SortBy::ALL.into_iter().find(|by| by.word() == word);
        by.map(|by| Self { by, is_descending }).ok_or_else(|| {
            let words = SortBy::ALL.map(SortBy::word).join(", ");
            FilterError::not_allowed(text, "order", format!("{words}, each with or without - before it"))
        })
    }

    /// What [`read`](Self::read) reads.
    #[must_use]
    pub fn word(self) -> String {
        format!("{}{}", if self.is_descending { "-" } else { "" }, self.by.word())
    }

    /// Whether it goes by how well tickets match.
    #[must_use]
    pub fn is_relevance(self) -> bool {
        self.by == SortBy::Relevance
    }

    /// What people read.
    #[must_use]
    pub fn label(self) -> &'static str {
        match (self.by, self.is_descending) {
            (SortBy::Created, true) => "Newest first",
            (SortBy::Created, false) => "Oldest first",
            (SortBy::Updated, true) => "Last changed first",
            (SortBy::Updated, false) => "Longest unchanged first",
            (SortBy::Priority, true) => "Most urgent first",
            (SortBy::Priority, false) => "Least urgent first",
            (SortBy::Due, false) => "Due soonest first",
            (SortBy::Due, true) => "Due latest first",
            (SortBy::Relevance, true) => "Best match first",
            (SortBy::Relevance, false) => "Weakest match first",
        }
    }
}

/// What a ticket is sorted by, of one ticket.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum At {
    /// Its id says when it was opened.
    Created,
    /// When it last changed.
    Updated(OffsetDateTime),
    /// How urgent it is.
    Priority(i16),
    /// When it is due.
    Due(Option<Date>),
    /// How well it matches.
    Relevance(f32),
}

/// A place in the list: beside one ticket.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cursor {
    /// What the ticket is sorted by.
    pub at: At,
    /// The ticket.
    pub id: TicketId,
}

/// Text that is no place in a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("The link to this part of the list is damaged; start from its beginning.")]
pub struct CursorError;

impl Cursor {
    /// Reads a place in a list of this order.
    ///
    /// # Errors
    /// [`CursorError`], also for a place in a list of another order.
    pub fn read(text: &str, by: SortBy) -> Result<Self, CursorError> {
        let cursor: Self = text.parse()?;
        if cursor.by() == by { Ok(cursor) } else { Err(CursorError) }
    }

    fn by(self) -> SortBy {
        match self.at {
            At::Created => SortBy::Created,
            At::Updated(_) => SortBy::Updated,
            At::Priority(_) => SortBy::Priority,
            At::Due(_) => SortBy::Due,
            At::Relevance(_) => SortBy::Relevance,
        }
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.at {
            At::Created => f.write_str("c")?,
            // PostgreSQL keeps microseconds.
            At::Updated(at) => write!(f, "u{}", at.unix_timestamp_nanos().div_euclid(1000))?,
            At::Priority(urgency) => write!(f, "p{urgency}")?,
            At::Due(None) => f.write_str("d")?,
            At::Due(Some(day)) => write!(f, "d{}", day.to_julian_day())?,
            At::Relevance(rank) => write!(f, "r{:08x}", rank.to_bits())?,
        }
        write!(f, ".{}", self.id)
    }
}

impl FromStr for Cursor {
    type Err = CursorError;

    fn from_str(text: &str) -> Result<Self, CursorError> {
        let (at, id) = text.split_once('.').ok_or(CursorError)?;
        let id = id.parse().map_err(|_| CursorError)?;
        let kind = at.chars().next().ok_or(CursorError)?;
        let value = &at[kind.len_utf8()..];
        let at = match kind {
            'c' if value.is_empty() => Some(At::Created),
            'u' => microseconds(value).map(At::Updated),
            'p' => value.parse().ok().map(At::Priority),
            'd' if value.is_empty() => Some(At::Due(None)),
            'd' => day(value).map(|day| At::Due(Some(day))),
            'r' => rank(value).map(At::Relevance),
            _ => None,
        };
        Ok(Self { at: at.ok_or(CursorError)?, id })
    }
}

fn microseconds(text: &str) -> Option<OffsetDateTime> {
    let microseconds: i64 = text.parse().ok()?;
    // Far beyond what PostgreSQL keeps is no place in a list either.
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(microseconds) * 1000)
        .ok()
        .filter(|at| (1970..=9000).contains(&at.year()))
}

fn day(text: &str) -> Option<Date> {
    // PostgreSQL knows no day before 4714 BC.
    Date::from_julian_day(text.parse().ok()?).ok().filter(|day| (1..=9999).contains(&day.year()))
}

fn rank(text: &str) -> Option<f32> {
    let bits = if text.len() == 8 { u32::from_str_radix(text, 16).ok()? } else { return None };
    Some(f32::from_bits(bits)).filter(|rank| rank.is_finite())
}

/// Where a page of the list begins.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Place {
    /// With the first ticket.
    Start,
    /// With the ticket behind this place.
    After(Cursor),
    /// So that it ends with the ticket before this place.
    Before(Cursor),
}

#[cfg(test)]
mod tests {
    use time::macros::{date, datetime};
    use uuid::Uuid;

    use super::*;

    #[test]
    fn orders_are_read_back() {
        for by in SortBy::ALL {
            for is_descending in [true, false] {
                let sort = Sort { by, is_descending };
                assert_eq!(Sort::read(&sort.word()), Ok(sort));
            }
        }
        for bad in ["", "-", "--created", "title", "Created"] {
            assert!(Sort::read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn places_are_read_back() {
        let id = TicketId(Uuid::from_u128(0x0199_aaaa_bbbb_7ccc_8ddd_eeee_ffff_0001));
        for at in [
            At::Created,
            At::Updated(datetime!(2026-11-21 14:30:00.123456 UTC)),
            At::Priority(4),
            At::Due(None),
            At::Due(Some(date!(2026 - 11 - 21))),
            At::Relevance(0.060_792_71),
        ] {
            let cursor = Cursor { at, id };
            assert_eq!(Cursor::read(&cursor.to_string(), cursor.by()), Ok(cursor));
        }
        let created = Cursor { at: At::Created, id }.to_string();
        assert_eq!(Cursor::read(&created, SortBy::Due), Err(CursorError), "a place in a list of another order");
        for bad in [
            "",
            ".",
            "c",
            &format!("x.{id}"),
            &format!("c1.{id}"),
            "c.tkt_0",
            &format!("ü1.{id}"),
            &format!("u.{id}"),
            &format!("u99999999999999999999.{id}"),
            &format!("r7fc00000.{id}"),
            &format!("r+fc0000.{id}x"),
            &format!("p99999.{id}"),
            &format!("d9999999999.{id}"),
            &format!("d-1000000.{id}"),
        ] {
            assert!(bad.parse::<Cursor>().is_err(), "{bad}");
        }
    }
}
