//! `/admin/plan/cancel`: the end of a subscription with its period, and taking that back.

use axum::response::Response;
use leptos::prelude::*;
use rowhouse_platform::{
    access::ManagePlan,
    billing::request::{self, Request},
};

use super::{PLAN, subscribed};
use crate::{
    access::Allowed,
    context::Context,
    error::PageError,
    routes::see_other_with,
    ui::{
        Head,
        flash::Flash,
        frame::{Section, frame},
        page, time,
        typed_confirmation::Warning,
    },
};

pub(super) async fn show(context: Context, Allowed(permit): Allowed<ManagePlan>) -> Result<Response, PageError> {
    let own = subscribed(&context)?;
    let person = permit.commit().await?;
    Ok(page(&context, Head::new("Cancel the subscription"), || {
        let until = own.period_end.map_or_else(|| "the end of the period".to_owned(), time::day);
        let text = format!(
            "Until {until} everything stays as it is. Then the workspace goes on with the smallest plan. Nothing is deleted: what that plan has no room for can be read, and not be changed."
        );
        let content = view! {
            <div class="page__head"><h1 class="page__title">"Cancel the subscription"</h1></div>
            <form class="form" action=context.href("/admin/plan/cancel") method="post">
                <Warning title="The subscription ends with the period that is paid" text=text />
                <div class="button-row">
                    <button class="button button--danger" type="submit">"Cancel the subscription"</button>
                    <a class="button" href=context.href(PLAN)>"Keep it"</a>
                </div>
            </form>
        };
        frame(&context, &person, Section::Plan, false, content)
    }))
}

pub(super) async fn submit(context: Context, permit: Allowed<ManagePlan>) -> Result<Response, PageError> {
    ask(&context, permit, &Request::Cancel).await
}

pub(super) async fn resume(context: Context, permit: Allowed<ManagePlan>) -> Result<Response, PageError> {
    ask(&context, permit, &Request::Resume).await
}

async fn ask(
    context: &Context,
    Allowed(mut permit): Allowed<ManagePlan>,
    request: &Request,
) -> Result<Response, PageError> {
    subscribed(context)?;
    request::ask(&mut permit, &context.services.ambient, request).await?;
    permit.commit().await?;
    Ok(see_other_with(&context.href(PLAN), Flash::PaymentChangeAsked))
}
