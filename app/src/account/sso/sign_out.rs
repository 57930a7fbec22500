//! Signing out at the provider too, where the session began there.

use axum::response::Response;
use rowhouse_platform::{
    db::TenantTx,
    id::SessionId,
    sso::{
        Connection, ConnectionSecrets, LogoutHandle, Protocol, Report, connection,
        saml::{self, Outgoing, logout},
        session,
    },
};

use super::going_on;
use crate::{context::RequestContext, error::PageError, routes::set_foreign_cookie};

/// How long the provider's answer is waited for, in seconds.
const WAIT: u32 = 600;

/// Where a session began, as far as signing out there needs it.
pub(in crate::account) struct There {
    connection: Connection,
    secrets: ConnectionSecrets,
    handle: LogoutHandle,
    id_token: Option<String>,
}

/// Where a session began, if at a provider. Asked before it is ended.
///
/// # Errors
/// What the database said.
pub(in crate::account) async fn there(
    context: &RequestContext,
    tx: &mut TenantTx,
    id: SessionId,
) -> Result<Option<There>, PageError> {
    let keys = &context.services.secrets;
    let Some(began) = session::of(tx, id).await? else { return Ok(None) };
    let Some(connection) = connection::find(tx, began.connection).await?.filter(Connection::is_on) else {
        return Ok(None);
    };
    let secrets = connection::secrets(tx, keys, connection.id).await?;
    let id_token = began.id_token(tx, keys);
    Ok(Some(There { connection, secrets, handle: began.handle, id_token }))
}

impl There {
    /// The page that leads to the provider, where it takes sign-outs. The session here has ended; no database
    /// connection is held.
    pub(in crate::account) async fn lead(self, context: &RequestContext) -> Option<Response> {
        let Self { connection, secrets, handle, id_token } = self;
        let ambient = &context.services.ambient;
        let tenant = context.tenant().ok()?.home.id().0;
        match &connection.protocol {
            Protocol::Oidc(_) => {
                let (state, mut report) = (saml::new_id(ambient), Report::default());
                let oidc = &context.services.oidc;
                let address =
                    oidc.logout_address(tenant, &connection, id_token.as_deref(), &state, &mut report).await?;
                Some(going_on::lead(context, &connection.name, &address))
            }
            Protocol::Saml(settings) => {
                let (id, now) = (saml::new_id(ambient), ambient.now());
                let (signing, settings, own) = (connection.clone(), settings.clone(), id.clone());
                let mut report = Report::default();
                let asked = saml::on_worker(tenant, &mut report, move |_| {
                    logout::request(&signing, &settings, &secrets, &handle, &own, &own, now)
                });
                let asked = asked.await;
                let mut response = match asked {
                    Ok(Some(Outgoing::Redirect(address))) => going_on::lead(context, &connection.name, &address),
                    Ok(Some(Outgoing::Post { to, fields })) => going_on::post(context, &connection.name, &to, &fields),
                    Ok(None) => return None,
                    Err(refused) => {
                        tracing::warn!(connection = %connection.id, %refused, "signing out at the provider failed");
                        return None;
                    }
                };
                set_foreign_cookie(&mut response, &context.leaving_cookie(), &id, WAIT);
                Some(response)
            }
        }
    }
}
