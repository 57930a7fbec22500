//! The page with its charts, the table and the file of each, and what is wrong in its address.

use axum::http::{StatusCode, header};
use time::macros::datetime;

use super::{Plan, World};

#[tokio::test]
async fn the_page_has_each_chart_with_its_table_and_file() {
    let mut world = World::new("UTC", "monday").await;
    let ops = world.ops;
    let empty = world.get(&world.acme.owner_cookie, "/insight").await;
    assert!(empty.body.contains("No figures yet") && !empty.body.contains("class=\"chart "), "{}", empty.body);

    world.ticket(Plan::new(ops, datetime!(2026-06-01 1:00 UTC))).await;
    let page = world.get(&world.acme.owner_cookie, "/insight").await;
    assert_eq!(page.status, StatusCode::OK);
    for id in ["created-resolved", "open-by-age", "first-response", "resolution", "breakdown"] {
        let at = page.body.find(&format!("id=\"{id}\"")).unwrap_or_else(|| panic!("{id}"));
        let rest = &page.body[at..];
        let chart = &rest[..rest.find("</figure>").unwrap()];
        assert!(chart.contains("<details") && chart.contains("<table"), "{id}");
        assert!(chart.contains(&format!("/insight/export?chart={id}")), "{id}");
        let file = world.get(&world.acme.owner_cookie, &format!("/insight/export?chart={id}")).await;
        assert_eq!(file.status, StatusCode::OK);
        assert_eq!(file.headers[header::CONTENT_TYPE], "text/csv; charset=utf-8; header=present");
        let disposition = file.headers[header::CONTENT_DISPOSITION].to_str().unwrap();
        let name = if id == "breakdown" { "by-project" } else { id };
        assert_eq!(disposition, format!("attachment; filename=\"acme-{name}-2026-06-01.csv\""));
    }
    // A figure leads to the tickets that it counts.
    for href in [
        "href=\"/tickets?created_from=2026-06-01&amp;created_to=2026-06-01\"",
        "href=\"/tickets?status=open&amp;status=pending\"",
        "href=\"/tickets?project=OPS&amp;status=open&amp;status=pending\"",
    ] {
        assert!(page.body.contains(href), "{href}: {}", page.body);
    }
    assert!(!page.body.contains(" style=\""), "the policy forbids them");

    let other =
        world.get(&world.acme.owner_cookie, "/insight?range=custom&from=2020-01-01&to=2020-01-31&assignee=none").await;
    assert!(other.body.contains("1 ticket is open"), "what is open is of now: {}", other.body);
    for (query, message) in [
        ("range=custom", "Choose a day."),
        ("range=custom&from=2026-06-02&to=2026-06-01", "The last day is before the first."),
        ("range=custom&from=2026-05-01&to=2027-01-01", "The last day is yet to come."),
        ("range=8d", "Choose one of the ranges."),
        ("range=7d&from=2026-05-01", "Leave out the range, or the days."),
        ("assignee=usr_x", "There is no such person."),
        ("label=lbl_x", "There is no such label."),
    ] {
        let page = world.get(&world.acme.owner_cookie, &format!("/insight?{query}")).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{query}");
        assert!(page.body.contains(message) && page.body.contains("id=\"errors\""), "{query}: {}", page.body);
        let file = world.get(&world.acme.owner_cookie, &format!("/insight/export?chart=resolution&{query}")).await;
        assert_eq!(file.status, StatusCode::BAD_REQUEST, "{query}");
    }
    for chart in ["", "nonsense", "%00"] {
        let file = world.get(&world.acme.owner_cookie, &format!("/insight/export?chart={chart}")).await;
        assert_eq!(file.status, StatusCode::NOT_FOUND, "{chart}");
    }
}
