//! Keys are added, named and removed by their owner alone.

use axum::http::StatusCode;
use axum::http::header;
use futures_util::future::join_all;
use serde_json::Value;
use serde_json::json;

use super::{
    ADD, CONFIRM, Ceremony, SIGN_IN, UNKNOWN, USED_UP, add,
    authenticator::{Lies, attest, encode},
    begin, ids, origin, post, refusal, run, sign_in,
};
use crate::app::TestApp;

#[tokio::test]
async fn the_browser_is_told_what_it_needs() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let key = add(&app, &acme, &acme.owner_cookie).await;
    let again = begin(&app, &acme.host, ADD, &acme.owner_cookie).await.options;
    assert_eq!(again["excludeCredentials"], json!([{ "type": "public-key", "id": encode(&key.id) }]));
    assert_eq!(again["rp"], json!({ "name": "Company acme", "id": "acme.app.test" }));
    assert_eq!(again["user"]["name"], "owner@acme.test");
    assert_eq!(again["attestation"], "none");

    let anybody = begin(&app, &acme.host, SIGN_IN, "").await.options;
    assert_eq!(anybody["allowCredentials"], json!([]));
    assert_eq!((&anybody["rpId"], &anybody["userVerification"]), (&json!("acme.app.test"), &json!("required")));

    let owner = begin(&app, &acme.host, CONFIRM, &acme.owner_cookie).await.options;
    assert_eq!(owner["allowCredentials"], again["excludeCredentials"]);
    let none = post(&app, &acme.host, "/confirm/passkey/begin", &acme.member_cookie, &json!({})).await;
    assert_eq!(refusal(&none), "You have no passkey for this address.");

    let answer = post(&app, &acme.host, "/sign-in/passkey/begin", "", &json!({})).await;
    let set = answer.headers[header::SET_COOKIE].to_str().unwrap();
    assert!(
        set.starts_with("__Host-ceremony=") && set.ends_with("; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=600")
    );
}

#[tokio::test]
async fn adding_takes_somebody_who_showed_who_they_are() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let ceremony = begin(&app, &acme.host, ADD, &acme.owner_cookie).await;
    let (_, answer) = ceremony.create(&Lies::default());
    // The ceremony outlives neither the session nor its freshness.
    for (cookie, leads_to) in [("", "/sign-in"), (acme.stale_cookie.as_str(), "/confirm")] {
        let begun = post(&app, &acme.host, "/account/passkeys/begin", cookie, &json!({})).await;
        assert!(begun.location().starts_with(leads_to), "{cookie}: {}", begun.location());
        let cookies = ceremony.cookies.replace(&acme.owner_cookie, cookie);
        let moved =
            Ceremony { cookies, host: ceremony.host.clone(), path: ADD, id: ceremony.id.clone(), options: Value::Null };
        assert!(moved.finish(&app, &answer).await.location().starts_with(leads_to));
    }
    let cookies = ceremony.cookies.replace(&acme.owner_cookie, &acme.member_cookie);
    assert_eq!(refusal(&Ceremony { cookies, ..ceremony }.finish(&app, &answer).await), USED_UP);
    assert_eq!(ids(&app, &acme).await.len(), 0);
}

#[tokio::test]
async fn a_key_is_nobodys_second() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let key = add(&app, &acme, &acme.owner_cookie).await;
    let ceremony = begin(&app, &acme.host, ADD, &acme.member_cookie).await;
    let answer = attest(&key, &ceremony.options, &origin(&acme.host), &Lies::default());
    assert_eq!(refusal(&ceremony.finish(&app, &answer).await), "This passkey is on your account already.");

    let tenant = acme.home.id().0;
    run(&app, format!(
        "INSERT INTO pooled.passkey
         SELECT tenant_id, gen_random_uuid(), account_id, convert_to(n::text, 'UTF8'), rp_id, name, credential, false, now()
         FROM pooled.passkey, generate_series(1, 19) n WHERE tenant_id = '{tenant}'"
    ))
    .await;
    let full = post(&app, &acme.host, "/account/passkeys/begin", &acme.owner_cookie, &json!({})).await;
    assert!(refusal(&full).starts_with("You have as many passkeys as"), "{}", full.body);
}

#[tokio::test]
async fn keys_get_names_and_ends() {
    let app = TestApp::start().await;
    let (acme, globex) = (app.tenant("acme").await, app.tenant("globex").await);
    let mut key = add(&app, &acme, &acme.owner_cookie).await;
    let page = format!("/account/passkeys/{}", ids(&app, &acme).await[0]);
    let remove = format!("{page}/remove");
    let shown = app.get(&acme.host, &page).cookie(&acme.owner_cookie).send().await;
    assert!(shown.status == StatusCode::OK && shown.body.contains("Laptop"), "{}", shown.body);

    // Other people, of this tenant and another, find nothing; neither does an id that is none.
    for (host, cookie) in [(&acme.host, &acme.member_cookie), (&globex.host, &globex.owner_cookie)] {
        for path in [&page, &remove] {
            assert_eq!(app.get(host, path).cookie(cookie).send().await.status, StatusCode::NOT_FOUND);
            let form = [("name", "Mine")];
            assert_eq!(app.post(host, path).cookie(cookie).form(&form).send().await.status, StatusCode::NOT_FOUND);
        }
    }
    let nothing = app.get(&acme.host, "/account/passkeys/pky_1").cookie(&acme.owner_cookie).send().await;
    assert_eq!(nothing.status, StatusCode::NOT_FOUND);

    let rename =
        async |name: &str| app.post(&acme.host, &page).cookie(&acme.owner_cookie).form(&[("name", name)]).send().await;
    for bad in ["", " ", &"x".repeat(61)] {
        assert_eq!(rename(bad).await.status, StatusCode::UNPROCESSABLE_ENTITY, "{bad}");
    }
    assert_eq!(rename(" Work <laptop> ").await.location(), "/account/security#passkeys");
    let shown = app.get(&acme.host, &page).cookie(&acme.owner_cookie).send().await;
    assert!(shown.body.contains("Work &lt;laptop&gt;"), "{}", shown.body);

    let list = app.get(&acme.host, "/account/security").cookie(&acme.owner_cookie).send().await;
    assert!(list.body.contains("Work &lt;laptop&gt;") && list.body.contains(&page), "{}", list.body);
    let others = app.get(&acme.host, "/account/security").cookie(&acme.member_cookie).send().await;
    assert!(others.body.contains("You have no passkey yet.") && !others.body.contains("laptop"), "{}", others.body);

    let stale = app.post(&acme.host, &remove).cookie(&acme.stale_cookie).form(&[]).send().await;
    assert!(stale.location().starts_with("/confirm"));
    let gone = app.post(&acme.host, &remove).cookie(&acme.owner_cookie).form(&[]).send().await;
    assert_eq!(gone.location(), "/account/security#passkeys");
    assert_eq!(refusal(&sign_in(&app, &acme, &mut key).await), UNKNOWN);
    assert_eq!(app.get(&acme.host, &page).cookie(&acme.owner_cookie).send().await.status, StatusCode::NOT_FOUND);

    let sql = "SELECT action FROM pooled.audit_event WHERE action LIKE 'passkey.%' ORDER BY seq";
    let acts: Vec<String> = sqlx::query_scalar(sql).fetch_all(&mut app.db.admin().await).await.unwrap();
    assert_eq!(acts, ["passkey.added", "passkey.renamed", "passkey.removed"]);
}

#[tokio::test]
async fn the_last_way_in_stays() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let tenant = acme.home.id().0;
    add(&app, &acme, &acme.owner_cookie).await;
    add(&app, &acme, &acme.owner_cookie).await;
    run(&app, format!("UPDATE pooled.account SET password_hash = NULL WHERE tenant_id = '{tenant}'")).await;
    let keys = ids(&app, &acme).await;
    // Both at the same time: one goes, the other stays.
    let removals = keys.iter().map(|key| {
        let path = format!("/account/passkeys/{key}/remove");
        let ask = app.post(&acme.host, &path).cookie(&acme.owner_cookie).form(&[]);
        ask.send()
    });
    let mut outcomes: Vec<_> = join_all(removals).await.iter().map(|answer| answer.status).collect();
    outcomes.sort_unstable();
    assert_eq!(outcomes, [StatusCode::SEE_OTHER, StatusCode::UNPROCESSABLE_ENTITY]);
    assert_eq!(ids(&app, &acme).await.len(), 1);
}
