//! Programs in Python that others wrote, which tests run against: in an environment of this checkout's own.

use std::fs;

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use crate::checkout::{Checkout, hex};
use crate::running;
use crate::setup::system;
use crate::step::Line;

/// Installs the packages of `tests/python/requirements.txt` when they are not those that were installed last.
///
/// # Errors
/// When Python is missing, or pip fails.
pub(crate) fn ensure(checkout: &Checkout) -> Result<()> {
    let requirements = checkout.root().join("tests/python/requirements.txt");
    let wanted = fs::read(&requirements).context("cannot read tests/python/requirements.txt")?;
    let wanted = hex(&Sha256::digest(&wanted));
    let folder = checkout.state().join("python");
    let stamp = folder.join("installed");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        Line::start("Python packages").done("Python packages are those of the list");
        return Ok(());
    }
    system::ensure(&system::PYTHON)?;
    let line = Line::start("Python packages");
    if fs::exists(&folder)? {
        fs::remove_dir_all(&folder).context("cannot remove the old Python packages")?;
    }
    let mut venv = running::command("python3");
    venv.args(["-m", "venv"]).arg(&folder);
    running::quiet(&mut venv, Some(&line)).context("cannot make an environment for Python packages")?;
    let mut pip = running::command(folder.join("bin/pip"));
    pip.args(["install", "--disable-pip-version-check", "--no-input", "--quiet", "--requirement"]).arg(&requirements);
    running::quiet(&mut pip, Some(&line)).context("cannot install the Python packages")?;
    fs::write(&stamp, wanted)?;
    line.done("Python packages installed");
    Ok(())
}
