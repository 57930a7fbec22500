//! A server that is killed in the middle: what was answered with success was counted, once. Of requests that only read, those
//! that were under way may be counted without having been answered; of changes under an Idempotency-Key, which are sent
//! again, as many are counted as were answered.

use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use rowhouse_platform::metering::Meter;

use super::{
    calls::{create, enough, exchange, read, serve},
    events,
};
use crate::{api::make_key, app::TestApp};

/// How many programs ask at the same time.
const AT_ONCE: usize = 8;

/// Has several ask at the same time, each again and again until it gets no answer, and kills the server in the midst.
/// Gives what each came to.
async fn until_killed<T: Send + 'static>(
    app: &TestApp,
    caller: impl Fn(u16, usize, &AtomicUsize) -> T + Send + Clone + 'static,
) -> Vec<T> {
    let (mut child, port) = serve(app);
    let answered = Arc::new(AtomicUsize::new(0));
    let callers: Vec<JoinHandle<T>> = (0..AT_ONCE)
        .map(|number| {
            let (caller, answered) = (caller.clone(), Arc::clone(&answered));
            thread::spawn(move || caller(port, number, &answered))
        })
        .collect();
    let enough = enough();
    while answered.load(Ordering::Relaxed) < enough {
        assert!(child.try_wait().unwrap().is_none(), "the server ended by itself");
        assert!(callers.iter().all(|caller| !caller.is_finished()), "a caller gave up");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    // SIGKILL.
    child.kill().unwrap();
    child.wait().unwrap();
    let came_to = callers.into_iter().map(|caller| caller.join().unwrap()).collect();
    // The database may still be at work on what it was sent last.
    tokio::time::sleep(Duration::from_millis(500)).await;
    came_to
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_answered_was_counted() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    // The program goes by the real time, which is later than that of the test.
    let key = make_key(&app, &acme, &acme.owner_cookie, &["ticket.read"], "never").await;
    let request = read("acme", &key.token);
    let good: Vec<String> = until_killed(&app, move |port, _, answered| {
        let mut good = Vec::new();
        while let Some((status, id)) = exchange(port, &request) {
            if status == 200 {
                good.push(id);
            }
            answered.fetch_add(1, Ordering::Relaxed);
        }
        good
    })
    .await
    .concat();

    let counted: Vec<String> = sqlx::query_scalar("SELECT key FROM pooled.usage_event WHERE meter = 'api_call'")
        .fetch_all(&mut app.db.admin().await)
        .await
        .unwrap();
    let names: HashSet<&String> = counted.iter().collect();
    assert_eq!(names.len(), counted.len(), "nothing counts twice");
    assert!(good.len() >= enough(), "{} were answered with success", good.len());
    assert!(good.iter().all(|id| names.contains(id)), "what was answered was counted");
    let unanswered = counted.len() - good.len();
    assert!(unanswered <= AT_ONCE, "{unanswered} were counted and not answered, of {AT_ONCE} under way");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sent_again_after_a_kill_is_counted_once() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let key = make_key(&app, &acme, &acme.owner_cookie, &["ticket.read", "ticket.write"], "never").await;
    let token = key.token.clone();
    let tried = until_killed(&app, move |port, number, answered| {
        let mut done = 0;
        loop {
            let key = format!("caller-{number}-{done}");
            match exchange(port, &create("acme", &token, &key)) {
                Some((status, _)) => assert_eq!(status, 201, "{key}"),
                // The last one has no answer.
                None => return (number, done),
            }
            done += 1;
            answered.fetch_add(1, Ordering::Relaxed);
        }
    })
    .await;
    let answered: usize = tried.iter().map(|(_, done)| done).sum();
    assert!(answered >= enough());
    let (counted, _) = events(&app, &acme, Meter::ApiCall).await;
    let (least, most) = (i64::try_from(answered).unwrap(), i64::try_from(answered + AT_ONCE).unwrap());
    assert!((least..=most).contains(&counted), "{counted} were counted, {answered} answered");

    // Programs that got no answer, and one that did not believe its answer, send the same again to another server.
    let (mut child, port) = serve(&app);
    for (number, done) in &tried {
        for again in done.saturating_sub(1)..=*done {
            let request = create("acme", &key.token, &format!("caller-{number}-{again}"));
            // While PostgreSQL has not noticed yet that the server is gone, the first try is still under way.
            let answer = (0..50).find_map(|_| match exchange(port, &request) {
                Some((409, _)) => {
                    thread::sleep(Duration::from_millis(100));
                    None
                }
                answer => answer,
            });
            assert_eq!(answer.map(|(status, _)| status), Some(201), "caller-{number}-{again}");
        }
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let all = i64::try_from(answered + AT_ONCE).unwrap();
    assert_eq!(events(&app, &acme, Meter::ApiCall).await, (all, all), "answered at last, and counted: equal");
    assert_eq!(events(&app, &acme, Meter::Ticket).await, (all, all));
    let tickets: (i64, i64) =
        sqlx::query_as("SELECT count(*), count(DISTINCT title) FROM pooled.ticket WHERE tenant_id = $1")
            .bind(acme.home.id().0)
            .fetch_one(&mut app.db.admin().await)
            .await
            .unwrap();
    assert_eq!(tickets, (all, all), "each ticket is there once");
}
