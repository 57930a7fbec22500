//! What is counted.

use crate::plan::Limit;

/// A kind of billable act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Meter {
    /// A request of a program that was answered with success.
    ApiCall,
    /// Somebody who was there in an hour, in the browser or by a key of theirs.
    ActiveSeat,
    /// Bytes that were stored for an hour.
    StoredByteHour,
    /// A ticket that was opened.
    Ticket,
    /// A letter that was queued.
    Mail,
    /// A file with data of the workspace that was taken out.
    Export,
}

/// How the events of a time become one figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sum {
    /// Their quantities together.
    Total,
    /// How many different people they are of.
    People,
    /// Their quantities together, for each hour of the time.
    HourlyMean,
}

impl Meter {
    /// All of them, in the order in which people read them.
    pub const ALL: [Self; 6] =
        [Self::ApiCall, Self::ActiveSeat, Self::StoredByteHour, Self::Ticket, Self::Mail, Self::Export];

    /// The word kept in the database.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::ApiCall => "api_call",
            Self::ActiveSeat => "active_seat",
            Self::StoredByteHour => "stored_byte_hour",
            Self::Ticket => "ticket",
            Self::Mail => "mail",
            Self::Export => "export",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|meter| meter.word() == word)
    }

    /// What people read.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::ApiCall => "API calls",
            Self::ActiveSeat => "Active people",
            Self::StoredByteHour => "Stored files",
            Self::Ticket => "Tickets opened",
            Self::Mail => "Mail sent",
            Self::Export => "Exports",
        }
    }

    /// How its events become a figure.
    #[must_use]
    pub fn sum(self) -> Sum {
        match self {
            Self::ApiCall | Self::Ticket | Self::Mail | Self::Export => Sum::Total,
            Self::ActiveSeat => Sum::People,
            Self::StoredByteHour => Sum::HourlyMean,
        }
    }

    /// The limit of the plan that its figure is held against. That on API requests is for a minute, and none of these.
    #[must_use]
    pub fn limit(self) -> Option<Limit> {
        match self {
            Self::ActiveSeat => Some(Limit::Seats),
            Self::StoredByteHour => Some(Limit::StorageBytes),
            Self::ApiCall | Self::Ticket | Self::Mail | Self::Export => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_back_and_fit_the_table() {
        for meter in Meter::ALL {
            assert_eq!(Meter::parse(meter.word()), Some(meter));
            assert!((1..=40).contains(&meter.word().len()));
        }
        assert_eq!(Meter::parse("nothing"), None);
    }
}
