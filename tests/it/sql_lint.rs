//! A lint over every SQL statement in the product: what touches a tenant table names its
//! `tenant_id`, so that row-level security is the second wall and not the only one.
//!
//! It reads the Rust sources with `syn` and the SQL with `sqlparser`. In each query block, the
//! `tenant_id` of each tenant table must equal a parameter, directly or through the `tenant_id` of
//! another table that does. Code for tests alone (`#[cfg(test)]`) is not read.

#![allow(clippy::unwrap_used, reason = "a test that cannot read the sources fails")]

mod block;
mod broken;
mod broken_rust;
mod builder;
mod change;
mod check;
mod names;
mod optional;
mod query;
mod reader;
mod right;
mod tables;
mod tokens;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use check::{Fault, Rule};
use tables::{Tables, files};

/// Where the product's own sources are, from the root of the workspace.
const SOURCES: &[&str] = &["src", "app/src", "platform/src"];

/// A file or folder that may do what a rule forbids.
struct Exemption {
    path: &'static str,
    rule: Rule,
    reason: &'static str,
}

const EXEMPTIONS: &[Exemption] = &[
    Exemption {
        path: "app/src/desk/import/busy.rs",
        rule: Rule::Tenant,
        reason: "the operator's own connection finds the tenants that have something to do; the serving role cannot",
    },
    Exemption {
        path: "app/src/desk/notify/busy.rs",
        rule: Rule::Tenant,
        reason: "the operator's own connection finds the tenants that have something to do; the serving role cannot",
    },
    Exemption {
        path: "app/src/desk/ticket/label/busy.rs",
        rule: Rule::Tenant,
        reason: "the operator's own connection finds the tenants that have something to do; the serving role cannot",
    },
    Exemption {
        path: "platform/src/access/api_key/busy.rs",
        rule: Rule::Tenant,
        reason: "the operator's own connection finds the tenants that have something to do; the serving role cannot",
    },
    Exemption {
        path: "platform/src/audit/keeper.rs",
        rule: Rule::Tenant,
        reason: "the operator's own connection goes through the audit logs of all tenants; the serving role cannot",
    },
    Exemption {
        path: "platform/src/billing/queries/billable.sql",
        rule: Rule::Tenant,
        reason: "the operator's own connection adds up what all tenants are to pay for; the serving role cannot",
    },
    Exemption {
        path: "platform/src/db/",
        rule: Rule::Dynamic,
        reason: "`SET LOCAL` takes no parameter: the tenant's id goes into its text, as a UUID",
    },
    Exemption {
        path: "platform/src/db/admin.rs",
        rule: Rule::Tenant,
        reason: "the operator's own connection counts the accounts of all tenants; the serving role cannot",
    },
    Exemption {
        path: "platform/src/db/migrate.rs",
        rule: Rule::Syntax,
        reason: "makes roles and schemas, in words of PostgreSQL's own that the parser does not know",
    },
    Exemption {
        path: "platform/src/metering/busy.rs",
        rule: Rule::Tenant,
        reason: "the operator's own connection finds the tenants that have something to do; the serving role cannot",
    },
    Exemption {
        path: "platform/src/operator/tenants/queries/list.sql",
        rule: Rule::Tenant,
        reason: "the console's list of all tenants, read as the operator's role and recorded; the serving role cannot",
    },
    Exemption {
        path: "platform/src/plan/change.rs",
        rule: Rule::Session,
        reason: "tells triggers who changes a plan and why, until the transaction ends; never on the serving role's connection",
    },
    Exemption {
        path: "platform/src/sso/upkeep/work.rs",
        rule: Rule::Tenant,
        reason: "the operator's own connection finds the tenants that have something to do; the serving role cannot",
    },
    Exemption {
        path: "platform/src/storage/busy.rs",
        rule: Rule::Tenant,
        reason: "the operator's own connection finds the tenants that have something to do; the serving role cannot",
    },
    Exemption {
        path: "platform/src/tenancy/watch.rs",
        rule: Rule::Session,
        reason: "listens on a connection of its own, on which no query is run",
    },
];

/// What the lint finds in one file.
#[derive(Default)]
struct Found {
    statements: usize,
    faults: BTreeSet<(usize, Fault)>,
    test_modules: Vec<String>,
}

/// Reads one Rust source.
fn examine(source: &str, tables: &Tables) -> Found {
    let read = match reader::read(source) {
        Ok(read) => read,
        Err(error) => {
            let fault = Fault::new(Rule::Syntax, format!("is not Rust: {error}"));
            return Found { faults: BTreeSet::from([(error.span().start().line, fault)]), ..Found::default() };
        }
    };
    let mut found =
        Found { faults: read.faults.into_iter().collect(), test_modules: read.test_modules, ..Found::default() };
    let literals = read.literals.into_iter();
    let literals = literals
        .filter(|(_, text)| check::is_tenant_statement(text, tables))
        .map(|(line, text)| (line, BTreeSet::from([text])));
    let statements = read.statements.into_iter().map(|sql| (sql.line, sql.texts));
    for (line, texts) in statements.chain(literals) {
        found.statements += 1;
        for text in texts {
            let faults = check::check(&text, tables).into_iter();
            found.faults.extend(faults.map(|fault| (line, fault)));
        }
    }
    found
}

/// The files of modules that the source at `path` declares for tests alone.
fn test_files(path: &Path, modules: &[String]) -> Vec<PathBuf> {
    let folder = path.parent().unwrap();
    let stem = path.file_stem().unwrap().to_string_lossy();
    let below = match &*stem {
        "lib" | "main" | "mod" => folder.to_owned(),
        stem => folder.join(stem),
    };
    modules
        .iter()
        .flat_map(|module| {
            // A path attribute counts from the folder of the file.
            let named = folder.join(module);
            [below.join(format!("{module}.rs")), below.join(module), named]
        })
        .collect()
}

/// What the lint finds in the product: how many statements, and a line for each fault.
struct Report {
    statements: usize,
    messages: Vec<String>,
}

fn lint(root: &Path, tables: &Tables, exemptions: &[Exemption]) -> Report {
    let mut found = Vec::new();
    let mut for_tests = BTreeSet::new();
    let mut statements = 0;
    let sources = SOURCES.iter().map(|source| root.join(source));
    for file in sources.clone().flat_map(|source| files(&source, "rs")) {
        let examined = examine(&fs::read_to_string(&file).unwrap(), tables);
        for_tests.extend(test_files(&file, &examined.test_modules));
        found.push((file, examined));
    }
    for file in sources.flat_map(|source| files(&source, "sql")) {
        let faults = check::check(&fs::read_to_string(&file).unwrap(), tables);
        let examined =
            Found { statements: 1, faults: faults.into_iter().map(|fault| (1, fault)).collect(), ..Found::default() };
        found.push((file, examined));
    }
    found.retain(|(file, _)| !file.ancestors().any(|path| for_tests.contains(path)));

    let mut messages = Vec::new();
    let mut used = BTreeSet::new();
    for (file, examined) in found {
        statements += examined.statements;
        let name = file.strip_prefix(root).unwrap().to_string_lossy().into_owned();
        for (line, fault) in examined.faults {
            let exempt = |one: &Exemption| one.rule == fault.rule && name.starts_with(one.path);
            match exemptions.iter().position(exempt) {
                Some(exemption) => {
                    used.insert(exemption);
                }
                None => messages.push(format!("{name}:{line}: {}", fault.message)),
            }
        }
    }
    for (at, one) in exemptions.iter().enumerate() {
        if !used.contains(&at) {
            let Exemption { path, rule, reason } = one;
            messages.push(format!("{path}: no longer needs its exemption from {rule:?} ({reason})"));
        }
    }
    Report { statements, messages }
}

#[test]
fn every_statement_names_its_tenant() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let tables = Tables::of_migrations(&root.join("migrations/tenant"));
    assert!(!tables.is_empty(), "migrations/tenant/ creates no table");
    let report = lint(root, &tables, EXEMPTIONS);
    assert!(report.statements > 0, "no SQL was found in {SOURCES:?}");
    assert!(report.messages.is_empty(), "{} statements read\n{}", report.statements, report.messages.join("\n"));
}
