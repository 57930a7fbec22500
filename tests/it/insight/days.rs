//! When a day, a week and an age begin, in the workspace's time zone.
//!
//! The clock of the tests says 2026-06-01 12:00 UTC, a Monday.

use time::{Duration, macros::datetime};

use super::{Plan, World};

#[tokio::test]
async fn days_are_those_of_the_workspace() {
    // UTC+5:30: its 1 June began at 18:30 UTC the day before.
    let mut world = World::new("Asia/Kolkata", "monday").await;
    let ops = world.ops;
    for created in [
        datetime!(2026-05-30 18:29:59 UTC),
        datetime!(2026-05-30 18:30 UTC),
        datetime!(2026-05-31 18:29:59.999999 UTC),
        datetime!(2026-05-31 18:30 UTC),
        datetime!(2026-06-01 11:00 UTC),
    ] {
        world.ticket(Plan::new(ops, created)).await;
    }
    // Created on 31 May, resolved after midnight: on 1 June.
    world.ticket(Plan::new(ops, datetime!(2026-05-31 18:00 UTC)).resolved_after(60)).await;
    // Before the range, resolved in it; and resolved before it.
    world.ticket(Plan::new(ops, datetime!(2026-04-01 0:00 UTC)).resolved_after(60 * 24 * 60)).await;
    world.ticket(Plan::new(ops, datetime!(2026-04-01 0:00 UTC)).resolved_after(60)).await;

    let lines = world.export("chart=created-resolved&range=7d").await;
    assert_eq!(lines[0], "Day,Created,Resolved");
    assert_eq!(lines.len(), 8);
    assert_eq!(lines[1], "2026-05-26,0,0");
    assert_eq!(lines[5..], ["2026-05-30,1,0", "2026-05-31,3,1", "2026-06-01,2,1"]);
}

#[tokio::test]
async fn days_of_23_and_25_hours_lose_and_double_nothing() {
    let mut world = World::new("Europe/Berlin", "monday").await;
    let ops = world.ops;
    // One an hour, from midnight in Berlin to midnight two days later.
    let mut created = datetime!(2026-03-28 23:00 UTC);
    while created < datetime!(2026-03-30 22:00 UTC) {
        world.ticket(Plan::new(ops, created)).await;
        created += Duration::hours(1);
    }
    let lines = world.export("chart=created-resolved&range=custom&from=2026-03-28&to=2026-03-31").await;
    assert_eq!(lines[1..], ["2026-03-28,0,0", "2026-03-29,23,0", "2026-03-30,24,0", "2026-03-31,0,0"]);

    let mut created = datetime!(2025-10-25 22:00 UTC);
    while created < datetime!(2025-10-27 23:00 UTC) {
        world.ticket(Plan::new(ops, created)).await;
        created += Duration::hours(1);
    }
    let lines = world.export("chart=created-resolved&range=custom&from=2025-10-26&to=2025-10-27").await;
    assert_eq!(lines[1..], ["2025-10-26,25,0", "2025-10-27,24,0"]);
}

#[tokio::test]
async fn weeks_begin_as_the_workspace_says() {
    let mut world = World::new("UTC", "sunday").await;
    let ops = world.ops;
    // A Saturday and the Sunday after it.
    for created in [datetime!(2026-05-23 23:59 UTC), datetime!(2026-05-24 0:00 UTC), datetime!(2026-05-30 23:59 UTC)] {
        world.ticket(Plan::new(ops, created)).await;
    }
    let lines = world.export("chart=created-resolved&range=12m").await;
    assert_eq!(lines[0], "Week,Created,Resolved");
    // The week of the day 364 days ago, and 52 after it.
    assert_eq!((lines.len(), lines[1].as_str()), (54, "2025-06-01,0,0"));
    assert_eq!(lines[51..], ["2026-05-17,1,0", "2026-05-24,2,0", "2026-05-31,0,0"]);
}

#[tokio::test]
async fn open_tickets_are_told_by_age() {
    let mut world = World::new("UTC", "monday").await;
    let ops = world.ops;
    let now = datetime!(2026-06-01 12:00 UTC);
    let second = Duration::SECOND;
    for (days, past) in [(1, -second), (1, second), (3, second), (7, second), (30, second), (90, -second), (90, second)]
    {
        world.ticket(Plan::new(ops, now - Duration::days(days) - past)).await;
    }
    world.ticket(Plan::new(ops, now - Duration::days(400)).pending()).await;
    // Done, and so of no age.
    world.ticket(Plan::new(ops, now - Duration::days(400)).resolved_after(5)).await;
    assert_eq!(
        world.export("chart=open-by-age").await,
        [
            "Age,Open,Pending,Both",
            "Less than a day,1,0,1",
            "1 to 3 days,1,0,1",
            "3 to 7 days,1,0,1",
            "7 to 30 days,1,0,1",
            "30 to 90 days,2,0,2",
            "More than 90 days,1,1,2"
        ]
    );
    let page = world.get(&world.acme.owner_cookie, "/insight").await;
    assert!(page.body.contains("8 tickets are open, 2 of them for more than 90 days."), "{}", page.body);
}
