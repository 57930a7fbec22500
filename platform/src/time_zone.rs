//! Time zones, by the names of the IANA database, which is built in: a server and its system may disagree.

use std::sync::LazyLock;

use jiff::{Timestamp, tz};
use time::{Date, OffsetDateTime, UtcOffset};

static DATABASE: LazyLock<tz::TimeZoneDatabase> = LazyLock::new(tz::TimeZoneDatabase::bundled);

/// The names that people choose from, by region and place; no names kept for old programs, such as `EST5EDT`.
static NAMES: LazyLock<Vec<String>> = LazyLock::new(|| {
    const REGIONS: [&str; 10] =
        ["Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"];
    let mut names: Vec<String> = DATABASE
        .available()
        .map(|name| name.as_str().to_owned())
        .filter(|name| name.split_once('/').is_some_and(|(region, _)| REGIONS.contains(&region)))
        .chain([UTC.to_owned()])
        .collect();
    names.sort_unstable();
    names.dedup();
    names
});

const UTC: &str = "UTC";

/// A time zone. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeZone(tz::TimeZone);

impl TimeZone {
    /// Coordinated universal time.
    pub fn utc() -> Self {
        Self(tz::TimeZone::UTC)
    }

    /// The zone of one of [`TimeZone::names`].
    pub fn parse(name: &str) -> Option<Self> {
        if name == UTC {
            return Some(Self::utc());
        }
        NAMES.binary_search_by(|known| known.as_str().cmp(name)).ok()?;
        DATABASE.get(name).ok().map(Self)
    }

    /// Its name, which [`TimeZone::parse`] reads.
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or(UTC)
    }

    /// Every zone that can be chosen, in the order of the alphabet.
    pub fn names() -> &'static [String] {
        &NAMES
    }

    /// A point in time with the offset that the zone's clocks have then.
    pub fn local(&self, at: OffsetDateTime) -> OffsetDateTime {
        let offset = Timestamp::from_second(at.unix_timestamp())
            .ok()
            .and_then(|at| UtcOffset::from_whole_seconds(self.0.to_offset(at).seconds()).ok());
        at.to_offset(offset.unwrap_or(UtcOffset::UTC))
    }

    /// The first moment of a day: midnight, or where clocks skip it the moment that they skip to.
    pub fn start_of(&self, day: Date) -> OffsetDateTime {
        let midnight = || {
            let (month, day_of_month) = (i8::try_from(u8::from(day.month())).ok()?, i8::try_from(day.day()).ok()?);
            let date = jiff::civil::Date::new(i16::try_from(day.year()).ok()?, month, day_of_month).ok()?;
            let second = date.to_zoned(self.0.clone()).ok()?.timestamp().as_second();
            OffsetDateTime::from_unix_timestamp(second).ok()
        };
        // Days that the one calendar has and the other has not are thousands of years away.
        self.local(midnight().unwrap_or_else(|| day.midnight().assume_utc()))
    }
}

impl Default for TimeZone {
    fn default() -> Self {
        Self::utc()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ::time::macros::datetime;

    #[test]
    fn clocks_are_those_of_the_place() {
        let winter = datetime!(2026-11-21 14:30 UTC);
        let summer = datetime!(2026-07-21 14:30 UTC);
        for (name, at, hour, minute) in [
            ("UTC", winter, 14, 30),
            ("Europe/Berlin", winter, 15, 30),
            ("Europe/Berlin", summer, 16, 30),
            ("America/New_York", winter, 9, 30),
            ("Asia/Kolkata", winter, 20, 0),
            ("Pacific/Auckland", winter, 3, 30),
        ] {
            let local = TimeZone::parse(name).unwrap().local(at);
            assert_eq!((local.hour(), local.minute()), (hour, minute), "{name}");
            assert_eq!(local, at, "{name}: the same point in time");
        }
    }

    #[test]
    fn days_begin_when_clocks_say() {
        use ::time::{Duration, macros::date};
        for (name, day, starts, hours) in [
            ("UTC", date!(2026 - 06 - 01), datetime!(2026-06-01 0:00 UTC), 24),
            ("Asia/Kolkata", date!(2026 - 06 - 01), datetime!(2026-05-31 18:30 UTC), 24),
            ("Europe/Berlin", date!(2026 - 03 - 29), datetime!(2026-03-28 23:00 UTC), 23),
            ("Europe/Berlin", date!(2026 - 10 - 25), datetime!(2026-10-24 22:00 UTC), 25),
            ("America/New_York", date!(2026 - 11 - 01), datetime!(2026-11-01 4:00 UTC), 25),
            // Clocks went from midnight to one.
            ("America/Sao_Paulo", date!(2018 - 11 - 04), datetime!(2018-11-04 3:00 UTC), 23),
            // A day that was left out: its beginning is that of the next.
            ("Pacific/Apia", date!(2011 - 12 - 29), datetime!(2011-12-29 10:00 UTC), 24),
        ] {
            let zone = TimeZone::parse(name).unwrap();
            assert_eq!(zone.start_of(day), starts, "{name} {day}");
            let next = zone.start_of(day.next_day().unwrap());
            assert_eq!(next - zone.start_of(day), Duration::hours(hours), "{name} {day}");
        }
    }

    #[test]
    fn only_names_of_places_are_taken() {
        assert!(TimeZone::names().len() > 300);
        assert!(TimeZone::names().iter().all(|name| TimeZone::parse(name).is_some()));
        for bad in ["", "europe/berlin", "Europe/Nowhere", "EST5EDT", "../etc/passwd", "Etc/GMT+1", "+01:00"] {
            assert_eq!(TimeZone::parse(bad), None, "{bad}");
        }
    }
}
