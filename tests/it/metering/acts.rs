//! Which acts count, and how often.

use axum::http::{Method, StatusCode};
use rowhouse_platform::metering::{self, Meter, Usage, UsageKey};
use time::Duration;

use super::{begin, emit, events, run};
use crate::{
    api::{access_token, ask, make_key, me, usual_key},
    app::TestApp,
};

#[tokio::test]
async fn requests_of_programs_count_when_they_are_answered_with_success() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let key = usual_key(&app, &acme).await;
    for _ in 0..3 {
        assert_eq!(me(&app, &acme.host, &key.token).await.status, StatusCode::OK);
    }
    assert_eq!(events(&app, &acme, Meter::ApiCall).await, (3, 3));
    let answer = ask(&app, Method::GET, &acme.host, "/api/v1/tickets/SUP-99", &key.token).send().await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND, "{}", answer.body);
    let reader = make_key(&app, &acme, &acme.owner_cookie, &["ticket.read"], "90").await;
    let request = ask(&app, Method::POST, &acme.host, "/api/v1/labels", &reader.token);
    let answer = request.body("application/json", br#"{"name":"bug"}"#.to_vec()).send().await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN, "{}", answer.body);
    assert_eq!(me(&app, &acme.host, "rhk_nothing").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(events(&app, &acme, Meter::ApiCall).await, (3, 3), "a refusal costs nothing");
    let by: (Option<uuid::Uuid>, Option<uuid::Uuid>) =
        sqlx::query_as("SELECT account_id, api_key_id FROM pooled.usage_event WHERE meter = 'api_call' LIMIT 1")
            .fetch_one(&mut app.db.admin().await)
            .await
            .unwrap();
    assert_eq!(by.0, Some(acme.owner.0));
    assert_eq!(by.1.map(|id| rowhouse_platform::access::api_key::ApiKeyId(id).to_string()), Some(key.id));
}

#[tokio::test]
async fn what_only_reads_counts_once_and_what_is_refused_does_not() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let key = usual_key(&app, &acme).await;
    app.ticket(&acme, "Printer on fire").await;
    let token = access_token(&app, &acme, &key, None).await;
    assert_eq!(events(&app, &acme, Meter::ApiCall).await, (0, 0), "a token is for calls, and none itself");
    let status = |token: &str, method: Method, path: &'static str, known: Option<String>| {
        let request = ask(&app, method, &acme.host, path, token);
        let request = match &known {
            Some(etag) => request.header("if-none-match", etag),
            None => request,
        };
        async move { request.send().await }
    };
    let first = status(&token, Method::GET, "/api/v1/tickets/SUP-1", None).await;
    assert_eq!(first.status, StatusCode::OK, "{}", first.body);
    let known = Some(first.headers["etag"].to_str().unwrap().to_owned());
    let same = status(&key.token, Method::GET, "/api/v1/tickets/SUP-1", known).await;
    assert_eq!(same.status, StatusCode::NOT_MODIFIED);
    let head = status(&key.token, Method::HEAD, "/api/v1/tickets/SUP-1", None).await;
    assert_eq!(head.status, StatusCode::OK);
    assert_eq!(events(&app, &acme, Meter::ApiCall).await, (3, 3));
    let names = [&first, &same, &head].map(|answer| answer.headers["x-request-id"].to_str().unwrap().to_owned());
    let found: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM pooled.usage_event e
         JOIN pooled.api_key k ON k.id = e.api_key_id AND k.account_id = e.account_id
         WHERE e.meter = 'api_call' AND e.key = ANY($1)",
    )
    .bind(&names)
    .fetch_one(&mut app.db.admin().await)
    .await
    .unwrap();
    assert_eq!(found, 3, "each is called as the server called it");

    // One that may not, one of what is not there, one that means nothing.
    let other = make_key(&app, &acme, &acme.owner_cookie, &["project.manage"], "90").await;
    let forbidden = status(&other.token, Method::GET, "/api/v1/tickets/SUP-1", None).await;
    assert_eq!(forbidden.status, StatusCode::FORBIDDEN, "{}", forbidden.body);
    assert_eq!(status(&key.token, Method::GET, "/api/v1/tickets/SUP-9", None).await.status, StatusCode::NOT_FOUND);
    let odd = status(&key.token, Method::GET, "/api/v1/tickets?status=lost", None).await;
    assert_eq!(odd.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", odd.body);
    // A secret that begins like the key's and is another, a key that ended, an owner who may not come in.
    run(&app, "UPDATE pooled.api_key SET secret_hash = sha256('another')").await;
    assert_eq!(me(&app, &acme.host, &key.token).await.status, StatusCode::UNAUTHORIZED);
    run(&app, "UPDATE pooled.api_key SET created_at = '2020-01-01', expires_at = '2020-01-02'").await;
    assert_eq!(me(&app, &acme.host, &token).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(events(&app, &acme, Meter::ApiCall).await, (3, 3));
}

#[tokio::test]
async fn a_request_that_is_sent_again_under_its_name_counts_once() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let key = usual_key(&app, &acme).await;
    for _ in 0..3 {
        let request = ask(&app, Method::POST, &acme.host, "/api/v1/labels", &key.token);
        let body = br#"{"name":"bug","colour":"red"}"#.to_vec();
        let answer = request.header("idempotency-key", "one").body("application/json", body).send().await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
    }
    assert_eq!(events(&app, &acme, Meter::ApiCall).await, (1, 1));
}

#[tokio::test]
async fn what_is_undone_was_not_used() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let mut tx = begin(&app, &acme).await;
    emit(&app, &mut tx, 5).await;
    drop(tx);
    assert_eq!(events(&app, &acme, Meter::Export).await, (0, 0));
    let mut tx = begin(&app, &acme).await;
    emit(&app, &mut tx, 5).await;
    tx.commit().await.unwrap();
    assert_eq!(events(&app, &acme, Meter::Export).await, (1, 5));
}

#[tokio::test]
async fn a_name_counts_once() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let ambient = &app.services.ambient;
    let once = || Usage::one(Meter::Export, UsageKey::once("the same"));
    let mut tx = begin(&app, &acme).await;
    metering::emit(&mut tx, ambient, once()).await.unwrap();
    let again = metering::emit(&mut tx, ambient, once()).await;
    assert!(again.is_err_and(|error| error.constraint().is_some()), "twice in one transaction is a mistake");

    let hourly = || Usage::one(Meter::Export, UsageKey::hourly(ambient.now(), "them"));
    for _ in 0..2 {
        let mut tx = begin(&app, &acme).await;
        metering::emit(&mut tx, ambient, hourly()).await.unwrap();
        metering::emit_all(&mut tx, ambient, &[hourly(), hourly()]).await.unwrap();
        tx.commit().await.unwrap();
        app.clock.advance(Duration::minutes(10));
    }
    assert_eq!(events(&app, &acme, Meter::Export).await, (1, 1));
    app.clock.advance(Duration::minutes(-15));
    let mut tx = begin(&app, &acme).await;
    metering::emit(&mut tx, ambient, hourly()).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(events(&app, &acme, Meter::Export).await, (1, 1), "a clock that goes back counts nothing twice");
}

#[tokio::test]
async fn people_count_once_an_hour() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    // A key is its owner. It is made first: later the password would have to be shown again.
    let key = usual_key(&app, &acme).await;
    // The four people of the test signed in, and one of them twice.
    assert_eq!(events(&app, &acme, Meter::ActiveSeat).await, (4, 4));
    let visit = || app.get(&acme.host, "/tickets").cookie(&acme.member_cookie).send();
    visit().await;
    visit().await;
    assert_eq!(events(&app, &acme, Meter::ActiveSeat).await, (4, 4));
    app.clock.advance(Duration::hours(1));
    visit().await;
    visit().await;
    assert_eq!(events(&app, &acme, Meter::ActiveSeat).await, (5, 5));
    me(&app, &acme.host, &key.token).await;
    assert_eq!(events(&app, &acme, Meter::ActiveSeat).await, (6, 6));
    app.clock.advance(Duration::hours(1));
    me(&app, &acme.host, &key.token).await;
    me(&app, &acme.host, &key.token).await;
    assert_eq!(events(&app, &acme, Meter::ActiveSeat).await, (7, 7));
}

#[tokio::test]
async fn tickets_mail_and_exports_count_where_they_are_done() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let mails = events(&app, &acme, Meter::Mail).await.0;
    app.ticket(&acme, "Printer on fire").await;
    assert_eq!(events(&app, &acme, Meter::Ticket).await, (1, 1));
    let in_project = run(&app, "SELECT FROM pooled.usage_event e JOIN pooled.project p ON p.id = e.project_id").await;
    assert_eq!(in_project, 1);

    let form = [("email", "member@acme.test")];
    app.post(&acme.host, "/reset-password").form(&form).send().await;
    assert_eq!(events(&app, &acme, Meter::Mail).await.0, mails + 1);

    for path in ["/tickets/export", "/admin/audit/export.csv"] {
        let answer = app.get(&acme.host, path).cookie(&acme.owner_cookie).send().await;
        assert_eq!(answer.status, StatusCode::OK);
    }
    assert_eq!(events(&app, &acme, Meter::Export).await, (2, 2));
    assert_eq!(events(&app, &acme, Meter::ApiCall).await, (0, 0), "pages are no calls");
    let key = usual_key(&app, &acme).await;
    let answer = ask(&app, Method::GET, &acme.host, "/api/v1/tickets/export", &key.token).send().await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(events(&app, &acme, Meter::Export).await, (3, 3));
    assert_eq!(events(&app, &acme, Meter::ApiCall).await, (1, 1), "an answer that goes on is a call too");
    let by_key = run(
        &app,
        "SELECT FROM pooled.usage_event e JOIN pooled.api_key k ON k.id = e.api_key_id WHERE e.meter = 'export'",
    )
    .await;
    assert_eq!(by_key, 1, "what a program takes out is its key’s");
    let path = "/tickets/export?project=SUP";
    assert_eq!(app.get(&acme.host, path).cookie(&acme.owner_cookie).send().await.status, StatusCode::OK);
    let of_project = run(
        &app,
        "SELECT FROM pooled.usage_event e JOIN pooled.project p ON p.id = e.project_id WHERE e.meter = 'export'",
    )
    .await;
    assert_eq!(of_project, 1);
}

#[tokio::test]
async fn there_is_no_negative_usage() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let refused = sqlx::query(
        "INSERT INTO pooled.usage_event (tenant_id, meter, key, at, quantity, recorded_at)
         VALUES ($1, 'api_call', 'k', now(), -1, now())",
    )
    .bind(acme.home.id().0)
    .execute(&mut app.db.admin().await)
    .await
    .unwrap_err();
    let code = refused.as_database_error().and_then(sqlx::error::DatabaseError::code);
    assert_eq!(code.as_deref(), Some("23514"), "{refused}");
}

#[tokio::test]
async fn what_is_stored_counts_for_every_hour_it_is_there() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let upkeep = super::upkeep(&app);
    upkeep.round().await.unwrap();
    assert_eq!(events(&app, &acme, Meter::StoredByteHour).await, (0, 0), "nothing was ever stored");
    sqlx::query("INSERT INTO pooled.storage_use VALUES ($1, 1000, 1)")
        .bind(acme.home.id().0)
        .execute(&mut app.db.admin().await)
        .await
        .unwrap();
    upkeep.round().await.unwrap();
    upkeep.round().await.unwrap();
    assert_eq!(events(&app, &acme, Meter::StoredByteHour).await, (1, 1000));
    // No server ran for three hours.
    app.clock.advance(Duration::hours(3));
    upkeep.round().await.unwrap();
    assert_eq!(events(&app, &acme, Meter::StoredByteHour).await, (4, 4000));
    run(&app, "UPDATE pooled.storage_use SET bytes = 0, objects = 0").await;
    app.clock.advance(Duration::hours(1));
    upkeep.round().await.unwrap();
    app.clock.advance(Duration::hours(5));
    upkeep.round().await.unwrap();
    run(&app, "UPDATE pooled.storage_use SET bytes = 10, objects = 1").await;
    upkeep.round().await.unwrap();
    assert_eq!(events(&app, &acme, Meter::StoredByteHour).await, (6, 4010), "the hours between held nothing");
}
