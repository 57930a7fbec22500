//! The server `rowhouse` as a program: built, told its configuration, started, awaited and stopped.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use nix::sys::signal::Signal;

use crate::checkout::Checkout;
use crate::daemon::Daemon;
use crate::database_url::Urls;
use crate::processes::{self, Process};
use crate::running;
use crate::step::{self, Line};

/// How long it may take until it answers.
const START_LIMIT: Duration = Duration::from_mins(1);
/// How long running requests may take to finish.
const STOP_GRACE: Duration = Duration::from_secs(20);

/// The built program and what it is told.
pub(crate) struct Program {
    file: PathBuf,
    environment: Vec<(&'static str, String)>,
    port: u16,
}

/// Builds the server.
///
/// # Errors
/// When it does not compile.
pub(crate) fn build(checkout: &Checkout, release: bool) -> Result<PathBuf> {
    let profile = if release { "release" } else { "debug" };
    let line = Line::start_streaming(&format!("Server ({profile})"));
    let mut cargo = checkout.cargo();
    cargo.args(["build", "--package", "rowhouse"]);
    if release {
        cargo.arg("--release");
    }
    running::stream(&mut cargo)?;
    line.done("Server compiled");
    Ok(checkout.target().join(profile).join("rowhouse"))
}

impl Program {
    /// The server at `file`, to serve `site` on `port` of this machine, in development mode.
    ///
    /// # Errors
    /// When the key for secrets cannot be made or kept.
    pub(crate) fn new(checkout: &Checkout, file: PathBuf, urls: &Urls, site: &Path, port: u16) -> Result<Self> {
        let mut environment: Vec<(&'static str, String)> =
            urls.environment().map(|(name, value)| (name, value.to_owned())).into();
        environment.extend([
            ("ROWHOUSE_SERVER__MODE", "development".to_owned()),
            ("ROWHOUSE_SERVER__LISTEN", format!("127.0.0.1:{port}")),
            ("ROWHOUSE_SERVER__PUBLIC_URL", format!("http://localhost:{port}")),
            ("ROWHOUSE_SERVER__SITE_ROOT", site.display().to_string()),
            ("ROWHOUSE_STORAGE__FOLDER", checkout.state().join("files").display().to_string()),
            // Identity providers for trying things out run on this machine.
            ("ROWHOUSE_OUTBOUND__ALLOW_LOOPBACK", "true".to_owned()),
            ("ROWHOUSE_SECRETS__KEYS_FILE", secret_keys(checkout, &file)?.display().to_string()),
        ]);
        Ok(Self { file, environment, port })
    }

    /// The same with settings of its own, as environment variables.
    pub(crate) fn with(mut self, settings: &[(&'static str, &str)]) -> Self {
        self.environment.extend(settings.iter().map(|(name, value)| (*name, (*value).to_owned())));
        self
    }

    /// Its configuration, as environment variables.
    pub(crate) fn environment(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.environment.iter().map(|(name, value)| (*name, value.as_str()))
    }

    /// Brings the database up to date and puts the demo tenants in.
    ///
    /// # Errors
    /// When either fails; the message carries what the server wrote.
    pub(crate) fn prepare_database(&self) -> Result<()> {
        let line = Line::start("Migrations");
        running::quiet(self.command().arg("migrate"), Some(&line))?;
        line.done("Database migrated");
        let line = Line::start("Demo tenants");
        running::quiet(self.command().args(["demo", "seed"]), Some(&line))?;
        line.done("Demo tenants are there");
        Ok(())
    }

    /// A command of the server, with its configuration.
    pub(crate) fn command(&self) -> Command {
        let mut command = running::command(&self.file);
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Starts serving, and waits until it answers. `prepare` says where the output goes.
    ///
    /// # Errors
    /// When it ends or does not answer in time.
    pub(crate) fn serve(&self, prepare: impl FnOnce(&mut Command)) -> Result<Server> {
        let mut command = self.command();
        command.arg("serve");
        prepare(&mut command);
        let mut server = Server { daemon: Daemon::start(&mut command, Signal::SIGTERM, STOP_GRACE)? };
        let began = Instant::now();
        while !ready(self.port) {
            running::check_interrupt()?;
            if let Some(status) = server.ended()? {
                bail!("the server ended with {} before it answered", running::describe(status));
            }
            if began.elapsed() > START_LIMIT {
                bail!("the server did not answer on port {} within {}", self.port, step::human(START_LIMIT));
            }
            thread::sleep(Duration::from_millis(25));
        }
        Ok(server)
    }
}

/// The file with the key that seals secrets in this checkout's databases: made once, readable by its user alone.
fn secret_keys(checkout: &Checkout, program: &Path) -> Result<PathBuf> {
    let kept = checkout.state().join("secret-keys");
    if !fs::exists(&kept)? {
        let key = running::quiet(running::command(program).args(["secret", "new-key"]), None)?;
        let describe = || format!("cannot write {}", kept.display());
        let mut options = File::options();
        let mut file = options.create_new(true).write(true).mode(0o600).open(&kept).with_context(describe)?;
        file.write_all(key.as_bytes()).with_context(describe)?;
    }
    Ok(kept)
}

/// A running server; ends when dropped.
pub(crate) struct Server {
    daemon: Daemon,
}

impl Server {
    pub(crate) fn pid(&self) -> u32 {
        self.daemon.pid()
    }

    /// How it ended, if it did by itself.
    ///
    /// # Errors
    /// When the system cannot tell.
    pub(crate) fn ended(&mut self) -> Result<Option<ExitStatus>> {
        self.daemon.ended()
    }

    /// Lets running requests finish, then ends it.
    pub(crate) fn stop(&mut self) {
        self.daemon.stop();
    }
}

/// Whether `/readyz` answers 200: the database is there and migrated.
fn ready(port: u16) -> bool {
    let ask = || -> std::io::Result<String> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(1))?;
        stream.set_read_timeout(Some(Duration::from_secs(2)))?;
        let request = format!("GET /readyz HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes())?;
        let mut answer = [0; 12];
        stream.read_exact(&mut answer)?;
        Ok(String::from_utf8_lossy(&answer).into_owned())
    };
    ask().is_ok_and(|answer| answer == "HTTP/1.1 200")
}

/// A port that is free now.
///
/// # Errors
/// When there is none.
pub(crate) fn free_port() -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    Ok(listener.local_addr()?.port())
}

/// # Errors
/// When another program listens on `port`: the message names it where it is known.
pub(crate) fn check_port(port: u16) -> Result<()> {
    let Err(error) = TcpListener::bind((Ipv4Addr::LOCALHOST, port)) else {
        return Ok(());
    };
    let next = port.saturating_add(1);
    let advice = format!("Stop it, or take another port: `cargo xtask run --port {next}`");
    match error.kind() {
        std::io::ErrorKind::AddrInUse => match processes::listening_on(port) {
            Some(process) => bail!(
                "port {port} is taken by process {}: `{}`. {advice}",
                process.0,
                shortened(&process.arguments().join(" "))
            ),
            None => bail!("port {port} is taken by a program of another user. {advice}"),
        },
        std::io::ErrorKind::PermissionDenied => {
            bail!("port {port} needs root. Take one above 1023: `cargo xtask run --port 3000`")
        }
        _ => bail!("port {port} cannot be used: {error}"),
    }
}

fn shortened(text: &str) -> String {
    const LONGEST: usize = 80;
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    text.chars().take(LONGEST).chain(['…']).collect()
}

/// Ends a server of this checkout that a killed command left, by the number it wrote down.
///
/// # Errors
/// When it cannot be ended.
pub(crate) fn end_leftover(checkout: &Checkout, record: &Path) -> Result<()> {
    let Ok(text) = fs::read_to_string(record) else {
        return Ok(());
    };
    let leftover = text.trim().parse().map(Process).ok().filter(|process| is_server_of(*process, checkout));
    if let Some(process) = leftover {
        if !processes::end(&[process], STOP_GRACE) {
            bail!("a server left from an earlier command, process {}, cannot be ended", process.0);
        }
        step::note("An earlier command was killed; the server it left has been ended first.");
    }
    fs::remove_file(record)?;
    Ok(())
}

/// Numbers are used again: the program must be the one that this checkout built.
fn is_server_of(process: Process, checkout: &Checkout) -> bool {
    process.runs("rowhouse") && process.program().is_some_and(|program| program.starts_with(checkout.target()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_names_who_has_it() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let port = listener.local_addr().expect("bound").port();
        let message = check_port(port).expect_err("taken").to_string();
        assert!(message.contains(&format!("process {}", std::process::id())), "{message}");
        assert!(message.contains(&format!("--port {}", port + 1)), "{message}");
        drop(listener);
        check_port(port).expect("free again");
    }

    #[test]
    fn ready_means_200() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let port = listener.local_addr().expect("bound").port();
        let server = thread::spawn(move || {
            for answer in ["HTTP/1.1 503 Service Unavailable", "HTTP/1.1 200 OK"] {
                let (mut stream, _) = listener.accept().expect("a client");
                let mut request = [0; 128];
                let length = stream.read(&mut request).expect("a request");
                assert!(request[..length].starts_with(b"GET /readyz "));
                // At once: the client reads the first line and hangs up.
                let answer = format!("{answer}\r\nContent-Length: 0\r\n\r\n");
                stream.write_all(answer.as_bytes()).expect("answered");
            }
        });
        assert!(!ready(port));
        assert!(ready(port));
        server.join().expect("both were asked");
        assert!(!ready(port), "nobody listens any more");
    }
}
