//! How often somebody may ask: a sliding window for each of them, with a burst.
//!
//! [`window`] has the arithmetic, which is the same wherever is counted: in the memory of one server ([`RateLimiter`]), or
//! in Redis for all of them ([`Limiter`] with an address). Time comes in as an argument; between servers, whose clocks differ,
//! Redis tells it.
//!
//! A request may count for several at once, such as a key and its workspace: it is counted for all of them, or for none
//! where one has no room.

mod alarm;
mod limiter;
mod memory;
pub mod meter;
mod refusals;
mod shared;
pub mod window;

pub use limiter::{Limiter, LimiterError, LimiterSettings, Uncounted};
pub use memory::RateLimiter;
pub use window::{Counted, Quota, Verdict};

/// The scope of a subject that is a network address, which whoever asks has chosen.
pub const ADDRESS: &str = "address";

/// Who is counted, and by which quota.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// What kind of subject it is: a word that the headers say, such as `key` or `workspace`.
    pub scope: &'static str,
    /// Which one of that kind.
    pub who: String,
    /// How often it may ask.
    pub quota: Quota,
}

/// What is said to one who asks, for each subject that the request counts for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outcome {
    /// In the order of the subjects. Empty where nothing was counted.
    pub verdicts: Vec<(&'static str, Verdict)>,
}

impl Outcome {
    /// Whether one of them has no room.
    pub fn is_refused(&self) -> bool {
        self.verdicts.iter().any(|(_, verdict)| verdict.is_refused)
    }

    /// How many seconds until it may succeed, at least one.
    pub fn seconds(&self) -> u32 {
        let refused = self.verdicts.iter().filter(|(_, verdict)| verdict.is_refused);
        refused.map(|(_, verdict)| verdict.seconds()).max().unwrap_or(1)
    }

    /// The kind of subject that has no room.
    pub fn refused_by(&self) -> Option<&'static str> {
        self.verdicts.iter().find(|(_, verdict)| verdict.is_refused).map(|(scope, _)| *scope)
    }
}
