//! Which route answered, for the log.

use axum::{
    extract::{MatchedPath, Request},
    middleware::Next,
    response::Response,
};

/// The pattern of the route that answered, for the log: paths themselves have no bound in number.
#[derive(Clone)]
pub(super) struct RouteName(pub(super) String);

pub(super) async fn remember_route(request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let mut response = next.run(request).await;
    if let Some(route) = route {
        response.extensions_mut().insert(RouteName(route));
    }
    response
}

/// The same route's name on another answer.
pub(super) fn keep_route(from: &Response, mut to: Response) -> Response {
    if let Some(route) = from.extensions().get::<RouteName>() {
        to.extensions_mut().insert(route.clone());
    }
    to
}
