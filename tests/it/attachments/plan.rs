//! Files and what the plan has room for.

use axum::http::StatusCode;
use futures_util::future::join_all;
use rowhouse_platform::{access::Role, plan::Limit};

use super::{Form, assert_nothing, attached, upload, usage, world};
use crate::plans::limited;

#[tokio::test]
async fn what_does_not_fit_leaves_nothing_behind() {
    let (app, acme, ticket) = world(&[]).await;
    limited(&app, &acme, Limit::StorageBytes, 10).await;
    let form = Form::new().text("body", "Both, please.").file("a.txt", b"123456").file("b.txt", b"78901");
    let refused = upload(&app, &acme, &acme.owner_cookie, &ticket, form).send().await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(refused.body.contains("0 bytes of 10 bytes of storage are used"), "{}", refused.body);
    assert_nothing(&app, &acme).await;
    // To the byte.
    attached(&app, &acme, &ticket, Form::new().file("a.txt", b"1234567890")).await;
    assert_eq!(usage(&app, &acme).await, (10, 1));
    let refused = upload(&app, &acme, &acme.owner_cookie, &ticket, Form::new().file("c.txt", b"1")).send().await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.body);
    assert_eq!(usage(&app, &acme).await, (10, 1));
}

#[tokio::test]
async fn who_adds_files_reads_that_little_room_is_left() {
    let (app, acme, ticket) = world(&[]).await;
    limited(&app, &acme, Limit::StorageBytes, 10).await;
    let page = async |path: &str, cookie: &str| app.get(&acme.host, path).cookie(cookie).send().await.body;
    attached(&app, &acme, &ticket, Form::new().file("a.txt", b"1234567")).await;
    assert!(!page(&ticket, &acme.owner_cookie).await.contains("little room left"), "70 %");
    attached(&app, &acme, &ticket, Form::new().file("b.txt", b"8")).await;
    let form = format!("{ticket}/attachments");
    for path in [ticket.as_str(), &form, "/projects/SUP/imports/new"] {
        let shown = page(path, &acme.owner_cookie).await;
        assert!(shown.contains("Storage: 8 bytes of 10 bytes used") && shown.contains("See the plan"), "{shown}");
    }
    let by_project = page("/admin/usage/export.csv?by=project&chart=breakdown", &acme.owner_cookie).await;
    let lines = by_project.replace('"', "");
    assert!(lines.lines().any(|line| line.starts_with("SUP ") && line.ends_with(",8")), "{by_project}");
    // Who cannot change the plan is not led to it; who cannot add a file reads nothing of it.
    let member = page(&ticket, &acme.member_cookie).await;
    assert!(member.contains("little room left") && !member.contains("See the plan"), "{member}");
    let viewer = page(&ticket, acme.cookie_of(Role::Viewer)).await;
    assert!(!viewer.contains("little room left"), "{viewer}");
}

#[tokio::test]
async fn of_many_that_come_at_once_as_many_stay_as_fit() {
    let (app, acme, ticket) = world(&[]).await;
    limited(&app, &acme, Limit::StorageBytes, 25).await;
    let answers = join_all((0..6).map(|number| {
        let form = Form::new().file(&format!("{number}.txt"), b"1234567890");
        upload(&app, &acme, &acme.owner_cookie, &ticket, form).send()
    }))
    .await;
    let kept = answers.iter().filter(|answer| answer.status == StatusCode::SEE_OTHER).count();
    assert_eq!(kept, 2, "{:?}", answers.iter().map(|answer| answer.status).collect::<Vec<_>>());
    assert_eq!(usage(&app, &acme).await, (20, 2));
}
