//! A tenant that floods, and what another one notices of it.

use std::fmt::Write;
use std::path::Path;
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use anyhow::{Result, bail};

use super::paced::{self, Answers, Pace};
use super::page::Page;
use super::{DATABASE, Folder, WARM_UP, others_at_work, serve, settings, table};
use crate::checkout::Checkout;
use crate::database_url::Urls;
use crate::postgres::Cluster;
use crate::server::{self, Program};
use crate::step::{Colour, Line, paint};

/// Who floods, and who notices.
const LOUD: &str = "acme";
const QUIET: &str = "globex";
/// Connections to the database.
const POOL: u32 = 10;
/// How many of them one tenant has: the default of `database.tenant_share_percent`.
const SHARE: u32 = 4;
/// Pages that one person may open in a minute: the default of `limits.user_pages_per_minute`.
const PAGES_A_MINUTE: f64 = 600.0;
/// How many times its share the loud tenant asks for.
const TIMES: u32 = 20;
/// The quiet one: a person who asks nine times a second stays within what one person may.
const CALM: Pace = Pace { connections: 3, rate: Some(9.0) };
/// How many times as long a page may take beside the flood.
const RATIO: f64 = 1.5;

/// What is measured with.
pub(super) struct Neighbour<'a> {
    pub(super) checkout: &'a Checkout,
    pub(super) cluster: &'a Cluster,
    pub(super) server: &'a Path,
    pub(super) site: &'a Path,
    /// How long each of the measurements takes.
    pub(super) time: Duration,
}

/// The quiet tenant alone and beside the flood, and the flood.
struct Row {
    name: &'static str,
    alone: Answers,
    beside: Answers,
    flood: Answers,
}

impl Row {
    fn ratio(&self) -> f64 {
        self.beside.percentile(99.0) / self.alone.percentile(99.0)
    }
}

impl Neighbour<'_> {
    /// Measures as the server comes, and without limits on requests, where the database's fair share is all there is.
    ///
    /// # Errors
    /// When something breaks, or the quiet tenant is refused anything.
    pub(super) fn run(&self, check: bool) -> Result<ExitCode> {
        self.cluster.sql("postgres", &format!("DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)"))?;
        self.cluster.ensure_database(DATABASE)?;
        // Twenty times what one person may ask, on twenty times the connections that the tenant has.
        let flood = Pace { connections: SHARE * TIMES, rate: Some(PAGES_A_MINUTE / 60.0 * f64::from(TIMES)) };
        let with = self.measure("as it comes", true, flood)?;
        let without = self.measure("without limits on requests", false, Pace { rate: None, ..flood })?;
        println!("\n{}\n", table::machine()?);
        println!("{}\n", settings(self.cluster)?);
        let (text, missed) = compare(&[with, without]);
        println!("{text}");
        self.cluster.sql("postgres", &format!("DROP DATABASE {DATABASE} WITH (FORCE)"))?;
        Ok(if check && missed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }

    fn measure(&self, name: &'static str, is_limited: bool, flood: Pace) -> Result<Row> {
        let port = server::free_port()?;
        let urls = Urls::embedded(self.cluster, DATABASE);
        let (pool, limited) = (POOL.to_string(), is_limited.to_string());
        let program = Program::new(self.checkout, self.server.to_owned(), &urls, self.site, port)?
            .with(&[("ROWHOUSE_DATABASE__POOL_SIZE", pool.as_str()), ("ROWHOUSE_LIMITS__ENABLED", limited.as_str())]);
        program.prepare_database()?;
        self.cluster.sql(DATABASE, "VACUUM (ANALYZE)")?;
        let folder = Folder::prepare(self.checkout)?;
        let mut server = serve(&program, &folder.server_log())?;
        others_at_work()?;
        let (quiet, loud) = (Page::sign_in(port, QUIET)?, Page::sign_in(port, LOUD)?);
        quiet.check()?;
        loud.check()?;
        paced::ask(&quiet, CALM, WARM_UP)?;

        let line = Line::start(&format!("{QUIET} alone, {name}"));
        let alone = paced::ask(&quiet, CALM, self.time)?;
        line.done(&format!("{QUIET} alone, {name}: p99 {:.2} ms", alone.percentile(99.0)));
        let line = Line::start(&format!("{QUIET} beside the flood, {name}"));
        let (flood, beside) = thread::scope(|scope| {
            let flood = scope.spawn(|| paced::ask(&loud, flood, WARM_UP + self.time));
            // The flood is there first.
            thread::sleep(WARM_UP);
            let beside = paced::ask(&quiet, CALM, self.time);
            (flood.join(), beside)
        });
        let (Ok(flood), beside) = (flood, beside?) else { bail!("the flood broke") };
        let row = Row { name, alone, beside, flood: flood? };
        line.done(&format!("{QUIET} beside the flood, {name}: p99 {:.2} ms", row.beside.percentile(99.0)));
        server.stop();
        for answers in [&row.alone, &row.beside] {
            if answers.refused + answers.failed > 0 {
                bail!("{QUIET} was refused {} pages, and {} failed", answers.refused, answers.failed);
            }
        }
        Ok(row)
    }
}

/// The table, and whether the first row is past what is expected.
fn compare(rows: &[Row]) -> (String, bool) {
    let (mut text, mut missed) = (String::new(), false);
    // Writing into a string cannot fail.
    let _ = writeln!(
        text,
        "{:<28} {:>14} {:>14} {:>8}   {:>12} {:>14}",
        format!("p99 of {QUIET}"),
        "alone, ms",
        "beside, ms",
        "ratio",
        "flood: pages",
        "told to wait"
    );
    for (place, row) in rows.iter().enumerate() {
        let ratio = row.ratio();
        // What is no number, because nothing came, is missed too.
        let is_met = ratio <= RATIO;
        let mark = match (place, is_met) {
            (0, true) => paint(Colour::Green, "✓ reached"),
            (0, false) => paint(Colour::Red, "✗ missed"),
            _ => String::new(),
        };
        missed |= place == 0 && !is_met;
        let _ = writeln!(
            text,
            "{:<28} {:>14.2} {:>14.2} {ratio:>8.2}   {:>12} {:>14}  {mark}",
            row.name,
            row.alone.percentile(99.0),
            row.beside.percentile(99.0),
            row.flood.pages(),
            row.flood.refused
        );
    }
    let _ = writeln!(
        text,
        "\nExpected: a ratio of at most {RATIO} in the first row. The second is for comparison: there the flood asks for as \
         much as the machine can do, and all share its processors."
    );
    (text, missed)
}
