//! What people do is recorded, with where it came from; and nobody fills the log at will.

use sqlx::Row as _;

use crate::app::{PASSWORD, TestApp, TestTenant};

/// The records of a tenant after its creation: action, actor, target and reason.
async fn records(app: &TestApp, tenant: &TestTenant) -> Vec<[String; 4]> {
    let mut admin = app.db.admin().await;
    let rows = sqlx::query(
        "SELECT action, coalesce(actor_name, actor_kind) AS actor, coalesce(target_label, '') AS target,
             coalesce(reason, '') AS reason
         FROM pooled.audit_event WHERE tenant_id = $1 AND seq > 1 ORDER BY seq",
    )
    .bind(tenant.home.id().0)
    .fetch_all(&mut admin)
    .await
    .unwrap();
    rows.iter().map(|row| ["action", "actor", "target", "reason"].map(|name| row.get(name))).collect()
}

fn record(fields: [&str; 4]) -> [String; 4] {
    fields.map(ToOwned::to_owned)
}

#[tokio::test]
async fn signing_in_and_out_and_being_refused() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let attempt = async |email: &str, password: &str| {
        let form = [("email", email), ("password", password)];
        app.post(&acme.host, "/sign-in").header("user-agent", "Test/1").form(&form).send().await
    };
    attempt("owner@acme.test", "not the password").await;
    attempt("stranger@acme.test", "not the password").await;
    attempt("my secret passphrase", "x").await;
    let cookie = attempt("owner@acme.test", PASSWORD).await.cookie("__Host-session").unwrap();
    app.post(&acme.host, "/sign-out").cookie(&cookie).send().await;
    app.post(&acme.host, "/sign-out").cookie(&cookie).send().await;
    assert_eq!(
        records(&app, &acme).await,
        [
            record(["sign_in.refused", "nobody", "owner@acme.test", "The password was wrong."]),
            record(["sign_in.refused", "nobody", "stranger@acme.test", "No account has this address."]),
            record(["sign_in.refused", "nobody", "", "What was typed is no email address."]),
            record(["sign_in.succeeded", "Olga of acme", "", ""]),
            record(["sign_out.done", "Olga of acme", "", ""]),
        ]
    );
    let mut admin = app.db.admin().await;
    let (address, agent, request): (String, String, String) = sqlx::query_as(
        "SELECT address, user_agent, request_id FROM pooled.audit_event WHERE action = 'sign_in.succeeded'",
    )
    .fetch_one(&mut admin)
    .await
    .unwrap();
    assert!(!address.is_empty() && agent == "Test/1" && request.len() == 36, "{address} {agent} {request}");
    let text: String = sqlx::query_scalar("SELECT string_agg(to_jsonb(e)::text, '') FROM pooled.audit_event e")
        .fetch_one(&mut admin)
        .await
        .unwrap();
    assert!(!text.contains("passphrase") && !text.contains("not the password") && !text.contains(PASSWORD));
}

#[tokio::test]
async fn attempts_beyond_the_limit_are_recorded_once() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    for _ in 0..12 {
        let form = [("email", "owner@acme.test"), ("password", "wrong password")];
        app.post(&acme.host, "/sign-in").form(&form).send().await;
    }
    let records = records(&app, &acme).await;
    assert_eq!(records.len(), 6, "five wrong passwords, and that further ones are not answered: {records:?}");
    assert!(records[5][3].contains("there were too many attempts"), "{records:?}");
}

#[tokio::test]
async fn refused_access_is_recorded_now_and_then() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let knock = async |path: &str| app.get(&acme.host, path).cookie(&acme.member_cookie).send().await.status.as_u16();
    for _ in 0..5 {
        assert_eq!(knock("/admin/branding").await, 403);
        assert_eq!(knock("/admin/audit").await, 403);
    }
    let refused = |what: &str| record(["access.refused", "Max of acme", what, ""]);
    assert_eq!(records(&app, &acme).await, [refused("Manage branding"), refused("Read the audit log")]);
    app.clock.advance(time::Duration::minutes(11));
    assert_eq!(knock("/admin/branding").await, 403);
    assert_eq!(records(&app, &acme).await.len(), 3);
}

#[tokio::test]
async fn a_new_look_is_recorded_with_the_old_one() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    crate::branding::save(&app, &acme, &[("name", "Acme Works"), ("accent", "#336699"), ("accent_dark", "")]).await;
    let mut admin = app.db.admin().await;
    let (before, after): (String, String) =
        sqlx::query_as("SELECT before::text, after::text FROM pooled.audit_event WHERE action = 'branding.changed'")
            .fetch_one(&mut admin)
            .await
            .unwrap();
    assert!(before.contains("\"Company acme\"") && before.contains("\"accent\":null"), "{before}");
    assert!(after.contains("\"Acme Works\"") && after.contains("\"accent\":\"#336699\""), "{after}");
}
