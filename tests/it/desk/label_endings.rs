//! The end of labels that many tickets have.

use rowhouse_app::desk::{
    permission::{ManageProjects, WriteTickets},
    project::Reach,
    ticket::{
        ChangeError, Colour, LabelId, NewTicket, TicketChange, TicketId, change, create, find,
        label::{
            self, Ended, LabelError, LabelState,
            ending::{self, Place},
        },
    },
};
use rowhouse_platform::{access::Permit, upkeep::Left};
use uuid::Uuid;

use super::{open, permit, reader, writer};
use crate::app::{TestApp, TestTenant};

/// Opens so many tickets with a label.
pub async fn many(app: &TestApp, tenant: &TestTenant, label: LabelId, tickets: i32) {
    sqlx::query(
        "WITH made AS (
             INSERT INTO pooled.ticket (tenant_id, id, project_id, number, title, description, status, priority,
                                        requester_id, created_at, updated_at)
             SELECT $1, gen_random_uuid(), p.id,
                    100000 + n + (SELECT count(*) FROM pooled.ticket t WHERE t.tenant_id = $1),
                    'Many', '', 'open', 'normal', $3, now(), now()
             FROM generate_series(1, $4::int) n, pooled.project p WHERE p.tenant_id = $1 AND p.key = 'SUP'
             RETURNING id
         )
         INSERT INTO pooled.ticket_label (tenant_id, ticket_id, label_id) SELECT $1, made.id, $2 FROM made",
    )
    .bind(tenant.home.id().0)
    .bind(label.0)
    .bind(tenant.owner.0)
    .bind(tickets)
    .execute(&mut app.db.admin().await)
    .await
    .unwrap();
}

/// Has a server look for labels that end, until there is nothing to do for the moment.
pub async fn upkeep(app: &TestApp) {
    let upkeep = rowhouse::services::label_upkeep(&app.services, app.services.operator_url.clone().unwrap());
    while upkeep.round().await.unwrap() == Left::More {}
}

/// Labels of these names.
async fn labels<const N: usize>(app: &TestApp, tenant: &TestTenant, names: [&str; N]) -> [LabelId; N] {
    let mut made = Vec::new();
    for name in names {
        let mut max = permit::<WriteTickets>(app, tenant, &tenant.member_cookie).await;
        made.push(label::create(&mut max, &app.services.ambient, name, Colour::Red).await.unwrap());
        max.commit().await.unwrap();
    }
    made.try_into().unwrap()
}

async fn managing(app: &TestApp, tenant: &TestTenant) -> Permit<ManageProjects> {
    permit(app, tenant, &tenant.owner_cookie).await
}

/// The tickets that have a label, in the order in which they are done.
async fn having(app: &TestApp, label: LabelId) -> Vec<Uuid> {
    sqlx::query_scalar("SELECT ticket_id FROM pooled.ticket_label WHERE label_id = $1 ORDER BY ticket_id")
        .bind(label.0)
        .fetch_all(&mut app.db.admin().await)
        .await
        .unwrap()
}

async fn names(app: &TestApp, tenant: &TestTenant, ticket: TicketId) -> Vec<String> {
    let (mut max, reach) = reader(app, tenant, &tenant.member_cookie).await;
    let ticket = find::of_id(&mut max, &reach, ticket).await.unwrap().unwrap();
    ticket.labels.into_iter().map(|label| label.name).collect()
}

async fn give(
    app: &TestApp,
    (max, reach): &mut (Permit<WriteTickets>, Reach),
    ticket: TicketId,
    labels: &[LabelId],
) -> Result<i64, ChangeError> {
    let change = TicketChange { labels: Some(labels.to_vec()), ..TicketChange::default() };
    change::apply(max, &app.services.ambient, reach, ticket, None, change).await.unwrap()
}

#[tokio::test]
async fn a_merge_goes_on_where_it_was_and_does_each_ticket_once() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let ambient = &app.services.ambient;
    let [bug, defect] = labels(&app, &acme, ["bug", "defect"]).await;
    many(&app, &acme, defect, 1200).await;
    let tickets = having(&app, defect).await;
    // One has both.
    let (mut max, reach) = writer(&app, &acme, &acme.member_cookie).await;
    let both = TicketChange { labels: Some(vec![bug, defect]), ..TicketChange::default() };
    change::apply(&mut max, ambient, &reach, TicketId(tickets[7]), None, both).await.unwrap().unwrap();
    max.commit().await.unwrap();

    let mut owner = managing(&app, &acme).await;
    assert_eq!(label::merge(&mut owner, ambient, defect, bug).await.unwrap(), Ended::OnItsWay);
    owner.commit().await.unwrap();
    assert_eq!(having(&app, defect).await.len(), 1200, "nothing is done while somebody waits for the answer");
    let mut owner = managing(&app, &acme).await;
    let used = label::list_with_use(&mut owner).await.unwrap();
    assert_eq!((&used[1].state, used[1].tickets), (&LabelState::Merging("bug".to_owned()), 1001));
    drop(owner);

    // A server is killed in the middle of a batch, another one after its first.
    let mut killed = app.services.database.begin(&acme.home).await.unwrap();
    assert_eq!(ending::batch(&mut killed, ambient, &mut Place::default()).await.unwrap(), Left::More);
    drop(killed);
    assert_eq!(having(&app, defect).await.len(), 1200);
    let mut first = app.services.database.begin(&acme.home).await.unwrap();
    assert_eq!(ending::batch(&mut first, ambient, &mut Place::default()).await.unwrap(), Left::More);
    first.commit().await.unwrap();
    assert_eq!(having(&app, defect).await, tickets[500..]);
    upkeep(&app).await;

    assert_eq!(having(&app, bug).await, tickets);
    let mut owner = managing(&app, &acme).await;
    let known: Vec<_> = label::known(&mut owner).await.unwrap().into_iter().map(|label| label.id).collect();
    assert_eq!(known, [bug]);
    drop(owner);
    let told: (i64, i64, i64) = sqlx::query_as(
        "SELECT count(*), count(DISTINCT e.ticket_id), count(*) FILTER (WHERE e.detail -> 'added' = '[]')
         FROM pooled.ticket_event e WHERE e.kind = 'labels' AND e.actor_id = $1",
    )
    .bind(acme.owner.0)
    .fetch_one(&mut app.db.admin().await)
    .await
    .unwrap();
    assert_eq!(told, (1200, 1200, 1), "each is told of it once, and the one that had both of what it lost");
    let versions: i64 = sqlx::query_scalar("SELECT sum(version)::bigint FROM pooled.ticket")
        .fetch_one(&mut app.db.admin().await)
        .await
        .unwrap();
    assert_eq!(versions, 1200 * 2 + 1, "each has one more, and one was changed before");
}

#[tokio::test]
async fn a_label_on_its_way_is_neither_given_nor_taken_and_not_ended_again() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let ambient = &app.services.ambient;
    let [bug, defect, other] = labels(&app, &acme, ["bug", "defect", "other"]).await;
    many(&app, &acme, defect, 501).await;
    let mut owner = managing(&app, &acme).await;
    assert_eq!(label::merge(&mut owner, ambient, defect, bug).await.unwrap(), Ended::OnItsWay);
    owner.commit().await.unwrap();

    let mut owner = managing(&app, &acme).await;
    assert!(matches!(label::merge(&mut owner, ambient, defect, other).await, Err(LabelError::Ending)));
    assert!(matches!(label::remove(&mut owner, ambient, defect).await, Err(LabelError::Ending)));
    assert!(matches!(label::change(&mut owner, defect, Some("x"), None).await, Err(LabelError::Ending)));
    assert!(matches!(label::merge(&mut owner, ambient, other, defect).await, Err(LabelError::IntoEnding)));
    assert!(matches!(label::merge(&mut owner, ambient, bug, other).await, Err(LabelError::Awaited)));
    assert!(matches!(label::remove(&mut owner, ambient, bug).await, Err(LabelError::Awaited)));
    let offered: Vec<_> = label::list(&mut owner).await.unwrap().into_iter().map(|label| label.id).collect();
    assert_eq!(offered, [bug, other]);
    drop(owner);

    let without = open(&app, &acme, &acme.member_cookie, "Without", "").await;
    let mut max = writer(&app, &acme, &acme.member_cookie).await;
    let refused = give(&app, &mut max, without, &[defect]).await;
    assert!(matches!(refused, Err(ChangeError::NoSuchLabel)), "{refused:?}");
    let project = max.1.writable().next().unwrap().id;
    let new = NewTicket { labels: vec![defect], ..NewTicket::new(project, "New".to_owned()) };
    let refused = create::create(&mut max.0, ambient, &max.1, new).await.unwrap();
    assert!(matches!(refused, Err(ChangeError::NoSuchLabel)), "{refused:?}");
    drop(max);

    // Whoever chooses labels does not see this one, or saw it before; the ticket has it either way.
    let tickets = having(&app, defect).await;
    for (ticket, labels) in [(tickets[0], vec![other]), (tickets[1], vec![defect, other])] {
        let mut max = writer(&app, &acme, &acme.member_cookie).await;
        give(&app, &mut max, TicketId(ticket), &labels).await.unwrap();
        max.0.commit().await.unwrap();
        assert_eq!(names(&app, &acme, TicketId(ticket)).await, ["defect", "other"]);
    }
    upkeep(&app).await;
    for ticket in &tickets[..2] {
        assert_eq!(names(&app, &acme, TicketId(*ticket)).await, ["bug", "other"]);
    }
    let mut owner = managing(&app, &acme).await;
    assert!(matches!(label::merge(&mut owner, ambient, defect, bug).await, Err(LabelError::NotFound)));
    assert_eq!(label::merge(&mut owner, ambient, other, bug).await.unwrap(), Ended::AtOnce { tickets: 2 });
}

#[tokio::test]
async fn a_ticket_that_somebody_is_changing_is_done_afterwards() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let ambient = &app.services.ambient;
    let [bug] = labels(&app, &acme, ["bug"]).await;
    many(&app, &acme, bug, 501).await;
    let mut owner = managing(&app, &acme).await;
    assert_eq!(label::remove(&mut owner, ambient, bug).await.unwrap(), Ended::OnItsWay);
    owner.commit().await.unwrap();

    let held = TicketId(having(&app, bug).await[250]);
    let (mut max, reach) = writer(&app, &acme, &acme.member_cookie).await;
    let retitled = TicketChange { title: Some("Held".to_owned()), ..TicketChange::default() };
    change::apply(&mut max, ambient, &reach, held, None, retitled).await.unwrap().unwrap();
    upkeep(&app).await;
    assert_eq!(having(&app, bug).await, [held.0], "the others did not wait for it");
    max.commit().await.unwrap();
    assert_eq!(names(&app, &acme, held).await, ["bug"]);
    upkeep(&app).await;
    assert_eq!(names(&app, &acme, held).await, [""; 0]);
    let mut owner = managing(&app, &acme).await;
    assert_eq!(label::known(&mut owner).await.unwrap(), []);
}
