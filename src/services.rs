//! From the configuration to the parts that requests use.

use std::sync::Arc;

use rowhouse_app::{
    context::{Assets, AssetsError, PublicAddress, Services},
    desk::{import::Worker, notify::NewsChore, ticket::label::LabelChore},
    limits::{LimitSettings, RequestLimits},
    product::Installed,
};
use rowhouse_platform::{
    access::api_key::KeyChore,
    access_token::{Issuer, SigningKeys},
    ambient::Ambient,
    audit::{AuditKeys, Scribe},
    billing::{self, Billing, upkeep::OwingChore},
    db::{Database, DatabaseSettings, DbError, OperatorDatabase, Pooler},
    fetch::{FetchError, FetchSettings, Fetcher},
    identity::{Passwords, password::HashError, session::SessionPolicy, sign_in::SignInLimits, throttle::Limit},
    mail::{Letterhead, sender::SenderSettings},
    metering,
    plan::notice::LimitChore,
    rate_limit::{LimiterError, LimiterSettings},
    secrets::SecretKeys,
    sso::{oidc::OidcClient, refresh::Refresher, upkeep::SsoChore},
    storage::{Storage, StorageError, upkeep::FileChore},
    tenancy::{
        DirectorySettings, Tenant, TenantDirectory,
        domains::{self, Dns, DnsSettings, DomainSettings},
        watch::WatchSettings,
    },
    upkeep::{Means, Upkeep},
};
use time::Duration;

use crate::config::{self, Config, Mode};

/// Sign-ups and requests for workspaces answered for one address in a window.
const APEX_ATTEMPTS: u32 = 20;

/// Why the parts could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ServicesError {
    /// The database's address cannot be read.
    #[error(transparent)]
    Database(#[from] DbError),
    /// The site is not built.
    #[error(transparent)]
    Assets(#[from] AssetsError),
    /// Not even one password could be hashed.
    #[error(transparent)]
    Passwords(#[from] HashError),
    /// There is no key to seal secrets with.
    #[error(transparent)]
    Secrets(#[from] NoKeys),
    /// Requests cannot be counted.
    #[error(transparent)]
    Limiter(#[from] LimiterError),
    /// Nothing can be fetched.
    #[error(transparent)]
    Fetcher(#[from] FetchError),
    /// There is no place for files.
    #[error("storage: {0}")]
    Storage(#[from] StorageError),
}

/// The configuration has no key for secrets.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error(
    "secrets.keys is not set: secrets in the database are sealed with it. `rowhouse secret new-key` makes one; put it \
     into ROWHOUSE_SECRETS__KEYS, or into a file that ROWHOUSE_SECRETS__KEYS_FILE names"
)]
pub struct NoKeys;

/// The keys that secrets are sealed with.
///
/// # Errors
/// [`NoKeys`] when `secrets.keys` is not set.
pub fn secret_keys(config: &Config) -> Result<Arc<SecretKeys>, NoKeys> {
    config.secrets.keys.clone().ok_or(NoKeys)
}

/// Writes what commands do into the audit logs.
///
/// # Errors
/// [`NoKeys`] when `secrets.keys` is not set.
pub fn scribe(config: &Config, ambient: Ambient) -> Result<Scribe, NoKeys> {
    let secrets = secret_keys(config)?;
    Ok(Scribe::system(ambient, AuditKeys::of(&secrets)))
}

/// The keys that access tokens are signed with.
pub fn signing_keys(config: &Config, database: &Database, secrets: &Arc<SecretKeys>, ambient: &Ambient) -> SigningKeys {
    let issuer = Issuer { origin: config.server.public_url.to_string() };
    SigningKeys::new(database.clone(), Arc::clone(secrets), ambient.clone(), issuer)
}

/// The serving role's way into the database.
///
/// # Errors
/// [`DbError::Address`] when `database.url` cannot be read.
pub fn database(config: &Config) -> Result<Database, DbError> {
    let settings = &config.database;
    Database::new(DatabaseSettings {
        url: settings.url.expose().to_owned(),
        pooler: match settings.pooler {
            config::Pooler::None => Pooler::None,
            config::Pooler::Transaction => Pooler::Transaction,
        },
        pool_size: settings.pool_size,
        acquire_timeout: settings.acquire_timeout,
        statement_timeout: settings.statement_timeout,
        plan_statement_timeouts: settings.plan_statement_timeouts.clone(),
        tenant_share: (settings.pool_size * settings.tenant_share_percent).div_ceil(100),
        tenant_line: settings.tenant_line,
    })
}

/// The operator's role, for the console, where its address is set.
///
/// # Errors
/// [`DbError::Address`] when `database.operator_url` cannot be read.
pub fn operators(config: &Config) -> Result<Option<OperatorDatabase>, DbError> {
    config.database.operator_url.as_ref().map(|url| OperatorDatabase::new(url.expose())).transpose()
}

/// Where news of changed tenants comes from.
pub fn watch_settings(config: &Config) -> WatchSettings {
    WatchSettings {
        listen_url: config.database.listen_url.as_ref().map(|url| url.expose().to_owned()),
        poll_interval: config.tenancy.poll_interval,
    }
}

/// Why this server sends no mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoSender {
    /// No mail server is set.
    #[error("mail.smtp_url is not set: mail waits in the queue")]
    NoMailServer,
    /// The queue cannot be read.
    #[error(
        "mail.smtp_url is set, but database.operator_url is not: this server sends no mail, because it cannot read the queue"
    )]
    NoOperator,
}

/// How mail is sent.
///
/// # Errors
/// [`NoSender`] where the settings for it are not there.
pub fn sender_settings(config: &Config) -> Result<SenderSettings, NoSender> {
    let mail = &config.mail;
    let smtp = mail.smtp_url.clone().ok_or(NoSender::NoMailServer)?;
    let operator_url = config.database.operator_url.as_ref().ok_or(NoSender::NoOperator)?.expose().to_owned();
    Ok(SenderSettings {
        operator_url,
        smtp,
        from: mail.from.clone(),
        public_origin: config.server.public_url.to_string(),
        attempts: mail.attempts,
        parallel: mail.parallel,
        poll_interval: mail.poll_interval,
        timeout: mail.timeout,
        keep: duration(mail.keep),
        keep_texts: config.server.mode == Mode::Development,
    })
}

/// Billing, where a key of Stripe's is set.
///
/// # Errors
/// [`FetchError`] when nothing can be fetched at all.
pub fn billing(config: &Config) -> Result<Option<Billing>, FetchError> {
    config.billing.stripe.clone().map(Billing::new).transpose()
}

/// Where requests are counted.
pub fn limiter_settings(config: &Config, ambient: &Ambient) -> LimiterSettings {
    let limits = &config.limits;
    LimiterSettings {
        redis_url: limits.redis_url.as_ref().map(|url| url.expose().to_owned()),
        redis_timeout: limits.redis_timeout,
        redis_clock: !ambient.is_held(),
    }
}

/// How often may be asked.
fn limit_settings(config: &Config, ambient: &Ambient) -> LimitSettings {
    let limits = &config.limits;
    LimitSettings {
        enabled: limits.enabled,
        limiter: limiter_settings(config, ambient),
        burst_percent: limits.burst_percent,
        key_per_minute: config.api.requests_per_minute,
        user_pages_per_minute: limits.user_pages_per_minute,
        workspace_pages_per_minute: limits.workspace_pages_per_minute,
        address_pages_per_minute: limits.address_pages_per_minute,
    }
}

/// All parts.
///
/// # Errors
/// [`ServicesError`].
pub fn services(config: &Config, ambient: Ambient) -> Result<Arc<Services>, ServicesError> {
    let database = database(config)?;
    let tenancy = &config.tenancy;
    let directory = TenantDirectory::new(
        database.clone(),
        DirectorySettings {
            keep: tenancy.cache_for,
            capacity: tenancy.cache_capacity,
            negative_capacity: tenancy.negative_capacity,
        },
    );
    let window = duration(config.sign_in.window);
    let limit = |attempts| Limit { attempts, window };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let public = &config.server.public_url;
    let assets = Assets::read(&config.server.site_root)?;
    rowhouse_app::ui::icon::set_sprite(assets.file("icons.svg"));
    let secrets = secret_keys(config)?;
    let fetcher = Fetcher::new(&FetchSettings::new(config.outbound.allow_loopback))?;
    Ok(Arc::new(Services {
        billing: billing(config)?,
        insight: rowhouse_app::desk::insight::KeptFigures::default(),
        live: rowhouse_app::desk::live::Live::default(),
        oidc: OidcClient::new(fetcher.clone(), ambient.clone()),
        signing_keys: signing_keys(config, &database, &secrets, &ambient),
        limits: RequestLimits::new(&limit_settings(config, &ambient))?,
        fetcher,
        storage: Storage::new(&config.storage.place)?,
        uploads: config.storage.uploads,
        audit_keys: AuditKeys::of(&secrets),
        secrets,
        passwords: Passwords::new(&ambient, cores)?,
        directory,
        database,
        ambient,
        session_policy: SessionPolicy {
            idle: duration(config.sign_in.session_idle),
            lifetime: duration(config.sign_in.session_lifetime),
        },
        sign_in_limits: SignInLimits {
            account_and_address: limit(config.sign_in.attempts_per_account_and_address),
            account: limit(config.sign_in.attempts_per_account),
            address: limit(config.sign_in.attempts_per_address),
        },
        apex_limit: limit(APEX_ATTEMPTS),
        public: PublicAddress {
            scheme: public.scheme.as_str().to_owned(),
            base_domain: public.base_domain.as_str().to_owned(),
            port: public.port,
        },
        assets,
        dns: Dns::new(&DnsSettings { servers: config.domains.resolver.clone(), timeout: config.domains.timeout }),
        domains: DomainSettings {
            base: public.base_domain.clone(),
            recheck: duration(config.domains.recheck),
            target: config.domains.target.clone(),
            addresses: config.domains.addresses.clone(),
        },
        development: config.server.mode == Mode::Development,
        operators: operators(config)?,
        operator_url: config.database.operator_url.as_ref().map(|url| url.expose().to_owned()),
    }))
}

/// The look and address of a tenant's mail.
fn letterhead(services: &Services) -> Arc<dyn Fn(&Tenant) -> Letterhead + Send + Sync> {
    let public = services.public.clone();
    Arc::new(move |tenant| Letterhead::new(tenant, &public.tenant_origin(tenant)))
}

fn means(services: &Services, operator_url: String) -> Means {
    Means {
        operator_url,
        database: services.database.clone(),
        directory: services.directory.clone(),
        ambient: services.ambient.clone(),
    }
}

/// What the server does about tenants' domains by itself.
pub fn domain_watch(services: &Services) -> domains::Watch {
    domains::Watch {
        database: services.database.clone(),
        directory: services.directory.clone(),
        scribe: Scribe::system(services.ambient.clone(), services.audit_keys.clone()),
        letterhead: letterhead(services),
        dns: services.dns.clone(),
        settings: services.domains.clone(),
    }
}

/// What the server does about single sign-on by itself.
pub fn sso_upkeep(services: &Services, operator_url: String) -> Upkeep<SsoChore> {
    let chore = SsoChore {
        letterhead: letterhead(services),
        dns: services.dns.clone(),
        refresher: Refresher {
            database: services.database.clone(),
            fetcher: services.fetcher.clone(),
            scribe: Scribe::system(services.ambient.clone(), services.audit_keys.clone()),
        },
    };
    Upkeep { means: means(services, operator_url), chore }
}

/// What the server does about API keys by itself.
pub fn api_key_upkeep(services: &Services, operator_url: String) -> Upkeep<KeyChore> {
    Upkeep { means: means(services, operator_url), chore: KeyChore { letterhead: letterhead(services) } }
}

/// What the server does about billing by itself; nothing where no key of Stripe's is set.
///
/// # Errors
/// [`DbError`] when the operator's address cannot be read.
pub fn billing_upkeep(services: &Services, operator_url: &str) -> Result<Option<billing::upkeep::Upkeep>, DbError> {
    let Some(billing) = services.billing.clone() else { return Ok(None) };
    Ok(Some(billing::upkeep::Upkeep {
        billing,
        outbox: billing::outbox::Outbox::open(operator_url, services.ambient.clone())?,
        means: means(services, operator_url.to_owned()),
        letterhead: letterhead(services),
    }))
}

/// What the server does about limits of plans by itself.
pub fn limit_upkeep(services: &Services, operator_url: String) -> Upkeep<LimitChore<Installed>> {
    Upkeep { means: means(services, operator_url), chore: LimitChore::new(letterhead(services)) }
}

/// What the server tells owners of trials and of what is owed by itself, whether or not anything is paid through Stripe.
pub fn owing_upkeep(services: &Services, operator_url: String) -> Upkeep<OwingChore> {
    Upkeep { means: means(services, operator_url), chore: OwingChore { letterhead: letterhead(services) } }
}

/// What the server does about notifications by itself.
pub fn notification_upkeep(services: &Services, operator_url: String) -> Upkeep<NewsChore> {
    Upkeep { means: means(services, operator_url), chore: NewsChore { letterhead: letterhead(services) } }
}

/// What the server does about files by itself.
pub fn storage_upkeep(services: &Services, operator_url: String) -> Upkeep<FileChore> {
    Upkeep { means: means(services, operator_url), chore: FileChore { storage: services.storage.clone() } }
}

/// What the server does about usage by itself.
pub fn usage_upkeep(services: &Services, operator_url: String) -> metering::Upkeep {
    metering::Upkeep { means: means(services, operator_url) }
}

/// What the server does about imports of tickets by itself.
pub fn import_worker(services: &Services, operator_url: String) -> Upkeep<Worker> {
    let chore = Worker {
        database: services.database.clone(),
        storage: services.storage.clone(),
        ambient: services.ambient.clone(),
    };
    Upkeep { means: means(services, operator_url), chore }
}

/// What the server does about labels by itself.
pub fn label_upkeep(services: &Services, operator_url: String) -> Upkeep<LabelChore> {
    Upkeep { means: means(services, operator_url), chore: LabelChore }
}

fn duration(duration: std::time::Duration) -> Duration {
    Duration::try_from(duration).unwrap_or(Duration::MAX)
}
