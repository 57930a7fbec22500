//! Days, weeks and months of a place, in words.

use rowhouse_platform::{tenancy::settings::WeekStart, time_zone::TimeZone};
use time::{Date, Duration, OffsetDateTime, Weekday};

use crate::ui::locale::Locale;

/// How long a slot of a time axis is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grain {
    /// A day of the place, which may have 23 or 25 hours.
    Day,
    /// A week, from the day on which it begins there.
    Week,
    /// A month.
    Month,
}

impl Grain {
    /// The one that shows this many days well.
    pub fn for_days(days: i64) -> Self {
        match days {
            ..=92 => Self::Day,
            93..=760 => Self::Week,
            _ => Self::Month,
        }
    }

    /// What one is called: "Day".
    pub fn label(self) -> &'static str {
        match self {
            Self::Day => "Day",
            Self::Week => "Week",
            Self::Month => "Month",
        }
    }
}

/// A slot of a time axis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    /// Its first day.
    pub first: Date,
    /// Its last day.
    pub last: Date,
    /// When it begins.
    pub from: OffsetDateTime,
    /// When it is over: the moment at which the next begins.
    pub until: OffsetDateTime,
    /// In full: "Wednesday, 3 June 2026".
    pub name: String,
    /// Short, for the axis: "3 Jun".
    pub short: String,
}

/// A place's time, and how its reader writes it.
#[derive(Debug, Clone)]
pub struct Calendar {
    /// Whose clocks say when a day begins.
    pub zone: TimeZone,
    /// The day on which a week begins.
    pub week_start: WeekStart,
    /// How dates are written.
    pub locale: Locale,
}

impl Calendar {
    /// The day that it is there.
    pub fn today(&self, now: OffsetDateTime) -> Date {
        self.zone.local(now).date()
    }

    /// The first day of the week that `day` is in.
    pub fn week_of(&self, day: Date) -> Date {
        let start = match self.week_start {
            WeekStart::Monday => Weekday::Monday,
            WeekStart::Saturday => Weekday::Saturday,
            WeekStart::Sunday => Weekday::Sunday,
        };
        let past = (day.weekday().number_days_from_monday() + 7 - start.number_days_from_monday()) % 7;
        day.saturating_sub(Duration::days(past.into()))
    }

    /// The slots from one day to another, both included; the first and last may be parts of a week or month. None
    /// where the last day is before the first.
    pub fn slots(&self, first: Date, last: Date, grain: Grain) -> Vec<Slot> {
        let mut slots = Vec::new();
        let mut day = first;
        while day <= last {
            let end = match grain {
                Grain::Day => day,
                Grain::Week => self.week_of(day).saturating_add(Duration::days(6)),
                Grain::Month => day.replace_day(day.month().length(day.year())).unwrap_or(day),
            };
            let end = end.min(last);
            slots.push(self.slot(day, end, grain));
            let Some(next) = end.next_day() else { break };
            day = next;
        }
        slots
    }

    /// The place among the slots of the one that holds a moment.
    pub fn place_of(slots: &[Slot], at: OffsetDateTime) -> Option<usize> {
        slots.iter().position(|slot| slot.from <= at && at < slot.until)
    }

    fn slot(&self, first: Date, last: Date, grain: Grain) -> Slot {
        let name = match grain {
            Grain::Day => self.locale.day_of_week(first),
            Grain::Month if first.day() == 1 && last.day() == last.month().length(last.year()) => {
                self.locale.month(first)
            }
            _ => self.span(first, last),
        };
        let short = match grain {
            Grain::Month => self.locale.month(first),
            Grain::Day | Grain::Week => self.locale.day_of_year(first),
        };
        let until = self.zone.start_of(last.next_day().unwrap_or(last));
        Slot { first, last, from: self.zone.start_of(first), until, name, short }
    }

    /// From one day to another, in words: "1 Jun 2026 to 7 Jun 2026".
    pub fn span(&self, first: Date, last: Date) -> String {
        let [from, to] = [first, last].map(|day| self.locale.short_date(day.midnight().assume_utc()));
        if first == last { from } else { format!("{from} to {to}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ::time::macros::{date, datetime};

    fn calendar(zone: &str, week_start: WeekStart) -> Calendar {
        Calendar { zone: TimeZone::parse(zone).unwrap(), week_start, locale: Locale::Britain }
    }

    #[test]
    fn days_have_the_hours_that_clocks_give_them() {
        let berlin = calendar("Europe/Berlin", WeekStart::Monday);
        let hours = |first, last| -> Vec<i64> {
            let slots = berlin.slots(first, last, Grain::Day);
            assert!(slots.windows(2).all(|pair| pair[0].until == pair[1].from), "without gap");
            slots.iter().map(|slot| (slot.until - slot.from).whole_hours()).collect()
        };
        assert_eq!(hours(date!(2026 - 03 - 28), date!(2026 - 03 - 30)), [24, 23, 24]);
        assert_eq!(hours(date!(2026 - 10 - 24), date!(2026 - 10 - 26)), [24, 25, 24]);
        let slots = berlin.slots(date!(2026 - 06 - 03), date!(2026 - 06 - 03), Grain::Day);
        assert_eq!(slots[0].name, "Wednesday, 3 June 2026");
        assert_eq!(slots[0].short, "3 Jun");
        assert_eq!(slots[0].from, datetime!(2026-06-02 22:00 UTC));
        assert_eq!(berlin.today(datetime!(2026-06-02 22:00 UTC)), date!(2026 - 06 - 03));
        assert_eq!(berlin.today(datetime!(2026-06-02 21:59 UTC)), date!(2026 - 06 - 02));
    }

    #[test]
    fn weeks_begin_where_people_begin_them() {
        // A Wednesday.
        let day = date!(2026 - 06 - 03);
        for (start, first) in [
            (WeekStart::Monday, date!(2026 - 06 - 01)),
            (WeekStart::Sunday, date!(2026 - 05 - 31)),
            (WeekStart::Saturday, date!(2026 - 05 - 30)),
        ] {
            let calendar = calendar("UTC", start);
            assert_eq!(calendar.week_of(day), first);
            assert_eq!(calendar.week_of(first), first);
            let slots = calendar.slots(day, date!(2026 - 06 - 20), Grain::Week);
            assert_eq!(slots[0].first, day, "a part of a week stays a part");
            assert_eq!(slots[1].first, first + Duration::days(7));
            assert_eq!(slots.last().unwrap().last, date!(2026 - 06 - 20));
        }
        let slots = calendar("UTC", WeekStart::Monday).slots(date!(2026 - 06 - 01), date!(2026 - 06 - 07), Grain::Week);
        assert_eq!((slots.len(), slots[0].name.as_str()), (1, "1 Jun 2026 to 7 Jun 2026"));
    }

    #[test]
    fn months_are_named_where_they_are_whole() {
        let utc = calendar("UTC", WeekStart::Monday);
        let slots = utc.slots(date!(2026 - 01 - 15), date!(2026 - 03 - 31), Grain::Month);
        let names: Vec<_> = slots.iter().map(|slot| slot.name.as_str()).collect();
        assert_eq!(names, ["15 Jan 2026 to 31 Jan 2026", "Feb 2026", "Mar 2026"]);
    }

    #[test]
    fn no_days_have_no_slots_and_moments_are_found() {
        let utc = calendar("UTC", WeekStart::Monday);
        assert!(utc.slots(date!(2026 - 06 - 02), date!(2026 - 06 - 01), Grain::Day).is_empty());
        let slots = utc.slots(date!(2026 - 06 - 01), date!(2026 - 06 - 03), Grain::Day);
        assert_eq!(Calendar::place_of(&slots, datetime!(2026-06-02 0:00 UTC)), Some(1));
        assert_eq!(Calendar::place_of(&slots, datetime!(2026-06-04 0:00 UTC)), None);
        assert_eq!(
            [30, 92, 93, 365, 2000].map(Grain::for_days),
            [Grain::Day, Grain::Day, Grain::Week, Grain::Week, Grain::Month]
        );
    }
}
