//! The parts that a list is read in.

use super::order::{At, Cursor, SortBy};

/// A part of a list: those with a due date and those without are sorted apart, every other list is one part.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Part {
    /// Whether its tickets have a due date; `None`: whether or not.
    pub(super) has_due: Option<bool>,
    /// Only tickets behind this one.
    pub(super) behind: Option<Cursor>,
}

/// The parts of a list, in the order in which they are read.
pub(super) fn parts(by: SortBy, cursor: Option<Cursor>, is_backward: bool) -> Vec<Part> {
    if by != SortBy::Due {
        return vec![Part { has_due: None, behind: cursor }];
    }
    let (first, last) = if is_backward { (false, true) } else { (true, false) };
    match cursor {
        None => vec![Part { has_due: Some(first), behind: None }, Part { has_due: Some(last), behind: None }],
        Some(cursor) => {
            let within = !matches!(cursor.at, At::Due(None));
            let mut parts = vec![Part { has_due: Some(within), behind: Some(cursor) }];
            if within == first {
                parts.push(Part { has_due: Some(last), behind: None });
            }
            parts
        }
    }
}

#[cfg(test)]
mod tests {
    use time::macros::date;
    use uuid::Uuid;

    use super::*;
    use crate::desk::ticket::TicketId;

    fn cursor(at: At) -> Cursor {
        Cursor { at, id: TicketId(Uuid::from_u128(1)) }
    }

    #[test]
    fn tickets_without_a_due_date_stand_last() {
        let (dated, undated) = (cursor(At::Due(Some(date!(2026 - 11 - 21)))), cursor(At::Due(None)));
        let read = |cursor, is_backward| {
            parts(SortBy::Due, cursor, is_backward)
                .iter()
                .map(|part| (part.has_due.unwrap(), part.behind.is_some()))
                .collect::<Vec<_>>()
        };
        assert_eq!(read(None, false), [(true, false), (false, false)]);
        assert_eq!(read(Some(dated), false), [(true, true), (false, false)]);
        assert_eq!(read(Some(undated), false), [(false, true)]);
        assert_eq!(read(Some(undated), true), [(false, true), (true, false)]);
        assert_eq!(read(Some(dated), true), [(true, true)]);
    }

    #[test]
    fn other_lists_are_one_part() {
        let behind = Some(cursor(At::Created));
        assert_eq!(parts(SortBy::Created, behind, true), [Part { has_due: None, behind }]);
    }
}
