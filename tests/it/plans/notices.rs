//! Owners are mailed when a limit is near and when it is reached: once each in a period, by the upkeep.

use rowhouse::services::limit_upkeep;
use rowhouse_platform::plan::Limit;
use time::Duration;

use super::{limited, subscription};
use crate::{
    app::{TestApp, TestTenant},
    database::Way,
};

/// Lets servers look, a while after the last time, and answers what the owner of acme was told.
async fn told(app: &TestApp) -> Vec<String> {
    app.clock.advance(Duration::minutes(16));
    look(app).await;
    letters(app).await
}

async fn look(app: &TestApp) {
    limit_upkeep(&app.services, app.db.url(Way::Direct, "rowhouse_operator")).round().await.unwrap();
}

async fn letters(app: &TestApp) -> Vec<String> {
    let mut told: Vec<String> = sqlx::query_scalar(
        "DELETE FROM control.mail WHERE recipient = 'owner@acme.test' AND subject LIKE '%used (%' RETURNING subject",
    )
    .fetch_all(&mut app.db.admin().await)
    .await
    .unwrap();
    told.sort();
    told
}

async fn project(app: &TestApp, tenant: &TestTenant, key: &str) {
    let form = [("name", key), ("key", key), ("description", ""), ("access", "open")];
    app.post(&tenant.host, "/projects/new").cookie(&tenant.owner_cookie).form(&form).send().await;
}

#[tokio::test]
async fn each_limit_is_told_once_when_it_is_near_and_once_when_it_is_reached() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    app.tenant("globex").await;
    assert_eq!(told(&app).await, Vec::<String>::new(), "no limit");

    // One project is there, and four people are.
    limited(&app, &acme, Limit::Projects, 5).await;
    limited(&app, &acme, Limit::Seats, 5).await;
    assert_eq!(told(&app).await, ["Company acme: 4 of 5 used (Seats)"]);
    assert_eq!(told(&app).await, Vec::<String>::new(), "told already");
    for key in ["TWO", "THREE", "FOUR"] {
        project(&app, &acme, key).await;
    }
    // Who looked a moment ago does not look again.
    look(&app).await;
    assert_eq!(letters(&app).await, Vec::<String>::new());
    assert_eq!(told(&app).await, ["Company acme: 4 of 5 used (Projects)"]);
    project(&app, &acme, "FIVE").await;
    assert_eq!(told(&app).await, ["Company acme: 5 of 5 used (Projects)"]);

    // More room, and then less: it was told in this period.
    limited(&app, &acme, Limit::Projects, 20).await;
    assert_eq!(told(&app).await, Vec::<String>::new());
    limited(&app, &acme, Limit::Projects, 5).await;
    assert_eq!(told(&app).await, Vec::<String>::new());
    // What stays as it is is no news in the next period either; what is reached again in it is.
    app.clock.advance(Duration::days(31));
    assert_eq!(told(&app).await, Vec::<String>::new());
    limited(&app, &acme, Limit::Projects, 20).await;
    assert_eq!(told(&app).await, Vec::<String>::new());
    limited(&app, &acme, Limit::Projects, 4).await;
    assert_eq!(told(&app).await, ["Company acme: 5 of 4 used (Projects)"]);

    let others: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM control.mail WHERE subject LIKE '%used (%' AND recipient NOT LIKE '%@acme.test'",
    )
    .fetch_one(&mut app.db.admin().await)
    .await
    .unwrap();
    assert_eq!(others, 0, "globex has no limit");
}

#[tokio::test]
async fn the_period_is_the_one_that_is_paid_for() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    subscription(&app, &acme, "period_start = '2026-05-20', period_end = '2026-06-20'").await;
    limited(&app, &acme, Limit::Seats, 4).await;
    assert_eq!(told(&app).await, ["Company acme: 4 of 4 used (Seats)"]);
    for (period, news) in [("2026-05-20", 0), ("2026-06-20", 1)] {
        subscription(&app, &acme, &format!("period_start = '{period}', period_end = date '{period}' + 31")).await;
        limited(&app, &acme, Limit::Seats, 50).await;
        assert_eq!(told(&app).await, Vec::<String>::new());
        limited(&app, &acme, Limit::Seats, 4).await;
        assert_eq!(told(&app).await.len(), news, "{period}");
    }
}

#[tokio::test]
async fn two_servers_that_look_at_once_tell_it_once() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    limited(&app, &acme, Limit::Seats, 4).await;
    tokio::join!(look(&app), look(&app), look(&app));
    assert_eq!(letters(&app).await.len(), 1);
}
