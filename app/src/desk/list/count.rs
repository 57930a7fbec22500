//! How many tickets there are of each status. Counting stops where the number says nothing any more, so that a workspace
//! with a million tickets is counted as quickly as one with a few thousand.

use crate::{desk::ticket::Status, ui::time::number};

/// Where counting stops.
pub const COUNTED: i64 = 1000;

/// How many tickets of each status there are; at most one more than [`COUNTED`] each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    rows: Vec<(Status, i64)>,
    /// Whether there are more, of whatever status, than were looked at.
    is_cut: bool,
}

impl Counts {
    pub(in crate::desk) fn new(rows: Vec<(Status, i64)>) -> Self {
        Self { rows, is_cut: false }
    }

    /// Of the newest `most` tickets with some words.
    pub(super) fn of_newest(most: i32, rows: Vec<(Status, i64)>) -> Self {
        let is_cut = rows.iter().map(|row| row.1).sum::<i64>() >= i64::from(most);
        Self { rows, is_cut }
    }

    /// At least so many of one status.
    #[must_use]
    pub fn of(&self, status: Status) -> i64 {
        self.rows.iter().find(|row| row.0 == status).map_or(0, |row| row.1)
    }

    /// Whether there are more, of whatever status, than were looked at.
    pub(super) fn is_cut(&self) -> bool {
        self.is_cut
    }

    /// Whether there are no more of this status than [`of`](Self::of) says.
    #[must_use]
    pub fn is_whole(&self, status: Status) -> bool {
        !self.is_cut && self.of(status) <= COUNTED
    }

    /// Of all; `None`: more than were counted.
    #[must_use]
    pub fn all(&self) -> Option<i64> {
        let is_whole = !self.is_cut && self.rows.iter().all(|row| row.1 <= COUNTED);
        is_whole.then(|| self.rows.iter().map(|row| row.1).sum())
    }

    /// Of one status as people read it: “1,000+” where there may be more; `None` where nothing is known.
    #[must_use]
    pub fn written(&self, status: Status) -> Option<String> {
        match (self.of(status), self.is_cut) {
            (0, true) => None,
            (count, true) if count <= COUNTED => Some(format!("{}+", number(count))),
            (count, _) => Some(written(count)),
        }
    }
}

/// A count as people read it: “1,000+” where it was not counted to the end.
#[must_use]
pub fn written(count: i64) -> String {
    if count > COUNTED { format!("{}+", number(COUNTED)) } else { number(count) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counting_stops_and_says_so() {
        assert_eq!(written(0), "0");
        assert_eq!(written(1000), "1,000");
        assert_eq!(written(1001), "1,000+");
        let counts = Counts::new(vec![(Status::Open, 3), (Status::Closed, 1000)]);
        assert_eq!((counts.of(Status::Open), counts.of(Status::Solved), counts.all()), (3, 0, Some(1003)));
        assert_eq!(Counts::new(vec![(Status::Open, 1001)]).all(), None);
    }

    #[test]
    fn what_was_not_looked_at_is_not_said_to_be_nothing() {
        let rows = vec![(Status::Open, 1500), (Status::Pending, 500)];
        let counts = Counts::of_newest(2000, rows.clone());
        let written = |status| counts.written(status);
        assert_eq!(written(Status::Open).as_deref(), Some("1,000+"));
        assert_eq!(written(Status::Pending).as_deref(), Some("500+"));
        assert_eq!((written(Status::Closed), counts.all(), counts.is_whole(Status::Pending)), (None, None, false));
        let whole = Counts::of_newest(2001, rows);
        assert_eq!(whole.written(Status::Pending).as_deref(), Some("500"));
        assert_eq!(whole.written(Status::Closed).as_deref(), Some("0"));
        assert!(whole.is_whole(Status::Pending) && !whole.is_whole(Status::Open));
    }
}
