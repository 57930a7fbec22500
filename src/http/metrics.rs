//! `GET /metrics` for Prometheus, on an address of its own: what it tells is the operator's.

use std::{
    future::{Future, pending},
    net::SocketAddr,
};

use axum::{Router, http::header, response::IntoResponse, routing::get};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use rowhouse_platform::{db::fair, rate_limit, sso::meter};
use tokio::net::TcpListener;

use super::{
    connections::{self, HEAD_TIME},
    serve::ServeError,
};

/// Begins to count, and listens; the answer serves what was counted. Once a process.
///
/// # Errors
/// [`ServeError`] where the address cannot be listened on, or something counts already.
pub(super) async fn listen(address: SocketAddr) -> Result<impl Future<Output = ()> + use<>, ServeError> {
    let listener = TcpListener::bind(address).await.map_err(|error| ServeError::ListenMetrics { address, error })?;
    let counted = recorder()?;
    tracing::info!(%address, "metrics");
    Ok(connections::serve(listener, routes(counted), HEAD_TIME, pending()))
}

fn recorder() -> Result<PrometheusHandle, BuildError> {
    let handle = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Full(meter::DURATION.to_owned()), &meter::DURATION_BUCKETS)?
        .set_buckets_for_metric(Matcher::Full(fair::WAITED.to_owned()), &fair::WAITED_BUCKETS)?
        .install_recorder()?;
    meter::describe();
    rate_limit::meter::describe();
    fair::describe();
    Ok(handle)
}

fn routes(counted: PrometheusHandle) -> Router {
    let page = move || {
        let counted = counted.clone();
        async move {
            counted.run_upkeep();
            let kind = "text/plain; version=0.0.4; charset=utf-8";
            ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "no-store")], counted.render()).into_response()
        }
    };
    Router::new().route("/metrics", get(page))
}

#[cfg(test)]
mod tests {
    use axum::{
        body::{Body, to_bytes},
        http::{Request, StatusCode},
    };
    use tower::ServiceExt as _;

    use super::*;

    #[tokio::test]
    async fn what_is_counted_is_served_as_text_and_nothing_else_is() {
        let recorder = PrometheusBuilder::new().build_recorder();
        let router = routes(recorder.handle());
        metrics::with_local_recorder(&recorder, || metrics::counter!("things_total", "kind" => "a").increment(2));
        let ask = |path: &str| {
            let request = Request::get(path).body(Body::empty()).unwrap();
            router.clone().oneshot(request)
        };
        let answer = ask("/metrics").await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        assert!(answer.headers()[header::CONTENT_TYPE].to_str().unwrap().starts_with("text/plain"));
        let text = String::from_utf8(to_bytes(answer.into_body(), 10_000).await.unwrap().to_vec()).unwrap();
        assert!(text.contains(r#"things_total{kind="a"} 2"#), "{text}");
        assert_eq!(ask("/").await.unwrap().status(), StatusCode::NOT_FOUND);
    }
}
