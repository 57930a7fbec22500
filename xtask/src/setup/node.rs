//! Node.js and the npm packages of the lock file.

use std::fs;

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};

use crate::checkout::{Checkout, hex};
use crate::running;
use crate::setup::system;
use crate::step::Line;

/// The oldest Node.js that the npm packages here run on.
const OLDEST: u32 = 20;

/// Installs the npm packages when the lock file is not the one that was installed last.
///
/// # Errors
/// When Node.js is missing or too old, or npm fails.
pub(crate) fn ensure(checkout: &Checkout) -> Result<()> {
    let line = Line::start("npm packages");
    let version = version()?;
    let lock = fs::read(checkout.root().join("package-lock.json")).context("cannot read package-lock.json")?;
    let wanted = hex(&Sha256::digest(&lock));
    let stamp = checkout.root().join("node_modules/.rowhouse-lock");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        line.done("npm packages are those of the lock file");
        return Ok(());
    }
    let mut npm = running::command("npm");
    npm.current_dir(checkout.root()).args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
    running::quiet(&mut npm, Some(&line)).context("cannot install the npm packages")?;
    fs::write(&stamp, wanted)?;
    line.done(&format!("npm packages installed (Node.js {version})"));
    Ok(())
}

fn version() -> Result<String> {
    if system::in_path("node").is_none() || system::in_path("npm").is_none() {
        bail!("Node.js {OLDEST} or newer with npm is needed: see https://nodejs.org/en/download");
    }
    let output = running::quiet(running::command("node").arg("--version"), None)?;
    let version = output.trim().trim_start_matches('v');
    if major(version).is_none_or(|major| major < OLDEST) {
        bail!("Node.js {OLDEST} or newer is needed, this machine has {version}: see https://nodejs.org/en/download");
    }
    Ok(version.to_owned())
}

fn major(version: &str) -> Option<u32> {
    version.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_is_a_number() {
        assert_eq!(major("20.20.2"), Some(20));
        assert_eq!(major("9.1.0"), Some(9));
        assert_eq!(major("nightly"), None);
    }
}
