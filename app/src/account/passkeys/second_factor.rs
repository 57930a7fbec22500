//! `POST /sign-in/second-factor/passkey/begin` and `…/finish`: a key after the password, while no session exists yet.

use axum::response::Response;
use rowhouse_platform::identity::{
    admission, challenge,
    passkey::authenticate::{self, Purpose},
    session::Proof,
};

use super::{
    browser::{self, Begin, Browser, relying_party},
    json::{Failure, JsonBody},
    record,
    sign_in::{self, Finish},
};
use crate::{
    context::{Context, RequestContext},
    error::PageError,
    routes::set_cookie,
};

/// The half of a sign-in that is done, as the browser shows it. Without one the person starts again.
fn token(context: &RequestContext) -> Result<&str, PageError> {
    context.challenge.as_deref().ok_or(PageError::SignedOut)
}

pub(super) async fn begin(
    context: Context,
    browser: Browser,
    JsonBody(Begin {}): JsonBody<Begin>,
) -> Result<Response, Failure> {
    let (tenant, services) = (context.tenant()?, &context.services);
    let half = token(&context)?;
    let party = relying_party(&context)?;
    let token = browser.token(&context);
    let mut tx = services.database.begin(&tenant.home).await?;
    let found = challenge::find(&mut tx, &services.ambient, half).await?.ok_or(PageError::SignedOut)?;
    let purpose = Purpose::SecondFactor(found.account);
    let begun = authenticate::begin(&mut tx, &services.ambient, &party, &token, purpose).await?;
    tx.commit().await?;
    Ok(browser::begun(&context, &token, &begun?))
}

pub(super) async fn finish(
    context: Context,
    browser: Browser,
    JsonBody(sent): JsonBody<Finish>,
) -> Result<Response, Failure> {
    let (tenant, services) = (context.tenant()?, &context.services);
    let half = token(&context)?;
    let party = relying_party(&context)?;
    let mut tx = services.database.begin(&tenant.home).await?;
    let Some(found) = challenge::attempt(&mut tx, &services.ambient, half).await? else {
        tx.commit().await?;
        return Err(PageError::SignedOut.into());
    };
    let purpose = Purpose::SecondFactor(found.account);
    let answer = browser.answer(&sent.ceremony, sent.credential);
    if let Err(refusal) = authenticate::finish(&mut tx, &services.ambient, &party, purpose, answer).await? {
        record::refused(&mut tx, &context, &refusal).await?;
        // The attempt stays counted, and the ceremony is used up.
        tx.commit().await?;
        return Err(refusal.reason.into());
    }
    if !challenge::settle(&mut tx, half).await? {
        return Err(PageError::SignedOut.into());
    }
    let mut entrant =
        crate::account::sign_in::entrant(&context, found.account, Proof { method: found.method, second_factor: true })?;
    entrant.sso = found.sso;
    let admitted = admission::admit(&mut tx, &context.scribe(), services.session_policy, entrant).await?;
    if let Err(refusal) = &admitted {
        record::barred(&mut tx, &context, refusal).await?;
    }
    tx.commit().await?;
    match admitted {
        Ok(admission) => {
            let mut response = sign_in::let_in(&context, admission, &sent.next);
            set_cookie(&mut response, &context.challenge_cookie(), "", Some(0));
            Ok(response)
        }
        Err(refusal) => Err(sign_in::refused(&refusal)),
    }
}
