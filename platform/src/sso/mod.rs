//! Single sign-on: people sign in at their company's own identity provider, by `OpenID` Connect or SAML 2.0.
//!
//! A sign-in goes this way:
//!
//! 1. [`flow::begin`] remembers in the tenant's tables that a browser was sent to a [`Connection`]'s provider.
//! 2. [`oidc`] or [`saml`] checks what comes back and answers an [`Identity`]: what the provider says of the person, and
//!    nothing that its signature does not cover. Each check is a [`Step`](report::Step) of a [`Report`].
//! 3. [`people`] finds or makes the person's account, and the one door of all methods,
//!    [`admission`](crate::identity::admission), lets them in.
//! 4. The report becomes a [`trace`], which the tenant's admins read, and its id is what the person is told.
//!
//! Everything is of one tenant: a connection, its keys, its flows, what was used, and who somebody is there. The tenant
//! comes from the host that was asked, never from what a message says.

pub mod admitting;
pub mod connected;
pub mod connection;
mod editor;
pub mod email_domain;
pub mod flow;
mod identity;
pub mod keys;
pub mod meter;
pub mod oidc;
pub mod overview;
pub mod people;
pub mod refresh;
pub mod removal;
pub mod report;
mod reseal;
pub mod rules;
pub mod saml;
pub mod session;
mod settings;
pub mod setup_link;
pub mod trace;
pub mod upkeep;
pub mod used_message;
pub(crate) mod ways_in;

pub use connection::{Connection, ConnectionError, ConnectionId, ConnectionSecrets, ConnectionState, Provider};
pub use editor::{Editor, SetupPermit};
pub use identity::{Identity, LogoutHandle, NameId};
pub use report::{Purpose, Reason, Refused, Report};
pub use reseal::reseal;
pub use session::{SsoLogin, SsoSession};
pub use settings::{
    AttributeMap, ClientAuthentication, NameIdFormat, OidcSettings, Protocol, RequestBinding, SamlSettings,
};

use crate::typed_id;

typed_id!(
    /// What happened at one sign-in; the reference that people are told.
    TraceId,
    "trc"
);
typed_id!(
    /// A link for setting up one connection.
    SetupLinkId,
    "ssl"
);
