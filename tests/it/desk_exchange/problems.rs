//! Every problem of a file is listed, however many there are.

use axum::http::{StatusCode, header};
use futures_util::StreamExt as _;

use super::{open, press, uploaded, worker};
use crate::app::TestApp;

const COUNT: usize = 4300;

#[tokio::test]
async fn all_problems_are_on_pages_and_in_a_file() {
    let app = TestApp::start().await;
    let (acme, globex) = (app.tenant("acme").await, app.tenant("globex").await);
    let file = format!("title;status\n{}", "Same;=lost\n".repeat(COUNT));
    let import = uploaded(&app, &acme, file.as_bytes()).await;
    let check = [("intent", "check"), ("column-0", "title"), ("column-1", "status")];
    let busy = press(&app, &acme, &import, &check).await;
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
    press(&app, &acme, &import, &check).await;
    assert!(file.next().await.unwrap().is_err());
}
