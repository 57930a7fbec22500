//! The statements that change rows: INSERT, UPDATE, DELETE and MERGE.

use sqlparser::ast::{
    Assignment, AssignmentTarget, Delete, Expr, FromTable, Insert, Merge, MergeAction, MergeClauseKind,
    MergeInsertExpr, MergeInsertKind, MergeUpdateKind, ObjectName, OnConflictAction, OnInsert, OutputClause,
    SelectItem, Statement, TableObject, Update, UpdateTableFromKind,
};

use super::block::{Binds, Block, Output, Relation, TENANT_ID, folded, parts};
use super::check::Rule;
use super::query::{Checker, Pending, outputs};

impl Checker<'_> {
    /// Checks a statement on rows and gives the columns that it returns.
    pub(super) fn statement(&mut self, statement: &Statement, parent: &Block) -> Vec<Output> {
        match statement {
            Statement::Query(query) => self.query(query, parent),
            Statement::Insert(insert) => self.insert(insert, parent),
            Statement::Update(update) => self.update(update, parent),
            Statement::Delete(delete) => self.delete(delete, parent),
            Statement::Merge(merge) => self.merge(merge, parent),
            _ => Vec::new(),
        }
    }

    fn insert(&mut self, insert: &Insert, parent: &Block) -> Vec<Output> {
        let TableObject::TableName(name) = &insert.table else {
            self.fault(Rule::Syntax, "INSERT into something that is not a table");
            return Vec::new();
        };
        let table = self.tables.find(name).map(str::to_owned);
        self.seen += usize::from(table.is_some());
        let given = insert.source.as_ref().map(|query| self.query(query, parent));
        if let Some(table) = &table {
            let at = tenant_position(&insert.columns);
            let given = given.unwrap_or_default();
            self.inserted(table, at, |at| given.get(at).is_some_and(|output| output.bound && output.placed));
        }

        let alias = insert.table_alias.as_ref().map(|alias| folded(&alias.alias));
        let called = alias.or_else(|| parts(name).pop()).unwrap_or_default();
        let mut block = Block::inside(parent);
        for name in [called, "excluded".to_owned()] {
            let mut relation = match &table {
                Some(table) => Relation::tenant_table(name, table.clone()),
                None => Relation::other(name),
            };
            // Checked above; a conflicting row has the same tenant, as every unique index has.
            relation.bound = table.is_some();
            block.relations.push(relation);
        }
        match &insert.on {
            Some(OnInsert::OnConflict(conflict)) => {
                if let OnConflictAction::DoUpdate(update) = &conflict.action {
                    self.assignments(&update.assignments, table.as_deref());
                    self.nested(update, &block);
                }
            }
            Some(_) => self.fault(Rule::Syntax, "`ON DUPLICATE KEY` is not PostgreSQL's"),
            None => {}
        }
        block.relations.truncate(1);
        self.returned(insert.returning.as_deref(), &block)
    }

    fn inserted(&mut self, table: &str, at: Option<usize>, bound: impl Fn(usize) -> bool) {
        match at {
            None => self.fault(
                Rule::Tenant,
                format!(
                    "table {table}: INSERT does not list tenant_id; right would be `INSERT INTO \
                     {table} (tenant_id, …) VALUES ($1, …)`"
                ),
            ),
            Some(at) if !bound(at) => self.fault(
                Rule::Tenant,
                format!(
                    "table {table}: the tenant_id that INSERT gives is neither a parameter nor \
                     the tenant_id of a table tied to one; right would be `$1`"
                ),
            ),
            Some(_) => {}
        }
    }

    fn update(&mut self, update: &Update, parent: &Block) -> Vec<Output> {
        let mut block = Block::inside(parent);
        let mut pending = Pending::default();
        self.from(&update.table, &mut block, &mut pending);
        let table = block.relations.first().and_then(|one| one.table.clone());
        let from = match &update.from {
            Some(UpdateTableFromKind::BeforeSet(from) | UpdateTableFromKind::AfterSet(from)) => from.as_slice(),
            None => &[],
        };
        for from in from {
            self.from(from, &mut block, &mut pending);
        }
        self.assignments(&update.assignments, table.as_deref());
        self.condition(update.selection.as_ref(), &mut block, pending);
        self.nested(&update.assignments, &block);
        self.returned(update.returning.as_deref(), &block)
    }

    fn delete(&mut self, delete: &Delete, parent: &Block) -> Vec<Output> {
        let mut block = Block::inside(parent);
        let mut pending = Pending::default();
        let (FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from)) = &delete.from;
        for from in from.iter().chain(delete.using.iter().flatten()) {
            self.from(from, &mut block, &mut pending);
        }
        self.condition(delete.selection.as_ref(), &mut block, pending);
        self.returned(delete.returning.as_deref(), &block)
    }

    fn merge(&mut self, merge: &Merge, parent: &Block) -> Vec<Output> {
        let mut block = Block::inside(parent);
        let mut pending = Pending::default();
        let target = self.relation(&merge.table, &mut block, &mut pending);
        self.relation(&merge.source, &mut block, &mut pending);
        // The rows of the source that ON does not match are not lost: they go to NOT MATCHED.
        block.require(&merge.on, &Binds::Only(target));
        self.settle(&mut block, pending);
        self.nested(&merge.on, &block);
        self.nested(&merge.clauses, &block);
        let table = block.relations.first().and_then(|one| one.table.clone());
        for clause in &merge.clauses {
            if matches!(clause.clause_kind, MergeClauseKind::NotMatchedBySource) {
                let message = "`WHEN NOT MATCHED BY SOURCE` reaches the rows that ON excludes, \
                               other tenants' too: write an UPDATE or a DELETE";
                self.fault(Rule::Tenant, message);
            }
            match &clause.action {
                MergeAction::Insert(insert) => {
                    if let Some(table) = &table {
                        self.merged(insert, table, &block);
                    }
                }
                MergeAction::Update(update) => match &update.kind {
                    MergeUpdateKind::Set(set) => self.assignments(set, table.as_deref()),
                    MergeUpdateKind::Wildcard => {
                        self.fault(Rule::Syntax, "`UPDATE SET *` is not PostgreSQL's");
                    }
                },
                MergeAction::Delete { .. } | MergeAction::DoNothing { .. } => {}
            }
        }
        match &merge.output {
            Some(OutputClause::Returning { select_items, .. }) => self.returned(Some(select_items), &block),
            _ => Vec::new(),
        }
    }

    fn merged(&mut self, insert: &MergeInsertExpr, table: &str, block: &Block) {
        let at = tenant_position(&insert.columns);
        self.inserted(table, at, |at| match &insert.kind {
            MergeInsertKind::Values(values) => {
                let mut rows = values.rows.iter();
                rows.all(|row| row.content.get(at).is_some_and(|expr| block.bound(expr)))
            }
            MergeInsertKind::Row | MergeInsertKind::Wildcard => false,
        });
    }

    fn condition(&mut self, condition: Option<&Expr>, block: &mut Block, pending: Pending) {
        if let Some(condition) = condition {
            block.require(condition, &Binds::All);
        }
        self.settle(block, pending);
        if let Some(condition) = condition {
            self.nested(condition, block);
        }
    }

    fn returned(&mut self, items: Option<&[SelectItem]>, block: &Block) -> Vec<Output> {
        for item in items.unwrap_or_default() {
            self.nested(item, block);
        }
        outputs(items.unwrap_or_default(), block)
    }

    /// A row stays with its tenant.
    fn assignments(&mut self, assignments: &[Assignment], table: Option<&str>) {
        let Some(table) = table else { return };
        let tenant = |column: &ObjectName| parts(column).last().is_some_and(|one| one == TENANT_ID);
        let moves = assignments.iter().any(|one| match &one.target {
            AssignmentTarget::ColumnName(column) => tenant(column),
            AssignmentTarget::Tuple(columns) => columns.iter().any(tenant),
        });
        if moves {
            let message = format!("table {table}: SET tenant_id moves rows to another tenant");
            self.fault(Rule::Tenant, message);
        }
    }
}

fn tenant_position(columns: &[ObjectName]) -> Option<usize> {
    columns.iter().position(|column| parts(column) == [TENANT_ID])
}
