use super::*;

const LOG: &str = "\
2026-11-21 04:20:25.270 UTC [11] LOG:  statement: BEGIN; SET LOCAL app.tenant_id = 'old'; SET LOCAL search_path = a
2026-11-21 04:20:25.270 UTC [11] LOG:  statement: COMMIT
2026-11-21 04:20:25.271 UTC [12] LOG:  statement: BEGIN; SET LOCAL app.tenant_id = 'a-b'; SET LOCAL search_path = a, b
2026-11-21 04:20:25.272 UTC [12] LOG:  execute sqlx_s_1: SELECT a
\tFROM t
\tWHERE b = $1 AND c = $2
2026-11-21 04:20:25.272 UTC [12] DETAIL:  parameters: $1 = '01', $2 = '{x,y}'
2026-11-21 04:20:25.272 UTC [13] LOG:  statement: SELECT 1
2026-11-21 04:20:25.273 UTC [12] LOG:  execute <unnamed>: SELECT 2
2026-11-21 04:20:25.273 UTC [12] LOG:  statement: COMMIT
2026-11-21 04:20:25.274 UTC [13] LOG:  statement: COMMIT
";

fn simple(sql: &str) -> RoundTrip {
    RoundTrip::Simple(sql.to_owned())
}

fn prepared(sql: &str, parameters: &[&str]) -> RoundTrip {
    RoundTrip::Prepared { sql: sql.to_owned(), parameters: parameters.iter().map(ToString::to_string).collect() }
}

#[test]
fn the_last_transaction_of_a_tenant_is_read() {
    let workload = read(LOG).expect("a whole transaction");
    let expected = [
        simple("BEGIN; SET LOCAL app.tenant_id = 'a-b'; SET LOCAL search_path = a, b"),
        prepared("SELECT a\nFROM t\nWHERE b = $1 AND c = $2", &["01", "{x,y}"]),
        prepared("SELECT 2", &[]),
        simple("COMMIT"),
    ];
    assert_eq!(workload.round_trips, expected);
}

#[test]
fn a_transaction_without_its_end_is_none() {
    let unfinished = &LOG[..LOG.find("2026-11-21 04:20:25.273 UTC [12] LOG:  statement").expect("there")];
    assert_eq!(read(&unfinished[unfinished.find(".271").expect("there")..]), None);
}

#[test]
fn the_script_has_as_many_round_trips() {
    let workload = Workload {
        round_trips: vec![
            simple("BEGIN; SET LOCAL app.tenant_id = 'a-b'"),
            prepared("SELECT $1::uuid, $10, $2", &["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"]),
            simple("COMMIT"),
        ],
    };
    let expected = "\\startpipeline\nBEGIN;\nSET LOCAL app.tenant_id = 'a-b';\n\\endpipeline\n\
                    SELECT :r2_1::uuid, :r2_10, :r2_2;\nCOMMIT;\n";
    assert_eq!(workload.script(), expected);
    assert_eq!(workload.variables()[..2], ["r2_1=a", "r2_2=b"]);
}

#[test]
fn values_are_read_as_they_were_sent() {
    let read = |list| values(list).expect("no NULL");
    assert_eq!(read(r"$1 = '\x00ff', $2 = 'it''s, $2 = ''x''', $3 = ''"), [r"\x00ff", "it's, $2 = 'x'", ""]);
    assert_eq!(values("$1 = 'a', $2 = NULL"), None);
}

#[test]
fn a_shape_has_no_values() {
    assert_eq!(shape("BEGIN; SET LOCAL a = '1';\n  SET LOCAL b = c"), "BEGIN; SET LOCAL a = …; SET LOCAL b = c");
}
