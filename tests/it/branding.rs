//! The branding editor, and the branding on every page.

use axum::http::{StatusCode, header};
use image::{ImageFormat, RgbaImage};

use crate::app::{Answer, TestApp, TestTenant};

const BOUNDARY: &str = "----rowhouse";

/// The content type of [`multipart`].
pub fn multipart_type() -> String {
    format!("multipart/form-data; boundary={BOUNDARY}")
}

/// A multipart form of text fields and files.
pub fn multipart(fields: &[(&str, &str)], files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, value) in fields {
        let part = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.extend_from_slice(part.as_bytes());
    }
    for (name, bytes) in files {
        let head = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"file\"\r\nContent-Type: application/octet-stream\r\n\r\n"
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
    body
}

async fn send(app: &TestApp, tenant: &TestTenant, fields: &[(&str, &str)], files: &[(&str, &[u8])]) -> Answer {
    app.post(&tenant.host, "/admin/branding")
        .cookie(&tenant.owner_cookie)
        .body(&multipart_type(), multipart(fields, files))
        .send()
        .await
}

/// Saves branding as the owner does.
pub async fn save(app: &TestApp, tenant: &TestTenant, fields: &[(&str, &str)]) {
    let answer = send(app, tenant, fields, &[]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
}

/// A red picture.
pub fn png(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    let picture = RgbaImage::from_pixel(width, height, image::Rgba([200, 30, 30, 255]));
    picture.write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

#[tokio::test]
async fn saved_branding_is_on_every_page_at_once() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let before = app.get(&acme.host, "/sign-in").send().await;
    assert!(!before.body.contains("--accent-light"));
    save(&app, &acme, &[("name", "Acme & Sons"), ("accent", "#00695C"), ("accent_dark", "#80cbc4")]).await;
    for (path, cookie) in [
        ("/sign-in", ""),
        ("/nowhere", ""),
        ("/tickets", acme.member_cookie.as_str()),
        ("/admin/branding", &acme.owner_cookie),
    ] {
        let page = app.get(&acme.host, path).cookie(cookie).send().await;
        assert!(page.body.contains("Acme &amp; Sons"), "{path}");
        assert!(page.body.contains("--accent-light: #00695c"), "{path}");
    }
    let other = app.tenant("globex").await;
    assert!(!app.get(&other.host, "/sign-in").send().await.body.contains("#00695c"));
}

#[tokio::test]
async fn a_logo_is_checked_recoded_and_named_by_its_content() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let fields = [("name", "Acme"), ("accent", "#336699"), ("accent_dark", "")];
    for bad in [b"just text".as_slice(), b"<svg xmlns='http://www.w3.org/2000/svg'/>", &png(5000, 1)] {
        let page = send(&app, &acme, &fields, &[("logo", bad)]).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.body.contains("id=\"logo-error\""));
    }
    assert_eq!(send(&app, &acme, &fields, &[("logo", &png(600, 300))]).await.status, StatusCode::SEE_OTHER);
    let page = app.get(&acme.host, "/sign-in").send().await;
    let start = page.body.find("/brand/logo/").unwrap();
    let src = page.body[start..].split('"').next().unwrap();
    let logo = app.get(&acme.host, src).send().await;
    assert_eq!(logo.status, StatusCode::OK);
    assert_eq!(logo.headers[header::CONTENT_TYPE], "image/png");
    assert_eq!(logo.headers[header::CACHE_CONTROL], "private, max-age=31536000, immutable");
    assert_eq!(logo.headers["cross-origin-resource-policy"], "cross-origin", "mail shows it in pages of other sites");
    let icon = app.get(&acme.host, &src.replace("logo", "favicon")).send().await;
    assert_eq!(icon.status, StatusCode::OK);
    let globex = app.tenant("globex").await;
    assert_eq!(app.get(&globex.host, src).send().await.status, StatusCode::NOT_FOUND, "a logo is its tenant's alone");

    let remove = [("name", "Acme"), ("accent", "#336699"), ("accent_dark", ""), ("intent", "remove-logo")];
    assert_eq!(send(&app, &acme, &remove, &[]).await.status, StatusCode::SEE_OTHER);
    assert!(!app.get(&acme.host, "/sign-in").send().await.body.contains("/brand/logo/"));
}

#[tokio::test]
async fn colours_that_are_none_are_named_and_what_was_typed_stays() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    for accent in ["", "red", "#12", "#33669", "}; body{display:none", "#gggggg"] {
        let page = send(&app, &acme, &[("name", "Typed"), ("accent", accent), ("accent_dark", "")], &[]).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{accent}");
        assert!(page.body.contains("id=\"accent-error\"") && page.body.contains("value=\"Typed\""), "{accent}");
        let style = page.body.split("<style").nth(1).unwrap().split("</style>").next().unwrap();
        assert!(!style.contains("display"), "{accent}");
    }
    let page = app.get(&acme.host, "/sign-in").send().await;
    assert!(page.body.contains("Company acme"), "nothing was saved");
}

#[tokio::test]
async fn a_page_that_a_script_fetches_brings_no_styles() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    for (destination, styles) in [("document", 1), ("empty", 0)] {
        let page = app.get(&acme.host, "/tickets").cookie(&acme.owner_cookie).header("sec-fetch-dest", destination);
        let page = page.send().await;
        assert_eq!(page.status, StatusCode::OK);
        assert_eq!(page.body.matches("<style").count(), styles, "{destination}");
        assert!(page.body.contains("id=\"main\""), "{destination}");
    }
}

#[tokio::test]
async fn a_preview_saves_nothing() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let fields = [("name", "Acme"), ("accent", "#ffff00"), ("accent_dark", ""), ("intent", "preview")];
    let page = send(&app, &acme, &fields, &[]).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains(".brand-scope{--accent-light") && page.body.contains("can be read"), "{}", page.body);
    assert!(!app.get(&acme.host, "/sign-in").send().await.body.contains("--accent-light"));

    let ask = async |accent: &str| {
        app.post(&acme.host, "/api/fn/admin/preview-branding")
            .header("accept", "application/json")
            .cookie(&acme.owner_cookie)
            .form(&[("accent", accent), ("accent_dark", "")])
            .send()
            .await
    };
    let good = ask("#ffff00").await;
    assert!(good.status == StatusCode::OK && good.body.contains("--accent-light"), "{}", good.body);
    let bad = ask("yellow").await;
    assert!(bad.status == StatusCode::OK && bad.body.contains("Write the colour as #"), "{}", bad.body);
}

/// The address of a picture on a page, by how it begins.
fn address(page: &str, start: &str) -> Option<String> {
    page.find(start).map(|at| page[at..].split(['"', '&']).next().unwrap().to_owned())
}

const LOOK: [(&str, &str); 3] = [("name", "Acme"), ("accent", "#336699"), ("accent_dark", "")];

#[tokio::test]
async fn an_svg_is_drawn_and_never_served() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let good =
        br#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 10"><path d="M0 0h20v10z" fill="teal"/></svg>"#;
    assert_eq!(send(&app, &acme, &LOOK, &[("logo", good)]).await.status, StatusCode::SEE_OTHER);
    let page = app.get(&acme.host, "/sign-in").send().await.body;
    let logo = app.get(&acme.host, &address(&page, "/brand/logo/").unwrap()).send().await;
    assert_eq!(logo.headers[header::CONTENT_TYPE], "image/png");
    assert!(!logo.body.contains("svg"));

    let bad = b"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 9 9'>\n<rect onload='alert(1)' width='9' height='9'/></svg>";
    let refused = send(&app, &acme, &LOOK, &[("logo", bad)]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.body.contains("SVG, line 2: “onload” of &lt;rect&gt; is not allowed."), "{}", refused.body);
}

#[tokio::test]
async fn the_sign_in_page_says_what_it_is_told_to() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let mut fields = LOOK.to_vec();
    fields.extend([
        ("sign_in_title", "Welcome <b>all</b>"),
        ("sign_in_text", "Ask 12-34\r\nif you are stuck."),
        ("background", "tint"),
    ]);
    let preview: Vec<_> = fields.iter().copied().chain([("intent", "preview")]).collect();
    let shown = send(&app, &acme, &preview, &[]).await;
    assert_eq!(shown.status, StatusCode::OK);
    assert!(shown.body.contains("preview--tint") && shown.body.contains("if you are stuck."));
    assert!(!app.get(&acme.host, "/sign-in").send().await.body.contains("Ask 12-34"), "nothing was saved");

    save(&app, &acme, &fields).await;
    let page = app.get(&acme.host, "/sign-in").send().await.body;
    assert!(page.contains("Welcome &lt;b&gt;all&lt;/b&gt;"), "{page}");
    assert!(page.contains("Ask 12-34\nif you are stuck.") && page.contains("class=\"solo solo--tint\""), "{page}");
    let editor = app.get(&acme.host, "/admin/branding").cookie(&acme.owner_cookie).send().await.body;
    assert!(editor.contains("value=\"Welcome &lt;b"), "{editor}");

    let unknown: Vec<_> = LOOK.into_iter().chain([("background", "stripes")]).collect();
    assert_eq!(send(&app, &acme, &unknown, &[]).await.status, StatusCode::BAD_REQUEST);
    assert!(app.get(&acme.host, "/sign-in").send().await.body.contains("solo--tint"), "nothing was saved");

    let long = "x".repeat(501);
    let mut fields = LOOK.to_vec();
    fields.extend([("sign_in_text", long.as_str()), ("sign_in_title", "Kept")]);
    let refused = send(&app, &acme, &fields, &[]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.body.contains("The text has 501 characters; 500 are allowed."), "{}", refused.body);
    assert!(refused.body.contains(&long) && refused.body.contains("value=\"Kept\""));
}

#[tokio::test]
async fn a_picture_stands_behind_the_sign_in_page() {
    let app = TestApp::start().await;
    let (acme, globex) = (app.tenant("acme").await, app.tenant("globex").await);
    let mut fields = LOOK.to_vec();
    fields.push(("background", "picture"));
    let missing = send(&app, &acme, &fields, &[]).await;
    assert_eq!(missing.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(missing.body.contains("id=\"background_picture-error\""), "{}", missing.body);
    let wrong = send(&app, &acme, &fields, &[("background_picture", b"no picture")]).await;
    assert!(wrong.body.contains("not a picture that can be read"), "{}", wrong.body);

    let done = send(&app, &acme, &fields, &[("background_picture", &png(1800, 900))]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    let page = app.get(&acme.host, "/sign-in").send().await.body;
    let src = address(&page, "/brand/background/").unwrap();
    let picture = app.get(&acme.host, &src).send().await;
    assert_eq!(picture.headers[header::CONTENT_TYPE], "image/jpeg");
    assert_eq!(picture.headers[header::CACHE_CONTROL], "private, max-age=31536000, immutable");
    assert_eq!(app.get(&globex.host, &src).send().await.status, StatusCode::NOT_FOUND, "it is its tenant's alone");

    save(&app, &acme, &fields).await;
    assert!(app.get(&acme.host, "/sign-in").send().await.body.contains(&src), "it stays where none is sent");
    fields.push(("intent", "remove-background"));
    save(&app, &acme, &fields).await;
    assert!(!app.get(&acme.host, "/sign-in").send().await.body.contains("/brand/background/"));
    assert_eq!(app.get(&acme.host, &src).send().await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn mail_comes_from_the_name_that_was_chosen() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let with = |sender: &'static str| LOOK.iter().copied().chain([("sender_name", sender)]).collect::<Vec<_>>();
    for bad in ["security@bank.test", "Bank <bank.test>", "x\u{202e}moc.knab", &"x".repeat(61)] {
        let fields: Vec<_> = LOOK.iter().copied().chain([("sender_name", bad)]).collect();
        let refused = send(&app, &acme, &fields, &[]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{bad}");
        assert!(refused.body.contains("id=\"sender_name-error\""), "{bad}");
    }
    let sender = async || {
        let mut tx = app.services.database.begin(&acme.home).await.unwrap();
        let branding = rowhouse_platform::branding::load(&mut tx, "Acme").await.unwrap();
        let head = rowhouse_platform::mail::Letterhead::from_branding("Acme", &branding, "https://acme.test");
        head.sender_name().to_owned()
    };
    save(&app, &acme, &with(" Acme “Support” ")).await;
    assert_eq!(sender().await, "Acme “Support”");
    save(&app, &acme, &with("")).await;
    assert_eq!(sender().await, "Acme");
}

#[tokio::test]
async fn pictures_are_recorded_by_their_hashes() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let mut fields = LOOK.to_vec();
    fields.extend([("background", "picture"), ("sender_name", "Support")]);
    let files = [("logo", &png(64, 64)[..]), ("background_picture", &png(300, 200))];
    assert_eq!(send(&app, &acme, &fields, &files).await.status, StatusCode::SEE_OTHER);
    let remove: Vec<_> = LOOK.iter().copied().chain([("intent", "remove-logo")]).collect();
    save(&app, &acme, &remove).await;
    let mut admin = app.db.admin().await;
    let records: Vec<(String, String)> = sqlx::query_as(
        "SELECT before::text, after::text FROM pooled.audit_event WHERE action = 'branding.changed' ORDER BY seq",
    )
    .fetch_all(&mut admin)
    .await
    .unwrap();
    let [(first, second), (third, last)] = &records[..] else { panic!("{records:?}") };
    assert!(first.contains("\"logo\":null") && second.contains("\"sender_name\":\"Support\""), "{first} {second}");
    assert_eq!(second, third);
    assert!(last.contains("\"logo\":null") && last.contains("\"background\":\"none\""), "{last}");
    let hash = second.split("\"background_picture\":\"").nth(1).unwrap().split('"').next().unwrap();
    assert_eq!(hash.len(), 16, "{second}");
    assert!(second.len() < 400, "{second}");
}
