//! What people choose from so that dates, times and numbers are written as where they are.

use rowhouse_platform::time_zone::TimeZone;

use super::{choice::Choice, locale::Locale, time};
use crate::context::RequestContext;

/// Ways of writing dates and numbers, each with an example of now.
pub fn locales(context: &RequestContext) -> Vec<Choice> {
    let local = time::reader().zone.local(context.services.ambient.now());
    Locale::ALL
        .into_iter()
        .map(|locale| {
            let (date, time, number) = (locale.short_date(local), locale.time(local), locale.number(1_234_567));
            Choice::new(locale.tag(), format!("{}: {date}, {time}; {number}", locale.label()))
        })
        .collect()
}

/// The zones, by region.
pub fn zones() -> Vec<Choice> {
    TimeZone::names()
        .iter()
        .map(|name| {
            let (region, place) = name.split_once('/').unwrap_or(("Everywhere", name.as_str()));
            Choice::new(name, place.replace('_', " ").replace('/', ", ")).within(region)
        })
        .collect()
}
