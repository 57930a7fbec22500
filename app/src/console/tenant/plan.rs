//! `/tenants/{slug}/plan`: a tenant gets another plan, as agreed with it.

use axum::{extract::Path, http::StatusCode, response::Response};
use leptos::prelude::*;
use rowhouse_platform::{
    operator::{
        Operator, act,
        audit::{Action, Record},
        tenants,
    },
    plan::{Entitlements, PlanKey, change::ChangeError, ledger::Version},
};
use serde::Deserialize;

use super::{
    super::{
        Staff,
        frame::{Section, frame},
    },
    REASON_LENGTH, about, about_form, home, reason,
};
use crate::{
    context::{Context, RequestContext},
    error::PageError,
    routes::see_other_with,
    ui::{
        FieldErrors, FormBody, Head,
        choice::{Choice, SelectField, with_none},
        flash::Flash,
        form::{TextField, summary},
        page,
    },
};

/// What was chosen and typed.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Fields {
    #[serde(default)]
    plan: String,
    #[serde(default)]
    reason: String,
}

/// What the page shows.
struct Shown {
    slug: String,
    operator: Operator,
    own: Entitlements,
    plans: Vec<Version>,
}

pub(super) async fn show(context: Context, Path(slug): Path<String>, staff: Staff) -> Result<Response, PageError> {
    let shown = load(&context, staff, &slug).await?;
    Ok(render(&context, &shown, &Fields::default(), &FieldErrors::default()))
}

pub(super) async fn submit(
    context: Context,
    Path(slug): Path<String>,
    staff: Staff,
    FormBody(fields): FormBody<Fields>,
) -> Result<Response, PageError> {
    let mut errors = FieldErrors::default();
    let plan = fields.plan.parse::<PlanKey>().ok();
    if plan.is_none() {
        errors.add("plan", "Choose a plan.");
    }
    let reason = reason(&mut errors, &fields.reason);
    let Some(plan) = plan.filter(|_| errors.is_empty()) else {
        let shown = load(&context, staff, &slug).await?;
        return Ok(render(&context, &shown, &fields, &errors));
    };
    let record = Record::of(Action::PlanChanged).detail(plan.as_str()).because(reason.clone());
    let mut of = about(&context, staff, &slug, record).await?;
    match act::set_plan(&mut of, context.services.ambient.now(), &plan, &reason).await {
        Ok(()) => {
            let tenant = of.id();
            of.commit().await?;
            // The news reaches this server a moment later; the next page must not be the old one.
            context.services.directory.forget(tenant);
            Ok(see_other_with(&context.href(&home(&slug)), Flash::PlanGiven))
        }
        Err(ChangeError::Database(error)) => Err(error.into()),
        Err(error) => {
            errors.add("plan", error);
            // What did not happen is not recorded; that its plan is looked at is.
            drop(of);
            let shown = load(&context, super::super::staff(&context).await?, &slug).await?;
            Ok(render(&context, &shown, &fields, &errors))
        }
    }
}

async fn load(context: &RequestContext, staff: Staff, slug: &str) -> Result<Shown, PageError> {
    let mut of = about_form(context, staff, slug, "plan").await?;
    let own = tenants::entitlements(&mut of).await?;
    let plans = act::plans(&mut of).await?;
    let operator = of.commit().await?;
    Ok(Shown { slug: slug.to_owned(), operator, own, plans })
}

fn render(context: &RequestContext, shown: &Shown, fields: &Fields, errors: &FieldErrors) -> Response {
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let title = format!("Change the plan of {}", shown.slug);
    page(context, Head::new(title.clone()).without_islands().with_status(status), || {
        let own = &shown.own;
        let now = format!("It has {} (version {}), {}.", own.plan_name, own.version, own.state.label());
        let plans = shown.plans.iter().map(|plan| {
            Choice::new(
                plan.plan.as_str(),
                format!("{} (version {}): {}", plan.name, plan.version, plan.price.in_words()),
            )
        });
        let plans = with_none("Choose…", plans);
        let billed = own.is_billed.then(|| {
            view! { <p>"It is paid through the payment provider, whose word would undo a change made here."</p> }
        });
        let content = view! {
            <div class="page__head"><h1 class="page__title">{title.clone()}</h1></div>
            <div class="stack">
                {summary(errors)}
                <p>{now}</p>
                {billed}
                <form class="form" action=context.href(&format!("{}/plan", home(&shown.slug))) method="post">
                    <SelectField id="plan" label="Plan" options=plans value=&fields.plan errors=errors help="As agreed with the customer: nothing is paid here." />
                    <TextField id="reason" label="Reason" value=&fields.reason errors=errors maxlength=REASON_LENGTH help="It stands in the history and in the audit log." />
                    <div class="button-row">
                        <button class="button button--primary" type="submit">"Change plan"</button>
                        <a class="button" href=context.href(&home(&shown.slug))>"Cancel"</a>
                    </div>
                </form>
            </div>
        };
        frame(context, &shown.operator, Section::Tenants, true, content)
    })
}
