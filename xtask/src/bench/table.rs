//! What is shown: the machine and the rates.

use std::fmt::Write;
use std::fs;
use std::thread;

use anyhow::Result;

use super::load::Measured;

/// Both sides at one number of connections.
pub(super) struct Row {
    pub(super) connections: u32,
    pub(super) page: Measured,
    pub(super) database: Measured,
}

impl Row {
    /// The page's rate as a part of the database's.
    pub(super) fn ratio(&self) -> f64 {
        self.page.rate / self.database.rate
    }

    /// Pages a second.
    pub(super) fn page_rate(&self) -> f64 {
        self.page.rate
    }

    /// In a line.
    pub(super) fn summary(&self) -> String {
        format!(
            "{}: {:.0} pages a second, {:.0} in pgbench",
            connections(self.connections),
            self.page.rate,
            self.database.rate
        )
    }
}

/// So many connections, in words.
pub(super) fn connections(count: u32) -> String {
    if count == 1 { "1 connection".to_owned() } else { format!("{count} connections") }
}

/// The table of all rates.
pub(super) fn rates(rows: &[Row]) -> String {
    let mut text = format!("{:11}   {:^28}   {:^28}\n", "", "GET /tickets over HTTP", "the same SQL in pgbench");
    let _ = writeln!(
        text,
        "{:>11}   {:>8}{:>10}{:>10}   {:>8}{:>10}{:>10}   {:>5}",
        "connections", "req/s", "p50 ms", "p99 ms", "tx/s", "p50 ms", "p99 ms", "ratio"
    );
    for row in rows {
        let Row { connections, page, database } = row;
        // Writing into a string cannot fail.
        let _ = writeln!(
            text,
            "{connections:>11}   {:>8.0}{:>10.2}{:>10.2}   {:>8.0}{:>10.2}{:>10.2}   {:>3.0} %",
            page.rate,
            page.p50,
            page.p99,
            database.rate,
            database.p50,
            database.p99,
            row.ratio() * 100.0
        );
    }
    text
}

/// Processors, their kind, and memory.
///
/// # Errors
/// When the system does not tell.
pub(super) fn machine() -> Result<String> {
    let processors = thread::available_parallelism()?;
    let cpuinfo = fs::read_to_string("/proc/cpuinfo")?;
    let model = field(&cpuinfo, "model name").unwrap_or("unknown processors");
    let meminfo = fs::read_to_string("/proc/meminfo")?;
    let kibibytes: u64 =
        field(&meminfo, "MemTotal").and_then(|value| value.trim_end_matches(" kB").parse().ok()).unwrap_or(0);
    Ok(format!(
        "{processors} processors ({model}), {} GB of memory; server, PostgreSQL and the load share them.",
        kibibytes * 1024 / 1_000_000_000
    ))
}

/// The value of a line `name : value`.
fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.lines().find_map(|line| Some(line.strip_prefix(name)?.trim_start().strip_prefix(':')?.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_stand_below_their_titles() {
        let rows = [Row {
            connections: 8,
            page: Measured { rate: 1896.9, p50: 4.2, p99: 9.871 },
            database: Measured { rate: 4000.0, p50: 1.9, p99: 4.004 },
        }];
        let text = rates(&rows);
        let lines: Vec<&str> = text.lines().collect();
        let row = "          8       1897      4.20      9.87       4000      1.90      4.00    47 %";
        assert_eq!(lines[2], row);
        assert_eq!(lines[1].len(), row.len());
        assert_eq!(lines[1].find("tx/s").map(|at| at + 4), row.find("4000").map(|at| at + 4));
    }

    #[test]
    fn fields_are_told_apart() {
        let text = "model\t\t: 85\nmodel name\t: A Processor\nMemTotal:  24681234 kB\n";
        assert_eq!(field(text, "model name"), Some("A Processor"));
        assert_eq!(field(text, "MemTotal"), Some("24681234 kB"));
        assert_eq!(field(text, "MemFree"), None);
    }
}
