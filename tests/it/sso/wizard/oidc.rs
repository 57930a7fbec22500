//! Step 2 for `OpenID` Connect.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use rowhouse_platform::sso::{Protocol, connection};
use serde_json::json;

use super::world::{add, audit, connection_at, id_of, message_at, see, send, web_server};
use crate::{app::TestApp, database::Way};

const SECRET: &str = "a-secret-that-is-nobody-elses";

/// A provider that says it is `issuer`, or else where it is.
async fn provider(issuer: Option<&str>) -> String {
    web_server(|origin| {
        let issuer = issuer.unwrap_or(origin);
        let document = json!({
            "issuer": issuer,
            "authorization_endpoint": format!("{origin}/authorize"),
            "token_endpoint": format!("{origin}/token"),
            "jwks_uri": format!("{origin}/keys"),
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
        });
        let keys = json!({ "keys": [{
            "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": "1",
            // The example of RFC 7517, appendix A.1.
            "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4", "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
        }]});
        BTreeMap::from([
            ("/.well-known/openid-configuration", document.to_string()),
            ("/keys", keys.to_string()),
            ("/page/.well-known/openid-configuration", "<!doctype html><title>Sign in</title>".to_owned()),
        ])
    })
    .await
}

fn form<'a>(issuer: &'a str, secret: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("intent", "oidc"),
        ("issuer", issuer),
        ("client_id", "client-of-acme"),
        ("client_authentication", "post"),
        ("client_secret", secret),
        ("scopes", "openid profile email"),
        ("trusts_addresses", "on"),
        ("map_groups", "roles"),
    ]
}

#[tokio::test]
async fn settings_are_saved_when_the_provider_answers_and_the_secret_is_never_seen_again() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let issuer = provider(None).await;
    let path = add(&app, &acme, "okta", "oidc", "Okta").await;
    let page = see(&app, &acme, &path).await.body;
    assert!(page.contains("/callback<") && page.contains("Sign-in redirect URIs"));
    assert!(!page.contains("Replace the client secret"));

    let saved = send(&app, &acme, &path, &form(&issuer, SECRET)).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
    assert_eq!(saved.location(), format!("{path}#try"));
    let Protocol::Oidc(settings) = connection_at(&app, &acme, &path).await.unwrap().protocol else { panic!() };
    assert_eq!((settings.issuer.as_str(), settings.client_id.as_str()), (issuer.as_str(), "client-of-acme"));
    assert_eq!(settings.scopes, ["profile", "email"]);
    assert!(settings.trusts_addresses && !settings.asks_userinfo);
    assert_eq!(settings.attributes.groups, "roles");

    // Kept where nothing is typed.
    let again = send(&app, &acme, &path, &form(&issuer, "")).await;
    assert_eq!(again.status, StatusCode::SEE_OTHER, "{}", again.body);
    let mut tx = app.services.database.begin(&acme.home).await.unwrap();
    let kept = connection::secrets(&mut tx, &app.services.secrets, id_of(&path)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(kept.client_secret.as_deref(), Some(SECRET));

    let page = see(&app, &acme, &path).await.body;
    assert!(page.contains("Replace the client secret") && !page.contains(SECRET));
    let log = audit(&app, &acme).await;
    assert!(log.contains("sso_connection.changed") && log.contains("The client secret was replaced."));
    assert!(!log.contains(SECRET));
    let stored: Vec<u8> = sqlx::query_scalar("SELECT client_secret FROM pooled.sso_connection WHERE id = $1")
        .bind(id_of(&path).0)
        .fetch_one(&mut app.db.admin().await)
        .await
        .unwrap();
    assert!(!String::from_utf8_lossy(&stored).contains(SECRET));
}

#[tokio::test]
async fn what_is_wrong_with_an_issuer_is_said_beside_it() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let path = add(&app, &acme, "generic", "oidc", "Ours").await;
    let (right, other) = (provider(None).await, provider(Some("https://other.example")).await);
    let nobody = {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    };
    let page = format!("{right}/page");
    for (issuer, words) in [
        (other.as_str(), "https://other.example"),
        (&nobody, "127.0.0.1"),
        (&page, "is no discovery document"),
        ("ftp://idp.example", "http"),
        ("not an address", ""),
        ("http://169.254.169.254", ""),
        ("https://user:password@idp.example", ""),
    ] {
        let answer = send(&app, &acme, &path, &form(issuer, SECRET)).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{issuer}");
        let message = message_at(&answer, "issuer");
        assert!(message.contains(words) && message.len() > 20, "{issuer}: {message}");
        assert!(answer.body.contains(&format!("value=\"{issuer}\"")), "what was typed stays: {issuer}");
        assert!(!answer.body.contains(SECRET), "but for the secret");
    }
    let Protocol::Oidc(settings) = connection_at(&app, &acme, &path).await.unwrap().protocol else { panic!() };
    assert_eq!(settings.issuer, "", "nothing of it was saved");
}

#[tokio::test]
async fn no_private_address_is_asked() {
    let settings = [("ROWHOUSE_OUTBOUND__ALLOW_LOOPBACK", "false")];
    let app = TestApp::start_with(Way::Direct, &settings).await;
    let acme = app.tenant("acme").await;
    let path = add(&app, &acme, "generic", "oidc", "Ours").await;
    for issuer in
        ["https://127.0.0.1:9", "https://10.0.0.1", "https://[::1]", "https://localhost", "https://192.168.1.1/x"]
    {
        let answer = send(&app, &acme, &path, &form(issuer, SECRET)).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{issuer}");
        assert!(!message_at(&answer, "issuer").is_empty(), "{issuer}");
    }
}

#[tokio::test]
async fn what_is_wrong_with_the_fields_is_said() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let path = add(&app, &acme, "generic", "oidc", "Ours").await;
    let bad = [
        ("intent", "oidc"),
        ("issuer", ""),
        ("client_id", ""),
        ("client_authentication", "basic"),
        ("client_secret", ""),
        ("scopes", "pro\"file"),
    ];
    let answer = send(&app, &acme, &path, &bad).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    for (field, message) in [
        ("issuer", "The issuer is missing."),
        ("client_id", "The client ID is missing."),
        ("client_secret", "The client secret is missing."),
        ("scopes", "is no scope"),
    ] {
        assert!(message_at(&answer, field).contains(message), "{field}");
    }
    // Forms of the other protocol are not there.
    let saml = send(&app, &acme, &path, &[("intent", "saml"), ("request_binding", "post")]).await;
    assert_eq!(saml.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn our_own_key_needs_no_secret() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let issuer = provider(None).await;
    let path = add(&app, &acme, "keycloak", "oidc", "Keycloak").await;
    let form = [
        ("intent", "oidc"),
        ("issuer", issuer.as_str()),
        ("client_id", "acme"),
        ("client_authentication", "private_key_jwt"),
    ];
    let saved = send(&app, &acme, &path, &form).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
    assert!(!connection_at(&app, &acme, &path).await.unwrap().has_client_secret);
}

#[tokio::test]
async fn a_provider_is_not_asked_again_and_again() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let path = add(&app, &acme, "generic", "oidc", "Ours").await;
    let mut last = StatusCode::OK;
    for _ in 0..31 {
        last = send(&app, &acme, &path, &form("http://127.0.0.1:1", SECRET)).await.status;
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
}
