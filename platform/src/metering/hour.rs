//! Hours, days and months as usage is added up by: in UTC, so that they are the same for everybody.

use time::{OffsetDateTime, Time, UtcOffset};

/// When the hour began that holds a moment.
#[must_use]
pub fn hour_of(at: OffsetDateTime) -> OffsetDateTime {
    let at = at.to_offset(UtcOffset::UTC);
    at.replace_time(Time::from_hms(at.hour(), 0, 0).unwrap_or(Time::MIDNIGHT))
}

/// When the day began that holds a moment.
#[must_use]
pub fn day_of(at: OffsetDateTime) -> OffsetDateTime {
    at.to_offset(UtcOffset::UTC).replace_time(Time::MIDNIGHT)
}

/// When the month began that holds a moment, or the one so many months before it.
#[must_use]
pub fn month_of(at: OffsetDateTime, months_before: u8) -> OffsetDateTime {
    let mut day = day_of(at).date();
    for step in 0..=months_before {
        // The first day of a month is there in every month.
        day = day.replace_day(1).unwrap_or(day);
        if step < months_before {
            day = day.previous_day().unwrap_or(day);
        }
    }
    day.replace_day(1).unwrap_or(day).midnight().assume_utc()
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn hours_days_and_months_begin_in_utc() {
        let at = datetime!(2026-03-01 00:59:59.5 +2);
        assert_eq!(hour_of(at), datetime!(2026-02-28 22:00 UTC));
        assert_eq!(day_of(at), datetime!(2026-02-28 0:00 UTC));
        assert_eq!(month_of(at, 0), datetime!(2026-02-01 0:00 UTC));
        assert_eq!(month_of(at, 1), datetime!(2026-01-01 0:00 UTC));
        assert_eq!(month_of(at, 2), datetime!(2025-12-01 0:00 UTC));
        assert_eq!(month_of(datetime!(2026-03-31 12:00 UTC), 13), datetime!(2025-02-01 0:00 UTC));
        assert_eq!(hour_of(datetime!(2026-03-01 5:00 UTC)), datetime!(2026-03-01 5:00 UTC));
    }
}
