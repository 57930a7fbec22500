//! `/admin/sso/domains/remove`: an email domain goes, once its name was typed.

use axum::{extract::Query, response::Response};
use rowhouse_platform::{
    access::{ManageSso, Permit},
    sso::email_domain::{self, EmailDomain},
};
use serde::Deserialize;

use super::{PATH, find};
use crate::{
    access::Confirmed,
    admin::domain_card::{Removal, removal_page},
    context::{Context, RequestContext},
    error::PageError,
    routes::see_other_with,
    ui::{FieldErrors, FormBody, flash::Flash, frame::Section},
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
    let removal = Removal {
        section: Section::Sso,
        path: PATH,
        field: "domain",
        name: domain.domain.as_str(),
        consequence: consequence(domain),
    };
    Ok(removal_page(context, &person, &removal, typed, errors))
}
