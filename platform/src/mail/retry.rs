//! When a message that could not be sent is tried again.

use lettre::transport::smtp::Error;
use time::Duration;

use crate::{ambient::Ambient, backoff};

/// The pause after the first attempt; each further one is twice as long.
const FIRST: Duration = Duration::seconds(30);
/// No pause is longer.
const LONGEST: Duration = Duration::hours(1);

/// What came of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The mail server took it.
    Sent,
    /// It is tried again; why it was not sent.
    Later(String),
    /// It is given up; why.
    Never(String),
}

/// Whether another attempt would come to the same: the server refused this message for good (RFC 5321, section 4.2.1).
/// What it refuses before it has seen anything of a message is a matter of the configuration, which somebody may put
/// right: commands it does not know (500 to 504), hosts it does not serve (521), and people it does not know (530 to
/// 538).
pub(super) fn is_final(error: &Error) -> bool {
    error.is_permanent() && error.status().is_some_and(|code| !is_about_us(u16::from(code)))
}

fn is_about_us(code: u16) -> bool {
    matches!(code, 500..=504 | 521 | 530..=538)
}

/// How long to wait after this attempt: a quarter more or less than twice the pause before, so that the messages that
/// an outage held up do not all come back at once.
pub(super) fn pause(ambient: &Ambient, attempts: i32) -> Duration {
    let pause = backoff::pause(FIRST, LONGEST, attempts);
    let [byte] = ambient.bytes::<1>();
    pause * (0.75 + f64::from(byte) / 255.0 * 0.5)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_an_hour() {
        let ambient = Ambient::system();
        for (attempts, seconds) in [(1, 30), (2, 60), (5, 480), (8, 3600), (100, 3600), (0, 30)] {
            for _ in 0..50 {
                let pause = pause(&ambient, attempts);
                let middle = Duration::seconds(seconds);
                assert!(pause >= middle * 0.75 && pause <= middle * 1.25, "{attempts}: {pause}");
            }
        }
    }

    #[test]
    fn refusals_of_a_message_are_final() {
        for (code, about_us) in [(550, false), (552, false), (554, false), (535, true), (530, true), (502, true)] {
            assert_eq!(is_about_us(code), about_us, "{code}");
        }
    }
}
