//! `cargo xtask sqlx-prepare`: describes every checked query by a migrated database, into `.sqlx/`, so that the
//! workspace compiles without one.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::Path;
use std::process::ExitCode;
use std::time::SystemTime;

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::checkout::Checkout;
use crate::database_url::Urls;
use crate::postgres::{self, Cluster};
use crate::running;
use crate::setup::system;
use crate::step::Line;

const DATABASE: &str = "sqlx_prepare";
/// The crates with checked queries, each with the root file that makes Cargo expand its macros again.
const CRATES: [(&str, &str); 3] = [
    ("rowhouse", "src/main.rs"),
    ("rowhouse-app", "app/src/lib.rs"),
    ("rowhouse-platform", "platform/src/lib.rs"),
];

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
    cluster.ensure_database(DATABASE)?;
    let urls = Urls::embedded(&cluster, DATABASE);
    migrate(checkout, &urls)?;

    let made = checkout.state().join("sqlx");
    if fs::exists(&made)? {
        fs::remove_dir_all(&made)?;
    }
    fs::create_dir(&made)?;
    describe(checkout, &urls.admin, &made)?;

    let committed = checkout.root().join(".sqlx");
    let new = contents(&made)?;
    let old = if fs::exists(&committed)? {
        contents(&committed)?
    } else {
        BTreeMap::new()
    };
    let changes = changes(&old, &new);
    if changes.is_empty() {
        println!("All {} checked queries are as committed.", new.len());
    } else if options.check {
        bail!(
            ".sqlx is out of date; `cargo xtask sqlx-prepare` mends it:\n{}",
            changes.join("\n")
        );
    } else {
        fs::create_dir_all(&committed)?;
        for name in old.keys().filter(|name| !new.contains_key(*name)) {
            fs::remove_file(committed.join(name))?;
        }
        for (name, content) in &new {
            fs::write(committed.join(name), content)?;
        }
        println!(
            "{} checked queries in .sqlx:\n{}",
            new.len(),
            changes.join("\n")
        );
    }
    fs::remove_dir_all(&made)?;
    Ok(ExitCode::SUCCESS)
}

/// The server migrates. Where it does not compile yet, since a new query waits for its description, the queries are
/// checked against this database, which is then migrated by the last server that did compile.
fn migrate(checkout: &Checkout, urls: &Urls) -> Result<()> {
    let line = Line::start_streaming("Server (debug)");
    let mut cargo = checkout.cargo();
    cargo.args(["build", "--package", "rowhouse"]);
    let built = running::stream(&mut cargo);
    running::check_interrupt()?;
    let server = checkout.target().join("debug/rowhouse");
    match built {
        Ok(()) => line.done("Server compiled"),
        Err(error) if !server.is_file() => return Err(error),
        Err(_) => line.failed("Server does not compile; its last build migrates"),
    }
    let line = Line::start("Migrations");
    let mut command = running::command(server);
    command
        .current_dir(checkout.root())
        .envs(urls.environment())
        .arg("migrate");
    running::quiet(&mut command, Some(&line))?;
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
    let removed = old
        .keys()
        .filter(|name| !new.contains_key(*name))
        .map(|name| format!("  - {name}"));
    let added = new
        .iter()
        .filter_map(|(name, content)| match old.get(name) {
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
            files
                .iter()
                .map(|(name, content)| ((*name).to_owned(), (*content).to_owned()))
                .collect::<BTreeMap<_, _>>()
        };
        let old = folder(&[("a", "1"), ("b", "1"), ("c", "1")]);
        let new = folder(&[("b", "1"), ("c", "2"), ("d", "1")]);
        assert_eq!(changes(&old, &new), ["  - a", "  ~ c", "  + d"]);
        assert!(changes(&old, &old).is_empty());
    }
}
