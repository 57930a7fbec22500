//! What a plan does not include: domains, single sign-on, the log as a file.

use axum::http::StatusCode;
use rowhouse_platform::plan::Limit;

use super::{limited, on_plan, operator};
use crate::app::{Answer, TestApp, TestTenant};

async fn add_domain(app: &TestApp, tenant: &TestTenant, host: &str) -> Answer {
    let form = [("intent", "add"), ("host", host)];
    app.post(&tenant.host, "/admin/domains").cookie(&tenant.owner_cookie).form(&form).send().await
}

async fn add_connection(app: &TestApp, tenant: &TestTenant, hint: &str) -> Answer {
    let form = [("provider", "okta"), ("protocol", "oidc"), ("name", "Okta"), ("hint", hint)];
    app.post(&tenant.host, "/admin/sso/new").cookie(&tenant.owner_cookie).form(&form).send().await
}

#[tokio::test]
async fn domains_come_with_a_plan_and_in_its_number() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    on_plan(&app, &acme, "free").await;
    let refused = add_domain(&app, &acme, "help.acme.test").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.body.contains("Own domains is not part of this workspace’s plan"), "{}", refused.body);

    on_plan(&app, &acme, "team").await;
    assert_eq!(add_domain(&app, &acme, "help.acme.test").await.status, StatusCode::SEE_OTHER);
    let refused = add_domain(&app, &acme, "more.acme.test").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.body.contains("1 of 1 own domains are in use"), "{}", refused.body);
    let page = app.get(&acme.host, "/admin/domains").cookie(&acme.owner_cookie).send().await.body;
    assert!(page.contains("Own domains: 1 of 1 used") && page.contains("no room for more"), "{page}");
    limited(&app, &acme, Limit::CustomDomains, 2).await;
    assert_eq!(add_domain(&app, &acme, "more.acme.test").await.status, StatusCode::SEE_OTHER);

    // On a smaller plan both stay, and can be removed.
    on_plan(&app, &acme, "free").await;
    let kept: i64 = sqlx::query_scalar("SELECT count(*) FROM control.domain_claim")
        .fetch_one(&mut operator(&app).await)
        .await
        .unwrap();
    assert_eq!(kept, 2);
}

#[tokio::test]
async fn a_number_of_domains_is_all_that_has_to_be_given() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    on_plan(&app, &acme, "free").await;
    limited(&app, &acme, Limit::CustomDomains, 1).await;
    let added = add_domain(&app, &acme, "help.acme.test").await;
    assert_eq!(added.status, StatusCode::SEE_OTHER, "{}", added.body);
    let refused = add_domain(&app, &acme, "more.acme.test").await;
    assert!(refused.body.contains("1 of 1 own domains are in use"), "{}", refused.body);
}

#[tokio::test]
async fn single_sign_on_is_set_up_where_the_plan_includes_it() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let made = add_connection(&app, &acme, "first").await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.body);
    on_plan(&app, &acme, "team").await;
    let page = app.get(&acme.host, "/admin/sso/new").cookie(&acme.owner_cookie).send().await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    assert!(page.body.contains("Single sign-on is not part of this workspace’s plan"), "{}", page.body);
    assert!(page.body.contains("href=\"/admin/plan\""), "{}", page.body);
    assert_eq!(add_connection(&app, &acme, "second").await.status, StatusCode::FORBIDDEN);
    // What is there is shown, with the reason why it cannot be changed.
    let list = app.get(&acme.host, "/admin/sso").cookie(&acme.owner_cookie).send().await;
    assert_eq!(list.status, StatusCode::OK);
    assert!(list.body.contains("Okta") && list.body.contains("Single sign-on is not in your plan"), "{}", list.body);
}

#[tokio::test]
async fn the_audit_log_is_read_on_every_plan_and_exported_on_some() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let get = async |path: &str| app.get(&acme.host, path).cookie(&acme.owner_cookie).send().await;
    assert_eq!(get("/admin/audit/export.csv").await.status, StatusCode::OK);
    on_plan(&app, &acme, "free").await;
    let page = get("/admin/audit").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(!page.body.contains("export.csv") && page.body.contains("not in your plan"), "{}", page.body);
    for path in ["/admin/audit/export.csv", "/admin/audit/export.jsonl"] {
        assert_eq!(get(path).await.status, StatusCode::FORBIDDEN, "{path}");
    }
}
