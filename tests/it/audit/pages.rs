//! The page and the files that are made of it.

use axum::http::{StatusCode, header};
use rowhouse_platform::audit::{Act, Action};

use super::{invited, write};
use crate::app::{Answer, TestApp, TestTenant};

async fn open(app: &TestApp, tenant: &TestTenant, path: &str) -> Answer {
    app.get(&tenant.host, path).cookie(&tenant.owner_cookie).send().await
}

/// The records on a page, by what they were done to.
fn targets(page: &str) -> Vec<String> {
    let parts = page.split("<span class=\"audit-entry__target\">").skip(1);
    parts.map(|rest| rest.split('<').next().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn records_are_shown_newest_first_and_filtered() {
    let app = TestApp::start().await;
    let (acme, globex) = (app.tenant("acme").await, app.tenant("globex").await);
    write(&app, &acme, invited(1)).await.unwrap();
    app.clock.advance(time::Duration::hours(24));
    let act = Act::by_account(acme.owner, "Olga <of> acme", "owner@acme.test", Action::DomainAdded);
    write(&app, &acme, act.on("domain", "1", "desk_acme.test")).await.unwrap();

    let cookie = app.owner_signs_in(&acme).await;
    let page = async |query: &str| app.get(&acme.host, &format!("/admin/audit{query}")).cookie(&cookie).send().await;
    let all = page("").await;
    assert_eq!(all.status, StatusCode::OK);
    assert_eq!(targets(&all.body)[1..], ["desk_acme.test", "person-1@acme.test", "Company acme"]);
    assert!(all.body.contains("Olga &lt;of&gt; acme") && !all.body.contains("<of>"), "names are text");
    assert!(all.body.contains("<ins>agent</ins>") && all.body.contains("<del>none</del>"), "before and after");
    assert!(all.body.contains("They asked."));
    for (query, expected) in [
        ("?who=olga+%3C", vec!["desk_acme.test"]),
        ("?who=rowhouse", vec!["person-1@acme.test", "Company acme"]),
        ("?what=domains", vec!["desk_acme.test"]),
        ("?what=member.invited", vec!["person-1@acme.test"]),
        ("?target=desk_", vec!["desk_acme.test"]),
        ("?target=desk%25", vec![]),
        ("?what=members&to=2026-06-01&from=2026-06-01", vec!["person-1@acme.test"]),
        ("?what=members&from=2026-06-02", vec![]),
        ("?address=203.0.113.", vec![]),
        ("?who=a%00b", vec![]),
    ] {
        let answer = page(query).await;
        assert_eq!(answer.status, StatusCode::OK, "{query}");
        assert_eq!(targets(&answer.body), expected, "{query}");
        assert_eq!(answer.body.contains("Nothing matches"), expected.is_empty(), "{query}");
    }
    for (query, status, words) in [
        ("?from=yesterday", 422, "This is no day"),
        ("?from=2026-06-02&to=2026-06-01", 422, "The last day is before the first"),
        ("?what=nonsense", 400, "nothing that is recorded"),
        ("?before=x", 400, "damaged"),
        ("?before=1&after=2", 400, "not both"),
    ] {
        let answer = page(query).await;
        assert_eq!(answer.status.as_u16(), status, "{query}");
        assert!(answer.body.contains(words), "{query}: {}", answer.body);
    }
    let theirs = open(&app, &globex, "/admin/audit").await;
    assert!(!theirs.body.contains("acme"), "a neighbour sees nothing");
}

#[tokio::test]
async fn the_log_is_paged_by_key() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    for number in 2..=120 {
        write(&app, &acme, invited(number)).await.unwrap();
    }
    let link = |page: &Answer, rel: &str| {
        let end = page.body.find(&format!("rel=\"{rel}\""))?;
        let start = page.body[..end].rfind("href=\"")? + 6;
        Some(page.body[start..].split('"').next()?.replace("&amp;", "&"))
    };
    let first = open(&app, &acme, "/admin/audit?what=members").await;
    let second = open(&app, &acme, &link(&first, "next").unwrap()).await;
    let third = open(&app, &acme, &link(&second, "next").unwrap()).await;
    assert!(link(&first, "prev").is_none() && link(&third, "next").is_none());
    let seen: Vec<_> = [&first, &second, &third].into_iter().flat_map(|page| targets(&page.body)).collect();
    let expected: Vec<_> = (2..=120).rev().map(|number| format!("person-{number}@acme.test")).collect();
    assert_eq!(seen, expected);
    let back = open(&app, &acme, &link(&third, "prev").unwrap()).await;
    assert_eq!(targets(&back.body), targets(&second.body));
}

#[tokio::test]
async fn exports_hold_what_the_filter_lets_through_and_are_recorded() {
    let app = TestApp::start().await;
    let (acme, globex) = (app.tenant("acme").await, app.tenant("globex").await);
    // More than one piece.
    for number in 2..=1010 {
        write(&app, &acme, invited(number)).await.unwrap();
    }
    write(&app, &globex, invited(1)).await.unwrap();

    let answer = open(&app, &acme, "/admin/audit/export.csv?what=members").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.headers[header::CONTENT_TYPE], "text/csv; charset=utf-8; header=present");
    assert_eq!(answer.headers[header::CONTENT_DISPOSITION], "attachment; filename=\"acme-audit-2026-06-01.csv\"");
    let lines: Vec<_> = answer.body.split_terminator("\r\n").collect();
    assert_eq!(lines.len(), 1 + 1009);
    assert!(lines[0].starts_with("\"seq\",\"id\",\"at\",\"action\","), "{}", lines[0]);
    assert!(lines[1].starts_with("\"1010\",") && lines[1009].starts_with("\"2\","));
    assert!(
        lines[1].contains("\"2026-06-01T12:00:00Z\"") && lines[1].contains(r#""{""number"":1010,""role"":""agent""}""#),
        "{}",
        lines[1]
    );

    let answer = open(&app, &acme, "/admin/audit/export.jsonl").await;
    let lines: Vec<serde_json::Value> = answer.body.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 1012, "with the two exports themselves");
    assert_eq!(lines[1]["action"], "audit.exported");
    assert_eq!(lines[1]["actor"]["email"], "owner@acme.test");
    assert_eq!(lines[1]["after"]["filter"]["actions"][0], "member.invited");
    assert_eq!(lines[1011]["action"], "workspace.created");
    assert!(!answer.body.contains("globex"));
    let bad = open(&app, &acme, "/admin/audit/export.csv?from=nonsense").await;
    assert_eq!(bad.status, StatusCode::BAD_REQUEST);
    assert!(super::verified(&app, &acme, None).await.is_good());
}

#[tokio::test]
async fn a_cell_of_an_export_is_never_a_formula() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let form = [("email", "=1+1@acme.test"), ("password", "x")];
    let formula = "=HYPERLINK(\"https://evil.test\",\"ok\")";
    app.post(&acme.host, "/sign-in").header("user-agent", formula).form(&form).send().await;
    let file = open(&app, &acme, "/admin/audit/export.csv?what=sign-in").await.body;
    assert!(file.contains("\"'=1+1@acme.test\""), "{file}");
    assert!(file.contains("\"'=HYPERLINK(\"\"https://evil.test\"\",\"\"ok\"\")\""), "{file}");
}
