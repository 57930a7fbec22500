//! The endpoints, each with the permission that its handler's own type says.

use axum::{Router, extract::DefaultBodyLimit, handler::Handler, http::Method, middleware, routing};
use rowhouse_platform::access::{Permission, PermissionInfo};

use super::{Api, body};
use crate::routes::fits;

/// A handler whose first argument is [`Api<P>`]. Without it there is no permission, and no endpoint:
///
/// ```compile_fail,E0277
/// use rowhouse_app::api::ApiRoutes;
/// async fn forgotten() -> &'static str { "data" }
/// let _ = ApiRoutes::default().get("/api/v1/things", forgotten);
/// ```
///
/// ```
/// # use axum::response::Response;
/// # use rowhouse_platform::access::UseApi;
/// use rowhouse_app::api::{Api, ApiRoutes, Problem};
/// async fn checked(api: Api<UseApi>) -> Result<Response, Problem> { api.answer("data").await }
/// let _ = ApiRoutes::default().get("/api/v1/things", checked);
/// ```
#[diagnostic::on_unimplemented(message = "an endpoint takes `Api<P>` as its first argument")]
pub trait Endpoint {
    /// What whoever asks must hold.
    type Permission: Permission;
}

macro_rules! endpoint {
    ($($argument:ident),*) => {
        impl<M, P: Permission, $($argument),*> Endpoint for (M, Api<P>, $($argument,)*) {
            type Permission = P;
        }
    };
}

endpoint!();
endpoint!(A);
endpoint!(A, B);
endpoint!(A, B, C);
endpoint!(A, B, C, D);
endpoint!(A, B, C, D, E);
endpoint!(A, B, C, D, E, F);

/// A row of the table.
#[derive(Debug, Clone)]
pub struct ApiRoute {
    /// How it is asked for.
    pub method: Method,
    /// Its path, parameters in braces.
    pub path: &'static str,
    /// What it takes.
    pub permission: PermissionInfo,
    /// Whether its handler reads the body as it comes in. All others get it whole, and of a limited size.
    pub streams: bool,
}

impl ApiRoute {
    /// Whether a request is for this endpoint.
    pub fn answers(&self, method: &Method, path: &str) -> bool {
        self.method == *method && fits(self.path, path)
    }
}

/// Endpoints: the router and its table.
#[derive(Default)]
pub struct ApiRoutes {
    router: Router,
    table: Vec<ApiRoute>,
}

macro_rules! method {
    ($(#[$doc:meta])* $name:ident, $method:ident) => {
        $(#[$doc])*
        #[must_use]
        pub fn $name<H: Handler<T, ()>, T: Endpoint + 'static>(self, path: &'static str, handler: H) -> Self {
            self.add::<T::Permission>(Method::$method, path, routing::$name(handler))
        }
    };
}

impl ApiRoutes {
    method!(
        /// Adds what answers `GET` (and `HEAD`).
        get, GET
    );
    method!(
        /// Adds what answers `POST`.
        post, POST
    );
    method!(
        /// Adds what answers `PUT`.
        put, PUT
    );
    method!(
        /// Adds what answers `PATCH`.
        patch, PATCH
    );
    method!(
        /// Adds what answers `DELETE`.
        delete, DELETE
    );

    /// Adds what answers `POST` and reads the body itself, as it comes. It holds no transaction meanwhile
    /// ([`Api::release`]), and says what came where it goes on ([`Released::again_with`](super::Released::again_with)), so
    /// that a request that is sent again under its `Idempotency-Key` is recognised.
    #[must_use]
    pub fn upload<H: Handler<T, ()>, T: Endpoint + 'static>(mut self, path: &'static str, handler: H) -> Self {
        self.note::<T::Permission>(Method::POST, path, true);
        let handler = routing::post(handler).layer(DefaultBodyLimit::disable());
        Self { router: self.router.route(path, handler), table: self.table }
    }

    fn note<P: Permission>(&mut self, method: Method, path: &'static str, streams: bool) {
        self.table.push(ApiRoute { method, path, permission: PermissionInfo::of::<P>(), streams });
    }

    fn add<P: Permission>(mut self, method: Method, path: &'static str, handler: routing::MethodRouter) -> Self {
        self.note::<P>(method, path, false);
        let handler = handler.route_layer(middleware::from_fn(body::read));
        Self { router: self.router.route(path, handler), table: self.table }
    }

    /// The router.
    pub fn into_router(self) -> Router {
        self.router
    }

    /// The table.
    pub fn table(&self) -> &[ApiRoute] {
        &self.table
    }
}
