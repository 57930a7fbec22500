//! `cargo xtask`: set-up, build, run and test of Rowhouse.
//!
//! A fresh clone needs Rust, Node.js and git; everything else is named and, where possible, installed by the
//! commands here. What they start (PostgreSQL, PgBouncer, Redis, the server) belongs to the checkout, lives under
//! `.rowhouse/` and ends with the command.

mod bench;
mod checkout;
mod daemon;
mod database_url;
mod licences;
mod pgbouncer;
mod postgres;
mod processes;
mod redis;
mod run;
mod running;
mod seed;
mod server;
mod services;
mod setup;
mod site;
mod sqlx_prepare;
mod step;
mod test;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::checkout::Checkout;

/// Set-up, build, run and test of Rowhouse.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", version)]
struct Arguments {
    #[command(subcommand)]
    command: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Set up what is missing, start PostgreSQL, migrate, seed, build both halves and serve
    Run(run::Options),
    /// Run every check and test; ends with a line `N passed, N failed`
    Test(test::Options),
    /// Start the PostgreSQL, PgBouncer and Redis of the tests and print the environment for `cargo nextest run`
    Services,
    /// Measure the ticket list over HTTP beside the same SQL in pgbench, and the server's memory
    Bench(bench::Options),
    /// Put many tenants with millions of tickets into the database of `run`, to try out scale
    Seed(seed::Options),
    /// Describe every checked SQL query again, into `.sqlx/`
    SqlxPrepare(sqlx_prepare::Options),
}

fn main() -> ExitCode {
    let task = Arguments::parse().command;
    match perform(task) {
        Ok(code) => code,
        Err(error) if error.is::<running::Interrupted>() => {
            println!("Stopped.");
            ExitCode::from(130)
        }
        Err(error) => {
            eprintln!("{} {error:#}", step::paint(step::Colour::Red, "error:"));
            ExitCode::FAILURE
        }
    }
}

fn perform(task: Task) -> anyhow::Result<ExitCode> {
    running::catch_interrupts()?;
    let checkout = Checkout::find()?;
    match task {
        Task::Run(options) => run::run(&checkout, &options),
        Task::Test(options) => test::test(&checkout, &options),
        Task::Services => services::services(&checkout),
        Task::Bench(options) => bench::bench(&checkout, &options),
        Task::Seed(options) => seed::seed(&checkout, &options),
        Task::SqlxPrepare(options) => sqlx_prepare::prepare(&checkout, &options),
    }
}
