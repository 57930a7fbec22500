//! What passed, what failed, how long it took.

use std::ops::AddAssign;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Error, Result};

use crate::running::Interrupted;
use crate::step::{self, Colour, paint};

/// How many tests passed and failed. A check without tests of its own counts as one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
}

impl Count {
    pub(crate) const PASSED: Self = Self { passed: 1, failed: 0 };
    pub(crate) const FAILED: Self = Self { passed: 0, failed: 1 };
}

impl AddAssign for Count {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

struct Entry {
    title: &'static str,
    count: Count,
    took: Duration,
}

/// All parts of one run.
#[derive(Default)]
pub(crate) struct Tally {
    entries: Vec<Entry>,
}

impl Tally {
    /// Runs a part and counts it; one that ends with an error counts as one failure more.
    ///
    /// # Errors
    /// On Ctrl-C only.
    pub(crate) fn measure(&mut self, title: &'static str, part: impl FnOnce() -> Result<Count>) -> Result<()> {
        let began = Instant::now();
        let count = match part() {
            Ok(count) => count,
            Err(error) if error.is::<Interrupted>() => return Err(error),
            Err(error) => {
                show(&error);
                Count::FAILED
            }
        };
        let entry = Entry { title, count, took: began.elapsed() };
        println!("{}", entry.line());
        self.entries.push(entry);
        Ok(())
    }

    /// Shows the summary, whose last line is `N passed, N failed`.
    pub(crate) fn report(&self) -> ExitCode {
        let total = self.total();
        println!("\n{}", paint(Colour::Bold, "summary"));
        for entry in &self.entries {
            println!("{}", entry.line());
        }
        println!("\n{} passed, {} failed", total.passed, total.failed);
        if total.failed > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS }
    }

    fn total(&self) -> Count {
        let mut total = Count::default();
        for entry in &self.entries {
            total += entry.count;
        }
        total
    }
}

impl Entry {
    fn line(&self) -> String {
        let mark = if self.count.failed > 0 { paint(Colour::Red, "✗") } else { paint(Colour::Green, "✓") };
        format!(
            "{mark} {:<22} {:>5} passed {:>5} failed  {}",
            self.title,
            self.count.passed,
            self.count.failed,
            paint(Colour::Dim, &step::human(self.took))
        )
    }
}

fn show(error: &Error) {
    eprintln!("{} {error:#}", paint(Colour::Red, "error:"));
}

#[cfg(test)]
mod tests {
    use anyhow::anyhow;

    use super::*;

    #[test]
    fn an_error_counts_as_a_failure_and_hides_nothing() {
        let mut tally = Tally::default();
        let tests = Count { passed: 7, failed: 2 };
        tally.measure("tests", || Ok(tests)).expect("counted");
        tally.measure("build", || Err(anyhow!("does not compile"))).expect("counted");
        tally.measure("check", || Ok(Count::PASSED)).expect("counted");
        let expected = Count { passed: 8, failed: 3 };
        assert_eq!(tally.total(), expected);
    }

    #[test]
    fn ctrl_c_ends_it() {
        let mut tally = Tally::default();
        let stopped = tally.measure("tests", || Err(Interrupted.into()));
        assert!(stopped.is_err_and(|error| error.is::<Interrupted>()));
    }
}
