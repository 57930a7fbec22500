//! A permission as an argument of a handler.

use axum::{
    extract::FromRequestParts,
    http::{Method, request::Parts},
};
use rowhouse_platform::{
    access::{AccessError, CATALOGUE, Permission, PermissionInfo, Permit, Visitor, authorise},
    audit::{self, Act, Action},
    id::AccountId,
    plan::{PlanError, SubscriptionState},
    tenancy::{Address, Lookup, TenantState},
};
use time::Duration;

use crate::{
    context::{Context, RequestContext},
    error::PageError,
    product::{Installed, Product as _},
    ui::time::Reader,
};

/// The permission `P` and the tenant transaction it was found in. A handler that asks for it runs only for somebody who
/// holds it.
pub struct Allowed<P>(pub Permit<P>);

impl<P: Permission, S: Sync> FromRequestParts<S> for Allowed<P> {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, PageError> {
        let CountsNews(mut permit) = CountsNews::<P>::from_request_parts(parts, state).await?;
        let context = Context::from_request_parts(parts, state).await?;
        // Of a page that is fetched for a part of it, the sidebar is not shown.
        if parts.method == Method::GET && !context.is_fetched {
            let _ = context.news.set(Installed::news(&mut permit).await?);
        }
        Ok(Self(permit))
    }
}

/// The same for a handler that counts itself what is new ([`RequestContext::news`]), with something else that it asks the
/// database for.
pub struct CountsNews<P>(pub Permit<P>);

impl<P: Permission, S: Sync> FromRequestParts<S> for CountsNews<P> {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, PageError> {
        let context = Context::from_request_parts(parts, state).await?;
        let permit = permit::<P>(&context).await?;
        paid::<P>(&context, &parts.method)?;
        Ok(Self(permit))
    }
}

/// The same for acts that cannot be undone: credentials were shown within the last minutes, or the person is asked for
/// them first. A handler of a form asks for it both where the form is shown and where it is sent to.
pub struct Confirmed<P>(pub Permit<P>);

impl<P: Permission, S: Sync> FromRequestParts<S> for Confirmed<P> {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, PageError> {
        let context = Context::from_request_parts(parts, state).await?;
        let permit = permit::<P>(&context).await?;
        paid::<P>(&context, &parts.method)?;
        if permit.principal().is_confirmed(context.services.ambient.now()) {
            Ok(Self(permit))
        } else {
            Err(PageError::NotConfirmed)
        }
    }
}

/// Whether a request may change something: while the workspace is not paid, it is read-only.
fn paid<P: Permission>(context: &RequestContext, method: &Method) -> Result<(), PageError> {
    if !P::WHEN_READ_ONLY && !method.is_safe() {
        context.tenant()?.entitlements.require_writable()?;
    }
    Ok(())
}

/// Every permission there is, for roles of a tenant's own: the platform's and the product's.
pub fn catalogue() -> Vec<PermissionInfo> {
    Installed::PERMISSIONS.iter().chain(CATALOGUE).copied().collect()
}

/// The permission `P` for whoever sent the request.
///
/// # Errors
/// [`PageError::SignedOut`], [`PageError::Forbidden`], or what the database said.
pub async fn permit<P: Permission>(context: &RequestContext) -> Result<Permit<P>, PageError> {
    let services = &context.services;
    let tenant = context.tenant()?;
    refuse_again(context)?;
    let visitor = Visitor { token: context.session.as_ref(), address: &context.device.address };
    let authorised =
        authorise(&services.database, &services.ambient, services.session_policy, &tenant.home, visitor).await;
    let permit = match authorised {
        Ok(permit) => permit,
        Err(error) => {
            if let Err(failure) = record_refusal(context, &error).await {
                // The answer is no, whether or not it could be written down.
                tracing::error!(request_id = context.request_id, %failure, "a refusal could not be recorded");
            }
            return Err(error.into());
        }
    };
    count(context, permit.principal().account).await?;
    // Already set where a request asks for two permissions; the principal is the same.
    let _ = context.actor.set(permit.principal().account);
    let _ = context.reader.set(Reader::of(permit.principal()));
    Ok(permit)
}

/// Refuses somebody who was refused a moment ago, without asking the database who they are.
fn refuse_again(context: &RequestContext) -> Result<(), PageError> {
    let services = &context.services;
    let (Some(session), None) = (&context.session, context.counted.get()) else { return Ok(()) };
    let Some(counted) = services.limits.refused_before(session.as_str(), services.ambient.now()) else { return Ok(()) };
    let seconds = counted.seconds();
    // It was empty above.
    let _ = context.counted.set(counted);
    Err(PageError::TooManyRequests(seconds))
}

/// Counts the request for whoever sent it, the first time that it is known who that is.
async fn count(context: &RequestContext, account: AccountId) -> Result<(), PageError> {
    if context.counted.get().is_some() {
        return Ok(());
    }
    let (limits, now) = (&context.services.limits, context.services.ambient.now());
    let counted = limits.person(context.tenant()?, account, now).await;
    if let Some(session) = &context.session {
        limits.remember(session.as_str(), &counted, now);
    }
    let refused = counted.is_refused().then(|| counted.seconds());
    // Where a request asks for two permissions at the same time, one of them is told.
    let _ = context.counted.set(counted);
    refused.map_or(Ok(()), |seconds| Err(PageError::TooManyRequests(seconds)))
}

/// The same for an answer that goes on for long after its request was let in: the workspace must still be served, too.
///
/// # Errors
/// [`PageError::Suspended`], [`PageError::Plan`] where it has not been paid for long, and those of [`permit`].
pub async fn permit_again<P: Permission>(context: &RequestContext) -> Result<Permit<P>, PageError> {
    match context.services.directory.find(&Address::Id(context.tenant()?.home.id())).await? {
        Lookup::Found(tenant) if tenant.entitlements.state == SubscriptionState::Suspended => {
            Err(PlanError::Suspended.into())
        }
        Lookup::Found(tenant) if tenant.state == TenantState::Active => permit(context).await,
        Lookup::Found(_) => Err(PageError::Suspended),
        Lookup::Unknown => Err(PageError::UnknownHost),
    }
}

/// For how long the same refusal is recorded once: nobody fills the audit log by asking again and again.
const REFUSALS_APART: Duration = Duration::minutes(10);

/// Records that somebody was refused who has no right to what they asked for.
pub(crate) async fn record_refusal(context: &RequestContext, error: &AccessError) -> Result<(), PageError> {
    let (key, act) = match error {
        AccessError::Forbidden { permission, principal } => {
            let _ = context.actor.set(principal.account);
            let label =
                catalogue().iter().find(|known| known.name == *permission).map_or(*permission, |known| known.label);
            let act = Act::by(principal, Action::AccessRefused).on("permission", *permission, label);
            ([principal.account.to_string(), (*permission).to_owned()], act)
        }
        AccessError::AddressRefused(address) => {
            let why = format!("The policy does not allow the address {address}.");
            ([address.clone(), "network".to_owned()], Act::by_nobody(Action::AccessRefused).because(why))
        }
        AccessError::SignedOut | AccessError::SecondFactorNeeded | AccessError::Database(_) => return Ok(()),
    };
    let key = ["access refused", &key[0], &key[1]];
    let mut tx = context.services.database.begin(&context.tenant()?.home).await?;
    audit::record_once(&mut tx, &context.scribe(), &key, REFUSALS_APART, act).await?;
    tx.commit().await?;
    Ok(())
}
