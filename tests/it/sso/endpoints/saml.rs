//! Whole sign-ins at a SAML provider.

use super::*;

/// What the provider says of Ada.
fn ada<'a>(world: &World, in_response_to: Option<&'a str>, assertion_id: &'a str) -> Says<'a> {
    let shown_at = world.app.services.ambient.now();
    Says { name_id: "ada-1", email: "ada@acme.test", in_response_to, assertion_id, shown_at }
}

fn relay_state(address: &str) -> String {
    crate::sso::provider::reply::form(address.split_once('?').unwrap().1)["RelayState"].clone()
}

#[tokio::test]
async fn somebody_signs_in_by_redirect() {
    let (world, provider) = World::saml(|_| {}).await;
    let sent = world.leave("?next=/tickets?status=open", "").await;
    assert!(sent.to.starts_with("https://idp.test/sso?"), "{}", sent.to);
    let request = attribute(&in_address(&sent.to, "SAMLRequest"), "ID");
    let state = relay_state(&sent.to);
    let response =
        provider.response(&world.base(), world.app.services.ambient.now(), &ada(&world, Some(&request), "_a1"));
    let form = [("SAMLResponse", response.as_str()), ("RelayState", state.as_str())];
    let answer = world.post("acs", &sent.cookie, &form).await;
    let session = session(&answer);
    assert_eq!(answer.location(), "/tickets?status=open");
    assert!(world.is_in(&session).await);

    // The same again: the sign-in is over.
    let answer = world.post("acs", &sent.cookie, &form).await;
    assert_plain(&answer, StatusCode::FORBIDDEN, "Begin the sign-in again");
    // In a new one: it answers another request.
    let again = world.leave("", &sent.cookie).await;
    let state = relay_state(&again.to);
    let answer = world.post("acs", &again.cookie, &[("SAMLResponse", &response), ("RelayState", &state)]).await;
    assert_plain(&answer, StatusCode::FORBIDDEN, "The sign-in could not be checked");
    assert_eq!(world.refusals().await, ["in_response_to", "unknown_state"]);
    assert_eq!(world.sessions().await, 1);
}

#[tokio::test]
async fn a_provider_asks_for_credentials_where_that_is_wanted() {
    let (world, _) = World::saml(|_| {}).await;
    for (query, wanted) in [("", false), ("?again=1", true)] {
        let sent = world.leave(query, "").await;
        assert_eq!(in_address(&sent.to, "SAMLRequest").contains(r#"ForceAuthn="true""#), wanted, "{query}");
    }
}

#[tokio::test]
async fn somebody_signs_in_by_post() {
    let (world, provider) = World::saml(|settings| settings.request_binding = RequestBinding::Post).await;
    let answer = world.get(&world.path("start"), "").await;
    assert_eq!(answer.status, StatusCode::OK);
    let policy = answer.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert!(policy.contains("form-action https:;"), "{policy}");
    assert!(answer.body.contains(r#"action="https://idp.test/sso-post" method="post""#), "{}", answer.body);
    let value = |name: &str| {
        let rest = answer.body.split_once(&format!(r#"name="{name}" value=""#)).unwrap().1;
        rest.split_once('"').unwrap().0.to_owned()
    };
    let request = String::from_utf8(
        base64::Engine::decode(&base64::engine::general_purpose::STANDARD, value("SAMLRequest")).unwrap(),
    )
    .unwrap();
    let (request, state) = (attribute(&request, "ID"), value("RelayState"));
    let response =
        provider.response(&world.base(), world.app.services.ambient.now(), &ada(&world, Some(&request), "_a1"));
    let browser = answer.cookie("__Host-sso").unwrap();
    let answer = world.post("acs", &browser, &[("SAMLResponse", &response), ("RelayState", &state)]).await;
    let session = session(&answer);
    assert!(world.is_in(&session).await);
}

#[tokio::test]
async fn another_browser_gets_nothing() {
    let (world, provider) = World::saml(|_| {}).await;
    let sent = world.leave("", "").await;
    let request = attribute(&in_address(&sent.to, "SAMLRequest"), "ID");
    let response =
        provider.response(&world.base(), world.app.services.ambient.now(), &ada(&world, Some(&request), "_a1"));
    let state = relay_state(&sent.to);
    let form = [("SAMLResponse", response.as_str()), ("RelayState", state.as_str())];
    let answer = world.post("acs", "", &form).await;
    assert_plain(&answer, StatusCode::FORBIDDEN, "Begin the sign-in again");
    let answer = world.post("acs", &sent.cookie, &form).await;
    assert_plain(&answer, StatusCode::FORBIDDEN, "Begin the sign-in again");
    // Without RelayState it belongs to no sign-in, whatever request it names.
    let sent = world.leave("", "").await;
    let answer = world.post("acs", &sent.cookie, &form[..1]).await;
    assert_plain(&answer, StatusCode::FORBIDDEN, "Begin the sign-in again");
    assert_eq!(world.refusals().await, ["unknown_state", "unknown_state", "other_browser"]);
    assert_eq!(world.sessions().await, 0);
}

#[tokio::test]
async fn the_provider_begins_where_that_is_switched_on_alone() {
    let (world, provider) = World::saml(|_| {}).await;
    let response = provider.response(&world.base(), world.app.services.ambient.now(), &ada(&world, None, "_a1"));
    let answer = world.post("acs", "", &[("SAMLResponse", &response)]).await;
    assert_plain(&answer, StatusCode::FORBIDDEN, "Begin at this workspace");
    assert_eq!(world.refusals().await, ["unsolicited"]);

    let (world, provider) = World::saml(|settings| settings.allows_idp_initiated = true).await;
    let now = world.app.services.ambient.now();
    for (number, (relay_state, next)) in [
        ("/tickets?status=open", "/tickets?status=open"),
        ("", "/tickets"),
        ("//evil.example", "/tickets"),
        ("https://evil.example/", "/tickets"),
        ("/\\evil.example", "/tickets"),
        ("javascript:alert(1)", "/tickets"),
    ]
    .into_iter()
    .enumerate()
    {
        let id = format!("_a{number}");
        let response = provider.response(&world.base(), now, &ada(&world, None, &id));
        let answer = world.post("acs", "", &[("SAMLResponse", &response), ("RelayState", relay_state)]).await;
        assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, next), "{}", answer.body);
    }
    // Providers that never name the request are taken too, in the browser that began.
    let sent = world.leave("?next=/account/profile", "").await;
    let response = provider.response(&world.base(), now, &ada(&world, None, "_b"));
    let state = relay_state(&sent.to);
    let answer = world.post("acs", &sent.cookie, &[("SAMLResponse", &response), ("RelayState", &state)]).await;
    assert_eq!(answer.location(), "/account/profile", "{}", answer.body);
}

#[tokio::test]
async fn an_assertion_is_good_once_however_many_bring_it() {
    let (world, provider) = World::saml(|settings| settings.allows_idp_initiated = true).await;
    let response = provider.response(&world.base(), world.app.services.ambient.now(), &ada(&world, None, "_a1"));
    let form = [("SAMLResponse", response.as_str())];
    let all = futures_util::future::join_all((0..8).map(|_| world.post("acs", "", &form))).await;
    let entered = all.iter().filter(|answer| answer.status == StatusCode::SEE_OTHER).count();
    let refused = all.iter().filter(|answer| answer.status == StatusCode::FORBIDDEN).count();
    assert_eq!((entered, refused, world.sessions().await), (1, 7, 1));
    assert_eq!(world.refusals().await, ["replay"; 7]);
    let answer = world.post("acs", "", &form).await;
    assert_plain(&answer, StatusCode::FORBIDDEN, "The sign-in could not be checked");
}

#[tokio::test]
async fn what_is_no_message_is_told_plainly() {
    let (world, _) = World::saml(|settings| settings.allows_idp_initiated = true).await;
    for form in [
        vec![],
        vec![("SAMLResponse", "")],
        vec![("SAMLResponse", "%%%")],
        vec![("SAMLResponse", "PHg+")],
        vec![("SAMLResponse", "PHg+"), ("SAMLResponse", "PHg+")],
        vec![("SAMLResponse", "PHg+"), ("RelayState", "a"), ("RelayState", "b")],
    ] {
        let answer = world.post("acs", "", &form).await;
        assert_plain(&answer, StatusCode::BAD_REQUEST, "The answer cannot be read");
    }
    let huge = "A".repeat(600 * 1024);
    let answer = world.post("acs", "", &[("SAMLResponse", &huge)]).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    let json = world.app.post(&world.tenant.host, &world.path("acs")).without("origin");
    let answer = json.body("application/json", b"{}".to_vec()).send().await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    let answer = world.get(&world.path("acs"), "").await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn metadata_says_who_we_are() {
    let (world, _) = World::saml(|_| {}).await;
    let answer = world.get(&world.path("metadata"), "").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.headers[header::CONTENT_TYPE], "application/samlmetadata+xml");
    assert!(answer.body.contains(&format!("{}/acs", world.base())), "{}", answer.body);
    assert_eq!(world.get(&world.path("jwks.json"), "").await.status, StatusCode::NOT_FOUND);
    let (world, _) = World::oidc().await;
    let answer = world.get(&world.path("jwks.json"), "").await;
    let keys: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    assert!(keys["keys"][0]["n"].is_string() && keys["keys"][0].get("d").is_none(), "{keys}");
    assert_eq!(world.get(&world.path("metadata"), "").await.status, StatusCode::NOT_FOUND);
}
