//! Conditions that a query builder may get or not: ` AND a = $1`.
//!
//! Ten of them are a thousand ways through the code, and two say all that there is to know. A condition that is joined by
//! `AND` only narrows: what names its tenant without any of them does so with each choice of them. And a condition that
//! reads a table of its own names its tenant by itself, or does so with all of them.

use std::collections::BTreeSet;

use sqlparser::ast::{BinaryOperator, Expr, Value};
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::Token;

/// Around a condition that may be there; no SQL has them.
const BEGIN: char = '\u{2}';
const END: char = '\u{3}';

/// What a text may become: each of `starts`, followed by what one of the branches added.
pub(super) fn joined(starts: &BTreeSet<String>, branches: &[BTreeSet<String>]) -> BTreeSet<String> {
    let added: BTreeSet<&String> = branches.iter().flatten().collect();
    if added.iter().all(|text| text.is_empty() || is_condition(text)) {
        let mut marked = String::new();
        for text in added.iter().filter(|text| !text.is_empty()) {
            marked.extend([BEGIN.to_string().as_str(), text.as_str(), END.to_string().as_str()]);
        }
        return starts.iter().map(|start| format!("{start}{marked}")).collect();
    }
    starts.iter().flat_map(|start| added.iter().map(move |text| format!("{start}{text}"))).collect()
}

/// The text without any of its optional conditions, and with all of them.
pub(super) fn without_and_with(text: &str) -> BTreeSet<String> {
    let mut depth = 0_usize;
    let mut without = String::new();
    for sign in text.chars() {
        match sign {
            BEGIN => depth += 1,
            END => depth = depth.saturating_sub(1),
            sign if depth == 0 => without.push(sign),
            _ => {}
        }
    }
    BTreeSet::from([without, plain(text)])
}

fn plain(text: &str) -> String {
    text.replace([BEGIN, END], "")
}

/// Whether the text is nothing but conditions, each joined by `AND`.
fn is_condition(text: &str) -> bool {
    let text = plain(text);
    // A comment would take what follows with it.
    if !text.starts_with(" AND ") || text.contains("--") || text.contains("/*") {
        return false;
    }
    let dialect = PostgreSqlDialect {};
    let Ok(mut parser) = Parser::new(&dialect).try_with_sql(&format!("true{text}")) else { return false };
    let Ok(parsed) = parser.parse_expr() else { return false };
    parser.peek_token().token == Token::EOF && begins_with_true(&parsed)
}

/// `true AND a AND b` is `(true AND a) AND b`; with an `OR` in it, or anything else that binds less, it is not.
fn begins_with_true(expr: &Expr) -> bool {
    match expr {
        Expr::BinaryOp { left, op: BinaryOperator::And, .. } => begins_with_true(left),
        Expr::Value(value) => value.value == Value::Boolean(true),
        _ => false,
    }
}

#[test]
fn conditions_are_told_from_other_text() {
    for condition in [
        " AND a",
        " AND a = $1 AND (b OR c)",
        " AND EXISTS (SELECT 1 FROM x)",
        " AND (a, b) < ($1, $2)",
        "\u{2} AND a\u{3} AND b",
    ] {
        assert!(is_condition(condition), "{condition}");
    }
    for other in [
        "",
        " OR a",
        " AND a OR b",
        " AND a ORDER BY b",
        " AND a)",
        " AND (a",
        " AND",
        "AND a",
        " AND a -- b",
        " AND a UNION SELECT 1",
        " AND a; b",
    ] {
        assert!(!is_condition(other), "{other}");
    }
}

#[test]
fn two_texts_stand_for_all() {
    let set = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<BTreeSet<_>>();
    let one = joined(&set(&["a"]), &[set(&["", " AND b"])]);
    let two = joined(&one, &[set(&[" AND c"]), set(&[""])]);
    let text = two.iter().next().unwrap();
    assert_eq!((two.len(), without_and_with(text)), (1, set(&["a", "a AND b AND c"])));
    assert_eq!(joined(&set(&["a"]), &[set(&[" OR b"]), set(&[""])]), set(&["a", "a OR b"]));
}
