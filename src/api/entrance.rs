//! From the entrance of the server to an endpoint.

use std::sync::Arc;

use axum::{Router, extract::Request, response::Response};
use rowhouse_app::{api::Call, context::RequestContext, error::PageError};
use rowhouse_platform::access::api_key::Bearer;
use tower::ServiceExt as _;

/// What is known of a request before its endpoint runs.
pub(crate) fn call(context: &RequestContext, bearer: Option<Bearer>, request: &Request) -> Arc<Call> {
    let (scheme, host, base) = (&context.public().scheme, &context.authority, &context.base_path);
    Arc::new(Call {
        bearer,
        method: request.method().clone(),
        address: format!("{scheme}://{host}{base}{}", request.uri().path()),
        query: request.uri().query().unwrap_or_default().to_owned(),
    })
}

/// Runs the endpoint.
pub(crate) async fn dispatch(
    router: &Router,
    context: &Arc<RequestContext>,
    call: &Arc<Call>,
    mut request: Request,
) -> Result<Response, PageError> {
    request.extensions_mut().insert(Arc::clone(context));
    request.extensions_mut().insert(Arc::clone(call));
    match router.clone().oneshot(request).await {
        Ok(response) => Ok(response),
        Err(never) => match never {},
    }
}
