//! `GET /sso/{connection}/signed-out`: where an `OpenID` provider sends the browser back to when it has signed somebody
//! out. It only says so; the session here ended before the browser left.

use axum::response::Response;
use rowhouse_app::{account::sso::signed_out, context::Context, error::PageError, routes::see_other};
use rowhouse_platform::{identity::session, sso::connection};

use super::Named;

pub(super) async fn show(context: Context, Named(id): Named) -> Result<Response, PageError> {
    let services = &context.services;
    let mut tx = services.database.begin(&context.tenant()?.home).await?;
    let found = connection::find(&mut tx, id).await?.ok_or(PageError::NotFound)?;
    let resumed = match &context.session {
        Some(token) => session::resume(&mut tx, &services.ambient, services.session_policy, token).await?,
        None => None,
    };
    tx.commit().await?;
    Ok(match resumed {
        // Nobody signed out here: somebody only came to this address.
        Some(_) => see_other(&context.href("/tickets")),
        None => signed_out(&context, &found.name, true),
    })
}
