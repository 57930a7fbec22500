//! `GET /admin/domains` and `POST /admin/domains`: the addresses at which a workspace is reached.

use axum::{extract::Query, http::StatusCode, response::Response};
use rowhouse_platform::{
    access::{ManageDomains, Permit},
    audit::{Act, Action, record},
    identity::throttle::{self, Limit},
    tenancy::domains::{self, Checker, Claimed, DomainName, Leads, MOST, OwnDomain, Settled},
};
use serde::Deserialize;
use time::Duration;

use super::{
    domains_remove,
    domains_view::{Doubt, Draft, Shown, render},
};
use crate::{
    access::{Allowed, permit},
    context::{Context, RequestContext},
    error::PageError,
    routes::{Gate, SiteRoutes, query_string, see_other_with, set_cookie},
    ui::{FieldErrors, FormBody, flash::Flash},
};

/// Adds the pages to a tenant's site.
pub(super) fn routes(site: SiteRoutes) -> SiteRoutes {
    let (manage, confirmed) = (Gate::of::<ManageDomains>(), Gate::confirmed::<ManageDomains>());
    site.get("/admin/domains", manage, show)
        .post("/admin/domains", manage, submit)
        .get("/admin/domains/remove", confirmed, domains_remove::show)
        .post("/admin/domains/remove", confirmed, domains_remove::submit)
}

/// How often somebody may ask DNS about one domain.
const CHECKS: Limit = Limit { attempts: 10, window: Duration::minutes(10) };

/// What is done: each form of the page does one thing.
#[derive(Deserialize)]
#[serde(tag = "intent", rename_all = "lowercase")]
pub(super) enum Change {
    Add {
        host: String,
    },
    Check {
        host: String,
    },
    Primary {
        /// Empty: the address under the base domain.
        host: String,
        /// Not empty: the person was told that the domain does not seem to lead here.
        #[serde(default)]
        anyway: String,
    },
}

/// The domain that the last form was about.
#[derive(Default, Deserialize)]
pub(super) struct About {
    #[serde(default)]
    checked: String,
}

async fn show(
    context: Context,
    Query(about): Query<About>,
    Allowed(permit): Allowed<ManageDomains>,
) -> Result<Response, PageError> {
    page(&context, permit, Draft::default(), Some(about.checked), StatusCode::OK).await
}

async fn submit(
    context: Context,
    Allowed(permit): Allowed<ManageDomains>,
    FormBody(change): FormBody<Change>,
) -> Result<Response, PageError> {
    match change {
        Change::Add { host } => add(&context, permit, host).await,
        Change::Check { host } => check(&context, permit, &host).await,
        Change::Primary { host, anyway } => make_primary(&context, permit, &host, !anyway.is_empty()).await,
    }
}

async fn add(
    context: &RequestContext,
    mut permit: Permit<ManageDomains>,
    typed: String,
) -> Result<Response, PageError> {
    let mut errors = FieldErrors::default();
    let services = &context.services;
    if let Some(host) = errors.take("host", DomainName::parse(&typed, &services.domains.base)) {
        match domains::claim(&mut permit, &services.ambient, &host).await? {
            Claimed::Added => {
                let act = Act::by(permit.principal(), Action::DomainAdded).on("domain", host.as_str(), host.as_str());
                record(&mut permit, &context.scribe(), act).await?;
                permit.commit().await?;
                return Ok(see_other_with(&address(context, &host), Flash::DomainAdded));
            }
            Claimed::Refused(refused) => errors.add("host", refused),
            Claimed::Known => errors.add("host", format!("“{host}” is in the list already.")),
            Claimed::Full => errors.add(
                "host",
                format!("A workspace may have {MOST} domains. Remove one that is no longer used, and then add this."),
            ),
        }
    }
    let draft = Draft { host: typed, errors, doubt: None };
    page(context, permit, draft, None, StatusCode::UNPROCESSABLE_ENTITY).await
}

async fn check(context: &RequestContext, mut first: Permit<ManageDomains>, host: &str) -> Result<Response, PageError> {
    let services = &context.services;
    let domain = find(context, &mut first, host).await?;
    let due = domain.due_check().ok_or(PageError::NotFound)?;
    // DNS may take seconds: no transaction waits for it.
    end_counted(context, first, &domain.host).await?;
    let tenant = context.tenant()?;
    let checked = domains::check(&services.dns, due, &services.domains.destination(&tenant.slug)).await;

    let mut second = permit::<ManageDomains>(context).await?;
    let every = services.domains.recheck;
    let settled = domains::settle(&mut second, &services.ambient, &checked, Checker::Person, every).await?;
    if settled == Settled::Verified {
        let host = checked.host().as_str();
        let act = Act::by(second.principal(), Action::DomainVerified).on("domain", host, host);
        record(&mut second, &context.scribe(), act).await?;
    }
    second.commit().await?;
    services.directory.forget(tenant.home.id());
    let flash = match settled {
        Settled::Verified | Settled::Renewed => Flash::DomainVerified,
        Settled::Gone => return Err(PageError::NotFound),
        Settled::Taken | Settled::Pending | Settled::Failing | Settled::Lost => Flash::DomainChecked,
    };
    Ok(see_other_with(&address(context, &domain.host), flash))
}

async fn make_primary(
    context: &RequestContext,
    mut first: Permit<ManageDomains>,
    host: &str,
    anyway: bool,
) -> Result<Response, PageError> {
    let services = &context.services;
    let tenant = context.tenant()?;
    let domain = match host {
        "" => None,
        host => Some(find(context, &mut first, host).await?),
    };
    let mut permit = match &domain {
        Some(domain) if !anyway => {
            if domain.verified_at.is_none() {
                return Err(PageError::NotFound);
            }
            // People would be sent to an address that does not answer: so DNS is asked first.
            end_counted(context, first, &domain.host).await?;
            let destination = services.domains.destination(&tenant.slug);
            let leads = domains::leads(&services.dns, domain.host.as_str(), &destination).await;
            let second = permit::<ManageDomains>(context).await?;
            if leads != Some(Leads::Here) {
                let doubt = Doubt { host: domain.host.clone(), leads };
                let draft = Draft { doubt: Some(doubt), ..Draft::default() };
                return page(context, second, draft, None, StatusCode::UNPROCESSABLE_ENTITY).await;
            }
            second
        }
        _ => first,
    };
    if !domains::make_primary(&mut permit, domain.as_ref().map(|domain| &domain.host)).await? {
        return Err(PageError::NotFound);
    }
    let own = format!("{}.{}", tenant.slug, services.public.base_domain);
    let now = domain.as_ref().map_or(own.as_str(), |domain| domain.host.as_str());
    let before = tenant.primary_host.as_deref().unwrap_or(&own);
    let act = Act::by(permit.principal(), Action::DomainMadePrimary).on("domain", now, now).change(before, now);
    record(&mut permit, &context.scribe(), act).await?;
    permit.commit().await?;
    services.directory.forget(tenant.home.id());
    let mut response = see_other_with(&context.href("/admin/domains"), Flash::DomainMadePrimary);
    // Who decides it stays where they are signed in, and has the way back at hand.
    set_cookie(&mut response, &context.stay_cookie(), "1", Some(RequestContext::STAY_SECONDS));
    Ok(response)
}

/// Counts a question to DNS, and ends the transaction.
async fn end_counted(
    context: &RequestContext,
    mut permit: Permit<ManageDomains>,
    host: &DomainName,
) -> Result<(), PageError> {
    let ambient = &context.services.ambient;
    let counted = throttle::count(&mut permit, ambient, &["domain", host.as_str()], CHECKS).await?;
    permit.commit().await?;
    counted.map_err(|throttled| PageError::Throttled(throttled.wait_in_words()))
}

/// The domain of this name, if it is the tenant's.
pub(super) async fn find(
    context: &RequestContext,
    permit: &mut Permit<ManageDomains>,
    host: &str,
) -> Result<OwnDomain, PageError> {
    let host = DomainName::parse(host, &context.services.domains.base).map_err(|_| PageError::NotFound)?;
    let own = domains::list(permit).await?;
    own.into_iter().find(|domain| domain.host == host).ok_or(PageError::NotFound)
}

/// The address of the page, at a domain.
fn address(context: &RequestContext, host: &DomainName) -> String {
    let query = query_string(&[("checked", host.as_str().to_owned())]);
    context.href(&format!("/admin/domains{query}#{host}"))
}

async fn page(
    context: &RequestContext,
    mut permit: Permit<ManageDomains>,
    draft: Draft,
    open: Option<String>,
    status: StatusCode,
) -> Result<Response, PageError> {
    let domains = domains::list(&mut permit).await?;
    let person = permit.commit().await?;
    let tenant = context.tenant()?;
    Ok(render(context, &person, tenant, status, &Shown { domains, draft, open: open.unwrap_or_default() }))
}
