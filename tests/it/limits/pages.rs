//! People: generously, each of them, their workspace, and whoever comes from one address.

use time::Duration;

use super::{allow, header, wait};
use crate::{
    app::{TestApp, TestTenant},
    database::Way,
};

const ON: (&str, &str) = ("ROWHOUSE_LIMITS__ENABLED", "true");
const NO_BURST: (&str, &str) = ("ROWHOUSE_LIMITS__BURST_PERCENT", "0");

async fn app(setting: (&str, &str)) -> (TestApp, TestTenant) {
    let app = TestApp::start_with(Way::Direct, &[ON, NO_BURST, setting]).await;
    let acme = app.tenant("acme").await;
    (app, acme)
}

#[tokio::test]
async fn somebody_who_is_too_fast_sees_a_page_that_says_when_to_go_on() {
    let (app, acme) = app(("ROWHOUSE_LIMITS__USER_PAGES_PER_MINUTE", "3")).await;
    let list = || app.get(&acme.host, "/tickets").cookie(&acme.owner_cookie).send();
    for left in (0..3).rev() {
        let answer = list().await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert!(header(&answer, "ratelimit-policy").starts_with(r#""user";q=3;w=60, "workspace";q="#));
        assert!(header(&answer, "ratelimit").starts_with(&format!(r#""user";r={left};"#)), "{:?}", answer.headers);
    }
    let refused = list().await;
    assert_eq!(refused.status, 429);
    assert!(refused.body.contains("A little too fast") && refused.body.contains("Company acme"), "{}", refused.body);
    assert!(header(&refused, "ratelimit").starts_with(r#""user";r=0;"#), "{:?}", refused.headers);
    let others = app.get(&acme.host, "/tickets").cookie(&acme.member_cookie).send().await;
    assert_eq!(others.status, 200, "others are counted apart");
    // A form is no way around, and neither is a server function.
    let form = [("title", "One more"), ("description", "It does not work."), ("priority", "normal")];
    let sent = app.post(&acme.host, "/tickets/new").cookie(&acme.owner_cookie).form(&form).send().await;
    assert_eq!(sent.status, 429);
    let search = app.post(&acme.host, "/api/fn/desk/search").cookie(&acme.owner_cookie).form(&[("q", "x")]);
    let search = search.header("accept", "application/json").send().await;
    assert_eq!(search.status, 429, "{}", search.body);
    assert!(search.body.contains("Throttled"), "{}", search.body);
    assert!(wait(&search) >= 1);
    app.clock.advance(Duration::seconds(wait(&refused)));
    assert_eq!(list().await.status, 200, "after the time that was said");
}

#[tokio::test]
async fn a_flood_of_pages_is_refused_without_asking_the_database() {
    let (app, acme) = app(("ROWHOUSE_LIMITS__USER_PAGES_PER_MINUTE", "1")).await;
    let list = || app.get(&acme.host, "/tickets").cookie(&acme.owner_cookie).send();
    assert_eq!(list().await.status, 200);
    assert_eq!(list().await.status, 429);
    app.services.database.close().await;
    assert_eq!(list().await.status, 429);
    app.clock.advance(Duration::minutes(3));
    assert_eq!(list().await.status, 503);
}

#[tokio::test]
async fn a_workspace_has_so_many_pages_and_nobody_else_uses_them_up() {
    let (app, acme) = app(("ROWHOUSE_LIMITS__WORKSPACE_PAGES_PER_MINUTE", "4")).await;
    // Ten pages for each request of its programs would be more than four.
    allow(&app, &acme, 0).await;
    for _ in 0..10 {
        let stranger = format!("__Host-session={}", "ab".repeat(32));
        let answer = app.get(&acme.host, "/tickets").cookie(&stranger).send().await;
        assert_eq!(answer.status, 303, "somebody with a session that is none is sent to sign in");
    }
    for cookie in [&acme.owner_cookie, &acme.member_cookie, &acme.owner_cookie, &acme.member_cookie] {
        assert_eq!(app.get(&acme.host, "/tickets").cookie(cookie).send().await.status, 200);
    }
    let refused = app.get(&acme.host, "/tickets").cookie(&acme.owner_cookie).send().await;
    assert_eq!(refused.status, 429);
    assert!(header(&refused, "ratelimit").contains(r#""workspace";r=0;"#), "{:?}", refused.headers);
}

#[tokio::test]
async fn an_address_has_so_many_pages_of_a_site() {
    let (app, acme) = app(("ROWHOUSE_LIMITS__ADDRESS_PAGES_PER_MINUTE", "3")).await;
    for _ in 0..3 {
        assert_eq!(app.get(&acme.host, "/sign-in").send().await.status, 200);
    }
    let refused = app.get(&acme.host, "/sign-in").send().await;
    assert_eq!(refused.status, 429);
    assert!(refused.body.contains("A little too fast"), "{}", refused.body);
    assert!(header(&refused, "ratelimit").starts_with(r#""address";r=0;"#), "{:?}", refused.headers);
    assert!(wait(&refused) >= 1);
    let brand = app.get(&acme.host, "/brand/mark.svg").send().await;
    assert_eq!(brand.status, 200, "the look of a page is not counted");
    assert_eq!(app.get("app.test:3000", "/").send().await.status, 200, "another site is counted apart");
    // Of the API, what needs no key.
    let document = app.get(&acme.host, "/api/v1/openapi.json").send().await;
    crate::api::assert_problem(&document, 429, "too-many-requests");
    assert!(wait(&document) >= 1);
}
