//! What the server does by itself: it finds records that were set meanwhile, and takes domains out of service whose
//! proof is gone for long.

use axum::http::StatusCode;
use sqlx::Row as _;
use time::Duration;

use super::{dns_server::Reply, world::World};

const RECORD: &str = "_rowhouse-challenge.help.acme.test";

impl World {
    /// Lets time pass, and the server look.
    async fn after(&self, time: Duration) {
        self.app.clock.advance(time);
        self.watch().round().await.unwrap();
    }

    /// Who was written to about a domain, sorted.
    async fn letters(&self) -> Vec<String> {
        let mut admin = self.app.db.admin().await;
        let rows = sqlx::query("SELECT recipient FROM control.mail WHERE subject LIKE '%help.acme.test%' ORDER BY 1")
            .fetch_all(&mut admin)
            .await
            .unwrap();
        rows.iter().map(|row| row.get("recipient")).collect()
    }

    async fn actions(&self) -> Vec<String> {
        let mut admin = self.app.db.admin().await;
        let rows = sqlx::query("SELECT action FROM pooled.audit_event WHERE action LIKE 'domain.%' ORDER BY seq")
            .fetch_all(&mut admin)
            .await
            .unwrap();
        rows.iter().map(|row| row.get("action")).collect()
    }
}

#[tokio::test]
async fn a_record_that_is_set_later_is_found() {
    let world = World::new().await;
    let acme = world.app.tenant("acme").await;
    let value = world.claim(&acme, "help.acme.test").await;
    world.after(Duration::ZERO).await;
    assert!(world.page(&acme).await.contains("does not exist yet"));
    world.dns.set_text(RECORD, &value);
    world.after(Duration::seconds(50)).await;
    assert_eq!(world.status_at("help.acme.test").await, StatusCode::NOT_FOUND, "not due yet");
    world.after(Duration::seconds(10)).await;
    assert_eq!(world.status_at("help.acme.test").await, StatusCode::OK);
    assert_eq!(world.actions().await, ["domain.added", "domain.verified"]);
}

#[tokio::test]
async fn a_domain_whose_proof_is_gone_for_long_is_lost() {
    let world = World::new().await;
    let acme = world.app.tenant("acme").await;
    world.prove(&acme, "help.acme.test").await;
    world.dns.set_address("help.acme.test", "192.0.2.10");
    world.send(&acme, &[("intent", "primary"), ("host", "help.acme.test")]).await;
    world.after(Duration::hours(24)).await;
    let failing = "SELECT failures, next_check_at FROM control.domain";
    let mut admin = world.app.db.admin().await;
    let row = sqlx::query(failing).fetch_one(&mut admin).await.unwrap();
    assert_eq!(row.get::<i32, _>("failures"), 0, "renewed");

    world.dns.remove(RECORD);
    // 0, 24 and 48 hours after the proof was found missing: three failures, and not long enough.
    for _ in 0..3 {
        world.after(Duration::hours(24)).await;
        assert_eq!(world.status_at("help.acme.test").await, StatusCode::OK);
        assert_eq!(world.status_at("acme.app.test").await, StatusCode::FOUND);
    }
    assert!(world.letters().await.is_empty());
    world.after(Duration::hours(24)).await;
    assert_eq!(world.status_at("help.acme.test").await, StatusCode::NOT_FOUND);
    assert_eq!(world.status_at("acme.app.test").await, StatusCode::OK, "nobody is led to a lost domain");
    assert_eq!(world.letters().await, ["admin@acme.test", "owner@acme.test"], "who can mend it is told");
    let actions = world.actions().await;
    assert_eq!(actions, ["domain.added", "domain.verified", "domain.made_primary", "domain.lost"]);

    // It is a claim again, with the same record.
    let token: String =
        sqlx::query_scalar("SELECT challenge FROM control.domain_claim").fetch_one(&mut admin).await.unwrap();
    world.dns.set_text(RECORD, &format!("rowhouse-verification={token}"));
    world.after(Duration::minutes(1)).await;
    assert_eq!(world.status_at("help.acme.test").await, StatusCode::OK);
}

#[tokio::test]
async fn a_dns_server_that_fails_takes_nothing_away() {
    let world = World::new().await;
    let acme = world.app.tenant("acme").await;
    world.prove(&acme, "help.acme.test").await;
    for reply in [Reply::Failure, Reply::Silence] {
        world.dns.set(RECORD, reply);
        for _ in 0..5 {
            world.after(Duration::hours(24)).await;
        }
    }
    assert_eq!(world.status_at("help.acme.test").await, StatusCode::OK);
    let mut admin = world.app.db.admin().await;
    let failures: i32 = sqlx::query_scalar("SELECT failures FROM control.domain").fetch_one(&mut admin).await.unwrap();
    assert_eq!(failures, 0);
}

#[tokio::test]
async fn looking_often_loses_nothing() {
    let world = World::new().await;
    let acme = world.app.tenant("acme").await;
    world.prove(&acme, "help.acme.test").await;
    world.dns.remove(RECORD);
    for _ in 0..5 {
        world.check(&acme, "help.acme.test").await;
    }
    let mut admin = world.app.db.admin().await;
    let failures: i32 = sqlx::query_scalar("SELECT failures FROM control.domain").fetch_one(&mut admin).await.unwrap();
    assert_eq!(failures, 0);
}

#[tokio::test]
async fn of_several_servers_one_makes_a_check() {
    let world = World::new().await;
    let acme = world.app.tenant("acme").await;
    world.prove(&acme, "help.acme.test").await;
    world.dns.remove(RECORD);
    world.app.clock.advance(Duration::hours(24));
    let watches = [world.watch(), world.watch(), world.watch(), world.watch()];
    let (a, b, c, d) = tokio::join!(watches[0].round(), watches[1].round(), watches[2].round(), watches[3].round());
    for done in [a, b, c, d] {
        done.unwrap();
    }
    let mut admin = world.app.db.admin().await;
    let failures: i32 = sqlx::query_scalar("SELECT failures FROM control.domain").fetch_one(&mut admin).await.unwrap();
    assert_eq!(failures, 1);
}
