//! The browser half: compiled, given its JavaScript by wasm-bindgen, made small for a release, named by content.

use std::fs;
use std::path::Path;
use std::time::UNIX_EPOCH;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use wasm_bindgen_cli_support::Bindgen;

use super::{Flavour, Workshop, copy_if_other};
use crate::checkout::hex;
use crate::running;
use crate::setup::wasm_target::{BrowserCompiler, TARGET};
use crate::step::{self, Line};

/// To be raised when this module makes something else of the same input.
const RECIPE: u32 = 1;
/// What current rustc emits for this target and wasm-opt does not assume.
const FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// The browser half in `pkg/`.
pub(crate) struct BrowserHalf {
    pub(crate) output_name: String,
}

impl BrowserHalf {
    pub(crate) fn js(&self) -> String {
        format!("{}.js", self.output_name)
    }

    pub(crate) fn wasm(&self) -> String {
        format!("{}_bg.wasm", self.output_name)
    }
}

/// Builds the browser half into `pkg/`, from where the last build left off.
///
/// # Errors
/// When compiling or a tool fails.
pub(super) fn build(workshop: &Workshop, compiler: BrowserCompiler) -> Result<BrowserHalf> {
    let profile = workshop.flavour.cargo_profile();
    let line = Line::start_streaming(&format!("Browser half ({profile})"));
    let mut cargo = compiler.cargo(workshop.checkout, "build");
    running::stream(cargo.args(["--profile", profile]))?;
    line.done("Browser half compiled");

    let module = compiler.target(workshop.checkout).join(TARGET).join(profile).join("rowhouse_app.wasm");
    let line = Line::start("Browser half");
    let origin = origin(workshop, &module)?;
    let stamp = workshop.bench.join("wasm.json");
    if let Some(half) = finished(workshop, &stamp, &origin) {
        line.done("Browser half is up to date");
        return Ok(half);
    }
    bind(workshop, &module)?;
    line.tick();
    shrink(workshop, &line)?;
    let half = publish(workshop)?;
    let made = json!({ "origin": origin, "output_name": half.output_name });
    fs::write(&stamp, made.to_string())?;
    let size = fs::metadata(workshop.pkg.join(half.wasm()))?.len();
    line.done(&format!("Browser half ready ({} KB)", size.div_ceil(1024)));
    Ok(half)
}

/// What the files in `pkg/` depend on.
fn origin(workshop: &Workshop, compiled: &Path) -> Result<Value> {
    let metadata = fs::metadata(compiled).with_context(|| format!("Cargo made no {}", compiled.display()))?;
    let modified = metadata.modified()?.duration_since(UNIX_EPOCH)?.as_nanos();
    let tools = fs::read(workshop.checkout.root().join("package-lock.json"))?;
    Ok(json!({
        "modified": modified.to_string(),
        "length": metadata.len(),
        "tools": hex(&Sha256::digest(tools)),
        "recipe": RECIPE,
    }))
}

fn finished(workshop: &Workshop, stamp: &Path, origin: &Value) -> Option<BrowserHalf> {
    let made: Value = serde_json::from_str(&fs::read_to_string(stamp).ok()?).ok()?;
    let half = BrowserHalf { output_name: made["output_name"].as_str()?.to_owned() };
    let there = [half.js(), half.wasm()].iter().all(|file| workshop.pkg.join(file).is_file());
    (made["origin"] == *origin && there).then_some(half)
}

/// Writes `rowhouse.js`, `rowhouse_bg.wasm` and the snippets that crates bring. Leptos tells the JavaScript where the
/// WASM is, so it need not know.
fn bind(workshop: &Workshop, compiled: &Path) -> Result<()> {
    let made = workshop.bench.join("bound");
    if fs::exists(&made)? {
        fs::remove_dir_all(&made)?;
    }
    let mut bindgen = Bindgen::new();
    bindgen
        .input_path(compiled)
        .web(true)?
        .out_name("rowhouse")
        .typescript(false)
        .omit_default_module_path(true)
        .remove_name_section(workshop.flavour == Flavour::Release)
        .remove_producers_section(true);
    bindgen.generate(&made).context("wasm-bindgen cannot make the JavaScript of the browser half")
}

/// Puts snippets into the one JavaScript file; makes both files small for a release.
fn shrink(workshop: &Workshop, line: &Line) -> Result<()> {
    let bound = workshop.bench.join("bound");
    let release = workshop.flavour == Flavour::Release;
    let mut esbuild = workshop.checkout.node_program("esbuild");
    esbuild
        .arg(bound.join("rowhouse.js"))
        .args(["--bundle", "--format=esm", "--target=esnext"])
        .args(["--log-level=warning"])
        .arg(format!("--outfile={}", bound.join("bundle.js").display()));
    if release {
        esbuild.arg("--minify");
    }
    running::quiet(&mut esbuild, Some(line)).context("cannot bundle the JavaScript")?;
    let wasm = bound.join("rowhouse_bg.wasm");
    if release {
        let before = fs::metadata(&wasm)?.len();
        let small = bound.join("small.wasm");
        let mut optimise = workshop.checkout.node_program("wasm-opt");
        optimise.arg("-Oz").args(FEATURES).arg(&wasm).arg("-o").arg(&small);
        running::quiet(&mut optimise, Some(line)).context("wasm-opt failed")?;
        fs::rename(&small, &wasm)?;
        if fs::metadata(&wasm)?.len() > before {
            step::note("wasm-opt made the browser half larger.");
        }
    }
    Ok(())
}

/// One hash of both contents: Leptos composes both names from one.
fn publish(workshop: &Workshop) -> Result<BrowserHalf> {
    let bound = workshop.bench.join("bound");
    let js = bound.join("bundle.js");
    let wasm = bound.join("rowhouse_bg.wasm");
    let mut hash = Sha256::new();
    hash.update(fs::read(&js)?);
    hash.update(fs::read(&wasm)?);
    let half = BrowserHalf { output_name: format!("rowhouse-{}", hex(&hash.finalize()[..8])) };
    copy_if_other(&js, &workshop.pkg.join(half.js()))?;
    copy_if_other(&wasm, &workshop.pkg.join(half.wasm()))?;
    Ok(half)
}
