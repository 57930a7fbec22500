//! The names by which code hands SQL to sqlx.

use syn::spanned::Spanned;
use syn::{Path, UseTree};

use super::reader::Reader;

/// Functions of sqlx whose first argument is SQL.
const FUNCTIONS: &[&str] = &[
    "query",
    "query_as",
    "query_as_with",
    "query_as_with_result",
    "query_scalar",
    "query_scalar_with",
    "query_scalar_with_result",
    "query_with",
    "query_with_result",
    "raw_sql",
];

/// Methods of connections and pools that take SQL where they are not given a query.
const METHODS: &[&str] = &[
    "copy_in_raw",
    "copy_out_raw",
    "describe",
    "execute",
    "execute_many",
    "fetch",
    "fetch_all",
    "fetch_many",
    "fetch_one",
    "fetch_optional",
    "prepare",
    "prepare_with",
];

impl Reader {
    /// Whether a call of this path hands SQL to sqlx.
    pub(super) fn takes_sql(&self, path: &Path) -> bool {
        let names: Vec<String> = path.segments.iter().map(|one| one.ident.to_string()).collect();
        match names.as_slice() {
            [single] => FUNCTIONS.contains(&single.as_str()) && self.imports.contains(single),
            [.., last] => FUNCTIONS.contains(&last.as_str()) && names.iter().any(|one| one == "sqlx"),
            [] => false,
        }
    }

    /// Notes what a `use` takes from sqlx.
    pub(super) fn import(&mut self, tree: &UseTree) {
        match tree {
            UseTree::Path(path) => self.import(&path.tree),
            UseTree::Name(name) => {
                self.imports.insert(name.ident.to_string());
            }
            UseTree::Rename(rename) => {
                let name = rename.ident.to_string();
                let sql = FUNCTIONS.contains(&name.as_str()) || name.starts_with("query");
                if sql || ["sqlx", "QueryBuilder", "AssertSqlSafe"].contains(&name.as_str()) {
                    let what = format!("`{name}` of sqlx goes by another name");
                    self.dynamic(rename.span(), &what);
                }
            }
            UseTree::Glob(_) => self.imports.extend(FUNCTIONS.iter().map(ToString::to_string)),
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.import(tree)),
        }
    }
}

/// Whether a method of this name takes SQL where its receiver is a connection.
pub(super) fn is_sql_method(call: &syn::ExprMethodCall) -> bool {
    METHODS.iter().any(|method| call.method == method)
}
