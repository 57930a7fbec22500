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
    /// Nothing where it was not run: it passed before, with the same inputs.
    took: Option<Duration>,
}

/// All parts of one run.
#[derive(Default)]
pub(crate) struct Tally {
    entries: Vec<Entry>,
}

impl Tally {
    /// Runs a part, counts it and says what it counted; one that ends with an error counts as one failure more.
    ///
    /// # Errors
    /// On Ctrl-C only.
    pub(crate) fn measure(&mut self, title: &'static str, part: impl FnOnce() -> Result<Count>) -> Result<Count> {
        let began = Instant::now();
        let count = match part() {
            Ok(count) => count,
            Err(error) if error.is::<Interrupted>() => return Err(error),
            Err(error) => {
                show(&error);
                Count::FAILED
            }
        };
        self.add(Entry { title, count, took: Some(began.elapsed()) });
        Ok(count)
    }

    /// Counts a part of which `tests` passed before.
    pub(crate) fn repeat(&mut self, title: &'static str, tests: u64) {
        self.add(Entry { title, count: Count { passed: tests, failed: 0 }, took: None });
    }

    fn add(&mut self, entry: Entry) {
        println!("{}", entry.line());
        self.entries.push(entry);
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
            paint(Colour::Dim, &self.took.map_or_else(|| "before, nothing has changed".to_owned(), step::human))
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
    fn what_passed_before_is_counted_and_shown_as_such() {
        let mut tally = Tally::default();
        tally.repeat("tests", 7);
        assert_eq!(tally.total(), Count { passed: 7, failed: 0 });
        assert!(tally.entries.iter().all(|entry| entry.line().contains("before, nothing has changed")));
    }

    #[test]
    fn ctrl_c_ends_it() {
        let mut tally = Tally::default();
        let stopped = tally.measure("tests", || Err(Interrupted.into()));
        assert!(stopped.is_err_and(|error| error.is::<Interrupted>()));
    }
}
