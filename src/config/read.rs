//! Turns the collected values into typed ones and notes what is wrong with them.

mod api;
mod billing;
mod database;
mod domains;
mod limits;
mod storage;

pub(super) use self::{
    api::api, billing::billing, database::database, domains::domains, limits::limits, storage::storage,
};

use std::{
    fmt::Display,
    io,
    net::{IpAddr, SocketAddr},
    ops::RangeInclusive,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use ipnet::IpNet;
use rowhouse_platform::{
    mail::smtp::{SenderAddressError, SmtpUrl, SmtpUrlError},
    secrets::SecretKeys,
};
use tracing_subscriber::{EnvFilter, filter::LevelFilter};

use super::{
    Audit, Log, LogFormat, Mail, Metrics, Mode, Outbound, PublicUrl, Secret, Secrets, Server, SignIn, Tenancy,
    UrlScheme,
    error::Problem,
    layers::{Entry, Layers, Raw, SECRETS},
};

/// Hands out each value once and keeps the problems.
pub(super) struct Reader<'a> {
    layers: Layers,
    read_file: &'a dyn Fn(&Path) -> io::Result<String>,
    #[cfg(test)]
    pub(super) asked: std::collections::BTreeSet<String>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(layers: Layers, read_file: &'a dyn Fn(&Path) -> io::Result<String>) -> Self {
        Self {
            layers,
            read_file,
            #[cfg(test)]
            asked: std::collections::BTreeSet::new(),
        }
    }

    pub(super) fn into_problems(self) -> Vec<Problem> {
        self.layers.problems
    }

    /// Notes that a value is not allowed, whichever way it was given.
    fn refuse(&mut self, key: &str, message: impl Into<String>) {
        if let Some(Entry { raw, origin, .. }) = self.layers.entries.get(key) {
            let is_secret = SECRETS.contains(&key);
            self.layers.problems.push(Problem {
                key: key.to_owned(),
                value: raw.shown().filter(|_| !is_secret),
                origin: origin.clone(),
                message: message.into(),
            });
        }
    }

    fn get<T>(&mut self, key: &str, parse: impl Fn(&Raw) -> Result<T, String>) -> Option<T> {
        #[cfg(test)]
        self.asked.insert(key.to_owned());
        let raw = self.layers.entries.get(key)?.raw.clone();
        match parse(&raw) {
            Ok(value) => Some(value),
            Err(message) => {
                self.refuse(key, message);
                None
            }
        }
    }

    fn text<T>(&mut self, key: &str, parse: impl Fn(&str) -> Result<T, String>) -> Option<T> {
        self.get(key, |raw| parse(as_text(raw)?))
    }

    fn integer<T>(&mut self, key: &str, range: RangeInclusive<T>) -> Option<T>
    where
        T: TryFrom<i64> + PartialOrd + Display,
    {
        self.get(key, |raw| {
            let number = match raw {
                Raw::Integer(digits, base) => i64::from_str_radix(digits, *base).ok(),
                Raw::Loose(text) => text.trim().parse().ok(),
                _ => None,
            };
            number.and_then(|number| T::try_from(number).ok()).filter(|number| range.contains(number)).ok_or_else(
                || {
                    let (least, most) = (range.start(), range.end());
                    let quoted = match raw {
                        Raw::Text(_) => ", without quotation marks",
                        _ => "",
                    };
                    format!("must be a whole number from {least} to {most}{quoted}")
                },
            )
        })
    }

    fn duration(&mut self, key: &str, range: RangeInclusive<u64>, unit: fn(u64) -> Duration) -> Option<Duration> {
        self.integer(key, range).map(unit)
    }

    fn flag(&mut self, key: &str) -> Option<bool> {
        self.get(key, |raw| match raw {
            Raw::Bool(flag) => Ok(*flag),
            Raw::Loose(text) if text == "true" => Ok(true),
            Raw::Loose(text) if text == "false" => Ok(false),
            Raw::Text(_) => Err("must be true or false, without quotation marks".into()),
            _ => Err("must be true or false".into()),
        })
    }

    fn choice<T: Copy>(&mut self, key: &str, choices: [(&str, T); 2]) -> Option<T> {
        self.text(key, |text| {
            let found = choices.iter().find(|(name, _)| *name == text);
            found.map(|(_, value)| *value).ok_or_else(|| {
                let [(first, _), (second, _)] = choices;
                format!("must be \"{first}\" or \"{second}\"")
            })
        })
    }

    /// A secret URL of one of these schemes, or nothing in it.
    fn secret_url(&mut self, key: &str, schemes: [&str; 2]) -> Option<Secret> {
        if self.layers.entries.get(key)?.is_path {
            self.read_secret(key)?;
        }
        self.text(key, |text| {
            let text = text.trim();
            let has_scheme = |scheme: &&str| {
                let rest = text.strip_prefix(*scheme).and_then(|rest| rest.strip_prefix("://"));
                rest.is_some_and(|rest| !rest.is_empty())
            };
            if text.is_empty() || schemes.iter().any(has_scheme) {
                return Ok(Secret::new(text.to_owned()));
            }
            let [first, second] = schemes;
            Err(format!("must be a URL that begins with {first}:// or {second}:// (not shown: secret)"))
        })
    }

    /// Puts the content of a secret's file in the place of its path.
    fn read_secret(&mut self, key: &str) -> Option<()> {
        let path = self.get(key, |raw| as_text(raw).map(str::to_owned))?;
        match (self.read_file)(Path::new(&path)) {
            Ok(content) => {
                self.layers.entries.get_mut(key)?.raw = Raw::Loose(content);
                Some(())
            }
            Err(error) => {
                self.refuse(key, format!("the file {path:?} cannot be read: {error}"));
                None
            }
        }
    }
}

fn as_text(raw: &Raw) -> Result<&str, String> {
    match raw {
        Raw::Text(text) | Raw::Loose(text) => Ok(text),
        _ => Err("must be text in quotation marks".into()),
    }
}

pub(super) fn server(reader: &mut Reader<'_>) -> Option<Server> {
    let modes = [("development", Mode::Development), ("production", Mode::Production)];
    let mode = reader.choice("server.mode", modes);
    let listen: Option<SocketAddr> = reader.text("server.listen", |text| {
        text.parse().map_err(|_| "must be an IP address and a port, such as \"0.0.0.0:3000\" or \"[::]:3000\"".into())
    });
    let public_url = public_url(reader, mode, listen);
    let trusted_proxies = reader.get("server.trusted_proxies", networks);
    let site_root = reader.text("server.site_root", |text| match text {
        "" => Err("must be the path of a directory".into()),
        path => Ok(PathBuf::from(path)),
    });
    let shutdown_grace = reader.duration("server.shutdown_grace_seconds", 0..=600, Duration::from_secs);
    let request_timeout = reader.duration("server.request_timeout_seconds", 1..=600, Duration::from_secs);
    let body_limit_kib: Option<u32> = reader.integer("server.body_limit_kib", 1..=102_400);
    Some(Server {
        mode: mode?,
        listen: listen?,
        public_url: public_url?,
        trusted_proxies: trusted_proxies?,
        site_root: site_root?,
        shutdown_grace: shutdown_grace?,
        request_timeout: request_timeout?,
        body_limit: usize::try_from(body_limit_kib?).ok()? * 1024,
    })
}

fn public_url(reader: &mut Reader<'_>, mode: Option<Mode>, listen: Option<SocketAddr>) -> Option<PublicUrl> {
    let key = "server.public_url";
    let given: Option<PublicUrl> = reader.text(key, |text| match text {
        "" => Ok(None),
        text => text.parse().map(Some),
    })?;
    let url = match (given, mode) {
        (Some(url), _) => url,
        (None, Some(Mode::Development)) => PublicUrl::localhost(listen?.port()),
        (None, Some(Mode::Production)) => {
            let required = "is required: where people reach the server, such as \"https://app.example\"";
            reader.refuse(key, required);
            return None;
        }
        // Whether it is required cannot be told; the mode has been refused already.
        (None, None) => return None,
    };
    if mode == Some(Mode::Production) && url.scheme == UrlScheme::Http {
        reader.refuse(key, "must begin with https:// in production");
        return None;
    }
    Some(url)
}

fn networks(raw: &Raw) -> Result<Vec<IpNet>, String> {
    let parse = |text: &str| {
        let network = text.parse().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
        network.map_err(|_| format!("{text:?} is not an address or a network, such as \"10.0.0.0/8\" or \"::1\""))
    };
    match raw {
        Raw::Loose(text) if text.trim().is_empty() => Ok(Vec::new()),
        Raw::Loose(text) => text.split(',').map(|item| parse(item.trim())).collect(),
        Raw::List(items) => items.iter().map(|item| parse(as_text(item)?)).collect(),
        _ => Err("must be a list, such as [\"10.0.0.0/8\"]".into()),
    }
}

pub(super) fn log(reader: &mut Reader<'_>) -> Option<Log> {
    let formats = [("human", LogFormat::Human), ("json", LogFormat::Json)];
    let format = reader.choice("log.format", formats);
    let level = reader.text("log.level", |text| {
        let text = &text.replace(", ", ",");
        let is_valid = names_levels(text) && EnvFilter::builder().parse(text).is_ok();
        is_valid.then(|| text.to_owned()).ok_or_else(|| {
            "must be a level (error, warn, info, debug, trace) or directives such as \"info,sqlx=warn\"".into()
        })
    });
    Some(Log { format: format?, level: level? })
}

/// Whether every directive ends in a level. `EnvFilter` takes a bare word such as `inof` as the name
/// of a part of the program, and would log nothing else.
fn names_levels(directives: &str) -> bool {
    directives.split(',').all(|directive| {
        let level = directive.rsplit('=').next().unwrap_or_default().trim();
        let is_level = !level.is_empty() && level.parse::<LevelFilter>().is_ok();
        is_level || directive.contains(['[', ']'])
    })
}

pub(super) fn tenancy(reader: &mut Reader<'_>) -> Option<Tenancy> {
    let cache_for = reader.duration("tenancy.cache_seconds", 1..=86_400, Duration::from_secs);
    let cache_capacity = reader.integer("tenancy.cache_capacity", 1..=10_000_000);
    let negative_capacity = reader.integer("tenancy.negative_capacity", 1..=10_000_000);
    let poll_interval = reader.duration("tenancy.poll_interval_ms", 100..=600_000, Duration::from_millis);
    let path_prefix = reader.flag("tenancy.path_prefix");
    Some(Tenancy {
        cache_for: cache_for?,
        cache_capacity: cache_capacity?,
        negative_capacity: negative_capacity?,
        poll_interval: poll_interval?,
        path_prefix: path_prefix?,
    })
}

pub(super) fn sign_in(reader: &mut Reader<'_>) -> Option<SignIn> {
    let idle_key = "sign_in.session_idle_minutes";
    let session_idle = reader.duration(idle_key, 1..=43_200, Duration::from_mins);
    let lifetime_key = "sign_in.session_lifetime_hours";
    let session_lifetime = reader.duration(lifetime_key, 1..=8760, Duration::from_hours);
    if let (Some(idle), Some(lifetime)) = (session_idle, session_lifetime)
        && idle > lifetime
    {
        reader.refuse(idle_key, format!("must not be longer than {lifetime_key}"));
    }
    let limits =
        ["sign_in.attempts_per_account_and_address", "sign_in.attempts_per_account", "sign_in.attempts_per_address"]
            .map(|key| reader.integer(key, 1..=100_000));
    let window = reader.duration("sign_in.window_minutes", 1..=1440, Duration::from_mins);
    Some(SignIn {
        session_idle: session_idle?,
        session_lifetime: session_lifetime?,
        attempts_per_account_and_address: limits[0]?,
        attempts_per_account: limits[1]?,
        attempts_per_address: limits[2]?,
        window: window?,
    })
}

pub(super) fn mail(reader: &mut Reader<'_>) -> Option<Mail> {
    let smtp_url = smtp_url(reader);
    let from = reader.text("mail.from", |text| text.parse().map_err(|error: SenderAddressError| error.to_string()));
    let attempts = reader.integer("mail.attempts", 1..=50);
    let parallel = reader.integer("mail.parallel", 1..=50);
    let timeout = reader.duration("mail.timeout_seconds", 1..=120, Duration::from_secs);
    let poll_interval = reader.duration("mail.poll_interval_ms", 50..=60_000, Duration::from_millis);
    let keep_days: Option<u64> = reader.integer("mail.keep_days", 1..=3650);
    Some(Mail {
        smtp_url: smtp_url.ok()?,
        from: from?,
        attempts: attempts?,
        parallel: parallel?,
        timeout: timeout?,
        poll_interval: poll_interval?,
        keep: Duration::from_hours(keep_days? * 24),
    })
}

/// Nothing in it is allowed: then no mail is sent.
fn smtp_url(reader: &mut Reader<'_>) -> Result<Option<SmtpUrl>, Refused> {
    let key = "mail.smtp_url";
    let Some(url) = reader.secret_url(key, ["smtps", "smtp"]).ok_or(Refused)?.if_given() else { return Ok(None) };
    url.expose().parse().map(Some).map_err(|error: SmtpUrlError| {
        reader.refuse(key, format!("{error} (not shown: secret)"));
        Refused
    })
}

/// A value that is not allowed, which has been noted.
struct Refused;

pub(super) fn secrets(reader: &mut Reader<'_>) -> Option<Secrets> {
    let key = "secrets.keys";
    if reader.layers.entries.get(key)?.is_path {
        reader.read_secret(key)?;
    }
    let keys = reader.get(key, |raw| {
        let entries: Vec<&str> = match raw {
            Raw::Loose(text) => {
                text.split(|c: char| c == ',' || c.is_whitespace()).filter(|entry| !entry.is_empty()).collect()
            }
            Raw::List(items) => items.iter().map(as_text).collect::<Result<_, _>>()?,
            _ => return Err("must be a list of texts, such as [\"id:key\"] (not shown: secret)".into()),
        };
        if entries.is_empty() {
            return Ok(None);
        }
        let keys = SecretKeys::parse(entries)
            .map_err(|error| format!("{error}; `rowhouse secret new-key` makes one (not shown: secret)"))?;
        Ok(Some(Arc::new(keys)))
    });
    Some(Secrets { keys: keys? })
}

pub(super) fn outbound(reader: &mut Reader<'_>) -> Option<Outbound> {
    Some(Outbound { allow_loopback: reader.flag("outbound.allow_loopback")? })
}

pub(super) fn audit(reader: &mut Reader<'_>) -> Option<Audit> {
    Some(Audit { retention_days: reader.integer("audit.retention_days", 0..=36_500)? })
}

pub(super) fn metrics(reader: &mut Reader<'_>) -> Option<Metrics> {
    let listen = reader.text("metrics.listen", |text| match text.trim() {
        "" => Ok(None),
        text => text.parse().map(Some).map_err(|_| {
            "must be an IP address and a port, such as \"127.0.0.1:9464\", or empty for no metrics".into()
        }),
    });
    Some(Metrics { listen: listen? })
}
