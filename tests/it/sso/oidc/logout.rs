//! Signing out, there and here.

use rowhouse_platform::sso::oidc::LogoutToken;
use serde_json::{Value, json};

use super::{CLIENT, NOW, Reason, Refused, Report, World, assert_refused, reply};
use crate::sso::provider::{Reply, Signing};

impl World {
    async fn told(&mut self, header: Value, claims: Value) -> Result<LogoutToken, Refused> {
        let token = self.provider.logout_token(&header, &claims);
        self.told_by(&token).await
    }

    async fn told_by(&mut self, token: &str) -> Result<LogoutToken, Refused> {
        self.oidc.read_logout_token(self.tenant, &self.connection, token, &mut self.report).await
    }
}

#[tokio::test]
async fn a_good_logout_token() {
    let mut world = World::new().await;
    let token = world.told(json!({}), json!({})).await.unwrap();
    assert_eq!(token.issuer, world.provider.issuer);
    assert_eq!((token.subject.as_deref(), token.sid.as_deref()), (Some("248289761001"), Some("session-1")));
    // The token is good for two minutes, and two more by our clock; its use is remembered for longer.
    assert_eq!(token.expires_at, NOW + time::Duration::minutes(6));
    assert!(token.jti.starts_with("logout-"));
    for header in [json!({ "typ": null }), json!({ "typ": "JWT" }), json!({ "typ": "application/logout+JWT" })] {
        world.told(header, json!({ "sid": null })).await.unwrap();
    }
    // By whichever claim the connection knows people: the provider says `sub`.
    world.settings().attributes.subject = "oid".to_owned();
    assert_eq!(world.told(json!({}), json!({})).await.unwrap().subject.as_deref(), Some("248289761001"));
    let refused = world.told(json!({}), json!({ "sid": null, "sub": null })).await.unwrap_err();
    assert_refused(&refused, Reason::Subject, &["nor which one (sid)"]);
}

#[tokio::test]
async fn what_is_no_logout_token() {
    let mut world = World::new().await;
    let now = NOW.unix_timestamp();
    let event = "http://schemas.openid.net/event/backchannel-logout";
    for (header, claims, reason) in [
        (json!({ "typ": "at+jwt" }), json!({}), Reason::Malformed),
        (json!({}), json!({ "iss": "https://evil.example" }), Reason::Issuer),
        (json!({}), json!({ "aud": "another" }), Reason::Audience),
        (json!({}), json!({ "exp": now - 121 }), Reason::Time),
        (json!({}), json!({ "exp": null }), Reason::Time),
        (json!({}), json!({ "iat": null }), Reason::Time),
        (json!({}), json!({ "iat": now + 600 }), Reason::Time),
        (json!({}), json!({ "events": null }), Reason::Malformed),
        (json!({}), json!({ "events": [event] }), Reason::Malformed),
        (json!({}), json!({ "events": { event: true } }), Reason::Malformed),
        (json!({}), json!({ "events": { "other": {} } }), Reason::Malformed),
        (json!({}), json!({ "nonce": "x" }), Reason::Forbidden),
        (json!({}), json!({ "nonce": Value::Null, "jti": null }), Reason::Malformed),
        (json!({}), json!({ "sub": null, "sid": null }), Reason::Subject),
        (json!({}), json!({ "sub": 7, "sid": "" }), Reason::Subject),
        (json!({ "alg": "none" }), json!({}), Reason::Unsigned),
        (json!({ "kid": "other" }), json!({}), Reason::UnknownKey),
    ] {
        world.report = Report::default();
        let refused = world.told(header, claims.clone()).await.expect_err(&claims.to_string());
        world.check_report(&refused);
        assert_refused(&refused, reason, &[]);
    }
    for signing in [Signing::Forged, Signing::PublicKeyAsSecret, Signing::ClientSecret] {
        world.provider.set(|it| it.signing = signing);
        let refused = world.told(json!({}), json!({})).await.unwrap_err();
        assert!(matches!(refused.reason, Reason::Signature | Reason::Algorithm), "{refused}");
    }
    world.provider.set(|it| it.signing = Signing::Key("rsa-1"));
    for token in ["", ".", "..", "a.b.c", "e30.e30.", "\u{0}", &"a".repeat(1_000_000), &".".repeat(1_000_000)] {
        assert!(world.told_by(token).await.is_err());
    }
    // An ID token is none.
    let id_token = world.sign_in().await.unwrap().id_token.unwrap();
    assert_refused(&world.told_by(&id_token).await.unwrap_err(), Reason::Malformed, &["events"]);
}

#[tokio::test]
async fn the_way_out_is_at_the_provider() {
    let mut world = World::new().await;
    let (oidc, tenant, connection) = (&world.oidc, world.tenant, &world.connection);
    let report = &mut world.report;
    let address = oidc.logout_address(tenant, connection, Some("a.b.c"), "state-1", report).await.unwrap();
    let (endpoint, query) = address.split_once('?').unwrap();
    assert_eq!(endpoint, format!("{}/logout", world.provider.issuer));
    let query = reply::form(query);
    assert_eq!(query["from"], "discovery");
    assert_eq!(query["id_token_hint"], "a.b.c");
    assert_eq!(query["client_id"], CLIENT);
    assert_eq!(query["state"], "state-1");
    assert_eq!(query["post_logout_redirect_uri"], connection.endpoint("signed-out"));
    let long = "x".repeat(10_000);
    let address = oidc.logout_address(tenant, connection, Some(&long), "state-1", report).await.unwrap();
    assert!(!address.contains("id_token_hint"));

    world.clock.advance(time::Duration::hours(2));
    world.provider.set(|it| it.discovery = Reply::Patched(json!({ "end_session_endpoint": null })));
    assert_eq!(oidc.logout_address(tenant, connection, None, "state-1", report).await, None);
    world.clock.advance(time::Duration::hours(2));
    world.provider.set(|it| it.discovery = Reply::Text { status: 500, kind: "text/plain", body: "no".to_owned() });
    assert_eq!(oidc.logout_address(tenant, connection, None, "state-1", report).await, None);
}
