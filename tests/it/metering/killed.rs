//! A server that is killed in the middle: what was answered with success was counted, once.

use std::{
    collections::HashSet,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use crate::{
    api::make_key,
    app::{SECRET_KEY, TestApp},
    database::Way,
};

/// How many programs ask at the same time.
const AT_ONCE: usize = 6;
/// After how many answers the server is killed.
const ENOUGH: usize = 60;

fn serve(app: &TestApp) -> (Child, u16) {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut child = Command::new(env!("CARGO_BIN_EXE_rowhouse"))
        .arg("serve")
        .env_clear()
        .current_dir(&app.site_root)
        .env("ROWHOUSE_SERVER__MODE", "development")
        .env("ROWHOUSE_SERVER__PUBLIC_URL", "http://app.test")
        .env("ROWHOUSE_SERVER__SITE_ROOT", &app.site_root)
        .env("ROWHOUSE_SERVER__LISTEN", format!("127.0.0.1:{port}"))
        .env("ROWHOUSE_DATABASE__URL", app.db.url(Way::Direct, "rowhouse_app"))
        .env("ROWHOUSE_SECRETS__KEYS", SECRET_KEY)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut log = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("serving") {
        line.clear();
        assert!(log.read_line(&mut line).unwrap() > 0, "the server ended before it served");
    }
    std::thread::spawn(move || std::io::copy(&mut log, &mut std::io::sink()));
    (child, port)
}

/// The answer to a request: its status, and what the server called the request. None: it broke off.
fn call(port: u16, token: &str) -> Option<(u16, String)> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    write!(
        stream,
        "GET /api/v1/me HTTP/1.1\r\nHost: acme.app.test\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n"
    )
    .ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let id = head.lines().find_map(|line| line.strip_prefix("x-request-id: "))?;
    // One whose body did not arrive was not answered.
    (!body.is_empty()).then(|| (status, id.to_owned()))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_answered_was_counted() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    // The program goes by the real time, which is later than that of the test.
    let key = make_key(&app, &acme, &acme.owner_cookie, &["ticket.read"], "never").await;
    let (mut child, port) = serve(&app);
    let answered = Arc::new(AtomicUsize::new(0));
    let callers: Vec<_> = (0..AT_ONCE)
        .map(|_| {
            let (token, answered) = (key.token.clone(), Arc::clone(&answered));
            std::thread::spawn(move || {
                let mut good = Vec::new();
                while let Some((status, id)) = call(port, &token) {
                    if status == 200 {
                        good.push(id);
                    }
                    answered.fetch_add(1, Ordering::Relaxed);
                }
                good
            })
        })
        .collect();
    while answered.load(Ordering::Relaxed) < ENOUGH {
        assert!(child.try_wait().unwrap().is_none(), "the server ended by itself");
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
    // SIGKILL.
    child.kill().unwrap();
    child.wait().unwrap();
    let good: Vec<String> = callers.into_iter().flat_map(|caller| caller.join().unwrap()).collect();

    // The database may still be at work on what it was sent last.
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    let counted: Vec<String> = sqlx::query_scalar("SELECT key FROM pooled.usage_event WHERE meter = 'api_call'")
        .fetch_all(&mut app.db.admin().await)
        .await
        .unwrap();
    let names: HashSet<&String> = counted.iter().collect();
    assert_eq!(names.len(), counted.len(), "nothing counts twice");
    assert!(good.len() >= ENOUGH / 2, "{} of {ENOUGH} were answered with success", good.len());
    assert!(good.iter().all(|id| names.contains(id)), "what was answered was counted");
    let unanswered = counted.len() - good.len();
    assert!(unanswered <= AT_ONCE, "{unanswered} were counted and not answered, of {AT_ONCE} under way");
}
