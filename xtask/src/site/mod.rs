//! The static site: the browser half, the stylesheet with its fonts, and `public/`, under names that carry a hash of
//! the content, with a manifest that the server reads.

mod css;
mod manifest;
mod wasm;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use sha2::{Digest as _, Sha256};

use self::manifest::Manifest;
use crate::checkout::{Checkout, Lock};
use crate::running;
use crate::setup::wasm_target::BrowserCompiler;
use crate::step::Line;

/// How much work goes into making the site small.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flavour {
    /// Quick to build.
    Dev,
    /// Small, with `.gz` and `.br` beside each file.
    Release,
}

impl Flavour {
    fn name(self) -> &'static str {
        match self {
            Self::Dev => "dev",
            Self::Release => "release",
        }
    }

    fn cargo_profile(self) -> &'static str {
        match self {
            Self::Dev => "wasm-dev",
            Self::Release => "wasm-release",
        }
    }
}

/// A built site.
pub(crate) struct Site {
    folder: PathBuf,
    manifest: Manifest,
    _lock: Lock,
}

impl Site {
    /// What the server is told as its site root.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Bytes of the browser half as browsers get it: JavaScript and WASM, each compressed with gzip.
    ///
    /// # Errors
    /// When the site has no compressed files, which only [`Flavour::Release`] has.
    pub(crate) fn browser_half_gzipped(&self) -> Result<u64> {
        [&self.manifest.js, &self.manifest.wasm]
            .into_iter()
            .map(|path| {
                let file = self.folder.join(format!("{}.gz", path.trim_start_matches('/')));
                let metadata = fs::metadata(&file).with_context(|| format!("there is no {}", file.display()))?;
                Ok(metadata.len())
            })
            .sum()
    }
}

/// The folders that a build works in.
struct Workshop<'a> {
    checkout: &'a Checkout,
    flavour: Flavour,
    /// What the tools write before it gets its name.
    bench: PathBuf,
    /// The finished `pkg/`.
    pkg: PathBuf,
}

/// Builds the site, or what of it has changed.
///
/// # Errors
/// When a build or a tool fails.
pub(crate) fn build(checkout: &Checkout, compiler: BrowserCompiler, flavour: Flavour) -> Result<Site> {
    let lock =
        checkout.lock(&format!("site-{}", flavour.name()), &format!("another build of the {} site", flavour.name()))?;
    let sites = checkout.target().join("site");
    let folder = sites.join(flavour.name());
    let workshop =
        Workshop { checkout, flavour, bench: sites.join(format!("{}.work", flavour.name())), pkg: folder.join("pkg") };
    fs::create_dir_all(&workshop.bench)?;
    fs::create_dir_all(&workshop.pkg)?;
    let browser = wasm::build(&workshop, compiler)?;
    let line = Line::start("Stylesheet and static files");
    let style = css::build(&workshop, &line)?;
    let public = checkout.root().join("public");
    let files = copy_named_by_hash(&public, &workshop.pkg)?;
    let manifest = Manifest::new(&browser, style, files);
    manifest.write(&folder)?;
    forget_old(&workshop.pkg, &manifest)?;
    if flavour == Flavour::Release {
        compress(checkout, &folder, &line)?;
    }
    line.done("Stylesheet and static files ready");
    Ok(Site { folder, manifest, _lock: lock })
}

/// Writes `.gz` and `.br` beside each file that gains by it.
fn compress(checkout: &Checkout, folder: &Path, line: &Line) -> Result<()> {
    let mut node = running::command("node");
    node.arg(checkout.root().join("xtask/compress.mjs")).arg(folder);
    running::quiet(&mut node, Some(line)).context("cannot compress the site")?;
    Ok(())
}

/// Copies the files of `public/` under names that carry a hash of their content; answers both names of each.
fn copy_named_by_hash(public: &Path, pkg: &Path) -> Result<BTreeMap<String, String>> {
    let mut names = BTreeMap::new();
    for entry in fs::read_dir(public).with_context(|| format!("cannot read {}", public.display()))? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let content = fs::read(entry.path()).with_context(|| format!("cannot read {}", entry.path().display()))?;
        let (stem, ending) = name.split_once('.').unwrap_or((&name, "bin"));
        let hashed = format!("{stem}-{}.{ending}", crate::checkout::hex(&Sha256::digest(&content)[..8]));
        write_if_other(&pkg.join(&hashed), &content)?;
        names.insert(name, hashed);
    }
    Ok(names)
}

/// Leaves a file alone that has the content already: its compressed copies and its time stay good.
fn copy_if_other(from: &Path, to: &Path) -> Result<()> {
    let content = fs::read(from).with_context(|| format!("cannot read {}", from.display()))?;
    write_if_other(to, &content)
}

fn write_if_other(to: &Path, content: &[u8]) -> Result<()> {
    if fs::read(to).is_ok_and(|present| present == content) {
        return Ok(());
    }
    fs::write(to, content).with_context(|| format!("cannot write {}", to.display()))
}

/// Removes what earlier builds left in `pkg/`.
fn forget_old(pkg: &Path, manifest: &Manifest) -> Result<()> {
    let named = manifest.file_names();
    for entry in fs::read_dir(pkg)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if !named.iter().any(|file| file == uncompressed(&name)) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// The file that `a.css.gz` is a copy of.
fn uncompressed(name: &str) -> &str {
    name.strip_suffix(".gz").or_else(|| name.strip_suffix(".br")).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_named_by_their_content() {
        let folder = std::env::temp_dir().join(format!("xtask-site-{}", std::process::id()));
        let (public, pkg) = (folder.join("public"), folder.join("pkg"));
        fs::create_dir_all(&public).expect("made");
        fs::create_dir_all(&pkg).expect("made");
        fs::write(public.join("icons.svg"), "a").expect("written");
        let first = copy_named_by_hash(&public, &pkg).expect("copied");
        let time = |name: &str| fs::metadata(pkg.join(name)).and_then(|file| file.modified()).expect("there");
        let before = time(&first["icons.svg"]);
        let again = copy_named_by_hash(&public, &pkg).expect("copied");
        let after = time(&again["icons.svg"]);
        fs::write(public.join("icons.svg"), "b").expect("written");
        let changed = copy_named_by_hash(&public, &pkg).expect("copied");
        let copy = fs::read_to_string(pkg.join(&changed["icons.svg"])).expect("there");
        fs::remove_dir_all(&folder).expect("removed");
        assert_eq!(first, again);
        assert_eq!(before, after, "a file with the same content is left alone");
        assert_ne!(first, changed);
        assert_eq!(copy, "b");
    }
}
