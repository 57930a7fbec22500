//! Programs that run beside this one: the database, the pooler, the server.

use std::process::{Child, Command, ExitStatus};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;
use nix::sys::signal::Signal;

use crate::running;
use crate::step::Line;

/// A program that runs beside this one until it is stopped or dropped.
pub(crate) struct Daemon {
    child: Child,
    stop_signal: Signal,
    grace: Duration,
    stopped: bool,
}

impl Daemon {
    /// Starts it; `stop_signal` asks it to end, `grace` is how long it may take.
    ///
    /// # Errors
    /// When the program cannot start.
    pub(crate) fn start(command: &mut Command, stop_signal: Signal, grace: Duration) -> Result<Self> {
        Ok(Self { child: running::spawn(command)?, stop_signal, grace, stopped: false })
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// How it ended, if it did.
    ///
    /// # Errors
    /// When the system cannot tell.
    pub(crate) fn ended(&mut self) -> Result<Option<ExitStatus>> {
        let status = self.child.try_wait()?;
        self.stopped |= status.is_some();
        Ok(status)
    }

    /// Waits until it is ready, and shows on `line` that time passes. False when it ended before, or was not ready after
    /// `limit`.
    ///
    /// # Errors
    /// On Ctrl-C, and when it cannot be found out.
    pub(crate) fn await_ready(
        &mut self,
        line: &Line,
        limit: Duration,
        mut is_ready: impl FnMut() -> Result<bool>,
    ) -> Result<bool> {
        let began = Instant::now();
        while !is_ready()? {
            running::check_interrupt()?;
            if self.ended()?.is_some() || began.elapsed() > limit {
                return Ok(false);
            }
            line.tick();
            thread::sleep(Duration::from_millis(20));
        }
        Ok(true)
    }

    /// Ends it, and waits until it has.
    pub(crate) fn stop(&mut self) {
        if !self.stopped {
            self.stopped = true;
            running::end(&mut self.child, self.stop_signal, self.grace);
        }
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.stop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::processes::Process;
    use crate::running::command;

    #[test]
    fn a_daemon_that_ignores_the_signal_is_killed_with_what_it_started() {
        // A duration that nothing else sleeps for.
        let duration = format!("300.{}", std::process::id());
        let sleeping = || {
            Process::all()
                .into_iter()
                .filter(|process| process.alive() && process.arguments().contains(&duration))
                .count()
        };
        let mut daemon = Daemon::start(
            command("sh").args(["-c", &format!("trap '' TERM; sleep {duration} & sleep {duration}")]),
            Signal::SIGTERM,
            Duration::from_millis(100),
        )
        .expect("sh starts");
        thread::sleep(Duration::from_millis(300));
        assert_eq!(sleeping(), 2);
        daemon.stop();
        thread::sleep(Duration::from_millis(100));
        assert_eq!(sleeping(), 0);
    }
}
