//! A key acts for its owner, no further than both reach, and no longer than it is wanted.

use axum::http::Method;
use rowhouse_app::api::{Api, Problem};
use rowhouse_platform::access::ReadMembers;
use time::Duration;

use super::{access_token, ask, assert_problem, json, make_key, me, pages, run, usual_key};
use crate::{
    app::{TestApp, TestTenant},
    database::{TestDatabase, Way},
};

async fn members(api: Api<ReadMembers>) -> Result<axum::response::Response, Problem> {
    api.answer("members").await
}

async fn app_with_members() -> TestApp {
    let routes = rowhouse::api::routes().get("/api/v1/test/members", members);
    TestApp::with(TestDatabase::new().await, Way::Direct, &[], pages(), routes)
}

async fn read_members(app: &TestApp, tenant: &TestTenant, token: &str) -> crate::app::Answer {
    ask(app, Method::GET, &tenant.host, "/api/v1/test/members", token).send().await
}

async fn change_owner_of_keys(app: &TestApp, what: &str) {
    run(app, format!("UPDATE pooled.account a SET {what} FROM pooled.api_key k WHERE k.account_id = a.id")).await;
}

#[tokio::test]
async fn a_key_says_what_it_is_and_may() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let key = usual_key(&app, &acme).await;
    let answer = me(&app, &acme.host, &key.token).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let body = json(&answer);
    assert_eq!(body["key"]["id"], key.id);
    assert_eq!(body["key"]["name"], "Robot");
    assert_eq!(body["key"]["expires_at"], "2026-08-30T12:00:00Z");
    assert_eq!(body["owner"]["name"], "Olga of acme");
    assert_eq!(body["tenant"]["id"], acme.home.id().to_string());
    assert_eq!(body["permissions"], serde_json::json!(["ticket.read", "ticket.write"]));
    assert!(!answer.headers.contains_key("set-cookie"));
    assert!(!answer.headers.contains_key("access-control-allow-origin"));
}

#[tokio::test]
async fn a_key_holds_what_it_was_given_and_its_owner_still_has() {
    let app = app_with_members().await;
    let acme = app.tenant("acme").await;
    let admin = acme.role_cookies[1].clone();
    let reads = make_key(&app, &acme, &admin, &["ticket.read"], "30").await;
    assert_problem(&read_members(&app, &acme, &reads.token).await, 403, "forbidden");
    let key = make_key(&app, &acme, &admin, &["ticket.read", "member.read"], "30").await;
    let access = access_token(&app, &acme, &key, None).await;
    for token in [&key.token, &access] {
        assert_eq!(read_members(&app, &acme, token).await.status, 200);
    }
    // From the next request on, the key reaches no further than its owner does.
    change_owner_of_keys(&app, "role = 'agent'").await;
    for token in [&key.token, &access] {
        let refused = read_members(&app, &acme, token).await;
        assert_problem(&refused, 403, "forbidden");
        assert_eq!(
            refused.headers["www-authenticate"],
            r#"Bearer realm="api", error="insufficient_scope", scope="member.read""#
        );
        assert_eq!(json(&me(&app, &acme.host, token).await)["permissions"], serde_json::json!(["ticket.read"]));
    }
    change_owner_of_keys(&app, "role = 'admin'").await;
    assert_eq!(read_members(&app, &acme, &access).await.status, 200);
}

#[tokio::test]
async fn an_end_is_an_end_at_once_for_tokens_too() {
    for end in [
        "UPDATE pooled.api_key SET revoked_at = now()",
        "UPDATE pooled.api_key SET created_at = '2026-05-01', expires_at = '2026-06-01 12:00Z'",
        "UPDATE pooled.account a SET state = 'deactivated' FROM pooled.api_key k WHERE k.account_id = a.id",
        "DELETE FROM pooled.api_key",
    ] {
        let app = TestApp::start().await;
        let acme = app.tenant("acme").await;
        let key = make_key(&app, &acme, &acme.role_cookies[1], &["ticket.read"], "90").await;
        let access = access_token(&app, &acme, &key, None).await;
        for token in [&key.token, &access] {
            assert_eq!(me(&app, &acme.host, token).await.status, 200, "{end}");
        }
        run(&app, end.to_owned()).await;
        for token in [&key.token, &access] {
            assert_problem(&me(&app, &acme.host, token).await, 401, "unauthorized");
        }
    }
}

#[tokio::test]
async fn a_key_ends_with_the_membership_of_its_owner() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let key = make_key(&app, &acme, &acme.role_cookies[1], &["ticket.read"], "never").await;
    let sql = "SELECT a.id::text FROM pooled.account a JOIN pooled.api_key k ON k.account_id = a.id";
    let id: String = sqlx::query_scalar(sql).fetch_one(&mut app.db.admin().await).await.unwrap();
    let account = rowhouse_platform::id::AccountId(id.parse().unwrap());
    let form = [("email", "admin@acme.test")];
    let path = format!("/admin/members/{account}/remove");
    let answer = app.post(&acme.host, &path).cookie(&acme.owner_cookie).form(&form).send().await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    assert_eq!(me(&app, &acme.host, &key.token).await.status, 401);
    let revoked: bool = sqlx::query_scalar("SELECT revoked_at IS NOT NULL FROM pooled.api_key")
        .fetch_one(&mut app.db.admin().await)
        .await
        .unwrap();
    assert!(revoked);
}

#[tokio::test]
async fn the_policy_on_networks_holds_for_programs() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let key = usual_key(&app, &acme).await;
    let access = access_token(&app, &acme, &key, None).await;
    run(
        &app,
        format!(
            "INSERT INTO pooled.sign_in_policy (tenant_id, methods, mfa_grace_days, password_min_length,
                 password_min_score, allowed_networks, invitation_domains, updated_at)
             VALUES ('{}', '{{password}}', 7, 10, 2, '{{198.51.100.0/24}}', '{{}}', now())",
            acme.home.id().0
        ),
    )
    .await;
    for token in [&key.token, &access] {
        assert_problem(&me(&app, &acme.host, token).await, 403, "address-refused");
    }
    run(&app, "UPDATE pooled.sign_in_policy SET allowed_networks = '{0.0.0.0/32}'".to_owned()).await;
    assert_eq!(me(&app, &acme.host, &key.token).await.status, 200);
}

#[tokio::test]
async fn use_is_noted_once_a_minute() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let key = usual_key(&app, &acme).await;
    let used = || async {
        let sql = "SELECT to_char(last_used_at AT TIME ZONE 'UTC', 'HH24:MI:SS') FROM pooled.api_key";
        sqlx::query_scalar::<_, Option<String>>(sql).fetch_one(&mut app.db.admin().await).await.unwrap()
    };
    assert_eq!(used().await, None);
    me(&app, &acme.host, &key.token).await;
    assert_eq!(used().await.as_deref(), Some("12:00:00"));
    app.clock.advance(Duration::seconds(59));
    me(&app, &acme.host, &key.token).await;
    assert_eq!(used().await.as_deref(), Some("12:00:00"));
    app.clock.advance(Duration::seconds(2));
    me(&app, &acme.host, &key.token).await;
    assert_eq!(used().await.as_deref(), Some("12:01:01"));
}

#[tokio::test]
async fn a_key_is_no_session_and_a_session_is_no_key() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let key = usual_key(&app, &acme).await;
    let cookie_alone = app.get(&acme.host, "/api/v1/me").cookie(&acme.owner_cookie).send().await;
    assert_problem(&cookie_alone, 401, "unauthorized");
    let session = acme.owner_cookie.split_once('=').unwrap().1;
    assert_problem(&me(&app, &acme.host, session).await, 401, "unauthorized");
    // A page asks for a cookie, whatever token comes with it.
    let page = ask(&app, Method::GET, &acme.host, "/tickets", &key.token).send().await;
    assert_eq!(page.status, 303);
    assert!(page.location().starts_with("/sign-in"), "{}", page.location());
    // And what a browser sends with a page's form is still held against its origin.
    let form = [("intent", "end-others")];
    let foreign = app.ask(Method::POST, "/account/devices").header("host", &acme.host);
    let foreign =
        foreign.header("origin", "http://evil.test").header("authorization", &format!("Bearer {}", key.token));
    assert_eq!(foreign.cookie(&acme.owner_cookie).form(&form).send().await.status, 403);
    // While a program may come from wherever it likes: it shows what no browser adds by itself.
    let elsewhere = ask(&app, Method::GET, &acme.host, "/api/v1/me", &key.token).header("origin", "http://evil.test");
    assert_eq!(elsewhere.send().await.status, 200);
}

#[tokio::test]
async fn nothing_that_makes_mightier_is_for_keys() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    for mighty in [
        "role.manage",
        "api_key.manage",
        "sso.manage",
        "security.manage",
        "member.manage",
        "workspace.own",
        "account.own",
        "api.use",
        "nonsense",
    ] {
        let answer = super::try_key(&app, &acme, &acme.owner_cookie, &["ticket.read", mighty], "30").await;
        assert_eq!(answer.status, 422, "{mighty}");
        assert!(answer.body.contains("is nothing that a key of yours can hold"), "{mighty}: {}", answer.body);
    }
    // Not even where it stands in the row.
    let key = usual_key(&app, &acme).await;
    run(&app, "UPDATE pooled.api_key SET permissions = '{role.manage,api_key.manage,workspace.own}'".to_owned()).await;
    assert_eq!(json(&me(&app, &acme.host, &key.token).await)["permissions"], serde_json::json!([]));
}
