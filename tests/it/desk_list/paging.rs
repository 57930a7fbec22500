//! Every order, there and back.

use rowhouse_app::desk::list::Place;

use super::{found, tickets, titles};
use crate::app::TestApp;

#[tokio::test]
async fn every_order_is_paged_without_gap_or_overlap_in_both_directions() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    app.tenant("globex").await;
    tickets(&app, &acme, 60).await;
    for sort in ["created", "updated", "priority", "due", "relevance"] {
        for sort in [sort.to_owned(), format!("-{sort}")] {
            let query = format!("q=ticket&sort={sort}");
            let whole = found(&app, &acme, &query, Place::Start, 100).await;
            let whole = titles(&whole);
            assert_eq!(whole.len(), 60);

            let mut forward: Vec<String> = Vec::new();
            let mut place = Place::Start;
            let last = loop {
                let page = found(&app, &acme, &query, place, 7).await;
                forward.extend(titles(&page).iter().map(ToString::to_string));
                assert_eq!(page.previous.is_some(), place != Place::Start, "{query}");
                match page.next {
                    Some(next) => place = Place::After(next),
                    None => break page,
                }
            };
            assert_eq!(forward, whole, "{query}");

            let mut backward: Vec<String> = titles(&last).iter().map(ToString::to_string).collect();
            let mut before = last.previous;
            while let Some(cursor) = before {
                let page = found(&app, &acme, &query, Place::Before(cursor), 7).await;
                backward.splice(0..0, titles(&page).iter().map(ToString::to_string));
                assert!(page.next.is_some());
                before = page.previous;
            }
            assert_eq!(backward, whole, "{query}, backward");
        }
    }
}

#[tokio::test]
async fn orders_are_those_of_their_names() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    tickets(&app, &acme, 40).await;
    let rows = |query: &'static str| {
        let (app, acme) = (&app, &acme);
        async move { found(app, acme, query, Place::Start, 100).await.rows }
    };
    assert!(rows("").await.is_sorted_by(|a, b| a.created_at > b.created_at));
    assert!(rows("sort=created").await.is_sorted_by(|a, b| a.created_at < b.created_at));
    assert!(rows("sort=-updated").await.is_sorted_by(|a, b| (a.updated_at, a.id) > (b.updated_at, b.id)));
    assert!(rows("sort=priority").await.is_sorted_by(|a, b| (a.urgency, a.id) < (b.urgency, b.id)));
    assert!(rows("q=ticket").await.is_sorted_by(|a, b| (a.rank, a.id) > (b.rank, b.id)));
    for query in ["sort=due", "sort=-due"] {
        let rows = rows(query).await;
        let dated = rows.iter().take_while(|row| row.due_on.is_some()).count();
        assert_eq!(dated, 32, "{query}");
        assert!(rows[dated..].iter().all(|row| row.due_on.is_none()), "{query}: those without a day stand last");
        let days = &rows[..dated];
        let is_descending = query.contains('-');
        assert!(days.is_sorted_by(|a, b| ((a.due_on, a.id) > (b.due_on, b.id)) == is_descending), "{query}");
    }
}
