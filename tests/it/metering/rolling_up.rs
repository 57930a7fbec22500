//! Adding up: exactly, whatever ends when, and whoever else does it.

use rowhouse_platform::metering::{Meter, roll_up};
use time::{Duration, macros::datetime};

use super::{add_up, add_up_what_ended, begin, days, emit, event_at, events, hours, quiet, run, upkeep};
use crate::app::TestApp;

#[tokio::test]
async fn what_ends_late_is_added_once_and_nothing_is_left_out() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    // It began before the others, and ends after they were added up.
    let mut slow = begin(&app, &acme).await;
    emit(&app, &mut slow, 100).await;
    let mut quick = begin(&app, &acme).await;
    emit(&app, &mut quick, 1).await;
    quick.commit().await.unwrap();
    add_up_what_ended(&app, &acme).await;
    add_up_what_ended(&app, &acme).await;
    slow.commit().await.unwrap();
    add_up(&app, &acme).await;
    add_up(&app, &acme).await;
    for found in [events(&app, &acme, Meter::Export).await, hours(&app, &acme, Meter::Export).await] {
        assert_eq!(found, (2, 101));
    }
    assert_eq!(days(&app, &acme, Meter::Export).await, (2, 101));
    assert_eq!(add_up(&app, &acme).await, 0, "nothing is new");
}

#[tokio::test]
async fn late_events_go_to_their_own_hour() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let at = datetime!(2026-05-03 10:59:59.999 UTC);
    event_at(&app, &acme, "a", at, 2).await;
    add_up(&app, &acme).await;
    event_at(&app, &acme, "b", at + Duration::milliseconds(1), 3).await;
    event_at(&app, &acme, "c", at, 4).await;
    add_up(&app, &acme).await;
    let rows: Vec<(time::OffsetDateTime, i64)> =
        sqlx::query_as("SELECT at, quantity FROM pooled.usage_hour WHERE meter = 'api_call' ORDER BY at")
            .fetch_all(&mut app.db.admin().await)
            .await
            .unwrap();
    assert_eq!(rows, [(datetime!(2026-05-03 10:00 UTC), 6), (datetime!(2026-05-03 11:00 UTC), 3)]);
    assert_eq!(days(&app, &acme, Meter::ApiCall).await, (3, 9));
}

#[tokio::test]
async fn two_servers_add_nothing_twice() {
    let app = TestApp::start().await;
    let (acme, globex) = (app.tenant("acme").await, app.tenant("globex").await);
    for quantity in 1..=20 {
        let mut tx = begin(&app, &acme).await;
        emit(&app, &mut tx, quantity).await;
        tx.commit().await.unwrap();
    }
    let (one, other) = (upkeep(&app), upkeep(&app));
    quiet(&mut app.db.admin().await).await;
    let (first, second) = tokio::join!(one.round(), other.round());
    first.unwrap();
    second.unwrap();
    one.round().await.unwrap();
    assert_eq!(hours(&app, &acme, Meter::Export).await, (20, 210));
    assert_eq!(days(&app, &acme, Meter::Export).await, (20, 210));
    assert_eq!(days(&app, &globex, Meter::Export).await, (0, 0));
}

#[tokio::test]
async fn what_was_spoilt_is_made_anew_from_events() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    event_at(&app, &acme, "a", datetime!(2026-05-03 10:00 UTC), 7).await;
    add_up(&app, &acme).await;
    run(&app, "UPDATE pooled.usage_hour SET quantity = quantity + 1").await;
    run(&app, "DELETE FROM pooled.usage_day").await;
    let mut tx = begin(&app, &acme).await;
    roll_up::rebuild(&mut tx, &app.services.ambient).await.unwrap();
    tx.commit().await.unwrap();
    add_up(&app, &acme).await;
    assert_eq!(hours(&app, &acme, Meter::ApiCall).await, (1, 7));
    assert_eq!(days(&app, &acme, Meter::ApiCall).await, (1, 7));
}

#[tokio::test]
async fn a_database_that_was_restored_elsewhere_is_added_up_anew() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    event_at(&app, &acme, "a", datetime!(2026-05-03 10:00 UTC), 7).await;
    add_up(&app, &acme).await;
    // As a dump has them that comes from where transactions were many more.
    run(&app, "UPDATE pooled.usage_event SET recorded_in = '99999999999'").await;
    run(&app, "UPDATE pooled.usage_cursor SET seen = '999999999999'").await;
    event_at(&app, &acme, "b", datetime!(2026-05-03 10:00 UTC), 1).await;
    let upkeep = upkeep(&app);
    quiet(&mut app.db.admin().await).await;
    for _ in 0..2 {
        upkeep.round().await.unwrap();
        assert_eq!(hours(&app, &acme, Meter::ApiCall).await, (2, 8));
        assert_eq!(days(&app, &acme, Meter::ApiCall).await, (2, 8));
    }
}
