//! Starting programs, waiting for them, and ending them: each in a process group of its own, so that Ctrl-C reaches
//! this program alone and things end in the right order; each told by the kernel when this program is killed.

use std::ffi::OsStr;
use std::fmt;
use std::io::{self, Read, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

use crate::setup::system;
use crate::step::Line;

/// How often a running program is looked at.
const POLL: Duration = Duration::from_millis(20);
/// How long a build or tool may take to end after Ctrl-C.
const TOOL_GRACE: Duration = Duration::from_secs(5);
/// How long output may lag behind the end of a program. A program that leaves a daemon behind with the pipe open, as
/// a package's installation can, would keep us waiting for ever otherwise.
const OUTPUT_LAG: Duration = Duration::from_secs(2);

static INTERRUPTS: AtomicUsize = AtomicUsize::new(0);

/// Ctrl-C, SIGTERM or SIGHUP arrived.
#[derive(Debug)]
pub(crate) struct Interrupted;

impl fmt::Display for Interrupted {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("interrupted")
    }
}

impl std::error::Error for Interrupted {}

/// Turns SIGINT, SIGTERM and SIGHUP into a flag that every wait looks at.
///
/// # Errors
/// When the handler cannot be installed.
pub(crate) fn catch_interrupts() -> Result<()> {
    ctrlc::set_handler(|| {
        INTERRUPTS.fetch_add(1, Ordering::Relaxed);
    })
    .context("cannot handle Ctrl-C")
}

/// # Errors
/// [`Interrupted`] when someone asked to stop.
pub(crate) fn check_interrupt() -> Result<()> {
    if INTERRUPTS.load(Ordering::Relaxed) > 0 {
        return Err(Interrupted.into());
    }
    Ok(())
}

/// A second Ctrl-C means: now.
fn impatient() -> bool {
    INTERRUPTS.load(Ordering::Relaxed) > 1
}

/// A user of the system to run a program as.
#[derive(Clone, Debug)]
pub(crate) struct SystemUser {
    pub(crate) name: String,
    pub(crate) uid: u32,
    pub(crate) gid: u32,
}

/// A program that ends when this one does. Must be spawned from the main thread: the kernel's signal follows the
/// thread that started the program.
pub(crate) fn command(program: impl AsRef<OsStr>) -> Command {
    command_as(None, Signal::SIGTERM, program)
}

/// As [`command`], run as `user`, and with the signal that the program gets when this one is killed.
pub(crate) fn command_as(user: Option<&SystemUser>, on_our_death: Signal, program: impl AsRef<OsStr>) -> Command {
    let mut command = if system::in_path("setpriv").is_some() {
        let mut command = Command::new("setpriv");
        let signal = on_our_death.as_str().trim_start_matches("SIG");
        command.args(["--pdeathsig", signal]);
        if let Some(user) = user {
            command.arg(format!("--reuid={}", user.uid));
            command.arg(format!("--regid={}", user.gid));
            command.arg("--init-groups");
        }
        command.arg("--").arg(program);
        command
    } else {
        let mut command = Command::new(program);
        if let Some(user) = user {
            command.uid(user.uid).gid(user.gid);
        }
        command
    };
    // What Cargo tells this program about itself is not meant for others.
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&name);
        }
    }
    command.stdin(Stdio::null()).process_group(0);
    command
}

/// What a program wrote, both streams together, and how it ended.
pub(crate) struct Captured {
    pub(crate) status: ExitStatus,
    pub(crate) output: String,
    pub(crate) stdout: String,
}

/// Runs with output on the screen.
///
/// # Errors
/// When the program cannot start or does not end well.
pub(crate) fn stream(command: &mut Command) -> Result<()> {
    let name = name_of(command);
    let mut child = spawn(command)?;
    let status = wait(&mut child, || ())?;
    if !status.success() {
        bail!("`{name}` ended with {}", describe(status));
    }
    Ok(())
}

/// Runs with output kept, ticking `line`.
///
/// # Errors
/// When the program cannot start.
pub(crate) fn capture(command: &mut Command, line: Option<&Line>) -> Result<Captured> {
    collect(command, line, false)
}

/// Runs with output both on the screen and kept.
///
/// # Errors
/// When the program cannot start.
pub(crate) fn tee(command: &mut Command) -> Result<Captured> {
    collect(command, None, true)
}

/// Runs with output kept, which is shown only when the program fails. Returns standard output.
///
/// # Errors
/// When the program cannot start or does not end well; the message carries what it wrote.
pub(crate) fn quiet(command: &mut Command, line: Option<&Line>) -> Result<String> {
    let name = name_of(command);
    let captured = capture(command, line)?;
    if !captured.status.success() {
        bail!("`{name}` ended with {}:\n{}", describe(captured.status), captured.output.trim_end());
    }
    Ok(captured.stdout)
}

fn collect(command: &mut Command, line: Option<&Line>, show: bool) -> Result<Captured> {
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = spawn(command)?;
    let both = Arc::new(Mutex::new(Vec::new()));
    let only = Arc::new(Mutex::new(Vec::new()));
    let mut readers = Vec::new();
    if let Some(stdout) = child.stdout.take() {
        let sinks = vec![Arc::clone(&both), Arc::clone(&only)];
        readers.push(pump(stdout, sinks, show.then(io::stdout)));
    }
    if let Some(stderr) = child.stderr.take() {
        readers.push(pump(stderr, vec![Arc::clone(&both)], show.then(io::stderr)));
    }
    let status = wait(&mut child, || {
        if let Some(line) = line {
            line.tick();
        }
    })?;
    let ended = Instant::now();
    for reader in readers {
        while !reader.is_finished() && ended.elapsed() < OUTPUT_LAG {
            thread::sleep(Duration::from_millis(2));
        }
    }
    Ok(Captured { status, output: text(&both), stdout: text(&only) })
}

type Bytes = Arc<Mutex<Vec<u8>>>;

fn text(bytes: &Bytes) -> String {
    let bytes = bytes.lock().unwrap_or_else(PoisonError::into_inner);
    String::from_utf8_lossy(&bytes).into_owned()
}

fn pump(
    mut from: impl Read + Send + 'static,
    sinks: Vec<Bytes>,
    mut screen: Option<impl Write + Send + 'static>,
) -> JoinHandle<()> {
    thread::spawn(move || {
        let mut buffer = [0; 8192];
        while let Ok(length @ 1..) = from.read(&mut buffer) {
            for sink in &sinks {
                let mut sink = sink.lock().unwrap_or_else(PoisonError::into_inner);
                sink.extend_from_slice(&buffer[..length]);
            }
            if let Some(screen) = &mut screen {
                // A closed screen must not stop the work.
                let _ = screen.write_all(&buffer[..length]);
                let _ = screen.flush();
            }
        }
    })
}

/// Starts it, unless someone asked to stop.
///
/// # Errors
/// When it cannot start, or [`Interrupted`].
pub(crate) fn spawn(command: &mut Command) -> Result<Child> {
    check_interrupt()?;
    let name = name_of(command);
    command.spawn().with_context(|| format!("cannot start `{name}`"))
}

fn wait(child: &mut Child, mut tick: impl FnMut()) -> Result<ExitStatus> {
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if let Err(interrupted) = check_interrupt() {
            end(child, Signal::SIGINT, TOOL_GRACE);
            return Err(interrupted);
        }
        tick();
        thread::sleep(POLL);
    }
}

/// Asks a program to end, and makes it end after `grace` or at a second Ctrl-C.
pub(crate) fn end(child: &mut Child, signal: Signal, grace: Duration) -> Option<ExitStatus> {
    let group = Pid::from_raw(i32::try_from(child.id()).unwrap_or(i32::MAX));
    // An error here means that it ended by itself meanwhile.
    let _ = killpg(group, signal);
    let asked = Instant::now();
    let mut status = None;
    while status.is_none() && asked.elapsed() < grace && !impatient() {
        status = child.try_wait().ok().flatten();
        thread::sleep(POLL);
    }
    // What it started and did not end itself.
    let _ = killpg(group, Signal::SIGKILL);
    status.or_else(|| child.wait().ok())
}

/// The program as typed, without the wrapper, for messages.
fn name_of(command: &Command) -> String {
    let mut words: Vec<String> = std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    if let Some(separator) = words.iter().position(|word| word == "--")
        && words[0] == "setpriv"
    {
        words.drain(..=separator);
    }
    if let Some(program) = words.first_mut()
        && let Some((_, last)) = program.rsplit_once('/')
    {
        *program = last.to_owned();
    }
    words.truncate(6);
    words.join(" ")
}

/// `exit status 1` or `signal 9`.
pub(crate) fn describe(status: ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt;
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit status {code}"),
        (None, Some(signal)) => format!("signal {signal}"),
        (None, None) => "an unknown status".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_is_kept_apart_and_together() {
        let captured = capture(command("sh").args(["-c", "echo out; echo err >&2; exit 3"]), None).expect("sh starts");
        assert_eq!(captured.stdout, "out\n");
        assert!(captured.output.contains("out\n") && captured.output.contains("err\n"));
        assert_eq!(describe(captured.status), "exit status 3");
    }

    #[test]
    fn a_failure_names_the_program_and_what_it_wrote() {
        let error = quiet(command("sh").args(["-c", "echo no such luck; exit 1"]), None).expect_err("it fails");
        let message = error.to_string();
        assert!(message.starts_with("`sh -c"), "{message}");
        assert!(message.contains("no such luck"), "{message}");
    }
}
