//! What is in the file, and for whom.

use axum::http::{StatusCode, header};
use futures_util::StreamExt as _;

use super::open;
use crate::app::{TestApp, TestTenant};

/// Tickets with the numbers from 1 on; their titles would be formulas.
async fn tickets(app: &TestApp, tenant: &TestTenant, count: i32) {
    sqlx::query(
        "INSERT INTO pooled.ticket (tenant_id, id, project_id, number, title, description, status, priority, requester_id,
                                    created_at, updated_at)
         SELECT $1, ('019d0000-0000-7000-a000-' || lpad(to_hex(n), 12, '0'))::uuid,
                (SELECT id FROM pooled.project WHERE tenant_id = $1 AND key = 'SUP'), n, '=' || n, 'a' || chr(10) || 'b',
                CASE WHEN n % 2 = 0 THEN 'open' ELSE 'pending' END, 'normal', $2, now(), now()
         FROM generate_series(1, $3) n",
    )
    .bind(tenant.home.id().0)
    .bind(tenant.owner.0)
    .bind(count)
    .execute(&mut app.db.admin().await)
    .await
    .unwrap();
}

#[tokio::test]
async fn every_ticket_of_the_view_stands_in_the_file_once() {
    let app = TestApp::start().await;
    let (acme, globex) = (app.tenant("acme").await, app.tenant("globex").await);
    tickets(&app, &acme, 1203).await;
    app.ticket(&globex, "Theirs").await;

    let file = open(&app, &acme, "/tickets/export?format=csv&sort=created").await;
    assert_eq!(file.status, StatusCode::OK, "{}", file.body);
    assert!(file.headers[header::CONTENT_DISPOSITION].to_str().unwrap().contains("acme-tickets-2026-06-01.csv"));
    let lines: Vec<_> = file.body.split("\r\n").collect();
    // The first line, and nothing behind the last.
    assert_eq!(lines.len(), 1203 + 2);
    assert!(lines[1].starts_with("\"SUP-1\",") && lines[1203].starts_with("\"SUP-1203\","), "{}", lines[1]);
    assert!(lines[1].contains(",\"'=1\",\"a\nb\","), "{}", lines[1]);

    let file = open(&app, &acme, "/tickets/export?format=jsonl&status=open&sort=-updated").await;
    let numbers: Vec<i64> = file
        .body
        .lines()
        .map(|line| {
            serde_json::from_str::<serde_json::Value>(line).unwrap()["key"].as_str().unwrap()[4..].parse().unwrap()
        })
        .collect();
    assert_eq!(numbers, (1..=1203).rev().filter(|number| number % 2 == 0).collect::<Vec<i64>>());

    let file = open(&app, &acme, "/tickets/export?format=json&status=closed").await;
    assert_eq!(serde_json::from_str::<Vec<serde_json::Value>>(&file.body).unwrap().len(), 0);
    let recorded: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM pooled.audit_event WHERE tenant_id = $1 AND action = 'ticket.exported'",
    )
    .bind(acme.home.id().0)
    .fetch_one(&mut app.db.admin().await)
    .await
    .unwrap();
    assert_eq!(recorded, 3);
}

/// However long descriptions are: each piece is held in memory, and 500 of these would be 40 MB.
#[tokio::test]
async fn pieces_are_cut_by_the_bytes_that_are_in_them() {
    const COUNT: i64 = 100;
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    tickets(&app, &acme, 1300).await;
    sqlx::query(
        "UPDATE pooled.ticket SET description = repeat('\u{1f4ce}', 20000) WHERE number BETWEEN 401 AND 400 + $1",
    )
    .bind(COUNT)
    .execute(&mut app.db.admin().await)
    .await
    .unwrap();
    for format in ["csv", "json"] {
        let address = format!("/tickets/export?format={format}&sort=created");
        let mut pieces = app.get(&acme.host, &address).cookie(&acme.owner_cookie).listen().await;
        let (mut whole, mut count) = (Vec::new(), 0);
        while let Some(piece) = pieces.next().await {
            let piece = piece.unwrap();
            assert!(piece.len() < 1_000_000, "{format}: a piece of {} bytes", piece.len());
            whole.extend_from_slice(&piece);
            count += 1;
        }
        // Seven of the long ones in a piece; behind them, pieces grow again.
        assert!((16..40).contains(&count), "{format}: {count} pieces");
        let text = String::from_utf8(whole).unwrap();
        let numbers: Vec<i64> = if format == "csv" {
            text.split("\r\n\"SUP-").skip(1).map(|line| line.split('"').next().unwrap().parse().unwrap()).collect()
        } else {
            let tickets: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap();
            tickets.iter().map(|ticket| ticket["key"].as_str().unwrap()[4..].parse().unwrap()).collect()
        };
        assert_eq!(numbers, (1..=1300).collect::<Vec<i64>>(), "{format}");
        assert_eq!(text.matches('\u{1f4ce}').count(), 2_000_000, "{format}");
    }
}

#[tokio::test]
async fn what_is_asked_wrongly_is_refused_before_the_file_begins() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    for query in ["?format=xlsx", "?format=csv&format=json", "?colour=red", "?project=NONE"] {
        assert_eq!(
            open(&app, &acme, &format!("/tickets/export{query}")).await.status,
            StatusCode::BAD_REQUEST,
            "{query}"
        );
    }
}

#[tokio::test]
async fn a_file_ends_where_the_workspace_is_suspended_meanwhile() {
    for suspend in [
        "UPDATE control.tenant SET state = 'suspended'",
        "UPDATE control.subscription SET state = 'suspended', suspended_at = now()",
    ] {
        let app = TestApp::start().await;
        let acme = app.tenant("acme").await;
        tickets(&app, &acme, 3).await;
        let ask = || app.get(&acme.host, "/tickets/export?format=csv").cookie(&acme.owner_cookie);
        // Nothing of the file is read before it is asked for.
        let mut whole = ask().listen().await;
        assert!(whole.next().await.unwrap().is_ok());
        let mut file = ask().listen().await;
        sqlx::raw_sql(suspend).execute(&mut app.db.admin().await).await.unwrap();
        app.services.directory.forget(acme.home.id());
        let broken = file.next().await.unwrap();
        assert!(broken.is_err(), "{suspend}");
    }
}
