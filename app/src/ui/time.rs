//! Points in time, as people say them.

use leptos::prelude::*;
use time::{Duration, OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339, macros::format_description};

/// How long ago, in words: "4 min ago", "yesterday", "12 March 2026".
pub fn ago(then: OffsetDateTime, now: OffsetDateTime) -> String {
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
    then.format(format_description!("[day padding:none] [month repr:short] [year]")).unwrap_or_default()
}

/// A day: "12 March 2026".
pub fn day(at: OffsetDateTime) -> String {
    at.format(format_description!("[day padding:none] [month repr:long] [year]")).unwrap_or_default()
}

/// A point in time, relative, with the exact one for machines and on hover.
#[component]
pub fn Ago(
    /// When it was.
    at: OffsetDateTime,
    /// Now.
    now: OffsetDateTime,
) -> impl IntoView {
    let at = at.to_offset(UtcOffset::UTC);
    let exact = at
        .format(format_description!("[day padding:none] [month repr:long] [year], [hour]:[minute] UTC"))
        .unwrap_or_default();
    view! {
        <time datetime=at.format(&Rfc3339).unwrap_or_default() title=exact>
            {ago(at, now)}
        </time>
    }
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
            assert_eq!(ago(then, now), words);
        }
    }
}
