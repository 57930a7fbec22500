//! A private PostgreSQL cluster: its own folder, a Unix socket and no TCP port, started and ended with the command.

mod home;
mod programs;

use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use nix::sys::signal::Signal;

use self::home::Home;
pub(crate) use self::programs::Programs;
use crate::checkout::Checkout;
use crate::daemon::Daemon;
use crate::processes::{self, Process};
use crate::running::{self, SystemUser};
use crate::step::{self, Line};

/// How long a start may take: after a crash it replays what was not yet written.
const START_LIMIT: Duration = Duration::from_secs(90);
/// How long PostgreSQL may take to end sessions and write everything down.
const STOP_GRACE: Duration = Duration::from_secs(30);
/// How long what an earlier command left may take to end.
const REPAIR_LIMIT: Duration = Duration::from_secs(15);

/// Which cluster, and what it is for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kind {
    /// The folder under `.rowhouse/`.
    name: &'static str,
    /// Names the socket; nothing listens on a TCP port of this number.
    port: u16,
    settings: &'static [&'static str],
    /// Made anew at each start, and not safe against a power cut.
    fresh: bool,
}

/// The cluster of `cargo xtask run`: survives crashes.
pub(crate) const DEVELOPMENT: Kind = Kind {
    name: "postgres",
    port: 54330,
    settings: &[
        "shared_buffers=128MB",
        "max_connections=100",
        "wal_level=minimal",
        "max_wal_senders=0",
        "max_wal_size=512MB",
        "jit=off",
    ],
    fresh: false,
};

/// The same for the time of `cargo xtask seed`: with memory for indexes and space for what is written before it goes to
/// the tables, and without programs that clean up in between.
pub(crate) const SEEDING: Kind = Kind {
    settings: &[
        "shared_buffers=1GB",
        "max_connections=100",
        "wal_level=minimal",
        "max_wal_senders=0",
        "max_wal_size=6GB",
        "checkpoint_timeout=30min",
        "autovacuum=off",
        "jit=off",
    ],
    ..DEVELOPMENT
};

/// The cluster of the tests: quick, thrown away.
pub(crate) const TESTS: Kind = Kind {
    name: "test-postgres",
    port: 54331,
    settings: &[
        "shared_buffers=256MB",
        "max_connections=250",
        "wal_level=minimal",
        "max_wal_senders=0",
        "max_wal_size=1GB",
        "jit=off",
        "fsync=off",
        "synchronous_commit=off",
        "full_page_writes=off",
    ],
    fresh: true,
};

/// A running cluster; ends when dropped.
pub(crate) struct Cluster {
    kind: Kind,
    home: Home,
    programs: Programs,
    daemon: Daemon,
}

impl Cluster {
    /// Starts the cluster, makes it first where there is none, and repairs what a killed command left.
    ///
    /// # Errors
    /// When PostgreSQL is missing, of another version than the data, or does not start; the message carries its log.
    pub(crate) fn start(checkout: &Checkout, kind: Kind) -> Result<Self> {
        let line = Line::start("PostgreSQL");
        let home = Home::prepare(checkout, kind.name)?;
        let repaired = end_leftovers(&home.data())?;
        if kind.fresh {
            remove(&home.data())?;
        }
        let data_version = fs::read_to_string(home.data().join("PG_VERSION"))
            .ok()
            .and_then(|version| version.trim().parse::<u32>().ok());
        let programs = Programs::find(data_version).with_context(|| match data_version {
            Some(version) => format!(
                "the development database was made by PostgreSQL {version}, which is not on this machine. Install \
                 postgresql-{version}, or start anew with `cargo xtask run --reset`"
            ),
            None => "PostgreSQL is not on this machine".to_owned(),
        })?;
        if data_version.is_none() {
            initialise(&home, &programs, &line)?;
        }
        let daemon = launch(&home, &programs, kind)?;
        let mut cluster = Self { kind, home, programs, daemon };
        cluster.await_ready(Some(&line))?;
        line.done("PostgreSQL ready");
        if repaired {
            step::note("An earlier command was killed; the PostgreSQL it left has been ended first.");
        }
        Ok(cluster)
    }

    /// Starts it again after it ended by itself.
    ///
    /// # Errors
    /// As [`Cluster::start`].
    pub(crate) fn restart(&mut self) -> Result<()> {
        end_leftovers(&self.home.data())?;
        self.daemon = launch(&self.home, &self.programs, self.kind)?;
        self.await_ready(None)
    }

    /// How it ended, if it did by itself.
    ///
    /// # Errors
    /// When the system cannot tell.
    pub(crate) fn ended(&mut self) -> Result<Option<ExitStatus>> {
        self.daemon.ended()
    }

    /// Ends it in order.
    pub(crate) fn stop(&mut self) {
        self.daemon.stop();
    }

    /// Where its sockets are.
    pub(crate) fn sockets(&self) -> &Path {
        &self.home.sockets
    }

    /// Its folder.
    pub(crate) fn folder(&self) -> &Path {
        &self.home.folder
    }

    /// The number in its socket's name.
    pub(crate) fn port(&self) -> u16 {
        self.kind.port
    }

    /// Whom it runs as, where that is not us.
    pub(crate) fn user(&self) -> Option<&SystemUser> {
        self.home.user.as_ref()
    }

    /// The connection URL of `role` to `database`.
    pub(crate) fn url(&self, database: &str, role: &str) -> String {
        format!("postgres:///{database}?host={}&port={}&user={role}", self.home.sockets.display(), self.kind.port)
    }

    /// Runs one SQL statement as the administrator, and returns its rows, a line each.
    ///
    /// # Errors
    /// When PostgreSQL refuses it.
    pub(crate) fn sql(&self, database: &str, statement: &str) -> Result<String> {
        let mut psql = self.client("psql");
        psql.args(["-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1"]).args(["-d", database, "-c", statement]);
        Ok(running::quiet(&mut psql, None)?.trim().to_owned())
    }

    /// Makes the database where there is none; true when it is new.
    ///
    /// # Errors
    /// When PostgreSQL refuses.
    pub(crate) fn ensure_database(&self, name: &str) -> Result<bool> {
        let found = self.sql("postgres", &format!("SELECT 1 FROM pg_database WHERE datname = '{name}'"))?;
        if found.is_empty() {
            self.sql("postgres", &format!("CREATE DATABASE {name}"))?;
        }
        Ok(found.is_empty())
    }

    /// The path of one of its programs.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.programs.path(name)
    }

    /// One of PostgreSQL's client programs, connected to this cluster as its administrator.
    pub(crate) fn client(&self, name: &str) -> Command {
        let mut command = running::command(self.programs.path(name));
        command.arg("-h").arg(&self.home.sockets).args(["-p", &self.kind.port.to_string()]).args(["-U", "postgres"]);
        command
    }

    fn await_ready(&mut self, line: Option<&Line>) -> Result<()> {
        let began = Instant::now();
        loop {
            let mut ready = running::command(self.programs.path("pg_isready"));
            ready.arg("-q").arg("-h").arg(&self.home.sockets).args(["-p", &self.kind.port.to_string()]);
            if running::capture(&mut ready, line)?.status.success() {
                return Ok(());
            }
            if let Some(status) = self.daemon.ended()? {
                bail!(
                    "PostgreSQL ended with {} while starting:\n{}",
                    running::describe(status),
                    tail(&self.home.log(), 15)
                );
            }
            if began.elapsed() > START_LIMIT {
                bail!("PostgreSQL was not ready after {}:\n{}", step::human(START_LIMIT), tail(&self.home.log(), 15));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// Removes the data of a cluster, and ends what still runs on it.
///
/// # Errors
/// When it cannot be ended or removed.
pub(crate) fn reset(checkout: &Checkout, kind: Kind) -> Result<()> {
    let line = Line::start("Removing the development database");
    let home = Home::prepare(checkout, kind.name)?;
    end_leftovers(&home.data())?;
    remove(&home.data())?;
    line.done("Development database removed");
    Ok(())
}

/// The last lines of a log, for a message.
pub(crate) fn tail(log: &Path, lines: usize) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    let all: Vec<&str> = text.lines().collect();
    all[all.len().saturating_sub(lines)..].join("\n")
}

fn remove(folder: &Path) -> Result<()> {
    if fs::exists(folder)? {
        fs::remove_dir_all(folder).with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    Ok(())
}

/// Made beside and moved in when complete: a kill half-way leaves nothing that looks like a cluster.
fn initialise(home: &Home, programs: &Programs, line: &Line) -> Result<()> {
    let unfinished = home.folder.join("data.new");
    remove(&unfinished)?;
    let mut initdb = running::command_as(home.user.as_ref(), Signal::SIGTERM, programs.path("initdb"));
    initdb
        .current_dir("/")
        .env_remove("LC_ALL")
        .arg("-D")
        .arg(&unfinished)
        .args(["--username=postgres", "--auth=trust", "--no-instructions"])
        .args(["--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]);
    running::quiet(&mut initdb, Some(line)).context("cannot make a PostgreSQL cluster")?;
    // A folder with data in it but without a version is what is left of a removal that was killed.
    remove(&home.data())?;
    fs::rename(&unfinished, home.data())?;
    Ok(())
}

fn launch(home: &Home, programs: &Programs, kind: Kind) -> Result<Daemon> {
    // Nothing runs on this cluster: what these files say is from a command that was killed.
    for stale in [
        home.data().join("postmaster.pid"),
        home.sockets.join(format!(".s.PGSQL.{}", kind.port)),
        home.sockets.join(format!(".s.PGSQL.{}.lock", kind.port)),
    ] {
        if fs::symlink_metadata(&stale).is_ok() {
            fs::remove_file(&stale).with_context(|| format!("cannot remove {}", stale.display()))?;
        }
    }
    let log = File::create(home.log()).context("cannot make PostgreSQL's log")?;
    log.set_permissions(Permissions::from_mode(0o600))?;
    let mut postgres = running::command_as(home.user.as_ref(), Signal::SIGINT, programs.path("postgres"));
    postgres
        .current_dir("/")
        .arg("-D")
        .arg(home.data())
        .args(["-c", "listen_addresses="])
        .arg("-c")
        .arg(format!("unix_socket_directories={}", home.sockets.display()))
        .arg("-c")
        .arg(format!("port={}", kind.port));
    for setting in kind.settings {
        postgres.args(["-c", setting]);
    }
    postgres.stdout(Stdio::from(log.try_clone()?)).stderr(Stdio::from(log));
    Daemon::start(&mut postgres, Signal::SIGINT, STOP_GRACE)
}

/// Ends every PostgreSQL process that works in this data folder. The caller holds the checkout's lock, so none of
/// them belongs to a command that still runs.
fn end_leftovers(data: &Path) -> Result<bool> {
    let leftovers = working_in(data);
    if leftovers.is_empty() {
        return Ok(false);
    }
    let first = fs::read_to_string(data.join("postmaster.pid"))
        .ok()
        .and_then(|file| file.lines().next()?.trim().parse().ok())
        .map(Process)
        .filter(|process| leftovers.contains(process));
    if let Some(postmaster) = first {
        postmaster.signal(Signal::SIGINT);
    }
    // Without their first process, the others notice and end by themselves.
    for signal in [Signal::SIGQUIT, Signal::SIGKILL] {
        if processes::await_end(&leftovers, REPAIR_LIMIT) {
            return Ok(true);
        }
        for process in working_in(data) {
            process.signal(signal);
        }
    }
    if !processes::await_end(&working_in(data), REPAIR_LIMIT) {
        bail!("a PostgreSQL left from an earlier command still runs on {} and cannot be ended", data.display());
    }
    Ok(true)
}

fn working_in(data: &Path) -> Vec<Process> {
    let data: PathBuf = data.canonicalize().unwrap_or_else(|_| data.to_owned());
    Process::all()
        .into_iter()
        .filter(|process| {
            process.runs("postgres") && process.directory().is_some_and(|folder| folder == data) && process.alive()
        })
        .collect()
}
