//! `cargo xtask run`: from a clone to a served house.

use std::fs;
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Args;

use crate::checkout::Checkout;
use crate::database_url::Urls;
use crate::postgres::{self, Cluster};
use crate::running;
use crate::seed::{self, Session};
use crate::server::{self, Program, Server};
use crate::setup::{node, system, wasm_target};
use crate::site::{self, Flavour};
use crate::step::{self, Colour, paint};

/// How often the server and the database are looked at.
const POLL: Duration = Duration::from_millis(100);
/// The database of the embedded PostgreSQL.
pub(crate) const DATABASE: &str = "rowhouse";
const TENANTS: [&str; 3] = ["acme", "globex", "initech"];
/// Of all demonstration accounts.
pub(crate) const PASSWORD: &str = "rowhouse-demo";

/// How to run.
#[derive(Args)]
pub(crate) struct Options {
    /// Build both halves optimised
    #[arg(long)]
    release: bool,
    /// The port to serve on
    #[arg(long, default_value_t = 3000, value_parser = clap::value_parser!(u16).range(1..))]
    port: u16,
    /// Throw the development database away first
    #[arg(long, conflicts_with = "database_url")]
    reset: bool,
    /// Use this PostgreSQL instead of the embedded one: a URL with the rights to create roles
    #[arg(long, value_name = "URL")]
    database_url: Option<String>,
}

/// Sets up, builds and serves until Ctrl-C.
///
/// # Errors
/// When a step fails; what was started before is ended.
pub(crate) fn run(checkout: &Checkout, options: &Options) -> Result<ExitCode> {
    let _lock = checkout.lock("run", "`cargo xtask run` or `seed`")?;
    let record = checkout.state().join("server.pid");
    server::end_leftover(checkout, &record)?;
    server::check_port(options.port)?;
    set_up(checkout, options)?;
    let compiler = wasm_target::ensure(checkout)?;

    if options.reset {
        postgres::reset(checkout, postgres::DEVELOPMENT)?;
    }
    let mut cluster = None;
    let urls = if let Some(url) = &options.database_url {
        Urls::external(checkout, url)?
    } else {
        let started = cluster.insert(Cluster::start(checkout, postgres::DEVELOPMENT)?);
        started.ensure_database(DATABASE)?;
        seed::remark(&Session::embedded(started, DATABASE))?;
        Urls::embedded(started, DATABASE)
    };
    let flavour = if options.release { Flavour::Release } else { Flavour::Dev };
    let site = site::build(checkout, compiler, flavour)?;
    let file = server::build(checkout, options.release)?;
    let program = Program::new(checkout, file, &urls, site.folder(), options.port)?;
    program.prepare_database()?;
    let mut server = program.serve(|_| ())?;
    fs::write(&record, server.pid().to_string())?;
    welcome(options.port);
    let result = watch(&mut server, cluster.as_mut());
    drop(server);
    drop(cluster);
    fs::remove_file(&record)?;
    println!("Stopped.");
    result
}

fn set_up(checkout: &Checkout, options: &Options) -> Result<()> {
    let mut needs: Vec<system::Need> = system::COMPILER.into();
    if options.database_url.is_none() {
        needs.push(system::POSTGRESQL);
    }
    system::ensure(&needs)?;
    node::ensure(checkout)
}

fn welcome(port: u16) {
    let title = paint(Colour::Bold, "Rowhouse is served.");
    println!("\n{title} Ctrl-C ends it.\n");
    println!("  {:<10} http://localhost:{port}", "sign up");
    println!("  {:<10} http://console.localhost:{port}   operator@rowhouse.test", "console");
    for tenant in TENANTS {
        println!("  {tenant:<10} http://{tenant}.localhost:{port}   owner@{tenant}.test, member@{tenant}.test");
    }
    println!("\n  The password of all of them: {PASSWORD}\n");
}

/// Waits for Ctrl-C, and ends server and database in that order. A database that ends by itself is started again, as
/// a system's service manager would; a server that ends by itself ends everything, for its reason is on the screen.
fn watch(server: &mut Server, mut cluster: Option<&mut Cluster>) -> Result<ExitCode> {
    loop {
        if running::check_interrupt().is_err() {
            println!("\nFinishing running requests …");
            server.stop();
            if let Some(cluster) = cluster {
                cluster.stop();
            }
            return Ok(ExitCode::SUCCESS);
        }
        if let Some(status) = server.ended()? {
            let how = running::describe(status);
            eprintln!("{} the server ended by itself with {how}", paint(Colour::Red, "error:"));
            return Ok(ExitCode::FAILURE);
        }
        if let Some(cluster) = &mut cluster
            && let Some(status) = cluster.ended()?
        {
            let how = running::describe(status);
            step::note(&format!("PostgreSQL ended by itself with {how}; starting it again."));
            cluster.restart().context("PostgreSQL cannot be started again")?;
            step::note("PostgreSQL is back.");
        }
        thread::sleep(POLL);
    }
}
