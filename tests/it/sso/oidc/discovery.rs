//! What may be wrong with a provider before anybody comes: each has its own words for the admin.

use serde_json::json;

use super::{Duration, Protocol, Reason, Refused, Report, World, assert_refused};
use crate::sso::provider::Reply;

impl World {
    async fn check(&mut self) -> Result<(), Refused> {
        self.report = Report::default();
        let Protocol::Oidc(settings) = &self.connection.protocol else { unreachable!() };
        let checked = self.oidc.discover(self.tenant, settings, &mut self.report).await.map(drop);
        if let Err(refused) = &checked {
            self.check_report(refused);
        }
        checked
    }
}

#[tokio::test]
async fn a_good_provider_passes() {
    let mut world = World::new().await;
    world.check().await.unwrap();
    let words: Vec<_> = world.report.steps.iter().map(|step| step.words.as_str()).collect();
    assert!(words.iter().any(|words| words.contains("The provider offers client_secret_basic")), "{words:?}");
    assert!(words.iter().any(|words| words.contains("1 key for signatures: “rsa-1”")), "{words:?}");
    // What is checked is fetched anew.
    world.check().await.unwrap();
    assert_eq!((world.provider.asked("discovery"), world.provider.asked("jwks")), (2, 2));
    let issuer = format!("{}/", world.provider.issuer);
    world.settings().issuer = issuer;
    let refused = world.check().await.unwrap_err();
    assert_refused(&refused, Reason::Issuer, &["slash at the end"]);
}

#[tokio::test]
async fn a_provider_that_describes_itself_wrongly() {
    let mut world = World::new().await;
    for (patch, reason, words) in [
        (json!({ "issuer": "https://evil.example" }), Reason::Issuer, "another issuer: “https://evil.example”"),
        (json!({ "issuer": "https://login.example/{tenantid}/v2.0" }), Reason::Issuer, "your tenant ID"),
        (json!({ "issuer": null }), Reason::ProviderAnswer, "does not say its issuer"),
        (json!({ "issuer": 7 }), Reason::ProviderAnswer, "does not say its issuer"),
        (json!({ "jwks_uri": null }), Reason::ProviderAnswer, "no jwks_uri"),
        (json!({ "authorization_endpoint": null }), Reason::ProviderAnswer, "no authorization_endpoint"),
        (json!({ "token_endpoint": null }), Reason::ProviderAnswer, "no token_endpoint"),
        (json!({ "token_endpoint": "https://10.0.0.1/token" }), Reason::ProviderRefused, "token_endpoint of the"),
        (json!({ "jwks_uri": "file:///etc/passwd" }), Reason::ProviderRefused, "begins with file://"),
        (json!({ "userinfo_endpoint": "http://169.254.169.254/" }), Reason::ProviderRefused, "local link"),
        (json!({ "authorization_endpoint": "javascript:alert(1)" }), Reason::ProviderRefused, "javascript"),
        (json!({ "end_session_endpoint": "data:text/html,x" }), Reason::ProviderRefused, "end_session_endpoint"),
        (json!({ "response_types_supported": ["id_token"] }), Reason::ProviderAnswer, "authorisation code flow"),
    ] {
        world.provider.set(|it| it.discovery = Reply::Patched(patch.clone()));
        let refused = world.check().await.unwrap_err();
        assert_refused(&refused, reason, &[words]);
    }
    // What it does not list is tried, and said.
    world.provider.set(|it| {
        it.discovery = Reply::Patched(json!({ "token_endpoint_auth_methods_supported": ["client_secret_post"] }));
    });
    world.check().await.unwrap();
    assert!(world.report.steps.last().unwrap().words.contains("and not client_secret_basic"));
}

#[tokio::test]
async fn a_provider_that_answers_badly() {
    let mut world = World::new().await;
    let deep = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
    let gigantic = format!("{{\"issuer\": \"{}\"}}", "x".repeat(2 * 1024 * 1024));
    let page = Reply::Text { status: 200, kind: "text/html", body: " <!doctype html><p>Sign in".to_owned() };
    let missing = Reply::Text { status: 404, kind: "text/html", body: "no".to_owned() };
    for (reply, reason, words) in [
        (page, Reason::ProviderAnswer, "a web page, not JSON"),
        (missing, Reason::ProviderAnswer, "status 404"),
        (Reply::json("{\"issuer\":".to_owned()), Reason::ProviderAnswer, "it is not JSON"),
        (Reply::json(String::new()), Reason::ProviderAnswer, "it is empty"),
        (Reply::json("[]".to_owned()), Reason::ProviderAnswer, "no object"),
        (Reply::json(deep.clone()), Reason::ProviderAnswer, "it is not JSON"),
        (Reply::json(gigantic), Reason::ProviderAnswer, "larger than 1024 KiB"),
        (Reply::Redirect("http://192.168.0.1/admin".to_owned()), Reason::ProviderRefused, "private network"),
        (Reply::Redirect("https://login.example/".to_owned()), Reason::ProviderAnswer, "It redirects to"),
        (Reply::Endless, Reason::ProviderAnswer, "larger than 1024 KiB"),
    ] {
        world.provider.set(|it| it.discovery = reply);
        let refused = world.check().await.unwrap_err();
        assert_refused(&refused, reason, &[words]);
    }
    world.provider.set(|it| it.discovery = Reply::Usual);
    let many: Vec<_> = (0..1000).map(|_| json!({ "kty": "EC", "crv": "P-256", "x": "AA", "y": "AA" })).collect();
    let weak = json!({ "keys": [{ "kty": "oct", "k": "AAAA" }, { "kty": "RSA" }, 7, { "kty": "??", "n": [] }] });
    for (reply, reason, words) in [
        (Reply::json(json!({ "keys": many }).to_string()), Reason::ProviderAnswer, "1000 keys, and at most 100"),
        (Reply::json(weak.to_string()), Reason::ProviderAnswer, "none of its 4 keys"),
        (Reply::json("{}".to_owned()), Reason::ProviderAnswer, "no list “keys”"),
        (Reply::json(deep), Reason::ProviderAnswer, "no set of keys"),
        (Reply::Redirect("https://10.1.1.1/".to_owned()), Reason::ProviderRefused, "private network"),
        (Reply::Endless, Reason::ProviderAnswer, "larger than"),
    ] {
        world.provider.set(|it| it.jwks = reply);
        let refused = world.check().await.unwrap_err();
        assert_refused(&refused, reason, &[words]);
    }
    world.provider.set(|it| {
        it.jwks = Reply::Usual;
        it.published = vec!["rsa-weak", "rsa-1/enc"];
    });
    assert_refused(&world.check().await.unwrap_err(), Reason::ProviderAnswer, &["2048 bits"]);
}

#[tokio::test]
async fn an_address_that_is_none() {
    let mut world = World::new().await;
    let well_known = format!("{}/.well-known/openid-configuration", world.provider.issuer);
    for (issuer, reason, words) in [
        (well_known.as_str(), Reason::Settings, "without /.well-known/openid-configuration"),
        ("https://login.example/?tenant=1", Reason::Settings, "without them"),
        ("https://10.0.0.1", Reason::ProviderRefused, "private network"),
        ("http://login.example", Reason::ProviderRefused, "has to begin with https://"),
        ("https://0xa9fea9fe/", Reason::ProviderRefused, "local link"),
        ("https://me:secret@login.example", Reason::ProviderRefused, "password"),
        ("acme", Reason::ProviderRefused, "is not an address"),
        ("https://nobody.invalid", Reason::ProviderUnreachable, "not known to DNS"),
    ] {
        issuer.clone_into(&mut world.settings().issuer);
        let refused = world.check().await.unwrap_err();
        assert_refused(&refused, reason, &[words]);
    }
}

#[tokio::test]
async fn a_provider_that_never_answers() {
    let mut world = World::patient(Duration::from_secs(2)).await;
    world.provider.set(|it| it.discovery = Reply::Slow);
    let refused = world.check().await.unwrap_err();
    assert_refused(&refused, Reason::ProviderUnreachable, &["within 2 seconds"]);
}
