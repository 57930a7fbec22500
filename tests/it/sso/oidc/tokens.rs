//! What comes back with the browser, and ID tokens that say something wrong.

use serde_json::{Value, json};

use super::{CLIENT, CallbackParams, NOW, Purpose, Reason, World, assert_refused};
use crate::sso::provider::Reply;

#[tokio::test]
async fn an_id_token_that_says_something_wrong() {
    let mut world = World::new().await;
    let now = NOW.unix_timestamp();
    let long = "x".repeat(2000);
    for (claims, reason, words) in [
        (json!({ "iss": "https://evil.example" }), Reason::Issuer, "“https://evil.example”"),
        (json!({ "iss": null }), Reason::Issuer, "and not from"),
        (json!({ "iss": ["x"] }), Reason::Issuer, "and not from"),
        (json!({ "aud": "another" }), Reason::Audience, "“another”"),
        (json!({ "aud": [] }), Reason::Audience, "(aud is empty); it has to name the client ID of this connection"),
        (json!({ "aud": null }), Reason::Audience, "does not say whom it is for"),
        (json!({ "aud": [CLIENT, "another"] }), Reason::Audience, "(azp)"),
        (json!({ "azp": "another" }), Reason::Audience, "given to “another”"),
        (json!({ "azp": 7 }), Reason::Audience, "(azp)"),
        (json!({ "aud": [CLIENT, "another"], "azp": "another" }), Reason::Audience, "given to “another”"),
        (json!({ "exp": now - 121 }), Reason::Time, "expired 2 minutes ago"),
        (json!({ "iat": now - 900, "exp": now - 600 }), Reason::Time, "clock is 15 minutes behind"),
        (json!({ "exp": null }), Reason::Time, "until when it is good"),
        (json!({ "exp": "tomorrow" }), Reason::Time, "until when it is good"),
        (json!({ "iat": null }), Reason::Time, "when it was made"),
        (json!({ "iat": now + 600 }), Reason::Time, "10 minutes ahead of our clock"),
        (json!({ "nbf": now + 7200 }), Reason::Time, "2 hours ahead"),
        (json!({ "nonce": "another" }), Reason::Nonce, "another than the one that was sent"),
        (json!({ "nonce": null }), Reason::Nonce, "holds no nonce"),
        (json!({ "at_hash": "AAAAAAAAAAAAAAAAAAAAAA" }), Reason::Signature, "(at_hash)"),
        (json!({ "at_hash": 7 }), Reason::Signature, "(at_hash)"),
        (json!({ "sub": null }), Reason::Subject, "does not say who it is"),
        (json!({ "sub": "" }), Reason::Subject, "does not say who it is"),
        (json!({ "sub": 7 }), Reason::Subject, "does not say who it is"),
        (json!({ "sub": long }), Reason::Subject, "1 to 1024 characters"),
    ] {
        world.provider.set(|it| it.claims = claims.clone());
        let refused = world.refused().await;
        assert_refused(&refused, reason, &[words]);
    }
    for claims in [
        json!({ "aud": [CLIENT] }),
        json!({ "aud": [CLIENT, "another"], "azp": CLIENT }),
        json!({ "exp": now - 110 }),
        json!({ "iat": now + 110, "nbf": now + 119 }),
        serde_json::from_str(&format!(r#"{{ "iat": {now}.5 }}"#)).unwrap(),
        json!({ "at_hash": null }),
    ] {
        world.provider.set(|it| it.claims = claims.clone());
        world.sign_in().await.unwrap_or_else(|refused| panic!("{claims}: {refused}"));
    }
}

#[tokio::test]
async fn an_answer_of_another_provider_is_not_taken() {
    let mut world = World::new().await;
    let issuer = world.provider.issuer.clone();
    world.provider.set(|it| it.callback_issuer = Some("https://evil.example".to_owned()));
    let refused = world.refused().await;
    assert_refused(&refused, Reason::Issuer, &["“https://evil.example”"]);
    // The code was not shown to anybody.
    assert_eq!(world.provider.asked("token"), 0);
    world.provider.set(|it| it.callback_issuer = Some(issuer));
    world.sign_in().await.unwrap();
    // Who promises to say it has to.
    world.clock.advance(time::Duration::hours(2));
    world.provider.set(|it| {
        it.callback_issuer = None;
        it.discovery = Reply::Patched(json!({ "authorization_response_iss_parameter_supported": true }));
    });
    let refused = world.refused().await;
    assert_refused(&refused, Reason::Issuer, &["promises that"]);
}

#[tokio::test]
async fn the_provider_sends_people_back_with_an_error() {
    let mut world = World::new().await;
    let begun = world.begun();
    for (error, description, words) in [
        ("access_denied", Some("User is not assigned to the client application."), "“User is not assigned to the"),
        ("access_denied", None, "assigned to this application there?"),
        ("invalid_scope", None, "A scope that is asked for"),
        ("<b>x</b>\r\n\u{202e}", Some("a\u{0}b"), "“<b>x</b>”: “a b”"),
    ] {
        let params = CallbackParams {
            error: Some(error.to_owned()),
            error_description: description.map(ToOwned::to_owned),
            ..CallbackParams::default()
        };
        let refused = world.finish(&begun, Purpose::SignIn, &params).await.unwrap_err();
        world.check_report(&refused);
        assert_refused(&refused, Reason::ProviderError, &[words]);
    }
    let refused = world.finish(&begun, Purpose::SignIn, &CallbackParams::default()).await.unwrap_err();
    assert_refused(&refused, Reason::ProviderAnswer, &["neither a code nor an error"]);
    assert_eq!(world.provider.asked("token"), 0);
}

#[tokio::test]
async fn a_code_is_good_once_and_for_whom_it_was_made() {
    let mut world = World::new().await;
    let (address, begun) = world.lead(false).await.unwrap();
    let params = world.params(&address, &begun);
    world.finish(&begun, Purpose::SignIn, &params).await.unwrap();
    let refused = world.finish(&begun, Purpose::SignIn, &params).await.unwrap_err();
    let callback = world.connection.endpoint("callback");
    assert_refused(&refused, Reason::ProviderError, &["“invalid_grant”", "used before", &callback]);
    // A code of somebody else's flow: the verifier does not fit.
    let (address, theirs) = world.lead(false).await.unwrap();
    let params = world.params(&address, &theirs);
    let refused = world.finish(&begun, Purpose::SignIn, &params).await.unwrap_err();
    assert_refused(&refused, Reason::ProviderError, &["“invalid_grant”"]);
    // Made-up codes, too.
    let long = "x".repeat(100_000);
    for code in ["", "x", "\u{0}\r\n", long.as_str()] {
        let params = CallbackParams { code: Some(code.to_owned()), ..CallbackParams::default() };
        assert!(world.finish(&begun, Purpose::SignIn, &params).await.is_err());
    }
}

#[tokio::test]
async fn a_token_endpoint_that_answers_badly() {
    let mut world = World::new().await;
    let error = |status, body: Value| Reply::Text { status, kind: "application/json", body: body.to_string() };
    let page = Reply::Text { status: 200, kind: "text/html", body: "<p>no".to_owned() };
    let page_error = Reply::Text { status: 500, kind: "text/html", body: "<p>no".to_owned() };
    let expired = "AADSTS7000222: The provided client secret keys are expired.";
    for (reply, reason, words) in [
        (Reply::Redirect("http://127.0.0.1:9/".to_owned()), Reason::ProviderAnswer, "It redirects to"),
        (Reply::Redirect("http://10.0.0.1/".to_owned()), Reason::ProviderRefused, "private network"),
        (Reply::Endless, Reason::ProviderAnswer, "larger than"),
        (page, Reason::ProviderAnswer, "cannot be read"),
        (page_error, Reason::ProviderAnswer, "cannot be read"),
        (Reply::json("{}".to_owned()), Reason::ProviderAnswer, "access_token"),
        (Reply::json(String::new()), Reason::ProviderAnswer, "empty"),
        (Reply::Patched(json!({ "id_token": null })), Reason::ProviderAnswer, "no ID token"),
        (Reply::Patched(json!({ "id_token": "" })), Reason::Malformed, "three parts"),
        (Reply::Patched(json!({ "id_token": "a.b.c.d.e" })), Reason::Malformed, "encrypted"),
        (Reply::Patched(json!({ "id_token": "!.!.!" })), Reason::Malformed, "base64url"),
        (Reply::Patched(json!({ "id_token": "e30.W10.AA" })), Reason::Malformed, "no object"),
        (Reply::Patched(json!({ "id_token": 7 })), Reason::ProviderAnswer, "cannot be read"),
        (
            error(401, json!({ "error": "invalid_client", "error_description": expired })),
            Reason::ProviderError,
            "client secret keys are expired",
        ),
        (error(400, json!({ "error": "redirect_uri_mismatch" })), Reason::ProviderError, "has to be registered"),
        (error(400, json!({ "error": "unauthorized_client" })), Reason::ProviderError, "authorisation code flow"),
        (error(400, json!({ "error": 7 })), Reason::ProviderAnswer, "cannot be read"),
    ] {
        world.provider.set(|it| it.token = reply);
        let refused = world.refused().await;
        assert_refused(&refused, reason, &[words]);
    }
    // An access token that no header may hold.
    world.settings().asks_userinfo = true;
    world.provider.set(|it| {
        it.token = Reply::Patched(json!({ "access_token": "a\r\nX-Injected: 1" }));
        it.claims = json!({ "at_hash": null });
    });
    let refused = world.sign_in().await.unwrap_err();
    assert_refused(&refused, Reason::ProviderAnswer, &["no header may hold"]);
}

#[tokio::test]
async fn a_redirect_uri_that_is_not_registered_is_told_at_the_provider() {
    let mut world = World::new().await;
    world.provider.register_redirect("https://acme.app.test/elsewhere");
    let (address, _) = world.lead(false).await.unwrap();
    let words = world.provider.sign_in(&address).unwrap_err();
    assert!(words.contains(&world.connection.endpoint("callback")), "{words}");
}
