//! Going for good: removed, or by oneself.

use axum::http::StatusCode;
use rowhouse_platform::{access::Role, id::AccountId};
use sqlx::Row as _;

use super::{account, newcomer, recorded, remove, standing};
use crate::app::{PASSWORD, TestApp};

async fn assign(app: &TestApp, status: &str, to: AccountId) {
    sqlx::query(
        "UPDATE pooled.ticket SET assignee_id = $1, status = $2,
                resolved_at = CASE WHEN $2 IN ('solved', 'closed') THEN now() END
         WHERE assignee_id IS NULL",
    )
    .bind(to.0)
    .bind(status)
    .execute(&mut app.db.admin().await)
    .await
    .unwrap();
}

async fn assignees(app: &TestApp) -> Vec<(String, Option<AccountId>)> {
    let sql = "SELECT title, assignee_id FROM pooled.ticket ORDER BY number";
    let rows = sqlx::query(sql).fetch_all(&mut app.db.admin().await).await.unwrap();
    rows.iter().map(|row| (row.get("title"), row.get::<Option<uuid::Uuid>, _>("assignee_id").map(AccountId))).collect()
}

#[tokio::test]
async fn who_is_removed_leaves_their_name_and_their_tickets() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let (max, vera) = (account(&app, "member@acme.test").await, account(&app, "viewer@acme.test").await);
    app.ticket(&acme, "Done long ago").await;
    assign(&app, "solved", max).await;
    app.ticket(&acme, "Printer on fire").await;
    assign(&app, "open", max).await;
    sqlx::query("INSERT INTO pooled.ticket_watcher SELECT tenant_id, id, $1, now() FROM pooled.ticket")
        .bind(max.0)
        .execute(&mut app.db.admin().await)
        .await
        .unwrap();

    let path = format!("/admin/members/{max}/remove");
    let page = app.get(&acme.host, &path).cookie(&acme.owner_cookie).send().await;
    assert!(page.body.contains("Give 1 open ticket to Vera of acme"), "{}", page.body);
    for typed in ["", "viewer@acme.test", "Max of acme"] {
        let answer = remove(&app, &acme, &acme.owner_cookie, max, typed, "").await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{typed}");
        assert!(answer.body.contains("That is not the email address of the person."), "{}", answer.body);
    }
    let done = remove(&app, &acme, acme.cookie_of(Role::Admin), max, " MEMBER@acme.test ", &vera.to_string()).await;
    assert_eq!((done.status, done.location()), (StatusCode::SEE_OTHER, "/admin/members"), "{}", done.body);
    assert_eq!(
        assignees(&app).await,
        [("Done long ago".to_owned(), Some(max)), ("Printer on fire".to_owned(), Some(vera))]
    );
    assert_eq!(standing(&app, max).await.1, "removed");
    assert!(
        app.get(&acme.host, "/tickets").cookie(&acme.member_cookie).send().await.location().starts_with("/sign-in")
    );
    let form = [("email", "member@acme.test"), ("password", PASSWORD)];
    assert_eq!(app.post(&acme.host, "/sign-in").form(&form).send().await.status, StatusCode::UNPROCESSABLE_ENTITY);
    for sql in [
        "SELECT 1 FROM pooled.account WHERE id = $1 AND (email IS NOT NULL OR password_hash IS NOT NULL)",
        "SELECT 1 FROM pooled.session WHERE account_id = $1",
        "SELECT 1 FROM pooled.group_member WHERE account_id = $1",
        "SELECT 1 FROM pooled.totp WHERE account_id = $1",
        "SELECT 1 FROM pooled.recovery_code WHERE account_id = $1",
        "SELECT 1 FROM pooled.passkey WHERE account_id = $1",
        "SELECT 1 FROM pooled.ticket_watcher WHERE account_id = $1",
        "SELECT 1 FROM pooled.inbox_item WHERE account_id = $1",
        "SELECT 1 FROM pooled.notification_preference WHERE account_id = $1",
        "SELECT 1 FROM pooled.saved_view WHERE owner_id = $1 AND NOT is_shared",
    ] {
        let left = sqlx::query(sql).bind(max.0).fetch_optional(&mut app.db.admin().await).await.unwrap();
        assert!(left.is_none(), "{sql}");
    }
    let acts = recorded(&app, "member.removed").await;
    assert!(acts[0].0 == "Max of acme" && acts[0].1.contains("member@acme.test"), "{acts:?}");
    assert_eq!(app.get(&acme.host, &path).cookie(&acme.owner_cookie).send().await.status, StatusCode::NOT_FOUND);
    let page = app.get(&acme.host, &format!("/admin/members/{max}")).cookie(&acme.owner_cookie).send().await;
    assert!(page.status == StatusCode::OK && page.body.contains("Removed"), "{}", page.body);

    // The address is free again.
    newcomer(&app, &acme, "member@acme.test", "viewer").await;
    assert_ne!(account(&app, "member@acme.test").await, max);
}

/// Tables whose rows would go with an account, and which `members::remove` and `desk::handover::forget` therefore empty of
/// somebody's, but for what they have invited and their API keys: those are revoked.
const EMPTIED: &[&str] = &[
    "api_key",
    "email_change",
    "group_member",
    "handoff",
    "inbox_item",
    "invitation",
    "invite_link",
    "known_device",
    "magic_link",
    "mailed_token",
    "notification_preference",
    "passkey",
    "passkey_ceremony",
    "project_member",
    "recovery_code",
    "saved_view",
    "session",
    "sign_in_challenge",
    "sso_identity",
    "sso_setup_link",
    "ticket_watcher",
    "totp",
];

#[tokio::test]
async fn a_new_table_of_keys_is_thought_of() {
    let app = TestApp::start().await;
    let sql = "SELECT DISTINCT t.relname::text AS name FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid
               WHERE c.contype = 'f' AND c.confrelid = 'pooled.account'::regclass AND c.confdeltype = 'c' ORDER BY 1";
    let rows = sqlx::query(sql).fetch_all(&mut app.db.admin().await).await.unwrap();
    let tables: Vec<String> = rows.iter().map(|row| row.get("name")).collect();
    assert_eq!(
        tables, EMPTIED,
        "say in platform/src/members/remove.rs or app/src/desk/handover.rs what becomes of a new table's rows, and list it"
    );
}

#[tokio::test]
async fn removing_takes_credentials_shown_lately() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let max = account(&app, "member@acme.test").await;
    let answer = remove(&app, &acme, &acme.stale_cookie, max, "member@acme.test", "").await;
    assert!(answer.location().starts_with("/confirm"), "{} {}", answer.status, answer.location());
    assert_eq!(standing(&app, max).await.1, "active");
    let owner = remove(&app, &acme, acme.cookie_of(Role::Admin), acme.owner, "owner@acme.test", "").await;
    assert_eq!(owner.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", owner.body);
    let oneself = remove(&app, &acme, &acme.owner_cookie, acme.owner, "owner@acme.test", "").await;
    assert!(oneself.body.contains("You cannot do that to yourself."), "{}", oneself.body);
}

#[tokio::test]
async fn one_leaves_by_oneself_unless_one_is_the_last_owner() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let leave = |cookie: &str, email: &str| {
        app.post(&acme.host, "/account/leave").cookie(cookie).form(&[("email", email)]).send()
    };
    let refused = leave(&acme.owner_cookie, "owner@acme.test").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.body.contains("This is the last active owner."), "{}", refused.body);
    let mistyped = leave(&acme.member_cookie, "owner@acme.test").await;
    assert_eq!(mistyped.status, StatusCode::UNPROCESSABLE_ENTITY);

    app.ticket(&acme, "Printer on fire").await;
    let max = account(&app, "member@acme.test").await;
    assign(&app, "open", max).await;
    let left = leave(&acme.member_cookie, "member@acme.test").await;
    assert_eq!((left.status, left.location()), (StatusCode::SEE_OTHER, "/sign-in"), "{}", left.body);
    assert_eq!(standing(&app, max).await.1, "removed");
    assert_eq!(assignees(&app).await, [("Printer on fire".to_owned(), Some(max))]);
    let list = app.get(&acme.host, "/tickets").cookie(&acme.owner_cookie).send().await;
    assert!(list.body.contains("Max of acme"), "the name stays");
}
