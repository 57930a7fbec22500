//! Notifications: who is told, what the inbox shows, and what is mailed.

use axum::http::StatusCode;
use sqlx::Row as _;
use time::Duration;

use crate::{
    app::{Answer, TestApp, TestTenant},
    database::Way,
};

async fn act(app: &TestApp, tenant: &TestTenant, cookie: &str, path: &str, form: &[(&str, &str)]) -> Answer {
    let answer = app.post(&tenant.host, path).cookie(cookie).form(form).send().await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{form:?}: {}", answer.body);
    answer
}

async fn inbox(app: &TestApp, tenant: &TestTenant, cookie: &str) -> String {
    let answer = app.get(&tenant.host, "/inbox").cookie(cookie).send().await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    answer.body
}

/// Whom each waiting mail goes to, its header's link and its text.
async fn mailed(app: &TestApp) -> Vec<(String, String, String)> {
    sqlx::query(
        "SELECT recipient, unsubscribe_link, body FROM control.mail WHERE unsubscribe_link IS NOT NULL ORDER BY id",
    )
    .fetch_all(&mut app.db.admin().await)
    .await
    .unwrap()
    .iter()
    .map(|row| (row.get(0), row.get(1), row.get(2)))
    .collect()
}

async fn upkeep(app: &TestApp) {
    let url = app.services.operator_url.clone().unwrap();
    rowhouse::services::notification_upkeep(&app.services, url).round().await.unwrap();
}

#[tokio::test]
async fn the_requester_hears_of_others_and_not_of_themselves() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let path = app.ticket(&acme, "Printer on fire").await;
    assert!(inbox(&app, &acme, &acme.owner_cookie).await.contains("Nothing new"), "they did it themselves");
    act(&app, &acme, &acme.member_cookie, &path, &[("intent", "comment"), ("body", "Which one?")]).await;

    let shown = inbox(&app, &acme, &acme.owner_cookie).await;
    assert!(shown.contains("Max of acme commented") && shown.contains("SUP-1 Printer on fire"), "{shown}");
    assert!(shown.contains("1<span class=\"visually-hidden\"> unread"), "the frame counts it: {shown}");
    assert!(inbox(&app, &acme, &acme.member_cookie).await.contains("Nothing new"));

    let event = shown.split("name=\"event\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    // What is not theirs stays as it is.
    act(&app, &acme, &acme.member_cookie, "/inbox", &[("intent", "read"), ("event", &event)]).await;
    assert!(inbox(&app, &acme, &acme.owner_cookie).await.contains("Mark as read"));
    act(&app, &acme, &acme.owner_cookie, "/inbox", &[("intent", "read"), ("event", &event)]).await;
    let shown = inbox(&app, &acme, &acme.owner_cookie).await;
    assert!(shown.contains("Mark as unread") && !shown.contains("> unread<"), "{shown}");
    act(&app, &acme, &acme.owner_cookie, "/inbox", &[("intent", "unread"), ("event", &event)]).await;
    act(&app, &acme, &acme.owner_cookie, "/inbox", &[("intent", "all"), ("until", &event)]).await;
    assert!(inbox(&app, &acme, &acme.owner_cookie).await.contains("Mark as unread"));
}

#[tokio::test]
async fn who_no_longer_reaches_the_project_is_told_nothing() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let path = app.ticket(&acme, "Secret plan").await;
    act(&app, &acme, &acme.member_cookie, &format!("{path}/watch"), &[("intent", "watch")]).await;
    act(&app, &acme, &acme.owner_cookie, &path, &[("intent", "comment"), ("body", "First")]).await;
    // How much is new is counted by the list together with what else stands there, and by every other page.
    let badge = "1<span class=\"visually-hidden\"> unread";
    let pages = async |what: &str| {
        for path in ["/inbox", "/tickets", "/labels"] {
            let page = app.get(&acme.host, path).cookie(&acme.member_cookie).send().await;
            assert_eq!(page.status, StatusCode::OK, "{}", page.body);
            assert_eq!(page.body.contains(badge), what == "reached", "{path} {what}: {}", page.body);
        }
    };
    assert!(inbox(&app, &acme, &acme.member_cookie).await.contains("Secret plan"));
    pages("reached").await;

    sqlx::query("UPDATE pooled.project SET is_open = false").execute(&mut app.db.admin().await).await.unwrap();
    act(&app, &acme, &acme.owner_cookie, &path, &[("intent", "comment"), ("body", "Second")]).await;
    assert!(
        !inbox(&app, &acme, &acme.member_cookie).await.contains("Secret plan"),
        "what they were told before neither"
    );
    pages("out of reach").await;
    let told: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM pooled.inbox_item i JOIN pooled.account a ON a.id = i.account_id
         WHERE a.email_key = 'member@acme.test'",
    )
    .fetch_one(&mut app.db.admin().await)
    .await
    .unwrap();
    assert_eq!(told, 1);
    app.clock.advance(Duration::days(2));
    upkeep(&app).await;
    assert!(mailed(&app).await.iter().all(|(to, _, _)| to != "member@acme.test"));
}

#[tokio::test]
async fn mail_comes_as_wanted_and_is_turned_off_by_one_press() {
    // Days pass, and nobody signs in again.
    let app = TestApp::start_with(Way::Direct, &[("ROWHOUSE_SIGN_IN__SESSION_IDLE_MINUTES", "20000")]).await;
    let acme = app.tenant("acme").await;
    let path = app.ticket(&acme, "Printer on fire").await;
    for body in ["Which one?", "The red one?"] {
        act(&app, &acme, &acme.member_cookie, &path, &[("intent", "comment"), ("body", body)]).await;
    }
    upkeep(&app).await;
    assert_eq!(mailed(&app).await, [], "what they asked for is mailed in the morning");
    // It is noon; the workspace's clocks show UTC.
    app.clock.advance(Duration::hours(20));
    upkeep(&app).await;
    upkeep(&app).await;
    let mails = mailed(&app).await;
    assert_eq!(mails.len(), 1, "both in one, and once: {mails:?}");
    let (to, link, body) = &mails[0];
    assert_eq!(to, "owner@acme.test");
    assert_eq!(body.matches("Max of acme commented").count(), 2, "{body}");
    assert!(!body.contains("Which one?"), "what was written stays in the workspace");

    let token = link.strip_prefix("http://acme.app.test:3000/unsubscribe/").unwrap();
    let page = format!("/unsubscribe/{token}");
    assert_eq!(app.get(&acme.host, &page).send().await.status, StatusCode::OK);
    let wishes = || app.get(&acme.host, "/inbox/mail").cookie(&acme.owner_cookie).send();
    assert!(wishes().await.body.contains("value=\"daily\" selected"), "looking changes nothing");
    // As mail programs do: without a cookie and without an origin.
    let pressed = app
        .ask(axum::http::Method::POST, &page)
        .header("host", &acme.host)
        .form(&[("List-Unsubscribe", "One-Click")])
        .send()
        .await;
    assert_eq!(pressed.status, StatusCode::OK, "{}", pressed.body);
    assert!(!wishes().await.body.contains("value=\"daily\" selected"));
    let globex = app.tenant("globex").await;
    assert_eq!(app.post(&globex.host, &page).send().await.status, StatusCode::NOT_FOUND, "it is acme's alone");

    act(&app, &acme, &acme.member_cookie, &path, &[("intent", "comment"), ("body", "Hello?")]).await;
    app.clock.advance(Duration::days(2));
    upkeep(&app).await;
    assert_eq!(mailed(&app).await.len(), 1);
    let form = [("assigned", "at_once"), ("watching", "at_once")];
    act(&app, &acme, &acme.owner_cookie, "/inbox/mail", &form).await;
    act(&app, &acme, &acme.member_cookie, &path, &[("intent", "comment"), ("body", "Still there?")]).await;
    upkeep(&app).await;
    assert_eq!(mailed(&app).await.len(), 2);
    let wrong = [("assigned", "hourly"), ("watching", "none")];
    let refused = app.post(&acme.host, "/inbox/mail").cookie(&acme.owner_cookie).form(&wrong).send().await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
}
