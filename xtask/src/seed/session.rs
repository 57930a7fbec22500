//! Talking to the database as its administrator, by `psql`: one statement after the other, or several sessions at once.

use std::fs;
use std::io::Read;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use nix::sys::signal::Signal;

use super::Plan;
use crate::checkout::Checkout;
use crate::postgres::{Cluster, Programs};
use crate::running;
use crate::step::Line;

/// How often running sessions are looked at.
const POLL: Duration = Duration::from_millis(50);
/// How often the database is asked how far they are.
const ASK: Duration = Duration::from_secs(2);
/// How long a session may take to end what it does, once it is told to.
const GRACE: Duration = Duration::from_secs(10);

/// A database, and the program that talks to it.
pub(crate) struct Session {
    psql: PathBuf,
    /// Names the database, and who we are.
    target: String,
}

impl Session {
    /// A database of an embedded cluster.
    pub(crate) fn embedded(cluster: &Cluster, database: &str) -> Self {
        Self { psql: cluster.program("psql"), target: cluster.url(database, "postgres") }
    }

    /// Somebody else's.
    ///
    /// # Errors
    /// When PostgreSQL's programs are not on this machine.
    pub(crate) fn external(url: &str) -> Result<Self> {
        let programs = Programs::find(None).context("PostgreSQL's programs are not on this machine")?;
        Ok(Self { psql: programs.path("psql"), target: url.to_owned() })
    }

    /// # Errors
    /// When PostgreSQL refuses one of the statements; those before it hold.
    pub(super) fn run(&self, statements: &[&str], line: &Line) -> Result<()> {
        running::quiet(&mut self.command(statements), Some(line)).map(drop)
    }

    /// All of them or none.
    ///
    /// # Errors
    /// When PostgreSQL refuses one.
    pub(super) fn at_once(&self, statements: &[&str], line: &Line) -> Result<()> {
        running::quiet(self.command(statements).arg("--single-transaction"), Some(line)).map(drop)
    }

    /// One session for each list of statements. `progress` says how far they are.
    ///
    /// # Errors
    /// When one fails, after the others have been ended; or when interrupted.
    pub(super) fn side_by_side(
        &self,
        sessions: &[&[&str]],
        line: &mut Line,
        progress: impl Fn() -> Result<String>,
    ) -> Result<()> {
        let mut running = Vec::new();
        for statements in sessions {
            running.push(Running::start(&mut self.command(statements))?);
        }
        let mut asked = Instant::now();
        while !running.is_empty() {
            running::check_interrupt()?;
            let mut left = Vec::new();
            for session in running {
                left.extend(session.look()?);
            }
            running = left;
            if asked.elapsed() >= ASK {
                line.progress(&progress()?);
                asked = Instant::now();
            }
            line.tick();
            thread::sleep(POLL);
        }
        Ok(())
    }

    /// The plan of a run that was not finished.
    ///
    /// # Errors
    /// When PostgreSQL cannot be asked.
    pub(super) fn unfinished(&self) -> Result<Option<Plan>> {
        if self.ask("SELECT to_regclass('seed.run')")?.is_empty() {
            return Ok(None);
        }
        let row = self.ask("SELECT tenants, tickets, largest FROM seed.run")?;
        let mut fields = row.split('|');
        let mut next = || fields.next().context("the schema `seed` is not what the seeder makes");
        Ok(Some(Plan { tenants: next()?.parse()?, tickets: next()?.parse()?, largest: next()?.parse()? }))
    }

    /// How many tenants of the seeder there are, if any, and how many tickets they were given.
    ///
    /// # Errors
    /// When PostgreSQL cannot be asked.
    pub(super) fn seeded(&self) -> Result<Option<(u32, u64)>> {
        let row = self.ask(
            "SELECT count(DISTINCT t.id), coalesce(sum(p.last_number), 0)
             FROM control.tenant t LEFT JOIN pooled.project p ON p.tenant_id = t.id
             WHERE t.is_demo AND t.slug ~ '^seed-[0-9]{4}$'",
        )?;
        let (tenants, tickets) = row.split_once('|').context("PostgreSQL answered something else than two numbers")?;
        Ok(Some((tenants.parse()?, tickets.parse()?)).filter(|(tenants, _)| *tenants > 0))
    }

    /// How many tenants can be removed, if any, those of an unfinished run among them.
    ///
    /// # Errors
    /// When PostgreSQL cannot be asked.
    pub(super) fn removable(&self) -> Result<Option<u32>> {
        if let Some(plan) = self.unfinished()? {
            return Ok(Some(plan.tenants));
        }
        if self.ask("SELECT to_regclass('control.tenant')")?.is_empty() {
            return Ok(None);
        }
        Ok(self.seeded()?.map(|(tenants, _)| tenants))
    }

    /// How many slices are written, and how many there are.
    ///
    /// # Errors
    /// When PostgreSQL cannot be asked.
    pub(super) fn slices(&self) -> Result<(u32, u32)> {
        let row = self.ask("SELECT count(*) FILTER (WHERE is_done), count(*) FROM seed.slice")?;
        let (done, all) = row.split_once('|').context("PostgreSQL answered something else than two numbers")?;
        Ok((done.parse()?, all.parse()?))
    }

    /// How many indexes are to be built again.
    ///
    /// # Errors
    /// When PostgreSQL cannot be asked.
    pub(super) fn missing_indexes(&self) -> Result<u32> {
        Ok(self.ask("SELECT count(*) FROM seed.dropped_index")?.parse()?)
    }

    /// # Errors
    /// When we are no superuser: row-level security binds everybody else, the owner of the tables too.
    pub(super) fn require_superuser(&self) -> Result<()> {
        if self.ask("SHOW is_superuser")? != "on" {
            bail!("seeding needs a superuser: row-level security binds everybody else, the owner of the tables too");
        }
        Ok(())
    }

    /// Whether every migration of this checkout was applied.
    ///
    /// # Errors
    /// When PostgreSQL or the folder cannot be asked.
    pub(super) fn is_migrated(&self, checkout: &Checkout) -> Result<bool> {
        if self.ask("SELECT to_regproc('control.applied_migrations')")?.is_empty() {
            return Ok(false);
        }
        for part in ["control", "tenant"] {
            let folder = checkout.root().join("migrations").join(part);
            let mut files = 0;
            for entry in fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))? {
                files += usize::from(entry?.path().extension().is_some_and(|ending| ending == "sql"));
            }
            let applied = format!("SELECT count(*) FROM control.applied_migrations() WHERE part = '{part}'");
            if self.ask(&applied)?.parse::<usize>()? < files {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn ask(&self, statement: &str) -> Result<String> {
        Ok(running::quiet(&mut self.command(&[statement]), None)?.trim().to_owned())
    }

    fn command(&self, statements: &[&str]) -> Command {
        let mut psql = running::command(&self.psql);
        psql.args(["-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-d", &self.target]);
        for statement in statements {
            psql.args(["-c", statement]);
        }
        psql
    }
}

/// A session at work; ended when dropped.
struct Running {
    child: Child,
    said: Option<JoinHandle<String>>,
    ended: bool,
}

impl Running {
    fn start(command: &mut Command) -> Result<Self> {
        command.stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = running::spawn(command)?;
        let said = child.stderr.take().map(|mut stderr| {
            thread::spawn(move || {
                let mut text = String::new();
                // What cannot be read is not shown; how the program ended counts.
                let _ = stderr.read_to_string(&mut text);
                text
            })
        });
        Ok(Self { child, said, ended: false })
    }

    /// Itself, while it works.
    fn look(mut self) -> Result<Option<Self>> {
        let Some(status) = self.child.try_wait()? else {
            return Ok(Some(self));
        };
        self.ended = true;
        if !status.success() {
            let said = self.said.take().and_then(|reader| reader.join().ok()).unwrap_or_default();
            bail!("a session ended with {}:\n{}", running::describe(status), said.trim_end());
        }
        Ok(None)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.ended {
            // psql cancels its statement then, and PostgreSQL rolls it back.
            running::end(&mut self.child, Signal::SIGINT, GRACE);
        }
    }
}
