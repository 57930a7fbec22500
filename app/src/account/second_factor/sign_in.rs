//! `GET /sign-in/second-factor` and `POST` to it: the second half of signing in.

use axum::{
    extract::{Query, rejection::QueryRejection},
    response::Response,
};
use rowhouse_platform::{
    audit::{Act, Action},
    identity::{
        account,
        admission::{self, Admission},
        challenge, second_factor,
        session::Proof,
    },
};

use super::{Asked, Fields, Outcome, record_miss, render, tell_of_recovery_code};
use crate::{
    account::{passkeys::Prompt, sign_in},
    context::{Context, RequestContext},
    error::PageError,
    routes::{see_other_with, set_cookie},
    ui::{FormBody, flash::Flash},
};

const HERE: &str = "/sign-in/second-factor";

pub(super) async fn show(context: Context, query: Result<Query<Asked>, QueryRejection>) -> Result<Response, PageError> {
    let asked = query.map(|Query(asked)| asked).unwrap_or_default();
    let services = &context.services;
    let Some(token) = &context.challenge else { return Ok(begin_again(&context, &asked.next)) };
    let mut tx = services.database.begin(&context.tenant()?.home).await?;
    let Some(found) = challenge::find(&mut tx, &services.ambient, token).await? else {
        return Ok(begin_again(&context, &asked.next));
    };
    let asked = asked.with_passkey((&context, &mut tx), found.account, Prompt::SecondFactor).await?;
    tx.commit().await?;
    Ok(render(&context, HERE, &asked, &Outcome::None))
}

pub(super) async fn submit(context: Context, FormBody(fields): FormBody<Fields>) -> Result<Response, PageError> {
    let services = &context.services;
    let Some(token) = &context.challenge else { return Ok(begin_again(&context, &fields.asked.next)) };
    if fields.code.trim().is_empty() {
        return Ok(render(&context, HERE, &fields.asked, &Outcome::Missing));
    }
    let mut tx = services.database.begin(&context.tenant()?.home).await?;
    let (ambient, limit) = (&services.ambient, services.sign_in_limits.account);
    let met = second_factor::meet(&mut tx, ambient, &services.secrets, limit, token, fields.answer()).await?;
    let Some((challenge, verdict)) = met else {
        tx.commit().await?;
        return Ok(begin_again(&context, &fields.asked.next));
    };
    let scribe = context.scribe();
    if let Err(miss) = verdict {
        let (_, email) = account::name_and_email(&mut tx, challenge.account).await?.unwrap_or_default();
        let act = Act::by_nobody(Action::SignInRefused).on("account", challenge.account.to_string(), email);
        record_miss(&mut tx, &context, miss, challenge.account, act).await?;
        let asked = fields.asked.with_passkey((&context, &mut tx), challenge.account, Prompt::SecondFactor).await?;
        tx.commit().await?;
        return Ok(render(&context, HERE, &asked, &Outcome::Missed(miss)));
    }
    if fields.asked.with_recovery_code() {
        tell_of_recovery_code(&mut tx, &context, challenge.account).await?;
    }
    let mut entrant =
        sign_in::entrant(&context, challenge.account, Proof { method: challenge.method, second_factor: true })?;
    entrant.sso = challenge.sso;
    let admission = match admission::admit(&mut tx, &scribe, services.session_policy, entrant).await? {
        Ok(admission) => admission,
        // The policy changed since the first half.
        Err(refusal) => return sign_in::refuse(&context, refusal).await,
    };
    tx.commit().await?;
    Ok(let_in(&context, admission, &fields.asked.next))
}

fn let_in(context: &RequestContext, admission: Admission, next: &str) -> Response {
    let mut response = sign_in::let_in(context, admission, next);
    set_cookie(&mut response, &context.challenge_cookie(), "", Some(0));
    response
}

/// There is no half of a sign-in here, or not any more.
fn begin_again(context: &RequestContext, next: &str) -> Response {
    let mut response = see_other_with(&sign_in::address(context, next), Flash::SignInAgain);
    set_cookie(&mut response, &context.challenge_cookie(), "", Some(0));
    response
}
