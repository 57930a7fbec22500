//! Days and points in time in the list's address.

use rowhouse_platform::time_zone::TimeZone;
use time::{Date, Month, OffsetDateTime, Time, UtcOffset, format_description::well_known::Rfc3339};

use super::error::FilterError;

/// Years in which days may lie: within them no time zone leads out of what can be counted.
const YEARS: std::ops::RangeInclusive<i32> = 1970..=2999;
const DAY: &str = "a day such as 2026-11-21";
const MOMENT: &str = "a day such as 2026-11-21 or a time such as 2026-11-21T14:30:00Z";

/// A day of who asks, or a point in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// The whole day, by the clocks of who asks.
    Day(Date),
    /// A point in time, in UTC.
    At(OffsetDateTime),
}

impl Moment {
    /// Reads what the address says.
    ///
    /// # Errors
    /// [`FilterError::NotAllowed`].
    pub(super) fn read(text: &str) -> Result<Self, FilterError> {
        if let Some(day) = parse_day(text) {
            return Ok(Self::Day(day));
        }
        OffsetDateTime::parse(text, &Rfc3339)
            .ok()
            .and_then(|at| at.checked_to_offset(UtcOffset::UTC))
            .filter(|at| YEARS.contains(&at.year()))
            .map(Self::At)
            .ok_or_else(|| FilterError::not_allowed(text, "point in time", MOMENT))
    }

    /// What [`read`](Self::read) reads.
    pub(super) fn written(self) -> String {
        match self {
            Self::Day(day) => written(day),
            // A point in time of these years can always be written.
            Self::At(at) => at.format(&Rfc3339).unwrap_or_default(),
        }
    }

    /// When it begins.
    pub(super) fn begins(self, zone: &TimeZone) -> OffsetDateTime {
        match self {
            Self::Day(day) => midnight(day, zone),
            Self::At(at) => at,
        }
    }

    /// When it has ended: the first point in time that does not belong to it.
    pub(super) fn ends(self, zone: &TimeZone) -> OffsetDateTime {
        match self {
            Self::Day(day) => midnight(day.next_day().unwrap_or(day), zone),
            Self::At(at) => at + time::Duration::MICROSECOND,
        }
    }

    fn rough(self) -> OffsetDateTime {
        self.begins(&TimeZone::utc())
    }
}

/// From one moment to another, both within; either may be open.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Span {
    /// Not before.
    pub from: Option<Moment>,
    /// Not after.
    pub to: Option<Moment>,
}

impl Span {
    /// Whether it ends before it begins. Of a day and a point in time the zone decides, which is not known here.
    pub(super) fn is_reversed(self) -> bool {
        match (self.from, self.to) {
            (Some(Moment::Day(from)), Some(Moment::Day(to))) => from > to,
            (Some(Moment::At(from)), Some(Moment::At(to))) => from > to,
            (Some(from), Some(to)) => from.rough() > to.rough() + time::Duration::days(2),
            _ => false,
        }
    }

    /// Whether it is open at both ends.
    #[must_use]
    pub fn is_open(self) -> bool {
        self == Self::default()
    }
}

/// Reads a day.
///
/// # Errors
/// [`FilterError::NotAllowed`].
pub(super) fn read_day(text: &str) -> Result<Date, FilterError> {
    parse_day(text).ok_or_else(|| FilterError::not_allowed(text, "day", DAY))
}

/// `2026-11-21`, and no other spelling.
fn parse_day(text: &str) -> Option<Date> {
    let mut parts = text.split('-');
    let mut number = |digits: usize| {
        let part = parts.next().filter(|part| part.len() == digits)?;
        part.bytes().all(|byte| byte.is_ascii_digit()).then(|| part.parse::<u16>().ok())?
    };
    let (year, month, day) = (number(4)?, number(2)?, number(2)?);
    if parts.next().is_some() || !YEARS.contains(&i32::from(year)) {
        return None;
    }
    let month = Month::try_from(u8::try_from(month).ok()?).ok()?;
    Date::from_calendar_date(i32::from(year), month, u8::try_from(day).ok()?).ok()
}

/// What [`read_day`] reads.
pub(super) fn written(day: Date) -> String {
    let (year, month, day) = day.to_calendar_date();
    format!("{year:04}-{:02}-{day:02}", u8::from(month))
}

/// When a day begins by the clocks of a zone.
fn midnight(day: Date, zone: &TimeZone) -> OffsetDateTime {
    let as_utc = day.with_time(Time::MIDNIGHT).assume_utc();
    // The offset at that hour in UTC may be that of the other side of a change of clocks: a second look settles it.
    let first = as_utc - offset(zone, as_utc);
    as_utc - offset(zone, first)
}

fn offset(zone: &TimeZone, at: OffsetDateTime) -> time::Duration {
    time::Duration::seconds(i64::from(zone.local(at).offset().whole_seconds()))
}

#[cfg(test)]
mod tests {
    use time::macros::{date, datetime};

    use super::*;

    #[test]
    fn days_have_one_spelling() {
        assert_eq!(parse_day("2026-11-21"), Some(date!(2026 - 11 - 21)));
        assert_eq!(written(date!(2026 - 01 - 05)), "2026-01-05");
        for bad in [
            "",
            "2026-11-31",
            "2026-13-01",
            "26-11-21",
            "2026-1-05",
            "2026-11-21-",
            "+026-11-21",
            "1969-12-31",
            "3000-01-01",
            "2026-11-2١",
        ] {
            assert_eq!(parse_day(bad), None, "{bad}");
        }
    }

    #[test]
    fn points_in_time_are_read_with_their_offset() {
        let at = datetime!(2026-11-21 13:30 UTC);
        assert_eq!(Moment::read("2026-11-21T14:30:00+01:00"), Ok(Moment::At(at)));
        assert_eq!(Moment::read(&Moment::At(at).written()), Ok(Moment::At(at)));
        assert!(Moment::read("yesterday").unwrap_err().to_string().contains("“yesterday” is no point in time"));
        assert!(Moment::read("9999-12-31T23:59:59-23:59").is_err());
    }

    #[test]
    fn days_begin_and_end_by_the_clocks_of_the_place() {
        let berlin = TimeZone::parse("Europe/Berlin").unwrap();
        let day = |day| Moment::Day(day);
        assert_eq!(day(date!(2026 - 11 - 21)).begins(&berlin), datetime!(2026-11-20 23:00 UTC));
        assert_eq!(day(date!(2026 - 11 - 21)).ends(&berlin), datetime!(2026-11-21 23:00 UTC));
        // Clocks change on 29 March 2026 and 25 October 2026: days of 23 and 25 hours.
        let spring = day(date!(2026 - 03 - 29));
        assert_eq!(spring.ends(&berlin) - spring.begins(&berlin), time::Duration::hours(23));
        let autumn = day(date!(2026 - 10 - 25));
        assert_eq!(autumn.ends(&berlin) - autumn.begins(&berlin), time::Duration::hours(25));
        let auckland = TimeZone::parse("Pacific/Auckland").unwrap();
        assert_eq!(day(date!(2026 - 11 - 21)).begins(&auckland), datetime!(2026-11-20 11:00 UTC));
    }

    #[test]
    fn spans_that_end_before_they_begin_are_known() {
        let span = |from, to| Span { from: Some(from), to: Some(to) };
        let (early, late) = (Moment::Day(date!(2026 - 11 - 01)), Moment::Day(date!(2026 - 11 - 02)));
        assert!(
            span(late, early).is_reversed() && !span(early, late).is_reversed() && !span(early, early).is_reversed()
        );
        assert!(!Span::default().is_reversed() && Span::default().is_open());
    }
}
