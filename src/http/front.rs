//! The one entrance: what every request goes through, in order.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    Router,
    extract::{ConnectInfo, Request, State},
    http::{Extensions, HeaderMap, Method, StatusCode, Version, header},
    middleware,
    response::{IntoResponse, Response},
};
use leptos::prelude::provide_context;
use rowhouse_app::{
    api::{ApiRoute, ApiRoutes},
    context::{Context, RequestContext, Services, Site, cookie_beside, session_cookie},
    error::PageError,
    routes,
};
use rowhouse_platform::{
    identity::known_device::DeviceToken,
    plan::{PlanError, SubscriptionState},
    tenancy::TenantState,
};
use tower::ServiceExt as _;
use tower_http::{
    CompressionLevel,
    compression::{
        CompressionLayer,
        predicate::{DefaultPredicate, Predicate as _},
    },
};

use crate::{api, sso, stripe};

use super::{
    ask, body, counting,
    failure::{finish, guarded},
    headers::harden,
    health::{self, Leaving},
    origin, primary, request,
    route_name::{RouteName, remember_route},
    shut::{serves_closing, serves_unpaid},
    site::{self, SiteSettings},
    static_files::StaticFiles,
};

/// What the entrance needs to know.
#[derive(Debug, Clone)]
pub struct FrontSettings {
    /// How hosts are read.
    pub site: SiteSettings,
    /// How long a request may take.
    pub request_timeout: Duration,
    /// Largest body, in bytes.
    pub body_limit: usize,
    /// Folder of the static files.
    pub site_root: std::path::PathBuf,
}

/// Everything that answers at the apex: its pages, and what Stripe asks of us.
pub fn apex_routes(development: bool) -> routes::SiteRoutes {
    api::pages(stripe::routes(routes::apex(development)))
}

/// Everything that answers at a tenant's address: its pages, and the endpoints of protocols.
pub fn tenant_routes() -> routes::SiteRoutes {
    api::pages(sso::routes(routes::tenant()))
}

/// The entrance. One a server.
pub struct Front {
    services: Arc<Services>,
    settings: FrontSettings,
    leaving: Arc<Leaving>,
    apex: Router,
    tenant: Router,
    console: Router,
    /// The tenants' routes that read their bodies as they come in.
    streamed: Vec<routes::Route>,
    api: Router,
    /// The endpoints that read their bodies as they come in.
    uploads: Vec<ApiRoute>,
    files: StaticFiles,
}

impl Front {
    /// Puts the product's routers together.
    pub fn new(services: Arc<Services>, settings: FrontSettings, leaving: Arc<Leaving>) -> Self {
        let apex = apex_routes(services.development);
        Self::with_sites(services, settings, leaving, (apex, tenant_routes()), api::routes())
    }

    /// The same with other pages at the apex and of tenants, and other endpoints, for a product of one's own and for tests.
    pub fn with_sites(
        services: Arc<Services>,
        settings: FrontSettings,
        leaving: Arc<Leaving>,
        (apex, tenant): (routes::SiteRoutes, routes::SiteRoutes),
        endpoints: ApiRoutes,
    ) -> Self {
        let site = |routes: Router| {
            routes
                .route_layer(middleware::from_fn(remember_route))
                .fallback(|| async { PageError::NotFound })
                .method_not_allowed_fallback(|| async { PageError::MethodNotAllowed })
        };
        let streamed = tenant.table().iter().filter(|route| route.streams).cloned().collect();
        let uploads = endpoints.table().iter().filter(|route| route.streams).cloned().collect();
        Self {
            apex: site(apex.into_router()),
            tenant: site(tenant.into_router()),
            console: site(routes::console().into_router()),
            streamed,
            api: site(api::router(endpoints)),
            uploads,
            files: StaticFiles::new(&settings.site_root),
            services,
            settings,
            leaving,
        }
    }

    /// Whether the handler of a request reads its body as it comes in.
    fn streams(&self, context: &RequestContext, request: &Request) -> bool {
        matches!(context.site, Site::Tenant(_))
            && self.streamed.iter().any(|route| route.answers(request.method(), request.uri().path()))
    }

    /// How long a request to the API may take; and the request, whose body has limits where it is read as it comes in.
    fn with_limits(&self, is_somebodys: bool, request: Request) -> (Duration, Request) {
        let is_upload =
            is_somebodys && self.uploads.iter().any(|route| route.answers(request.method(), request.uri().path()));
        let patience = self.settings.request_timeout;
        if is_upload {
            let uploads = self.services.uploads;
            (uploads.time, request.map(|body| body::limited(body, uploads.request_bytes(), patience)))
        } else {
            (patience, request)
        }
    }
}

/// The entrance as a router that answers every path.
pub fn router(front: Front) -> Router {
    let compression = CompressionLayer::new()
        .quality(CompressionLevel::Fastest)
        .compress_when(DefaultPredicate::new().and(may_transform));
    Router::new().fallback(enter).with_state(Arc::new(front)).layer(compression)
}

/// Whether an answer may be packed: files are sent as they are, whole or in ranges of their bytes; fonts are packed
/// already.
fn may_transform(_: StatusCode, _: Version, headers: &HeaderMap, _: &Extensions) -> bool {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    !text(header::CACHE_CONTROL).contains("no-transform") && !text(header::CONTENT_TYPE).starts_with("font/")
}

/// What the log says of a request beside its answer.
#[derive(Default)]
struct Trail {
    tenant: Option<String>,
    user: Option<String>,
}

async fn enter(State(front): State<Arc<Front>>, request: Request) -> Response {
    let started = Instant::now();
    let request_id = front.services.ambient.uuid().to_string();
    let method = request.method().clone();
    let mut trail = Trail::default();
    let mut response = answer(&front, request, &request_id, &mut trail).await;
    harden(&mut response, front.services.public.scheme == "https", &request_id);

    let route = response.extensions().get::<RouteName>().map_or("-", |route| route.0.as_str());
    let Trail { tenant, user } = trail;
    tracing::info!(
        request_id,
        tenant = tenant.as_deref().unwrap_or("-"),
        user = user.as_deref().unwrap_or("-"),
        %method,
        route,
        status = response.status().as_u16(),
        duration_ms = started.elapsed().as_secs_f64() * 1000.0,
        "request"
    );
    response
}

async fn answer(front: &Arc<Front>, mut request: Request, request_id: &str, trail: &mut Trail) -> Response {
    let path = request.uri().path();
    if let Some(response) = health::answer(path, &front.services.database, &front.leaving).await {
        return response;
    }
    if path.starts_with("/pkg/") {
        return front.files.answer(request).await;
    }
    let peer =
        request.extensions().get::<ConnectInfo<SocketAddr>>().map_or(IpAddr::from([0, 0, 0, 0]), |info| info.0.ip());
    let settings = &front.settings.site;
    let services = &front.services;
    if let Some(question) = ask::Question::read(settings, peer, &request) {
        return question.answer(settings, &services.directory).await;
    }

    let authority = site::authority(settings, peer, request.uri(), request.headers());
    let found = match &authority {
        Ok(authority) => site::find(settings, &services.directory, authority, request.uri()).await,
        Err(error) => Err(error.clone()),
    };
    let (mut found, mut failure) = match found {
        Ok(found) => (found, None),
        Err(error) => {
            (site::Found { site: Site::Nowhere, base_path: String::new(), uri: request.uri().clone() }, Some(error))
        }
    };
    // Programs have nothing to do at the console: its paths for them are none.
    let is_api = !matches!(found.site, Site::Console) && api::is_api(found.uri.path());
    let has_credentials = request.headers().contains_key(header::AUTHORIZATION);
    let mut bearer = None;
    if is_api {
        // What a browser adds by itself is nothing to the API.
        request.headers_mut().remove(header::COOKIE);
        match api::agree(services, found.site.clone(), request.headers()).await {
            Ok(agreed) => (found.site, bearer) = (agreed.site, agreed.bearer),
            Err(error) => failure = failure.or(Some(error)),
        }
    }
    let cookie = session_cookie(&found.base_path);
    let context = Arc::new(RequestContext {
        services: Arc::clone(services),
        site: found.site,
        authority: authority.unwrap_or_default(),
        base_path: found.base_path,
        request_id: request_id.to_owned(),
        device: request::device(settings, peer, request.headers(), device_token(services, request.headers(), &cookie)),
        is_fetched: request::is_fetched(request.headers()),
        session: request::session(request.headers(), &cookie),
        asked_for_link: request::token(request.headers(), &cookie_beside(&cookie, "link")),
        challenge: request::token(request.headers(), &cookie_beside(&cookie, "challenge")),
        actor: std::sync::OnceLock::new(),
        reader: std::sync::OnceLock::new(),
        news: std::sync::OnceLock::new(),
        counted: std::sync::OnceLock::new(),
        flash: request::flash(request.headers()),
    });
    if let Site::Tenant(tenant) = &context.site {
        trail.tenant = Some(tenant.home.id().to_string());
    }
    *request.uri_mut() = found.uri.clone();
    let method = request.method().clone();
    if failure.is_none() && bearer.is_none() {
        failure = counting::visit(&context, &found.uri).await.err();
    }

    if is_api {
        let call = api::call(&context, bearer, &request);
        let response = if let Some(error) = failure {
            error.into_response()
        } else {
            let (time, request) = front.with_limits(call.bearer.is_some(), request);
            guarded(time, api::dispatch(&front.api, &context, &call, request)).await
        };
        trail.user = context.actor.get().map(ToString::to_string);
        let route = response.extensions().get::<RouteName>().cloned();
        let mut response = api::finish(&context, &call, has_credentials, response);
        if let Some(route) = route {
            response.extensions_mut().insert(route);
        }
        return response;
    }
    let response = if let Some(error) = failure {
        error.into_response()
    } else {
        let time =
            if front.streams(&context, &request) { services.uploads.time } else { front.settings.request_timeout };
        guarded(time, dispatch(front, &context, request)).await
    };
    trail.user = context.actor.get().map(ToString::to_string);
    let mut response = finish(&context, &method, &found.uri, response);
    counting::say(&context, response.headers_mut());
    response
}

/// What tells the browser again: its cookie's token, or a new one, which it gets when it signs in.
fn device_token(services: &Services, headers: &HeaderMap, session_cookie: &str) -> DeviceToken {
    let kept = request::token(headers, &cookie_beside(session_cookie, "device"));
    kept.as_deref().and_then(DeviceToken::parse).unwrap_or_else(|| DeviceToken::new(&services.ambient))
}

async fn dispatch(front: &Arc<Front>, context: &Arc<RequestContext>, request: Request) -> Result<Response, PageError> {
    let router = match &context.site {
        Site::Nowhere => return Err(PageError::UnknownHost),
        Site::Tenant(tenant) if tenant.state == TenantState::Suspended => {
            // Its branding, so that the page that says so wears it; nothing else.
            if !request.uri().path().starts_with("/brand/") {
                return Err(PageError::Suspended);
            }
            &front.tenant
        }
        Site::Tenant(tenant) if tenant.state == TenantState::Closing && !serves_closing(request.uri().path()) => {
            return Err(PageError::Closing);
        }
        Site::Tenant(tenant)
            if tenant.entitlements.state == SubscriptionState::Suspended && !serves_unpaid(request.uri().path()) =>
        {
            return Err(PageError::Plan(PlanError::Suspended));
        }
        Site::Tenant(_) => &front.tenant,
        Site::Apex => &front.apex,
        // Without the operator's address of the database there is no console.
        Site::Console if front.services.operators.is_none() => return Err(PageError::UnknownHost),
        Site::Console => &front.console,
    };
    let stay = match primary::lead(context, &request) {
        primary::Lead::Away(response) => return Ok(response),
        primary::Lead::Stay => true,
        primary::Lead::Here => false,
    };
    let mut request = request;
    if !origin::is_safe(request.method()) {
        let is_tenant = matches!(context.site, Site::Tenant(_));
        let limit = if is_tenant && origin::takes_foreign(request.method(), request.uri().path()) {
            front.settings.body_limit.min(sso::BODY_LIMIT)
        } else if origin::is_own(request.headers(), &front.services.public.scheme, &context.authority) {
            front.settings.body_limit
        } else {
            return Err(PageError::ForeignOrigin);
        };
        request = if front.streams(context, &request) {
            let most = front.services.uploads.request_bytes();
            request.map(|body| body::limited(body, most, front.settings.request_timeout))
        } else {
            body::whole(request, limit).await?
        };
    }
    if request.uri().path().starts_with("/api/fn/") && !matches!(context.site, Site::Console) {
        return Ok(server_function(Context(Arc::clone(context)), request).await);
    }
    request.extensions_mut().insert(Arc::clone(context));
    match router.clone().oneshot(request).await {
        Ok(mut response) => {
            if stay {
                primary::remember_to_stay(context, &mut response);
            }
            Ok(response)
        }
        Err(never) => match never {},
    }
}

async fn server_function(context: Context, request: Request) -> Response {
    let route = request.uri().path().to_owned();
    let known = routes::server_functions().iter().any(|(path, _)| *path == route);
    if request.method() != Method::POST || !known {
        return if known { PageError::MethodNotAllowed } else { PageError::NotFound }.into_response();
    }
    let mut response = leptos_axum::handle_server_fns_with_context(move || provide_context(context.clone()), request)
        .await
        .into_response();
    response.extensions_mut().insert(RouteName(route));
    response
}
