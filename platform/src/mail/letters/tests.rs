//! Every letter says what it was given, twice, and nothing else.

use time::macros::datetime;

use super::*;
use crate::{
    mail::{Rendered, render},
    plan::{Limit, notice::Notice},
};

const LINK: &str = "https://acme.app.example/x?token=abc&n=1";

fn every_letter(word: &str) -> Vec<(Letter, Vec<String>)> {
    let word = || word.to_owned();
    let link = || LINK.to_owned();
    let at = datetime!(2026-11-21 6:31:09 +2);
    let when = "21 November 2026, 04:31 UTC".to_owned();
    let valid_for = || "30 minutes".to_owned();
    vec![
        (
            Letter::Invitation {
                inviter: word(),
                role: "Agent".to_owned(),
                link: link(),
                expires_in_words: "7 days".to_owned(),
                message: Some("Hello\nthere".to_owned()),
            },
            vec![word(), "Agent".to_owned(), "7 days".to_owned(), "there".to_owned(), link()],
        ),
        (
            Letter::SsoSetupLink { workspace: word(), connection: word(), inviter: word(), link: link(), until: at },
            vec![word(), link(), when.clone()],
        ),
        (Letter::VerifyEmail { link: link(), valid_for: valid_for() }, vec![link(), valid_for()]),
        (Letter::ResetPassword { link: link(), valid_for: valid_for() }, vec![link(), valid_for()]),
        (Letter::PasswordChanged { when: at, device: word() }, vec![word(), when.clone()]),
        (
            Letter::EmailChangeConfirmOld { new_email: word(), link: link(), valid_for: valid_for() },
            vec![word(), link(), valid_for()],
        ),
        (Letter::EmailChangeConfirmNew { link: link(), valid_for: valid_for() }, vec![link(), valid_for()]),
        (Letter::EmailChanged { new_email: word() }, vec![word()]),
        (
            Letter::MagicLink { link: link(), code: "482 913".to_owned(), valid_for: valid_for() },
            vec![link(), "482 913".to_owned(), valid_for()],
        ),
        (
            Letter::ConfirmIdentity { code: "482 913".to_owned(), valid_for: valid_for() },
            vec!["482 913".to_owned(), valid_for()],
        ),
        (
            Letter::NewDevice { device: word(), address: "192.0.2.7".to_owned(), when: at, devices_link: link() },
            vec![word(), "192.0.2.7".to_owned(), when.clone(), link()],
        ),
        (Letter::SecondFactorChanged { what: word(), when: at }, vec![word(), when.clone()]),
        (
            Letter::Billing(BillingNews::PaymentFailed { read_only_at: at, suspended_at: at }, link()),
            vec![when.clone(), link()],
        ),
        (Letter::Billing(BillingNews::ReadOnlySoon { at }, link()), vec![when.clone(), link()]),
        (Letter::Billing(BillingNews::ReadOnly { suspended_at: at }, link()), vec![when.clone(), link()]),
        (Letter::Billing(BillingNews::Suspended, link()), vec![link()]),
        (Letter::Billing(BillingNews::PaymentArrived, link()), vec![link()]),
        (Letter::Billing(BillingNews::MadeReadOnly, link()), vec![link()]),
        (Letter::Billing(BillingNews::TrialEnding { at, is_paid: true }, link()), vec![when.clone(), link()]),
        (Letter::Billing(BillingNews::TrialEnding { at, is_paid: false }, link()), vec![when.clone(), link()]),
        (
            Letter::Billing(BillingNews::Limit(Notice { limit: Limit::Seats, used: 4, most: 5 }), link()),
            vec!["Seats".to_owned(), "4 of 5".to_owned(), "Nothing is refused yet".to_owned(), link()],
        ),
        (
            Letter::Billing(BillingNews::Limit(Notice { limit: Limit::Projects, used: 4, most: 3 }), link()),
            vec!["4 of 3".to_owned(), "No project can be made or restored.".to_owned(), "Archive".to_owned(), link()],
        ),
        (Letter::DomainLost { host: word() }, vec![word(), "/admin/domains".to_owned()]),
        (
            Letter::CertificateExpiring {
                connection: word(),
                provider: "Okta".to_owned(),
                subject: "CN=okta".to_owned(),
                ends: at,
                days: 7,
                link: link(),
            },
            vec![word(), "Okta".to_owned(), "CN=okta".to_owned(), when.clone(), "within 7 days".to_owned(), link()],
        ),
        (
            Letter::ApiKeyMade { name: word(), when: at, expires_at: Some(at), link: link() },
            vec![word(), when.clone(), link()],
        ),
        (
            Letter::ApiKeyMade { name: word(), when: at, expires_at: None, link: link() },
            vec![word(), "Not by itself".to_owned(), link()],
        ),
        (
            Letter::ApiKeyExpiring { name: word(), ends: at, link: link() },
            vec![word(), when.clone(), "within seven days".to_owned(), link()],
        ),
        (
            Letter::TicketNews {
                news: vec![TicketNews { ticket: "OPS-7 Printer".to_owned(), what: word(), link: link() }],
                more: 2,
                link: link(),
                off: "https://acme.app.example/unsubscribe/00ff".to_owned(),
            },
            vec![word(), link(), "OPS-7 Printer".to_owned(), "2 more are".to_owned(), "/unsubscribe/00ff".to_owned()],
        ),
        (Letter::EmailDomainLost { domain: word() }, vec![word(), "/admin/sso/domains".to_owned()]),
        (Letter::WorkspaceClosing { until: at, undo_link: link() }, vec![when, link()]),
        (Letter::WorkspaceReopened, vec!["https://acme.app.example/".to_owned()]),
        (Letter::OwnershipTransferred { from: word(), to: "Grace".to_owned() }, vec![word(), "Grace".to_owned()]),
    ]
}

fn head(name: &str) -> Letterhead {
    Letterhead::plain(name, "https://acme.app.example")
}

/// The words of a document, without its marks.
fn visible(html: &str) -> String {
    let html = html.split_once("</head>").unwrap().1;
    let mut text = String::new();
    let mut rest = html;
    while let Some((before, tag)) = rest.split_once('<') {
        text.push_str(before);
        rest = tag.split_once('>').unwrap().1;
    }
    text.push_str(rest);
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#39;", "'").replace("&amp;", "&")
}

#[test]
fn every_letter_says_what_it_was_given_in_both_parts() {
    for (letter, said) in every_letter("Ada") {
        let Rendered { subject, text, html } = render(&head("Acme"), &letter);
        let html = visible(&html);
        for part in [&text, &html] {
            assert!(part.contains("Acme") && part.contains("You get this mail because "), "{letter:?}\n{part}");
            for word in &said {
                assert!(part.contains(word.as_str()), "{word} is missing\n{part}");
            }
        }
        assert!(!subject.contains("token") && !subject.contains("482"), "subjects are kept: {subject}");
        assert!(text.contains("\n-- \n"), "{text}");
        assert!(!text.contains('<'), "{text}");
    }
}

#[test]
fn every_letter_has_a_subject_of_its_own() {
    let mut letters = every_letter("Ada");
    // The same letter with and without a part.
    letters.dedup_by_key(|(letter, _)| std::mem::discriminant(letter));
    let mut subjects: Vec<_> = letters.iter().map(|(letter, _)| render(&head("Acme"), letter).subject).collect();
    let count = subjects.len();
    subjects.sort();
    subjects.dedup();
    assert_eq!(subjects.len(), count, "{subjects:#?}");
}

#[test]
fn markup_in_names_is_text() {
    let evil = r#"<script>alert("1")</script>'"><img src=x onerror=alert(1)>&amp;"#;
    for (letter, _) in every_letter(evil) {
        let letter = match letter {
            Letter::Invitation { inviter, role, link, expires_in_words, .. } => {
                Letter::Invitation { inviter, role, link, expires_in_words, message: Some(evil.to_owned()) }
            }
            other => other,
        };
        let html = render(&head(evil), &letter).html;
        assert!(!html.contains("<script") && !html.contains("<img"), "{html}");
        assert!(html.contains("&lt;script&gt;"), "{html}");
        // No attribute ends early: every quotation mark of the text is escaped.
        assert!(!html.contains(r#"alert("1")"#) && html.contains("alert(&quot;1&quot;)"), "{html}");
        // What the reader sees is what was typed.
        assert!(visible(&html).contains(evil), "{html}");
    }
}

#[test]
fn no_name_breaks_a_line() {
    let evil = "Ada\r\nBcc: everybody@example.com\r\n\r\n<b>Hi</b>\u{2028}\u{202e}";
    for (letter, _) in every_letter(evil) {
        let rendered = render(&head(evil), &letter);
        assert!(!rendered.subject.chars().any(char::is_control), "{:?}", rendered.subject);
        assert!(rendered.subject.chars().count() <= 200);
        assert!(!rendered.text.contains("\nBcc:") && !rendered.text.contains('\u{202e}'), "{}", rendered.text);
    }
}

#[test]
fn a_message_is_quoted_line_by_line() {
    let letter = Letter::Invitation {
        inviter: "Ada".to_owned(),
        role: "Agent".to_owned(),
        link: LINK.to_owned(),
        expires_in_words: "7 days".to_owned(),
        message: Some("Hello\r\nhttps://evil.example\n".to_owned()),
    };
    let rendered = render(&head("Acme"), &letter);
    assert!(rendered.text.contains("> Hello\n> https://evil.example\n"), "{}", rendered.text);
    assert!(rendered.html.contains("Hello<br>https://evil.example</blockquote>"), "{}", rendered.html);
    assert!(!rendered.html.contains(r#"href="https://evil"#), "what people write is not a link");
}
