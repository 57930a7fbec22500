//! Tokens that are not ours, whatever they say of themselves.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL};
use openssl::{
    bn::BigNumContext,
    ec::{EcGroup, EcKey, PointConversionForm},
    ecdsa::EcdsaSig,
    hash::MessageDigest,
    nid::Nid,
    pkey::{PKey, Private},
    sha::sha256,
    sign::Signer,
};
use rowhouse_platform::access_token::{AccessToken, Issuer, SigningKeys};
use serde_json::{Value, json};

use super::{APEX, access_token, assert_problem, json as body_of, me, run, usual_key};
use crate::app::TestApp;

fn part(value: &Value) -> String {
    BASE64URL.encode(value.to_string())
}

fn read(text: &str) -> Value {
    serde_json::from_slice(&BASE64URL.decode(text).unwrap()).unwrap()
}

fn es256(key: &EcKey<Private>, header: &Value, claims: &Value) -> String {
    let message = format!("{}.{}", part(header), part(claims));
    let signature = EcdsaSig::sign(&sha256(message.as_bytes()), key).unwrap();
    let halves = [signature.r().to_vec_padded(32).unwrap(), signature.s().to_vec_padded(32).unwrap()].concat();
    format!("{message}.{}", BASE64URL.encode(halves))
}

fn hs256(secret: &[u8], header: &Value, claims: &Value) -> String {
    let message = format!("{}.{}", part(header), part(claims));
    let key = PKey::hmac(secret).unwrap();
    let mut signer = Signer::new(MessageDigest::sha256(), &key).unwrap();
    signer.update(message.as_bytes()).unwrap();
    format!("{message}.{}", BASE64URL.encode(signer.sign_to_vec().unwrap()))
}

#[tokio::test]
async fn nothing_but_our_own_signature_counts() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let key = usual_key(&app, &acme).await;
    let good = access_token(&app, &acme, &key, None).await;
    assert_eq!(me(&app, &acme.host, &good).await.status, 200);
    let parts: Vec<_> = good.split('.').collect();
    let (header, claims) = (read(parts[0]), read(parts[1]));
    let jwks = body_of(&app.get(APEX, "/.well-known/jwks.json").send().await);
    let jwk = &jwks["keys"][0];
    assert_eq!(header["kid"], jwk["kid"]);
    let with = |name: &str, value: Value| {
        let mut changed = header.clone();
        changed[name] = value;
        changed
    };

    let mut forged: Vec<(&str, String)> = Vec::new();
    // No signature, by any spelling of "none".
    for none in ["none", "None", "NONE", "nOnE"] {
        let header = with("alg", json!(none));
        forged.push(("alg none", format!("{}.{}.", part(&header), parts[1])));
        forged.push(("alg none with the old signature", format!("{}.{}.{}", part(&header), parts[1], parts[2])));
    }
    forged.push(("no signature", format!("{}.{}.", parts[0], parts[1])));
    // HMAC, with everything of the public key that somebody could take for a secret.
    let decode = |name: &str| BASE64URL.decode(jwk[name].as_str().unwrap()).unwrap();
    let point = [vec![4], decode("x"), decode("y")].concat();
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
    let mut context = BigNumContext::new().unwrap();
    let public = openssl::ec::EcPoint::from_bytes(&group, &point, &mut context).unwrap();
    let pem = EcKey::from_public_key(&group, &public).unwrap().public_key_to_pem().unwrap();
    for secret in [point, pem, jwk.to_string().into_bytes(), decode("x"), vec![0]] {
        forged.push(("HS256 with the public key", hs256(&secret, &with("alg", json!("HS256")), &claims)));
        forged.push(("HMAC that says ES256", hs256(&secret, &header, &claims)));
    }
    // A key of the attacker's own: under our name, under no name, and brought along.
    let own = EcKey::generate(&group).unwrap();
    let x_y = own.public_key().to_bytes(&group, PointConversionForm::UNCOMPRESSED, &mut context).unwrap();
    let own_jwk = json!({
        "kty": "EC", "crv": "P-256", "x": BASE64URL.encode(&x_y[1..33]), "y": BASE64URL.encode(&x_y[33..]), "kid": "own",
    });
    forged.push(("another key under our name", es256(&own, &header, &claims)));
    for kid in ["", "own", "../../../../dev/null", "' OR '1'='1", "x' UNION SELECT 1--", "/dev/null", "\0"] {
        forged.push(("kid", es256(&own, &with("kid", json!(kid)), &claims)));
    }
    forged.push(("kid is a number", es256(&own, &with("kid", json!(1)), &claims)));
    for (name, value) in [
        ("jwk", own_jwk.clone()),
        ("jku", json!("https://evil.example/jwks.json")),
        ("x5u", json!("https://evil.example/key.pem")),
        ("x5c", json!(["MIIB"])),
        ("crit", json!(["exp"])),
        ("typ", json!("JWT")),
    ] {
        forged.push(("a header of the attacker's", es256(&own, &with(name, value), &claims)));
    }
    let no_kid = json!({ "alg": "ES256", "typ": "at+jwt" });
    forged.push(("no kid", es256(&own, &no_kid, &claims)));
    // Ours, changed.
    let mut mightier = claims.clone();
    mightier["scope"] = json!("workspace.own");
    forged.push(("another scope", format!("{}.{}.{}", parts[0], part(&mightier), parts[2])));
    let mut flipped = BASE64URL.decode(parts[2]).unwrap();
    flipped[10] ^= 1;
    forged.push(("a flipped bit", format!("{}.{}.{}", parts[0], parts[1], BASE64URL.encode(flipped))));
    forged.push(("zeros", format!("{}.{}.{}", parts[0], parts[1], BASE64URL.encode([0; 64]))));
    forged.push(("a space", format!("{}.{}. {}", parts[0], parts[1], parts[2])));
    forged.push(("padding", format!("{good}=")));
    forged.push(("a part more", format!("{good}.{}", parts[2])));

    for (what, token) in forged {
        let answer = me(&app, &acme.host, &token).await;
        assert_eq!(answer.status, 401, "{what}: {token}");
    }
    assert_eq!(me(&app, &acme.host, &good).await.status, 200, "the good one is still good");
}

#[tokio::test]
async fn a_token_is_for_one_workspace_and_one_installation_and_ten_minutes() {
    let app = TestApp::start().await;
    let (acme, globex) = (app.tenant("acme").await, app.tenant("globex").await);
    let (key, others) = (usual_key(&app, &acme).await, usual_key(&app, &globex).await);
    let token = access_token(&app, &acme, &key, None).await;
    let claims = read(token.split('.').nth(1).unwrap());
    assert_eq!(claims["iss"], format!("http://{APEX}"));
    assert_eq!(claims["aud"], format!("http://{APEX}/api/v1"));
    assert_eq!((&claims["sub"], &claims["client_id"]), (&json!(key.id), &json!(key.id)));
    assert_eq!(claims["tenant"], acme.home.id().to_string());
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 600);

    assert_problem(&me(&app, &globex.host, &token).await, 401, "unauthorized");
    // Signed with our key, by or for somebody else.
    let services = &app.services;
    let signed = |origin: &str, token: &AccessToken| {
        let issuer = Issuer { origin: origin.to_owned() };
        let (database, secrets) = (services.database.clone(), std::sync::Arc::clone(&services.secrets));
        let keys = SigningKeys::new(database, secrets, services.ambient.clone(), issuer);
        let token = token.clone();
        async move { keys.issue(&token).await.unwrap() }
    };
    let own =
        AccessToken { tenant: acme.home.id(), key: key.id.parse().unwrap(), scope: vec!["ticket.read".to_owned()] };
    assert_eq!(me(&app, &acme.host, &signed(&format!("http://{APEX}"), &own).await).await.status, 200);
    assert_eq!(me(&app, &acme.host, &signed("http://evil.test", &own).await).await.status, 401);
    // Our signature, the right workspace, and a key of another one.
    let crossed = AccessToken { key: others.id.parse().unwrap(), ..own.clone() };
    assert_eq!(me(&app, &acme.host, &signed(&format!("http://{APEX}"), &crossed).await).await.status, 401);

    app.clock.advance(time::Duration::seconds(599));
    assert_eq!(me(&app, &acme.host, &token).await.status, 200);
    app.clock.advance(time::Duration::seconds(1));
    assert_problem(&me(&app, &acme.host, &token).await, 401, "unauthorized");
    // Nor is one good that comes from the future.
    let later = signed(&format!("http://{APEX}"), &own).await;
    app.clock.advance(time::Duration::seconds(-60));
    assert_eq!(me(&app, &acme.host, &later).await.status, 401);
    run(&app, "UPDATE pooled.api_key SET revoked_at = now()".to_owned()).await;
    app.clock.advance(time::Duration::seconds(60));
    assert_eq!(me(&app, &acme.host, &later).await.status, 401);
}
