//! The program as it is served, and programs that ask it.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    thread,
};

use crate::{
    app::{SECRET_KEY, TestApp},
    database::Way,
};

/// After how many answers something is killed: 1,000, or as `ROWHOUSE_TEST_CALLS` says.
pub(super) fn enough() -> usize {
    std::env::var("ROWHOUSE_TEST_CALLS").map_or(1000, |number| number.parse().expect("ROWHOUSE_TEST_CALLS is a number"))
}

/// Serves the test's database as the program does, on a port of this machine.
pub(super) fn serve(app: &TestApp) -> (Child, u16) {
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
        // A program asks more here than it may; what limits do is tried in `limits`.
        .env("ROWHOUSE_LIMITS__ENABLED", "false")
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
    thread::spawn(move || std::io::copy(&mut log, &mut std::io::sink()));
    (child, port)
}

/// The answer to a request: its status, and what the server called the request. None: it broke off.
pub(super) fn exchange(port: u16, request: &str) -> Option<(u16, String)> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let said = |name: &str| head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    let is_whole = match said("content-length") {
        Some(length) => body.len() == length.parse::<usize>().ok()?,
        None => body.ends_with("0\r\n\r\n"),
    };
    // One whose body did not arrive was not answered.
    is_whole.then(|| (status, said("x-request-id").unwrap_or_default().to_owned()))
}

/// Who am I?
pub(super) fn read(tenant: &str, token: &str) -> String {
    format!(
        "GET /api/v1/me HTTP/1.1\r\nHost: {tenant}.app.test\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n"
    )
}

/// Opens a ticket, once for each key.
pub(super) fn create(tenant: &str, token: &str, key: &str) -> String {
    let body = format!(r#"{{"project":"SUP","title":"{key}"}}"#);
    format!(
        "POST /api/v1/tickets HTTP/1.1\r\nHost: {tenant}.app.test\r\nAuthorization: Bearer {token}\r\n\
         Idempotency-Key: {key}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}
