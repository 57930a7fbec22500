//! What comes from elsewhere: other tenants, other sites, other hosts.

use super::*;

const ENDPOINTS: [(&str, &str); 9] = [
    ("GET", "start"),
    ("GET", "callback?state=x&code=y"),
    ("POST", "acs"),
    ("GET", "slo"),
    ("POST", "slo"),
    ("GET", "metadata"),
    ("GET", "jwks.json"),
    ("POST", "back-channel-logout"),
    ("GET", "signed-out"),
];

#[tokio::test]
async fn a_connection_is_not_there_for_another_tenant() {
    let (world, provider) = World::oidc().await;
    let globex = world.app.tenant("globex").await;
    let sent = world.leave("", "").await;
    let back = provider.sign_in(&sent.to).unwrap();
    for (method, endpoint) in ENDPOINTS {
        let path = world.path(endpoint);
        let ask = if method == "GET" {
            world.app.get(&globex.host, &path)
        } else {
            world.app.post(&globex.host, &path).form(&[("SAMLResponse", "PHg+"), ("logout_token", "a.b.c")])
        };
        let answer = ask.cookie(&globex.owner_cookie).send().await;
        let unknown = path.replace(&world.connection.to_string(), "sso_01m7pt4xtgfv4v4b4yswcshy0c");
        let ask = if method == "GET" {
            world.app.get(&globex.host, &unknown)
        } else {
            world.app.post(&globex.host, &unknown).form(&[("SAMLResponse", "PHg+"), ("logout_token", "a.b.c")])
        };
        let missing = ask.cookie(&globex.owner_cookie).send().await;
        assert_eq!((answer.status, missing.status), (StatusCode::NOT_FOUND, StatusCode::NOT_FOUND), "{endpoint}");
    }
    // Its state neither, at a connection of the other tenant's own to the same provider.
    let own = connect(&world.app, &globex, "okta", Protocol::Oidc(oidc_settings(&provider))).await;
    let query = back.split_once('?').unwrap().1;
    let path = format!("/sso/{own}/callback?{query}");
    let answer = world.app.get(&globex.host, &path).cookie(&sent.cookie).send().await;
    assert_plain(&answer, StatusCode::FORBIDDEN, "Begin the sign-in again");
    // It was not used up by that.
    assert!(world.is_in(&session(&world.back(&back, &sent.cookie).await)).await);
}

#[tokio::test]
async fn a_state_is_of_one_connection() {
    let (world, provider) = World::oidc().await;
    let other = connect(&world.app, &world.tenant, "second", Protocol::Oidc(oidc_settings(&provider))).await;
    let sent = world.leave("", "").await;
    let back = provider.sign_in(&sent.to).unwrap();
    let elsewhere = back.replace(&world.connection.to_string(), &other.to_string());
    let answer = world.back(&elsewhere, &sent.cookie).await;
    assert_plain(&answer, StatusCode::FORBIDDEN, "Begin the sign-in again");
}

#[tokio::test]
async fn posts_of_other_sites_are_taken_at_three_endpoints_alone() {
    let (world, _) = World::saml(|_| {}).await;
    let refused = |answer: &Answer| {
        answer.status == StatusCode::FORBIDDEN && answer.body.contains("The form came from another site")
    };
    let id = world.connection.to_string();
    for path in ["acs", "slo", "back-channel-logout"] {
        for origin in ["https://idp.test", "null"] {
            let ask = world.app.post(&world.tenant.host, &world.path(path)).without("origin").header("origin", origin);
            assert!(!refused(&ask.form(&[("x", "y")]).send().await), "{path} from {origin}");
        }
    }
    for path in [
        "/sign-in".to_owned(),
        "/sign-in/sso".to_owned(),
        "/sign-out".to_owned(),
        format!("/sso/{id}/start"),
        format!("/sso/{id}/callback"),
        format!("/sso/{id}/acs/"),
        format!("/sso/{id}/ACS"),
        format!("/sso/{id}/acs/x"),
        format!("/sso//{id}/acs"),
        "/sso/okta/acs".to_owned(),
        format!("/x/sso/{id}/acs"),
        format!("/sso/{id}/signed-out"),
        format!("/sso/{id}/metadata"),
    ] {
        let ask = world.app.post(&world.tenant.host, &path).without("origin").header("origin", "https://idp.test");
        assert!(refused(&ask.form(&[("x", "y")]).send().await), "{path}");
    }
    // Nor at the apex, which has no connections.
    let ask =
        world.app.post("app.test:3000", &world.path("acs")).without("origin").header("origin", "https://idp.test");
    assert!(refused(&ask.form(&[]).send().await));
    // A method that is none of theirs stays out.
    let ask = world.app.ask(axum::http::Method::PUT, &world.path("acs")).header("host", &world.tenant.host);
    assert!(refused(&ask.header("origin", "https://idp.test").form(&[]).send().await));
}

#[tokio::test]
async fn nobody_is_led_to_another_site() {
    let (world, provider) = World::oidc().await;
    for next in [
        "//evil.example",
        "https://evil.example",
        "/%5Cevil.example",
        "/%0d%0aX:%20y",
        "javascript:alert(1)",
        "tickets",
    ] {
        let sent = world.leave(&format!("?next={next}"), "").await;
        let answer = world.back(&provider.sign_in(&sent.to).unwrap(), &sent.cookie).await;
        assert_eq!(answer.location(), "/tickets", "{next}");
    }
    for purpose in ["?purpose=admin", "?purpose=logout", "?purpose=idp_initiated", "?purpose=sign_in&purpose=test"] {
        let answer = world.get(&world.path(&format!("start{purpose}")), "").await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{purpose}");
    }
}

#[tokio::test]
async fn a_sign_in_begins_at_the_address_that_the_provider_knows() {
    let (world, provider) = World::oidc().await;
    sqlx::query("UPDATE pooled.sso_connection SET base_url = 'http://help.acme.test:3000'")
        .execute(&mut world.app.db.admin().await)
        .await
        .unwrap();
    let answer = world.get(&world.path("start?next=/tickets"), "").await;
    let to = format!("http://help.acme.test:3000{}?next=%2Ftickets&led=1", world.path("start"));
    assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, to.as_str()));
    // And does not go round in circles.
    let answer = world.get(&world.path("start?next=/tickets&led=1"), "").await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);

    // The main address is another one: the browser stays where the provider leads it.
    sqlx::query("UPDATE pooled.sso_connection SET base_url = $1")
        .bind(format!("http://{}", world.tenant.host))
        .execute(&mut world.app.db.admin().await)
        .await
        .unwrap();
    sqlx::query(
        "INSERT INTO control.domain (host, tenant_id, verified_at, is_primary)
         VALUES ('help.acme.test', $1, now(), true)",
    )
    .bind(world.tenant.home.id().0)
    .execute(&mut world.app.db.admin().await)
    .await
    .unwrap();
    world.app.services.directory.forget_all();
    assert_eq!(world.get("/tickets", "").await.status, StatusCode::FOUND);
    let answer = world.get(&world.path("start"), "").await;
    let stay = answer.cookie("__Host-stay").unwrap();
    let back = provider.sign_in(answer.location()).unwrap();
    let session = session(&world.back(&back, &answer.cookie("__Host-sso").unwrap()).await);
    assert_eq!(world.get("/tickets", &format!("{session}; {stay}")).await.status, StatusCode::OK);
}

#[tokio::test]
async fn what_nobody_began_does_not_fill_the_logs() {
    let (world, _) = World::saml(|_| {}).await;
    for _ in 0..310 {
        let answer = world.post("acs", "", &[("SAMLResponse", "PHg+")]).await;
        assert_plain(&answer, StatusCode::FORBIDDEN, "Begin at this workspace");
    }
    assert_eq!((world.traces().await.len(), world.audited("sign_in.refused").await), (300, 300));
}

#[tokio::test]
async fn beginnings_have_a_limit() {
    let settings = [("ROWHOUSE_SIGN_IN__ATTEMPTS_PER_ADDRESS", "1")];
    let (world, _) = World::saml_with(&settings, |_| {}).await;
    for _ in 0..40 {
        world.leave("", "").await;
    }
    let answer = world.get(&world.path("start"), "").await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(world.count("SELECT count(*) FROM pooled.sso_flow WHERE tenant_id = $1").await, 40);
}

#[tokio::test]
async fn messages_that_nobody_waits_for_have_a_limit() {
    let settings = [("ROWHOUSE_SIGN_IN__ATTEMPTS_PER_ADDRESS", "1")];
    let (world, _) = World::saml_with(&settings, |_| {}).await;
    for endpoint in ["acs", "slo"].repeat(20) {
        let answer = world.post(endpoint, "", &[("SAMLResponse", "PHg+")]).await;
        assert_ne!(answer.status, StatusCode::TOO_MANY_REQUESTS, "{endpoint}");
    }
    for endpoint in ["acs", "slo"] {
        let answer = world.post(endpoint, "", &[("SAMLResponse", "PHg+")]).await;
        assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS, "{endpoint}");
    }
    // Who began here is let in.
    world.leave("", "").await;
}

#[tokio::test]
async fn the_policy_holds_before_the_browser_leaves() {
    let (world, provider) = World::oidc().await;
    let sent = world.leave("", "").await;
    let back = provider.sign_in(&sent.to).unwrap();
    let mut admin = world.app.db.admin().await;
    sqlx::query(
        "INSERT INTO pooled.sign_in_policy (tenant_id, methods, mfa_grace_days, password_min_length, password_min_score,
             allowed_networks, invitation_domains, updated_at, sso_required)
         VALUES ($1, '{password}', 7, 10, 2, '{}', '{}', now(), false)",
    )
    .bind(world.tenant.home.id().0)
    .execute(&mut admin)
    .await
    .unwrap();
    let answer = world.get(&world.path("start"), "").await;
    assert_plain(&answer, StatusCode::FORBIDDEN, "You cannot sign in this way");
    let answer = world.back(&back, &sent.cookie).await;
    assert_plain(&answer, StatusCode::FORBIDDEN, "You cannot sign in this way");
    // Nobody got an account by it.
    let jane = world.count("SELECT count(*) FROM pooled.account WHERE tenant_id = $1 AND email LIKE 'jane@%'").await;
    assert_eq!((jane, world.sessions().await), (0, 0));
    assert_eq!(world.refusals().await, ["policy", "policy"]);
}
