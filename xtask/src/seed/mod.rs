//! `cargo xtask seed`: many tenants with tickets by the million, to try out how the product does with them.
//!
//! All is made within PostgreSQL by `sql/`: a plan that one transaction writes, tickets in slices of time that two
//! sessions write, indexes that both build again. What is done stands in the schema `seed`, so a run that was
//! interrupted goes on where it was. The tenants are registered last: half of one is never seen.

mod plan;
mod session;

use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::Args;

pub(crate) use self::plan::Plan;
pub(crate) use self::session::Session;
use crate::checkout::Checkout;
use crate::database_url::Urls;
use crate::postgres::{self, Cluster};
use crate::run;
use crate::running::Interrupted;
use crate::server::{self, Program};
use crate::setup::system;
use crate::step::{self, Line};

/// From this many tickets on, the secondary indexes are dropped first and built afterwards.
const MANY: u64 = 200_000;
/// Sessions that work side by side.
const SESSIONS: usize = 2;
/// What a session of the seeder sets: nothing of it is waited for, and a plan compiled takes longer than it saves.
const QUICK: &str = "SET synchronous_commit = off; SET jit = off; SET max_parallel_workers_per_gather = 0; \
                     SET client_min_messages = warning";
/// Foreign keys are not looked up for each row: what refers to what is made in one go, and `seed.check` looks at it.
const UNCHECKED: &str = "SET session_replication_role = replica";
const MEMORY: &str = "SET temp_buffers = '256MB'; SET work_mem = '64MB'; SET maintenance_work_mem = '512MB'; \
                      SET max_parallel_maintenance_workers = 0";
/// The tables that are filled, in two parts that take about as long.
const TABLES: [&str; 2] = [
    "pooled.ticket, pooled.ticket_label, pooled.ticket_watcher, pooled.ticket_link, pooled.account, pooled.project, \
     pooled.project_member, pooled.label",
    "pooled.ticket_words, pooled.ticket_comment, pooled.ticket_event",
];

/// What to put in, and where.
#[derive(Args)]
pub(crate) struct Options {
    /// How many tenants
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(2..=9999))]
    tenants: u32,
    /// How many tickets they have together
    #[arg(long, default_value_t = 5_000_000)]
    tickets: u64,
    /// How many of them the largest tenant has; a fifth unless said otherwise
    #[arg(long)]
    largest: Option<u64>,
    /// Take them out again, also what an interrupted run left
    #[arg(long, conflicts_with_all = ["tenants", "tickets", "largest"])]
    remove: bool,
    /// Use this PostgreSQL instead of the embedded one: a URL of a superuser
    #[arg(long, value_name = "URL")]
    database_url: Option<String>,
}

/// Puts tenants into the database of `cargo xtask run`, or takes them out.
///
/// # Errors
/// When a step fails; the next run goes on from there.
pub(crate) fn seed(checkout: &Checkout, options: &Options) -> Result<ExitCode> {
    let plan = Plan::new(options.tenants, options.tickets, options.largest)?;
    let _lock = checkout.lock("run", "`cargo xtask run` or `seed`")?;
    system::ensure(&[system::POSTGRESQL])?;
    let cluster;
    let (session, urls) = if let Some(url) = &options.database_url {
        (Session::external(url)?, Urls::external(checkout, url)?)
    } else {
        cluster = Cluster::start(checkout, postgres::SEEDING)?;
        cluster.ensure_database(run::DATABASE)?;
        (Session::embedded(&cluster, run::DATABASE), Urls::embedded(&cluster, run::DATABASE))
    };
    session.require_superuser()?;
    if options.remove {
        remove(&session)?;
    } else {
        migrate(checkout, &session, &urls)?;
        fill(&session, &plan)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Puts the tenants of the plan in, unless they are there; goes on with a run of the same plan.
///
/// # Errors
/// When other seeded tenants are there, or a step fails. Indexes that were dropped are there again, unless the run was
/// interrupted: then the next one builds them.
pub(crate) fn fill(session: &Session, plan: &Plan) -> Result<()> {
    let whole = Line::start_streaming(&format!("Seeding {plan}"));
    match session.unfinished()? {
        Some(other) if other != *plan => bail!(
            "a run of {other} was interrupted. Finish it with the same options, or take it out with \
             `cargo xtask seed --remove`"
        ),
        Some(_) => step::note("An earlier run of this was interrupted; going on with it."),
        None => match session.seeded()? {
            Some((tenants, tickets)) if (tenants, tickets) == (plan.tenants, plan.tickets) => {
                whole.done(&format!("The {tenants} seeded tenants with {tickets} tickets are there: nothing to do"));
                return Ok(());
            }
            Some((tenants, tickets)) => bail!(
                "{tenants} seeded tenants with {tickets} tickets are there. Take them out first, with \
                 `cargo xtask seed --remove`"
            ),
            None => begin(session, plan)?,
        },
    }
    if let Err(error) = write(session, plan) {
        if !error.is::<Interrupted>() {
            build_indexes(session).context("indexes could not be built again either")?;
        }
        return Err(error);
    }
    whole.done(&format!("Seeded: {plan}"));
    println!(
        "\n  Sign in at seed-0001 … seed-{:04} as owner@seed-0001.test and so on: {}\n",
        plan.tenants,
        run::PASSWORD
    );
    Ok(())
}

/// Says so where a seeding was interrupted, for then indexes may be missing.
///
/// # Errors
/// When PostgreSQL cannot be asked.
pub(crate) fn remark(session: &Session) -> Result<()> {
    if session.unfinished()?.is_some() {
        step::note(
            "A `cargo xtask seed` was interrupted, so indexes may be missing. Run it again with the same options, or \
             with --remove.",
        );
    }
    Ok(())
}

/// Everything but tickets, and what is to be done.
fn begin(session: &Session, plan: &Plan) -> Result<()> {
    let line = Line::start("Tenants, people and projects");
    let call = plan.begin();
    let mut statements = vec![QUICK];
    statements.extend(plan::SQL);
    statements.push(&call);
    session.at_once(&statements, &line)?;
    line.done(&format!("{} tenants with people and projects", plan.tenants));
    Ok(())
}

fn write(session: &Session, plan: &Plan) -> Result<()> {
    let is_many = plan.tickets >= MANY;
    let (written, slices) = session.slices()?;
    // A run that was interrupted later has built some of them again.
    if is_many && written < slices {
        let line = Line::start("Dropping secondary indexes");
        session.run(&["CALL seed.drop_indexes()"], &line)?;
        line.done("Secondary indexes dropped");
    }
    let mut line = Line::start("Tickets");
    let mut statements = vec![QUICK, MEMORY];
    statements.extend(is_many.then_some(UNCHECKED));
    statements.push("CALL seed.work()");
    session.side_by_side(&[statements.as_slice(); SESSIONS], &mut line, || {
        let (done, all) = session.slices()?;
        Ok(format!("{done} of {all} parts"))
    })?;
    line.done(&format!("{} tickets", plan.tickets));

    // First, as there are no indexes to look at; and the pages are still in memory.
    let mut line = Line::start("Statistics");
    vacuum(session, &mut line)?;
    line.done("Statistics gathered");
    build_indexes(session)?;

    let line = Line::start("Comparing with what the program writes");
    session.run(&[QUICK, "CALL seed.check()"], &line)?;
    line.done("As the program writes it");
    let line = Line::start("Registering the tenants");
    session.run(&[QUICK, "CALL seed.publish()"], &line)?;
    line.done("Tenants registered");
    Ok(())
}

fn build_indexes(session: &Session) -> Result<()> {
    if session.missing_indexes()? == 0 {
        return Ok(());
    }
    let mut line = Line::start("Indexes");
    let statements: &[&str] = &[QUICK, MEMORY, "CALL seed.build_indexes()"];
    session.side_by_side(&[statements; SESSIONS], &mut line, || Ok(format!("{} to go", session.missing_indexes()?)))?;
    line.done("Indexes built");
    Ok(())
}

/// Gathers statistics, and notes which pages everybody sees, so that indexes alone can answer.
fn vacuum(session: &Session, line: &mut Line) -> Result<()> {
    let [first, second] = TABLES.map(|tables| format!("VACUUM (ANALYZE, PARALLEL 0) {tables}"));
    session.side_by_side(&[&[QUICK, &first], &[QUICK, &second]], line, || Ok(String::new()))
}

fn remove(session: &Session) -> Result<()> {
    let unfinished = session.unfinished()?.is_some();
    let Some(tenants) = session.removable()? else {
        println!("There are no seeded tenants.");
        return Ok(());
    };
    let line = Line::start(&format!("Removing {tenants} tenants"));
    session.at_once(&[QUICK, MEMORY, include_str!("sql/remove.sql")], &line)?;
    line.done(&format!("{tenants} tenants removed"));
    if unfinished {
        build_indexes(session)?;
        let line = Line::start("Removing what the run kept");
        session.run(&[QUICK, "DROP SCHEMA seed CASCADE"], &line)?;
        line.done("What the run kept is removed");
    }
    let mut line = Line::start("Freeing the space");
    vacuum(session, &mut line)?;
    line.done("Space freed");
    Ok(())
}

/// A database that is not up to date is migrated by the server, which is built for it, as `cargo xtask run` does.
fn migrate(checkout: &Checkout, session: &Session, urls: &Urls) -> Result<()> {
    if session.is_migrated(checkout)? {
        return Ok(());
    }
    system::ensure(&system::COMPILER)?;
    let file = server::build(checkout, false)?;
    Program::new(checkout, file, urls, &checkout.target().join("site"), 0)?.prepare_database()
}
