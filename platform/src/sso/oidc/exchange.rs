//! The code becomes tokens, at the token endpoint (`OpenID` Connect Core 1.0, section 3.1.3).

use std::time::Duration;

use openidconnect::{
    AccessToken, AuthType, AuthorizationCode, Client, ClientId, ClientSecret, EmptyAdditionalClaims, EndpointNotSet,
    HttpRequest, IssuerUrl, JsonWebKeySet, OAuth2TokenResponse, PkceCodeVerifier, RedirectUrl, RefreshToken,
    RequestTokenError, Scope, StandardErrorResponse, TokenResponse, TokenUrl,
    core::{
        CoreAuthDisplay, CoreAuthPrompt, CoreErrorResponseType, CoreGenderClaim, CoreIdToken, CoreJsonWebKey,
        CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm, CoreRevocableToken, CoreRevocationErrorResponse,
        CoreTokenIntrospectionResponse, CoreTokenType,
    },
};
use serde::{Deserialize, Serialize};

use super::{Discovered, OidcClient, client_assertion, discovery, quote::quoted};
use crate::{
    fetch::FetchError,
    sso::{ClientAuthentication, Connection, OidcSettings, Reason, Refused, Report, connection::ConnectionSecrets},
};

const CHECK: &str = "Code exchange";

/// What the code was exchanged for.
pub(super) struct Tokens {
    pub(super) id_token: String,
    pub(super) access_token: String,
}

/// What is read of the token endpoint's answer. The ID token stays text: the checks are ours.
#[derive(Debug, Serialize, Deserialize)]
struct Answer {
    access_token: AccessToken,
    id_token: Option<String>,
    #[serde(skip, default = "bearer")]
    token_type: CoreTokenType,
}

fn bearer() -> CoreTokenType {
    CoreTokenType::Bearer
}

impl OAuth2TokenResponse for Answer {
    type TokenType = CoreTokenType;

    fn access_token(&self) -> &AccessToken {
        &self.access_token
    }

    fn token_type(&self) -> &CoreTokenType {
        &self.token_type
    }

    fn expires_in(&self) -> Option<Duration> {
        None
    }

    fn refresh_token(&self) -> Option<&RefreshToken> {
        None
    }

    fn scopes(&self) -> Option<&Vec<Scope>> {
        None
    }
}

impl TokenResponse<EmptyAdditionalClaims, CoreGenderClaim, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm>
    for Answer
{
    fn id_token(&self) -> Option<&CoreIdToken> {
        None
    }
}

type ErrorAnswer = StandardErrorResponse<CoreErrorResponseType>;

type Exchanger = Client<
    EmptyAdditionalClaims,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    ErrorAnswer,
    Answer,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
>;

/// What an exchange is about.
pub(super) struct Exchange<'a> {
    pub(super) connection: &'a Connection,
    pub(super) settings: &'a OidcSettings,
    pub(super) secrets: &'a ConnectionSecrets,
    pub(super) discovered: &'a Discovered,
    pub(super) code: &'a str,
    pub(super) pkce_verifier: &'a str,
}

pub(super) async fn tokens(
    client: &OidcClient,
    exchange: &Exchange<'_>,
    report: &mut Report,
) -> Result<Tokens, Refused> {
    let Exchange { connection, settings, secrets, discovered, code, pkce_verifier } = exchange;
    let callback = connection.endpoint("callback");
    let urls = (
        IssuerUrl::new(discovered.issuer.clone()),
        TokenUrl::new(discovered.token_endpoint.clone()),
        RedirectUrl::new(callback.clone()),
    );
    let (Ok(issuer), Ok(endpoint), Ok(redirect)) = urls else {
        let words = "The issuer, the token_endpoint or the connection’s own address cannot be read.";
        return Err(report.refuse(CHECK, Reason::Settings, words));
    };
    let mut exchanger = Exchanger::new(ClientId::new(settings.client_id.clone()), issuer, JsonWebKeySet::default())
        .set_redirect_uri(redirect)
        .set_auth_type(AuthType::RequestBody);
    let mut assertion = None;
    match settings.client_authentication {
        ClientAuthentication::PrivateKeyJwt => {
            let key = &secrets.private_key;
            let signed = client_assertion::sign(
                key,
                &connection.certificate,
                &settings.client_id,
                &discovered.token_endpoint,
                &client.ambient,
            );
            let signed = signed.map_err(|error| {
                report.refuse(CHECK, Reason::Settings, format!("The connection’s own key cannot sign: {error}."))
            })?;
            assertion = Some(signed);
        }
        method => {
            let Some(secret) = secrets.client_secret.clone().filter(|secret| !secret.is_empty()) else {
                let words = "No client secret is kept. Enter the one that the provider shows for this client.";
                return Err(report.refuse(CHECK, Reason::Settings, words));
            };
            exchanger = exchanger.set_client_secret(ClientSecret::new(secret));
            if method == ClientAuthentication::Basic {
                exchanger = exchanger.set_auth_type(AuthType::BasicAuth);
            }
        }
    }
    let exchanger = exchanger.set_token_uri(endpoint);
    let mut request = exchanger
        .exchange_code(AuthorizationCode::new((*code).to_owned()))
        .set_pkce_verifier(PkceCodeVerifier::new((*pkce_verifier).to_owned()));
    if let Some(assertion) = assertion {
        request = request
            .add_extra_param("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
            .add_extra_param("client_assertion", assertion);
    }
    let fetcher = client.fetcher.clone();
    let http = move |request: HttpRequest| {
        let fetcher = fetcher.clone();
        async move { fetcher.send(request).await }
    };
    let answer = match request.request_async(&http).await {
        Ok(answer) => answer,
        Err(error) => return Err(refused(&error, settings, discovered, &callback, report)),
    };
    let Some(id_token) = answer.id_token else {
        let words = "The token endpoint’s answer holds no ID token. Is the client one of OpenID Connect, and is the scope \
                     “openid” allowed for it?";
        return Err(report.refuse(CHECK, Reason::ProviderAnswer, words));
    };
    report.passed(CHECK, format!("{} exchanged the code for tokens.", discovered.token_endpoint));
    Ok(Tokens { id_token, access_token: answer.access_token.into_secret() })
}

fn refused(
    error: &RequestTokenError<FetchError, ErrorAnswer>,
    settings: &OidcSettings,
    discovered: &Discovered,
    callback: &str,
    report: &mut Report,
) -> Refused {
    match error {
        RequestTokenError::Request(error) => discovery::unreachable(CHECK, &discovered.token_endpoint, error, report),
        RequestTokenError::ServerResponse(answer) => {
            let advice = advice(answer.error().as_ref(), settings, callback);
            let description = answer.error_description().map(|text| format!(": {}", quoted(text))).unwrap_or_default();
            let words = format!(
                "The token endpoint answered with the error {}{description}.{advice}",
                quoted(answer.error().as_ref())
            );
            report.refuse(CHECK, Reason::ProviderError, words)
        }
        RequestTokenError::Parse(error, _) => {
            let words = format!(
                "What {} answers to the code cannot be read: {}.",
                discovered.token_endpoint,
                quoted(&error.inner().to_string())
            );
            report.refuse(CHECK, Reason::ProviderAnswer, words)
        }
        RequestTokenError::Other(error) => {
            let words =
                format!("What {} answers to the code cannot be read: {}.", discovered.token_endpoint, quoted(error));
            report.refuse(CHECK, Reason::ProviderAnswer, words)
        }
    }
}

/// What helps against an error (RFC 6749, section 5.2), beginning with a space.
fn advice(error: &str, settings: &OidcSettings, callback: &str) -> String {
    match error {
        "invalid_client" => match settings.client_authentication {
            ClientAuthentication::PrivateKeyJwt => {
                " It does not accept our key. Give it the connection’s key set or certificate, and choose \
                 private_key_jwt there."
                    .to_owned()
            }
            ClientAuthentication::Basic | ClientAuthentication::Post => {
                " The client ID or the client secret is wrong, the secret has expired, or it takes the secret in another \
                 way. Copy both again, or change the client authentication."
                    .to_owned()
            }
        },
        "invalid_grant" => format!(
            " The code was used before, took too long, or belongs to another client or another redirect URI. The one \
             that has to be registered there is exactly {callback}."
        ),
        "redirect_uri_mismatch" => format!(" The redirect URI that has to be registered there is exactly {callback}."),
        "unauthorized_client" | "unsupported_grant_type" => {
            " Allow the authorisation code flow for this client there.".to_owned()
        }
        _ => String::new(),
    }
}
