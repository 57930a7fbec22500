//! Asking a provider to sign somebody in: `AuthnRequest` (SAML 2.0 Core, section 3.4.1).

use time::OffsetDateTime;

use super::{
    markup::{POST, escape, instant},
    names::{ASSERTION, PROTOCOL},
    outgoing::{Draft, Kind, Outgoing},
};
use crate::sso::{
    Connection, NameIdFormat, Reason, Refused, RequestBinding, SamlSettings, connection::ConnectionSecrets, flow::Begun,
};

/// The request of a flow that was begun. `again`: the person has to show credentials again, even if they are signed in
/// there.
///
/// # Errors
/// [`Refused`] with [`Reason::Settings`] where the connection has no address to send it to, or its key cannot sign.
pub fn sign_on(
    connection: &Connection,
    settings: &SamlSettings,
    secrets: &ConnectionSecrets,
    begun: &Begun,
    again: bool,
    now: OffsetDateTime,
) -> Result<Outgoing, Refused> {
    let (binding, to) = destination(settings)?;
    let force = if again { " ForceAuthn=\"true\"" } else { "" };
    let head = format!(
        "<samlp:AuthnRequest xmlns:samlp=\"{PROTOCOL}\" xmlns:saml=\"{ASSERTION}\" ID=\"{id}\" Version=\"2.0\" \
         IssueInstant=\"{now}\" Destination=\"{to}\"{force} ProtocolBinding=\"{POST}\" \
         AssertionConsumerServiceURL=\"{acs}\"><saml:Issuer>{issuer}</saml:Issuer>",
        id = escape(&begun.request_id),
        now = instant(now),
        to = escape(to),
        acs = escape(&connection.endpoint("acs")),
        issuer = escape(&connection.endpoint("metadata")),
    );
    let tail = format!("{}</samlp:AuthnRequest>", name_id_policy(settings.name_id_format));
    let draft = Draft {
        kind: Kind::Request,
        id: &begun.request_id,
        head: &head,
        tail: &tail,
        relay_state: Some(&begun.state),
        signed: settings.signs_requests,
    };
    Ok(draft.send(connection, secrets, binding, to)?)
}

/// The binding of the settings if the provider has an address for it, and else the other.
fn destination(settings: &SamlSettings) -> Result<(RequestBinding, &str), Refused> {
    let redirect = settings.sign_on_redirect.as_deref().map(|to| (RequestBinding::Redirect, to));
    let post = settings.sign_on_post.as_deref().map(|to| (RequestBinding::Post, to));
    let found = match settings.request_binding {
        RequestBinding::Redirect => redirect.or(post),
        RequestBinding::Post => post.or(redirect),
    };
    found.ok_or_else(|| {
        let words = "The connection does not say where the provider takes requests: its sign-on address (SingleSignOnService) \
                     is missing.";
        Refused::new(Reason::Settings, words)
    })
}

fn name_id_policy(format: NameIdFormat) -> String {
    match format {
        // Saying “unspecified” makes some providers refuse; saying nothing leaves it to them.
        NameIdFormat::Unspecified => "<samlp:NameIDPolicy AllowCreate=\"true\"/>".to_owned(),
        // A new name each time: AllowCreate must not be said (SAML 2.0 Errata, E14).
        NameIdFormat::Transient => format!("<samlp:NameIDPolicy Format=\"{}\"/>", format.urn()),
        NameIdFormat::Persistent | NameIdFormat::EmailAddress => {
            format!("<samlp:NameIDPolicy Format=\"{}\" AllowCreate=\"true\"/>", format.urn())
        }
    }
}

#[cfg(test)]
mod tests;
