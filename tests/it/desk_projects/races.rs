//! What happens at the same time.

use axum::http::StatusCode;
use futures_util::future::join_all;

use super::{account, agent, count_called, listed, post, project, put_in, recorded, rename, set_role, take_out};
use crate::app::{Answer, TestApp};

fn count(answers: &[Answer], status: StatusCode) -> usize {
    answers.iter().filter(|answer| answer.status == status).count()
}

#[tokio::test]
async fn two_leads_who_remove_each_other_leave_one() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let (nina, ninas) = agent(&app, &acme, "Nina Park").await;
    let max = account(&app, "member@acme.test").await;
    for round in 0..5 {
        let path = project(&app, &acme, &format!("R{round}"), "members").await;
        put_in(&app, &acme, &path, "member@acme.test", "lead").await;
        put_in(&app, &acme, &path, "Nina Park", "lead").await;
        let gone = take_out(&app, &acme, &acme.owner_cookie, &path, acme.owner).await;
        assert_eq!(gone.status, StatusCode::SEE_OTHER, "{}", gone.body);
        let answers = join_all([
            take_out(&app, &acme, &acme.member_cookie, &path, nina),
            take_out(&app, &acme, &ninas, &path, max),
        ])
        .await;
        // Who was taken out first does not reach it any more.
        assert_eq!(count(&answers, StatusCode::SEE_OTHER), 1, "{answers:?}");
        assert_eq!(count(&answers, StatusCode::NOT_FOUND), 1, "{answers:?}");
        assert_eq!(listed(&app, &acme, &format!("R{round}")).await.len(), 1);
    }
}

#[tokio::test]
async fn two_leads_who_step_down_leave_one() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let (nina, ninas) = agent(&app, &acme, "Nina Park").await;
    let max = account(&app, "member@acme.test").await;
    for round in 0..5 {
        let path = project(&app, &acme, &format!("R{round}"), "members").await;
        put_in(&app, &acme, &path, "member@acme.test", "lead").await;
        put_in(&app, &acme, &path, "Nina Park", "lead").await;
        take_out(&app, &acme, &acme.owner_cookie, &path, acme.owner).await;
        let answers = join_all([
            set_role(&app, &acme, &acme.member_cookie, &path, max, "contributor"),
            set_role(&app, &acme, &ninas, &path, nina, "contributor"),
        ])
        .await;
        assert_eq!(count(&answers, StatusCode::SEE_OTHER), 1, "{answers:?}");
        assert_eq!(count(&answers, StatusCode::UNPROCESSABLE_ENTITY), 1, "{answers:?}");
        let leads = listed(&app, &acme, &format!("R{round}")).await;
        assert_eq!(leads.iter().filter(|member| member.1 == "lead").count(), 1);
    }
}

#[tokio::test]
async fn of_many_who_change_the_same_version_one_does() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let path = project(&app, &acme, "OPS", "open").await;
    let names: Vec<_> = (0..8).map(|number| format!("Name {number}")).collect();
    let answers = join_all(names.iter().map(|name| rename(&app, &acme, &acme.owner_cookie, &path, "1", name))).await;
    assert_eq!(count(&answers, StatusCode::SEE_OTHER), 1);
    assert_eq!(count(&answers, StatusCode::CONFLICT), 7);
    assert_eq!(recorded(&app, "project.changed").await.len(), 1);
}

#[tokio::test]
async fn keys_are_given_once() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let make = |key| {
        let form = [("name", "Operations"), ("key", key), ("access", "open")];
        let (app, acme) = (&app, &acme);
        async move { post(app, acme, &acme.owner_cookie, "/projects/new", &form).await }
    };
    let typed = join_all((0..8).map(|_| make("OPS"))).await;
    assert_eq!(count(&typed, StatusCode::SEE_OTHER), 1);
    assert_eq!(count(&typed, StatusCode::UNPROCESSABLE_ENTITY), 7);
    let suggested = join_all((0..8).map(|_| make(""))).await;
    assert_eq!(count(&suggested, StatusCode::SEE_OTHER), 8);
    let mut keys: Vec<_> = suggested.iter().map(Answer::location).collect();
    keys.sort_unstable();
    keys.dedup();
    assert_eq!(keys.len(), 8);
}

#[tokio::test]
async fn the_last_place_is_given_once() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    sqlx::query(
        "INSERT INTO pooled.project (tenant_id, id, key, name, description, is_open, last_number, version, created_at,
             updated_at)
         SELECT $1, gen_random_uuid(), 'P' || n, 'Project ' || n, '', true, 0, 1, now(), now()
         FROM generate_series(1, 498) n",
    )
    .bind(acme.home.id().0)
    .execute(&mut app.db.admin().await)
    .await
    .unwrap();
    let answers = join_all((0..6).map(|number| {
        let (app, acme) = (&app, &acme);
        async move {
            let key = format!("LAST{number}");
            let form = [("name", "Last"), ("key", key.as_str()), ("access", "open")];
            post(app, acme, &acme.owner_cookie, "/projects/new", &form).await
        }
    }))
    .await;
    assert_eq!(count(&answers, StatusCode::SEE_OTHER), 1);
    assert_eq!(count(&answers, StatusCode::UNPROCESSABLE_ENTITY), 5);
    assert_eq!(count_called(&app, &acme, "Last").await, 1);
}

#[tokio::test]
async fn who_is_removed_from_the_workspace_is_in_no_project_afterwards() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let path = project(&app, &acme, "OPS", "open").await;
    for round in 0..5 {
        let name = format!("Leaver {round}");
        let (leaver, _) = agent(&app, &acme, &name).await;
        let email = format!("leaver.{round}@acme.test");
        let form = [("email", email.as_str()), ("heir", "")];
        let add = [("intent", "add"), ("who", email.as_str()), ("role", "viewer")];
        let (remove_path, add_path) = (format!("/admin/members/{leaver}/remove"), format!("{path}/members"));
        let answers = join_all([
            post(&app, &acme, &acme.owner_cookie, &remove_path, &form),
            post(&app, &acme, &acme.owner_cookie, &add_path, &add),
        ])
        .await;
        assert_eq!(answers[0].status, StatusCode::SEE_OTHER, "{}", answers[0].body);
        assert!(!answers[1].status.is_server_error(), "{}", answers[1].body);
    }
    assert_eq!(listed(&app, &acme, "OPS").await.len(), 1, "the owner alone");
}
