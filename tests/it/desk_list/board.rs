//! The board, from outside.

use axum::http::StatusCode;
use rowhouse_platform::access::Role;

use super::tickets;
use crate::app::{Answer, TestApp, TestTenant};

async fn see(app: &TestApp, tenant: &TestTenant, path: &str) -> Answer {
    app.get(&tenant.host, path).cookie(&tenant.member_cookie).send().await
}

/// What the button sends that moves the first card of a column.
fn first_move(page: &str, column: &str, to: &str) -> String {
    let column = page.split(&format!("data-status=\"{column}\"")).nth(1).unwrap();
    let button = column.split("<button").find(|button| button.contains(&format!("data-to=\"{to}\""))).unwrap();
    button.split("value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
}

fn cards(page: &str, column: &str) -> usize {
    let column = page.split(&format!("data-status=\"{column}\"")).nth(1).unwrap();
    column.split("</section>").next().unwrap().matches("class=\"board__card\"").count()
}

#[tokio::test]
async fn cards_stand_in_the_column_of_their_status_and_move() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    tickets(&app, &acme, 28).await;
    assert_eq!(see(&app, &acme, "/board?priority=low").await.location(), "/board?project=SUP&priority=low");
    // A form sends the fields that were left alone too.
    let tidy = see(&app, &acme, "/board?project=SUP&q=&priority=&assignee_name=").await;
    assert_eq!(tidy.location(), "/board?project=SUP");
    let page = see(&app, &acme, "/board?project=SUP").await.body;
    let all = ["open", "pending", "solved", "closed"].map(|status| cards(&page, status));
    assert_eq!(all.iter().sum::<usize>(), 28);
    let only_open = see(&app, &acme, "/board?project=SUP&status=open").await.body;
    assert_eq!(cards(&only_open, "open"), all[0]);
    assert!(!only_open.contains("data-status=\"closed\""));

    let sent = first_move(&page, "open", "solved");
    let post = |sent: String| {
        let form = app.post(&acme.host, "/board").cookie(&acme.member_cookie);
        async move { form.form(&[("move", &sent), ("back", "project=SUP")]).send().await }
    };
    let moved = post(sent.clone()).await;
    assert_eq!((moved.status, moved.location()), (StatusCode::SEE_OTHER, "/board?project=SUP"));
    let page = see(&app, &acme, "/board?project=SUP").await.body;
    assert_eq!((cards(&page, "open"), cards(&page, "solved")), (all[0] - 1, all[2] + 1));

    // The same card as it was seen before: somebody was faster.
    let overtaken = post(sent.replace("solved", "closed")).await;
    assert_eq!(overtaken.status, StatusCode::CONFLICT);
    assert!(overtaken.body.contains("Somebody else changed SUP-"), "{}", overtaken.body);
    assert_eq!(cards(&overtaken.body, "closed"), all[3]);
    for bad in ["", "tkt_1/1/open", "tkt_00000000000000000000000000/1/lost"] {
        assert_eq!(post(bad.to_owned()).await.status, StatusCode::BAD_REQUEST, "{bad}");
    }
    let none = post("tkt_00000000000000000000000000/1/open".to_owned()).await;
    assert_eq!(none.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn who_only_reads_moves_nothing() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    tickets(&app, &acme, 60).await;
    let page = see(&app, &acme, "/board?project=SUP").await.body;
    let sent = first_move(&page, "open", "solved");
    let viewer = acme.cookie_of(Role::Viewer);
    let seen = app.get(&acme.host, "/board?project=SUP").cookie(viewer).send().await.body;
    assert!(!seen.contains("name=\"move\"") && !seen.contains("draggable"));
    let form = [("move", sent.as_str()), ("back", "project=SUP")];
    let refused = app.post(&acme.host, "/board").cookie(viewer).form(&form).send().await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);

    sqlx::query("UPDATE pooled.project SET archived_at = now() WHERE tenant_id = $1")
        .bind(acme.home.id().0)
        .execute(&mut app.db.admin().await)
        .await
        .unwrap();
    let archived = app.post(&acme.host, "/board").cookie(&acme.member_cookie).form(&form).send().await;
    assert_eq!(archived.status, StatusCode::FORBIDDEN);
    assert!(archived.body.contains("stays where it is"), "{}", archived.body);
    assert!(!archived.body.contains("name=\"move\""));
}
