//! A database that is killed in the middle, and started again: what was answered with success was counted, once, and what
//! is sent again until it is answered is counted as often as it is answered. The server is never touched.

use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use rowhouse_platform::metering::Meter;

use super::{
    calls::{create, enough, exchange, read, serve},
    events,
};
use crate::{
    api::{make_key, pages},
    app::TestApp,
    cluster::Cluster,
    database::{TestDatabase, Way},
};

/// How many programs read, and how many write, at the same time.
const EACH: usize = 4;
/// How long a caller tries the same again, and how long all of it may take without an answer.
const PATIENCE: Duration = Duration::from_mins(1);
/// How long there is no database: longer than a request waits for a connection (`database.acquire_timeout_ms`), so that
/// everybody runs into it.
const OUTAGE: Duration = Duration::from_secs(4);
/// How long a caller waits before it tries again.
const PAUSE: Duration = Duration::from_millis(50);

/// What the callers know of each other.
#[derive(Default)]
struct Run {
    /// Answers of success, since it began.
    answered: AtomicUsize,
    /// Nobody begins anything more.
    is_over: AtomicBool,
}

impl Run {
    fn goes_on(&self) -> bool {
        !self.is_over.load(Ordering::Relaxed)
    }

    fn add(&self) {
        self.answered.fetch_add(1, Ordering::Relaxed);
    }

    /// Waits until there are so many answers more.
    async fn more(&self, count: usize) {
        let (goal, began) = (self.answered.load(Ordering::Relaxed) + count, Instant::now());
        while self.answered.load(Ordering::Relaxed) < goal {
            assert!(began.elapsed() < PATIENCE * 2, "{} of {goal} answers", self.answered.load(Ordering::Relaxed));
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

/// Reads again and again: the names of the requests that were answered with success, and how many were not.
fn reader(run: &Run, port: u16, token: &str) -> (Vec<String>, usize) {
    let request = read("acme", token);
    let (mut good, mut failed) = (Vec::new(), 0);
    while run.goes_on() {
        match exchange(port, &request) {
            Some((200, id)) => {
                good.push(id);
                run.add();
            }
            answer => {
                assert!(answer.as_ref().is_none_or(|(status, _)| *status >= 500), "{answer:?}");
                failed += 1;
                thread::sleep(PAUSE);
            }
        }
    }
    (good, failed)
}

/// Opens tickets, each under a key of its own, sent again until it is answered with success. How many, and how often one
/// had to be sent again.
fn writer(run: &Run, port: u16, token: &str, number: usize) -> (usize, usize) {
    let (mut done, mut again) = (0, 0);
    while run.goes_on() {
        let key = format!("caller-{number}-{done}");
        let (request, began) = (create("globex", token, &key), Instant::now());
        loop {
            match exchange(port, &request) {
                Some((201, _)) => break,
                // 409: the first try is still under way.
                answer => {
                    let may_be = answer.as_ref().is_none_or(|(status, _)| *status >= 500 || *status == 409);
                    assert!(may_be && began.elapsed() < PATIENCE, "{key}: {answer:?}");
                    again += 1;
                    thread::sleep(PAUSE);
                }
            }
        }
        done += 1;
        run.add();
    }
    (done, again)
}

fn callers<T: Send + 'static>(
    run: &Arc<Run>,
    call: impl Fn(&Run, usize) -> T + Send + Clone + 'static,
) -> Vec<JoinHandle<T>> {
    let one = |number| {
        let (run, call) = (Arc::clone(run), call.clone());
        thread::spawn(move || call(&run, number))
    };
    (0..EACH).map(one).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_answered_is_counted_although_the_database_is_killed() {
    let mut cluster = Cluster::start();
    let app = TestApp::on(TestDatabase::on(cluster.url()).await, Way::Direct, &[], pages());
    for setting in ["fsync", "synchronous_commit", "full_page_writes"] {
        let is_on: String = sqlx::query_scalar("SELECT current_setting($1)")
            .bind(setting)
            .fetch_one(&mut app.db.serving(Way::Direct).await)
            .await
            .unwrap();
        assert_eq!(is_on, "on", "{setting}");
    }
    let (acme, globex) = (app.tenant("acme").await, app.tenant("globex").await);
    // The program goes by the real time, which is later than that of the test.
    let reads = make_key(&app, &acme, &acme.owner_cookie, &["ticket.read"], "never").await;
    let writes = make_key(&app, &globex, &globex.owner_cookie, &["ticket.read", "ticket.write"], "never").await;

    let (mut server, port) = serve(&app);
    let run = Arc::new(Run::default());
    let readers = callers(&run, move |run, _| reader(run, port, &reads.token));
    let writers = callers(&run, move |run, number| writer(run, port, &writes.token, number));
    run.more(enough()).await;
    cluster.kill();
    tokio::time::sleep(OUTAGE).await;
    cluster.start_again();
    run.more(enough()).await;
    run.is_over.store(true, Ordering::Relaxed);
    let readers: Vec<(Vec<String>, usize)> = readers.into_iter().map(|caller| caller.join().unwrap()).collect();
    let writers: Vec<(usize, usize)> = writers.into_iter().map(|caller| caller.join().unwrap()).collect();
    assert!(server.try_wait().unwrap().is_none(), "the server lives on");
    server.kill().unwrap();
    server.wait().unwrap();
    assert!(readers.iter().any(|(_, failed)| *failed > 0), "no reader noticed");
    assert!(writers.iter().any(|(_, again)| *again > 0), "no writer noticed");

    let counted: Vec<String> =
        sqlx::query_scalar("SELECT key FROM pooled.usage_event WHERE tenant_id = $1 AND meter = 'api_call'")
            .bind(acme.home.id().0)
            .fetch_all(&mut app.db.admin().await)
            .await
            .unwrap();
    let names: HashSet<&String> = counted.iter().collect();
    assert_eq!(names.len(), counted.len(), "nothing counts twice");
    let good: Vec<&String> = readers.iter().flat_map(|(good, _)| good).collect();
    let failed: usize = readers.iter().map(|(_, failed)| failed).sum();
    let lost = good.iter().filter(|id| !names.contains(**id)).count();
    assert_eq!(lost, 0, "of {} reads that were answered some were not counted", good.len());
    assert!(counted.len() <= good.len() + failed, "{} counted, {} answered, {failed} not", counted.len(), good.len());

    let done: usize = writers.iter().map(|(done, _)| done).sum();
    let all = i64::try_from(done).unwrap();
    assert_eq!(events(&app, &globex, Meter::ApiCall).await, (all, all), "answered at last, and counted: equal");
    assert_eq!(events(&app, &globex, Meter::Ticket).await, (all, all));
    let tickets: (i64, i64) =
        sqlx::query_as("SELECT count(*), count(DISTINCT title) FROM pooled.ticket WHERE tenant_id = $1")
            .bind(globex.home.id().0)
            .fetch_one(&mut app.db.admin().await)
            .await
            .unwrap();
    assert_eq!(tickets, (all, all), "each ticket is there once");
}
