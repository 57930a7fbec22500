//! One query block: the relations it reads, the equalities that restrict them, and which of their
//! `tenant_id` columns these tie to a parameter.

use sqlparser::ast::{BinaryOperator, Expr, Ident, ObjectName, ObjectNamePart, Query, Value};

/// The column that every tenant table has.
pub(super) const TENANT_ID: &str = "tenant_id";

/// A column that a query, or a data-changing statement with `RETURNING`, gives out.
#[derive(Clone, Debug)]
pub(super) struct Output {
    pub(super) name: Option<String>,
    /// Whether its value can only be the tenant of a parameter.
    pub(super) bound: bool,
    /// Whether it stands where it is in the list: not so behind a `*`.
    pub(super) placed: bool,
}

/// Something in `FROM`, or the target of a statement.
#[derive(Debug)]
pub(super) struct Relation {
    /// What the block calls it.
    pub(super) name: String,
    /// The tenant table that it is, if it is one.
    pub(super) table: Option<String>,
    /// Its columns, where it is a sub-query or a `WITH` query.
    pub(super) outputs: Option<Vec<Output>>,
    /// Whether its `tenant_id` can only be that of a parameter.
    pub(super) bound: bool,
}

impl Relation {
    pub(super) fn tenant_table(name: String, table: String) -> Self {
        Self { name, table: Some(table), outputs: None, bound: false }
    }

    /// A table without rows of tenants, or a function.
    pub(super) fn other(name: String) -> Self {
        Self { name, table: None, outputs: None, bound: false }
    }

    pub(super) fn query(name: String, outputs: Vec<Output>) -> Self {
        let bound = gives_tenant(&outputs) == Some(true);
        Self { name, table: None, outputs: Some(outputs), bound }
    }

    pub(super) fn may_have_tenant(&self) -> bool {
        let given = self.outputs.as_deref().and_then(gives_tenant);
        self.table.is_some() || given.is_some()
    }
}

/// Whether the column `tenant_id` of these is bound; `None` where there is no such column.
pub(super) fn gives_tenant(outputs: &[Output]) -> Option<bool> {
    let mut named = outputs.iter().filter(|output| output.name.as_deref() == Some(TENANT_ID)).peekable();
    named.peek()?;
    Some(named.all(|output| output.bound))
}

/// What an equality may say about: a join's condition does not restrict the side that an outer
/// join keeps whole.
#[derive(Clone, Debug)]
pub(super) enum Binds {
    All,
    Only(Vec<usize>),
}

impl Binds {
    fn allows(&self, relation: usize) -> bool {
        match self {
            Self::All => true,
            Self::Only(relations) => relations.contains(&relation),
        }
    }
}

#[derive(Debug)]
enum Condition {
    Equal(Box<Expr>, Box<Expr>),
    In(Vec<Expr>, Box<Query>),
    /// `JOIN … USING (tenant_id)`: these relations' columns are one.
    Merged(Vec<usize>),
}

/// A block, or a level of `WITH` queries, and those around it.
#[derive(Debug, Default)]
pub(super) struct Block<'p> {
    pub(super) parent: Option<&'p Block<'p>>,
    pub(super) relations: Vec<Relation>,
    pub(super) with: Vec<(String, Vec<Output>)>,
    conditions: Vec<(Condition, Binds)>,
}

enum Term {
    Bound,
    Column(usize),
}

impl<'p> Block<'p> {
    pub(super) fn inside(parent: &'p Block<'p>) -> Self {
        Self { parent: Some(parent), ..Self::default() }
    }

    /// Notes the equalities that must hold for `condition` to hold.
    pub(super) fn require(&mut self, condition: &Expr, binds: &Binds) {
        match condition {
            Expr::Nested(inner) => self.require(inner, binds),
            Expr::BinaryOp { left, op, right } if *op == BinaryOperator::And => {
                self.require(left, binds);
                self.require(right, binds);
            }
            Expr::BinaryOp { left, op, right } if *op == BinaryOperator::Eq => match (&**left, &**right) {
                (Expr::Tuple(left), Expr::Tuple(right)) if left.len() == right.len() => {
                    for (left, right) in left.iter().zip(right) {
                        self.equal(left.clone(), right.clone(), binds);
                    }
                }
                (left, right) => self.equal(left.clone(), right.clone(), binds),
            },
            Expr::InSubquery { expr, subquery, negated: false } => {
                let columns = match &**expr {
                    Expr::Tuple(columns) => columns.clone(),
                    single => vec![single.clone()],
                };
                let condition = Condition::In(columns, subquery.clone());
                self.conditions.push((condition, binds.clone()));
            }
            _ => {}
        }
    }

    fn equal(&mut self, left: Expr, right: Expr, binds: &Binds) {
        let condition = Condition::Equal(Box::new(left), Box::new(right));
        self.conditions.push((condition, binds.clone()));
    }

    /// Notes `USING (tenant_id)` between the relations on its left and on its right.
    pub(super) fn merge(&mut self, relations: Vec<usize>, binds: &Binds) {
        let with_tenant =
            relations.into_iter().filter(|relation| self.relations[*relation].may_have_tenant()).collect();
        let condition = Condition::Merged(with_tenant);
        self.conditions.push((condition, binds.clone()));
    }

    /// Marks every relation that the conditions tie to a parameter, until nothing is added.
    /// `outputs` tells the columns of a sub-query.
    pub(super) fn solve(&mut self, outputs: impl Fn(&Query, &Self) -> Vec<Output>) {
        loop {
            let mut found = Vec::new();
            for (condition, binds) in &self.conditions {
                let reached = match condition {
                    Condition::Equal(left, right) => self.across(left, right),
                    Condition::In(columns, query) => {
                        let outputs = outputs(query, self);
                        let bound = |at: usize| outputs.get(at).is_some_and(|output| output.placed && output.bound);
                        let columns = columns.iter().enumerate();
                        columns.filter(|(at, _)| bound(*at)).filter_map(|(_, column)| self.column(column)).collect()
                    }
                    Condition::Merged(relations) => {
                        if relations.iter().any(|at| self.relations[*at].bound) {
                            relations.clone()
                        } else {
                            Vec::new()
                        }
                    }
                };
                found.extend(reached.into_iter().filter(|at| binds.allows(*at)));
            }
            found.retain(|at| !self.relations[*at].bound);
            if found.is_empty() {
                return;
            }
            for at in found {
                self.relations[at].bound = true;
            }
        }
    }

    /// The relations whose tenant is known because `left = right`.
    fn across(&self, left: &Expr, right: &Expr) -> Vec<usize> {
        let mut found = Vec::new();
        if self.bound(left) {
            found.extend(self.column(right));
        }
        if self.bound(right) {
            found.extend(self.column(left));
        }
        found
    }

    fn column(&self, expr: &Expr) -> Option<usize> {
        match self.resolve(expr)? {
            Term::Bound => None,
            Term::Column(at) => Some(at),
        }
    }

    /// Whether this is a parameter or the `tenant_id` of something bound, here or further out.
    pub(super) fn bound(&self, expr: &Expr) -> bool {
        match self.resolve(expr) {
            Some(Term::Bound) => true,
            Some(Term::Column(at)) => self.relations[at].bound,
            None => false,
        }
    }

    fn resolve(&self, expr: &Expr) -> Option<Term> {
        match expr {
            Expr::Nested(inner) => self.resolve(inner),
            // A cast of the column would hide it from its index; a cast of the parameter is fine.
            Expr::Cast { expr, .. } => is_parameter(expr).then_some(Term::Bound),
            Expr::Identifier(column) if folded(column) == TENANT_ID => self.unqualified(),
            Expr::CompoundIdentifier(parts) => match parts.as_slice() {
                [.., relation, column] if folded(column) == TENANT_ID => self.qualified(&folded(relation)),
                _ => None,
            },
            other => is_parameter(other).then_some(Term::Bound),
        }
    }

    fn qualified(&self, name: &str) -> Option<Term> {
        if let Some(at) = self.relations.iter().position(|one| one.name == name) {
            return Some(Term::Column(at));
        }
        self.outer(|parent| parent.qualified(name))
    }

    fn unqualified(&self) -> Option<Term> {
        let having = |one: &(usize, &Relation)| one.1.may_have_tenant();
        let mut candidates = self.relations.iter().enumerate().filter(having);
        match (candidates.next(), candidates.next()) {
            (Some((at, _)), None) => Some(Term::Column(at)),
            (Some((at, _)), Some(_)) => {
                let merged = |(condition, _): &(Condition, Binds)| matches!(condition, Condition::Merged(all) if all.contains(&at));
                let merged = self.conditions.iter().any(merged);
                merged.then_some(Term::Column(at))
            }
            // The columns of other tables are not known: the name may be theirs.
            (None, _) if self.relations.iter().any(|one| one.outputs.is_none()) => None,
            (None, _) => self.outer(Block::unqualified),
        }
    }

    fn outer(&self, resolve: impl Fn(&Block<'p>) -> Option<Term>) -> Option<Term> {
        let parent = self.parent?;
        match resolve(parent)? {
            Term::Bound => Some(Term::Bound),
            Term::Column(at) => parent.relations[at].bound.then_some(Term::Bound),
        }
    }

    /// The columns of the `WITH` query of this name.
    pub(super) fn with_query(&self, name: &str) -> Option<&[Output]> {
        let here = self.with.iter().rev().find(|(with, _)| with == name);
        match here {
            Some((_, outputs)) => Some(outputs),
            None => self.parent?.with_query(name),
        }
    }
}

fn is_parameter(expr: &Expr) -> bool {
    match expr {
        Expr::Nested(inner) => is_parameter(inner),
        Expr::Value(value) => match &value.value {
            Value::Placeholder(text) => text.strip_prefix('$').is_some_and(|n| n.parse::<u16>().is_ok()),
            _ => false,
        },
        _ => false,
    }
}

/// An identifier as the database reads it.
pub(super) fn folded(ident: &Ident) -> String {
    if ident.quote_style.is_some() { ident.value.clone() } else { ident.value.to_lowercase() }
}

/// The parts of a name as the database reads them.
pub(super) fn parts(name: &ObjectName) -> Vec<String> {
    name.0
        .iter()
        .filter_map(|part| match part {
            ObjectNamePart::Identifier(ident) => Some(folded(ident)),
            ObjectNamePart::Function(_) => None,
        })
        .collect()
}
