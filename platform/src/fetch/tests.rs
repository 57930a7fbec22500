//! The client against servers that mean it ill: real HTTP on this machine.

use std::{
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    thread,
    time::{Duration, Instant},
};

use super::*;

const LIMIT: usize = 64 * 1024;

fn fetcher(allow_loopback: bool) -> Fetcher {
    let timeout = Duration::from_millis(1500);
    Fetcher::new(&FetchSettings { allow_loopback, timeout, max_bytes: LIMIT }).unwrap()
}

/// A server that reads the head of each request and hands the connection over.
fn serve(answer: impl Fn(&mut TcpStream) + Send + Sync + Copy + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            thread::spawn(move || {
                let mut stream = stream.unwrap();
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    let mut byte = [0];
                    if stream.read(&mut byte).unwrap_or(0) == 0 {
                        return;
                    }
                    head.push(byte[0]);
                }
                answer(&mut stream);
            });
        }
    });
    format!("http://{address}/x")
}

fn write(stream: &mut TcpStream, text: &str) {
    // The client may be gone: that is what is tried.
    let _ = stream.write_all(text.as_bytes());
    let _ = stream.flush();
}

#[tokio::test]
async fn a_good_answer_is_taken() {
    let url = serve(|stream| {
        write(stream, "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}");
    });
    let fetched = fetcher(true).get(&url).await.unwrap();
    assert_eq!(fetched, Fetched { body: b"{}".to_vec(), content_type: Some("application/json".to_owned()) });
    // By name, too.
    let by_name = url.replace("127.0.0.1", "idp.localhost");
    assert!(fetcher(true).get(&by_name).await.is_ok());
}

#[tokio::test]
async fn this_machine_is_reached_only_where_it_is_allowed() {
    let url = serve(|stream| write(stream, "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"));
    let closed = fetcher(false);
    for url in [url.clone(), url.replace("127.0.0.1", "localhost"), url.replace("http", "https")] {
        assert!(matches!(closed.get(&url).await, Err(FetchError::Forbidden { .. })), "{url}");
    }
}

#[test]
fn addresses_are_judged_in_every_spelling() {
    let (closed, open) = (fetcher(false), fetcher(true));
    for host in [
        "127.0.0.1",
        "127.1",
        "0x7f.1",
        "2130706433",
        "0177.0.0.1",
        "127.0.0.1.",
        "0",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[0:0:0:0:0:ffff:7f00:1]",
        "localhost",
        "LOCALHOST.",
        "a.b.localhost",
        "１２７.0.0.1",
        "%3127.0.0.1",
    ] {
        let url = format!("https://{host}/x");
        assert!(matches!(closed.check_url(&url), Err(FetchError::Forbidden { .. })), "{host}");
        assert_eq!(open.check_url(&url), Ok(()), "{host}");
        assert_eq!(open.check_url(&format!("http://{host}:8080/x")), Ok(()), "{host}");
    }
    for host in [
        "10.0.0.1",
        "0xa.1",
        "192.168.1.1",
        "169.254.169.254",
        "2852039166",
        "[fd00:ec2::254]",
        "[fe80::1]",
        "[64:ff9b::a9fe:a9fe]",
        "[2002:a9fe:a9fe::]",
        "100.100.100.200",
        "[::ffff:10.0.0.1]",
        "224.0.0.1",
    ] {
        for fetcher in [&closed, &open] {
            let url = format!("https://{host}/x");
            assert!(matches!(fetcher.check_url(&url), Err(FetchError::Forbidden { .. })), "{host}");
        }
    }
    for (url, wanted) in [
        ("http://login.example.com/", "begins with http://"),
        ("ftp://login.example.com/", "begins with ftp://"),
        ("file:///etc/passwd", "begins with file://"),
        ("javascript:alert(1)", "begins with javascript://"),
        ("https://user:secret@login.example.com/", "user name or a password"),
        ("https://user@login.example.com/", "user name or a password"),
        ("login.example.com", "is not an address"),
        ("https://", "is not an address"),
        ("", "is not an address"),
    ] {
        let words = closed.check_url(url).unwrap_err().to_string();
        assert!(words.contains(wanted), "{url}: {words}");
        assert!(!words.contains("secret"), "{words}");
    }
    assert_eq!(closed.check_url("https://login.example.com/a?b"), Ok(()));
    assert!(closed.check_url(&format!("https://login.example.com/{}", "x".repeat(3000))).is_err());
    // A browser may reach what this server must not.
    assert_eq!(closed.check_browser_url("https://10.0.0.1/"), Ok("https://10.0.0.1/".to_owned()));
    // A header takes it as it is answered.
    let exotic = closed.check_browser_url("https://b\u{fc}cher.example/\u{fc}?x=\u{fc}").unwrap();
    assert_eq!(exotic, "https://xn--bcher-kva.example/%C3%BC?x=%C3%BC");
    let raw = "https://IDP.example:443/a b".replace(' ', "%20");
    assert_eq!(closed.check_browser_url(&raw), Ok(raw.clone()));
    for bad in
        ["https://idp.example/\n", "https://idp.example/a\tb", " https://idp.example/", "https://idp.example/a b"]
    {
        assert!(matches!(closed.check_browser_url(bad), Err(FetchError::Address { .. })), "{bad:?}");
        assert!(matches!(closed.check_url(bad), Err(FetchError::Address { .. })), "{bad:?}");
    }
    for (url, port) in
        [("https://idp.example:25/", 25), ("https://idp.example:80/", 80), ("https://8.8.8.8:1023/", 1023)]
    {
        assert_eq!(open.check_url(url), Err(FetchError::Port { port }), "{url}");
    }
    for url in ["https://idp.example:443/", "https://idp.example:1024/", "https://idp.example:8443/"] {
        assert_eq!(closed.check_url(url), Ok(()), "{url}");
    }
    assert!(closed.check_browser_url("http://10.0.0.1/").is_err());
    assert!(closed.check_browser_url("javascript://localhost/").is_err());
}

#[tokio::test]
async fn redirects_are_told_and_not_followed() {
    let open = fetcher(true);
    let url = serve(|stream| {
        write(stream, "HTTP/1.1 302 Found\r\nlocation: http://169.254.169.254/latest\r\ncontent-length: 0\r\n\r\n");
    });
    let words = match open.get(&url).await {
        Err(error @ FetchError::RedirectRefused { .. }) => error.to_string(),
        other => panic!("{other:?}"),
    };
    assert!(words.contains("http://169.254.169.254/latest") && words.contains("local link"), "{words}");
    let url = serve(|stream| write(stream, "HTTP/1.1 301 Moved\r\nlocation: /elsewhere\r\ncontent-length: 0\r\n\r\n"));
    match open.get(&url).await {
        Err(FetchError::Redirect { to }) => assert_eq!(to, url.replace("/x", "/elsewhere")),
        other => panic!("{other:?}"),
    }
    let url = serve(|stream| write(stream, "HTTP/1.1 307 Nowhere\r\ncontent-length: 0\r\n\r\n"));
    assert!(matches!(open.get(&url).await, Err(FetchError::Redirect { .. })));
}

#[tokio::test]
async fn slowness_ends_in_time() {
    let silent = serve(|_| thread::sleep(Duration::from_secs(20)));
    let slow_head = serve(|stream| {
        write(stream, "HTTP/1.1 200 OK\r\n");
        for _ in 0..100 {
            write(stream, "x-more: yes\r\n");
            thread::sleep(Duration::from_millis(200));
        }
    });
    let drip = serve(|stream| {
        write(stream, "HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n");
        for _ in 0..100 {
            write(stream, "x");
            thread::sleep(Duration::from_millis(200));
        }
    });
    for url in [silent, slow_head, drip] {
        let before = Instant::now();
        let error = fetcher(true).get(&url).await.unwrap_err();
        assert!(matches!(error, FetchError::Slow { .. }), "{error:?}");
        assert!(before.elapsed() < Duration::from_secs(5), "{:?}", before.elapsed());
    }
}

#[tokio::test]
async fn size_is_bounded_whatever_is_declared() {
    let declared = serve(|stream| write(stream, "HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\nx"));
    let endless = serve(|stream| {
        write(stream, "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
        while stream.write_all(format!("400\r\n{}\r\n", "x".repeat(1024)).as_bytes()).is_ok() {}
    });
    let until_closed = serve(|stream| {
        write(stream, "HTTP/1.1 200 OK\r\n\r\n");
        while stream.write_all(&[b'x'; 1024]).is_ok() {}
    });
    for url in [declared, endless, until_closed] {
        let error = fetcher(true).get(&url).await.unwrap_err();
        assert_eq!(error, FetchError::TooLarge { kib: LIMIT / 1024 }, "{url}");
    }
    let compressed = serve(|stream| {
        write(stream, "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 3\r\n\r\nabc");
    });
    let error = fetcher(true).get(&compressed).await.unwrap_err();
    assert_eq!(error, FetchError::Compressed { encoding: "gzip".to_owned() });
}

#[tokio::test]
async fn what_is_no_answer_says_so() {
    let cut = serve(|stream| write(stream, "HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nonly this"));
    let error = fetcher(true).get(&cut).await.unwrap_err();
    assert!(matches!(error, FetchError::BrokenOff { .. }), "{error:?}");
    let nothing = serve(|_| {});
    let error = fetcher(true).get(&nothing).await.unwrap_err();
    assert!(matches!(error, FetchError::BrokenOff { .. } | FetchError::Unreachable { .. }), "{error:?}");
    let other = serve(|stream| write(stream, "SSH-2.0-OpenSSH_9.2\r\n\r\n"));
    let error = fetcher(true).get(&other).await.unwrap_err();
    assert!(matches!(error, FetchError::Protocol { .. }), "{error:?}");
    let missing = serve(|stream| write(stream, "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n"));
    assert_eq!(fetcher(true).get(&missing).await, Err(FetchError::Status { status: 404 }));
    // TLS with a server that has none.
    let error = fetcher(true).get(&missing.replace("http", "https")).await.unwrap_err();
    assert!(matches!(error, FetchError::Tls { .. } | FetchError::Unreachable { .. }), "{error:?}");
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let error = fetcher(true).get(&format!("http://{free}/")).await.unwrap_err();
    assert!(error.to_string().contains("refuses the connection"), "{error}");
    let error = fetcher(true).get("https://does-not-exist.invalid/").await.unwrap_err();
    assert!(matches!(error, FetchError::Unresolved { .. }), "{error:?}");
}

#[tokio::test]
async fn requests_carry_what_they_are_given_and_nothing_else() {
    let url = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = vec![0; 4096];
            let length = stream.read(&mut request).unwrap();
            let request = String::from_utf8_lossy(&request[..length]).into_owned();
            let answer = format!("HTTP/1.1 400 Bad\r\ncontent-length: {}\r\n\r\n{request}", request.len());
            stream.write_all(answer.as_bytes()).unwrap();
        });
        format!("http://{address}/token")
    };
    let request = http::Request::post(&url).header("content-type", "text/plain").body(b"code=1".to_vec()).unwrap();
    let answer = fetcher(true).send(request).await.unwrap();
    assert_eq!(answer.status().as_u16(), 400);
    let seen = String::from_utf8(answer.into_body()).unwrap().to_lowercase();
    assert!(seen.starts_with("post /token http/1.1\r\n") && seen.ends_with("code=1"), "{seen}");
    assert!(seen.contains("accept-encoding: identity"), "{seen}");
    assert!(!seen.contains("cookie") && !seen.contains("referer"), "{seen}");
}
