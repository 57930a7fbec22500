//! The operators' console: who comes in, what it shows and does, and what is written down of it.

mod acting;
mod command;
mod reading;
mod sign_in;
mod walls;

use axum::http::StatusCode;
use rowhouse_platform::{
    identity::EmailAddress,
    operator::account::{self, NewOperator},
};
use totp_rs::Totp;

use crate::{
    app::{Answer, PASSWORD, TestApp},
    second_factor::code,
};

/// Where the console is.
pub const HOST: &str = "console.app.test:3000";
/// Who runs the installation of tests.
pub const EMAIL: &str = "otto@ops.test";

/// An operator who is signed in.
pub struct Otto {
    pub cookie: String,
    pub authenticator: Totp,
    pub codes: Vec<String>,
}

/// Makes an operator, as the command does.
pub async fn create(app: &TestApp, email: &str) {
    let services = &app.services;
    let new = NewOperator {
        email: EmailAddress::parse(email).unwrap(),
        name: "Otto Operator".to_owned(),
        password_hash: services.passwords.hash(&services.ambient, PASSWORD.to_owned()).await.unwrap(),
        is_demo: false,
    };
    account::create(services.operators.as_ref().unwrap(), &services.ambient, &new).await.unwrap();
}

/// Shows a password.
pub async fn show_password(app: &TestApp, email: &str, password: &str) -> Answer {
    app.post(HOST, "/sign-in").form(&[("email", email), ("password", password)]).send().await
}

/// The cookie of a sign-in that is half done.
pub async fn half(app: &TestApp) -> String {
    let answer = show_password(app, EMAIL, PASSWORD).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    answer.cookie("__Host-challenge").unwrap()
}

/// What the page that sets up an app puts into it.
pub fn shown_app(page: &str) -> Totp {
    let uri = page.split("href=\"otpauth").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    Totp::from_url(format!("otpauth{}", uri.replace("&amp;", "&"))).unwrap()
}

/// Signs in for the first time, as somebody with a browser does.
pub async fn first_sign_in(app: &TestApp) -> Otto {
    let challenge = half(app).await;
    let page = app.get(HOST, "/sign-in/set-up").cookie(&challenge).send().await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    let authenticator = shown_app(&page.body);
    let typed = code(app, &authenticator);
    let done = app.post(HOST, "/sign-in/set-up").cookie(&challenge).form(&[("code", &typed)]).send().await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.body);
    let block = done.body.split("class=\"recovery-codes\"").nth(1).and_then(|rest| rest.split('>').nth(1)).unwrap();
    let codes = block.split('<').next().unwrap().lines().map(str::to_owned).collect();
    Otto { cookie: done.cookie("__Host-session").unwrap(), authenticator, codes }
}

/// An operator at the console of an app.
pub async fn otto(app: &TestApp) -> Otto {
    create(app, EMAIL).await;
    first_sign_in(app).await
}

/// Signs in with the app.
pub async fn answer_code(app: &TestApp, challenge: &str, with: &str, typed: &str) -> Answer {
    let form = [("code", typed), ("with", with), ("next", "")];
    app.post(HOST, "/sign-in/second-factor").cookie(challenge).form(&form).send().await
}

/// A page of the console.
pub async fn get(app: &TestApp, otto: &Otto, path: &str) -> Answer {
    app.get(HOST, path).cookie(&otto.cookie).send().await
}

/// A form of the console.
pub async fn post(app: &TestApp, otto: &Otto, path: &str, form: &[(&str, &str)]) -> Answer {
    app.post(HOST, path).cookie(&otto.cookie).form(form).send().await
}

/// What was written down so far: operator, action, tenant, what exactly and why.
pub async fn recorded(app: &TestApp) -> Vec<String> {
    sqlx::query_scalar(
        "SELECT concat_ws(' | ', operator_name, action, tenant_slug, detail, reason) FROM control.operator_audit ORDER BY id",
    )
    .fetch_all(&mut app.db.admin().await)
    .await
    .unwrap()
}
