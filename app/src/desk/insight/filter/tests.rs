//! Addresses, read and written.

use rowhouse_platform::{tenancy::settings::WeekStart, time_zone::TimeZone};
use time::macros::date;

use super::*;
use crate::ui::locale::Locale;

const TODAY: Date = date!(2026 - 06 - 10);

fn read(query: &InsightQuery) -> (Filter, FieldErrors) {
    let calendar = Calendar { zone: TimeZone::utc(), week_start: WeekStart::Monday, locale: Locale::Britain };
    let person = Assigned { id: AccountId(Uuid::from_u128(7)), name: "Max".to_owned() };
    let choices = Choices { reach: Reach::default(), people: vec![person], labels: Vec::new() };
    let mut errors = FieldErrors::default();
    let filter = Filter::read(query, &choices, &calendar, TODAY, &mut errors);
    (filter, errors)
}

fn ranged(range: &str, from: &str, to: &str) -> InsightQuery {
    InsightQuery { range: range.to_owned(), from: from.to_owned(), to: to.to_owned(), ..InsightQuery::default() }
}

#[test]
fn ranges_end_today() {
    for (word, first) in [
        ("", date!(2026 - 05 - 12)),
        ("7d", date!(2026 - 06 - 04)),
        ("30d", date!(2026 - 05 - 12)),
        ("90d", date!(2026 - 03 - 13)),
        // The Monday before 10 June 2025.
        ("12m", date!(2025 - 06 - 09)),
    ] {
        let (filter, errors) = read(&ranged(word, "", " "));
        assert!(errors.is_empty(), "{word}");
        assert_eq!((filter.first, filter.last), (first, TODAY), "{word}");
    }
}

#[test]
fn days_are_never_passed_over() {
    let (filter, errors) = read(&ranged("", "2026-01-01", "2026-01-31"));
    assert!(errors.is_empty());
    assert_eq!(filter.range, Range::Custom);
    assert_eq!((filter.first, filter.last), (date!(2026 - 01 - 01), date!(2026 - 01 - 31)));
    let (_, errors) = read(&ranged("", "2026-01-01", ""));
    assert_eq!(errors.of("to").unwrap(), "Choose a day.");
    for (from, to) in [("2026-01-01", "2026-01-31"), ("", "2026-01-31")] {
        let (_, errors) = read(&ranged("7d", from, to));
        assert!(errors.of("from").unwrap().contains("the range “custom”"), "{from} {to}");
    }
}

#[test]
fn chosen_days_are_checked() {
    let (filter, errors) = read(&ranged("custom", "2026-01-01", "2026-01-31"));
    assert!(errors.is_empty());
    assert_eq!((filter.first, filter.last), (date!(2026 - 01 - 01), date!(2026 - 01 - 31)));
    assert_eq!(filter.address(), "/insight?range=custom&from=2026-01-01&to=2026-01-31");
    for (from, to, field, message) in [
        ("", "2026-01-31", "from", "Choose a day."),
        ("yesterday", "2026-01-31", "from", "no day"),
        ("2026-02-30", "2026-03-31", "from", "no day"),
        ("2026-02-02", "2026-02-01", "to", "before the first"),
        ("2026-06-01", "2026-06-11", "to", "yet to come"),
        ("1999-01-01", "2026-01-01", "from", "These are 9,863 days; 1,830 can be shown at once."),
        ("0000-01-01", "9999-12-31", "from", "can be shown at once"),
    ] {
        let (_, errors) = read(&ranged("custom", from, to));
        let said = errors.of(field).unwrap_or_else(|| panic!("{from} {to}"));
        assert!(said.contains(message), "{from} {to}: {said}");
    }
}

#[test]
fn what_is_not_there_is_told_of() {
    let max = AccountId(Uuid::from_u128(7));
    for (assignee, known) in [
        (max.to_string(), Some(Assignee::Account(max))),
        ("none".to_owned(), Some(Assignee::Nobody)),
        (AccountId(Uuid::from_u128(8)).to_string(), None),
        ("Max".to_owned(), None),
    ] {
        let (filter, errors) = read(&InsightQuery { assignee: assignee.clone(), ..InsightQuery::default() });
        assert_eq!(filter.assignee, known, "{assignee}");
        assert_eq!(errors.is_empty(), known.is_some(), "{assignee}");
    }
    let query = InsightQuery {
        project: "OPS".to_owned(),
        label: "lbl_x".to_owned(),
        range: "8d".to_owned(),
        ..InsightQuery::default()
    };
    let (filter, errors) = read(&query);
    assert!(["project", "label", "range"].iter().all(|field| errors.of(field).is_some()));
    assert_eq!(filter.address(), "/insight");
}

#[test]
fn an_address_says_what_differs() {
    let query = InsightQuery {
        range: "7d".to_owned(),
        assignee: "none".to_owned(),
        by: "label".to_owned(),
        ..InsightQuery::default()
    };
    let (filter, _) = read(&query);
    assert_eq!(filter.address(), "/insight?range=7d&assignee=none&by=label");
    assert_eq!(filter.export_address("resolution"), "/insight/export?chart=resolution&range=7d&assignee=none&by=label");
}
