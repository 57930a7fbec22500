//! `[limits]`.

use std::time::Duration;

use super::{super::Limits, Reader};

pub(in crate::config) fn limits(reader: &mut Reader<'_>) -> Option<Limits> {
    let enabled = reader.flag("limits.enabled");
    let redis_url = reader.secret_url("limits.redis_url", ["redis", "rediss"]);
    let redis_timeout = reader.duration("limits.redis_timeout_ms", 5..=5000, Duration::from_millis);
    let burst_percent = reader.integer("limits.burst_percent", 0..=99);
    let [user, workspace, address] =
        ["limits.user_pages_per_minute", "limits.workspace_pages_per_minute", "limits.address_pages_per_minute"]
            .map(|key| reader.integer(key, 1..=1_000_000));
    Some(Limits {
        enabled: enabled?,
        redis_url: redis_url?.if_given(),
        redis_timeout: redis_timeout?,
        burst_percent: burst_percent?,
        user_pages_per_minute: user?,
        workspace_pages_per_minute: workspace?,
        address_pages_per_minute: address?,
    })
}
