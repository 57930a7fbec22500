//! Configuration of the server: what the settings are, and how they are read.
//!
//! `rowhouse.default.toml` names every setting with its default. A TOML file and then environment
//! variables override it. [`Config::load`] either returns a configuration in which every value has
//! been checked, or all the mistakes at once.
//!
//! To add a setting: give it a line in `rowhouse.default.toml`, a field in one of the structs here and
//! a line in `Config::read`; a secret one also a place in `layers::SECRETS`. A test fails when a
//! key of the file is read by nobody.

mod error;
mod layers;
mod public_url;
mod read;
mod secret;

use std::{
    collections::BTreeMap,
    io,
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use ipnet::IpNet;
use rowhouse_platform::{
    billing::BillingSettings,
    mail::smtp::{SenderAddress, SmtpUrl},
    secrets::SecretKeys,
    storage::{Place, UploadLimits},
};

pub use self::{
    error::{ConfigErrors, Origin, Problem},
    public_url::{PublicUrl, UrlScheme},
    secret::Secret,
};
use self::{layers::Layers, read::Reader};

/// The file that names every setting, with its default.
const DEFAULT_FILE: &str = include_str!("../../rowhouse.default.toml");

/// Where settings come from. Files and environment are arguments, so that tests can bring their own.
pub struct Sources<'a> {
    /// The file named by `--config`.
    pub file: Option<PathBuf>,
    /// The environment variables of the process; those that are not Rowhouse's are ignored.
    pub environment: Vec<(String, String)>,
    /// Reads a text file: the configuration, and the secrets that it points to.
    pub read_file: &'a dyn Fn(&Path) -> io::Result<String>,
}

/// The whole configuration. `Debug` shows no secret.
#[derive(Debug, Clone)]
pub struct Config {
    /// The HTTP server.
    pub server: Server,
    /// The connections to the database.
    pub database: Database,
    /// What is logged, and how.
    pub log: Log,
    /// How the tenant of a request is found.
    pub tenancy: Tenancy,
    /// Sessions, and limits on attempts at signing in.
    pub sign_in: SignIn,
    /// Mail to people.
    pub mail: Mail,
    /// Domains that tenants bring.
    pub domains: Domains,
    /// Addresses that tenants supply and the server fetches.
    pub outbound: Outbound,
    /// Programs.
    pub api: Api,
    /// How often may be asked.
    pub limits: Limits,
    /// Keys for what is secret at rest.
    pub secrets: Secrets,
    /// The audit logs of tenants.
    pub audit: Audit,
    /// Numbers for the operator.
    pub metrics: Metrics,
    /// Files.
    pub storage: Storage,
    /// Payments.
    pub billing: Billing,
}

/// `[server]`
#[derive(Debug, Clone)]
pub struct Server {
    /// Production or development.
    pub mode: Mode,
    /// Address and port to listen on.
    pub listen: SocketAddr,
    /// Where people reach the server; https in production.
    pub public_url: PublicUrl,
    /// Whose forwarding headers are believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Directory of the built site.
    pub site_root: PathBuf,
    /// How long requests under way may take after the signal to stop.
    pub shutdown_grace: Duration,
    /// How long a request may take.
    pub request_timeout: Duration,
    /// Largest request body, in bytes.
    pub body_limit: usize,
}

/// What the server is run for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Work on one's own machine.
    Development,
    /// Everything else.
    Production,
}

/// `[database]`
#[derive(Debug, Clone)]
pub struct Database {
    /// Connection for serving, bound by row-level security.
    pub url: Secret,
    /// Connection for migrations and setting up tenants, where this process does that.
    pub admin_url: Option<Secret>,
    /// Connection for reads across tenants, where this process serves the console.
    pub operator_url: Option<Secret>,
    /// Direct connection for LISTEN; `None` means polling.
    pub listen_url: Option<Secret>,
    /// What stands before the database.
    pub pooler: Pooler,
    /// Connections at most, for each of the URLs.
    pub pool_size: u32,
    /// How long to wait for a free connection.
    pub acquire_timeout: Duration,
    /// How long one statement may run.
    pub statement_timeout: Duration,
    /// How long one statement may run for a tenant of these plans.
    pub plan_statement_timeouts: BTreeMap<String, Duration>,
    /// How much of the pool one tenant has at a time, in percent.
    pub tenant_share_percent: u32,
    /// How many transactions of one tenant wait, at most.
    pub tenant_line: u32,
}

/// A pooler before the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pooler {
    /// None, or one that keeps sessions.
    None,
    /// One that gives out a connection for a transaction, such as `PgBouncer`.
    Transaction,
}

/// `[log]`
#[derive(Debug, Clone)]
pub struct Log {
    /// For people or for programs.
    pub format: LogFormat,
    /// Directives for `tracing_subscriber::EnvFilter`; checked.
    pub level: String,
}

/// How a log line looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For a terminal.
    Human,
    /// One JSON object a line.
    Json,
}

/// `[tenancy]`
#[derive(Debug, Clone)]
pub struct Tenancy {
    /// How long a tenant found by its host is remembered.
    pub cache_for: Duration,
    /// How many tenants are remembered.
    pub cache_capacity: u64,
    /// How many hosts without a tenant are remembered.
    pub negative_capacity: u64,
    /// How often changes are asked for where there is no LISTEN.
    pub poll_interval: Duration,
    /// Whether tenants are reached at `/t/<slug>` too.
    pub path_prefix: bool,
}

/// `[sign_in]`
#[derive(Debug, Clone)]
pub struct SignIn {
    /// After how long without a request a session ends.
    pub session_idle: Duration,
    /// After how long a session ends in any case; not shorter than `session_idle`.
    pub session_lifetime: Duration,
    /// Failed attempts allowed within `window` for an account from one address.
    pub attempts_per_account_and_address: u32,
    /// Failed attempts allowed within `window` for an account.
    pub attempts_per_account: u32,
    /// Failed attempts allowed within `window` from an address.
    pub attempts_per_address: u32,
    /// The time over which attempts are counted.
    pub window: Duration,
}

/// `[mail]`
#[derive(Debug, Clone)]
pub struct Mail {
    /// The mail server; `None` means that mail is queued and not sent.
    pub smtp_url: Option<SmtpUrl>,
    /// The sender: an address, or a name and an address in angle brackets.
    pub from: SenderAddress,
    /// How often a message is tried.
    pub attempts: u32,
    /// How many messages this server sends at a time.
    pub parallel: u32,
    /// How long each step of a delivery may take.
    pub timeout: Duration,
    /// How often the queue is looked at.
    pub poll_interval: Duration,
    /// How long messages are kept that were sent or given up.
    pub keep: Duration,
}

/// `[domains]`
#[derive(Debug, Clone)]
pub struct Domains {
    /// DNS servers to ask; none: the system's.
    pub resolver: Vec<SocketAddr>,
    /// How long one question to DNS may take.
    pub timeout: Duration,
    /// How often proven domains are checked again.
    pub recheck: Duration,
    /// The name that tenants' domains are to lead to; `None`: the tenant's host under the base domain.
    pub target: Option<String>,
    /// The addresses that they are to lead to where a name cannot be given.
    pub addresses: Vec<IpAddr>,
}

/// `[outbound]`
#[derive(Debug, Clone, Copy)]
pub struct Outbound {
    /// Whether addresses that tenants supply may be those of this machine.
    pub allow_loopback: bool,
}

/// `[api]`
#[derive(Debug, Clone, Copy)]
pub struct Api {
    /// Requests of an API key in a minute, at most.
    pub requests_per_minute: u32,
    /// How old a key that access tokens are signed with may be.
    pub signing_key_age: time::Duration,
}

/// `[limits]`
#[derive(Debug, Clone)]
pub struct Limits {
    /// Whether requests are counted.
    pub enabled: bool,
    /// Where they are counted for all servers; `None`: in the memory of each.
    pub redis_url: Option<Secret>,
    /// How long to wait for Redis.
    pub redis_timeout: Duration,
    /// How much more than its quota a workspace may ask in a minute, in percent.
    pub burst_percent: u32,
    /// Pages of one person in a minute.
    pub user_pages_per_minute: u32,
    /// Pages of one workspace in a minute, at least.
    pub workspace_pages_per_minute: u32,
    /// Pages for one address in a minute, of those who are not signed in.
    pub address_pages_per_minute: u32,
}

/// `[secrets]`
#[derive(Debug, Clone)]
pub struct Secrets {
    /// The keys that seal and open; `None` for commands that need none.
    pub keys: Option<Arc<SecretKeys>>,
}

/// `[audit]`
#[derive(Debug, Clone)]
pub struct Audit {
    /// For how many days records are kept where the tenant's plan does not say; 0: for ever.
    pub retention_days: u32,
}

/// `[metrics]`
#[derive(Debug, Clone)]
pub struct Metrics {
    /// Where `/metrics` is served; `None`: nowhere, and nothing is counted.
    pub listen: Option<SocketAddr>,
}

/// `[storage]`
#[derive(Debug, Clone)]
pub struct Storage {
    /// Where files are kept.
    pub place: Place,
    /// How much may be sent at once.
    pub uploads: UploadLimits,
}

/// `[billing]`
#[derive(Debug, Clone)]
pub struct Billing {
    /// How Stripe is reached; `None`: nothing is paid here.
    pub stripe: Option<BillingSettings>,
}

impl Config {
    /// Reads the configuration.
    ///
    /// # Errors
    /// All mistakes at once: unknown keys, values that are not allowed, files that cannot be read.
    /// None of them shows a secret.
    pub fn load(sources: &Sources<'_>) -> Result<Self, ConfigErrors> {
        let layers = Layers::load(DEFAULT_FILE, sources)?;
        let mut reader = Reader::new(layers, sources.read_file);
        let config = Self::read(&mut reader);
        let problems = reader.into_problems();
        match config {
            Some(config) if problems.is_empty() => Ok(config),
            _ => Err(ConfigErrors(problems)),
        }
    }

    /// The file that names every setting with its default, to begin one's own with.
    pub const fn print_default() -> &'static str {
        DEFAULT_FILE
    }

    /// Every section is read before the first missing value ends it, so that all mistakes are found.
    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let server = read::server(reader);
        let database = read::database(reader);
        let log = read::log(reader);
        let tenancy = read::tenancy(reader);
        let sign_in = read::sign_in(reader);
        let mail = read::mail(reader);
        let domains = read::domains(reader);
        let outbound = read::outbound(reader);
        let api = read::api(reader);
        let limits = read::limits(reader);
        let secrets = read::secrets(reader);
        let audit = read::audit(reader);
        let metrics = read::metrics(reader);
        let storage = read::storage(reader);
        let billing = read::billing(reader);
        Some(Self {
            server: server?,
            database: database?,
            log: log?,
            tenancy: tenancy?,
            sign_in: sign_in?,
            mail: mail?,
            domains: domains?,
            outbound: outbound?,
            api: api?,
            limits: limits?,
            secrets: secrets?,
            audit: audit?,
            metrics: metrics?,
            storage: storage?,
            billing: billing?,
        })
    }
}

#[cfg(test)]
mod tests;
