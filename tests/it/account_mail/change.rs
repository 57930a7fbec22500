//! An account moves to another address.

use axum::http::StatusCode;

use super::{ask_reset, mailed, mails, recorded, sign_in, token};
use crate::app::{Answer, PASSWORD, TestApp, TestTenant};

/// Asks for a change of address and answers the tokens of both links.
pub async fn ask_change(app: &TestApp, acme: &TestTenant, new: &str) -> (String, String) {
    let form = [("intent", "request"), ("email", new)];
    let asked = app.post(&acme.host, "/account/email").cookie(&acme.owner_cookie).form(&form).send().await;
    assert_eq!(asked.location(), "/account/email", "{}", asked.body);
    let old = mailed(app, "owner@acme.test", "Confirm the change", "/confirm-email-change").await;
    let new = mailed(app, new, "Confirm your new", "/confirm-email-change").await;
    (token(&old).to_owned(), token(&new).to_owned())
}

async fn answer_change(app: &TestApp, acme: &TestTenant, token: &str, intent: &str) -> Answer {
    app.post(&acme.host, "/confirm-email-change").form(&[("token", token), ("intent", intent)]).send().await
}

async fn email_of_owner(app: &TestApp, acme: &TestTenant) -> String {
    sqlx::query_scalar("SELECT email FROM pooled.account WHERE id = $1")
        .bind(acme.owner.0)
        .fetch_one(&mut app.db.admin().await)
        .await
        .unwrap()
}

#[tokio::test]
async fn an_account_moves_when_both_addresses_say_so() {
    for old_first in [true, false] {
        let app = TestApp::start().await;
        let acme = app.tenant("acme").await;
        ask_reset(&app, &acme, "owner@acme.test").await;
        let reset_link = mailed(&app, "owner@acme.test", "Choose a new password", "/reset-password/new").await;
        let (old, new) = ask_change(&app, &acme, "Olga@Elsewhere.test").await;
        let page = app.get(&acme.host, &format!("/confirm-email-change?token={old}")).send().await;
        assert!(page.body.contains("This was not me") && page.body.contains("Olga@Elsewhere.test"));

        let (first, second) = if old_first { (&old, &new) } else { (&new, &old) };
        let half = answer_change(&app, &acme, first, "confirm").await;
        assert!(half.body.contains("One more to go"), "{}", half.body);
        assert_eq!(answer_change(&app, &acme, first, "confirm").await.status, StatusCode::GONE, "once");
        assert_eq!(email_of_owner(&app, &acme).await, "owner@acme.test");
        let done = answer_change(&app, &acme, second, "confirm").await;
        assert!(done.body.contains("is changed"), "{}", done.body);
        assert_eq!(email_of_owner(&app, &acme).await, "Olga@Elsewhere.test");

        assert_eq!(sign_in(&app, &acme, "olga@elsewhere.test", PASSWORD).await.location(), "/tickets");
        assert_eq!(sign_in(&app, &acme, "owner@acme.test", PASSWORD).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(mails(&app, "owner@acme.test", "Your email address").await.len(), 1);
        assert_eq!(app.get(&acme.host, &reset_link).send().await.status, StatusCode::GONE, "sent to the old address");
        assert_eq!(recorded(&app, &acme, "account.email_changed").await, 1);
    }
}

#[tokio::test]
async fn both_ends_at_once_move_it_once() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let (old, new) = ask_change(&app, &acme, "olga@elsewhere.test").await;
    let both = [&old, &new].map(|token| answer_change(&app, &acme, token, "confirm"));
    let answers = futures_util::future::join_all(both).await;
    assert_eq!(answers.iter().filter(|answer| answer.body.contains("is changed")).count(), 1, "{answers:?}");
    assert_eq!(email_of_owner(&app, &acme).await, "olga@elsewhere.test");
}

#[tokio::test]
async fn the_old_address_can_refuse() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let (old, new) = ask_change(&app, &acme, "thief@elsewhere.test").await;
    answer_change(&app, &acme, &new, "confirm").await;
    let refused = answer_change(&app, &acme, &old, "refuse").await;
    assert!(refused.body.contains("The change is cancelled"));
    for token in [&old, &new] {
        assert_eq!(answer_change(&app, &acme, token, "confirm").await.status, StatusCode::GONE);
    }
    assert_eq!(email_of_owner(&app, &acme).await, "owner@acme.test");
}

#[tokio::test]
async fn a_taken_address_is_not_told_and_not_got() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let ask = async |email: &str| {
        let form = [("intent", "request"), ("email", email)];
        app.post(&acme.host, "/account/email").cookie(&acme.owner_cookie).form(&form).send().await
    };
    let own = ask(" OWNER@acme.test").await;
    assert!(own.status == StatusCode::UNPROCESSABLE_ENTITY && own.body.contains("your address already"));
    let (free, taken) = (ask("olga@elsewhere.test").await, ask("member@acme.test").await);
    assert_eq!((free.status, free.location(), &free.body), (taken.status, taken.location(), &taken.body));
    assert!(mails(&app, "member@acme.test", "").await.is_empty());

    // Free when it was asked for, taken when it is confirmed.
    let (old, new) = ask_change(&app, &acme, "next@elsewhere.test").await;
    let mut admin = app.db.admin().await;
    sqlx::query("UPDATE pooled.account SET email = 'next@elsewhere.test', email_key = 'next@elsewhere.test' WHERE email = 'viewer@acme.test'")
        .execute(&mut admin)
        .await
        .unwrap();
    answer_change(&app, &acme, &old, "confirm").await;
    assert_eq!(answer_change(&app, &acme, &new, "confirm").await.status, StatusCode::CONFLICT);
    assert_eq!(email_of_owner(&app, &acme).await, "owner@acme.test");
}
