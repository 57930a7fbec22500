//! A superuser does to the tables what the serving role cannot, and `verify` finds it.

use rowhouse_platform::audit::Anchor;
use sqlx::{AssertSqlSafe, PgConnection};

use super::{verified, with_records};
use crate::app::{TestApp, TestTenant};

const RECORDS: usize = 8;

async fn run(admin: &mut PgConnection, sql: &str) {
    // Triggers would hold even a superuser to the order of records.
    let sql = format!("SET session_replication_role = replica; {sql}; RESET session_replication_role");
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(admin).await.unwrap_or_else(|error| panic!("{error}"));
}

/// Whatever a column may hold, a superuser can make it hold something else.
async fn drop_checks(admin: &mut PgConnection) {
    let checks: Vec<(String, String)> = sqlx::query_as(
        "SELECT conrelid::regclass::text, conname::text FROM pg_constraint
         WHERE conrelid IN ('pooled.audit_event'::regclass, 'pooled.audit_head'::regclass) AND contype = 'c'",
    )
    .fetch_all(&mut *admin)
    .await
    .unwrap();
    for (table, check) in checks {
        run(admin, &format!("ALTER TABLE {table} DROP CONSTRAINT {check}")).await;
    }
}

async fn keep_a_copy(admin: &mut PgConnection) {
    run(
        admin,
        "CREATE TABLE public.events AS TABLE pooled.audit_event; CREATE TABLE public.heads AS TABLE pooled.audit_head",
    )
    .await;
}

async fn put_back(admin: &mut PgConnection) {
    run(
        admin,
        "DELETE FROM pooled.audit_event; DELETE FROM pooled.audit_head;
         INSERT INTO pooled.audit_event TABLE public.events; INSERT INTO pooled.audit_head TABLE public.heads",
    )
    .await;
}

async fn findings(app: &TestApp, tenant: &TestTenant, expected: Option<&Anchor>) -> Vec<(i64, String)> {
    let report = verified(app, tenant, expected).await;
    report.findings.into_iter().map(|finding| (finding.seq, finding.what)).collect()
}

#[tokio::test]
async fn an_edit_of_any_column_is_found() {
    let app = TestApp::start().await;
    let acme = with_records(&app, "acme", RECORDS).await;
    let globex = app.tenant("globex").await;
    let mut admin = app.db.admin().await;
    keep_a_copy(&mut admin).await;
    drop_checks(&mut admin).await;
    let columns: Vec<(String, String, bool)> = sqlx::query_as(
        "SELECT attname::text, format_type(atttypid, NULL), attnotnull FROM pg_attribute
         WHERE attrelid = 'pooled.audit_event'::regclass AND attnum > 0 AND NOT attisdropped",
    )
    .fetch_all(&mut admin)
    .await
    .unwrap();
    assert!(columns.len() >= 20, "{columns:?}");
    for (column, kind, not_null) in columns {
        let mut values = vec![match kind.as_str() {
            "uuid" if column == "tenant_id" => format!("'{}'", globex.home.id().0),
            "uuid" => "gen_random_uuid()".to_owned(),
            "bigint" => format!("{column} + 1000"),
            "timestamp with time zone" => format!("{column} + interval '1 microsecond'"),
            "json" => "'{\"role\":\"owner\"}'".to_owned(),
            "bytea" => format!("set_byte({column}, 0, 255 - get_byte({column}, 0))"),
            "text" => format!("coalesce({column}, '') || 'x'"),
            other => panic!("the test does not know how to change a {other}"),
        }];
        if !not_null {
            values.push("NULL".to_owned());
            values.push(if kind == "text" { "''".to_owned() } else { values[0].clone() });
        }
        for value in values {
            let changed = format!(
                "UPDATE pooled.audit_event SET {column} = {value} WHERE seq = 4 AND tenant_id = '{}'",
                acme.home.id().0
            );
            let differs = format!(
                "SELECT count(*) FROM pooled.audit_event e JOIN public.events k USING (tenant_id, seq)
                 WHERE e.{column}::text IS DISTINCT FROM k.{column}::text"
            );
            run(&mut admin, &changed).await;
            let differs: i64 = sqlx::query_scalar(AssertSqlSafe(differs)).fetch_one(&mut admin).await.unwrap();
            let found = findings(&app, &acme, None).await;
            if differs == 0 && !["seq", "tenant_id"].contains(&column.as_str()) {
                assert_eq!(found, [], "{column} = {value} changes nothing");
            } else {
                assert_eq!(found.first().map(|(seq, _)| *seq), Some(4), "{column} = {value}: {found:?}");
            }
            put_back(&mut admin).await;
        }
    }
    assert_eq!(findings(&app, &acme, None).await, []);
}

#[tokio::test]
async fn removed_inserted_and_reordered_records_are_found() {
    let app = TestApp::start().await;
    let acme = with_records(&app, "acme", RECORDS).await;
    let mut admin = app.db.admin().await;
    keep_a_copy(&mut admin).await;
    let copy_of = |seq: &str| {
        format!(
            "INSERT INTO pooled.audit_event SELECT (jsonb_populate_record(e, jsonb_build_object('seq', {seq}))).*
             FROM pooled.audit_event e WHERE seq = 4"
        )
    };
    let move_head = "UPDATE pooled.audit_head SET seq = 9, mac = (SELECT mac FROM pooled.audit_event WHERE seq = 9)";
    let cut_front = "DELETE FROM pooled.audit_event WHERE seq <= 3;
         UPDATE pooled.audit_head SET first_seq = 4, anchor = (SELECT mac FROM public.events WHERE seq = 3)";
    let cases: Vec<(String, i64, &str)> = vec![
        ("DELETE FROM pooled.audit_event WHERE seq = 4".into(), 4, "the record is missing"),
        ("DELETE FROM pooled.audit_event WHERE seq BETWEEN 4 AND 6".into(), 4, "the records 4 to 6 are missing"),
        ("DELETE FROM pooled.audit_event WHERE seq >= 7".into(), 7, "the records 7 to 8 are missing"),
        ("DELETE FROM pooled.audit_event WHERE seq <= 3".into(), 1, "the records 1 to 3 are missing"),
        ("DELETE FROM pooled.audit_event".into(), 1, "the records 1 to 8 are missing"),
        (
            "UPDATE pooled.audit_event SET seq = 99 WHERE seq = 4; UPDATE pooled.audit_event SET seq = 4 WHERE seq = 5;
             UPDATE pooled.audit_event SET seq = 5 WHERE seq = 99"
                .into(),
            4,
            "was changed, or is not the record that was written at this place",
        ),
        // The gap closed again: the records behind it move up.
        (
            "DELETE FROM pooled.audit_event WHERE seq = 4; UPDATE pooled.audit_event SET seq = -seq WHERE seq > 4;
             UPDATE pooled.audit_event SET seq = -seq - 1 WHERE seq < 0; UPDATE pooled.audit_head SET seq = 7"
                .into(),
            4,
            "was changed, or is not the record",
        ),
        (copy_of("9"), 9, "stands behind the head"),
        (format!("{}; {move_head}", copy_of("9")), 9, "was changed, or is not the record"),
        (cut_front.into(), 4, "by its own records it begins at 1"),
        ("UPDATE pooled.audit_head SET seq = 7".into(), 8, "stands behind the head"),
        (
            "UPDATE pooled.audit_head SET mac = set_byte(mac, 0, 255 - get_byte(mac, 0))".into(),
            8,
            "the head does not have the mac",
        ),
        ("DELETE FROM pooled.audit_head".into(), 8, "the log has no head"),
        ("DELETE FROM pooled.audit_event; DELETE FROM pooled.audit_head".into(), 1, "the log has no head"),
    ];
    drop_checks(&mut admin).await;
    for (sql, seq, what) in cases {
        run(&mut admin, &sql).await;
        let found = findings(&app, &acme, None).await;
        assert!(found.iter().any(|(at, words)| *at == seq && words.contains(what)), "{sql}\n{found:?}");
        put_back(&mut admin).await;
    }
    assert_eq!(findings(&app, &acme, None).await, []);
}

#[tokio::test]
async fn a_log_cut_off_with_its_head_is_found_by_a_head_noted_elsewhere() {
    let app = TestApp::start().await;
    let acme = with_records(&app, "acme", RECORDS).await;
    let mut admin = app.db.admin().await;
    let noted = verified(&app, &acme, None).await.head;
    assert_eq!(findings(&app, &acme, Some(&noted)).await, []);
    super::write(&app, &acme, super::invited(9)).await.unwrap();
    assert_eq!(findings(&app, &acme, Some(&noted)).await, [], "the log may have grown since");

    run(
        &mut admin,
        "DELETE FROM pooled.audit_event WHERE seq > 6;
         UPDATE pooled.audit_head SET seq = 6, mac = (SELECT mac FROM pooled.audit_event WHERE seq = 6)",
    )
    .await;
    assert_eq!(findings(&app, &acme, None).await, [], "from the database alone it cannot be told");
    let found = findings(&app, &acme, Some(&noted)).await;
    assert_eq!(found, [(8, "the expected head is missing: the newest records were removed".to_owned())]);

    // Written on by the server itself: the numbers are there again, with other macs.
    for number in 7..=9 {
        super::write(&app, &acme, super::invited(number * 100)).await.unwrap();
    }
    assert_eq!(findings(&app, &acme, None).await, []);
    let found = findings(&app, &acme, Some(&noted)).await;
    assert_eq!(found.len(), 1);
    assert!(found[0].0 == 8 && found[0].1.contains("written anew"), "{found:?}");
}

#[tokio::test]
async fn records_made_without_the_servers_key_are_found() {
    use rowhouse_platform::audit::{AuditKey, AuditKeys, Scribe, record};
    let app = TestApp::start().await;
    let acme = with_records(&app, "acme", 3).await;
    let id = app.services.audit_keys.current_id().to_owned();
    for (id, what) in [(id.as_str(), "its mac does not match"), ("other", "its key “other” is not among secrets.keys")]
    {
        let keys = AuditKeys::new(AuditKey::new(id, [9; 32]), Vec::new());
        let mut tx = app.services.database.begin(&acme.home).await.unwrap();
        record(&mut tx, &Scribe::system(app.services.ambient.clone(), keys), super::invited(4)).await.unwrap();
        tx.commit().await.unwrap();
        let found = findings(&app, &acme, None).await;
        assert!(found.last().is_some_and(|(_, words)| words.contains(what)), "{found:?}");
    }
}
