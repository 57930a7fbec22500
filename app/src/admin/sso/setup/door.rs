//! Who sets a connection up: an admin of the workspace, or somebody with a set-up link for it. Both see the same forms.

use axum::response::Response;
use leptos::prelude::*;
use rowhouse_platform::{
    access::{ManageSso, OwnWorkspace, Permit, Principal},
    db::{DbError, TenantTx},
    sso::{
        Connection, Editor, SetupLinkId, SetupPermit, connection,
        connection::ConnectionError,
        setup_link::{self, Opened},
    },
};

use super::{
    super::tabs::{Tab, connection_head, state_badge},
    link_frame,
};
use crate::{
    access::permit,
    context::RequestContext,
    error::PageError,
    ui::frame::{Section, frame},
};

/// Why a request is answered otherwise than with its page.
pub(super) enum Stop {
    /// With an error page.
    Error(PageError),
    /// With a page of its own.
    Answer(Box<Response>),
}

impl Stop {
    /// The answer after all.
    pub(super) fn answer(self) -> Result<Response, PageError> {
        match self {
            Self::Error(error) => Err(error),
            Self::Answer(response) => Ok(*response),
        }
    }
}

impl From<PageError> for Stop {
    fn from(error: PageError) -> Self {
        Self::Error(error)
    }
}

impl From<DbError> for Stop {
    fn from(error: DbError) -> Self {
        Self::Error(error.into())
    }
}

impl From<ConnectionError> for Stop {
    fn from(error: ConnectionError) -> Self {
        Self::Error(error.into())
    }
}

/// Who may change the connection, with the transaction for it.
#[expect(clippy::large_enum_variant, reason = "one a request, moved once")]
pub(super) enum Door {
    Admin(Permit<ManageSso>),
    Link { permit: Box<SetupPermit>, token: String },
}

impl Door {
    /// By a link, whose token is asked for anew by each request.
    pub(super) async fn by_link(context: &RequestContext, token: &str) -> Result<Self, Stop> {
        let tx = context.services.database.begin(&context.tenant()?.home).await?;
        match setup_link::open(tx, &context.scribe(), &context.device.address, token).await? {
            Opened::Good(permit) => Ok(Self::Link { permit, token: token.to_owned() }),
            Opened::Dead => Err(Stop::Answer(Box::new(link_frame::dead(context)))),
            Opened::Throttled(throttled) => Err(PageError::Throttled(throttled.wait_in_words()).into()),
        }
    }

    pub(super) fn tx(&mut self) -> &mut TenantTx {
        match self {
            Self::Admin(permit) => permit,
            Self::Link { permit, .. } => permit,
        }
    }

    pub(super) fn editor(&mut self) -> Editor<'_> {
        match self {
            Self::Admin(permit) => Editor::Admin(permit),
            Self::Link { permit, .. } => Editor::Link(permit),
        }
    }

    /// By which link somebody came.
    pub(super) fn link(&self) -> Option<SetupLinkId> {
        match self {
            Self::Admin(_) => None,
            Self::Link { permit, .. } => Some(permit.link()),
        }
    }

    /// The connection as it is now.
    pub(super) async fn connection(&mut self, known: &Connection) -> Result<Connection, Stop> {
        Ok(connection::find(self.tx(), known.id).await?.ok_or(PageError::NotFound)?)
    }

    /// Whether a change needs credentials that were shown lately: an admin's, of a connection that lets people in.
    pub(super) fn must_confirm(&self, context: &RequestContext, connection: &Connection) -> bool {
        match self {
            Self::Admin(permit) => {
                connection.is_on() && !permit.principal().is_confirmed(context.services.ambient.now())
            }
            Self::Link { .. } => false,
        }
    }

    /// Ends the transaction, and says who it was.
    pub(super) async fn commit(self) -> Result<Seat, DbError> {
        Ok(match self {
            Self::Admin(permit) => Seat::Admin(Box::new(permit.commit().await?)),
            Self::Link { permit, token } => {
                let (recipient, by_owner) = (permit.recipient().to_owned(), permit.is_by_owner());
                permit.commit().await?;
                Seat::Link { token, recipient, by_owner }
            }
        })
    }
}

/// Who looks at the page, after the transaction.
pub(super) enum Seat {
    Admin(Box<Principal>),
    Link { token: String, recipient: String, by_owner: bool },
}

impl Seat {
    /// The same again, with a transaction of its own: what is slow was done in between.
    pub(super) async fn again(self, context: &RequestContext) -> Result<Door, Stop> {
        match self {
            Self::Admin(_) => Ok(Door::Admin(permit(context).await?)),
            Self::Link { token, .. } => Door::by_link(context, &token).await,
        }
    }

    pub(super) fn is_admin(&self) -> bool {
        matches!(self, Self::Admin(_))
    }

    /// Whether an owner would vouch for what is switched on now.
    pub(super) fn is_owner(&self) -> bool {
        match self {
            Self::Admin(person) => person.may::<OwnWorkspace>(),
            Self::Link { by_owner, .. } => *by_owner,
        }
    }

    /// Where the pages of the connection begin.
    pub(super) fn home(&self, connection: &Connection) -> String {
        match self {
            Self::Admin(_) => format!("/admin/sso/{}", connection.id),
            Self::Link { token, .. } => format!("/sso-setup/{token}"),
        }
    }

    /// Where a test begins.
    pub(super) fn test(&self, connection: &Connection) -> String {
        let start = format!("/sso/{}/start?purpose=test", connection.id);
        match self {
            Self::Admin(_) => start,
            Self::Link { token, .. } => format!("{start}&setup_link={token}"),
        }
    }

    /// The page around its content.
    pub(super) fn frame(&self, context: &RequestContext, connection: &Connection, content: AnyView) -> AnyView {
        match self {
            Self::Admin(person) => {
                let content = view! { {connection_head(context, connection, Tab::SetUp)} {content} };
                frame(context, person, Section::Sso, true, content)
            }
            Self::Link { recipient, .. } => {
                let title = match context.tenant() {
                    Ok(tenant) => format!("Set up {} for {}", connection.name, tenant.name),
                    Err(_) => format!("Set up {}", connection.name),
                };
                let title = view! {
                    <h1>{title}</h1>
                    <p>{state_badge(connection.state)}</p>
                    <p class="setup-page__lead">{format!("For {recipient}. Whoever has the address of this page can set this connection up: keep it to yourself.")}</p>
                };
                link_frame::wide(context, title.into_any(), content)
            }
        }
    }
}
