//! The figures that are expected on two processors, and whether they were reached.

use std::fmt;

use super::memory::{CONNECTIONS, Soak, megabytes};
use super::table::Row;
use crate::step::{Colour, paint};

/// The page's rate at 8 connections, as a part of the rate of its SQL alone: at least this.
const RATIO: f64 = 0.40;
/// The server's resident memory, in bytes: less than this.
const RESIDENT: u64 = 60_000_000;
/// By how many bytes it may grow in a step, which is chance: a leak of 26 bytes a request would be more.
const GROWTH: i64 = 512 * 1024;
/// WebAssembly and JavaScript as gzip sends them, in bytes: less than this.
const BROWSER_HALF: u64 = 60_000;

/// All of them, with what was measured.
pub(super) struct Expectations(Vec<Expectation>);

struct Expectation {
    met: bool,
    text: String,
}

impl Expectations {
    /// `browser_half` is the size of the browser half with gzip, in bytes.
    pub(super) fn new(rows: &[Row], soak: &Soak, browser_half: u64) -> Self {
        let ratio = rows.iter().find(|row| row.connections == CONNECTIONS).map_or(0.0, Row::ratio);
        let (resident, growth) = (soak.ended().resident, soak.growth());
        let steps: Vec<String> = growth.iter().map(|bytes| format!("{:+} KB", bytes / 1000)).collect();
        Self(vec![
            Expectation {
                met: ratio >= RATIO,
                text: format!(
                    "pages at {CONNECTIONS} connections: {:.1} % of pgbench's rate; expected: at least {:.0} %",
                    ratio * 100.0,
                    RATIO * 100.0
                ),
            },
            Expectation {
                met: resident < RESIDENT,
                text: format!(
                    "resident memory after {} requests: {:.1} MB; expected: below {:.0} MB",
                    soak.requests(),
                    megabytes(resident),
                    megabytes(RESIDENT)
                ),
            },
            Expectation {
                // What is given back and taken again is no growth.
                met: growth.iter().any(|bytes| *bytes <= GROWTH),
                text: format!("growth in the last two steps: {}; expected: none", steps.join(", ")),
            },
            Expectation {
                met: browser_half < BROWSER_HALF,
                text: format!(
                    "WebAssembly and JavaScript with gzip: {:.1} KB; expected: below {:.0} KB",
                    megabytes(browser_half) * 1000.0,
                    megabytes(BROWSER_HALF) * 1000.0
                ),
            },
        ])
    }

    /// Whether one or more were not reached.
    pub(super) fn missed(&self) -> bool {
        self.0.iter().any(|expectation| !expectation.met)
    }
}

impl fmt::Display for Expectations {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Expectation { met, text } in &self.0 {
            let (mark, word) = if *met { (Colour::Green, "✓ reached") } else { (Colour::Red, "✗ missed ") };
            writeln!(formatter, "{}  {text}", paint(mark, word))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::load::Measured;
    use super::super::memory::Memory;
    use super::*;

    fn expectations(ratio: f64, resident: [u64; 3], browser_half: u64) -> Expectations {
        let measured = |rate| Measured { rate, p50: 1.0, p99: 2.0 };
        let rows = [
            Row { connections: 1, page: measured(1.0), database: measured(1000.0) },
            Row { connections: 8, page: measured(1000.0 * ratio), database: measured(1000.0) },
        ];
        let memory = |resident| Memory { resident, peak: resident };
        let mut soak = Soak::new(memory(1));
        for (place, resident) in resident.into_iter().enumerate() {
            soak.add(60_000 + 20_000 * u64::try_from(place).expect("small"), memory(resident));
        }
        Expectations::new(&rows, &soak, browser_half)
    }

    fn missed(expectations: &Expectations) -> Vec<bool> {
        expectations.0.iter().map(|expectation| !expectation.met).collect()
    }

    #[test]
    fn each_is_missed_by_itself() {
        let good = [40_000_000, 40_100_000, 40_100_000];
        assert_eq!(missed(&expectations(0.41, good, 50_000)), [false; 4]);
        assert_eq!(missed(&expectations(0.39, good, 50_000)), [true, false, false, false]);
        let large = [70_000_000; 3];
        assert_eq!(missed(&expectations(0.41, large, 50_000)), [false, true, false, false]);
        let growing = [40_000_000, 41_000_000, 42_000_000];
        assert_eq!(missed(&expectations(0.41, growing, 50_000)), [false, false, true, false]);
        assert_eq!(missed(&expectations(0.41, good, 60_000)), [false, false, false, true]);
    }

    #[test]
    fn one_missed_is_told_plainly() {
        let expectations = expectations(0.2, [1; 3], 50_000);
        assert!(expectations.missed());
        assert!(expectations.to_string().contains("✗ missed   pages at 8 connections: 20.0 % of pgbench's rate"));
    }
}
