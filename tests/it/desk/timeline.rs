//! The timeline of a ticket.

use rowhouse_app::desk::ticket::{TicketChange, change, event, event::Kind};

use super::{open, reader, writer};
use crate::app::TestApp;

#[tokio::test]
async fn it_is_paged_newest_first_and_skips_what_nobody_can_read() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let ticket = open(&app, &acme, &acme.owner_cookie, "0", "").await;
    for number in 1..=5 {
        app.clock.advance(time::Duration::seconds(1));
        let (mut max, reach) = writer(&app, &acme, &acme.member_cookie).await;
        let change = TicketChange { title: Some(number.to_string()), ..TicketChange::default() };
        change::apply(&mut max, &app.services.ambient, &reach, ticket, None, change).await.unwrap().unwrap();
        max.commit().await.unwrap();
    }
    sqlx::query("UPDATE pooled.ticket_event SET kind = 'from_the_future' WHERE detail ->> 'to' = '3'")
        .execute(&mut app.db.admin().await)
        .await
        .unwrap();
    let (mut permit, reach) = reader(&app, &acme, &acme.member_cookie).await;
    let first = event::timeline(&mut permit, &reach, ticket, None, 2).await.unwrap();
    let rest = event::timeline(&mut permit, &reach, ticket, Some(first[1].id), 10).await.unwrap();
    let seen: Vec<String> = first
        .iter()
        .chain(&rest)
        .map(|event| match &event.kind {
            Kind::Title { to, .. } => format!("{} by {}", to, event.actor.as_ref().unwrap().name),
            kind => format!("{kind:?} by {}", event.actor.as_ref().unwrap().name),
        })
        .collect();
    assert_eq!(
        seen,
        ["5 by Max of acme", "4 by Max of acme", "2 by Max of acme", "1 by Max of acme", "Created by Olga of acme"]
    );
}
