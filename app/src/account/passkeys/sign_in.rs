//! `POST /sign-in/passkey/begin` and `…/finish`: signing in by a key alone. The key says who it is; having it and being
//! verified by its holder are two factors.

use axum::{http::StatusCode, response::Response};
use rowhouse_platform::identity::{
    admission::{self, Admission},
    passkey::authenticate::{self, Purpose},
    policy::Method,
    session::Proof,
    throttle::{self, Limit},
};
use serde::Deserialize;
use serde_json::Value;

use super::{
    browser::{self, Begin, Browser, relying_party},
    json::{Failure, JsonBody},
    record,
};
use crate::context::{Context, RequestContext};

/// Each page of the sign-in form begins a ceremony, for the browser to offer keys. So the limit of an address is wide:
/// it keeps the table small, and guesses lead nowhere.
const BEGINNINGS: u32 = 20;

/// The end of a ceremony.
#[derive(Deserialize)]
pub(super) struct Finish {
    pub(super) ceremony: String,
    #[serde(default)]
    pub(super) next: String,
    pub(super) credential: Value,
}

fn limit(context: &RequestContext) -> Limit {
    let limit = context.services.sign_in_limits.address;
    Limit { attempts: limit.attempts.saturating_mul(BEGINNINGS), ..limit }
}

pub(super) fn refused(refusal: &admission::Refusal) -> Failure {
    let message = match refusal {
        admission::Refusal::Method(_) => "This workspace does not let people in with passkeys.".to_owned(),
        admission::Refusal::SsoRequired => "People sign in to this workspace at its identity provider.".to_owned(),
        admission::Refusal::Address(address) => {
            format!("This workspace can be entered from certain networks only, and {address} is not in them.")
        }
    };
    Failure::Refused(StatusCode::FORBIDDEN, message)
}

pub(super) async fn begin(
    context: Context,
    browser: Browser,
    JsonBody(Begin {}): JsonBody<Begin>,
) -> Result<Response, Failure> {
    let (tenant, services) = (context.tenant()?, &context.services);
    let party = relying_party(&context)?;
    let token = browser.token(&context);
    let address = context.device.address.as_str();
    let mut tx = services.database.begin(&tenant.home).await?;
    if let Err(refusal) = admission::check(&mut tx, Method::Passkey, address).await? {
        record::barred(&mut tx, &context, &refusal).await?;
        tx.commit().await?;
        return Err(refused(&refusal));
    }
    let counted = throttle::count(&mut tx, &services.ambient, &["passkey", address], limit(&context)).await?;
    if let Err(wait) = counted {
        tx.commit().await?;
        return Err(Failure::throttled(wait));
    }
    let begun = authenticate::begin(&mut tx, &services.ambient, &party, &token, Purpose::SignIn).await?;
    tx.commit().await?;
    Ok(browser::begun(&context, &token, &begun?))
}

pub(super) async fn finish(
    context: Context,
    browser: Browser,
    JsonBody(sent): JsonBody<Finish>,
) -> Result<Response, Failure> {
    let (tenant, services) = (context.tenant()?, &context.services);
    let party = relying_party(&context)?;
    let mut tx = services.database.begin(&tenant.home).await?;
    let answer = browser.answer(&sent.ceremony, sent.credential);
    let verified = match authenticate::finish(&mut tx, &services.ambient, &party, Purpose::SignIn, answer).await? {
        Ok(verified) => verified,
        Err(refusal) => {
            record::refused(&mut tx, &context, &refusal).await?;
            // The ceremony is used up all the same.
            tx.commit().await?;
            return Err(refusal.reason.into());
        }
    };
    let entrant = crate::account::sign_in::entrant(
        &context,
        verified.owner.account,
        Proof { method: Method::Passkey, second_factor: true },
    )?;
    let admitted = admission::admit(&mut tx, &context.scribe(), services.session_policy, entrant).await?;
    if let Err(refusal) = &admitted {
        record::barred(&mut tx, &context, refusal).await?;
    }
    tx.commit().await?;
    match admitted {
        Ok(admission) => Ok(let_in(&context, admission, &sent.next)),
        Err(refusal) => Err(refused(&refusal)),
    }
}

/// As the sign-in form lets people in, in JSON.
pub(super) fn let_in(context: &RequestContext, admission: Admission, next: &str) -> Response {
    browser::go_on(crate::account::sign_in::let_in(context, admission, next))
}
