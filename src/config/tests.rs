use std::{collections::BTreeMap, net::IpAddr};

use super::*;

mod billing;
mod mistakes;
mod storage;

/// Files and environment of one test.
#[derive(Default)]
struct World {
    option: Option<&'static str>,
    files: BTreeMap<&'static str, String>,
    environment: Vec<(String, String)>,
}

/// The least that makes a configuration valid.
const DATABASE: &str = "postgres://serve:hunter2@db/rowhouse";

impl World {
    /// A valid configuration, in production.
    fn valid() -> Self {
        Self::default()
            .var("ROWHOUSE_DATABASE__URL", DATABASE)
            .var("ROWHOUSE_SERVER__PUBLIC_URL", "https://app.example")
    }

    fn var(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    fn file(mut self, path: &'static str, content: &str) -> Self {
        self.files.insert(path, content.into());
        self
    }

    fn load(self) -> Result<Config, ConfigErrors> {
        Config::load(&Sources {
            file: self.option.map(PathBuf::from),
            environment: self.environment,
            read_file: &|path| {
                let content = path.to_str().and_then(|path| self.files.get(path));
                content.cloned().ok_or_else(|| io::ErrorKind::NotFound.into())
            },
        })
    }

    /// The mistakes, one a line.
    fn mistakes(self) -> Vec<String> {
        let errors = self.load().unwrap_err();
        errors.0.iter().map(ToString::to_string).collect()
    }
}

#[test]
fn the_defaults_are_valid_but_for_what_is_required() {
    assert_eq!(
        World::default().mistakes(),
        [
            "server.public_url = \"\" (the default): is required: where people reach the server, such as \"https://app.example\"",
            "database.url (the default): is required: \"postgres://role:password@host:5432/database\"",
        ]
    );
    let config = World::valid().load().unwrap();
    assert_eq!(config.server.mode, Mode::Production);
    assert_eq!(config.server.public_url.to_string(), "https://app.example");
    assert_eq!(config.server.body_limit, 4096 * 1024);
    assert_eq!(config.server.shutdown_grace, Duration::from_secs(30));
    assert_eq!(config.database.url.expose(), DATABASE);
    assert_eq!(config.database.listen_url, None);
    assert_eq!(config.sign_in.window, Duration::from_mins(15));
    assert_eq!(config.sign_in.session_lifetime, Duration::from_hours(14 * 24));
}

#[test]
fn development_is_on_localhost_unless_told_otherwise() {
    let config = World::default()
        .var("ROWHOUSE_DATABASE__URL", DATABASE)
        .var("ROWHOUSE_SERVER__MODE", "development")
        .var("ROWHOUSE_SERVER__LISTEN", "[::1]:4000")
        .load()
        .unwrap();
    assert_eq!(config.server.public_url.to_string(), "http://localhost:4000");
    assert!(config.server.public_url.base_domain.is_localhost());
}

#[test]
fn every_key_of_the_default_file_is_read_and_explained() {
    let sources = Sources { file: None, environment: Vec::new(), read_file: &|_| Err(io::ErrorKind::NotFound.into()) };
    let layers = Layers::load(DEFAULT_FILE, &sources).unwrap();
    let names: Vec<String> = layers.entries.keys().cloned().collect();
    let mut reader = Reader::new(layers, sources.read_file);
    let _ = Config::read(&mut reader);
    assert_eq!(Vec::from_iter(reader.asked.clone()), names);
    for secret in layers::SECRETS {
        assert!(names.iter().any(|name| name == secret), "{secret}");
    }
    // A comment above each, but for lines that share one.
    for block in DEFAULT_FILE.split("\n\n").filter(|block| block.contains(" = ")) {
        assert!(block.starts_with("# "), "{block}");
    }
    assert_eq!(Config::print_default(), DEFAULT_FILE);
}

#[test]
fn the_environment_wins_over_the_file_and_the_file_over_defaults() {
    let file = "[database]\npool_size = 20\nstatement_timeout_ms = 1_500\n[log]\nformat = 'json'\n";
    let config = World::valid().file("rowhouse.toml", file).var("ROWHOUSE_DATABASE__POOL_SIZE", "30").load().unwrap();
    assert_eq!(config.database.pool_size, 30);
    assert_eq!(config.database.statement_timeout, Duration::from_millis(1500));
    assert_eq!(config.log.format, LogFormat::Json);
    assert_eq!(config.tenancy.cache_capacity, 10_000);
}

#[test]
fn the_file_may_be_named() {
    let size = |world: World| world.load().unwrap().database.pool_size;
    let world = || {
        World::valid()
            .file("rowhouse.toml", "[database]\npool_size = 1")
            .file("b.toml", "[database]\npool_size = 2")
            .file("c.toml", "[database]\npool_size = 3")
    };
    assert_eq!(size(world()), 1);
    assert_eq!(size(world().var("ROWHOUSE_CONFIG", "b.toml")), 2);
    let mut both = world().var("ROWHOUSE_CONFIG", "b.toml");
    both.option = Some("c.toml");
    assert_eq!(size(both), 3);
    let missing = World::valid().var("ROWHOUSE_CONFIG", "no.toml").mistakes();
    assert_eq!(missing, ["no.toml: the file cannot be read: entity not found"]);
}

#[test]
fn lists_and_flags_come_from_either() {
    let networks = |world: World| world.load().unwrap().server.trusted_proxies;
    let two = ["10.0.0.0/8".parse::<IpNet>().unwrap(), "::1/128".parse().unwrap()];
    let file = "[server]\ntrusted_proxies = ['10.0.0.0/8', '::1']\n[tenancy]\npath_prefix = true";
    assert_eq!(networks(World::valid().file("rowhouse.toml", file)), two);
    assert!(World::valid().file("rowhouse.toml", file).load().unwrap().tenancy.path_prefix);
    let variable = "ROWHOUSE_SERVER__TRUSTED_PROXIES";
    assert_eq!(networks(World::valid().var(variable, "10.0.0.0/8, ::1")), two);
    assert_eq!(networks(World::valid().var(variable, "")), []);
    assert!(two[0].contains(&IpAddr::from([10, 1, 2, 3])));
}

#[test]
fn a_secret_may_come_from_a_file() {
    let config = World::valid()
        .file("/run/admin", "  postgres://admin:hunter2@db/rowhouse\n")
        .file("/run/smtp", "smtps://mail:hunter2@mail\n")
        .file("rowhouse.toml", "[mail]\nsmtp_url_file = '/run/smtp'")
        .var("ROWHOUSE_DATABASE__ADMIN_URL_FILE", "/run/admin")
        .load()
        .unwrap();
    let expose = |secret: Option<Secret>| secret.map(|secret| secret.expose().to_owned());
    assert_eq!(expose(config.database.admin_url).as_deref(), Some("postgres://admin:hunter2@db/rowhouse"));
    assert_eq!(config.mail.smtp_url, Some("smtps://mail:hunter2@mail".parse().unwrap()));
}

#[test]
fn keys_for_secrets_come_as_a_list() {
    let [old, new] =
        ["old:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "new:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="];
    let ids = |world: World| {
        let keys = world.load().unwrap().secrets.keys;
        keys.map(|keys| keys.ids().map(str::to_owned).collect::<Vec<_>>())
    };
    assert_eq!(ids(World::valid()), None);
    let both = Some(vec!["new".to_owned(), "old".to_owned()]);
    assert_eq!(ids(World::valid().var("ROWHOUSE_SECRETS__KEYS", &format!("{new}, {old}"))), both);
    let list = format!("[secrets]\nkeys = ['{new}', '{old}']");
    assert_eq!(ids(World::valid().file("rowhouse.toml", &list)), both);
    let lines = World::valid().file("/run/keys", &format!("{new}\n{old}\n"));
    assert_eq!(ids(lines.var("ROWHOUSE_SECRETS__KEYS_FILE", "/run/keys")), both);
}

#[test]
fn a_secret_of_the_environment_wins_over_one_from_a_file() {
    let config = World::valid().file("rowhouse.toml", "[database]\nurl_file = '/not/there'").load().unwrap();
    assert_eq!(config.database.url.expose(), DATABASE);
}

#[test]
fn plans_have_times_of_their_own() {
    let given = |value: &str| World::valid().var("ROWHOUSE_DATABASE__PLAN_STATEMENT_TIMEOUTS_MS", value);
    let defaults = World::valid().load().unwrap().database.plan_statement_timeouts;
    assert_eq!(defaults["free"], Duration::from_secs(5));
    assert_eq!(given("").load().unwrap().database.plan_statement_timeouts, BTreeMap::new());
    let two = given("free=1000, enterprise=600000").load().unwrap().database.plan_statement_timeouts;
    assert_eq!(two["enterprise"], Duration::from_mins(10));
    for wrong in ["free", "free=x", "free=99", "=1000", "free=1000,free=2000"] {
        assert_eq!(given(wrong).mistakes().len(), 1, "{wrong}");
    }
}

#[test]
fn redis_has_one_of_two_schemes() {
    let given = |value: &str| World::valid().var("ROWHOUSE_LIMITS__REDIS_URL", value);
    assert_eq!(given("").load().unwrap().limits.redis_url, None);
    assert!(given("rediss://:hunter2@redis:6379/1").load().unwrap().limits.redis_url.is_some());
    assert_eq!(
        given("hunter2").mistakes(),
        [
            "limits.redis_url (ROWHOUSE_LIMITS__REDIS_URL): must be a URL that begins with redis:// or rediss:// (not shown: secret)"
        ]
    );
}

#[test]
fn debug_shows_no_secret() {
    let config = World::valid()
        .var("ROWHOUSE_MAIL__SMTP_URL", "smtps://user:hunter2@mail")
        .var("ROWHOUSE_SECRETS__KEYS", "a:aHVudGVyMmh1bnRlcjJodW50ZXIyaHVudGVyMjEyMzQ=")
        .load()
        .unwrap();
    let debug = format!("{config:?}");
    assert!(debug.contains("Secret(…)") && !debug.contains("hunter2") && !debug.contains("104, 117"), "{debug}");
}

#[test]
fn log_directives_end_in_a_level() {
    let accepted = |level: &str| World::valid().var("ROWHOUSE_LOG__LEVEL", level).load().is_ok();
    for level in ["info", "WARN", "off", "info,sqlx=warn", "info, tower_http=debug", "info,[request]=debug"] {
        assert!(accepted(level), "{level}");
    }
    for level in ["", "inof", "info,sqlx", "sqlx=loud", "info,", "info,[request"] {
        assert!(!accepted(level), "{level}");
    }
}

#[test]
fn dns_servers_have_a_port_or_the_usual_one() {
    let given = |value: &str| World::valid().var("ROWHOUSE_DOMAINS__RESOLVER", value).load().unwrap().domains.resolver;
    assert_eq!(given(""), []);
    let servers = ["10.0.0.53:53", "[::1]:5353"].map(|server| server.parse().unwrap());
    assert_eq!(given("10.0.0.53, [::1]:5353"), servers);
    let file = "[domains]\nresolver = [\"10.0.0.53\", \"[::1]:5353\"]\ntarget = \"Customers.App.Example.\"\n";
    let config = World::valid().file("rowhouse.toml", file).load().unwrap();
    assert_eq!(config.domains.resolver, servers);
    assert_eq!(config.domains.target.as_deref(), Some("customers.app.example"));
    assert_eq!(config.domains.recheck, Duration::from_hours(24));
    assert_eq!(
        World::valid()
            .var("ROWHOUSE_DOMAINS__RESOLVER", "dns.example")
            .var("ROWHOUSE_DOMAINS__TARGET", "192.0.2.1")
            .var("ROWHOUSE_DOMAINS__ADDRESSES", "customers.app.example")
            .mistakes(),
        [
            "domains.resolver = \"dns.example\" (ROWHOUSE_DOMAINS__RESOLVER): \"dns.example\" is not the address of a \
             DNS server, such as \"10.0.0.53\" or \"[::1]:5353\"",
            "domains.target = \"192.0.2.1\" (ROWHOUSE_DOMAINS__TARGET): must be a domain name without a port, such as \
             \"customers.app.example\"",
            "domains.addresses = \"customers.app.example\" (ROWHOUSE_DOMAINS__ADDRESSES): \"customers.app.example\" is \
             not an IP address",
        ]
    );
}
