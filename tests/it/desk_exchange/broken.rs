//! Files that are none, and files that were made to hurt.

use axum::http::StatusCode;

use super::{open, press, titles, upload, uploaded, worker};
use crate::app::TestApp;

#[tokio::test]
async fn what_is_no_table_is_refused_at_once() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    for (content, words) in [
        (Vec::new(), "The file is empty."),
        (vec![0xff, 0xfe, 0, b'\n'], "The first line is not UTF-8."),
        (vec![b','; 1_500_000], "larger than a megabyte"),
        (vec![b','; 100_000], "100001 columns; 200 are allowed"),
        (b"a,\"b\n1,2\n".to_vec(), "a quotation mark is opened and never closed"),
    ] {
        let answer = upload(&app, &acme, &acme.owner_cookie, &content).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{words}");
        assert!(answer.body.contains(words), "{words}: {}", answer.body);
    }
    let left: i64 = sqlx::query_scalar("SELECT count(*) FROM pooled.stored_object")
        .fetch_one(&mut app.db.admin().await)
        .await
        .unwrap();
    assert_eq!(left, 0);
}

#[tokio::test]
async fn a_quotation_mark_that_is_never_closed_ends_the_check() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let mut file = b"title\nFirst\n\"Second".to_vec();
    file.extend(std::iter::repeat_n(b'\n', 2_000_000));
    let import = uploaded(&app, &acme, &file).await;
    press(&app, &acme, &import, &[("intent", "check"), ("column-0", "title")]).await;
    // The rows before it come first.
    worker(&app).round().await.unwrap();
    let page = open(&app, &acme, &import).await;
    assert!(page.body.contains("The row that begins in line 3 is larger than a megabyte."), "{}", page.body);
    assert_eq!(titles(&app, &acme).await, Vec::<String>::new());
}
