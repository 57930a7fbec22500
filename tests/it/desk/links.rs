//! Links between tickets.

use rowhouse_app::desk::ticket::{ChangeError, Relation, TicketId, event, event::Kind, link};

use time::Duration;

use super::{open, reader, writer};
use crate::app::{TestApp, TestTenant};

async fn links(app: &TestApp, tenant: &TestTenant, ticket: TicketId) -> Vec<(Relation, String)> {
    let (mut permit, reach) = reader(app, tenant, &tenant.member_cookie).await;
    let links = link::of(&mut permit, &reach, ticket).await.unwrap();
    links.into_iter().map(|link| (link.relation, link.key.to_string())).collect()
}

#[tokio::test]
async fn a_link_is_seen_from_both_ends_and_told_at_both() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let ambient = &app.services.ambient;
    let one = open(&app, &acme, &acme.member_cookie, "One", "").await;
    let two = open(&app, &acme, &acme.member_cookie, "Two", "").await;
    for (ticket, relation, other) in [
        (one, Relation::Blocks, two),
        (two, Relation::BlockedBy, one),
        (two, Relation::Relates, one),
        (one, Relation::Relates, two),
    ] {
        app.clock.advance(Duration::seconds(1));
        let (mut permit, reach) = writer(&app, &acme, &acme.member_cookie).await;
        link::add(&mut permit, ambient, &reach, ticket, relation, other).await.unwrap().unwrap();
        permit.commit().await.unwrap();
    }
    app.clock.advance(Duration::seconds(1));
    let key = |relation, key: &str| (relation, key.to_owned());
    assert_eq!(links(&app, &acme, one).await, [key(Relation::Relates, "SUP-2"), key(Relation::Blocks, "SUP-2")]);
    assert_eq!(links(&app, &acme, two).await, [key(Relation::Relates, "SUP-1"), key(Relation::BlockedBy, "SUP-1")]);

    let (mut permit, reach) = writer(&app, &acme, &acme.member_cookie).await;
    link::remove(&mut permit, ambient, &reach, two, Relation::BlockedBy, one).await.unwrap().unwrap();
    link::remove(&mut permit, ambient, &reach, two, Relation::BlockedBy, one).await.unwrap().unwrap();
    permit.commit().await.unwrap();
    assert_eq!(links(&app, &acme, one).await, [key(Relation::Relates, "SUP-2")]);

    let (mut permit, reach) = reader(&app, &acme, &acme.member_cookie).await;
    for (ticket, relation) in [(one, Relation::Blocks), (two, Relation::BlockedBy)] {
        let events = event::timeline(&mut permit, &reach, ticket, None, 10).await.unwrap();
        assert_eq!(events.len(), 4, "created, linked twice, parted once: {events:?}");
        assert!(matches!(&events[0].kind, Kind::LinkRemoved { relation: seen, other: Some(_) } if *seen == relation));
    }
}

#[tokio::test]
async fn nothing_is_linked_to_or_parted_from_a_project_at_rest() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let ambient = &app.services.ambient;
    let mut admin = app.db.admin().await;
    let linked = open(&app, &acme, &acme.owner_cookie, "Linked", "").await;
    let free = open(&app, &acme, &acme.owner_cookie, "Free", "").await;
    sqlx::query(
        "INSERT INTO pooled.project SELECT tenant_id, gen_random_uuid(), 'HR', 'People', '', true, 0, NULL, 1, now(), now()
         FROM pooled.project WHERE tenant_id = $1",
    )
    .bind(acme.home.id().0)
    .execute(&mut admin)
    .await
    .unwrap();
    // The first by key that they may write to.
    let other = open(&app, &acme, &acme.owner_cookie, "Other", "").await;
    let (mut permit, reach) = writer(&app, &acme, &acme.owner_cookie).await;
    link::add(&mut permit, ambient, &reach, linked, Relation::Blocks, other).await.unwrap().unwrap();
    permit.commit().await.unwrap();

    sqlx::query("UPDATE pooled.project SET archived_at = now() WHERE key = 'HR'").execute(&mut admin).await.unwrap();
    let (mut permit, reach) = writer(&app, &acme, &acme.owner_cookie).await;
    let refused = link::add(&mut permit, ambient, &reach, free, Relation::Blocks, other).await.unwrap();
    assert_eq!(refused, Err(ChangeError::OtherAtRest));
    let refused = link::remove(&mut permit, ambient, &reach, linked, Relation::Blocks, other).await.unwrap();
    assert_eq!(refused, Err(ChangeError::OtherAtRest));
    let refused = link::remove(&mut permit, ambient, &reach, other, Relation::BlockedBy, linked).await.unwrap();
    assert_eq!(refused, Err(ChangeError::ReadOnly));
    drop(permit);
    assert_eq!(links(&app, &acme, linked).await, [(Relation::Blocks, "HR-1".to_owned())]);
    assert_eq!(links(&app, &acme, free).await, []);
}

#[tokio::test]
async fn what_is_not_reached_is_not_linked_and_not_shown() {
    let app = TestApp::start().await;
    let (acme, globex) = (app.tenant("acme").await, app.tenant("globex").await);
    let ambient = &app.services.ambient;
    let mine = open(&app, &acme, &acme.member_cookie, "Mine", "").await;
    let theirs = open(&app, &globex, &globex.member_cookie, "Theirs", "").await;
    let (mut permit, reach) = writer(&app, &acme, &acme.member_cookie).await;
    let relates = Relation::Relates;
    let refused = link::add(&mut permit, ambient, &reach, mine, relates, theirs).await.unwrap();
    assert_eq!(refused, Err(ChangeError::NoSuchTicket));
    let refused = link::add(&mut permit, ambient, &reach, theirs, relates, mine).await.unwrap();
    assert_eq!(refused, Err(ChangeError::NotFound));
    let refused = link::add(&mut permit, ambient, &reach, mine, relates, mine).await.unwrap();
    assert_eq!(refused, Err(ChangeError::LinkToItself));
    drop(permit);

    // A link into a project that is then closed to its members.
    let mut admin = app.db.admin().await;
    sqlx::query(
        "INSERT INTO pooled.project SELECT tenant_id, gen_random_uuid(), 'HR', 'People', '', true, 0, NULL, 1, now(), now()
         FROM pooled.project WHERE tenant_id = $1",
    )
    .bind(acme.home.id().0)
    .execute(&mut admin)
    .await
    .unwrap();
    app.clock.advance(Duration::seconds(1));
    let secret = open(&app, &acme, &acme.owner_cookie, "Salaries", "").await;
    let (mut permit, reach) = writer(&app, &acme, &acme.owner_cookie).await;
    link::add(&mut permit, ambient, &reach, mine, relates, secret).await.unwrap().unwrap();
    permit.commit().await.unwrap();
    assert_eq!(links(&app, &acme, mine).await, [(relates, "HR-1".to_owned())]);
    sqlx::query("UPDATE pooled.project SET is_open = false WHERE key = 'HR'").execute(&mut admin).await.unwrap();
    assert_eq!(links(&app, &acme, mine).await, []);
    let (mut permit, reach) = reader(&app, &acme, &acme.member_cookie).await;
    let events = event::timeline(&mut permit, &reach, mine, None, 10).await.unwrap();
    assert!(matches!(events[0].kind, Kind::LinkAdded { other: None, .. }), "{events:?}");
}
