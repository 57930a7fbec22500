//! The figures of the dashboard.

use serde_json::json;

use super::Program;
use crate::api::assert_problem;

#[tokio::test]
async fn the_figures_are_those_of_the_files() {
    let program = Program::start().await;
    for title in ["One", "Two"] {
        program.open(title).await;
    }
    program.app.clock.advance(time::Duration::hours(1));
    program.patch("/api/v1/tickets/SUP-1", "*", json!({ "status": "solved" })).await;
    let figures = program.read("/api/v1/insight?range=7d&by=assignee").await;
    let totals = &figures["totals"];
    assert_eq!((&totals["open"], &totals["created"], &totals["resolved"]), (&json!(1), &json!(2), &json!(1)));
    assert_eq!((totals["median_resolution"].as_f64(), &totals["median_first_response"]), (Some(3600.0), &json!(null)));
    assert_eq!((&figures["from"], &figures["to"]), (&json!("2026-05-26"), &json!("2026-06-01")));
    let charts: Vec<_> =
        figures["charts"].as_array().unwrap().iter().map(|one| one["chart"].as_str().unwrap()).collect();
    assert_eq!(charts, ["created-resolved", "open-by-age", "first-response", "resolution", "breakdown"]);

    let flow = &figures["charts"][0];
    let (app, tenant) = (&program.app, &program.tenant);
    let file = app.get(&tenant.host, "/insight/export?chart=created-resolved&range=7d").cookie(&tenant.owner_cookie);
    let file = file.send().await.body;
    let rows: Vec<String> = flow["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            let values: Vec<_> = row["values"].as_array().unwrap().iter().map(|one| one.as_f64().unwrap()).collect();
            format!("\"{}\",\"{}\",\"{}\"", row["key"].as_str().unwrap(), values[0], values[1])
        })
        .collect();
    assert_eq!(file.lines().skip(1).collect::<Vec<_>>(), rows);
    assert_eq!((&flow["columns"][0]["name"], &flow["columns"][0]["unit"]), (&json!("Created"), &json!("count")));
    assert_eq!(figures["charts"][4]["axis"], "Assignee");
}

#[tokio::test]
async fn what_is_asked_wrongly_is_named() {
    let program = Program::start().await;
    for (query, parameter) in [
        ("range=1y", "range"),
        ("range=custom&from=2026-02-30&to=2026-03-01", "from"),
        ("range=custom&from=2026-05-01&to=2027-01-01", "to"),
        ("range=7d&from=2026-05-01&to=2026-05-02", "from"),
        ("from=2026-05-01", "to"),
        ("by=colour", "by"),
        ("project=", "project"),
        ("colour=red", "colour"),
    ] {
        let answer = program.get(&format!("/api/v1/insight?{query}")).await;
        assert_eq!(assert_problem(&answer, 422, "invalid")["errors"][0]["parameter"], parameter, "{query}");
    }
    for query in ["project=NONE", "assignee=usr_00000000000000000000000000", "label=x"] {
        assert_problem(&program.get(&format!("/api/v1/insight?{query}")).await, 404, "not-found");
    }
}

#[tokio::test]
async fn it_is_filtered_as_the_list_is() {
    let program = Program::start().await;
    program.open("One").await;
    let days = program.read("/api/v1/insight?from=2026-05-01&to=2026-05-31").await;
    assert_eq!((&days["from"], &days["to"]), (&json!("2026-05-01"), &json!("2026-05-31")));

    // Nobody has the ticket yet, so that none of them is among those who have some.
    let me = program.read("/api/v1/me").await["owner"]["id"].as_str().unwrap().to_owned();
    for who in ["me", &me] {
        let path = format!("/api/v1/insight?assignee={who}");
        assert_eq!(program.read(&path).await["totals"]["open"], 0, "{who}");
    }
    let changed = program.patch("/api/v1/tickets/SUP-1", "*", json!({ "assignee": me })).await;
    assert_eq!(changed.status, 200, "{}", changed.body);
    assert_eq!(program.read("/api/v1/insight?assignee=me&by=label").await["totals"]["open"], 1);
}
