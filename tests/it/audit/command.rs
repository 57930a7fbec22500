//! `rowhouse audit`, as a program.

use std::process::Command;

use super::with_records;
use crate::{
    app::{SECRET_KEY, TestApp},
    database::Way,
};

fn run(app: &TestApp, arguments: &[&str]) -> (bool, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_rowhouse"))
        .args(arguments)
        .env_clear()
        .current_dir(std::env::temp_dir())
        .env("ROWHOUSE_SERVER__MODE", "development")
        .env("ROWHOUSE_DATABASE__URL", app.db.url(Way::Direct, "rowhouse_app"))
        .env("ROWHOUSE_DATABASE__OPERATOR_URL", app.db.url(Way::Direct, "rowhouse_operator"))
        .env("ROWHOUSE_SECRETS__KEYS", SECRET_KEY)
        .output()
        .unwrap();
    (output.status.code() == Some(0), String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
}

#[tokio::test]
async fn verify_names_the_tenant_and_the_record() {
    let app = TestApp::start().await;
    let acme = with_records(&app, "acme", 5).await;
    with_records(&app, "globex", 3).await;
    let head = super::verified(&app, &acme, None).await.head.to_string();
    let (good, text) = run(&app, &["audit", "verify"]);
    assert!(good && text.contains(&format!("ok      acme: 5 records, from 1; head {head}")), "{text}");
    assert!(text.contains("All is as it was written: 8 records of 2 tenants."), "{text}");
    let (good, text) = run(&app, &["audit", "verify", "--tenant", "acme", "--expect-head", &head]);
    assert!(good && !text.contains("globex"), "{text}");

    let mut admin = app.db.admin().await;
    let edit = format!(
        "UPDATE pooled.audit_event SET actor_name = 'Nobody' WHERE seq = 3 AND tenant_id = '{}'",
        acme.home.id().0
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(edit)).execute(&mut admin).await.unwrap();
    let (good, text) = run(&app, &["audit", "verify"]);
    assert!(!good && text.contains("WRONG   acme: record 3: was changed") && text.contains("ok      globex"), "{text}");
    assert!(text.contains("1 audit log is not as written"), "{text}");

    for (arguments, words) in [
        (&["audit", "verify", "--tenant", "nobody"][..], "there is no tenant “nobody”"),
        (&["audit", "verify", "--expect-head", "1:00"], "NUMBER:MAC"),
        (&["audit", "verify", "--expect-head", &head], "--tenant"),
    ] {
        let (good, text) = run(&app, arguments);
        assert!(!good && text.contains(words), "{text}");
    }
    let (good, text) = run(&app, &["audit", "prune", "--tenant", "globex"]);
    assert!(good && text.contains("globex: "), "{text}");
}
