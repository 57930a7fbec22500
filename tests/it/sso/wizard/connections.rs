//! Adding, naming, moving and deleting connections, and who may.

use axum::http::StatusCode;
use rowhouse_platform::{access::Role, sso::ConnectionState};

use super::world::{add, audit, connection_at, id_of, message_at, note_test, see, send, send_new};
use crate::app::TestApp;

#[tokio::test]
async fn an_admin_adds_connections() {
    let app = TestApp::start().await;
    let (acme, globex) = (app.tenant("acme").await, app.tenant("globex").await);
    assert!(see(&app, &acme, "/admin/sso").await.body.contains("No connections yet"));

    let first = add(&app, &acme, "okta", "oidc", "Okta (Europe)").await;
    let second = add(&app, &acme, "google", "saml", "Okta (Europe)").await;
    let hints = [
        connection_at(&app, &acme, &first).await.unwrap().hint,
        connection_at(&app, &acme, &second).await.unwrap().hint,
    ];
    assert_eq!(hints, ["okta-europe", "okta-europe-2"]);
    let made = connection_at(&app, &acme, &first).await.unwrap();
    assert_eq!((made.state, made.base_url.as_str()), (ConnectionState::Draft, "http://acme.app.test:3000"));

    let list = see(&app, &acme, "/admin/sso").await.body;
    assert!(list.contains("Okta, OpenID Connect") && list.contains("Google Workspace, SAML 2.0"));
    assert!(list.contains(&first) && list.contains("Being set up"));
    assert!(see(&app, &globex, "/admin/sso").await.body.contains("No connections yet"));
    assert!(audit(&app, &acme).await.contains("sso_connection.created"));

    // The same name does no harm in another tenant.
    let elsewhere = add(&app, &globex, "okta", "oidc", "Okta (Europe)").await;
    assert_eq!(connection_at(&app, &globex, &elsewhere).await.unwrap().hint, "okta-europe");
}

#[tokio::test]
async fn what_is_wrong_with_a_new_connection_is_said() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    add(&app, &acme, "okta", "oidc", "Okta").await;
    for (form, field, message) in [
        (&[("protocol", "oidc"), ("name", "Okta")][..], "provider", "Choose the identity provider"),
        (&[("provider", "okta"), ("protocol", "ldap"), ("name", "Okta")], "protocol", "Choose the protocol"),
        (&[("provider", "okta"), ("protocol", "oidc"), ("name", " ")], "name", "The name is missing"),
        (
            &[("provider", "okta"), ("protocol", "oidc"), ("name", "Okta"), ("hint", "a b")],
            "hint",
            "A short name has up to 40 letters",
        ),
        (
            &[("provider", "okta"), ("protocol", "oidc"), ("name", "Other"), ("hint", "OKTA")],
            "hint",
            "Another connection has this short name",
        ),
    ] {
        let answer = send_new(&app, &acme, form).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}");
        let found = message_at(&answer, field);
        assert!(found.contains(message), "{field}: {found}");
    }
}

#[tokio::test]
async fn a_connection_is_of_one_tenant_and_its_admins() {
    let app = TestApp::start().await;
    let (acme, globex) = (app.tenant("acme").await, app.tenant("globex").await);
    let path = add(&app, &acme, "keycloak", "saml", "Keycloak").await;
    let pages = ["", "/delete", "/switch", "/links/new"];
    for page in pages {
        let path = format!("{path}{page}");
        assert_eq!(see(&app, &acme, &path).await.status, StatusCode::OK, "{path}");
        assert_eq!(see(&app, &globex, &path).await.status, StatusCode::NOT_FOUND, "{path}");
        for role in [Role::Agent, Role::Viewer] {
            let answer = app.get(&acme.host, &path).cookie(acme.cookie_of(role)).send().await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path} as {role:?}");
        }
        let answer = app.get(&acme.host, &path).cookie(acme.cookie_of(Role::Admin)).send().await;
        assert_eq!(answer.status, StatusCode::OK, "{path} as an admin");
    }
    for (page, form) in [
        ("", &[("intent", "rename"), ("name", "Mine"), ("hint", "mine")][..]),
        ("", &[("intent", "use-main-address")]),
        ("", &[("intent", "remove-certificate"), ("fingerprint", "00")]),
        ("/switch", &[("intent", "on")]),
        ("/delete", &[("name", "Keycloak")]),
        ("/links/new", &[("recipient", "x"), ("days", "1")]),
        ("/links", &[("link", "ssl_01m7pt4xtgfv4v4b4yswcshy0c")]),
    ] {
        let answer = send(&app, &globex, &format!("{path}{page}"), form).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{page} {form:?}");
    }
    assert_eq!(connection_at(&app, &acme, &path).await.unwrap().name, "Keycloak");
    let nonsense = see(&app, &acme, "/admin/sso/nonsense").await;
    assert_eq!(nonsense.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_connection_is_renamed_and_deleted() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let (path, other) = (add(&app, &acme, "okta", "oidc", "Okta").await, add(&app, &acme, "okta", "oidc", "Two").await);
    let taken = send(&app, &acme, &path, &[("intent", "rename"), ("name", "Okta"), ("hint", "two")]).await;
    assert_eq!(taken.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(message_at(&taken, "hint").contains("Another connection has this short name"));
    let renamed = send(&app, &acme, &path, &[("intent", "rename"), ("name", "Staff"), ("hint", "staff")]).await;
    assert_eq!(renamed.status, StatusCode::SEE_OTHER, "{}", renamed.body);
    let now = connection_at(&app, &acme, &path).await.unwrap();
    assert_eq!((now.name.as_str(), now.hint.as_str()), ("Staff", "staff"));

    let delete = format!("{path}/delete");
    assert!(see(&app, &acme, &delete).await.body.contains("Nobody has signed in by it."));
    let stale = app.get(&acme.host, &delete).cookie(&acme.stale_cookie).send().await;
    assert!(stale.location().starts_with("/confirm"), "{}", stale.location());
    let wrong = send(&app, &acme, &delete, &[("name", "Okta")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(message_at(&wrong, "name").contains("Type “Staff”"));
    let right = send(&app, &acme, &delete, &[("name", "Staff")]).await;
    assert_eq!((right.status, right.location()), (StatusCode::SEE_OTHER, "/admin/sso"));
    assert!(connection_at(&app, &acme, &path).await.is_none());
    assert!(connection_at(&app, &acme, &other).await.is_some());
    assert!(audit(&app, &acme).await.contains("sso_connection.deleted"));
}

#[tokio::test]
async fn a_connection_moves_to_the_main_address_when_it_is_told_to() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let path = add(&app, &acme, "okta", "oidc", "Okta").await;
    note_test(&app, &acme, &path).await;
    assert!(!see(&app, &acme, &path).await.body.contains("Use the main address"));
    sqlx::query("UPDATE pooled.sso_connection SET base_url = 'https://old.example' WHERE id = $1")
        .bind(id_of(&path).0)
        .execute(&mut app.db.admin().await)
        .await
        .unwrap();
    let page = see(&app, &acme, &path).await.body;
    assert!(page.contains("Use the main address") && page.contains("https://old.example/sso/"));
    assert!(connection_at(&app, &acme, &path).await.unwrap().is_tested());
    app.clock.advance(time::Duration::seconds(1));
    let moved = send(&app, &acme, &path, &[("intent", "use-main-address")]).await;
    assert_eq!(moved.status, StatusCode::SEE_OTHER);
    let now = connection_at(&app, &acme, &path).await.unwrap();
    assert_eq!(now.base_url, "http://acme.app.test:3000");
    assert!(!now.is_tested(), "the provider has to be told, and that is tried");
}
