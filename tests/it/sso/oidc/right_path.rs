//! What a good provider gets: people in, by every way of showing who we are, and with what the connection maps.

use rowhouse_platform::sso::oidc::jwks;
use serde_json::{Value, json};

use super::{ClientAuthentication, Flow, NOW, Purpose, Reason, Report, SECRET, World, assert_refused, keys, reply};
use crate::sso::provider::{Proof, Reply};

#[tokio::test]
async fn somebody_comes_in() {
    let mut world = World::new().await;
    let callback = world.connection.endpoint("callback");
    world.provider.register_redirect(&callback);
    let identity = world.sign_in().await.unwrap();
    assert_eq!(identity.subject, "248289761001");
    assert_eq!(identity.email.as_deref(), Some("jane@acme.test"));
    assert!(identity.email_verified);
    assert_eq!(identity.name.as_deref(), Some("Jane Doe"));
    assert_eq!(identity.logout.provider_session.as_deref(), Some("session-1"));
    assert!(identity.id_token.is_some());
    assert_eq!(identity.authenticated_at, None);
    // Each check stands in the report, and nothing that lets somebody in.
    assert!(world.report.steps.iter().all(|step| step.passed), "{:#?}", world.report.steps);
    for check in ["Discovery", "Issuer", "Code exchange", "Signature", "Audience", "Time", "Nonce", "Access token"] {
        assert!(world.report.steps.iter().any(|step| step.check == check), "{check}");
    }
    let received: Vec<_> = world.report.received.iter().map(|received| received.what.as_str()).collect();
    assert_eq!(received, ["Discovery document", "ID token: header", "ID token: claims"]);
    let shown: Value = serde_json::from_str(&world.report.received[2].text).unwrap();
    assert_eq!(shown["email"], "jane@acme.test");
    let all = serde_json::to_string(&world.report).unwrap();
    assert!(!all.contains(SECRET) && !all.contains("eyJ") && !all.contains("access-token"), "{all}");
}

#[tokio::test]
async fn the_way_there_is_as_the_settings_say() {
    let mut world = World::new().await;
    let (address, begun) = world.lead(false).await.unwrap();
    let query = reply::form(address.split_once('?').unwrap().1);
    assert_eq!(query["redirect_uri"], world.connection.endpoint("callback"));
    assert_eq!(query["scope"], "openid email profile");
    assert_eq!(query["login_hint"], "jane@acme.test");
    assert_eq!((query["state"].as_str(), query["nonce"].as_str()), (begun.state.as_str(), begun.nonce.as_str()));
    assert!(!address.contains(&begun.pkce_verifier));
    assert!(!query.contains_key("prompt") && !query.contains_key("max_age"));
    let (address, _) = world.lead(true).await.unwrap();
    let query = reply::form(address.split_once('?').unwrap().1);
    assert_eq!((query["prompt"].as_str(), query["max_age"].as_str()), ("login", "0"));
    // What the provider says of itself was fetched once.
    assert_eq!(world.provider.asked("discovery"), 1);
    world.clock.advance(time::Duration::minutes(61));
    world.lead(false).await.unwrap();
    assert_eq!(world.provider.asked("discovery"), 2);
}

#[tokio::test]
async fn every_way_of_showing_who_we_are() {
    let mut world = World::new().await;
    world.provider.set(|it| it.proof = Proof::Post);
    world.settings().client_authentication = ClientAuthentication::Post;
    world.sign_in().await.unwrap();

    let keys = jwks(&world.secrets.private_key).unwrap();
    world.provider.set(|it| it.proof = Proof::Key(keys));
    world.settings().client_authentication = ClientAuthentication::PrivateKeyJwt;
    world.secrets.client_secret = None;
    world.sign_in().await.unwrap();

    // And the wrong ones, each with its words.
    world.report = Report::default();
    let other = keys::generate("other", NOW).unwrap();
    world.provider.set(|it| it.proof = Proof::Key(jwks(&other.private_key).unwrap()));
    let refused = world.refused().await;
    assert_refused(&refused, Reason::ProviderError, &["“invalid_client”", "does not accept our key"]);
    world.settings().client_authentication = ClientAuthentication::Basic;
    let refused = world.refused().await;
    assert_refused(&refused, Reason::Settings, &["No client secret is kept"]);
    world.provider.set(|it| it.proof = Proof::Basic);
    world.secrets.client_secret = Some("another".to_owned());
    let refused = world.refused().await;
    assert_refused(&refused, Reason::ProviderError, &["“invalid_client”", "client secret is wrong"]);
}

#[tokio::test]
async fn claims_are_found_where_the_connection_says() {
    let mut world = World::new().await;
    let person = json!({
        "sub": "1", "oid": "object-7", "given_name": "Jane", "family_name": "Doe",
        "mail": { "work": ["jane@acme.test"] }, "email": null,
        "realm_access": { "roles": ["admin", 7, true, { "x": 1 }] }, "https://acme.test/groups": "staff",
        "access_token": "secret-1", "nested": { "refresh_token": "secret-2", "deep": "eyJhbGciOi.eyJzdWIi.c2ln" },
    });
    world.provider.set(|it| it.person = person);
    let map = &mut world.settings().attributes;
    map.subject = "oid".to_owned();
    map.email = "mail.work".to_owned();
    map.groups = "realm_access.roles".to_owned();
    let identity = world.sign_in().await.unwrap();
    assert_eq!(identity.subject, "object-7");
    assert_eq!(identity.name.as_deref(), Some("Jane Doe"));
    assert_eq!(identity.groups, ["admin", "7", "true", r#"{"x":1}"#]);
    let found = "4 groups were found as “realm_access.roles”: “admin”, “7”, “true”, “{\"x\":1}”.";
    assert!(world.report.steps.iter().any(|step| step.words == found), "{:?}", world.report.steps);
    assert_eq!(identity.attributes["nested.deep"].len(), 1);
    // Nobody vouches for an address of another claim than `email`.
    assert_eq!((identity.email.as_deref(), identity.email_verified), (Some("jane@acme.test"), false));
    let all = serde_json::to_string(&world.report).unwrap();
    assert!(!all.contains("secret-1") && !all.contains("secret-2") && !all.contains("eyJ"), "{all}");

    world.settings().attributes.groups = "https://acme.test/groups".to_owned();
    assert_eq!(world.sign_in().await.unwrap().groups, ["staff"]);
    let found = "1 group was found as “https://acme.test/groups”: “staff”.";
    assert!(world.report.steps.iter().any(|step| step.words == found), "{:?}", world.report.steps);
    world.settings().attributes.subject = "not_there".to_owned();
    let refused = world.sign_in().await.unwrap_err();
    assert_refused(&refused, Reason::Subject, &["“not_there”"]);
}

#[tokio::test]
async fn an_address_is_as_verified_as_the_provider_says() {
    let mut world = World::new().await;
    for (says, trusts, verified) in [
        (json!(true), false, true),
        (json!("true"), false, true),
        (json!("True"), false, true),
        (json!(false), false, false),
        (json!(false), true, false),
        (json!("no"), true, false),
        (Value::Null, false, false),
        (Value::Null, true, true),
    ] {
        world.provider.set(|it| it.claims = json!({ "email_verified": says }));
        world.settings().trusts_addresses = trusts;
        let identity = world.sign_in().await.unwrap();
        assert_eq!(identity.email_verified, verified, "{says} {trusts}");
    }
}

#[tokio::test]
async fn userinfo_adds_what_the_token_does_not_say() {
    let mut world = World::new().await;
    world.settings().asks_userinfo = true;
    // The token has neither name nor address; userinfo has both, and the address is verified there.
    let without = json!({ "email": null, "email_verified": null, "name": null });
    world.provider.set(|it| it.claims = without);
    let identity = world.sign_in().await.unwrap();
    assert_eq!(identity.email.as_deref(), Some("jane@acme.test"));
    assert!(identity.email_verified);
    assert_eq!(identity.name.as_deref(), Some("Jane Doe"));
    // What userinfo verifies is its own address, not another one of the token.
    world.provider.set(|it| it.claims = json!({ "email": "ceo@acme.test", "email_verified": null }));
    let identity = world.sign_in().await.unwrap();
    assert_eq!((identity.email.as_deref(), identity.email_verified), (Some("ceo@acme.test"), false));
    world.provider.set(|it| {
        it.claims = json!({});
        it.discovery = Reply::Patched(json!({ "userinfo_endpoint": null }));
    });
    world.clock.advance(time::Duration::hours(2));
    assert!(world.sign_in().await.is_ok());
    assert!(world.report.steps.iter().any(|step| step.words.contains("has no userinfo endpoint")));
}

#[tokio::test]
async fn userinfo_of_somebody_else_is_refused() {
    let mut world = World::new().await;
    world.settings().asks_userinfo = true;
    world.provider.set(|it| it.userinfo = Reply::Patched(json!({ "sub": "another" })));
    let refused = world.refused().await;
    assert_refused(&refused, Reason::Subject, &["“another”", "“248289761001”"]);
    let jwt = Reply::Text { status: 200, kind: "application/jwt", body: "x.y.z".to_owned() };
    for (reply, words) in [
        (jwt, "signed token"),
        (Reply::json("[1]".to_owned()), "no object"),
        (Reply::Text { status: 403, kind: "application/json", body: "{}".to_owned() }, "status 403"),
        (Reply::Redirect("http://10.0.0.1/".to_owned()), "private network"),
    ] {
        world.provider.set(|it| it.userinfo = reply);
        let refused = world.sign_in().await.unwrap_err();
        assert!(refused.words.contains(words), "no “{words}” in {}", refused.words);
    }
}

#[tokio::test]
async fn to_confirm_is_to_show_credentials_again() {
    let mut world = World::new().await;
    assert_eq!(world.go(Purpose::Confirm).await.unwrap().authenticated_at, Some(NOW));
    let hour_ago = NOW.unix_timestamp() - 3600;
    world.provider.set(|it| it.claims = json!({ "auth_time": hour_ago }));
    let refused = world.go(Purpose::Confirm).await.unwrap_err();
    assert_refused(&refused, Reason::Stale, &["60 minutes ago"]);
    world.provider.set(|it| it.claims = json!({ "auth_time": NOW.unix_timestamp() + 3600 }));
    assert_refused(&world.go(Purpose::Confirm).await.unwrap_err(), Reason::Stale, &[]);
    world.provider.set(|it| it.claims = json!({ "auth_time": null }));
    assert_refused(&world.go(Purpose::Confirm).await.unwrap_err(), Reason::Stale, &["auth_time"]);
    // Signing in does not ask for it.
    assert!(world.sign_in().await.is_ok());
}

#[tokio::test]
async fn two_hundred_at_once_ask_for_keys_once() {
    let mut world = World::new().await;
    let mut comings = Vec::new();
    for _ in 0..200 {
        let begun = world.begun();
        let address = world
            .oidc
            .authorise(world.tenant, &world.connection, &begun, None, false, &mut Report::default())
            .await
            .unwrap();
        let params = world.params(&address, &begun);
        comings.push((begun, params));
    }
    let comings = comings.into_iter().map(|(begun, params)| {
        let flow = Flow {
            purpose: Purpose::SignIn,
            next: "/".to_owned(),
            session: None,
            setup_link: None,
            nonce: begun.nonce,
            pkce_verifier: begun.pkce_verifier,
            request_id: String::new(),
            begun_at: world.ambient.now(),
        };
        let (oidc, tenant, connection, secrets) = (&world.oidc, world.tenant, &world.connection, &world.secrets);
        async move { oidc.finish(tenant, connection, secrets, &flow, &params, &mut Report::default()).await }
    });
    for come in futures_util::future::join_all(comings).await {
        come.unwrap();
    }
    assert_eq!((world.provider.asked("discovery"), world.provider.asked("jwks")), (1, 1));
    assert_eq!(world.provider.asked("token"), 200);
    // Another tenant that names the same provider does not share what was fetched.
    world.tenant = world.ambient.uuid();
    world.sign_in().await.unwrap();
    assert_eq!((world.provider.asked("discovery"), world.provider.asked("jwks")), (2, 2));
}
