//! `[database]`.

use std::{collections::BTreeMap, time::Duration};

use super::{
    super::{Database, Pooler, Secret, layers::Raw},
    Reader, as_text,
};

pub(in crate::config) fn database(reader: &mut Reader<'_>) -> Option<Database> {
    let schemes = ["postgres", "postgresql"];
    let url = reader.secret_url("database.url", schemes);
    if url.as_ref().is_some_and(Secret::is_empty) {
        let required = "is required: \"postgres://role:password@host:5432/database\"";
        reader.refuse("database.url", required);
    }
    let admin_url = reader.secret_url("database.admin_url", schemes);
    let operator_url = reader.secret_url("database.operator_url", schemes);
    let listen_url = reader.secret_url("database.listen_url", schemes);
    let poolers = [("none", Pooler::None), ("transaction", Pooler::Transaction)];
    let pooler = reader.choice("database.pooler", poolers);
    let pool_size = reader.integer("database.pool_size", 1..=1000);
    let acquire_timeout = reader.duration("database.acquire_timeout_ms", 10..=60_000, Duration::from_millis);
    let statement_timeout = reader.duration("database.statement_timeout_ms", 100..=600_000, Duration::from_millis);
    let plan_statement_timeouts = plan_statement_timeouts(reader);
    let tenant_share_percent = reader.integer("database.tenant_share_percent", 1..=100);
    let tenant_line = reader.integer("database.tenant_line", 1..=10_000);
    Some(Database {
        url: url?,
        admin_url: admin_url?.if_given(),
        operator_url: operator_url?.if_given(),
        listen_url: listen_url?.if_given(),
        pooler: pooler?,
        pool_size: pool_size?,
        acquire_timeout: acquire_timeout?,
        statement_timeout: statement_timeout?,
        plan_statement_timeouts: plan_statement_timeouts?,
        tenant_share_percent: tenant_share_percent?,
        tenant_line: tenant_line?,
    })
}

/// A list of `plan=milliseconds`.
fn plan_statement_timeouts(reader: &mut Reader<'_>) -> Option<BTreeMap<String, Duration>> {
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
