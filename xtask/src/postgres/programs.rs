//! The programs of PostgreSQL, where Debian and others put them.

use std::fs;
use std::path::{Path, PathBuf};

use crate::setup::system;

/// Where Debian keeps one folder for each major version.
const DEBIAN: &str = "/usr/lib/postgresql";

/// The programs of one version of PostgreSQL.
#[derive(Clone, Debug)]
pub(crate) struct Programs {
    folder: PathBuf,
}

impl Programs {
    /// The newest version on this machine, or the one of `major`, which a cluster of that version needs.
    pub(crate) fn find(major: Option<u32>) -> Option<Self> {
        let mut versions: Vec<(u32, PathBuf)> = fs::read_dir(DEBIAN)
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|entry| {
                let version = entry.file_name().to_str()?.parse().ok()?;
                let folder = entry.path().join("bin");
                complete(&folder).then_some((version, folder))
            })
            .collect();
        versions.sort();
        if let Some(major) = major {
            versions.retain(|(version, _)| *version == major);
        }
        let folder = versions.pop().map(|(_, folder)| folder).or_else(|| {
            let folder = system::in_path("initdb")?.parent()?.to_owned();
            complete(&folder).then_some(folder)
        })?;
        Some(Self { folder })
    }

    /// The path of one of them.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

fn complete(folder: &Path) -> bool {
    ["initdb", "postgres", "psql", "pg_isready"].iter().all(|program| folder.join(program).is_file())
}
