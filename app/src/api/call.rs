//! What a request to the API carries, read before a handler runs.

use axum::http::{HeaderName, HeaderValue, Method, header};
use rowhouse_platform::access::api_key::Bearer;

use super::paging::with_cursor;

/// A request to the API. In the extensions of each, behind an `Arc`.
#[derive(Debug)]
pub struct Call {
    /// Who asks: a token that is of the tenant that the request is addressed to. None: there was none, it is not good, or
    /// it does not agree with the host or with `X-Tenant-ID`.
    pub bearer: Option<Bearer>,
    /// Its method.
    pub method: Method,
    /// Scheme, host and path, as the program wrote them.
    pub address: String,
    /// The query, without the question mark.
    pub query: String,
}

impl Call {
    /// A request of nobody, to nothing.
    pub fn nobody() -> Self {
        Self { bearer: None, method: Method::GET, address: String::new(), query: String::new() }
    }

    /// The address of the page that begins at a cursor: this one, with another cursor.
    pub fn page_address(&self, cursor: &str) -> String {
        format!("{}?{}", self.address, with_cursor(&self.query, cursor))
    }

    /// The header `Link` (RFC 8288) that leads to these pages, each with its relation: `next`, `prev`, `first`. None where
    /// it leads nowhere.
    pub fn link<'a>(
        &self,
        pages: impl IntoIterator<Item = (&'a str, Option<&'a str>)>,
    ) -> Option<(HeaderName, HeaderValue)> {
        let links: Vec<_> = pages
            .into_iter()
            .filter_map(|(relation, cursor)| Some(format!(r#"<{}>; rel="{relation}""#, self.page_address(cursor?))))
            .collect();
        HeaderValue::from_str(&links.join(", ")).ok().filter(|_| !links.is_empty()).map(|value| (header::LINK, value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_keep_what_was_asked_for() {
        let call = Call {
            address: "https://acme.app.example/api/v1/tickets".to_owned(),
            query: "status=open&cursor=old&q=a%20b%26c&limit=20".to_owned(),
            ..Call::nobody()
        };
        let (_, link) = call.link([("next", Some("new")), ("prev", None)]).unwrap();
        assert_eq!(
            link,
            r#"<https://acme.app.example/api/v1/tickets?status=open&q=a+b%26c&limit=20&cursor=new>; rel="next""#
        );
        assert!(call.link([("next", None)]).is_none());
    }
}
