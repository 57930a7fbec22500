//! Which tables hold rows of tenants: those that the tenant migrations create.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use sqlparser::ast::ObjectName;
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::tokenizer::{Token, Tokenizer};

use super::block::parts;

/// The names of tenant tables, and of views over them, without a schema.
#[derive(Debug, Default)]
pub(super) struct Tables(BTreeSet<String>);

impl Tables {
    /// Reads every `*.sql` below `folder`, skipping those that undo a migration.
    pub(super) fn of_migrations(folder: &Path) -> Self {
        let mut tables = Self::default();
        for file in files(folder, "sql") {
            if !file.to_string_lossy().ends_with(".down.sql") {
                tables.add(&fs::read_to_string(&file).unwrap());
            }
        }
        tables
    }

    /// Adds what `CREATE TABLE` and `CREATE VIEW` name. A scan of tokens, not a parse: a migration
    /// also holds statements that only the server's own parser understands.
    pub(super) fn add(&mut self, migration: &str) {
        let tokens = Tokenizer::new(&PostgreSqlDialect {}, migration).tokenize().unwrap();
        let mut tokens = tokens.into_iter().filter(|token| !matches!(token, Token::Whitespace(_))).peekable();
        let mut creating = false;
        while let Some(token) = tokens.next() {
            match word(&token).as_deref() {
                Some("create") => creating = true,
                Some("or" | "replace" | "unlogged" | "recursive" | "materialized") => {}
                Some("table" | "view") if creating => {
                    creating = false;
                    while tokens.next_if(|next| is_one_of(next, &["if", "not", "exists"])).is_some() {}
                    let mut name = tokens.next();
                    while tokens.next_if_eq(&Token::Period).is_some() {
                        name = tokens.next();
                    }
                    self.0.extend(name.as_ref().and_then(word));
                }
                _ => creating = false,
            }
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A tenant table that stands anywhere in this SQL.
    pub(super) fn named_in(&self, sql: &str) -> Option<String> {
        let tokens = Tokenizer::new(&PostgreSqlDialect {}, sql).tokenize();
        let mut words = tokens.unwrap_or_default().into_iter();
        words.find_map(|token| word(&token).filter(|word| self.0.contains(word)))
    }

    /// The tenant table of this name, unless its schema says that it is another.
    pub(super) fn find(&self, name: &ObjectName) -> Option<&str> {
        let parts = parts(name);
        let (table, schema) = parts.split_last()?;
        let elsewhere = ["control", "pg_catalog", "information_schema"];
        match schema.last() {
            Some(schema) if elsewhere.contains(&schema.as_str()) => None,
            _ => self.0.get(table).map(String::as_str),
        }
    }
}

fn is_one_of(token: &Token, words: &[&str]) -> bool {
    word(token).is_some_and(|word| words.contains(&word.as_str()))
}

fn word(token: &Token) -> Option<String> {
    match token {
        Token::Word(word) if word.quote_style.is_some() => Some(word.value.clone()),
        Token::Word(word) => Some(word.value.to_lowercase()),
        _ => None,
    }
}

/// Every file below `folder` with this extension, in order of path; none where there is no such
/// folder.
pub(super) fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else {
            continue;
        };
        for path in entries.map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|found| found == extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}
