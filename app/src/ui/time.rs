//! Points in time and numbers, as the person who reads the page writes them.

use leptos::prelude::*;
use rowhouse_platform::{access::Principal, time_zone::TimeZone};
use time::{Duration, OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339};

use super::locale::Locale;

/// Who reads a page: how times and numbers are written for them. [`page`](super::page) puts it into the context of views.
#[derive(Debug, Clone, Default)]
pub struct Reader {
    /// How it is written.
    pub locale: Locale,
    /// Whose clocks.
    pub zone: TimeZone,
}

impl Reader {
    /// A person, with what they chose.
    pub fn of(person: &Principal) -> Self {
        Self {
            locale: person.locale.as_deref().and_then(Locale::parse).unwrap_or_default(),
            zone: person.time_zone.as_deref().and_then(TimeZone::parse).unwrap_or_default(),
        }
    }

    /// Day and time, with the zone: "21 November 2026, 14:30 UTC+1".
    pub fn moment(&self, at: OffsetDateTime) -> String {
        let at = self.zone.local(at);
        format!("{}, {} {}", self.locale.long_date(at), self.locale.time(at), zone(at.offset()))
    }

    /// How long ago, in words: "4 min ago", "yesterday", "12 Mar 2026".
    pub fn ago(&self, then: OffsetDateTime, now: OffsetDateTime) -> String {
        let age = now - then;
        if age < Duration::minutes(1) {
            return "just now".to_owned();
        }
        if age < Duration::hours(1) {
            return format!("{} min ago", age.whole_minutes());
        }
        if age < Duration::days(1) {
            return format!("{} h ago", age.whole_hours());
        }
        if age < Duration::days(2) {
            return "yesterday".to_owned();
        }
        if age < Duration::days(30) {
            return format!("{} days ago", age.whole_days());
        }
        self.locale.short_date(self.zone.local(then))
    }
}

/// Who reads the page that is being rendered.
pub fn reader() -> Reader {
    use_context().unwrap_or_default()
}

/// A whole number, for who reads the page; as in Britain where no page is being rendered.
pub fn number(number: i64) -> String {
    reader().locale.number(number)
}

/// A count with its word: "1 ticket", "1,200 tickets".
pub fn counted(count: i64, one: &str, several: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{} {several}", number(count)) }
}

/// An offset in words: "UTC", "UTC+1", "UTC-3:30".
pub fn zone(offset: UtcOffset) -> String {
    let (hours, minutes, _) = offset.as_hms();
    match (hours, minutes) {
        (0, 0) => "UTC".to_owned(),
        (hours, 0) => format!("UTC{hours:+}"),
        (hours, minutes) => {
            let sign = if offset.is_negative() { '-' } else { '+' };
            format!("UTC{sign}{}:{:02}", hours.abs(), minutes.abs())
        }
    }
}

/// A day: "12 March 2026".
pub fn day(at: OffsetDateTime) -> String {
    let reader = reader();
    reader.locale.long_date(reader.zone.local(at))
}

/// How long ago, in words.
pub fn ago(then: OffsetDateTime, now: OffsetDateTime) -> String {
    reader().ago(then, now)
}

/// A point in time, relative, with the exact one for machines and on hover.
#[component]
pub fn Ago(
    /// When it was.
    at: OffsetDateTime,
    /// Now.
    now: OffsetDateTime,
) -> impl IntoView {
    let reader = reader();
    view! {
        <time datetime=machine(at) title=reader.moment(at)>
            {reader.ago(at, now)}
        </time>
    }
}

/// A point in time as machines read it.
pub fn machine(at: OffsetDateTime) -> String {
    at.to_offset(UtcOffset::UTC).format(&Rfc3339).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ::time::macros::datetime;

    #[test]
    fn said_as_people_do() {
        let now = datetime!(2026-11-20 12:00 UTC);
        for (then, words) in [
            (datetime!(2026-11-20 12:00:30 UTC), "just now"),
            (datetime!(2026-11-20 11:56 UTC), "4 min ago"),
            (datetime!(2026-11-20 2:00 UTC), "10 h ago"),
            (datetime!(2026-11-19 11:00 UTC), "yesterday"),
            (datetime!(2026-11-10 11:00 UTC), "10 days ago"),
            (datetime!(2026-03-02 11:00 UTC), "2 Mar 2026"),
        ] {
            assert_eq!(Reader::default().ago(then, now), words);
        }
    }

    #[test]
    fn counts_have_their_words() {
        let people = |count| counted(count, "person", "people");
        assert_eq!([0, 1, 1200].map(people), ["0 people", "1 person", "1,200 people"]);
    }

    #[test]
    fn said_as_the_reader_does() {
        let at = datetime!(2026-03-02 20:05 UTC);
        let reader = |locale, zone| Reader { locale, zone: TimeZone::parse(zone).unwrap() };
        assert_eq!(Reader::default().moment(at), "2 March 2026, 20:05 UTC");
        assert_eq!(reader(Locale::Germany, "Europe/Berlin").moment(at), "2 March 2026, 21:05 UTC+1");
        let kolkata = reader(Locale::UnitedStates, "Asia/Kolkata");
        assert_eq!(kolkata.moment(at), "March 3, 2026, 1:35\u{a0}AM UTC+5:30");
        assert_eq!(kolkata.ago(at, datetime!(2026-11-20 12:00 UTC)), "Mar 3, 2026");
        let halifax = reader(Locale::Canada, "America/St_Johns");
        assert_eq!(halifax.moment(at), "March 2, 2026, 4:35\u{a0}p.m. UTC-3:30");
    }
}
