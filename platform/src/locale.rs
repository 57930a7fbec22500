//! How dates, times and numbers are written. The pages are in English, which is written in several ways.

use time::{Date, OffsetDateTime, format_description::FormatItem, macros::format_description};

/// Which way an amount goes that is not written in full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rounded {
    /// Down, of what is used and what may be: nobody reads of room that is not there.
    Down,
    /// Up, of what is held against a limit: what is over it never reads as the limit.
    Up,
}

/// A way of writing, by its language tag. The formats are those of the Unicode CLDR.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Locale {
    /// 21 November 2026, 14:30; 1,234,567.
    #[default]
    Britain,
    /// November 21, 2026, 2:30 PM; 1,234,567.
    UnitedStates,
    /// November 21, 2026, 2:30 p.m.; 1,234,567.
    Canada,
    /// 21 November 2026, 2:30 pm; 1,234,567.
    Australia,
    /// 21 November 2026, 2:30 pm; 12,34,567.
    India,
    /// 21 November 2026, 14:30; 1.234.567.
    Germany,
}

impl Locale {
    /// All of them, in the order in which people see them.
    pub const ALL: [Self; 6] =
        [Self::Britain, Self::UnitedStates, Self::Canada, Self::Australia, Self::India, Self::Germany];

    /// The language tag (BCP 47).
    pub fn tag(self) -> &'static str {
        match self {
            Self::Britain => "en-GB",
            Self::UnitedStates => "en-US",
            Self::Canada => "en-CA",
            Self::Australia => "en-AU",
            Self::India => "en-IN",
            Self::Germany => "en-DE",
        }
    }

    /// What people call it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Britain => "English (United Kingdom)",
            Self::UnitedStates => "English (United States)",
            Self::Canada => "English (Canada)",
            Self::Australia => "English (Australia)",
            Self::India => "English (India)",
            Self::Germany => "English (Germany)",
        }
    }

    /// Reads the language tag.
    pub fn parse(tag: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|locale| locale.tag() == tag)
    }

    /// A day, the month shortened: "21 Nov 2026".
    pub fn short_date(self, at: OffsetDateTime) -> String {
        const DAY_FIRST: &[FormatItem<'_>] = format_description!("[day padding:none] [month repr:short] [year]");
        const MONTH_FIRST: &[FormatItem<'_>] = format_description!("[month repr:short] [day padding:none], [year]");
        written(at, if self.puts_the_month_first() { MONTH_FIRST } else { DAY_FIRST })
    }

    /// A day: "21 November 2026".
    pub fn long_date(self, at: OffsetDateTime) -> String {
        const DAY_FIRST: &[FormatItem<'_>] = format_description!("[day padding:none] [month repr:long] [year]");
        const MONTH_FIRST: &[FormatItem<'_>] = format_description!("[month repr:long] [day padding:none], [year]");
        written(at, if self.puts_the_month_first() { MONTH_FIRST } else { DAY_FIRST })
    }

    /// A day of the year, without it: "21 Nov".
    pub fn day_of_year(self, day: Date) -> String {
        const DAY_FIRST: &[FormatItem<'_>] = format_description!("[day padding:none] [month repr:short]");
        const MONTH_FIRST: &[FormatItem<'_>] = format_description!("[month repr:short] [day padding:none]");
        day.format(if self.puts_the_month_first() { MONTH_FIRST } else { DAY_FIRST }).unwrap_or_default()
    }

    /// A day with its name: "Saturday, 21 November 2026".
    pub fn day_of_week(self, day: Date) -> String {
        format!("{}, {}", day.weekday(), self.long_date(day.midnight().assume_utc()))
    }

    /// A month: "Nov 2026".
    pub fn month(self, day: Date) -> String {
        day.format(format_description!("[month repr:short] [year]")).unwrap_or_default()
    }

    /// What stands between a number's whole part and the rest.
    pub fn decimal_separator(self) -> char {
        if self == Self::Germany { ',' } else { '.' }
    }

    /// A time of day: "14:30" or "2:30 PM".
    pub fn time(self, at: OffsetDateTime) -> String {
        const OF_24: &[FormatItem<'_>] = format_description!("[hour]:[minute]");
        const OF_12: &[FormatItem<'_>] = format_description!("[hour repr:12 padding:none]:[minute]");
        let half = |morning, afternoon| {
            let half = if at.hour() < 12 { morning } else { afternoon };
            format!("{}\u{a0}{half}", written(at, OF_12))
        };
        match self {
            Self::Britain | Self::Germany => written(at, OF_24),
            Self::UnitedStates => half("AM", "PM"),
            Self::Canada => half("a.m.", "p.m."),
            Self::Australia | Self::India => half("am", "pm"),
        }
    }

    /// A whole number, its digits in groups.
    pub fn number(self, number: i64) -> String {
        let digits = number.unsigned_abs().to_string();
        let separator = if self == Self::Germany { '.' } else { ',' };
        let mut text = String::new();
        for (place, digit) in digits.chars().enumerate() {
            let left = digits.len() - place;
            // Beyond the thousands, India counts in hundreds.
            let is_group =
                if self == Self::India { left == 3 || (left > 3 && left % 2 == 1) } else { left.is_multiple_of(3) };
            if place > 0 && is_group {
                text.push(separator);
            }
            text.push(digit);
        }
        if number < 0 { format!("-{text}") } else { text }
    }

    /// A number of tenths: "1.5"; "2", where they are whole.
    pub fn tenths(self, tenths: i64) -> String {
        let text = self.number(tenths / 10);
        match (tenths % 10).unsigned_abs() {
            0 => text,
            rest => format!("{text}{}{rest}", self.decimal_separator()),
        }
    }

    /// An amount of data, in the largest unit in which it is not below 1: "812 bytes", "9.8 KB", "500 GB". A unit is 1024
    /// of the one before it, as limits are set.
    pub fn bytes(self, bytes: u64, rounded: Rounded) -> String {
        const UNITS: [&str; 5] = ["KB", "MB", "GB", "TB", "PB"];
        if bytes < 1024 {
            let name = if bytes == 1 { "byte" } else { "bytes" };
            return format!("{} {name}", self.number(i64::try_from(bytes).unwrap_or(i64::MAX)));
        }
        let tenths_of = |unit: u128| {
            let tenths = u128::from(bytes) * 10;
            match rounded {
                Rounded::Down => tenths / unit,
                Rounded::Up => tenths.div_ceil(unit),
            }
        };
        let (mut unit, mut place) = (1024, 0);
        while tenths_of(unit) >= 10_240 && place + 1 < UNITS.len() {
            unit *= 1024;
            place += 1;
        }
        let amount = self.tenths(i64::try_from(tenths_of(unit)).unwrap_or(i64::MAX));
        format!("{amount} {}", UNITS[place])
    }

    fn puts_the_month_first(self) -> bool {
        matches!(self, Self::UnitedStates | Self::Canada)
    }
}

fn written(at: OffsetDateTime, format: &[FormatItem<'_>]) -> String {
    // The formats ask for nothing that a point in time lacks.
    at.format(format).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ::time::macros::datetime;

    #[test]
    fn each_writes_in_its_way() {
        let at = datetime!(2026-11-21 14:30 UTC);
        let ways = [
            ("en-GB", "21 Nov 2026", "21 November 2026", "14:30", "1,234,567"),
            ("en-US", "Nov 21, 2026", "November 21, 2026", "2:30\u{a0}PM", "1,234,567"),
            ("en-CA", "Nov 21, 2026", "November 21, 2026", "2:30\u{a0}p.m.", "1,234,567"),
            ("en-AU", "21 Nov 2026", "21 November 2026", "2:30\u{a0}pm", "1,234,567"),
            ("en-IN", "21 Nov 2026", "21 November 2026", "2:30\u{a0}pm", "12,34,567"),
            ("en-DE", "21 Nov 2026", "21 November 2026", "14:30", "1.234.567"),
        ];
        assert_eq!(ways.len(), Locale::ALL.len());
        for (tag, short, long, time, number) in ways {
            let locale = Locale::parse(tag).unwrap();
            assert_eq!(locale.tag(), tag);
            assert_eq!(locale.short_date(at), short, "{tag}");
            assert_eq!(locale.long_date(at), long, "{tag}");
            assert_eq!(locale.time(at), time, "{tag}");
            assert_eq!(locale.number(1_234_567), number, "{tag}");
        }
        assert_eq!(Locale::parse("en"), None);
    }

    #[test]
    fn days_and_months_stand_alone_too() {
        let day = ::time::macros::date!(2026 - 11 - 21);
        for (locale, short, long) in [
            (Locale::Britain, "21 Nov", "Saturday, 21 November 2026"),
            (Locale::UnitedStates, "Nov 21", "Saturday, November 21, 2026"),
            (Locale::Germany, "21 Nov", "Saturday, 21 November 2026"),
        ] {
            assert_eq!(locale.day_of_year(day), short);
            assert_eq!(locale.day_of_week(day), long);
            assert_eq!(locale.month(day), "Nov 2026");
        }
    }

    #[test]
    fn noon_midnight_and_small_numbers() {
        let us = Locale::UnitedStates;
        assert_eq!(us.time(datetime!(2026-11-21 0:05 UTC)), "12:05\u{a0}AM");
        assert_eq!(us.time(datetime!(2026-11-21 12:00 UTC)), "12:00\u{a0}PM");
        for (number, text) in [(0, "0"), (999, "999"), (1000, "1,000"), (-12_345, "-12,345")] {
            assert_eq!(us.number(number), text);
        }
        assert_eq!(Locale::India.number(100_000), "1,00,000");
    }

    #[test]
    fn amounts_of_data_are_in_the_unit_that_fits() {
        const MB: u64 = 1024 * 1024;
        for (bytes, down, up) in [
            (0, "0 bytes", "0 bytes"),
            (1, "1 byte", "1 byte"),
            (1023, "1,023 bytes", "1,023 bytes"),
            (1024, "1 KB", "1 KB"),
            (10_000, "9.7 KB", "9.8 KB"),
            (200_000, "195.3 KB", "195.4 KB"),
            (MB - 1, "1,023.9 KB", "1 MB"),
            (MB, "1 MB", "1 MB"),
            (25 * MB + 1, "25 MB", "25.1 MB"),
            (1536 * MB, "1.5 GB", "1.5 GB"),
            (500 * 1024 * MB, "500 GB", "500 GB"),
            (5 * 1024 * 1024 * MB, "5 TB", "5 TB"),
            (u64::MAX, "16,383.9 PB", "16,384 PB"),
        ] {
            let britain = Locale::Britain;
            assert_eq!([britain.bytes(bytes, Rounded::Down), britain.bytes(bytes, Rounded::Up)], [down, up], "{bytes}");
        }
        assert_eq!(Locale::Germany.bytes(MB - 1, Rounded::Down), "1.023,9 KB");
    }
}
