//! Metadata that is fetched again.

use axum::http::StatusCode;
use rowhouse_platform::sso::refresh::Refreshed;
use serde_json::Value;
use sqlx::Row as _;
use time::Duration;

use super::{ENTITY, World, certificate, server::metadata, settings};

impl World {
    /// Before and after of what the audit log says of refreshed metadata.
    async fn audited(&self) -> Vec<(Value, Value)> {
        let rows = self
            .rows(
                "SELECT before::text, after::text FROM pooled.audit_event
                 WHERE action = 'sso_connection.metadata_refreshed' AND actor_kind = 'system' ORDER BY seq",
            )
            .await;
        let value = |text: String| serde_json::from_str(&text).unwrap();
        rows.iter().map(|row| (value(row.get("before")), value(row.get("after")))).collect()
    }

    /// Whether the server looks when it comes by after that time.
    async fn is_asked_after(&self, time: Duration) -> bool {
        let before = self.provider.asked();
        self.after(time).await;
        self.provider.asked() != before
    }
}

#[tokio::test]
async fn changed_metadata_is_taken_over() {
    let world = World::new().await;
    let [old, new, next] = [100, 200, 300].map(|days| certificate(Duration::days(days)));
    let before = settings(&[&old], Some(world.provider.url.clone()));
    let id = world.connect(&world.acme.home, before.clone()).await;
    world.provider.has(&[&old, &new]);
    world.after(Duration::ZERO).await;

    let after = world.settings(id).await;
    assert_eq!(after.certificates, [old.clone(), new.clone()]);
    assert_eq!(after.sign_on_post.as_deref(), Some("https://idp.test/new"));
    assert_eq!((after.sign_on_redirect.as_deref(), after.logout_post.as_deref()), (None, Some("https://idp.test/slo")));
    assert!(after.allows_idp_initiated && after.name_id_format == before.name_id_format, "nothing else changes");
    let connection = world.connection(id).await;
    assert!(connection.is_on() && connection.is_tested() && connection.refresh_error.is_none());
    assert_eq!(connection.refreshed_at, Some(super::NOW));
    assert!(!connection.vouched_by_owner, "without HTTPS, an owner's word ends with a change");
    let audited = world.audited().await;
    assert_eq!(audited.len(), 1);
    let fingerprints = |value: &Value| value["certificates"].as_array().unwrap().clone();
    assert_eq!((fingerprints(&audited[0].0).len(), fingerprints(&audited[0].1).len()), (1, 2));
    assert_eq!(fingerprints(&audited[0].0)[0], fingerprints(&audited[0].1)[0]);
    assert_eq!(audited[0].1["sign_on_post"], "https://idp.test/new");

    // Every twelve hours; what is the same is no news.
    assert!(!world.is_asked_after(Duration::hours(11)).await);
    assert!(world.is_asked_after(Duration::hours(1)).await);
    assert_eq!(world.audited().await.len(), 1);
    world.provider.has(&[&next]);
    assert!(world.is_asked_after(Duration::hours(12)).await);
    assert_eq!(world.settings(id).await.certificates, [next], "what the provider gave up is given up");
    assert_eq!(world.audited().await.len(), 2);
}

#[tokio::test]
async fn what_cannot_be_read_completely_changes_nothing() {
    let world = World::new().await;
    let old = certificate(Duration::days(100));
    let before = settings(&[&old], Some(world.provider.url.clone()));
    let id = world.connect(&world.acme.home, before.clone()).await;
    let good = metadata(ENTITY, &[&old]);
    let upkeep = world.upkeep();
    for (status, body, words) in [
        (StatusCode::INTERNAL_SERVER_ERROR, good.clone(), "500"),
        (StatusCode::FOUND, good.clone(), ""),
        (StatusCode::OK, "<html></html>".to_owned(), "web page"),
        (StatusCode::OK, String::new(), "empty"),
        (StatusCode::OK, metadata("https://evil.test/", &[&old]), "https://evil.test/"),
        (StatusCode::OK, metadata(ENTITY, &[]), "lacks a signing certificate"),
        (StatusCode::OK, metadata(ENTITY, &[&old, "AAAA"]), "cannot be used"),
        (StatusCode::OK, good.replace("https://idp.test/new", "http://10.0.0.1/"), "10.0.0.1"),
        (StatusCode::OK, good.replace("https://idp.test/slo", "javascript:alert(1)"), "signing out"),
        (StatusCode::OK, format!("{good}{}", " ".repeat(2_000_000)), "larger"),
    ] {
        world.provider.set(status, body);
        let refreshed = upkeep.chore.refresher.refresh(&world.acme.home, id).await.unwrap();
        let Refreshed::Failed(error) = refreshed else { panic!("{words}: {refreshed:?}") };
        assert!(error.contains(words), "{error}");
        let connection = world.connection(id).await;
        assert_eq!(connection.refresh_error, Some(error));
        assert!(connection.vouched_by_owner && connection.is_on());
        assert_eq!(world.settings(id).await, before);
    }
    assert!(world.audited().await.is_empty());

    world.provider.set(StatusCode::OK, good);
    assert_eq!(upkeep.chore.refresher.refresh(&world.acme.home, id).await.unwrap(), Refreshed::Changed);
    assert_eq!(world.connection(id).await.refresh_error, None);
}

#[tokio::test]
async fn after_errors_it_is_tried_ever_more_rarely() {
    let world = World::new().await;
    let old = certificate(Duration::days(100));
    let id = world.connect(&world.acme.home, settings(&[&old], Some(world.provider.url.clone()))).await;
    world.provider.has(&[&old]);
    world.after(Duration::ZERO).await;
    assert!(world.connection(id).await.refresh_error.is_none());

    world.provider.set(StatusCode::SERVICE_UNAVAILABLE, String::new());
    assert!(world.is_asked_after(Duration::hours(12)).await, "it begins to fail");
    assert!(!world.is_asked_after(Duration::minutes(14)).await);
    assert!(world.is_asked_after(Duration::minutes(1)).await);
    assert!(world.is_asked_after(Duration::minutes(15)).await);
    assert!(!world.is_asked_after(Duration::minutes(29)).await, "failing for half an hour");
    assert!(world.is_asked_after(Duration::minutes(1)).await);
    assert!(world.is_asked_after(Duration::days(3)).await);
    assert!(!world.is_asked_after(Duration::minutes(719)).await, "half a day at most");
    assert!(world.is_asked_after(Duration::minutes(1)).await);
    world.provider.has(&[&old]);
    assert!(world.is_asked_after(Duration::hours(12)).await);
    assert!(world.connection(id).await.refresh_error.is_none());
}

#[tokio::test]
async fn who_changes_the_connection_meanwhile_is_not_overtaken() {
    let world = World::new().await;
    let [old, new] = [100, 200].map(|days| certificate(Duration::days(days)));
    let id = world.connect(&world.acme.home, settings(&[&old], Some(world.provider.url.clone()))).await;
    world.provider.has(&[&new]);
    world.provider.close_gate().await;
    let (refresher, home) = (world.upkeep().chore.refresher, world.acme.home.clone());
    let running = tokio::spawn(async move { refresher.refresh(&home, id).await.unwrap() });
    while world.provider.asked() == 0 {
        tokio::task::yield_now().await;
    }
    world
        .run(format!(
            "UPDATE pooled.sso_connection SET settings = jsonb_set(settings, '{{entity_id}}', '\"https://other.test/\"')
             WHERE id = '{}'",
            id.0
        ))
        .await;
    world.provider.open_gate();
    assert_eq!(running.await.unwrap(), Refreshed::Nothing);
    assert_eq!(world.settings(id).await.certificates, [old]);
}

#[tokio::test]
async fn only_connections_that_are_on_and_have_an_address_are_fetched() {
    let world = World::new().await;
    let old = certificate(Duration::days(100));
    world.provider.has(&[&old]);
    let id = world.connect(&world.acme.home, settings(&[&old], Some(world.provider.url.clone()))).await;
    world.connect(&world.acme.home, settings(&[&old], None)).await;
    world.run(format!("UPDATE pooled.sso_connection SET state = 'off' WHERE id = '{}'", id.0)).await;
    world.after(Duration::ZERO).await;
    assert_eq!(world.provider.asked(), 0);
    // Two servers at the same time ask once.
    world.run(format!("UPDATE pooled.sso_connection SET state = 'on' WHERE id = '{}'", id.0)).await;
    let (one, other) = (world.upkeep(), world.upkeep());
    let (one, other) = tokio::join!(one.round(), other.round());
    one.and(other).unwrap();
    assert_eq!(world.provider.asked(), 1);
}
