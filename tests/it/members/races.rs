//! What happens at the same time.

use axum::http::StatusCode;
use futures_util::future::join_all;
use rowhouse_platform::access::Role;
use sqlx::Row as _;

use super::{account, change, invite, join, make, remove, token};
use crate::app::{Answer, TestApp, TestTenant};

async fn active_owners(app: &TestApp, tenant: &TestTenant) -> i64 {
    let sql = "SELECT count(*) AS n FROM pooled.account WHERE tenant_id = $1 AND role = 'owner' AND state = 'active'";
    sqlx::query(sql).bind(tenant.home.id().0).fetch_one(&mut app.db.admin().await).await.unwrap().get("n")
}

fn succeeded(answers: &[Answer]) -> usize {
    answers
        .iter()
        .filter(|answer| answer.status == StatusCode::SEE_OTHER && !answer.location().contains("sign-in"))
        .count()
}

fn none_broke(answers: &[Answer]) {
    for answer in answers {
        assert!(!answer.status.is_server_error(), "{}: {}", answer.status, answer.body);
    }
}

#[tokio::test]
async fn two_owners_who_demote_each_other_leave_one() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let ada = account(&app, "admin@acme.test").await;
    make(&app, &acme, Role::Owner, ada, "owner").await;
    let answers = join_all((0..20).map(|number| {
        let (by, whom) = if number % 2 == 0 { (Role::Owner, ada) } else { (Role::Admin, acme.owner) };
        make(&app, &acme, by, whom, "viewer")
    }))
    .await;
    none_broke(&answers);
    assert_eq!(active_owners(&app, &acme).await, 1);
    let outcomes: Vec<_> = answers.iter().map(|answer| answer.status.as_u16()).collect();
    assert!(outcomes.contains(&303) && outcomes.iter().any(|status| *status >= 400), "{outcomes:?}");
}

#[tokio::test]
async fn owners_who_get_at_each_other_in_every_way_leave_one() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let (ada, max) = (account(&app, "admin@acme.test").await, account(&app, "member@acme.test").await);
    make(&app, &acme, Role::Owner, ada, "owner").await;
    make(&app, &acme, Role::Owner, max, "owner").await;
    let owners = [
        (acme.owner, acme.owner_cookie.as_str(), "owner@acme.test"),
        (ada, acme.cookie_of(Role::Admin), "admin@acme.test"),
        (max, acme.member_cookie.as_str(), "member@acme.test"),
    ];
    let answers = join_all((0..20).map(|number| {
        let ((_, by, own), (whom, _, email)) = (owners[number % 3], owners[(number + 1) % 3]);
        let (app, acme) = (&app, &acme);
        async move {
            match number % 4 {
                0 => change(app, acme, by, whom, &[("intent", "role"), ("role", "agent")]).await,
                1 => change(app, acme, by, whom, &[("intent", "deactivate")]).await,
                2 => remove(app, acme, by, whom, email, "").await,
                _ => app.post(&acme.host, "/account/leave").cookie(by).form(&[("email", own)]).send().await,
            }
        }
    }))
    .await;
    none_broke(&answers);
    assert!(active_owners(&app, &acme).await >= 1);
    // Whoever is left cannot be the last to go either.
    let mut left = Vec::new();
    for (_, cookie, email) in owners {
        let page = app.get(&acme.host, "/admin/members").cookie(cookie).send().await;
        if page.status == StatusCode::OK {
            left.push(app.post(&acme.host, "/account/leave").cookie(cookie).form(&[("email", email)]).send().await);
        }
    }
    none_broke(&left);
    assert!(active_owners(&app, &acme).await >= 1);
}

#[tokio::test]
async fn of_two_admins_who_deactivate_each_other_one_is_first() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let (ada, max) = (account(&app, "admin@acme.test").await, account(&app, "member@acme.test").await);
    make(&app, &acme, Role::Owner, max, "admin").await;
    let form = [("intent", "deactivate")];
    let answers = join_all((0..10).flat_map(|_| {
        [
            change(&app, &acme, acme.cookie_of(Role::Admin), max, &form),
            change(&app, &acme, &acme.member_cookie, ada, &form),
        ]
    }))
    .await;
    none_broke(&answers);
    let sql = "SELECT count(*) AS n FROM pooled.account WHERE role = 'admin' AND state = 'active'";
    let left: i64 = sqlx::query(sql).fetch_one(&mut app.db.admin().await).await.unwrap().get("n");
    assert_eq!(left, 1);
}

#[tokio::test]
async fn an_invitation_is_accepted_once() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    invite(&app, &acme, Role::Owner, "nora@elsewhere.test", "viewer").await;
    let token = token(&app, "nora@elsewhere.test").await;
    let names: Vec<_> = (0..20).map(|number| format!("Nora {number}")).collect();
    let answers = join_all(names.iter().map(|name| join(&app, &acme, &token, name))).await;
    none_broke(&answers);
    assert_eq!(succeeded(&answers), 1);
    let second = answers.iter().find(|answer| answer.status == StatusCode::GONE).unwrap();
    assert!(second.body.contains("This invitation was accepted already"), "{}", second.body);
}

#[tokio::test]
async fn a_link_for_three_lets_three_in() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let form = [("role", "viewer"), ("days", "1"), ("max_uses", "3")];
    let made = app.post(&acme.host, "/admin/members/links/new").cookie(&acme.owner_cookie).form(&form).send().await;
    let link = super::links::token_in(&made.body);
    let mut tokens = Vec::new();
    for number in 0..6 {
        let email = format!("p{number}@elsewhere.test");
        let form = [("token", link.as_str()), ("name", "Nora"), ("email", &email)];
        app.post(&acme.host, "/join/link").form(&form).send().await;
        tokens.push(token(&app, &email).await);
    }
    let answers = join_all(tokens.iter().map(|token| join(&app, &acme, token, "Nora"))).await;
    none_broke(&answers);
    assert_eq!(succeeded(&answers), 3);
}

#[tokio::test]
async fn an_address_invited_twice_at_the_same_time_waits_once() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let answers = join_all((0..8).map(|_| invite(&app, &acme, Role::Owner, "nora@elsewhere.test", "viewer"))).await;
    none_broke(&answers);
    assert_eq!(succeeded(&answers), 1);
    assert_eq!(super::mails(&app, "nora@elsewhere.test").await.len(), 1);
}
