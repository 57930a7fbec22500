//! `GET /sign-in/second-factor` and `POST` to it: the code of the app, or a recovery code.

use axum::{
    extract::{Query, rejection::QueryRejection},
    response::Response,
};
use rowhouse_platform::operator::second_factor::{self, Met};

use super::{sign_in::begin_again, sign_in_parts};
use crate::{
    account::{
        local_path,
        second_factor::{Asked, Fields, Outcome, render},
    },
    context::{Context, RequestContext},
    error::PageError,
    routes::{see_other, set_cookie},
    ui::FormBody,
};

pub(super) const HERE: &str = "/sign-in/second-factor";

pub(super) async fn show(context: Context, query: Result<Query<Asked>, QueryRejection>) -> Result<Response, PageError> {
    let asked = query.map(|Query(asked)| asked).unwrap_or_default();
    let Some(token) = &context.challenge else { return Ok(begin_again(&context, &asked.next)) };
    if !second_factor::owes_code(sign_in_parts(&context)?, token).await? {
        return Ok(begin_again(&context, &asked.next));
    }
    Ok(render(&context, HERE, &asked, &Outcome::None))
}

pub(super) async fn submit(context: Context, FormBody(fields): FormBody<Fields>) -> Result<Response, PageError> {
    let Some(token) = &context.challenge else { return Ok(begin_again(&context, &fields.asked.next)) };
    if fields.code.trim().is_empty() {
        return Ok(render(&context, HERE, &fields.asked, &Outcome::Missing));
    }
    let origin = context.origin();
    let from = (&context.device, &origin);
    match second_factor::meet(sign_in_parts(&context)?, token, fields.answer(), from).await? {
        Met::Gone => Ok(begin_again(&context, &fields.asked.next)),
        Met::Missed(miss) => Ok(render(&context, HERE, &fields.asked, &Outcome::Missed(miss))),
        Met::In { token, .. } => {
            let mut response = see_other(&context.href(local_path(&fields.asked.next).unwrap_or("/")));
            let_in(&mut response, &context, token.as_str());
            Ok(response)
        }
    }
}

/// Gives the browser its session.
pub(super) fn let_in(response: &mut Response, context: &RequestContext, token: &str) {
    set_cookie(response, &context.session_cookie(), token, None);
    set_cookie(response, &context.challenge_cookie(), "", Some(0));
}
