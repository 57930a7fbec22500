//! Files in a bucket of an S3 service.

use std::{fmt, time::Duration};

use object_store::{
    ClientOptions, RetryConfig,
    aws::{AmazonS3, AmazonS3Builder},
    client::{HttpClient, HttpConnector},
};
use reqwest::{Client, Url, redirect::Policy};

use super::StorageError;
use crate::fetch::tls;

/// How long the service may take to answer, and between two pieces of an answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// Which bucket, and how it is reached.
#[derive(Clone, PartialEq, Eq)]
pub struct S3Settings {
    /// Where the service is, such as `https://s3.example`; none: Amazon's, in the region.
    pub endpoint: Option<String>,
    /// The region, such as `eu-central-1`.
    pub region: String,
    /// The bucket.
    pub bucket: String,
    /// Names the key.
    pub access_key: String,
    /// The key.
    pub secret_key: String,
    /// Whether the bucket stands in the path and not before the host.
    pub path_style: bool,
}

impl fmt::Debug for S3Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("S3Settings")
            .field("endpoint", &self.endpoint)
            .field("region", &self.region)
            .field("bucket", &self.bucket)
            .field("path_style", &self.path_style)
            .finish_non_exhaustive()
    }
}

impl S3Settings {
    /// The endpoint as the client wants it: with the bucket before the host, unless it stands in the path.
    fn address(&self) -> Result<Option<String>, StorageError> {
        let Some(endpoint) = &self.endpoint else { return Ok(None) };
        let unreadable =
            |error: String| StorageError::Setup(format!("the endpoint {endpoint:?} cannot be read: {error}"));
        let mut url: Url = endpoint.parse().map_err(|error| unreadable(format!("{error}")))?;
        if !self.path_style {
            let host = url.host_str().ok_or_else(|| unreadable("it names no host".to_owned()))?;
            let host = format!("{}.{host}", self.bucket);
            url.set_host(Some(&host)).map_err(|error| unreadable(error.to_string()))?;
        }
        Ok(Some(url.as_str().trim_end_matches('/').to_owned()))
    }
}

pub(super) fn open(settings: &S3Settings) -> Result<AmazonS3, StorageError> {
    let address = settings.address()?;
    let is_plain = address.as_deref().is_some_and(|address| address.starts_with("http:"));
    let mut builder = AmazonS3Builder::new()
        .with_region(&settings.region)
        .with_bucket_name(&settings.bucket)
        .with_access_key_id(&settings.access_key)
        .with_secret_access_key(&settings.secret_key)
        .with_virtual_hosted_style_request(!settings.path_style)
        .with_allow_http(is_plain)
        .with_http_connector(Connector)
        // Somebody waits for the answer.
        .with_retry(RetryConfig { max_retries: 3, retry_timeout: PATIENCE, ..RetryConfig::default() });
    if let Some(address) = address {
        builder = builder.with_endpoint(address);
    }
    builder.build().map_err(|error| StorageError::Setup(error.to_string()))
}

/// The HTTP client: TLS as for everything else that this program fetches.
#[derive(Debug)]
struct Connector;

impl HttpConnector for Connector {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        let failed = |error: String| object_store::Error::Generic { store: "S3", source: error.into() };
        let client = Client::builder()
            .tls_backend_preconfigured(tls::config().map_err(|error| failed(error.to_string()))?)
            .redirect(Policy::none())
            .no_proxy()
            .referer(false)
            // Its sizes are counted, so nothing on the way may pack what it sends.
            .no_gzip()
            .no_brotli()
            .no_zstd()
            .no_deflate()
            .connect_timeout(Duration::from_secs(5))
            .read_timeout(PATIENCE)
            .pool_idle_timeout(Duration::from_secs(30))
            .user_agent("Rowhouse")
            .build()
            .map_err(|error| failed(error.to_string()))?;
        Ok(HttpClient::new(client))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(endpoint: Option<&str>, path_style: bool) -> S3Settings {
        S3Settings {
            endpoint: endpoint.map(ToOwned::to_owned),
            region: "eu-central-1".to_owned(),
            bucket: "files".to_owned(),
            access_key: "AKIA".to_owned(),
            secret_key: "hunter2".to_owned(),
            path_style,
        }
    }

    #[test]
    fn the_bucket_stands_in_the_path_or_before_the_host() {
        let address = |endpoint, path_style| settings(endpoint, path_style).address().unwrap();
        assert_eq!(address(None, false), None);
        assert_eq!(address(Some("http://localhost:9000/"), true).as_deref(), Some("http://localhost:9000"));
        assert_eq!(address(Some("https://s3.example"), false).as_deref(), Some("https://files.s3.example"));
        assert!(settings(Some("s3.example"), false).address().is_err());
        assert!(open(&settings(None, false)).is_ok());
        assert!(!format!("{:?}", settings(None, false)).contains("hunter2"));
    }
}
