//! Who gets in where, as a table that people review: `tests/it/golden/access.md`. It is made from requests that go
//! through the real router, and a difference fails.
//!
//! `ROWHOUSE_UPDATE_GOLDEN=1 cargo nextest run -E 'test(access_table)'` accepts what is there now.

use std::{fmt::Write as _, path::PathBuf};

use axum::http::Method;
use rowhouse::http::tenant_routes;
use rowhouse_app::{
    access::catalogue,
    routes::{self, Gate},
};
use rowhouse_platform::{
    access::{AssignedRole, Grants, PermissionInfo, Role, RoleId},
    id::AccountId,
    identity::{
        EmailAddress,
        account::{self, NewAccount},
        known_device::DeviceToken,
        policy,
        session::{self, Device, Proof},
    },
};

use crate::{
    app::{TestApp, TestTenant},
    route_walk::{Outcome, ask, rows},
};

const COLUMNS: [&str; 9] = [
    "nobody",
    "other tenant",
    "owner",
    "owner, not confirmed",
    "admin",
    "agent",
    "viewer",
    "only this",
    "all but this",
];

/// A route or a server function.
struct Row {
    method: Method,
    path: String,
    name: String,
    gate: Gate,
}

impl Row {
    fn permission(&self) -> Option<&'static str> {
        match self.gate {
            Gate::Public | Gate::Operator => None,
            Gate::Permission(name, _) | Gate::Confirmed(name, _) => Some(name),
        }
    }
}

fn all_rows() -> Vec<Row> {
    let routes = rows(tenant_routes().table());
    let functions = routes::server_functions()
        .into_iter()
        .map(|(path, gate)| (Method::POST, path.to_owned(), format!("POST {path}"), gate));
    routes.into_iter().chain(functions).map(|(method, path, name, gate)| Row { method, path, name, gate }).collect()
}

/// Somebody with a role of the tenant's own that holds these permissions, whether or not such a role may.
async fn person_with(app: &TestApp, tenant: &TestTenant, name: &str, permissions: &[&str]) -> AccountId {
    let id = app.services.ambient.uuid();
    let permissions: Vec<String> = permissions.iter().map(|name| (*name).to_owned()).collect();
    sqlx::query(
        "INSERT INTO pooled.role (tenant_id, id, name, name_key, description, permissions, created_at, updated_at)
         VALUES ($1, $2, $3, lower($3), '', $4, now(), now())",
    )
    .bind(tenant.home.id().0)
    .bind(id)
    .bind(name)
    .bind(permissions)
    .execute(&mut app.db.admin().await)
    .await
    .unwrap();
    let mut tx = app.services.database.begin(&tenant.home).await.unwrap();
    let email = EmailAddress::parse(&format!("{}@roles.test", name.replace([' ', '.'], "-"))).unwrap();
    let role = AssignedRole::Custom(RoleId(id));
    let new = NewAccount { name: name.to_owned(), email, role, password_hash: None, email_verified: true };
    let account = account::insert(&mut tx, &app.services.ambient, new).await.unwrap();
    tx.commit().await.unwrap();
    account
}

async fn of_role(app: &TestApp, tenant: &TestTenant, role: Role) -> AccountId {
    let id = sqlx::query_scalar("SELECT id FROM pooled.account WHERE tenant_id = $1 AND role = $2")
        .bind(tenant.home.id().0)
        .bind(role.as_str())
        .fetch_one(&mut app.db.admin().await)
        .await
        .unwrap();
    AccountId(id)
}

/// A session that has just begun: a row may end those before it.
async fn cookie(app: &TestApp, tenant: &TestTenant, account: AccountId) -> String {
    let mut tx = app.services.database.begin(&tenant.home).await.unwrap();
    let token = DeviceToken::new(&app.services.ambient);
    let device = Device { user_agent: "test".to_owned(), address: "192.0.2.1".to_owned(), token };
    let proof = Proof::first(policy::Method::Password);
    let (ambient, lives) = (&app.services.ambient, app.services.session_policy);
    let session = session::open(&mut tx, ambient, lives, account, proof, &device).await.unwrap();
    tx.commit().await.unwrap();
    format!("__Host-session={}", session.as_str())
}

/// The same, whose credentials were shown an hour ago.
async fn stale_cookie(app: &TestApp, tenant: &TestTenant, account: AccountId) -> String {
    let cookie = cookie(app, tenant, account).await;
    sqlx::query(
        "UPDATE pooled.session SET authenticated_at = authenticated_at - interval '1 hour'
         WHERE token_hash = sha256(convert_to($1, 'UTF8'))",
    )
    .bind(cookie.split_once('=').unwrap().1)
    .execute(&mut app.db.admin().await)
    .await
    .unwrap();
    cookie
}

/// The people who hold one permission and nothing else, and all that can be given but this one.
struct Pair {
    permission: &'static str,
    only: AccountId,
    all_but: AccountId,
}

async fn pairs(app: &TestApp, tenant: &TestTenant) -> Vec<Pair> {
    let mut pairs = Vec::new();
    for permission in catalogue() {
        let others: Vec<_> = catalogue()
            .iter()
            .filter(|other| other.grantable && other.name != permission.name)
            .map(|other| other.name)
            .collect();
        pairs.push(Pair {
            permission: permission.name,
            only: person_with(app, tenant, &format!("only {}", permission.name), &[permission.name]).await,
            all_but: person_with(app, tenant, &format!("all but {}", permission.name), &others).await,
        });
    }
    pairs
}

fn word(outcome: Outcome, gate: Gate) -> &'static str {
    match outcome {
        // A page that is open to everybody and leads to the sign-in page has let in.
        _ if gate == Gate::Public && outcome != Outcome::Forbidden => "in",
        Outcome::In => "in",
        Outcome::SignIn => "sign in",
        Outcome::Confirm => "confirm",
        Outcome::Forbidden => "forbidden",
    }
}

fn line(cells: &[String]) -> String {
    format!("| {} |\n", cells.join(" | "))
}

fn head(columns: &[&str]) -> String {
    let columns: Vec<_> = columns.iter().map(|column| (*column).to_owned()).collect();
    let rule: Vec<_> = columns.iter().map(|_| "---".to_owned()).collect();
    format!("{}{}", line(&columns), line(&rule).replace(' ', ""))
}

/// The first part: what became of each request.
async fn routes_part(app: &TestApp, own: &TestTenant, other: &TestTenant, pairs: &[Pair]) -> String {
    let mut roles = Vec::new();
    for role in Role::ALL {
        roles.push(of_role(app, own, role).await);
    }
    let [owner, admin, agent, viewer] = roles.as_slice() else { panic!("four roles") };
    let stranger = of_role(app, other, Role::Owner).await;
    let mut text = head(&[["route", "permission", "confirmed"].as_slice(), &COLUMNS].concat());
    for row in all_rows() {
        let pair = row.permission().and_then(|name| pairs.iter().find(|pair| pair.permission == name));
        let mut cookies = vec![
            Some(String::new()),
            Some(cookie(app, other, stranger).await),
            Some(cookie(app, own, *owner).await),
            Some(stale_cookie(app, own, *owner).await),
        ];
        for account in [admin, agent, viewer] {
            cookies.push(Some(cookie(app, own, *account).await));
        }
        for account in [pair.map(|pair| pair.only), pair.map(|pair| pair.all_but)] {
            cookies.push(match account {
                Some(account) => Some(cookie(app, own, account).await),
                None => None,
            });
        }
        let permission = row.permission().unwrap_or("everybody").to_owned();
        let confirmed = if matches!(row.gate, Gate::Confirmed(..)) { "yes" } else { "" };
        let mut cells = vec![row.name.clone(), permission, confirmed.to_owned()];
        for cookie in cookies {
            cells.push(match cookie {
                Some(cookie) => word(ask(app, own, &row.method, &row.path, &cookie).await, row.gate).to_owned(),
                // There is no permission to have alone.
                None => String::new(),
            });
        }
        text.push_str(&line(&cells));
    }
    text
}

/// The second part: what each built-in role holds, and what can be given.
fn catalogue_part() -> String {
    let columns: Vec<_> = ["permission", "what it allows"]
        .into_iter()
        .chain(Role::ALL.map(Role::label))
        .chain(["roles of the tenant's own", "API keys"])
        .collect();
    let mut text = head(&columns);
    for permission in catalogue() {
        let mut cells = vec![permission.name.to_owned(), permission.about.to_owned()];
        cells.extend(Role::ALL.map(|role| if permission.held_by.contains(&role) { "yes" } else { "" }.to_owned()));
        cells.push(own_roles(&permission).to_owned());
        cells.push(keys(&permission).to_owned());
        text.push_str(&line(&cells));
    }
    text
}

fn own_roles(permission: &PermissionInfo) -> &'static str {
    match (Grants::default().hold(permission), permission.grantable) {
        (true, _) => "always",
        (false, true) => "can hold it",
        (false, false) => "never",
    }
}

fn keys(permission: &PermissionInfo) -> &'static str {
    match (permission.for_keys, permission.is_everybodys()) {
        (true, true) => "always",
        (true, false) => "can hold it",
        (false, _) => "never",
    }
}

fn golden() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/it/golden/access.md")
}

/// The lines that only one of two texts has, as in a patch.
fn differences(kept: &str, seen: &str) -> String {
    let (old, new): (Vec<_>, Vec<_>) = (kept.lines().collect(), seen.lines().collect());
    let mut text = String::new();
    for (sign, lines, others) in [('-', &old, &new), ('+', &new, &old)] {
        for line in lines.iter().filter(|line| !others.contains(line)) {
            writeln!(text, "{sign} {line}").unwrap();
        }
    }
    if text.is_empty() { "The same lines in another order.".to_owned() } else { text }
}

#[tokio::test]
async fn who_gets_in_where_is_as_reviewed() {
    let app = TestApp::start().await;
    let (own, other) = (app.tenant("acme").await, app.tenant("globex").await);
    let pairs = pairs(&app, &own).await;
    let seen = format!(
        "# Who gets in where\n\n\
         Made by a test from requests to the real router (`tests/it/access_table.rs`), and compared with what it finds. \
         After a change that is meant: `ROWHOUSE_UPDATE_GOLDEN=1 cargo nextest run -E 'test(access_table)'`, and review \
         the difference.\n\n\
         `only this` is somebody whose role holds the permission of the row and nothing else; `all but this` holds \
         everything that a role of the tenant’s own can hold but that one. `in`: the handler ran, whatever it answered. \
         `confirm`: credentials are asked for again.\n\n\
         ## Routes and server functions\n\n{}\n## Permissions\n\n{}",
        routes_part(&app, &own, &other, &pairs).await,
        catalogue_part()
    );
    if std::env::var_os("ROWHOUSE_UPDATE_GOLDEN").is_some() {
        std::fs::create_dir_all(golden().parent().unwrap()).unwrap();
        std::fs::write(golden(), &seen).unwrap();
        return;
    }
    let kept = std::fs::read_to_string(golden()).unwrap_or_default();
    assert!(
        kept == seen,
        "Who gets in where is not as tests/it/golden/access.md says:\n\n{}\nIf that is meant, accept it with \
         ROWHOUSE_UPDATE_GOLDEN=1 cargo nextest run -E 'test(access_table)', and review the difference.",
        differences(&kept, &seen)
    );
}

#[test]
fn every_permission_of_a_route_is_in_the_catalogue() {
    let known = catalogue();
    let unknown: Vec<_> = all_rows()
        .into_iter()
        .filter(|row| row.permission().is_some_and(|name| !known.iter().any(|known| known.name == name)))
        .map(|row| row.name)
        .collect();
    assert_eq!(unknown, Vec::<String>::new());
    let mut names: Vec<_> = known.iter().map(|known| known.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), known.len(), "each name stands for one permission");
}

#[test]
fn a_difference_is_shown_line_by_line() {
    assert_eq!(differences("a\nb\n", "a\nc\n"), "- b\n+ c\n");
    assert_eq!(differences("a\nb\n", "b\na\n"), "The same lines in another order.");
}
