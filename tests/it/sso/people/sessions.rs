//! Sessions that began at a provider, and the accounts' own pages about it.

use axum::http::StatusCode;
use rowhouse_platform::{
    ambient::Ambient,
    branding::Branding,
    id::{AccountId, SessionId},
    identity::{
        admission::{self, Admission, Entrant, Refusal},
        challenge,
        known_device::DeviceToken,
        policy::Method,
        session::{Device, Proof},
    },
    mail::Letterhead,
    secrets::SecretKeys,
    sso::{self, Connection, Identity, LogoutHandle, SsoLogin},
};

use super::{account_of, arrive, connected, identity, recorded, run, set};
use crate::app::{TestApp, TestTenant};

fn letterhead() -> Letterhead {
    Letterhead::from_branding("Acme", &Branding::new("Acme", None, None, None), "http://acme.app.test:3000")
}

async fn let_in(
    app: &TestApp,
    tenant: &TestTenant,
    connection: &Connection,
    account: AccountId,
    identity: &Identity,
) -> Result<Admission, Refusal> {
    let services = &app.services;
    let mut tx = services.database.begin(&tenant.home).await.unwrap();
    let token = DeviceToken::new(&services.ambient);
    let device = Device { user_agent: "test".to_owned(), address: "192.0.2.1".to_owned(), token };
    let entrant = Entrant {
        account,
        proof: Proof { method: Method::Sso, second_factor: connection.admitting.trusts_second_factor },
        device: &device,
        previous: None,
        letterhead: letterhead(),
        sso: Some(SsoLogin::new(&tx, &services.secrets, &services.ambient, connection.id, identity)),
    };
    let admitted = admission::admit(&mut tx, &app.scribe(), services.session_policy, entrant).await.unwrap();
    tx.commit().await.unwrap();
    admitted
}

fn with_session(subject: &str, email: &str, provider_session: &str) -> Identity {
    let logout = LogoutHandle { name_id: None, provider_session: Some(provider_session.to_owned()) };
    Identity { logout, id_token: Some(format!("token of {subject}")), ..identity(subject, email) }
}

async fn sessions(app: &TestApp, account: AccountId) -> Vec<SessionId> {
    let sql = "SELECT s.id FROM pooled.session s JOIN pooled.sso_session o ON o.session_id = s.id
               WHERE s.account_id = $1 ORDER BY o.provider_session";
    let ids: Vec<uuid::Uuid> =
        sqlx::query_scalar(sql).bind(account.0).fetch_all(&mut app.db.admin().await).await.unwrap();
    ids.into_iter().map(SessionId).collect()
}

#[tokio::test]
async fn what_began_at_a_provider_ends_from_there() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let company = connected(&app, &acme, "company").await;
    let max = account_of(&app, "member@acme.test").await;
    for place in ["desk", "phone", "desk"] {
        let person = with_session("max", "member@acme.test", place);
        arrive(&app, &acme, &company, &person).await.unwrap();
        assert!(matches!(let_in(&app, &acme, &company, max, &person).await, Ok(Admission::Session(_))));
    }
    let all = sessions(&app, max).await;
    assert_eq!(all.len(), 3);
    let begin = async || app.services.database.begin(&acme.home).await.unwrap();
    let mut tx = begin().await;
    let kept = sso::session::of(&mut tx, all[2]).await.unwrap().unwrap();
    assert_eq!((kept.subject.as_str(), kept.handle.provider_session.as_deref()), ("max", Some("phone")));
    assert_eq!(kept.id_token(&tx, &app.services.secrets).as_deref(), Some("token of max"));
    let other = SecretKeys::parse([SecretKeys::new_entry(&Ambient::system()).as_str()]).unwrap();
    assert_eq!(kept.id_token(&tx, &other), None);

    let id = company.id;
    assert_eq!(sso::session::end_of_subject(&mut tx, id, "ann", None).await.unwrap(), 0);
    assert_eq!(sso::session::end_of_subject(&mut tx, id, "max", Some("tablet")).await.unwrap(), 0);
    assert_eq!(sso::session::end_of_subject(&mut tx, id, "ma\0x", None).await.unwrap(), 0);
    assert_eq!(sso::session::end_of_subject(&mut tx, id, "max", Some("desk")).await.unwrap(), 2);
    assert_eq!(sso::session::end_of_provider_session(&mut tx, id, "phone").await.unwrap(), 1);
    tx.commit().await.unwrap();
    assert!(sessions(&app, max).await.is_empty());
    assert_eq!(app.get(&acme.host, "/tickets").cookie(&acme.member_cookie).send().await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_second_factor_that_is_owed_keeps_what_the_session_needs() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let company = connected(&app, &acme, "company").await;
    let company = set(&app, &acme, &company, "trusts_second_factor = false").await;
    let max = account_of(&app, "member@acme.test").await;
    crate::second_factor::set_up(&app, &acme, max).await;
    let person = with_session("max", "member@acme.test", "desk");
    arrive(&app, &acme, &company, &person).await.unwrap();
    let Ok(Admission::SecondFactor(token)) = let_in(&app, &acme, &company, max, &person).await else { panic!() };
    assert!(sessions(&app, max).await.is_empty());

    // A key of the configuration is replaced meanwhile.
    let entry = SecretKeys::new_entry(&Ambient::system());
    let keys = SecretKeys::parse([entry.as_str(), crate::app::SECRET_KEY]).unwrap();
    let ambient = &app.services.ambient;
    let mut tx = app.services.database.begin(&acme.home).await.unwrap();
    assert_eq!(sso::reseal(&mut tx, ambient, &keys).await.unwrap(), 3, "secret, key and token");
    assert_eq!(sso::reseal(&mut tx, ambient, &keys).await.unwrap(), 0);
    let secrets = sso::connection::secrets(&mut tx, &keys, company.id).await.unwrap();
    assert_eq!(
        (secrets.client_secret.as_deref(), secrets.private_key.as_slice()),
        (Some("client-secret"), &b"private-key"[..])
    );
    let challenge = challenge::find(&mut tx, ambient, &token).await.unwrap().unwrap();
    let login = challenge.sso.unwrap();
    assert_eq!((login.connection, login.subject.as_str()), (company.id, "max"));
    tx.commit().await.unwrap();

    let let_in_with = async |login: SsoLogin| {
        let mut tx = app.services.database.begin(&acme.home).await.unwrap();
        let token = DeviceToken::new(ambient);
        let device = Device { user_agent: "test".to_owned(), address: "192.0.2.1".to_owned(), token };
        let proof = Proof { method: Method::Sso, second_factor: true };
        let entrant = Entrant {
            account: max,
            proof,
            device: &device,
            previous: None,
            letterhead: letterhead(),
            sso: Some(login),
        };
        let admitted = admission::admit(&mut tx, &app.scribe(), app.services.session_policy, entrant).await.unwrap();
        tx.commit().await.unwrap();
        admitted
    };
    // A connection that was switched off meanwhile lets nobody in.
    set(&app, &acme, &company, "state = 'off'").await;
    assert!(matches!(let_in_with(login.clone()).await, Err(Refusal::Method(Method::Sso))));
    set(&app, &acme, &company, "state = 'on'").await;
    assert!(matches!(let_in_with(login).await, Ok(Admission::Session(_))));
    let session = sessions(&app, max).await[0];
    let mut tx = app.services.database.begin(&acme.home).await.unwrap();
    let kept = sso::session::of(&mut tx, session).await.unwrap().unwrap();
    assert_eq!(kept.id_token(&tx, &keys).as_deref(), Some("token of max"));
    assert_eq!(sso::reseal(&mut tx, ambient, &keys).await.unwrap(), 0);
}

#[tokio::test]
async fn people_see_and_end_what_they_are_connected_with() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let security = async |cookie: &str| app.get(&acme.host, "/account/security").cookie(cookie).send().await.body;
    assert!(!security(&acme.member_cookie).await.contains("Single sign-on"), "there is no connection");
    let company = connected(&app, &acme, "company").await;
    assert!(security(&acme.member_cookie).await.contains(&format!("/sso/{}/start?purpose=link", company.id)));
    arrive(&app, &acme, &company, &identity("max", "member@acme.test")).await.unwrap();
    let made = arrive(&app, &acme, &company, &identity("ann", "ann@acme.test")).await.unwrap();
    let body = security(&acme.member_cookie).await;
    assert!(body.contains("Company company") && !body.contains("purpose=link"), "{body}");
    let list = app.get(&acme.host, "/admin/members").cookie(&acme.owner_cookie).send().await.body;
    assert!(list.contains("member@acme.test · Company company"), "{list}");
    let page = app.get(&acme.host, &format!("/admin/members/{made}")).cookie(&acme.owner_cookie).send().await.body;
    assert!(page.contains("Made by Company company"), "{page}");
    let file = app.get(&acme.host, "/admin/members/export.csv").cookie(&acme.owner_cookie).send().await.body;
    assert!(file.lines().next().unwrap().contains("single_sign_on") && file.contains("Company company"), "{file}");
    let profile = app.get(&acme.host, "/account/profile").cookie(&acme.member_cookie).send().await.body;
    assert!(profile.contains("Your account is connected with Company company."), "{profile}");
    // Confirming leads there.
    let page = app.get(&acme.host, "/confirm?next=/account/leave").cookie(&acme.member_cookie).send().await.body;
    assert!(page.contains("Confirm at Company company") && page.contains("purpose=confirm"), "{page}");

    let path = format!("/account/security/sso/{}/disconnect", company.id);
    let post = |cookie: &str| app.post(&acme.host, &path).cookie(cookie).form(&[]).send();
    let page = app.get(&acme.host, &path).cookie(&acme.member_cookie).send().await;
    assert!(page.status == StatusCode::OK && page.body.contains("Disconnect from Company company"), "{}", page.body);
    assert_eq!(app.get(&acme.host, &path).cookie(&acme.owner_cookie).send().await.status, StatusCode::NOT_FOUND);
    run(&app, "UPDATE pooled.account SET password_hash = NULL WHERE email = 'member@acme.test'".to_owned()).await;
    let refused = post(&acme.member_cookie).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.body.contains("You could not sign in any more."), "{}", refused.body);
    run(&app, "UPDATE pooled.account SET password_hash = 'x' WHERE email = 'member@acme.test'".to_owned()).await;
    assert_eq!(post(&acme.member_cookie).await.location(), "/account/security");
    assert_eq!(post(&acme.member_cookie).await.status, StatusCode::NOT_FOUND);
    assert_eq!(recorded(&app, "sso_identity.unlinked").await.len(), 1);
}
