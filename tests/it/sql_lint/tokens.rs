//! Reads the tokens of macros that hold neither expressions nor statements, such as `view!` and
//! `select!`: literals and the calls that take SQL are picked out.

use proc_macro2::{TokenStream, TokenTree};
use syn::spanned::Spanned;
use syn::visit::Visit;
use syn::{Expr, Path};

use super::reader::Reader;

impl Reader {
    pub(super) fn tokens(&mut self, tokens: TokenStream) {
        let trees: Vec<TokenTree> = tokens.into_iter().collect();
        let mut at = 0;
        while at < trees.len() {
            match &trees[at] {
                TokenTree::Ident(_) => {
                    let end = at + path_length(&trees[at..]);
                    let path = trees[at..end].iter().cloned().collect();
                    self.call_in_tokens(path, trees.get(end));
                    at = end;
                }
                TokenTree::Group(group) => {
                    self.tokens(group.stream());
                    at += 1;
                }
                TokenTree::Literal(literal) => {
                    let parsed = syn::parse2::<syn::LitStr>(TokenTree::from(literal.clone()).into());
                    if let Ok(text) = parsed {
                        self.visit_lit_str(&text);
                    }
                    at += 1;
                }
                TokenTree::Punct(_) => at += 1,
            }
        }
    }

    fn call_in_tokens(&mut self, mut path: TokenStream, next: Option<&TokenTree>) {
        let text = path.to_string();
        let Ok(callee) = syn::parse_str::<Path>(text.trim_end_matches(['!', ' '])) else {
            return;
        };
        let span = path.span();
        let is = |names: &[&str]| {
            let mut segments = callee.segments.iter();
            segments.any(|one| names.iter().any(|name| one.ident == name))
        };
        let last = callee.segments.last().map(|last| last.ident.to_string());
        let sql = if text.ends_with('!') {
            last.is_some_and(|last| last.starts_with("query"))
        } else {
            self.takes_sql(&callee)
        };
        if is(&["AssertSqlSafe", "PgListener", "QueryBuilder"]) || self.is_builder(&callee) {
            self.dynamic(span, "built inside a macro");
        } else if sql {
            path.extend(next.cloned());
            match syn::parse2::<Expr>(path) {
                Ok(call) => self.visit_expr(&call),
                Err(_) => self.dynamic(span, "a call in a macro that cannot be parsed"),
            }
        }
    }
}

/// How many tokens the path at the start of these has, with the `!` of a macro.
fn path_length(trees: &[TokenTree]) -> usize {
    let is =
        |at: usize, punct: char| matches!(trees.get(at), Some(TokenTree::Punct(found)) if found.as_char() == punct);
    let mut length = 1;
    while is(length, ':') && is(length + 1, ':') {
        match trees.get(length + 2) {
            Some(TokenTree::Ident(_)) => length += 3,
            Some(TokenTree::Punct(open)) if open.as_char() == '<' => {
                length += 2;
                let mut depth = 0_i32;
                while length < trees.len() {
                    depth += i32::from(is(length, '<')) - i32::from(is(length, '>'));
                    length += 1;
                    if depth == 0 {
                        break;
                    }
                }
            }
            _ => break,
        }
    }
    length + usize::from(is(length, '!'))
}
