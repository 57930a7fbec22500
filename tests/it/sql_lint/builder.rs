//! Follows `QueryBuilder` through a function: what it may hold when it is built, on every way
//! through `if`, `match` and loops (a loop's body no time or once). Conditions that come or stay away are not followed
//! on every way, see [`optional`](super::optional).

use std::collections::{BTreeMap, BTreeSet};

use syn::visit::{self, Visit};
use syn::{Block, Expr, ExprCall, ExprMethodCall, ExprPath, Local, Pat};

use super::check::{Fault, Rule};
use super::names::is_sql_method;
use super::optional;
use super::reader::{Reader, Sql};

/// More ways than this through one function are not followed.
const MOST_TEXTS: usize = 512;
const TOO_MANY: &str = "a query builder with too many branches, so it cannot be read here: write it in several";

/// Reads one way that the code may go.
pub(super) type Branch<'b> = Box<dyn FnOnce(&mut Reader) + 'b>;

/// One builder, by what it may hold so far.
#[derive(Clone, Debug)]
struct Builder {
    line: usize,
    depth: usize,
    texts: BTreeSet<String>,
}

/// The builders of the function being read, by variable.
#[derive(Clone, Debug, Default)]
pub(super) struct Builders {
    depth: usize,
    count: usize,
    known: BTreeMap<String, Builder>,
}

impl Reader {
    /// Reads a function's body, with builders of its own.
    pub(super) fn function(&mut self, block: &Block) {
        let outer = std::mem::take(&mut self.builders);
        self.scope(block);
        self.builders = outer;
    }

    /// A builder in a signature comes from a caller or goes to one, and its text with it.
    pub(super) fn signature(&mut self, signature: &syn::Signature) {
        visit::visit_signature(self, signature);
    }

    /// Reads a block; the builders made in it end with it.
    pub(super) fn scope(&mut self, block: &Block) {
        self.builders.depth += 1;
        visit::visit_block(self, block);
        let depth = self.builders.depth;
        let ended: Vec<String> = self
            .builders
            .known
            .iter()
            .filter(|(_, builder)| builder.depth >= depth)
            .map(|(name, _)| name.clone())
            .collect();
        for name in ended {
            self.finish(&name);
        }
        self.builders.depth -= 1;
    }

    fn finish(&mut self, name: &str) {
        if let Some(builder) = self.builders.known.remove(name) {
            let texts = builder.texts.iter().flat_map(|text| optional::without_and_with(text)).collect();
            self.found.statements.push(Sql { line: builder.line, texts });
        }
    }

    /// Reads each branch by itself, and puts what they add behind what was there before.
    pub(super) fn branches(&mut self, branches: Vec<Branch<'_>>) {
        let start = self.builders.clone();
        let mut added: BTreeMap<String, Vec<BTreeSet<String>>> = BTreeMap::new();
        // Builders without a name, each made in one branch.
        let mut made = BTreeMap::new();
        for branch in branches {
            self.builders.known.clone_from(&start.known);
            for builder in self.builders.known.values_mut() {
                builder.texts = BTreeSet::from([String::new()]);
            }
            branch(self);
            for (name, builder) in std::mem::take(&mut self.builders.known) {
                if start.known.contains_key(&name) {
                    added.entry(name).or_default().push(builder.texts);
                } else {
                    made.insert(name, builder);
                }
            }
        }
        self.builders.known = start.known;
        let mut too_many = Vec::new();
        for (name, builder) in &mut self.builders.known {
            let Some(added) = added.remove(name) else { continue };
            builder.texts = optional::joined(&builder.texts, &added);
            if builder.texts.len() > MOST_TEXTS {
                builder.texts = builder.texts.iter().take(1).cloned().collect();
                too_many.push(builder.line);
            }
        }
        self.builders.known.extend(made);
        for line in too_many {
            self.found.faults.push((line, Fault::new(Rule::Dynamic, TOO_MANY)));
        }
    }

    /// Reads what runs or does not.
    pub(super) fn perhaps(&mut self, branch: impl FnOnce(&mut Self)) {
        self.branches(vec![Box::new(branch), Box::new(|_: &mut Self| {})]);
    }

    /// Reads `let`, where a builder gets its name.
    pub(super) fn bind(&mut self, local: &Local) {
        let Some(init) = &local.init else { return };
        if let Some(builder) = self.chain(&init.expr) {
            self.name(&builder, &local.pat);
        }
        if let Some((_, diverge)) = &init.diverge {
            self.perhaps(|reader| reader.visit_expr(diverge));
        }
    }

    fn name(&mut self, builder: &str, pattern: &Pat) {
        let pattern = match pattern {
            Pat::Type(typed) => &typed.pat,
            other => other,
        };
        match pattern {
            Pat::Ident(pattern) if builder.starts_with('#') => {
                let name = pattern.ident.to_string();
                let hidden = self.builders.known.get(&name);
                if hidden.is_some_and(|hidden| hidden.depth < self.builders.depth) {
                    self.dynamic(pattern.ident.span(), "a query builder that hides another");
                }
                self.finish(&name);
                if let Some(builder) = self.builders.known.remove(builder) {
                    self.builders.known.insert(name, builder);
                }
            }
            other => {
                let span = syn::spanned::Spanned::span(other);
                self.dynamic(span, "a query builder under two names");
            }
        }
    }

    /// `QueryBuilder::new(…)`; `false` where this is another call.
    pub(super) fn new_builder(&mut self, call: &ExprCall) -> bool {
        self.started(call).is_some()
    }

    fn started(&mut self, call: &ExprCall) -> Option<String> {
        let Expr::Path(function) = &*call.func else {
            return None;
        };
        let names: Vec<String> = function.path.segments.iter().map(|one| one.ident.to_string()).collect();
        let [.., owner, _] = names.as_slice() else {
            return None;
        };
        if owner != "QueryBuilder" {
            return None;
        }
        let span = syn::spanned::Spanned::span(call);
        let text = match call.args.first() {
            Some(argument) => self.literal(argument),
            None => Some(String::new()),
        };
        if text.is_none() {
            self.dynamic(span, "the SQL that a query builder starts with is not a literal");
        }
        self.builders.count += 1;
        let name = format!("#{}", self.builders.count);
        let builder =
            Builder { line: span.start().line, depth: self.builders.depth, texts: text.into_iter().collect() };
        self.builders.known.insert(name.clone(), builder);
        Some(name)
    }

    /// Reads an expression; where it is a builder, or ends as one after pushes, gives its name.
    fn chain(&mut self, expr: &Expr) -> Option<String> {
        match expr {
            Expr::Path(path) => {
                let name = path.path.get_ident().map(ToString::to_string);
                if let Some(name) = name
                    && self.builders.known.contains_key(&name)
                {
                    return Some(name);
                }
                self.visit_expr(expr);
                None
            }
            Expr::Call(call) => {
                let started = self.started(call);
                if started.is_none() {
                    self.visit_expr(expr);
                }
                started
            }
            Expr::MethodCall(call) => self.chain_call(call),
            Expr::Paren(inner) => self.chain(&inner.expr),
            other => {
                self.visit_expr(other);
                None
            }
        }
    }

    /// Reads a method call: of a builder, of something that runs SQL, or any other.
    pub(super) fn chain_call(&mut self, call: &ExprMethodCall) -> Option<String> {
        let builder = self.chain(&call.receiver);
        let first = call.args.first();
        let piece = match (&builder, first) {
            (None, Some(argument)) if is_sql_method(call) => {
                self.run(call, argument);
                None
            }
            (Some(_), _) => self.piece(call),
            (None, _) => None,
        };
        for argument in &call.args {
            self.visit_expr(argument);
        }
        let builder = builder?;
        let piece = piece?;
        let known = self.builders.known.get_mut(&builder)?;
        known.texts = known.texts.iter().map(|text| text.clone() + &piece).collect();
        if known.texts.len() > MOST_TEXTS {
            known.texts = known.texts.iter().take(1).cloned().collect();
            let span = syn::spanned::Spanned::span(call);
            self.fault(span, Rule::Dynamic, TOO_MANY);
        }
        Some(builder)
    }

    /// What this call adds to a builder's text; `None` where the builder ends.
    fn piece(&mut self, call: &ExprMethodCall) -> Option<String> {
        let span = call.method.span();
        let method = call.method.to_string();
        match method.as_str() {
            "push" => {
                let text = call.args.first().and_then(|text| self.literal(text));
                if text.is_none() {
                    self.dynamic(span, "what is pushed to a query builder is not a literal");
                }
                text.or(Some(String::new()))
            }
            "push_bind" => Some("$1".to_owned()),
            "sql" | "into_sql" | "into_string" => None,
            build if build.starts_with("build") => None,
            _ => {
                let message = format!(
                    "`{method}` of a query builder is not followed: use push and push_bind, and \
                     for many rows `SELECT … FROM unnest($1, $2)`"
                );
                self.fault(span, Rule::Dynamic, message);
                None
            }
        }
    }

    /// `connection.execute("…")`, and the same with a constant.
    fn run(&mut self, call: &ExprMethodCall, argument: &Expr) {
        let span = syn::spanned::Spanned::span(call);
        if let Some(text) = self.literal(argument) {
            self.found.statements.push(Sql { line: span.start().line, texts: BTreeSet::from([text]) });
            return;
        }
        let made = match argument {
            Expr::Path(path) => path.path.segments.last().is_some_and(|last| {
                let name = last.ident.to_string();
                name.len() > 1 && !name.contains(char::is_lowercase)
            }),
            Expr::Reference(reference) => matches!(&*reference.expr, Expr::Macro(_)),
            Expr::Macro(mac) => mac.mac.path.is_ident("format"),
            _ => false,
        };
        if made {
            self.dynamic(span, "the SQL is not a literal at this place");
        }
    }

    /// A builder named outside of a chain of its own methods: what is done to it is not seen.
    pub(super) fn builder_escapes(&mut self, path: &ExprPath) {
        if self.is_builder(&path.path) {
            let span = syn::spanned::Spanned::span(path);
            self.dynamic(span, "a query builder handed to other code");
        }
    }

    pub(super) fn is_builder(&self, path: &syn::Path) -> bool {
        let known = |name: &syn::Ident| self.builders.known.contains_key(&name.to_string());
        path.get_ident().is_some_and(known)
    }
}
