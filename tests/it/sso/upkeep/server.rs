//! A provider's metadata, by HTTP on loopback.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use axum::{
    Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Response},
    routing::get,
};
use tokio::{net::TcpListener, sync::Semaphore};

use super::ENTITY;

#[derive(Debug)]
struct Shared {
    answer: Mutex<(StatusCode, String)>,
    asked: AtomicUsize,
    gate: Semaphore,
}

/// It answers as it is told to, and counts.
pub(super) struct MetadataServer {
    pub(super) url: String,
    shared: Arc<Shared>,
}

async fn answer(State(shared): State<Arc<Shared>>) -> Response {
    shared.asked.fetch_add(1, Ordering::SeqCst);
    let _pass = shared.gate.acquire().await;
    shared.answer.lock().unwrap().clone().into_response()
}

/// Metadata as a provider writes it.
pub(super) fn metadata(entity: &str, certificates: &[&str]) -> String {
    let keys = certificates
        .iter()
        .map(|text| {
            format!(
                "<KeyDescriptor use=\"signing\"><KeyInfo xmlns=\"http://www.w3.org/2000/09/xmldsig#\"><X509Data>\
                 <X509Certificate>{text}</X509Certificate></X509Data></KeyInfo></KeyDescriptor>"
            )
        })
        .collect::<Vec<_>>()
        .concat();
    format!(
        "<EntityDescriptor xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\" entityID=\"{entity}\"><IDPSSODescriptor \
         protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\">{keys}\
         <SingleLogoutService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\" Location=\"https://idp.test/slo\"/>\
         <SingleSignOnService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\" Location=\"https://idp.test/new\"/>\
         </IDPSSODescriptor></EntityDescriptor>"
    )
}

impl MetadataServer {
    pub(super) async fn start() -> Self {
        let shared = Arc::new(Shared {
            answer: Mutex::new((StatusCode::NOT_FOUND, String::new())),
            asked: AtomicUsize::new(0),
            gate: Semaphore::new(100),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/metadata", listener.local_addr().unwrap());
        let router = Router::new().route("/metadata", get(answer)).with_state(Arc::clone(&shared));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, shared }
    }

    pub(super) fn set(&self, status: StatusCode, body: String) {
        *self.shared.answer.lock().unwrap() = (status, body);
    }

    /// The provider has these certificates.
    pub(super) fn has(&self, certificates: &[&str]) {
        self.set(StatusCode::OK, metadata(ENTITY, certificates));
    }

    /// How often it was asked.
    pub(super) fn asked(&self) -> usize {
        self.shared.asked.load(Ordering::SeqCst)
    }

    /// From now on it does not answer.
    pub(super) async fn close_gate(&self) {
        self.shared.gate.acquire_many(100).await.unwrap().forget();
    }

    /// It answers again.
    pub(super) fn open_gate(&self) {
        self.shared.gate.add_permits(100);
    }
}
