//! The way to the provider: the authentication request (`OpenID` Connect Core 1.0, section 3.1.2.1).

use openidconnect::{
    AuthUrl, AuthenticationFlow, ClientId, CsrfToken, IssuerUrl, JsonWebKeySet, LoginHint, Nonce, PkceCodeChallenge,
    PkceCodeVerifier, RedirectUrl, Scope,
    core::{CoreAuthPrompt, CoreClient, CoreResponseType},
};
use uuid::Uuid;

use super::{OidcClient, discovery, settings_of};
use crate::sso::{Connection, Reason, Refused, Report, flow::Begun};

pub(super) async fn address(
    client: &OidcClient,
    tenant: Uuid,
    connection: &Connection,
    begun: &Begun,
    login_hint: Option<&str>,
    again: bool,
    report: &mut Report,
) -> Result<String, Refused> {
    let settings = settings_of(connection, report)?;
    let discovered = discovery::of(client, tenant, settings, report).await?;
    let urls = (
        IssuerUrl::new(discovered.issuer.clone()),
        AuthUrl::new(discovered.authorization_endpoint.clone()),
        RedirectUrl::new(connection.endpoint("callback")),
    );
    let (Ok(issuer), Ok(endpoint), Ok(redirect)) = urls else {
        let words = "The issuer, the authorization_endpoint or the connection’s own address cannot be read.";
        return Err(report.refuse("Endpoints", Reason::Settings, words));
    };
    let client_id = ClientId::new(settings.client_id.clone());
    let sender =
        CoreClient::new(client_id, issuer, JsonWebKeySet::default()).set_auth_uri(endpoint).set_redirect_uri(redirect);
    let (state, nonce) = (CsrfToken::new(begun.state.clone()), Nonce::new(begun.nonce.clone()));
    let flow = AuthenticationFlow::<CoreResponseType>::AuthorizationCode;
    let challenge = PkceCodeChallenge::from_code_verifier_sha256(&PkceCodeVerifier::new(begun.pkce_verifier.clone()));
    let scopes = settings.scopes.iter().filter(|scope| *scope != "openid").cloned().map(Scope::new);
    let mut request =
        sender.authorize_url(flow, move || state, move || nonce).add_scopes(scopes).set_pkce_challenge(challenge);
    if let Some(hint) = login_hint.filter(|hint| !hint.is_empty()) {
        request = request.set_login_hint(LoginHint::new(hint.to_owned()));
    }
    if again {
        // The second makes the provider say when it was (`auth_time`), which proves the first.
        request = request.add_prompt(CoreAuthPrompt::Login).set_max_age(std::time::Duration::ZERO);
    }
    Ok(request.url().0.to_string())
}
