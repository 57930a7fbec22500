//! What a plan refuses, in words.

use time::OffsetDateTime;

use super::{Feature, Limit};
use crate::locale::Locale;

/// Why something is not done that the person would be allowed to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// There is no room for more.
    #[error("{}", limit_in_words(*limit, *used, *most))]
    LimitReached {
        /// What is limited.
        limit: Limit,
        /// How much is used.
        used: i64,
        /// The limit.
        most: i64,
    },
    /// The plan does not include it.
    #[error("{} is not part of this workspace’s plan. Choose a plan that includes it.", .0.label())]
    NotInPlan(Feature),
    /// Nothing can be changed: the subscription is not paid, or the operator made it so.
    #[error("{}", read_only_in_words(*since, *is_owing))]
    ReadOnly {
        /// Since when.
        since: Option<OffsetDateTime>,
        /// Whether that is because a payment is missing.
        is_owing: bool,
    },
    /// The subscription has not been paid for so long that nothing is shown.
    #[error("This workspace is suspended, because a payment is missing. Nothing is deleted.")]
    Suspended,
}

fn limit_in_words(limit: Limit, used: i64, most: i64) -> String {
    let what = match limit {
        Limit::Seats => "seats are taken",
        Limit::Projects => "projects are in use",
        Limit::CustomDomains => "own domains are in use",
        Limit::StorageBytes => "of storage are used",
        Limit::ApiRequestsPerMinute => "API requests were made in a minute",
        Limit::AuditRetentionDays => "of audit log are kept",
    };
    let [used, most] = [used, most].map(|of| limit.amount(of, Locale::default()));
    format!("There is not enough room in the plan: {used} of {most} {what}. {}", limit.what_to_do())
}

fn read_only_in_words(since: Option<OffsetDateTime>, is_owing: bool) -> String {
    let why = if is_owing { "a payment is missing" } else { "those who run this service made the workspace read-only" };
    let since = since.map(|since| format!(" since {}", since.date())).unwrap_or_default();
    format!("Nothing can be changed{since}, because {why}. Everything can still be read and exported.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_says_the_limit_the_use_and_what_to_do() {
        let error = PlanError::LimitReached { limit: Limit::Seats, used: 5, most: 5 };
        assert_eq!(
            error.to_string(),
            "There is not enough room in the plan: 5 of 5 seats are taken. Deactivate somebody who is not here any more, \
             pay for more seats, or choose a larger plan."
        );
        let error = PlanError::LimitReached { limit: Limit::StorageBytes, used: 1_610_612_736, most: 1_073_741_824 };
        assert!(error.to_string().contains(": 1.5 GB of 1 GB of storage are used."), "{error}");
        let since = Some(OffsetDateTime::UNIX_EPOCH);
        let read_only = |is_owing| PlanError::ReadOnly { since, is_owing }.to_string();
        let owing = read_only(true);
        assert!(owing.contains("since 1970-01-01, because a payment is missing"), "{owing}");
        let by_hand = read_only(false);
        assert!(!by_hand.contains("payment") && by_hand.contains("those who run this service"), "{by_hand}");
    }
}
