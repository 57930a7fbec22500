//! Asking DNS: few questions, each with a limit on its time and on its answer.

use std::{
    fmt,
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use hickory_resolver::{
    TokioResolver,
    config::{ConnectionConfig, NameServerConfig, ResolveHosts, ResolverConfig, ResolverOpts},
    lookup::Lookup,
    net::{DnsError, NetError, runtime::TokioRuntimeProvider},
    proto::{
        op::ResponseCode,
        rr::{Name, RData, RecordType},
    },
};

/// Records of one answer that are looked at, at most.
const MOST_RECORDS: usize = 50;
/// Characters of one TXT record that are looked at, at most.
const MOST_CHARACTERS: usize = 500;

/// Whom to ask, and for how long.
#[derive(Debug, Clone)]
pub struct DnsSettings {
    /// The servers; none: the system's.
    pub servers: Vec<SocketAddr>,
    /// How long one question may take, repetitions included.
    pub timeout: Duration,
}

/// Why a question has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DnsFailure {
    /// `NXDOMAIN`: there is no such name.
    #[error("there is no such name")]
    NoSuchName,
    /// The name is there, without a record of this type.
    #[error("the name has no such record")]
    NoRecord,
    /// The server says that it cannot answer: `SERVFAIL`, `REFUSED` and the like.
    #[error("the DNS server answered with an error: {0}")]
    Server(String),
    /// Nobody answered in time.
    #[error("no DNS server answered in time")]
    Timeout,
    /// No server could be asked, or its answer could not be read.
    #[error("DNS cannot be asked: {0}")]
    Unreachable(String),
}

impl DnsFailure {
    /// Whether DNS answered, and the answer is that there is nothing.
    fn is_answer(&self) -> bool {
        matches!(self, Self::NoSuchName | Self::NoRecord)
    }
}

/// The way to DNS. Cheap to clone.
#[derive(Clone)]
pub struct Dns {
    resolver: Result<TokioResolver, String>,
    timeout: Duration,
}

impl fmt::Debug for Dns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dns").field("timeout", &self.timeout).finish_non_exhaustive()
    }
}

impl Dns {
    /// Prepares the way; nothing is sent yet. Where the system names no DNS server, each question is answered with
    /// [`DnsFailure::Unreachable`]: nothing but the tenants' domains needs one.
    pub fn new(settings: &DnsSettings) -> Self {
        let resolver = build(settings).map_err(|error| error.to_string());
        if let Err(error) = &resolver {
            tracing::warn!(error, "DNS cannot be asked, so no domain of a tenant can be proven; set domains.resolver");
        }
        Self { resolver, timeout: settings.timeout }
    }

    /// The TXT records of a name, the strings of each joined (RFC 7208, section 3.3, has the same rule).
    ///
    /// # Errors
    /// [`DnsFailure`].
    pub async fn txt(&self, name: &str) -> Result<Vec<String>, DnsFailure> {
        let lookup = self.lookup(name, RecordType::TXT).await?;
        let texts: Vec<String> = records(&lookup)
            .filter_map(|data| match data {
                RData::TXT(txt) => Some(txt.txt_data.concat()),
                _ => None,
            })
            .map(|bytes| String::from_utf8_lossy(&bytes).chars().take(MOST_CHARACTERS).collect())
            .collect();
        if texts.is_empty() { Err(DnsFailure::NoRecord) } else { Ok(texts) }
    }

    /// The addresses of a name, sorted.
    ///
    /// # Errors
    /// [`DnsFailure`], where neither question has an answer.
    pub async fn addresses(&self, name: &str) -> Result<Vec<IpAddr>, DnsFailure> {
        let (four, six) = tokio::join!(self.lookup(name, RecordType::A), self.lookup(name, RecordType::AAAA));
        let mut addresses: Vec<IpAddr> = [&four, &six]
            .into_iter()
            .flatten()
            .flat_map(records)
            .filter_map(|data| match data {
                RData::A(address) => Some(IpAddr::V4(address.0)),
                RData::AAAA(address) => Some(IpAddr::V6(address.0)),
                _ => None,
            })
            .collect();
        addresses.sort_unstable();
        addresses.dedup();
        if !addresses.is_empty() {
            return Ok(addresses);
        }
        // A half that is not known is the news: the answer may be in it.
        let failures = [four.err(), six.err()];
        let unknown = failures.iter().flatten().find(|failure| !failure.is_answer());
        Err(unknown.or(failures[0].as_ref()).cloned().unwrap_or(DnsFailure::NoRecord))
    }

    async fn lookup(&self, name: &str, kind: RecordType) -> Result<Lookup, DnsFailure> {
        let resolver = self.resolver.as_ref().map_err(|error| DnsFailure::Unreachable(error.clone()))?;
        let mut name = Name::from_ascii(name).map_err(|error| DnsFailure::Unreachable(error.to_string()))?;
        // As it is: no search domain of the system is tried behind it.
        name.set_fqdn(true);
        match tokio::time::timeout(self.timeout, resolver.lookup(name, kind)).await {
            Ok(answer) => answer.map_err(DnsFailure::from),
            Err(_) => Err(DnsFailure::Timeout),
        }
    }
}

fn records(lookup: &Lookup) -> impl Iterator<Item = &RData> {
    lookup.answers().iter().take(MOST_RECORDS).map(|record| &record.data)
}

fn build(settings: &DnsSettings) -> Result<TokioResolver, NetError> {
    let mut builder = if settings.servers.is_empty() {
        TokioResolver::builder_tokio()?
    } else {
        let servers = settings.servers.iter().map(|server| {
            let at = |mut connection: ConnectionConfig| {
                connection.port = server.port();
                connection
            };
            NameServerConfig::new(server.ip(), true, vec![at(ConnectionConfig::udp()), at(ConnectionConfig::tcp())])
        });
        let config = ResolverConfig::from_name_servers(servers.collect());
        TokioResolver::builder_with_config(config, TokioRuntimeProvider::default())
            .with_options(ResolverOpts::default())
    };
    let options = builder.options_mut();
    // Who has just set a record wants it seen; the servers that are asked remember answers anyway.
    options.cache_size = 0;
    options.use_hosts_file = ResolveHosts::Never;
    options.edns0 = true;
    options.attempts = 1;
    options.timeout = settings.timeout / 2;
    builder.build()
}

impl From<NetError> for DnsFailure {
    fn from(error: NetError) -> Self {
        match error {
            NetError::Dns(DnsError::NoRecordsFound(none)) => match none.response_code {
                ResponseCode::NXDomain => Self::NoSuchName,
                ResponseCode::NoError => Self::NoRecord,
                code => Self::Server(code.to_str().to_owned()),
            },
            NetError::Dns(DnsError::ResponseCode(code)) => Self::Server(code.to_str().to_owned()),
            NetError::Timeout => Self::Timeout,
            other => Self::Unreachable(other.to_string()),
        }
    }
}
