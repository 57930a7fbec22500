//! What the figures of a chart are, and how people write them.

use crate::ui::locale::{Locale, Rounded};

/// What a figure counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Things.
    Count,
    /// A length of time, in seconds.
    Seconds,
    /// An amount of data.
    Bytes,
}

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

impl Unit {
    /// A figure in full: "1,234", "2 h 5 min", "500 GB".
    pub fn text(self, value: f64, locale: Locale) -> String {
        match self {
            Self::Count if is_whole(value) => locale.number(whole(value)),
            Self::Count => with_one_decimal(value, locale),
            Self::Seconds => duration(whole(value)),
            // As a plan's limit reads, which is often beside it.
            Self::Bytes => {
                let bytes = u64::try_from(whole(value)).unwrap_or_default();
                locale.bytes(bytes, Rounded::Down).replace(' ', "\u{a0}")
            }
        }
    }

    /// A figure of an axis, short: "1,000", "20k", "6 h".
    pub fn tick(self, value: f64, locale: Locale) -> String {
        match self {
            Self::Count if value < 1e4 => self.text(value, locale),
            Self::Count => shortened(value, locale),
            Self::Seconds | Self::Bytes => self.text(value, locale),
        }
    }

    /// What it is called in the head of a file's column; nothing where figures speak for themselves.
    pub(super) fn in_file(self) -> Option<&'static str> {
        match self {
            Self::Count => None,
            Self::Seconds => Some("seconds"),
            Self::Bytes => Some("bytes"),
        }
    }

    /// The steps that an axis of this unit may go in, up to the first that is large enough for all.
    pub(super) fn step_of_at_least(self, rough: f64) -> f64 {
        /// Steps of clocks and calendars.
        const TIMES: [f64; 21] = [
            1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0, 7200.0, 10_800.0,
            21_600.0, 43_200.0, 86_400.0, 172_800.0, 432_000.0, 604_800.0,
        ];
        match self {
            Self::Seconds => {
                let known = TIMES.into_iter().find(|step| *step >= rough);
                known.unwrap_or_else(|| 86_400.0 * round_step(rough / 86_400.0))
            }
            Self::Count => round_step(rough).max(1.0),
            Self::Bytes => step_of_bytes(rough),
        }
    }
}

/// The least of 1, 2 and 5 times a power of ten that is not below `rough`.
fn round_step(rough: f64) -> f64 {
    let power = 10_f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0].into_iter().map(|digit| digit * power).find(|step| *step >= rough * 0.999_999);
    step.unwrap_or(10.0 * power)
}

/// The least power of two that is not below `rough` and that up to five times have one decimal at most, in the unit that
/// fits: 512 GB, where five times 256 GB would be 1.25 TB.
fn step_of_bytes(rough: f64) -> f64 {
    let mut unit = 1.0;
    while rough * 0.999_999 > 512.0 * unit {
        unit *= 1024.0;
    }
    let fits = |step: &f64| {
        // An axis has at most five times `rough`: of 256 this ends at 1024.
        let most = if *step > 128.0 { 204.8 } else { *step };
        rough * 0.999_999 <= most * unit
    };
    let step = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0].into_iter().find(fits);
    step.unwrap_or(512.0) * unit
}

fn is_whole(value: f64) -> bool {
    (value - value.round()).abs() < 1e-9
}

/// The nearest whole number.
#[expect(clippy::cast_possible_truncation, reason = "what is beyond the range ends at it")]
pub(super) fn whole(value: f64) -> i64 {
    value.round() as i64
}

/// A count as a figure of a chart.
#[expect(clippy::cast_precision_loss, reason = "exact up to nine quadrillion")]
pub fn figure(count: i64) -> f64 {
    count as f64
}

/// The two largest parts that say it: "3 d 4 h", "2 h 5 min", "40 s".
fn duration(seconds: i64) -> String {
    let (large, large_name, small, small_name) = match seconds {
        ..MINUTE => return format!("{seconds}\u{a0}s"),
        MINUTE..HOUR => (seconds / MINUTE, "min", 0, ""),
        HOUR..DAY => (seconds / HOUR, "h", seconds % HOUR / MINUTE, "min"),
        _ => (seconds / DAY, "d", seconds % DAY / HOUR, "h"),
    };
    if small == 0 {
        return format!("{large}\u{a0}{large_name}");
    }
    format!("{large}\u{a0}{large_name} {small}\u{a0}{small_name}")
}

fn shortened(value: f64, locale: Locale) -> String {
    const NAMES: [&str; 5] = ["", "k", "M", "B", "T"];
    let (mut left, mut place) = (value, 0);
    // 999.95 would be written as 1,000.
    while left >= 999.95 && place + 1 < NAMES.len() {
        left /= 1000.0;
        place += 1;
    }
    format!("{}{}", with_one_decimal(left, locale), NAMES[place])
}

fn with_one_decimal(value: f64, locale: Locale) -> String {
    locale.tenths(whole(value * 10.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_written_as_people_do() {
        let british = Locale::Britain;
        for (unit, value, text) in [
            (Unit::Count, 0.0, "0"),
            (Unit::Count, 1234.0, "1,234"),
            (Unit::Count, 2.5, "2.5"),
            (Unit::Seconds, 0.0, "0\u{a0}s"),
            (Unit::Seconds, 59.4, "59\u{a0}s"),
            (Unit::Seconds, 60.0, "1\u{a0}min"),
            (Unit::Seconds, 3599.0, "59\u{a0}min"),
            (Unit::Seconds, 3600.0, "1\u{a0}h"),
            (Unit::Seconds, 7500.0, "2\u{a0}h 5\u{a0}min"),
            (Unit::Seconds, 273_600.0, "3\u{a0}d 4\u{a0}h"),
            (Unit::Bytes, 999.0, "999\u{a0}bytes"),
            (Unit::Bytes, 536_870_912_000.0, "500\u{a0}GB"),
            (Unit::Bytes, 1e18, "888.1\u{a0}PB"),
        ] {
            assert_eq!(unit.text(value, british), text);
        }
        assert_eq!(Unit::Count.text(2.5, Locale::Germany), "2,5");
    }

    #[test]
    fn huge_figures_are_short_on_an_axis() {
        for (value, text) in [
            (5000.0, "5,000"),
            (10_000.0, "10k"),
            (250_000.0, "250k"),
            (999_999.0, "1M"),
            (1_500_000.0, "1.5M"),
            (2e9, "2B"),
            (1e18, "1,000,000T"),
        ] {
            assert_eq!(Unit::Count.tick(value, Locale::Britain), text);
        }
    }

    #[test]
    fn steps_are_round() {
        for (rough, step) in
            [(0.1, 1.0), (1.0, 1.0), (1.1, 2.0), (3.0, 5.0), (6.0, 10.0), (20.0, 20.0), (21.0, 50.0), (1e15, 1e15)]
        {
            assert!((Unit::Count.step_of_at_least(rough) - step).abs() < step * 1e-9, "{rough}");
        }
        for (rough, step) in [(3.0, 5.0), (40.0, 60.0), (1000.0, 1800.0), (8000.0, 10_800.0), (9e5, 1_728_000.0)] {
            assert!((Unit::Seconds.step_of_at_least(rough) - step).abs() < 1e-3, "{rough}");
        }
        let gb = 1024_f64.powi(3);
        for (rough, step) in [
            (0.1, 1.0),
            (1.0, 1.0),
            (200.0, 256.0),
            (300.0, 512.0),
            (513.0, 1024.0),
            (2.0 * gb, 2.0 * gb),
            (100.0 * gb, 128.0 * gb),
            (204.8 * gb, 256.0 * gb),
            (205.0 * gb, 512.0 * gb),
            (1000.0 * gb, 1024.0 * gb),
        ] {
            assert!((Unit::Bytes.step_of_at_least(rough) - step).abs() < step * 1e-9, "{rough}");
        }
    }
}
