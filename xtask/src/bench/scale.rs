//! `cargo xtask bench --scale`: the pages that people open most, with few tickets in the database and with very many.

use std::fmt::Write;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::load::wrk;
use super::page::Page;
use super::{DATABASE, Folder, UNLIMITED, WARM_UP, others_at_work, serve, settings, table};
use crate::checkout::Checkout;
use crate::database_url::Urls;
use crate::postgres::Cluster;
use crate::seed::{self, Plan, Session};
use crate::server::{self, Program};
use crate::step::{Colour, Line, paint};

/// What is compared with: as large a middling tenant, and few others.
const FEW: (u32, u64) = (10, 50_000);
/// How many times as long a page may take with many tickets.
const RATIO: f64 = 1.5;
/// What is asked for: the list as it opens, a filter, a word, the dashboard.
const PAGES: [(&str, &str); 4] = [
    ("list", "/tickets"),
    ("filter", "/tickets?status=open&priority=high&sort=-updated"),
    ("search", "/tickets?q=invoice"),
    ("dashboard", "/insight"),
];

/// How many dashboards are asked for that nobody asked for before.
const FRESH: u32 = 15;

/// How long each page took in one database, in milliseconds: first the middling tenant's, then the largest's.
struct Stage {
    tickets: u64,
    /// The tickets of both tenants.
    sizes: [u64; 2],
    medians: [[f64; PAGES.len()]; 2],
    /// The dashboard of thirty days whose figures nobody has asked for.
    fresh: [f64; 2],
}

/// What both stages are measured with.
pub(super) struct Scale<'a> {
    pub(super) checkout: &'a Checkout,
    pub(super) cluster: &'a Cluster,
    pub(super) server: &'a Path,
    pub(super) site: &'a Path,
    /// How long each page is asked for.
    pub(super) time: Duration,
}

impl Scale<'_> {
    /// Measures with few and with `many` tickets, and prints both.
    ///
    /// # Errors
    /// When something breaks.
    pub(super) fn run(&self, many: &Plan, check: bool) -> Result<ExitCode> {
        let few = self.stage(&Plan::new(FEW.0, FEW.1, None)?)?;
        let many = self.stage(many)?;
        println!("\n{}\n", table::machine()?);
        println!("{}\n", settings(self.cluster)?);
        let (text, missed) = compare(&few, &many);
        println!("{text}");
        self.cluster.sql("postgres", &format!("DROP DATABASE {DATABASE} WITH (FORCE)"))?;
        Ok(if check && missed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }

    fn stage(&self, plan: &Plan) -> Result<Stage> {
        self.cluster.sql("postgres", &format!("DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)"))?;
        self.cluster.ensure_database(DATABASE)?;
        let port = server::free_port()?;
        let urls = Urls::embedded(self.cluster, DATABASE);
        let program = Program::new(self.checkout, self.server.to_owned(), &urls, self.site, port)?.with(&UNLIMITED);
        program.prepare_database()?;
        seed::fill(&Session::embedded(self.cluster, DATABASE), plan)?;
        // What was written goes to the files now, and not while pages are measured.
        self.cluster.sql(DATABASE, "CHECKPOINT")?;

        let folder = Folder::prepare(self.checkout)?;
        let mut server = serve(&program, &folder.server_log())?;
        others_at_work()?;
        let tenants = [self.middling(plan)?, ("seed-0001".to_owned(), plan.largest)];
        let (mut medians, mut fresh) = ([[0.0; PAGES.len()]; 2], [0.0; 2]);
        for (((tenant, tickets), medians), fresh) in tenants.iter().zip(&mut medians).zip(&mut fresh) {
            let mut page = Page::sign_in(port, tenant)?;
            for ((name, path), median) in PAGES.iter().zip(medians) {
                (*path).clone_into(&mut page.path);
                let line = Line::start(&format!("{name}, {tickets} tickets of {}", plan.tickets));
                page.check()?;
                wrk(&page, 1, WARM_UP, &line)?;
                let (measured, requests) = wrk(&page, 1, self.time, &line)?;
                if requests.failed > 0 {
                    bail!("{} of {} requests failed", requests.failed, requests.all);
                }
                *median = measured.p50;
                line.done(&format!("{name}, {tickets} tickets of {}: {:.2} ms", plan.tickets, measured.p50));
            }
            let line = Line::start(&format!("dashboards of other days, {tickets} tickets of {}", plan.tickets));
            *fresh = self.fresh(&mut page)?;
            line.done(&format!("dashboards of other days, {tickets} tickets of {}: {fresh:.2} ms", plan.tickets));
        }
        server.stop();
        Ok(Stage { tickets: plan.tickets, sizes: tenants.map(|(_, tickets)| tickets), medians, fresh })
    }

    /// The median of dashboards that are each asked for once, of thirty days up to another day.
    fn fresh(&self, page: &mut Page) -> Result<f64> {
        let mut took = Vec::new();
        for back in 1..=FRESH {
            let days = format!("SELECT current_date - {back} - 29, current_date - {back}");
            let days = self.cluster.sql(DATABASE, &days)?;
            let (from, to) = days.split_once('|').context("PostgreSQL told no days")?;
            page.path = format!("/insight?range=custom&from={from}&to={to}");
            let began = Instant::now();
            page.check()?;
            took.push(began.elapsed().as_secs_f64() * 1000.0);
        }
        took.sort_by(f64::total_cmp);
        Ok(took[took.len() / 2])
    }

    /// The tenant whose tickets are the most nearly the average of the few, and how many it has: of about the same size
    /// in both databases, so that only what belongs to others differs.
    fn middling(&self, plan: &Plan) -> Result<(String, u64)> {
        let average = (FEW.1 - FEW.1 / 5) / u64::from(FEW.0 - 1);
        let row = self.cluster.sql(
            DATABASE,
            &format!(
                "SELECT t.slug, sum(p.last_number) FROM control.tenant t JOIN pooled.project p ON p.tenant_id = t.id
                 WHERE t.slug ~ '^seed-[0-9]{{4}}$' GROUP BY t.slug
                 ORDER BY abs(sum(p.last_number) - {average}), t.slug LIMIT 1"
            ),
        )?;
        let (slug, tickets) = row.split_once('|').with_context(|| format!("no tenant is there of {plan}"))?;
        Ok((slug.to_owned(), tickets.parse()?))
    }
}

/// The table, and whether a page took longer than it may.
fn compare(few: &Stage, many: &Stage) -> (String, bool) {
    let (mut text, mut missed) = (String::new(), false);
    // Writing into a string cannot fail.
    let _ = writeln!(
        text,
        "{:<10} {:>22} {:>22} {:>12} {:>12}   ratio",
        "p50", "tenant's tickets", "all tickets", "few, ms", "many, ms"
    );
    for tenant in 0..2 {
        for (place, (name, _)) in PAGES.iter().enumerate() {
            let (before, after) = (few.medians[tenant][place], many.medians[tenant][place]);
            let ratio = after / before;
            let is_missed = ratio > RATIO;
            missed |= is_missed;
            let sizes = format!("{} → {}", few.sizes[tenant], many.sizes[tenant]);
            let all = format!("{} → {}", few.tickets, many.tickets);
            let mark = if is_missed { paint(Colour::Red, "✗ missed") } else { paint(Colour::Green, "✓ reached") };
            let _ =
                writeln!(text, "{name:<10} {sizes:>22} {all:>22} {before:>12.2} {after:>12.2}   {ratio:>5.2}  {mark}");
        }
    }
    let _ = writeln!(text, "\nExpected: a ratio of at most {RATIO}.\n");
    for (tenant, (before, after)) in few.fresh.iter().zip(many.fresh).enumerate() {
        let sizes = format!("{} → {}", few.sizes[tenant], many.sizes[tenant]);
        let _ = writeln!(text, "a dashboard of other days, {sizes} tickets: {before:.2} → {after:.2} ms");
    }
    let _ = writeln!(
        text,
        "There is nothing kept of those: all tickets of thirty days are counted, so they follow the tenant's size."
    );
    (text, missed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stage(tickets: u64, median: f64) -> Stage {
        Stage {
            tickets,
            sizes: [5000, tickets / 5],
            medians: [[median; PAGES.len()], [2.0; PAGES.len()]],
            fresh: [7.0; 2],
        }
    }

    #[test]
    fn one_page_that_takes_too_long_is_told() {
        let (few, many) = (stage(50_000, 4.0), stage(5_000_000, 6.0));
        let (text, missed) = compare(&few, &many);
        assert!(!missed, "{text}");
        let mut slow = stage(5_000_000, 6.0);
        slow.medians[0][2] = 6.1;
        let (text, missed) = compare(&few, &slow);
        assert!(missed);
        assert_eq!(text.lines().filter(|line| line.contains("missed")).count(), 1, "{text}");
        assert!(text.lines().any(|line| line.starts_with("search") && line.contains("1.52")), "{text}");
    }
}
