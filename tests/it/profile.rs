//! What people say about themselves, and what of it others see.

use axum::http::{StatusCode, header};
use rowhouse_platform::identity::profile::{NEW_DEVICE, wants};

use crate::{
    app::{Answer, TestApp, TestTenant},
    branding::{multipart, multipart_type, png},
};

async fn send(
    app: &TestApp,
    tenant: &TestTenant,
    cookie: &str,
    fields: &[(&str, &str)],
    files: &[(&str, &[u8])],
) -> Answer {
    app.post(&tenant.host, "/account/profile")
        .cookie(cookie)
        .body(&multipart_type(), multipart(fields, files))
        .send()
        .await
}

async fn save(app: &TestApp, tenant: &TestTenant, cookie: &str, fields: &[(&str, &str)], files: &[(&str, &[u8])]) {
    let answer = send(app, tenant, cookie, fields, files).await;
    assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/account/profile"), "{}", answer.body);
}

async fn page(app: &TestApp, tenant: &TestTenant, cookie: &str, path: &str) -> String {
    let answer = app.get(&tenant.host, path).cookie(cookie).send().await;
    assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.body);
    answer.body
}

#[tokio::test]
async fn a_new_name_is_on_every_page() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    save(&app, &acme, &acme.member_cookie, &[("name", " Maxi <i>M</i> ")], &[]).await;
    let tickets = page(&app, &acme, &acme.member_cookie, "/tickets").await;
    assert!(tickets.contains("Maxi &lt;i&gt;M&lt;/i&gt;") && !tickets.contains("Max of acme"), "{tickets}");
    assert!(page(&app, &acme, &acme.owner_cookie, "/tickets").await.contains("Olga of acme"), "nobody else's");

    for (bad, message) in [(" ", "The name is missing."), (&*"x".repeat(121), "121 characters"), ("a\u{7}", "control")]
    {
        let refused =
            send(&app, &acme, &acme.member_cookie, &[("name", bad), ("time_zone", "Europe/Berlin")], &[]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.body.contains("id=\"name-error\"") && refused.body.contains(message), "{bad}");
        let zone = "<option value=\"Europe/Berlin\" selected";
        assert!(refused.body.contains(zone), "what was chosen stays");
    }
}

#[tokio::test]
async fn times_are_those_of_the_reader() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let ticket = app.ticket(&acme, "Printer on fire").await;
    let before = page(&app, &acme, &acme.member_cookie, &ticket).await;
    assert!(before.contains("title=\"1 June 2026, 12:00 UTC\"") && before.contains("<html lang=\"en\""), "{before}");

    let fields = [("name", "Max"), ("locale", "en-US"), ("time_zone", "America/New_York")];
    save(&app, &acme, &acme.member_cookie, &fields, &[]).await;
    let after = page(&app, &acme, &acme.member_cookie, &ticket).await;
    assert!(after.contains("title=\"June 1, 2026, 8:00\u{a0}AM UTC-4\""), "{after}");
    // For scripts.
    assert!(after.contains("data-locale=\"en-US\" data-zone=\"America/New_York\""), "{after}");
    assert!(page(&app, &acme, &acme.owner_cookie, &ticket).await.contains("1 June 2026, 12:00 UTC"), "nobody else's");
    let profile = page(&app, &acme, &acme.member_cookie, "/account/profile").await;
    assert!(profile.contains("<option value=\"en-US\" selected"), "{profile}");
    assert!(profile.contains("<option value=\"America/New_York\" selected"), "{profile}");

    for (field, bad) in [("locale", "de-DE"), ("locale", "en"), ("time_zone", "Mars/Olympus"), ("time_zone", "../x")] {
        let refused = send(&app, &acme, &acme.member_cookie, &[("name", "Max"), (field, bad)], &[]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{bad}");
        assert!(refused.body.contains(&format!("id=\"{field}-error\"")), "{bad}");
    }
}

/// The address of the first avatar on a page.
fn avatar(page: &str) -> Option<String> {
    page.find("/avatar/").map(|at| page[at..].split('"').next().unwrap().to_owned())
}

#[tokio::test]
async fn a_picture_is_seen_by_the_people_of_the_workspace_alone() {
    let app = TestApp::start().await;
    let (acme, globex) = (app.tenant("acme").await, app.tenant("globex").await);
    let ticket = app.ticket(&acme, "Printer on fire").await;
    let comment = [("intent", "comment"), ("body", "Which one?")];
    app.post(&acme.host, &ticket).cookie(&acme.member_cookie).form(&comment).send().await;

    let large = vec![0; 2 * 1024 * 1024 + 1];
    for (bad, said) in [
        (&b"no picture"[..], "The file is not a picture"),
        (&b"<svg xmlns='http://www.w3.org/2000/svg'/>"[..], "The file is an SVG."),
        (&large[..], "The file has 2.1 MB. Use one of at most 2 MB."),
    ] {
        let refused = send(&app, &acme, &acme.member_cookie, &[("name", "Max")], &[("avatar", bad)]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.body.contains("id=\"avatar-error\"") && refused.body.contains(said), "{}", refused.body);
    }
    save(&app, &acme, &acme.member_cookie, &[("name", "Max")], &[("avatar", &png(640, 320))]).await;
    let src = avatar(&page(&app, &acme, &acme.member_cookie, "/tickets").await).expect("in the sidebar");
    assert_eq!(avatar(&page(&app, &acme, &acme.owner_cookie, &ticket).await), Some(src.clone()), "beside the comment");

    let picture = app.get(&acme.host, &src).cookie(&acme.owner_cookie).send().await;
    assert_eq!(picture.status, StatusCode::OK);
    assert_eq!(picture.headers[header::CONTENT_TYPE], "image/png");
    assert_eq!(picture.headers[header::CACHE_CONTROL], "private, max-age=31536000, immutable");
    assert_eq!(app.get(&acme.host, &src).send().await.status, StatusCode::SEE_OTHER, "nobody");
    let elsewhere = app.get(&globex.host, &src).cookie(&globex.owner_cookie).send().await;
    assert_eq!(elsewhere.status, StatusCode::NOT_FOUND, "another tenant");
    let guessed = src.replace(src.rsplit('/').next().unwrap(), "0123456789abcdef.png");
    assert_eq!(app.get(&acme.host, &guessed).cookie(&acme.owner_cookie).send().await.status, StatusCode::NOT_FOUND);

    save(&app, &acme, &acme.member_cookie, &[("name", "Max")], &[]).await;
    assert!(avatar(&page(&app, &acme, &acme.member_cookie, "/tickets").await).is_some(), "it stays where none is sent");
    save(&app, &acme, &acme.member_cookie, &[("name", "Max"), ("intent", "remove-avatar")], &[]).await;
    assert_eq!(avatar(&page(&app, &acme, &acme.member_cookie, "/tickets").await), None);
    assert_eq!(app.get(&acme.host, &src).cookie(&acme.owner_cookie).send().await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn mail_is_sent_to_who_wants_it_and_always_to_owners() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let mut tx = app.services.database.begin(&acme.home).await.unwrap();
    let member = sqlx::query_scalar("SELECT id FROM account WHERE tenant_id = $1 AND email = 'member@acme.test'")
        .bind(acme.home.id().0)
        .fetch_one(&mut tx)
        .await
        .map(rowhouse_platform::id::AccountId)
        .unwrap();
    tx.commit().await.unwrap();
    let wanted = async |account| {
        let mut tx = app.services.database.begin(&acme.home).await.unwrap();
        wants(&mut tx, account, &NEW_DEVICE).await.unwrap()
    };
    assert!(wanted(member).await && wanted(acme.owner).await, "as long as nobody chose");
    save(&app, &acme, &acme.member_cookie, &[("name", "Max")], &[]).await;
    save(&app, &acme, &acme.owner_cookie, &[("name", "Olga")], &[]).await;
    assert!(!wanted(member).await && wanted(acme.owner).await);
    save(&app, &acme, &acme.member_cookie, &[("name", "Max"), ("notifications", "new_device")], &[]).await;
    assert!(wanted(member).await);
    let form = page(&app, &acme, &acme.owner_cookie, "/account/profile").await;
    let at = form.find("id=\"notification-new_device\"").unwrap();
    let input = &form[at..at + form[at..].find('>').unwrap()];
    assert!(input.contains("checked") && input.contains("disabled"), "{input}");
}

#[tokio::test]
async fn a_changed_profile_is_recorded_once() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let fields = [("name", "Max"), ("time_zone", "Europe/Berlin"), ("notifications", "new_device")];
    save(&app, &acme, &acme.member_cookie, &fields, &[("avatar", &png(300, 300))]).await;
    save(&app, &acme, &acme.member_cookie, &fields, &[]).await;
    let mut admin = app.db.admin().await;
    let records: Vec<(String, String, String)> = sqlx::query_as(
        "SELECT actor_name, before::text, after::text FROM pooled.audit_event WHERE action = 'profile.changed'",
    )
    .fetch_all(&mut admin)
    .await
    .unwrap();
    let [(who, before, after)] = &records[..] else { panic!("{records:?}") };
    assert_eq!(who, "Max of acme");
    assert!(before.contains("\"avatar\":null") && before.contains("\"time_zone\":null"), "{before}");
    assert!(after.contains("\"Europe/Berlin\"") && after.contains("\"new_device\":true"), "{after}");
    assert!(after.len() < 300, "{after}");
}
