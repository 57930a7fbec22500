//! `cargo xtask bench`: a page beside the database work in it, measured in one run, and the memory of the server.

mod exchange;
mod expectations;
mod load;
mod memory;
mod neighbour;
mod paced;
mod page;
mod scale;
mod table;
mod workload;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{ExitCode, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Args;

use self::exchange::Exchange;
use self::expectations::Expectations;
use self::load::{Measured, Pgbench, Requests, wrk};
use self::memory::{Memory, Soak};
use self::neighbour::Neighbour;
use self::page::Page;
use self::scale::Scale;
use self::table::Row;
use self::workload::Workload;
use crate::checkout::Checkout;
use crate::database_url::Urls;
use crate::postgres::{self, Cluster};
use crate::running;
use crate::seed::Plan;
use crate::server::{self, Program, Server};
use crate::setup::{node, system, wasm_target};
use crate::site::{self, Flavour};
use crate::step::{self, Line};

const DATABASE: &str = "rowhouse_bench";
/// Whose list it is.
const TENANT: &str = "acme";
/// How many connections ask at once.
const CONNECTIONS: [u32; 3] = [1, 8, 64];
/// How long the page is asked for before each measurement, so that pools are full and code and data are in memory.
const WARM_UP: Duration = Duration::from_secs(2);

/// One person asks for more pages here than people do.
const UNLIMITED: [(&str, &str); 1] = [("ROWHOUSE_LIMITS__ENABLED", "false")];

/// How to measure.
#[derive(Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command")]
pub(crate) struct Options {
    /// Seconds that each of the six measurements takes
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=600))]
    seconds: u64,
    /// End with exit status 1 when an expected figure is missed
    #[arg(long)]
    check: bool,
    /// Measure instead how much longer pages take with very many tickets in the database
    #[arg(long)]
    scale: bool,
    /// How many tenants there are then
    #[arg(long, default_value_t = 1000, requires = "scale", value_parser = clap::value_parser!(u32).range(10..=9999))]
    tenants: u32,
    /// Measure instead how much longer a tenant's pages take while another one floods; six times as long each
    #[arg(long, conflicts_with = "scale")]
    neighbour: bool,
    /// Measure instead how quickly large files are exported and imported, and the server's memory meanwhile
    #[arg(long, conflicts_with_all = ["scale", "neighbour"])]
    exchange: bool,
    /// How many tickets they have together, a fifth of them in one
    #[arg(long, default_value_t = 5_000_000, requires = "scale")]
    tickets: u64,
}

/// Builds, serves, measures and prints; ends all that it started.
///
/// # Errors
/// When something breaks. An expected figure that is missed is no error.
pub(crate) fn bench(checkout: &Checkout, options: &Options) -> Result<ExitCode> {
    let many = Plan::new(options.tenants, options.tickets, None)?;
    let _lock = checkout.lock("test", "`cargo xtask test`, `services` or `bench`")?;
    let mut needs: Vec<system::Need> = system::COMPILER.into();
    needs.extend([system::POSTGRESQL, system::WRK]);
    system::ensure(&needs)?;
    node::ensure(checkout)?;
    let compiler = wasm_target::ensure(checkout)?;
    let site = site::build(checkout, compiler, Flavour::Release)?;
    let file = server::build(checkout, true)?;

    let cluster = Cluster::start(checkout, postgres::TESTS)?;
    if options.scale {
        let time = Duration::from_secs(options.seconds);
        let scale = Scale { checkout, cluster: &cluster, server: &file, site: site.folder(), time };
        return scale.run(&many, options.check);
    }
    if options.neighbour {
        let time = Duration::from_secs(options.seconds * 6);
        let (server, site) = (file.as_path(), site.folder());
        return Neighbour { checkout, cluster: &cluster, server, site, time }.run(options.check);
    }
    if options.exchange {
        let (server, site) = (file.as_path(), site.folder());
        return Exchange { checkout, cluster: &cluster, server, site }.run(options.check);
    }
    cluster.sql("postgres", &format!("DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)"))?;
    cluster.ensure_database(DATABASE)?;
    let port = server::free_port()?;
    let program =
        Program::new(checkout, file, &Urls::embedded(&cluster, DATABASE), site.folder(), port)?.with(&UNLIMITED);
    program.prepare_database()?;
    // Plans follow statistics, and autovacuum would gather them at some moment of its own.
    cluster.sql(DATABASE, "VACUUM (ANALYZE)")?;

    let folder = Folder::prepare(checkout)?;
    let mut server = serve(&program, &folder.server_log())?;
    let started = Memory::of(server.pid())?;
    others_at_work()?;
    let mut bench = Bench {
        cluster: &cluster,
        page: Page::sign_in(port, TENANT)?,
        server: &mut server,
        folder: &folder,
        requests: Requests::default(),
    };
    let results = bench.run(started, Duration::from_secs(options.seconds))?;
    server.stop();

    println!("\n{}\n", table::machine()?);
    println!("{}\n", results.workload.description(checkout)?);
    println!("{}", settings(&cluster)?);
    println!("\n{}", table::rates(&results.rows));
    println!("{}", results.soak);
    let expectations = Expectations::new(&results.rows, &results.soak, site.browser_half_gzipped()?);
    println!("\n{expectations}");
    Ok(if options.check && expectations.missed() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn serve(program: &Program, log: &Path) -> Result<Server> {
    let output = File::create(log)?;
    let errors = output.try_clone()?;
    let line = Line::start("Server");
    let server = program
        .serve(|command| {
            command.stdout(Stdio::from(output)).stderr(Stdio::from(errors));
        })
        .with_context(|| postgres::tail(log, 20))?;
    line.done("Server answers");
    Ok(server)
}

/// What decides how quick the database is, beside the machine.
fn settings(cluster: &Cluster) -> Result<String> {
    let show = |name: &str| cluster.sql(DATABASE, &format!("SHOW {name}"));
    Ok(format!(
        "PostgreSQL {} with shared_buffers = {}, fsync = {}, synchronous_commit = {}: the page writes nothing, so its \
         COMMIT waits for no disk either way.",
        show("server_version")?,
        show("shared_buffers")?,
        show("fsync")?,
        show("synchronous_commit")?,
    ))
}

/// Where scripts and logs go.
struct Folder(PathBuf);

impl Folder {
    fn prepare(checkout: &Checkout) -> Result<Self> {
        let folder = checkout.state().join("bench");
        if fs::exists(&folder)? {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        Ok(Self(folder))
    }

    fn server_log(&self) -> PathBuf {
        self.0.join("server.log")
    }
}

struct Results {
    workload: Workload,
    rows: Vec<Row>,
    soak: Soak,
}

/// One run.
struct Bench<'a> {
    cluster: &'a Cluster,
    page: Page,
    server: &'a mut Server,
    folder: &'a Folder,
    requests: Requests,
}

impl Bench<'_> {
    /// `started` is the server's memory before the first request.
    fn run(&mut self, started: Memory, time: Duration) -> Result<Results> {
        let workload = Workload::observe(self.cluster, || self.page.check())?;
        let script = self.folder.0.join("page.pgbench");
        fs::write(&script, workload.script())?;
        let pgbench = Pgbench {
            cluster: self.cluster,
            database: DATABASE,
            script: &script,
            variables: workload.variables(),
            logs: &self.folder.0.join("transactions"),
        };
        let mut rows = Vec::new();
        for connections in CONNECTIONS {
            rows.push(self.measure(connections, time, &pgbench)?);
        }
        let soak = self.soak(started, &rows)?;
        self.page.check()?;
        Ok(Results { workload, rows, soak })
    }

    fn measure(&mut self, connections: u32, time: Duration, pgbench: &Pgbench<'_>) -> Result<Row> {
        let line = Line::start(&table::connections(connections));
        self.ask(connections, WARM_UP, &line)?;
        let page = self.ask(connections, time, &line)?;
        let database = pgbench.run(connections, time, &line)?;
        let row = Row { connections, page, database };
        line.done(&row.summary());
        Ok(row)
    }

    /// Asks for the page, from `connections` at once.
    fn ask(&mut self, connections: u32, time: Duration, line: &Line) -> Result<Measured> {
        let (measured, requests) = wrk(&self.page, connections, time, line)?;
        self.requests += requests;
        if let Some(status) = self.server.ended()? {
            bail!("the server ended with {} under load", running::describe(status));
        }
        if requests.failed > 0 {
            bail!(
                "{} of {} requests failed; the server wrote:\n{}",
                requests.failed,
                requests.all,
                postgres::tail(&self.folder.server_log(), 5)
            );
        }
        Ok(measured)
    }

    /// Goes on asking, and looks at the server's memory each time so many requests more are answered.
    fn soak(&mut self, started: Memory, rows: &[Row]) -> Result<Soak> {
        let line = Line::start("Memory");
        let mut rate = rows.iter().find(|row| row.connections == memory::CONNECTIONS).map_or(1000.0, Row::page_rate);
        let mut soak = Soak::new(started);
        soak.add(self.requests.all, Memory::of(self.server.pid())?);
        while !soak.is_enough() {
            let goal = self.requests.all + memory::STEP;
            while self.requests.all < goal {
                let time = memory::time_for(goal - self.requests.all, rate);
                rate = self.ask(memory::CONNECTIONS, time, &line)?.rate;
            }
            soak.add(self.requests.all, Memory::of(self.server.pid())?);
        }
        line.done(&format!("{} requests answered in all", self.requests.all));
        Ok(soak)
    }
}

/// Says so where other programs keep the machine busy: both sides then measure what those leave.
fn others_at_work() -> Result<()> {
    const NOTICED: f64 = 0.1;
    let before = memory::processor_time()?;
    thread::sleep(Duration::from_secs(1));
    let busy = memory::processor_time()?.busy_since(&before);
    if busy > NOTICED {
        let text = format!("Other programs keep {:.0} % of the processors busy: expect lower figures.", busy * 100.0);
        step::note(&text);
    }
    Ok(())
}
