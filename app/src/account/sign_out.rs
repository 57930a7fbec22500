//! `POST /sign-out`: ends this browser's session. Nobody needs to be signed in for it.

use axum::response::Response;
use rowhouse_platform::identity::session;

use crate::{
    context::Context,
    error::PageError,
    routes::{see_other_with, set_cookie},
    ui::flash::Flash,
};

pub(super) async fn submit(context: Context) -> Result<Response, PageError> {
    let tenant = context.tenant()?;
    if let Some(token) = &context.session {
        let mut tx = context.services.database.begin(&tenant.home).await?;
        session::end(&mut tx, token).await?;
        tx.commit().await?;
    }
    let mut response = see_other_with(&context.href("/sign-in"), Flash::SignedOut);
    set_cookie(&mut response, &context.session_cookie(), "", Some(0));
    Ok(response)
}
