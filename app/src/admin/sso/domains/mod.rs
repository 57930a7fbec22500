//! `/admin/sso/domains`: the email domains of a workspace, for which its identity providers may speak.

mod remove;
mod view;

use axum::{extract::Query, http::StatusCode, response::Response};
use rowhouse_platform::{
    access::{ManageSso, Permit},
    audit::{Act, Action, record},
    identity::throttle::{self, Limit},
    sso::email_domain::{self, Claimed, EmailDomain, MOST, Settled},
    tenancy::domains::Checker,
};
use serde::Deserialize;
use time::Duration;

use self::view::{Draft, render};
use crate::{
    access::{Allowed, permit},
    context::{Context, RequestContext},
    error::PageError,
    routes::{Gate, SiteRoutes, query_string, see_other_with},
    ui::{FieldErrors, FormBody, flash::Flash},
};

/// Where the page is.
const PATH: &str = "/admin/sso/domains";
/// How often somebody may ask DNS about one domain.
const CHECKS: Limit = Limit { attempts: 10, window: Duration::minutes(10) };

/// Adds the pages to a tenant's site.
pub(super) fn routes(site: SiteRoutes) -> SiteRoutes {
    site.get(PATH, Gate::of::<ManageSso>(), show)
        .post(PATH, Gate::of::<ManageSso>(), submit)
        .get("/admin/sso/domains/remove", Gate::confirmed::<ManageSso>(), remove::show)
        .post("/admin/sso/domains/remove", Gate::confirmed::<ManageSso>(), remove::submit)
}

/// What is done: each form of the page does one thing.
#[derive(Deserialize)]
#[serde(tag = "intent", rename_all = "lowercase")]
enum Change {
    Add { domain: String },
    Check { domain: String },
}

/// The domain that the last form was about.
#[derive(Default, Deserialize)]
struct About {
    #[serde(default)]
    checked: String,
}

async fn show(
    context: Context,
    Query(about): Query<About>,
    Allowed(permit): Allowed<ManageSso>,
) -> Result<Response, PageError> {
    page(&context, permit, Draft { open: about.checked, ..Draft::default() }, StatusCode::OK).await
}

async fn submit(
    context: Context,
    Allowed(permit): Allowed<ManageSso>,
    FormBody(change): FormBody<Change>,
) -> Result<Response, PageError> {
    match change {
        Change::Add { domain } => add(&context, permit, domain).await,
        Change::Check { domain } => check(&context, permit, &domain).await,
    }
}

async fn add(context: &RequestContext, mut permit: Permit<ManageSso>, typed: String) -> Result<Response, PageError> {
    let mut errors = FieldErrors::default();
    let parsed = email_domain::parse(&typed, &context.services.domains.base);
    if let Some(domain) = errors.take("domain", parsed) {
        match email_domain::claim(&mut permit, &context.scribe(), &domain).await? {
            Claimed::Added => {
                permit.commit().await?;
                return Ok(see_other_with(&address(context, domain.as_str()), Flash::DomainAdded));
            }
            Claimed::Known => errors.add("domain", format!("“{domain}” is in the list already.")),
            Claimed::Full => errors.add(
                "domain",
                format!(
                    "A workspace may have {MOST} email domains. Remove one that is no longer used, and then add this."
                ),
            ),
        }
    }
    let draft = Draft { typed, errors, open: String::new() };
    page(context, permit, draft, StatusCode::UNPROCESSABLE_ENTITY).await
}

async fn check(context: &RequestContext, mut first: Permit<ManageSso>, domain: &str) -> Result<Response, PageError> {
    let services = &context.services;
    let own = find(context, &mut first, domain).await?;
    let due = own.due_check().ok_or(PageError::NotFound)?;
    let name = own.domain.as_str();
    let counted = throttle::count(&mut first, &services.ambient, &["email domain", name], CHECKS).await?;
    // DNS may take seconds: no transaction waits for it.
    first.commit().await?;
    counted.map_err(|throttled| PageError::Throttled(throttled.wait_in_words()))?;
    let checked = email_domain::check(&services.dns, due).await;

    let mut second = permit::<ManageSso>(context).await?;
    let settled = email_domain::settle(&mut second, &services.ambient, &checked, Checker::Person).await?;
    if settled == Settled::Verified {
        let act = Act::by(second.principal(), Action::EmailDomainVerified).on("email_domain", name, name);
        record(&mut second, &context.scribe(), act).await?;
    }
    second.commit().await?;
    let flash = match settled {
        Settled::Verified | Settled::Renewed => Flash::EmailDomainVerified,
        Settled::Pending | Settled::Failing | Settled::Lost => Flash::DomainChecked,
        Settled::Gone => return Err(PageError::NotFound),
    };
    Ok(see_other_with(&address(context, name), flash))
}

/// The domain of this name, if it is the tenant's.
async fn find(
    context: &RequestContext,
    permit: &mut Permit<ManageSso>,
    domain: &str,
) -> Result<EmailDomain, PageError> {
    let name = email_domain::parse(domain, &context.services.domains.base).map_err(|_| PageError::NotFound)?;
    email_domain::find(permit, &name).await?.ok_or(PageError::NotFound)
}

/// The address of the page, at a domain.
fn address(context: &RequestContext, domain: &str) -> String {
    let query = query_string(&[("checked", domain.to_owned())]);
    context.href(&format!("{PATH}{query}#{domain}"))
}

async fn page(
    context: &RequestContext,
    mut permit: Permit<ManageSso>,
    draft: Draft,
    status: StatusCode,
) -> Result<Response, PageError> {
    let domains = email_domain::list(&mut permit).await?;
    let person = permit.commit().await?;
    Ok(render(context, &person, status, &domains, &draft))
}
