//! Changes of a ticket: by one, by two at once, by who may not.

use rowhouse_app::desk::ticket::{
    ChangeError, Priority, Status, TicketChange, TicketId, change, comment, event, event::Kind, find, label,
};
use rowhouse_platform::{access::Role, id::AccountId};
use time::macros::date;

use super::{open, permit, reader, writer};
use crate::app::{TestApp, TestTenant};

async fn apply(
    app: &TestApp,
    tenant: &TestTenant,
    ticket: TicketId,
    version: Option<i64>,
    change: TicketChange,
) -> Result<i64, ChangeError> {
    let (mut permit, reach) = writer(app, tenant, &tenant.member_cookie).await;
    let done = change::apply(&mut permit, &app.services.ambient, &reach, ticket, version, change).await.unwrap();
    if done.is_ok() {
        permit.commit().await.unwrap();
    }
    done
}

async fn kinds(app: &TestApp, tenant: &TestTenant, ticket: TicketId) -> Vec<Kind> {
    let (mut permit, reach) = reader(app, tenant, &tenant.owner_cookie).await;
    let mut events = event::timeline(&mut permit, &reach, ticket, None, 100).await.unwrap();
    events.reverse();
    events.into_iter().map(|event| event.kind).collect()
}

async fn account(app: &TestApp, email: &str) -> AccountId {
    let sql = "SELECT id FROM pooled.account WHERE email = $1";
    AccountId(sqlx::query_scalar(sql).bind(email).fetch_one(&mut app.db.admin().await).await.unwrap())
}

#[tokio::test]
async fn every_change_is_made_and_told_once() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let max = account(&app, "member@acme.test").await;
    let ticket = open(&app, &acme, &acme.owner_cookie, "Printer", "It burns.").await;
    let mut labels = permit(&app, &acme, &acme.member_cookie).await;
    let red = rowhouse_app::desk::ticket::Colour::Red;
    let bug = label::create(&mut labels, &app.services.ambient, "bug", red).await.unwrap();
    labels.commit().await.unwrap();
    app.clock.advance(time::Duration::hours(1));
    let change = TicketChange {
        title: Some("Printer on fire".to_owned()),
        description: Some("It burns.".to_owned()),
        status: Some(Status::Solved),
        priority: Some(Priority::Urgent),
        assignee: Some(Some(max)),
        requester: Some(max),
        due_on: Some(Some(date!(2026 - 06 - 30))),
        labels: Some(vec![bug, bug]),
    };
    assert_eq!(apply(&app, &acme, ticket, Some(1), change.clone()).await, Ok(2));
    assert_eq!(apply(&app, &acme, ticket, Some(2), change).await, Ok(2), "nothing is different");

    let (mut permit, reach) = reader(&app, &acme, &acme.owner_cookie).await;
    let found = find::of_id(&mut permit, &reach, ticket).await.unwrap().unwrap();
    let by_key = find::of_key(&mut permit, &reach, &"sup-1".parse().unwrap()).await.unwrap().unwrap();
    permit.commit().await.unwrap();
    assert_eq!(found, by_key);
    assert_eq!(
        (found.title.as_str(), found.status, found.priority),
        ("Printer on fire", Status::Solved, Priority::Urgent)
    );
    assert_eq!((found.assignee.unwrap().id, found.requester.id, found.version), (max, max, 2));
    assert_eq!((found.due_on, found.labels[0].name.as_str()), (Some(date!(2026 - 06 - 30)), "bug"));
    assert_eq!((found.resolved_at, found.updated_at), (Some(app.services.ambient.now()), app.services.ambient.now()));

    let told = kinds(&app, &acme, ticket).await;
    assert_eq!(told.len(), 8, "{told:?}");
    assert_eq!(told[0], Kind::Created {});
    assert_eq!(told[1], Kind::Title { from: "Printer".to_owned(), to: "Printer on fire".to_owned() });
    assert!(told.contains(&Kind::Status { from: Status::Open, to: Status::Solved }));
    let Some(Kind::Requester { from, to }) = told.iter().find(|kind| matches!(kind, Kind::Requester { .. })) else {
        panic!("{told:?}")
    };
    assert_eq!((from.name.as_str(), to.name.as_str(), to.id), ("Olga of acme", "Max of acme", max));

    // Closing what is solved does not change since when; opening it again does.
    app.clock.advance(time::Duration::hours(1));
    let status = |status| TicketChange { status: Some(status), ..TicketChange::default() };
    assert_eq!(apply(&app, &acme, ticket, None, status(Status::Closed)).await, Ok(3));
    let closed =
        find::of_id(&mut reader(&app, &acme, &acme.owner_cookie).await.0, &reach, ticket).await.unwrap().unwrap();
    assert_eq!(closed.resolved_at, found.resolved_at);
    assert_eq!(apply(&app, &acme, ticket, None, status(Status::Pending)).await, Ok(4));
    let open =
        find::of_id(&mut reader(&app, &acme, &acme.owner_cookie).await.0, &reach, ticket).await.unwrap().unwrap();
    assert_eq!(open.resolved_at, None);
    let nobody =
        TicketChange { assignee: Some(None), due_on: Some(None), labels: Some(vec![]), ..TicketChange::default() };
    assert_eq!(apply(&app, &acme, ticket, None, nobody).await, Ok(5));
    let told = kinds(&app, &acme, ticket).await;
    assert!(told.iter().any(|kind| matches!(kind, Kind::Assignee { from: Some(_), to: None })), "{told:?}");
    assert!(
        told.iter().any(
            |kind| matches!(kind, Kind::Labels { removed, .. } if removed.iter().any(|label| label.name == "bug"))
        ),
        "{told:?}"
    );
}

#[tokio::test]
async fn of_two_writers_the_second_is_told() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let ticket = open(&app, &acme, &acme.owner_cookie, "Printer", "").await;
    let title = |title: &str| TicketChange { title: Some(title.to_owned()), ..TicketChange::default() };
    // Both have read version 1; the second waits for the first and then finds another version.
    let (first, second) = tokio::join!(
        apply(&app, &acme, ticket, Some(1), title("One")),
        apply(&app, &acme, ticket, Some(1), title("Two"))
    );
    let mut results = [first, second];
    results.sort_by_key(Result::is_err);
    assert_eq!(results, [Ok(2), Err(ChangeError::Overtaken { current: 2 })]);
    assert_eq!(kinds(&app, &acme, ticket).await.len(), 2);
    assert_eq!(apply(&app, &acme, ticket, Some(2), title("Two again")).await, Ok(3));
}

#[tokio::test]
async fn what_cannot_be_is_refused_and_changes_nothing() {
    let app = TestApp::start().await;
    let (acme, globex) = (app.tenant("acme").await, app.tenant("globex").await);
    let ticket = open(&app, &acme, &acme.owner_cookie, "Printer", "").await;
    let theirs = open(&app, &globex, &globex.owner_cookie, "Theirs", "").await;
    let gone = account(&app, "admin@acme.test").await;
    sqlx::query("UPDATE pooled.account SET state = 'deactivated' WHERE id = $1")
        .bind(gone.0)
        .execute(&mut app.db.admin().await)
        .await
        .unwrap();
    let mut labels = permit(&app, &globex, &globex.member_cookie).await;
    let red = rowhouse_app::desk::ticket::Colour::Red;
    let their_label = label::create(&mut labels, &app.services.ambient, "bug", red).await.unwrap();
    labels.commit().await.unwrap();

    for person in [globex.owner, gone] {
        let assignee = TicketChange { assignee: Some(Some(person)), ..TicketChange::default() };
        assert_eq!(apply(&app, &acme, ticket, None, assignee).await, Err(ChangeError::NoSuchPerson));
        let requester = TicketChange { requester: Some(person), ..TicketChange::default() };
        assert_eq!(apply(&app, &acme, ticket, None, requester).await, Err(ChangeError::NoSuchPerson));
    }
    let label = TicketChange { labels: Some(vec![their_label]), ..TicketChange::default() };
    assert_eq!(apply(&app, &acme, ticket, None, label).await, Err(ChangeError::NoSuchLabel));
    let many = (0..21).map(|_| app.services.ambient.uuid().into()).collect();
    let many = TicketChange { labels: Some(many), ..TicketChange::default() };
    assert_eq!(apply(&app, &acme, ticket, None, many).await, Err(ChangeError::TooManyLabels));
    let closed = TicketChange { status: Some(Status::Closed), ..TicketChange::default() };
    assert_eq!(apply(&app, &acme, theirs, None, closed.clone()).await, Err(ChangeError::NotFound));
    assert_eq!(kinds(&app, &acme, ticket).await, [Kind::Created {}]);

    sqlx::query("UPDATE pooled.project SET archived_at = now()").execute(&mut app.db.admin().await).await.unwrap();
    assert_eq!(apply(&app, &acme, ticket, None, closed).await, Err(ChangeError::ReadOnly));
    let (mut permit, reach) = writer(&app, &acme, &acme.owner_cookie).await;
    let refused = comment::add(&mut permit, &app.services.ambient, &reach, ticket, "x").await.unwrap();
    assert_eq!(refused, Err(ChangeError::ReadOnly));
    let refused = comment::add(&mut permit, &app.services.ambient, &reach, theirs, "x").await.unwrap();
    assert_eq!(refused, Err(ChangeError::NotFound));
}

#[tokio::test]
async fn comments_are_written_changed_and_deleted_by_who_may() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let ambient = &app.services.ambient;
    let ticket = open(&app, &acme, &acme.owner_cookie, "Printer", "").await;
    let response = async || {
        let (mut permit, reach) = reader(&app, &acme, &acme.owner_cookie).await;
        find::of_id(&mut permit, &reach, ticket).await.unwrap().unwrap().first_response_at
    };

    let (mut owner, reach) = writer(&app, &acme, &acme.owner_cookie).await;
    comment::add(&mut owner, ambient, &reach, ticket, "Anybody?").await.unwrap().unwrap();
    owner.commit().await.unwrap();
    assert_eq!(response().await, None, "the requester is no response");
    app.clock.advance(time::Duration::hours(1));
    let answered_at = ambient.now();
    let (mut max, reach) = writer(&app, &acme, &acme.member_cookie).await;
    let own = comment::add(&mut max, ambient, &reach, ticket, "Which one?").await.unwrap().unwrap();
    max.commit().await.unwrap();
    app.clock.advance(time::Duration::hours(1));
    let (mut max, reach) = writer(&app, &acme, &acme.member_cookie).await;
    let second = comment::add(&mut max, ambient, &reach, ticket, "The red one?").await.unwrap().unwrap();
    assert_eq!(comment::edit(&mut max, ambient, &reach, ticket, own, 1, "Which printer?").await.unwrap(), Ok(2));
    assert_eq!(
        comment::edit(&mut max, ambient, &reach, ticket, own, 1, "x").await.unwrap(),
        Err(ChangeError::Overtaken { current: 2 })
    );
    max.commit().await.unwrap();
    assert_eq!(response().await, Some(answered_at), "the first one counts");

    let (mut ada, reach) = writer(&app, &acme, acme.cookie_of(Role::Admin)).await;
    let refused = comment::edit(&mut ada, ambient, &reach, ticket, own, 2, "x").await.unwrap();
    assert_eq!(refused, Err(ChangeError::NotYours));
    comment::remove(&mut ada, ambient, &reach, ticket, own).await.unwrap().expect("an admin leads every project");
    ada.commit().await.unwrap();
    let (mut max, reach) = writer(&app, &acme, &acme.member_cookie).await;
    assert_eq!(comment::remove(&mut max, ambient, &reach, ticket, own).await.unwrap(), Err(ChangeError::NotFound));
    let of_owner = comment::list(&mut max.also().unwrap(), ticket, None, 10).await.unwrap();
    let bodies: Vec<_> = of_owner.shown.iter().map(|comment| comment.body.as_str()).collect();
    assert_eq!((bodies, of_owner.all), (vec!["Anybody?", "The red one?"], 2));
    let (mut max, reach) = writer(&app, &acme, &acme.member_cookie).await;
    let first = of_owner.shown[0].id;
    assert_eq!(comment::remove(&mut max, ambient, &reach, ticket, first).await.unwrap(), Err(ChangeError::NotYours));
    drop(max);

    let told = kinds(&app, &acme, ticket).await;
    assert_eq!(told.iter().filter(|kind| matches!(kind, Kind::Comment { .. })).count(), 3);
    assert!(told.contains(&Kind::CommentEdited { comment: own }), "{told:?}");
    assert!(told.contains(&Kind::Comment { comment: second }), "{told:?}");
    let removed = told.iter().find(|kind| matches!(kind, Kind::CommentRemoved { .. }));
    assert!(matches!(removed, Some(Kind::CommentRemoved { author }) if author.name == "Max of acme"), "{told:?}");
}
