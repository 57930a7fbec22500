//! The dashboard: figures computed by hand, in days of the workspace's time zone, of what the reader reaches.

mod days;
mod figures;
mod page;

use axum::http::StatusCode;
use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};
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
