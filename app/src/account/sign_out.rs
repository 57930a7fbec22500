//! `POST /sign-out`: ends this browser's session. Nobody needs to be signed in for it. Where the session began at an
//! identity provider that takes sign-outs, the browser is led there, without a session any more.

use axum::response::Response;
use rowhouse_platform::{
    audit::{self, Act, Action},
    identity::session,
};

use super::sso;
use crate::{
    context::Context,
    error::PageError,
    routes::{see_other_with, set_cookie},
    ui::flash::Flash,
};

pub(super) async fn submit(context: Context) -> Result<Response, PageError> {
    let tenant = context.tenant()?;
    let mut there = None;
    if let Some(token) = &context.session {
        let services = &context.services;
        let mut tx = services.database.begin(&tenant.home).await?;
        let resumed = session::resume(&mut tx, &services.ambient, services.session_policy, token).await?;
        if let Some(session) = resumed.as_ref().and_then(|resumed| resumed.principal.session_id()) {
            there = sso::sign_out_there(&context, &mut tx, session).await?;
        }
        session::end(&mut tx, token).await?;
        if let Some(resumed) = resumed {
            audit::record(&mut tx, &context.scribe(), Act::by(&resumed.principal, Action::SignOutDone)).await?;
        }
        tx.commit().await?;
    }
    let elsewhere = match there {
        Some(there) => there.lead(&context).await,
        None => None,
    };
    let mut response = elsewhere.unwrap_or_else(|| see_other_with(&context.href("/sign-in"), Flash::SignedOut));
    set_cookie(&mut response, &context.session_cookie(), "", Some(0));
    Ok(response)
}
