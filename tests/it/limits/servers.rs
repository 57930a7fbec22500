//! Several servers: in memory each counts by itself, in Redis all together; and without Redis nobody is kept out.

use super::{header, put_on};
use crate::{
    api::{me, usual_key},
    app::TestApp,
    database::{TestDatabase, Way, redis_url},
};

/// How many of 150 requests get through that go to two servers in turn, from one key of a free workspace.
async fn through_two(settings: &[(&str, &str)]) -> usize {
    let mut all = vec![("ROWHOUSE_LIMITS__ENABLED", "true")];
    all.extend(settings);
    let db = TestDatabase::new().await;
    let second = TestApp::on(db.again(), Way::Direct, &all, rowhouse::http::tenant_routes());
    let first = TestApp::on(db, Way::Direct, &all, rowhouse::http::tenant_routes());
    let acme = first.tenant("acme").await;
    put_on(&first, &acme, "free").await;
    second.services.directory.forget_all();
    let key = usual_key(&first, &acme).await;
    let mut through = 0;
    for turn in 0..150 {
        let server = if turn % 2 == 0 { &first } else { &second };
        through += usize::from(me(server, &acme.host, &key.token).await.status == 200);
    }
    through
}

#[tokio::test]
async fn in_redis_they_count_together() {
    // The machine may be busy: what is tried is the counting, not how quick Redis is.
    let slow = ("ROWHOUSE_LIMITS__REDIS_TIMEOUT_MS", "5000");
    assert_eq!(through_two(&[("ROWHOUSE_LIMITS__REDIS_URL", &redis_url()), slow]).await, 120);
}

#[tokio::test]
async fn in_memory_each_counts_by_itself() {
    assert_eq!(through_two(&[]).await, 150);
}

#[tokio::test]
async fn without_redis_requests_are_let_through() {
    // Taken and left again: nobody listens there.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let nowhere = format!("redis://127.0.0.1:{port}/");
    let settings = [("ROWHOUSE_LIMITS__ENABLED", "true"), ("ROWHOUSE_LIMITS__REDIS_URL", nowhere.as_str())];
    let app = TestApp::start_with(Way::Direct, &settings).await;
    let acme = app.tenant("acme").await;
    put_on(&app, &acme, "free").await;
    let key = usual_key(&app, &acme).await;
    for _ in 0..130 {
        let answer = me(&app, &acme.host, &key.token).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert_eq!(header(&answer, "ratelimit"), "", "nothing is said about what was not counted");
    }
    let page = app.get(&acme.host, "/tickets").cookie(&acme.owner_cookie).send().await;
    assert_eq!(page.status, 200);
}

#[test]
fn an_address_of_redis_that_cannot_be_read_is_told_at_the_start() {
    use rowhouse_platform::rate_limit::{Limiter, LimiterSettings};
    let settings = LimiterSettings {
        redis_url: Some("redis://user:hunter2@:not-a-port/".to_owned()),
        redis_timeout: std::time::Duration::from_millis(50),
        redis_clock: true,
    };
    let error = Limiter::new(&settings).unwrap_err().to_string();
    assert!(error.starts_with("limits.redis_url: ") && !error.contains("hunter2"), "{error}");
}
