//! Programs that run beside this one: the database, the pooler, the server.

use std::process::{Child, Command, ExitStatus};
use std::time::Duration;

use anyhow::Result;
use nix::sys::signal::Signal;

use crate::running;

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
    use std::thread;

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
