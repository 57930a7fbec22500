//! The stylesheet: `style/main.css` with all it imports in one file, and the fonts it names.

use std::fs;

use anyhow::{Context, Result, bail};

use super::{Flavour, Workshop, copy_if_other};
use crate::running;
use crate::step::Line;

/// File names in `pkg/`.
pub(crate) struct Style {
    pub(crate) stylesheet: String,
    /// Fonts that nearly every page shows: the upright Latin ones.
    pub(crate) preload: Vec<String>,
    /// Everything else that the stylesheet names.
    pub(crate) others: Vec<String>,
}

/// Bundles the stylesheet into `pkg/`.
///
/// # Errors
/// When esbuild finds a mistake in it.
pub(super) fn build(workshop: &Workshop, line: &Line) -> Result<Style> {
    let made = workshop.bench.join("css");
    if fs::exists(&made)? {
        fs::remove_dir_all(&made)?;
    }
    let mut esbuild = workshop.checkout.node_program("esbuild");
    esbuild
        .arg("style/main.css")
        .args(["--bundle", "--target=esnext", "--log-level=warning"])
        .args(["--entry-names=rowhouse-[hash]", "--asset-names=[name]-[hash]"])
        .args(["--public-path=/pkg", "--loader:.woff2=file", "--loader:.svg=file"])
        .arg(format!("--outdir={}", made.display()));
    if workshop.flavour == Flavour::Release {
        esbuild.arg("--minify");
    }
    running::quiet(&mut esbuild, Some(line)).context("cannot bundle the stylesheet")?;
    let mut stylesheet = None;
    let mut preload = Vec::new();
    let mut others = Vec::new();
    for entry in fs::read_dir(&made)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        copy_if_other(&entry.path(), &workshop.pkg.join(&name))?;
        if ending(&name) == Some("css") {
            stylesheet = Some(name);
        } else if worth_preloading(&name) {
            preload.push(name);
        } else {
            others.push(name);
        }
    }
    let Some(stylesheet) = stylesheet else {
        bail!("esbuild made no stylesheet in {}", made.display());
    };
    preload.sort();
    Ok(Style { stylesheet, preload, others })
}

fn ending(name: &str) -> Option<&str> {
    name.rsplit_once('.').map(|(_, ending)| ending)
}

fn worth_preloading(name: &str) -> bool {
    ending(name) == Some("woff2")
        && name.contains("-latin-")
        && !name.contains("-latin-ext-")
        && !name.contains("italic")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_upright_latin_font_is_preloaded() {
        assert!(worth_preloading("inter-latin-wght-normal-AB12.woff2"));
        assert!(!worth_preloading("inter-latin-ext-wght-normal-AB12.woff2"));
        assert!(!worth_preloading("inter-latin-wght-italic-AB12.woff2"));
        assert!(!worth_preloading("inter-greek-wght-normal-AB12.woff2"));
    }
}
