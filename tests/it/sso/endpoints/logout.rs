//! Signing out at both ends, begun at either.

use serde_json::json;

use super::*;

impl World {
    /// Ada comes in; the number names her assertion.
    async fn ada(&self, provider: &SamlProvider, name_id: &str, assertion_id: &str) -> String {
        let now = self.app.services.ambient.now();
        let email = format!("{name_id}@acme.test");
        let says = Says { name_id, email: &email, in_response_to: None, assertion_id, shown_at: now };
        let response = provider.response(&self.base(), now, &says);
        session(&self.post("acs", "", &[("SAMLResponse", &response)]).await)
    }

    async fn jane(&self, provider: &Provider) -> String {
        let sent = self.leave("", "").await;
        session(&self.back(&provider.sign_in(&sent.to).unwrap(), &sent.cookie).await)
    }
}

async fn saml() -> (World, SamlProvider) {
    World::saml(|settings| settings.allows_idp_initiated = true).await
}

#[tokio::test]
async fn an_openid_provider_ends_sessions_without_a_browser() {
    let (world, provider) = World::oidc().await;
    let (first, second) = (world.jane(&provider).await, world.jane(&provider).await);
    provider.set(|it| it.claims = json!({ "sid": "session-2" }));
    let third = world.jane(&provider).await;
    let world = &world;
    let end = async |token: String| {
        let path = world.path("back-channel-logout");
        let ask = world.app.post(&world.tenant.host, &path).without("origin");
        ask.form(&[("logout_token", token.as_str())]).send().await
    };
    // By person and session: those of the one session end.
    let token = provider.logout_token(&json!({}), &json!({ "jti": "one" }));
    let answer = end(token.clone()).await;
    assert_eq!((answer.status, answer.body.as_str()), (StatusCode::OK, ""));
    assert_eq!(answer.headers[header::CACHE_CONTROL], "no-store");
    assert!(!world.is_in(&first).await && !world.is_in(&second).await && world.is_in(&third).await);
    assert_eq!(world.audited("session.ended").await, 1);

    // The same token again, and one that is not the provider's.
    for (token, reason) in [(token, "replay"), ("a.b.c".to_owned(), "malformed"), (String::new(), "malformed")] {
        let answer = end(token).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        assert_eq!(answer.headers[header::CACHE_CONTROL], "no-store");
        let error: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
        assert_eq!(error["error"], "invalid_request");
        assert_eq!(world.refusals().await[0], reason);
    }
    // By the session alone, and by the person alone.
    let by_sid = provider.logout_token(&json!({}), &json!({ "jti": "two", "sub": null, "sid": "session-2" }));
    assert_eq!(end(by_sid).await.status, StatusCode::OK);
    assert!(!world.is_in(&third).await);
    let fourth = world.jane(&provider).await;
    let by_sub = provider.logout_token(&json!({}), &json!({ "jti": "three", "sid": null }));
    assert_eq!(end(by_sub).await.status, StatusCode::OK);
    assert!(!world.is_in(&fourth).await);
    // Of somebody who is not in, it is done already.
    let again = provider.logout_token(&json!({}), &json!({ "jti": "four", "sub": "nobody", "sid": null }));
    assert_eq!(end(again).await.status, StatusCode::OK);
}

#[tokio::test]
async fn somebody_signs_out_at_their_openid_provider_too() {
    let (world, provider) = World::oidc().await;
    let session = world.jane(&provider).await;
    let answer = world.app.post(&world.tenant.host, "/sign-out").cookie(&session).form(&[]).send().await;
    // Not a redirect: browsers would hold it against form-action.
    assert_eq!(answer.status, StatusCode::OK);
    assert!(answer.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap().contains("form-action 'self';"));
    assert!(
        answer.body.contains(&format!(r#"<meta http-equiv="refresh" content="0;url={}/logout?"#, provider.issuer)),
        "{}",
        answer.body
    );
    assert!(
        answer.body.contains("id_token_hint=") && answer.body.contains("Continue to okta login"),
        "{}",
        answer.body
    );
    assert!(set_cookie(&answer, "__Host-session").contains("Max-Age=0"));
    assert!(!world.is_in(&session).await);
    let answer = world.get(&world.path("signed-out?state=x"), "").await;
    assert!(
        answer.status == StatusCode::OK && answer.body.contains("signed out here and at okta login"),
        "{}",
        answer.body
    );
    // Whoever is in and only comes to that address stays so.
    let session = world.jane(&provider).await;
    assert_eq!(world.get(&world.path("signed-out"), &session).await.location(), "/tickets");
    assert!(world.is_in(&session).await);
    // Others sign out as ever.
    let answer =
        world.app.post(&world.tenant.host, "/sign-out").cookie(&world.tenant.member_cookie).form(&[]).send().await;
    assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/sign-in"));
}

#[tokio::test]
async fn a_saml_provider_ends_sessions() {
    let (world, provider) = saml().await;
    let (ada, bob) = (world.ada(&provider, "ada", "_a").await, world.ada(&provider, "bob", "_b").await);
    let now = world.app.services.ambient.now();
    let request = provider.logout_request(&world.base(), now, "_out1", "ada", Some("_session-ada"));
    let form = [("SAMLRequest", request.as_str()), ("RelayState", "whatever <they> sent")];
    let answer = world.post("slo", "", &form).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    assert!(answer.location().starts_with("https://idp.test/slo?SAMLResponse="), "{}", answer.location());
    let query = crate::sso::provider::reply::form(answer.location().split_once('?').unwrap().1);
    assert_eq!(query["RelayState"], "whatever <they> sent");
    assert!(query.contains_key("Signature"));
    let response = in_address(answer.location(), "SAMLResponse");
    assert_eq!(attribute(&response, "InResponseTo"), "_out1");
    assert!(response.contains("status:Success"), "{response}");
    assert!(!world.is_in(&ada).await && world.is_in(&bob).await);
    assert_eq!(world.audited("session.ended").await, 1);

    let answer = world.post("slo", "", &form).await;
    assert_plain(&answer, StatusCode::FORBIDDEN, "The sign-in could not be checked");
    assert_eq!(world.refusals().await, ["replay"]);
    // Another session than the one that is open; then all of them.
    let request = provider.logout_request(&world.base(), now, "_out2", "bob", Some("_another"));
    assert_eq!(world.post("slo", "", &[("SAMLRequest", &request)]).await.status, StatusCode::SEE_OTHER);
    assert!(world.is_in(&bob).await);
    let request = provider.logout_request(&world.base(), now, "_out3", "bob", None);
    assert_eq!(world.post("slo", "", &[("SAMLRequest", &request)]).await.status, StatusCode::SEE_OTHER);
    assert!(!world.is_in(&bob).await);
    // White space around a name says nothing.
    let spaced =
        Says { name_id: "\n  eve\n", email: "eve@acme.test", in_response_to: None, assertion_id: "_e", shown_at: now };
    let eve =
        session(&world.post("acs", "", &[("SAMLResponse", &provider.response(&world.base(), now, &spaced))]).await);
    let request = provider.logout_request(&world.base(), now, "_out4", "eve", None);
    assert_eq!(world.post("slo", "", &[("SAMLRequest", &request)]).await.status, StatusCode::SEE_OTHER);
    assert!(!world.is_in(&eve).await);
}

#[tokio::test]
async fn somebody_signs_out_at_their_saml_provider_too() {
    let (world, provider) = saml().await;
    let session = world.ada(&provider, "ada", "_a").await;
    let answer = world.app.post(&world.tenant.host, "/sign-out").cookie(&session).form(&[]).send().await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(!world.is_in(&session).await);
    let rest = answer.body.split_once("content=\"0;url=").unwrap().1;
    let address = rest.split_once('"').unwrap().0.replace("&amp;", "&");
    let request = in_address(&address, "SAMLRequest");
    assert!(request.contains(">ada</saml:NameID>") && request.contains("_session-ada"), "{request}");
    let id = attribute(&request, "ID");
    let leaving = answer.cookie("__Host-leaving").unwrap();
    assert!(set_cookie(&answer, "__Host-leaving").contains("SameSite=None"));

    let now = world.app.services.ambient.now();
    let response = provider.logout_response(&world.base(), now, &id);
    let answer = world.post("slo", &leaving, &[("SAMLResponse", &response)]).await;
    assert!(answer.body.contains("signed out here and at adfs login"), "{}", answer.body);
    // Without the browser's cookie, or for another request: it says what is known.
    let other = provider.logout_response(&world.base(), now, "_other");
    for (cookie, response) in [("", &response), (leaving.as_str(), &other)] {
        let answer = world.post("slo", cookie, &[("SAMLResponse", response)]).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert!(answer.body.contains("did not confirm"), "{}", answer.body);
    }
    assert_eq!(world.refusals().await, ["in_response_to", "unknown_state"]);
}

#[tokio::test]
async fn nobody_else_ends_a_session() {
    let (world, provider) = saml().await;
    let session = world.ada(&provider, "ada", "_a").await;
    let now = world.app.services.ambient.now();
    let stranger = SamlProvider::new();
    let forged = stranger.logout_request(&world.base(), now, "_out", "ada", None);
    let answer = world.post("slo", &session, &[("SAMLRequest", &forged)]).await;
    assert_plain(&answer, StatusCode::FORBIDDEN, "The sign-in could not be checked");
    for form in [
        vec![],
        vec![("SAMLRequest", "PHg+")],
        vec![("SAMLResponse", "PHg+")],
        vec![("SAMLRequest", forged.as_str()), ("SAMLResponse", forged.as_str())],
        vec![("SAMLRequest", forged.as_str()), ("SAMLRequest", forged.as_str())],
    ] {
        let answer = world.post("slo", &session, &form).await;
        assert!(
            answer.status.is_client_error() || answer.body.contains("did not confirm"),
            "{form:?}: {}",
            answer.status
        );
    }
    for query in ["", "?SAMLRequest=x", "?SAMLResponse=x", "?SAMLRequest=x&SAMLRequest=y&Signature=z&SigAlg=q", "?%ff"]
    {
        let answer = world.get(&world.path(&format!("slo{query}")), &session).await;
        assert!(
            answer.status.is_client_error() || answer.body.contains("did not confirm"),
            "{query}: {}",
            answer.status
        );
    }
    assert!(world.is_in(&session).await);
}
