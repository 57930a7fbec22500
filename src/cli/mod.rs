//! The command line.

mod audit;
mod billing;
mod demo;
mod doctor;
mod keys;
mod migrate;
mod operator;
mod plan;
mod secret;
mod serve;
mod tenant;
mod usage;
mod user;

use std::{
    panic,
    path::PathBuf,
    process::{self, ExitCode},
};

use anyhow::{Context as _, Result};
use clap::{Parser, Subcommand};
use rowhouse_platform::{
    ambient::Ambient,
    identity::password::{PasswordRules, check_choice},
};

use crate::config::{Config, LogFormat, Secret, Sources};

/// Rowhouse: many tenants under one roof, each behind walls that the database keeps.
///
/// Settings come from the built-in defaults (`rowhouse config`), then a TOML file, then environment variables
/// ROWHOUSE_<SECTION>__<KEY>. Run `rowhouse doctor` when something is wrong.
#[derive(Debug, Parser)]
#[command(name = "rowhouse", version, max_term_width = 100)]
pub struct Arguments {
    /// Configuration file; without it ./rowhouse.toml is read if it is there
    #[arg(long, global = true, env = "ROWHOUSE_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

impl Arguments {
    /// Whether the program is to go on until it is stopped.
    pub fn serves(&self) -> bool {
        matches!(self.command, Command::Serve)
    }
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the product until SIGTERM or Ctrl-C
    Serve,
    /// Make the database roles, schemas and tables, or bring them up to date
    Migrate,
    /// Create, list, show, suspend and resume tenants
    #[command(subcommand)]
    Tenant(tenant::TenantCommand),
    /// Create people's accounts, and help those who are locked out
    #[command(subcommand)]
    User(user::UserCommand),
    /// Create, list, remove and reset operators, who sign in to the console
    #[command(subcommand)]
    Operator(operator::OperatorCommand),
    /// Check configuration and database, and say how to put right what is wrong
    Doctor,
    /// Make keys for secrets in the database, and change from one to the next
    #[command(subcommand)]
    Secret(secret::SecretCommand),
    /// Make new keys for access tokens
    #[command(subcommand)]
    Keys(keys::KeysCommand),
    /// Compare what was used with what was added up and billed
    #[command(subcommand)]
    Usage(usage::UsageCommand),
    /// Check the audit logs for tampering, and remove records that are past their time
    #[command(subcommand)]
    Audit(audit::AuditCommand),
    /// Show and change plans, and what each tenant may use
    #[command(subcommand)]
    Plan(plan::PlanCommand),
    /// Put right what Stripe and this database know of each other
    #[command(subcommand)]
    Billing(billing::BillingCommand),
    /// Print every setting with its default, to begin a configuration file with
    Config,
    /// Add or remove the demonstration tenants acme, globex and initech (development only)
    #[command(subcommand)]
    Demo(demo::DemoCommand),
}

/// The status of a command that nobody read to its end, as a shell has it for SIGPIPE.
const UNREAD: i32 = 141;

/// Runs a command and says what went wrong, on standard error.
pub fn run(arguments: Arguments) -> ExitCode {
    end_where_nobody_reads();
    match try_run(arguments) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("rowhouse: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// `rowhouse tenant list | head`: who reads no further wants no more, and nothing is broken. The standard library's macros
/// panic there.
fn end_where_nobody_reads() {
    let told = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        let words = panic.payload_as_str().unwrap_or_default();
        if words.starts_with("failed printing to stdout") && words.contains("Broken pipe") {
            process::exit(UNREAD);
        }
        told(panic);
    }));
}

fn try_run(arguments: Arguments) -> Result<ExitCode> {
    if matches!(arguments.command, Command::Config) {
        print!("{}", Config::print_default());
        return Ok(ExitCode::SUCCESS);
    }
    if matches!(arguments.command, Command::Secret(secret::SecretCommand::NewKey)) {
        secret::new_key();
        return Ok(ExitCode::SUCCESS);
    }
    let config = load(arguments.config);
    if let Command::Doctor = arguments.command {
        return runtime()?.block_on(doctor::run(config));
    }
    let config = config?;
    log(&config);
    let done = async {
        match arguments.command {
            Command::Serve => serve::run(config).await,
            Command::Migrate => migrate::run(config).await,
            Command::Tenant(command) => tenant::run(command, config).await,
            Command::User(command) => user::run(command, config).await,
            Command::Operator(command) => operator::run(command, config).await,
            Command::Usage(command) => usage::run(command, config).await,
            Command::Billing(command) => billing::run(command, config).await,
            Command::Audit(command) => audit::run(command, config).await,
            Command::Plan(command) => plan::run(command, config).await,
            Command::Demo(command) => demo::run(command, config).await,
            Command::Keys(command) => keys::run(command, config).await,
            Command::Secret(secret::SecretCommand::Rotate) => secret::run(config).await,
            Command::Doctor | Command::Config | Command::Secret(secret::SecretCommand::NewKey) => Ok(()),
        }
    };
    runtime()?.block_on(done).map(|()| ExitCode::SUCCESS)
}

fn runtime() -> Result<tokio::runtime::Runtime> {
    // Blocking work is hashing and pictures, which a core each can do at a time.
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .max_blocking_threads(32)
        .build()
        .context("the runtime cannot be started")
}

fn load(file: Option<PathBuf>) -> Result<Config> {
    let sources = Sources { file, environment: environment()?, read_file: &|path| std::fs::read_to_string(path) };
    Config::load(&sources).context("the configuration is not usable")
}

/// The environment variables that are text. One of ours that is not is refused: the default in its place would not be
/// what was meant.
fn environment() -> Result<Vec<(String, String)>> {
    let mut environment = Vec::new();
    for (name, value) in std::env::vars_os() {
        match (name.into_string(), value.into_string()) {
            (Ok(name), Ok(value)) => environment.push((name, value)),
            (Ok(name), Err(_)) if name.starts_with("ROWHOUSE_") => {
                anyhow::bail!("the environment variable {name} is not text in UTF-8")
            }
            (Err(name), _) if name.to_string_lossy().starts_with("ROWHOUSE_") => {
                anyhow::bail!("the name of the environment variable {} is not text in UTF-8", name.to_string_lossy())
            }
            _ => {}
        }
    }
    Ok(environment)
}

fn log(config: &Config) {
    let filter = tracing_subscriber::EnvFilter::new(&config.log.level);
    let colours = std::io::IsTerminal::is_terminal(&std::io::stderr());
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(colours);
    match config.log.format {
        LogFormat::Human => builder.with_target(false).init(),
        LogFormat::Json => builder.json().flatten_event(true).init(),
    }
}

/// The administrator's address of the database.
fn admin_url(config: &Config) -> Result<&str> {
    config.database.admin_url.as_ref().map(Secret::expose).context(
        "database.admin_url is not set: it is the address of a role that may create roles and schemas in the database",
    )
}

/// The operator's address of the database, or else the administrator's.
fn operator_url(config: &Config) -> Result<&str> {
    let url = config.database.operator_url.as_ref().or(config.database.admin_url.as_ref());
    url.map(Secret::expose).context("database.operator_url is not set: it is the address of the role rowhouse_operator")
}

/// A password from standard input where that was asked for, else a new one, which is printed.
fn password(ambient: &Ambient, from_stdin: bool, rules: PasswordRules, about: &[&str]) -> Result<(String, bool)> {
    if from_stdin {
        let mut line = String::new();
        std::io::stdin().read_line(&mut line).context("no password came on standard input")?;
        let password = line.trim_end_matches(['\r', '\n']).to_owned();
        check_choice(&password, rules, about)?;
        return Ok((password, false));
    }
    // 120 bits, in letters that nobody mistakes for others.
    let letters = b"abcdefghjkmnpqrstuvwxyz23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
    let bytes = ambient.bytes::<24>();
    let password = bytes.iter().map(|byte| char::from(letters[usize::from(*byte) % letters.len()])).collect();
    Ok((password, true))
}

/// The tenant of this name, as it is served.
async fn find_tenant(
    services: &rowhouse_platform::tenancy::TenantDirectory,
    slug: &str,
) -> Result<std::sync::Arc<rowhouse_platform::tenancy::Tenant>> {
    use rowhouse_platform::tenancy::{Address, Lookup};
    match services.find(&Address::Slug(slug.to_owned())).await? {
        Lookup::Found(tenant) => Ok(tenant),
        Lookup::Unknown => anyhow::bail!("there is no tenant “{slug}”; `rowhouse tenant list` shows all"),
    }
}

/// A directory for one command.
fn directory(
    database: &rowhouse_platform::db::Database,
    config: &Config,
) -> rowhouse_platform::tenancy::TenantDirectory {
    use rowhouse_platform::tenancy::{DirectorySettings, TenantDirectory};
    let settings = DirectorySettings { keep: config.tenancy.cache_for, capacity: 10, negative_capacity: 10 };
    TenantDirectory::new(database.clone(), settings)
}

/// A name given on the command line: one line, not empty, at most `max` characters.
fn name(argument: &str, text: &str, max: usize) -> Result<String> {
    let text = text.trim();
    let length = text.chars().count();
    if text.is_empty() || length > max || text.chars().any(char::is_control) {
        anyhow::bail!("{argument} must be one line of 1 to {max} characters; it has {length}");
    }
    Ok(text.to_owned())
}
