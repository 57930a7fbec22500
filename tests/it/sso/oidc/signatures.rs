//! Signatures: with which algorithms, by which keys.

use serde_json::json;

use super::{Reason, World, assert_refused};
use crate::sso::provider::Signing;

#[tokio::test]
async fn good_signatures_of_every_kind() {
    let mut world = World::new().await;
    world.provider.set(|it| it.published = vec!["rsa-1", "ec-1", "ed-1"]);
    for signing in [Signing::Key("rsa-1"), Signing::Pss("rsa-1"), Signing::Key("ec-1"), Signing::Key("ed-1")] {
        world.provider.set(|it| {
            it.signing = signing;
            // EdDSA hashes with SHA-512.
            it.claims = json!({ "at_hash": null });
        });
        world.sign_in().await.unwrap_or_else(|refused| panic!("{signing:?}: {refused}"));
    }
    assert_eq!(world.provider.asked("jwks"), 1);
}

#[tokio::test]
async fn signatures_that_anybody_could_make_are_refused() {
    let mut world = World::new().await;
    for (signing, header, reason, words) in [
        (Signing::Not, json!({}), Reason::Unsigned, "is not signed"),
        (Signing::Not, json!({ "alg": "None" }), Reason::Unsigned, "is not signed"),
        (Signing::Not, json!({ "alg": "nOnE" }), Reason::Unsigned, "is not signed"),
        (Signing::Not, json!({ "alg": "RS256" }), Reason::Signature, "does not match"),
        (Signing::PublicKeyAsSecret, json!({}), Reason::Algorithm, "signed with “HS256”"),
        (Signing::ClientSecret, json!({}), Reason::Algorithm, "RS256 is the usual one"),
        (Signing::PublicKeyAsSecret, json!({ "alg": "RS256" }), Reason::Signature, "does not match"),
        (Signing::Forged, json!({}), Reason::Signature, "does not match"),
        (Signing::Key("rsa-1"), json!({ "alg": null }), Reason::Malformed, "does not say its algorithm"),
        (Signing::Key("rsa-1"), json!({ "alg": 7 }), Reason::Malformed, "does not say its algorithm"),
        (Signing::Key("rsa-1"), json!({ "alg": "RS384" }), Reason::Signature, "does not match"),
        (Signing::Key("rsa-1"), json!({ "alg": "ES256" }), Reason::UnknownKey, "made for the algorithm"),
        (Signing::Key("rsa-1"), json!({ "alg": "RSA-OAEP" }), Reason::Algorithm, "“RSA-OAEP”"),
        (Signing::Key("rsa-1"), json!({ "crit": ["exp"] }), Reason::Forbidden, "(crit)"),
        (Signing::Key("rsa-1"), json!({ "crit": [] }), Reason::Forbidden, "(crit)"),
    ] {
        world.provider.set(|it| {
            it.signing = signing;
            it.header = header.clone();
        });
        let refused = world.refused().await;
        assert_refused(&refused, reason, &[words]);
    }
}

#[tokio::test]
async fn keys_that_a_token_brings_along_are_not_looked_at() {
    let mut world = World::new().await;
    let own = json!({ "kty": "RSA", "n": "AQAB", "e": "AQAB" });
    let header = json!({ "jwk": own, "jku": "http://127.0.0.1:1/keys", "x5u": "http://127.0.0.1:1/c", "x5c": ["AA"] });
    // With the provider's own key they do no harm.
    world.provider.set(|it| it.header = header.clone());
    world.sign_in().await.unwrap();
    let words = &world.report.steps.iter().find(|step| step.check == "Signature").unwrap().words;
    assert!(words.contains("was not looked at: jwk, jku, x5u, x5c"), "{words}");
    // With another they do not help.
    world.provider.set(|it| it.signing = Signing::Forged);
    assert_refused(&world.refused().await, Reason::Signature, &[]);
    world.provider.set(|it| it.signing = Signing::Key("rsa-2"));
    assert_refused(&world.refused().await, Reason::UnknownKey, &["“rsa-2”", "“rsa-1”"]);
}

#[tokio::test]
async fn new_keys_are_fetched_and_unknown_ones_not_for_ever() {
    let mut world = World::new().await;
    world.sign_in().await.unwrap();
    assert_eq!(world.provider.asked("jwks"), 1);
    // The provider changes its key.
    world.provider.set(|it| {
        it.published = vec!["rsa-2"];
        it.signing = Signing::Key("rsa-2");
    });
    world.sign_in().await.unwrap();
    assert_eq!(world.provider.asked("jwks"), 2);
    // What the old one signed is worth nothing, and many made-up names make nobody ask again.
    world.provider.set(|it| it.signing = Signing::Key("rsa-1"));
    assert_refused(&world.refused().await, Reason::UnknownKey, &["at most once a minute"]);
    for kid in 0..20 {
        world.provider.set(|it| it.header = json!({ "kid": format!("made-up-{kid}") }));
        assert_refused(&world.refused().await, Reason::UnknownKey, &["made-up"]);
    }
    assert_eq!(world.provider.asked("jwks"), 2);
    world.clock.advance(time::Duration::seconds(61));
    assert_refused(&world.refused().await, Reason::UnknownKey, &[]);
    assert_eq!(world.provider.asked("jwks"), 3);
    // Keys are not kept for ever either.
    world.clock.advance(time::Duration::hours(1));
    world.provider.set(|it| {
        it.signing = Signing::Key("rsa-2");
        it.header = json!({});
    });
    world.sign_in().await.unwrap();
    assert_eq!(world.provider.asked("jwks"), 4);
}

#[tokio::test]
async fn tokens_and_keys_without_names() {
    let mut world = World::new().await;
    world.provider.set(|it| {
        it.published = vec!["ec-1/anonymous", "rsa-1/enc", "rsa-2/anonymous", "rsa-1/anonymous"];
        it.header = json!({ "kid": null });
    });
    world.sign_in().await.unwrap();
    // A key for encryption is none for signatures, though its name fits.
    world.clock.advance(time::Duration::hours(2));
    world.provider.set(|it| {
        it.published = vec!["rsa-1/enc", "ec-1"];
        it.header = json!({});
    });
    assert_refused(&world.refused().await, Reason::UnknownKey, &["“rsa-1”"]);
    // Several keys, and the token is of none.
    world.clock.advance(time::Duration::hours(2));
    world.provider.set(|it| {
        it.published = vec!["rsa-1", "rsa-1/anonymous"];
        it.signing = Signing::Key("rsa-2");
        it.header = json!({ "kid": null });
    });
    assert_refused(&world.refused().await, Reason::Signature, &["names no key"]);
}
