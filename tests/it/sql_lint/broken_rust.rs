//! The lint finds SQL wherever Rust code holds it, and says where what it cannot read stands.

use std::fs;
use std::path::Path;

use super::check::Rule;
use super::tables::Tables;
use super::{Exemption, examine, lint};

fn tables() -> Tables {
    let mut tables = Tables::default();
    tables.add("CREATE TABLE tickets (tenant_id uuid NOT NULL)");
    tables
}

const NO_TENANT: &str = "table tickets: nothing";
const NOT_LITERAL: &str = "cannot be read here";

/// Bodies of functions, each with a part of the message that it must bring.
const BROKEN: &[(&str, &str)] = &[
    (r#"sqlx::query!("SELECT id FROM tickets").fetch_all(tx).await"#, NO_TENANT),
    (r##"query!(r#"SELECT id FROM tickets WHERE id = $1"#, id).fetch_all(tx).await"##, NO_TENANT),
    (r#"sqlx::query!("SELECT id " + "FROM tickets")"#, NO_TENANT),
    (r#"sqlx::query_as!(Ticket, "SELECT id FROM tickets")"#, NO_TENANT),
    (r#"sqlx::query_as!(Row<'_, u8>, "SELECT id FROM tickets", a as _)"#, NO_TENANT),
    (r#"sqlx::query_scalar!("SELECT id FROM tickets")"#, NO_TENANT),
    (r#"sqlx::query_unchecked!("SELECT id FROM tickets")"#, NO_TENANT),
    (r#"sqlx::query_as_unchecked!(Ticket, "SELECT id FROM tickets")"#, NO_TENANT),
    (r#"sqlx::query("SELECT id FROM tickets")"#, NO_TENANT),
    (r#"sqlx::query::<Postgres>(concat!("SELECT id ", "FROM tickets"))"#, NO_TENANT),
    (r#"::sqlx::query_as::<_, Ticket>("SELECT id FROM tickets")"#, NO_TENANT),
    (r#"sqlx::query_scalar::<_, i64>("SELECT id FROM tickets")"#, NO_TENANT),
    (r#"sqlx::raw_sql("SELECT id FROM tickets")"#, NO_TENANT),
    (r#"use sqlx::query; query("SELECT id FROM tickets")"#, NO_TENANT),
    (r#"use sqlx::{PgPool, postgres::PgRow, query_as}; query_as("SELECT id FROM tickets")"#, NO_TENANT),
    (r#"use sqlx::*; query("SELECT id FROM tickets")"#, NO_TENANT),
    (r#"tx.execute("DELETE FROM tickets").await"#, NO_TENANT),
    (r#"tx.fetch_all("SELECT id FROM tickets").await"#, NO_TENANT),
    (r#"tx.copy_out_raw("COPY tickets TO STDOUT").await"#, "rows of every tenant"),
    // In other macros and blocks.
    (r#"tokio::join!(sqlx::query!("SELECT id FROM tickets").fetch_all(tx), other())"#, NO_TENANT),
    (r#"tokio::select! { a = sqlx::query!("SELECT id FROM tickets").fetch(tx) => a, }"#, NO_TENANT),
    (r#"view! { <p>{move || { return sqlx::query::<Postgres>("SELECT id FROM tickets") }}</p> }"#, NO_TENANT),
    (r#"view! { <p title="SELECT id FROM tickets">"a"</p> }"#, NO_TENANT),
    (r#"if a { async move { |b| sqlx::query!("SELECT id FROM tickets") } }"#, NO_TENANT),
    // Literals that no call shows.
    (r#"const SQL: &str = "SELECT id FROM tickets"; run(SQL)"#, NO_TENANT),
    (r#"let sql = if a { "delete from tickets" } else { "SELECT 1" }; run(sql)"#, NO_TENANT),
    // Not literals.
    (r#"sqlx::query(&format!("SELECT id FROM {table}"))"#, NOT_LITERAL),
    (r#"sqlx::query(AssertSqlSafe(format!("SELECT id FROM {table}")))"#, "AssertSqlSafe"),
    (r"let sql = AssertSqlSafe(text); tx.execute(sql).await", "AssertSqlSafe"),
    (r"sqlx::query(SQL)", NOT_LITERAL),
    (r"sqlx::query_as::<_, Ticket>(sql)", NOT_LITERAL),
    (r"sqlx::query_scalar!($sql)", "cannot be parsed"),
    (r"macro_rules! ours { ($sql:literal) => { sqlx::query!($sql) } }", "cannot be parsed"),
    (r"tx.execute(SQL).await", NOT_LITERAL),
    (r"tx.execute(&*format!(a)).await; tx.execute(format!(a)).await", NOT_LITERAL),
    (r"texts.map(sqlx::query)", "handed on"),
    (r#"use sqlx::query as q; q("SELECT id FROM a")"#, "`query` of sqlx goes by another name"),
    (r#"use sqlx as db; db::query("SELECT id FROM a")"#, "`sqlx` of sqlx goes by another name"),
    (r#"sqlx::query_file!("../elsewhere.sql")"#, "not below src/"),
    (r"sqlx::query_file_as!(Ticket, path)", "not below src/"),
    // Query builders.
    (r#"QueryBuilder::new("SELECT id FROM tickets").build().fetch_all(tx).await"#, NO_TENANT),
    (
        r#"let mut b = sqlx::QueryBuilder::<Postgres>::new("SELECT id FROM tickets"); b.push(" WHERE id = ").push_bind(id); b.build()"#,
        NO_TENANT,
    ),
    (
        r#"let mut b: QueryBuilder<Postgres> = QueryBuilder::new("SELECT id FROM tickets WHERE id = "); b.push_bind(id).push(" OR tenant_id = ").push_bind(t)"#,
        NO_TENANT,
    ),
    (
        r#"let mut b = QueryBuilder::new("SELECT id FROM tickets"); if t { b.push(" WHERE tenant_id = ").push_bind(t); } b.build()"#,
        NO_TENANT,
    ),
    (
        r#"let mut b = QueryBuilder::new("SELECT id FROM tickets WHERE tenant_id = "); b.push_bind(t); match s { A => { b.push(" AND a"); } B => { b.push(" OR b"); } C => {} } b.build()"#,
        NO_TENANT,
    ),
    (
        r#"let mut b = QueryBuilder::new("SELECT id FROM tickets WHERE tenant_id = "); b.push_bind(t); for s in all { b.push(" OR s = ").push_bind(s); } b.build()"#,
        NO_TENANT,
    ),
    (
        r#"let mut b = QueryBuilder::new("SELECT id FROM tickets WHERE tenant_id = "); b.push_bind(t); while a { b.push(" OR a "); }"#,
        NO_TENANT,
    ),
    (
        r#"let mut b = QueryBuilder::new("SELECT id FROM tickets WHERE tenant_id = "); b.push_bind(t); all.for_each(|_| { b.push(" OR a "); });"#,
        NO_TENANT,
    ),
    (
        r#"let mut b = QueryBuilder::new("SELECT id FROM tickets"); let mut b = QueryBuilder::new("SELECT 1"); b.build()"#,
        NO_TENANT,
    ),
    // Conditions that come or stay away.
    (
        r#"let mut b = QueryBuilder::new("SELECT id FROM tickets WHERE a"); if t { b.push(" AND tenant_id = ").push_bind(t); } b.build()"#,
        NO_TENANT,
    ),
    (
        r#"let mut b = QueryBuilder::new("SELECT id FROM tickets WHERE tenant_id = "); b.push_bind(t); if a { b.push(" AND EXISTS (SELECT 1 FROM tickets x WHERE x.id = 1)"); } b.build()"#,
        "table tickets (as x): nothing",
    ),
    (
        r#"let mut b = QueryBuilder::new("SELECT id FROM tickets WHERE tenant_id = "); b.push_bind(t); if a { b.push(" AND a OR b"); } if c { b.push(" AND c"); } b.build()"#,
        NO_TENANT,
    ),
    (r#"let mut b = QueryBuilder::new("SELECT id FROM a ORDER BY "); b.push(column); b.build()"#, NOT_LITERAL),
    (r"let mut b = QueryBuilder::new(sql); b.build()", NOT_LITERAL),
    (r#"let mut b = QueryBuilder::new("SELECT 1"); filter(&mut b); b.build()"#, "handed to other code"),
    (r#"let mut b = QueryBuilder::new("SELECT 1"); let c = &mut b; c.push(text); b.build()"#, "handed to other code"),
    (
        r#"let mut b = QueryBuilder::new("SELECT 1"); { let mut b = QueryBuilder::new("SELECT 2"); b.build(); } b.push(a)"#,
        "hides another",
    ),
    (r#"let mut b = QueryBuilder::new("INSERT INTO tickets (id) "); b.push_values(a, f); b.build()"#, "unnest"),
    (r#"fn f(b: &mut QueryBuilder<Postgres>) { b.push("OR true"); }"#, "comes from or goes elsewhere"),
    (r"struct S { b: QueryBuilder<Postgres> }", "comes from or goes elsewhere"),
    (r#"view! { <p>{QueryBuilder::new("SELECT 1")}</p> }"#, "inside a macro"),
    (r#"let mut b = QueryBuilder::new("SELECT 1"); view! { <p>{b.push(" OR true")}</p> }"#, "inside a macro"),
    // Sessions and syntax.
    (r#"sqlx::query!("SET app.tenant_id = 'x'").execute(tx).await"#, "platform/src/db/ alone"),
    (r#"tx.execute("ROLLBACK").await"#, "platform/src/db/ alone"),
    (r"let listener = PgListener::connect(url).await;", "LISTEN binds a session"),
    (r#"sqlx::query!("SELECT id FORM tickets")"#, "cannot be parsed"),
    (r"this is not Rust", "is not Rust"),
];

/// Bodies that are right, each with the number of statements in it.
const RIGHT: &[(&str, usize)] = &[
    (r#"sqlx::query!("SELECT id FROM tickets WHERE tenant_id = $1", t).fetch_all(&mut *tx).await"#, 1),
    (r#"sqlx::query("DELETE FROM tickets WHERE tenant_id = $1").bind(t).execute(tx).await"#, 1),
    (r#"sqlx::query_file!("src/desk/list.sql", t)"#, 0),
    (r#"let b = vec![]; b.push(a); query(a); info!("Select a ticket from tickets"); execute(a)"#, 0),
    (
        r#"let mut b = QueryBuilder::new("SELECT id FROM tickets WHERE tenant_id = "); b.push_bind(t); if let Some(s) = s { b.push(" AND s = ").push_bind(s); } match o { A => b.push(" ORDER BY a"), B => b.push(" ORDER BY b") }; b.push(" LIMIT ").push_bind(n); b.build_query_as::<Ticket>().fetch_all(&mut *tx).await"#,
        1,
    ),
    (
        r#"let mut b = QueryBuilder::new("SELECT id FROM tickets WHERE tenant_id = "); b.push_bind(t); if a { b.push(" AND a = ").push_bind(a); } if c { b.push(" AND c"); if d { b.push(" AND (d OR e)"); } } if f { b.push(" AND f"); } if g { b.push(" AND g"); } if h { b.push(" AND h"); } if i { b.push(" AND i"); } if j { b.push(" AND j"); } if k { b.push(" AND k"); } if l { b.push(" AND l"); } match m { A => { b.push(" AND m"); } B => { b.push(" AND n"); } C => {} } for x in y { b.push(" AND EXISTS (SELECT 1 FROM tickets o WHERE o.tenant_id = tickets.tenant_id)"); } b.build()"#,
        1,
    ),
    (r#"#[cfg(test)] mod tests { fn f() { sqlx::query!("SELECT id FROM tickets"); } }"#, 0),
    (
        r#"/// SELECT id FROM tickets
        fn f() { g("Select"); }"#,
        0,
    ),
];

fn function(body: &str) -> String {
    format!("async fn example() {{\n    {body}\n}}\n")
}

#[test]
fn broken_code_is_caught() {
    let tables = tables();
    let missed: Vec<String> = BROKEN
        .iter()
        .filter_map(|(body, expected)| {
            let faults = examine(&function(body), &tables).faults;
            let at_its_line = |line| line == 2 || *expected == "is not Rust";
            let caught = faults.iter().any(|(line, fault)| at_its_line(*line) && fault.message.contains(expected));
            (!caught).then(|| format!("{body}\n    expected {expected:?}, found {faults:?}"))
        })
        .collect();
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

#[test]
fn right_code_passes() {
    for (body, statements) in RIGHT {
        let found = examine(&function(body), &tables());
        assert!(found.faults.is_empty(), "{body}\n    {:?}", found.faults);
        assert_eq!(found.statements, *statements, "{body}");
    }
}

/// A tree of files that goes with it.
struct Tree(std::path::PathBuf);

impl Tree {
    fn new(name: &str, files: &[(&str, &str)]) -> Self {
        let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        for (path, text) in files {
            let path = root.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        Self(root)
    }
}

impl Drop for Tree {
    fn drop(&mut self) {
        // What is left is overwritten by the next run.
        let _ = fs::remove_dir_all(&self.0);
    }
}

const BAD: &str = "fn f() {\n\n    sqlx::query!(\"SELECT id FROM tickets\");\n}";

#[test]
fn messages_name_the_place() {
    let tree = Tree::new(
        "sql_lint_places",
        &[
            ("migrations/tenant/0001_desk.sql", "CREATE TABLE tickets (tenant_id uuid NOT NULL);"),
            ("src/serve.rs", BAD),
            ("app/src/desk/list.rs", BAD),
            ("app/src/desk/list.sql", "DELETE FROM tickets"),
            ("platform/src/db/transaction.rs", "fn f() { tx.execute(\"COMMIT\"); }"),
            ("platform/src/jobs.rs", "#[cfg(test)] mod tests;\n#[cfg(test)] mod more;"),
            ("platform/src/jobs/tests.rs", BAD),
            ("platform/src/jobs/more/deep.rs", BAD),
            ("platform/src/lib.rs", "#[cfg(test)] #[path = \"by_path.rs\"] mod other;"),
            ("platform/src/by_path.rs", BAD),
            ("elsewhere/src/lib.rs", BAD),
        ],
    );
    let tables = Tables::of_migrations(&tree.0.join("migrations/tenant"));
    let exemption = |path, rule| Exemption { path, rule, reason: "it is an example" };
    let exemptions = [exemption("platform/src/db/", Rule::Session), exemption("src/serve.rs", Rule::Session)];
    let report = lint(&tree.0, &tables, &exemptions);
    let start = |message: &String| message.split(':').take(3).collect::<Vec<_>>().join(":");
    let starts: Vec<String> = report.messages.iter().map(start).collect();
    assert_eq!(
        starts,
        [
            "src/serve.rs:3: table tickets",
            "app/src/desk/list.rs:3: table tickets",
            "app/src/desk/list.sql:1: table tickets",
            "src/serve.rs: no longer needs its exemption from Session (it is an example)",
        ]
    );
    assert_eq!(report.statements, 4);
}
