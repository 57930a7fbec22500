//! `/admin/plan/seats`: how many seats are paid for.

use axum::{http::StatusCode, response::Response};
use leptos::prelude::*;
use rowhouse_platform::{
    access::{ManagePlan, Principal},
    billing::request::{self, Request},
    plan::{Limit, count},
};
use serde::Deserialize;

use super::{PLAN, subscribed};
use crate::{
    access::Allowed,
    context::{Context, RequestContext},
    error::PageError,
    routes::see_other_with,
    ui::{
        FieldErrors, FormBody, Head,
        choice::NumberField,
        flash::Flash,
        form::summary,
        frame::{Section, frame},
        page,
        time::number,
    },
};

/// The most seats that can be bought here.
const MOST: i32 = 100_000;

/// What was typed.
#[derive(Default, Deserialize)]
pub(super) struct Fields {
    #[serde(default)]
    seats: String,
}

/// How many seats there may be.
struct Range {
    /// In use now.
    used: i64,
    least: i32,
    most: i32,
}

impl Range {
    /// As many as are used, at least; as many as the plan allows, at most.
    fn of(context: &RequestContext, used: i64) -> Result<Self, PageError> {
        let own = subscribed(context)?;
        if !own.price.per_seat {
            return Err(PageError::NotFound);
        }
        let most = own.planned(Limit::Seats).and_then(|most| i32::try_from(most).ok()).unwrap_or(MOST).clamp(1, MOST);
        let least = i32::try_from(used).unwrap_or(MOST).clamp(1, most);
        Ok(Self { used, least, most })
    }
}

pub(super) async fn show(context: Context, Allowed(mut permit): Allowed<ManagePlan>) -> Result<Response, PageError> {
    let used = count::seats(&mut permit, &context.services.ambient).await?;
    let range = Range::of(&context, used)?;
    let person = permit.commit().await?;
    // More may be in use than are paid for: so many are the least that can be chosen.
    let seats = context.tenant()?.entitlements.seats.unwrap_or(range.least).clamp(range.least, range.most).to_string();
    Ok(render(&context, &person, &range, &Fields { seats }, &FieldErrors::default()))
}

pub(super) async fn submit(
    context: Context,
    Allowed(mut permit): Allowed<ManagePlan>,
    FormBody(fields): FormBody<Fields>,
) -> Result<Response, PageError> {
    let used = count::seats(&mut permit, &context.services.ambient).await?;
    let range = Range::of(&context, used)?;
    let mut errors = FieldErrors::default();
    let seats = errors.required_number("seats", "The number of seats", &fields.seats, range.least, range.most);
    if !errors.is_empty() {
        let person = permit.commit().await?;
        return Ok(render(&context, &person, &range, &fields, &errors));
    }
    request::ask(&mut permit, &context.services.ambient, &Request::Seats(seats)).await?;
    permit.commit().await?;
    Ok(see_other_with(&context.href(PLAN), Flash::PaymentChangeAsked))
}

fn render(
    context: &RequestContext,
    person: &Principal,
    range: &Range,
    fields: &Fields,
    errors: &FieldErrors,
) -> Response {
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    page(context, Head::new("Change seats").with_status(status), || {
        let help = format!(
            "In use: {}. Choose from {} to {}. What more or fewer seats come to for the rest of the period stands on the next invoice.",
            number(range.used),
            number(range.least.into()),
            number(range.most.into())
        );
        let content = view! {
            <div class="page__head"><h1 class="page__title">"Change seats"</h1></div>
            <div class="stack">
                {summary(errors)}
                <form class="form" action=context.href("/admin/plan/seats") method="post">
                    <NumberField
                        id="seats"
                        label="Seats"
                        value=&fields.seats
                        errors=errors
                        min=range.least
                        max=range.most
                        help=help
                    />
                    <div class="button-row">
                        <button class="button button--primary" type="submit">"Change seats"</button>
                        <a class="button" href=context.href(PLAN)>"Leave them"</a>
                    </div>
                </form>
            </div>
        };
        frame(context, person, Section::Plan, true, content)
    })
}
