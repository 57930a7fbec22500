//! Tickets, from outside.

use axum::http::StatusCode;

mod changes;
mod closed_projects;
pub mod label_endings;
mod labels;
mod links;
mod numbers;
mod search;
mod timeline;

use rowhouse_app::desk::{
    permission::{ReadTickets, WriteTickets},
    project::{Reach, reach},
    ticket::{NewTicket, TicketId, create},
};
use rowhouse_platform::{
    access::{Permission, Permit, Visitor, authorise},
    identity::session::SessionToken,
};

use crate::app::{TestApp, TestTenant};

/// What somebody may do who is signed in by this cookie.
async fn permit<P: Permission>(app: &TestApp, tenant: &TestTenant, cookie: &str) -> Permit<P> {
    let token = SessionToken::parse(cookie.split_once('=').unwrap().1).unwrap();
    let visitor = Visitor { token: Some(&token), address: "192.0.2.1" };
    let services = &app.services;
    authorise::<P>(&services.database, &services.ambient, services.session_policy, &tenant.home, visitor).await.unwrap()
}

/// To write, with what they reach.
async fn writer(app: &TestApp, tenant: &TestTenant, cookie: &str) -> (Permit<WriteTickets>, Reach) {
    let mut permit = permit(app, tenant, cookie).await;
    let reach = reach::of(&mut permit).await.unwrap();
    (permit, reach)
}

/// To read, with what they reach.
async fn reader(app: &TestApp, tenant: &TestTenant, cookie: &str) -> (Permit<ReadTickets>, Reach) {
    let mut permit = permit(app, tenant, cookie).await;
    let reach = reach::of(&mut permit).await.unwrap();
    (permit, reach)
}

/// A ticket in the first project that somebody may write to.
async fn open(app: &TestApp, tenant: &TestTenant, cookie: &str, title: &str, description: &str) -> TicketId {
    let (mut permit, reach) = writer(app, tenant, cookie).await;
    let project = reach.writable().next().unwrap().id;
    let new = NewTicket { description: description.to_owned(), ..NewTicket::new(project, title.to_owned()) };
    let created = create::create(&mut permit, &app.services.ambient, &reach, new).await.unwrap().unwrap();
    permit.commit().await.unwrap();
    created.id
}

fn titles(body: &str) -> Vec<String> {
    body.split("class=\"ticket-row__link\">").skip(1).map(|rest| rest.split('<').next().unwrap().to_owned()).collect()
}

async fn list(app: &TestApp, tenant: &TestTenant, path: &str) -> String {
    let page = app.get(&tenant.host, path).cookie(&tenant.member_cookie).send().await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    page.body
}

fn link(body: &str, words: &str) -> Option<String> {
    let end = body.find(words)?;
    let start = body[..end].rfind("href=\"")? + 6;
    Some(body[start..].split('"').next()?.replace("&amp;", "&"))
}

#[tokio::test]
async fn the_list_is_paged_by_key_newest_first_without_gap_or_overlap() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    for number in 0..120 {
        app.clock.advance(time::Duration::seconds(1));
        app.ticket(&acme, &format!("Ticket {number:03}")).await;
    }
    let first = list(&app, &acme, "/tickets").await;
    let second = list(&app, &acme, &link(&first, "rel=\"next\"").unwrap()).await;
    let third = list(&app, &acme, &link(&second, "rel=\"next\"").unwrap()).await;
    assert!(link(&first, "rel=\"prev\"").is_none() && link(&third, "rel=\"next\"").is_none());
    let seen: Vec<_> = [&first, &second, &third].into_iter().flat_map(|page| titles(page)).collect();
    let expected: Vec<_> = (0..120).rev().map(|number| format!("Ticket {number:03}")).collect();
    assert_eq!(seen, expected);
    let back = list(&app, &acme, &link(&third, "rel=\"prev\"").unwrap()).await;
    assert_eq!(titles(&back), titles(&second));
}

#[tokio::test]
async fn the_list_is_filtered_and_searched() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let printer = app.ticket(&acme, "Printer on fire").await;
    app.ticket(&acme, "100% of mails_lost").await;
    let form = [("intent", "status"), ("status", "solved")];
    app.post(&acme.host, &printer).cookie(&acme.member_cookie).form(&form).send().await;

    assert_eq!(titles(&list(&app, &acme, "/tickets?status=solved").await), ["Printer on fire"]);
    assert_eq!(titles(&list(&app, &acme, "/tickets?q=PRINTER").await), ["Printer on fire"]);
    assert_eq!(titles(&list(&app, &acme, "/tickets?q=mai").await), ["100% of mails_lost"], "a word may go on");
    assert!(list(&app, &acme, "/tickets?q=%25_%25").await.contains("Nothing matches"), "wildcards are no words");
    assert!(list(&app, &acme, "/tickets?q=-printer").await.contains("Give a word to look for"), "none is sought");
    assert!(list(&app, &acme, "/tickets?q=nothing&status=open").await.contains("Nothing matches"));
    assert!(
        list(&app, &acme, "/tickets?status=closed").await.contains("There is no ticket with the status Closed here")
    );
    for (path, message) in [
        ("/tickets?status=lost", "allowed are open, pending, solved, closed"),
        ("/tickets?q=%00nothing", "control character"),
        ("/tickets?before=x", "damaged"),
        ("/tickets?before=tkt_0&after=tkt_1", "not both"),
    ] {
        let page = app.get(&acme.host, path).cookie(&acme.member_cookie).send().await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST, "{path}");
        assert!(page.body.contains(message), "{path}: {}", page.body);
    }
}

#[tokio::test]
async fn tickets_are_opened_changed_and_commented_on() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let form = [
        ("title", "<script>alert(1)</script>"),
        ("description", "First line\r\n<b>second</b>"),
        ("priority", "urgent"),
    ];
    let created = app.post(&acme.host, "/tickets/new").cookie(&acme.member_cookie).form(&form).send().await;
    let path = created.location().to_owned();
    assert!(path == "/tickets/SUP-1");
    let flash = created.cookie("__Host-flash").unwrap();
    let page = app.get(&acme.host, &path).cookie(&format!("{}; {flash}", acme.member_cookie)).send().await;
    assert!(page.body.contains("Ticket created") && page.body.contains("SUP-1") && page.body.contains("Urgent"));
    assert!(page.body.contains("&lt;script&gt;alert(1)") && !page.body.contains("<script>alert"));
    assert!(page.body.contains("First line<br>\n&lt;b&gt;second"));
    assert_eq!(page.cookie("__Host-flash").unwrap(), "__Host-flash=", "said once");

    let form = [("intent", "comment"), ("body", "  Which one?\r\n")];
    let added = app.post(&acme.host, &path).cookie(&acme.owner_cookie).form(&form).send().await;
    assert!(added.location().starts_with(&format!("{path}#cmt_")), "{}", added.location());
    let form = [("intent", "status"), ("status", "pending")];
    assert_eq!(app.post(&acme.host, &path).cookie(&acme.owner_cookie).form(&form).send().await.location(), path);
    let page = app.get(&acme.host, &path).cookie(&acme.member_cookie).send().await;
    assert!(
        page.body.contains("Which one?") && page.body.contains("Olga of acme") && page.body.contains("status--pending")
    );
}

#[tokio::test]
async fn bad_input_is_named_and_changes_nothing() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let path = app.ticket(&acme, "Printer").await;
    let long = "x".repeat(201);
    for (title, message) in [
        ("", "The title is missing"),
        (long.as_str(), "201 characters; 200 are allowed"),
        ("a\u{7}b", "control character"),
    ] {
        let form = [("title", title), ("description", "kept"), ("priority", "low")];
        let page = app.post(&acme.host, "/tickets/new").cookie(&acme.member_cookie).form(&form).send().await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.body.contains(message) && page.body.contains("kept"), "{}", page.body);
        assert!(page.body.contains("aria-invalid=\"true\""));
    }
    for (form, status) in [
        (vec![("intent", "comment"), ("body", " \n ")], 422),
        (vec![("intent", "status"), ("status", "lost")], 400),
        (vec![("intent", "delete")], 400),
        (vec![("status", "open")], 400),
        (vec![], 400),
    ] {
        let page = app.post(&acme.host, &path).cookie(&acme.member_cookie).form(&form).send().await;
        assert_eq!(page.status.as_u16(), status, "{form:?}");
    }
    let broken = app
        .post(&acme.host, "/tickets/new")
        .cookie(&acme.member_cookie)
        .body("application/x-www-form-urlencoded", b"title=%ff&description=&priority=low".to_vec())
        .send()
        .await;
    assert!(broken.status.is_client_error(), "{}", broken.status);
    let json = app
        .post(&acme.host, "/tickets/new")
        .cookie(&acme.member_cookie)
        .body("application/json", b"{}".to_vec())
        .send()
        .await;
    assert_eq!(json.status, StatusCode::BAD_REQUEST);
    let huge = app
        .post(&acme.host, "/tickets/new")
        .cookie(&acme.member_cookie)
        .body("application/x-www-form-urlencoded", vec![b'a'; 5_000_000])
        .send()
        .await;
    assert_eq!(huge.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(titles(&list(&app, &acme, "/tickets").await), ["Printer"]);
}

#[tokio::test]
async fn a_foreign_ticket_answers_exactly_as_one_that_does_not_exist() {
    let app = TestApp::start().await;
    let (acme, globex) = (app.tenant("acme").await, app.tenant("globex").await);
    let foreign = app.ticket(&globex, "Theirs").await;
    let made_up = "/tickets/SUP-2";
    let plain = |answer: crate::app::Answer, path: &str| {
        let body = &answer.body[answer.body.find("<main").unwrap()..answer.body.find("request-id").unwrap()];
        (answer.status, body.replace(path, ""))
    };
    for form in
        [None, Some(vec![("intent", "comment"), ("body", "x")]), Some(vec![("intent", "status"), ("status", "closed")])]
    {
        let mut answers = Vec::new();
        for path in [foreign.as_str(), made_up] {
            let ask = match &form {
                None => app.get(&acme.host, path),
                Some(form) => app.post(&acme.host, path).form(form),
            };
            answers.push(plain(ask.cookie(&acme.owner_cookie).send().await, path));
        }
        assert_eq!(answers[0].0, StatusCode::NOT_FOUND);
        assert_eq!(answers[0], answers[1]);
    }
    let theirs = app.get(&globex.host, &foreign).cookie(&globex.owner_cookie).send().await;
    assert!(theirs.body.contains("No comments") && theirs.body.contains("status--open"));
}

#[tokio::test]
async fn the_sidebar_search_finds_own_tickets_only() {
    let app = TestApp::start().await;
    let (acme, globex) = (app.tenant("acme").await, app.tenant("globex").await);
    app.ticket(&acme, "Printer of acme").await;
    app.ticket(&globex, "Printer of globex").await;
    let found = app
        .post(&acme.host, "/api/fn/desk/search")
        .header("accept", "application/json")
        .cookie(&acme.member_cookie)
        .form(&[("q", "printer")])
        .send()
        .await;
    assert_eq!(found.status, StatusCode::OK, "{}", found.body);
    assert!(found.body.contains("Printer of acme") && !found.body.contains("globex"));
}
