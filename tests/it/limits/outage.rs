//! Redis goes away while requests come, hangs, and comes back: nobody is kept out meanwhile, the operator is told, and then
//! it is counted on.

use std::{
    io,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use tokio::{
    net::{TcpListener, TcpStream},
    task::{JoinHandle, JoinSet},
};

use super::{allow, header};
use crate::{
    api::{me, usual_key},
    app::{Answer, TestApp},
    database::{Way, redis_url},
};

/// The way to the tests' Redis, which a test can cut: other tests count in the same Redis. Cut, nobody listens at its end,
/// as when Redis itself ended.
struct Road {
    port: u16,
    open: Option<JoinHandle<()>>,
}

impl Road {
    async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        Self { port, open: Some(tokio::spawn(lead(listener, true))) }
    }

    fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/", self.port)
    }

    /// Ends it with all its connections.
    async fn cut(&mut self) {
        if let Some(open) = self.open.take() {
            open.abort();
            assert!(open.await.unwrap_err().is_cancelled());
        }
    }

    /// Opens it again. One that leads nowhere takes what is sent, and nothing ever comes back.
    async fn open(&mut self, leads_there: bool) {
        self.cut().await;
        let listener = TcpListener::bind(("127.0.0.1", self.port)).await.unwrap();
        self.open = Some(tokio::spawn(lead(listener, leads_there)));
    }
}

async fn lead(listener: TcpListener, leads_there: bool) {
    let url = redis_url();
    let redis = url.trim_start_matches("redis://").trim_end_matches('/');
    // They end with this task.
    let mut connections = JoinSet::new();
    loop {
        let (mut near, _) = listener.accept().await.unwrap();
        let redis = redis.to_owned();
        connections.spawn(async move {
            if !leads_there {
                std::future::pending::<()>().await;
            }
            let mut far = TcpStream::connect(redis).await.unwrap();
            // However it ends, it is over.
            drop(tokio::io::copy_bidirectional(&mut near, &mut far).await);
        });
    }
}

/// What the server logs about errors.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn alarms(&self) -> usize {
        String::from_utf8_lossy(&self.0.lock().unwrap()).matches("ALARM: requests are let through").count()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// How much the key has left, where it was counted.
fn left(answer: &Answer) -> Option<u32> {
    let (_, rest) = header(answer, "ratelimit").split_once(r#""key";r="#)?;
    rest.split(';').next()?.parse().ok()
}

#[tokio::test]
async fn while_redis_is_away_nobody_is_kept_out_and_afterwards_it_is_counted_on() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::ERROR)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    // What the test asks for is answered on its own thread.
    let _logging = tracing::subscriber::set_default(subscriber);
    let recorder = metrics_exporter_prometheus::PrometheusBuilder::new().build_recorder();
    let counted = recorder.handle();
    let _counting = metrics::set_default_local_recorder(&recorder);
    let failures = || -> u64 {
        let text = counted.render();
        let line = text.lines().find_map(|line| line.strip_prefix("rowhouse_rate_limiter_failures_total "));
        line.map_or(0, |number| number.parse().unwrap())
    };

    let mut road = Road::new().await;
    let url = road.url();
    let settings = [
        ("ROWHOUSE_LIMITS__ENABLED", "true"),
        ("ROWHOUSE_LIMITS__REDIS_URL", url.as_str()),
        // The machine may be busy: Redis itself is to have time.
        ("ROWHOUSE_LIMITS__REDIS_TIMEOUT_MS", "2000"),
    ];
    let app = TestApp::start_with(Way::Direct, &settings).await;
    let acme = app.tenant("acme").await;
    allow(&app, &acme, 10).await;
    let key = usual_key(&app, &acme).await;
    let ask = || me(&app, &acme.host, &key.token);
    // Ten and a burst of two.
    for expected in [11, 10, 9] {
        assert_eq!(left(&ask().await), Some(expected));
    }
    assert_eq!(log.alarms(), 0);
    assert_eq!(failures(), 0);

    road.cut().await;
    for _ in 0..30 {
        let answer = ask().await;
        assert_eq!((answer.status.as_u16(), left(&answer)), (200, None), "{}", answer.body);
    }
    assert_eq!(log.alarms(), 1, "it is said at once, and not with every request");
    assert_eq!(failures(), 30);

    // One that hangs costs one request its patience; the others do not wait for it.
    road.open(false).await;
    tokio::time::sleep(Duration::from_millis(1100)).await;
    let began = Instant::now();
    for _ in 0..10 {
        assert_eq!(ask().await.status, 200);
    }
    let took = began.elapsed();
    assert!(took < Duration::from_secs(2 * 4), "{took:?} for ten requests");
    assert_eq!(failures(), 40);

    road.open(true).await;
    let mut first = None;
    for _ in 0..100 {
        let answer = ask().await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        first = left(&answer);
        if first.is_some() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(first, Some(8), "what was counted before is there, and what was let through is not");
    for expected in (0..8).rev() {
        assert_eq!(left(&ask().await), Some(expected));
    }
    assert_eq!(ask().await.status, 429);
}
