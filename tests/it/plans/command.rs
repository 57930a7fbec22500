//! `rowhouse plan`.

use crate::command_line::Program;

#[tokio::test]
async fn plans_are_shown_and_changed_by_commands() {
    let program = Program::new().await;
    let create = ["tenant", "create", "acme", "--name", "Acme", "--owner-email", "o@acme.test", "--owner-name", "Olga"];
    assert!(program.run(&create).0);
    let (good, text) = program.run(&["plan", "list"]);
    assert!(
        good && text.contains("€16 a seat a month; 0 tenants") && text.contains("1 tenant, new tenants begin with it"),
        "{text}"
    );
    let (good, text) = program.run(&["plan", "set", "acme", "business", "--reason", "A contract."]);
    assert!(good && text.contains("“acme” has the plan “business”"), "{text}");
    let (good, text) = program.run(&["plan", "override", "acme", "seats", "7", "--days", "3", "--reason", "A fair."]);
    assert!(good && text.contains("seats is 7"), "{text}");
    let (good, text) = program.run(&["plan", "show", "acme"]);
    assert!(good && text.contains("Business (version 1)") && text.contains("Made otherwise: seats, until"), "{text}");
    let (good, text) = program.run(&["plan", "history", "acme"]);
    assert!(good && text.contains("override seats: - -> 7, by command line (A fair.)"), "{text}");
    assert!(text.contains("plan: enterprise 1 -> business 1, by command line (A contract.)"), "{text}");
    let (good, text) = program.run(&["plan", "remove-override", "acme", "seats", "--reason", "Over."]);
    assert!(good, "{text}");
    let (good, text) = program.run(&["plan", "trial", "acme", "enterprise", "--days", "5", "--reason", "They ask."]);
    assert!(good && text.contains("until"), "{text}");
    let publish =
        ["plan", "publish", "team", "--price-cents", "900", "--per-seat", "--limit", "seats=9", "--feature", "sso"];
    let (good, text) = program.run(&publish);
    assert!(good && text.contains("Version 2 of “team”"), "{text}");
    assert!(program.run(&["plan", "read-only", "acme", "--reason", "x"]).0);
    assert!(program.run(&["plan", "writable", "acme", "--reason", "x"]).0);
    assert!(program.run(&["plan", "initial", "free"]).0);
    let (good, text) = program.run(&["plan", "end-over"]);
    assert!(good && text.contains("0 ended"), "{text}");

    for (arguments, words) in [
        (vec!["plan", "set", "nobody", "team", "--reason", "x"], "there is no such tenant"),
        (vec!["plan", "set", "acme", "gold", "--reason", "x"], "there is no plan “gold”"),
        (vec!["plan", "set", "acme", "team", "--reason", " "], "1 to 500 characters"),
        (vec!["plan", "override", "acme", "rockets", "1", "--reason", "x"], "is no limit; there are seats"),
        (vec!["plan", "override", "acme", "seats", "-3", "--reason", "x"], "-3"),
        (vec!["plan", "remove-override", "acme", "seats", "--reason", "x"], "no such override"),
        (vec!["plan", "publish", "team", "--price-cents", "1", "--limit", "rockets=1"], "is no limit"),
    ] {
        let (good, text) = program.run(&arguments);
        assert!(!good && text.contains(words), "{arguments:?}: {text}");
    }
}
