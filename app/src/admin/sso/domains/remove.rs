//! `/admin/sso/domains/remove`: an email domain goes, once its name was typed.

use axum::{extract::Query, http::StatusCode, response::Response};
use leptos::prelude::*;
use rowhouse_platform::{
    access::{ManageSso, Permit},
    sso::email_domain::{self, EmailDomain},
};
use serde::Deserialize;

use super::{PATH, find};
use crate::{
    access::Confirmed,
    context::{Context, RequestContext},
    error::PageError,
    routes::see_other_with,
    ui::{
        FieldErrors, FormBody, Head,
        flash::Flash,
        form::summary,
        frame::{Section, frame},
        page,
        typed_confirmation::TypedConfirmation,
    },
};

/// Which domain.
#[derive(Deserialize)]
pub(super) struct Which {
    #[serde(default)]
    domain: String,
}

/// Which domain, and its name once more.
#[derive(Deserialize)]
pub(super) struct Typed {
    #[serde(default)]
    domain: String,
    #[serde(default)]
    typed: String,
}

pub(super) async fn show(
    context: Context,
    Query(which): Query<Which>,
    Confirmed(mut permit): Confirmed<ManageSso>,
) -> Result<Response, PageError> {
    let domain = find(&context, &mut permit, &which.domain).await?;
    render(&context, permit, &domain, "", &FieldErrors::default()).await
}

pub(super) async fn submit(
    context: Context,
    Confirmed(mut permit): Confirmed<ManageSso>,
    FormBody(form): FormBody<Typed>,
) -> Result<Response, PageError> {
    let own = find(&context, &mut permit, &form.domain).await?;
    let domain = &own.domain;
    if email_domain::parse(&form.typed, &context.services.domains.base).as_ref() != Ok(domain) {
        let mut errors = FieldErrors::default();
        errors.add("typed", format!("Type {domain} to remove it."));
        return render(&context, permit, &own, &form.typed, &errors).await;
    }
    if !email_domain::remove(&mut permit, &context.scribe(), domain).await? {
        return Err(PageError::NotFound);
    }
    permit.commit().await?;
    Ok(see_other_with(&context.href(PATH), Flash::DomainRemoved))
}

fn consequence(domain: &EmailDomain) -> String {
    let name = domain.domain.as_str();
    if domain.verified_at.is_none() {
        return format!("The claim to {name} ends. To add it again, you set a new record.");
    }
    if domain.connections.is_empty() {
        return format!("No connection speaks for addresses at {name}. To add it again, you prove it again.");
    }
    let names: Vec<_> = domain.connections.iter().map(|(_, name)| format!("“{name}”")).collect();
    format!(
        "{} will not speak for addresses at {name} any more: people who are connected already still come in, others at \
         this domain do not, and the sign-in page does not lead them there.",
        names.join(", ")
    )
}

async fn render(
    context: &RequestContext,
    permit: Permit<ManageSso>,
    domain: &EmailDomain,
    typed: &str,
    errors: &FieldErrors,
) -> Result<Response, PageError> {
    let person = permit.commit().await?;
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let name = domain.domain.as_str().to_owned();
    let title = format!("Remove {name}");
    Ok(page(context, Head::new(title.clone()).with_status(status), || {
        let content = view! {
            <div class="page__head"><h1 class="page__title">{title.clone()}</h1></div>
            <div class="stack">
                {summary(errors)}
                <p>{consequence(domain)}</p>
                <TypedConfirmation
                    context=context
                    action="/admin/sso/domains/remove"
                    fields=view! { <input type="hidden" name="domain" value=name.clone() /> }.into_any()
                    id="typed"
                    label="Domain"
                    help="Type the domain's name, so that no other goes by mistake."
                    maxlength=300
                    value=typed
                    errors=errors
                    button=title.clone()
                    cancel=("Keep it", PATH)
                />
            </div>
        };
        frame(context, &person, Section::Sso, true, content)
    }))
}
