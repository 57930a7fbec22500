//! Email domains: claimed, proven by a record of their own, tied to connections, lost.

use axum::http::StatusCode;
use rowhouse_platform::{
    access::Role,
    mail::Letterhead,
    sso::{
        connection,
        email_domain::{self, Recheck, recheck_due},
    },
};
use sqlx::Row as _;
use time::Duration;

use super::managed::{Managed, flash};
use crate::{app::TestTenant, command_line::Program, domains::dns_server::Reply};

const PAGE: &str = "/admin/sso/domains";
const RECORD: &str = "_rowhouse-email-challenge.acme.test";

impl Managed {
    /// Claims a domain and answers what its record must hold, as the page says.
    async fn claim(&self, tenant: &TestTenant, domain: &str) -> String {
        let answer = self.send(tenant, PAGE, &[("intent", "add"), ("domain", domain)]).await;
        assert_eq!(flash(&answer), "domain-added");
        let page = self.see(tenant, PAGE).await.body;
        assert!(page.contains(&format!(">_rowhouse-email-challenge.{domain}<")), "{page}");
        let field = &page[page.find(&format!("id=\"{domain}-value\"")).unwrap()..];
        let value = &field[field.find("rowhouse-verification=").unwrap()..];
        value[..value.find('<').unwrap()].to_owned()
    }

    async fn check(&self, tenant: &TestTenant, domain: &str) -> String {
        flash(&self.send(tenant, PAGE, &[("intent", "check"), ("domain", domain)]).await)
    }

    async fn prove(&self, tenant: &TestTenant, domain: &str) {
        let value = self.claim(tenant, domain).await;
        self.dns.set_text(&format!("_rowhouse-email-challenge.{domain}"), &value);
        assert_eq!(self.check(tenant, domain).await, "email-domain-verified");
    }

    async fn tie(&self, tenant: &TestTenant, connection: &str, domains: &[&str]) -> String {
        let ticked = domains.iter().map(|domain| ("domain", *domain));
        let form: Vec<_> = [("intent", "domains")].into_iter().chain(ticked).collect();
        flash(&self.send(tenant, &format!("{connection}/people"), &form).await)
    }

    /// Which domains a connection speaks for.
    async fn spoken_for(&self, tenant: &TestTenant, path: &str) -> Vec<String> {
        let id = self.find(tenant, path).await.id;
        let mut tx = self.app.services.database.begin(&tenant.home).await.unwrap();
        connection::domains(&mut tx, id).await.unwrap()
    }

    /// Lets time pass, and the server look.
    async fn after(&self, tenant: &TestTenant, time: Duration) -> usize {
        self.app.clock.advance(time);
        let services = &self.app.services;
        let (scribe, letterhead) = (self.app.scribe(), Letterhead::plain("Acme", "http://acme.app.test"));
        let with =
            Recheck { database: &services.database, scribe: &scribe, dns: &services.dns, letterhead: &letterhead };
        recheck_due(with, &tenant.home).await.unwrap()
    }
}

#[tokio::test]
async fn a_record_of_its_own_proves_a_domain() {
    let world = Managed::new().await;
    let acme = world.app.tenant("acme").await;
    let value = world.claim(&acme, "acme.test").await;
    assert_eq!(world.check(&acme, "acme.test").await, "domain-checked");
    let page = world.see(&acme, PAGE).await.body;
    assert!(page.contains(&format!("{RECORD} does not exist yet")) && page.contains("Waiting for proof"), "{page}");

    // Where the proof of a host stands, none of mail is looked for.
    world.dns.set_text("_rowhouse-challenge.acme.test", &value);
    assert_eq!(world.check(&acme, "acme.test").await, "domain-checked");
    world.dns.set_text(RECORD, "rowhouse-verification=another");
    assert_eq!(world.check(&acme, "acme.test").await, "domain-checked");
    assert!(world.see(&acme, PAGE).await.body.contains("holds “rowhouse-verification=another”. Expected:"));
    world.dns.set_text(RECORD, &value);
    assert_eq!(world.check(&acme, "acme.test").await, "email-domain-verified");
    let page = world.see(&acme, PAGE).await.body;
    assert!(page.contains("Proven") && page.contains("No connection uses it yet"), "{page}");
    assert_eq!(world.audited("email_domain.verified").await.len(), 1);
    assert_eq!(world.check(&acme, "acme.test").await, "email-domain-verified");
    assert_eq!(world.audited("email_domain.verified").await.len(), 1, "proven once");
}

#[tokio::test]
async fn what_is_nobodys_is_refused_beside_the_field() {
    let world = Managed::new().await;
    let acme = world.app.tenant("acme").await;
    for (typed, words) in [
        ("", "Enter a domain, such as example.com"),
        ("gmail.com", "At “gmail.com” anybody can have an address"),
        ("ada@Outlook.com", "At “outlook.com” anybody can have an address"),
        ("co.uk", "everybody can register domains"),
        ("acme.app.test", "belongs to this service"),
        ("https://acme.test/", "Enter the domain alone"),
        ("*.acme.test", "This is not a domain"),
    ] {
        let answer = world.send(&acme, PAGE, &[("intent", "add"), ("domain", typed)]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{typed}");
        assert!(answer.body.contains(words), "{typed}: {}", answer.body);
        assert!(answer.body.contains("aria-describedby=\"domain-help domain-error\""), "beside the field");
        assert!(answer.body.contains(&format!("value=\"{typed}\"")), "what was typed stays: {typed}");
    }
    world.claim(&acme, "acme.test").await;
    let again = world.send(&acme, PAGE, &[("intent", "add"), ("domain", "ada@ACME.test.")]).await;
    assert!(again.body.contains("“acme.test” is in the list already."), "{}", again.body);
}

#[tokio::test]
async fn two_workspaces_may_have_one_domain_and_neither_touches_the_other() {
    let world = Managed::new().await;
    let (acme, globex) = (world.app.tenant("acme").await, world.app.tenant("globex").await);
    let values = [world.claim(&acme, "acme.test").await, world.claim(&globex, "acme.test").await];
    assert_ne!(values[0], values[1]);
    world.dns.set_text(RECORD, &values[0]);
    assert_eq!(world.check(&globex, "acme.test").await, "domain-checked", "the other's proof is none");
    world.dns.set(RECORD, Reply::Txt(values.map(|value| vec![value]).to_vec()));
    assert_eq!(world.check(&globex, "acme.test").await, "email-domain-verified");
    assert_eq!(world.check(&acme, "acme.test").await, "email-domain-verified");

    world.prove(&acme, "more.test").await;
    for domain in ["more.test", "nobody.test", "no domain"] {
        let answer = world.send(&globex, PAGE, &[("intent", "check"), ("domain", domain)]).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{domain}");
        let form = [("domain", domain), ("typed", domain)];
        let answer = world.send(&globex, "/admin/sso/domains/remove", &form).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{domain}");
    }
    let connection = world.connection(&globex, "Okta").await;
    let form = [("intent", "domains"), ("domain", "more.test")];
    let answer = world.send(&globex, &format!("{connection}/people"), &form).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.body.contains("“more.test” is not proven to be yours."), "{}", answer.body);
    assert!(!world.see(&globex, PAGE).await.body.contains("more.test"));
}

#[tokio::test]
async fn connections_speak_for_domains_that_are_proven() {
    let world = Managed::new().await;
    let acme = world.app.tenant("acme").await;
    let connection = world.connection(&acme, "Okta").await;
    let people = format!("{connection}/people");
    assert!(world.see(&acme, &people).await.body.contains("No email domain is proven to be yours yet"));
    world.claim(&acme, "waiting.test").await;
    world.prove(&acme, "acme.test").await;
    world.prove(&acme, "acme.example").await;
    let page = world.see(&acme, &people).await.body;
    assert!(page.contains("domain-acme.test") && !page.contains("domain-waiting.test"), "{page}");
    let form = [("intent", "domains"), ("domain", "waiting.test")];
    assert_eq!(world.send(&acme, &people, &form).await.status, StatusCode::UNPROCESSABLE_ENTITY);

    assert_eq!(world.tie(&acme, &connection, &["acme.test", "acme.example"]).await, "settings-saved");
    assert_eq!(world.spoken_for(&acme, &connection).await, ["acme.example", "acme.test"]);
    assert!(world.see(&acme, PAGE).await.body.contains("Connections that speak for it:"));
    assert_eq!(world.tie(&acme, &connection, &["acme.test"]).await, "settings-saved");
    assert_eq!(world.spoken_for(&acme, &connection).await, ["acme.test"]);
    let audited = world.audited("sso_connection.changed").await;
    let last = audited.last().unwrap();
    assert_eq!(last.0["email_domains"], serde_json::json!(["acme.example", "acme.test"]));
    assert_eq!(last.1["email_domains"], serde_json::json!(["acme.test"]));

    // It goes by its name, and says who uses it.
    let path = "/admin/sso/domains/remove?domain=acme.test";
    let page = world.see(&acme, path).await.body;
    assert!(page.contains("“Okta” will not speak for addresses at acme.test any more"), "{page}");
    let remove = "/admin/sso/domains/remove";
    let wrong = world.send(&acme, remove, &[("domain", "acme.test"), ("typed", "acme")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.body.contains("Type acme.test to remove it."), "{}", wrong.body);
    let removed = world.send(&acme, remove, &[("domain", "acme.test"), ("typed", " ACME.test")]).await;
    assert_eq!(flash(&removed), "domain-removed");
    assert!(world.spoken_for(&acme, &connection).await.is_empty());
    assert_eq!(world.audited("email_domain.removed").await[0].0["connections"], serde_json::json!(["Okta"]));
}

#[tokio::test]
async fn who_is_no_owner_ends_an_owners_word_by_adding_a_domain() {
    let world = Managed::new().await;
    let acme = world.app.tenant("acme").await;
    let connection = world.connection(&acme, "Okta").await;
    world.prove(&acme, "acme.test").await;
    world.prove(&acme, "acme.example").await;
    world.tie(&acme, &connection, &["acme.test"]).await;
    world.vouched(&connection).await;
    let people = format!("{connection}/people");
    let admin = acme.cookie_of(Role::Admin);
    let send = async |form: &[(&str, &str)]| flash(&world.send_as(&acme, admin, &people, form).await);
    let page = world.app.get(&acme.host, &people).cookie(admin).send().await.body;
    assert!(page.contains("because an owner switched it on"), "{page}");
    assert_eq!(send(&[("intent", "domains")]).await, "settings-saved", "taking one away is no more than before");
    assert!(world.find(&acme, &connection).await.vouched_by_owner);
    let both = [("intent", "domains"), ("domain", "acme.example"), ("domain", "acme.test")];
    assert_eq!(send(&both).await, "sso-no-longer-vouched");
    assert!(!world.find(&acme, &connection).await.vouched_by_owner);
    let audited = world.audited("sso_connection.changed").await;
    let reason = audited.last().unwrap().2.clone().unwrap();
    assert!(reason.contains("No owner vouches for the connection any more."), "{reason}");
    world.vouched(&connection).await;
    assert_eq!(world.tie(&acme, &connection, &[]).await, "settings-saved");
    assert_eq!(world.tie(&acme, &connection, &["acme.test"]).await, "settings-saved", "an owner may");
    assert!(world.find(&acme, &connection).await.vouched_by_owner);
}

#[tokio::test]
async fn a_domain_whose_record_is_gone_for_long_is_lost() {
    let world = Managed::new().await;
    let mut acme = world.app.tenant("acme").await;
    let connection = world.connection(&acme, "Okta").await;
    world.prove(&acme, "acme.test").await;
    world.claim(&acme, "waiting.test").await;
    world.tie(&acme, &connection, &["acme.test"]).await;
    assert_eq!(world.after(&acme, Duration::days(6)).await, 0, "not due yet");
    assert_eq!(world.after(&acme, Duration::days(1)).await, 1, "the proven one alone");
    assert_eq!(world.after(&acme, Duration::days(1)).await, 0);

    world.dns.remove(RECORD);
    world.after(&acme, Duration::days(6)).await;
    for _ in 0..2 {
        world.after(&acme, Duration::days(1)).await;
        assert_eq!(world.spoken_for(&acme, &connection).await, ["acme.test"]);
    }
    // A server that cannot say takes nothing away.
    world.dns.set(RECORD, Reply::Failure);
    assert_eq!(world.after(&acme, Duration::days(3)).await, 1);
    assert_eq!(world.spoken_for(&acme, &connection).await, ["acme.test"]);
    world.dns.remove(RECORD);
    assert_eq!(world.after(&acme, Duration::hours(1)).await, 1);
    assert!(world.spoken_for(&acme, &connection).await.is_empty());
    assert_eq!(world.audited("email_domain.lost").await.len(), 1);
    let mut admin = world.app.db.admin().await;
    let rows =
        sqlx::query("SELECT recipient FROM control.mail WHERE subject LIKE 'acme.test is no longer%' ORDER BY 1")
            .fetch_all(&mut admin)
            .await
            .unwrap();
    let told: Vec<String> = rows.iter().map(|row| row.get("recipient")).collect();
    assert_eq!(told, ["admin@acme.test", "owner@acme.test"], "who can mend it is told");

    // It is a claim again, tied as it was, and its record is the same.
    world.again(&mut acme).await;
    let page = world.see(&acme, &format!("{connection}/people")).await.body;
    assert!(page.contains("Not proven any more: it counts for nothing."), "{page}");
    let page = world.see(&acme, PAGE).await.body;
    let field = &page[page.find("id=\"acme.test-value\"").unwrap()..];
    let value = &field[field.find("rowhouse-verification=").unwrap()..];
    world.dns.set_text(RECORD, &value[..value.find('<').unwrap()]);
    assert_eq!(world.check(&acme, "acme.test").await, "email-domain-verified");
    assert_eq!(world.spoken_for(&acme, &connection).await, ["acme.test"]);
}

#[tokio::test]
async fn of_several_servers_one_looks() {
    let world = Managed::new().await;
    let acme = world.app.tenant("acme").await;
    world.prove(&acme, "acme.test").await;
    world.app.clock.advance(Duration::days(7));
    let (a, b, c) = tokio::join!(
        world.after(&acme, Duration::ZERO),
        world.after(&acme, Duration::ZERO),
        world.after(&acme, Duration::ZERO)
    );
    assert_eq!(a + b + c, 1);
}

#[tokio::test]
async fn questions_to_dns_are_limited() {
    let world = Managed::new().await;
    let acme = world.app.tenant("acme").await;
    world.claim(&acme, "acme.test").await;
    for _ in 0..10 {
        assert_eq!(world.check(&acme, "acme.test").await, "domain-checked");
    }
    let form = [("intent", "check"), ("domain", "acme.test")];
    assert_eq!(world.send(&acme, PAGE, &form).await.status, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn the_operator_vouches_for_a_domain() {
    let world = Managed::new().await;
    let acme = world.app.tenant("acme").await;
    world.claim(&acme, "acme.test").await;
    let domain = email_domain::parse("acme.test", &world.app.services.domains.base).unwrap();
    let mut tx = world.app.services.database.begin(&acme.home).await.unwrap();
    email_domain::vouch(&mut tx, &world.app.scribe(), &domain).await.unwrap();
    tx.commit().await.unwrap();
    let page = world.see(&acme, PAGE).await.body;
    assert!(page.contains("The operator of this service vouched for this domain."), "{page}");
    assert!(!page.contains(RECORD), "there is nothing to set: {page}");
    let form = [("intent", "check"), ("domain", "acme.test")];
    assert_eq!(world.send(&acme, PAGE, &form).await.status, StatusCode::NOT_FOUND, "nothing to check");
    assert_eq!(world.after(&acme, Duration::days(90)).await, 0);
    let audited = world.audited("email_domain.verified").await;
    assert_eq!(audited[0].2.as_deref(), Some("The operator vouched for it."));
}

#[tokio::test]
async fn the_command_says_what_it_did_and_what_it_does_not_take() {
    let program = Program::new().await;
    let create = ["tenant", "create", "acme", "--name", "Acme", "--owner-email", "o@acme.test", "--owner-name", "Olga"];
    assert!(program.run(&create).0);
    let (good, text) = program.run(&["tenant", "vouch-email-domain", "acme", "@Acme.test"]);
    assert!(good && text.contains("acme.test is an email domain of “acme” now."), "{text}");
    let (good, text) = program.run(&["tenant", "vouch-email-domain", "acme", "gmail.com"]);
    assert!(!good && text.contains("anybody can have an address"), "{text}");
    let (good, text) = program.run(&["tenant", "vouch-email-domain", "nobody", "acme.test"]);
    assert!(!good && text.contains("there is no tenant “nobody”"), "{text}");
}
