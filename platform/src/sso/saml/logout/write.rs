//! What goes to the provider.

use time::{Duration, OffsetDateTime};

use crate::sso::{
    Connection, LogoutHandle, NameId, Reason, Refused, RequestBinding, SamlSettings,
    connection::ConnectionSecrets,
    saml::{
        markup::{escape, instant},
        names::{ASSERTION, PROTOCOL},
        outgoing::{Draft, Kind, Outgoing},
    },
};

/// For how long a request of ours is good.
const LIFE: Duration = Duration::minutes(5);

/// What we answer to a request to sign somebody out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogoutStatus {
    /// The sessions that were named are ended, or there were none.
    Success,
    /// The request was refused.
    Refused,
}

/// Asks the provider to sign somebody out. `id` ([`new_id`](crate::sso::saml::new_id)) is what its answer has to name,
/// and `relay_state` what comes back with it: at most 80 bytes.
///
/// `None`: the provider takes no such requests, or nothing is known of the session there.
///
/// # Errors
/// [`Refused`] where the connection's key cannot sign.
pub fn request(
    connection: &Connection,
    settings: &SamlSettings,
    secrets: &ConnectionSecrets,
    handle: &LogoutHandle,
    id: &str,
    relay_state: &str,
    now: OffsetDateTime,
) -> Result<Option<Outgoing>, Refused> {
    let (Some((binding, to)), Some(name_id)) = (destination(settings), &handle.name_id) else {
        return Ok(None);
    };
    let head = head("LogoutRequest", connection, id, to, &format!(" NotOnOrAfter=\"{}\"", instant(now + LIFE)), now);
    let session = handle.provider_session.as_deref().map(|session| {
        // Without it, every session of the person would end.
        format!("<samlp:SessionIndex>{}</samlp:SessionIndex>", escape(session))
    });
    let tail = format!("{}{}</samlp:LogoutRequest>", name_id_element(name_id), session.unwrap_or_default());
    let relay_state = Some(relay_state);
    let draft = Draft { kind: Kind::Request, id, head: &head, tail: &tail, relay_state, signed: true };
    Ok(Some(draft.send(connection, secrets, binding, to)?))
}

/// Answers a request of the provider's, `in_response_to`. `relay_state` is what came with it: it goes back as it is.
///
/// # Errors
/// [`Refused`] with [`Reason::Settings`] where the provider takes no answers, or the connection's key cannot sign.
#[expect(clippy::too_many_arguments, reason = "each is a part of the message, and nothing groups them")]
pub fn response(
    connection: &Connection,
    settings: &SamlSettings,
    secrets: &ConnectionSecrets,
    in_response_to: &str,
    status: LogoutStatus,
    id: &str,
    relay_state: Option<&str>,
    now: OffsetDateTime,
) -> Result<Outgoing, Refused> {
    let answers = settings.logout_response.as_deref().map(|to| (RequestBinding::Redirect, to));
    let Some((binding, to)) = answers.or_else(|| destination(settings)) else {
        let words = "The connection does not say where the provider takes answers about signing out: its logout address \
                     (SingleLogoutService) is missing.";
        return Err(Refused::new(Reason::Settings, words));
    };
    let head =
        head("LogoutResponse", connection, id, to, &format!(" InResponseTo=\"{}\"", escape(in_response_to)), now);
    let code = match status {
        LogoutStatus::Success => "Success",
        // Core, section 3.2.2.2: the fault is the requester's.
        LogoutStatus::Refused => "Requester",
    };
    let tail = format!(
        "<samlp:Status><samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:{code}\"/></samlp:Status>\
         </samlp:LogoutResponse>"
    );
    let draft = Draft { kind: Kind::Response, id, head: &head, tail: &tail, relay_state, signed: true };
    Ok(draft.send(connection, secrets, binding, to)?)
}

/// HTTP Redirect where the provider takes it.
fn destination(settings: &SamlSettings) -> Option<(RequestBinding, &str)> {
    let redirect = settings.logout_redirect.as_deref().map(|to| (RequestBinding::Redirect, to));
    redirect.or_else(|| settings.logout_post.as_deref().map(|to| (RequestBinding::Post, to)))
}

fn head(what: &str, connection: &Connection, id: &str, to: &str, more: &str, now: OffsetDateTime) -> String {
    format!(
        "<samlp:{what} xmlns:samlp=\"{PROTOCOL}\" xmlns:saml=\"{ASSERTION}\" ID=\"{id}\" Version=\"2.0\" \
         IssueInstant=\"{now}\" Destination=\"{to}\"{more}><saml:Issuer>{issuer}</saml:Issuer>",
        id = escape(id),
        now = instant(now),
        to = escape(to),
        issuer = escape(&connection.endpoint("metadata")),
    )
}

/// The name as it was received, with everything that makes it that name (Core, section 2.2.2).
fn name_id_element(name_id: &NameId) -> String {
    let attribute = |name: &str, value: &Option<String>| {
        value.as_deref().map(|value| format!(" {name}=\"{}\"", escape(value))).unwrap_or_default()
    };
    format!(
        "<saml:NameID{}{}{}>{}</saml:NameID>",
        attribute("NameQualifier", &name_id.name_qualifier),
        attribute("SPNameQualifier", &name_id.sp_name_qualifier),
        attribute("Format", &name_id.format),
        escape(&name_id.value)
    )
}
