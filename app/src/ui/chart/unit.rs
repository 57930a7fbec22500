//! What the figures of a chart are, and how people write them.

use crate::ui::locale::Locale;

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
    /// A figure in full: "1,234", "2 h 5 min", "1.2 GB".
    pub fn text(self, value: f64, locale: Locale) -> String {
        match self {
            Self::Count if is_whole(value) => locale.number(whole(value)),
            Self::Count => with_one_decimal(value, locale),
            Self::Seconds => duration(whole(value)),
            Self::Bytes => shortened(value, &[" B", " kB", " MB", " GB", " TB", " PB"], 1e3, locale),
        }
    }

    /// A figure of an axis, short: "1,000", "20k", "6 h".
    pub fn tick(self, value: f64, locale: Locale) -> String {
        match self {
            Self::Count if value < 1e4 => self.text(value, locale),
            Self::Count => shortened(value, &["", "k", "M", "B", "T"], 1e3, locale),
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
            Self::Count | Self::Bytes => round_step(rough).max(1.0),
        }
    }
}

/// The least of 1, 2 and 5 times a power of ten that is not below `rough`.
fn round_step(rough: f64) -> f64 {
    let power = 10_f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0].into_iter().map(|digit| digit * power).find(|step| *step >= rough * 0.999_999);
    step.unwrap_or(10.0 * power)
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

fn shortened(value: f64, names: &[&str], base: f64, locale: Locale) -> String {
    let mut left = value;
    let mut name = "";
    for (place, next) in names.iter().enumerate() {
        name = next;
        // 999.95 would be written as 1,000.
        if left < base * 0.999_95 || place + 1 == names.len() {
            break;
        }
        left /= base;
    }
    format!("{}{}", with_one_decimal(left, locale), name.replace(' ', "\u{a0}"))
}

fn with_one_decimal(value: f64, locale: Locale) -> String {
    let tenths = whole(value * 10.0);
    let text = locale.number(tenths / 10);
    match tenths % 10 {
        0 => text,
        rest => format!("{text}{}{rest}", locale.decimal_separator()),
    }
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
            (Unit::Bytes, 999.0, "999\u{a0}B"),
            (Unit::Bytes, 1_250_000_000.0, "1.3\u{a0}GB"),
            (Unit::Bytes, 1e18, "1,000\u{a0}PB"),
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
    }
}
