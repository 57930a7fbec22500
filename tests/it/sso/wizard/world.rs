//! What the tests of the set-up have in common: connections, forms with files, metadata, and a provider's web server.

use std::{collections::BTreeMap, net::SocketAddr};

use axum::{Router, http::StatusCode, response::IntoResponse, routing::get};
use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use rowhouse_platform::sso::{Connection, ConnectionId, connection, keys};
use time::{OffsetDateTime, macros::datetime};

use crate::app::{Answer, TestApp, TestTenant};

/// When tests begin.
pub const NOW: OffsetDateTime = datetime!(2026-06-01 12:00 UTC);

/// Adds a connection as the owner, and answers its path.
pub async fn add(app: &TestApp, tenant: &TestTenant, provider: &str, protocol: &str, name: &str) -> String {
    let answer = send_new(app, tenant, &[("provider", provider), ("protocol", protocol), ("name", name)]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    answer.location().to_owned()
}

pub async fn send_new(app: &TestApp, tenant: &TestTenant, form: &[(&str, &str)]) -> Answer {
    app.post(&tenant.host, "/admin/sso/new").cookie(&tenant.owner_cookie).form(form).send().await
}

/// What the owner sees.
pub async fn see(app: &TestApp, tenant: &TestTenant, path: &str) -> Answer {
    app.get(&tenant.host, path).cookie(&tenant.owner_cookie).send().await
}

/// What the owner sends.
pub async fn send(app: &TestApp, tenant: &TestTenant, path: &str, form: &[(&str, &str)]) -> Answer {
    app.post(&tenant.host, path).cookie(&tenant.owner_cookie).form(form).send().await
}

/// The connection of a path.
pub async fn connection_at(app: &TestApp, tenant: &TestTenant, path: &str) -> Option<Connection> {
    let mut tx = app.services.database.begin(&tenant.home).await.unwrap();
    let found = connection::find(&mut tx, id_of(path)).await.unwrap();
    tx.commit().await.unwrap();
    found
}

pub fn id_of(path: &str) -> ConnectionId {
    let start = path.find("sso_").unwrap();
    path[start..].split(['/', '#', '?']).next().unwrap().parse().unwrap()
}

/// As if a test sign-in had passed now.
pub async fn note_test(app: &TestApp, tenant: &TestTenant, path: &str) {
    let mut tx = app.services.database.begin(&tenant.home).await.unwrap();
    let tested = connection::find(&mut tx, id_of(path)).await.unwrap().unwrap();
    assert!(connection::note_passed_test(&mut tx, &app.services.ambient, &tested).await.unwrap());
    tx.commit().await.unwrap();
}

/// A form with files: its content type and its body.
pub fn multipart(fields: &[(&str, &str)], file: Option<&[u8]>) -> (&'static str, Vec<u8>) {
    let mut body = Vec::new();
    for (name, value) in fields {
        body.extend(format!("--x\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").into_bytes());
    }
    if let Some(file) = file {
        let head = "content-disposition: form-data; name=\"metadata_file\"; filename=\"metadata.xml\"";
        body.extend(format!("--x\r\n{head}\r\ncontent-type: text/xml\r\n\r\n").into_bytes());
        body.extend(file);
        body.extend(b"\r\n");
    }
    body.extend(b"--x--\r\n");
    ("multipart/form-data; boundary=x", body)
}

/// Sends metadata as the owner.
pub async fn send_metadata(
    app: &TestApp,
    tenant: &TestTenant,
    path: &str,
    fields: &[(&str, &str)],
    file: Option<&[u8]>,
) -> Answer {
    let (kind, body) = multipart(fields, file);
    let ask = app.post(&tenant.host, &format!("{path}/metadata")).cookie(&tenant.owner_cookie);
    ask.body(kind, body).send().await
}

/// A certificate of nobody's, as base64 of its DER.
pub fn certificate(name: &str) -> String {
    BASE64.encode(keys::generate(name, NOW).unwrap().certificate)
}

/// A provider's metadata.
pub fn metadata(entity: &str, certificates: &[String]) -> String {
    use std::fmt::Write as _;
    let keys = certificates.iter().fold(String::new(), |mut keys, certificate| {
        write!(
            keys,
            "<md:KeyDescriptor use=\"signing\"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{certificate}\
             </ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>"
        )
        .unwrap();
        keys
    });
    format!(
        "<md:EntityDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" \
             xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\" entityID=\"{entity}\">\
           <md:IDPSSODescriptor protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\">{keys}\
             <md:SingleSignOnService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect\" \
                 Location=\"https://idp.example/sso\"/>\
           </md:IDPSSODescriptor>\
         </md:EntityDescriptor>"
    )
}

/// Another's web server: what it answers at each path.
pub async fn web_server(pages: impl FnOnce(&str) -> BTreeMap<&'static str, String>) -> String {
    let listener = tokio::net::TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let router = pages(&origin).into_iter().fold(Router::new(), |router, (path, body)| {
        router.route(path, get(move || async move { body.into_response() }))
    });
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    origin
}

/// The version that the form for switching shows on a page.
pub fn version_on(page: &Answer) -> String {
    let (_, rest) = page.body.split_once("name=\"version\" value=\"").unwrap_or_else(|| panic!("{}", page.body));
    rest.split('"').next().unwrap().to_owned()
}

/// Switches on what the owner sees at the path.
pub async fn switch_on(app: &TestApp, tenant: &TestTenant, path: &str) -> Answer {
    let version = version_on(&see(app, tenant, path).await);
    send(app, tenant, &format!("{path}/switch"), &[("intent", "on"), ("version", &version)]).await
}

/// The text of an element's message: what stands beside the field `id`.
pub fn message_at(answer: &Answer, id: &str) -> String {
    let body = &answer.body;
    let start = body.find(&format!("id=\"{id}-error\"")).unwrap_or_else(|| panic!("no message at {id}: {body}"));
    let text = &body[start..];
    let text = &text[text.find("</svg>").unwrap() + 6..];
    text[..text.find("</p>").unwrap()].replace("<!>", "").replace("&quot;", "\"").replace("&amp;", "&")
}

/// Everything that the audit log of a tenant holds.
pub async fn audit(app: &TestApp, tenant: &TestTenant) -> String {
    let rows: Vec<String> =
        sqlx::query_scalar("SELECT to_jsonb(e)::text FROM pooled.audit_event e WHERE tenant_id = $1")
            .bind(tenant.home.id().0)
            .fetch_all(&mut app.db.admin().await)
            .await
            .unwrap();
    rows.join("\n")
}
