//! Every problem of a file is listed, however many there are.

use axum::http::{StatusCode, header};
use futures_util::StreamExt as _;
use uuid::Uuid;

use super::{open, press, uploaded, worker};
use crate::app::{TestApp, TestTenant};

const COUNT: usize = 4300;
/// Takes both columns.
const CHECK: &[(&str, &str)] = &[("intent", "check"), ("column-0", "title"), ("column-1", "status")];

/// A file whose rows are wrong in their second column, checked.
async fn checked(app: &TestApp, tenant: &TestTenant) -> String {
    let file = format!("title;status\n{}", "Same;=lost\n".repeat(COUNT));
    let import = uploaded(app, tenant, file.as_bytes()).await;
    press(app, tenant, &import, CHECK).await;
    worker(app).round().await.unwrap();
    import
}

/// How many problems the database has, of whichever pass.
async fn kept(app: &TestApp) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM pooled.desk_import_problem")
        .fetch_one(&mut app.db.admin().await)
        .await
        .unwrap()
}

/// Nobody is shown a problem.
async fn assert_nothing_listed(app: &TestApp, tenant: &TestTenant, import: &str) {
    let page = open(app, tenant, import).await.body;
    assert!(!page.contains("=lost"), "{page}");
    let file = open(app, tenant, &format!("{import}/problems")).await.body;
    assert_eq!(file, "\"Line\",\"Column\",\"Problem\"\r\n");
}

#[tokio::test]
async fn all_problems_are_on_pages_and_in_a_file() {
    let app = TestApp::start().await;
    let (acme, globex) = (app.tenant("acme").await, app.tenant("globex").await);
    let file = format!("title;status\n{}", "Same;=lost\n".repeat(COUNT));
    let import = uploaded(&app, &acme, file.as_bytes()).await;
    let busy = press(&app, &acme, &import, CHECK).await;
    assert!(busy.body.contains("data-progress") && busy.body.contains("progress.js"), "{}", busy.body);
    worker(&app).round().await.unwrap();

    let page = open(&app, &acme, &import).await.body;
    assert!(!page.contains("data-progress"), "nothing is at work any more");
    assert!(page.contains("4,300 problems") && page.contains("1 to 100 of 4,300"), "{page}");
    assert_eq!(page.matches("“=lost” is not known").count(), 100);
    for last in ["43", "44", "9223372036854775807"] {
        let page = open(&app, &acme, &format!("{import}?page={last}")).await.body;
        assert!(page.contains("4,201 to 4,300 of 4,300") && page.contains(">4,301</th>"), "{last}: {page}");
        assert!(page.contains("?page=42") && !page.contains("?page=44"), "{page}");
    }

    let answer = open(&app, &acme, &format!("{import}/problems")).await;
    assert!(
        answer.headers[header::CONTENT_DISPOSITION].to_str().unwrap().contains("acme-import-problems-2026-06-01.csv")
    );
    let lines: Vec<&str> = answer.body.split("\r\n").collect();
    // The first line, and nothing behind the last.
    assert_eq!(lines.len(), COUNT + 2);
    assert_eq!(lines[0], "\"Line\",\"Column\",\"Problem\"");
    for (place, line) in lines[1..=COUNT].iter().enumerate() {
        assert!(line.starts_with(&format!("\"{}\",\"status\",\"“=lost” is not known", place + 2)), "{line}");
    }

    let theirs = open(&app, &globex, &format!("{import}/problems")).await;
    assert_eq!(theirs.status, StatusCode::NOT_FOUND);
    let member = app.get(&acme.host, &format!("{import}/problems")).cookie(&acme.member_cookie).send().await;
    assert_eq!(member.status, StatusCode::FORBIDDEN);

    // A file that is being read when the rows are read anew has nothing of both in it.
    let ask = || app.get(&acme.host, &format!("{import}/problems")).cookie(&acme.owner_cookie);
    let mut file = ask().listen().await;
    assert!(file.next().await.unwrap().is_ok());
    press(&app, &acme, &import, CHECK).await;
    assert!(file.next().await.unwrap().is_err());
}

#[tokio::test]
async fn what_an_earlier_check_found_is_removed_in_batches_and_seen_by_nobody() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let import = checked(&app, &acme).await;
    assert_eq!(kept(&app).await, 4300);
    // The column that is wrong is left out now.
    press(&app, &acme, &import, &[("intent", "check"), ("column-0", "title")]).await;
    assert_eq!(kept(&app).await, 4300, "the request removes none");
    assert_nothing_listed(&app, &acme, &import).await;

    let upkeep = worker(&app);
    let (worker, name) = (upkeep.chore.clone(), Uuid::from_u128(1));
    let id = worker.claim(&acme.home, name).await.unwrap().unwrap();
    for left in [2300, 300, 0] {
        assert!(worker.step(&acme.home, id, name).await.unwrap());
        assert_eq!(kept(&app).await, left);
        assert_nothing_listed(&app, &acme, &import).await;
    }
    while worker.step(&acme.home, id, name).await.unwrap() {}
    let page = open(&app, &acme, &import).await.body;
    assert!(page.contains("4,300 rows checked, 0 problems found."), "{page}");

    // Taken in again, the column has its problems again, and they are those of this check.
    press(&app, &acme, &import, CHECK).await;
    upkeep.round().await.unwrap();
    let page = open(&app, &acme, &import).await.body;
    assert!(page.contains("1 to 100 of 4,300"), "{page}");
}

#[tokio::test]
async fn what_is_left_of_a_cancelled_import_goes_too() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let import = checked(&app, &acme).await;
    press(&app, &acme, &import, &[("intent", "start")]).await;
    let upkeep = worker(&app);
    let (worker, name) = (upkeep.chore.clone(), Uuid::from_u128(1));
    let id = worker.claim(&acme.home, name).await.unwrap().unwrap();
    assert!(worker.step(&acme.home, id, name).await.unwrap());
    press(&app, &acme, &import, &[("intent", "cancel")]).await;
    assert!(!worker.step(&acme.home, id, name).await.unwrap(), "it is nobody's now");
    assert_nothing_listed(&app, &acme, &import).await;
    upkeep.round().await.unwrap();
    assert_eq!(kept(&app).await, 0);
    let page = open(&app, &acme, &import).await.body;
    assert!(page.contains("Cancelled") && page.contains("0 tickets had been created."), "{page}");
}
