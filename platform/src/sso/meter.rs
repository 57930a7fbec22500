//! What is counted of sign-ins, for the operator. Labels are few by their nature: a tenant has at most
//! [`MOST`](super::connection::MOST) connections, and reasons are a list.

use std::time::Duration;

use super::{Connection, Purpose, Reason};
use crate::id::TenantId;

/// Counts sign-ins that came back from a provider, and those that were refused on the way there.
pub const SIGN_INS: &str = "rowhouse_sso_sign_ins_total";
/// How long we took for what came back, the provider's own endpoints included.
pub const DURATION: &str = "rowhouse_sso_duration_seconds";
/// Upper bounds, in seconds.
pub const DURATION_BUCKETS: [f64; 10] = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// Says what the numbers mean, to whatever collects them.
pub fn describe() {
    metrics::describe_counter!(SIGN_INS, "Sign-ins at identity providers, by connection, outcome and reason.");
    metrics::describe_histogram!(
        DURATION,
        metrics::Unit::Seconds,
        "Time taken to check what came back from an identity provider and to let the person in."
    );
}

/// Counts one. Tests of a connection are not sign-ins.
pub fn count(tenant: TenantId, connection: &Connection, purpose: Purpose, refused: Option<Reason>, took: Duration) {
    if purpose == Purpose::Test {
        return;
    }
    let protocol = connection.protocol.word();
    let outcome = if refused.is_some() { "refused" } else { "passed" };
    metrics::counter!(
        SIGN_INS,
        "tenant" => tenant.to_string(),
        "connection" => connection.id.to_string(),
        "protocol" => protocol,
        "purpose" => purpose.as_str(),
        "outcome" => outcome,
        "reason" => refused.map_or("", Reason::as_str)
    )
    .increment(1);
    metrics::histogram!(DURATION, "protocol" => protocol, "outcome" => outcome).record(took.as_secs_f64());
}
