//! Which hours, days or months: what the address says. All of them are in UTC, as usage is added up.

use rowhouse_platform::{
    metering::{day_of, hour_of, month_of, series::Cut},
    plan::Entitlements,
};
use time::{Duration, OffsetDateTime};

use crate::ui::locale::Locale;

/// The longest period that is shown by the day; of a longer one the calendar's month is.
const LONGEST: Duration = Duration::days(62);

/// How far back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Range {
    /// This hour and the 23 before.
    Day,
    /// Today and the 29 days before.
    #[default]
    Month,
    /// The days of the period that is paid for, those to come included.
    Period,
    /// This month and the eleven before.
    Year,
}

impl Range {
    pub(crate) const ALL: [Self; 4] = [Self::Day, Self::Month, Self::Period, Self::Year];

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Day => "24h",
            Self::Month => "30d",
            Self::Period => "period",
            Self::Year => "12m",
        }
    }

    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Day => "24 hours",
            Self::Month => "30 days",
            Self::Period => "This period",
            Self::Year => "12 months",
        }
    }

    pub(crate) fn parse(word: &str) -> Option<Self> {
        if word.is_empty() {
            return Some(Self::default());
        }
        Self::ALL.into_iter().find(|range| range.word() == word)
    }

    /// What one of its slots is called: "Hour".
    pub(crate) fn axis(self) -> &'static str {
        match self {
            Self::Day => "Hour",
            Self::Month | Self::Period => "Day",
            Self::Year => "Month",
        }
    }

    /// What its slot is called that holds this moment.
    pub(crate) fn present(self) -> &'static str {
        match self {
            Self::Month | Self::Period => "Today",
            Self::Day | Self::Year => "Now",
        }
    }

    pub(crate) fn cut(self) -> Cut {
        match self {
            Self::Day => Cut::Hour,
            Self::Month | Self::Period => Cut::Day,
            Self::Year => Cut::Month,
        }
    }

    /// From when until when it goes.
    pub(crate) fn span(self, now: OffsetDateTime, period: Span) -> Span {
        let (today, hour) = (day_of(now), hour_of(now));
        match self {
            Self::Day => Span { from: hour - Duration::hours(23), until: hour + Duration::HOUR },
            Self::Month => Span { from: today - Duration::days(29), until: today + Duration::DAY },
            Self::Period => period,
            Self::Year => Span { from: month_of(now, 11), until: next_month(now) },
        }
    }

    /// Its hours, days or months.
    pub(crate) fn slots(self, span: Span, locale: Locale) -> Vec<Slot> {
        let mut slots = Vec::new();
        let mut at = span.from;
        while at < span.until {
            let until = match self {
                Self::Day => at + Duration::HOUR,
                Self::Month | Self::Period => at + Duration::DAY,
                Self::Year => next_month(at),
            };
            slots.push(self.slot(at, until, locale));
            at = until;
        }
        slots
    }

    fn slot(self, at: OffsetDateTime, until: OffsetDateTime, locale: Locale) -> Slot {
        let day = at.date();
        let (key, name, short) = match self {
            Self::Day => (
                format!("{day}T{:02}:00Z", at.hour()),
                format!("{}, {}", locale.day_of_week(day), locale.time(at)),
                locale.time(at),
            ),
            Self::Month | Self::Period => (day.to_string(), locale.day_of_week(day), locale.day_of_year(day)),
            Self::Year => {
                (format!("{}-{:02}", day.year(), u8::from(day.month())), locale.month(day), locale.month(day))
            }
        };
        Slot { at, until, key, name, short }
    }
}

/// From one moment to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) from: OffsetDateTime,
    pub(crate) until: OffsetDateTime,
}

impl Span {
    /// The period that is paid for, in whole days, or else the calendar's month.
    pub(crate) fn of_period(entitlements: &Entitlements, now: OffsetDateTime) -> Self {
        if let (Some(start), Some(end)) = (entitlements.period_start, entitlements.period_end)
            && start <= now
            && now < end
            && end - start <= LONGEST
        {
            let last = day_of(end);
            return Self { from: day_of(start), until: if last < end { last + Duration::DAY } else { last } };
        }
        Self { from: month_of(now, 0), until: next_month(now) }
    }

    /// How many of its hours have begun.
    pub(crate) fn hours_until(self, now: OffsetDateTime) -> i64 {
        (self.until.min(hour_of(now) + Duration::HOUR) - self.from).whole_hours().max(0)
    }
}

/// An hour, a day or a month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Slot {
    pub(crate) at: OffsetDateTime,
    pub(crate) until: OffsetDateTime,
    /// In files: "2026-06-01".
    pub(crate) key: String,
    /// In full: "Monday, 1 June 2026".
    pub(crate) name: String,
    /// On the axis: "1 Jun".
    pub(crate) short: String,
}

impl Slot {
    pub(crate) fn span(&self) -> Span {
        Span { from: self.at, until: self.until }
    }
}

fn next_month(at: OffsetDateTime) -> OffsetDateTime {
    // From the first of a month, 32 days lead into the next, whatever its length.
    month_of(month_of(at, 0) + Duration::days(32), 0)
}

#[cfg(test)]
mod tests {
    use rowhouse_platform::plan::PlanKey;
    use time::macros::datetime;

    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-06-17 12:30 UTC);

    fn month() -> Span {
        Span { from: datetime!(2026-06-01 0:00 UTC), until: datetime!(2026-07-01 0:00 UTC) }
    }

    #[test]
    fn each_range_has_its_slots() {
        for (range, count, first, last) in [
            (Range::Day, 24, "2026-06-16T13:00Z", "2026-06-17T12:00Z"),
            (Range::Month, 30, "2026-05-19", "2026-06-17"),
            (Range::Period, 30, "2026-06-01", "2026-06-30"),
            (Range::Year, 12, "2025-07", "2026-06"),
        ] {
            let span = range.span(NOW, month());
            let slots = range.slots(span, Locale::Britain);
            assert_eq!((slots.len(), slots[0].key.as_str()), (count, first));
            assert_eq!(slots.last().unwrap().key, last);
            assert!(slots.windows(2).all(|pair| pair[0].until == pair[1].at), "without gap");
            assert_eq!(Range::parse(range.word()), Some(range));
        }
        assert_eq!((Range::parse(""), Range::parse("7d")), (Some(Range::Month), None));
        assert_eq!(Range::ALL.map(Range::present), ["Now", "Today", "Today", "Now"]);
    }

    #[test]
    fn the_period_is_the_one_that_is_paid_or_the_month() {
        let plan = || Entitlements::unlimited("free".parse::<PlanKey>().unwrap());
        assert_eq!(Span::of_period(&plan(), NOW), month());
        let paid = |start, end| Entitlements { period_start: Some(start), period_end: Some(end), ..plan() };
        let own = paid(datetime!(2026-06-10 8:15 UTC), datetime!(2026-07-10 8:15 UTC));
        let span = Span { from: datetime!(2026-06-10 0:00 UTC), until: datetime!(2026-07-11 0:00 UTC) };
        assert_eq!(Span::of_period(&own, NOW), span);
        let year = paid(datetime!(2026-01-01 0:00 UTC), datetime!(2027-01-01 0:00 UTC));
        assert_eq!(Span::of_period(&year, NOW), month(), "a year has too many days");
        let over = paid(datetime!(2026-04-10 0:00 UTC), datetime!(2026-05-10 0:00 UTC));
        assert_eq!(Span::of_period(&over, NOW), month());
    }

    #[test]
    fn hours_are_those_that_have_begun() {
        assert_eq!(month().hours_until(NOW), 16 * 24 + 13);
        assert_eq!(month().hours_until(datetime!(2026-08-01 0:00 UTC)), 30 * 24);
        assert_eq!(month().hours_until(datetime!(2026-05-01 0:00 UTC)), 0);
        assert_eq!(next_month(datetime!(2026-01-31 12:00 UTC)), datetime!(2026-02-01 0:00 UTC));
        assert_eq!(next_month(datetime!(2026-12-01 0:00 UTC)), datetime!(2027-01-01 0:00 UTC));
    }
}
