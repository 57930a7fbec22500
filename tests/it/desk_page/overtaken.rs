//! Two people at one ticket: whoever comes second loses nothing and overwrites nothing unawares.

use super::{account, done, hidden, main_of, page, post};
use crate::app::TestApp;

#[tokio::test]
async fn what_is_there_now_and_what_was_typed_are_both_shown() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let path = app.ticket(&acme, "Printer").await;
    let ada = account(&app, "admin@acme.test").await;
    let looked_at = page(&app, &acme, &acme.member_cookie, &format!("{path}?edit=title")).await;
    let (version, seen) =
        (hidden(&looked_at, "value=\"title\"", "version"), hidden(&looked_at, "value=\"title\"", "seen"));
    app.clock.advance(time::Duration::seconds(1));
    done(&app, &acme, &acme.owner_cookie, &path, &[("intent", "title"), ("title", "Plotter of <Olga>")]).await;

    for (part, field, typed, kept) in [
        ("title", "title", "Scanner", "value=\"Scanner\""),
        ("description", "description", "Mine & theirs", "\nMine &amp; theirs</textarea>"),
        ("priority", "priority", "urgent", "<option value=\"urgent\" selected"),
        ("due", "due", "2026-07-01", "value=\"2026-07-01\""),
        ("status", "status", "closed", "<option value=\"closed\" selected"),
        ("assignee", "assignee", &ada, &format!("<option value=\"{ada}\" selected")),
    ] {
        let form = [("intent", part), ("version", version.as_str()), ("seen", seen.as_str()), (field, typed)];
        let again = post(&app, &acme, &acme.member_cookie, &path, &form).await;
        assert_eq!(again.status, 409, "{part}: {}", again.body);
        let body = main_of(&again.body).replace("<!>", "");
        assert!(body.contains("Somebody else changed this ticket while you were at it"), "{part}: {body}");
        let who = "<b>Olga of acme</b> changed the title from “Printer” to “Plotter of &lt;Olga&gt;”";
        assert_eq!(body.matches(who).count(), 2, "in the notice and in the timeline: {body}");
        assert!(body.contains(kept), "{part}: {body}");
        assert!(body.contains("Plotter of &lt;Olga&gt; <span"), "the head says how it is now: {body}");
    }
    let untouched = page(&app, &acme, &acme.member_cookie, &path).await;
    assert!(
        untouched.contains("status--open") && !untouched.contains("Scanner") && untouched.contains("It does not work.")
    );

    // Sent again from the page that was shown, it is what somebody decided.
    let form = [("intent", "title"), ("version", version.as_str()), ("title", "Scanner")];
    let again = post(&app, &acme, &acme.member_cookie, &path, &form).await;
    let now = hidden(&again.body, "value=\"title\"", "version");
    assert_ne!(now, version);
    let form = [("intent", "title"), ("version", now.as_str()), ("title", "Scanner")];
    done(&app, &acme, &acme.member_cookie, &path, &form).await;
    assert!(page(&app, &acme, &acme.member_cookie, &path).await.contains("to “Scanner”"));
}

#[tokio::test]
async fn a_comment_with_a_status_is_not_half_done() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let path = app.ticket(&acme, "Printer").await;
    let looked_at = page(&app, &acme, &acme.member_cookie, &path).await;
    let version = hidden(&looked_at, "value=\"comment\"", "version");
    done(&app, &acme, &acme.owner_cookie, &path, &[("intent", "status"), ("status", "pending")]).await;

    let form = [("intent", "comment"), ("version", version.as_str()), ("body", "Done, I think."), ("status", "solved")];
    let again = post(&app, &acme, &acme.member_cookie, &path, &form).await;
    assert_eq!(again.status, 409, "{}", again.body);
    assert!(again.body.contains("\nDone, I think.</textarea>") && again.body.contains("status--pending"));
    assert!(page(&app, &acme, &acme.member_cookie, &path).await.contains("No comments"));

    // A comment alone overtakes nobody.
    let form = [("intent", "comment"), ("version", version.as_str()), ("body", "Done, I think.")];
    done(&app, &acme, &acme.member_cookie, &path, &form).await;
    let now = hidden(&again.body, "value=\"comment\"", "version");
    let form = [("intent", "comment"), ("version", now.as_str()), ("body", "Really."), ("status", "solved")];
    done(&app, &acme, &acme.member_cookie, &path, &form).await;
    let after = page(&app, &acme, &acme.member_cookie, &path).await;
    assert!(after.contains("status--solved") && after.contains("2 comments"));
}

#[tokio::test]
async fn two_tabs_at_one_comment() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let path = app.ticket(&acme, "Printer").await;
    let at = done(&app, &acme, &acme.member_cookie, &path, &[("intent", "comment"), ("body", "first")]).await;
    let comment = at.split('#').nth(1).unwrap();
    let edit = |version: &'static str, body: &'static str| {
        vec![("intent", "edit-comment"), ("comment", comment), ("version", version), ("body", body)]
    };
    done(&app, &acme, &acme.member_cookie, &path, &edit("1", "second")).await;
    let again = post(&app, &acme, &acme.member_cookie, &path, &edit("1", "third")).await;
    assert_eq!(again.status, 409);
    assert!(again.body.contains("\nthird</textarea>") && again.body.contains("<p>second</p>"));
    done(&app, &acme, &acme.member_cookie, &path, &edit("2", "third")).await;
}
