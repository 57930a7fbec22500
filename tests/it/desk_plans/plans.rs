//! The plans that PostgreSQL tells, and what they must not have.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::{Arc, Mutex},
};

use serde_json::Value;
use sqlx::PgConnection;
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
    subscriber::DefaultGuard,
};
use tracing_subscriber::{
    Layer,
    layer::{Context, SubscriberExt as _},
};

/// Has PostgreSQL tell the serving role's connections to this database the plan of each statement, as a notice.
pub(super) async fn have_them_told(admin: &mut PgConnection) {
    for setting in [
        "session_preload_libraries = 'auto_explain'",
        "auto_explain.log_min_duration = 0",
        "auto_explain.log_analyze = on",
        "auto_explain.log_timing = off",
        "auto_explain.log_nested_statements = on",
        "auto_explain.log_format = 'json'",
        "auto_explain.log_level = 'notice'",
    ] {
        set(admin, setting).await;
    }
}

/// Has PostgreSQL read a table whole only where it has no other way, however small the table is.
pub(super) async fn prefer_indexes(admin: &mut PgConnection) {
    set(admin, "enable_seqscan = off").await;
}

async fn set(admin: &mut PgConnection, setting: &str) {
    let sql = format!(
        "DO $do$ BEGIN EXECUTE format('ALTER ROLE rowhouse_app IN DATABASE %I SET {}', current_database()); END $do$",
        setting.replace('\'', "''")
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(admin).await.unwrap();
}

/// Collects the notices of this thread's connections until it is asked for them.
pub(super) struct Told {
    notices: Arc<Mutex<Vec<String>>>,
    _guard: DefaultGuard,
}

pub(super) fn listen() -> Told {
    let notices = Arc::new(Mutex::new(Vec::new()));
    let subscriber = tracing_subscriber::registry().with(Collector(Arc::clone(&notices)));
    Told { notices, _guard: tracing::subscriber::set_default(subscriber) }
}

impl Told {
    /// Each statement with its plan.
    pub(super) fn take(self) -> Vec<Value> {
        let notices = self.notices.lock().unwrap();
        let plans = notices.iter().filter_map(|notice| notice.find('{').map(|start| &notice[start..]));
        plans.map(|plan| serde_json::from_str(plan).unwrap()).collect()
    }
}

struct Collector(Arc<Mutex<Vec<String>>>);

impl<S: Subscriber> Layer<S> for Collector {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() == "sqlx::postgres::notice" {
            event.record(&mut Message(&self.0));
        }
    }
}

struct Message<'a>(&'a Mutex<Vec<String>>);

impl Visit for Message<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "message" && value.starts_with("duration:") {
            self.0.lock().unwrap().push(value.to_owned());
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.record_str(field, &format!("{value:?}"));
    }
}

/// What the plans show.
#[derive(Default)]
pub(super) struct Report {
    pub(super) faults: Vec<String>,
    /// Tables that were read.
    pub(super) seen: BTreeSet<String>,
}

/// Looks at every scan of a table in `own`, which says how many rows of it the tenant has.
pub(super) fn examine(statements: &[Value], own: &BTreeMap<String, i64>) -> Report {
    let mut report = Report::default();
    for statement in statements {
        let mut faults = Vec::new();
        scans(&statement["Plan"], None, &mut |scan, table| {
            let Some(rows) = own.get(table) else { return };
            report.seen.insert(table.to_owned());
            faults.extend(fault(scan, table, *rows));
        });
        let text = statement["Query Text"].as_str().unwrap_or_default();
        let text: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
        report.faults.extend(faults.into_iter().map(|fault| format!("{fault}\n    {text}")));
    }
    report.faults.sort();
    report.faults.dedup();
    report
}

/// Calls `look` with each scan and the table it is of; that of a bitmap stands in the node above it.
fn scans(node: &Value, above: Option<&str>, look: &mut impl FnMut(&Value, &str)) {
    let kind = node["Node Type"].as_str().unwrap_or_default();
    let table = node["Relation Name"].as_str().or(above);
    if let Some(table) = table.filter(|_| kind.ends_with("Scan")) {
        look(node, table);
    }
    let below = if kind.starts_with("Bitmap") || kind.starts_with("BitmapAnd") { table } else { None };
    for child in node["Plans"].as_array().into_iter().flatten() {
        scans(child, below, look);
    }
}

fn fault(scan: &Value, table: &str, own: i64) -> Option<String> {
    let kind = scan["Node Type"].as_str().unwrap_or_default();
    let condition = scan["Index Cond"].as_str().unwrap_or_default();
    let is_by_tenant = match kind {
        "Index Scan" | "Index Only Scan" | "Bitmap Index Scan" => condition.contains("tenant_id = "),
        // Its indexes are looked at below it.
        "Bitmap Heap Scan" => true,
        _ => false,
    };
    if !is_by_tenant {
        return Some(format!("{kind} of {table}, index condition “{condition}”: not by the tenant"));
    }
    let number = |name: &str| scan[name].as_f64().unwrap_or(0.0);
    let touched = number("Actual Rows") + number("Rows Removed by Filter") + number("Rows Removed by Index Recheck");
    #[expect(clippy::cast_precision_loss, reason = "a few thousand rows")]
    let is_within = touched <= own as f64;
    (!is_within).then(|| format!("{kind} of {table}: {touched} rows, and the tenant has {own}"))
}

#[test]
fn plans_that_leave_the_tenant_are_told() {
    let own = BTreeMap::from([("ticket".to_owned(), 10)]);
    let faults =
        |plan: Value| examine(&[serde_json::json!({ "Query Text": "SELECT", "Plan": plan })], &own).faults.len();
    let index = |condition: &str, rows: i64| serde_json::json!({ "Node Type": "Index Scan", "Relation Name": "ticket", "Index Cond": condition, "Actual Rows": rows });
    assert_eq!(faults(index("(tenant_id = '1'::uuid)", 10)), 0);
    assert_eq!(faults(index("(tenant_id = '1'::uuid)", 11)), 1);
    assert_eq!(faults(index("(id = '1'::uuid)", 1)), 1);
    assert_eq!(faults(serde_json::json!({ "Node Type": "Seq Scan", "Relation Name": "ticket" })), 1);
    let bitmap = |condition: &str| {
        serde_json::json!({ "Node Type": "Limit", "Plans": [{ "Node Type": "Bitmap Heap Scan", "Relation Name": "ticket", "Plans": [
            { "Node Type": "Bitmap Index Scan", "Index Cond": condition }
        ] }] })
    };
    assert_eq!(faults(bitmap("(tenant_id = '1'::uuid)")), 0);
    assert_eq!(faults(bitmap("(words @@ '''a'''::tsquery)")), 1);
}
