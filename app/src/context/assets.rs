//! The static files.

use std::{collections::BTreeMap, path::Path};

use serde::Deserialize;

/// The addresses of the static files, which change with their content. Written by the site's build as `manifest.json`.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Assets {
    /// The stylesheet.
    pub css: String,
    /// The name that the browser half's two files share.
    pub output_name: String,
    /// Fonts to fetch early.
    #[serde(default)]
    pub fonts: Vec<String>,
    /// Files of `public/` by their name.
    #[serde(default)]
    pub files: BTreeMap<String, String>,
}

/// Why the list of static files could not be read.
#[derive(Debug, thiserror::Error)]
pub enum AssetsError {
    /// There is no such file, or it cannot be read.
    #[error(
        "{path} cannot be read ({error}); build the site first, as `cargo xtask run` does, or set server.site_root to its folder"
    )]
    Read {
        /// Where it was looked for.
        path: String,
        /// What the system said.
        error: std::io::Error,
    },
    /// It is not the list that the site's build writes.
    #[error("{path} is not a list of static files: {error}")]
    Form {
        /// The file.
        path: String,
        /// What is wrong with it.
        error: serde_json::Error,
    },
}

impl Assets {
    /// Reads the list in the site's folder.
    ///
    /// # Errors
    /// [`AssetsError`].
    pub fn read(site_root: &Path) -> Result<Self, AssetsError> {
        let file = site_root.join("manifest.json");
        let path = file.display().to_string();
        let text = std::fs::read(&file).map_err(|error| AssetsError::Read { path: path.clone(), error })?;
        serde_json::from_slice(&text).map_err(|error| AssetsError::Form { path, error })
    }

    /// The address of a file of `public/`.
    pub fn file<'a>(&'a self, name: &'a str) -> &'a str {
        self.files.get(name).map_or(name, String::as_str)
    }
}
