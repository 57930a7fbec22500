//! The timeline in parts.

use super::{done, main_of, page};
use crate::app::TestApp;

#[tokio::test]
async fn earlier_parts_follow_without_gap_or_overlap() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let path = app.ticket(&acme, "Printer").await;
    for number in 0..70 {
        app.clock.advance(time::Duration::seconds(1));
        let (comment, title) = (format!("said {number:02}."), format!("title {number:02}."));
        let form = if number % 2 == 0 {
            [("intent", "comment"), ("body", comment.as_str())]
        } else {
            [("intent", "title"), ("title", title.as_str())]
        };
        done(&app, &acme, &acme.member_cookie, &path, &form).await;
    }
    let numbers = |body: &str| -> Vec<String> {
        let list = &body[body.find("thread__list").unwrap()..];
        let list = &list[..list.find("</ol>").unwrap()];
        list.split("<li ")
            .skip(1)
            .map(|entry| {
                let words = ["<p>said ", "to “title "].into_iter().find_map(|words| entry.split_once(words));
                words.map_or_else(|| "created".to_owned(), |(_, rest)| rest.split('.').next().unwrap().to_owned())
            })
            .collect()
    };
    let earlier = |body: &str| -> Option<String> {
        let at = body.find("?before=")?;
        Some(format!("{path}{}", body[at..].split(['"', '#']).next().unwrap()))
    };
    let last = page(&app, &acme, &acme.member_cookie, &path).await;
    assert!(!last.contains("Show the latest"), "{}", main_of(&last));
    let first = page(&app, &acme, &acme.member_cookie, &earlier(&last).unwrap()).await;
    assert!(first.contains("Show the latest") && earlier(&first).is_none(), "{}", main_of(&first));
    let seen: Vec<String> = numbers(&first).into_iter().chain(numbers(&last)).collect();
    let expected: Vec<String> =
        std::iter::once("created".to_owned()).chain((0..70).map(|number| format!("{number:02}"))).collect();
    assert_eq!(seen, expected);
    assert!(last.contains("35 comments"));
}
