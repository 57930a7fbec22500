//! The server's memory over many requests, and the processors' time.

use std::fmt;
use std::fs;
use std::time::Duration;

use anyhow::{Context, Result};

/// How many ask at once while the memory is watched.
pub(super) const CONNECTIONS: u32 = 8;
/// After how many requests the memory is looked at.
pub(super) const STEP: u64 = 20_000;
/// How many requests there are at least in all.
const REQUESTS: u64 = 100_000;

/// What a process has in memory, in bytes (proc(5)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Memory {
    /// Now.
    pub(super) resident: u64,
    /// At the most so far.
    pub(super) peak: u64,
}

impl Memory {
    /// Of a running process.
    ///
    /// # Errors
    /// When there is no such process.
    pub(super) fn of(process: u32) -> Result<Self> {
        let file = format!("/proc/{process}/status");
        let text = fs::read_to_string(&file).with_context(|| format!("cannot read {file}"))?;
        Self::read(&text).with_context(|| format!("{file} does not tell the memory in use"))
    }

    fn read(status: &str) -> Option<Self> {
        let value = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
            Some(line.trim().strip_suffix(" kB")?.parse::<u64>().ok()? * 1024)
        };
        Some(Self { resident: value("VmRSS")?, peak: value("VmHWM")? })
    }
}

/// From now on, the most that a process has in memory is counted anew (proc(5), `clear_refs`).
///
/// # Errors
/// When there is no such process, or it is somebody else's.
pub(super) fn forget_peak(process: u32) -> Result<()> {
    let file = format!("/proc/{process}/clear_refs");
    fs::write(&file, "5").with_context(|| format!("cannot write to {file}"))
}

/// How long it takes to ask for so many pages at `rate` a second, in whole seconds and not too many of them: the rate
/// is the last that was seen.
#[expect(clippy::cast_precision_loss, reason = "an estimate")]
pub(super) fn time_for(requests: u64, rate: f64) -> Duration {
    Duration::try_from_secs_f64((requests as f64 / rate).ceil().clamp(1.0, 20.0)).unwrap_or(Duration::from_secs(1))
}

/// The memory after each of many steps.
pub(super) struct Soak {
    started: Memory,
    readings: Vec<(u64, Memory)>,
}

impl Soak {
    /// `started` is the memory before the first request.
    pub(super) fn new(started: Memory) -> Self {
        Self { started, readings: Vec::new() }
    }

    /// The memory after so many requests in all.
    pub(super) fn add(&mut self, requests: u64, memory: Memory) {
        self.readings.push((requests, memory));
    }

    /// Whether enough was asked, and in enough steps to tell growth.
    pub(super) fn is_enough(&self) -> bool {
        self.readings.len() > 2 && self.requests() >= REQUESTS
    }

    /// How many requests there were in all.
    pub(super) fn requests(&self) -> u64 {
        self.readings.last().map_or(0, |(requests, _)| *requests)
    }

    /// The memory at the end.
    pub(super) fn ended(&self) -> Memory {
        self.readings.last().map_or(self.started, |(_, memory)| *memory)
    }

    /// By how many bytes it grew in each of the last two steps.
    pub(super) fn growth(&self) -> Vec<i64> {
        let resident: Vec<i64> =
            self.readings.iter().map(|(_, memory)| i64::try_from(memory.resident).unwrap_or(i64::MAX)).collect();
        let all: Vec<i64> = resident.windows(2).map(|pair| pair[1] - pair[0]).collect();
        all[all.len().saturating_sub(2)..].to_vec()
    }
}

impl fmt::Display for Soak {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{:>19}   resident memory of the server", "requests answered")?;
        writeln!(formatter, "{:>19}   {:.1} MB", 0, megabytes(self.started.resident))?;
        for (requests, memory) in &self.readings {
            writeln!(formatter, "{requests:>19}   {:.1} MB", megabytes(memory.resident))?;
        }
        write!(formatter, "{:>19}   {:.1} MB", "at the most", megabytes(self.ended().peak))
    }
}

/// Millions of bytes.
#[expect(clippy::cast_precision_loss, reason = "shown with one digit after the point")]
pub(super) fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

/// What all processors did since the machine started, in ticks (proc(5)).
pub(super) struct ProcessorTime {
    all: u64,
    idle: u64,
}

/// # Errors
/// When the system does not tell.
pub(super) fn processor_time() -> Result<ProcessorTime> {
    let text = fs::read_to_string("/proc/stat")?;
    read_processor_time(&text).context("/proc/stat does not tell the time of the processors")
}

/// The first line: user, nice, system, idle, iowait, irq, softirq and steal; what follows is counted in user already.
fn read_processor_time(stat: &str) -> Option<ProcessorTime> {
    let line = stat.lines().find_map(|line| line.strip_prefix("cpu "))?;
    let ticks: Vec<u64> = line.split_whitespace().take(8).filter_map(|word| word.parse().ok()).collect();
    Some(ProcessorTime { all: ticks.iter().sum(), idle: ticks.get(3)? + ticks.get(4)? })
}

impl ProcessorTime {
    /// The part of the time since `before` that they worked: 0 to 1.
    #[expect(clippy::cast_precision_loss, reason = "differences are small")]
    pub(super) fn busy_since(&self, before: &Self) -> f64 {
        let all = self.all.saturating_sub(before.all);
        let idle = self.idle.saturating_sub(before.idle);
        if all == 0 { 0.0 } else { 1.0 - idle.min(all) as f64 / all as f64 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn memory(resident: u64) -> Memory {
        Memory { resident, peak: resident }
    }

    #[test]
    fn a_process_tells_its_memory() {
        let status = "Name:\trowhouse\nVmPeak:\t  999 kB\nVmHWM:\t   51200 kB\nVmRSS:\t   40960 kB\n";
        assert_eq!(Memory::read(status), Some(Memory { resident: 41_943_040, peak: 52_428_800 }));
        let own = Memory::of(std::process::id()).expect("this process runs");
        assert!(own.resident > 0 && own.peak >= own.resident);
    }

    #[test]
    fn growth_is_that_of_the_last_two_steps() {
        let mut soak = Soak::new(memory(10));
        for (requests, resident) in [(60_000, 30), (80_000, 45), (100_001, 44)] {
            assert!(!soak.is_enough());
            soak.add(requests, memory(resident));
        }
        assert!(soak.is_enough());
        assert_eq!(soak.growth(), [15, -1]);
    }

    #[test]
    fn busy_is_what_is_not_idle() {
        let time = |stat| read_processor_time(stat).expect("a line");
        let before = time("cpu  100 0 50 800 50 0 0 0 7 7\ncpu0 1 1 1 1 1 1 1 1 0 0\n");
        let after = time("cpu  150 0 75 860 65 0 0 50 9 9\n");
        assert!((after.busy_since(&before) - 0.625).abs() < 1e-9);
    }
}
