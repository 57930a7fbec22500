//! Connection URLs for the roles of the server, from the URL of an administrator.

use std::fs::{self, File, Permissions};
use std::io::{Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::checkout::{Checkout, hex};
use crate::postgres::Cluster;

/// What the server's configuration names.
pub(crate) struct Urls {
    /// Migrates: a superuser or the owner.
    pub(crate) admin: String,
    /// Serves.
    pub(crate) app: String,
    /// Reads across tenants for the operator's console.
    pub(crate) operator: String,
}

impl Urls {
    /// For a database of an embedded cluster, where the socket's folder is the wall and no password is needed.
    pub(crate) fn embedded(cluster: &Cluster, database: &str) -> Self {
        Self {
            admin: cluster.url(database, "postgres"),
            app: cluster.url(database, "rowhouse_app"),
            operator: cluster.url(database, "rowhouse_operator"),
        }
    }

    /// For someone else's server: the roles get passwords of their own, made once and kept in `.rowhouse/`.
    ///
    /// # Errors
    /// When `admin` is no PostgreSQL URL, or the passwords cannot be kept.
    pub(crate) fn external(checkout: &Checkout, admin: &str) -> Result<Self> {
        let passwords = passwords(&checkout.state().join("passwords.json"))?;
        let password =
            |role: &str| passwords[role].as_str().with_context(|| format!("passwords.json has no password of {role}"));
        Ok(Self {
            admin: admin.to_owned(),
            app: as_role(admin, "rowhouse_app", password("rowhouse_app")?)?,
            operator: as_role(admin, "rowhouse_operator", password("rowhouse_operator")?)?,
        })
    }

    /// The environment of the server.
    pub(crate) fn environment(&self) -> [(&'static str, &str); 4] {
        [
            ("ROWHOUSE_DATABASE__URL", &self.app),
            ("ROWHOUSE_DATABASE__ADMIN_URL", &self.admin),
            ("ROWHOUSE_DATABASE__OPERATOR_URL", &self.operator),
            ("ROWHOUSE_DATABASE__LISTEN_URL", &self.app),
        ]
    }
}

/// The same server and database as another role, named before the `@`. A role in the query would win over that one,
/// so it goes; and a socket's folder moves from the query to the host, since nothing may stand before an empty host.
fn as_role(url: &str, role: &str, password: &str) -> Result<String> {
    let Some((scheme, rest)) = url.split_once("://") else {
        bail!("`{url}` is no PostgreSQL URL: postgres://user:password@host:5432/database is one");
    };
    if !["postgres", "postgresql"].contains(&scheme) {
        bail!("`{scheme}` is not the scheme of a PostgreSQL URL: postgres:// or postgresql:// is");
    }
    let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, path) = place.find('/').map_or((place, ""), |slash| place.split_at(slash));
    let mut host = authority.rsplit_once('@').map_or(authority, |(_, host)| host).to_owned();
    let mut kept = Vec::new();
    let mut port = None;
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        match pair.split_once('=') {
            Some(("user" | "password", _)) => {}
            Some(("host", value)) => host = value.replace('/', "%2F"),
            Some(("port", value)) => port = Some(value),
            _ => kept.push(pair),
        }
    }
    if let Some(port) = port {
        // The query's port wins over the host's.
        let without = host
            .rsplit_once(':')
            .filter(|(_, digits)| digits.bytes().all(|byte| byte.is_ascii_digit()))
            .map_or(host.as_str(), |(without, _)| without);
        host = format!("{without}:{port}");
    }
    if host.is_empty() || host.starts_with(':') {
        host.insert_str(0, "localhost");
    }
    let query = if kept.is_empty() { String::new() } else { format!("?{}", kept.join("&")) };
    Ok(format!("{scheme}://{role}:{password}@{host}{path}{query}"))
}

fn passwords(file: &Path) -> Result<Value> {
    if fs::exists(file)? {
        fs::set_permissions(file, Permissions::from_mode(0o600))?;
        return serde_json::from_str(&fs::read_to_string(file)?)
            .with_context(|| format!("{} is not what it was written as", file.display()));
    }
    let made = json!({ "rowhouse_app": password()?, "rowhouse_operator": password()? });
    let mut options = File::options();
    options.create_new(true).write(true).mode(0o600);
    options.open(file)?.write_all(made.to_string().as_bytes())?;
    Ok(made)
}

/// 192 bits from the kernel, in hexadecimal digits.
fn password() -> Result<String> {
    let mut bytes = [0; 24];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(hex(&bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_role_is_replaced_wherever_it_stands() {
        let role = |url| as_role(url, "rowhouse_app", "secret").expect("a URL");
        assert_eq!(
            role("postgres://anna:p%40ss@db.example:5433/house?sslmode=require"),
            "postgres://rowhouse_app:secret@db.example:5433/house?sslmode=require"
        );
        assert_eq!(
            role("postgresql:///house?host=/run/postgresql&port=5433&user=postgres&password=x"),
            "postgresql://rowhouse_app:secret@%2Frun%2Fpostgresql:5433/house"
        );
        assert_eq!(role("postgres://localhost/house"), "postgres://rowhouse_app:secret@localhost/house");
        assert_eq!(role("postgres://[::1]:5432/house?port=6432"), "postgres://rowhouse_app:secret@[::1]:6432/house");
    }

    #[test]
    fn another_kind_of_url_is_refused() {
        assert!(as_role("mysql://localhost/house", "r", "p").is_err());
        assert!(as_role("house", "r", "p").is_err());
    }

    #[test]
    fn passwords_are_made_once_and_private() {
        let file = std::env::temp_dir().join(format!("xtask-passwords-{}", std::process::id()));
        let first = passwords(&file).expect("made");
        let mode = fs::metadata(&file).expect("kept").permissions().mode();
        let second = passwords(&file).expect("read");
        fs::remove_file(&file).expect("removed");
        assert_eq!(first, second);
        assert_eq!(mode & 0o777, 0o600);
        assert_ne!(first["rowhouse_app"], first["rowhouse_operator"]);
    }
}
