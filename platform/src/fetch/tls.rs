//! TLS for the client: the certificate authorities of the system, and *ring*, as for mail.

use std::sync::Arc;

use rustls::{ClientConfig, RootCertStore, crypto::ring};

use super::FetchError;

pub(crate) fn config() -> Result<ClientConfig, FetchError> {
    let mut roots = RootCertStore::empty();
    let native = rustls_native_certs::load_native_certs();
    for error in &native.errors {
        tracing::warn!(%error, "a certificate authority of the system cannot be read");
    }
    let (added, _) = roots.add_parsable_certificates(native.certs);
    if added == 0 {
        tracing::warn!("the system trusts no certificate authority (ca-certificates): no https address can be fetched");
    }
    ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map(|builder| builder.with_root_certificates(roots).with_no_client_auth())
        .map_err(|error| FetchError::Setup(error.to_string()))
}
