//! What is counted of requests that were refused or could not be counted, for the operator.

/// Counts requests that were refused, by the kind of subject that had no room.
pub const REFUSED: &str = "rowhouse_rate_limited_total";
/// Counts requests that were let through uncounted, because the limiter itself failed.
pub const UNCOUNTED: &str = "rowhouse_rate_limiter_failures_total";

/// Says what the numbers mean, to whatever collects them.
pub fn describe() {
    metrics::describe_counter!(
        REFUSED,
        "Requests answered with 429, by what had no room: key, user, workspace, address."
    );
    metrics::describe_counter!(
        UNCOUNTED,
        "Requests let through without being counted, because Redis could not be asked."
    );
}

/// Counts one that was refused.
pub fn refused(scope: &'static str) {
    metrics::counter!(REFUSED, "scope" => scope).increment(1);
}

/// Counts one that was let through uncounted.
pub(super) fn uncounted() {
    metrics::counter!(UNCOUNTED).increment(1);
}
