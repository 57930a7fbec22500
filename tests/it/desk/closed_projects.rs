//! Tickets of a project that somebody does not reach.

use rowhouse_app::desk::{
    search,
    ticket::{ChangeError, NewTicket, Status, TicketChange, change, create, find, people, watch},
};
use rowhouse_platform::access::Role;

use super::{open, reader, writer};
use crate::app::TestApp;

#[tokio::test]
async fn a_closed_project_is_as_if_it_were_not_there() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let ambient = &app.services.ambient;
    let (_, before) = writer(&app, &acme, &acme.member_cookie).await;
    let project = before.of_key("SUP").unwrap().id;
    sqlx::query("UPDATE pooled.project SET is_open = false").execute(&mut app.db.admin().await).await.unwrap();
    let ticket = open(&app, &acme, &acme.owner_cookie, "Salaries", "A secret.").await;

    let (mut permit, reach) = reader(&app, &acme, &acme.member_cookie).await;
    assert_eq!(find::of_id(&mut permit, &reach, ticket).await.unwrap(), None);
    assert_eq!(find::of_key(&mut permit, &reach, &"SUP-1".parse().unwrap()).await.unwrap(), None);
    assert_eq!(find::key_of_id(&mut permit, &reach, ticket).await.unwrap(), None);
    assert_eq!(search::best(&mut permit, &reach, "salaries", 10).await.unwrap(), []);
    assert!(search::snippet::of(&mut permit, &reach, &[ticket], "secret").await.unwrap().is_empty());
    assert_eq!(watch::set_own(&mut permit, ambient, &reach, ticket, true).await.unwrap(), Err(ChangeError::NotFound));

    let (mut permit, reach) = writer(&app, &acme, &acme.member_cookie).await;
    let change = TicketChange { status: Some(Status::Closed), ..TicketChange::default() };
    let refused = change::apply(&mut permit, ambient, &reach, ticket, None, change).await.unwrap();
    assert_eq!(refused, Err(ChangeError::NotFound));
    let new = NewTicket::new(project, "Mine".to_owned());
    let refused = create::create(&mut permit, ambient, &reach, new).await.unwrap();
    assert_eq!(refused, Err(ChangeError::NoSuchProject));

    // Owner and admin reach it, the agent does not: nor can the ticket be given to them.
    let (mut permit, reach) = writer(&app, &acme, &acme.owner_cookie).await;
    let people = people::of_project(&mut permit, project, "", 10).await.unwrap();
    assert_eq!(people.iter().map(|person| person.name.as_str()).collect::<Vec<_>>(), ["Ada of acme", "Olga of acme"]);
    let max = sqlx::query_scalar("SELECT id FROM pooled.account WHERE email = 'member@acme.test'")
        .fetch_one(&mut app.db.admin().await)
        .await
        .map(rowhouse_platform::id::AccountId)
        .unwrap();
    let to_max = TicketChange { assignee: Some(Some(max)), ..TicketChange::default() };
    let refused = change::apply(&mut permit, ambient, &reach, ticket, None, to_max).await.unwrap();
    assert_eq!(refused, Err(ChangeError::NoSuchPerson));
    let refused = watch::set(&mut permit, ambient, &reach, ticket, max, true).await.unwrap();
    assert_eq!(refused, Err(ChangeError::NoSuchPerson));
}

#[tokio::test]
async fn who_reads_watches_for_themselves_and_changes_nothing() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let ambient = &app.services.ambient;
    let ticket = open(&app, &acme, &acme.owner_cookie, "Printer", "").await;
    for watches in [true, true, false, true] {
        let (mut vera, reach) = reader(&app, &acme, acme.cookie_of(Role::Viewer)).await;
        watch::set_own(&mut vera, ambient, &reach, ticket, watches).await.unwrap().unwrap();
        vera.commit().await.unwrap();
    }
    let (mut vera, reach) = reader(&app, &acme, acme.cookie_of(Role::Viewer)).await;
    assert!(!reach.may_write(reach.of_key("SUP").unwrap().id));
    let watchers = watch::list(&mut vera, ticket).await.unwrap();
    assert_eq!(watchers.iter().map(|person| person.name.as_str()).collect::<Vec<_>>(), ["Vera of acme"]);
    drop(vera);

    // A member of the project with a lesser role than the workspace gives.
    sqlx::query(
        "INSERT INTO pooled.project_member
         SELECT p.tenant_id, p.id, a.id, 'viewer', now() FROM pooled.project p JOIN pooled.account a USING (tenant_id)
         WHERE a.email = 'member@acme.test'",
    )
    .execute(&mut app.db.admin().await)
    .await
    .unwrap();
    let (mut max, reach) = writer(&app, &acme, &acme.member_cookie).await;
    let change = TicketChange { status: Some(Status::Closed), ..TicketChange::default() };
    let refused = change::apply(&mut max, ambient, &reach, ticket, None, change).await.unwrap();
    assert_eq!(refused, Err(ChangeError::ReadOnly));
    let refused = watch::set(&mut max, ambient, &reach, ticket, acme.owner, true).await.unwrap();
    assert_eq!(refused, Err(ChangeError::ReadOnly));
}
