//! Redis for the tests that count requests of several servers together. It keeps nothing.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use nix::sys::signal::Signal;

use crate::checkout::Checkout;
use crate::daemon::Daemon;
use crate::postgres;
use crate::processes::{self, Process};
use crate::running;
use crate::server;
use crate::setup::system;
use crate::step::Line;

const START_LIMIT: Duration = Duration::from_secs(15);
const STOP_GRACE: Duration = Duration::from_secs(5);

/// A running Redis; ends when dropped.
pub(crate) struct Redis {
    port: u16,
    _daemon: Daemon,
}

impl Redis {
    /// Starts it on a free port of this machine.
    ///
    /// # Errors
    /// When it does not start; the message carries its log.
    pub(crate) fn start(checkout: &Checkout) -> Result<Self> {
        let line = Line::start("Redis");
        let program = system::in_path("redis-server").context("Redis is not on this machine")?;
        let folder = checkout.state().join("test-redis");
        fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        end_leftovers(&folder);
        let log = folder.join("redis.log");
        let output = File::create(&log)?;
        let port = server::free_port()?;
        let mut command = running::command(program);
        command
            .current_dir(&folder)
            .args(["--bind", "127.0.0.1", "--port", &port.to_string()])
            .args(["--save", "", "--appendonly", "no", "--daemonize", "no"])
            .stdout(Stdio::from(output.try_clone()?))
            .stderr(Stdio::from(output));
        let mut daemon = Daemon::start(&mut command, Signal::SIGTERM, STOP_GRACE)?;
        if !daemon.await_ready(&line, START_LIMIT, || Ok(answers(port)))? {
            bail!("Redis did not start:\n{}", postgres::tail(&log, 10));
        }
        line.done("Redis ready");
        Ok(Self { port, _daemon: daemon })
    }

    /// Its address.
    pub(crate) fn url(&self) -> String {
        format!("redis://{}:{}/", Ipv4Addr::LOCALHOST, self.port)
    }
}

fn answers(port: u16) -> bool {
    const PATIENCE: Duration = Duration::from_millis(500);
    let ask = || -> std::io::Result<bool> {
        let mut stream = TcpStream::connect_timeout(&SocketAddr::from((Ipv4Addr::LOCALHOST, port)), PATIENCE)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.write_all(b"PING\r\n")?;
        let mut answer = [0; 5];
        stream.read_exact(&mut answer)?;
        Ok(&answer == b"+PONG")
    };
    ask().unwrap_or(false)
}

/// Ends what a killed command left. Redis writes other words over its arguments: it is known by the folder it works in.
fn end_leftovers(folder: &std::path::Path) {
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    let is_ours = |process: &Process| process.directory().is_some_and(|directory| directory == folder);
    let leftovers: Vec<Process> = Process::all()
        .into_iter()
        .filter(|process| {
            // Debian's redis-server is a link to a program that checks its files, too.
            (process.runs("redis-server") || process.runs("redis-check-rdb")) && is_ours(process)
        })
        .collect();
    // One that stays is in nobody's way: what is started now is found at another place, or says what is wrong.
    let _ = processes::end(&leftovers, STOP_GRACE);
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    #[test]
    fn only_redis_answers_as_redis_does() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let port = listener.local_addr().expect("bound").port();
        let server = thread::spawn(move || {
            for answer in [b"HTTP/1.1 400".as_slice(), b"+PONG\r\n"] {
                let (mut stream, _) = listener.accept().expect("a client");
                let mut question = [0; 6];
                stream.read_exact(&mut question).expect("a question");
                assert_eq!(&question, b"PING\r\n");
                stream.write_all(answer).expect("answered");
            }
        });
        assert!(!answers(port));
        assert!(answers(port));
        server.join().expect("both were asked");
        assert!(!answers(port), "nobody listens any more");
    }
}
