//! Rust tests: run, and counted from what the runner says.

use std::num::NonZero;
use std::process::Command;
use std::thread;

use anyhow::Result;

use super::tally::Count;
use crate::checkout::Checkout;
use crate::running::{self, Captured};
use crate::step;

/// Unit and integration tests, with nextest where it is installed.
///
/// The tests of xtask run apart: Cargo would build what both have in common a second time, with the features that
/// either asks for. `arguments` choose some of them.
///
/// # Errors
/// When Cargo cannot start.
pub(super) fn tests(checkout: &Checkout, environment: &[(&str, String)], arguments: &[String]) -> Result<Count> {
    let nextest = has_nextest(checkout)?;
    let mut total = Count::default();
    for packages in [["--workspace", "--exclude", "xtask"].as_slice(), &["--package", "xtask"]] {
        let mut cargo = checkout.cargo();
        cargo.envs(environment.iter().map(|(name, value)| (name, value)));
        if nextest {
            cargo.args(["nextest", "run", "--no-fail-fast", "--no-tests=pass", "--test-threads", &threads()]);
        } else {
            cargo.args(["test", "--no-fail-fast", "--lib", "--bins", "--tests"]);
        }
        colour(cargo.args(packages).args(arguments));
        let read = if nextest { read_nextest } else { read_libtest };
        total += count(&running::tee(&mut cargo)?, read);
    }
    Ok(total)
}

/// The examples in the documentation, of the packages that the tests before them built with the same features.
///
/// # Errors
/// When Cargo cannot start.
pub(super) fn documentation(checkout: &Checkout) -> Result<Count> {
    let mut cargo = checkout.cargo();
    cargo.args(["test", "--doc", "--workspace", "--exclude", "xtask"]);
    colour(&mut cargo);
    Ok(count(&running::tee(&mut cargo)?, read_libtest))
}

/// How many tests run at once: one more than there are processors, for most wait for the database a third of their
/// time.
fn threads() -> String {
    (thread::available_parallelism().map_or(2, NonZero::get) + 1).to_string()
}

fn has_nextest(checkout: &Checkout) -> Result<bool> {
    let mut cargo = checkout.cargo();
    cargo.args(["nextest", "--version"]);
    Ok(running::capture(&mut cargo, None)?.status.success())
}

/// The runner writes into a pipe here, and would leave colour out.
fn colour(cargo: &mut Command) {
    let when = if step::coloured() { "always" } else { "never" };
    cargo.env("CARGO_TERM_COLOR", when);
}

/// A runner that ends badly without naming a failed test, as after a compile error, counts as one failure.
fn count(captured: &Captured, read: fn(&str) -> Count) -> Count {
    let mut count = read(&plain(&captured.output));
    if !captured.status.success() && count.failed == 0 {
        count += Count::FAILED;
    }
    count
}

/// Without the escape sequences of colour (ECMA-48, "select graphic rendition").
fn plain(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        plain.push_str(part.split_once('m').map_or(part, |(_, rest)| rest));
    }
    plain
}

/// `Summary [ 0.9s] 5 tests run: 3 passed (1 flaky), 1 failed, 1 timed out, 2 skipped`; what ran and did not pass
/// failed, whatever it is called.
fn read_nextest(output: &str) -> Count {
    let Some(summary) = output.lines().rfind(|line| line.trim_start().starts_with("Summary [")) else {
        return Count::default();
    };
    let Some((before, after)) = summary.split_once(" tests run: ").or_else(|| summary.split_once(" test run: ")) else {
        return Count::default();
    };
    // With fewer run than found, it says `3/5 tests run`.
    let run: u64 = before.rsplit(' ').next().and_then(|run| run.split('/').next()?.parse().ok()).unwrap_or(0);
    let passed = number_before(after, " passed");
    Count { passed, failed: run.saturating_sub(passed) }
}

/// `test result: FAILED. 2 passed; 1 failed; 0 ignored; …`, once for each test program.
fn read_libtest(output: &str) -> Count {
    let mut count = Count::default();
    for line in output.lines().filter(|line| line.starts_with("test result: ")) {
        count += Count { passed: number_before(line, " passed"), failed: number_before(line, " failed") };
    }
    count
}

fn number_before(text: &str, word: &str) -> u64 {
    text.split_once(word).and_then(|(before, _)| before.rsplit(' ').next()?.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt;
    use std::process::ExitStatus;

    use super::*;

    fn counted(passed: u64, failed: u64) -> Count {
        Count { passed, failed }
    }

    #[test]
    fn nextest_is_read() {
        let coloured = "\u{1b}[32;1m     Summary\u{1b}[0m [   0.006s] \u{1b}[1m3\u{1b}[0m tests run: \
                        \u{1b}[1m3\u{1b}[0m \u{1b}[32;1mpassed\u{1b}[0m, \u{1b}[1m0\u{1b}[0m skipped\n";
        assert_eq!(read_nextest(&plain(coloured)), counted(3, 0));
        let mixed = "     Summary [  12.0s] 9 tests run: 5 passed (1 slow, 1 flaky), 2 failed, 1 exec failed, \
                     1 timed out, 4 skipped\n";
        assert_eq!(read_nextest(mixed), counted(5, 4));
        let single = "     Summary [   0.1s] 1 test run: 1 passed, 0 skipped\n";
        assert_eq!(read_nextest(single), counted(1, 0));
        let stopped = "     Summary [   0.1s] 3/5 tests run: 2 passed, 1 failed, 0 skipped\n";
        assert_eq!(read_nextest(stopped), counted(2, 1));
    }

    #[test]
    fn libtest_is_summed_over_programs() {
        let output = "running 3 tests\ntest result: ok. 3 passed; 0 failed; 0 ignored\n\
                      test result: FAILED. 1 passed; 2 failed; 1 ignored; 0 measured\n";
        assert_eq!(read_libtest(output), counted(4, 2));
    }

    #[test]
    fn a_run_that_does_not_compile_counts_as_a_failure() {
        let captured = Captured {
            status: ExitStatus::from_raw(101 << 8),
            output: "error: could not compile `rowhouse`".to_owned(),
            stdout: String::new(),
        };
        assert_eq!(count(&captured, read_nextest), counted(0, 1));
    }
}
