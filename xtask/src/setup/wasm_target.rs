//! The compiler of the browser half: rustup's target, or Debian's own Rust where rustup cannot download.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::checkout::Checkout;
use crate::running;
use crate::setup::system;
use crate::step::{self, Line};

/// The target of the browser half.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

const DEBIAN_CARGO: &str = "/usr/bin/cargo";
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
const DEBIAN_PACKAGES: [&str; 5] = ["rustc-web", "cargo-web", "rust-web-src", "rust-web-llvm", "lld-22"];

/// What compiles the browser half.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BrowserCompiler {
    /// The tool chain of `rust-toolchain.toml`, with the target added.
    Rustup,
    /// Debian's Rust, which builds the standard library from its sources.
    Debian,
}

impl BrowserCompiler {
    /// `cargo <task>` for the browser half; the folder it builds in is [`Self::target`].
    pub(crate) fn cargo(self, checkout: &Checkout, task: &str) -> Command {
        let mut command = match self {
            Self::Rustup => checkout.cargo(),
            Self::Debian => {
                let mut command = running::command(DEBIAN_CARGO);
                command
                    .current_dir(checkout.root())
                    .env("RUSTC", DEBIAN_RUSTC)
                    .env("RUSTC_BOOTSTRAP", "1")
                    .env("CARGO_TARGET_DIR", self.target(checkout))
                    .env_remove("LEPTOS_OUTPUT_NAME")
                    .env_remove("RUSTUP_TOOLCHAIN");
                command
            }
        };
        command.arg(task).args([
            "--package",
            "rowhouse-app",
            "--lib",
            "--no-default-features",
            "--features",
            "hydrate",
            "--target",
            TARGET,
        ]);
        if self == Self::Debian {
            command.arg("-Zbuild-std=std,panic_abort");
        }
        command
    }

    /// Cargo's target folder for it. Two compilers do not share one: each would undo the other's work.
    pub(crate) fn target(self, checkout: &Checkout) -> std::path::PathBuf {
        match self {
            Self::Rustup => checkout.target().to_owned(),
            Self::Debian => checkout.target().join("debian"),
        }
    }
}

/// Finds or installs what compiles the browser half.
///
/// # Errors
/// When neither rustup nor apt can bring it.
pub(crate) fn ensure(checkout: &Checkout) -> Result<BrowserCompiler> {
    let line = Line::start("WASM target");
    if rustup_has_target(checkout)? {
        line.done("WASM target is there");
        return Ok(BrowserCompiler::Rustup);
    }
    if debian_is_complete() {
        line.done("WASM target: Debian's Rust is there");
        return Ok(BrowserCompiler::Debian);
    }
    let Some(reason) = add_with_rustup(checkout, &line)? else {
        line.done("WASM target added with rustup");
        return Ok(BrowserCompiler::Rustup);
    };
    line.failed("WASM target cannot be added with rustup");
    step::note(&format!("rustup says: {reason}"));
    step::note("The browser half is built with Debian's Rust instead; the server keeps yours.");
    system::install(&DEBIAN_PACKAGES).context(
        "the WASM target is missing: `rustup target add wasm32-unknown-unknown` failed, and so did Debian's packages",
    )?;
    Ok(BrowserCompiler::Debian)
}

fn rustup_has_target(checkout: &Checkout) -> Result<bool> {
    let mut rustc = running::command("rustc");
    rustc.current_dir(checkout.root()).args(["--print", "target-libdir", "--target", TARGET]);
    let folder = running::quiet(&mut rustc, None)?;
    Ok(fs::read_dir(folder.trim())
        .is_ok_and(|files| files.flatten().any(|file| file.file_name().to_string_lossy().starts_with("libstd-"))))
}

fn debian_is_complete() -> bool {
    [DEBIAN_CARGO, DEBIAN_RUSTC, "/usr/lib/rustlib/src/rust", "/usr/bin/rust-lld", "/usr/bin/lld-22"]
        .iter()
        .all(|file| Path::new(file).exists())
}

/// `None` when it worked, what rustup said otherwise.
fn add_with_rustup(checkout: &Checkout, line: &Line) -> Result<Option<String>> {
    if system::in_path("rustup").is_none() {
        return Ok(Some("there is no rustup on this machine".to_owned()));
    }
    let mut rustup = running::command("rustup");
    rustup.current_dir(checkout.root()).args(["target", "add", TARGET]);
    let added = running::capture(&mut rustup, Some(line))?;
    if added.status.success() && rustup_has_target(checkout)? {
        return Ok(None);
    }
    let last = added.output.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("nothing").to_owned();
    Ok(Some(last))
}
