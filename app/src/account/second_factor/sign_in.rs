//! `GET /sign-in/second-factor` and `POST` to it: the second half of signing in.

use axum::{
    extract::{Query, rejection::QueryRejection},
    response::Response,
};
use rowhouse_platform::{
    audit::{self, Act, Action},
    db::TenantTx,
    id::AccountId,
    identity::{
        account,
        admission::{self, Admission, Entrant},
        challenge, recovery_codes, second_factor,
        session::Proof,
    },
    mail::{self, Letter},
};

use super::{Asked, Fields, Outcome, render};
use crate::{
    account::sign_in,
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
    let found = challenge::find(&mut tx, &services.ambient, token).await?;
    tx.commit().await?;
    match found {
        Some(_) => Ok(render(&context, HERE, &asked, &Outcome::None)),
        None => Ok(begin_again(&context, &asked.next)),
    }
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
        let act = Act::by_nobody(Action::SignInRefused).on("account", challenge.account.to_string(), "");
        audit::record(&mut tx, &scribe, act.because("The second factor was wrong.")).await?;
        tx.commit().await?;
        return Ok(render(&context, HERE, &fields.asked, &Outcome::Missed(miss)));
    }
    if fields.asked.with_recovery_code() {
        tell_of_recovery_code(&mut tx, &context, challenge.account).await?;
    }
    let entrant = Entrant {
        account: challenge.account,
        proof: Proof { method: challenge.method, second_factor: true },
        device: &context.device,
        previous: context.session.as_ref(),
    };
    let admission = match admission::admit(&mut tx, &scribe, services.session_policy, entrant).await? {
        Ok(admission) => admission,
        // The policy changed since the first half.
        Err(refusal) => return sign_in::refuse(&context, refusal).await,
    };
    tx.commit().await?;
    Ok(let_in(&context, admission, &fields.asked.next))
}

/// Whoever lost the app learns that a code is gone; so does its owner, if it was somebody else.
async fn tell_of_recovery_code(
    tx: &mut TenantTx,
    context: &RequestContext,
    account: AccountId,
) -> Result<(), PageError> {
    let (name, email) = account::name_and_email(tx, account).await?.unwrap_or_default();
    let left = recovery_codes::left(tx, account).await?;
    let what = match left {
        0 => "The last recovery code was used".to_owned(),
        1 => "A recovery code was used; 1 is left".to_owned(),
        left => format!("A recovery code was used; {left} are left"),
    };
    let ambient = &context.services.ambient;
    let letter = Letter::SecondFactorChanged { what, when: ambient.now() };
    mail::queue(tx, ambient, &context.letterhead()?, &email, &letter).await?;
    let act = Act::by_account(account, name, email, Action::RecoveryCodeUsed);
    audit::record(tx, &context.scribe(), act.change((), serde_json::json!({ "left": left }))).await?;
    Ok(())
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
