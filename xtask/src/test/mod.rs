//! `cargo xtask test`: every check and test, each named, counted and timed.

mod browser;
mod remembered;
mod rust;
mod tally;

use std::collections::BTreeSet;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};

use self::remembered::Remembered;
use self::tally::{Count, Tally};
use crate::checkout::Checkout;
use crate::licences;
use crate::pgbouncer::PgBouncer;
use crate::postgres::{self, Cluster};
use crate::redis::Redis;
use crate::running;
use crate::services;
use crate::setup::wasm_target::BrowserCompiler;
use crate::setup::{node, python, system, wasm_target};
use crate::site::{self, Flavour, Site};
use crate::step::{self, Colour, paint};

/// What the browser half may weigh: its JavaScript and WASM as gzip sends them.
const BROWSER_HALF_LIMIT: u64 = 60 * 1000;

/// One part of the whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Part {
    /// Formatting of the Rust code
    Fmt,
    /// Licences and sources of all crates and npm packages
    Licences,
    /// Lints of the workspace; warnings are errors
    Clippy,
    /// Lints of the browser half
    ClippyBrowser,
    /// Unit and integration tests, on a real PostgreSQL
    Rust,
    /// Examples in the documentation, those included that must not compile
    Doc,
    /// The release build of the browser half, and its size
    Site,
    /// Playwright in Chromium, on the built server
    Browser,
}

impl Part {
    fn title(self) -> &'static str {
        match self {
            Self::Fmt => "formatting",
            Self::Licences => "licences and sources",
            Self::Clippy => "clippy",
            Self::ClippyBrowser => "clippy, browser half",
            Self::Rust => "Rust tests",
            Self::Doc => "documentation tests",
            Self::Site => "browser half",
            Self::Browser => "browser tests",
        }
    }

    /// Whether it takes so long that a result is kept until something changes. What Cargo does is quick by itself
    /// where nothing has changed.
    fn is_remembered(self) -> bool {
        matches!(self, Self::Rust | Self::Doc | Self::Browser)
    }
}

/// Which parts to run.
#[derive(Args)]
pub(crate) struct Options {
    /// Only these parts, separated by commas
    #[arg(long, value_enum, value_delimiter = ',', value_name = "PARTS")]
    only: Vec<Part>,
    /// Run again what passed with the very files that are there now
    #[arg(long)]
    again: bool,
    /// For the one part that is run: which tests, as nextest or Playwright takes it
    #[arg(last = true, value_name = "ARGUMENTS")]
    arguments: Vec<String>,
}

/// Runs the parts; a part that fails hides none after it.
///
/// # Errors
/// Only when set-up fails or on Ctrl-C: failures of parts are counted.
pub(crate) fn test(checkout: &Checkout, options: &Options) -> Result<ExitCode> {
    let _lock = checkout.lock("test", "`cargo xtask test` or `cargo xtask services`")?;
    let parts: BTreeSet<Part> = if options.only.is_empty() {
        Part::value_variants().iter().copied().collect()
    } else {
        options.only.iter().copied().collect()
    };
    let takes_arguments = |part: &Part| matches!(part, Part::Rust | Part::Browser);
    let take_arguments = parts.len() == 1 && parts.iter().all(takes_arguments);
    if !take_arguments && !options.arguments.is_empty() {
        bail!("arguments after -- are for one part: give --only rust or --only browser");
    }
    let mut suite = Suite { checkout, compiler: set_up(checkout, &parts)?, services: None, site: None, options };
    let mut tally = Tally::default();
    let mut remembered = Remembered::of(checkout);
    for part in parts {
        println!("\n{}", paint(Colour::Bold, part.title()));
        let whole = part.is_remembered() && options.arguments.is_empty();
        let inputs = if whole { remembered::inputs(checkout, part) } else { None };
        if let Some(inputs) = inputs.as_deref().filter(|_| !options.again)
            && let Some(tests) = remembered.tests(part, inputs)
        {
            println!("  all {tests} passed before, and nothing that they read has changed; --again runs them anew");
            tally.repeat(part.title(), tests);
            continue;
        }
        // What ends in the middle, or fails, leaves nothing to be remembered.
        if whole {
            remembered.forget(part)?;
        }
        let count = tally.measure(part.title(), || suite.perform(part))?;
        if let Some(inputs) = inputs.filter(|_| count.failed == 0 && count.passed > 0)
            && remembered::inputs(checkout, part).as_ref() == Some(&inputs)
        {
            remembered.keep(part, inputs, count.passed)?;
        }
    }
    Ok(tally.report())
}

fn set_up(checkout: &Checkout, parts: &BTreeSet<Part>) -> Result<Option<BrowserCompiler>> {
    let any = |wanted: &[Part]| wanted.iter().any(|part| parts.contains(part));
    let mut needs: Vec<system::Need> = system::COMPILER.into();
    if any(&[Part::Rust, Part::Browser]) {
        needs.extend([system::POSTGRESQL, system::PGBOUNCER, system::REDIS]);
    }
    system::ensure(&needs)?;
    if any(&[Part::Browser]) {
        system::ensure(&system::browser())?;
        saml_provider()?;
    }
    // The Rust tests read their mail from a mail server that runs in Node.js.
    if any(&[Part::Rust, Part::Site, Part::Browser]) {
        node::ensure(checkout)?;
    }
    // And some of their peers run in Python.
    if any(&[Part::Rust]) {
        python::ensure(checkout)?;
    }
    any(&[Part::ClippyBrowser, Part::Site, Part::Browser]).then(|| wasm_target::ensure(checkout)).transpose()
}

/// `SimpleSAMLphp`, where the system offers it; its tests are skipped elsewhere, and say so.
fn saml_provider() -> Result<()> {
    if !system::has_simplesamlphp() && !system::offers("simplesamlphp") {
        step::note("This system has no simplesamlphp: the browser tests against that SAML provider are skipped.");
        return Ok(());
    }
    system::ensure(&system::SAML_PROVIDER)
}

/// What parts share: started or built by the first that needs it.
struct Suite<'a> {
    checkout: &'a Checkout,
    compiler: Option<BrowserCompiler>,
    services: Option<Services>,
    site: Option<Site>,
    options: &'a Options,
}

/// The pooler ends before the database it stands before.
struct Services {
    redis: Redis,
    pooler: PgBouncer,
    cluster: Cluster,
}

impl Suite<'_> {
    fn perform(&mut self, part: Part) -> Result<Count> {
        let arguments = self.options.arguments.as_slice();
        match part {
            Part::Fmt => self.cargo_check(&["fmt", "--all", "--check"]),
            Part::Licences => self.licences(),
            Part::Clippy => self.cargo_check(&["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]),
            Part::ClippyBrowser => self.clippy_browser(),
            Part::Rust => {
                let checkout = self.checkout;
                let services = self.services()?;
                let environment = services::environment(&services.cluster, &services.pooler, &services.redis);
                rust::tests(checkout, &environment, arguments)
            }
            Part::Doc => rust::documentation(self.checkout),
            Part::Site => self.weigh_site(),
            Part::Browser => {
                let site = self.site()?.folder().to_owned();
                let checkout = self.checkout;
                browser::tests(checkout, &self.services()?.cluster, &site, arguments)
            }
        }
    }

    fn cargo_check(&self, arguments: &[&str]) -> Result<Count> {
        running::stream(self.checkout.cargo().args(arguments))?;
        Ok(Count::PASSED)
    }

    fn licences(&self) -> Result<Count> {
        let mut count = Count::default();
        for problems in [licences::crates(self.checkout)?, licences::npm(self.checkout)?] {
            for problem in &problems {
                println!("  {problem}");
            }
            count += if problems.is_empty() { Count::PASSED } else { Count::FAILED };
        }
        Ok(count)
    }

    fn clippy_browser(&self) -> Result<Count> {
        let mut cargo = self.compiler()?.cargo(self.checkout, "clippy");
        // The profile whose dependencies are built least.
        cargo.args(["--profile", "wasm-dev", "--", "-D", "warnings"]);
        running::stream(&mut cargo)?;
        Ok(Count::PASSED)
    }

    fn weigh_site(&mut self) -> Result<Count> {
        let weight = self.site()?.browser_half_gzipped()?;
        let weighed = format!(
            "the browser half weighs {:.1} KB gzipped; the limit is {:.1} KB",
            kilobytes(weight),
            kilobytes(BROWSER_HALF_LIMIT)
        );
        if weight > BROWSER_HALF_LIMIT {
            bail!("{weighed}");
        }
        println!("  {weighed}");
        Ok(Count::PASSED)
    }

    fn compiler(&self) -> Result<BrowserCompiler> {
        self.compiler.context("the browser half was not set up for this part")
    }

    fn services(&mut self) -> Result<&Services> {
        match &mut self.services {
            Some(services) => Ok(services),
            none => {
                let cluster = Cluster::start(self.checkout, postgres::TESTS)?;
                let pooler = PgBouncer::start(&cluster)?;
                let redis = Redis::start(self.checkout)?;
                Ok(none.insert(Services { redis, pooler, cluster }))
            }
        }
    }

    fn site(&mut self) -> Result<&Site> {
        let (checkout, compiler) = (self.checkout, self.compiler()?);
        match &mut self.site {
            Some(site) => Ok(site),
            none => Ok(none.insert(site::build(checkout, compiler, Flavour::Release)?)),
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "shown with one digit after the point")]
fn kilobytes(bytes: u64) -> f64 {
    bytes as f64 / 1000.0
}
