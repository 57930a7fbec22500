//! Every endpoint × (nobody, a session, a key of another workspace, a key without the permission): nobody gets in whom its
//! row does not name.

use std::collections::{HashMap, hash_map::Entry};

use axum::http::Method;
use rowhouse_app::access::catalogue;
use rowhouse_platform::access::api_key::offered;

use super::{TestKey, ask, make_key, usual_key};
use crate::{app::TestApp, database::Way};

/// A path with an id of the right form in the place of each parameter.
fn path(pattern: &str) -> String {
    let mut path = String::new();
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, behind) = after.split_once('}').unwrap();
        path.push_str(before);
        path.push_str(if name == "key" { "OPS-1" } else { "01m7pt4xtgfv4v4b4yswcshy0c" });
        rest = behind;
    }
    path + rest
}

#[tokio::test]
async fn no_endpoint_lets_in_whom_it_should_not() {
    let app = TestApp::start_with(Way::Direct, &[("ROWHOUSE_API__REQUESTS_PER_MINUTE", "100000")]).await;
    let (own, other) = (app.tenant("acme").await, app.tenant("globex").await);
    let stranger = usual_key(&app, &other).await;
    let offered: Vec<_> = catalogue().into_iter().filter(offered).collect();
    let table = rowhouse::api::routes().table().to_vec();
    assert!(!table.is_empty());
    // Of each permission: a key without it, and one with nothing else. Nobody has as many keys as there are endpoints.
    let mut keys: HashMap<&str, (TestKey, TestKey)> = HashMap::new();
    for row in table {
        let path = path(row.path);
        let what = format!("{} {path}", row.method);
        let send = |token: Option<&str>| {
            let request = match token {
                Some(token) => ask(&app, row.method.clone(), &own.host, &path, token),
                None => app.ask(row.method.clone(), &path).header("host", &own.host).cookie(&own.owner_cookie),
            };
            let has_body = row.method != Method::GET;
            if has_body { request.body("application/json", b"{}".to_vec()).send() } else { request.send() }
        };
        assert_eq!(send(None).await.status, 401, "{what} with a session");
        assert_eq!(send(Some(&stranger.token)).await.status, 401, "{what} with another workspace's key");
        if row.permission.is_everybodys() {
            continue;
        }
        assert!(row.permission.for_keys, "{what}: no key can ever hold {}", row.permission.name);
        if let Entry::Vacant(place) = keys.entry(row.permission.name) {
            let rest: Vec<_> =
                offered.iter().map(|info| info.name).filter(|name| *name != row.permission.name).collect();
            let without = make_key(&app, &own, &own.owner_cookie, &rest, "30").await;
            let with = make_key(&app, &own, &own.owner_cookie, &[row.permission.name], "30").await;
            place.insert((without, with));
        }
        let (without, with) = &keys[row.permission.name];
        assert_eq!(send(Some(&without.token)).await.status, 403, "{what} without {}", row.permission.name);
        let answer = send(Some(&with.token)).await;
        assert!(!matches!(answer.status.as_u16(), 401 | 403 | 500), "{what}: {} {}", answer.status, answer.body);
    }
}
