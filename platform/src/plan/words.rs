//! The words of plans: their names, what they limit, what they include, and how a subscription stands.

use std::{fmt, str::FromStr, sync::Arc};

use crate::locale::{Locale, Rounded};

/// A word that names nothing here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("“{word}” is no {kind}; there are {known}")]
pub struct UnknownWord {
    kind: &'static str,
    word: String,
    known: String,
}

/// A plan's name in the database: `free`, `team`, `business`, `enterprise`, or what an operator added.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PlanKey(Arc<str>);

/// What cannot name a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a plan is named by 2 to 40 small letters, digits and underscores, the first a letter")]
pub struct PlanKeyError;

impl PlanKey {
    /// Stands where a tenant's plan is not known yet. No plan can be called so.
    pub(crate) fn none() -> Self {
        Self("-".into())
    }

    /// The word.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for PlanKey {
    type Err = PlanKeyError;

    fn from_str(word: &str) -> Result<Self, PlanKeyError> {
        let is_fine = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        let begins = word.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase());
        if begins && (2..=40).contains(&word.len()) && word.bytes().all(is_fine) {
            Ok(Self(word.into()))
        } else {
            Err(PlanKeyError)
        }
    }
}

impl fmt::Display for PlanKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// In what a limit is counted, and so how it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unit {
    /// Things: people, projects, requests, domains.
    Count,
    /// Bytes, written as KB, MB, GB: each 1024 of the one before it.
    Bytes,
    /// Days.
    Days,
}

/// What a plan limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Limit {
    /// People with an active account.
    Seats,
    /// Requests of programs in a minute.
    ApiRequestsPerMinute,
    /// Bytes of files.
    StorageBytes,
    /// Projects that are not archived.
    Projects,
    /// How long the audit log is kept.
    AuditRetentionDays,
    /// Domains of the tenant's own, claimed or proven.
    CustomDomains,
}

impl Limit {
    /// All of them, in the order in which people read them.
    pub const ALL: [Self; 6] = [
        Self::Seats,
        Self::Projects,
        Self::StorageBytes,
        Self::ApiRequestsPerMinute,
        Self::CustomDomains,
        Self::AuditRetentionDays,
    ];

    /// The word kept in the database.
    pub fn word(self) -> &'static str {
        match self {
            Self::Seats => "seats",
            Self::ApiRequestsPerMinute => "api_requests_per_minute",
            Self::StorageBytes => "storage_bytes",
            Self::Projects => "projects",
            Self::AuditRetentionDays => "audit_retention_days",
            Self::CustomDomains => "custom_domains",
        }
    }

    /// Reads the word.
    ///
    /// # Errors
    /// [`UnknownWord`].
    pub fn parse(word: &str) -> Result<Self, UnknownWord> {
        find("limit", word, &Self::ALL, Self::word)
    }

    /// What people read.
    pub fn label(self) -> &'static str {
        match self {
            Self::Seats => "Seats",
            Self::ApiRequestsPerMinute => "API requests a minute",
            Self::StorageBytes => "Storage",
            Self::Projects => "Projects",
            Self::AuditRetentionDays => "Audit log",
            Self::CustomDomains => "Own domains",
        }
    }

    /// In what it is counted.
    pub fn unit(self) -> Unit {
        match self {
            Self::Seats | Self::ApiRequestsPerMinute | Self::Projects | Self::CustomDomains => Unit::Count,
            Self::StorageBytes => Unit::Bytes,
            Self::AuditRetentionDays => Unit::Days,
        }
    }

    /// The most that can be said of it: days of the audit log are counted back from today by the database, whose calendar
    /// has a beginning.
    pub fn greatest(self) -> i64 {
        match self {
            Self::AuditRetentionDays => 36_500,
            _ => i64::MAX,
        }
    }

    /// An amount of it, in words.
    pub fn amount(self, of: i64, locale: Locale) -> String {
        match self.unit() {
            Unit::Count => locale.number(of),
            Unit::Bytes => locale.bytes(u64::try_from(of).unwrap_or_default(), Rounded::Down),
            Unit::Days if of == 1 => "1 day".to_owned(),
            Unit::Days => format!("{} days", locale.number(of)),
        }
    }

    /// What is refused where it is reached, in a sentence. What is there already works on.
    pub fn what_is_refused(self) -> &'static str {
        match self {
            Self::Seats => "Nobody else can be invited, join or be activated.",
            Self::ApiRequestsPerMinute => "Further requests of programs are refused for the rest of the minute.",
            Self::StorageBytes => "No file can be attached, and none be uploaded for an import.",
            Self::Projects => "No project can be made or restored.",
            Self::AuditRetentionDays => "Older records are removed.",
            Self::CustomDomains => "No domain can be added.",
        }
    }

    /// What somebody can do who has reached it, beside choosing a larger plan.
    pub fn what_to_do(self) -> &'static str {
        match self {
            Self::Seats => "Deactivate somebody who is not here any more, pay for more seats, or choose a larger plan.",
            Self::ApiRequestsPerMinute => "Wait a moment, or choose a larger plan.",
            Self::StorageBytes => "Delete files that nobody needs, or choose a larger plan.",
            Self::Projects => "Archive a project that is done, or choose a larger plan.",
            Self::AuditRetentionDays => "Export what you need for longer, or choose a larger plan.",
            Self::CustomDomains => "Remove a domain, or choose a larger plan.",
        }
    }
}

/// What a plan includes or does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Feature {
    /// Single sign-on with the tenant's own identity provider.
    Sso,
    /// Accounts kept by the tenant's own directory.
    Scim,
    /// Domains of the tenant's own.
    CustomDomains,
    /// The audit log as a file.
    AuditExport,
}

impl Feature {
    /// All of them, in the order in which people read them.
    pub const ALL: [Self; 4] = [Self::CustomDomains, Self::AuditExport, Self::Sso, Self::Scim];

    /// The word kept in the database. That of own domains is the word of their limit, too: an override by that word is
    /// the feature's where it is true or false, and the limit's where it is a number, which includes the feature.
    pub fn word(self) -> &'static str {
        match self {
            Self::Sso => "sso",
            Self::Scim => "scim",
            Self::CustomDomains => "custom_domains",
            Self::AuditExport => "audit_export",
        }
    }

    /// Reads the word.
    ///
    /// # Errors
    /// [`UnknownWord`].
    pub fn parse(word: &str) -> Result<Self, UnknownWord> {
        find("feature", word, &Self::ALL, Self::word)
    }

    /// What people read.
    pub fn label(self) -> &'static str {
        match self {
            Self::Sso => "Single sign-on",
            Self::Scim => "Directory sync (SCIM)",
            Self::CustomDomains => "Own domains",
            Self::AuditExport => "Export of the audit log",
        }
    }
}

/// How a subscription stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SubscriptionState {
    /// Tried without being paid, until a day.
    Trialing,
    /// Paid.
    Active,
    /// A payment failed; everything works for now.
    PastDue,
    /// Nothing can be changed until it is paid.
    ReadOnly,
    /// Nothing is shown until it is paid.
    Suspended,
    /// It was cancelled, and its time is over.
    Cancelled,
    /// The operator says what holds; nothing is paid here.
    Manual,
}

impl SubscriptionState {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Trialing, Self::Active, Self::PastDue, Self::ReadOnly, Self::Suspended, Self::Cancelled, Self::Manual];

    /// The word kept in the database.
    pub fn word(self) -> &'static str {
        match self {
            Self::Trialing => "trialing",
            Self::Active => "active",
            Self::PastDue => "past_due",
            Self::ReadOnly => "read_only",
            Self::Suspended => "suspended",
            Self::Cancelled => "cancelled",
            Self::Manual => "manual",
        }
    }

    /// Reads the word.
    ///
    /// # Errors
    /// [`UnknownWord`].
    pub fn parse(word: &str) -> Result<Self, UnknownWord> {
        find("state of a subscription", word, &Self::ALL, Self::word)
    }

    /// What people read.
    pub fn label(self) -> &'static str {
        match self {
            Self::Trialing => "Trial",
            Self::Active => "Active",
            Self::PastDue => "Payment failed",
            Self::ReadOnly => "Read-only",
            Self::Suspended => "Suspended",
            Self::Cancelled => "Cancelled",
            Self::Manual => "Agreed with us",
        }
    }

    /// Whether people may change what is in the workspace.
    pub fn may_write(self) -> bool {
        !matches!(self, Self::ReadOnly | Self::Suspended)
    }
}

/// How often a plan is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Interval {
    /// Every month.
    Month,
    /// Every year.
    Year,
}

impl Interval {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Month, Self::Year];

    /// The word kept in the database, and the one people read after "a".
    pub fn word(self) -> &'static str {
        match self {
            Self::Month => "month",
            Self::Year => "year",
        }
    }

    /// Reads the word.
    ///
    /// # Errors
    /// [`UnknownWord`].
    pub fn parse(word: &str) -> Result<Self, UnknownWord> {
        find("interval", word, &Self::ALL, Self::word)
    }
}

fn find<T: Copy>(kind: &'static str, word: &str, all: &[T], of: fn(T) -> &'static str) -> Result<T, UnknownWord> {
    all.iter().copied().find(|one| of(*one) == word).ok_or_else(|| UnknownWord {
        kind,
        word: word.to_owned(),
        known: all.iter().map(|one| of(*one)).collect::<Vec<_>>().join(", "),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_as_they_are_written() {
        assert!(Limit::ALL.iter().all(|one| Limit::parse(one.word()) == Ok(*one)));
        assert!(Feature::ALL.iter().all(|one| Feature::parse(one.word()) == Ok(*one)));
        assert!(SubscriptionState::ALL.iter().all(|one| SubscriptionState::parse(one.word()) == Ok(*one)));
        assert!(Interval::ALL.iter().all(|one| Interval::parse(one.word()) == Ok(*one)));
        let error = Interval::parse("week").unwrap_err();
        assert_eq!(error.to_string(), "“week” is no interval; there are month, year");
    }

    #[test]
    fn plans_have_names_that_the_database_takes() {
        for good in ["free", "team_2026", "a1"] {
            assert_eq!(good.parse::<PlanKey>().map(|key| key.to_string()), Ok(good.to_owned()));
        }
        for bad in ["", "f", "Free", "1st", "with space", "größer", "x".repeat(41).as_str()] {
            assert!(bad.parse::<PlanKey>().is_err(), "{bad}");
        }
    }

    #[test]
    fn amounts_are_read_by_people() {
        let amount = |limit: Limit, of| limit.amount(of, Locale::Britain);
        assert_eq!(amount(Limit::StorageBytes, 536_870_912_000), "500 GB");
        assert_eq!(amount(Limit::StorageBytes, 1_073_741_823), "1,023.9 MB", "never rounded up");
        assert_eq!(amount(Limit::AuditRetentionDays, 1), "1 day");
        assert_eq!(amount(Limit::AuditRetentionDays, 3650), "3,650 days");
        assert_eq!([5, 3000].map(|of| amount(Limit::Seats, of)), ["5", "3,000"]);
        assert_eq!(Limit::Seats.amount(3000, Locale::Germany), "3.000");
    }
}
