//! What browsers get: types by content, names of every sort, ranges.

use axum::http::{Method, StatusCode, header};

use super::{Form, attached, stored, world};
use crate::{
    api::{ask, usual_key},
    app::Answer,
};

fn said<'a>(answer: &'a Answer, name: &str) -> &'a str {
    answer.headers.get(name).map_or("", |value| value.to_str().unwrap())
}

/// The beginning of a PNG that says it is 50,000 pixels wide and as high.
const BOMB: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\xc3\x50\0\0\xc3\x50\x08\x06\0\0\0\0\0\0\0\0\0\0\x01IDATx";

#[tokio::test]
async fn content_and_not_its_sender_says_what_it_is() {
    let (app, acme, ticket) = world(&[]).await;
    let html = b"<!doctype html><script>alert(document.domain)</script>";
    let svg = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>";
    let form = Form::new()
        .typed("cat.png", "image/png", html)
        .typed("logo.svg", "image/svg+xml", svg)
        .typed("page.html", "text/html", html)
        .typed("notes.txt", "text/plain", BOMB)
        .typed("report.pdf", "application/pdf", b"%PDF-1.7 ...")
        .typed("tool.exe", "image/gif", b"MZ\x90\0\x03\0\0\0");
    let files = attached(&app, &acme, &ticket, form).await;
    for (file, (kind, how)) in files.iter().zip([
        ("text/plain; charset=utf-8", "attachment"),
        ("text/plain; charset=utf-8", "attachment"),
        ("text/plain; charset=utf-8", "attachment"),
        ("image/png", "inline"),
        ("application/pdf", "attachment"),
        ("application/octet-stream", "attachment"),
    ]) {
        let answer = app
            .get(&acme.host, file)
            .header("accept-encoding", "gzip, br")
            .cookie(acme.cookie_of(rowhouse_platform::access::Role::Viewer))
            .send()
            .await;
        assert_eq!((answer.status, said(&answer, "content-type")), (StatusCode::OK, kind));
        assert!(said(&answer, "content-disposition").starts_with(&format!("{how}; filename=")), "{answer:?}");
        assert_eq!(said(&answer, "x-content-type-options"), "nosniff");
        assert_eq!(said(&answer, "content-security-policy"), "sandbox; default-src 'none'");
        assert_eq!(said(&answer, "cache-control"), "private, no-cache, no-transform");
        assert_eq!(said(&answer, "cross-origin-resource-policy"), "same-origin");
        assert_eq!(said(&answer, "content-encoding"), "", "it is sent as it is");
        assert_eq!(said(&answer, "content-length"), answer.bytes.len().to_string());
    }
    let bomb = app.get(&acme.host, &files[3]).cookie(&acme.owner_cookie).send().await;
    assert_eq!(bomb.bytes, BOMB, "nobody has looked into it");
}

#[tokio::test]
async fn names_of_every_sort_are_kept_and_said() {
    let (app, acme, ticket) = world(&[]).await;
    let form = Form::new()
        .file("say \"hi\".txt", b"1")
        .file("a\r\nSet-Cookie: evil=1.txt", b"2")
        .file("דוח שנתי.pdf", b"3")
        .file("🙂 <b>bold.png", b"4")
        .file("invoice_\u{202e}fdp.exe", b"5")
        .file("..\\..\\boot.ini", b"6");
    let files = attached(&app, &acme, &ticket, form).await;
    let expected = [
        "attachment; filename=\"say _hi_.txt\"; filename*=UTF-8''say%20%22hi%22.txt",
        "attachment; filename=\"a Set-Cookie: evil=1.txt\"; filename*=UTF-8''a%20Set-Cookie%3A%20evil%3D1.txt",
        "attachment; filename=\"___ ____.pdf\"; \
         filename*=UTF-8''%D7%93%D7%95%D7%97%20%D7%A9%D7%A0%D7%AA%D7%99.pdf",
        "attachment; filename=\"_ <b>bold.png\"; filename*=UTF-8''%F0%9F%99%82%20%3Cb%3Ebold.png",
        "attachment; filename=\"invoice_fdp.exe\"; filename*=UTF-8''invoice_fdp.exe",
        "attachment; filename=\"boot.ini\"; filename*=UTF-8''boot.ini",
    ];
    for (file, expected) in files.iter().zip(expected) {
        let answer = app.get(&acme.host, file).cookie(&acme.owner_cookie).send().await;
        assert_eq!(said(&answer, "content-disposition"), expected);
        assert_eq!(answer.headers.get(header::SET_COOKIE), None);
    }
    let page = app.get(&acme.host, &ticket).cookie(&acme.owner_cookie).send().await;
    assert!(!page.body.contains('\u{202e}') && page.body.contains("<bdi>דוח שנתי.pdf</bdi>"), "{}", page.body);
    assert!(page.body.contains("say &quot;hi&quot;.txt") || page.body.contains("say \"hi\".txt"), "{}", page.body);
}

#[tokio::test]
async fn ranges_and_tags_are_heeded() {
    let (app, acme, ticket) = world(&[]).await;
    let content: Vec<u8> = (0..1_000_000_u32).map(|place| u8::try_from(place % 251).unwrap()).collect();
    let file = &attached(&app, &acme, &ticket, Form::new().file("data.bin", &content)).await[0];
    let ask = async |pairs: &[(&str, &str)]| {
        let mut ask = app.get(&acme.host, file).cookie(&acme.owner_cookie);
        for (name, value) in pairs {
            ask = ask.header(name, value);
        }
        ask.send().await
    };
    let whole = ask(&[]).await;
    let tag = said(&whole, "etag").to_owned();
    assert_eq!((whole.status, said(&whole, "accept-ranges"), tag.len()), (StatusCode::OK, "bytes", 66));
    assert_eq!(whole.bytes, content);

    for (range, from, to) in
        [("bytes=0-0", 0, 1), ("bytes=999990-", 999_990, 1_000_000), ("bytes=-5", 999_995, 1_000_000)]
    {
        let part = ask(&[("range", range), ("if-range", &tag)]).await;
        assert_eq!(part.status, StatusCode::PARTIAL_CONTENT, "{range}");
        assert_eq!(said(&part, "content-range"), format!("bytes {from}-{}/1000000", to - 1));
        assert_eq!(said(&part, "content-length"), (to - from).to_string());
        assert_eq!(part.bytes, content[from..to], "{range}");
        assert_eq!(said(&part, "content-security-policy"), "sandbox; default-src 'none'");
    }
    let beyond = ask(&[("range", "bytes=1000000-")]).await;
    assert_eq!((beyond.status, said(&beyond, "content-range")), (StatusCode::RANGE_NOT_SATISFIABLE, "bytes */1000000"));
    let other = ask(&[("range", "bytes=0-0"), ("if-range", "\"other\"")]).await;
    assert_eq!((other.status, other.bytes.len()), (StatusCode::OK, 1_000_000));

    for tags in [tag.as_str(), "*", &format!("\"x\", W/{tag}")] {
        let known = ask(&[("if-none-match", tags)]).await;
        assert_eq!((known.status, known.bytes.len(), said(&known, "etag")), (StatusCode::NOT_MODIFIED, 0, &*tag));
    }
    assert_eq!(ask(&[("if-none-match", "\"x\"")]).await.status, StatusCode::OK);

    let head = app.ask(Method::HEAD, file).header("host", &acme.host).cookie(&acme.owner_cookie).send().await;
    assert_eq!((head.status, said(&head, "content-length"), head.bytes.len()), (StatusCode::OK, "1000000", 0));
}

#[tokio::test]
async fn a_program_pays_for_files_that_it_gets() {
    let (app, acme, ticket) = world(&[]).await;
    let key = usual_key(&app, &acme).await;
    let files = attached(&app, &acme, &ticket, Form::new().file("notes.txt", b"Paper jam")).await;
    let path = format!("/api/v1{}", files[0]);
    let whole = ask(&app, Method::GET, &acme.host, &path, &key.token).send().await;
    assert_eq!((whole.status, whole.bytes.as_ref()), (StatusCode::OK, b"Paper jam".as_slice()));
    let known = ask(&app, Method::GET, &acme.host, &path, &key.token).header("if-none-match", said(&whole, "etag"));
    assert_eq!(known.send().await.status, StatusCode::NOT_MODIFIED);
    for file in stored(&app) {
        std::fs::remove_file(file).unwrap();
    }
    let lost = ask(&app, Method::GET, &acme.host, &path, &key.token).send().await;
    assert_eq!(lost.status, StatusCode::INTERNAL_SERVER_ERROR, "the row is there and the file is not");
    let calls: i64 = sqlx::query_scalar("SELECT count(*) FROM pooled.usage_event WHERE meter = 'api_call'")
        .fetch_one(&mut app.db.admin().await)
        .await
        .unwrap();
    assert_eq!(calls, 2, "what did not come costs nothing");
}
