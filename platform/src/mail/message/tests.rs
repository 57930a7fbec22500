//! Headers hold what they are for, whatever names hold.

use time::macros::datetime;
use uuid::Uuid;

use super::*;

fn mail(subject: &str, from_name: Option<&str>) -> Claimed {
    Claimed {
        id: Uuid::from_u128(7),
        tenant_id: None,
        recipient: "ada@bücher.example".to_owned(),
        from_name: from_name.map(ToOwned::to_owned),
        subject: subject.to_owned(),
        body: "Hello".to_owned(),
        unsubscribe_link: None,
        html: Some("<p>Hello</p>".to_owned()),
        attempts: 1,
    }
}

fn headers(mail: &Claimed) -> String {
    let from: SenderAddress = "Desk <no-reply@app.example>".parse().unwrap();
    let message = message(mail, &from, "https://app.example", datetime!(2026-06-01 12:00 UTC)).unwrap();
    let raw = String::from_utf8(message.formatted()).unwrap();
    raw.split_once("\r\n\r\n").unwrap().0.to_owned()
}

#[test]
fn a_message_has_its_headers() {
    let headers = headers(&mail("Hello", None));
    for line in [
        "Message-ID: <00000000000000000000000000000007@app.example>",
        "Date: Mon, 01 Jun 2026 12:00:00 +0000",
        "From: Desk <no-reply@app.example>",
        "To: ada@xn--bcher-kva.example",
        "Subject: Hello",
        "Auto-Submitted: auto-generated",
    ] {
        assert!(headers.lines().any(|header| header == line), "{line} is missing\n{headers}");
    }
    assert!(headers.contains("Content-Type: multipart/alternative"), "{headers}");
}

#[test]
fn no_name_makes_a_header() {
    for evil in
        ["Acme\r\nBcc: x@example.com", "Acme\nX-Evil: 1", "Acme, \"Inc\" <x@example.com>", "ü\r\nBcc: x@example.com"]
    {
        let headers = headers(&mail(evil, Some(evil)));
        assert!(
            !headers.lines().any(|line| line.starts_with("Bcc:") || line.starts_with("X-Evil:")),
            "{evil:?}\n{headers}"
        );
        let from = headers.lines().find(|line| line.starts_with("From: ")).unwrap();
        assert!(
            from.contains("<no-reply@app.example>") || headers.contains("\r\n <no-reply@app.example>"),
            "{headers}"
        );
    }
}

#[test]
fn a_text_alone_gets_the_products_look() {
    let rendered =
        product_letter("Your workspaces", "Acme: https://acme.app.example\n\nBye <b>", "Desk", "https://app.example");
    assert!(rendered.html.contains(r#"href="https://acme.app.example""#), "{}", rendered.html);
    assert!(rendered.html.contains("Bye &lt;b&gt;") && rendered.html.contains("Sent by Desk,"), "{}", rendered.html);
    assert!(rendered.text.contains("Acme: https://acme.app.example\n\nBye <b>"), "{}", rendered.text);
}

#[test]
fn an_address_that_is_none_is_refused() {
    for text in ["nobody", "a b@example.com", "@example.com", "ada@", "ada@exa mple.com"] {
        assert!(recipient(text).is_none(), "{text}");
    }
}
