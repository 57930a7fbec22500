//! `rowhouse operator`, and demonstration operators.

use crate::command_line::{Program, said};

#[tokio::test]
async fn operators_are_made_listed_reset_and_removed() {
    let program = Program::new().await;
    let (good, text) = program.run(&["operator", "list"]);
    assert!(good && text.contains("There is no operator yet"), "{text}");
    let create = ["operator", "create", "--email", "Otto@ops.test", "--name", "Otto"];
    let (good, text) = program.run(&create);
    assert!(good && text.contains("Otto@ops.test is an operator.") && text.contains("Password: "), "{text}");
    assert!(text.contains("http://console.app.test") && text.contains("within 7 days"), "{text}");
    let (good, text) = program.run(&create);
    assert!(!good && text.contains("is an operator already"), "{text}");
    let (good, text) = program.run(&["operator", "list"]);
    assert!(good && text.contains("Otto@ops.test") && text.contains("no app yet, to be set up before"), "{text}");
    let (good, text) = program.run(&["operator", "reset", "--email", "otto@ops.test"]);
    assert!(good && text.contains("Password: "), "{text}");
    let (good, text) = program.run(&["operator", "reset", "--email", "anna@ops.test"]);
    assert!(!good && text.contains("anna@ops.test is no operator"), "{text}");
    let (good, text) = program.run(&["operator", "remove", "--email", "otto@ops.test"]);
    assert!(good && text.contains("no operator any more"), "{text}");
    let (good, text) = program.run(&["operator", "remove", "--email", "otto@ops.test"]);
    assert!(!good && text.contains("is no operator"), "{text}");
    let lines: Vec<String> =
        sqlx::query_scalar("SELECT concat_ws(' | ', operator_name, action) FROM control.operator_audit ORDER BY id")
            .fetch_all(&mut program.db.admin().await)
            .await
            .unwrap();
    assert_eq!(
        lines,
        ["command line | operator.created", "command line | operator.reset", "command line | operator.removed"]
    );
}

#[tokio::test]
async fn production_refuses_to_start_beside_a_demonstration_operator() {
    let program = Program::new().await;
    sqlx::raw_sql(
        "INSERT INTO control.operator_account (id, email, email_key, name, password_hash, is_demo, created_at)
         VALUES (gen_random_uuid(), 'operator@rowhouse.test', 'operator@rowhouse.test', 'Otto', '$argon2id$x', true, now())",
    )
    .execute(&mut program.db.admin().await)
    .await
    .unwrap();
    let production = |arguments: &[&str]| {
        let mut command = program.command(arguments);
        command.env("ROWHOUSE_SERVER__MODE", "production").env("ROWHOUSE_SERVER__PUBLIC_URL", "https://app.test");
        said(command.output().unwrap())
    };
    let (good, text) = production(&["serve"]);
    assert!(!good && text.contains("demonstration operators operator@rowhouse.test"), "{text}");
    let (good, text) = production(&["demo", "remove"]);
    assert!(good && text.contains("The operator operator@rowhouse.test is removed"), "{text}");
    let (_, text) = program.run(&["operator", "list"]);
    assert!(text.contains("There is no operator yet"), "{text}");
}
