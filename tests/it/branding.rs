//! The branding editor, and the branding on every page.

use axum::http::{StatusCode, header};
use image::{ImageFormat, RgbaImage};

use crate::app::{Answer, TestApp, TestTenant};

const BOUNDARY: &str = "----rowhouse";

/// A multipart form of text fields and perhaps a file.
fn multipart(fields: &[(&str, &str)], file: Option<&[u8]>) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, value) in fields {
        let part = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.extend_from_slice(part.as_bytes());
    }
    let head = format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"logo\"; filename=\"logo.png\"\r\nContent-Type: image/png\r\n\r\n"
    );
    body.extend_from_slice(head.as_bytes());
    body.extend_from_slice(file.unwrap_or_default());
    body.extend_from_slice(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
    body
}

async fn send(app: &TestApp, tenant: &TestTenant, fields: &[(&str, &str)], file: Option<&[u8]>) -> Answer {
    let kind = format!("multipart/form-data; boundary={BOUNDARY}");
    app.post(&tenant.host, "/admin/branding")
        .cookie(&tenant.owner_cookie)
        .body(&kind, multipart(fields, file))
        .send()
        .await
}

/// Saves branding as the owner does.
pub async fn save(app: &TestApp, tenant: &TestTenant, fields: &[(&str, &str)]) {
    let answer = send(app, tenant, fields, None).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
}

fn png(width: u32, height: u32) -> Vec<u8> {
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
        let page = send(&app, &acme, &fields, Some(bad)).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.body.contains("id=\"logo-error\""));
    }
    assert_eq!(send(&app, &acme, &fields, Some(&png(600, 300))).await.status, StatusCode::SEE_OTHER);
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
    assert_eq!(send(&app, &acme, &remove, None).await.status, StatusCode::SEE_OTHER);
    assert!(!app.get(&acme.host, "/sign-in").send().await.body.contains("/brand/logo/"));
}

#[tokio::test]
async fn colours_that_are_none_are_named_and_what_was_typed_stays() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    for accent in ["", "red", "#12", "#33669", "}; body{display:none", "#gggggg"] {
        let page = send(&app, &acme, &[("name", "Typed"), ("accent", accent), ("accent_dark", "")], None).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{accent}");
        assert!(page.body.contains("id=\"accent-error\"") && page.body.contains("value=\"Typed\""), "{accent}");
        let style = page.body.split("<style").nth(1).unwrap().split("</style>").next().unwrap();
        assert!(!style.contains("display"), "{accent}");
    }
    let page = app.get(&acme.host, "/sign-in").send().await;
    assert!(page.body.contains("Company acme"), "nothing was saved");
}

#[tokio::test]
async fn a_preview_saves_nothing() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let fields = [("name", "Acme"), ("accent", "#ffff00"), ("accent_dark", ""), ("intent", "preview")];
    let page = send(&app, &acme, &fields, None).await;
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
