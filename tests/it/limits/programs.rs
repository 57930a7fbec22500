//! Programs: as often as the plan says, each key and all of them together.

use time::Duration;

use super::{allow, header, put_on, wait};
use crate::{
    api::{assert_problem, me, usual_key},
    app::TestApp,
    database::Way,
};

const ON: [(&str, &str); 1] = [("ROWHOUSE_LIMITS__ENABLED", "true")];

#[tokio::test]
async fn all_keys_together_have_what_the_plan_says_and_a_burst_more() {
    let app = TestApp::start_with(Way::Direct, &ON).await;
    let acme = app.tenant("acme").await;
    put_on(&app, &acme, "free").await;
    let (first, second) = (usual_key(&app, &acme).await, usual_key(&app, &acme).await);
    let answer = me(&app, &acme.host, &first.token).await;
    assert_eq!(header(&answer, "ratelimit-policy"), r#""key";q=100;w=60, "workspace";q=100;w=60"#);
    assert_eq!(header(&answer, "ratelimit"), r#""key";r=119;t=60, "workspace";r=119;t=60"#);
    for _ in 0..99 {
        assert_eq!(me(&app, &acme.host, &first.token).await.status, 200);
    }
    for left in (0..20).rev() {
        let answer = me(&app, &acme.host, &second.token).await;
        assert_eq!(answer.status, 200);
        assert!(header(&answer, "ratelimit").contains(&format!(r#""workspace";r={left};"#)), "{:?}", answer.headers);
    }
    let refused = me(&app, &acme.host, &second.token).await;
    let problem = assert_problem(&refused, 429, "too-many-requests");
    let wait_for = wait(&refused);
    assert_eq!(
        problem["detail"],
        format!(
            "The plan lets this workspace’s keys send 100 requests a minute together, and they have. Wait {wait_for} s \
             and send the request again, or choose a larger plan."
        )
    );
    let said_before = assert_problem(&me(&app, &acme.host, &second.token).await, 429, "too-many-requests");
    assert_eq!(said_before["detail"], problem["detail"], "from memory, too");
    // What was refused counts for nobody.
    assert!(header(&refused, "ratelimit").starts_with(r#""key";r=100;"#), "{:?}", refused.headers);
    assert!(header(&refused, "ratelimit").contains(r#""workspace";r=0;"#), "{:?}", refused.headers);
    app.clock.advance(Duration::seconds(wait_for));
    assert_eq!(me(&app, &acme.host, &second.token).await.status, 200, "after the time that was said");
}

#[tokio::test]
async fn one_key_alone_has_the_burst() {
    let app = TestApp::start_with(Way::Direct, &ON).await;
    let acme = app.tenant("acme").await;
    put_on(&app, &acme, "free").await;
    let key = usual_key(&app, &acme).await;
    for _ in 0..120 {
        assert_eq!(me(&app, &acme.host, &key.token).await.status, 200);
    }
    let refused = me(&app, &acme.host, &key.token).await;
    let problem = assert_problem(&refused, 429, "too-many-requests");
    assert!(problem["detail"].as_str().unwrap().ends_with("or choose a larger plan."), "{problem}");
    assert!(header(&refused, "ratelimit").starts_with(r#""key";r=0;"#), "{:?}", refused.headers);
}

#[tokio::test]
async fn who_looks_after_programs_reads_that_the_limit_is_near() {
    let app = TestApp::start_with(Way::Direct, &ON).await;
    let acme = app.tenant("acme").await;
    allow(&app, &acme, 10).await;
    let key = usual_key(&app, &acme).await;
    let page = async |path: &str| app.get(&acme.host, path).cookie(&acme.owner_cookie).send().await.body;
    for _ in 0..5 {
        assert_eq!(me(&app, &acme.host, &key.token).await.status, 200);
    }
    assert!(!page("/admin/api-keys").await.contains("In the last hour"));
    for _ in 0..4 {
        assert_eq!(me(&app, &acme.host, &key.token).await.status, 200);
    }
    for path in ["/admin/api-keys", "/admin/usage"] {
        let near = page(path).await;
        assert!(near.contains("programs used at least 80 % of 10 requests in a minute"), "{near}");
    }
    // Ten and a burst of two.
    for _ in 0..3 {
        assert_eq!(me(&app, &acme.host, &key.token).await.status, 200);
    }
    assert_problem(&me(&app, &acme.host, &key.token).await, 429, "too-many-requests");
    let refused = page("/admin/usage").await;
    assert!(refused.contains("programs sent more than 10 requests in a minute"), "{refused}");
    app.clock.advance(Duration::hours(1));
    assert!(!page("/admin/usage").await.contains("In the last hour"));
}

#[tokio::test]
async fn tenants_are_counted_apart() {
    let app = TestApp::start_with(Way::Direct, &ON).await;
    let tenants = [app.tenant("acme").await, app.tenant("globex").await, app.tenant("initech").await];
    for (tenant, plan) in tenants.iter().zip(["free", "team", "enterprise"]) {
        put_on(&app, tenant, plan).await;
    }
    let mut through = Vec::new();
    for tenant in &tenants {
        let key = usual_key(&app, tenant).await;
        let mut count = 0;
        for _ in 0..130 {
            count += usize::from(me(&app, &tenant.host, &key.token).await.status == 200);
        }
        through.push(count);
    }
    assert_eq!(through, [120, 130, 130]);
}

#[tokio::test]
async fn a_change_of_the_plan_is_heeded_at_once() {
    let app = TestApp::start_with(Way::Direct, &ON).await;
    let acme = app.tenant("acme").await;
    allow(&app, &acme, 1).await;
    let key = usual_key(&app, &acme).await;
    assert_eq!(me(&app, &acme.host, &key.token).await.status, 200);
    assert_problem(&me(&app, &acme.host, &key.token).await, 429, "too-many-requests");
    allow(&app, &acme, 5).await;
    // A refusal is believed for a second.
    app.clock.advance(Duration::seconds(1));
    assert_eq!(me(&app, &acme.host, &key.token).await.status, 200);
}

#[tokio::test]
async fn a_flood_is_refused_without_asking_the_database() {
    let app = TestApp::start_with(Way::Direct, &ON).await;
    let acme = app.tenant("acme").await;
    allow(&app, &acme, 2).await;
    let key = usual_key(&app, &acme).await;
    for _ in 0..2 {
        assert_eq!(me(&app, &acme.host, &key.token).await.status, 200);
    }
    assert_problem(&me(&app, &acme.host, &key.token).await, 429, "too-many-requests");
    app.services.database.close().await;
    for _ in 0..10 {
        let refused = me(&app, &acme.host, &key.token).await;
        assert_problem(&refused, 429, "too-many-requests");
        assert!(wait(&refused) >= 1);
    }
    app.clock.advance(Duration::minutes(3));
    assert_problem(&me(&app, &acme.host, &key.token).await, 503, "unavailable");
}

#[tokio::test]
async fn nobody_uses_up_what_a_workspace_has_by_asking_in_its_name() {
    let app = TestApp::start_with(Way::Direct, &ON).await;
    let acme = app.tenant("acme").await;
    allow(&app, &acme, 3).await;
    let (key, gone) = (usual_key(&app, &acme).await, usual_key(&app, &acme).await);
    let revoke = format!("UPDATE pooled.api_key SET revoked_at = now() WHERE prefix = '{}'", &gone.token[31..39]);
    crate::api::run(&app, revoke).await;
    for _ in 0..20 {
        assert_problem(&me(&app, &acme.host, &gone.token).await, 401, "unauthorized");
    }
    let answer = me(&app, &acme.host, &key.token).await;
    assert!(header(&answer, "ratelimit").starts_with(r#""key";r=2;"#), "{:?}", answer.headers);
}
