//! `POST /confirm/passkey/begin` and `…/finish`: somebody who is signed in shows again who they are, or shows the second
//! factor that the workspace requires.

use axum::response::Response;
use rowhouse_platform::{
    access::ProveIdentity,
    identity::{
        passkey::authenticate::{self, Purpose},
        session,
    },
};

use super::{
    browser::{self, Begin, Browser, relying_party},
    json::{Failure, JsonBody},
    record,
    sign_in::Finish,
};
use crate::{access::Allowed, account::sign_in::local_path, context::Context, routes::see_other};

pub(super) async fn begin(
    context: Context,
    browser: Browser,
    Allowed(mut permit): Allowed<ProveIdentity>,
    JsonBody(Begin {}): JsonBody<Begin>,
) -> Result<Response, Failure> {
    let party = relying_party(&context)?;
    let token = browser.token(&context);
    let purpose = Purpose::Confirm(permit.principal().account);
    let begun = authenticate::begin(&mut permit, &context.services.ambient, &party, &token, purpose).await?;
    permit.commit().await?;
    Ok(browser::begun(&context, &token, &begun?))
}

pub(super) async fn finish(
    context: Context,
    browser: Browser,
    Allowed(mut permit): Allowed<ProveIdentity>,
    JsonBody(sent): JsonBody<Finish>,
) -> Result<Response, Failure> {
    let ambient = &context.services.ambient;
    let party = relying_party(&context)?;
    let person = permit.principal().clone();
    let purpose = Purpose::Confirm(person.account);
    let answer = browser.answer(&sent.ceremony, sent.credential);
    let verified = match authenticate::finish(&mut permit, ambient, &party, purpose, answer).await? {
        Ok(verified) => verified,
        Err(refusal) => {
            record::not_confirmed(permit.parts(), &context, refusal.reason).await?;
            // The ceremony is used up all the same.
            permit.commit().await?;
            return Err(refusal.reason.into());
        }
    };
    session::confirm(&mut permit, ambient, &person, true).await?;
    record::confirmed(permit.parts(), &context, (verified.passkey, &verified.name)).await?;
    permit.commit().await?;
    Ok(browser::go_on(see_other(&context.href(local_path(&sent.next).unwrap_or("/tickets")))))
}
