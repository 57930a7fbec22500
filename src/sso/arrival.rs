//! Something that came for a connection: at which, what for, and what was found out about it so far.

use std::time::Instant;

use rowhouse_app::{context::RequestContext, error::PageError};
use rowhouse_platform::{
    db::TenantTx,
    identity::session::Device,
    sso::{
        Connection, ConnectionId, Identity, Purpose, Refused, Report,
        connection::{self, ConnectionSecrets},
        flow::{self, Flow},
        meter,
    },
};

use uuid::Uuid;

use super::browser::Browser;

/// What is being answered.
pub(super) struct Arrival<'a> {
    pub(super) context: &'a RequestContext,
    pub(super) connection: Connection,
    pub(super) purpose: Purpose,
    /// The sign-in that it belongs to; none where nobody began one here.
    pub(super) flow: Option<Flow>,
    /// Where to go afterwards.
    pub(super) next: String,
    pub(super) device: Device,
    pub(super) report: Report,
    /// Who it is, as far as it is known.
    pub(super) subject: String,
    pub(super) email: String,
    started: Instant,
}

impl<'a> Arrival<'a> {
    /// At a connection that was found.
    pub(super) fn at(context: &'a RequestContext, connection: Connection, purpose: Purpose) -> Self {
        Self {
            context,
            connection,
            purpose,
            flow: None,
            next: "/tickets".to_owned(),
            device: context.device.clone(),
            report: Report::default(),
            subject: String::new(),
            email: String::new(),
            started: Instant::now(),
        }
    }

    /// The tenant.
    pub(super) fn tenant(&self) -> Uuid {
        tenant_of(self.context)
    }

    /// Notes who it is.
    pub(super) fn is_of(&mut self, identity: &Identity) {
        self.subject.clone_from(&identity.subject);
        self.email = identity.email.clone().unwrap_or_default();
    }

    /// Counts it for the operator.
    pub(super) fn count(&self, refused: Option<&Refused>) {
        if let Ok(tenant) = self.context.tenant() {
            let reason = refused.map(|refused| refused.reason);
            meter::count(tenant.home.id(), &self.connection, self.purpose, reason, self.started.elapsed());
        }
    }
}

/// The tenant of the request; nil at the apex, where no connection is.
pub(super) fn tenant_of(context: &RequestContext) -> Uuid {
    context.tenant().map_or(Uuid::nil(), |tenant| tenant.home.id().0)
}

/// A connection and its secrets.
///
/// # Errors
/// [`PageError::NotFound`], or what the database said.
pub(super) async fn connection(
    context: &RequestContext,
    tx: &mut TenantTx,
    id: ConnectionId,
) -> Result<(Connection, ConnectionSecrets), PageError> {
    let found = connection::find(tx, id).await?.ok_or(PageError::NotFound)?;
    let secrets = connection::secrets(tx, &context.services.secrets, id).await?;
    Ok((found, secrets))
}

/// What came back to a connection with `state`: its flow is taken, whether or not the rest is right. Without a state the
/// arrival belongs to no flow.
///
/// # Errors
/// [`PageError::NotFound`] where there is no such connection, or what the database said.
pub(super) async fn came_back<'a>(
    context: &'a RequestContext,
    browser: &Browser,
    id: ConnectionId,
    state: Option<&str>,
) -> Result<(Arrival<'a>, ConnectionSecrets, Result<(), Refused>), PageError> {
    let services = &context.services;
    let mut tx = services.database.begin(&context.tenant()?.home).await?;
    let (connection, secrets) = connection(context, &mut tx, id).await?;
    let taken = match state {
        Some(state) => Some(flow::take(&mut tx, &services.ambient, id, state, browser.token()).await?),
        None => None,
    };
    tx.commit().await?;
    let mut arrival = Arrival::at(context, connection, Purpose::SignIn);
    arrival.device = browser.device(context);
    let verdict = match taken {
        None => Ok(()),
        Some(Ok(flow)) => {
            arrival.purpose = flow.purpose;
            arrival.next.clone_from(&flow.next);
            arrival.report.passed("Sign-in under way", "It was begun here, in this browser, and is not finished yet.");
            arrival.flow = Some(flow);
            Ok(())
        }
        Some(Err(Refused { reason, words })) => Err(arrival.report.refuse("Sign-in under way", reason, words)),
    };
    let verdict = verdict.and_then(|()| is_open(&mut arrival));
    Ok((arrival, secrets, verdict))
}

/// Whether the connection may be used for what it is about: only a test may use one that is not switched on.
pub(super) fn is_open(arrival: &mut Arrival<'_>) -> Result<(), Refused> {
    if arrival.purpose == Purpose::Test || arrival.connection.is_on() {
        return Ok(());
    }
    let words = "The connection is not switched on, so it lets nobody in. Switch it on in its set-up.";
    Err(arrival.report.refuse("Connection", rowhouse_platform::sso::Reason::Off, words))
}
