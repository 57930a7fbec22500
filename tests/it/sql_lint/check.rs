//! Checks the text of a statement: that it parses, leaves transaction and session alone, and names
//! the tenant in every block that touches a tenant table.

use std::ops::ControlFlow;

use sqlparser::ast::{Expr, ObjectName, Query, Statement, TableFactor, Visit, Visitor, visit_relations};
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::{Parser, ParserError};

use super::block::{Block, parts};
use super::query::Checker;
use super::tables::Tables;

/// What a statement, or the code that holds it, can break.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Rule {
    /// A tenant table is touched without its `tenant_id`.
    Tenant,
    /// A statement or function that changes the transaction, the session or the schema.
    Session,
    /// SQL that is not a literal where it is used, so that it cannot be read here.
    Dynamic,
    /// SQL that the parser does not understand, and so nobody has checked.
    Syntax,
}

/// A rule broken, and what would be right.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Fault {
    pub(super) rule: Rule,
    pub(super) message: String,
}

impl Fault {
    pub(super) fn new(rule: Rule, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { rule, message }
    }
}

/// Functions that do what a forbidden statement does, keep a lock or a connection beyond the
/// transaction, or run SQL from a text that nobody has checked.
const FORBIDDEN_FUNCTIONS: &[&str] = &[
    "cursor_to_xml",
    "database_to_xml",
    "dblink",
    "dblink_connect",
    "dblink_exec",
    "pg_advisory_lock",
    "pg_advisory_lock_shared",
    "pg_advisory_unlock",
    "pg_advisory_unlock_all",
    "pg_advisory_unlock_shared",
    "pg_try_advisory_lock",
    "pg_try_advisory_lock_shared",
    "query_to_xml",
    "query_to_xml_and_xmlschema",
    "schema_to_xml",
    "set_config",
    "table_to_xml",
    "table_to_xml_and_xmlschema",
];

/// Reads SQL. The parser knows two of the four strengths of row locks; which it is makes no difference here.
fn parse(sql: &str) -> Result<Vec<Statement>, ParserError> {
    let sql = sql.replace("FOR NO KEY UPDATE", "FOR UPDATE").replace("FOR KEY SHARE", "FOR SHARE");
    Parser::parse_sql(&PostgreSqlDialect {}, &sql)
}

/// The faults of a text with one or more statements.
pub(super) fn check(sql: &str, tables: &Tables) -> Vec<Fault> {
    let statements = match parse(sql) {
        Ok(statements) => statements,
        Err(error) => {
            let message = format!("cannot be parsed, so nothing is known of it: {error}");
            return vec![Fault::new(Rule::Syntax, message)];
        }
    };
    if statements.is_empty() {
        return vec![Fault::new(Rule::Syntax, "holds no statement")];
    }
    let mut faults: Vec<Fault> = statements.iter().flat_map(|statement| check_statement(statement, tables)).collect();
    faults.sort();
    faults.dedup();
    faults
}

/// Whether the text is a statement on a tenant table: how SQL is known that no call shows.
pub(super) fn is_tenant_statement(text: &str, tables: &Tables) -> bool {
    let first = text.split_whitespace().next().unwrap_or_default();
    let verbs = ["SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "WITH"];
    // Prose may begin with one and even parse: "Select a ticket from tickets".
    verbs.iter().any(|verb| first == *verb || first == verb.to_lowercase())
        && parse(text).is_ok_and(|statements| statements.iter().any(|one| mentions(one, tables) > 0))
}

fn check_statement(statement: &Statement, tables: &Tables) -> Vec<Fault> {
    let mut checker = Checker::new(tables);
    match statement {
        Statement::Query(_)
        | Statement::Insert(_)
        | Statement::Update(_)
        | Statement::Delete(_)
        | Statement::Merge(_) => {
            checker.statement(statement, &Block::default());
        }
        Statement::Explain { statement, .. } => return check_statement(statement, tables),
        other => {
            let text = other.to_string();
            if let Some(table) = tables.named_in(&text) {
                checker.fault(Rule::Tenant, format!("table {table}: this statement reaches the rows of every tenant"));
            }
            let start = text.split_whitespace().take(2).collect::<Vec<_>>();
            checker.fault(
                Rule::Session,
                format!(
                    "`{} …` changes the transaction, the session or the schema: that is for \
                     platform/src/db/ alone",
                    start.join(" ")
                ),
            );
        }
    }
    if mentions(statement, tables) != checker.seen {
        checker.fault(
            Rule::Tenant,
            "names a tenant table where this lint cannot follow it: write a plain SELECT, INSERT, \
             UPDATE, DELETE or MERGE",
        );
    }
    for function in forbidden_functions(statement) {
        checker.fault(
            Rule::Session,
            format!(
                "calls {function}(), which outlives the transaction or hides SQL: use what \
                 platform/src/db/ offers, or pg_advisory_xact_lock() for a lock"
            ),
        );
    }
    checker.faults
}

/// How often the statement names a tenant table, by the parser's own traversal: a second count
/// against which the checker's is held.
fn mentions(statement: &Statement, tables: &Tables) -> usize {
    let mut count = 0;
    let _: ControlFlow<()> = visit_relations(statement, |name| {
        count += usize::from(tables.find(name).is_some());
        ControlFlow::Continue(())
    });
    count
}

fn forbidden_functions(statement: &Statement) -> Vec<String> {
    let mut calls = Calls(Vec::new());
    let _: ControlFlow<()> = statement.visit(&mut calls);
    calls.0.retain(|name| FORBIDDEN_FUNCTIONS.contains(&name.as_str()));
    calls.0
}

struct Calls(Vec<String>);

impl Calls {
    fn note(&mut self, name: &ObjectName) -> ControlFlow<()> {
        self.0.extend(parts(name).pop());
        ControlFlow::Continue(())
    }
}

impl Visitor for Calls {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        match expr {
            Expr::Function(function) => self.note(&function.name),
            _ => ControlFlow::Continue(()),
        }
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<()> {
        match factor {
            TableFactor::Table { name, args: Some(_), .. } | TableFactor::Function { name, .. } => self.note(name),
            _ => ControlFlow::Continue(()),
        }
    }
}

/// The queries nested directly in this part of a statement.
pub(super) fn nested<V: Visit>(part: &V) -> Vec<Query> {
    let mut nested = Nested::default();
    let _: ControlFlow<()> = part.visit(&mut nested);
    nested.found
}

#[derive(Default)]
struct Nested {
    depth: usize,
    found: Vec<Query>,
}

impl Visitor for Nested {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        if self.depth == 0 {
            self.found.push(query.clone());
        }
        self.depth += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
        self.depth -= 1;
        ControlFlow::Continue(())
    }
}
