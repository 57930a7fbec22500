//! `/admin/plan/tax-id`: the tax id that stands on invoices.

use axum::{http::StatusCode, response::Response};
use leptos::prelude::*;
use rowhouse_platform::{
    access::{ManagePlan, Principal},
    billing::{
        checkout,
        request::{self, Request},
    },
};
use serde::Deserialize;

use super::{PLAN, billing};
use crate::{
    access::Allowed,
    context::{Context, RequestContext},
    error::PageError,
    routes::see_other_with,
    ui::{
        FieldErrors, FormBody, Head,
        choice::{Choice, SelectField},
        flash::Flash,
        form::{TextField, summary},
        frame::{Section, frame},
        page,
    },
};

/// The most characters of a tax id.
const LENGTH: usize = 40;
/// Stripe's word for a kind of tax id, and people's. Others are entered on Stripe's own page.
const KINDS: [(&str, &str); 12] = [
    ("eu_vat", "European Union, VAT number"),
    ("gb_vat", "United Kingdom, VAT number"),
    ("us_ein", "United States, EIN"),
    ("ca_bn", "Canada, BN"),
    ("au_abn", "Australia, ABN"),
    ("nz_gst", "New Zealand, GST number"),
    ("ch_vat", "Switzerland, VAT number"),
    ("no_vat", "Norway, VAT number"),
    ("in_gst", "India, GSTIN"),
    ("jp_cn", "Japan, corporate number"),
    ("sg_uen", "Singapore, UEN"),
    ("br_cnpj", "Brazil, CNPJ"),
];

/// What was typed.
#[derive(Default, Deserialize)]
pub(super) struct Fields {
    #[serde(default)]
    kind: String,
    #[serde(default)]
    value: String,
}

pub(super) async fn show(context: Context, Allowed(mut permit): Allowed<ManagePlan>) -> Result<Response, PageError> {
    billing(&context)?;
    checkout::own(&mut permit).await?.customer.ok_or(PageError::NotFound)?;
    let person = permit.commit().await?;
    Ok(render(&context, &person, &Fields::default(), &FieldErrors::default()))
}

pub(super) async fn submit(
    context: Context,
    Allowed(mut permit): Allowed<ManagePlan>,
    FormBody(fields): FormBody<Fields>,
) -> Result<Response, PageError> {
    billing(&context)?;
    checkout::own(&mut permit).await?.customer.ok_or(PageError::NotFound)?;
    let mut errors = FieldErrors::default();
    let kind = KINDS.iter().find(|(word, _)| *word == fields.kind).map(|(word, _)| (*word).to_owned());
    if kind.is_none() {
        errors.add("kind", "Choose what kind of number it is.");
    }
    let value = errors.required_line("value", "The number", &fields.value, LENGTH);
    let (Some(kind), true) = (kind, errors.is_empty()) else {
        let person = permit.commit().await?;
        return Ok(render(&context, &person, &fields, &errors));
    };
    request::ask(&mut permit, &context.services.ambient, &Request::TaxId { kind, value }).await?;
    permit.commit().await?;
    Ok(see_other_with(&context.href(PLAN), Flash::PaymentChangeAsked))
}

fn render(context: &RequestContext, person: &Principal, fields: &Fields, errors: &FieldErrors) -> Response {
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let kinds = KINDS.iter().map(|(word, words)| Choice::new(*word, *words)).collect();
    page(context, Head::new("Add a tax id").with_status(status), || {
        let content = view! {
            <div class="page__head">
                <h1 class="page__title">"Add a tax id"</h1>
                <p class="page__lead">"It stands on every invoice from now on."</p>
            </div>
            <div class="stack">
                {summary(errors)}
                <form class="form" action=context.href("/admin/plan/tax-id") method="post">
                    <SelectField id="kind" label="Kind" options=kinds value=&fields.kind errors=errors />
                    <TextField id="value" label="Number" value=&fields.value errors=errors maxlength=LENGTH />
                    <div class="button-row">
                        <button class="button button--primary" type="submit">"Add tax id"</button>
                        <a class="button" href=context.href(PLAN)>"Leave it"</a>
                    </div>
                </form>
            </div>
        };
        frame(context, person, Section::Plan, false, content)
    })
}
