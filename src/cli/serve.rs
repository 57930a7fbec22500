//! `rowhouse serve`.

use anyhow::{Context as _, Result, bail};
use rowhouse_platform::{
    ambient::Ambient,
    audit::{self, UpkeepSettings},
    db::check_serving,
    mail::sender::Sender,
    operator, plan,
    tenancy::leaving,
};

use crate::{
    config::{Config, Mode},
    http::{Addresses, FrontSettings, SiteSettings, serve},
    services,
};

/// Checks the walls, then serves.
pub(super) async fn run(config: Config) -> Result<()> {
    let services = services::services(&config, Ambient::system())?;
    let report = check_serving(&services.database).await.context("the database cannot be checked")?;
    for finding in &report.findings {
        if finding.fatal {
            tracing::error!(remedy = finding.remedy, "{}", finding.problem);
        } else {
            tracing::warn!(remedy = finding.remedy, "{}", finding.problem);
        }
    }
    let fatal: Vec<_> =
        report.fatal().map(|finding| format!("\n  - {}: {}", finding.problem, finding.remedy)).collect();
    if !fatal.is_empty() {
        bail!("refusing to serve:{}", fatal.concat());
    }
    if config.server.mode == Mode::Production && !report.demo_tenants.is_empty() {
        bail!(
            "refusing to serve in production: the demonstration tenants {} are in the database, and their passwords \
             are public; remove them with `rowhouse demo remove`",
            report.demo_tenants.join(", ")
        );
    }
    if config.server.mode == Mode::Production
        && let Some(operators) = &services.operators
    {
        let demo = operator::account::demo(operators).await.context("the operators cannot be checked")?;
        if !demo.is_empty() {
            bail!(
                "refusing to serve in production: the demonstration operators {} are in the database, and their \
                 passwords are public; remove them with `rowhouse demo remove`",
                demo.join(", ")
            );
        }
    }
    // A client that hung up is an error of its own connection, and no end of the server.
    #[cfg(unix)]
    let _broken_pipes = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::pipe())?;
    let server = &config.server;
    let settings = FrontSettings {
        site: SiteSettings {
            base_domain: server.public_url.base_domain.clone(),
            trusted_proxies: server.trusted_proxies.clone(),
            path_prefix: config.tenancy.path_prefix,
        },
        request_timeout: server.request_timeout,
        body_limit: server.body_limit,
        site_root: server.site_root.clone(),
    };
    let watching = services::watch_settings(&config);
    if let Some(url) = &config.database.operator_url {
        let settings =
            UpkeepSettings { operator_url: url.expose().to_owned(), retention_days: config.audit.retention_days };
        // They end with the process: what they do is done in transactions.
        tokio::spawn(audit::keep(settings, services.ambient.clone(), services.audit_keys.clone()));
        tokio::spawn(leaving::keep_deleting(url.expose().to_owned(), services.ambient.clone()));
        tokio::spawn(plan::upkeep::run(url.expose().to_owned(), services.ambient.clone()));
        tokio::spawn(services::sso_upkeep(&services, url.expose().to_owned()).run());
        if let Some(billing) = services::billing_upkeep(&services, url.expose())? {
            tokio::spawn(billing.run());
        }
        tokio::spawn(services::owing_upkeep(&services, url.expose().to_owned()).run());
        tokio::spawn(services::api_key_upkeep(&services, url.expose().to_owned()).run());
        tokio::spawn(services::limit_upkeep(&services, url.expose().to_owned()).run());
        tokio::spawn(services::notification_upkeep(&services, url.expose().to_owned()).run());
        tokio::spawn(services::storage_upkeep(&services, url.expose().to_owned()).run());
        tokio::spawn(services::usage_upkeep(&services, url.expose().to_owned()).run());
        tokio::spawn(services::import_worker(&services, url.expose().to_owned()).run());
        tokio::spawn(services::label_upkeep(&services, url.expose().to_owned()).run());
    } else {
        tracing::warn!(
            "database.operator_url is not set: audit records past their time stay until `rowhouse audit prune` is run, \
             closed tenants until `rowhouse tenant delete-closed`, files that nothing refers to any more stay, metadata \
             of identity providers is not refreshed, imports of tickets are not worked on, labels that many tickets have do \
             not end, nobody is told that an API key ends soon, usage is not added up, nothing that happens to tickets is \
             mailed, trials and overrides of plans do not end by themselves, nobody is told that a limit is near, Stripe is \
             told nothing, and there is no console"
        );
    }
    tokio::spawn(services.signing_keys.clone().keep(config.api.signing_key_age));
    let sender = match services::sender_settings(&config) {
        Ok(settings) => Some(Sender::new(services.ambient.clone(), settings)?),
        Err(services::NoSender::NoMailServer) => {
            tracing::info!("{}", services::NoSender::NoMailServer);
            None
        }
        Err(why @ services::NoSender::NoOperator) => {
            tracing::warn!("{why}");
            None
        }
    };
    let addresses = Addresses { public: server.listen, metrics: config.metrics.listen };
    Ok(serve(addresses, services, settings, watching, sender, server.shutdown_grace).await?)
}
