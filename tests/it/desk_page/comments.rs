//! Comments: written, previewed, changed, deleted, and by whom.

use super::{done, main_of, page, post};
use crate::app::TestApp;

#[tokio::test]
async fn comments_are_written_and_what_is_written_is_no_markup() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let path = app.ticket(&acme, "Printer").await;
    let body = "See **SUP-1**, HR-1, [this](javascript:alert(1)) and ![that](https://b.example/x.png)\r\n<img src=x onerror=y>";
    let at = done(&app, &acme, &acme.member_cookie, &path, &[("intent", "comment"), ("body", body)]).await;
    assert!(at.starts_with("/tickets/SUP-1#cmt_"), "{at}");
    let after = page(&app, &acme, &acme.owner_cookie, &path).await;
    assert!(
        after.contains("<strong><a href=\"/tickets/SUP-1\">SUP-1</a></strong>, HR-1, this (javascript:alert(1)) and")
    );
    assert!(
        after.contains("<a href=\"https://b.example/x.png\" rel=\"nofollow noopener\">that</a><br>\n&lt;img src=x")
    );
    assert!(!main_of(&after).contains("<img src=x") && !after.contains("href=\"javascript"));
    assert!(after.contains("data-draft=\"usr_") && !after.contains("data-draft-sent"));
}

#[tokio::test]
async fn typed_text_does_not_end_the_field_it_is_shown_in() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let path = app.ticket(&acme, "Printer").await;
    let evil = "</textarea><form action=/x><input name=password>";
    done(&app, &acme, &acme.member_cookie, &path, &[("intent", "description"), ("description", evil)]).await;
    done(&app, &acme, &acme.member_cookie, &path, &[("intent", "comment"), ("body", evil)]).await;
    let open = page(&app, &acme, &acme.owner_cookie, &format!("{path}?edit=description")).await;
    assert!(open.contains("/ticket-description\"") && open.contains("data-draft-edit=\"\""), "{}", main_of(&open));
    let again = [("intent", "comment"), ("body", evil), ("preview", "on")];
    let again = post(&app, &acme, &acme.owner_cookie, &path, &again).await.body;
    let new = [("title", ""), ("description", evil), ("priority", "low")];
    let new = post(&app, &acme, &acme.owner_cookie, "/tickets/new", &new).await.body;
    for body in [open, again, new] {
        assert!(
            body.contains("\n&lt;/textarea>&lt;form action=/x>&lt;input name=password></textarea>"),
            "{}",
            main_of(&body)
        );
        assert!(!body.contains("<form action=/x") && !body.contains("<input name=password"));
    }
}

#[tokio::test]
async fn a_preview_keeps_what_was_typed_and_saves_nothing() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let path = app.ticket(&acme, "Printer").await;
    for (intent, field) in [("comment", "body"), ("description", "description")] {
        let form = [("intent", intent), (field, "It is **red**"), ("preview", "on")];
        let shown = post(&app, &acme, &acme.member_cookie, &path, &form).await;
        assert_eq!(shown.status, 200);
        assert!(shown.body.contains("It is <strong>red</strong>") && shown.body.contains("\nIt is **red**</textarea>"));
        let after = page(&app, &acme, &acme.member_cookie, &path).await;
        assert!(after.contains("It does not work.") && after.contains("No comments"));
    }
    let part = post(&app, &acme, &acme.member_cookie, "/preview", &[("text", "*a* SUP-1 <b>")]).await;
    assert_eq!(part.body, "<p><em>a</em> <a href=\"/tickets/SUP-1\">SUP-1</a> &lt;b&gt;</p>\n");
    let long = "x".repeat(20_001);
    assert_eq!(post(&app, &acme, &acme.member_cookie, "/preview", &[("text", &long)]).await.status, 422);
    assert_eq!(post(&app, &acme, &acme.member_cookie, "/preview", &[]).await.status, 400);
}

#[tokio::test]
async fn people_change_their_own_comments_and_leads_delete_those_of_others() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let path = app.ticket(&acme, "Printer").await;
    let at = done(&app, &acme, &acme.owner_cookie, &path, &[("intent", "comment"), ("body", "Olga's words")]).await;
    let theirs = at.split('#').nth(1).unwrap();
    // The agent is a contributor: neither offered nor done.
    let seen = page(&app, &acme, &acme.member_cookie, &format!("{path}?edit={theirs}")).await;
    assert!(!seen.contains("edit-comment") && !seen.contains("remove-comment"));
    for form in [
        vec![("intent", "edit-comment"), ("comment", theirs), ("version", "1"), ("body", "x")],
        vec![("intent", "remove-comment"), ("comment", theirs)],
    ] {
        let refused = post(&app, &acme, &acme.member_cookie, &path, &form).await;
        assert_eq!(refused.status, 422, "{form:?}");
        assert!(refused.body.contains("Only who wrote a comment can change it"));
    }
    let at = done(&app, &acme, &acme.member_cookie, &path, &[("intent", "comment"), ("body", "Max's words")]).await;
    let own = at.split('#').nth(1).unwrap();
    let open = page(&app, &acme, &acme.member_cookie, &format!("{path}?edit={own}")).await;
    assert!(
        open.contains("\nMax&#39;s words</textarea>") || open.contains("\nMax's words</textarea>"),
        "{}",
        main_of(&open)
    );
    // A draft of it is of this comment, and gone once it is saved; what came back is newer than any draft.
    assert!(open.contains(&format!("/{own}\"")) && open.contains("data-draft-edit=\"\""), "{}", main_of(&open));
    let form = [("intent", "edit-comment"), ("comment", own), ("version", "1"), ("body", " ")];
    let again = post(&app, &acme, &acme.member_cookie, &path, &form).await.body;
    assert!(again.contains("data-draft-edit=\"typed\""), "{}", main_of(&again));
    let form = [("intent", "edit-comment"), ("comment", own), ("version", "1"), ("body", "Better words")];
    assert_eq!(done(&app, &acme, &acme.member_cookie, &path, &form).await, format!("{path}#{own}"));
    let after = page(&app, &acme, &acme.member_cookie, &path).await;
    assert!(after.contains("Better words") && after.contains("edited a comment") && after.contains("<span>edited "));

    done(&app, &acme, &acme.owner_cookie, &path, &[("intent", "remove-comment"), ("comment", own)]).await;
    let after = page(&app, &acme, &acme.member_cookie, &path).await;
    assert!(!after.contains("Better words") && after.contains("deleted a comment by Max of acme"));
    // A comment that is gone.
    let form = [("intent", "edit-comment"), ("comment", own), ("version", "2"), ("body", "x")];
    assert_eq!(post(&app, &acme, &acme.member_cookie, &path, &form).await.status, 404);
    // One of another ticket.
    let other = app.ticket(&acme, "Scanner").await;
    let form = [("intent", "remove-comment"), ("comment", theirs)];
    assert_eq!(post(&app, &acme, &acme.owner_cookie, &other, &form).await.status, 404);
}
