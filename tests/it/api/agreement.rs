//! Token, host and `X-Tenant-ID` agree, or the request is nobody's: in every combination, and all refusals alike.

use axum::http::Method;
use serde_json::Value;

use super::{APEX, access_token, ask, json, run, usual_key};
use crate::app::{Answer, TestApp};

/// What a refusal says, without what names this one request.
fn refusal(answer: &Answer) -> Value {
    let mut body = json(answer);
    body["request_id"] = Value::Null;
    body["instance"] = Value::Null;
    body
}

#[tokio::test]
async fn token_host_and_header_name_one_workspace_or_nobody_is_there() {
    let app =
        TestApp::start_with(crate::database::Way::Direct, &[("ROWHOUSE_API__REQUESTS_PER_MINUTE", "100000")]).await;
    let (own, other) = (app.tenant("acme").await, app.tenant("globex").await);
    for (tenant, host) in [(&own, "help.acme.test"), (&other, "help.globex.test")] {
        let id = tenant.home.id().0;
        run(
            &app,
            format!("INSERT INTO control.domain (host, tenant_id, verified_at) VALUES ('{host}', '{id}', now())"),
        )
        .await;
    }
    app.services.directory.forget_all();
    let key = usual_key(&app, &own).await;
    let access = access_token(&app, &own, &key, None).await;

    let hosts = [
        ("acme.app.test:3000", "", true),
        ("help.acme.test", "", true),
        (APEX, "/t/acme", true),
        (APEX, "", true),
        ("globex.app.test:3000", "", false),
        ("help.globex.test", "", false),
        (APEX, "/t/globex", false),
        ("initech.app.test:3000", "", false),
        (APEX, "/t/initech", false),
        ("elsewhere.test", "", false),
    ];
    let (own_id, other_id) = (own.home.id().to_string(), other.home.id().to_string());
    let headers: [(&[&str], bool); 9] = [
        (&[], true),
        (&["acme"], true),
        (&[own_id.as_str()], true),
        (&["globex"], false),
        (&[other_id.as_str()], false),
        (&["ACME"], false),
        (&[""], false),
        (&["acme", "acme"], false),
        (&["acme", "globex"], false),
    ];
    let mut refusals = Vec::new();
    for token in [&key.token, &access] {
        for (host, base, host_agrees) in hosts {
            for (values, header_agrees) in headers {
                let mut request = ask(&app, Method::GET, host, &format!("{base}/api/v1/me"), token);
                for value in values {
                    request = request.header("x-tenant-id", value);
                }
                let answer = request.send().await;
                let what = format!("{host}{base} {values:?}");
                if host_agrees && header_agrees {
                    assert_eq!(answer.status, 200, "{what}: {}", answer.body);
                    assert_eq!(json(&answer)["tenant"]["slug"], "acme", "{what}");
                } else {
                    assert_eq!(answer.status, 401, "{what}: {}", answer.body);
                    refusals.push(refusal(&answer));
                }
            }
        }
    }
    let nothing = app.ask(Method::GET, "/api/v1/me").header("host", &own.host).send().await;
    assert_eq!(nothing.status, 401);
    let wrong = ask(&app, Method::GET, &own.host, "/api/v1/me", "rhk_wrong").send().await;
    let nowhere = ask(&app, Method::GET, &other.host, "/api/v1/nothing-there", &key.token).send().await;
    assert_eq!(nowhere.status, 401, "who is nobody hears nothing of what there is");
    assert_eq!(ask(&app, Method::GET, &own.host, "/api/v1/nothing-there", &key.token).send().await.status, 404);
    refusals.extend([refusal(&nothing), refusal(&wrong), refusal(&nowhere)]);
    refusals.dedup();
    assert_eq!(refusals.len(), 1, "a refusal does not tell why: {refusals:?}");
}

#[tokio::test]
async fn a_token_of_a_workspace_that_is_gone_finds_nobody() {
    let app = TestApp::start().await;
    let own = app.tenant("acme").await;
    let key = usual_key(&app, &own).await;
    // Of the right form, and of a tenant that does not exist.
    let id = rowhouse_platform::id::TenantId(uuid::Uuid::from_u128(7)).to_string();
    let text = key.token.replace(own.home.id().to_string().trim_start_matches("ten_"), id.trim_start_matches("ten_"));
    assert_eq!(ask(&app, Method::GET, APEX, "/api/v1/me", &text).send().await.status, 401);
}

#[tokio::test]
async fn a_suspended_workspace_says_so_to_its_own_keys_alone() {
    let app = TestApp::start().await;
    let own = app.tenant("acme").await;
    let key = usual_key(&app, &own).await;
    run(&app, "UPDATE control.tenant SET state = 'suspended'".to_owned()).await;
    app.services.directory.forget_all();
    for host in [own.host.as_str(), APEX] {
        super::assert_problem(&super::me(&app, host, &key.token).await, 403, "suspended");
        let nobody = app.ask(Method::GET, "/api/v1/me").header("host", host).send().await;
        super::assert_problem(&nobody, 401, "unauthorized");
    }
}
