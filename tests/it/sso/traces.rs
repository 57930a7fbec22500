//! What happened at sign-ins, as admins read it.

use axum::http::StatusCode;
use rowhouse_platform::sso::{
    Purpose, Reason, Refused, Report, TraceId,
    trace::{self, NewTrace},
};
use time::Duration;

use super::managed::{Managed, id_of};
use crate::app::TestTenant;

impl Managed {
    /// Leaves a trace, as a sign-in does.
    async fn trace(
        &self,
        tenant: &TestTenant,
        path: &str,
        purpose: Purpose,
        reason: Option<Reason>,
        email: &str,
    ) -> TraceId {
        self.app.clock.advance(Duration::seconds(1));
        let mut report = Report::default();
        report.passed("Issuer", "It is https://idp.test, as set up.");
        report.received("ID token", r#"{"sub": "42", "note": "<script>alert(1)</script>"}"#);
        let refused: Option<Refused> =
            reason.map(|reason| report.refuse("Audience", reason, "It is for “other”. Right would be “us”."));
        let mut tx = self.app.services.database.begin(&tenant.home).await.unwrap();
        let new = NewTrace {
            connection: id_of(path),
            purpose,
            refused: refused.as_ref(),
            subject: "42",
            email,
            report: &report,
            request_id: "req-1",
        };
        let id = trace::record(&mut tx, &self.app.services.ambient, new).await.unwrap();
        tx.commit().await.unwrap();
        id
    }
}

#[tokio::test]
async fn a_trace_is_read_check_by_check() {
    let world = Managed::new().await;
    let acme = world.app.tenant("acme").await;
    let connection = world.connection(&acme, "Okta").await;
    let id = world.trace(&acme, &connection, Purpose::SignIn, Some(Reason::Audience), "ada@acme.test").await;
    let page = world.see(&acme, &format!("{connection}/traces/{id}")).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    for shown in [
        id.to_string().as_str(),
        "Refused",
        "It is for somebody else",
        "Passed: ",
        "It is https://idp.test, as set up.",
        "Failed: ",
        "It is for “other”. Right would be “us”.",
        "ID token",
        "&lt;script&gt;alert(1)&lt;/script&gt;",
        "ada@acme.test",
        "req-1",
    ] {
        assert!(page.body.contains(shown), "“{shown}” is not in {}", page.body);
    }
    assert!(!page.body.contains("<script>alert"), "{}", page.body);
    assert!(!page.body.contains("Try again"), "a sign-in of somebody else's cannot be tried again");

    let test = world.trace(&acme, &connection, Purpose::Test, None, "").await;
    let page = world.see(&acme, &format!("{connection}/traces/{test}")).await.body;
    assert!(page.contains("Try again") && page.contains("/start?purpose=test"), "{page}");
    assert!(page.contains("Not known") && !page.contains("Failed: "), "{page}");
}

#[tokio::test]
async fn traces_are_listed_narrowed_and_paged() {
    let world = Managed::new().await;
    let acme = world.app.tenant("acme").await;
    let connection = world.connection(&acme, "Okta").await;
    let path = format!("{connection}/traces");
    assert!(world.see(&acme, &path).await.body.contains("No traces yet"));
    world.trace(&acme, &connection, Purpose::SignIn, None, "passed@acme.test").await;
    assert!(world.see(&acme, &format!("{path}?refused=1")).await.body.contains("Nothing was refused"));
    world.trace(&acme, &connection, Purpose::Test, Some(Reason::Replay), "refused@acme.test").await;
    let page = world.see(&acme, &path).await.body;
    let (refused, passed) = (page.find("refused@acme.test").unwrap(), page.find("passed@acme.test").unwrap());
    assert!(refused < passed, "the newest first: {page}");
    assert!(page.contains("It was used before") && page.contains("Test"), "{page}");
    let page = world.see(&acme, &format!("{path}?refused=1")).await.body;
    assert!(page.contains("refused@acme.test") && !page.contains("passed@acme.test"), "{page}");

    for number in 0..50 {
        world.trace(&acme, &connection, Purpose::SignIn, None, &format!("n{number}@acme.test")).await;
    }
    let page = world.see(&acme, &path).await.body;
    assert!(page.contains("n49@acme.test") && page.contains("n0@acme.test"), "{page}");
    assert!(!page.contains("refused@acme.test"));
    let older = &page[page.find("?before=trc_").unwrap()..];
    let older = &older[..older.find('"').unwrap()];
    let page = world.see(&acme, &format!("{path}{older}")).await.body;
    assert!(page.contains("refused@acme.test") && page.contains("passed@acme.test"), "{page}");
    assert!(!page.contains("n0@acme.test") && page.contains("Newest"), "{page}");
    assert_eq!(world.see(&acme, &format!("{path}?before=x")).await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_reference_leads_to_its_trace() {
    let world = Managed::new().await;
    let (acme, globex) = (world.app.tenant("acme").await, world.app.tenant("globex").await);
    let (one, other) = (world.connection(&acme, "Okta").await, world.connection(&acme, "Entra").await);
    let foreign = world.connection(&globex, "Okta").await;
    let refused = Some(Reason::Time);
    let mine = world.trace(&acme, &other, Purpose::SignIn, refused, "ada@acme.test").await;
    let theirs = world.trace(&globex, &foreign, Purpose::SignIn, refused, "bob@globex.test").await;

    let find = async |reference: &str| {
        let reference = reference.replace(' ', "+");
        world.see(&acme, &format!("{one}/traces?reference={reference}")).await
    };
    // As it was copied, or typed from paper.
    for typed in [mine.to_string(), format!(" {} ", mine.to_string().to_uppercase())] {
        let answer = find(&typed).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
        assert_eq!(answer.location(), format!("{other}/traces/{mine}"));
    }
    for unknown in
        [theirs.to_string().as_str(), "trc_01m7pt4xtgfv4v4b4yswcshy0c", "x", "usr_01m7pt4xtgfv4v4b4yswcshy0c"]
    {
        let answer = find(unknown).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{unknown}");
        assert!(answer.body.contains("No trace has this reference."), "{}", answer.body);
        assert!(answer.body.contains(&format!("value=\"{unknown}\"")), "what was typed stays: {}", answer.body);
    }
    // By its address, a trace is there at its own connection alone.
    for path in [
        format!("{one}/traces/{mine}"),
        format!("{one}/traces/{theirs}"),
        format!("{foreign}/traces/{theirs}"),
        format!("{one}/traces/x"),
        format!("{foreign}/traces"),
    ] {
        assert_eq!(world.see(&acme, &path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}
