//! The connections: taking them, the time that each has to say what it wants, and their end when the server stops.

use std::{
    io::ErrorKind,
    net::SocketAddr,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    Router,
    extract::{ConnectInfo, Request},
};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto::Builder,
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    time::{Instant, sleep},
};
use tower::Service;

/// How long a client may take for the head of a request, and keep a connection without asking anything on it.
pub(super) const HEAD_TIME: Duration = Duration::from_secs(15);
/// How long the head of a first request may still take when the server stops.
const LAST_HEAD_TIME: Duration = Duration::from_secs(1);
/// How often a client of HTTP/2 is asked whether it is still there.
const PING_INTERVAL: Duration = Duration::from_secs(30);
/// How long to wait where the system has no connection to give, as when too many files are open.
const ACCEPT_PAUSE: Duration = Duration::from_secs(1);

/// Takes connections until `stop`, and ends when the last of them has ended. `head_time`: [`HEAD_TIME`], but for tests.
pub(super) async fn serve(listener: TcpListener, app: Router, head_time: Duration, stop: impl Future<Output = ()>) {
    let (stopping, _) = watch::channel(());
    let mut stop = pin!(stop);
    loop {
        let (stream, peer) = tokio::select! {
            accepted = accept(&listener) => accepted,
            () = &mut stop => break,
        };
        // Answers are small: waiting to fill packets would only delay them. Failing to say so is no error.
        let _ = stream.set_nodelay(true);
        let entrance = Entrance { app: app.clone(), peer, asked: Arc::default() };
        tokio::spawn(answer(stream, entrance, head_time, stopping.subscribe()));
    }
    drop(listener);
    // An error means that nobody is connected.
    let _ = stopping.send(());
    stopping.closed().await;
}

async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            Err(error) if is_of_one_connection(error.kind()) => {}
            Err(error) => {
                tracing::error!(%error, "no connection can be taken");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Whether the client went away before its connection was taken.
fn is_of_one_connection(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::ConnectionRefused | ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset)
}

/// Answers what is asked on one connection. `stopping` is kept to its end: that is how [`serve`] knows of it.
async fn answer(stream: TcpStream, entrance: Entrance, head_time: Duration, mut stopping: watch::Receiver<()>) {
    let asked = Arc::clone(&entrance.asked);
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(head_time);
    builder.http2().timer(TokioTimer::new()).keep_alive_interval(PING_INTERVAL).enable_connect_protocol();
    let served = builder.serve_connection_with_upgrades(TokioIo::new(stream), TowerToHyperService::new(entrance));
    let mut served = pin!(served);
    // hyper's own time begins when it knows which HTTP is spoken; a client that says nothing at all never gets there.
    let mut first_head = pin!(sleep(head_time));
    let (mut awaits_first, mut goes_on) = (true, true);
    loop {
        tokio::select! {
            done = served.as_mut() => {
                if let Err(error) = done {
                    tracing::trace!(%error, "a connection broke");
                }
                return;
            }
            () = first_head.as_mut(), if awaits_first => {
                if !asked.load(Ordering::Relaxed) {
                    return;
                }
                awaits_first = false;
            }
            _ = stopping.changed(), if goes_on => {
                goes_on = false;
                served.as_mut().graceful_shutdown();
                // hyper would wait for the rest of a head that has begun.
                first_head.as_mut().reset(Instant::now() + LAST_HEAD_TIME);
                awaits_first = true;
            }
        }
    }
}

/// The product as one connection sees it: its requests say who sends them.
#[derive(Clone)]
struct Entrance {
    app: Router,
    peer: SocketAddr,
    /// Whether a request has come.
    asked: Arc<AtomicBool>,
}

impl<B> Service<Request<B>> for Entrance
where
    Router: Service<Request<B>>,
{
    type Response = <Router as Service<Request<B>>>::Response;
    type Error = <Router as Service<Request<B>>>::Error;
    type Future = <Router as Service<Request<B>>>::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        <Router as Service<Request<B>>>::poll_ready(&mut self.app, context)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        self.asked.store(true, Ordering::Relaxed);
        request.extensions_mut().insert(ConnectInfo(self.peer));
        <Router as Service<Request<B>>>::call(&mut self.app, request)
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io::{Read as _, Write as _},
        time::Instant,
    };

    use tokio::{sync::oneshot, task::JoinHandle};

    use super::*;

    /// A server that answers with who asks; what stops it; and its end.
    async fn start(head_time: Duration) -> (SocketAddr, oneshot::Sender<()>, JoinHandle<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let app = Router::new().fallback(|ConnectInfo(peer): ConnectInfo<SocketAddr>| async move { peer.to_string() });
        let (stop, stopped) = oneshot::channel();
        let server = tokio::spawn(serve(listener, app, head_time, async move {
            let _ = stopped.await;
        }));
        (address, stop, server)
    }

    /// What is answered until the server ends the connection.
    async fn send(address: SocketAddr, bytes: &'static str) -> String {
        let exchange = move || {
            let mut client = std::net::TcpStream::connect(address).unwrap();
            client.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
            client.write_all(bytes.as_bytes()).unwrap();
            let mut answer = String::new();
            client.read_to_string(&mut answer).unwrap();
            answer
        };
        tokio::task::spawn_blocking(exchange).await.unwrap()
    }

    #[tokio::test]
    async fn who_does_not_finish_a_head_is_left() {
        let (address, _stop, _server) = start(Duration::from_millis(200)).await;
        for silent in ["", "P", "GET / HTTP/1.1\r\nHost: local\r\n"] {
            assert!(!send(address, silent).await.starts_with("HTTP/1.1 200"), "{silent}");
        }
        for answered in ["GET / HTTP/1.1\r\nHost: local\r\n\r\n", "GET / HTTP/1.1\r\nHost: local\r\n\r\nGET / HT"] {
            let answer = send(address, answered).await;
            assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("127.0.0.1:"), "{answer}");
        }
    }

    #[tokio::test]
    async fn a_stop_waits_for_no_half_head() {
        let (address, stop, server) = start(Duration::from_mins(1)).await;
        let clients: Vec<_> = ["", "P", "GET / HTTP/1.1\r\nHost: local\r\n"]
            .into_iter()
            .map(|bytes| tokio::spawn(send(address, bytes)))
            .collect();
        tokio::time::sleep(Duration::from_millis(300)).await;
        let asked = Instant::now();
        stop.send(()).unwrap();
        server.await.unwrap();
        assert!(asked.elapsed() < Duration::from_secs(5), "{:?}", asked.elapsed());
        for client in clients {
            assert_eq!(client.await.unwrap(), "");
        }
    }
}
