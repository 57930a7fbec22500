//! How many tickets there are of each status. Counting stops where the number says nothing any more, so that a workspace
//! with a million tickets is counted as quickly as one with a few thousand.

use crate::{desk::ticket::Status, ui::time::number};

/// Where counting stops.
pub const COUNTED: i64 = 1000;

/// How many tickets of each status there are; at most one more than [`COUNTED`] each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts(Vec<(Status, i64)>);

impl Counts {
    pub(in crate::desk) fn new(rows: Vec<(Status, i64)>) -> Self {
        Self(rows)
    }

    /// Of one status.
    #[must_use]
    pub fn of(&self, status: Status) -> i64 {
        self.0.iter().find(|row| row.0 == status).map_or(0, |row| row.1)
    }

    /// Of all; `None`: more than were counted.
    #[must_use]
    pub fn all(&self) -> Option<i64> {
        self.0.iter().all(|row| row.1 <= COUNTED).then(|| self.0.iter().map(|row| row.1).sum())
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
}
