//! Finding tickets and working on many: the list's filters and orders, saved views, bulk edit, the board.

mod board;
mod bulk;
mod finding;
mod paging;
mod views;
mod words;

use rowhouse_app::desk::{
    list::{Asker, Filter, Narrow, Place, TicketPage, counts, page},
    permission::ReadTickets,
    project::reach,
};
use rowhouse_platform::{
    access::{Permission, Permit, Visitor, authorise},
    identity::session::SessionToken,
};
use uuid::Uuid;

use crate::app::{TestApp, TestTenant};

/// What somebody may do who is signed in by this cookie.
async fn permit<P: Permission>(app: &TestApp, tenant: &TestTenant, cookie: &str) -> Permit<P> {
    let token = SessionToken::parse(cookie.split_once('=').unwrap().1).unwrap();
    let visitor = Visitor { token: Some(&token), address: "192.0.2.1" };
    let services = &app.services;
    authorise::<P>(&services.database, &services.ambient, services.session_policy, &tenant.home, visitor).await.unwrap()
}

/// The tickets that the member sees under a query of the address.
async fn found(app: &TestApp, tenant: &TestTenant, query: &str, place: Place, size: usize) -> TicketPage {
    let mut permit = permit::<ReadTickets>(app, tenant, &tenant.member_cookie).await;
    let reach = reach::of(&mut permit).await.unwrap();
    let filter = Filter::parse(query).unwrap();
    let narrow = {
        let asker = Asker::new(permit.principal(), &reach, app.services.ambient.now());
        Narrow::new(&filter, &asker).unwrap()
    };
    let list = page(&mut permit, &narrow, filter.order(), place, size).await.unwrap();
    let counted = counts(&mut permit, &narrow).await.unwrap();
    // Whoever counts sees the same tickets.
    if place == Place::Start && list.next.is_none() && filter.statuses.is_empty() {
        assert_eq!(counted.all(), Some(i64::try_from(list.rows.len()).unwrap()), "{query}");
    }
    list
}

fn titles(list: &TicketPage) -> Vec<&str> {
    list.rows.iter().map(|row| row.title.as_str()).collect()
}

/// Tickets of all kinds, put into the database as they are: number `n` of 1 to `count` is called “Ticket n”. Their ids
/// are in the order of their numbers.
async fn tickets(app: &TestApp, tenant: &TestTenant, count: i32) {
    let mut admin = app.db.admin().await;
    sqlx::query(
        "INSERT INTO pooled.ticket (tenant_id, id, project_id, number, title, description, status, priority, requester_id,
                                    assignee_id, created_at, updated_at, resolved_at, due_on)
         SELECT $1, (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7000a' || right($1::text, 3) || lpad(to_hex(n), 12, '0'))::uuid,
                (SELECT id FROM pooled.project WHERE tenant_id = $1 AND key = 'SUP'), n, 'Ticket ' || n, '',
                s, (ARRAY['low', 'normal', 'high', 'urgent'])[1 + n % 4], people[1 + n % 2],
                CASE WHEN n % 3 > 0 THEN people[n % 3] END, at, at + make_interval(mins => n * 7 % 100),
                CASE WHEN s IN ('solved', 'closed') THEN at END,
                CASE WHEN n % 5 > 0 THEN date '2026-05-30' + n % 5 END
         FROM generate_series(1, $2) n,
              LATERAL (SELECT timestamptz '2026-05-01 00:00Z' + make_interval(hours => n) AS at,
                              (ARRAY['open', 'pending', 'solved', 'closed'])[1 + n % 7 % 4] AS s,
                              (SELECT array_agg(a.id ORDER BY a.email) FROM pooled.account a
                               WHERE a.tenant_id = $1 AND a.email LIKE 'm%' OR a.tenant_id = $1 AND a.email LIKE 'o%') AS people) x",
    )
    .bind(tenant.home.id().0)
    .bind(count)
    .execute(&mut admin)
    .await
    .unwrap();
    sqlx::query("SELECT set_config('app.tenant_id', $1, false), set_config('search_path', 'pooled', false)")
        .bind(tenant.home.id().0.to_string())
        .execute(&mut admin)
        .await
        .unwrap();
    sqlx::query(
        "INSERT INTO pooled.ticket_words (tenant_id, ticket_id, words)
         SELECT t.tenant_id, t.id,
                tenant_words(setweight(to_tsvector('simple', t.title || ' ' || repeat('often ', (t.number % 7)::int)), 'A'))
         FROM pooled.ticket t WHERE t.tenant_id = $1",
    )
    .bind(tenant.home.id().0)
    .execute(&mut admin)
    .await
    .unwrap();
    sqlx::query("UPDATE pooled.project SET last_number = $2 WHERE tenant_id = $1 AND key = 'SUP'")
        .bind(tenant.home.id().0)
        .bind(i64::from(count))
        .execute(&mut admin)
        .await
        .unwrap();
}

/// A value of the tenant's, asked for by a superuser.
async fn id(app: &TestApp, tenant: &TestTenant, sql: &'static str) -> Uuid {
    sqlx::query_scalar(sql).bind(tenant.home.id().0).fetch_one(&mut app.db.admin().await).await.unwrap()
}
