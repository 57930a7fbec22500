//! `GET /admin/domains/remove` and `POST /admin/domains/remove`: a domain goes, once its name was typed.

use axum::{extract::Query, response::Response};
use rowhouse_platform::{
    access::{ManageDomains, Permit},
    audit::{Act, Action, record},
    tenancy::domains::{self, DomainName, OwnDomain},
};
use serde::Deserialize;

use super::{
    domain_card::{Removal, removal_page},
    domains::find,
};
use crate::{
    access::Confirmed,
    context::{Context, RequestContext},
    error::PageError,
    routes::see_other_with,
    ui::{FieldErrors, FormBody, flash::Flash, frame::Section},
};

/// Which domain.
#[derive(Deserialize)]
pub(super) struct Which {
    #[serde(default)]
    host: String,
}

/// Which domain, and its name once more.
#[derive(Deserialize)]
pub(super) struct Typed {
    #[serde(default)]
    host: String,
    #[serde(default)]
    typed: String,
}

pub(super) async fn show(
    context: Context,
    Query(which): Query<Which>,
    Confirmed(mut permit): Confirmed<ManageDomains>,
) -> Result<Response, PageError> {
    let domain = find(&context, &mut permit, &which.host).await?;
    render(&context, permit, &domain, "", &FieldErrors::default()).await
}

pub(super) async fn submit(
    context: Context,
    Confirmed(mut permit): Confirmed<ManageDomains>,
    FormBody(form): FormBody<Typed>,
) -> Result<Response, PageError> {
    let domain = find(&context, &mut permit, &form.host).await?;
    let host = &domain.host;
    if DomainName::parse(&form.typed, &context.services.domains.base).as_ref() != Ok(host) {
        let mut errors = FieldErrors::default();
        errors.add("typed", format!("Type {host} to remove it."));
        return render(&context, permit, &domain, &form.typed, &errors).await;
    }
    let Some(removed) = domains::remove(&mut permit, host).await? else { return Err(PageError::NotFound) };
    let act = Act::by(permit.principal(), Action::DomainRemoved)
        .on("domain", host.as_str(), host.as_str())
        .change(removed.as_str(), ());
    record(&mut permit, &context.scribe(), act).await?;
    let tenant = permit.home().id();
    permit.commit().await?;
    context.services.directory.forget(tenant);
    Ok(see_other_with(&context.href("/admin/domains"), Flash::DomainRemoved))
}

async fn render(
    context: &RequestContext,
    permit: Permit<ManageDomains>,
    domain: &OwnDomain,
    typed: &str,
    errors: &FieldErrors,
) -> Result<Response, PageError> {
    let person = permit.commit().await?;
    let tenant = context.tenant()?;
    let host = domain.host.as_str().to_owned();
    let own = context.public().tenant(&tenant.slug);
    let consequence = if domain.is_primary {
        format!("Nobody reaches the workspace at {host} any more, and {own} becomes the main address.")
    } else if domain.verified_at.is_some() {
        format!("Nobody reaches the workspace at {host} any more. {own} stays.")
    } else {
        format!("The claim to {host} ends. To add it again, you set a new record.")
    };
    let removal =
        Removal { section: Section::Domains, path: "/admin/domains", field: "host", name: &host, consequence };
    Ok(removal_page(context, &person, &removal, typed, errors))
}
