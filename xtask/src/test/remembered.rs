//! Which parts passed with the very files that are there now, so that they need not run again.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::Part;
use crate::checkout::{Checkout, hex};
use crate::running;
use crate::setup::system;

/// What no test reads.
const PROSE: &[&str] = &["docs/", "README.md", "CONTRIBUTING.md", "LICENSE-", ".ci/"];

/// What passed, by part, kept in `.rowhouse/`.
pub(super) struct Remembered {
    file: PathBuf,
    passed: BTreeMap<String, Passed>,
}

/// A part that passed.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Passed {
    /// Of everything that its result depends on.
    inputs: String,
    tests: u64,
}

impl Remembered {
    /// What is kept in this checkout; nothing where there is no such file, or where it cannot be read.
    pub(super) fn of(checkout: &Checkout) -> Self {
        Self::read(checkout.state().join("passed-tests.json"))
    }

    fn read(file: PathBuf) -> Self {
        let kept = fs::read(&file).ok().and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok());
        let entry = |(part, value): (&String, &Value)| {
            let passed = Passed { inputs: value["inputs"].as_str()?.to_owned(), tests: value["tests"].as_u64()? };
            Some((part.clone(), passed))
        };
        let passed = kept.as_ref().and_then(Value::as_object).map(|all| all.iter().filter_map(entry).collect());
        Self { file, passed: passed.unwrap_or_default() }
    }

    /// How many tests of `part` passed with these inputs.
    pub(super) fn tests(&self, part: Part, inputs: &str) -> Option<u64> {
        self.passed.get(part.title()).filter(|passed| passed.inputs == inputs).map(|passed| passed.tests)
    }

    /// Keeps that `tests` tests of `part`, which are all, passed with these inputs.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(super) fn keep(&mut self, part: Part, inputs: String, tests: u64) -> Result<()> {
        self.passed.insert(part.title().to_owned(), Passed { inputs, tests });
        self.write()
    }

    /// Keeps nothing of `part` any more.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(super) fn forget(&mut self, part: Part) -> Result<()> {
        if self.passed.remove(part.title()).is_none() {
            return Ok(());
        }
        self.write()
    }

    fn write(&self) -> Result<()> {
        let entry = |(part, passed): (&String, &Passed)| {
            (part.clone(), json!({ "inputs": passed.inputs, "tests": passed.tests }))
        };
        let all: serde_json::Map<String, Value> = self.passed.iter().map(entry).collect();
        fs::write(&self.file, serde_json::to_vec_pretty(&all)?)
            .with_context(|| format!("cannot write {}", self.file.display()))
    }
}

/// Names everything that the result of `part` depends on: the files that Git knows or would take, the programs that
/// build and serve, and the settings in the environment. Nothing where the checkout is not one of Git.
pub(super) fn inputs(checkout: &Checkout, part: Part) -> Option<String> {
    let mut git = running::command("git");
    git.current_dir(checkout.root()).args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
    let listed = answer(&mut git)?;
    // Whether a file is committed yet makes no difference to a test.
    let names: BTreeSet<&[u8]> = listed.split(|byte| *byte == 0).filter(|name| !name.is_empty()).collect();
    let mut hash = Sha256::new();
    for name in names.into_iter().filter(|name| is_read_by(part, name)) {
        let name = OsStr::from_bytes(name);
        // One that was removed is listed until that is committed.
        if let Ok(content) = fs::read(checkout.root().join(name)) {
            hash.update(Sha256::digest(name.as_bytes()));
            hash.update(Sha256::digest(&content));
        }
    }
    let browser = system::chromium().unwrap_or_default();
    let tools = [Path::new("rustc"), Path::new("node"), Path::new("psql"), Path::new("redis-server"), &browser];
    for tool in tools {
        let version = answer(running::command(tool).arg("--version")).unwrap_or_default();
        hash.update(Sha256::digest(&version));
    }
    for (name, value) in std::env::vars_os().filter(|(name, _)| name.as_bytes().starts_with(b"ROWHOUSE_")) {
        hash.update(Sha256::digest(name.as_bytes()));
        hash.update(Sha256::digest(value.as_bytes()));
    }
    Some(hex(&hash.finalize()))
}

/// Whether a change of this file could change the result of `part`.
fn is_read_by(part: Part, name: &[u8]) -> bool {
    let other: &[&str] = match part {
        Part::Browser => &["tests/", "fuzz/"],
        Part::Rust | Part::Doc => &["end2end/", "fuzz/"],
        _ => &[],
    };
    !PROSE.iter().chain(other).any(|start| name.starts_with(start.as_bytes()))
}

fn answer(command: &mut Command) -> Option<Vec<u8>> {
    let output = command.output().ok()?;
    output.status.success().then_some(output.stdout)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_passed_is_remembered_for_the_same_inputs_until_it_is_forgotten() {
        let file = std::env::temp_dir().join(format!("rowhouse-passed-{}.json", std::process::id()));
        let mut remembered = Remembered { file: file.clone(), passed: BTreeMap::new() };
        remembered.keep(Part::Rust, "a".to_owned(), 7).expect("written");
        remembered.keep(Part::Browser, "b".to_owned(), 3).expect("written");
        assert_eq!(remembered.tests(Part::Rust, "a"), Some(7));
        assert_eq!(remembered.tests(Part::Rust, "b"), None);
        remembered.forget(Part::Rust).expect("written");
        let read = Remembered::read(file.clone());
        fs::remove_file(file).expect("removed");
        assert_eq!(read.tests(Part::Rust, "a"), None);
        assert_eq!(read.tests(Part::Browser, "b"), Some(3));
    }

    #[test]
    fn a_file_that_cannot_be_read_remembers_nothing() {
        let file = std::env::temp_dir().join(format!("rowhouse-broken-{}.json", std::process::id()));
        fs::write(&file, "{\"Rust tests\": 7, ").expect("written");
        let read = Remembered::read(file.clone());
        fs::remove_file(file).expect("removed");
        assert_eq!(read.passed, BTreeMap::new());
    }

    #[test]
    fn each_part_is_run_again_for_what_it_reads() {
        assert!(is_read_by(Part::Rust, b"app/src/lib.rs"));
        assert!(is_read_by(Part::Rust, b"tests/it/main.rs"));
        assert!(is_read_by(Part::Browser, b"end2end/board.spec.ts"));
        assert!(is_read_by(Part::Browser, b"style/tokens.css"));
        assert!(!is_read_by(Part::Browser, b"tests/it/main.rs"));
        assert!(!is_read_by(Part::Rust, b"end2end/board.spec.ts"));
        assert!(!is_read_by(Part::Rust, b"docs/testing.md"));
    }
}
