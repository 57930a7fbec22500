//! The same against an S3 service, which whoever runs this test starts: see docs/storage.md.

use axum::http::StatusCode;

use super::{Form, attached, states, usage, world};

/// Address of the service, as in `http://127.0.0.1:5000`, with a bucket `rowhouse-test`.
fn settings() -> Vec<(&'static str, String)> {
    let said = |name: &str, default: &str| std::env::var(name).unwrap_or_else(|_| default.to_owned());
    vec![
        ("ROWHOUSE_STORAGE__PLACE", "s3".to_owned()),
        ("ROWHOUSE_STORAGE__S3_ENDPOINT", said("ROWHOUSE_TEST_S3_URL", "http://127.0.0.1:5000")),
        ("ROWHOUSE_STORAGE__S3_BUCKET", "rowhouse-test".to_owned()),
        ("ROWHOUSE_STORAGE__S3_ACCESS_KEY", said("ROWHOUSE_TEST_S3_ACCESS_KEY", "test")),
        ("ROWHOUSE_STORAGE__S3_SECRET_KEY", said("ROWHOUSE_TEST_S3_SECRET_KEY", "test")),
        ("ROWHOUSE_STORAGE__S3_PATH_STYLE", "true".to_owned()),
    ]
}

#[tokio::test]
#[ignore = "needs an S3 service with a bucket; docs/storage.md says how to start one"]
async fn files_go_to_s3_and_back() {
    let settings = settings();
    let settings: Vec<_> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let (app, acme, ticket) = world(&settings).await;
    app.services.storage.probe(&app.services.ambient).await.unwrap();
    // One that goes in a piece, and one that goes in three.
    let large: Vec<u8> = (0..12_000_000_u32).map(|place| u8::try_from(place % 251).unwrap()).collect();
    let form = Form::new().file("small.txt", b"small").file("large.bin", &large);
    let files = attached(&app, &acme, &ticket, form).await;
    let get = async |file: &str, range: &str| {
        app.get(&acme.host, file).cookie(&acme.owner_cookie).header("range", range).send().await
    };
    assert_eq!(get(&files[0], "").await.body, "small");
    assert_eq!(get(&files[1], "").await.bytes, large);
    let part = get(&files[1], "bytes=5242870-5242890").await;
    assert_eq!((part.status, part.bytes.as_slice()), (StatusCode::PARTIAL_CONTENT, &large[5_242_870..=5_242_890]));

    // What breaks off is aborted, and gone.
    let whole = Form::new().file("broken.bin", &large).bytes();
    let ask = app
        .post(&acme.host, &format!("{ticket}/attachments"))
        .cookie(&acme.owner_cookie)
        .body(super::KIND, whole[..whole.len() - 100].to_vec());
    assert_eq!(ask.send().await.status, StatusCode::BAD_REQUEST);
    assert_eq!(states(&app).await, [("stored".to_owned(), 2)]);

    // Removed, and swept.
    app.post(&acme.host, &format!("{}/remove", files[1])).cookie(&acme.owner_cookie).form(&[]).send().await;
    assert_eq!(usage(&app, &acme).await, (5, 1));
    app.clock.advance(time::Duration::hours(1));
    let operator = app.services.operator_url.clone().unwrap();
    rowhouse::services::storage_upkeep(&app.services, operator).round().await.unwrap();
    assert_eq!(states(&app).await, [("stored".to_owned(), 1)]);
    app.services.storage.remove_tenant(&acme.home).await.unwrap();
    let gone = get(&files[0], "").await;
    assert_eq!(gone.status, StatusCode::INTERNAL_SERVER_ERROR, "the row is there and the file is not");
}
