//! Each part of a ticket has a form, and the form does what it says.

use rowhouse_platform::access::Role;

use super::{account, done, get, hidden, main_of, page, post};
use crate::app::TestApp;

#[tokio::test]
async fn each_part_is_edited_in_a_form_of_its_own() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let path = app.ticket(&acme, "Printer").await;
    let ada = account(&app, "admin@acme.test").await;
    let cookie = &acme.member_cookie;
    for (part, form, shown) in [
        ("title", vec![("title", " Plotter ")], "Plotter <span class=\"ticket__key numeric\">SUP-1"),
        ("description", vec![("description", "**Bold** & <i>old</i>")], "<strong>Bold</strong> &amp; &lt;i&gt;old"),
        ("priority", vec![("priority", "urgent")], "priority--urgent"),
        ("assignee", vec![("assignee", ada.as_str())], "Max of acme</b> <!>assigned the ticket to Ada of acme"),
        ("requester", vec![("requester", ada.as_str())], "changed the requester from Olga of acme to Ada of acme"),
        ("due", vec![("due", "2026-05-30")], "30 May 2026 (late)"),
    ] {
        let open = page(&app, &acme, cookie, &format!("{path}?edit={part}")).await;
        assert!(open.contains(&format!("name=\"intent\" value=\"{part}\"")), "{part}: {open}");
        let version = hidden(&open, &format!("name=\"intent\" value=\"{part}\""), "version");
        let mut form = form;
        form.extend([("intent", part), ("version", version.as_str())]);
        let to = done(&app, &acme, cookie, &path, &form).await;
        let after = page(&app, &acme, cookie, to.split('#').next().unwrap()).await;
        // Comments of the renderer stand between texts.
        assert!(after.replace("<!>", "").contains(&shown.replace("<!>", "")), "{part}: {}", main_of(&after));
    }
    done(&app, &acme, cookie, &path, &[("intent", "assignee"), ("assignee", "")]).await;
    done(&app, &acme, cookie, &path, &[("intent", "due"), ("due", "")]).await;
    let after = page(&app, &acme, cookie, &path).await;
    assert!(after.contains("Unassigned") && after.contains("removed the due date"));
    assert!(after.contains("took the ticket from Ada of acme"));
    assert!(!after.contains("name=\"intent\" value=\"title\""), "forms are closed until they are asked for");
}

#[tokio::test]
async fn one_takes_a_ticket_with_a_button() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let path = app.ticket(&acme, "Printer").await;
    let max = account(&app, "member@acme.test").await;
    let open = page(&app, &acme, &acme.member_cookie, &path).await;
    let button = open.find("Assign to me").expect("the button that takes the ticket");
    let form = &open[open[..button].rfind("<form").unwrap()..button];
    assert!(form.contains(&format!("name=\"assignee\" value=\"{max}\"")), "{form}");
    let version = hidden(form, "name=\"intent\" value=\"assignee\"", "version");
    let sent = [("intent", "assignee"), ("version", version.as_str()), ("assignee", max.as_str())];
    done(&app, &acme, &acme.member_cookie, &path, &sent).await;
    assert!(!page(&app, &acme, &acme.member_cookie, &path).await.contains("Assign to me"), "it is theirs");
    assert!(page(&app, &acme, &acme.owner_cookie, &path).await.contains("Assign to me"));
    let viewer = page(&app, &acme, acme.cookie_of(Role::Viewer), &path).await;
    assert!(!viewer.contains("Assign to me"), "{viewer}");
}

#[tokio::test]
async fn people_are_found_by_name_or_address_too() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let path = app.ticket(&acme, "Printer").await;
    let cookie = &acme.owner_cookie;
    for (typed, name) in [("Ada of acme", "Ada of acme"), ("member@acme.test", "Max of acme"), ("ada", "Ada of acme")] {
        done(&app, &acme, cookie, &path, &[("intent", "assignee"), ("assignee", typed)]).await;
        let after = page(&app, &acme, cookie, &path).await;
        let value = &after[after.find("id=\"fact-assignee\"").unwrap()..after.find("id=\"fact-requester\"").unwrap()];
        assert!(value.contains(name), "{typed}: {value}");
    }
    for (typed, message) in [("Nobody", "Nobody who reaches"), ("of acme", "Several people"), ("a\u{7}b", "control")] {
        let again = post(&app, &acme, cookie, &path, &[("intent", "assignee"), ("assignee", typed)]).await;
        assert_eq!(again.status, 422, "{typed}");
        assert!(again.body.contains(message), "{typed}: {}", main_of(&again.body));
    }
    // An account of nobody here.
    let stranger = "usr_00000000000000000000000001";
    let again = post(&app, &acme, cookie, &path, &[("intent", "assignee"), ("assignee", stranger)]).await;
    assert_eq!(again.status, 422, "{}", again.body);
    assert!(again.body.contains("does not have access to this project"));
}

#[tokio::test]
async fn a_ticket_has_one_address() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    app.ticket(&acme, "Printer").await;
    let id: uuid::Uuid =
        sqlx::query_scalar("SELECT id FROM pooled.ticket").fetch_one(&mut app.db.admin().await).await.unwrap();
    let old = format!("/tickets/{}", rowhouse_app::desk::ticket::TicketId(id));
    for name in [old.as_str(), "/tickets/sup-1"] {
        let there = get(&app, &acme, &acme.member_cookie, name).await;
        assert_eq!((there.status.as_u16(), there.location()), (308, "/tickets/SUP-1"), "{name}");
        let there = post(&app, &acme, &acme.member_cookie, name, &[("intent", "status"), ("status", "open")]).await;
        assert_eq!((there.status.as_u16(), there.location()), (308, "/tickets/SUP-1"), "{name}");
    }
    let globex = app.tenant("globex").await;
    for name in [old.as_str(), "/tickets/sup-1", "/tickets/SUP-01", "/tickets/SUP", "/tickets/tkt_x", "/tickets/%00"] {
        let there = get(&app, &globex, &globex.owner_cookie, name).await;
        assert_eq!(there.status, 404, "{name}");
    }
    // Ids are no way around a project that one does not reach.
    super::set(&app, "UPDATE pooled.project SET is_open = false").await;
    for name in [old.as_str(), "/tickets/SUP-1", "/tickets/sup-1"] {
        assert_eq!(get(&app, &acme, &acme.member_cookie, name).await.status, 404, "{name}");
        let sent = post(&app, &acme, &acme.member_cookie, name, &[("intent", "comment"), ("body", "x")]).await;
        assert_eq!(sent.status, 404, "{name}");
    }
}

#[tokio::test]
async fn labels_are_ticked_and_unticked() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let path = app.ticket(&acme, "Printer").await;
    let cookie = &acme.member_cookie;
    for name in ["bug", "<b>billing</b>"] {
        done(&app, &acme, cookie, "/labels", &[("name", name), ("colour", "red")]).await;
    }
    let open = page(&app, &acme, cookie, &format!("{path}?edit=labels")).await;
    let (billing, rest) =
        open.split_once("name=\"label\" value=\"").map(|(_, rest)| rest.split_once('"').unwrap()).unwrap();
    let bug = rest.split_once("name=\"label\" value=\"").unwrap().1.split('"').next().unwrap();
    let version = hidden(&open, "value=\"labels\"", "version");
    let form = [("intent", "labels"), ("version", version.as_str()), ("label", bug), ("label", billing)];
    done(&app, &acme, cookie, &path, &form).await;
    let after = page(&app, &acme, cookie, &path).await;
    assert!(after.contains("label--red\">&lt;b&gt;billing&lt;/b&gt;") && !after.contains("<b>billing"));
    assert!(after.contains("added the labels “&lt;b&gt;billing&lt;/b&gt;” and “bug”"), "{}", main_of(&after));
    done(&app, &acme, cookie, &path, &[("intent", "labels"), ("label", bug)]).await;
    assert!(page(&app, &acme, cookie, &path).await.contains("removed the label “&lt;b&gt;billing"));
    // A label that is none, and one of nobody.
    let sent = post(&app, &acme, cookie, &path, &[("intent", "labels"), ("label", "x")]).await;
    assert_eq!(sent.status, 404);
    let gone = "lbl_00000000000000000000000001";
    let sent = post(&app, &acme, cookie, &path, &[("intent", "labels"), ("label", gone), ("label", bug)]).await;
    assert_eq!(sent.status, 422);
    assert!(sent.body.contains("does not exist any more"));
}
