//! Full-text search.

use rowhouse_app::desk::{
    search::{self, Snippet, snippet},
    ticket::{TicketChange, change, comment},
};
use sqlx::Row as _;

use super::{open, reader, writer};
use crate::app::{TestApp, TestTenant};

async fn found(app: &TestApp, tenant: &TestTenant, typed: &str) -> Vec<String> {
    let (mut permit, reach) = reader(app, tenant, &tenant.member_cookie).await;
    let hits = search::best(&mut permit, &reach, typed, 20).await.unwrap();
    hits.into_iter().map(|hit| hit.title).collect()
}

#[tokio::test]
async fn the_title_counts_most_and_comments_least() {
    let app = TestApp::start().await;
    let (acme, globex) = (app.tenant("acme").await, app.tenant("globex").await);
    let commented = open(&app, &acme, &acme.member_cookie, "Third", "Nothing.").await;
    open(&app, &acme, &acme.member_cookie, "Second", "The toner is empty.").await;
    open(&app, &acme, &acme.member_cookie, "First: toner", "Nothing.").await;
    open(&app, &acme, &acme.member_cookie, "Other", "Nothing.").await;
    open(&app, &globex, &globex.member_cookie, "Toner of globex", "Toner.").await;
    let (mut max, reach) = writer(&app, &acme, &acme.member_cookie).await;
    comment::add(&mut max, &app.services.ambient, &reach, commented, "No toner here.").await.unwrap().unwrap();
    max.commit().await.unwrap();

    assert_eq!(found(&app, &acme, "TONER").await, ["First: toner", "Second", "Third"]);
    assert_eq!(found(&app, &acme, "ton").await.len(), 3, "the last word may go on");
    assert_eq!(found(&app, &acme, "ton is").await, Vec::<String>::new(), "and no other");
    assert_eq!(found(&app, &acme, "toner empty").await, ["Second"]);
    assert_eq!(found(&app, &acme, "\"toner is empty\"").await, ["Second"]);
    assert_eq!(found(&app, &acme, "\"empty toner\"").await, Vec::<String>::new());
    assert_eq!(found(&app, &acme, "toner -empty").await, ["First: toner", "Third"]);
    assert_eq!(found(&app, &globex, "toner").await, ["Toner of globex"]);
}

#[tokio::test]
async fn words_follow_what_is_changed() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let ambient = &app.services.ambient;
    let ticket = open(&app, &acme, &acme.member_cookie, "Printer", "Paper jam.").await;
    let (mut max, reach) = writer(&app, &acme, &acme.member_cookie).await;
    let words = comment::add(&mut max, ambient, &reach, ticket, "Ask Ludmilla.").await.unwrap().unwrap();
    let title = TicketChange { title: Some("Copier".to_owned()), ..TicketChange::default() };
    change::apply(&mut max, ambient, &reach, ticket, None, title).await.unwrap().unwrap();
    max.commit().await.unwrap();
    assert_eq!(found(&app, &acme, "printer").await, Vec::<String>::new());
    assert_eq!(found(&app, &acme, "copier jam ludmilla").await, ["Copier"]);
    let (mut max, reach) = writer(&app, &acme, &acme.member_cookie).await;
    comment::edit(&mut max, ambient, &reach, ticket, words, 1, "Ask Zoltan.").await.unwrap().unwrap();
    max.commit().await.unwrap();
    assert_eq!((found(&app, &acme, "ludmilla").await.len(), found(&app, &acme, "zoltan").await.len()), (0, 1));
    let (mut max, reach) = writer(&app, &acme, &acme.member_cookie).await;
    comment::remove(&mut max, ambient, &reach, ticket, words).await.unwrap().unwrap();
    max.commit().await.unwrap();
    assert_eq!(found(&app, &acme, "zoltan").await, Vec::<String>::new());
}

#[tokio::test]
async fn nothing_that_is_typed_is_an_error() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    open(&app, &acme, &acme.member_cookie, "It's in C:\\temp at http://acme.test/x?y=1 & more", "").await;
    let odd = [
        "'",
        "''",
        "\\",
        "\\'",
        "'\\",
        "a\\'b",
        ":*",
        "a:*",
        "a:b",
        "!",
        "!!a",
        "&",
        "|",
        "a|b",
        "(",
        ")",
        "(a",
        "<->",
        "a<->b",
        "<2>",
        "\"",
        "\"\"\"",
        "-",
        "--",
        "-\"",
        "-'a'",
        "*",
        "a*",
        "%",
        "_",
        "\u{0}",
        "\u{7}",
        "\u{feff}",
        "😀",
        "👩‍👩‍👧",
        "\u{202e}abc",
        "é",
        "日本語",
        "a\u{300}",
        "'a':ABCD",
        "'a':*&",
        "\t\n",
        "1.5e10",
        "-1",
        "http://x/'",
        "a@b.c",
        "\u{e000}",
        "<b>",
        "&amp;",
        "$1",
        "{}",
        "NULL",
    ];
    for typed in odd.iter().map(|typed| (*typed).to_owned()).chain(odd.iter().map(|typed| format!("x{typed}y {typed}")))
    {
        let (mut permit, reach) = reader(&app, &acme, &acme.member_cookie).await;
        let hits =
            search::best(&mut permit, &reach, &typed, 20).await.unwrap_or_else(|error| panic!("{typed:?}: {error}"));
        let ids: Vec<_> = hits.iter().map(|hit| hit.id).collect();
        snippet::of(&mut permit, &reach, &ids, &typed).await.unwrap_or_else(|error| panic!("{typed:?}: {error}"));
    }
    for typed in ["it's", "c:\\temp", "http://acme.test/x?y=1", "acme.test", "more"] {
        assert_eq!(found(&app, &acme, typed).await.len(), 1, "{typed}");
    }
}

fn text(snippet: &Snippet) -> String {
    snippet.parts.iter().map(|(part, is_found)| if *is_found { format!("[{part}]") } else { part.clone() }).collect()
}

#[tokio::test]
async fn snippets_show_where_and_nobody_forges_a_mark() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let long = format!(
        "{} <b>The toner</b> is \u{e000}empty\u{e001}. {}",
        "Before that. ".repeat(40),
        "After it. ".repeat(40)
    );
    let described = open(&app, &acme, &acme.member_cookie, "One", &long).await;
    let commented = open(&app, &acme, &acme.member_cookie, "Two", "Nothing.").await;
    let titled = open(&app, &acme, &acme.member_cookie, "Toner", "Nothing.").await;
    let (mut max, reach) = writer(&app, &acme, &acme.member_cookie).await;
    for body in ["Toner, said one.", "Nothing.", "Toners, said another."] {
        comment::add(&mut max, &app.services.ambient, &reach, commented, body).await.unwrap().unwrap();
        app.clock.advance(time::Duration::seconds(1));
    }
    max.commit().await.unwrap();
    let (mut permit, reach) = reader(&app, &acme, &acme.member_cookie).await;
    let snippets = snippet::of(&mut permit, &reach, &[described, commented, titled], "toner").await.unwrap();
    let described = text(&snippets[&described]);
    assert!(described.contains("<b>The [toner]</b> is empty."), "{described}");
    assert!(described.len() < 400, "{described}");
    assert_eq!(text(&snippets[&commented]), "[Toners], said another", "the newest comment that has it");
    assert!(!snippets.contains_key(&titled));
}

/// Texts that become as many and as long words as texts of their length can.
fn heavy(length: usize, from: usize) -> String {
    let mut text = String::new();
    for number in from.. {
        let word = format!("x{number:x}-{:x}z ", number * 7);
        if text.len() + word.len() > length {
            break;
        }
        text.push_str(&word);
    }
    text
}

#[tokio::test]
async fn the_most_text_there_can_be_is_indexed_up_to_a_cap() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let ambient = &app.services.ambient;
    let ticket = open(&app, &acme, &acme.member_cookie, "Heavy", &heavy(20_000, 0)).await;
    let wide: String =
        (0..20_000_u32).map(|n| if n % 3 == 2 { ' ' } else { char::from_u32(0x20000 + n).unwrap() }).collect();
    let (mut max, reach) = writer(&app, &acme, &acme.member_cookie).await;
    comment::add(&mut max, ambient, &reach, ticket, "oldest word").await.unwrap().unwrap();
    for number in 0..12 {
        app.clock.advance(time::Duration::seconds(1));
        let body = if number == 5 { wide.clone() } else { heavy(20_000, 10_000 * (number + 1)) };
        comment::add(&mut max, ambient, &reach, ticket, body.trim()).await.unwrap().unwrap();
    }
    app.clock.advance(time::Duration::seconds(1));
    comment::add(&mut max, ambient, &reach, ticket, "newest word").await.unwrap().unwrap();
    max.commit().await.unwrap();
    assert_eq!(found(&app, &acme, "heavy newest").await, ["Heavy"]);
    assert_eq!(found(&app, &acme, "oldest").await, Vec::<String>::new(), "beyond the cap");
    let row = sqlx::query("SELECT octet_length(words::text) AS bytes FROM pooled.ticket_words")
        .fetch_one(&mut app.db.admin().await)
        .await
        .unwrap();
    assert!(row.get::<i32, _>("bytes") > 200_000, "{}", row.get::<i32, _>("bytes"));
}

#[tokio::test]
async fn the_function_answers_for_the_tenant_that_is_set_alone() {
    let app = TestApp::start().await;
    let (acme, globex) = (app.tenant("acme").await, app.tenant("globex").await);
    open(&app, &acme, &acme.member_cookie, "Toner", "").await;
    open(&app, &globex, &globex.member_cookie, "Toner", "").await;
    let sql = "SELECT count(*) FROM find_ticket_words('toner', 100)";
    for tenant in [&acme, &globex] {
        let mut tx = app.services.database.begin(&tenant.home).await.unwrap();
        let count: i64 = sqlx::query_scalar(sql).fetch_one(&mut tx).await.unwrap();
        assert_eq!(count, 1);
    }
    let mut serving = app.db.serving(crate::database::Way::Direct).await;
    let sql = "SELECT count(*) FROM pooled.find_ticket_words('toner', 100)";
    let count: i64 = sqlx::query_scalar(sql).fetch_one(&mut serving).await.unwrap();
    assert_eq!(count, 0, "no tenant is set");
}
