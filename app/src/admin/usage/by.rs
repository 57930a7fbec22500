//! By whom or what usage is broken down, and what of it can be.

use rowhouse_platform::metering::{Meter, series::Dimension};

/// By what usage is broken down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum By {
    #[default]
    Member,
    Key,
    Project,
}

impl By {
    pub(crate) const ALL: [Self; 3] = [Self::Member, Self::Key, Self::Project];

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Key => "key",
            Self::Project => "project",
        }
    }

    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Member => "Member",
            Self::Key => "API key",
            Self::Project => "Project",
        }
    }

    pub(crate) fn parse(word: &str) -> Option<Self> {
        if word.is_empty() {
            return Some(Self::default());
        }
        Self::ALL.into_iter().find(|by| by.word() == word)
    }

    pub(crate) fn dimension(self) -> Dimension {
        match self {
            Self::Member => Dimension::Account,
            Self::Key => Dimension::ApiKey,
            Self::Project => Dimension::Project,
        }
    }

    /// The meters that can be told apart by it, the one that is drawn first.
    pub(super) fn meters(self) -> &'static [Meter] {
        match self {
            Self::Member => &[Meter::ApiCall, Meter::Ticket, Meter::Export, Meter::ActiveSeat],
            Self::Key => &[Meter::ApiCall, Meter::Ticket, Meter::Export],
            Self::Project => &[Meter::Ticket, Meter::Export],
        }
    }

    /// What there is of the rest, which nobody can be named for.
    pub(super) fn rest(self) -> &'static str {
        match self {
            Self::Member => "Stored files and mail are the whole workspace’s: they are not counted by member.",
            Self::Key => {
                "What programs did with a key of the workspace. Stored files, mail and active people are not counted by \
                 key."
            }
            Self::Project => {
                "Projects that you do not reach are one row. Exports are those of the tickets of one project alone. Files \
                 are those on tickets, as they are stored now, whatever time is shown. API calls, mail and active people \
                 are not counted by project."
            }
        }
    }
}
