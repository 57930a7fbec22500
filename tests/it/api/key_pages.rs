//! `/admin/api-keys`: keys are made, seen and revoked by people.

use axum::http::StatusCode;
use time::Duration;

use super::{make_key, me, try_key, usual_key};
use crate::{app::TestApp, mail::rows};

#[tokio::test]
async fn a_key_is_shown_once_and_told_of() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let key = usual_key(&app, &acme).await;
    let secret = &key.token[key.token.len() - 39..];
    let list = app.get(&acme.host, "/admin/api-keys").cookie(&acme.owner_cookie).send().await;
    assert_eq!(list.status, StatusCode::OK);
    assert!(list.body.contains("Robot") && list.body.contains(&secret[..8]), "{}", list.body);
    assert!(list.body.contains("Read tickets, Work on tickets") && list.body.contains("Never"), "{}", list.body);
    assert!(!list.body.contains(secret));
    let mut admin = app.db.admin().await;
    let dump = "SELECT string_agg(k::text, '') || (SELECT string_agg(e::text, '') FROM pooled.audit_event e)
                || (SELECT string_agg(m::text, '') FROM control.mail m) FROM pooled.api_key k";
    let dump: String = sqlx::query_scalar(dump).fetch_one(&mut admin).await.unwrap();
    assert!(!dump.contains(secret) && dump.contains("api_key.created"), "{dump}");
    let mail = rows(&mut admin).await;
    assert!(mail.iter().any(|mail| mail.body.contains("An API key was made with your account")));

    me(&app, &acme.host, &key.token).await;
    app.clock.advance(Duration::minutes(5));
    let list = app.get(&acme.host, "/admin/api-keys").cookie(&acme.owner_cookie).send().await;
    assert!(list.body.contains("5 min ago"), "{}", list.body);
}

#[tokio::test]
async fn a_key_is_revoked_by_anybody_who_manages_them() {
    let app = TestApp::start().await;
    let (acme, globex) = (app.tenant("acme").await, app.tenant("globex").await);
    let key = usual_key(&app, &acme).await;
    let path = format!("/admin/api-keys/{}/revoke", key.id);
    let of_other = app.post(&globex.host, &path).cookie(&globex.owner_cookie).form(&[]).send().await;
    assert_eq!(of_other.status, StatusCode::NOT_FOUND);
    let page = app.get(&acme.host, &path).cookie(&acme.role_cookies[1]).send().await;
    assert!(page.body.contains("Revoke Robot") && page.body.contains("Olga of acme"), "{}", page.body);
    assert_eq!(me(&app, &acme.host, &key.token).await.status, 200, "to look is not to do");
    let done = app.post(&acme.host, &path).cookie(&acme.role_cookies[1]).form(&[]).send().await;
    assert_eq!((done.status, done.location()), (StatusCode::SEE_OTHER, "/admin/api-keys"));
    assert_eq!(me(&app, &acme.host, &key.token).await.status, 401);
    let again = app.post(&acme.host, &path).cookie(&acme.owner_cookie).form(&[]).send().await;
    assert_eq!(again.status, StatusCode::NOT_FOUND);
    let list = app.get(&acme.host, "/admin/api-keys").cookie(&acme.owner_cookie).send().await;
    assert!(list.body.contains("No API keys yet"), "{}", list.body);
}

#[tokio::test]
async fn a_key_is_limited_by_its_maker() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let refuse = |permissions: &'static [&'static str], days: &'static str| {
        let (app, acme) = (&app, &acme);
        async move { try_key(app, acme, &acme.owner_cookie, permissions, days).await }
    };
    let nothing = refuse(&[], "30").await;
    assert_eq!(nothing.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(nothing.body.contains("Choose at least one permission") && nothing.body.contains("Robot"));
    for days in ["", "31", "0", "36500"] {
        let answer = refuse(&["ticket.read"], days).await;
        assert!(answer.status == 422 && answer.body.contains("Choose a time from the list"), "{days}");
    }
    // Nobody gives a key what they do not have: an agent who may also manage keys.
    super::run(
        &app,
        format!(
            "INSERT INTO pooled.role (tenant_id, id, name, name_key, description, permissions, created_at, updated_at)
             VALUES ('{id}', '{id}', 'Keeper', 'keeper', '', '{{api_key.manage,ticket.read}}', now(), now());
             UPDATE pooled.account SET role = 'custom', custom_role_id = '{id}' WHERE role = 'agent'",
            id = acme.home.id().0
        ),
    )
    .await;
    let keeper = acme.member_cookie.as_str();
    let page = app.get(&acme.host, "/admin/api-keys/new").cookie(keeper).send().await;
    assert!(page.body.contains("permission-ticket-read") && !page.body.contains("permission-ticket-write"));
    let beyond = try_key(&app, &acme, keeper, &["ticket.read", "ticket.write"], "30").await;
    assert_eq!(beyond.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", beyond.body);
    make_key(&app, &acme, keeper, &["ticket.read"], "30").await;
}

#[tokio::test]
async fn there_are_only_so_many() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    super::run(
        &app,
        format!(
            "INSERT INTO pooled.api_key (tenant_id, id, account_id, name, prefix, secret_hash, permissions, created_at)
             SELECT '{}', gen_random_uuid(), '{}', 'k', lpad(n::text, 8, '0'), sha256('k'), '{{ticket.read}}', now()
             FROM generate_series(1, 50) n",
            acme.home.id().0,
            acme.owner.0
        ),
    )
    .await;
    let answer = try_key(&app, &acme, &acme.owner_cookie, &["ticket.read"], "30").await;
    assert!(answer.status == 422 && answer.body.contains("You have 50 keys"), "{}", answer.body);
}
