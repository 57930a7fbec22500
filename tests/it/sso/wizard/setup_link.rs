//! A set-up link: what it opens, what it does not, and when it ends.

use axum::http::StatusCode;
use rowhouse_platform::sso::{
    Purpose, Report, SetupLinkId, TraceId, setup_link,
    trace::{self, NewTrace},
};
use time::Duration;

use super::world::{
    add, audit, certificate, connection_at, id_of, message_at, metadata, multipart, note_test, see, send, switch_on,
    version_on,
};
use crate::{
    account_mail::mails,
    app::{Answer, TestApp, TestTenant},
};

/// Makes a link as the owner and answers its path.
async fn make(app: &TestApp, tenant: &TestTenant, connection: &str, recipient: &str) -> String {
    let form = [("recipient", recipient), ("days", "1")];
    let answer = send(app, tenant, &format!("{connection}/links/new"), &form).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    path_in(&answer.body)
}

fn path_in(text: &str) -> String {
    let start = text.find("/sso-setup/").unwrap_or_else(|| panic!("no link in {text}"));
    text[start..start + "/sso-setup/".len() + 64].to_owned()
}

/// What somebody sees who is not signed in.
async fn look(app: &TestApp, tenant: &TestTenant, path: &str) -> Answer {
    app.get(&tenant.host, path).send().await
}

async fn post(app: &TestApp, tenant: &TestTenant, path: &str, form: &[(&str, &str)]) -> Answer {
    app.post(&tenant.host, path).form(form).send().await
}

async fn post_metadata(app: &TestApp, tenant: &TestTenant, link: &str) -> Answer {
    let xml = metadata("https://idp.example", &[certificate("One")]);
    let (kind, body) = multipart(&[("metadata_xml", &xml)], None);
    app.post(&tenant.host, &format!("{link}/metadata")).body(kind, body).send().await
}

/// The id of the only link.
async fn id_of_link(app: &TestApp) -> SetupLinkId {
    let id = sqlx::query_scalar("SELECT id FROM pooled.sso_setup_link").fetch_one(&mut app.db.admin().await).await;
    SetupLinkId(id.unwrap())
}

/// A trace of a test, by a link or by an admin.
async fn traced(app: &TestApp, tenant: &TestTenant, connection: &str, by: Option<SetupLinkId>) -> TraceId {
    let mut report = Report::default();
    report.passed("Issuer", "It is the provider’s.");
    report.received("Assertion", "<secret-of-the-admin/>");
    if let Some(link) = by {
        setup_link::note(&mut report, link);
    }
    let new = NewTrace {
        connection: id_of(connection),
        purpose: Purpose::Test,
        refused: None,
        subject: "somebody",
        email: "somebody@acme.test",
        report: &report,
        request_id: "r1",
    };
    let mut tx = app.services.database.begin(&tenant.home).await.unwrap();
    let id = trace::record(&mut tx, &app.services.ambient, new).await.unwrap();
    tx.commit().await.unwrap();
    id
}

#[tokio::test]
async fn a_link_is_shown_once_kept_as_its_hash_and_mailed_on_wish() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let path = add(&app, &acme, "okta", "saml", "Okta").await;
    let new = format!("{path}/links/new");
    for (form, field, words) in [
        (&[("recipient", ""), ("days", "1")][..], "recipient", "The recipient is missing"),
        (&[("recipient", "Ina"), ("days", "30")], "days", "Choose one"),
        (&[("recipient", "Ina of IT"), ("days", "1"), ("mailed", "on")], "recipient", ""),
    ] {
        let answer = send(&app, &acme, &new, form).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}");
        assert!(message_at(&answer, field).contains(words), "{field}");
    }
    let form = [("recipient", "ina@it.example"), ("days", "3"), ("mailed", "on")];
    let made = send(&app, &acme, &new, &form).await;
    assert_eq!(made.status, StatusCode::OK, "{}", made.body);
    let link = path_in(&made.body);
    assert!(made.body.contains(&format!("http://acme.app.test:3000{link}")));
    let sent = mails(&app, "ina@it.example", "Set up single sign-on").await;
    assert_eq!(sent.len(), 1);
    assert!(sent[0].contains(&link) && sent[0].contains("Olga of acme"));

    let page = see(&app, &acme, &path).await.body;
    assert!(page.contains("ina@it.example") && page.contains("Not used yet") && !page.contains(&link));
    let token = link.rsplit('/').next().unwrap();
    assert!(!audit(&app, &acme).await.contains(token));
    let kept: String = sqlx::query_scalar("SELECT to_jsonb(l)::text FROM pooled.sso_setup_link l")
        .fetch_one(&mut app.db.admin().await)
        .await
        .unwrap();
    assert!(!kept.contains(token));

    assert_eq!(look(&app, &acme, &link).await.status, StatusCode::OK);
    assert!(see(&app, &acme, &path).await.body.contains("Last used"));
    assert!(audit(&app, &acme).await.contains("sso_setup_link.opened"));
}

#[tokio::test]
async fn that_no_test_can_pass_is_said_before_it_is_tried() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let path = add(&app, &acme, "okta", "saml", "Okta").await;
    let new = format!("{path}/links/new");
    let link = make(&app, &acme, &path, "Ina of IT").await;
    let (set_up, theirs) = (see(&app, &acme, &path).await.body, look(&app, &acme, &link).await.body);
    let words = "No proven email domain is tied to it yet";
    assert!(set_up.find(words).unwrap() < set_up.find("Test sign-in").unwrap(), "{set_up}");
    let notice = set_up.split_once(words).unwrap().1.split_once("</div>").unwrap().0;
    assert!(notice.contains(r#"href="/admin/sso/domains""#), "{notice}");
    let ask = "The workspace has not tied an email domain to this connection yet";
    assert!(theirs.find(ask).unwrap() < theirs.find("Test sign-in").unwrap(), "{theirs}");
    assert!(!theirs.contains("/admin/sso"), "{theirs}");
    let words_of_link = "No proven email domain is tied to Okta yet";
    assert!(see(&app, &acme, &new).await.body.contains(words_of_link));
    assert!(send(&app, &acme, &new, &[("recipient", ""), ("days", "1")]).await.body.contains(words_of_link));

    // One that is tied and not proven counts as little; one that is both does.
    let mut admin = app.db.admin().await;
    for sql in [
        "INSERT INTO pooled.email_domain (tenant_id, domain, claimed_at) VALUES ($1, 'acme.test', now())",
        "INSERT INTO pooled.sso_connection_domain (tenant_id, connection_id, domain)
         SELECT $1, id, 'acme.test' FROM pooled.sso_connection",
    ] {
        sqlx::query(sql).bind(acme.home.id().0).execute(&mut admin).await.unwrap();
    }
    assert!(see(&app, &acme, &path).await.body.contains(words));
    let proven = "UPDATE pooled.email_domain SET verified_at = now() WHERE tenant_id = $1";
    sqlx::query(proven).bind(acme.home.id().0).execute(&mut admin).await.unwrap();
    assert!(!see(&app, &acme, &path).await.body.contains(words));
    assert!(!look(&app, &acme, &link).await.body.contains(ask));
    assert!(!see(&app, &acme, &new).await.body.contains(words_of_link));
}

#[tokio::test]
async fn who_holds_it_sets_the_connection_up_and_switches_it_on() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let path = add(&app, &acme, "okta", "saml", "Okta").await;
    let link = make(&app, &acme, &path, "Ina of IT").await;

    let page = look(&app, &acme, &link).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(
        page.body.contains("Company acme")
            && page.body.contains("Set up Okta for Company acme")
            && page.body.contains("Ina of IT")
    );
    assert_eq!(page.headers["referrer-policy"], "same-origin", "the address is a key");
    let id = id_of(&path);
    let token = link.rsplit('/').next().unwrap();

    let read = post_metadata(&app, &acme, &link).await;
    assert_eq!(read.location(), format!("{link}#try"), "{}", read.body);
    let page = look(&app, &acme, &link).await.body;
    assert!(page.contains(&format!("/sso/{id}/start?purpose=test&amp;setup_link={token}")));
    let options = [
        ("intent", "saml"),
        ("request_binding", "redirect"),
        ("name_id_format", "unspecified"),
        ("signs_requests", "on"),
    ];
    assert_eq!(post(&app, &acme, &link, &options).await.status, StatusCode::SEE_OTHER);
    let log = audit(&app, &acme).await;
    assert!(log.contains("By the set-up link ssl_") && log.contains("for Ina of IT"));

    let switch = format!("{link}/switch");
    assert_eq!(post(&app, &acme, &switch, &[("intent", "on")]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    note_test(&app, &acme, &path).await;
    let page = look(&app, &acme, &switch).await;
    assert_eq!(page.status, StatusCode::OK);
    let on = post(&app, &acme, &switch, &[("intent", "on"), ("version", &version_on(&page))]).await;
    assert_eq!(on.status, StatusCode::OK, "{}", on.body);
    assert!(on.body.contains("Okta is on") && on.body.contains("idp_hint=okta"));
    let now = connection_at(&app, &acme, &path).await.unwrap();
    assert!(now.is_on() && now.vouched_by_owner, "an owner made the link");

    // Its purpose is served.
    let after = look(&app, &acme, &link).await;
    assert_eq!(after.status, StatusCode::GONE);
    assert!(after.body.contains("This link does not work any more"));
    assert_eq!(post(&app, &acme, &switch, &[("intent", "off")]).await.status, StatusCode::GONE);
    assert!(connection_at(&app, &acme, &path).await.unwrap().is_on());
}

#[tokio::test]
async fn it_opens_nothing_else() {
    let app = TestApp::start().await;
    let (acme, globex) = (app.tenant("acme").await, app.tenant("globex").await);
    let path = add(&app, &acme, "okta", "oidc", "Okta").await;
    let other = add(&app, &acme, "google", "saml", "Another connection").await;
    let link = make(&app, &acme, &path, "Ina of IT").await;
    let page = look(&app, &acme, &link).await;
    for hidden in ["Another connection", "/admin/", "Olga", "/tickets", "Delete", "Create a set-up link"] {
        assert!(!page.body.contains(hidden), "{hidden}");
    }
    for form in [
        &[("intent", "rename"), ("name", "Mine"), ("hint", "mine")][..],
        &[("intent", "use-main-address")],
        &[("intent", "saml"), ("request_binding", "redirect")],
    ] {
        assert_eq!(post(&app, &acme, &link, form).await.status, StatusCode::NOT_FOUND, "{form:?}");
    }
    // The browser's cookie is no session.
    let cookie = page.cookie("__Host-setup").unwrap();
    for path in ["/tickets", "/admin/sso", &path, &format!("{path}/links/new"), &format!("{other}/switch")] {
        let answer = app.get(&acme.host, path).cookie(&cookie).send().await;
        assert!(answer.location().starts_with("/sign-in"), "{path}: {}", answer.status);
    }
    // The token is good in its own workspace only.
    for path in [link.clone(), format!("{link}/switch")] {
        assert_eq!(look(&app, &globex, &path).await.status, StatusCode::GONE, "{path}");
    }
    assert_eq!(post_metadata(&app, &globex, &link).await.status, StatusCode::GONE);
    // Without the workspace's own page around it, another site's form is refused.
    let foreign = app
        .post(&acme.host, &link)
        .without("origin")
        .header("origin", "https://evil.example")
        .form(&[("intent", "oidc")])
        .send()
        .await;
    assert_eq!(foreign.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn it_switches_nothing_off() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let path = add(&app, &acme, "okta", "saml", "Okta").await;
    let link = make(&app, &acme, &path, "Ina of IT").await;
    assert_eq!(post_metadata(&app, &acme, &link).await.status, StatusCode::SEE_OTHER);
    note_test(&app, &acme, &path).await;
    switch_on(&app, &acme, &path).await;
    let page = look(&app, &acme, &link).await;
    assert!(page.status == StatusCode::OK && !page.body.contains("Switch off"));
    let switch = format!("{link}/switch");
    assert_eq!(look(&app, &acme, &switch).await.status, StatusCode::NOT_FOUND);
    assert_eq!(post(&app, &acme, &switch, &[("intent", "off")]).await.status, StatusCode::NOT_FOUND);
    assert!(connection_at(&app, &acme, &path).await.unwrap().is_on());
}

#[tokio::test]
async fn it_does_not_speak_for_an_owner_about_what_is_on() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let path = add(&app, &acme, "okta", "saml", "Okta").await;
    let link = make(&app, &acme, &path, "Ina of IT").await;
    assert_eq!(post_metadata(&app, &acme, &link).await.status, StatusCode::SEE_OTHER);
    note_test(&app, &acme, &path).await;
    switch_on(&app, &acme, &path).await;
    assert!(connection_at(&app, &acme, &path).await.unwrap().vouched_by_owner);

    let form =
        [("intent", "provider"), ("entity_id", "https://evil.example"), ("sign_on_redirect", "https://evil.example/")];
    let changed = post(&app, &acme, &link, &form).await;
    assert_eq!(changed.status, StatusCode::SEE_OTHER, "{}", changed.body);
    let now = connection_at(&app, &acme, &path).await.unwrap();
    assert!(now.is_on() && !now.vouched_by_owner);
    // A test of their own and the switch do not bring it back.
    note_test(&app, &acme, &path).await;
    let version = connection_at(&app, &acme, &path).await.unwrap().version().to_string();
    post(&app, &acme, &format!("{link}/switch"), &[("intent", "on"), ("version", &version)]).await;
    let now = connection_at(&app, &acme, &path).await.unwrap();
    assert!(now.is_on() && !now.vouched_by_owner);
}

#[tokio::test]
async fn it_shows_its_own_tests_alone() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let path = add(&app, &acme, "okta", "saml", "Okta").await;
    let link = make(&app, &acme, &path, "Ina of IT").await;
    let id = id_of_link(&app).await;
    let (own, admins) = (traced(&app, &acme, &path, Some(id)).await, traced(&app, &acme, &path, None).await);

    let page = look(&app, &acme, &link).await;
    assert!(page.body.contains(&own.to_string()) && !page.body.contains(&admins.to_string()));
    let shown = look(&app, &acme, &format!("{link}/traces/{own}")).await;
    assert_eq!(shown.status, StatusCode::OK, "{}", shown.body);
    assert!(shown.body.contains("secret-of-the-admin") && shown.body.contains("The test passed"));
    for trace in [admins.to_string(), "trc_01m7pt4xtgfv4v4b4yswcshy0c".to_owned(), "nonsense".to_owned()] {
        let hidden = look(&app, &acme, &format!("{link}/traces/{trace}")).await;
        assert_eq!(hidden.status, StatusCode::NOT_FOUND, "{trace}");
    }

    // Back from the provider, the browser knows by which link it came.
    let back = format!("/sso-setup/traces/{own}");
    let cookie = page.cookie("__Host-setup").unwrap();
    let led = app.get(&acme.host, &back).cookie(&cookie).send().await;
    assert_eq!(led.location(), format!("{link}/traces/{own}"));
    let lost = look(&app, &acme, &back).await;
    assert_eq!(lost.status, StatusCode::OK);
    assert!(lost.body.contains("The test is done") && !lost.body.contains("secret-of-the-admin"));
    let forged = app.get(&acme.host, &back).cookie("__Host-sso-setup=../../tickets").send().await;
    assert_eq!(forged.location(), "");
}

#[tokio::test]
async fn it_ends() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let path = add(&app, &acme, "okta", "saml", "Okta").await;

    let revoked = make(&app, &acme, &path, "Revoked").await;
    let id = id_of_link(&app).await.to_string();
    let other = add(&app, &acme, "okta", "saml", "Other").await;
    let elsewhere = send(&app, &acme, &format!("{other}/links"), &[("link", &id)]).await;
    assert_eq!(elsewhere.status, StatusCode::NOT_FOUND, "it is not that connection's");
    assert_eq!(look(&app, &acme, &revoked).await.status, StatusCode::OK);
    let answer = send(&app, &acme, &format!("{path}/links"), &[("link", &id)]).await;
    assert_eq!(answer.location(), format!("{path}#links"));
    assert_eq!(look(&app, &acme, &revoked).await.status, StatusCode::GONE);
    assert!(audit(&app, &acme).await.contains("sso_setup_link.revoked"));

    let expiring = make(&app, &acme, &path, "Expiring").await;
    app.clock.advance(Duration::hours(23));
    assert_eq!(look(&app, &acme, &expiring).await.status, StatusCode::OK);
    app.clock.advance(Duration::hours(2));
    assert_eq!(look(&app, &acme, &expiring).await.status, StatusCode::GONE);
    assert_eq!(post_metadata(&app, &acme, &expiring).await.status, StatusCode::GONE);
}

#[tokio::test]
async fn it_ends_with_its_connection_and_with_its_makers_rights() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let path = add(&app, &acme, "okta", "saml", "Okta").await;
    let link = make(&app, &acme, &path, "Of an owner who leaves").await;
    let of_gone = make(&app, &acme, &add(&app, &acme, "okta", "saml", "Gone").await, "Of a connection").await;
    assert_eq!(look(&app, &acme, &of_gone).await.status, StatusCode::OK);
    sqlx::query("DELETE FROM pooled.sso_connection WHERE name = 'Gone'")
        .execute(&mut app.db.admin().await)
        .await
        .unwrap();
    assert_eq!(look(&app, &acme, &of_gone).await.status, StatusCode::GONE);

    assert_eq!(look(&app, &acme, &link).await.status, StatusCode::OK);
    sqlx::query("UPDATE pooled.account SET state = 'deactivated' WHERE id = $1")
        .bind(acme.owner.0)
        .execute(&mut app.db.admin().await)
        .await
        .unwrap();
    assert_eq!(look(&app, &acme, &link).await.status, StatusCode::GONE);
}

#[tokio::test]
async fn guesses_are_counted() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let path = add(&app, &acme, "okta", "saml", "Okta").await;
    let link = make(&app, &acme, &path, "Ina of IT").await;
    for _ in 0..40 {
        assert_eq!(look(&app, &acme, &link).await.status, StatusCode::OK, "who has it may look often");
    }
    let wrong = format!("/sso-setup/{}", "0".repeat(64));
    for _ in 0..30 {
        assert_eq!(look(&app, &acme, &wrong).await.status, StatusCode::GONE);
    }
    assert_eq!(look(&app, &acme, &wrong).await.status, StatusCode::TOO_MANY_REQUESTS);
}
