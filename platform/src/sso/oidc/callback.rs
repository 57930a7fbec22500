//! What the browser brings back, from first to last check.

use uuid::Uuid;

use super::{
    CallbackParams, Discovered, OidcClient, claims, discovery,
    exchange::{self, Exchange},
    id_token, jws,
    quote::quoted,
    settings_of, userinfo,
};
use crate::sso::{
    Connection, Identity, OidcSettings, Reason, Refused, Report, connection::ConnectionSecrets, flow::Flow,
};

pub(super) async fn finish(
    client: &OidcClient,
    tenant: Uuid,
    connection: &Connection,
    secrets: &ConnectionSecrets,
    flow: &Flow,
    params: &CallbackParams,
    report: &mut Report,
) -> Result<Identity, Refused> {
    let settings = settings_of(connection, report)?;
    let discovered = discovery::of(client, tenant, settings, report).await?;
    answering_issuer(params, settings, &discovered, report)?;
    provider_error(params, report)?;
    let Some(code) = params.code.as_deref().filter(|code| !code.is_empty()) else {
        let words = "The provider sent the person back with neither a code nor an error.";
        return Err(report.refuse("Answer", Reason::ProviderAnswer, words));
    };
    let pkce_verifier = flow.pkce_verifier.as_str();
    let exchange = Exchange { connection, settings, secrets, discovered: &discovered, code, pkce_verifier };
    let tokens = exchange::tokens(client, &exchange, report).await?;
    let token = jws::verify(client, tenant, &discovered, &tokens.id_token, "ID token", report).await?;
    report.received("ID token: claims", &claims::shown(&token.claims));
    id_token::check(&token, settings, flow, &tokens.access_token, client.ambient.now(), report)?;

    let subject = token.claims.get("sub").and_then(serde_json::Value::as_str).unwrap_or_default();
    let more = match (&discovered.userinfo_endpoint, settings.asks_userinfo) {
        (Some(endpoint), true) => {
            let more = userinfo::ask(client, endpoint, &tokens.access_token, subject, report).await?;
            report.received("Userinfo", &claims::shown(&more));
            Some(more)
        }
        (None, true) => {
            report.passed("Userinfo", "The provider has no userinfo endpoint: what the ID token says has to do.");
            None
        }
        (_, false) => None,
    };
    claims::identity(settings, &token.claims, more.as_ref(), tokens.id_token, report)
}

/// RFC 9207: an answer of another provider, into which an attacker lured the browser, is not taken for this one's.
fn answering_issuer(
    params: &CallbackParams,
    settings: &OidcSettings,
    discovered: &Discovered,
    report: &mut Report,
) -> Result<(), Refused> {
    match params.iss.as_deref() {
        Some(found) => {
            let right = format!("The answer says that it is from {}.", settings.issuer);
            let wrong = format!("The answer says that it is from {}, and not from {}.", quoted(found), settings.issuer);
            report.check("Answering provider", found == settings.issuer, right, Reason::Issuer, wrong)
        }
        None if discovered.sends_issuer => {
            let words = "The answer does not say from which provider it is (iss), though this provider promises that.";
            Err(report.refuse("Answering provider", Reason::Issuer, words))
        }
        None => Ok(()),
    }
}

/// RFC 6749, section 4.1.2.1, and `OpenID` Connect Core 1.0, section 3.1.2.6.
fn provider_error(params: &CallbackParams, report: &mut Report) -> Result<(), Refused> {
    let Some(error) = params.error.as_deref() else { return Ok(()) };
    let advice = match error {
        "access_denied" => " Is the person, or a group of theirs, assigned to this application there?",
        "invalid_scope" => " A scope that is asked for is not allowed for this client there.",
        "unauthorized_client" | "unsupported_response_type" => {
            " Allow the authorisation code flow for this client there."
        }
        "login_required" | "interaction_required" | "consent_required" | "account_selection_required" => {
            " The person has to finish signing in there."
        }
        "server_error" | "temporarily_unavailable" => " The trouble is at the provider: try again later.",
        _ => "",
    };
    let description = params.error_description.as_deref().map(|text| format!(": {}", quoted(text))).unwrap_or_default();
    let words = format!("The provider sent the person back with the error {}{description}.{advice}", quoted(error));
    Err(report.refuse("Answer", Reason::ProviderError, words))
}
