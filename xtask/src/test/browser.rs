//! Playwright against the built server, with a seeded database of its own.

use std::fs::{self, File};
use std::path::Path;
use std::process::Stdio;

use anyhow::{Context, Result};
use serde_json::Value;

use super::tally::Count;
use crate::checkout::Checkout;
use crate::database_url::Urls;
use crate::postgres::{self, Cluster};
use crate::running;
use crate::server::{self, Program, Server};
use crate::setup::system;
use crate::step::{self, Line};

const DATABASE: &str = "rowhouse_e2e";
/// What the tests sign Stripe's webhooks with.
const STRIPE_SECRET: &str = "whsec_of_the_browser_tests";
/// How many pages the second server lets a person see in a minute.
const FEW_PAGES: &str = "6";

/// Runs the tests of `end2end/`, or those that `arguments` choose, against the server in its debug build, which serves
/// the release site.
///
/// # Errors
/// When the server does not build or start, or Playwright leaves no report.
pub(super) fn tests(checkout: &Checkout, cluster: &Cluster, site: &Path, arguments: &[String]) -> Result<Count> {
    let file = server::build(checkout, false)?;
    cluster.sql("postgres", &format!("DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)"))?;
    cluster.ensure_database(DATABASE)?;
    let port = server::free_port()?;
    // The tests bring a DNS server of their own, so that the server under test asks nobody else.
    let dns = format!("127.0.0.1:{}", server::free_port()?);
    // And a Stripe.
    let stripe = format!("127.0.0.1:{}", server::free_port()?);
    let urls = Urls::embedded(cluster, DATABASE);
    let stripe_api = format!("http://{stripe}");
    let settings = [
        ("ROWHOUSE_DOMAINS__RESOLVER", dns.as_str()),
        ("ROWHOUSE_BILLING__STRIPE_SECRET_KEY", "sk_test_of_the_browser_tests"),
        ("ROWHOUSE_BILLING__STRIPE_WEBHOOK_SECRET", STRIPE_SECRET),
        ("ROWHOUSE_BILLING__STRIPE_API", stripe_api.as_str()),
    ];
    let program = Program::new(checkout, file.clone(), &urls, site, port)?.with(&settings);
    program.prepare_database()?;
    // Most tests are about other things than plans: new workspaces have everything.
    running::quiet(program.command().args(["plan", "initial", "enterprise"]), None)?;
    let prices = "UPDATE control.plan_version SET stripe_price = 'price_' || plan_key || '_' || version
                  WHERE price_cents > 0";
    cluster.sql(DATABASE, prices)?;

    let log = checkout.state().join("end2end-server.log");
    let output = File::create(&log)?;
    let line = Line::start("Server");
    let mut server = serve(&program, &output).with_context(|| postgres::tail(&log, 20))?;
    // Another one, with limits so narrow that a test reaches them. It leaves all work beside requests to the first.
    let strict_port = server::free_port()?;
    let strict = Program::new(checkout, file.clone(), &urls, site, strict_port)?
        .with(&settings)
        .with(&[("ROWHOUSE_LIMITS__USER_PAGES_PER_MINUTE", FEW_PAGES), ("ROWHOUSE_DATABASE__OPERATOR_URL", "")]);
    let mut strict_server = serve(&strict, &output).with_context(|| postgres::tail(&log, 20))?;
    line.done(&format!("Servers on ports {port} and {strict_port}"));

    let report = checkout.state().join("playwright.json");
    if fs::exists(&report)? {
        fs::remove_file(&report)?;
    }
    let mut playwright = checkout.node_program("playwright");
    playwright
        .args(["test", "--config", "end2end/playwright.config.ts"])
        .args(arguments)
        .env("ROWHOUSE_E2E_URL", format!("http://localhost:{port}"))
        .env("ROWHOUSE_E2E_REPORT", &report)
        .env("ROWHOUSE_E2E_STRICT_URL", format!("http://localhost:{strict_port}"))
        .env("ROWHOUSE_E2E_DNS", &dns)
        .env("ROWHOUSE_E2E_STRIPE", &stripe)
        .env("ROWHOUSE_E2E_STRIPE_SECRET", STRIPE_SECRET)
        // What the operator does in a test, the program does, with the server's configuration.
        .env("ROWHOUSE_E2E_PROGRAM", &file)
        .envs(program.environment())
        .env("CI", "true");
    match chromium(checkout)? {
        Some(chromium) => playwright.env("ROWHOUSE_E2E_CHROMIUM", chromium),
        None => playwright.env_remove("ROWHOUSE_E2E_CHROMIUM"),
    };
    if step::coloured() {
        playwright.env("FORCE_COLOR", "1");
    }
    let result = running::stream(&mut playwright);
    running::check_interrupt()?;
    let died = server.ended()?.or(strict_server.ended()?);
    strict_server.stop();
    server.stop();
    if let Some(status) = died {
        step::note(&format!(
            "The server ended by itself with {}:\n{}",
            running::describe(status),
            postgres::tail(&log, 20)
        ));
    }
    let mut count = match fs::read_to_string(&report) {
        Ok(text) => read(&serde_json::from_str(&text)?),
        Err(_) => Count::default(),
    };
    if (result.is_err() || died.is_some()) && count.failed == 0 {
        count += Count::FAILED;
    }
    if count.failed > 0 {
        step::note(&format!("What the server wrote: {}", log.display()));
    }
    Ok(count)
}

/// Starts a server, which writes into this file.
fn serve(program: &Program, output: &File) -> Result<Server> {
    let (output, errors) = (output.try_clone()?, output.try_clone()?);
    program.serve(|command| {
        command.stdout(Stdio::from(output)).stderr(Stdio::from(errors));
    })
}

/// The system's browser, or none where Playwright brings its own.
fn chromium(checkout: &Checkout) -> Result<Option<std::path::PathBuf>> {
    if let Some(chromium) = system::chromium() {
        return Ok(Some(chromium));
    }
    let line = Line::start("Chromium");
    let mut install = checkout.node_program("playwright");
    install.args(["install", "--with-deps", "--only-shell", "chromium"]);
    running::quiet(&mut install, Some(&line)).context("Playwright cannot install Chromium")?;
    line.done("Chromium of Playwright is there");
    Ok(None)
}

/// The counts of Playwright's JSON report. A test that passed at a second try passed; so does one that was expected
/// to fail and did.
fn read(report: &Value) -> Count {
    let number = |name: &str| report["stats"][name].as_u64().unwrap_or(0);
    let errors = report["errors"].as_array().map_or(0, |errors| u64::try_from(errors.len()).unwrap_or(u64::MAX));
    Count { passed: number("expected") + number("flaky"), failed: number("unexpected") + errors }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn playwrights_report_is_read() {
        let report = json!({
            "stats": { "expected": 12, "skipped": 1, "unexpected": 2, "flaky": 1 },
            "errors": [],
        });
        assert_eq!(read(&report), Count { passed: 13, failed: 2 });
    }

    #[test]
    fn an_error_outside_of_a_test_counts() {
        let report = json!({
            "stats": { "expected": 0, "unexpected": 0 },
            "errors": [{ "message": "cannot read the configuration" }],
        });
        assert_eq!(read(&report), Count::FAILED);
    }
}
