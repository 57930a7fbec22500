//! The folders of this checkout, and the locks that keep two commands from using one of them at once.

use std::env;
use std::fmt::Write;
use std::fs::{self, File, TryLockError};
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::{self, Command};

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};

use crate::running;

/// A clone of the repository.
pub(crate) struct Checkout {
    root: PathBuf,
    target: PathBuf,
}

/// Held while one command uses a part of the checkout; the kernel releases it however the process ends.
pub(crate) struct Lock {
    _file: File,
}

impl Checkout {
    /// The checkout this program was built from.
    ///
    /// # Errors
    /// When that folder is gone, as after moving the checkout without building again.
    pub(crate) fn find() -> Result<Self> {
        let manifest =
            env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = manifest
            .parent()
            .context("the xtask folder has no parent")?
            .canonicalize()
            .with_context(|| format!("cannot find the checkout at {}", manifest.display()))?;
        let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |target| root.join(target));
        let checkout = Self { root, target };
        fs::create_dir_all(checkout.state()).context("cannot make the folder .rowhouse")?;
        Ok(checkout)
    }

    /// The top of the repository.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// What running it leaves: databases, sockets, logs. Git ignores it.
    pub(crate) fn state(&self) -> PathBuf {
        self.root.join(".rowhouse")
    }

    /// Cargo's target folder.
    pub(crate) fn target(&self) -> &Path {
        &self.target
    }

    /// Names this checkout where a name must be short and the same each time.
    pub(crate) fn fingerprint(&self) -> String {
        hex(&Sha256::digest(self.root.as_os_str().as_bytes())[..6])
    }

    /// A program that npm installed.
    pub(crate) fn node_program(&self, name: &str) -> Command {
        let mut command = running::command(self.root.join("node_modules/.bin").join(name));
        command.current_dir(&self.root);
        command
    }

    /// Cargo, in this checkout, with the checked queries read from `.sqlx`.
    pub(crate) fn cargo(&self) -> Command {
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = running::command(cargo);
        command.current_dir(&self.root).env("SQLX_OFFLINE", "true").env_remove("LEPTOS_OUTPUT_NAME");
        command
    }

    /// Takes the lock `name`, or says who holds it.
    ///
    /// # Errors
    /// When another process holds it: the message names `holder` and the process.
    pub(crate) fn lock(&self, name: &str, holder: &str) -> Result<Lock> {
        let path = self.state().join(format!("{name}.lock"));
        let mut file = File::options()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(&path)
            .with_context(|| format!("cannot open {}", path.display()))?;
        match file.try_lock() {
            Ok(()) => {
                fs::write(&path, process::id().to_string())?;
                Ok(Lock { _file: file })
            }
            Err(TryLockError::WouldBlock) => {
                let mut pid = String::new();
                file.read_to_string(&mut pid)?;
                bail!(
                    "{holder} runs already in this checkout (process {pid}). Stop it first, or clone the repository \
                     a second time to run two at once."
                );
            }
            Err(TryLockError::Error(error)) => Err(error).with_context(|| format!("cannot lock {}", path.display())),
        }
    }
}

/// Lower-case hexadecimal digits of `bytes`.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut digits, byte| {
        // Writing into a string cannot fail.
        let _ = write!(digits, "{byte:02x}");
        digits
    })
}
