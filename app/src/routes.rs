//! The pages of each site, and who may open them.
//!
//! The table kept beside the router is what the route walk of the tests goes through: it tries every row signed out,
//! with a session of another tenant and with a role that may not, and expects what the row's gate says.

use axum::{
    Router,
    extract::DefaultBodyLimit,
    handler::Handler,
    http::{HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
    routing,
};
use rowhouse_platform::access::{Permission, Role};

use crate::{
    account, admin, billing, console, desk,
    error::PageError,
    landing,
    ui::flash::{self, Flash},
};

/// Who may come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gate {
    /// Anybody.
    Public,
    /// Who holds this permission: its name, and the roles that hold it.
    Permission(&'static str, &'static [Role]),
    /// The same, with credentials shown within the last minutes.
    Confirmed(&'static str, &'static [Role]),
    /// An operator who is signed in to the console.
    Operator,
}

impl Gate {
    /// Those who hold the permission `P`.
    pub fn of<P: Permission>() -> Self {
        Self::Permission(P::NAME, P::HELD_BY)
    }

    /// Those who hold the permission `P` and have confirmed lately that it is them.
    pub fn confirmed<P: Permission>() -> Self {
        Self::Confirmed(P::NAME, P::HELD_BY)
    }
}

/// A row of the table.
#[derive(Debug, Clone)]
pub struct Route {
    /// How it is asked for.
    pub method: Method,
    /// Its path, parameters in braces.
    pub path: &'static str,
    /// Who may come in.
    pub gate: Gate,
    /// Whether its handler reads the body as it comes in. All others get it whole, and of a limited size.
    pub streams: bool,
}

impl Route {
    /// Whether a request is for this route.
    pub fn answers(&self, method: &Method, path: &str) -> bool {
        self.method == *method && fits(self.path, path)
    }
}

/// Whether a path is one of this pattern.
pub fn fits(pattern: &str, path: &str) -> bool {
    let mut parts = path.split('/');
    let fits = pattern.split('/').all(|pattern| {
        parts.next().is_some_and(|part| if pattern.starts_with('{') { !part.is_empty() } else { part == pattern })
    });
    fits && parts.next().is_none()
}

/// The pages of a site: the router and its table.
#[derive(Default)]
pub struct SiteRoutes {
    router: Router,
    table: Vec<Route>,
}

impl SiteRoutes {
    /// Adds what answers `GET` (and `HEAD`).
    #[must_use]
    pub fn get<H: Handler<T, ()>, T: 'static>(self, path: &'static str, gate: Gate, handler: H) -> Self {
        self.add(Method::GET, path, gate, routing::get(handler))
    }

    /// Adds what answers `POST`.
    #[must_use]
    pub fn post<H: Handler<T, ()>, T: 'static>(self, path: &'static str, gate: Gate, handler: H) -> Self {
        self.add(Method::POST, path, gate, routing::post(handler))
    }

    /// Adds what answers `POST` and reads the body as it comes in: it holds no permit and no transaction while it does.
    #[must_use]
    pub fn post_streamed<H: Handler<T, ()>, T: 'static>(self, path: &'static str, gate: Gate, handler: H) -> Self {
        let handler = routing::post(handler).layer(DefaultBodyLimit::disable());
        let mut site = self.add(Method::POST, path, gate, handler);
        if let Some(route) = site.table.last_mut() {
            route.streams = true;
        }
        site
    }

    fn add(mut self, method: Method, path: &'static str, gate: Gate, handler: routing::MethodRouter) -> Self {
        self.table.push(Route { method, path, gate, streams: false });
        Self { router: self.router.route(path, handler), table: self.table }
    }

    /// The router.
    pub fn into_router(self) -> Router {
        self.router
    }

    /// The table.
    pub fn table(&self) -> &[Route] {
        &self.table
    }
}

/// The pages of the apex; `development` adds those for developers.
pub fn apex(development: bool) -> SiteRoutes {
    landing::routes(SiteRoutes::default(), development)
}

/// The pages of a tenant.
pub fn tenant() -> SiteRoutes {
    let site = SiteRoutes::default().get("/", Gate::Public, start);
    desk::routes(billing::routes(admin::routes(account::routes(site))))
}

/// The pages of the operators' console.
pub fn console() -> SiteRoutes {
    console::routes(SiteRoutes::default())
}

/// Who may call each server function, by its path. The route walk fails on one that stands in no row.
pub fn server_functions() -> Vec<(&'static str, Gate)> {
    vec![
        ("/api/fn/landing/check-address", Gate::Public),
        ("/api/fn/desk/search", Gate::of::<desk::permission::ReadTickets>()),
        ("/api/fn/admin/preview-branding", Gate::of::<rowhouse_platform::access::ManageBranding>()),
    ]
}

/// Where somebody is sent who has to show something first, and from there back to `path`; `None` for other errors.
pub fn detour(context: &crate::context::RequestContext, error: &PageError, path: &str) -> Option<String> {
    match error {
        PageError::SignedOut => Some(account::sign_in_address(context, path)),
        PageError::SecondFactorNeeded => Some(account::leading_back(context, account::SECOND_FACTOR, path)),
        PageError::NotConfirmed => Some(account::leading_back(context, account::CONFIRM, path)),
        _ => None,
    }
}

/// `GET /` of a tenant leads to what people come for.
async fn start(context: crate::context::Context) -> Response {
    see_other(&context.href("/tickets"))
}

/// An answer that leads to another page.
pub fn see_other(location: &str) -> Response {
    match HeaderValue::from_str(location) {
        Ok(location) => (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response(),
        Err(error) => PageError::internal(error).into_response(),
    }
}

/// An answer that leads to another page, which then says what succeeded.
pub fn see_other_with(location: &str, flash: Flash) -> Response {
    let mut response = see_other(location);
    set_cookie(&mut response, flash::COOKIE, flash.word(), Some(60));
    response
}

/// Sets a cookie on this host alone, out of reach of scripts; it ends with the browser unless `max_age` (seconds) says
/// otherwise. Values are of our own making: words and hexadecimal digits.
pub fn set_cookie(response: &mut Response, name: &str, value: &str, max_age: Option<u32>) {
    let max_age = max_age.map(|seconds| format!("; Max-Age={seconds}")).unwrap_or_default();
    let cookie = format!("{name}={value}; Path=/; Secure; HttpOnly; SameSite=Lax{max_age}");
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}

/// The same for a cookie that browsers send with what other sites post here too: the answers of identity providers. What
/// it holds lets nobody in by itself.
pub fn set_foreign_cookie(response: &mut Response, name: &str, value: &str, max_age: u32) {
    let cookie = format!("{name}={value}; Path=/; Secure; HttpOnly; SameSite=None; Max-Age={max_age}");
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}

/// `?name=value&…`, or nothing where there is no pair.
pub fn query_string(pairs: &[(&str, String)]) -> String {
    if pairs.is_empty() {
        return String::new();
    }
    form_urlencoded::Serializer::for_suffix(String::from("?"), 1).extend_pairs(pairs).finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_is_found_by_its_pattern() {
        let route = |path| Route { method: Method::POST, path, gate: Gate::Public, streams: true };
        let of_ticket = route("/tickets/{ticket}/attachments");
        assert!(of_ticket.answers(&Method::POST, "/tickets/OPS-1/attachments"));
        for (method, path) in [
            (Method::GET, "/tickets/OPS-1/attachments"),
            (Method::POST, "/tickets//attachments"),
            (Method::POST, "/tickets/OPS-1/attachments/"),
            (Method::POST, "/tickets/OPS-1"),
            (Method::POST, "/tickets/OPS-1/attachments/x"),
            (Method::POST, "/tickets/OPS/1/attachments"),
        ] {
            assert!(!of_ticket.answers(&method, path), "{method} {path}");
        }
    }

    #[test]
    fn queries_are_encoded() {
        assert_eq!(query_string(&[]), "");
        assert_eq!(
            query_string(&[("q", "a&b=ü".to_owned()), ("status", "open".to_owned())]),
            "?q=a%26b%3D%C3%BC&status=open"
        );
    }
}
