//! The two programs that make the load, and what they say of it.

use std::fs;
use std::ops::AddAssign;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::page::Page;
use crate::postgres::Cluster;
use crate::running;
use crate::step::Line;

/// Threads that make the load: more than this machine's processors would only measure waiting.
const THREADS: u32 = 2;

/// How often something was done, and how long it took.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Measured {
    /// Times a second.
    pub(super) rate: f64,
    /// The median, in milliseconds.
    pub(super) p50: f64,
    /// What 99 of 100 stay below, in milliseconds.
    pub(super) p99: f64,
}

/// How many requests were sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Requests {
    pub(super) all: u64,
    /// Broken off, or answered with a status of 400 or more.
    pub(super) failed: u64,
}

impl AddAssign for Requests {
    fn add_assign(&mut self, other: Self) {
        self.all += other.all;
        self.failed += other.failed;
    }
}

/// Asks for the page, `connections` at once, each again as soon as it has its answer.
///
/// # Errors
/// When wrk fails.
pub(super) fn wrk(page: &Page, connections: u32, time: Duration, line: &Line) -> Result<(Measured, Requests)> {
    let mut wrk = running::command("wrk");
    wrk.args(["--latency", "--timeout", "10s"])
        .arg(format!("-t{}", connections.min(THREADS)))
        .arg(format!("-c{connections}"))
        .arg(format!("-d{}s", time.as_secs()));
    for header in page.headers() {
        wrk.args(["-H", &header]);
    }
    let report = running::quiet(wrk.arg(page.url()), Some(line))?;
    read_wrk(&report).with_context(|| format!("wrk says something else than usual:\n{report}"))
}

fn read_wrk(report: &str) -> Option<(Measured, Requests)> {
    let after = |label: &str| {
        report.lines().find_map(|line| line.trim_start().strip_prefix(label)).map(|rest| rest.trim_start_matches(':'))
    };
    let measured = Measured {
        rate: after("Requests/sec")?.trim().parse().ok()?,
        p50: milliseconds(after("50%")?)?,
        p99: milliseconds(after("99%")?)?,
    };
    let all = report.lines().find_map(|line| line.trim_start().split_once(" requests in "))?.0.parse().ok()?;
    let refused = after("Non-2xx or 3xx responses").and_then(|count| count.trim().parse().ok()).unwrap_or(0);
    // "Socket errors: connect 0, read 0, write 0, timeout 0"
    let broken: u64 = after("Socket errors")
        .map_or(0, |kinds| kinds.split([' ', ',']).filter_map(|word| word.parse::<u64>().ok()).sum());
    Some((measured, Requests { all, failed: refused + broken }))
}

/// A time as wrk writes it: `231.00us`, `2.31ms`, `1.02s`.
fn milliseconds(text: &str) -> Option<f64> {
    let text = text.trim();
    let unit = text.find(|sign: char| sign.is_ascii_alphabetic())?;
    let number: f64 = text[..unit].parse().ok()?;
    match &text[unit..] {
        "us" => Some(number / 1000.0),
        "ms" => Some(number),
        "s" => Some(number * 1000.0),
        "m" => Some(number * 60_000.0),
        _ => None,
    }
}

/// The database work of a page, for `pgbench` to repeat as the serving role.
pub(super) struct Pgbench<'a> {
    pub(super) cluster: &'a Cluster,
    pub(super) database: &'a str,
    pub(super) script: &'a Path,
    /// Each `name=value`.
    pub(super) variables: Vec<String>,
    /// How the files begin into which it writes each transaction's time.
    pub(super) logs: &'a Path,
}

impl Pgbench<'_> {
    /// Repeats it on `connections` at once.
    ///
    /// # Errors
    /// When pgbench fails, or one transaction does.
    pub(super) fn run(&self, connections: u32, time: Duration, line: &Line) -> Result<Measured> {
        let mut pgbench = self.cluster.client("pgbench");
        // The later of two user names counts.
        pgbench
            .args(["-U", "rowhouse_app", "-n", "-M", "prepared"])
            .args(["-c", &connections.to_string(), "-j", &connections.min(THREADS).to_string()])
            .args(["-T", &time.as_secs().to_string(), "-l"])
            .arg(format!("--log-prefix={}", self.logs.display()));
        for variable in &self.variables {
            pgbench.args(["-D", variable]);
        }
        pgbench.arg("-f").arg(self.script).arg(self.database);
        let report = running::quiet(&mut pgbench, Some(line))?;
        let rate = read_rate(&report).with_context(|| format!("pgbench says something else than usual:\n{report}"))?;
        let mut times = Vec::new();
        for file in self.log_files()? {
            times.extend(fs::read_to_string(&file)?.lines().filter_map(microseconds));
            fs::remove_file(&file)?;
        }
        times.sort_unstable();
        let (Some(p50), Some(p99)) = (percentile(&times, 50), percentile(&times, 99)) else {
            bail!("pgbench finished no transaction:\n{report}");
        };
        Ok(Measured { rate, p50, p99 })
    }

    fn log_files(&self) -> Result<Vec<PathBuf>> {
        let (Some(folder), Some(prefix)) = (self.logs.parent(), self.logs.file_name()) else {
            bail!("{} is no place for logs", self.logs.display());
        };
        let prefix = prefix.to_string_lossy();
        let mut files = Vec::new();
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            if entry.file_name().to_string_lossy().starts_with(&*prefix) {
                files.push(entry.path());
            }
        }
        Ok(files)
    }
}

/// `tps = 6123.456 (without initial connection time)`, the last where there are two. A script with a failed
/// transaction says so in its exit status.
fn read_rate(report: &str) -> Option<f64> {
    report.lines().rev().find_map(|line| line.strip_prefix("tps = "))?.split_whitespace().next()?.parse().ok()
}

/// The time of a transaction, the third field of a line of pgbench's log.
fn microseconds(line: &str) -> Option<u64> {
    line.split_whitespace().nth(2)?.parse().ok()
}

/// In milliseconds, of sorted times in microseconds: the least that `percent` of 100 do not exceed.
#[expect(clippy::cast_precision_loss, reason = "times of a measurement have few digits")]
fn percentile(sorted: &[u64], percent: usize) -> Option<f64> {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).map(|time| *time as f64 / 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: &str = "\
Running 10s test @ http://127.0.0.1:41234/tickets
  2 threads and 8 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     4.21ms    1.02ms  21.00ms   91.20%
    Req/Sec     0.95k   101.00     1.20k    77.00%
  Latency Distribution
     50%  980.00us
     75%    4.60ms
     90%    5.01ms
     99%    1.20s
  18987 requests in 10.01s, 640.11MB read
  Socket errors: connect 0, read 2, write 0, timeout 1
  Non-2xx or 3xx responses: 4
Requests/sec:   1896.90
Transfer/sec:     63.95MB
";

    #[test]
    fn wrks_report_is_read() {
        let (measured, requests) = read_wrk(REPORT).expect("a report");
        assert_eq!(measured, Measured { rate: 1896.9, p50: 0.98, p99: 1200.0 });
        assert_eq!(requests, Requests { all: 18987, failed: 7 });
        assert_eq!(read_wrk("unable to connect"), None);
    }

    #[test]
    fn pgbenchs_rate_is_the_one_without_connecting() {
        let report = "tps = 10.1 (including connections establishing)\ntps = 12.5 (excluding connections)\n";
        assert_eq!(read_rate(report), Some(12.5));
        assert_eq!(microseconds("3 17 2214 0 1763698825 272332"), Some(2214));
    }

    #[test]
    fn percentiles_are_times_that_were_measured() {
        let times: Vec<u64> = (1..=1000).map(|millisecond| millisecond * 1000).collect();
        assert_eq!(percentile(&times, 50), Some(500.0));
        assert_eq!(percentile(&times, 99), Some(990.0));
        assert_eq!(percentile(&[7000], 99), Some(7.0));
        assert_eq!(percentile(&[], 50), None);
    }
}
