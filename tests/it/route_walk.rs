//! Every route and every server function × (signed out, another tenant's session, each role): who is let in must be
//! what the route's row says. What is open to everybody stands in a list here, so that opening one more is seen.

use axum::http::{Method, StatusCode};
use rowhouse::http::tenant_routes;
use rowhouse_app::{
    access::Allowed,
    context::Context,
    error::PageError,
    routes::{self, Gate, Route},
};
use rowhouse_platform::access::{ManageBranding, OwnWorkspace, Role};

use crate::{
    app::{Answer, TestApp, TestTenant},
    database::{TestDatabase, Way},
};

/// Pages of a tenant that anybody may open.
const OPEN: &[&str] = &[
    "GET /",
    "GET /sign-in",
    "POST /sign-in",
    "GET /sign-in/second-factor",
    "POST /sign-in/second-factor",
    "POST /sign-out",
    "GET /welcome",
    "GET /sign-in/link",
    "POST /sign-in/link",
    "GET /sign-in/link/code",
    "POST /sign-in/link/code",
    "GET /sign-in/link/open",
    "POST /sign-in/link/open",
    "GET /reset-password",
    "POST /reset-password",
    "GET /reset-password/sent",
    "GET /reset-password/new",
    "POST /reset-password/new",
    "GET /verify-email",
    "POST /verify-email",
    "GET /confirm-email-change",
    "POST /confirm-email-change",
    "GET /join",
    "POST /join",
    "GET /join/link",
    "POST /join/link",
    "POST /sign-in/passkey/begin",
    "POST /sign-in/passkey/finish",
    "POST /sign-in/second-factor/passkey/begin",
    "POST /sign-in/second-factor/passkey/finish",
    "POST /sign-in/sso",
    // The token in the address says whose mail it is.
    "GET /unsubscribe/{token}",
    "POST /unsubscribe/{token}",
    // Each of these checks by itself what came.
    "GET /sso/{connection}/start",
    "POST /sso/{connection}/start",
    "GET /sso/{connection}/callback",
    "POST /sso/{connection}/acs",
    "GET /sso/{connection}/slo",
    "POST /sso/{connection}/slo",
    "GET /sso/{connection}/metadata",
    "GET /sso/{connection}/jwks.json",
    "POST /sso/{connection}/back-channel-logout",
    "GET /sso/{connection}/signed-out",
    // The token in the address is the proof.
    "GET /sso-setup/{token}",
    "POST /sso-setup/{token}",
    "POST /sso-setup/{token}/metadata",
    "GET /sso-setup/{token}/switch",
    "POST /sso-setup/{token}/switch",
    "GET /sso-setup/{token}/traces/{trace}",
    "GET /sso-setup/traces/{trace}",
    "GET /brand/logo/{hash}",
    "GET /brand/favicon/{hash}",
    "GET /brand/background/{hash}",
    "GET /brand/mark.svg",
    // Whoever is not signed in is shown examples that are made up.
    "GET /api/v1/docs",
];
/// Server functions that anybody may call.
const OPEN_FUNCTIONS: &[&str] = &["/api/fn/landing/check-address"];

/// A path with an id of the right form in the place of each parameter.
pub fn path(route: &Route) -> String {
    [
        ("{ticket}", "tkt_01m7pt4xtgfv4v4b4yswcshy0c"),
        ("{project}", "NONE"),
        ("{import}", "imp_01m7pt4xtgfv4v4b4yswcshy0c"),
        ("{attachment}", "att_01m7pt4xtgfv4v4b4yswcshy0c"),
        ("{label}", "lbl_01m7pt4xtgfv4v4b4yswcshy0c"),
        ("{hash}", "0123456789abcdef"),
        ("{account}", "usr_01m7pt4xtgfv4v4b4yswcshy0c"),
        ("{invitation}", "inv_01m7pt4xtgfv4v4b4yswcshy0c"),
        ("{passkey}", "pky_01m7pt4xtgfv4v4b4yswcshy0c"),
        ("{role}", "rol_01m7pt4xtgfv4v4b4yswcshy0c"),
        ("{group}", "grp_01m7pt4xtgfv4v4b4yswcshy0c"),
        ("{connection}", "sso_01m7pt4xtgfv4v4b4yswcshy0c"),
        ("{trace}", "trc_01m7pt4xtgfv4v4b4yswcshy0c"),
        ("{key}", "key_01m7pt4xtgfv4v4b4yswcshy0c"),
        ("{link}", "lnk_01m7pt4xtgfv4v4b4yswcshy0c"),
    ]
    .iter()
    .fold(route.path.to_owned(), |path, (name, value)| path.replace(name, value))
}

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Led to the sign-in page, or told to sign in.
    SignIn,
    /// Led to show credentials again.
    Confirm,
    Forbidden,
    /// Anything else: the handler ran.
    In,
}

fn outcome(answer: &Answer) -> Outcome {
    match answer.status {
        StatusCode::SEE_OTHER if answer.location().starts_with("/sign-in?") || answer.location() == "/sign-in" => {
            Outcome::SignIn
        }
        StatusCode::SEE_OTHER if answer.location().starts_with("/confirm") => Outcome::Confirm,
        StatusCode::UNAUTHORIZED => Outcome::SignIn,
        StatusCode::FORBIDDEN => Outcome::Forbidden,
        _ => Outcome::In,
    }
}

/// Asks for a page, or sends a form that says little; the cookie may be empty.
pub async fn ask(app: &TestApp, tenant: &TestTenant, method: &Method, path: &str, cookie: &str) -> Outcome {
    let ask = match *method {
        Method::GET => app.get(&tenant.host, path),
        // Server functions read their arguments before they run: these are some for each of them.
        _ => app.post(&tenant.host, path).header("accept", "application/json").form(&[
            ("q", "x"),
            ("accent", "#336699"),
            ("accent_dark", ""),
        ]),
    };
    outcome(&ask.cookie(cookie).send().await)
}

/// Where the doors are not as the rows say.
async fn violations(app: &TestApp, rows: &[(Method, String, String, Gate)]) -> Vec<String> {
    let (own, other) = (app.tenant("acme").await, app.tenant("globex").await);
    let mut violations = Vec::new();
    for (method, path, name, gate) in rows {
        let (Gate::Permission(permission, held_by) | Gate::Confirmed(permission, held_by)) = gate else {
            let is_listed = OPEN.contains(&name.as_str()) || OPEN_FUNCTIONS.contains(&name.as_str());
            if !is_listed {
                violations.push(format!("{name} is open to everybody, and not in the list of what may be"));
            }
            continue;
        };
        let roles = Role::ALL.map(|role| {
            let expected = if held_by.contains(&role) { Outcome::In } else { Outcome::Forbidden };
            (format!("{role:?}"), own.cookie_of(role).to_owned(), expected)
        });
        let strangers = [
            ("nobody".to_owned(), String::new(), Outcome::SignIn),
            ("an owner of another tenant".to_owned(), other.owner_cookie.clone(), Outcome::SignIn),
        ];
        let stale = matches!(gate, Gate::Confirmed(..))
            .then(|| ("an owner who has not confirmed lately".to_owned(), own.stale_cookie.clone(), Outcome::Confirm));
        for (who, cookie, expected) in strangers.into_iter().chain(roles).chain(stale) {
            let seen = ask(app, &own, method, path, &cookie).await;
            if seen != expected {
                violations.push(format!("{name} ({permission}) as {who}: {seen:?}, expected {expected:?}"));
            }
        }
    }
    violations
}

/// Method, path with ids in it, name, and gate of each route.
pub fn rows(table: &[Route]) -> Vec<(Method, String, String, Gate)> {
    table
        .iter()
        .map(|route| (route.method.clone(), path(route), format!("{} {}", route.method, route.path), route.gate))
        .collect()
}

#[tokio::test]
async fn every_page_lets_in_whom_it_should() {
    let app = TestApp::start().await;
    let table = rows(tenant_routes().table());
    assert!(table.len() > 10);
    assert_eq!(violations(&app, &table).await, Vec::<String>::new());
}

#[tokio::test]
async fn every_server_function_lets_in_whom_it_should() {
    let app = TestApp::start().await;
    let known = routes::server_functions();
    let mut registered: Vec<_> = leptos::server_fn::axum::server_fn_paths().map(|(path, _)| path).collect();
    registered.sort_unstable();
    let mut listed: Vec<_> = known.iter().map(|(path, _)| *path).collect();
    listed.sort_unstable();
    assert_eq!(registered, listed, "each server function stands in a row of routes::server_functions");
    let rows: Vec<_> =
        known.into_iter().map(|(path, gate)| (Method::POST, path.to_owned(), path.to_owned(), gate)).collect();
    assert_eq!(violations(&app, &rows).await, Vec::<String>::new());
}

/// A handler that forgot to ask for its permission.
async fn forgetful(context: Context) -> Result<String, PageError> {
    Ok(context.tenant()?.name.clone())
}

/// A handler that asks for the permission, and not for it to be confirmed.
async fn hasty(_: Allowed<OwnWorkspace>) -> String {
    "done".to_owned()
}

#[tokio::test]
async fn a_forgotten_check_is_seen() {
    let site = || {
        tenant_routes()
            .get("/forgetful", Gate::of::<ManageBranding>(), forgetful)
            .get("/hasty", Gate::confirmed::<OwnWorkspace>(), hasty)
            .get("/open", Gate::Public, forgetful)
    };
    let app = TestApp::on(TestDatabase::new().await, Way::Direct, &[], site());
    assert_eq!(
        violations(&app, &rows(site().table())).await,
        [
            "GET /forgetful (branding.manage) as nobody: In, expected SignIn",
            "GET /forgetful (branding.manage) as an owner of another tenant: In, expected SignIn",
            "GET /forgetful (branding.manage) as Agent: In, expected Forbidden",
            "GET /forgetful (branding.manage) as Viewer: In, expected Forbidden",
            "GET /hasty (workspace.own) as an owner who has not confirmed lately: In, expected Confirm",
            "GET /open is open to everybody, and not in the list of what may be",
        ]
    );
}
