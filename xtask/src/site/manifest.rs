//! `manifest.json`: which names this build's files have.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;
use serde_json::json;

use super::css::Style;
use super::wasm::BrowserHalf;

/// Paths of the files of a site, as a browser asks for them.
pub(crate) struct Manifest {
    pub(crate) css: String,
    pub(crate) js: String,
    pub(crate) wasm: String,
    /// Fonts worth loading before the stylesheet asks for them.
    preload: Vec<String>,
    /// Leptos makes `/pkg/NAME.js` and `/pkg/NAME_bg.wasm` of it.
    output_name: String,
    others: Vec<String>,
    /// The files of `public/`: their own name, and the one that carries a hash.
    files: BTreeMap<String, String>,
}

impl Manifest {
    pub(super) fn new(browser: &BrowserHalf, style: Style, files: BTreeMap<String, String>) -> Self {
        let path = |file: &String| format!("/pkg/{file}");
        Self {
            css: path(&style.stylesheet),
            js: path(&browser.js()),
            wasm: path(&browser.wasm()),
            preload: style.preload.iter().map(path).collect(),
            output_name: browser.output_name.clone(),
            others: style.others,
            files: files.into_iter().map(|(name, file)| (name, path(&file))).collect(),
        }
    }

    pub(super) fn write(&self, folder: &Path) -> Result<()> {
        let manifest = json!({
            "css": self.css,
            "js": self.js,
            "wasm": self.wasm,
            "fonts": self.preload,
            "output_name": self.output_name,
            "files": self.files,
        });
        let text = serde_json::to_string_pretty(&manifest)?;
        super::write_if_other(&folder.join("manifest.json"), format!("{text}\n").as_bytes())
    }

    /// The names of all files that belong in `pkg/`.
    pub(super) fn file_names(&self) -> Vec<String> {
        [&self.css, &self.js, &self.wasm]
            .into_iter()
            .chain(&self.preload)
            .chain(&self.others)
            .chain(self.files.values())
            .map(|path| path.trim_start_matches("/pkg/").to_owned())
            .collect()
    }
}
