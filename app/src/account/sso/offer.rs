//! The part of the sign-in page for connections: a button each, and a field for who does not know which one is theirs.

use leptos::prelude::*;
use rowhouse_platform::{
    db::{DbError, TenantTx},
    sso::{Connection, ConnectionId, connection},
};

use super::{BY_EMAIL, local_path};
use crate::{
    context::RequestContext,
    routes::query_string,
    ui::{FieldErrors, Icon, form::TextField},
};

/// The connections that let people in.
#[derive(Debug, Clone, Default)]
pub(in crate::account) struct Offer {
    on: Vec<Connection>,
}

impl Offer {
    /// Reads them.
    ///
    /// # Errors
    /// [`DbError`].
    pub(in crate::account) async fn load(tx: &mut TenantTx) -> Result<Self, DbError> {
        Ok(Self { on: connection::list(tx).await?.into_iter().filter(Connection::is_on).collect() })
    }

    /// Whether there is none.
    pub(in crate::account) fn is_empty(&self) -> bool {
        self.on.is_empty()
    }

    /// The address that begins a sign-in at the connection that addresses name by `hint`.
    pub(in crate::account) fn start_of_hint(
        &self,
        context: &RequestContext,
        hint: &str,
        next: &str,
        login_hint: Option<&str>,
    ) -> Option<String> {
        let connection = self.on.iter().find(|connection| connection.hint == hint)?;
        let next = local_path(next).unwrap_or_default();
        Some(start(context, connection.id, next, login_hint.unwrap_or_default()))
    }

    /// The buttons and the field. The field's messages and what was typed are those of `sso_email`.
    pub(in crate::account) fn view(
        &self,
        context: &RequestContext,
        email: &str,
        next: &str,
        errors: &FieldErrors,
    ) -> AnyView {
        if self.is_empty() {
            return ().into_any();
        }
        let buttons = self.on.iter().filter(|connection| connection.admitting.show_button);
        view! {
            {buttons.map(|connection| button(context, connection, next)).collect_view()}
            <form class="form" action=context.href(BY_EMAIL) method="post">
                <input type="hidden" name="next" value=next.to_owned() />
                <TextField
                    id="sso_email"
                    label="Work email"
                    kind="email"
                    value=email
                    errors=errors
                    autocomplete="email"
                    maxlength=254
                    autofocus=errors.of("sso_email").is_some()
                    help="Its domain says where you sign in."
                />
                <button class="button button--wide" type="submit">"Continue with single sign-on"</button>
            </form>
        }
        .into_any()
    }
}

/// The address that begins a sign-in at a connection.
pub(super) fn start(context: &RequestContext, id: ConnectionId, next: &str, login_hint: &str) -> String {
    let pairs = [("next", next), ("login_hint", login_hint)];
    let pairs: Vec<_> = pairs
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| (name, value.to_owned()))
        .collect();
    context.href(&format!("/sso/{id}/start{}", query_string(&pairs)))
}

fn button(context: &RequestContext, connection: &Connection, next: &str) -> AnyView {
    view! {
        <a class="button button--wide" href=start(context, connection.id, next, "")>
            <Icon name="shield" />
            {format!("Sign in with {}", connection.name)}
        </a>
    }
    .into_any()
}

/// Buttons of several connections, of which somebody has to choose.
pub(in crate::account) fn choices(context: &RequestContext, among: &[Connection], next: &str) -> AnyView {
    among.iter().map(|connection| button(context, connection, next)).collect_view().into_any()
}
