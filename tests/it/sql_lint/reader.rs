//! Finds the SQL in Rust source: the macros, functions and methods of sqlx that take it, and
//! literals that are SQL on a tenant table wherever they stand.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Span, TokenStream};
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{BinOp, Block, Expr, Lit, Meta, Path, Token, UseTree};

use super::builder::{Branch, Builders};
use super::check::{Fault, Rule};

/// SQL found in a source: more than one text where a builder has branches.
#[derive(Debug)]
pub(super) struct Sql {
    pub(super) line: usize,
    pub(super) texts: BTreeSet<String>,
}

/// What a source holds.
#[derive(Debug, Default)]
pub(super) struct Source {
    pub(super) statements: Vec<Sql>,
    /// Literals that no call of sqlx shows, by line.
    pub(super) literals: Vec<(usize, String)>,
    pub(super) faults: Vec<(usize, Fault)>,
    /// Modules that are for tests alone: their name, or their path where one is given.
    pub(super) test_modules: Vec<String>,
}

/// Reads one file.
///
/// # Errors
/// Where it is not Rust.
pub(super) fn read(source: &str) -> syn::Result<Source> {
    let file = syn::parse_file(source)?;
    let mut reader = Reader::default();
    if for_tests(&file.attrs) {
        return Ok(reader.found);
    }
    for item in &file.items {
        reader.visit_item(item);
    }
    let literals = std::mem::take(&mut reader.literals);
    for ((line, column), text) in literals {
        if !reader.claimed.contains(&(line, column)) {
            reader.found.literals.push((line, text));
        }
    }
    Ok(reader.found)
}

fn for_tests(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        Meta::List(list) if list.path.is_ident("cfg") => list.tokens.to_string() == "test",
        _ => false,
    })
}

#[derive(Debug, Default)]
pub(super) struct Reader {
    pub(super) found: Source,
    pub(super) builders: Builders,
    /// What the file imports from sqlx.
    pub(super) imports: BTreeSet<String>,
    literals: BTreeMap<(usize, usize), String>,
    claimed: BTreeSet<(usize, usize)>,
}

impl Reader {
    pub(super) fn fault(&mut self, at: Span, rule: Rule, message: impl Into<String>) {
        let fault = Fault::new(rule, message);
        self.found.faults.push((at.start().line, fault));
    }

    /// The text of a literal, or of literals put together at compile time.
    pub(super) fn literal(&mut self, expr: &Expr) -> Option<String> {
        match expr {
            Expr::Lit(literal) => match &literal.lit {
                Lit::Str(text) => {
                    self.claimed.insert(position(text.span()));
                    Some(text.value())
                }
                _ => None,
            },
            Expr::Binary(sum) if matches!(sum.op, BinOp::Add(_)) => {
                Some(self.literal(&sum.left)? + &self.literal(&sum.right)?)
            }
            Expr::Macro(concat) if concat.mac.path.is_ident("concat") => {
                arguments(concat.mac.tokens.clone())?.iter().map(|part| self.literal(part)).collect()
            }
            Expr::Paren(inner) => self.literal(&inner.expr),
            Expr::Group(inner) => self.literal(&inner.expr),
            _ => None,
        }
    }

    fn statement(&mut self, at: Span, argument: Option<&Expr>) {
        match argument.and_then(|argument| self.literal(argument)) {
            Some(text) => self.found.statements.push(Sql { line: at.start().line, texts: BTreeSet::from([text]) }),
            None => self.dynamic(at, "the SQL is not a literal at this place"),
        }
    }

    pub(super) fn dynamic(&mut self, at: Span, what: &str) {
        let message = format!(
            "{what}, so it cannot be read here: write it out in sqlx::query!() or QueryBuilder, or \
             list the file with its reason"
        );
        self.fault(at, Rule::Dynamic, message);
    }

    /// A macro of sqlx that takes SQL; `false` where it is another.
    fn sqlx_macro(&mut self, mac: &syn::Macro) -> bool {
        let name = mac.path.segments.last().map(|last| last.ident.to_string());
        let name = name.unwrap_or_default();
        let core = name.strip_suffix("_unchecked").unwrap_or(&name);
        let at = match core {
            "query" | "query_scalar" | "query_file" | "query_file_scalar" => 0,
            "query_as" | "query_file_as" => 1,
            _ => return false,
        };
        let parsed = match at {
            0 => arguments(mac.tokens.clone()),
            _ => arguments_behind_type(mac.tokens.clone()),
        };
        let Some(arguments) = parsed else {
            self.dynamic(mac.span(), "the arguments of this macro cannot be parsed");
            return true;
        };
        if core.starts_with("query_file") {
            let path = arguments.first().and_then(|path| self.literal(path));
            if !path.is_some_and(|path| path.starts_with("src/")) {
                self.dynamic(mac.span(), "the path is not below src/");
            }
        } else {
            self.statement(mac.span(), arguments.first());
        }
        for argument in arguments.iter().skip(1) {
            self.visit_expr(argument);
        }
        true
    }
}

fn position(span: Span) -> (usize, usize) {
    (span.start().line, span.start().column)
}

fn arguments(tokens: TokenStream) -> Option<Vec<Expr>> {
    let parser = Punctuated::<Expr, Token![,]>::parse_terminated;
    Some(parser.parse2(tokens).ok()?.into_iter().collect())
}

fn arguments_behind_type(tokens: TokenStream) -> Option<Vec<Expr>> {
    let parser = |input: ParseStream| {
        input.parse::<syn::Type>()?;
        input.parse::<Token![,]>()?;
        Punctuated::<Expr, Token![,]>::parse_terminated(input)
    };
    Some(parser.parse2(tokens).ok()?.into_iter().collect())
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_attribute(&mut self, _: &'ast syn::Attribute) {}

    fn visit_item(&mut self, item: &'ast syn::Item) {
        if let syn::Item::Mod(module) = item
            && for_tests(&module.attrs)
        {
            let path = module.attrs.iter().find_map(|attribute| match &attribute.meta {
                Meta::NameValue(path) if path.path.is_ident("path") => self.literal(&path.value),
                _ => None,
            });
            let name = path.unwrap_or_else(|| module.ident.to_string());
            self.found.test_modules.push(name);
            return;
        }
        visit::visit_item(self, item);
    }

    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        if !for_tests(&function.attrs) {
            self.signature(&function.sig);
            self.function(&function.block);
        }
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        if !for_tests(&function.attrs) {
            self.signature(&function.sig);
            self.function(&function.block);
        }
    }

    fn visit_item_impl(&mut self, block: &'ast syn::ItemImpl) {
        if !for_tests(&block.attrs) {
            visit::visit_item_impl(self, block);
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        match &item.tree {
            UseTree::Path(path) if path.ident == "sqlx" => self.import(&path.tree),
            UseTree::Rename(rename) if rename.ident == "sqlx" => self.import(&item.tree),
            _ => {}
        }
    }

    fn visit_lit_str(&mut self, text: &'ast syn::LitStr) {
        self.literals.insert(position(text.span()), text.value());
    }

    fn visit_type_path(&mut self, path: &'ast syn::TypePath) {
        if path.path.segments.iter().any(|one| one.ident == "QueryBuilder") {
            self.dynamic(path.span(), "a query builder that comes from or goes elsewhere");
        }
        visit::visit_type_path(self, path);
    }

    fn visit_path(&mut self, path: &'ast Path) {
        if path.segments.iter().any(|one| one.ident == "PgListener") {
            let message = "LISTEN binds a session: that is for platform/src/db/ alone";
            self.fault(path.span(), Rule::Session, message);
        }
        visit::visit_path(self, path);
    }

    fn visit_expr_path(&mut self, path: &'ast syn::ExprPath) {
        if path.path.segments.iter().any(|one| one.ident == "AssertSqlSafe") {
            self.dynamic(path.span(), "AssertSqlSafe takes SQL made at run time");
        } else if self.takes_sql(&path.path) {
            self.dynamic(path.span(), "a function of sqlx handed on");
        }
        self.builder_escapes(path);
        visit::visit_expr_path(self, path);
    }

    fn visit_expr_call(&mut self, call: &'ast syn::ExprCall) {
        match &*call.func {
            Expr::Path(function) if self.takes_sql(&function.path) => {
                self.statement(call.span(), call.args.first());
                call.args.iter().for_each(|argument| self.visit_expr(argument));
            }
            _ => {
                if !self.new_builder(call) {
                    visit::visit_expr_call(self, call);
                }
            }
        }
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        self.chain_call(call);
    }

    fn visit_macro(&mut self, mac: &'ast syn::Macro) {
        if self.sqlx_macro(mac) {
            return;
        }
        if let Some(arguments) = arguments(mac.tokens.clone()) {
            for argument in &arguments {
                self.visit_expr(argument);
            }
        } else if let Ok(statements) = Block::parse_within.parse2(mac.tokens.clone()) {
            for statement in &statements {
                self.visit_stmt(statement);
            }
        } else {
            self.tokens(mac.tokens.clone());
        }
    }

    fn visit_local(&mut self, local: &'ast syn::Local) {
        self.bind(local);
    }

    fn visit_block(&mut self, block: &'ast Block) {
        self.scope(block);
    }

    fn visit_expr_if(&mut self, branch: &'ast syn::ExprIf) {
        self.visit_expr(&branch.cond);
        let otherwise = branch.else_branch.as_ref().map(|(_, otherwise)| &**otherwise);
        self.branches(vec![
            Box::new(|reader: &mut Self| reader.visit_block(&branch.then_branch)),
            Box::new(move |reader: &mut Self| {
                if let Some(otherwise) = otherwise {
                    reader.visit_expr(otherwise);
                }
            }),
        ]);
    }

    fn visit_expr_match(&mut self, choice: &'ast syn::ExprMatch) {
        self.visit_expr(&choice.expr);
        let arms = choice.arms.iter().map(|arm| Box::new(move |reader: &mut Self| reader.visit_arm(arm)) as Branch<'_>);
        self.branches(arms.collect());
    }

    fn visit_expr_for_loop(&mut self, repeat: &'ast syn::ExprForLoop) {
        self.visit_expr(&repeat.expr);
        self.perhaps(|reader| reader.visit_block(&repeat.body));
    }

    fn visit_expr_while(&mut self, repeat: &'ast syn::ExprWhile) {
        self.visit_expr(&repeat.cond);
        self.perhaps(|reader| reader.visit_block(&repeat.body));
    }

    fn visit_expr_closure(&mut self, closure: &'ast syn::ExprClosure) {
        self.perhaps(|reader| reader.visit_expr(&closure.body));
    }
}
