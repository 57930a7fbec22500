//! The database work of one page, as PostgreSQL itself saw it: what `pgbench` repeats is read from PostgreSQL's log
//! while the server answers one request, so both sides do the same, whatever becomes of the code.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::checkout::Checkout;
use crate::postgres::Cluster;

/// How a tenant's transaction begins.
const BEGIN: &str = "BEGIN; SET LOCAL app.tenant_id";
/// How long PostgreSQL may take to see a changed setting, or to write its log.
const LIMIT: Duration = Duration::from_secs(10);

/// The round trips of one page, in order.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Workload {
    round_trips: Vec<RoundTrip>,
}

#[derive(Debug, PartialEq, Eq)]
enum RoundTrip {
    /// One or more statements in one message, parsed anew each time.
    Simple(String),
    /// A prepared statement with the values of its parameters.
    Prepared { sql: String, parameters: Vec<String> },
}

impl Workload {
    /// Has PostgreSQL log every statement while `ask` has the server answer one page.
    ///
    /// # Errors
    /// When the page fails, or the log does not show one whole transaction of a tenant.
    pub(super) fn observe(cluster: &Cluster, ask: impl Fn() -> Result<()>) -> Result<Self> {
        let log = cluster.folder().join("postgresql.log");
        let before = fs::read_to_string(&log)?.len();
        let seen = || -> Result<Option<Self>> { Ok(fs::read_to_string(&log)?.get(before..).and_then(read)) };
        let began = Instant::now();
        log_statements(cluster, true)?;
        let workload = loop {
            // A session notices the setting at its next statement or the one after: asked until a whole page is seen.
            ask()?;
            thread::sleep(Duration::from_millis(50));
            if let Some(workload) = seen()? {
                break workload;
            }
            if began.elapsed() > LIMIT {
                bail!("PostgreSQL's log shows no whole transaction of a page: {}", log.display());
            }
        };
        log_statements(cluster, false)?;
        if let Some(RoundTrip::Simple(sql)) = workload.round_trips.last()
            && sql == "COMMIT"
        {
            return Ok(workload);
        }
        bail!("the page's transaction does not end with COMMIT: {workload:?}")
    }

    /// A script for `pgbench -M prepared` with as many round trips, in the same protocol but for one: `pgbench` knows
    /// either simple or prepared statements, so what the server sends as one simple message goes out as a pipeline,
    /// which is one round trip too.
    pub(super) fn script(&self) -> String {
        let mut script = String::new();
        for (place, round_trip) in self.round_trips.iter().enumerate() {
            match round_trip {
                RoundTrip::Simple(sql) => {
                    let statements: Vec<&str> = statements(sql).collect();
                    let pipelined = statements.len() > 1;
                    if pipelined {
                        script.push_str("\\startpipeline\n");
                    }
                    for statement in statements {
                        script.push_str(statement);
                        script.push_str(";\n");
                    }
                    if pipelined {
                        script.push_str("\\endpipeline\n");
                    }
                }
                RoundTrip::Prepared { sql, parameters } => {
                    // From the last, so that `$1` does not match in `$10`.
                    let named = (1..=parameters.len()).rev().fold(sql.clone(), |sql, number| {
                        sql.replace(&format!("${number}"), &format!(":{}", variable(place, number)))
                    });
                    script.push_str(&named);
                    script.push_str(";\n");
                }
            }
        }
        script
    }

    /// The values of the script's variables, each as `name=value`.
    pub(super) fn variables(&self) -> Vec<String> {
        let mut variables = Vec::new();
        for (place, round_trip) in self.round_trips.iter().enumerate() {
            if let RoundTrip::Prepared { parameters, .. } = round_trip {
                for (index, value) in parameters.iter().enumerate() {
                    variables.push(format!("{}={value}", variable(place, index + 1)));
                }
            }
        }
        variables
    }

    /// The round trips, in words; statements are named by the file of the repository that holds them.
    ///
    /// # Errors
    /// When the repository cannot be read.
    pub(super) fn description(&self, checkout: &Checkout) -> Result<String> {
        let mut files = Vec::new();
        for part in ["app/src", "platform/src"] {
            sql_files(&checkout.root().join(part), &mut files)?;
        }
        let mut text = format!("One page is {} round trips to PostgreSQL:", self.round_trips.len());
        for (place, round_trip) in self.round_trips.iter().enumerate() {
            let (what, sql) = match round_trip {
                RoundTrip::Simple(sql) if statements(sql).count() > 1 => ("one message", sql),
                RoundTrip::Simple(sql) => ("statement", sql),
                RoundTrip::Prepared { sql, .. } => ("prepared", sql),
            };
            let file = files.iter().find(|(_, content)| content == sql);
            let name = match file {
                Some((path, _)) => path.strip_prefix(checkout.root()).unwrap_or(path).display().to_string(),
                None => shape(sql),
            };
            // Writing into a string cannot fail.
            let _ = write!(text, "\n  {}. {what:<11}  {name}", place + 1);
        }
        Ok(text)
    }
}

fn variable(place: usize, number: usize) -> String {
    format!("r{}_{number}", place + 1)
}

/// The statements of a simple message. The ones that open a transaction hold no text that could hold a semicolon.
fn statements(sql: &str) -> impl Iterator<Item = &str> {
    sql.split(';').map(str::trim).filter(|statement| !statement.is_empty())
}

/// A statement without its values and on one line.
fn shape(sql: &str) -> String {
    let mut quoted = sql.split('\'');
    let first = quoted.next().unwrap_or_default().to_owned();
    let text = quoted.enumerate().fold(first, |text, (index, part)| text + if index % 2 == 0 { "…" } else { part });
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn sql_files(folder: &Path, found: &mut Vec<(PathBuf, String)>) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            sql_files(&path, found)?;
        } else if path.extension().is_some_and(|ending| ending == "sql") {
            let content = fs::read_to_string(&path)?.trim().to_owned();
            found.push((path, content));
        }
    }
    Ok(())
}

fn log_statements(cluster: &Cluster, on: bool) -> Result<()> {
    let change = if on { "SET log_statement = 'all'" } else { "RESET log_statement" };
    cluster.sql("postgres", &format!("ALTER SYSTEM {change}"))?;
    cluster.sql("postgres", "SELECT pg_reload_conf()")?;
    let (wanted, began) = (if on { "all" } else { "none" }, Instant::now());
    while cluster.sql("postgres", "SHOW log_statement")? != wanted {
        if began.elapsed() > LIMIT {
            bail!("PostgreSQL does not take the setting log_statement = {wanted}");
        }
        thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

/// The last whole transaction of a tenant in PostgreSQL's log.
fn read(log: &str) -> Option<Workload> {
    let entries = entries(log);
    let begin = entries.iter().rposition(|entry| entry.simple().is_some_and(|sql| sql.starts_with(BEGIN)))?;
    let process = entries[begin].process;
    let mut round_trips: Vec<RoundTrip> = Vec::new();
    for entry in entries[begin..].iter().filter(|entry| entry.process == process) {
        if let Some(sql) = entry.simple() {
            round_trips.push(RoundTrip::Simple(sql.to_owned()));
            if matches!(sql, "COMMIT" | "ROLLBACK") {
                return Some(Workload { round_trips });
            }
        } else if let Some(sql) = entry.prepared() {
            round_trips.push(RoundTrip::Prepared { sql: sql.to_owned(), parameters: Vec::new() });
        } else if let Some(list) = entry.parameters()
            && let Some(RoundTrip::Prepared { parameters, .. }) = round_trips.last_mut()
        {
            *parameters = values(list)?;
        }
    }
    None
}

/// One entry of the log: `2026-11-21 04:20:25.272 UTC [4711] LOG:  statement: COMMIT`, and the lines that go on with
/// it, which begin with a tab.
struct Entry<'a> {
    process: &'a str,
    level: &'a str,
    text: String,
}

fn entries(log: &str) -> Vec<Entry<'_>> {
    let mut entries: Vec<Entry<'_>> = Vec::new();
    for line in log.lines() {
        if let Some(more) = line.strip_prefix('\t') {
            if let Some(entry) = entries.last_mut() {
                entry.text.push('\n');
                entry.text.push_str(more);
            }
        } else if let Some((stamp, rest)) = line.split_once("] ")
            && let Some((_, process)) = stamp.split_once('[')
            && let Some((level, text)) = rest.split_once(":  ")
        {
            entries.push(Entry { process, level, text: text.to_owned() });
        }
    }
    entries
}

impl Entry<'_> {
    fn simple(&self) -> Option<&str> {
        (self.level == "LOG").then(|| self.text.strip_prefix("statement: ")).flatten().map(str::trim)
    }

    fn prepared(&self) -> Option<&str> {
        let named = (self.level == "LOG").then(|| self.text.strip_prefix("execute ")).flatten()?;
        named.split_once(": ").map(|(_, sql)| sql.trim())
    }

    /// The values of the statement before it, where it holds them: `parameters: $1 = 'a', $2 = 'b'`.
    fn parameters(&self) -> Option<&str> {
        let text = (self.level == "DETAIL").then_some(self.text.as_str())?;
        text.strip_prefix("parameters: ").or_else(|| text.strip_prefix("Parameters: "))
    }
}

/// The values of a list; none where one of them is NULL, which no variable of `pgbench` can be.
fn values(list: &str) -> Option<Vec<String>> {
    let mut values = Vec::new();
    let mut rest = list;
    while !rest.is_empty() {
        rest = rest.split_once(" = '")?.1;
        let mut value = String::new();
        loop {
            let (part, after) = rest.split_once('\'')?;
            value.push_str(part);
            // A quote in a value is written twice.
            if let Some(more) = after.strip_prefix('\'') {
                value.push('\'');
                rest = more;
            } else {
                rest = after.strip_prefix(", ").unwrap_or(after);
                break;
            }
        }
        values.push(value);
    }
    Some(values)
}

#[cfg(test)]
mod tests;
