//! `rowhouse doctor`: what is wrong, and how to put it right.

use std::{process::ExitCode, time::Duration};

use anyhow::Result;
use rowhouse_app::context::Assets;
use rowhouse_platform::{
    ambient::Ambient,
    db::{Database, Finding, check_operator, check_serving},
    mail::smtp,
    operator,
    rate_limit::{Limiter, LimiterSettings},
    storage::{Place, Storage},
    tenancy::watch,
};

use crate::{
    config::{Config, Mode},
    services,
};

/// Prints a line for each check; fails where serving would be refused.
pub(super) async fn run(config: Result<Config>) -> Result<ExitCode> {
    let mut sheet = Sheet { problems: 0 };
    let config = match config {
        Ok(config) => {
            Sheet::good("configuration", "every value is allowed");
            config
        }
        Err(error) => {
            sheet.bad(
                "configuration",
                &format!("{error:#}"),
                "correct these values; `rowhouse config` shows what is allowed",
            );
            return Ok(ExitCode::FAILURE);
        }
    };
    match Assets::read(&config.server.site_root) {
        Ok(_) => Sheet::good("static files", &config.server.site_root.display().to_string()),
        Err(error) => {
            sheet.bad("static files", &error.to_string(), "build the site, or set server.site_root to its folder");
        }
    }
    match services::secret_keys(&config) {
        Ok(keys) => Sheet::good("secrets.keys", &format!("“{}” seals", keys.current_id())),
        Err(error) => sheet.bad(
            "secrets.keys",
            &error.to_string(),
            "make one, and keep a copy: what it sealed is lost without it",
        ),
    }
    if let Some(database) = database(&mut sheet, &config).await? {
        operator_url(&mut sheet, &config, &database).await;
        listen_url(&mut sheet, &config, &database).await;
    }
    operators(&mut sheet, &config).await;
    mail(&mut sheet, &config).await;
    storage(&mut sheet, &config).await;
    limits(&mut sheet, &config).await;
    Ok(if sheet.problems == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The database of the serving role, if it answers: what the other addresses lead to is compared with it.
async fn database(sheet: &mut Sheet, config: &Config) -> Result<Option<Database>> {
    let database = services::database(config)?;
    let report = match check_serving(&database).await {
        Ok(report) => report,
        Err(error) => {
            sheet.bad("database", &error.to_string(), "check that PostgreSQL runs and that database.url is right");
            return Ok(None);
        }
    };
    Sheet::good("database", &format!("PostgreSQL {}", report.server_version));
    sheet.found("database", &report.findings);
    if report.fatal().next().is_none() {
        Sheet::good("row-level security", &format!("forced on all {} tenant tables", report.tenant_tables));
        Sheet::good("migrations", "none is pending");
    }
    if !report.demo_tenants.is_empty() {
        let names = report.demo_tenants.join(", ");
        if config.server.mode == Mode::Production {
            sheet.bad("demonstration tenants", &names, "run `rowhouse demo remove`: their passwords are public");
        } else {
            Sheet::note("demonstration tenants", &names);
        }
    }
    Ok(Some(database))
}

/// Whether it is the operator's role, in the same database.
async fn operator_url(sheet: &mut Sheet, config: &Config, database: &Database) {
    let key = "database.operator_url";
    let Some(url) = &config.database.operator_url else {
        Sheet::note(key, "not set");
        return;
    };
    match check_operator(database, url.expose(), &Ambient::system()).await {
        Ok(findings) => {
            sheet.found(key, &findings);
            if findings.is_empty() {
                Sheet::good(key, "answers");
            }
        }
        Err(error) => sheet.bad(key, &error.to_string(), "check host, role and password"),
    }
}

/// Whether what is notified in the database is heard there.
async fn listen_url(sheet: &mut Sheet, config: &Config, database: &Database) {
    let key = "database.listen_url";
    let Some(url) = &config.database.listen_url else {
        Sheet::note(key, "not set");
        return;
    };
    match watch::hears(database, url.expose(), &Ambient::system()).await {
        Ok(true) => Sheet::good(key, "hears what is notified"),
        Ok(false) => sheet.bad(
            key,
            "what is notified in database.url's database is not heard here",
            "point it at the same database, without a transaction pooler",
        ),
        Err(error) => sheet.bad(key, &error.to_string(), "check host, role and password"),
    }
}

/// What is said of the operator's address says whether it can be asked.
async fn operators(sheet: &mut Sheet, config: &Config) {
    let Ok(Some(operators)) = services::operators(config) else { return };
    let Ok(demo) = operator::account::demo(&operators).await else { return };
    if demo.is_empty() {
        return;
    }
    let emails = demo.join(", ");
    if config.server.mode == Mode::Production {
        sheet.bad("demonstration operators", &emails, "run `rowhouse demo remove`: their passwords are public");
    } else {
        Sheet::note("demonstration operators", &emails);
    }
}

/// Whether this server would send mail, and whether the mail server lets it.
async fn mail(sheet: &mut Sheet, config: &Config) {
    if let Some(url) = &config.mail.smtp_url {
        match smtp::probe(url, config.mail.timeout).await {
            Ok(()) => Sheet::good("mail.smtp_url", "the mail server answers"),
            Err(problem) => sheet.bad("mail.smtp_url", &problem, "check host, port, ?tls=…, user and password"),
        }
    }
    if let Err(why) = services::sender_settings(config) {
        Sheet::note("mail", &why.to_string());
    }
}

/// Whether files can be written, read and removed.
async fn storage(sheet: &mut Sheet, config: &Config) {
    let remedy = match &config.storage.place {
        Place::Folder(_) => "check that storage.folder is a folder that this user may write to",
        Place::S3(_) => {
            "check endpoint, region, bucket, path style and keys, and that the keys may put, get and delete"
        }
    };
    let probed = match Storage::new(&config.storage.place) {
        Ok(storage) => storage.probe(&Ambient::system()).await,
        Err(error) => Err(error),
    };
    match probed {
        Ok(()) => Sheet::good("storage", &config.storage.place.to_string()),
        Err(error) => sheet.bad("storage", &format!("{}: {error}", config.storage.place), remedy),
    }
}

/// Whether requests are counted, and for all servers together where they should be.
async fn limits(sheet: &mut Sheet, config: &Config) {
    if !config.limits.enabled {
        Sheet::note("limits", "requests are not counted: limits.enabled is false");
        return;
    }
    if config.limits.redis_url.is_none() {
        Sheet::good("limits", "each server counts requests in its own memory");
        return;
    }
    // Nobody waits here: connecting may take its time.
    let ambient = Ambient::system();
    let settings =
        LimiterSettings { redis_timeout: Duration::from_secs(5), ..services::limiter_settings(config, &ambient) };
    let probed = match Limiter::new(&settings) {
        Ok(limiter) => limiter.probe(ambient.now()).await.map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    };
    match probed {
        Ok(()) => Sheet::good("limits.redis_url", "Redis counts requests"),
        Err(problem) => sheet.bad("limits.redis_url", &problem, "check that Redis runs, host, port, password and TLS"),
    }
}

struct Sheet {
    problems: usize,
}

impl Sheet {
    fn good(what: &str, detail: &str) {
        println!("ok      {what}: {detail}");
    }

    fn note(what: &str, detail: &str) {
        println!("note    {what}: {detail}");
    }

    fn found(&mut self, what: &str, findings: &[Finding]) {
        for finding in findings {
            if finding.fatal {
                self.bad(what, &finding.problem, &finding.remedy);
            } else {
                Self::note(what, &format!("{}; {}", finding.problem, finding.remedy));
            }
        }
    }

    fn bad(&mut self, what: &str, problem: &str, remedy: &str) {
        self.problems += 1;
        println!("WRONG   {what}: {problem}\n        → {remedy}");
    }
}
