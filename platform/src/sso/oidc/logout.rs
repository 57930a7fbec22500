//! Signing out at the provider too (`OpenID` Connect RP-Initiated Logout 1.0).

use openidconnect::url::Url;
use uuid::Uuid;

use super::{OidcClient, discovery, settings_of};
use crate::sso::{Connection, Report};

/// The longest ID token that is put into an address: servers refuse long ones, and it is only a hint.
const HINT_LENGTH: usize = 6000;

pub(super) async fn address(
    client: &OidcClient,
    tenant: Uuid,
    connection: &Connection,
    id_token: Option<&str>,
    state: &str,
    report: &mut Report,
) -> Option<String> {
    let settings = settings_of(connection, report).ok()?;
    let discovered = discovery::of(client, tenant, settings, report).await.ok()?;
    let mut url = Url::parse(discovered.end_session_endpoint.as_deref()?).ok()?;
    let mut query = url.query_pairs_mut();
    if let Some(token) = id_token.filter(|token| token.len() <= HINT_LENGTH) {
        query.append_pair("id_token_hint", token);
    }
    query
        .append_pair("client_id", &settings.client_id)
        .append_pair("post_logout_redirect_uri", &connection.endpoint("signed-out"))
        .append_pair("state", state);
    drop(query);
    Some(url.into())
}
