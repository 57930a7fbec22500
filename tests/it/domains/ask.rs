//! What a TLS proxy is told: yes for hosts that lead somewhere, no for all others.

use axum::http::{Method, StatusCode};
use rowhouse_platform::db::Admin;

use super::world::World;
use crate::{app::TestApp, database::Way};

async fn ask(app: &TestApp, domain: &str) -> StatusCode {
    // On whatever host: the proxy knows the server by its address.
    app.get("127.0.0.1:3000", &format!("/tls/ask?domain={domain}")).send().await.status
}

#[tokio::test]
async fn certificates_are_for_hosts_that_lead_somewhere() {
    let world = World::new().await;
    let app = &world.app;
    let (acme, globex) = (app.tenant("acme").await, app.tenant("globex").await);
    world.prove(&acme, "help.acme.test").await;
    world.prove(&acme, "xn--huser-gra.test").await;
    world.claim(&acme, "new.acme.test").await;
    world.prove(&globex, "help.globex.test").await;
    Admin::connect(&app.db.url(Way::Direct, "rowhouse_operator"))
        .await
        .unwrap()
        .set_suspended(&app.services.ambient, "globex", Some("test"))
        .await
        .unwrap();
    app.services.directory.forget_all();
    for domain in [
        "app.test",
        "APP.test.",
        "console.app.test",
        "acme.app.test",
        "Acme.App.Test",
        "help.acme.test",
        "HELP.acme.test.",
        "xn--huser-gra.test",
    ] {
        assert_eq!(ask(app, domain).await, StatusCode::OK, "{domain}");
    }
    for domain in [
        "",
        "nobody.app.test",
        "globex.app.test",
        "help.globex.test",
        "new.acme.test",
        "www.app.test",
        "a.acme.app.test",
        "acme.test",
        "x.help.acme.test",
        "127.0.0.1",
        "localhost",
        "acme",
        "help.acme.test:443",
        "help.acme.test/x",
        "help.acme.test&domain=acme.app.test",
        "h%65lp.acme.test",
    ] {
        assert_eq!(ask(app, domain).await, StatusCode::NOT_FOUND, "{domain}");
    }
    let answer = app.get("127.0.0.1:3000", "/tls/ask?domain=help.acme.test").send().await;
    assert_eq!(answer.body, "", "no word beside yes and no");
}

#[tokio::test]
async fn only_the_proxy_itself_is_told() {
    let world = World::new().await;
    world.app.tenant("acme").await;
    let path = "/tls/ask?domain=acme.app.test";
    for name in ["x-forwarded-for", "x-forwarded-host", "forwarded", "via"] {
        let through = world.app.get("acme.app.test", path).header(name, "acme.app.test").send().await;
        assert_eq!(through.status, StatusCode::NOT_FOUND, "what the proxy passes on is a page like any other: {name}");
    }
    let other = world.app.ask(Method::POST, path).header("host", "app.test").send().await;
    assert_ne!(other.status, StatusCode::OK);

    // Whose peer is neither this machine nor a proxy that is believed.
    let app = TestApp::start().await;
    app.tenant("acme").await;
    assert_eq!(app.get("app.test:3000", path).send().await.status, StatusCode::NOT_FOUND);
}
