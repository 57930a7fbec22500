//! `[domains]`

use std::{
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use rowhouse_platform::tenancy::host::{Host, HostAddress};

use super::{
    super::{Domains, layers::Raw},
    Reader, as_text,
};

pub(in crate::config) fn domains(reader: &mut Reader<'_>) -> Option<Domains> {
    let resolver = reader.get("domains.resolver", |raw| list(raw, server));
    let timeout = reader.duration("domains.timeout_ms", 100..=30_000, Duration::from_millis);
    let recheck = reader.duration("domains.recheck_hours", 1..=720, Duration::from_hours);
    let target = reader.text("domains.target", |text| match text.trim() {
        "" => Ok(None),
        text => name(text).map(Some),
    });
    let addresses = reader.get("domains.addresses", |raw| list(raw, address));
    Some(Domains { resolver: resolver?, timeout: timeout?, recheck: recheck?, target: target?, addresses: addresses? })
}

/// A list, or text with commas in it.
fn list<T>(raw: &Raw, parse: fn(&str) -> Result<T, String>) -> Result<Vec<T>, String> {
    match raw {
        Raw::List(items) => items.iter().map(|item| parse(as_text(item)?.trim())).collect(),
        Raw::Loose(text) | Raw::Text(text) => {
            text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(parse).collect()
        }
        _ => Err("must be a list, such as [\"192.0.2.1\"]".into()),
    }
}

fn server(text: &str) -> Result<SocketAddr, String> {
    let server = text.parse().or_else(|_| text.parse::<IpAddr>().map(|address| SocketAddr::new(address, 53)));
    server.map_err(|_| format!("{text:?} is not the address of a DNS server, such as \"10.0.0.53\" or \"[::1]:5353\""))
}

fn address(text: &str) -> Result<IpAddr, String> {
    text.parse().map_err(|_| format!("{text:?} is not an IP address"))
}

fn name(text: &str) -> Result<String, String> {
    match Host::parse(text.as_bytes()) {
        Ok(Host { address: HostAddress::Domain(name), port: None }) => Ok(name),
        Ok(_) => Err("must be a domain name without a port, such as \"customers.app.example\"".into()),
        Err(error) => Err(error.to_string()),
    }
}
