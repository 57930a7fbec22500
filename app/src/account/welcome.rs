//! `GET /welcome?token=…`: where a sign-up at the apex arrives on the new workspace's own host.

use axum::{extract::Query, response::Response};
use rowhouse_platform::identity::handoff;
use serde::Deserialize;

use super::sign_in::set_session;
use crate::{
    context::Context,
    error::PageError,
    routes::{see_other, see_other_with},
    ui::flash::Flash,
};

#[derive(Deserialize)]
pub(super) struct Arrival {
    #[serde(default)]
    token: String,
}

pub(super) async fn show(context: Context, Query(arrival): Query<Arrival>) -> Result<Response, PageError> {
    let services = &context.services;
    let mut tx = services.database.begin(&context.tenant()?.home).await?;
    let session =
        handoff::accept(&mut tx, &context.scribe(), services.session_policy, &arrival.token, &context.device).await?;
    tx.commit().await?;
    // A token that is used up or too old is no error worth a page: the person signs in, or is signed in already.
    let Some(session) = session else { return Ok(see_other(&context.href("/tickets"))) };
    let mut response = see_other_with(&context.href("/tickets"), Flash::Welcome);
    set_session(&mut response, &context, &session);
    Ok(response)
}
