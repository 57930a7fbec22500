//! Mistakes in the configuration, in words for the person who made them.

use std::{fmt, path::PathBuf};

use thiserror::Error;

/// Longest value that an error repeats, in characters.
const SHOWN: usize = 80;

/// All mistakes that were found.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub struct ConfigErrors(pub Vec<Problem>);

/// One mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The setting, as in `server.mode`; empty where it is about a whole file.
    pub key: String,
    /// The value as it was given; `None` for a secret, or where there is none.
    pub value: Option<String>,
    /// Where it was given.
    pub origin: Origin,
    /// What is wrong and what is allowed.
    pub message: String,
}

/// Where a value was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// In `rowhouse.default.toml`.
    Default,
    /// In a file; lines count from 1, 0 stands for the file as a whole.
    File {
        /// The file.
        path: PathBuf,
        /// The line.
        line: usize,
    },
    /// In an environment variable of this name.
    Variable(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("the default"),
            Self::File { path, line: 0 } => write!(f, "{}", path.display()),
            Self::File { path, line } => write!(f, "{}, line {line}", path.display()),
            Self::Variable(name) => f.write_str(name),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key, value, origin, message } = self;
        if key.is_empty() {
            return write!(f, "{origin}: {message}");
        }
        f.write_str(key)?;
        if let Some(value) = value {
            let shown: String = value.chars().take(SHOWN).collect();
            let more = if shown.len() < value.len() { "…" } else { "" };
            write!(f, " = {shown:?}{more}")?;
        }
        write!(f, " ({origin}): {message}")
    }
}

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.len() {
            1 => f.write_str("the configuration has a mistake:")?,
            many => write!(f, "the configuration has {many} mistakes:")?,
        }
        for problem in &self.0 {
            write!(f, "\n  - {problem}")?;
        }
        Ok(())
    }
}
