//! Walks a query block by block and finds the tenant tables that nothing ties to a parameter.

use sqlparser::ast::{
    Expr, Join, JoinConstraint, JoinOperator, Query, Select, SelectItem, SelectItemQualifiedWildcardKind, SetExpr,
    TableAlias, TableFactor, TableWithJoins, Visit,
};

use super::block::{Binds, Block, Output, Relation, TENANT_ID, folded, parts};
use super::check::{Fault, Rule, nested};
use super::tables::Tables;

/// What is found in one statement.
#[derive(Debug)]
pub(super) struct Checker<'t> {
    pub(super) tables: &'t Tables,
    pub(super) faults: Vec<Fault>,
    /// How many mentions of tenant tables were looked at.
    pub(super) seen: usize,
}

/// The sub-queries of a `FROM`, to be looked at once its relations are known.
#[derive(Debug, Default)]
pub(super) struct Pending {
    lateral: Vec<(usize, Query, Option<TableAlias>)>,
    conditions: Vec<Query>,
}

impl<'t> Checker<'t> {
    pub(super) fn new(tables: &'t Tables) -> Self {
        Self { tables, faults: Vec::new(), seen: 0 }
    }

    pub(super) fn fault(&mut self, rule: Rule, message: impl Into<String>) {
        self.faults.push(Fault::new(rule, message));
    }

    pub(super) fn query(&mut self, query: &Query, parent: &Block) -> Vec<Output> {
        let mut block = Block::inside(parent);
        let with = query.with.as_ref();
        let recursive = with.is_some_and(|with| with.recursive);
        for with in with.iter().flat_map(|with| &with.cte_tables) {
            let name = folded(&with.alias.name);
            let alias = Some(&with.alias);
            if let (true, SetExpr::SetOperation { left, .. }) = (recursive, &*with.query.body) {
                // What the first term gives is what the recursive term begins with; that the
                // latter keeps to it is checked below with the whole.
                let first = Checker::new(self.tables).body(left, &block);
                block.with.push((name.clone(), renamed(first, alias)));
            }
            let outputs = self.query(&with.query, &block);
            block.with.push((name, renamed(outputs, alias)));
        }
        let outputs = self.body(&query.body, &block);
        self.nested(&query.order_by, &block);
        self.nested(&query.limit_clause, &block);
        self.nested(&query.fetch, &block);
        outputs
    }

    fn body(&mut self, body: &SetExpr, block: &Block) -> Vec<Output> {
        match body {
            SetExpr::Select(select) => self.select(select, block),
            SetExpr::Query(query) => self.query(query, block),
            SetExpr::SetOperation { left, right, .. } => {
                let mut outputs = self.body(left, block);
                let others = self.body(right, block);
                for (at, output) in outputs.iter_mut().enumerate() {
                    let other = others.get(at);
                    output.bound &= other.is_some_and(|other| other.bound && other.placed);
                }
                outputs
            }
            SetExpr::Values(values) => {
                self.nested(values, block);
                let width = values.rows.first().map_or(0, |row| row.content.len());
                let bound = |at: usize| {
                    let mut rows = values.rows.iter();
                    rows.all(|row| row.content.get(at).is_some_and(|expr| block.bound(expr)))
                };
                let column =
                    |at: usize| Output { name: Some(format!("column{}", at + 1)), bound: bound(at), placed: true };
                (0..width).map(column).collect()
            }
            SetExpr::Insert(statement)
            | SetExpr::Update(statement)
            | SetExpr::Delete(statement)
            | SetExpr::Merge(statement) => self.statement(statement, block),
            SetExpr::Table(_) => {
                self.fault(Rule::Syntax, "`TABLE …` restricts nothing: write a SELECT");
                Vec::new()
            }
        }
    }

    fn select(&mut self, select: &Select, parent: &Block) -> Vec<Output> {
        let mut block = Block::inside(parent);
        let mut pending = Pending::default();
        for from in &select.from {
            self.from(from, &mut block, &mut pending);
        }
        if let Some(condition) = &select.selection {
            block.require(condition, &Binds::All);
        }
        self.settle(&mut block, pending);
        if select.into.is_some() {
            self.fault(Rule::Session, "`SELECT … INTO` creates a table");
        }
        let mut rest = select.clone();
        rest.from.clear();
        self.nested(&rest, &block);
        outputs(&select.projection, &block)
    }

    /// Adds a `FROM` item and returns the relations that it consists of.
    pub(super) fn from(&mut self, from: &TableWithJoins, block: &mut Block, pending: &mut Pending) -> Vec<usize> {
        let mut left = self.relation(&from.relation, block, pending);
        for Join { relation, join_operator, .. } in &from.joins {
            let right = self.relation(relation, block, pending);
            let all = [left.clone(), right.clone()].concat();
            // An outer join keeps the rows of one side (or both) whatever its condition says.
            let (constraint, binds) = match join_operator {
                JoinOperator::Join(on) | JoinOperator::Inner(on) => (Some(on), Binds::All),
                JoinOperator::Left(on) | JoinOperator::LeftOuter(on) => (Some(on), Binds::Only(right)),
                JoinOperator::Right(on) | JoinOperator::RightOuter(on) => (Some(on), Binds::Only(left)),
                JoinOperator::FullOuter(on) => (Some(on), Binds::Only(Vec::new())),
                _ => (None, Binds::All),
            };
            match constraint {
                Some(JoinConstraint::On(condition)) => {
                    block.require(condition, &binds);
                    pending.conditions.extend(nested(condition));
                }
                Some(JoinConstraint::Using(columns)) => {
                    let tenant = |column| parts(column) == [TENANT_ID];
                    if columns.iter().any(tenant) {
                        block.merge(all.clone(), &binds);
                    }
                }
                _ => {}
            }
            left = all;
        }
        left
    }

    pub(super) fn relation(&mut self, factor: &TableFactor, block: &mut Block, pending: &mut Pending) -> Vec<usize> {
        let relation = match factor {
            TableFactor::Table { name, alias, args, .. } => {
                let called = alias.as_ref().map(|alias| folded(&alias.name));
                let parts = parts(name);
                let called = called.or_else(|| parts.last().cloned()).unwrap_or_default();
                let table = self.tables.find(name).map(str::to_owned);
                self.seen += usize::from(table.is_some());
                pending.conditions.extend(nested(args));
                let with = match parts.as_slice() {
                    [single] => block.with_query(single).map(<[Output]>::to_vec),
                    _ => None,
                };
                match (with, table) {
                    _ if args.is_some() => Relation::other(called),
                    (Some(outputs), _) => Relation::query(called, renamed(outputs, alias.as_ref())),
                    (None, Some(table)) => Relation::tenant_table(called, table),
                    (None, None) => Relation::other(called),
                }
            }
            TableFactor::Derived { lateral, subquery, alias, .. } => {
                let name = alias.as_ref().map(|alias| folded(&alias.name));
                let outputs = if *lateral {
                    let late = (block.relations.len(), (**subquery).clone(), alias.clone());
                    pending.lateral.push(late);
                    Vec::new()
                } else {
                    // What stands beside it in this FROM is not visible inside.
                    let outside = block.parent;
                    let outputs = match outside {
                        Some(outside) => self.query(subquery, outside),
                        None => self.query(subquery, &Block::default()),
                    };
                    renamed(outputs, alias.as_ref())
                };
                Relation::query(name.unwrap_or_default(), outputs)
            }
            TableFactor::NestedJoin { table_with_joins, .. } => return self.from(table_with_joins, block, pending),
            other => {
                pending.conditions.extend(nested(other));
                Relation::other(String::new())
            }
        };
        block.relations.push(relation);
        vec![block.relations.len() - 1]
    }

    /// Works out which relations are bound, looks into the sub-queries of the `FROM`, and reports
    /// the tenant tables that are not bound.
    pub(super) fn settle(&mut self, block: &mut Block, pending: Pending) {
        let tables = self.tables;
        let probe = |query: &Query, block: &Block| Checker::new(tables).query(query, block);
        block.solve(probe);
        for (at, query, alias) in pending.lateral {
            let outputs = renamed(self.query(&query, block), alias.as_ref());
            let name = std::mem::take(&mut block.relations[at].name);
            block.relations[at] = Relation::query(name, outputs);
            block.solve(probe);
        }
        for relation in &block.relations {
            let name = &relation.name;
            match &relation.table {
                Some(table) if !relation.bound => self.faults.push(Fault::new(
                    Rule::Tenant,
                    format!(
                        "table {table}{}: nothing in this query block ties its tenant_id to a \
                         parameter; right would be `{name}.tenant_id = $1`, joined by AND to the \
                         rest of WHERE (or of ON, for the joined side), or equality with the \
                         tenant_id of a table so tied",
                        if name == table { String::new() } else { format!(" (as {name})") }
                    ),
                )),
                _ => {}
            }
        }
        for query in pending.conditions {
            self.query(&query, block);
        }
    }

    /// Checks the queries nested in this part of the block.
    pub(super) fn nested<V: Visit>(&mut self, part: &V, block: &Block) {
        for query in nested(part) {
            self.query(&query, block);
        }
    }
}

/// The columns that a list of expressions gives.
pub(super) fn outputs(items: &[SelectItem], block: &Block) -> Vec<Output> {
    let mut placed = true;
    let mut outputs = Vec::new();
    let expand = |relation: &Relation, outputs: &mut Vec<Output>| {
        if relation.may_have_tenant() {
            outputs.push(Output { name: Some(TENANT_ID.to_owned()), bound: relation.bound, placed: false });
        }
    };
    for item in items {
        let (name, expr) = match item {
            SelectItem::UnnamedExpr(expr) => (column_name(expr), expr),
            SelectItem::ExprWithAlias { expr, alias } => (Some(folded(alias)), expr),
            SelectItem::Wildcard(_) => {
                placed = false;
                for relation in &block.relations {
                    expand(relation, &mut outputs);
                }
                continue;
            }
            SelectItem::QualifiedWildcard(kind, _) => {
                placed = false;
                if let SelectItemQualifiedWildcardKind::ObjectName(name) = kind {
                    let name = parts(name).pop();
                    let called = |one: &&Relation| Some(&one.name) == name.as_ref();
                    if let Some(relation) = block.relations.iter().find(called) {
                        expand(relation, &mut outputs);
                    }
                }
                continue;
            }
            SelectItem::ExprWithAliases { .. } => {
                placed = false;
                continue;
            }
        };
        outputs.push(Output { name, bound: block.bound(expr), placed });
    }
    outputs
}

fn column_name(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Identifier(column) => Some(folded(column)),
        Expr::CompoundIdentifier(parts) => parts.last().map(folded),
        Expr::Nested(inner) | Expr::Cast { expr: inner, .. } => column_name(inner),
        _ => None,
    }
}

/// The columns under the names that `AS alias (name, …)` gives them.
fn renamed(mut outputs: Vec<Output>, alias: Option<&TableAlias>) -> Vec<Output> {
    let names = alias.map_or(&[][..], |alias| &alias.columns);
    for (at, column) in names.iter().enumerate() {
        let name = Some(folded(&column.name));
        match outputs.get_mut(at) {
            Some(output) if output.placed => output.name = name,
            // Which column gets the name is not known: then none is.
            _ => return Vec::new(),
        }
    }
    outputs
}
