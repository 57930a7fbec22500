//! Claiming a domain and proving it.

use axum::http::StatusCode;

use super::{dns_server::Reply, world::World};

const RECORD: &str = "_rowhouse-challenge.help.acme.test";

#[tokio::test]
async fn a_proven_domain_leads_to_its_tenant() {
    let world = World::new().await;
    let acme = world.app.tenant("acme").await;
    let answer = world.send(&acme, &[("intent", "add"), ("host", " HELP.Acme.test. ")]).await;
    assert_eq!(answer.location(), "/admin/domains?checked=help.acme.test#help.acme.test");
    let page = world.page(&acme).await;
    assert!(page.contains("Waiting for proof"), "{page}");
    for shown in [RECORD, "acme.app.test", "192.0.2.10", "2001:db8::10"] {
        assert!(page.contains(&format!("<code>{shown}</code>")), "{shown}: {page}");
    }
    assert_eq!(world.status_at("help.acme.test").await, StatusCode::NOT_FOUND);

    let value = world.expected(&acme, "help.acme.test").await;
    world.dns.set_text(RECORD, &value);
    let answer = world.check(&acme, "help.acme.test").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert!(world.page(&acme).await.contains("In service"));
    assert_eq!(world.status_at("help.acme.test").await, StatusCode::OK, "servers know at once");
    assert_eq!(world.expected(&acme, "help.acme.test").await, value, "the record stays the same");
}

#[tokio::test]
async fn each_way_of_failing_is_said_in_words() {
    let world = World::new().await;
    let acme = world.app.tenant("acme").await;
    let value = world.claim(&acme, "help.acme.test").await;
    let text = |texts: &[&str]| Reply::Txt(texts.iter().map(|text| vec![(*text).to_owned()]).collect());
    let cases = [
        (None, "_rowhouse-challenge.help.acme.test does not exist yet"),
        (Some(Reply::Addresses(vec!["192.0.2.1".parse().unwrap()])), "exists and has no TXT record"),
        (Some(text(&["v=spf1 -all", "something-else"])), "holds “v=spf1 -all”, “something-else”. Expected: “rowhouse"),
        (Some(text(&[&value[..value.len() - 1]])), "Expected: “rowhouse-verification="),
        (Some(Reply::Failure), "answered with an error"),
        (Some(Reply::Silence), "No DNS server answered in time"),
    ];
    for (reply, words) in cases {
        if let Some(reply) = reply {
            world.dns.set(RECORD, reply);
        }
        let answer = world.check(&acme, "help.acme.test").await;
        assert_eq!(answer.cookie("__Host-flash").as_deref(), Some("__Host-flash=domain-checked"));
        let page = world.page(&acme).await;
        assert!(page.contains(words), "“{words}” is not in {page}");
        assert!(page.contains("Waiting for proof"));
        assert_eq!(world.status_at("help.acme.test").await, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn a_proof_may_be_in_parts_among_others_and_elsewhere() {
    let world = World::new().await;
    let acme = world.app.tenant("acme").await;
    let value = world.claim(&acme, "parts.acme.test").await;
    let (start, end) = value.split_at(30);
    let parts = vec![start.to_owned(), end.to_owned()];
    let records = vec![vec!["google-site-verification=1".to_owned()], parts];
    world.dns.set("_rowhouse-challenge.parts.acme.test", Reply::Txt(records));
    world.check(&acme, "parts.acme.test").await;
    assert_eq!(world.status_at("parts.acme.test").await, StatusCode::OK);

    let value = world.claim(&acme, "alias.acme.test").await;
    world.dns.set("_rowhouse-challenge.alias.acme.test", Reply::Alias("proofs.dns.test".to_owned()));
    world.dns.set_text("proofs.dns.test", &value);
    world.check(&acme, "alias.acme.test").await;
    assert_eq!(world.status_at("alias.acme.test").await, StatusCode::OK);
}

#[tokio::test]
async fn a_domain_in_other_letters_is_one_domain() {
    let world = World::new().await;
    let acme = world.app.tenant("acme").await;
    world.prove(&acme, "xn--huser-gra.test").await;
    let again = world.send(&acme, &[("intent", "add"), ("host", "HÄUSER.test.")]).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(again.body.contains("“xn--huser-gra.test” is in the list already."), "{}", again.body);
    assert_eq!(world.status_at("XN--Huser-GRA.test").await, StatusCode::OK);
    assert!(world.page(&acme).await.contains("häuser.test"), "people read it in their letters");
}

#[tokio::test]
async fn what_is_no_domain_is_refused_beside_the_field() {
    let world = World::new().await;
    let acme = world.app.tenant("acme").await;
    for (typed, words) in [
        ("", "Enter a domain, such as"),
        ("https://help.acme.test/", "Enter the domain alone"),
        ("app.test", "belongs to this service"),
        ("globex.app.test", "belongs to this service"),
        ("a.b.app.test", "belongs to this service"),
        ("192.0.2.1", "This is an IP address"),
        ("co.uk", "everybody can register domains"),
        ("localhost", "cannot be reached from the internet"),
        ("intranet", "is not a whole domain"),
        ("acme.test:8443", "without a port"),
        ("*.acme.test", "This is not a domain"),
    ] {
        let answer = world.send(&acme, &[("intent", "add"), ("host", typed)]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{typed}");
        assert!(answer.body.contains(words), "{typed}: {}", answer.body);
        assert!(answer.body.contains("aria-describedby=\"host-help host-error\""), "beside the field");
        assert!(answer.body.contains(&format!("value=\"{typed}\"")), "what was typed stays: {typed}");
    }
}

#[tokio::test]
async fn who_proves_a_domain_has_it() {
    let world = World::new().await;
    let (acme, globex) = (world.app.tenant("acme").await, world.app.tenant("globex").await);
    let squatted = world.claim(&globex, "help.acme.test").await;
    let owned = world.claim(&acme, "help.acme.test").await;
    assert_ne!(squatted, owned, "each tenant has a record of its own");

    // The owner's record proves nothing for the other.
    world.dns.set_text(RECORD, &owned);
    world.check(&globex, "help.acme.test").await;
    let page = world.page(&globex).await;
    assert!(page.contains("Waiting for proof") && !page.contains("already in use"), "nothing is told: {page}");
    world.check(&acme, "help.acme.test").await;
    assert_eq!(world.status_at("help.acme.test").await, StatusCode::OK);

    // Only who has proven it too is told that it is taken.
    world.check(&globex, "help.acme.test").await;
    assert!(!world.page(&globex).await.contains("already in use"));
    world.dns.set(RECORD, Reply::Txt(vec![vec![owned], vec![squatted]]));
    world.check(&globex, "help.acme.test").await;
    let page = world.page(&globex).await;
    assert!(page.contains("already in use by another workspace; remove it there first"), "{page}");
    let page = world.app.get("help.acme.test", "/sign-in").send().await;
    assert!(page.body.contains("Sign in to Company acme"));

    // Removed there, it is free.
    let form = [("host", "help.acme.test"), ("typed", "help.acme.test")];
    world.app.post(&acme.host, "/admin/domains/remove").cookie(&acme.owner_cookie).form(&form).send().await;
    world.check(&globex, "help.acme.test").await;
    let page = world.app.get("help.acme.test", "/sign-in").send().await;
    assert!(page.body.contains("Sign in to Company globex"), "{}", page.body);
}

#[tokio::test]
async fn of_two_who_prove_at_the_same_time_one_has_it() {
    let world = World::new().await;
    let (acme, globex) = (world.app.tenant("acme").await, world.app.tenant("globex").await);
    let values = [world.claim(&acme, "help.acme.test").await, world.claim(&globex, "help.acme.test").await];
    world.dns.set(RECORD, Reply::Txt(values.map(|value| vec![value]).to_vec()));
    let (one, other) = tokio::join!(world.check(&acme, "help.acme.test"), world.check(&globex, "help.acme.test"));
    let flashes = [one, other].map(|answer| answer.cookie("__Host-flash").unwrap());
    assert_eq!(flashes.iter().filter(|flash| flash.ends_with("domain-verified")).count(), 1, "{flashes:?}");
    assert_eq!(world.status_at("help.acme.test").await, StatusCode::OK);
}

#[tokio::test]
async fn another_tenant_cannot_touch_it() {
    let world = World::new().await;
    let (acme, globex) = (world.app.tenant("acme").await, world.app.tenant("globex").await);
    world.prove(&acme, "help.acme.test").await;
    world.claim(&acme, "new.acme.test").await;
    for host in ["help.acme.test", "new.acme.test", "nobody.test", "not a domain"] {
        for intent in ["check", "primary"] {
            let answer = world.send(&globex, &[("intent", intent), ("host", host), ("anyway", "true")]).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{intent} {host}");
        }
        let form = [("host", host), ("typed", host)];
        let remove = world.app.post(&globex.host, "/admin/domains/remove").cookie(&globex.owner_cookie).form(&form);
        assert_eq!(remove.send().await.status, StatusCode::NOT_FOUND, "{host}");
    }
    assert!(!world.page(&globex).await.contains("acme.test"));
    assert_eq!(world.status_at("help.acme.test").await, StatusCode::OK);
    // The same from the serving role itself: the control plane's functions take the tenant from the transaction.
    let mut serving = world.app.db.serving(crate::database::Way::Direct).await;
    for call in [
        "control.remove_domain('help.acme.test') IS NOT NULL",
        "control.make_domain_primary('help.acme.test')",
        "EXISTS (SELECT FROM control.own_domains())",
    ] {
        let sql = format!(
            "BEGIN; SET LOCAL app.tenant_id = '{}';
             DO $$ BEGIN IF {call} THEN RAISE EXCEPTION 'reached'; END IF; END $$; COMMIT",
            globex.home.id().0
        );
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut serving).await.unwrap();
    }
    let read = sqlx::raw_sql("SELECT * FROM control.domain_claim").execute(&mut serving).await.unwrap_err();
    assert!(read.to_string().contains("permission denied"), "{read}");
}

#[tokio::test]
async fn questions_to_dns_are_limited() {
    let world = World::new().await;
    let acme = world.app.tenant("acme").await;
    world.claim(&acme, "help.acme.test").await;
    for _ in 0..10 {
        assert_eq!(world.check(&acme, "help.acme.test").await.status, StatusCode::SEE_OTHER);
    }
    assert_eq!(world.check(&acme, "help.acme.test").await.status, StatusCode::TOO_MANY_REQUESTS);
    world.app.clock.advance(time::Duration::minutes(10));
    assert_eq!(world.check(&acme, "help.acme.test").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn domains_of_a_tenant_are_limited() {
    let world = World::new().await;
    let acme = world.app.tenant("acme").await;
    for number in 0..20 {
        world.claim(&acme, &format!("n{number}.acme.test")).await;
    }
    let one_more = world.send(&acme, &[("intent", "add"), ("host", "more.acme.test")]).await;
    assert_eq!(one_more.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(one_more.body.contains("A workspace may have 20 domains."), "{}", one_more.body);
}

#[tokio::test]
async fn a_domain_is_removed_by_its_name() {
    let world = World::new().await;
    let acme = world.app.tenant("acme").await;
    world.prove(&acme, "help.acme.test").await;
    let path = "/admin/domains/remove?host=help.acme.test";
    let page = world.app.get(&acme.host, path).cookie(&acme.owner_cookie).send().await;
    assert!(page.body.contains("Nobody reaches the workspace at help.acme.test any more"), "{}", page.body);
    let remove = |typed: &'static str| {
        let form = [("host", "help.acme.test"), ("typed", typed)];
        world.app.post(&acme.host, "/admin/domains/remove").cookie(&acme.owner_cookie).form(&form)
    };
    let wrong = remove("help.acme").send().await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.body.contains("Type help.acme.test to remove it."), "{}", wrong.body);
    assert_eq!(world.status_at("help.acme.test").await, StatusCode::OK);
    assert_eq!(remove("Help.Acme.test").send().await.location(), "/admin/domains");
    assert_eq!(world.status_at("help.acme.test").await, StatusCode::NOT_FOUND);
    assert_eq!(remove("help.acme.test").send().await.status, StatusCode::NOT_FOUND);
}
