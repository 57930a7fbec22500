//! What a provider says of itself (`OpenID` Connect Discovery 1.0), checked.

use std::sync::Arc;

use serde_json::{Map, Value};
use uuid::Uuid;

use super::{
    KEPT, Kept, OidcClient, provider_keys,
    quote::{cleaned, quoted},
};
use crate::{
    fetch::FetchError,
    sso::{ClientAuthentication, OidcSettings, Reason, Refused, Report},
};

const WELL_KNOWN: &str = "/.well-known/openid-configuration";

/// A provider, as its discovery document describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Discovered {
    /// Who it is.
    pub issuer: String,
    /// Where browsers are led.
    pub authorization_endpoint: String,
    /// Where codes become tokens.
    pub token_endpoint: String,
    /// Where more about the person is.
    pub userinfo_endpoint: Option<String>,
    /// Where its keys are.
    pub jwks_uri: String,
    /// Where browsers sign out.
    pub end_session_endpoint: Option<String>,
    /// Whether it says in the callback who it is (RFC 9207).
    pub sends_issuer: bool,
    /// Whether it tells us when somebody signs out there.
    pub backchannel_logout: bool,
    /// How it lets clients show who they are. Empty: it does not say.
    pub client_authentication: Vec<String>,
    /// What can be asked for. Empty: it does not say.
    pub scopes: Vec<String>,
    /// What it may say of a person. Empty: it does not say.
    pub claims: Vec<String>,
}

impl Discovered {
    /// About how many bytes it takes.
    pub(super) fn weight(&self) -> usize {
        let lists = [&self.client_authentication, &self.scopes, &self.claims];
        let optional = [&self.userinfo_endpoint, &self.end_session_endpoint];
        [&self.issuer, &self.authorization_endpoint, &self.token_endpoint, &self.jwks_uri]
            .into_iter()
            .chain(lists.into_iter().flatten())
            .chain(optional.into_iter().flatten())
            .map(|text| text.len() + size_of::<String>())
            .sum()
    }
}

/// Fetches now, and the keys too.
pub(super) async fn check(
    client: &OidcClient,
    tenant: Uuid,
    settings: &OidcSettings,
    report: &mut Report,
) -> Result<Discovered, Refused> {
    let discovered = fetch(client, settings, report).await?;
    provider_keys::download(client, &discovered, report).await?;
    // Nobody signs in by settings that are only tried out, so nothing is kept of them; but what was known before is old.
    let key = (tenant, settings.issuer.clone());
    client.documents.invalidate(&key).await;
    client.keys.invalidate(&key).await;
    note_authentication(settings, &discovered, report);
    Ok(discovered)
}

/// As it is remembered, or else fetched: once, however many ask at the same time.
pub(super) async fn of(
    client: &OidcClient,
    tenant: Uuid,
    settings: &OidcSettings,
    report: &mut Report,
) -> Result<Discovered, Refused> {
    let key = (tenant, settings.issuer.clone());
    let now = client.ambient.now();
    if client.documents.get(&key).await.is_some_and(|kept| now - kept.at >= KEPT) {
        client.documents.invalidate(&key).await;
    }
    let mut fetching = Report::default();
    let fetched = client
        .documents
        .try_get_with(key, async {
            fetch(client, settings, &mut fetching).await.map(|value| Arc::new(Kept { value, at: now }))
        })
        .await;
    let fetched_here = !fetching.steps.is_empty();
    report.steps.append(&mut fetching.steps);
    report.received.append(&mut fetching.received);
    match fetched {
        Ok(kept) if fetched_here => Ok(kept.value.clone()),
        Ok(kept) => {
            let words = format!(
                "The provider’s description of itself at {} was read before and still counts.",
                settings.issuer
            );
            report.passed("Discovery", words);
            Ok(kept.value.clone())
        }
        Err(refused) if fetched_here => Err(Refused::clone(&refused)),
        Err(refused) => Err(report.refuse("Discovery", refused.reason, refused.words.clone())),
    }
}

async fn fetch(client: &OidcClient, settings: &OidcSettings, report: &mut Report) -> Result<Discovered, Refused> {
    let issuer = settings.issuer.as_str();
    check_issuer_address(client, issuer, report)?;
    let address = format!("{}{WELL_KNOWN}", issuer.strip_suffix('/').unwrap_or(issuer));
    let fetched = match client.fetcher.get(&address).await {
        Ok(fetched) => fetched,
        Err(error) => return Err(unreachable("Discovery", &address, &error, report)),
    };
    let document = object(&fetched.body).map_err(|why| {
        let words = format!(
            "What {address} answers is no discovery document: {why}. Check that the issuer is right: the address that \
             the provider shows as issuer or authority, without {WELL_KNOWN}."
        );
        report.refuse("Discovery", Reason::ProviderAnswer, words)
    })?;
    report.passed("Discovery", format!("{address} was fetched."));
    let pretty = serde_json::to_string_pretty(&document).unwrap_or_default();
    report.received("Discovery document", &pretty);
    check_issuer(issuer, &document, report)?;
    read(client, issuer, &document, report)
}

fn check_issuer_address(client: &OidcClient, issuer: &str, report: &mut Report) -> Result<(), Refused> {
    if issuer.ends_with(WELL_KNOWN) {
        let right = issuer.trim_end_matches(WELL_KNOWN);
        let words = format!("The issuer is the address without {WELL_KNOWN} at its end: {right}.");
        return Err(report.refuse("Issuer’s address", Reason::Settings, words));
    }
    if issuer.contains(['?', '#']) {
        let words = "The issuer holds a “?” or “#”. An issuer is an address without them.";
        return Err(report.refuse("Issuer’s address", Reason::Settings, words));
    }
    client
        .fetcher
        .check_url(issuer)
        .map_err(|error| report.refuse("Issuer’s address", Reason::ProviderRefused, error.to_string()))
}

/// `OpenID` Connect Discovery 1.0, section 4.3: exactly the same.
fn check_issuer(expected: &str, document: &Map<String, Value>, report: &mut Report) -> Result<(), Refused> {
    let Some(found) = document.get("issuer").and_then(Value::as_str) else {
        let words = "The discovery document does not say its issuer.";
        return Err(report.refuse("Issuer", Reason::ProviderAnswer, words));
    };
    let hint = if found == expected {
        ""
    } else if found.trim_end_matches('/') == expected.trim_end_matches('/') {
        " They differ in the slash at the end, which matters. Copy the issuer as the provider writes it."
    } else if found.contains("{tenantid}") {
        " This is the address for the people of all organisations. Use the one of yours, which holds your tenant ID."
    } else if found.eq_ignore_ascii_case(expected) {
        " They differ in capital letters, which matter. Copy the issuer as the provider writes it."
    } else {
        " Enter the issuer that the document names, if that is your provider."
    };
    let right = format!("The document names the same issuer: {expected}.");
    let wrong = format!("The document names another issuer: {}, not {expected}.{hint}", quoted(found));
    report.check("Issuer", found == expected, right, Reason::Issuer, wrong)
}

fn read(
    client: &OidcClient,
    issuer: &str,
    document: &Map<String, Value>,
    report: &mut Report,
) -> Result<Discovered, Refused> {
    let text = |name: &str| document.get(name).and_then(Value::as_str).map(ToOwned::to_owned);
    let list = |name: &str| texts(document.get(name));
    let flag = |name: &str| document.get(name) == Some(&Value::Bool(true));
    let required = |name: &str, what: &str, report: &mut Report| {
        text(name).ok_or_else(|| {
            let words = format!("The discovery document has no {name}: {what}. Is it that of an OpenID provider?");
            report.refuse("Endpoints", Reason::ProviderAnswer, words)
        })
    };
    let authorization_endpoint = required("authorization_endpoint", "where people are led to sign in", report)?;
    let token_endpoint = required("token_endpoint", "where codes are exchanged", report)?;
    let jwks_uri = required("jwks_uri", "where its keys are", report)?;
    let found = Discovered {
        issuer: issuer.to_owned(),
        authorization_endpoint,
        token_endpoint,
        userinfo_endpoint: text("userinfo_endpoint"),
        jwks_uri,
        end_session_endpoint: text("end_session_endpoint"),
        sends_issuer: flag("authorization_response_iss_parameter_supported"),
        backchannel_logout: flag("backchannel_logout_supported"),
        client_authentication: list("token_endpoint_auth_methods_supported"),
        scopes: list("scopes_supported"),
        claims: list("claims_supported"),
    };
    let for_browsers = [
        ("authorization_endpoint", Some(&found.authorization_endpoint)),
        ("end_session_endpoint", found.end_session_endpoint.as_ref()),
    ];
    for (name, address) in for_browsers {
        if let Some(Err(error)) = address.map(|address| client.fetcher.check_browser_url(address)) {
            return Err(endpoint_refused(name, &error, report));
        }
    }
    let for_us = [
        ("token_endpoint", Some(&found.token_endpoint)),
        ("jwks_uri", Some(&found.jwks_uri)),
        ("userinfo_endpoint", found.userinfo_endpoint.as_ref()),
    ];
    for (name, address) in for_us {
        if let Some(Err(error)) = address.map(|address| client.fetcher.check_url(address)) {
            return Err(endpoint_refused(name, &error, report));
        }
    }
    let modes = list("response_types_supported");
    if !modes.is_empty() && !modes.iter().any(|mode| mode == "code") {
        let words = format!(
            "The provider does not offer the authorisation code flow: it lists {}, and not “code”.",
            quoted(&modes.join(", "))
        );
        return Err(report.refuse("Endpoints", Reason::ProviderAnswer, words));
    }
    let words = format!(
        "People are led to {}; codes are exchanged at {}.",
        cleaned(&found.authorization_endpoint),
        cleaned(&found.token_endpoint)
    );
    report.passed("Endpoints", words);
    Ok(found)
}

fn endpoint_refused(name: &str, error: &FetchError, report: &mut Report) -> Refused {
    report.refuse("Endpoints", Reason::ProviderRefused, format!("The {name} of the discovery document: {error}"))
}

/// Documents are sometimes wrong about it, so that trying says more.
fn note_authentication(settings: &OidcSettings, discovered: &Discovered, report: &mut Report) {
    let ours = match settings.client_authentication {
        ClientAuthentication::Basic => "client_secret_basic",
        ClientAuthentication::Post => "client_secret_post",
        ClientAuthentication::PrivateKeyJwt => "private_key_jwt",
    };
    let listed = &discovered.client_authentication;
    let words = if listed.iter().any(|method| method == ours) {
        format!("The provider offers {ours}.")
    } else if listed.is_empty() {
        format!("The provider does not say which methods it offers. {ours} will be tried.")
    } else {
        format!("The provider lists {}, and not {ours}. It will be tried.", quoted(&listed.join(", ")))
    };
    report.passed("Client authentication", words);
}

/// What it means that something of the provider could not be fetched.
pub(super) fn unreachable(check: &str, address: &str, error: &FetchError, report: &mut Report) -> Refused {
    let reason = match error {
        FetchError::Forbidden { .. }
        | FetchError::Port { .. }
        | FetchError::RedirectRefused { .. }
        | FetchError::Scheme { .. }
        | FetchError::Credentials
        | FetchError::Address { .. } => Reason::ProviderRefused,
        FetchError::Unresolved { .. }
        | FetchError::Unreachable { .. }
        | FetchError::Tls { .. }
        | FetchError::Slow { .. }
        | FetchError::Setup(_) => Reason::ProviderUnreachable,
        _ => Reason::ProviderAnswer,
    };
    report.refuse(check, reason, format!("{} could not be fetched. {error}", cleaned(address)))
}

/// A JSON object. `serde_json` itself limits the depth.
pub(super) fn object(body: &[u8]) -> Result<Map<String, Value>, String> {
    match serde_json::from_slice(body) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err("it is JSON, but no object".to_owned()),
        Err(error) => {
            let start = body.iter().find(|byte| !byte.is_ascii_whitespace());
            Err(match start {
                Some(b'<') => "it is a web page, not JSON".to_owned(),
                None => "it is empty".to_owned(),
                _ => format!("it is not JSON ({error})"),
            })
        }
    }
}

fn texts(value: Option<&Value>) -> Vec<String> {
    let items = value.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    items.iter().filter_map(Value::as_str).take(100).map(cleaned).collect()
}
