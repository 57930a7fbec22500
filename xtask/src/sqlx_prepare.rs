//! `cargo xtask sqlx-prepare`: describes every checked query by a migrated database, into `.sqlx/`, so that the
//! workspace compiles without one.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::SystemTime;

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::checkout::Checkout;
use crate::postgres::{self, Cluster};
use crate::running;
use crate::setup::system;
use crate::step::Line;

const DATABASE: &str = "sqlx_prepare";
/// The crates with checked queries, each with the root file that makes Cargo expand its macros again.
const CRATES: [(&str, &str); 3] =
    [("rowhouse", "src/main.rs"), ("rowhouse-app", "app/src/lib.rs"), ("rowhouse-platform", "platform/src/lib.rs")];

/// Folders of migrations, and the schema that each fills.
const PARTS: [(&str, &str); 2] = [("control", "control"), ("tenant", "pooled")];

/// What to do with the result.
#[derive(Args)]
pub(crate) struct Options {
    /// Only compare with what is committed
    #[arg(long)]
    check: bool,
}

/// Describes every query, or compares.
///
/// # Errors
/// When a query does not fit the migrated schema, or with `--check` when `.sqlx/` is out of date.
pub(crate) fn prepare(checkout: &Checkout, options: &Options) -> Result<ExitCode> {
    let _lock = checkout.lock("test", "`cargo xtask test` or `cargo xtask services`")?;
    system::ensure(&[system::POSTGRESQL])?;
    let cluster = Cluster::start(checkout, postgres::TESTS)?;
    migrate(checkout, &cluster)?;

    let made = checkout.state().join("sqlx");
    if fs::exists(&made)? {
        fs::remove_dir_all(&made)?;
    }
    fs::create_dir(&made)?;
    describe(checkout, &cluster.url(DATABASE, "postgres"), &made)?;

    let committed = checkout.root().join(".sqlx");
    let new = contents(&made)?;
    let old = if fs::exists(&committed)? { contents(&committed)? } else { BTreeMap::new() };
    let changes = changes(&old, &new);
    if changes.is_empty() {
        println!("All {} checked queries are as committed.", new.len());
    } else if options.check {
        bail!(".sqlx is out of date; `cargo xtask sqlx-prepare` mends it:\n{}", changes.join("\n"));
    } else {
        fs::create_dir_all(&committed)?;
        for name in old.keys().filter(|name| !new.contains_key(*name)) {
            fs::remove_file(committed.join(name))?;
        }
        for (name, content) in &new {
            fs::write(committed.join(name), content)?;
        }
        println!("{} checked queries in .sqlx:\n{}", new.len(), changes.join("\n"));
    }
    fs::remove_dir_all(&made)?;
    Ok(ExitCode::SUCCESS)
}

/// Applies the migrations as they lie in the repository. The server could do it too, but a new query that waits for
/// its description keeps the server from compiling.
fn migrate(checkout: &Checkout, cluster: &Cluster) -> Result<()> {
    let line = Line::start("Migrations");
    cluster.sql("postgres", &format!("DROP DATABASE IF EXISTS {DATABASE}"))?;
    cluster.ensure_database(DATABASE)?;
    for role in ["rowhouse_owner", "rowhouse_app", "rowhouse_operator"] {
        cluster.sql(DATABASE, &format!("CREATE ROLE {role}"))?;
    }
    cluster.sql(DATABASE, "CREATE EXTENSION btree_gin")?;
    for (folder, schema) in PARTS {
        cluster.sql(DATABASE, &format!("CREATE SCHEMA {schema} AUTHORIZATION rowhouse_owner"))?;
        // As the server does it: migrations hand functions over to the operator's role.
        cluster.sql(DATABASE, &format!("GRANT USAGE ON SCHEMA {schema} TO rowhouse_operator"))?;
        let folder = checkout.root().join("migrations").join(folder);
        let mut files: Vec<PathBuf> = fs::read_dir(&folder)
            .with_context(|| format!("cannot read {}", folder.display()))?
            .map(|entry| Ok(entry?.path()))
            .collect::<Result<_>>()?;
        files.retain(|file| file.extension().is_some_and(|ending| ending == "sql"));
        files.sort();
        for file in files {
            let mut psql = cluster.client("psql");
            psql.args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", DATABASE])
                .arg("--single-transaction")
                .args(["-c", "SET ROLE rowhouse_owner"])
                .args(["-c", &format!("SET search_path = {schema}")])
                .arg("-f")
                .arg(&file);
            running::quiet(&mut psql, Some(&line))?;
        }
    }
    // Queries name tenant tables without a schema: which one it is depends on the tenant's placement.
    cluster.sql(DATABASE, &format!("ALTER DATABASE {DATABASE} SET search_path = pooled"))?;
    line.done("Database migrated");
    Ok(())
}

/// sqlx's macros write what the database says of each query into `SQLX_OFFLINE_DIR`.
fn describe(checkout: &Checkout, database_url: &str, into: &Path) -> Result<()> {
    let line = Line::start_streaming("Checked queries");
    for (_, root) in CRATES {
        File::options()
            .append(true)
            .open(checkout.root().join(root))
            .and_then(|file| file.set_modified(SystemTime::now()))
            .with_context(|| format!("cannot touch {root}"))?;
    }
    let mut cargo = checkout.cargo();
    cargo
        .args(["check", "--all-targets"])
        .args(CRATES.iter().flat_map(|(name, _)| ["--package", name]))
        .args(["--features", "rowhouse-app/ssr"])
        .env("SQLX_OFFLINE", "false")
        .env("SQLX_OFFLINE_DIR", into)
        .env("DATABASE_URL", database_url);
    running::stream(&mut cargo)?;
    line.done("Checked queries described");
    Ok(())
}

fn contents(folder: &Path) -> Result<BTreeMap<String, String>> {
    fs::read_dir(folder)?
        .map(|entry| {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            Ok((name, fs::read_to_string(entry.path())?))
        })
        .collect()
}

fn changes(old: &BTreeMap<String, String>, new: &BTreeMap<String, String>) -> Vec<String> {
    let removed = old.keys().filter(|name| !new.contains_key(*name)).map(|name| format!("  - {name}"));
    let added = new.iter().filter_map(|(name, content)| match old.get(name) {
        None => Some(format!("  + {name}")),
        Some(before) if before != content => Some(format!("  ~ {name}")),
        Some(_) => None,
    });
    removed.chain(added).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_went_and_changed_is_named() {
        let folder = |files: &[(&str, &str)]| {
            files.iter().map(|(name, content)| ((*name).to_owned(), (*content).to_owned())).collect::<BTreeMap<_, _>>()
        };
        let old = folder(&[("a", "1"), ("b", "1"), ("c", "1")]);
        let new = folder(&[("b", "1"), ("c", "2"), ("d", "1")]);
        assert_eq!(changes(&old, &new), ["  - a", "  ~ c", "  + d"]);
        assert!(changes(&old, &old).is_empty());
    }
}
