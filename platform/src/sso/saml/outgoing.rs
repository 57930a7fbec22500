//! A message on its way to the provider, in the person's browser.

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::{redirect, signing};
use crate::sso::{Connection, RequestBinding, connection::ConnectionSecrets};

/// Where the browser is sent, and what it carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outgoing {
    /// HTTP Redirect (SAML 2.0 Bindings, section 3.4): an address to answer with.
    Redirect(String),
    /// HTTP POST (section 3.5): a form to show.
    Post {
        /// Where it goes.
        to: String,
        /// Its hidden fields. They are not escaped.
        fields: Vec<(&'static str, String)>,
    },
}

/// What a message is, by the name of its parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Request,
    Response,
}

impl Kind {
    pub(super) fn parameter(self) -> &'static str {
        match self {
            Self::Request => "SAMLRequest",
            Self::Response => "SAMLResponse",
        }
    }
}

/// A message that is written and not yet sent.
#[derive(Debug, Clone, Copy)]
pub(super) struct Draft<'a> {
    pub(super) kind: Kind,
    /// Its ID.
    pub(super) id: &'a str,
    /// The XML up to and with the Issuer, after which a signature stands.
    pub(super) head: &'a str,
    /// The rest.
    pub(super) tail: &'a str,
    pub(super) relay_state: Option<&'a str>,
    pub(super) signed: bool,
}

impl Draft<'_> {
    /// The message to `to`, as the binding wants it.
    pub(super) fn send(
        self,
        connection: &Connection,
        secrets: &ConnectionSecrets,
        binding: RequestBinding,
        to: &str,
    ) -> Result<Outgoing, signing::SignError> {
        let Self { kind, id, head, tail, relay_state, signed } = self;
        match binding {
            RequestBinding::Redirect => {
                let key = signed.then_some(secrets.private_key.as_slice());
                Ok(Outgoing::Redirect(redirect::address(to, kind, &format!("{head}{tail}"), relay_state, key)?))
            }
            RequestBinding::Post => {
                let xml = if signed {
                    let signature = signing::template(id, &connection.certificate);
                    signing::sign(&format!("{head}{signature}{tail}"), &secrets.private_key)?
                } else {
                    format!("{head}{tail}")
                };
                let mut fields = vec![(kind.parameter(), STANDARD.encode(xml))];
                fields.extend(relay_state.map(|state| ("RelayState", state.to_owned())));
                Ok(Outgoing::Post { to: to.to_owned(), fields })
            }
        }
    }
}
