//! What is computed: medians and percentiles, by project, assignee and label, of what the reader reaches.
//!
//! The clock of the tests says 2026-06-01 12:00 UTC, a Monday.

use axum::http::StatusCode;
use time::macros::datetime;

use super::{Plan, World, insert, project};
use crate::app::Answer;

#[tokio::test]
async fn medians_and_ninetieth_percentiles_are_exact() {
    let mut world = World::new("UTC", "monday").await;
    let ops = world.ops;
    let day = datetime!(2026-05-31 0:00 UTC);
    // Answered after 10, 20, 30, 40 minutes, one never; resolved after 1, 2, 3, 4 hours, one never.
    for step in 1..=4 {
        world.ticket(Plan::new(ops, day).answered_after(step * 10).resolved_after(step * 60)).await;
    }
    world.ticket(Plan::new(ops, day)).await;
    // The day after: one alone.
    let next = datetime!(2026-06-01 1:00 UTC);
    world.ticket(Plan::new(ops, next).answered_after(5).resolved_after(7)).await;

    // Of four figures a, b, c, d the median is (b + c) / 2 and the 90th percentile c + 0.7 (d - c).
    let lines = world.export("chart=first-response&range=7d").await;
    assert_eq!(lines[0], "Day,Median (seconds),90th percentile (seconds),Answered");
    assert_eq!(lines[5..], ["2026-05-30,,,0", "2026-05-31,1500,2220,4", "2026-06-01,300,300,1"]);
    let lines = world.export("chart=resolution&range=7d").await;
    assert_eq!(lines[0], "Day,Median (seconds),90th percentile (seconds),Resolved");
    assert_eq!(lines[5..], ["2026-05-30,,,0", "2026-05-31,9000,13320,4", "2026-06-01,420,420,1"]);

    let page = world.get(&world.acme.owner_cookie, "/insight?range=7d").await;
    // Of all: 5, 10, 20, 30, 40 minutes; 7, 60, 120, 180, 240 minutes.
    for told in [
        "6 created, 5 resolved: 1 more came in than were resolved.",
        "Half of the tickets were answered within 20\u{a0}min, nine in ten within 36\u{a0}min.",
        "Half of the tickets were resolved within 2\u{a0}h, nine in ten within 3\u{a0}h 36\u{a0}min.",
        "1 ticket is open, none for more than 90 days.",
    ] {
        assert!(page.body.contains(told), "{told}: {}", page.body);
    }
}

#[tokio::test]
async fn figures_are_of_what_one_reaches() {
    let mut world = World::new("UTC", "monday").await;
    let (ops, sec) = (world.ops, world.sec);
    let day = datetime!(2026-06-01 1:00 UTC);
    world.ticket(Plan::new(ops, day)).await;
    for _ in 0..3 {
        world.ticket(Plan::new(sec, day).answered_after(1).resolved_after(60)).await;
    }
    // Of another workspace: counted nowhere here.
    let globex = world.app.tenant("globex").await;
    let theirs = project(&mut world.admin, &globex, "OPS", "Operations", true).await;
    insert(&mut world.admin, globex.home.id().0, globex.owner.0, 1, Plan::new(theirs, day)).await;

    let agent = world.acme.member_cookie.clone();
    let today = |lines: Vec<String>| lines.last().unwrap().clone();
    assert_eq!(today(world.export("chart=created-resolved").await), "2026-06-01,4,3", "the owner");
    assert_eq!(today(world.export_for(&agent, "chart=created-resolved").await), "2026-06-01,1,0", "an agent");
    assert_eq!(
        world.export_for(&agent, "chart=breakdown").await[1..],
        ["OPS Operations,1,1,0,,"],
        "the closed project is not even named"
    );
    // One that is not reached answers as one that does not exist.
    let plain = |answer: Answer, key: &str| (answer.status, answer.body.replace(key, "KEY").len());
    let closed = plain(world.get(&agent, "/insight?project=SEC").await, "SEC");
    let none = plain(world.get(&agent, "/insight?project=XYZ").await, "XYZ");
    assert_eq!(closed, none);
    assert_eq!(closed.0, StatusCode::UNPROCESSABLE_ENTITY);

    let member = world.account("member").await;
    sqlx::query(
        "INSERT INTO pooled.project_member (tenant_id, project_id, account_id, role, added_at)
         VALUES ($1, $2, $3, 'viewer', now())",
    )
    .bind(world.acme.home.id().0)
    .bind(sec)
    .bind(member)
    .execute(&mut world.admin)
    .await
    .unwrap();
    assert_eq!(today(world.export_for(&agent, "chart=created-resolved").await), "2026-06-01,4,3", "a member");
    assert_eq!(today(world.export_for(&agent, "chart=created-resolved&project=sec").await), "2026-06-01,3,3");
}

#[tokio::test]
async fn figures_are_broken_down_and_filtered() {
    let mut world = World::new("UTC", "monday").await;
    let (ops, sec) = (world.ops, world.sec);
    let (max, ada) = (world.account("member").await, world.account("admin").await);
    let (bug, formula) = (world.label("bug").await, world.label("=1+1").await);
    let day = datetime!(2026-05-31 0:00 UTC);
    world.ticket(Plan::new(ops, day).of(max).with(bug).answered_after(10).resolved_after(60)).await;
    world.ticket(Plan::new(ops, day).of(max).with(bug).answered_after(30).resolved_after(180)).await;
    world.ticket(Plan::new(ops, day).of(ada).with(formula)).await;
    world.ticket(Plan::new(sec, day).pending()).await;
    // Before the range and open: no figure of the range, one of now.
    world.ticket(Plan::new(sec, datetime!(2026-01-01 0:00 UTC)).with(bug)).await;

    let head = "Open now,Created,Resolved,Median first response (seconds),Median resolution (seconds)";
    for (query, lines) in [
        (
            "by=project",
            vec![format!("Project,{head}"), "SEC Security,2,1,0,,".into(), "OPS Operations,1,3,2,1200,7200".into()],
        ),
        (
            "by=assignee",
            vec![
                format!("Assignee,{head}"),
                "Unassigned,2,1,0,,".into(),
                "Ada of acme,1,1,0,,".into(),
                "Max of acme,0,2,2,1200,7200".into(),
            ],
        ),
        ("by=label", vec![format!("Label,{head}"), "bug,1,2,2,1200,7200".into(), "'=1+1,1,1,0,,".into()]),
    ] {
        assert_eq!(world.export(&format!("chart=breakdown&{query}")).await, lines, "{query}");
    }
    let (max, bug) = (rowhouse_platform::id::AccountId(max), rowhouse_app::desk::ticket::LabelId(bug));
    for (query, sum) in [
        ("project=OPS".to_owned(), "2026-05-31,3,2"),
        (format!("assignee={max}"), "2026-05-31,2,2"),
        ("assignee=none".to_owned(), "2026-05-31,1,0"),
        (format!("label={bug}"), "2026-05-31,2,2"),
        (format!("label={bug}&assignee=none"), "2026-05-31,0,0"),
    ] {
        let lines = world.export(&format!("chart=created-resolved&range=7d&{query}")).await;
        assert_eq!(lines[6], sum, "{query}");
    }
}
