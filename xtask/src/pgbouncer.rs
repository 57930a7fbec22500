//! PgBouncer in transaction mode before the tests' cluster, as many run it in production: what a session sets, the
//! next client of the same connection would see.

use std::fs::{self, File};
use std::os::unix::fs::chown;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use nix::sys::signal::Signal;

use crate::daemon::Daemon;
use crate::postgres::{self, Cluster};
use crate::processes::{self, Process};
use crate::running;
use crate::setup::system;
use crate::step::Line;

/// Names the socket, beside that of the cluster.
const PORT: u16 = 54332;
const START_LIMIT: Duration = Duration::from_secs(15);
const STOP_GRACE: Duration = Duration::from_secs(5);

/// A running PgBouncer; ends when dropped.
pub(crate) struct PgBouncer {
    sockets: PathBuf,
    _daemon: Daemon,
}

impl PgBouncer {
    /// Starts it before `cluster`, for every database and role of it.
    ///
    /// # Errors
    /// When it does not start; the message carries its log.
    pub(crate) fn start(cluster: &Cluster) -> Result<Self> {
        let line = Line::start("PgBouncer");
        let program = system::in_path("pgbouncer").context("PgBouncer is not on this machine")?;
        let folder = cluster.folder().join("pgbouncer");
        fs::create_dir_all(&folder)?;
        let settings = folder.join("pgbouncer.ini");
        let roles = folder.join("roles.txt");
        let log = folder.join("pgbouncer.log");
        end_leftovers(&settings.display().to_string());
        fs::write(&roles, "\"postgres\" \"\"\n")?;
        fs::write(&settings, configuration(cluster, &roles.display().to_string()))?;
        let output = File::create(&log)?;
        if let Some(user) = cluster.user() {
            for path in [&folder, &settings, &roles] {
                chown(path, Some(user.uid), Some(user.gid))?;
            }
        }
        let mut command = running::command_as(cluster.user(), Signal::SIGTERM, program);
        command.current_dir("/").arg(&settings).stdout(Stdio::from(output.try_clone()?)).stderr(Stdio::from(output));
        let mut daemon = Daemon::start(&mut command, Signal::SIGTERM, STOP_GRACE)?;
        let socket = cluster.sockets().join(format!(".s.PGSQL.{PORT}"));
        if !daemon.await_ready(&line, START_LIMIT, || Ok(fs::exists(&socket)?))? {
            bail!("PgBouncer did not start:\n{}", postgres::tail(&log, 10));
        }
        line.done("PgBouncer ready");
        Ok(Self { sockets: cluster.sockets().to_owned(), _daemon: daemon })
    }

    /// A connection URL without a role: the tests put theirs in.
    pub(crate) fn url(&self) -> String {
        format!("postgres:///postgres?host={}&port={PORT}", self.sockets.display())
    }
}

/// Few connections, so that clients of different tenants share them all the time. Roles that the list does not name
/// are looked up in the database, since tests make their own.
fn configuration(cluster: &Cluster, roles: &str) -> String {
    format!(
        "[databases]\n\
         * = host={sockets} port={port} auth_user=postgres\n\
         [pgbouncer]\n\
         listen_addr =\n\
         listen_port = {PORT}\n\
         unix_socket_dir = {sockets}\n\
         auth_type = trust\n\
         auth_file = {roles}\n\
         auth_query = SELECT rolname, rolpassword FROM pg_authid WHERE rolname = $1\n\
         pool_mode = transaction\n\
         default_pool_size = 4\n\
         max_client_conn = 400\n\
         server_idle_timeout = 5\n\
         ignore_startup_parameters = extra_float_digits\n\
         log_connections = 0\n\
         log_disconnections = 0\n\
         log_stats = 0\n",
        sockets = cluster.sockets().display(),
        port = cluster.port(),
    )
}

fn end_leftovers(settings: &str) {
    let leftovers: Vec<Process> = Process::all()
        .into_iter()
        .filter(|process| process.runs("pgbouncer") && process.arguments().iter().any(|argument| argument == settings))
        .collect();
    // One that stays is in nobody's way: what is started now is found at another place, or says what is wrong.
    let _ = processes::end(&leftovers, STOP_GRACE);
}
