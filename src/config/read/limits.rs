//! `[limits]`, and how much of the database a tenant has.

use std::{collections::BTreeMap, time::Duration};

use super::{
    super::{Limits, layers::Raw},
    Reader, as_text,
};

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

/// A list of `plan=milliseconds`.
pub(super) fn plan_statement_timeouts(reader: &mut Reader<'_>) -> Option<BTreeMap<String, Duration>> {
    reader.get("database.plan_statement_timeouts_ms", |raw| {
        let entries: Vec<&str> = match raw {
            Raw::Loose(text) => text.split(',').map(str::trim).filter(|entry| !entry.is_empty()).collect(),
            Raw::List(items) => items.iter().map(as_text).collect::<Result<_, _>>()?,
            _ => return Err("must be a list, such as [\"free=5000\"]".into()),
        };
        let mut timeouts = BTreeMap::new();
        for entry in entries {
            let (plan, time) = entry
                .split_once('=')
                .filter(|(plan, _)| !plan.is_empty())
                .and_then(|(plan, time)| Some((plan, time.parse::<u64>().ok()?)))
                .filter(|(_, time)| (100..=600_000).contains(time))
                .ok_or_else(|| {
                    format!("{entry:?} is not a plan with a time from 100 to 600000, such as \"free=5000\"")
                })?;
            if timeouts.insert(plan.to_owned(), Duration::from_millis(time)).is_some() {
                return Err(format!("{plan:?} is given twice"));
            }
        }
        Ok(timeouts)
    })
}
