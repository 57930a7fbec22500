//! The main address: where people are led, and how nobody is locked out.

use axum::http::{Method, StatusCode};

use super::{dns_server::Reply, world::World};
use crate::app::TestTenant;

/// acme, with a proven domain that leads here.
async fn acme() -> (World, TestTenant) {
    let world = World::new().await;
    let acme = world.app.tenant("acme").await;
    world.prove(&acme, "help.acme.test").await;
    world.dns.set_address("help.acme.test", "192.0.2.10");
    (world, acme)
}

async fn make_primary(world: &World, tenant: &TestTenant, host: &str) -> crate::app::Answer {
    world.send(tenant, &[("intent", "primary"), ("host", host)]).await
}

#[tokio::test]
async fn pages_lead_to_it_and_nothing_else_does() {
    let (world, acme) = acme().await;
    let app = &world.app;
    let page = app.get("help.acme.test", "/sign-in").send().await;
    assert_eq!(page.status, StatusCode::OK, "a domain in service answers before it is the main address");
    let answer = make_primary(&world, &acme, "help.acme.test").await;
    assert_eq!(answer.location(), "/admin/domains", "{}", answer.body);
    assert_eq!(answer.cookie("__Host-stay").as_deref(), Some("__Host-stay=1"), "who decided it is not thrown out");

    for (host, path, method) in [
        ("acme.app.test:3000", "/tickets?q=a%20b&status=open", Method::GET),
        ("ACME.app.test", "/sign-in?next=%2Ftickets", Method::GET),
        ("acme.app.test", "/", Method::HEAD),
    ] {
        let led = app.ask(method, path).header("host", host).send().await;
        assert_eq!(led.status, StatusCode::FOUND, "{path}");
        assert_eq!(led.location(), format!("http://help.acme.test:3000{path}"));
    }
    let by_path = app.get("app.test:3000", "/t/acme/tickets?q=1").send().await;
    assert_eq!(by_path.location(), "http://help.acme.test:3000/tickets?q=1");

    for path in ["/brand/mark.svg", "/api/v1/nothing", "/scim/v2/Users", "/welcome?token=x"] {
        let answer = app.get(&acme.host, path).send().await;
        assert!(!answer.location().contains("help.acme.test"), "{path} leads away");
    }
    let fetched = app.get(&acme.host, "/tickets").header("sec-fetch-dest", "empty").send().await;
    assert_eq!(fetched.location(), "/sign-in?next=%2Ftickets");
    let form = [("email", "owner@acme.test"), ("password", "wrong")];
    let posted = app.post(&acme.host, "/sign-in").form(&form).send().await;
    assert!(posted.location().is_empty(), "a form is answered where it was sent");
    assert_eq!(world.status_at("HELP.acme.test.:3000").await, StatusCode::OK, "no circle, in any spelling");
}

#[tokio::test]
async fn there_is_a_way_in_beside_it() {
    let (world, acme) = acme().await;
    make_primary(&world, &acme, "help.acme.test").await;
    let page = world.app.get(&acme.host, "/sign-in?stay").send().await;
    assert_eq!(page.status, StatusCode::OK);
    let stay = page.cookie("__Host-stay").unwrap();
    let next = world.app.get(&acme.host, "/sign-in").cookie(&stay).send().await;
    assert_eq!(next.status, StatusCode::OK);
    let form = [("email", "owner@acme.test"), ("password", crate::app::PASSWORD)];
    let signed_in = world.app.post(&acme.host, "/sign-in").cookie(&stay).form(&form).send().await;
    let both = format!("{stay}; {}", signed_in.cookie("__Host-session").unwrap());
    let page = world.app.get(&acme.host, "/admin/domains").cookie(&both).send().await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    assert!(page.body.contains("http://acme.app.test:3000/sign-in?stay"), "the page tells the way");
    let elsewhere = world.app.get(&acme.host, "/sign-in").cookie("__Host-stay=").send().await;
    assert_eq!(elsewhere.status, StatusCode::OK, "the cookie's being there is what counts");
}

#[tokio::test]
async fn a_domain_that_leads_elsewhere_is_doubted() {
    let (world, acme) = acme().await;
    for (reply, words) in [
        (
            Reply::Addresses(vec!["203.0.113.9".parse().unwrap()]),
            "help.acme.test leads to 203.0.113.9, which is not here.",
        ),
        (Reply::Failure, "DNS does not say where help.acme.test leads."),
        (Reply::Txt(vec![]), "help.acme.test leads nowhere yet."),
    ] {
        world.dns.set("help.acme.test", reply);
        let doubted = make_primary(&world, &acme, "help.acme.test").await;
        assert_eq!(doubted.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(doubted.body.contains(words), "{words}: {}", doubted.body);
        assert_eq!(world.status_at("acme.app.test").await, StatusCode::OK);
    }
    let anyway = [("intent", "primary"), ("host", "help.acme.test"), ("anyway", "true")];
    assert_eq!(world.send(&acme, &anyway).await.status, StatusCode::SEE_OTHER);
    assert_eq!(world.status_at("acme.app.test").await, StatusCode::FOUND);
}

#[tokio::test]
async fn only_one_is_it_and_only_one_that_is_proven() {
    let (world, acme) = acme().await;
    world.claim(&acme, "new.acme.test").await;
    let claim = [("intent", "primary"), ("host", "new.acme.test"), ("anyway", "true")];
    assert_eq!(world.send(&acme, &claim).await.status, StatusCode::NOT_FOUND, "a claim is no address");
    world.prove(&acme, "www.acme.test").await;
    world.dns.set("www.acme.test", Reply::Alias("acme.app.test".to_owned()));
    world.dns.set_address("acme.app.test", "198.51.100.7");
    let (one, other) =
        tokio::join!(make_primary(&world, &acme, "help.acme.test"), make_primary(&world, &acme, "www.acme.test"));
    assert_eq!((one.status, other.status), (StatusCode::SEE_OTHER, StatusCode::SEE_OTHER));
    let led = world.app.get(&acme.host, "/sign-in").send().await;
    let hosts = ["http://help.acme.test:3000/sign-in", "http://www.acme.test:3000/sign-in"];
    assert!(hosts.contains(&led.location()), "{}", led.location());
    let page = world.page(&acme).await;
    assert_eq!(page.matches("<span class=\"badge\">Main address</span>").count(), 1, "{page}");
}

#[tokio::test]
async fn without_it_the_host_under_the_base_domain_stands_in() {
    let (world, acme) = acme().await;
    make_primary(&world, &acme, "help.acme.test").await;
    assert_eq!(world.status_at("acme.app.test").await, StatusCode::FOUND);
    make_primary(&world, &acme, "").await;
    assert_eq!(world.status_at("acme.app.test").await, StatusCode::OK);
    assert_eq!(world.status_at("help.acme.test").await, StatusCode::OK);

    make_primary(&world, &acme, "help.acme.test").await;
    let form = [("host", "help.acme.test"), ("typed", "help.acme.test")];
    world.app.post(&acme.host, "/admin/domains/remove").cookie(&acme.owner_cookie).form(&form).send().await;
    assert_eq!(world.status_at("acme.app.test").await, StatusCode::OK);
    assert_eq!(world.status_at("help.acme.test").await, StatusCode::NOT_FOUND);
}
