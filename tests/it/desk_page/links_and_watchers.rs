//! Links to other tickets, and who hears of this one.

use super::{account, done, hidden, main_of, page, post, set};
use crate::app::TestApp;

#[tokio::test]
async fn a_link_is_seen_from_both_ends_and_not_beyond_the_reach() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let (one, two) = (app.ticket(&acme, "Printer").await, app.ticket(&acme, "Network").await);
    let cookie = &acme.member_cookie;
    let form = [("intent", "link"), ("relation", "blocked_by"), ("link", " sup-2 ")];
    done(&app, &acme, cookie, &one, &form).await;
    let here = page(&app, &acme, cookie, &one).await;
    assert!(
        here.contains("Is blocked by") && here.contains("<a href=\"/tickets/SUP-2\">SUP-2</a>"),
        "{}",
        main_of(&here)
    );
    let there = page(&app, &acme, cookie, &two).await;
    assert!(there.contains(">Blocks<") && there.contains("<a href=\"/tickets/SUP-1\">SUP-1</a>"));

    // The other end goes out of reach: neither link nor timeline tell of it.
    set(
        &app,
        "INSERT INTO pooled.project (tenant_id, id, key, name, description, is_open, last_number, version, created_at, updated_at)
         SELECT tenant_id, gen_random_uuid(), 'SEC', 'Secret', '', false, 2, 1, now(), now() FROM pooled.project",
    )
    .await;
    set(
        &app,
        "UPDATE pooled.ticket SET project_id = (SELECT id FROM pooled.project WHERE key = 'SEC') WHERE number = 2",
    )
    .await;
    set(
        &app,
        "UPDATE pooled.ticket_event SET detail = jsonb_set(detail, '{other,project}', to_jsonb((
             SELECT regexp_replace(detail #>> '{other,project}', '^prj_.{26}$', 'prj_00000000000000000000000001'))))
         WHERE kind = 'link_added' AND detail #>> '{other,key}' = 'SUP-2'",
    )
    .await;
    let here = page(&app, &acme, cookie, &one).await;
    assert!(!main_of(&here).contains("SUP-2") && !main_of(&here).contains("Network"), "{}", main_of(&here));
    assert!(here.contains("a ticket that you do not reach"));
    let refused =
        post(&app, &acme, cookie, &one, &[("intent", "link"), ("relation", "relates"), ("link", "SEC-2")]).await;
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains("no such ticket"));
}

#[tokio::test]
async fn links_are_removed() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let (one, _) = (app.ticket(&acme, "Printer").await, app.ticket(&acme, "Network").await);
    let cookie = &acme.member_cookie;
    done(&app, &acme, cookie, &one, &[("intent", "link"), ("relation", "relates"), ("link", "SUP-2")]).await;
    let open = page(&app, &acme, cookie, &format!("{one}?edit=links")).await;
    let other = hidden(&open, "value=\"unlink\"", "other");
    done(&app, &acme, cookie, &one, &[("intent", "unlink"), ("relation", "relates"), ("other", &other)]).await;
    let after = page(&app, &acme, cookie, &one).await;
    assert!(after.contains("removed a link: relates to") && !after.contains("class=\"link-list\""));
}

#[tokio::test]
async fn people_watch_and_are_made_to() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let path = app.ticket(&acme, "Printer").await;
    let (cookie, watch) = (&acme.member_cookie, format!("{path}/watch"));
    done(&app, &acme, cookie, &watch, &[("intent", "watch")]).await;
    let seen = page(&app, &acme, cookie, &path).await;
    assert!(seen.contains("Unwatch") && seen.contains("watches the ticket"));
    done(&app, &acme, cookie, &watch, &[("intent", "unwatch")]).await;
    assert!(page(&app, &acme, cookie, &path).await.contains("no longer watches the ticket"));

    let ada = account(&app, "admin@acme.test").await;
    done(&app, &acme, cookie, &path, &[("intent", "add-watcher"), ("watcher", &ada)]).await;
    let open = page(&app, &acme, cookie, &format!("{path}?edit=watchers")).await;
    assert!(open.contains("added Ada of acme as watching") && open.contains("Remove Ada of acme from watching"));
    assert_eq!(hidden(&open, "value=\"remove-watcher\"", "person"), ada);
    done(&app, &acme, cookie, &path, &[("intent", "remove-watcher"), ("person", &ada)]).await;
    assert!(page(&app, &acme, cookie, &path).await.contains("removed Ada of acme from watching"));
    let globex = app.tenant("globex").await;
    let theirs = account(&app, "owner@globex.test").await;
    let refused = post(&app, &acme, cookie, &path, &[("intent", "add-watcher"), ("watcher", &theirs)]).await;
    assert_eq!(refused.status, 422);
    assert!(!refused.body.contains("of globex"));
    let foreign = post(&app, &globex, &globex.owner_cookie, &watch, &[("intent", "watch")]).await;
    assert_eq!(foreign.status, 404);
    assert_eq!(post(&app, &acme, cookie, &watch, &[("intent", "stare")]).await.status, 400);
}
