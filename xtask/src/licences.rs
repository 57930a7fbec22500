//! Where every dependency comes from, and on what terms: all crates and npm packages against a short list.

use std::collections::BTreeSet;
use std::fs;

use anyhow::{Context, Result};
use serde_json::Value;
use spdx::{Expression, Licensee, ParseMode};

use crate::checkout::Checkout;
use crate::running;

/// Terms that suit a product whose own sources stay closed: permissive, or copyleft for each file alone.
const CRATES: [&str; 13] = [
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MPL-2.0",
    "Unicode-3.0",
    "Zlib",
];
/// From npm come the font, on the terms that fonts come on, and the mail server of the tests, on terms that ask for
/// less than MIT does.
const NPM_ONLY: [&str; 2] = ["MIT-0", "OFL-1.1"];
/// The registry that Cargo uses unless told otherwise, by the name it has in lock files.
const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// Checks every crate of the lock file; returns what is wrong.
///
/// # Errors
/// When Cargo cannot read the workspace.
pub(crate) fn crates(checkout: &Checkout) -> Result<Vec<String>> {
    let mut cargo = checkout.cargo();
    cargo.args(["metadata", "--format-version", "1", "--locked"]);
    let metadata = serde_json::from_str(&running::quiet(&mut cargo, None)?)?;
    crate_problems(&metadata)
}

/// Checks every npm package of the lock file; returns what is wrong.
///
/// # Errors
/// When the lock file cannot be read.
pub(crate) fn npm(checkout: &Checkout) -> Result<Vec<String>> {
    let lock =
        fs::read_to_string(checkout.root().join("package-lock.json")).context("cannot read package-lock.json")?;
    npm_problems(&serde_json::from_str(&lock)?)
}

fn crate_problems(metadata: &Value) -> Result<Vec<String>> {
    let allowed = licensees(&CRATES)?;
    let packages = metadata["packages"].as_array().context("Cargo's metadata has no packages")?;
    let members: BTreeSet<&str> = metadata["workspace_members"]
        .as_array()
        .context("Cargo's metadata has no workspace")?
        .iter()
        .filter_map(Value::as_str)
        .collect();
    let mut problems = Vec::new();
    for package in packages {
        let name = format!(
            "{} {}",
            package["name"].as_str().unwrap_or("a crate without a name"),
            package["version"].as_str().unwrap_or_default()
        );
        match package["source"].as_str() {
            Some(REGISTRY) => {}
            Some(other) => problems.push(format!("{name}: comes from {other}")),
            None if package["id"].as_str().is_some_and(|id| members.contains(id)) => {}
            None => problems.push(format!("{name}: comes from a folder outside the workspace")),
        }
        if let Some(problem) = licence_problem(package["license"].as_str(), &allowed) {
            problems.push(format!("{name}: {problem}"));
        }
    }
    Ok(problems)
}

/// In a lock file that leaves registry addresses out, an address that stands means another source.
fn npm_problems(lock: &Value) -> Result<Vec<String>> {
    let allowed = licensees(&[CRATES.as_slice(), &NPM_ONLY].concat())?;
    let packages = lock["packages"].as_object().context("package-lock.json has no packages")?;
    let mut problems = Vec::new();
    for (path, package) in packages {
        let name = path.trim_start_matches("node_modules/");
        if name.is_empty() {
            continue;
        }
        if let Some(resolved) = package["resolved"].as_str() {
            problems.push(format!("{name}: comes from {resolved}"));
        }
        if package["integrity"].as_str().is_none() {
            problems.push(format!("{name}: the lock file has no hash of it"));
        }
        if let Some(problem) = licence_problem(package["license"].as_str(), &allowed) {
            problems.push(format!("{name}: {problem}"));
        }
    }
    Ok(problems)
}

fn licensees(names: &[&str]) -> Result<Vec<Licensee>> {
    names.iter().map(|name| Licensee::parse(name).with_context(|| format!("`{name}` is no SPDX licence"))).collect()
}

fn licence_problem(licence: Option<&str>, allowed: &[Licensee]) -> Option<String> {
    let Some(licence) = licence else {
        return Some("names no licence".to_owned());
    };
    // Old crates write `MIT/Apache-2.0`.
    let Ok(expression) = Expression::parse_mode(licence, ParseMode::LAX) else {
        return Some(format!("`{licence}` is no SPDX expression"));
    };
    let accepted = expression.evaluate(|wanted| allowed.iter().any(|one| one.satisfies(wanted)));
    (!accepted).then(|| format!("its licence {licence} is not on the list"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn with_crate(package: &Value) -> Vec<String> {
        crate_problems(&json!({
            "workspace_members": ["path+file:///house#0.1.0"],
            "packages": [package],
        }))
        .expect("metadata is complete")
    }

    fn from_registry(licence: &Value) -> Vec<String> {
        with_crate(&json!({
            "name": "x", "version": "1.0.0", "id": "x", "source": REGISTRY, "license": licence,
        }))
    }

    #[test]
    fn expressions_are_understood() {
        for fine in [
            "MIT",
            "MIT/Apache-2.0",
            "(MIT OR Apache-2.0) AND Unicode-3.0",
            "Apache-2.0 WITH LLVM-exception OR GPL-3.0-only",
            "MIT OR LGPL-2.1-or-later",
        ] {
            assert_eq!(from_registry(&json!(fine)), Vec::<String>::new(), "{fine}");
        }
    }

    #[test]
    fn other_terms_are_named() {
        for (licence, said) in [
            (json!("GPL-3.0-only"), "not on the list"),
            (json!("MIT AND AGPL-3.0-only"), "not on the list"),
            (json!("OFL-1.1"), "not on the list"),
            (json!("SEE LICENSE IN LICENSE"), "no SPDX expression"),
            (json!(null), "names no licence"),
        ] {
            let problems = from_registry(&licence);
            assert_eq!(problems.len(), 1, "{licence}");
            assert!(problems[0].starts_with("x 1.0.0: ") && problems[0].contains(said));
        }
    }

    #[test]
    fn other_sources_are_named() {
        let package = |source: Value, id: &str| {
            with_crate(&json!({
                "name": "x", "version": "1.0.0", "id": id, "source": source, "license": "MIT",
            }))
        };
        assert!(package(json!(null), "path+file:///house#0.1.0").is_empty());
        assert!(package(json!(null), "path+file:///elsewhere")[0].contains("outside"));
        assert!(package(json!("git+https://git.example/x#1"), "x")[0].contains("git.example"));
        let other = "registry+https://registry.example/index";
        assert!(package(json!(other), "x")[0].contains("registry.example"));
    }

    #[test]
    fn npm_packages_are_held_to_the_same() {
        let problems = |package: Value| {
            npm_problems(&json!({
                "packages": { "": { "name": "rowhouse" }, "node_modules/x": package },
            }))
            .expect("the lock file is complete")
        };
        let hash = "sha512-abc";
        assert!(problems(json!({ "integrity": hash, "license": "OFL-1.1" })).is_empty());
        assert!(problems(json!({ "license": "MIT" }))[0].contains("no hash"));
        assert!(problems(json!({ "integrity": hash, "license": "GPL-2.0" }))[0].contains("GPL"));
        let elsewhere = json!({
            "integrity": hash, "license": "MIT", "resolved": "git+ssh://git.example/x.git",
        });
        assert!(problems(elsewhere)[0].contains("git.example"));
    }
}
