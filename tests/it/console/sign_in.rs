//! Password and app, both of them, each time.

use axum::http::StatusCode;
use time::Duration;

use super::{EMAIL, HOST, answer_code, create, first_sign_in, get, half, otto, post, recorded, show_password};
use crate::{
    app::{PASSWORD, TestApp},
    second_factor::code,
};

#[tokio::test]
async fn the_first_sign_in_sets_up_the_app_and_all_others_ask_for_it() {
    let app = TestApp::start().await;
    create(&app, EMAIL).await;
    let answer = show_password(&app, "OTTO@ops.test", PASSWORD).await;
    assert_eq!(answer.location(), "/sign-in/set-up");
    assert!(answer.cookie("__Host-session").is_none(), "a password alone opens nothing");

    let challenge = half(&app).await;
    let wrong = app.post(HOST, "/sign-in/set-up").cookie(&challenge).form(&[("code", "000000")]).send().await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", wrong.body);
    let me = first_sign_in(&app).await;
    assert_eq!(me.codes.len(), 10);
    assert_eq!(get(&app, &me, "/").await.status, StatusCode::OK);

    app.clock.advance(Duration::minutes(1));
    let answer = show_password(&app, EMAIL, PASSWORD).await;
    assert_eq!(answer.location(), "/sign-in/second-factor");
    let challenge = answer.cookie("__Host-challenge").unwrap();
    let set_up = app.get(HOST, "/sign-in/set-up").cookie(&challenge).send().await;
    assert_eq!(set_up.location(), "/sign-in", "an app that counts is not replaced by who knows the password");
    let right = code(&app, &me.authenticator);
    let wrong = answer_code(&app, &challenge, "", "000000").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let answer = answer_code(&app, &challenge, "", &right).await;
    assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/"));
    assert!(answer.cookie("__Host-session").is_some());
    let again = answer_code(&app, &challenge, "", &right).await;
    assert_eq!(again.location(), "/sign-in", "the challenge is over");
    let challenge = half(&app).await;
    let replayed = answer_code(&app, &challenge, "", &right).await;
    assert_eq!(replayed.status, StatusCode::UNPROCESSABLE_ENTITY, "a code is good once");
}

#[tokio::test]
async fn a_recovery_code_stands_in_for_the_app_once() {
    let app = TestApp::start().await;
    let me = otto(&app).await;
    let challenge = half(&app).await;
    let answer = answer_code(&app, &challenge, "recovery", &me.codes[3]).await;
    assert_eq!(answer.location(), "/", "{}", answer.body);
    let challenge = half(&app).await;
    let again = answer_code(&app, &challenge, "recovery", &me.codes[3]).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(recorded(&app).await.iter().any(|line| line.contains("operator.recovery_code_used | 9 left")));

    // New ones, for the code of the app.
    assert!(get(&app, &me, "/account").await.body.contains("9 of 10 are left"));
    let refused = post(&app, &me, "/account/recovery-codes", &[("code", "123")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    app.clock.advance(Duration::minutes(1));
    let typed = code(&app, &me.authenticator);
    let renewed = post(&app, &me, "/account/recovery-codes", &[("code", &typed)]).await;
    assert_eq!(renewed.status, StatusCode::OK, "{}", renewed.body);
    assert!(!renewed.body.contains(&me.codes[5]));
    let challenge = half(&app).await;
    let old = answer_code(&app, &challenge, "recovery", &me.codes[5]).await;
    assert_eq!(old.status, StatusCode::UNPROCESSABLE_ENTITY, "the old ones ended");
}

#[tokio::test]
async fn nobody_learns_who_is_an_operator() {
    let app = TestApp::start().await;
    create(&app, EMAIL).await;
    let wrong = show_password(&app, EMAIL, "not the password").await;
    let unknown = show_password(&app, "anna@ops.test", "not the password").await;
    let same = |body: &str, email: &str| {
        // What differs by design: what was typed, and the marks of the one answer.
        let body = body.replace(email, "…");
        let nonce =
            body.split("nonce=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default().to_owned();
        body.replace(&nonce, "…")
    };
    assert_eq!((wrong.status, unknown.status), (StatusCode::UNPROCESSABLE_ENTITY, StatusCode::UNPROCESSABLE_ENTITY));
    assert_eq!(same(&wrong.body, EMAIL), same(&unknown.body, "anna@ops.test"));
    assert!(wrong.body.contains("do not match"), "{}", wrong.body);
    let lines = recorded(&app).await;
    assert_eq!(
        lines[lines.len() - 2..],
        [
            "otto@ops.test | session.refused | The address or the password was wrong.",
            "anna@ops.test | session.refused | The address or the password was wrong."
        ]
    );
    // It may be the password, in the wrong field.
    show_password(&app, "correct horse battery", "otto").await;
    assert!(recorded(&app).await.iter().all(|line| !line.contains("correct horse")));
}

#[tokio::test]
async fn guessing_is_throttled() {
    let app = TestApp::start().await;
    create(&app, EMAIL).await;
    for _ in 0..5 {
        let answer = show_password(&app, EMAIL, "not the password").await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let refused = show_password(&app, EMAIL, PASSWORD).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS, "the right one, too");
    assert!(refused.headers.contains_key("retry-after") && refused.cookie("__Host-challenge").is_none());
    app.clock.advance(Duration::minutes(16));
    assert_eq!(show_password(&app, EMAIL, PASSWORD).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn codes_are_guessed_five_times_a_password_and_twenty_in_all() {
    let app = TestApp::start().await;
    let me = otto(&app).await;
    app.clock.advance(Duration::minutes(20));
    let mut guesses = 0;
    for _ in 0..5 {
        let challenge = half(&app).await;
        for guess in 0..6 {
            let answer = answer_code(&app, &challenge, "", "000000").await;
            if guess == 5 {
                assert_eq!(answer.location(), "/sign-in", "the password has to be shown again");
            } else if guesses < 20 {
                assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "guess {guesses}");
                guesses += 1;
            } else {
                assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS, "guess {guesses}");
            }
        }
    }
    assert_eq!(guesses, 20);
    app.clock.advance(Duration::minutes(16));
    let challenge = half(&app).await;
    let answer = answer_code(&app, &challenge, "", &code(&app, &me.authenticator)).await;
    assert_eq!(answer.location(), "/", "{}", answer.body);
}

#[tokio::test]
async fn a_first_password_that_nobody_uses_ends() {
    let app = TestApp::start().await;
    create(&app, EMAIL).await;
    app.clock.advance(Duration::days(7));
    let late = show_password(&app, EMAIL, PASSWORD).await;
    assert_eq!(late.status, StatusCode::FORBIDDEN);
    assert!(late.body.contains("The time to set up this account is over") && late.cookie("__Host-challenge").is_none());
}

#[tokio::test]
async fn a_half_sign_in_ends_after_ten_minutes() {
    let app = TestApp::start().await;
    create(&app, EMAIL).await;
    let challenge = half(&app).await;
    app.clock.advance(Duration::minutes(11));
    let page = app.get(HOST, "/sign-in/set-up").cookie(&challenge).send().await;
    assert_eq!(page.location(), "/sign-in");
}

#[tokio::test]
async fn sessions_end_by_themselves_and_by_signing_out() {
    let app = TestApp::start().await;
    let me = otto(&app).await;
    app.clock.advance(Duration::minutes(29));
    assert_eq!(get(&app, &me, "/").await.status, StatusCode::OK);
    app.clock.advance(Duration::minutes(31));
    assert_eq!(get(&app, &me, "/").await.location(), "/sign-in", "nothing was asked for half an hour");

    let answer = answer_code(&app, &half(&app).await, "", &code(&app, &me.authenticator)).await;
    let me = super::Otto { cookie: answer.cookie("__Host-session").unwrap(), ..me };
    for _ in 0..29 {
        app.clock.advance(Duration::minutes(20));
        assert_eq!(get(&app, &me, "/").await.status, StatusCode::OK);
    }
    app.clock.advance(Duration::minutes(20));
    assert_eq!(get(&app, &me, "/").await.location(), "/sign-in", "after ten hours, whatever was done");

    app.clock.advance(Duration::minutes(1));
    let answer = answer_code(&app, &half(&app).await, "", &code(&app, &me.authenticator)).await;
    let me = super::Otto { cookie: answer.cookie("__Host-session").unwrap(), ..me };
    let out = post(&app, &me, "/sign-out", &[]).await;
    assert_eq!(out.location(), "/sign-in");
    assert_eq!(get(&app, &me, "/").await.location(), "/sign-in", "the cookie is worth nothing any more");
    assert_eq!(recorded(&app).await.last().unwrap(), "otto@ops.test | session.ended");
}

#[tokio::test]
async fn a_password_that_is_reset_while_it_is_checked_opens_nothing() {
    let app = TestApp::start().await;
    create(&app, EMAIL).await;
    let mut command = app.db.admin().await;
    sqlx::raw_sql("BEGIN; UPDATE control.operator_account SET password_hash = '$argon2id$another'")
        .execute(&mut command)
        .await
        .unwrap();
    // The old password is read and right; what it begins waits for the reset.
    let (answer, ()) = tokio::join!(show_password(&app, EMAIL, PASSWORD), async {
        let mut watch = app.db.admin().await;
        loop {
            let waits: bool = sqlx::query_scalar(
                "SELECT EXISTS (SELECT FROM pg_stat_activity
                                WHERE datname = current_database() AND wait_event_type = 'Lock')",
            )
            .fetch_one(&mut watch)
            .await
            .unwrap();
            if waits {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        sqlx::raw_sql("COMMIT").execute(&mut command).await.unwrap();
    });
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.body);
    assert!(answer.cookie("__Host-challenge").is_none());
    let begun: i64 = sqlx::query_scalar(
        "SELECT (SELECT count(*) FROM control.operator_challenge)
             + (SELECT count(*) FROM control.operator_account WHERE totp_pending IS NOT NULL)",
    )
    .fetch_one(&mut command)
    .await
    .unwrap();
    assert_eq!(begun, 0);
}
