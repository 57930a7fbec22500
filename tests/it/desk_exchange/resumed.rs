//! An import whose server is killed goes on where it was.

use std::fmt::Write as _;

use rowhouse_app::desk::import::ImportId;
use time::Duration;
use uuid::Uuid;

use super::{open, press, titles, uploaded, worker};
use crate::app::TestApp;

#[tokio::test]
async fn no_row_is_lost_or_comes_twice() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let mut file = "title\n".to_owned();
    for number in 1..=1700 {
        writeln!(file, "Row {number}").unwrap();
    }
    let import = uploaded(&app, &acme, file.as_bytes()).await;
    press(&app, &acme, &import, &[("intent", "check"), ("column-0", "title")]).await;
    worker(&app).round().await.unwrap();
    press(&app, &acme, &import, &[("intent", "start")]).await;

    let (first, second) = (Uuid::from_u128(1), Uuid::from_u128(2));
    let worker = worker(&app).chore;
    let id: ImportId = import.rsplit('/').next().unwrap().parse().unwrap();
    assert_eq!(worker.claim(&acme.home, first).await.unwrap(), Some(id));
    assert!(worker.step(&acme.home, id, first).await.unwrap());
    // The first is killed here. Until its time is over, nobody else takes the import.
    assert_eq!(worker.claim(&acme.home, second).await.unwrap(), None);
    app.clock.advance(Duration::seconds(61));
    assert_eq!(worker.claim(&acme.home, second).await.unwrap(), Some(id));
    assert!(!worker.step(&acme.home, id, first).await.unwrap(), "it is no longer the first one's");
    while worker.step(&acme.home, id, second).await.unwrap() {}

    let expected: Vec<String> = (1..=1700).map(|number| format!("Row {number}")).collect();
    assert_eq!(titles(&app, &acme).await, expected);
    assert!(open(&app, &acme, &import).await.body.contains("1,700 tickets created."));
}

#[tokio::test]
async fn a_cancelled_import_stops_after_its_batch() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let file = format!("title\n{}", "Same\n".repeat(1200));
    let import = uploaded(&app, &acme, file.as_bytes()).await;
    press(&app, &acme, &import, &[("intent", "check"), ("column-0", "title")]).await;
    worker(&app).round().await.unwrap();
    press(&app, &acme, &import, &[("intent", "start")]).await;
    let (worker, name) = (worker(&app).chore, Uuid::from_u128(1));
    let id = worker.claim(&acme.home, name).await.unwrap().unwrap();
    assert!(worker.step(&acme.home, id, name).await.unwrap());
    let page = press(&app, &acme, &import, &[("intent", "cancel")]).await;
    assert!(page.body.contains("500 tickets had been created."), "{}", page.body);
    assert!(!worker.step(&acme.home, id, name).await.unwrap());
    assert_eq!(titles(&app, &acme).await.len(), 500);
}
