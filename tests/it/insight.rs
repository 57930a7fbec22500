//! The dashboard: figures computed by hand, in days of the workspace's time zone, of what the reader reaches.

use axum::http::{StatusCode, header};
use sqlx::PgConnection;
use time::{Duration, OffsetDateTime, macros::datetime};
use uuid::Uuid;

use crate::app::{Answer, TestApp, TestTenant};

/// A workspace with an open project OPS, a closed one SEC, and tickets of exact times.
struct World {
    app: TestApp,
    acme: TestTenant,
    admin: PgConnection,
    ops: Uuid,
    sec: Uuid,
    number: i64,
}

/// A ticket to be. Its status follows from its times.
#[derive(Clone, Copy)]
struct Plan {
    project: Uuid,
    created: OffsetDateTime,
    answered_after: Option<Duration>,
    resolved_after: Option<Duration>,
    assignee: Option<Uuid>,
    label: Option<Uuid>,
    is_pending: bool,
}

impl Plan {
    fn new(project: Uuid, created: OffsetDateTime) -> Self {
        Self {
            project,
            created,
            answered_after: None,
            resolved_after: None,
            assignee: None,
            label: None,
            is_pending: false,
        }
    }

    fn answered_after(self, minutes: i64) -> Self {
        Self { answered_after: Some(Duration::minutes(minutes)), ..self }
    }

    fn resolved_after(self, minutes: i64) -> Self {
        Self { resolved_after: Some(Duration::minutes(minutes)), ..self }
    }

    fn of(self, assignee: Uuid) -> Self {
        Self { assignee: Some(assignee), ..self }
    }

    fn with(self, label: Uuid) -> Self {
        Self { label: Some(label), ..self }
    }

    fn pending(self) -> Self {
        Self { is_pending: true, ..self }
    }
}

impl World {
    async fn new(zone: &str, week_start: &str) -> Self {
        let app = TestApp::start().await;
        let acme = app.tenant("acme").await;
        let mut admin = app.db.admin().await;
        sqlx::query(
            "INSERT INTO pooled.workspace_settings (tenant_id, time_zone, locale, week_start, updated_at)
             VALUES ($1, $2, 'en-GB', $3, now())",
        )
        .bind(acme.home.id().0)
        .bind(zone)
        .bind(week_start)
        .execute(&mut admin)
        .await
        .unwrap();
        let ops = project(&mut admin, &acme, "OPS", "Operations", true).await;
        let sec = project(&mut admin, &acme, "SEC", "Security", false).await;
        Self { app, acme, admin, ops, sec, number: 0 }
    }

    async fn account(&mut self, mailbox: &str) -> Uuid {
        sqlx::query_scalar("SELECT id FROM pooled.account WHERE tenant_id = $1 AND email = $2")
            .bind(self.acme.home.id().0)
            .bind(format!("{mailbox}@acme.test"))
            .fetch_one(&mut self.admin)
            .await
            .unwrap()
    }

    async fn label(&mut self, name: &str) -> Uuid {
        sqlx::query_scalar(
            "INSERT INTO pooled.label (tenant_id, id, name, colour, created_at)
             VALUES ($1, gen_random_uuid(), $2, 'blue', now()) RETURNING id",
        )
        .bind(self.acme.home.id().0)
        .bind(name)
        .fetch_one(&mut self.admin)
        .await
        .unwrap()
    }

    async fn ticket(&mut self, plan: Plan) {
        self.number += 1;
        let tenant = self.acme.home.id().0;
        let owner = self.acme.owner;
        insert(&mut self.admin, tenant, owner.0, self.number, plan).await;
    }

    async fn get(&self, cookie: &str, path: &str) -> Answer {
        self.app.get(&self.acme.host, path).cookie(cookie).send().await
    }

    /// The lines of an export, as the owner gets it, without its quotes.
    async fn export(&self, query: &str) -> Vec<String> {
        self.export_for(&self.acme.owner_cookie, query).await
    }

    async fn export_for(&self, cookie: &str, query: &str) -> Vec<String> {
        let answer = self.get(cookie, &format!("/insight/export?{query}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        answer.body.replace('"', "").lines().map(ToOwned::to_owned).collect()
    }
}

async fn project(admin: &mut PgConnection, tenant: &TestTenant, key: &str, name: &str, is_open: bool) -> Uuid {
    sqlx::query_scalar(
        "INSERT INTO pooled.project
             (tenant_id, id, key, name, description, is_open, last_number, version, created_at, updated_at)
         VALUES ($1, gen_random_uuid(), $2, $3, '', $4, 0, 1, now(), now()) RETURNING id",
    )
    .bind(tenant.home.id().0)
    .bind(key)
    .bind(name)
    .bind(is_open)
    .fetch_one(admin)
    .await
    .unwrap()
}

async fn insert(admin: &mut PgConnection, tenant: Uuid, requester: Uuid, number: i64, plan: Plan) {
    let status = match (plan.resolved_after, plan.is_pending) {
        (Some(_), _) => "solved",
        (None, true) => "pending",
        (None, false) => "open",
    };
    let id: Uuid = sqlx::query_scalar(
        "INSERT INTO pooled.ticket
             (tenant_id, id, project_id, number, title, description, status, priority, requester_id, assignee_id,
              created_at, updated_at, first_response_at, resolved_at)
         VALUES ($1, gen_random_uuid(), $2, $3, 'Printer', '', $4, 'normal', $5, $6, $7, $7, $8, $9) RETURNING id",
    )
    .bind(tenant)
    .bind(plan.project)
    .bind(number)
    .bind(status)
    .bind(requester)
    .bind(plan.assignee)
    .bind(plan.created)
    .bind(plan.answered_after.map(|after| plan.created + after))
    .bind(plan.resolved_after.map(|after| plan.created + after))
    .fetch_one(&mut *admin)
    .await
    .unwrap();
    if let Some(label) = plan.label {
        sqlx::query("INSERT INTO pooled.ticket_label (tenant_id, ticket_id, label_id) VALUES ($1, $2, $3)")
            .bind(tenant)
            .bind(id)
            .bind(label)
            .execute(admin)
            .await
            .unwrap();
    }
}

// The clock of the tests says 2026-06-01 12:00 UTC, a Monday.

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
