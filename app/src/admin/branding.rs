//! `GET /admin/branding` and `POST /admin/branding`: how the workspace looks.

use axum::{http::StatusCode, response::Response};
use leptos::prelude::*;
use rowhouse_platform::{
    access::{ManageBranding, Principal},
    branding,
};

use super::{
    brand_files,
    branding_form::form,
    branding_preview::preview,
    branding_submission::{Fields, Intent, Submission},
};
use crate::{
    access::Allowed,
    context::{Context, RequestContext},
    error::PageError,
    routes::{Gate, SiteRoutes, see_other_with},
    ui::{
        FieldErrors, Head,
        flash::Flash,
        form::summary,
        frame::{Section, frame},
        page,
    },
};

/// Adds the pages to a tenant's site, and the pictures.
pub(super) fn routes(site: SiteRoutes) -> SiteRoutes {
    site.get("/admin/branding", Gate::of::<ManageBranding>(), show)
        .post("/admin/branding", Gate::of::<ManageBranding>(), submit)
        // The sign-in page wears the branding too, so these are open to everybody.
        .get("/brand/logo/{hash}", Gate::Public, brand_files::logo)
        .get("/brand/favicon/{hash}", Gate::Public, brand_files::favicon)
        .get("/brand/background/{hash}", Gate::Public, brand_files::background)
        .get("/brand/mark.svg", Gate::Public, brand_files::mark)
}

/// The colour that a workspace without one is shown.
const FIRST_COLOUR: &str = "#3b5bdb";

async fn show(context: Context, Allowed(permit): Allowed<ManageBranding>) -> Result<Response, PageError> {
    let person = permit.commit().await?;
    let fields = Fields::of(context.tenant()?, FIRST_COLOUR);
    Ok(render(&context, &person, &fields, &FieldErrors::default()))
}

async fn submit(
    context: Context,
    Allowed(mut permit): Allowed<ManageBranding>,
    mut submission: Submission,
) -> Result<Response, PageError> {
    let tenant = context.tenant()?;
    let mut errors = FieldErrors::default();
    let change = submission.check(&tenant.branding, &mut errors).await?;
    if let Some(change) = change.filter(|_| submission.intent != Intent::Preview) {
        branding::save(&mut permit, &context.scribe(), &tenant.name, change).await?;
        permit.commit().await?;
        // The news reaches this server a moment later; the next page must not be the old one.
        context.services.directory.forget(tenant.home.id());
        return Ok(see_other_with(&context.href("/admin/branding"), Flash::BrandingSaved));
    }
    let person = permit.commit().await?;
    Ok(render(&context, &person, &submission.fields, &errors))
}

fn render(context: &RequestContext, person: &Principal, fields: &Fields, errors: &FieldErrors) -> Response {
    let Ok(tenant) = context.tenant() else {
        return crate::ui::error_page::error_page(context, &PageError::NotFound);
    };
    let saved = &tenant.branding;
    let shown = fields.preview(saved);
    let tokens = shown.tokens.clone().unwrap_or_default();
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let head = Head::new("Branding").with_status(status).with_css(format!(".brand-scope{{{}}}", tokens.to_css()));
    page(context, head, || {
        let content = view! {
            <div class="page__head">
                <h1 class="page__title">"Branding"</h1>
                <p class="page__lead">"How this workspace looks: on every page of it, on its sign-in page, and in mail."</p>
            </div>
            <div class="branding">
                <div class="stack">{summary(errors)} {form(context, saved, fields, errors)}</div>
                <div class="branding__preview stack">{preview(context, &shown, &fields.name, &tokens)}</div>
            </div>
        };
        frame(context, person, Section::Branding, false, content)
    })
}
