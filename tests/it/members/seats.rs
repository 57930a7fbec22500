//! As many come in as the plan has seats, in every way and at the same time; who is in stays.

use axum::http::StatusCode;
use futures_util::future::join_all;
use rowhouse_platform::{access::Role, plan::Limit};

use super::{account, change, invite, join, standing, token};
use crate::{app::TestApp, plans::limited};

#[tokio::test]
async fn invitations_count_from_the_moment_they_are_sent() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    // Four people are in.
    limited(&app, &acme, Limit::Seats, 6).await;
    let refused = invite(&app, &acme, Role::Owner, "a@acme.test, b@acme.test, c@acme.test", "agent").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.body.contains("There is not enough room in the plan: 4 of 6 seats are taken."), "{}", refused.body);
    assert!(refused.body.contains("a@acme.test, b@acme.test"), "what was typed stays");
    let sent = invite(&app, &acme, Role::Owner, "a@acme.test, b@acme.test", "agent").await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.body);
    let refused = invite(&app, &acme, Role::Owner, "c@acme.test", "agent").await;
    assert!(refused.body.contains("6 of 6 seats are taken"), "{}", refused.body);
    // Once they expired, they take no seat.
    let sql = "UPDATE pooled.invitation SET created_at = created_at - interval '9 days',
                   sent_at = sent_at - interval '9 days', expires_at = expires_at - interval '9 days'";
    sqlx::raw_sql(sql).execute(&mut app.db.admin().await).await.unwrap();
    let again = invite(&app, &acme, Role::Owner, "c@acme.test", "agent").await;
    assert_eq!(again.status, StatusCode::SEE_OTHER, "{}", again.body);
}

#[tokio::test]
async fn an_invitation_waits_for_a_seat() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    invite(&app, &acme, Role::Owner, "a@acme.test", "agent").await;
    let token = token(&app, "a@acme.test").await;
    limited(&app, &acme, Limit::Seats, 4).await;
    let full = join(&app, &acme, &token, "Ann").await;
    assert_eq!(full.status, StatusCode::FORBIDDEN);
    assert!(full.body.contains("The workspace is full"), "{}", full.body);
    limited(&app, &acme, Limit::Seats, 5).await;
    assert_eq!(join(&app, &acme, &token, "Ann").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn who_was_deactivated_needs_a_seat_to_come_back() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let max = account(&app, "member@acme.test").await;
    change(&app, &acme, &acme.owner_cookie, max, &[("intent", "deactivate")]).await;
    limited(&app, &acme, Limit::Seats, 3).await;
    let back = change(&app, &acme, &acme.owner_cookie, max, &[("intent", "reactivate")]).await;
    assert_eq!(back.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(back.body.contains("3 of 3 seats are taken"), "{}", back.body);
    assert_eq!(standing(&app, max).await.1, "deactivated");
    limited(&app, &acme, Limit::Seats, 4).await;
    let back = change(&app, &acme, &acme.owner_cookie, max, &[("intent", "reactivate")]).await;
    assert_eq!(back.status, StatusCode::SEE_OTHER, "{}", back.body);
}

#[tokio::test]
async fn of_many_who_join_at_once_as_many_come_in_as_there_are_seats() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let mut tokens = Vec::new();
    for number in 0..6 {
        let email = format!("p{number}@acme.test");
        invite(&app, &acme, Role::Owner, &email, "agent").await;
        tokens.push(token(&app, &email).await);
    }
    limited(&app, &acme, Limit::Seats, 6).await;
    let answers = join_all(tokens.iter().map(|token| join(&app, &acme, token, "Pat"))).await;
    let statuses: Vec<_> = answers.iter().map(|answer| answer.status.as_u16()).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 303).count(), 2, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 403).count(), 4, "{statuses:?}");
}
