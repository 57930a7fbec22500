//! A company signs up at the apex, and people find their workspaces.

use axum::http::{Method, StatusCode};

use crate::{
    app::{Answer, TestApp},
    database::Way,
};

const APEX: &str = "app.test:3000";

async fn sign_up(app: &TestApp, changes: &[(&str, &str)]) -> Answer {
    let mut form = vec![
        ("workspace", "Umbrella"),
        ("slug", "umbrella"),
        ("name", "Ada"),
        ("email", "ada@umbrella.test"),
        ("password", "four random words"),
    ];
    for (name, value) in changes {
        form.iter_mut().find(|field| field.0 == *name).unwrap().1 = value;
    }
    app.post(APEX, "/sign-up").form(&form).send().await
}

#[tokio::test]
async fn a_company_signs_up_and_lands_signed_in_on_its_own_host() {
    let app = TestApp::start().await;
    let answer = sign_up(&app, &[]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    let rest = answer.location().strip_prefix("http://umbrella.app.test:3000").unwrap();

    let arrival = app.get("umbrella.app.test:3000", rest).send().await;
    assert_eq!(arrival.location(), "/tickets");
    let cookie = arrival.cookie("__Host-session").unwrap();
    let flash = arrival.cookie("__Host-flash").unwrap();
    let home = app.get("umbrella.app.test:3000", "/tickets").cookie(&format!("{cookie}; {flash}")).send().await;
    assert_eq!(home.status, StatusCode::OK);
    assert!(home.body.contains("No tickets yet") && home.body.contains("Your workspace is ready"));

    let again = app.get("umbrella.app.test:3000", rest).send().await;
    assert!(again.cookie("__Host-session").is_none(), "the token is used up");
    app.tenant("acme").await;
    let elsewhere = sign_up(&app, &[("slug", "second"), ("email", "b@second.test")]).await;
    let rest = elsewhere.location().strip_prefix("http://second.app.test:3000").unwrap().to_owned();
    let wrong = app.get("acme.app.test:3000", &rest).send().await;
    assert!(wrong.cookie("__Host-session").is_none(), "the token is of another tenant");
    app.clock.advance(time::Duration::seconds(61));
    let late = app.get("second.app.test:3000", &rest).send().await;
    assert!(late.cookie("__Host-session").is_none(), "the token is too old");
}

#[tokio::test]
async fn mistakes_are_named_beside_their_fields_and_nothing_typed_is_lost() {
    let app = TestApp::start().await;
    app.tenant("acme").await;
    for (changes, message) in [
        (vec![("workspace", " ")], "name is missing"),
        (vec![("slug", "ab")], "at least 3"),
        (vec![("slug", "console")], "reserved"),
        (vec![("slug", "acme")], "is taken"),
        (vec![("slug", "xn--acme")], "hyphens"),
        (vec![("email", "ada")], "looks like name@company.example"),
        (vec![("password", "short")], "at least 10"),
        (vec![("name", "A\u{0}da")], "control character"),
        (vec![("workspace", &"x".repeat(81))], "81 characters; 80 are allowed"),
    ] {
        let page = sign_up(&app, &changes).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{changes:?}");
        assert!(page.body.contains(message), "{changes:?}: {}", page.body);
        assert!(page.body.contains("There is a problem"), "{changes:?}");
        if changes[0].0 != "email" {
            assert!(page.body.contains("value=\"ada@umbrella.test\""));
        }
        assert!(!page.body.contains("four random words"), "a password is not sent back");
    }
    let mut admin = app.db.admin().await;
    let tenants: i64 = sqlx::query_scalar("SELECT count(*) FROM control.tenant").fetch_one(&mut admin).await.unwrap();
    assert_eq!(tenants, 1, "nothing is left of what failed");
}

#[tokio::test]
async fn two_who_want_the_same_address_at_the_same_time_do_not_both_get_it() {
    let app = TestApp::start().await;
    let answers = futures_util::future::join_all((0..4).map(|_| sign_up(&app, &[]))).await;
    let won = answers.iter().filter(|answer| answer.status == StatusCode::SEE_OTHER).count();
    assert_eq!(won, 1);
    assert!(answers.iter().all(|answer| answer.status == StatusCode::SEE_OTHER || answer.body.contains("is taken")));
    let mut admin = app.db.admin().await;
    let accounts: i64 = sqlx::query_scalar("SELECT count(*) FROM pooled.account").fetch_one(&mut admin).await.unwrap();
    assert_eq!(accounts, 1);
}

#[tokio::test]
async fn addresses_are_checked_as_one_types() {
    let app = TestApp::start().await;
    app.tenant("acme").await;
    for (slug, answer) in
        [("umbrella", "\"is_free\":true"), ("acme", "is taken"), ("console", "reserved"), ("a", "at least 3")]
    {
        let answered = app
            .post(APEX, "/api/fn/landing/check-address")
            .header("accept", "application/json")
            .form(&[("slug", slug)])
            .send()
            .await;
        assert_eq!(answered.status, StatusCode::OK, "{}", answered.body);
        assert!(answered.body.contains(answer), "{slug}: {}", answered.body);
    }
    let elsewhere = app
        .post("acme.app.test:3000", "/api/fn/landing/check-address")
        .header("accept", "application/json")
        .form(&[("slug", "x")])
        .send()
        .await;
    assert_eq!(elsewhere.status, StatusCode::NOT_FOUND, "a tenant's host does not answer for the apex");
}

#[tokio::test]
async fn finding_a_workspace_answers_the_same_for_every_address() {
    let app = TestApp::start().await;
    app.tenant("acme").await;
    let ask = async |email: &str| {
        let page = app.post(APEX, "/find").form(&[("email", email)]).send().await;
        assert_eq!(page.status, StatusCode::OK);
        let body = page.body.replace(email, "");
        body[body.find("<main").unwrap()..].to_owned()
    };
    assert_eq!(ask("owner@acme.test").await, ask("nobody@acme.test").await);

    let mail = app.get(APEX, "/dev/mail").send().await;
    assert_eq!(mail.body.matches("class=\"mail__subject\">Your workspaces<").count(), 2, "both are sent something");
    assert!(mail.body.contains("Company acme: http://acme.app.test:3000"));
    let mut serving = app.db.serving(Way::Direct).await;
    let refused = sqlx::query("SELECT * FROM control.mail").fetch_all(&mut serving).await;
    assert!(refused.is_err(), "the serving role cannot read the answers");
}

#[tokio::test]
async fn the_apex_is_throttled() {
    let app = TestApp::start().await;
    let mut last = StatusCode::OK;
    for number in 0..21 {
        last = app.post(APEX, "/find").form(&[("email", &format!("a{number}@b.test"))]).send().await.status;
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn the_apex_has_no_tenants_pages() {
    let app = TestApp::start().await;
    for path in ["/tickets", "/sign-in", "/admin/branding", "/welcome?token=x", "/brand/mark.svg"] {
        assert_eq!(app.get(APEX, path).send().await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let put = app.ask(Method::PUT, "/sign-up").header("host", APEX).send().await;
    assert_eq!(put.status, StatusCode::METHOD_NOT_ALLOWED);
}
